"""Guard rails: what each refuses, in which words, and what it lets pass."""

from decimal import Decimal

import msgspec
import pytest

from skywright.loop.validate import RAILS, object_to
from skywright.loop.validate.facts import Need, Opinions, Team
from skywright.loop.validate.rails import looking, needed, people, safety, size
from skywright.model.estate import Coverage, CoverageState
from skywright.model.finding import Evidence, Finding, RuleVerdict, Severity
from skywright.model.money import Money
from skywright.model.plan import Action, Reversibility, Risk
from skywright.model.settings import RailSettings
from skywright.model.verdict import Consequences, Weight

from .conftest import NOW, change, facts, rid, row

VOLUME, INSTANCE, ADDRESS = rid("storage.volume", "vol-1"), rid("compute.instance", "i-1"), rid("network.address", "eip-1")


def gap(kind, state=CoverageState.DENIED, region="r", **more):
    return Coverage("aws", "1", region, kind, state, NOW, **more)


# --- moved


def test_a_target_as_it_was_planned_passes(said):
    assert said(looking.moved, facts([change(VOLUME)])) == []


def test_a_target_that_moved_blocks_and_names_the_field(said):
    one = change(VOLUME, {"type": "gp2"}, {"type": "gp3"}, seen=row(VOLUME, type="gp2"))
    assert said(looking.moved, facts([one], rows={VOLUME: row(VOLUME, type="io2")})) == [
        ("block", f"{VOLUME} has changed since it was planned: type. Run `skywright plan` again.")
    ]


def test_a_target_that_is_not_there_blocks(said):
    assert said(looking.moved, facts([change(VOLUME)], rows={})) == [
        ("block", f"{VOLUME} is not in the snapshot that the plan is checked against. Run `skywright plan` again.")
    ]


def test_a_resource_that_is_created_need_not_be_there(said):
    planned = change(VOLUME)
    made = msgspec.structs.replace(planned, action=Action.CREATE, before=None)
    assert said(looking.moved, facts([made], rows={})) == []


# --- unknown evidence


def test_a_rule_that_could_not_decide_is_no_reason(said):
    assert said(looking.unknown_evidence, facts([change(VOLUME)], unknown_reasons={"c-vol-1": "storage_volume_unencrypted"})) == [
        (
            "block",
            (
                f"{VOLUME} would be changed because of storage_volume_unencrypted, which could not be decided for it. "
                "Run `skywright gather` when the cloud answers, then plan again."
            ),
        )
    ]


def test_a_column_that_could_not_be_read_blocks_only_where_something_was_not_read(said):
    one = change(VOLUME, {"encrypted": None}, {"encrypted": True})
    partial = gap("storage.volume", CoverageState.COMPLETE, partial=True)
    assert said(looking.unknown_evidence, facts([one], gaps=(partial,))) == [
        (
            "block",
            (
                f"{VOLUME} would get another encrypted, but what it is now could not be read. "
                "Run `skywright gather` when the cloud answers, then plan again."
            ),
        )
    ]
    assert said(looking.unknown_evidence, facts([one])) == []


def measured(metric, value, samples, days=14):
    return Evidence(metric=metric, statistic="p99", value=value, window_days=days, samples=samples)


@pytest.mark.parametrize(
    ("evidence", "blocked"),
    [
        ((), False),
        ((measured("cpu_pct", 0.5, 300),), False),
        ((measured("cpu_pct", None, 300),), True),
        ((measured("cpu_pct", 0.5, 0),), True),
        ((measured("cpu_pct", 0.0, 0, days=0),), False),  # a fact of the row: so many attachments, this generation
        ((measured("cpu_pct", None, 0, days=0),), True),
        ((measured("cpu_pct", 0.5, 300), measured("memory_pct", None, 300)), False),  # said to be unknown, and not built upon
    ],
)
def test_no_data_is_no_evidence(evidence, blocked, said):
    found = said(looking.unknown_evidence, facts([change(INSTANCE, evidence=evidence)]))
    expected = (
        "block",
        (
            f"{INSTANCE} would be changed because of cpu_pct, of which there is no data: no data is no evidence. "
            "Drop this change, or wait until there is data."
        ),
    )
    assert found == ([expected] if blocked else [])


