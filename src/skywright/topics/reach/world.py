"""Rows of a snapshot -> the network as reachability sees it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from skywright.topics.reach.flows import is_address

ANY = "*"
UNKNOWN = "?"
_AMONG = re.compile(r"(\S+) (in|notin) \((.*)\)")
PASS_ON = ("network", "gateway")
"""Types of balancer that pass packets on with the client's address (AWS: "Client IP preservation"; Azure Load Balancer)."""


class Line(msgspec.Struct, frozen=True):
    """One line of a firewall or of a stateless filter. ``who`` is a CIDR or the id of a firewall whose carriers are meant (or
    something that we cannot resolve); ports None: all."""

    allow: bool
    direction: str
    protocol: str
    who: str
    ports: tuple[int, int] | None = None
    client_ports: tuple[int, int] | None = None
    priority: int = 0
    own: str = ""  # a CIDR: only for those addresses of what is guarded


class Wall(msgspec.Struct, frozen=True):
    """A firewall. ``lines`` None: unknown. ``evaluation``: union, each, pool (model.kinds.network.Firewall)."""

    id: str
    lines: tuple[Line, ...] | None
    evaluation: str = "union"
    stateful: bool = True  # false: replies need openings of their own


class Road(msgspec.Struct, frozen=True):
    """A line of a route table."""

    cidr: str
    target: str
    alive: bool = True


class Table(msgspec.Struct, frozen=True):
    """A route table. ``roads`` None: unknown."""

    id: str
    roads: tuple[Road, ...] | None


class Subnet(msgspec.Struct, frozen=True):
    """A subnet with what stands around it. ``table`` None: none governs it."""

    id: str
    vpc: str
    walls: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()  # ids of stateless filters, each a Wall with evaluation "each"
    table: Table | None = None


class Card(msgspec.Struct, frozen=True):
    """A network card: the one point where packets arrive. ``owner`` is what it belongs to. ``walls`` None, or a
    ``subnet`` that is UNKNOWN: not known."""

    id: str
    owner: str
    vpc: str
    subnet: str
    address: str
    public: str  # "" when it has no public address; UNKNOWN when it has one that is not known
    walls: tuple[str, ...] | None


class Door(msgspec.Struct, frozen=True):
    """Something that takes calls and passes them on: a balancer or a cluster's service. ``ports`` maps (protocol, port) that it
    answers on to the port that it calls, None for the same."""

    id: str
    public: bool | None
    walls: tuple[str, ...]
    addresses: tuple[str, ...]
    ports: tuple[tuple[str, int, int | None], ...]
    behind: tuple[str, ...]  # ids of what it passes calls on to
    sources: tuple[str, ...] = ()  # CIDRs that may call; empty: anyone
    callers: tuple[str, ...] = ()  # CIDRs from which it calls; empty: its own addresses
    transparent: bool = False  # what stands behind it sees the client's own address


class Guard(msgspec.Struct, frozen=True):
    """A network policy of a cluster, as far as calls from outside the cluster go."""

    id: str
    place: str  # cluster and namespace
    labels: tuple[str, ...]
    openings: tuple[tuple[Line, ...], ...]  # each: what is let in, and before it what is excepted from that


class Herd(msgspec.Struct, frozen=True):
    """A workload or pod of a cluster: what network policies select."""

    id: str
    place: str
    labels: Mapping[str, str]

    def meets(self, selector: Iterable[str]) -> bool:
        """Does it have every label, and meet every expression, of a selector (model.kinds.cluster.NetworkPolicyRule)."""
        return all(self._meets(one) for one in selector)

    def _meets(self, wanted: str) -> bool:
        if found := _AMONG.fullmatch(wanted):
            key, word, values = found.groups()
            among = self.labels.get(key) in values.split(",")
            return among if word == "in" else not among
        if wanted.startswith("!"):
            return wanted[1:] not in self.labels
        key, equals, value = wanted.partition("=")
        return self.labels.get(key) == value if equals else key in self.labels


