"""The planner by example: who wins, who is told why not, in which order, at what saving."""
# ruff: noqa: E501 - a table of cases reads best with one case a line

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest

from skywright.loop.plan import make_plan
from skywright.model.canonical import row_hash
from skywright.model.errors import BadInput
from skywright.model.estate import Coverage, CoverageState, Relation, Verb
from skywright.model.finding import Evidence
from skywright.model.kinds.network import Address
from skywright.model.kinds.storage import Volume
from skywright.model.money import Money
from skywright.model.plan import Action, Reversibility, Risk
from skywright.model.settings import WaveSettings

WAVES = WaveSettings()


def planned(tools, proposals, world, means=None, waves=WAVES):
    return make_plan(proposals, world, means or tools.means(), waves, tools.now)


def rejections(plan):
    return [(one.proposal.proposer, one.reason) for one in plan.rejected]


def test_a_change_holds_what_changes_and_what_it_was_planned_on(tools):
    machine = tools.machine(name="web")
    (change,) = planned(tools, [tools.wish(machine, set={"type": "t3.large", "state": "running"})], tools.world(machine)).changes
    assert (change.before, change.after) == ({"type": "m5.large"}, {"type": "t3.large"})
    assert (change.action, change.kind, change.name, change.wave) == (Action.UPDATE, "compute.instance", "web", 1)
    assert change.observed == row_hash(machine)
    assert change.disruption == "Stops and starts: minutes without it."
    assert change.undo_cost == "type set back to before."


def test_wishes_that_do_not_touch_each_other_become_one_change(tools):
    machine = tools.machine()
    wishes = [
        tools.wish(machine, "a", 300, set={"metadata_token_required": True}, risk=Risk.LOW),
        tools.wish(machine, "b", 100, set={"type": "t3.large"}, risk=Risk.MEDIUM),
    ]
    (change,) = planned(tools, wishes, tools.world(machine)).changes
    assert change.after == {"metadata_token_required": True, "type": "t3.large"}
    assert (change.reasons, change.why, change.risk) == (("a-1", "b-1"), "a says so; b says so", Risk.MEDIUM)


def test_tags_are_added_to_those_that_are_there(tools):
    machine = tools.machine()
    wishes = [tools.wish(machine, "a", set={"tags": {"env": "dev"}}), tools.wish(machine, "b", set={"tags": {"team": "x"}})]
    (change,) = planned(tools, wishes, tools.world(machine)).changes
    assert change.before == {"tags": {"owner": "pay"}}
    assert change.after == {"tags": {"owner": "pay", "env": "dev", "team": "x"}}


def test_two_rules_each_close_one_port(tools):
    firewall = tools.firewall()
    wishes = [
        tools.wish(firewall, "ssh", set={"rules": [tools.rdp, tools.web]}),
        tools.wish(firewall, "rdp", set={"rules": [tools.ssh, tools.web]}),
    ]
    (change,) = planned(tools, wishes, tools.world(firewall)).changes
    assert change.after == {"rules": [msgspec.to_builtins(tools.web)]}


def test_the_higher_precedence_wins_a_column_and_the_loser_is_told(tools):
    machine = tools.machine()
    wishes = [tools.wish(machine, "low", 10, set={"type": "t3.small"}), tools.wish(machine, "high", 20, set={"type": "t3.large"})]
    plan = planned(tools, wishes, tools.world(machine))
    assert plan.changes[0].after == {"type": "t3.large"}
    assert rejections(plan) == [("low", "type is already settled otherwise by high (precedence 10 under 20).")]


def test_a_wish_that_things_stay_as_they_are_can_lose_too(tools):
    machine = tools.machine()
    wishes = [tools.wish(machine, "stay", 10, set={"type": "m5.large"}), tools.wish(machine, "high", 20, set={"type": "t3.large"})]
    plan = planned(tools, wishes, tools.world(machine))
    assert rejections(plan) == [("stay", "type is already settled otherwise by high (precedence 10 under 20).")]


