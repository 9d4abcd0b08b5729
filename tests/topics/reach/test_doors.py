"""What stands behind balancers and services: cards named by id or address and their owners, proxies that call from elsewhere, and
clusters whose namespaces have the same name."""

import pytest

from skywright.topics.reach.search import Reach
from skywright.topics.reach.world import SOURCES, build

ONE, OTHER = "cloud:one:west:network", "cloud:other:west:network"
PROXIES = "130.211.0.0/22"


def rule(cidr):
    return {"cidr": cidr, "peer": None, "from_port": 80, "to_port": 80, "direction": "ingress", "protocol": "tcp"}


def town(*, target, opened="0.0.0.0/0", calls_from=None, more=()):
    rows: dict[str, list[tuple]] = {name: [] for name in SOURCES}
    rows["interface"] = [(f"{ONE}.interface/nic", "vm", "v", "s", "10.0.0.5", "", ["fw"]), *more]
    rows["firewall"] = [("fw", "union", True, [], [rule(opened)], None, True)]
    rows["subnet"] = [("s", "v", [])]
    listeners = [{"port": 80, "protocol": "http"}]
    balancer = f"{ONE}.balancer/b"
    rows["balancer"] = [(balancer, "application", True, [], [], ["8.8.8.8"], [], calls_from, listeners)]
    rows["targets"] = [("g", [balancer], "tcp", 80, [target])]
    return rows


def reached(rows):
    return {path.target for path in Reach(build(rows)).exposed()} - {f"{ONE}.balancer/b"}


NIC = f"{ONE}.interface/nic"


@pytest.mark.parametrize("target", [NIC, "10.0.0.5"])
def test_a_card_behind_a_balancer_is_a_way_to_its_machine(target: str) -> None:
    assert reached(town(target=target)) == {NIC, "vm"}


def test_a_machine_behind_a_balancer_is_reached_itself() -> None:
    assert reached(town(target="vm")) == {"vm"}


@pytest.mark.parametrize("target", ["10.0.0.6", "2001:db8::1"])
def test_an_address_that_nothing_has_is_no_resource(target: str) -> None:
    assert reached(town(target=target)) == set()


def test_an_address_is_looked_for_in_the_balancers_account_alone() -> None:
    twin = (f"{OTHER}.interface/nic", "vm-of-others", "v2", "s2", "10.0.0.5", "", ["fw"])
    assert reached(town(target="10.0.0.5", more=[twin])) == {NIC, "vm"}


def test_an_address_that_two_cards_have_names_neither() -> None:
    twin = (f"{ONE}.interface/twin", "vm-2", "v2", "s2", "10.0.0.5", "", ["fw"])
    assert reached(town(target="10.0.0.5", more=[twin])) == set()


@pytest.mark.parametrize(
    ("opened", "calls_from", "open_"),
    [
        (PROXIES, [PROXIES], True),
        ("8.8.8.8/32", [PROXIES], False),
        (PROXIES, None, False),
        ("8.8.8.8/32", None, True),
        ("8.8.8.8/32", [], True),
    ],
)
def test_a_proxy_calls_from_where_it_says_and_else_from_its_own_address(opened: str, calls_from, open_: bool) -> None:
    assert (reached(town(target="vm", opened=opened, calls_from=calls_from)) == {"vm"}) is open_


def test_a_policy_guards_its_own_clusters_namespace_alone() -> None:
    rows: dict[str, list[tuple]] = {name: [] for name in SOURCES}
    pods = {cluster: f"kubernetes:{cluster}:global:container.workload/shop/web" for cluster in ("guarded", "bare")}
    rows["policy"] = [("kubernetes:guarded:global:container.policy/shop/nothing-in", "shop", [], ["ingress"], [])]
    rows["workload"] = [(pod, "shop", {"app": "web"}) for pod in pods.values()]
    ports = [{"protocol": "TCP", "port": 443}]
    rows["service"] = [(f"to-{one}", True, [], [], ports, [pod], "load-balancer") for one, pod in pods.items()]

    assert {path.target for path in Reach(build(rows)).exposed()} == {"to-guarded", "to-bare", pods["bare"]}
