"""What firewalls and stateless filters let through, as sets of flows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from skywright.topics.reach.flows import FAMILIES, PORTS, PROTOCOLS, Box, Crowd, Flows, Span, both, minus, span_of
from skywright.topics.reach.world import ANY, Line, Wall

INGRESS, EGRESS = "ingress", "egress"
MANY = 100_000
"""Boxes. Thousands of refused ports times thousands of callers make millions: such a wall is taken for open, and said to be so."""

_NAMES = {"icmpv6": "icmp", "icmp6": "icmp", "ipv6-icmp": "icmp", "1": "icmp", "58": "icmp", "6": "tcp", "17": "udp"}
_ALL = ("all", "any", "-1", "*", "")
_WITH_PORTS = ("tcp", "udp")


class Side(msgspec.Struct, frozen=True):
    """From which side a wall is asked.

    ``direction`` picks the lines. ``server``: the address that a line's CIDR must hold (the wall stands at the client); None: the
    CIDR holds the client's address. ``carriers``: firewalls that the other party carries, for lines that name a firewall.
    ``reply``: the packets go back, so that a line's ports are the client's. ``own``: IP version and address of what is guarded, for
    lines that speak of some of its addresses only; None: not known, then they let in and refuse nothing.
    """

    direction: str = INGRESS
    server: tuple[int, int] | None = None  # IP version and address
    carriers: frozenset[str] = frozenset()
    reply: bool = False
    own: tuple[int, int] | None = None


class Passed(msgspec.Struct, frozen=True):
    """What gets through. ``unknown``: what we could not see and took for open; ``by``: the walls whose lines let something in."""

    flows: Flows
    unknown: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


def through(walls: Sequence[Wall], flows: Flows, side: Side) -> Passed:
    """Those flows that every layer of walls lets through (model.kinds.network.Firewall says how they work together). Without a
    wall all get through."""
    unions = [wall for wall in walls if wall.evaluation == "union"]
    pools = [wall for wall in walls if wall.evaluation == "pool"]
    layers = [[wall] for wall in walls if wall.evaluation == "each"] + [group for group in (unions, pools) if group]
    unknown: list[str] = []
    by: list[str] = []
    for layer in layers:
        passed = _layer(layer, flows, side)
        flows = passed.flows
        unknown += passed.unknown
        by += passed.by
    return Passed(flows, tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(by)))


def _layer(layer: Sequence[Wall], flows: Flows, side: Side) -> Passed:
    unseen = tuple(wall.id for wall in layer if wall.lines is None)
    if unseen:
        return Passed(flows, unseen)
    lines = [(line, wall.id) for wall in layer for line in wall.lines or () if _speaks(line, side)]
    lines.sort(key=lambda one: (one[0].priority, one[0].allow))
    if layer[0].evaluation == "pool" and side.direction == EGRESS:
        lines.append((Line(allow=True, direction=EGRESS, protocol="all", who=ANY), layer[0].id))
    found: list[Box] = []
    by: dict[str, None] = {}
    denied, arriving = Crowd(), Crowd(flows)
    unknown: dict[str, None] = {}
    for line, wall in lines:
        boxes = _boxes(line, side)
        if boxes is None:
            unknown[wall] = None
            continue
        if not line.allow:
            denied.add(boxes)
            continue
        if opened := minus(both(boxes, arriving), denied):
            found += opened
            by[wall] = None
        if len(found) > MANY:
            return Passed(flows, (wall,))
    return Passed(tuple(dict.fromkeys(found)), tuple(unknown), tuple(by))


def _speaks(line: Line, side: Side) -> bool:
    """Is a line about this direction and this card."""
    if line.direction != side.direction:
        return False
    if not line.own:
        return True
    if side.own is None:
        return line.allow
    family, span = span_of(line.own)
    return side.own[0] == family and span[0] <= side.own[1] <= span[1]


def _boxes(line: Line, side: Side) -> Flows | None:
    """The flows that a line speaks of; None when whom it means cannot be known."""
    clients = _clients(line.who, side)
    if clients is None:
        return None
    return tuple(_of(line, side, clients))


def _clients(who: str, side: Side) -> Mapping[int, Span] | None:
    """IP version -> client addresses that a line speaks of."""
    everyone = {family: (0, last) for family, last in FAMILIES.items()}
    if who == ANY or who in side.carriers:
        return everyone
    if "/" not in who or ":network." in who:
        return {} if ":network.firewall/" in who else None
    try:
        family, span = span_of(who)
    except ValueError:
        return None
    if side.server is None:
        return {family: span}
    here = side.server[0] == family and span[0] <= side.server[1] <= span[1]
    return {family: everyone[family]} if here else {}


def _of(line: Line, side: Side, clients: Mapping[int, Span]) -> Iterator[Box]:
    for protocol in _protocols(line.protocol):
        ported = protocol in _WITH_PORTS
        ports = (line.ports or PORTS) if ported else PORTS
        client_ports = (line.client_ports or PORTS) if ported else PORTS
        if side.reply:
            ports, client_ports = client_ports, ports
        for family, span in clients.items():
            yield Box(protocol, family, span, client_ports, ports)


def _protocols(name: str) -> Iterable[str]:
    low = name.lower()
    if low in _ALL:
        return PROTOCOLS
    low = _NAMES.get(low, low)
    return (low,) if low in PROTOCOLS else ("other",)
