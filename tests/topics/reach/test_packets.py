"""Reachability as sets against a simulator that sends packets one by one, on random small networks of each kind of rules."""

from ipaddress import ip_address, ip_network
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skywright.topics.reach.flows import PORTS, Box, common
from skywright.topics.reach.search import Reach
from skywright.topics.reach.world import SOURCES, Card, Door, Herd, Line, Road, Subnet, Table, Wall, World, build

OUTSIDE = ("8.8.8.8", "8.8.4.4", "9.9.9.9")
INSIDE = ("10.0.0.5", "10.1.0.7")
SERVER = "10.0.1.9"
SERVER_PORTS = (22, 80, 443, 5000)
CLIENT_PORTS = (80, 1500, 50000)
PACKETS = [
    *product(("tcp", "udp"), (*OUTSIDE, *INSIDE), CLIENT_PORTS, SERVER_PORTS),
    *product(("icmp",), (*OUTSIDE, *INSIDE), (0,), (0,)),
]
CIDRS = ("0.0.0.0/0", "8.0.0.0/7", "8.8.0.0/16", "8.8.8.0/24", "8.8.8.8/32", "9.9.9.9/32", "10.0.0.0/8", "10.0.1.0/24")
SPANS = (None, (22, 22), (0, 79), (80, 443), (443, 65535), (1024, 65535), (50000, 50000))
IGW, NAT = "igw", "nat"


def lines(*, denials, both_ways=False, peers=()):
    return st.builds(
        Line,
        allow=st.booleans() if denials else st.just(True),
        direction=st.sampled_from(("ingress", "egress")) if both_ways else st.just("ingress"),
        protocol=st.sampled_from(("all", "tcp", "udp", "icmp")),
        who=st.sampled_from((*CIDRS, *peers)),
        ports=st.sampled_from(SPANS),
        client_ports=st.none(),
        priority=st.integers(1, 6),
    )


KEEPS = st.just(True)


def walls(evaluation, *, prefix, stateful=KEEPS, **kind):
    made = st.lists(st.tuples(st.lists(lines(**kind), max_size=4), stateful), max_size=3)
    return made.map(
        lambda all_: [Wall(f"{prefix}{number}", tuple(one), evaluation, keeps) for number, (one, keeps) in enumerate(all_)]
    )


roads = st.lists(
    st.builds(Road, cidr=st.sampled_from(CIDRS), target=st.sampled_from((IGW, NAT, "local")), alive=st.booleans()), max_size=5
).map(lambda found: tuple({road.cidr: road for road in found}.values()))


# ---- the simulator: one packet, one line at a time


def speaks_of(line, protocol, address, port, carriers=()):
    if line.protocol not in ("all", protocol):
        return False
    if line.ports and protocol in ("tcp", "udp") and not line.ports[0] <= port <= line.ports[1]:
        return False
    return line.who in carriers or ("/" in line.who and ip_address(address) in ip_network(line.who))


def in_order(found, direction):
    """By priority; of equal ones the denial first."""
    return sorted((line for line in found if line.direction == direction), key=lambda line: (line.priority, line.allow))


def first_match(found, direction, packet, default, carriers=()):
    for line in in_order(found, direction):
        if speaks_of(line, *packet, carriers):
            return line.allow
    return default


def let_in(walls_, protocol, client, port, carriers=()):
    """A security group set, a pool of network firewall rules, or groups that must each agree."""
    packet = (protocol, client, port)
    kinds = {wall.evaluation for wall in walls_}
    union = [line for wall in walls_ if wall.evaluation == "union" for line in wall.lines]
    pool = [line for wall in walls_ if wall.evaluation == "pool" for line in wall.lines]
    if "union" in kinds and not any(speaks_of(line, *packet, carriers) for line in union if line.direction == "ingress"):
        return False
    if "pool" in kinds and not first_match(pool, "ingress", packet, default=False, carriers=carriers):
        return False
    return all(first_match(w.lines, "ingress", packet, default=False, carriers=carriers) for w in walls_ if w.evaluation == "each")


