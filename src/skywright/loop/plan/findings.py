"""Findings -> proposals: what the rule that failed says would be right."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from skywright.model.finding import Finding, FindingState, RuleVerdict, Severity
from skywright.model.plan import Action, Proposal, Risk
from skywright.model.rule import Fix, Rule

Computed = Mapping[tuple[str, str], Mapping[str, Any]]
"""(rule, resource) -> columns that the rule's ``fix.compute`` gives for it."""


def precedence(severity: Severity) -> int:
    """100 (info) to 500 (critical): above every insight, because safety goes before money."""
    return 100 * (severity.rank + 1)


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