# --- coverage


def test_a_gap_over_the_targets_own_scope_blocks(said):
    assert said(looking.incomplete_coverage, facts([change(VOLUME)], gaps=(gap("storage.volume", reason="no permission"),))) == [
        (
            "block",
            (
                f"{VOLUME} would be changed, but storage.volume in account 1, region r could not be read: no permission. "
                "Run `skywright gather` when the cloud answers, then plan again."
            ),
        )
    ]


OPINIONS = Opinions(dependents={"storage.volume": ("compute.instance",)})


@pytest.mark.parametrize(
    ("what", "hole", "delete", "blocked"),
    [
        ("own scope", gap("storage.volume"), True, True),
        ("who may need it", gap("compute.instance"), True, True),
        ("who may need it, in the global region", gap("compute.instance", region="global"), True, True),
        ("who may need it, but nothing is deleted", gap("compute.instance"), False, False),
        ("who may need it, elsewhere", gap("compute.instance", region="q"), True, False),
        ("a stranger", gap("messaging.queue"), True, False),
        ("partial only", gap("storage.volume", CoverageState.COMPLETE, partial=True), True, False),
        ("another account", Coverage("aws", "2", "r", "storage.volume", CoverageState.DENIED, NOW), True, False),
    ],
)
def test_a_deletion_also_needs_sight_of_who_may_need_the_target(what, hole, delete, blocked, said):
    found = said(looking.incomplete_coverage, facts([change(VOLUME, delete=delete)], gaps=(hole,), opinions=OPINIONS))
    assert bool(found) is blocked, what


# --- protected


def test_a_protected_tag_blocks_a_deletion(said):
    known = facts([change(VOLUME, delete=True)], rows={VOLUME: row(VOLUME, tags={"keep": "True"})})
    assert said(safety.protected, known) == [
        ("block", f"{VOLUME} is protected by tag keep=True and would be deleted. Remove the tag, or drop this change.")
    ]


def test_a_name_and_an_account_protect_too_and_all_are_told(said):
    settings = RailSettings(protected_names=["prod-*"], protected_accounts=["1"])
    known = facts([change(VOLUME)], rows={VOLUME: row(VOLUME, name="prod-db")}, settings=settings)
    assert said(safety.protected, known) == [
        (
            "block",
            f"{VOLUME} is protected by its name (prod-*) and would be changed. Change rails.protected_names, or drop this change.",
        ),
        (
            "block",
            f"{VOLUME} is protected by its account (1) and would be changed. Change rails.protected_accounts, or drop this change.",
        ),
    ]


def test_tags_that_could_not_be_read_protect_from_deletion(said):
    rows = {VOLUME: row(VOLUME, tags=None)}
    assert said(safety.protected, facts([change(VOLUME, delete=True)], rows=rows)) == [
        (
            "block",
            (
                f"{VOLUME} is protected by tags that could not be read and would be deleted. "
                "Gather again with the right to read tags, or drop this change."
            ),
        )
    ]
    assert said(safety.protected, facts([change(VOLUME)], rows=rows)) == []


def test_other_tags_and_values_do_not_protect(said):
    assert said(safety.protected, facts([change(VOLUME)], rows={VOLUME: row(VOLUME, tags={"keep": "false", "x": "true"})})) == []


# --- irreversible, introduced


def test_what_cannot_be_undone_blocks_unless_it_is_allowed(said):
    one = change(VOLUME, delete=True, reversibility=Reversibility.NONE)
    assert said(safety.irreversible, facts([one])) == [
        (
            "block",
            (
                f"{VOLUME} would be deleted, which cannot be undone, and no safety copy is made first. "
                "Drop this change, or set rails.irreversible_allowed in the configuration."
            ),
        )
    ]
    assert said(safety.irreversible, facts([one], settings=RailSettings(irreversible_allowed=True))) == []
    assert said(safety.irreversible, facts([change(VOLUME, delete=True, reversibility=Reversibility.SAFETY_COPY)])) == []


