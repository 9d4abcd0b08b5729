"""Every instance of 10,000 that the internet can reach: 20 networks of 10 subnets, 1,000 firewalls, stateless filters, routes."""

import random

from bench.measure import measured
from skywright.topics.reach.search import Reach
from skywright.topics.reach.world import SOURCES, build

INSTANCES, NETWORKS, FIREWALLS = 10_000, 20, 1_000
ANY, INSIDE = "0.0.0.0/0", "10.0.0.0/8"


def rows(seed: int = 1) -> dict[str, list[tuple]]:
    """Rows as a snapshot gives them, for every name of SOURCES."""
    draw = random.Random(seed)
    made: dict[str, list[tuple]] = {name: [] for name in SOURCES}
    for net in range(NETWORKS):
        made["gateway"].append((f"igw-{net}", "internet", None, f"vpc-{net}"))
        subnets = [f"subnet-{net}-{number}" for number in range(10)]
        made["subnet"] += [(subnet, f"vpc-{net}", None) for subnet in subnets]
        local = {"cidr": INSIDE, "target": "local", "state": "active"}
        out = {"cidr": ANY, "target": f"igw-{net}", "state": "active"}
        made["route"].append((f"rt-{net}-public", f"vpc-{net}", False, subnets[:4], [local, out]))
        made["route"].append((f"rt-{net}-main", f"vpc-{net}", True, [], [local]))
        lines = [
            {"number": 100, "direction": way, "allow": True, "protocol": "all", "from_port": None, "to_port": None, "cidr": ANY}
            for way in ("ingress", "egress")
        ]
        made["acl"].append((f"acl-{net}", subnets, lines))
    for number in range(FIREWALLS):
        openings = [_opening(port, draw.choice((ANY, INSIDE, "8.8.8.0/24"))) for port in draw.sample(range(20, 9000), 5)]
        made["firewall"].append((f"sg-{number}", None, None, None, openings, None, None))
    for number in range(INSTANCES):
        net = number % NETWORKS
        groups = [f"sg-{one}" for one in draw.sample(range(FIREWALLS), 2)]
        public = f"52.{number >> 16}.{number >> 8 & 255}.{number & 255}" if draw.random() < 0.5 else ""
        address = f"10.{net}.{number >> 8 & 255}.{number & 255}"
        subnet = f"subnet-{net}-{draw.randrange(10)}"
        made["instance"].append((f"i-{number}", f"i-{number}", f"vpc-{net}", subnet, address, public, groups))
    return made


def _opening(port: int, cidr: str) -> dict[str, object]:
    shape = {"direction": "ingress", "protocol": "tcp", "from_port": port, "to_port": port}
    return {**shape, "cidr": cidr, "peer": None, "priority": None, "from_ports": None}


def run() -> dict[str, object]:
    """How many of them, and what it took."""
    asked = rows()
    with measured() as figures:
        reached = {path.target for path in Reach(build(asked)).exposed()}
    return {**figures, "instances": INSTANCES, "reachable": len(reached)}
