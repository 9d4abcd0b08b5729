"""Findings -> SARIF 2.1.0 (OASIS). An unknown verdict is a result of kind ``open``: not enough was known to decide."""

from collections.abc import Sequence
from typing import Any, TextIO
from urllib.parse import quote

import msgspec

from skywright.adapters.render.record import TOOL, Report, utc
from skywright.model.finding import Finding, FindingState, RuleVerdict, Severity
from skywright.model.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_SECURITY_SEVERITY = {
    Severity.INFO: "0.0",
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
"""The number that code scanning services sort by: within the CVSS 3.1 band of the same name."""


def as_sarif(findings: Sequence[Finding], report: Report, out: TextIO) -> None:
    """One run of one tool."""
    rules = [report.rules[name] for name in sorted({finding.rule for finding in findings} & set(report.rules))]
    places = {rule.id: index for index, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": TOOL, "version": report.version, "rules": [_rule(rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "endTimeUtc": utc(report.taken_at)}],
        "results": [_result(finding, report, places) for finding in findings],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    out.write(msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n")


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.remedy} ({rule.source})"},
        "defaultConfiguration": {"level": _level(rule.severity)},
        "properties": {
            "security-severity": _SECURITY_SEVERITY[rule.severity],
            "tags": [rule.topic, rule.kind, *(f"{name}/{control}" for name, ids in rule.controls.items() for control in ids)],
        },
    }


def _result(finding: Finding, report: Report, places: dict[str, int]) -> dict[str, Any]:
    failed = finding.verdict is RuleVerdict.FAIL
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "kind": "fail" if failed else "open",
        "level": _level(finding.severity) if failed else "none",
        "message": {"text": _message(finding, report)},
        "locations": [_location(finding)],
        "partialFingerprints": {"finding/v1": finding.id},
        "baselineState": "new" if finding.first_seen == finding.last_seen else "unchanged",
        "properties": {
            "severity": finding.severity.value,
            "firstSeen": utc(finding.first_seen),
            "lastSeen": utc(finding.last_seen),
        },
    }
    if finding.rule in places:
        result["ruleIndex"] = places[finding.rule]
    if finding.state is FindingState.EXCEPTED:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.exception or ""}]
    return result


def _message(finding: Finding, report: Report) -> str:
    reason = f" ({finding.reason})" if finding.reason else ""
    return f"{report.title(finding)}: {finding.name or finding.native_id}{reason}"


def _location(finding: Finding) -> dict[str, Any]:
    """A resource is no file: it has a logical place; the URI is there for services that show nothing without one."""
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(finding.resource, safe="/")}},
        "logicalLocations": [
            {"name": finding.name or finding.native_id, "fullyQualifiedName": finding.resource, "kind": "resource"}
        ],
    }


def _level(severity: Severity) -> str:
    match severity:
        case Severity.CRITICAL | Severity.HIGH:
            return "error"
        case Severity.MEDIUM:
            return "warning"
        case Severity.LOW | Severity.INFO:
            return "note"