def finding(verdict):
    return Finding(
        id="f-2", rule="network_route_blackhole", verdict=verdict, severity=Severity.HIGH, kind="network.route",
        resource=rid("network.route", "rtb-1"),
        native_id="rtb-1", cloud="aws", account="1", region="r", first_seen=NOW, last_seen=NOW,
    )  # fmt: skip


def test_what_breaks_on_the_twin_blocks_and_what_becomes_unknown_warns(said):
    seen = Consequences(introduced=(finding(RuleVerdict.FAIL), finding(RuleVerdict.UNKNOWN)))
    now_what = "Drop the change that causes it, or plan its repair along with it."
    assert said(safety.introduced, facts([change(VOLUME)], consequences=seen)) == [
        ("block", f"{rid('network.route', 'rtb-1')} would newly fail network_route_blackhole (high). {now_what}"),
        ("warn", f"Whether {rid('network.route', 'rtb-1')} passes network_route_blackhole could no longer be told. {now_what}"),
    ]


# --- dependency


FIREWALL = rid("network.firewall", "sg-1")


def test_what_is_used_is_not_deleted(said):
    known = facts([change(FIREWALL, delete=True)], needs=(Need(INSTANCE, "guarded-by", FIREWALL),))
    assert said(needed.dependency, known) == [
        (
            "block",
            (
                f"{FIREWALL} would be deleted, but {INSTANCE} needs it (guarded-by). "
                f"Plan the removal of {INSTANCE} first, or drop this change."
            ),
        )
    ]


@pytest.mark.parametrize(
    ("wave_of_user", "depends_on", "blocked"), [(0, (), False), (1, (), True), (1, ("c-i-1",), False), (2, (), True)]
)
def test_what_is_used_may_go_after_its_user(wave_of_user, depends_on, blocked, said):
    changes = [change(INSTANCE, delete=True, wave=wave_of_user), change(FIREWALL, delete=True, wave=1, depends_on=depends_on)]
    assert bool(said(needed.dependency, facts(changes, needs=(Need(INSTANCE, "guarded-by", FIREWALL),)))) is blocked


def test_what_is_attached_is_not_deleted(said):
    known = facts([change(ADDRESS, delete=True)], needs=(Need(ADDRESS, "attached-to", INSTANCE),))
    assert said(needed.dependency, known) == [
        (
            "block",
            f"{ADDRESS} would be deleted, but it is attached to {INSTANCE}. Detach it from {INSTANCE} first, or drop this change.",
        )
    ]


@pytest.mark.parametrize(
    ("wave_of_other", "depends_on", "blocked"), [(0, (), False), (1, (), True), (1, ("c-i-1",), False), (2, (), True)]
)
def test_what_is_attached_may_go_after_what_it_is_attached_to(wave_of_other, depends_on, blocked, said):
    changes = [change(INSTANCE, delete=True, wave=wave_of_other), change(ADDRESS, delete=True, wave=1, depends_on=depends_on)]
    found = said(needed.dependency, facts(changes, needs=(Need(ADDRESS, "attached-to", INSTANCE),)))
    assert any("it is attached to" in sentence for _, sentence in found) is blocked


def test_a_copy_or_an_alarm_lives_on_and_is_told(said):
    source = rid("storage.snapshot", "snap-1")
    known = facts([change(VOLUME, delete=True)], needs=(Need(source, "copy-of", VOLUME),))
    assert said(needed.dependency, known) == [
        ("warn", f"{VOLUME} would be deleted, but {source} needs it (copy-of). Nothing, if that is what you want.")
    ]


# --- last healthy member


GROUP = rid("network.targets", "tg-1")
OTHER = rid("compute.instance", "i-2")