def test_two_values_of_one_tag_are_settled_tag_by_tag(tools):
    machine = tools.machine()
    wishes = [
        tools.wish(machine, "low", 10, set={"tags": {"env": "dev", "team": "x"}}),
        tools.wish(machine, "high", 20, set={"tags": {"env": "prod"}}),
    ]
    plan = planned(tools, wishes, tools.world(machine))
    assert plan.changes[0].after == {"tags": {"owner": "pay", "env": "prod"}}
    assert rejections(plan) == [("low", "tags.env is already settled otherwise by high (precedence 10 under 20).")]


def test_what_a_cloud_can_do_singly_but_not_together(tools):
    machine = tools.machine()
    wishes = [tools.wish(machine, "a", 20, set={"image": "x"}), tools.wish(machine, "b", 10, set={"type": "t3.large"})]
    one_at_a_time = msgspec.structs.replace(
        tools.means(), can=lambda cloud, kind, before, after: Reversibility.FULL if len(after) == 1 else None
    )
    plan = planned(tools, wishes, tools.world(machine), one_at_a_time)
    assert [change.after for change in plan.changes] == [{"image": "x"}]
    assert rejections(plan) == [("b", "aws cannot change image, type of a compute.instance together.")]


ACTIONS = [
    # name                                  update, delete, winner
    ("the delete matters more", 10, 20, Action.DELETE),
    ("the update matters more", 20, 10, Action.UPDATE),
    ("equals: changing what goes away is wasted", 10, 10, Action.DELETE),
]


@pytest.mark.parametrize(("name", "update", "delete", "winner"), ACTIONS, ids=[case[0] for case in ACTIONS])
def test_update_or_delete(tools, name, update, delete, winner):
    volume = tools.volume()
    wishes = [tools.wish(volume, "u", update, set={"type": "gp3"}), tools.wish(volume, "d", delete)]
    plan = planned(tools, wishes, tools.world(volume))
    assert [change.action for change in plan.changes] == [winner]
    assert len(plan.rejected) == 1


def test_the_losing_action_is_told(tools):
    volume = tools.volume()
    wishes = [tools.wish(volume, "u", 10, set={"type": "gp3"}), tools.wish(volume, "d", 20)]
    assert rejections(planned(tools, wishes, tools.world(volume))) == [
        ("u", "update loses to delete of d (precedence 10 under 20).")
    ]


def test_a_delete_shows_all_that_is_known_of_the_resource(tools):
    volume = tools.volume(encrypted=False)
    (change,) = planned(tools, [tools.wish(volume)], tools.world(volume)).changes
    assert (change.before, change.after) == ({"type": "gp2", "size_gib": 10, "tags": {}, "encrypted": False}, None)


GAP = Coverage(
    "aws", "1", "eu-west-1", "compute.instance", CoverageState.DENIED, datetime(2026, 8, 1), "ec2:DescribeInstances is denied"
)
PARTIAL = Coverage("aws", "1", "eu-west-1", "compute.instance", CoverageState.COMPLETE, datetime(2026, 8, 1), partial=True)

REFUSALS = [
    # name                 columns of the row        set                            refused     coverage      reason
    ("already so", {"type": "t3.large"}, {"type": "t3.large"}, (), (), "Nothing to do: it is already so."),
    ("cannot", {}, {"type": "t3.large"}, ("type",), (), "aws cannot change type of a compute.instance so."),
    ("cannot delete", {}, {}, (None,), (), "aws cannot delete a compute.instance here."),
    ("gap", {}, {"type": "x"}, (), (GAP,), "compute.instance in 1 eu-west-1 could not be read completely: ec2:DescribeInstances is denied."),
    ("half read", {"termination_protected": None}, {"termination_protected": True}, (), (PARTIAL,), "termination_protected could not be read, so it is not known what would change."),
    ("tags not read", {"tags": None}, {"tags": {"a": "b"}}, (), (), "tags could not be read, so it is not known what would change."),
    ("no such column", {}, {"colour": "red"}, (), (), "A compute.instance has no column colour that can be set."),
    ("who it is", {}, {"native_id": "i-9"}, (), (), "A compute.instance has no column native_id that can be set."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "columns", "values", "refused", "coverage", "reason"), REFUSALS, ids=[case[0] for case in REFUSALS]
)
def test_what_cannot_be_planned_is_told(tools, name, columns, values, refused, coverage, reason):
    machine = tools.machine(**columns)
    plan = planned(tools, [tools.wish(machine, set=values)], tools.world(machine, coverage=coverage), tools.means(refused))
    assert (plan.changes, rejections(plan)) == ((), [("rule", reason)])