class World(msgspec.Struct, frozen=True):
    """Everything that reachability looks at. ``links`` are pairs of networks that are peered, with the
    ids of the peering (some clouds have one for each side)."""

    cards: tuple[Card, ...] = ()
    subnets: Mapping[str, Subnet] = {}
    walls: Mapping[str, Wall] = {}
    gateways: Mapping[str, str] = {}  # id -> type
    links: Mapping[tuple[str, str], tuple[str, ...]] = {}
    doors: tuple[Door, ...] = ()
    guards: tuple[Guard, ...] = ()
    herds: Mapping[str, Herd] = {}
    closed: Mapping[str, bool] = {}  # network -> a card that carries no firewall takes nothing; missing: it takes nothing

    def cards_of(self, owner: str) -> tuple[Card, ...]:
        """The cards of a resource (or the card itself)."""
        return tuple(card for card in self.cards if owner in (card.owner, card.id))


SOURCES: Mapping[str, str] = {
    "interface": (
        "SELECT id, coalesce(nullif(attached_to, ''), id), vpc, subnet, private_ip, public_ip, firewalls FROM network_interface"
    ),
    "instance": (
        "SELECT id, id, vpc, subnet, private_ip, public_ip, firewalls FROM compute_instance"
        " WHERE state IS DISTINCT FROM 'terminated'"
    ),
    "host": "SELECT id, id, '', '', private_ip, public_ip, NULL FROM compute_host",
    "database": (
        "SELECT id, id, vpc, '', '', CASE WHEN public THEN '?' WHEN NOT public THEN '' END,"
        " CASE WHEN authorized_cidrs IS NOT NULL THEN list_append(coalesce(firewalls, []), id) ELSE firewalls END"
        " FROM database_instance"
    ),
    "authorized": "SELECT id, authorized_cidrs, port FROM database_instance WHERE authorized_cidrs IS NOT NULL",
    "subnet": "SELECT id, vpc, firewalls FROM network_subnet",
    "firewall": "SELECT id, evaluation, enabled, applies_to, rules, denials, stateful FROM network_firewall",
    "acl": "SELECT id, subnets, rules FROM network_acl",
    "route": "SELECT id, vpc, main, subnets, routes FROM network_route",
    "gateway": "SELECT id, type, subnets, vpc FROM network_gateway WHERE attached IS DISTINCT FROM false",
    "peering": "SELECT id, vpc, peer_vpc FROM network_peering",
    "vpc": "SELECT id, closed FROM network_vpc",
    "balancer": (
        "SELECT id, type, public, firewalls, private_ips, public_ips, source_ranges, calls_from,"
        " (SELECT list({'port': l.port, 'protocol': l.protocol}) FROM network_balancer_listeners l WHERE l.resource = b.id)"
        " FROM network_balancer b"
    ),
    "targets": "SELECT id, balancers, protocol, port, targets FROM network_targets",
    "service": "SELECT id, public, external, source_ranges, ports, workloads, type FROM container_endpoint",
    "policy": "SELECT id, namespace, selector, directions, rules FROM container_policy",
    "workload": "SELECT id, namespace, labels FROM container_workload",
    "pod": "SELECT id, namespace, labels FROM container_pod",
}
"""Name -> the columns that reachability needs. Run each over a snapshot (or its twin) and hand the rows to ``build``."""

Rows = Mapping[str, Iterable[tuple[Any, ...]]]


def build(rows: Rows) -> World:
    """The world of a snapshot. ``rows`` has an entry for every name of SOURCES."""
    made = (*map(_wall, rows["firewall"]), *map(_filter, rows["acl"]), *map(_list, rows["authorized"]))
    walls = {wall.id: wall for wall in made}
    return World(
        cards=tuple(_cards(rows)),
        subnets=_subnets(rows),
        walls=walls,
        gateways={row[0]: row[1] or "" for row in rows["gateway"]},
        links=_links(rows),
        doors=(*_balancers(rows), *map(_service, rows["service"])),
        guards=tuple(_guard(row) for row in rows["policy"] if "ingress" in (row[3] or ())),
        herds={row[0]: _herd(row) for name in ("workload", "pod") for row in rows[name]},
        closed={row[0]: row[1] for row in rows["vpc"] if row[1] is not None},
    )