def test_the_last_healthy_member_stays(said):
    known = facts([change(INSTANCE, delete=True)], teams=(Team(GROUP, (INSTANCE, OTHER), 1),))
    assert said(needed.last_healthy, known) == [
        (
            "block",
            (
                f"{GROUP} would be left without a healthy member: {INSTANCE} would leave it. "
                "Drop one of these changes, or add healthy members first."
            ),
        )
    ]


@pytest.mark.parametrize(
    ("what", "changes", "healthy", "blocked"),
    [
        ("one of two", [change(INSTANCE, delete=True)], 2, False),
        ("stopping is leaving", [change(INSTANCE, {"state": "running"}, {"state": "stopped"})], 1, True),
        ("both", [change(INSTANCE, delete=True), change(OTHER, {}, {"state": "stopped"}, wave=3)], 2, True),
        ("a quiet change", [change(INSTANCE, {}, {"tags": {}}), change(OTHER, {}, {"tags": {}})], 2, False),
        ("both restart in one wave", [change(INSTANCE, disruption="restarts"), change(OTHER, disruption="restarts")], 2, True),
        ("one after the other", [change(INSTANCE, disruption="restarts"), change(OTHER, disruption="restarts", wave=1)], 2, False),
        ("health not known: members count", [change(INSTANCE, delete=True)], None, False),
        ("health not known, all leave", [change(INSTANCE, delete=True), change(OTHER, delete=True)], None, True),
        ("more healthy than members", [change(INSTANCE, delete=True), change(OTHER, delete=True)], 9, True),
    ],
)
def test_members_leave_for_good_or_for_a_while(what, changes, healthy, blocked, said):
    found = said(needed.last_healthy, facts(changes, teams=(Team(GROUP, (INSTANCE, OTHER), healthy),)))
    assert bool(found) is blocked, what


def test_an_interruption_is_told_with_its_wave(said):
    known = facts([change(INSTANCE, disruption="restarts", wave=2)], teams=(Team(GROUP, (INSTANCE,), 1),))
    assert said(needed.last_healthy, known) == [
        (
            "block",
            (
                f"{GROUP} would be without a healthy member during wave 2: {INSTANCE} would be interrupted. "
                "Plan with smaller waves (waves.size_max), or add healthy members first."
            ),
        )
    ]


# --- blast radius and money


def many(count, **more):
    return [change(rid("storage.volume", f"vol-{number}"), **more) for number in range(count)]


def test_too_many_changes_or_deletions_block(said):
    settings = RailSettings(changes_max=2, deletes_max=1, share_max_pct=100)
    assert said(size.blast_radius, facts(many(3, delete=True), settings=settings, sizes={("storage.volume", "1", ""): 99})) == [
        (
            "block",
            (
                "The plan has 3 changes; at most 2 may be made. "
                "Plan less at once (`skywright plan --only ...`), or raise rails.changes_max in the configuration."
            ),
        ),
        (
            "block",
            (
                "The plan has 3 deletions; at most 1 may be made. "
                "Plan less at once (`skywright plan --only ...`), or raise rails.deletes_max in the configuration."
            ),
        ),
    ]


@pytest.mark.parametrize(("touched", "held", "blocked"), [(5, 10, False), (6, 10, True), (4, 4, False), (5, 5, True)])
def test_a_share_of_a_kind_blocks_from_the_floor_on(touched, held, blocked, said):
    found = said(size.blast_radius, facts(many(touched), sizes={("storage.volume", "1", ""): held}))
    sentence = (
        f"The plan touches {touched} of {held} storage.volume in account 1; 50 % are allowed. "
        "Plan less at once (`skywright plan --only ...`), or raise rails.share_max_pct in the configuration."
    )
    assert found == ([("block", sentence)] if blocked else [])


def test_a_share_of_an_environment_blocks_too(said):
    changes = many(5)
    rows = {one.target: row(one.target, tags={"environment": "prod"}) for one in changes}
    sizes = {("storage.volume", "1", "prod"): 6, ("storage.volume", "1", "dev"): 94}
    assert said(size.blast_radius, facts(changes, rows=rows, sizes=sizes)) == [
        (
            "block",
            (
                "The plan touches 5 of 6 storage.volume in account 1, environment prod; 50 % are allowed. "
                "Plan less at once (`skywright plan --only ...`), or raise rails.share_max_pct in the configuration."
            ),
        )
    ]


