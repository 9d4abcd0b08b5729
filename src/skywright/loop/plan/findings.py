"""Findings -> proposals: what the rule that failed says would be right."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from skywright.model.estate import Snapshot
from skywright.model.finding import Finding, FindingState, RuleVerdict, Severity
from skywright.model.plan import Action, Proposal, Risk
from skywright.model.rule import Fix, Rule
from skywright.model.rule_sql import Sight, fix_sql
from skywright.ports.engine import Session

Computed = Mapping[tuple[str, str], Mapping[str, Any]]
"""(rule, resource) -> columns that the rule's ``fix.compute`` gives for it."""


def precedence(severity: Severity) -> int:
    """100 (info) to 500 (critical): above every insight, because safety goes before money."""
    return 100 * (severity.rank + 1)


def compute_fixes(session: Session, snapshot: Snapshot, findings: Sequence[Finding], rules: Iterable[Rule]) -> Computed:
    """What depends on the row is asked of the estate: one query a rule that computes."""
    sight = Sight.of(snapshot.taken_at, snapshot.coverage)
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for rule in rules:
        ids = [finding.resource for finding in findings if finding.rule == rule.id] if rule.computed else []
        if ids:
            for row in session.query(fix_sql(rule, sight), {"ids": ids}).dicts():
                found[rule.id, row.pop("id")] = row
    return found


def from_findings(findings: Iterable[Finding], rules: Iterable[Rule], computed: Computed | None = None) -> Iterator[Proposal]:
    """One proposal a failed and open finding whose rule has a fix. An unknown finding proposes nothing."""
    fixes = {rule.id: (rule, rule.fix) for rule in rules if rule.fix}
    for finding in findings:
        if finding.rule in fixes and finding.verdict is RuleVerdict.FAIL and finding.state is FindingState.OPEN:
            rule, fix = fixes[finding.rule]
            yield _proposal(finding, rule, fix, (computed or {}).get((rule.id, finding.resource), {}))


def _proposal(finding: Finding, rule: Rule, fix: Fix, computed: Mapping[str, Any]) -> Proposal:
    known = {column: value for column, value in computed.items() if value is not None}
    return Proposal(
        proposer=rule.id,
        target=finding.resource,
        action=Action.DELETE if fix.delete else Action.UPDATE,
        set={} if fix.delete else {**fix.set, **known},
        why=rule.title,
        reasons=(finding.id,),
        precedence=precedence(rule.severity),
        risk=Risk(fix.risk),
    )
