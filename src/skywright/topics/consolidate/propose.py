"""A point of a curve -> proposals that drain its nodes. What is saved once a person ends a machine is told, and not promised."""

from collections.abc import Iterator

from skywright.model.money import Money
from skywright.model.plan import Action, Proposal, Risk
from skywright.model.words import n, t
from skywright.topics.consolidate.leaving import Able, By, Leave, leaving, never
from skywright.topics.consolidate.nouns import Cluster, Node, Point

PROPOSER = "consolidation"
PRECEDENCE = 25


def from_point(cluster: Cluster, point: Point, able: Able = never) -> Iterator[Proposal]:
    """One proposal a node: it takes no new pods, and those that it has go; and one a machine that ``able`` says can be taken out of
    its group after that."""
    leaves = {one.node: one for one in leaving(cluster, point, able)}
    for node in drained(cluster, point):
        leave = leaves[node.name]
        saving = Money(node.monthly, cluster.currency) if node.monthly is not None else None
        moves = sum(move.source == node.name for move in point.moves)
        yield Proposal(
            proposer=PROPOSER,
            target=node.id,
            action=Action.UPDATE,
            set={"schedulable": False, "availability": "drain"},
            why=" ".join((_moving(moves), *_saved(leave, saving), leave.how)),
            reasons=(f"{PROPOSER}-{node.name}",),
            precedence=PRECEDENCE,
            risk=Risk.MEDIUM,
            saving_monthly=saving if leave.by is By.AUTOSCALER else None,
        )
        if leave.by is By.PLAN:
            yield _end(node, saving)


def _end(node: Node, saving: Money | None) -> Proposal:
    return Proposal(
        proposer=PROPOSER,
        target=node.machine,
        action=Action.DELETE,
        why=t("Its node {node} is drained before, and its group gets smaller by it.", node=node.name),
        reasons=(f"{PROPOSER}-{node.name}",),
        precedence=PRECEDENCE,
        risk=Risk.MEDIUM,
        saving_monthly=saving,
        needs=(node.id,),
    )


def _moving(moves: int) -> str:
    if not moves:
        return t("No pod but its own runs here.")
    return n("{count} pod finds room on other nodes.", "{count} pods find room on other nodes.", moves)


def _saved(leave: Leave, saving: Money | None) -> Iterator[str]:
    if saving is not None and leave.by is By.PEOPLE:
        yield t("{saving} a month are saved once its machine is gone, and not before.", saving=saving)


def drained(cluster: Cluster, point: Point) -> list[Node]:
    """Its nodes. Their machines cost until they are let go of."""
    return [node for node in cluster.nodes if node.name in point.drained]