def let_out(walls_, protocol, server, port, carriers=()):
    packet = (protocol, server, port)
    kinds = {wall.evaluation for wall in walls_}
    union = [line for wall in walls_ if wall.evaluation == "union" for line in wall.lines]
    pool = [line for wall in walls_ if wall.evaluation == "pool" for line in wall.lines]
    if "union" in kinds and not any(speaks_of(line, *packet, carriers) for line in union if line.direction == "egress"):
        return False
    if "pool" in kinds and not first_match(pool, "egress", packet, default=True, carriers=carriers):
        return False
    return all(first_match(w.lines, "egress", packet, default=False, carriers=carriers) for w in walls_ if w.evaluation == "each")


def hop(table, address):
    """The next hop by the longest prefix; None where there is none or it is dead."""
    fitting = [road for road in table if ip_address(address) in ip_network(road.cidr)]
    if not fitting:
        return None
    best = max(fitting, key=lambda road: ip_network(road.cidr).prefixlen)
    return best.target if best.alive else None


def arrives(world, card, packet):
    """Does a packet from the internet arrive, and does its reply get back?"""
    protocol, client, client_port, port = packet
    if client in INSIDE or not card.public:
        return False
    subnet = world.subnets[card.subnet]
    if subnet.table and hop(subnet.table.roads, client) != IGW:
        return False
    for name in subnet.filters:
        found = world.walls[name].lines
        if not first_match(found, "ingress", (protocol, client, port), default=False):
            return False
        if not first_match(found, "egress", (protocol, client, client_port), default=False):
            return False
    around = [world.walls[name] for name in (*subnet.walls, *card.walls)]
    if not around or not let_in(around, protocol, client, port):
        return False
    stateless = [wall for wall in around if not wall.stateful]
    return not stateless or let_out(stateless, protocol, client, client_port)


def holds(flows, packet):
    protocol, client, client_port, port = packet
    number = int(ip_address(client))
    ports = (PORTS, PORTS) if protocol == "icmp" else ((client_port, client_port), (port, port))
    return any(common(box, Box(protocol, 4, (number, number), *ports)) for box in flows)


def assert_same(world, card):
    flows = Reach(world)._in(card).flows
    for packet in PACKETS:
        assert holds(flows, packet) == arrives(world, card, packet), packet
    found = Reach(world).from_internet(card.owner)
    assert bool(found) >= any(arrives(world, card, packet) for packet in PACKETS)


def world_of(card_walls, subnet_walls, filters, table):
    subnet = Subnet(
        "subnet",
        "vpc",
        tuple(wall.id for wall in subnet_walls),
        tuple(wall.id for wall in filters),
        None if table is None else Table("table", table),
    )
    card = Card("card", "machine", "vpc", "subnet", SERVER, "52.1.2.3", tuple(wall.id for wall in card_walls))
    all_walls = {wall.id: wall for wall in (*card_walls, *subnet_walls, *filters)}
    return World(cards=(card,), subnets={"subnet": subnet}, walls=all_walls, gateways={IGW: "internet", NAT: "nat"}), card


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    walls("union", prefix="sg", denials=False, both_ways=True),
    walls("each", prefix="acl", denials=True, both_ways=True).map(lambda found: found[:1]),
    roads,
)
def test_openings_of_any_group_behind_a_stateless_filter_and_a_route_table(groups, filters, table):
    assert_same(*world_of(groups, [], filters, table))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(walls("union", prefix="sg", denials=False, both_ways=True, stateful=st.booleans()))
def test_stateless_groups_need_openings_for_replies(groups):
    assert_same(*world_of(groups, [], [], None))