def test_an_update_of_nothing_is_refused(tools):
    machine = tools.machine()
    plan = planned(tools, [tools.wish(machine, action=Action.UPDATE)], tools.world(machine))
    assert rejections(plan) == [("rule", "It names no column to change.")]


def test_what_is_not_in_the_snapshot_is_refused(tools):
    machine = tools.machine()
    ids = [machine.id, "nonsense", "aws:1:eu-west-1:no.kind/x"]
    plan = planned(tools, [tools.wish(one, set={"type": "x"}) for one in ids], tools.world())
    assert sorted(one.reason for one in plan.rejected) == [
        "'nonsense' is not a resource id (cloud:account:region:kind/native-id).",
        "It is not in the snapshot.",
        "There is no kind no.kind.",
    ]


def test_what_cannot_be_done_leaves_the_rest_of_the_change(tools):
    machine = tools.machine()
    wishes = [tools.wish(machine, "a", 20, set={"image": "x"}), tools.wish(machine, "b", 10, set={"type": "t3.large"})]
    plan = planned(tools, wishes, tools.world(machine), tools.means(refused=("image",)))
    assert [change.after for change in plan.changes] == [{"type": "t3.large"}]
    assert rejections(plan) == [("a", "aws cannot change image of a compute.instance so.")]


def test_what_is_deleted_goes_after_what_uses_it(tools):
    machine, volume = tools.machine(), tools.volume()
    relations = [Relation(machine.id, Verb.USES, volume.id)]
    plan = planned(tools, [tools.wish(volume), tools.wish(machine)], tools.world(machine, volume, relations=relations))
    first, second = plan.changes
    assert (first.target, first.wave, second.target, second.wave) == (machine.id, 1, volume.id, 2)
    assert second.depends_on == (first.id,)


def test_a_circle_is_rejected_and_named_and_the_rest_goes_on(tools):
    a, b, c = (tools.volume(f"v-{name}") for name in "abc")
    relations = [Relation(a.id, Verb.USES, b.id), Relation(b.id, Verb.USES, a.id), Relation(c.id, Verb.USES, a.id)]
    plan = planned(tools, [tools.wish(one) for one in (a, b, c)], tools.world(a, b, c, relations=relations))
    assert [change.target for change in plan.changes] == [c.id]
    assert {one.reason for one in plan.rejected} == {f"Its change and others wait for one another: {a.id} -> {b.id} -> {a.id}."}


def test_the_saving_is_the_difference_between_the_estate_and_its_twin(tools):
    machine, volume, address = tools.machine(), tools.volume(), tools.make(Address, "e-1")
    asked = []

    def costs(overlay, ids):
        asked.append((overlay, list(ids)))
        amounts = {machine.id: 70, volume.id: 8} if overlay is None else {machine.id: 35}
        return {target: Money(Decimal(amount)) for target, amount in amounts.items()}

    wishes = [tools.wish(machine, set={"type": "t3.large"}), tools.wish(volume), tools.wish(address)]
    plan = planned(tools, wishes, tools.world(machine, volume, address), tools.means(costs=costs))
    assert {change.target: change.saving_monthly for change in plan.changes} == {
        machine.id: Money(Decimal(35)),
        volume.id: Money(Decimal(8)),
        address.id: None,
    }
    overlay = asked[1][0]
    assert len(asked) == 2
    assert overlay.removed == {volume.id, address.id}
    assert [row["type"] for row in overlay.replaced["compute.instance"]] == ["t3.large"]
    assert plan.saving_monthly == Money(Decimal(43))


@dataclass
class Sort:
    wave: int
    count: int


def test_one_canary_of_each_sort_then_growing_shares(tools):
    machines = [tools.machine(f"i-{index:02}") for index in range(20)]
    volumes = [tools.volume(f"v-{index}") for index in range(2)]
    wishes = [tools.wish(one, set={"type": "t3.large"}) for one in machines] + [
        tools.wish(one, set={"type": "gp3"}) for one in volumes
    ]
    plan = planned(tools, wishes, tools.world(*machines, *volumes), waves=WaveSettings(canary=1, growth=3.0))
    waves = [change.wave for change in plan.changes if change.kind == "compute.instance"]
    assert [waves.count(wave) for wave in (1, 2, 3, 4)] == [1, 3, 9, 7]
    assert [change.wave for change in plan.changes if change.kind == "storage.volume"] == [1, 2]


