"""Sets of flows as boxes: who may call, from which port, to which port, by which protocol. Union, intersection, difference.

A flow is what a client opens: (protocol, client's address, client's port, server's port). A set of flows is a list of boxes: a rule
over half the internet is one box, not two thousand million packets. For protocols without ports the ports say nothing and are the
whole range.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from functools import cache, reduce

import msgspec

PORTS = (0, 65535)
PROTOCOLS = ("tcp", "udp", "icmp", "other")
FAMILIES = {4: 2**32 - 1, 6: 2**128 - 1}
"""IP version -> the largest address."""

SPECIAL = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
)  # fmt: skip
"""What is not the public internet (IANA IPv4 Special-Purpose Address Registry; multicast and above)."""

GLOBAL_6 = "2000::/3"
"""IPv6 global unicast (RFC 4291)."""

Span = tuple[int, int]
"""From ... to, both included."""


class Box(msgspec.Struct, frozen=True, order=True, gc=False):
    """All flows of one protocol and IP version with client address, client port and server port in three spans."""

    protocol: str
    family: int
    client: Span
    client_ports: Span = PORTS
    ports: Span = PORTS


Flows = tuple[Box, ...]
"""Boxes; they may overlap."""


def span_of(cidr: str) -> tuple[int, Span]:
    """IP version, and first and last address. Raises ValueError for what is no network."""
    network = ipaddress.ip_network(cidr, strict=False)
    return network.version, (int(network.network_address), int(network.broadcast_address))


def meet(one: Span, other: Span) -> Span | None:
    """What two spans have in common."""
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def common(one: Box, other: Box) -> Box | None:
    """The flows that are in both boxes."""
    if one.protocol != other.protocol or one.family != other.family:
        return None
    client, client_ports = meet(one.client, other.client), meet(one.client_ports, other.client_ports)
    ports = meet(one.ports, other.ports)
    if client is None or client_ports is None or ports is None:
        return None
    return Box(one.protocol, one.family, client, client_ports, ports)


def without(box: Box, hole: Box) -> Iterator[Box]:
    """The flows of a box that are not in ``hole``: at most six boxes."""
    inner = common(box, hole)
    if inner is None:
        yield box
        return
    for client in _beside(box.client, inner.client):
        yield Box(box.protocol, box.family, client, box.client_ports, box.ports)
    for client_ports in _beside(box.client_ports, inner.client_ports):
        yield Box(box.protocol, box.family, inner.client, client_ports, box.ports)
    for ports in _beside(box.ports, inner.ports):
        yield Box(box.protocol, box.family, inner.client, inner.client_ports, ports)


def _around(span: Span, hole: Span) -> Iterator[Span]:
    inner = meet(span, hole)
    return _beside(span, inner) if inner else iter((span,))


def _beside(whole: Span, part: Span) -> Iterator[Span]:
    if whole[0] < part[0]:
        yield whole[0], part[0] - 1
    if part[1] < whole[1]:
        yield part[1] + 1, whole[1]


def minus(flows: Iterable[Box], holes: Iterable[Box]) -> Flows:
    """The flows that are in none of the holes."""
    return reduce(lambda left, hole: tuple(piece for box in left for piece in without(box, hole)), holes, tuple(flows))


def both(one: Iterable[Box], other: Iterable[Box]) -> Flows:
    """The flows that are in both sets."""
    alike: dict[tuple[str, int], list[Box]] = {}
    for bound in other:
        alike.setdefault((bound.protocol, bound.family), []).append(bound)
    pairs = ((mine, yours) for mine in one for yours in alike.get((mine.protocol, mine.family), ()))
    return tuple(box for mine, yours in pairs if (box := common(mine, yours)) is not None)


@cache
def everything() -> Flows:
    """Every flow that there is."""
    return tuple(Box(protocol, family, (0, last)) for protocol in PROTOCOLS for family, last in FAMILIES.items())


@cache
def internet() -> Flows:
    """Every flow that a client on the public internet can open."""
    four: list[Span] = [(0, FAMILIES[4])]
    for hole in (span_of(cidr)[1] for cidr in SPECIAL):
        four = [piece for span in four for piece in _around(span, hole)]
    six = [span_of(GLOBAL_6)[1]]
    return tuple(Box(protocol, family, span) for protocol in PROTOCOLS for family, spans in ((4, four), (6, six)) for span in spans)


def from_address(address: str) -> Flows:
    """Every flow that this one address can open."""
    number = ipaddress.ip_address(address)
    return tuple(Box(protocol, number.version, (int(number), int(number))) for protocol in PROTOCOLS)


def to_port(flows: Iterable[Box], protocol: str, port: Span) -> Flows:
    """Those flows that go to some ports."""
    holder = (Box(protocol, family, (0, last), PORTS, port) for family, last in FAMILIES.items())
    return both(flows, holder)


def ports_of(flows: Iterable[Box]) -> tuple[tuple[str, Span], ...]:
    """Protocol and server ports of a set of flows, neighbours joined, in order."""
    found: dict[str, list[Span]] = {}
    for protocol, span in sorted({(box.protocol, box.ports) for box in flows}):
        spans = found.setdefault(protocol, [])
        if spans and span[0] <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], span[1]))
        else:
            spans.append(span)
    return tuple((protocol, span) for protocol in PROTOCOLS for span in found.get(protocol, ()))
