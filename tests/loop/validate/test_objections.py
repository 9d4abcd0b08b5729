"""Every objection says which rail makes it, of what, and because of which change: the doors sort, filter and link by these."""

from decimal import Decimal

import msgspec
import pytest

from skywright.loop.validate import object_to, recheck
from skywright.loop.validate.facts import Need, Team
from skywright.model.estate import Coverage, CoverageState
from skywright.model.finding import Evidence, Finding, RuleVerdict, Severity
from skywright.model.money import Money
from skywright.model.plan import Action, Reversibility, Risk
from skywright.model.settings import RailSettings, Window
from skywright.model.verdict import Consequences

from .conftest import NOW, change, facts, rid, row

VOLUME, OTHER = rid("storage.volume", "vol-1"), rid("storage.volume", "vol-2")
GROUP = rid("network.targets", "tg-1")
NO_DATA = (Evidence(metric="cpu_pct", statistic="p99", value=None, window_days=14, samples=0),)
BROKEN = Finding(
    id="f-2", rule="r", verdict=RuleVerdict.FAIL, severity=Severity.HIGH, kind="network.route", resource=GROUP, native_id="tg-1",
    cloud="aws", account="1", region="r", first_seen=NOW, last_seen=NOW,
)  # fmt: skip
DEARER = Consequences(cost_before=Money(Decimal(1)), cost_after=Money(Decimal(2)))


def gap(kind="storage.volume", state=CoverageState.DENIED, **more):
    return Coverage("aws", "1", "r", kind, state, NOW, **more)


def stopped(target, **more):
    return change(target, {"state": "running"}, {"state": "stopped"}, **more)


KEPT = row(VOLUME, tags={"keep": "true"})
UPDATE, DELETE = change(VOLUME), change(VOLUME, delete=True)
UNREAD = change(VOLUME, {"encrypted": None}, {"encrypted": True})
FREEZE = Window(name="freeze", cron="0 0 1 3 *", hours=24 * 30, allow=False)
SHUT = Window(name="night", cron="0 2 * * *", hours=1)

CASES = [
    # name                    what the rail sees                                                    rail, target, change
    ("moved", facts([UPDATE], rows={VOLUME: row(VOLUME, size_gib=1)}), ("moved", VOLUME, "c-vol-1")),
    ("undecided", facts([UPDATE], unknown_reasons={"c-vol-1": "r"}), ("unknown-evidence", VOLUME, "c-vol-1")),
    ("unread", facts([UNREAD], gaps=(gap(state=CoverageState.COMPLETE, partial=True),)), ("unknown-evidence", VOLUME, "c-vol-1")),
    ("no data", facts([change(VOLUME, evidence=NO_DATA)]), ("unknown-evidence", VOLUME, "c-vol-1")),
    ("gap", facts([UPDATE], gaps=(gap(),)), ("coverage", VOLUME, "c-vol-1")),
    ("protected", facts([change(VOLUME, delete=True, seen=KEPT)], rows={VOLUME: KEPT}), ("protected", VOLUME, "c-vol-1")),
    ("for good", facts([change(VOLUME, delete=True, reversibility=Reversibility.NONE)]), ("irreversible", VOLUME, "c-vol-1")),
    ("broken", facts([UPDATE], consequences=Consequences(introduced=(BROKEN,))), ("introduced", GROUP, "")),
    ("used", facts([DELETE], needs=(Need(OTHER, "uses", VOLUME),)), ("dependency", VOLUME, "c-vol-1")),
    ("attached", facts([DELETE], needs=(Need(VOLUME, "attached-to", OTHER),)), ("dependency", VOLUME, "c-vol-1")),
    ("emptied", facts([DELETE], teams=(Team(GROUP, (VOLUME,), 1),)), ("last-healthy", VOLUME, "")),
    ("paused", facts([change(VOLUME, disruption="d")], teams=(Team(GROUP, (VOLUME,), 1),)), ("last-healthy", VOLUME, "")),
    ("many", facts([UPDATE], settings=RailSettings(changes_max=0)), ("blast-radius", "", "")),
    ("deletions", facts([DELETE], settings=RailSettings(deletes_max=0)), ("blast-radius", "", "")),
    ("dear", facts([UPDATE], consequences=DEARER), ("spend-cap", "", "")),
    ("unpriced", facts([UPDATE], consequences=Consequences(cost_unknown=1)), ("spend-cap", "", "")),
    ("frozen", facts([UPDATE], settings=RailSettings(windows=[FREEZE])), ("windows", "", "")),
    ("shut", facts([UPDATE], settings=RailSettings(windows=[SHUT])), ("windows", "", "")),
    ("unapproved", facts([change(VOLUME, risk=Risk.LOW)]), ("approval", "", "")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "known", "expected"), CASES, ids=[case[0] for case in CASES])
