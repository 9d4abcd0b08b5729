"""Findings -> OCSF 1.5.0, class 2004 (Detection Finding), as one JSON array of events."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

from skywright.adapters.render.record import TOOL, Report
from skywright.model.finding import Finding, FindingState, RuleVerdict, Severity

VERSION = "1.5.0"
CATEGORY_UID = 2  # Findings
CLASS_UID = 2004  # Detection Finding

_SEVERITY_IDS = {
    Severity.INFO: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}
_PROVIDERS = {"aws": "AWS", "gcp": "GCP", "azure": "Azure"}


def as_ocsf(findings: Sequence[Finding], report: Report, out: TextIO) -> None:
    """One event a finding."""
    lines = (msgspec.json.encode(_event(finding, report)).decode() for finding in findings)
    out.write("[")
    out.writelines(("\n" if index == 0 else ",\n") + line for index, line in enumerate(lines))
    out.write("\n]\n" if findings else "]\n")


def _event(finding: Finding, report: Report) -> dict[str, Any]:
    activity_id, activity = _activity(finding)
    status_id, status = _status(finding)
    severity_id, severity = _SEVERITY_IDS[finding.severity]
    rule = report.rules.get(finding.rule)
    event: dict[str, Any] = {
        "activity_id": activity_id,
        "activity_name": activity,
        "category_uid": CATEGORY_UID,
        "category_name": "Findings",
        "class_uid": CLASS_UID,
        "class_name": "Detection Finding",
        "type_uid": CLASS_UID * 100 + activity_id,
        "type_name": f"Detection Finding: {activity}",
        "time": _milliseconds(finding.resolved_at or finding.last_seen),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "status_code": finding.verdict.value.upper(),
        "metadata": _metadata(finding, report),
        "finding_info": _finding_info(finding, report),
        "resources": [_resource(finding)],
        "cloud": {
            "provider": _PROVIDERS.get(finding.cloud, finding.cloud),
            "region": finding.region,
            "account": {"uid": finding.account, "name": finding.account},
        },
    }
    if finding.reason:
        event["status_detail"] = finding.reason
    if rule is not None:
        event["remediation"] = {"desc": rule.remedy, "references": [rule.source]}
        event["risk_details"] = rule.why
    return event


def _activity(finding: Finding) -> tuple[int, str]:
    if finding.state is FindingState.RESOLVED:
        return 3, "Close"
    return (1, "Create") if finding.first_seen == finding.last_seen else (2, "Update")


def _status(finding: Finding) -> tuple[int, str]:
    match finding.state:
        case FindingState.OPEN:
            return 1, "New"
        case FindingState.EXCEPTED:
            return 3, "Suppressed"
        case FindingState.RESOLVED:
            return 4, "Resolved"


def _metadata(finding: Finding, report: Report) -> dict[str, Any]:
    return {
        "version": VERSION,
        "profiles": ["cloud"],
        "event_code": finding.rule,
        "product": {"name": TOOL, "uid": TOOL.lower(), "vendor_name": TOOL, "version": report.version},
    }


def _finding_info(finding: Finding, report: Report) -> dict[str, Any]:
    rule = report.rules.get(finding.rule)
    info: dict[str, Any] = {
        "uid": finding.id,
        "title": report.title(finding),
        "types": [rule.topic] if rule else [],
        "first_seen_time": _milliseconds(finding.first_seen),
        "last_seen_time": _milliseconds(finding.last_seen),
        "analytic": {"name": finding.rule, "uid": finding.rule, "type_id": 1, "type": "Rule"},
    }
    if rule is not None:
        info["desc"] = rule.why
    if finding.verdict is RuleVerdict.UNKNOWN:
        info["types"] = [*info["types"], "unknown"]
    return info


def _resource(finding: Finding) -> dict[str, Any]:
    return {
        "uid": finding.native_id,
        "name": finding.name or finding.native_id,
        "type": finding.kind,
        "region": finding.region,
        "cloud_partition": finding.cloud,
        "labels": [finding.resource],
    }


def _milliseconds(moment: datetime) -> int:
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000)
