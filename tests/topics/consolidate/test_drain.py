"""Draining nodes: what may go, what it saves and disturbs, and that nothing is ever put where it does not fit."""
# ruff: noqa: E501, ISC004 - a table of cases reads best with one case a line

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.topics.consolidate._clusters import cluster, node, pod

from skywright.model.money import Money
from skywright.model.plan import Action
from skywright.topics.consolidate.bound import Packed, most
from skywright.topics.consolidate.drain import curve
from skywright.topics.consolidate.leaving import By, exit_of, leaving
from skywright.topics.consolidate.levels import Level, curves, offers
from skywright.topics.consolidate.nouns import Exit, Stays, Terms
from skywright.topics.consolidate.propose import from_point
from skywright.topics.consolidate.renew import Shape, renewed
from skywright.topics.packing.pack import pack
from skywright.topics.packing.problem import Bin, Item, problem


def found(*nodes, **terms):
    """(nodes drained, pods moved, saving) at the recommended point."""
    made = curve(cluster(*nodes), Terms(**terms))
    point = made.points[made.best]
    return list(point.drained), len(point.moves), point.saving


THREE = (node("n1", pod("a-1")), node("n2", pod("a-2"), pod("a-3")), node("n3", pod("b-1"), pod("b-2"), pod("b-3")))
SPREAD = [node(f"n{number}", pod(f"a-{number}", apart=True)) for number in (1, 2, 3)]