def test_a_share_of_zero_forbids(said):
    settings = RailSettings(share_max_pct=0, share_floor=0)
    assert len(said(size.blast_radius, facts(many(1), sizes={("storage.volume", "1", ""): 1000}, settings=settings))) == 1


@pytest.mark.parametrize(("after", "cap", "blocked"), [("10", 0, False), ("9", 0, False), ("10.01", 0, True), ("15", 5, False)])
def test_a_plan_that_costs_more_than_agreed_blocks(after, cap, blocked, said):
    seen = Consequences(cost_before=Money(Decimal(10)), cost_after=Money(Decimal(after)))
    found = said(size.spend_cap, facts(many(1), consequences=seen, settings=RailSettings(spend_increase_max_monthly=cap)))
    sentence = (
        "The plan costs $0.01 more a month; $0.00 is allowed. "
        "Plan less at once (`skywright plan --only ...`), or raise rails.spend_increase_max_monthly in the configuration."
    )
    assert found == ([("block", sentence)] if blocked else [])


def test_unknown_costs_are_told_and_are_not_zero(said):
    assert said(size.spend_cap, facts(many(1), consequences=Consequences(cost_unknown=3))) == [
        (
            "warn",
            "What 3 of the changed resources cost is not known, so that the sum leaves them out. `skywright explain` shows which.",
        )
    ]


# --- people


@pytest.mark.parametrize(
    ("risk", "names", "missing"),
    [
        (Risk.NONE, (), None),
        (Risk.LOW, (), "1 person must approve, because the plan holds changes of risk low; so far: nobody."),
        (Risk.LOW, ("ann",), None),
        (Risk.HIGH, ("ann",), "2 different people must approve, because the plan holds changes of risk high; so far: ann."),
        (Risk.HIGH, ("ann", " Ann "), "2 different people must approve, because the plan holds changes of risk high; so far: Ann."),
        (Risk.HIGH, ("ann", "bob"), None),
        (Risk.HIGH, ("", "bob"), "2 different people must approve, because the plan holds changes of risk high; so far: bob."),
    ],
)
def test_the_riskiest_change_says_how_many_people_it_takes(risk, names, missing, said):
    known = facts([change(VOLUME), change(INSTANCE, risk=risk)], approvals=names)
    expected = [("approval", f"{missing} Name them: `skywright execute PLAN --approve NAME`.")] if missing else []
    assert said(people.approval, known) == expected


def test_an_empty_plan_needs_nobody(said):
    assert said(people.approval, facts([])) == []


# --- all of them


def test_all_rails_are_asked_and_all_objections_come_at_once():
    one = change(VOLUME, delete=True, reversibility=Reversibility.NONE, risk=Risk.HIGH)
    known = facts(
        [one],
        rows={VOLUME: row(VOLUME, tags={"keep": "true"})},
        gaps=(gap("storage.volume"),),
        needs=(Need(INSTANCE, "uses", VOLUME),),
    )
    assert {objection.rail for objection in object_to(known)} == {
        "moved",
        "coverage",
        "protected",
        "irreversible",
        "dependency",
        "approval",
    }


@pytest.mark.parametrize("name", RAILS)
def test_a_rail_can_be_switched_off(name):
    known = facts(
        [change(VOLUME, delete=True, reversibility=Reversibility.NONE, risk=Risk.HIGH)],
        rows={},
        settings=RailSettings(disabled=[name]),
    )
    assert name not in {objection.rail for objection in object_to(known)}


def test_a_harmless_plan_meets_no_objection():
    assert object_to(facts([change(VOLUME)], sizes={("storage.volume", "1", ""): 1})) == ()


def test_only_blocking_objections_block():
    assert [objection.weight for objection in object_to(facts([change(VOLUME, risk=Risk.LOW)]))] == [Weight.APPROVAL]
