"""Where packets go by a route table: the longest prefix wins."""

from collections.abc import Iterator, Mapping

from skywright.topics.reach.flows import FAMILIES, PROTOCOLS, Box, Crowd, Flows, Span, minus, span_of
from skywright.topics.reach.world import Road, Table

INTERNET = "internet"


def leading(table: Table, gateways: Mapping[str, str], wanted: str = INTERNET) -> Flows:
    """The flows whose replies leave by a gateway of the wanted type: the client's address has such a gateway as its next hop."""
    narrower = Crowd()
    found: list[Box] = []
    for _, family, span, road in _longest_first(table):
        boxes = [Box(protocol, family, span) for protocol in PROTOCOLS]
        if road.alive and _leads(road.target, gateways, wanted):
            found += minus(boxes, narrower)
        narrower.add(boxes)
    return tuple(found)


def towards(table: Table, family: int, address: int) -> Road | None:
    """The road that packets to an address take; None when there is none."""
    for _, version, span, road in _longest_first(table):
        if version == family and span[0] <= address <= span[1]:
            return road if road.alive else None
    return None


def _leads(target: str, gateways: Mapping[str, str], wanted: str) -> bool:
    return gateways.get(target, target) == wanted


def _longest_first(table: Table) -> Iterator[tuple[int, int, Span, Road]]:
    """Size, IP version, addresses and road of every line that is a network; the smallest network first, and of equal ones the
    first that lives."""
    sized = []
    for road in table.roads or ():
        try:
            family, span = span_of(road.cidr)
        except ValueError:  # a prefix list, or a provider's own word
            continue
        sized.append((span[1] - span[0], family, span, road))
    sized.sort(key=lambda one: (one[0] * (FAMILIES[6] // FAMILIES[one[1]]), not one[3].alive))
    yield from sized
