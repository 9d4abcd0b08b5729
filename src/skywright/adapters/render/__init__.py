"""Findings -> the formats that other tools read."""

from collections.abc import Callable, Sequence
from typing import TextIO

from skywright.adapters.render.record import Report
from skywright.model.finding import Finding

FORMS = ("json", "jsonl", "csv", "sarif", "ocsf", "junit")
"""The names of the formats."""


def render(form: str, findings: Sequence[Finding], report: Report, out: TextIO) -> None:
    """Write findings in one of FORMS. Raises KeyError for another."""
    _writer(form)(findings, report, out)


def _writer(form: str) -> Callable[[Sequence[Finding], Report, TextIO], None]:
    match form:
        case "json" | "jsonl" | "csv":
            from skywright.adapters.render import plain

            return {"json": plain.as_json, "jsonl": plain.as_json_lines, "csv": plain.as_csv}[form]
        case "sarif":
            from skywright.adapters.render.sarif import as_sarif

            return as_sarif
        case "ocsf":
            from skywright.adapters.render.ocsf import as_ocsf

            return as_ocsf
        case "junit":
            from skywright.adapters.render.junit import as_junit

            return as_junit
        case _:
            raise KeyError(form)


__all__ = ["FORMS", "Report", "render"]