CASES = [
    # name                                               nodes                                                              terms                 drained, moved, saving
    ("all on one", THREE, {}, (["n1", "n2"], 3, 200)),
    ("fewest moves first", THREE, {"max_moves": 2}, (["n1"], 1, 100)),
    ("none may move", THREE, {"max_moves": 0}, ([], 0, 0)),
    ("a move is worth more than it saves", THREE, {"worth": Decimal(60)}, (["n1"], 1, 100)),
    ("headroom is kept", (node("n1", pod("a-1", 500)), node("n2", pod("b-1", 3200))), {"headroom_pct": 10}, ([], 0, 0)),
    ("without it there is room", (node("n1", pod("a-1", 500)), node("n2", pod("b-1", 3200))), {"headroom_pct": 0}, (["n2"], 1, 100)),
    ("memory counts", (node("n1", pod("a-1", 10, 9000)), node("n2", pod("b-1", 10, 9000))), {}, ([], 0, 0)),
    ("so does the number of pods", (node("n1", pod("a-1"), pods_max=1), node("n2", pod("b-1"), pods_max=1)), {}, ([], 0, 0)),
    ("its own pods go with a node", (node("n1", pod("d-1", 3000, own=True)), node("n2", pod("b-1", 3000))), {}, (["n1"], 0, 100)),
    ("copies stay apart", SPREAD, {}, ([], 0, 0)),
    ("the dearer of two", (node("n1", pod("a-1")), node("n2", pod("a-2"), monthly=Decimal(300))), {}, (["n2"], 1, 300)),
    ("what it costs is not known", (node("n1", pod("a-1"), monthly=None), node("n2", pod("b-1"), monthly=None)), {}, ([], 0, 0)),
    ("the control plane stays", (node("n1", keeps=True), node("n2", pod("b-1"), takes=True, keeps=True)), {}, ([], 0, 0)),
    ("a closed node takes nothing", (node("n1", pod("a-1")), node("n2", pod("b-1"), takes=False, monthly=None)), {}, ([], 0, 0)),
    ("but it may go itself", (node("n1", pod("a-1", 3000)), node("n2", pod("b-1"), takes=False)), {}, (["n2"], 1, 100)),
    ("after a loss copies may come together", (*SPREAD, node("n4")), {"spare": 1}, (["n4"], 0, 100)),
    ("a copy stays in its zone", (node("n1", pod("a-1", apart=True)), node("n2", pod("b-1", zonal=True), zone="b")), {}, ([], 0, 0)),
    ("a loss may take it elsewhere", (node("n1", pod("a-1", apart=True)), node("n2", zone="b"), node("n3", zone="b")), {"spare": 1}, (["n3"], 0, 100)),
    ("a claim may not go elsewhere", (node("n1", pod("a-1", zonal=True)), node("n2", zone="b"), node("n3", zone="b")), {"spare": 1}, ([], 0, 0)),
    ("no node may be lost", THREE, {"spare": 1}, (["n1"], 1, 100)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "nodes", "terms", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_is_recommended(name, nodes, terms, expected):
    assert found(*nodes, **terms) == expected


@pytest.mark.parametrize("reason", list(Stays))
def test_a_pod_that_cannot_move_keeps_its_node(reason):
    made = curve(cluster(node("n1", pod("a-1", stays=reason)), node("n2", pod("b-1"))), Terms())
    assert [point.drained for point in made.points] == [(), ("n2",)]
    assert "a-1" in made.kept["n1"]


def test_what_keeps_nodes_is_told():
    full = (node("n1", pod("a-1", 3000)), node("n2", pod("b-1", 3000)))
    assert curve(cluster(*full), Terms()).kept == dict.fromkeys(("n1", "n2"), "its pods find no room elsewhere")
    assert curve(cluster(*full), Terms(spare=1)).kept == dict.fromkeys(
        ("n1", "n2"), "the loss of a node would leave pods without room already"
    )


def test_what_is_disturbed_is_counted():
    moving = (
        pod("a-1", budgeted=False),
        pod("b-1", budgeted=None, copies=1),
        pod("e-1", budgets=("x",)),
        pod("e-2", budgets=("x",)),
    )
    quiet = node("n1", *moving, pod("d-1", own=True, budgets=("y",)))
    point = curve(cluster(quiet, node("n2", pod("c-1"), monthly=None)), Terms()).points[1]
    assert (len(point.moves), point.unguarded, point.only_copies, point.budgets) == (4, 2, 1, 1)


MIXED = (
    node("n1"),
    node("n2", pod("a-1")),
    node("n3", pod("b-1", copies=1)),
    node("n4", pod("c-1", copies=None)),
    node("n5", pod("d-1"), monthly=None),
)


def test_what_each_level_of_disruption_offers():
    found = offers(curves(cluster(*MIXED), Terms()))
    assert [(one.level, one.point.drained, one.point.only_copies) for one in found] == [
        (Level.NONE, ("n1",), 0), (Level.LOW, ("n1", "n2"), 0), (Level.ANY, ("n1", "n2", "n3", "n4"), 2),
    ]  # fmt: skip


def test_the_louder_the_level_the_more_is_saved_and_the_reason_to_stay_is_told():
    found = curves(cluster(*MIXED), Terms())
    assert [one.points[one.best].saving for one in found.values()] == [100, 200, 400]
    assert found[Level.NONE].kept["n2"] == "a-1 would restart"
    assert found[Level.LOW].kept["n3"] == "b-1 is the only copy of its workload"


def test_a_node_that_is_drained_already_is_not_drained_again_and_holds_nothing():
    made = cluster(node("n1", drained=True, takes=False), node("n2", pod("a-1")))
    assert curve(made, Terms()).kept["n1"] == "it is drained already, and costs until its machine is let go of"
    assert most(made, 10.0, packer) == 0


def test_a_point_becomes_a_plan_of_drains():
    made = cluster(*THREE)
    wishes = list(from_point(made, curve(made, Terms()).points[2]))
    assert [(wish.target, wish.set, wish.saving_monthly) for wish in wishes] == [
        (one.id, {"schedulable": False, "availability": "drain"}, None) for one in THREE[:2]
    ]
    assert [wish.why.partition(".")[0] for wish in wishes] == ["1 pod finds room on other nodes", "2 pods find room on other nodes"]
    assert "$100.00 a month are saved once its machine is gone, and not before." in wishes[0].why


NOTHING = dict.fromkeys(("scaler", "of_group", "held", "used", "spare"))
GROUP = "aws:1:eu-west-1:compute.group/workers"
POOLED = [
    # name, what is known of the way out, saved by itself, how
    ("nothing", Exit(), False, "End its machine i-1; where it is of a pool, one smaller by this very machine."),
    ("group", Exit(group=GROUP, spare=3), False,
     "Take machine i-1 out of its group workers so that the group gets smaller by this very one."),
    ("eks", Exit(pool="eks.amazonaws.com/nodegroup=w", group=GROUP, spare=3), False,
     "End its machine and have its pool smaller in one step: `aws autoscaling terminate-instance-in-auto-scaling-group "
     "--instance-id i-1 --should-decrement-desired-capacity`."),
    ("gke", Exit(pool="cloud.google.com/gke-nodepool=w", group="gcp:p:z:compute.group/z/gke-w-grp"), False,
     "End its machine and have its pool smaller in one step: `gcloud compute instance-groups managed delete-instances gke-w-grp "
     "--instances i-1`."),
    ("aks", Exit(pool="kubernetes.azure.com/agentpool=w"), False,
     "End its machine and have its pool smaller in one step: `az aks nodepool delete-machines --nodepool-name w --machine-names n1`."),
    ("smallest", Exit(pool="eks.amazonaws.com/nodegroup=w", group=GROUP, spare=0, scaler="deployment/kube-system/cluster-autoscaler"),
     False, "Its group workers is at its smallest size then: lower that first. "
     "deployment/kube-system/cluster-autoscaler ends its machine once it is empty, if its pool is set to shrink."),
    ("autoscaler", Exit(group=GROUP, spare=1, scaler="deployment/kube-system/cluster-autoscaler"), True,
     "deployment/kube-system/cluster-autoscaler ends its machine once it is empty, if its pool is set to shrink."),
    ("karpenter", exit_of({"karpenter.sh/nodepool": "default"}, NOTHING), True,
     "Karpenter ends its machine once it is empty, if its pool is set to shrink."),
    ("held", Exit(scaler="Karpenter", held="karpenter.sh/do-not-disrupt=true"), False,
     "Its annotation karpenter.sh/do-not-disrupt=true keeps the autoscaler from ending its machine: take it off. "
     "Karpenter ends its machine once it is empty, if its pool is set to shrink."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "way", "by_itself", "how"), POOLED, ids=[one[0] for one in POOLED])
def test_how_a_machine_goes_and_whether_the_saving_is_promised(name, way, by_itself, how):
    made = cluster(node("n1", exit=way, machine="aws:1:eu-west-1:compute.instance/i-1"), node("n2", pod("a-1")))
    point = curve(made, Terms()).points[1]
    assert point.drained == ("n1",)
    [leave] = leaving(made, point)
    [wish] = from_point(made, point)
    assert (leave.by is By.AUTOSCALER, leave.how, wish.saving_monthly is not None) == (by_itself, how, by_itself)
    assert wish.why.endswith(how)


def test_a_group_is_not_made_smaller_than_it_may_be():
    way = Exit(group=GROUP, spare=1, scaler="deployment/kube-system/cluster-autoscaler")
    made = cluster(node("n1", exit=way), node("n2", exit=way), node("n3", pod("a-1")))
    assert [one.by for one in leaving(made, curve(made, Terms()).points[2])] == [By.AUTOSCALER, By.PEOPLE]


ENDED = [
    # name, what is known of the way out, is the machine in the plan
    ("member", Exit(group=GROUP, spare=1), True),
    ("size not known", Exit(group=GROUP), False),
    ("at its smallest", Exit(group=GROUP, spare=0), False),
    ("no group", Exit(), False),
    ("an autoscaler's", Exit(group=GROUP, spare=1, scaler="Karpenter"), False),
    ("held", Exit(group=GROUP, spare=1, held="karpenter.sh/do-not-disrupt=true"), False),
    ("used", Exit(group=GROUP, spare=1, used="aws:1:r:network.targets/web"), False),
]


@pytest.mark.parametrize(("name", "way", "planned"), ENDED, ids=[one[0] for one in ENDED])
def test_a_machine_is_in_the_plan_after_its_drain_and_bears_the_saving(name, way, planned):
    made = cluster(node("n1", exit=way), node("n2", pod("a-1")))
    wishes = list(from_point(made, curve(made, Terms()).points[1], lambda _node: True))
    ends = [(one.target, one.action, one.needs, one.saving_monthly) for one in wishes[1:]]
    assert ends == (
        [("aws:1:r:compute.instance/i-n1", Action.DELETE, ("k:c:c:container.node/n1",), Money(Decimal(100), "USD"))]
        if planned
        else []
    )
    assert wishes[0].saving_monthly is None or not planned
    assert list(from_point(made, curve(made, Terms()).points[1]))[1:] == []


def test_what_uses_a_machine_is_told():
    made = cluster(node("n1", exit=Exit(group=GROUP, spare=1, used="aws:1:r:network.targets/web")), node("n2", pod("a-1")))
    [leave] = leaving(made, curve(made, Terms()).points[1], lambda _node: True)
    assert leave.how.startswith("aws:1:r:network.targets/web still uses its machine.")


def test_a_machine_that_is_not_known():
    made = cluster(node("n1", machine=""), node("n2", pod("a-1")))
    [leave] = leaving(made, curve(made, Terms()).points[1])
    assert leave.how == "Which machine it is is not known: gather its cloud, or end it by hand."


def packer(kinds, items):
    bins = [Bin(name, tuple(map(Decimal, sizes)), price, count) for name, sizes, price, count in kinds]
    found = pack(problem([Item("p", tuple(map(Decimal, one))) for one in items], bins), 2.0)
    return Packed(found.bins, Decimal(str(found.cost)), Decimal(str(found.bound)))


PODS = st.builds(
    lambda cpu, memory, stays: (cpu, memory, stays),
    st.integers(100, 2000),
    st.integers(100, 8000),
    st.sampled_from([None, None, None, Stays.BARE]),
)
NODES = st.lists(st.tuples(st.lists(PODS, max_size=2), st.integers(50, 300)), min_size=2, max_size=5)


def built(drawn):
    return cluster(*(
        node(f"n{at}", *(pod(f"w{at}-{number}", cpu, memory, stays=stays) for number, (cpu, memory, stays) in enumerate(pods)), monthly=Decimal(price))
        for at, (pods, price) in enumerate(drawn)
    ))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(NODES)
def test_no_point_puts_more_on_a_node_than_it_holds(drawn):
    made = built(drawn)
    homes = {one.id: (at.name, one) for at in made.nodes for one in at.pods}
    for point in curve(made, Terms()).points:
        now = {name: home for name, (home, _) in homes.items()} | {move.pod: move.target for move in point.moves}
        moved_to = {move.target for move in point.moves}
        for at in made.nodes:
            here = [homes[name][1] for name, home in now.items() if home == at.name]
            assert not (here and at.name in point.drained)
            if at.name in moved_to:
                assert sum(one.cpu for one in here) <= at.cpu * 0.9
                assert sum(one.memory for one in here) <= at.memory * 0.9
        assert all(homes[move.pod][1].stays is None and homes[move.pod][0] == move.source in point.drained for move in point.moves)
        assert point.saving == sum(at.monthly for at in made.nodes if at.name in point.drained)


@settings(max_examples=15, deadline=None)
@given(NODES)
def test_nothing_saves_more_than_is_proven(drawn):
    made = built(drawn)
    told = curve(made, Terms())
    limit = most(made, 10.0, packer)
    assert max(point.saving for point in told.points) <= limit <= sum(at.monthly for at in made.nodes)


def test_the_bound_is_met_where_packing_is_the_whole_truth():
    alike = [node(f"n{number}", pod(f"a{number}-1", 1800, 100)) for number in range(6)]
    assert most(cluster(*alike), 10.0, packer) == 300  # two to a node
    assert found(*alike)[2] == 300


def test_a_node_that_is_fuller_than_it_should_be_is_no_obstacle():
    assert most(cluster(node("n1", pod("a-1", 3900)), node("n2", pod("b-1", 500))), 10.0, packer) == 0


def test_without_a_proof_nothing_is_claimed():
    assert most(cluster(*THREE), 10.0, lambda _kinds, _pods: None) is None


def test_a_larger_cluster_is_searched_node_by_node():
    wide = [node(f"n{number:03}", *(pod(f"a{number}-{at}", 300, 900) for at in range(3))) for number in range(240)]
    drained, moved, saving = found(*wide)
    assert (len(drained), moved, saving) == (180, 540, 18000)  # twelve pods to a node
    assert len(set(drained)) == 180


SHAPES = {
    "old": Shape(name="old", cpu=5000, memory=16384, architecture="x86_64", monthly=Decimal(100)),
    "large": Shape(name="large", cpu=10000, memory=65536, architecture="x86_64", monthly=Decimal(120)),
    "small": Shape(name="small", cpu=500, memory=4096, architecture="x86_64", monthly=Decimal(9)),
    "arm": Shape(name="arm", cpu=10000, memory=65536, architecture="arm64", monthly=Decimal(60)),
}
OLD = cluster(
    *(node(f"n{at}", pod(f"a{at}-1", 2400), pod(f"d-{at}", 200, own=True), type="old") for at in range(3)),
    node("n9", pod("b-9", stays=Stays.BARE), type="old"),
)


def test_the_same_pods_on_new_machines():
    made = renewed(OLD, SHAPES["large"], SHAPES, 10.0, packer)
    # 10 processors x 0.8 that pods may have x 0.9 - 0.2 of its own = 7: two pods of 2.4 each
    assert (made.nodes, made.instead_of, made.monthly, made.at_least, made.saving) == (2, 3, 240, 240, 60)


@pytest.mark.parametrize("type_", ["small", "arm"])
def test_machines_that_do_not_suit_the_pods(type_):
    assert renewed(OLD, SHAPES[type_], SHAPES, 10.0, packer) is None
