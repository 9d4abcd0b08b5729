"""What no consolidation of a cluster saves more than, by packing all pods that move at all onto its nodes without asking where each
may run, nor what stays where it is. The packer is given: it knows nothing of clusters."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from skywright.topics.consolidate.drain import why_kept
from skywright.topics.consolidate.nouns import Cluster, Node

Size = tuple[int, int, int]
Kind = tuple[str, Size, Decimal, int | None]
"""A kind of node: a name, the room for pods that move, a price, and how many there are (None: any number)."""


class Packed(msgspec.Struct, frozen=True):
    """How many nodes hold all pods, what they cost, and what nodes that do cost at least."""

    bins: int
    cost: Decimal
    bound: Decimal


Packer = Callable[[Sequence[Kind], Sequence[Size]], Packed | None]
"""(kinds of nodes, pods) -> the best packing that was found; None: none was."""

FREE = Decimal("0.01")
"""Price of a node that stays anyway: a packer wants prices above zero."""


def most(cluster: Cluster, headroom_pct: float, pack: Packer) -> Decimal | None:
    """No set of nodes that is done without saves more than this a month. None where it is not proven."""
    able = [node for node in cluster.nodes if not why_kept(node)]
    pods = [(pod.cpu, pod.memory, 1) for node in cluster.nodes for pod in node.pods if not pod.own and pod.stays is None]
    whole = sum((node.monthly or Decimal(0) for node in able), Decimal(0))
    if not pods or not able:
        return whole
    found = pack(_kinds(cluster, headroom_pct), pods)
    if found is None:
        return None
    free = FREE * (sum(not node.drained for node in cluster.nodes) - len(able))
    return min(whole, max(Decimal(0), whole - (found.bound - free))).quantize(Decimal("0.01"))


def _kinds(cluster: Cluster, headroom_pct: float) -> list[Kind]:
    """Nodes of one size and price are one kind, with the room of the roomiest among them: never less than there is."""
    found: dict[tuple[int, int, Decimal], list[Node]] = {}
    for node in (one for one in cluster.nodes if not one.drained):
        price = FREE if why_kept(node) else max(FREE, node.monthly or FREE)
        found.setdefault((node.cpu, node.memory, price), []).append(node)
    kinds: list[Kind] = []
    for number, ((_, _, price), nodes) in enumerate(sorted(found.items())):
        rooms = [_room(node, 1 - headroom_pct / 100) for node in nodes]
        size = (max(room[0] for room in rooms), max(room[1] for room in rooms), max(room[2] for room in rooms))
        kinds.append((f"kind {number}", (max(1, size[0]), max(1, size[1]), max(1, size[2])), price, len(nodes)))
    return kinds


def _room(node: Node, share: float) -> Size:
    """What pods that move may have of it: beside its own and what stays, and never less than those on it have now."""
    fixed = [pod for pod in node.pods if pod.own or pod.stays is not None]
    moving = [pod for pod in node.pods if not pod.own and pod.stays is None]
    cpu = int(node.cpu * share) - sum(pod.cpu for pod in fixed)
    memory = int(node.memory * share) - sum(pod.memory for pod in fixed)
    return (
        max(cpu, sum(pod.cpu for pod in moving)),
        max(memory, sum(pod.memory for pod in moving)),
        max(node.pods_max - len(fixed), len(moving)),
    )
