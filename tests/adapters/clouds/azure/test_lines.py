"""Network security groups -> openings and denials, against a packet that tries the raw rules in order."""

import ipaddress
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.adapters.clouds.azure.read.lines import lines, split
from skywright.model.kinds.network import FirewallRule


def rule(priority: int = 100, access: str = "Allow", direction: str = "Inbound", **own: Any) -> dict[str, Any]:
    """A rule as the documented example of "Network Security Groups - Get" has them; any field may be replaced."""
    shape = {
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "destinationAddressPrefix": "*",
        "access": access,
        "destinationPortRange": "80",
        "sourcePortRange": "*",
        "priority": priority,
        "direction": direction,
    }
    return {"name": f"rule-{priority}", "properties": shape | own}


def told(raw: dict[str, Any], **members: list[str]) -> list[tuple[Any, ...]]:
    return [(r.direction, r.protocol, r.from_port, r.to_port, r.cidr or r.peer, r.own_cidr) for _, r in lines(raw, members)]


CPU_S = 5.0
"""Seconds of processor; measured: 0.5."""

BOTH = ("0.0.0.0/0", "::/0")


def test_every_protocol_with_a_port_is_tcp_and_udp() -> None:
    assert told(rule()) == [("ingress", p, 80, 80, c, None) for p in ("tcp", "udp") for c in BOTH]


def test_every_protocol_on_every_port_is_all() -> None:
    assert told(rule(destinationPortRange="*", sourceAddressPrefix="10.0.0.0/8")) == [
        ("ingress", "all", None, None, "10.0.0.0/8", None)
    ]


@pytest.mark.parametrize("word", ["*", "Internet", "Any", "0.0.0.0/0"])
def test_the_internet(word: str) -> None:
    cidrs = {row[4] for row in told(rule(protocol="Tcp", sourceAddressPrefix=word))}
    assert "0.0.0.0/0" in cidrs


def test_ranges_prefixes_and_lists() -> None:
    raw = rule(
        protocol="TCP",
        sourceAddressPrefix="",
        sourceAddressPrefixes=["10.1.2.3", "10.2.0.0/16"],
        destinationPortRange="",
        destinationPortRanges=["22", "8000-8080"],
    )
    assert told(raw) == [
        ("ingress", "tcp", 22, 22, "10.1.2.3/32", None),
        ("ingress", "tcp", 22, 22, "10.2.0.0/16", None),
        ("ingress", "tcp", 8000, 8080, "10.1.2.3/32", None),
        ("ingress", "tcp", 8000, 8080, "10.2.0.0/16", None),
    ]


def test_service_tags() -> None:
    probe = rule(protocol="Tcp", sourceAddressPrefix="AzureLoadBalancer")
    assert told(probe) == [("ingress", "tcp", 80, 80, "168.63.129.16/32", None)]
    assert told(rule(protocol="Tcp", sourceAddressPrefix="Storage.WestEurope")) == [
        ("ingress", "tcp", 80, 80, "Storage.WestEurope", None)
    ]
    inside = rule(protocol="Tcp", sourceAddressPrefix="VirtualNetwork")
    assert told(inside) == [("ingress", "tcp", 80, 80, "VirtualNetwork", None)]
    assert [row[4] for row in told(inside, virtualnetwork=["10.0.0.0/16", "10.9.0.0/24"])] == ["10.0.0.0/16", "10.9.0.0/24"]


def test_of_what_leaves_the_destination_is_the_peer() -> None:
    raw = rule(direction="Outbound", protocol="Tcp", sourceAddressPrefix="10.0.0.4", destinationAddressPrefix="1.2.3.4")
    assert told(raw) == [("egress", "tcp", 80, 80, "1.2.3.4/32", "10.0.0.4/32")]


def test_a_rule_for_one_address_of_ours_says_so() -> None:
    assert told(rule(protocol="Tcp", sourceAddressPrefix="8.8.8.8", destinationAddressPrefix="10.0.0.7")) == [
        ("ingress", "tcp", 80, 80, "8.8.8.8/32", "10.0.0.7/32")
    ]


def test_application_security_groups_are_their_members() -> None:
    raw = rule(protocol="Tcp", sourceAddressPrefix="", sourceApplicationSecurityGroups=[{"id": "/ASG/Web"}, {"id": "/asg/unknown"}])
    assert told(raw, **{"/asg/web": ["10.0.0.4", "fd00::4"]}) == [
        ("ingress", "tcp", 80, 80, "10.0.0.4/32", None),
        ("ingress", "tcp", 80, 80, "fd00::4/128", None),
        ("ingress", "tcp", 80, 80, "/asg/unknown", None),
    ]


def test_icmp_has_no_ports_and_source_ports_are_kept() -> None:
    assert told(rule(protocol="Icmp"))[0][1:4] == ("icmp", None, None)
    assert next(lines(rule(sourcePortRange="1024-65535"), {}))[1].from_ports == "1024-65535"


def test_a_rule_without_a_direction_is_not_understood() -> None:
    with pytest.raises(KeyError):
        told(rule(direction="Sideways"))


