"""What holds of every plan, whatever is proposed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.loop.plan import make_plan
from skywright.model.canonical import canonical
from skywright.model.estate import Relation, Verb
from skywright.model.plan import Action
from skywright.model.settings import WaveSettings

from .conftest import Tools

TOOLS = Tools()
ROWS = [TOOLS.machine(f"i-{index}") for index in range(4)] + [TOOLS.volume(f"v-{index}") for index in range(4)]
IDS = [row.id for row in ROWS]

VALUES = st.dictionaries(
    st.sampled_from(["type", "state", "encrypted", "tags", "nonsense"]), st.sampled_from(["a", "b", None]), max_size=2
)
WISHES = st.builds(
    lambda target, proposer, precedence, values, number: TOOLS.wish(
        target,
        proposer,
        precedence,
        set={column: {"key": value} if column == "tags" else value for column, value in values.items()},
        reasons=(f"{proposer}-{number}",),
    ),
    st.sampled_from([*IDS, "aws:1:eu-west-1:compute.instance/gone"]),
    st.sampled_from(["p", "q", "r"]),
    st.integers(0, 3),
    VALUES,
    st.integers(0, 9),
)
RELATIONS = st.lists(st.builds(Relation, st.sampled_from(IDS), st.just(Verb.USES), st.sampled_from(IDS)), max_size=8)
WAVES = st.builds(WaveSettings, canary=st.integers(1, 3), growth=st.floats(1, 4), size_max=st.integers(1, 5))


def plan_of(wishes, relations, waves):
    return make_plan(wishes, TOOLS.world(*ROWS, relations=relations), TOOLS.means(refused=("encrypted",)), waves, TOOLS.now)


@settings(max_examples=120, deadline=None)
@given(st.lists(WISHES, max_size=14), RELATIONS, WAVES, st.randoms(use_true_random=False))
def test_every_plan(wishes, relations, waves, chance):
    plan = plan_of(wishes, relations, waves)

    shuffled, turned = list(wishes), list(relations)
    chance.shuffle(shuffled)
    chance.shuffle(turned)
    assert canonical(plan) == canonical(plan_of(shuffled, turned, waves)), "the order of what comes in does not matter"

    targets = [change.target for change in plan.changes]
    assert len(targets) == len(set(targets)), "one change a resource"

    by_id = {change.id: change for change in plan.changes}
    for change in plan.changes:
        assert all(by_id[one].wave < change.wave for one in change.depends_on), "what is needed goes in an earlier wave"
        assert change.after is None or change.after.keys() == change.before.keys(), "only what changes"
        assert change.after != {}, "no change without a change"

    for relation in relations:
        ends = [
            next((change for change in plan.changes if change.target == one), None) for one in (relation.source, relation.target)
        ]
        if relation.source != relation.target and all(ends) and ends[1].action is Action.DELETE:
            assert ends[0].wave < ends[1].wave, "who uses it goes before it is deleted"

    said = {(change.target, reason) for change in plan.changes for reason in change.reasons}
    said |= {(one.proposal.target, reason) for one in plan.rejected for reason in one.proposal.reasons}
    assert said == {(wish.target, reason) for wish in wishes for reason in wish.reasons}, "nothing is lost"

    loads = [change.wave for change in plan.changes]
    assert all(loads.count(wave) <= waves.size_max for wave in set(loads)), "no wave is too large"
    assert set(loads) == set(range(1, max(loads, default=0) + 1)), "no wave is empty"