def test_no_wave_is_larger_than_its_limit(tools):
    machines = [tools.machine(f"i-{index:02}") for index in range(20)]
    volumes = [tools.volume(f"v-{index}") for index in range(20)]
    wishes = [tools.wish(one, set={"type": "x"}) for one in (*machines, *volumes)]
    plan = planned(tools, wishes, tools.world(*machines, *volumes), waves=WaveSettings(size_max=5))
    waves = [change.wave for change in plan.changes]
    assert max(waves.count(wave) for wave in set(waves)) <= 5
    assert set(waves) == set(range(1, max(waves) + 1))


def test_a_wave_is_filled_by_several_sorts_to_its_limit(tools):
    machines = [tools.machine(f"i-{index}") for index in range(4)]
    volumes = [tools.volume(f"v-{index}") for index in range(4)]
    wishes = [tools.wish(one, set={"type": "x"}) for one in (*machines, *volumes)]
    plan = planned(tools, wishes, tools.world(*machines, *volumes), waves=WaveSettings(canary=2, growth=1.0, size_max=4))
    assert [(change.kind, change.wave) for change in plan.changes] == [
        *[("compute.instance", 1)] * 2,
        *[("storage.volume", 1)] * 2,
        *[("compute.instance", 2)] * 2,
        *[("storage.volume", 2)] * 2,
    ]


def test_those_that_wait_overflow_into_the_next_wave_though_the_first_has_room(tools):
    machine, volumes = tools.machine(), [tools.volume(f"v-{index}") for index in range(3)]
    relations = [Relation(machine.id, Verb.USES, volume.id) for volume in volumes]
    wishes = [tools.wish(one) for one in (machine, *volumes)]
    world = tools.world(machine, *volumes, relations=relations)
    plan = planned(tools, wishes, world, waves=WaveSettings(canary=9, size_max=2))
    assert [(change.kind, change.wave) for change in plan.changes] == [
        ("compute.instance", 1),
        ("storage.volume", 2),
        ("storage.volume", 2),
        ("storage.volume", 3),
    ]


def test_the_cloud_is_asked_about_the_change_as_a_whole(tools):
    machine, asked = tools.machine(), []

    def can(*question):
        asked.append(question)
        return Reversibility.SAFETY_COPY

    wishes = [tools.wish(machine, "a", 20, set={"image": "x"}), tools.wish(machine, "b", 10, set={"type": "t3.large"})]
    (change,) = planned(tools, wishes, tools.world(machine), msgspec.structs.replace(tools.means(), can=can)).changes
    assert change.reversibility is Reversibility.SAFETY_COPY
    assert asked == [
        ("aws", "compute.instance", {"image": None}, {"image": "x"}),
        ("aws", "compute.instance", {"image": None, "type": "m5.large"}, {"image": "x", "type": "t3.large"}),
    ]


def test_what_users_would_notice_depends_on_what_is_done_to_what(tools):
    stopped, volume = tools.machine(state="stopped"), tools.volume()
    wishes = [tools.wish(stopped, set={"type": "t3.large"}), tools.wish(volume)]
    changes = planned(tools, wishes, tools.world(stopped, volume)).changes
    assert [change.disruption for change in changes] == ["None: it is stopped.", "What still uses it fails."]


def test_a_change_keeps_the_evidence_and_the_new_name(tools):
    evidence = Evidence(metric="cpu_pct", statistic="p99", value=4, window_days=14, samples=336)
    wish = tools.wish(tools.id(Volume, "v-new"), action=Action.CREATE, set={"name": "data"}, evidence=(evidence, evidence))
    (change,) = planned(tools, [wish], tools.world()).changes
    assert (change.evidence, change.name) == ((evidence,), "data")