def test_a_stateless_filter_lets_replies_out_by_the_clients_port():
    group = Wall("sg", (Line(True, "ingress", "tcp", "0.0.0.0/0", (443, 443)),))
    both = Line(True, "ingress", "all", "0.0.0.0/0")
    replies = Line(True, "egress", "tcp", "0.0.0.0/0", (1024, 65535))
    wrong = Line(True, "egress", "tcp", "0.0.0.0/0", (443, 443))
    for reply, client_ports in ((replies, (1024, 65535)), (wrong, (443, 443))):
        world, card = world_of([group], [], [Wall("acl", (both, reply), "each")], None)
        assert {box.client_ports for box in Reach(world)._in(card).flows} == {client_ports}
        assert_same(world, card)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(walls("pool", prefix="fw", denials=True, both_ways=True), roads)
def test_lines_of_all_firewalls_in_one_order_of_priority(pooled, table):
    assert_same(*world_of(pooled, [], [], table))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    walls("each", prefix="nic", denials=True, both_ways=True).map(lambda found: found[:1]),
    walls("each", prefix="net", denials=True, both_ways=True).map(lambda found: found[:1]),
)
def test_groups_of_card_and_subnet_must_both_agree(on_card, on_subnet):
    assert_same(*world_of(on_card, on_subnet, [], None))


# ---- inside


def crosses(world, one, other, packet):
    """From card to card: out, over the filters unless it stays in its subnet, in, and the reply back."""
    protocol, client_port, port = packet
    here, there = world.subnets[one.subnet], world.subnets[other.subnet]
    out = [world.walls[name] for name in (*here.walls, *one.walls)]
    if not let_out(out, protocol, other.address, port, other.walls):
        return False
    if here.id != there.id:
        for name in here.filters:
            found = world.walls[name].lines
            if not first_match(found, "egress", (protocol, other.address, port), default=False):
                return False
            if not first_match(found, "ingress", (protocol, other.address, client_port), default=False):
                return False
        for name in there.filters:
            found = world.walls[name].lines
            if not first_match(found, "ingress", (protocol, one.address, port), default=False):
                return False
            if not first_match(found, "egress", (protocol, one.address, client_port), default=False):
                return False
    around = [world.walls[name] for name in (*there.walls, *other.walls)]
    return bool(around) and let_in(around, protocol, one.address, port, (*one.walls, *here.walls))


GROUPS = ("sg0", "sg1", "sg2")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(lines(denials=False, both_ways=True, peers=GROUPS), max_size=4), min_size=3, max_size=3),
    st.lists(st.lists(lines(denials=True, both_ways=True), max_size=4), min_size=2, max_size=2),
    st.sets(st.sampled_from(GROUPS), min_size=1),
    st.sets(st.sampled_from(GROUPS), min_size=1),
    st.booleans(),
    st.booleans(),
)
def test_from_card_to_card_inside(groups, filters, on_one, on_other, same_subnet, filtered):
    walls_ = {name: Wall(name, tuple(found)) for name, found in zip(GROUPS, groups, strict=True)}
    walls_ |= {f"acl{number}": Wall(f"acl{number}", tuple(found), "each") for number, found in enumerate(filters)}
    subnets = {name: Subnet(name, "vpc", (), (f"acl{number}",) if filtered else (), None) for number, name in enumerate(("a", "b"))}
    one = Card("one", "one", "vpc", "a", "10.0.0.5", "", tuple(sorted(on_one)))
    other = Card("other", "other", "vpc", "a" if same_subnet else "b", SERVER, "", tuple(sorted(on_other)))
    world = World(cards=(one, other), subnets=subnets, walls=walls_)
    flows = Reach(world)._across(one, other).flows
    for protocol, client_port, port in product(("tcp", "udp"), CLIENT_PORTS, SERVER_PORTS):
        packet = (protocol, one.address, client_port, port)
        assert holds(flows, packet) == crosses(world, one, other, (protocol, client_port, port)), packet


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(lines(denials=True, both_ways=True), max_size=5),
    st.lists(lines(denials=True, both_ways=True), max_size=5),
    st.sampled_from(("pool", "each")),
)
def test_from_card_to_card_where_lines_have_an_order(on_one, on_other, evaluation):
    walls_ = {"w1": Wall("w1", tuple(on_one), evaluation), "w2": Wall("w2", tuple(on_other), evaluation)}
    subnets = {name: Subnet(name, "vpc") for name in ("a", "b")}
    one = Card("one", "one", "vpc", "a", "10.0.0.5", "", ("w1",))
    other = Card("other", "other", "vpc", "b", SERVER, "", ("w2",))
    world = World(cards=(one, other), subnets=subnets, walls=walls_)
    flows = Reach(world)._across(one, other).flows
    for protocol, client_port, port in product(("tcp", "udp"), CLIENT_PORTS, SERVER_PORTS):
        packet = (protocol, one.address, client_port, port)
        assert holds(flows, packet) == crosses(world, one, other, (protocol, client_port, port)), packet