def test_an_earlier_denial_takes_an_opening_back() -> None:
    deny, allow = rule(100, "Deny", protocol="Tcp", destinationPortRange="0-1024"), rule(200, protocol="Tcp")
    assert split([allow, deny], {})[0] == []
    assert len(split([rule(50, protocol="Tcp"), deny], {})[0]) == 2
    assert len(split([allow, deny], {})[1]) == 2


def test_a_denial_of_a_part_takes_nothing_back() -> None:
    openings, _ = split([rule(100, "Deny", protocol="Tcp", sourceAddressPrefix="10.0.0.0/8"), rule(200, protocol="Tcp")], {})
    assert [one.cidr for one in openings] == ["0.0.0.0/0", "::/0"]
    wide, _ = split([rule(100, "Deny", protocol="Tcp"), rule(200, protocol="Tcp", destinationPortRange="*")], {})
    assert len(wide) == 2
    own, _ = split([rule(100, "Deny", protocol="Tcp", destinationAddressPrefix="10.0.0.4"), rule(200, protocol="Tcp")], {})
    assert len(own) == 2


def test_openings_come_in_order_of_priority() -> None:
    openings, _ = split([rule(300, protocol="Tcp"), rule(100, protocol="Udp")], {})
    assert [one.priority for one in openings] == [100, 100, 300, 300]


def test_a_group_of_ten_thousand_rules_is_split_in_bounded_time() -> None:
    raws = [
        rule(
            100 + number,
            "Deny" if number % 2 else "Allow",
            sourceAddressPrefix=f"{11 + number % 80}.{number // 80}.0.0/{16 if number % 2 else 24}",
            destinationPortRange=str(number // 3),
        )
        for number in range(10_000)
    ]
    began = time.process_time()

    openings, denials = split([*raws, rule(1, "Deny", sourceAddressPrefix="11.0.0.0/8", destinationPortRange="*")], {})

    assert time.process_time() - began < CPU_S
    assert len(denials) == 10_001
    assert len(openings) == 10_000 - sum(number % 80 == 0 for number in range(0, 10_000, 2)) * 2


# A packet from outside, judged by the raw rules (the first that matches by priority) and by our two lists

SOURCES = ["*", "Internet", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "8.8.8.8"]
PORTS = ["*", "80", "443", "0-1024", "80-443"]
RULES = st.lists(
    st.builds(
        lambda access, protocol, source, port, own: {
            "access": access,
            "protocol": protocol,
            "sourceAddressPrefix": source,
            "destinationPortRange": port,
            "destinationAddressPrefix": own,
        },
        st.sampled_from(["Allow", "Deny"]),
        st.sampled_from(["*", "Tcp", "Udp", "Icmp"]),
        st.sampled_from(SOURCES),
        st.sampled_from(PORTS),
        st.sampled_from(["*", "10.9.0.4"]),
    ),
    max_size=6,
)
PACKETS = [
    (p, n, s, o)
    for p in ("tcp", "udp")
    for n in (22, 80, 443, 5000)
    for s in ("10.1.2.3", "10.1.9.9", "10.200.0.1", "8.8.8.8", "9.9.9.9")
    for o in ("10.9.0.4", "10.9.0.5")
]


def raw_verdict(rules: list[dict[str, Any]], packet: tuple[str, int, str, str]) -> bool:
    """First match wins; nothing matches: refused."""
    protocol, port, source, own = packet
    for one in rules:
        spelled, low_high = one["protocol"].lower(), one["destinationPortRange"]
        low, _, high = low_high.partition("-")
        if (
            spelled in ("*", protocol)
            and (low_high == "*" or int(low) <= port <= int(high or low))
            and one["destinationAddressPrefix"] in ("*", own)
            and (
                one["sourceAddressPrefix"] in ("*", "Internet")
                or ipaddress.ip_address(source) in ipaddress.ip_network(one["sourceAddressPrefix"])
            )
        ):
            return bool(one["access"] == "Allow")
    return False


def matches(one: FirewallRule, packet: tuple[str, int, str, str]) -> bool:
    protocol, port, source, own = packet
    network = ipaddress.ip_network(one.cidr or "0.0.0.0/0")
    return (
        one.protocol in ("all", protocol)
        and (one.from_port is None or one.from_port <= port <= (one.to_port or 0))
        and network.version == 4
        and ipaddress.ip_address(source) in network
        and one.own_cidr in (None, f"{own}/32")
    )


@settings(max_examples=300, deadline=None)
@given(RULES)
def test_our_lists_let_in_what_the_group_lets_in(drawn: list[dict[str, Any]]) -> None:
    raws = [rule(100 + index, **one) for index, one in enumerate(drawn)]
    openings, denials = split(raws, {})
    for packet in PACKETS:
        opened = min((one.priority or 0 for one in openings if matches(one, packet)), default=None)
        denied = min((one.priority or 0 for one in denials if matches(one, packet)), default=10**6)
        assert (opened is not None and opened < denied) == raw_verdict(drawn, packet), packet