def test_what_is_made_is_priced_from_what_its_id_tells(tools):
    seen = []

    def costs(overlay, ids):
        seen.append(overlay)
        return {} if overlay is None else {ids[0]: Money(Decimal(8))}

    wish = tools.wish(tools.id(Volume, "v-new"), action=Action.CREATE, set={"type": "gp3"})
    (change,) = planned(tools, [wish], tools.world(), tools.means(costs=costs)).changes
    assert change.saving_monthly == Money(Decimal(-8))
    place = {"cloud": "aws", "account": "1", "region": "eu-west-1", "native_id": "v-new"}
    assert seen[1].replaced == {"storage.volume": [{"id": change.target, **place, "type": "gp3"}]}


def test_a_saving_in_another_currency_is_unknown(tools):
    machine = tools.machine()

    def costs(overlay, ids):
        return {machine.id: Money(Decimal(8), "USD" if overlay is None else "EUR")}

    (change,) = planned(
        tools, [tools.wish(machine, set={"type": "t3.large"})], tools.world(machine), tools.means(costs=costs)
    ).changes
    assert change.saving_monthly is None


def test_a_plan_that_nobody_could_review_is_refused(tools, monkeypatch):
    monkeypatch.setattr("skywright.loop.plan.make.CHANGES_PER_PLAN_MAX", 1)
    machines = [tools.machine(f"i-{index}") for index in range(2)]
    with pytest.raises(BadInput) as caught:
        planned(tools, [tools.wish(one, set={"type": "x"}) for one in machines], tools.world(*machines))
    assert str(caught.value) == "The plan would hold 2 changes; 1 is the most. Plan a part: --only, --rule or --target."
    assert len(planned(tools, [tools.wish(machines[0], set={"type": "x"})], tools.world(*machines)).changes) == 1


def test_ids_are_short_and_made_of_the_content(tools):
    machine = tools.machine()
    plan = planned(tools, [tools.wish(machine, set={"type": "x"})], tools.world(machine))
    assert re.fullmatch("plan-[0-9a-f]{12}", plan.id)
    assert re.fullmatch("chg-[0-9a-f]{12}", plan.changes[0].id)


def test_the_plan_says_how_large_the_estate_is_and_keeps_its_note(tools):
    machine = tools.machine()
    plan = make_plan([tools.wish(machine, set={"type": "x"})], tools.world(machine), tools.means(), WAVES, tools.now, note="only x")
    assert (plan.note, plan.snapshot, plan.created_at) == ("only x", "s1", tools.now)
    assert plan.id.startswith("plan-")


def test_what_is_made_is_there_before_what_needs_it(tools):
    machine, volume = tools.machine(), tools.volume("v-new")
    wishes = [tools.wish(volume.id, action=Action.CREATE, set={"type": "gp3"}), tools.wish(machine, set={"type": "t3.large"})]
    world = tools.world(machine, relations=[Relation(machine.id, Verb.USES, volume.id)])
    first, second = planned(tools, wishes, world).changes
    assert (first.action, first.before, first.after, first.wave) == (Action.CREATE, None, {"type": "gp3"}, 1)
    assert (second.target, second.wave, second.depends_on) == (machine.id, 2, (first.id,))


def test_what_is_there_is_not_made_again(tools):
    volume = tools.volume()
    plan = planned(tools, [tools.wish(volume, action=Action.CREATE, set={"type": "gp3"})], tools.world(volume))
    assert rejections(plan) == [("rule", "It is already there.")]


def test_a_canary_of_nothing_and_shares_that_shrink_are_one_at_a_time(tools):
    machines = [tools.machine(f"i-{index}") for index in range(4)]
    waves = WaveSettings(canary=0, growth=0.1)
    plan = planned(tools, [tools.wish(one, set={"type": "x"}) for one in machines], tools.world(*machines), waves=waves)
    assert [change.wave for change in plan.changes] == [1, 2, 3, 4]


@pytest.mark.parametrize(("allowed", "changes", "rejected"), [
    (True, 1, []),
    (False, 0, [("a", "It cannot be undone, and rails.irreversible_allowed is off.")]),
])  # fmt: skip
def test_what_cannot_be_undone_is_planned_only_where_it_is_allowed(tools, allowed, changes, rejected):
    machine = tools.machine()
    means = msgspec.structs.replace(tools.means(), can=lambda *_: Reversibility.NONE, irreversible=allowed)
    plan = planned(tools, [tools.wish(machine, "a")], tools.world(machine), means)
    assert (len(plan.changes), rejections(plan)) == (changes, rejected)
