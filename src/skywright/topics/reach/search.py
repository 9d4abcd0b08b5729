"""Can this be reached from there: the flows that arrive, the path as proof, and what we had to take for open."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from ipaddress import ip_address

import msgspec

from skywright.topics.reach.flows import (
    Box,
    Flows,
    Span,
    both,
    everything,
    from_address,
    from_network,
    internet,
    is_address,
    ports_of,
    to_port,
)
from skywright.topics.reach.roads import INTERNET, leading, towards
from skywright.topics.reach.walls import EGRESS, INGRESS, Passed, Side, through
from skywright.topics.reach.world import Card, Door, Herd, Line, Subnet, Wall, World

Opening = tuple[str, Span]
"""Protocol and ports."""


class Hop(msgspec.Struct, frozen=True):
    """One station of a path: a resource (or ``internet``), and what it does there."""

    id: str
    how: str


class Path(msgspec.Struct, frozen=True):
    """A way in. ``unknown``: ids of what could not be seen and was taken for open; empty: the path is certain."""

    source: str
    target: str
    openings: tuple[Opening, ...]
    hops: tuple[Hop, ...]
    unknown: tuple[str, ...] = ()


class _Arrival(msgspec.Struct, frozen=True):
    flows: Flows
    hops: tuple[Hop, ...] = ()
    unknown: tuple[str, ...] = ()


NOTHING = _Arrival(())


class Reach:
    """Answers questions about one world. Cards that are guarded alike are looked at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._knocks: dict[str, _Arrival] = {}
        self._arrivals: dict[tuple[str, str, tuple[str, ...] | None, str], _Arrival] = {}

    def from_internet(self, target: str) -> tuple[Path, ...]:
        """Every way from the public internet to a resource: to its cards, and through doors that stand before it."""
        found = [self._path(INTERNET, target, card, self._in(card)) for card in self._cards.get(target, ())]
        found += [self._through(door, target) for door in self._before.get(target, ())]
        found += [self._at(door) for door in self._doors.get(target, ())]
        return tuple(path for path in found if path is not None)

    def exposed(self) -> Iterator[Path]:
        """Every way from the public internet to anything. One path a card or door."""
        for target in sorted({*self._cards, *self._before, *self._doors}):
            yield from self.from_internet(target)

    def between(self, source: str, target: str) -> tuple[Path, ...]:
        """Every way from the cards of one resource to those of another."""
        pairs = ((one, other) for one in self._cards.get(source, ()) for other in self._cards.get(target, ()) if one.id != other.id)
        found = (self._path(source, target, other, self._across(one, other)) for one, other in pairs)
        return tuple(path for path in found if path is not None)

    @cached_property
    def _cards(self) -> dict[str, list[Card]]:
        found: dict[str, list[Card]] = {}
        for card in self._world.cards:
            for name in {card.owner, card.id}:
                found.setdefault(name, []).append(card)
        return found

    @cached_property
    def _doors(self) -> dict[str, list[Door]]:
        return {door.id: [door] for door in self._world.doors}

    @cached_property
    def _before(self) -> dict[str, list[Door]]:
        found: dict[str, list[Door]] = {}
        for door in self._world.doors:
            owners = (card.owner for target in door.behind for card in self._cards.get(target, ()))
            for target in dict.fromkeys((*door.behind, *owners)):
                found.setdefault(target, []).append(door)
        return found

    def _path(self, source: str, target: str, card: Card, arrival: _Arrival) -> Path | None:
        if not arrival.flows:
            return None
        own = (Hop(card.id, "the card"),) if card.id != target else ()
        return Path(source, target, ports_of(arrival.flows), (*arrival.hops, *own, Hop(target, "arrives")), arrival.unknown)

    def _in(self, card: Card) -> _Arrival:
        """From the internet to a card with a public address."""
        if not card.public:
            return NOTHING
        key = (card.subnet, card.vpc, card.walls, card.address if self._personal(card) else "")
        if key not in self._arrivals:
            self._arrivals[key] = self._enter(card)
        return self._arrivals[key]

    def _personal(self, card: Card) -> bool:
        """Does a firewall of this card speak of single addresses that it guards."""
        subnet = self._world.subnets.get(card.subnet)
        return not self._picky.isdisjoint((*(card.walls or ()), *(subnet.walls if subnet else ())))

    @cached_property
    def _picky(self) -> frozenset[str]:
        return frozenset(wall.id for wall in self._world.walls.values() if any(line.own for line in wall.lines or ()))

    def _enter(self, card: Card) -> _Arrival:
        subnet = self._world.subnets.get(card.subnet)
        road = self._road_in(subnet, card)
        filtered = self._filtered(subnet, road)
        return self._walled(card, subnet, filtered, Side(), outside=True)

    def _road_in(self, subnet: Subnet | None, card: Card) -> _Arrival:
        """Those flows whose replies find the way back to the internet."""
        start = (Hop(INTERNET, "sends"),)
        if subnet is None:
            return _Arrival(internet(), start, (card.id,) if card.subnet else ())
        if subnet.table is None:
            return _Arrival(internet(), (*start, Hop(subnet.id, "has the network's own way to the internet")))
        if subnet.table.roads is None:
            return _Arrival(internet(), start, (subnet.table.id,))
        flows = both(internet(), leading(subnet.table, self._world.gateways))
        gateways = [road.target for road in subnet.table.roads if self._world.gateways.get(road.target) == INTERNET]
        hops = (*(Hop(gateway, "lets in") for gateway in dict.fromkeys(gateways)), Hop(subnet.table.id, "leads back to it"))
        return _Arrival(flows, (*start, *hops))

    def _filtered(self, subnet: Subnet | None, arrival: _Arrival) -> _Arrival:
        """Through the stateless filters around a subnet, there and back."""
        filters = self._walls(subnet.filters if subnet else ())
        if not filters:
            return arrival
        there = through(filters, arrival.flows, Side(INGRESS))
        back = through(filters, there.flows, Side(EGRESS, reply=True))
        hops = tuple(Hop(wall, "lets in and out") for wall in there.by)
        return _Arrival(back.flows, (*arrival.hops, *hops), (*arrival.unknown, *there.unknown, *back.unknown))

    def _walled(self, card: Card, subnet: Subnet | None, arrival: _Arrival, side: Side, *, outside: bool) -> _Arrival:
        """Through the firewalls of a card and of its subnet."""
        if card.walls is None:
            return _Arrival(arrival.flows, arrival.hops, (*arrival.unknown, card.id))
        walls = self._walls((*(subnet.walls if subnet else ()), *card.walls))
        side = msgspec.structs.replace(side, own=_numbered(card.address))
        if not walls and (outside or self._world.closed.get(card.vpc, True)):
            return NOTHING
        arrived = _after(arrival, through(walls, arrival.flows, side))
        back = [wall for wall in walls if not wall.stateful]
        if not back:
            return arrived
        replied = through(back, arrived.flows, Side(EGRESS, carriers=side.carriers, reply=True))
        return _Arrival(replied.flows, arrived.hops, (*arrived.unknown, *replied.unknown))

    def _walls(self, names: Iterable[str]) -> list[Wall]:
        """The firewalls of these ids; one that is not in the estate is one of which nothing is known."""
        return [self._world.walls.get(name) or Wall(name, None, "each") for name in dict.fromkeys(names)]

    def _at(self, door: Door) -> Path | None:
        arrival = self._knock(door)
        if not arrival.flows:
            return None
        hops = (*arrival.hops, Hop(door.id, "answers"))
        return Path(INTERNET, door.id, ports_of(arrival.flows), hops, arrival.unknown)

    def _knock(self, door: Door) -> _Arrival:
        """From the internet to a door; looked at once."""
        if door.id not in self._knocks:
            self._knocks[door.id] = self._arrive(door)
        return self._knocks[door.id]

    def _arrive(self, door: Door) -> _Arrival:
        if door.public is False:
            return NOTHING
        arrival = _Arrival(internet(), (Hop(INTERNET, "sends"),), () if door.public else (door.id,))
        if door.ports:
            listening = (flow for protocol, port, _ in door.ports for flow in to_port(arrival.flows, protocol, (port, port)))
            arrival = msgspec.structs.replace(arrival, flows=tuple(listening))
        if door.sources:
            arrival = _after(arrival, through([_gate(door)], arrival.flows, Side()))
        walls = self._walls(door.walls)
        return _after(arrival, through(walls, arrival.flows, Side())) if walls else arrival

    def _through(self, door: Door, target: str) -> Path | None:
        """From the internet through a door to what stands behind it."""
        knocked = self._knock(door)
        if not knocked.flows:
            return None
        herd = self._world.herds.get(target)
        behind = self._to_herd(herd, knocked) if herd else self._to_cards(door, target, knocked)
        if not behind.flows:
            return None
        hops = (*knocked.hops, Hop(door.id, "passes on"), *behind.hops, Hop(target, "arrives"))
        return Path(INTERNET, target, ports_of(knocked.flows), hops, tuple(dict.fromkeys((*knocked.unknown, *behind.unknown))))

    def _to_cards(self, door: Door, target: str, knocked: _Arrival) -> _Arrival:
        """From a door to the first card of a target that takes its calls; a target without cards takes them."""
        cards = self._cards.get(target, ())
        if not cards:
            return _Arrival(knocked.flows)
        called = tuple(self._called(door, knocked))
        for card in cards:
            arrival = self._walled(
                card,
                self._world.subnets.get(card.subnet),
                _Arrival(called),
                Side(carriers=frozenset(door.walls)),
                outside=False,
            )
            if arrival.flows:
                return arrival
        return NOTHING

    def _called(self, door: Door, knocked: _Arrival) -> Iterator[Box]:
        """What a door sends to what is behind it: from the client's address, or from its own where it is known."""
        own = tuple(flow for address in door.addresses if is_address(address) for flow in from_address(address))
        own = tuple(flow for cidr in door.callers for flow in from_network(cidr)) or own
        sent = knocked.flows if door.transparent else own or everything()
        for protocol, port, called in door.ports:
            if door.transparent:
                there = to_port(sent, protocol, (port, port))
                yield from (msgspec.structs.replace(box, ports=(called or port, called or port)) for box in there)
            else:
                yield from to_port(sent, protocol, (called or port, called or port))
        if not door.ports:
            yield from sent

    def _to_herd(self, herd: Herd, arrival: _Arrival) -> _Arrival:
        """Through the network policies that select pods: what any of them lets in; all, if none selects them."""
        guards = [guard for guard in self._world.guards if guard.place == herd.place and herd.meets(guard.labels)]
        if not guards:
            return _Arrival(arrival.flows)
        fences = [Wall(guard.id, opening, "each") for guard in guards for opening in guard.openings]
        passed = [through([fence], arrival.flows, Side()) for fence in fences]
        flows = tuple(box for one in passed for box in one.flows)
        open_ones = dict.fromkeys(fence.id for fence, one in zip(fences, passed, strict=True) if one.flows)
        return _Arrival(flows, tuple(Hop(name, "lets in") for name in open_ones), tuple(n for one in passed for n in one.unknown))

    def _across(self, one: Card, other: Card) -> _Arrival:
        """From card to card inside."""
        start = from_address(one.address) if one.address else everything()
        missing = tuple(card.id for card in (one, other) if not card.address)
        arrival = self._road_across(one, other, _Arrival(start, (Hop(one.id, "sends"),), missing))
        arrival = self._leave(one, other, arrival)
        here, there = self._world.subnets.get(one.subnet), self._world.subnets.get(other.subnet)
        if one.subnet != other.subnet or not one.subnet:
            arrival = self._filtered_out(here, other, arrival)
            arrival = self._filtered(there, arrival)
        carried = (*(one.walls or ()), *(here.walls if here else ()))
        return self._walled(other, there, arrival, Side(carriers=frozenset(carried)), outside=False) if arrival.flows else NOTHING

    def _leave(self, one: Card, other: Card, arrival: _Arrival) -> _Arrival:
        """Out through the sender's own firewalls."""
        if one.walls is None:
            return msgspec.structs.replace(arrival, unknown=(*arrival.unknown, one.id))
        subnet = self._world.subnets.get(one.subnet)
        walls = self._walls((*(subnet.walls if subnet else ()), *one.walls))
        side = Side(EGRESS, _numbered(other.address), frozenset(other.walls or ()), own=_numbered(one.address))
        return _after(arrival, through(walls, arrival.flows, side))

    def _filtered_out(self, subnet: Subnet | None, other: Card, arrival: _Arrival) -> _Arrival:
        """Out through the stateless filters around the sender's subnet, and back with the reply."""
        filters = self._walls(subnet.filters if subnet else ())
        server = _numbered(other.address)
        out = through(filters, arrival.flows, Side(EGRESS, server))
        back = through(filters, out.flows, Side(INGRESS, server, reply=True))
        return _Arrival(back.flows, arrival.hops, (*arrival.unknown, *out.unknown, *back.unknown))

    def _road_across(self, one: Card, other: Card, arrival: _Arrival) -> _Arrival:
        """Both ways by the route tables: inside one network, or over a peering of the two."""
        if one.vpc == other.vpc:
            return arrival
        link = self._world.links.get((one.vpc, other.vpc))
        if not link:
            return NOTHING
        known = [self._leads(one, other, link), self._leads(other, one, link)]
        if False in known:
            return NOTHING
        unseen = tuple(card.subnet for card, leads in zip((one, other), known, strict=True) if leads is None and card.subnet)
        hops = (Hop(name, "connects the networks") for name in link)
        return _Arrival(arrival.flows, (*arrival.hops, *hops), (*arrival.unknown, *unseen))

    def _leads(self, one: Card, other: Card, link: tuple[str, ...]) -> bool | None:
        """Does the table that governs ``one`` lead to ``other`` by this peering? None: not known. Without a table, peered networks
        know the way."""
        subnet = self._world.subnets.get(one.subnet)
        server = _numbered(other.address)
        if subnet is None or server is None or (subnet.table and subnet.table.roads is None):
            return None
        if subnet.table is None:
            return True
        road = towards(subnet.table, *server)
        return road is not None and road.target in link


def _after(arrival: _Arrival, passed: Passed) -> _Arrival:
    hops = (*arrival.hops, *(Hop(wall, "lets in") for wall in passed.by))
    return _Arrival(passed.flows, hops, (*arrival.unknown, *passed.unknown))


def _gate(door: Door) -> Wall:
    """A door's own list of who may call, as a wall."""
    return Wall(door.id, tuple(Line(allow=True, direction=INGRESS, protocol="all", who=cidr) for cidr in door.sources), "each")


def _numbered(address: str) -> tuple[int, int] | None:
    if not is_address(address):
        return None
    number = ip_address(address)
    return number.version, int(number)


def open_ports(paths: Sequence[Path]) -> tuple[Opening, ...]:
    """Protocol and ports of several paths."""
    return tuple(dict.fromkeys(opening for path in paths for opening in path.openings))