@pytest.mark.parametrize("there_and_back", [(True, True), (True, False), (False, True), (False, False)])
def test_a_peering_needs_a_route_on_both_sides(there_and_back):
    out, back = there_and_back
    tables = (
        Table("t1", (Road("10.2.0.0/16", "peering"),) if out else ()),
        Table("t2", (Road("10.1.0.0/16", "peering"),) if back else ()),
    )
    subnets = {name: Subnet(name, vpc, table=table) for name, vpc, table in zip("ab", ("v1", "v2"), tables, strict=True)}
    opened = Wall("sg", (Line(True, "ingress", "tcp", "10.0.0.0/8", (22, 22)), Line(True, "egress", "all", "0.0.0.0/0")))
    one = Card("one", "one", "v1", "a", "10.1.0.1", "", ("sg",))
    other = Card("other", "other", "v2", "b", "10.2.0.1", "", ("sg",))
    links = {("v1", "v2"): ("peering",), ("v2", "v1"): ("peering",)}
    world = World(cards=(one, other), subnets=subnets, walls={"sg": opened}, links=links)
    found = Reach(world).between("one", "other")
    assert bool(found) == (out and back)
    if found:
        assert found[0].openings == (("tcp", (22, 22)),)
        assert [step.id for step in found[0].hops] == ["one", "peering", "sg", "sg", "other"]


@pytest.mark.parametrize(("address", "ports"), [("10.0.1.9", ()), ("10.0.1.8", (("tcp", (22, 22)),)), ("", (("tcp", (22, 22)),))])
def test_a_line_for_one_address_of_what_is_guarded_says_nothing_of_the_others(address, ports):
    opened = Line(True, "ingress", "tcp", "0.0.0.0/0", (22, 22), priority=200)
    refused = Line(False, "ingress", "tcp", "0.0.0.0/0", (22, 22), priority=100, own="10.0.1.9/32")
    card = Card("card", "machine", "vpc", "a", address, "52.1.2.3", ("nsg",))
    world = World(cards=(card,), subnets={"a": Subnet("a", "vpc")}, walls={"nsg": Wall("nsg", (opened, refused), "each")})
    assert tuple(opening for path in Reach(world).from_internet("machine") for opening in path.openings) == ports


OPEN_TO_ONE = Wall("sg", (Line(True, "ingress", "tcp", "8.8.8.0/24", (8080, 8080)),))
OPEN_TO_BALANCER = Wall("sg", (Line(True, "ingress", "tcp", "10.0.9.9/32", (8080, 8080)),))


@pytest.mark.parametrize(
    ("transparent", "wall", "reached"),
    [(True, OPEN_TO_ONE, True), (True, OPEN_TO_BALANCER, False), (False, OPEN_TO_ONE, False), (False, OPEN_TO_BALANCER, True)],
)
def test_what_stands_behind_a_balancer_sees_the_client_or_the_balancer(transparent, wall, reached):
    card = Card("card", "machine", "vpc", "a", "10.0.1.9", "", ("sg",))
    door = Door("lb", True, (), ("10.0.9.9",), (("tcp", 80, 8080),), ("machine",), transparent=transparent)
    world = World(cards=(card,), subnets={"a": Subnet("a", "vpc")}, walls={"sg": wall}, doors=(door,))
    found = Reach(world).from_internet("machine")
    assert bool(found) is reached
    assert all(path.openings == (("tcp", (80, 80)),) for path in found)


