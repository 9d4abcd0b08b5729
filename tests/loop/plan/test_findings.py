"""Findings become proposals when their rule says what would be right."""

from datetime import datetime

import msgspec

from skywright.loop.plan import compute_fixes, from_findings
from skywright.model.estate import Snapshot
from skywright.model.finding import Finding, FindingState, RuleVerdict, Severity
from skywright.model.plan import Action, Risk
from skywright.model.rule import Fix, Rule
from skywright.ports.engine import Rows

NOW = datetime(2026, 8, 1)


def rule(name="r", fix=None, severity=Severity.HIGH):
    facts = {"topic": "security", "when": "true", "why": "because", "remedy": "mend", "source": "s", "file": "f", "line": 1}
    return Rule(id=name, kind="compute.instance", title="Something is wrong", severity=severity, fix=fix, **facts)


def finding(**changes):
    facts = {"id": "f-1", "rule": "r", "verdict": RuleVerdict.FAIL, "severity": Severity.HIGH, "kind": "compute.instance"}
    place = {"resource": "x", "native_id": "x", "cloud": "aws", "account": "1", "region": "eu-west-1"}
    return Finding(**facts | place | {"first_seen": NOW, "last_seen": NOW} | changes)


def test_the_fix_is_proposed():
    (one,) = from_findings([finding()], [rule(fix=Fix(set={"encrypted": True}, risk="medium"))])
    assert (one.proposer, one.target, one.action, one.set) == ("r", "x", Action.UPDATE, {"encrypted": True})
    assert (one.why, one.reasons, one.precedence, one.risk) == ("Something is wrong", ("f-1",), 400, Risk.MEDIUM)


def test_a_delete_sets_nothing():
    (one,) = from_findings([finding()], [rule(fix=Fix(delete=True))])
    assert (one.action, one.set) == (Action.DELETE, {})
    (one,) = from_findings([finding()], [rule(fix=Fix(delete=True))], {("r", "x"): {"a": 1}})
    assert one.set == {}


def test_computed_columns_join_and_unknown_ones_do_not():
    (one,) = from_findings([finding()], [rule(fix=Fix(set={"a": 1}, compute={"b": "..."}))], {("r", "x"): {"b": [2], "c": None}})
    assert one.set == {"a": 1, "b": [2]}


def test_nothing_is_proposed_for_what_is_unknown_excepted_resolved_or_without_a_fix():
    fixed = rule(fix=Fix(set={"a": 1}))
    for one in (finding(verdict=RuleVerdict.UNKNOWN), finding(state=FindingState.EXCEPTED), finding(state=FindingState.RESOLVED)):
        assert list(from_findings([one], [fixed])) == []
    assert list(from_findings([finding()], [rule()])) == []
    assert list(from_findings([finding(rule="other")], [fixed])) == []


def test_a_graver_finding_goes_first():
    order = [next(from_findings([finding()], [rule(fix=Fix(set={"a": 1}), severity=severity)])).precedence for severity in Severity]
    assert order == sorted(order) == [100, 200, 300, 400, 500]


class Asked:
    """A session that answers for the ids that it is asked."""

    def query(self, sql, params):
        assert "list_filter" in sql
        return Rows(("id", "rules"), [(one, [one]) for one in params["ids"]])


def test_what_depends_on_the_row_is_asked_for_the_rules_own_findings_alone():
    computing = msgspec.structs.replace(rule("r"), kind="network.firewall", computed={"rules": "list_filter(rules)"})
    found = compute_fixes(
        Asked(), Snapshot(id="s", taken_at=NOW), [finding(), finding(rule="other", resource="y")], [computing, rule("other")]
    )
    assert found == {("r", "x"): {"rules": ["x"]}}
