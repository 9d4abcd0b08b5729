"""A point of a curve -> proposals that drain its nodes, and the machines that people then let go of."""

from collections.abc import Iterator

from skywright.model.money import Money
from skywright.model.plan import Action, Proposal, Risk
from skywright.model.words import n, t
from skywright.topics.consolidate.nouns import Cluster, Node, Point

PROPOSER = "consolidation"
PRECEDENCE = 25


def from_point(cluster: Cluster, point: Point) -> Iterator[Proposal]:
    """One proposal a node: it takes no new pods, and those that it has go."""
    for node in drained(cluster, point):
        moves = sum(move.source == node.name for move in point.moves)
        yield Proposal(
            proposer=PROPOSER,
            target=node.id,
            action=Action.UPDATE,
            set={"schedulable": False, "availability": "drain"},
            why=n("{count} pod finds room on other nodes.", "{count} pods find room on other nodes.", moves)
            if moves
            else t("No pod but its own runs here."),
            reasons=(f"{PROPOSER}-{node.name}",),
            precedence=PRECEDENCE,
            risk=Risk.MEDIUM,
            saving_monthly=Money(node.monthly, cluster.currency) if node.monthly is not None else None,
        )


def drained(cluster: Cluster, point: Point) -> list[Node]:
    """Its nodes. Their machines cost until they are let go of."""
    return [node for node in cluster.nodes if node.name in point.drained]
