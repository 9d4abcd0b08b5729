"""How much may be disturbed, from nothing to anything, and the best that can be saved at each level."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from skywright.topics.consolidate.drain import curve
from skywright.topics.consolidate.nouns import Cluster, Curve, Node, Pod, Point, Stays, Terms


class Level(StrEnum):
    """``NONE``: only nodes that run nothing but their own pods. ``LOW``: pods restart, but no workload that has one copy is ever
    down, and no job begins anew. ``ANY``: whatever may be evicted at all."""

    NONE = "none"
    LOW = "low"
    ANY = "any"


class Offer(msgspec.Struct, frozen=True):
    """The best point at a level."""

    level: Level
    point: Point


def at_level(cluster: Cluster, level: Level) -> Cluster:
    """A cluster whose pods stay where moving them would disturb more."""
    return replace(cluster, nodes=tuple(_node(node, level) for node in cluster.nodes))


def curves(cluster: Cluster, terms: Terms) -> Mapping[Level, Curve]:
    """The curve of each level."""
    return {level: curve(at_level(cluster, level), terms) for level in Level}


def offers(found: Mapping[Level, Curve]) -> tuple[Offer, ...]:
    """The best point of each level, from the quietest on."""
    return tuple(Offer(level, one.points[one.best]) for level, one in found.items())


def _node(node: Node, level: Level) -> Node:
    return replace(node, pods=tuple(_pod(pod, level) for pod in node.pods))


def _pod(pod: Pod, level: Level) -> Pod:
    if pod.own or pod.stays is not None:
        return pod
    match level:
        case Level.NONE:
            return replace(pod, stays=Stays.RESTARTS)
        case Level.LOW:
            return replace(pod, stays=Stays.ONLY_COPY) if pod.alone else pod
        case Level.ANY:
            return pod
