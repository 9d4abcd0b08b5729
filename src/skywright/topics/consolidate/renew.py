"""A cluster on other nodes: what its pods would cost on new machines of one type. For people to decide: new nodes are made by
whoever made the old ones."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from skywright.topics.consolidate.bound import Packer
from skywright.topics.consolidate.drain import why_kept
from skywright.topics.consolidate.nouns import Cluster, Node

ALLOCATABLE = 0.9
"""What of a machine pods may have, where no node of known type tells; the least of those that do counts otherwise."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A type of machine: thousandths of a processor, MiB, and what one costs a month."""

    name: str
    cpu: int
    memory: int
    architecture: str
    monthly: Decimal


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """``nodes`` new machines of a type in the place of ``instead_of`` old ones: what they cost, what they cost at least however
    they are filled, and what that saves (less than nothing: it costs more)."""

    type: str
    nodes: int
    instead_of: int
    monthly: Decimal
    at_least: Decimal
    saving: Decimal


def renewed(cluster: Cluster, shape: Shape, known: Mapping[str, Shape], headroom_pct: float, pack: Packer) -> Renewed | None:
    """All nodes that may be drained, replaced. None where their pods do not fit such machines or run on another architecture, or
    where no packing was found."""
    old = [node for node in cluster.nodes if not why_kept(node)]
    pods = [pod for node in old for pod in node.pods if not pod.own]
    if not pods or any(node.architecture not in ("", shape.architecture) for node in old):
        return None
    room = _room(cluster, shape, known, headroom_pct)
    if min(room) < 1 or any(pod.cpu > room[0] or pod.memory > room[1] for pod in pods):
        return None
    found = pack([(shape.name, room, shape.monthly, None)], [(pod.cpu, pod.memory, 1) for pod in pods])
    if found is None:
        return None
    now = sum((node.monthly or Decimal(0) for node in old), Decimal(0))
    return Renewed(
        type=shape.name,
        nodes=found.bins,
        instead_of=len(old),
        monthly=found.cost,
        at_least=found.bound,
        saving=now - found.cost,
    )


def _room(cluster: Cluster, shape: Shape, known: Mapping[str, Shape], headroom_pct: float) -> tuple[int, int, int]:
    """What of one machine pods that move may have: beside what the system and the pods that every node has take."""
    cpu, memory = _allocatable(cluster.nodes, known)
    free = 1 - headroom_pct / 100
    own_cpu = max(sum(pod.cpu for pod in node.pods if pod.own) for node in cluster.nodes)
    own_memory = max(sum(pod.memory for pod in node.pods if pod.own) for node in cluster.nodes)
    own_pods = max(sum(pod.own for pod in node.pods) for node in cluster.nodes)
    most = min(node.pods_max for node in cluster.nodes)
    return int(shape.cpu * cpu * free) - own_cpu, int(shape.memory * memory * free) - own_memory, most - own_pods


def _allocatable(nodes: tuple[Node, ...], known: Mapping[str, Shape]) -> tuple[float, float]:
    told = [(node, known[node.type]) for node in nodes if node.type in known]
    cpu = min((node.cpu / shape.cpu for node, shape in told), default=ALLOCATABLE)
    memory = min((node.memory / shape.memory for node, shape in told), default=ALLOCATABLE)
    return min(1.0, cpu), min(1.0, memory)
