"""Firewalls of 10,000 lines in bounded time, circles that end, and cutting holes out of boxes exactly however many there are."""

import random
import time
from ipaddress import ip_network

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.topics.reach.flows import Box, Crowd, both, common, minus, without
from skywright.topics.reach.search import Reach
from skywright.topics.reach.world import SOURCES, Card, Line, Wall, World, build

MANY = 10_000
CPU_S = 6.0
"""Seconds of processor for one question; measured: at most 1.3. Before there was a crowd: 20 to 120."""

spans = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(lambda two: (min(two), max(two)))
boxes = st.builds(Box, protocol=st.sampled_from(("tcp", "udp")), family=st.just(4), client=spans, client_ports=spans, ports=spans)


@given(boxes, st.lists(boxes, max_size=24))
@settings(deadline=None)
def test_what_is_left_of_a_box_is_what_cutting_hole_by_hole_leaves(box: Box, holes: list[Box]) -> None:
    left = [box]
    for hole in holes:
        left = [piece for one in left for piece in without(one, hole)]

    assert _points(minus((box,), holes)) == _points(left)


@given(st.lists(boxes, max_size=12), boxes)
@settings(deadline=None)
def test_a_crowd_finds_all_that_meet(many: list[Box], box: Box) -> None:
    met = sorted(inner for one in many if (inner := common(one, box)))

    assert sorted(Crowd(many).meeting(box)) == met
    assert sorted(both((box,), many)) == met


def _points(pieces) -> set[tuple[str, int, int, int]]:
    return {
        (piece.protocol, client, source, port)
        for piece in pieces
        for client in range(piece.client[0], piece.client[1] + 1)
        for source in range(piece.client_ports[0], piece.client_ports[1] + 1)
        for port in range(piece.ports[0], piece.ports[1] + 1)
    }


# ---- ten thousand lines


def mixed(seed, *, refuses=0.5, sizes=(8, 12, 16, 20, 24, 28, 32)):
    dice = random.Random(seed)
    for number in range(MANY):
        network = ip_network((dice.randrange(11 << 24, 100 << 24), dice.choice(sizes)), strict=False)
        low = dice.randrange(1, 60_000)
        ports = (low, low + dice.randrange(200)) if dice.random() < 0.7 else None
        yield Line(dice.random() >= refuses, "ingress", dice.choice(("tcp", "udp", "all")), str(network), ports, priority=number)


def everyone(priority=MANY):
    return Line(allow=True, direction="ingress", protocol="all", who="0.0.0.0/0", priority=priority)


def ports_times_callers():
    yield from (Line(False, "ingress", "tcp", "0.0.0.0/0", (2 * one + 1, 2 * one + 1), priority=one) for one in range(MANY // 2))
    for one in range(MANY // 2):
        yield Line(True, "ingress", "tcp", f"11.0.{one // 250}.{one % 250}/32", None, priority=MANY)


LARGE = {
    "openings add up": [Wall("w", tuple(mixed(1, refuses=0)), "union")],
    "each, mixed": [Wall("w", tuple(mixed(2)), "each")],
    "pool, mixed": [Wall("w", tuple(mixed(3)), "pool")],
    "pool of one line each": [Wall(f"w{number}", (line,), "pool") for number, line in enumerate(mixed(4))],
    "single callers": [Wall("w", tuple(mixed(5, sizes=(32,))), "each")],
    "10,000 refusals, then all": [Wall("w", (*mixed(6, refuses=1), everyone()), "each")],
    "two of them, one behind the other": [
        Wall("w", (*mixed(7, refuses=1), everyone()), "each"),
        Wall("x", tuple(mixed(8)), "each"),
    ],
    "ports refused times callers let in": [Wall("w", tuple(ports_times_callers()), "pool")],
}


@pytest.mark.parametrize("walls", LARGE.values(), ids=LARGE)
def test_a_firewall_of_ten_thousand_lines_is_judged_in_bounded_time(walls: list[Wall]) -> None:
    began = time.process_time()

    paths = Reach(behind(walls)).from_internet("vm")

    assert time.process_time() - began < CPU_S
    assert [path.target for path in paths] == ["vm"]


def test_of_ten_thousand_lines_the_one_that_opens_is_found() -> None:
    closed = [line for line in mixed(9, refuses=1) if line.who != "0.0.0.0/0"]
    opening = Line(True, "ingress", "tcp", "8.8.8.8/32", (22, 22), priority=MANY)
    (path,) = Reach(behind([Wall("w", (*closed, opening), "each")])).from_internet("vm")

    assert path.openings == (("tcp", (22, 22)),)
    assert path.unknown == ()
    first = msgspec.structs.replace(opening, allow=False, who="8.8.0.0/16", priority=-1)
    assert Reach(behind([Wall("w", (*closed, opening, first), "each")])).from_internet("vm") == ()


def test_a_wall_that_would_make_millions_of_boxes_is_taken_for_open_and_said_to_be_so() -> None:
    (path,) = Reach(behind([Wall("w", tuple(ports_times_callers()), "pool")])).from_internet("vm")

    assert path.unknown == ("w",)


def behind(walls: list[Wall]) -> World:
    card = Card("card", "vm", "", "", "10.0.0.5", "8.8.8.8", tuple(wall.id for wall in walls))
    return World(cards=(card,), walls={wall.id: wall for wall in walls}, subnets={}, gateways={}, links={}, doors=())


# ---- circles

NOTHING: dict[str, list[tuple]] = {name: [] for name in SOURCES}


def balancer(name):
    return (name, "network", True, [], [], [], [], None, [{"port": 443, "protocol": "tcp"}])


def test_balancers_that_point_at_each_other_and_at_themselves_end() -> None:
    rows = {
        **NOTHING,
        "balancer": [balancer("one"), balancer("other")],
        "targets": [("g1", ["one"], "tcp", 443, ["other", "one"]), ("g2", ["other"], "tcp", 443, ["one"])],
    }
    found = {(path.target, path.hops[1].id) for path in Reach(build(rows)).exposed()}

    assert found == {("one", "one"), ("one", "other"), ("other", "one"), ("other", "other")}


def test_routes_and_peerings_in_a_circle_end() -> None:
    """a -> b -> c -> a, and each table leads to the next network's peering: peerings do not pass traffic on, so a circle leads
    nowhere but to the neighbour."""
    names = ("a", "b", "c")
    nexts = dict(zip(names, ("b", "c", "a"), strict=True))
    number = {name: str(one) for one, name in enumerate(names)}
    rows = {
        **NOTHING,
        "interface": [(f"nic-{n}", f"vm-{n}", n, f"s-{n}", f"10.{number[n]}.0.5", "", ["fw"]) for n in names],
        "firewall": [("fw", "union", True, [], [rule(way) for way in ("ingress", "egress")], None, True)],
        "subnet": [(f"s-{n}", n, []) for n in names],
        "route": [(f"t-{n}", n, True, [], [road("0.0.0.0/0", f"p-{n}"), road("10.9.0.0/16", f"t-{nexts[n]}")]) for n in names],
        "peering": [(f"p-{n}", n, nexts[n]) for n in names],
    }
    reach = Reach(build(rows))

    assert list(reach.exposed()) == []
    ways = {(one, other) for one in names for other in names if one != other and reach.between(f"vm-{one}", f"vm-{other}")}
    assert ways == set()  # the way back leads to another peering


def rule(direction):
    return {"cidr": "0.0.0.0/0", "peer": None, "from_port": None, "to_port": None, "direction": direction, "protocol": "all"}


def road(cidr, target):
    return {"cidr": cidr, "target": target, "state": "active"}
