"""What every format needs beside the findings, and the flat record that JSON and CSV print."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from skywright.model.finding import Finding
from skywright.model.rule import Rule

TOOL = "Skywright"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The audit that the findings come from. ``rules`` are those that were asked, by id; ``taken_at`` is the snapshot's time."""

    version: str
    taken_at: datetime
    rules: Mapping[str, Rule]

    def title(self, finding: Finding) -> str:
        """The rule's title; its id when the rule is no more."""
        rule = self.rules.get(finding.rule)
        return rule.title if rule else finding.rule


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One finding as an object of JSON or a line of CSV; times are ISO 8601 in UTC."""

    id: str
    rule: str
    verdict: str
    severity: str
    kind: str
    resource: str
    native_id: str
    name: str | None
    cloud: str
    account: str
    region: str
    first_seen: str
    last_seen: str
    state: str
    resolved_at: str | None
    title: str
    reason: str
    exception: str | None


def record(finding: Finding, report: Report) -> Record:
    """Flatten one finding."""
    return Record(
        id=finding.id,
        rule=finding.rule,
        verdict=finding.verdict.value,
        severity=finding.severity.value,
        kind=finding.kind,
        resource=finding.resource,
        native_id=finding.native_id,
        name=finding.name,
        cloud=finding.cloud,
        account=finding.account,
        region=finding.region,
        first_seen=utc(finding.first_seen),
        last_seen=utc(finding.last_seen),
        state=finding.state.value,
        resolved_at=utc(finding.resolved_at) if finding.resolved_at else None,
        title=report.title(finding),
        reason=finding.reason,
        exception=finding.exception,
    )


def utc(moment: datetime) -> str:
    """ISO 8601 with a Z: our times are UTC."""
    return moment.isoformat() + "Z"