def test_one_objection_with_its_rail_target_and_change(name, known, expected):
    assert [(one.rail, one.target, one.change) for one in object_to(known)] == [expected]


@pytest.mark.parametrize("fresh", [{}, {VOLUME: None}])
def test_the_last_look_names_its_target_and_change_too(fresh):
    assert [(one.rail, one.target, one.change) for one in recheck([UPDATE], fresh)] == [("moved", VOLUME, "c-vol-1")]


def test_several_members_are_told_with_commas():
    teams = (Team(GROUP, (VOLUME, OTHER), 2),)
    (gone,) = object_to(facts([DELETE, change(OTHER, delete=True)], teams=teams))
    assert gone.reason == f"{GROUP} would be left without a healthy member: {VOLUME}, {OTHER} would leave it."
    (out,) = object_to(facts([change(VOLUME, disruption="d"), change(OTHER, disruption="d")], teams=teams))
    assert out.reason == f"{GROUP} would be without a healthy member during wave 0: {VOLUME}, {OTHER} would be interrupted."


def test_one_that_leaves_and_one_that_restarts_meet_in_their_wave():
    teams = (Team(GROUP, (VOLUME, OTHER), 2),)
    assert object_to(facts([stopped(VOLUME, wave=1)], teams=teams)) == ()
    assert object_to(facts([change(OTHER, disruption="d", wave=1)], teams=teams)) == ()
    (out,) = object_to(facts([stopped(VOLUME, wave=1), change(OTHER, disruption="d", wave=2)], teams=teams))
    assert out.reason == f"{GROUP} would be without a healthy member during wave 2: {VOLUME}, {OTHER} would be interrupted."


def test_every_team_is_asked_even_after_one_that_is_emptied():
    teams = (Team(GROUP, (VOLUME,), 1), Team(rid("network.targets", "tg-2"), (VOLUME,), 1))
    assert [one.reason.split(" ")[0] for one in object_to(facts([DELETE], teams=teams))] == [team.id for team in teams]


def test_what_would_be_made_changed_or_deleted_is_said():
    settings = RailSettings(protected_accounts=["1"])
    made = msgspec.structs.replace(UPDATE, action=Action.CREATE, before=None, after={"size_gib": 1})
    said = [one.reason for planned in (made, UPDATE, DELETE) for one in object_to(facts([planned], settings=settings))]
    assert said == [f"{VOLUME} is protected by its account (1) and would be {done}." for done in ("created", "changed", "deleted")]


def test_fields_that_moved_are_told_with_commas_and_only_those():
    planned = change(VOLUME, {"type": "gp2", "size_gib": 1, "iops": 3}, {"type": "gp3"})
    (one,) = object_to(facts([planned], rows={VOLUME: row(VOLUME, type="io1", size_gib=2, iops=3)}))
    assert one.reason == f"{VOLUME} has changed since it was planned: type, size_gib."


def test_a_field_that_is_not_named_leaves_the_sentence_whole():
    planned = change(VOLUME, {"type": "gp2"}, {"type": "gp3"})
    (one,) = object_to(facts([planned], rows={VOLUME: row(VOLUME, type="gp2", size_gib=2)}))
    assert one.reason == f"{VOLUME} has changed since it was planned."