def _links(rows: Rows) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for identifier, one, other in rows["peering"]:
        for pair in ((one, other), (other, one)) if one and other else ():
            found[pair] = (*found.get(pair, ()), identifier)
    return found


def _cards(rows: Rows) -> Iterable[Card]:
    """Cards of their own, and those of machines and databases whose cards are not listed."""
    listed = [_card(row) for row in rows["interface"]]
    yield from listed
    owners = {card.owner for card in listed}
    for name in ("instance", "host", "database"):
        yield from (_card(row) for row in rows[name] if row[0] not in owners)


def _card(row: tuple[Any, ...]) -> Card:
    identifier, owner, vpc, subnet, address, public, walls = row
    return Card(
        identifier,
        owner,
        vpc or "",
        UNKNOWN if subnet is None else subnet,
        address or "",
        public or "",
        None if walls is None else tuple(walls),
    )


def _subnets(rows: Rows) -> dict[str, Subnet]:
    filters: dict[str, list[str]] = defaultdict(list)
    for identifier, subnets, _ in rows["acl"]:
        for subnet in subnets or ():
            filters[subnet].append(identifier)
    walls: dict[str, list[str]] = defaultdict(list)
    for identifier, _, _, applies_to, *_ in rows["firewall"]:
        for one in applies_to or ():
            walls[one].append(identifier)
    table_of = _tables(rows)
    found = {}
    for identifier, vpc, firewalls in rows["subnet"]:
        around = tuple(dict.fromkeys((*(firewalls or ()), *walls[identifier])))
        found[identifier] = Subnet(identifier, vpc or "", around, tuple(filters[identifier]), table_of(identifier, vpc or ""))
    return found


def _tables(rows: Rows) -> Callable[[str, str], Table | None]:
    """Which table governs a subnet: one that names it, else its network's main one."""
    named: dict[str, Table] = {}
    main: dict[str, Table] = {}
    for identifier, vpc, is_main, subnets, routes in rows["route"]:
        roads = None if routes is None else tuple(_road(route) for route in routes if route["cidr"])
        table = Table(identifier, roads)
        named.update(dict.fromkeys(subnets or (), table))
        if is_main and vpc:
            main[vpc] = table
    return lambda subnet, vpc: named.get(subnet) or main.get(vpc)


def _road(route: Mapping[str, Any]) -> Road:
    return Road(route["cidr"], route["target"] or "", route["state"] != "blackhole")


def _wall(row: tuple[Any, ...]) -> Wall:
    identifier, evaluation, enabled, _, rules, denials, stateful = row
    if rules is None:
        return Wall(identifier, None, evaluation or "union", stateful is not False)
    lines = [line for rule in rules for line in _line(rule, allow=True)]
    lines += [line for rule in denials or () for line in _line(rule, allow=False)]
    return Wall(identifier, () if enabled is False else tuple(lines), evaluation or "union", stateful is not False)


def _line(rule: Mapping[str, Any], *, allow: bool) -> Iterable[Line]:
    who = rule["cidr"] or rule["peer"] or ANY
    ports = _ports(rule["from_port"], rule["to_port"])
    client_ports = _spelled(rule.get("from_ports"))
    own = rule.get("own_cidr") or ""
    yield Line(allow, rule["direction"], rule["protocol"], who, ports, client_ports, rule.get("priority") or 0, own)


def _spelled(ports: str | None) -> tuple[int, int] | None:
    low, _, high = (ports or "").partition("-")
    return (int(low), int(high or low)) if low.isdigit() and (high or low).isdigit() else None


def _ports(low: int | None, high: int | None) -> tuple[int, int] | None:
    return None if low is None or low < 0 else (low, low if high is None else high)


def _list(row: tuple[Any, ...]) -> Wall:
    """A database's own list of who may connect."""
    identifier, cidrs, port = row
    ports = None if port is None else (port, port)
    return Wall(identifier, tuple(Line(True, "ingress", "tcp", cidr, ports) for cidr in cidrs), "each")