# ---- network policies of a cluster

policy_rules = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(("ingress", "egress")),
        "protocol": st.sampled_from((None, "tcp", "udp")),
        "from_port": st.sampled_from((None, 80, 443)),
        "to_port": st.none(),
        "cidr": st.sampled_from((None, *CIDRS)),
        "except_cidrs": st.lists(st.sampled_from(CIDRS), max_size=2),
        "namespace_labels": st.sampled_from((None, ["a=b"])),
        "pod_labels": st.none(),
    }
)
policies = st.lists(
    st.tuples(st.lists(st.sampled_from(("app=web", "tier=front")), max_size=2, unique=True), st.lists(policy_rules, max_size=3)),
    max_size=3,
)


def let_into_pods(found, labels, packet):
    """Pods that no policy selects take all; the others what any rule of any of their policies lets in."""
    protocol, client, _, port = packet
    selecting = [rules for selector, rules in found if set(selector) <= labels]
    if not selecting:
        return True
    for rule in (rule for rules in selecting for rule in rules):
        if rule["direction"] != "ingress" or rule["namespace_labels"] or rule["protocol"] not in (None, protocol):
            continue
        if rule["from_port"] not in (None, port):
            continue
        address = ip_address(client)
        inside = rule["cidr"] is None or address in ip_network(rule["cidr"])
        if inside and not any(address in ip_network(cidr) for cidr in rule["except_cidrs"]):
            return True
    return False


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policies, st.sets(st.sampled_from(("app=web", "tier=front"))))
def test_what_any_policy_of_a_pod_lets_in(found, labels):
    rows = {name: [] for name in SOURCES}
    rows["policy"] = [
        (f"k8s:one:global:policy-{n}", "ns", selector, ["ingress"], rules) for n, (selector, rules) in enumerate(found)
    ]
    rows["workload"] = [("k8s:one:global:pods", "ns", dict(label.split("=") for label in labels))]
    ports = [{"protocol": protocol, "port": port} for protocol in ("TCP", "UDP") for port in SERVER_PORTS]
    rows["service"] = [("service", True, [], [], ports, ["k8s:one:global:pods"], "load-balancer")]
    reach = Reach(build(rows))
    (door,) = reach._before["k8s:one:global:pods"]
    flows = reach._to_herd(reach._world.herds["k8s:one:global:pods"], reach._knock(door)).flows
    for packet in PACKETS:
        if packet[0] != "icmp" and packet[1] not in INSIDE:
            assert holds(flows, packet) == let_into_pods(found, labels, packet), packet


@pytest.mark.parametrize(("cidrs", "openings"), [(["0.0.0.0/0"], (("tcp", (5432, 5432)),)), ([], ()), (["10.0.0.0/8"], ())])
def test_a_database_takes_whom_its_own_list_names(cidrs, openings):
    rows = {name: [] for name in SOURCES}
    rows["database"] = [("db", "db", "", "", "", "?", ["db"])]
    rows["authorized"] = [("db", cidrs, 5432)]
    assert tuple(one for path in Reach(build(rows)).from_internet("db") for one in path.openings) == openings


@pytest.mark.parametrize(
    ("selector", "met"),
    [
        ([], True),
        (["app=web"], True),
        (["app=db"], False),
        (["app in (db,web)"], True),
        (["app notin (db,web)"], False),
        (["tier notin (db)"], True),  # a key that is not there is in no set
        (["app"], True),
        (["tier"], False),
        (["!tier", "app=web"], True),
        (["!app"], False),
    ],
)
def test_selectors_of_policies(selector, met):
    assert Herd("pods", "ns", {"app": "web"}).meets(selector) is met
