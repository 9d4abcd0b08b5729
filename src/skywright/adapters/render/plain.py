"""Findings -> JSON (one array, or one object a line) and CSV (RFC 4180)."""

import csv
from collections.abc import Sequence
from typing import TextIO

import msgspec

from skywright.adapters.render.record import Record, Report, record
from skywright.model.finding import Finding


def as_json(findings: Sequence[Finding], report: Report, out: TextIO) -> None:
    """One array, an object a line, so that a large one can be read line by line all the same."""
    lines = (msgspec.json.encode(record(finding, report)).decode() for finding in findings)
    out.write("[")
    out.writelines(("\n" if index == 0 else ",\n") + line for index, line in enumerate(lines))
    out.write("\n]\n" if findings else "]\n")


def as_json_lines(findings: Sequence[Finding], report: Report, out: TextIO) -> None:
    """One object a line."""
    out.writelines(msgspec.json.encode(record(finding, report)).decode() + "\n" for finding in findings)


def as_csv(findings: Sequence[Finding], report: Report, out: TextIO) -> None:
    """A header and one line a finding. A value that a spreadsheet would take for a formula is told to be text (OWASP, "CSV
    Injection": a quote in front)."""
    writer = csv.writer(out)
    writer.writerow(Record.__struct_fields__)
    for finding in findings:
        writer.writerow([_cell(value) for value in msgspec.structs.astuple(record(finding, report))])


def _cell(value: str | None) -> str:
    if not value:
        return ""
    return f"'{value}" if value[0] in "=+-@\t\r" else value
