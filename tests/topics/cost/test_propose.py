"""Which insights become proposals, how much they matter and what they risk."""

import pytest

from skywright.model.finding import Insight, InsightType
from skywright.model.plan import Action, Risk
from skywright.topics.cost.propose import from_insights, precedence

CASES = [
    # name    type    kind    delete    set    action    risk
    ("stop", InsightType.IDLE, "compute.instance", False, {"state": "stopped"}, Action.UPDATE, Risk.MEDIUM),
    ("resize", InsightType.OVERSIZED, "compute.instance", False, {"type": "x"}, Action.UPDATE, Risk.MEDIUM),
    ("gp3", InsightType.OLD_GENERATION, "storage.volume", False, {"type": "gp3"}, Action.UPDATE, Risk.LOW),
    ("tags", InsightType.SCHEDULABLE, "compute.instance", False, {"tags": {}}, Action.UPDATE, Risk.LOW),
    ("a copy is kept", InsightType.UNATTACHED, "storage.volume", True, {}, Action.DELETE, Risk.MEDIUM),
    ("gone for good", InsightType.UNATTACHED, "network.address", True, {}, Action.DELETE, Risk.HIGH),
]


def insight(type_, kind, delete, values):
    facts = {"id": "measure-0123", "resource": "x", "title": "t", "evidence": (), "confidence": 0.5}
    return Insight(type=type_, kind=kind, delete=delete, set=values, **facts)


@pytest.mark.parametrize(("name", "type_", "kind", "delete", "values", "action", "risk"), CASES, ids=[case[0] for case in CASES])
def test_proposal(name, type_, kind, delete, values, action, risk):
    (one,) = from_insights([insight(type_, kind, delete, values)])
    assert (one.action, one.set, one.risk, one.proposer, one.reasons) == (action, values, risk, "measure", ("measure-0123",))


def test_what_has_no_remedy_is_for_people():
    assert list(from_insights([insight(InsightType.IDLE, "compute.instance", False, {})])) == []


def test_every_insight_matters_less_than_every_finding():
    assert all(0 < precedence(type_) < 100 for type_ in InsightType)
    assert len({precedence(type_) for type_ in InsightType}) == len(InsightType)
