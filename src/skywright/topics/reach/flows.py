"""Sets of flows as boxes: who may call, from which port, to which port, by which protocol. Union, intersection, difference.

A flow is what a client opens: (protocol, client's address, client's port, server's port). A set of flows is a list of boxes: a rule
over half the internet is one box, not two thousand million packets. For protocols without ports the ports say nothing and are the
whole range.
"""

import ipaddress
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from itertools import islice

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


class Crowd:
    """Boxes among which those that meet another are found without looking at all of them: a firewall of 10,000 lines is asked
    10,000 times. By who calls, and among those who call from the same addresses by ports."""

    def __init__(self, boxes: Iterable[Box] = ()) -> None:
        self._callers: dict[tuple[str, int], _Spans] = {}
        self._ports: dict[tuple[str, int, Span], _Spans] = {}
        self._boxes: dict[tuple[str, int, Span, Span], list[Box]] = {}
        self.add(boxes)

    def add(self, boxes: Iterable[Box]) -> None:
        """Takes more boxes in."""
        for box in boxes:
            kind, callers = (box.protocol, box.family), (box.protocol, box.family, box.client)
            if callers not in self._ports:
                self._callers.setdefault(kind, _Spans()).add(box.client)
            if (*callers, box.ports) not in self._boxes:
                self._ports.setdefault(callers, _Spans()).add(box.ports)
            self._boxes.setdefault((*callers, box.ports), []).append(box)

    def meeting(self, box: Box) -> Iterator[Box]:
        """What each of the boxes has in common with this one, where it has something."""
        kind = (box.protocol, box.family)
        for client in self._callers.get(kind, _Spans()).meeting(box.client):
            for ports in self._ports[*kind, client].meeting(box.ports):
                for other in self._boxes[*kind, client, ports]:
                    if (met := common(other, box)) is not None:
                        yield met


class _Spans:
    """Spans by length (powers of two), each length in order."""

    def __init__(self) -> None:
        self._lengths: dict[int, list[Span]] = {}

    def add(self, span: Span) -> None:
        insort(self._lengths.setdefault((span[1] - span[0]).bit_length(), []), span)

    def meeting(self, span: Span) -> Iterator[Span]:
        for length, group in self._lengths.items():
            for other in islice(group, bisect_left(group, (span[0] - (1 << length) + 1, 0)), None):
                if other[0] > span[1]:
                    break
                if other[1] >= span[0]:
                    yield other


def minus(flows: Iterable[Box], holes: Iterable[Box] | Crowd) -> Flows:
    """The flows that are in none of the holes."""
    crowd = holes if isinstance(holes, Crowd) else Crowd(holes)
    return tuple(piece for box in flows for piece in _carved(box, tuple(dict.fromkeys(crowd.meeting(box)))))


_SIDES = ("client", "client_ports", "ports")
_FEW = 4
"""So many holes are cut out one by one; more are halved first, or a wall of 10,000 lines would be cut 10,000 times over."""


def _carved(box: Box, holes: Sequence[Box]) -> Iterable[Box]:
    """A box without holes that lie in it: the box is halved where they end until few of them, or one side of them, matters."""
    if box in holes:
        return ()
    edges = {side: found for side in _SIDES if (found := _edges(getattr(box, side), [getattr(hole, side) for hole in holes]))}
    if len(edges) == 1:
        (side,) = edges
        return [_cut(box, side, span) for span in _left(getattr(box, side), sorted(getattr(hole, side) for hole in holes))]
    if len(holes) <= _FEW:
        return reduce(lambda left, hole: tuple(piece for one in left for piece in without(one, hole)), holes, (box,))
    side = max(edges, key=lambda name: len(edges[name]))
    (low, high), middle = getattr(box, side), sorted(edges[side])[len(edges[side]) // 2]
    halves = (_cut(box, side, (low, middle - 1)), _cut(box, side, (middle, high)))
    return [piece for half in halves for piece in _carved(half, _within(half, holes))]


def _within(box: Box, holes: Iterable[Box]) -> tuple[Box, ...]:
    return tuple(dict.fromkeys(met for hole in holes if (met := common(box, hole)) is not None))


def _edges(whole: Span, parts: Iterable[Span]) -> set[int]:
    """Where something ends or begins inside."""
    return {edge for low, high in parts for edge in (low, high + 1) if whole[0] < edge <= whole[1]}


def _left(whole: Span, parts: Iterable[Span]) -> Iterator[Span]:
    """What parts, in order, leave of a span."""
    free = whole[0]
    for low, high in parts:
        if free < low:
            yield free, low - 1
        free = max(free, high + 1)
    if free <= whole[1]:
        yield free, whole[1]


def _cut(box: Box, side: str, span: Span) -> Box:
    """The box with another span on one side."""
    return Box(
        box.protocol,
        box.family,
        span if side == "client" else box.client,
        span if side == "client_ports" else box.client_ports,
        span if side == "ports" else box.ports,
    )


def both(one: Iterable[Box], other: Iterable[Box] | Crowd) -> Flows:
    """The flows that are in both sets."""
    crowd = other if isinstance(other, Crowd) else Crowd(other)
    return tuple(met for box in one for met in crowd.meeting(box))


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
    return from_network(address)


def from_network(cidr: str) -> Flows:
    """Every flow that the addresses of a network can open."""
    family, span = span_of(cidr)
    return tuple(Box(protocol, family, span) for protocol in PROTOCOLS)


def is_address(text: str) -> bool:
    """Is it one IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


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