def _filter(row: tuple[Any, ...]) -> Wall:
    identifier, _, rules = row
    if rules is None:
        return Wall(identifier, None, "each")
    lines = (
        Line(
            rule["allow"],
            rule["direction"],
            rule["protocol"],
            rule["cidr"] or ANY,
            _ports(rule["from_port"], rule["to_port"]),
            priority=rule["number"],
        )
        for rule in rules
    )
    return Wall(identifier, tuple(lines), "each")


def _balancers(rows: Rows) -> Iterable[Door]:
    behind: dict[str, list[tuple[str, int | None, tuple[str, ...]]]] = defaultdict(list)
    named = _named(rows)
    for _, balancers, protocol, port, targets in rows["targets"]:
        for balancer in balancers or ():
            behind[balancer].append((protocol or "", port, tuple(name for one in targets or () if (name := named(balancer, one)))))
    for identifier, kind, public, firewalls, private, outside, sources, callers, listeners in rows["balancer"]:
        ports = {(transport(one["protocol"]), one["port"]) for one in listeners or () if one["port"]}
        called = {port for _, port, _ in behind[identifier]}
        calls = next(iter(called)) if len(called) == 1 else None
        targets = tuple(dict.fromkeys(target for _, _, group in behind[identifier] for target in group))
        yield Door(
            id=identifier,
            public=public,
            walls=tuple(firewalls or ()),
            addresses=(*(private or ()), *(outside or ())),
            ports=tuple((protocol, port, calls) for protocol, port in sorted(ports)),
            behind=targets,
            sources=tuple(sources or ()),
            callers=tuple(callers or ()),
            transparent=kind in PASS_ON,
        )


def _named(rows: Rows) -> Callable[[str, str], str]:
    """The id of a balancer's target: of an address, the one card of the balancer's account that has it; "" when none or several."""
    cards: dict[tuple[str, str], list[str]] = defaultdict(list)
    for identifier, _, _, _, address, *_ in rows["interface"]:
        if address:
            cards[_account(identifier), address].append(identifier)

    def name(balancer: str, target: str) -> str:
        found = cards.get((_account(balancer), target), [])
        return target if not is_address(target) else found[0] if len(found) == 1 else ""

    return name


def _account(identifier: str) -> str:
    return ":".join(identifier.split(":")[:2])


def transport(protocol: str | None) -> str:
    """The transport under an application's protocol."""
    return "udp" if (protocol or "").lower() in ("udp", "tcp_udp", "quic") else "tcp"


def _service(row: tuple[Any, ...]) -> Door:
    identifier, public, external, sources, ports, workloads, _ = row
    return Door(
        id=identifier,
        public=public,
        walls=(),
        addresses=tuple(external or ()),
        ports=tuple((transport(one["protocol"]), one["port"], None) for one in ports or () if one["port"]),
        behind=tuple(workloads or ()),
        sources=tuple(sources or ()),
    )


def _guard(row: tuple[Any, ...]) -> Guard:
    identifier, namespace, selector, _, rules = row
    openings = tuple(tuple(_opening(rule)) for rule in rules or () if rule["direction"] == "ingress")
    return Guard(identifier, _place(identifier, namespace), tuple(selector or ()), openings)


def _opening(rule: Mapping[str, Any]) -> Iterable[Line]:
    """What a policy's rule opens to the outside: addresses. Peers by label are inside the cluster."""
    if rule["namespace_labels"] is not None or rule["pod_labels"] is not None:
        return
    ports = _ports(rule["from_port"], rule["to_port"])
    for number, hole in enumerate(rule["except_cidrs"] or ()):
        yield Line(False, "ingress", rule["protocol"] or "all", hole, ports, priority=number)
    yield Line(True, "ingress", rule["protocol"] or "all", rule["cidr"] or ANY, ports, priority=65535)


def _herd(row: tuple[Any, ...]) -> Herd:
    identifier, namespace, labels = row
    return Herd(identifier, _place(identifier, namespace), dict(labels or {}))


def _place(identifier: str, namespace: str | None) -> str:
    """A namespace of one cluster: others have namespaces of the same name."""
    return f"{_account(identifier)}/{namespace or ''}"
