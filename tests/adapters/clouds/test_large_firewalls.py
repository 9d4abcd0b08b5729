"""Firewalls of 10,000 rules are translated whole and in bounded time (Azure: azure/test_lines.py)."""

import time
from typing import Any

import pytest

from skywright.adapters.clouds.aws.read import guards
from skywright.adapters.clouds.aws.read.base import Place as AwsPlace
from skywright.adapters.clouds.gcp.read import firewalls
from skywright.adapters.clouds.gcp.read.place import Place as GcpPlace
from skywright.adapters.clouds.kubernetes.read.network import _rules
from skywright.adapters.clouds.openstack.read import groups
from skywright.adapters.clouds.openstack.read.base import Place as OpenstackPlace

MANY = 10_000
CPU_S = 4.0
CIDRS = [f"11.{number // 250}.{number % 250}.0/24" for number in range(MANY)]


def aws() -> list[Any]:
    ranges = [{"CidrIp": cidr} for cidr in CIDRS]
    raw = {"GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}]}
    return guards.firewall(raw, AwsPlace("111122223333", "eu-west-1"), {}).rules or []


def gcp() -> list[Any]:
    link = "https://www.googleapis.com/compute/v1/projects/shop/global/firewalls/ssh"
    raw = {"selfLink": link, "name": "ssh", "sourceRanges": CIDRS, "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]}
    return firewalls.firewall(raw, GcpPlace("shop", "global", "42"), None, whole=True).rules or []


def openstack() -> list[Any]:
    one = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
    raw = {"id": "g", "name": "g", "security_group_rules": [{**one, "remote_ip_prefix": cidr} for cidr in CIDRS]}
    return groups.group(raw, OpenstackPlace("p", "r"), {}).rules or []


def kubernetes() -> list[Any]:
    return _rules("ingress", [{"ipBlock": {"cidr": cidr}} for cidr in CIDRS], [{"protocol": "TCP", "port": 22}], {}) or []


@pytest.mark.parametrize("translate", [aws, gcp, openstack, kubernetes])
def test_ten_thousand_rules_are_translated(translate: Any) -> None:
    began = time.process_time()

    rules = translate()

    assert time.process_time() - began < CPU_S
    assert sorted(rule.cidr for rule in rules) == sorted(CIDRS)
    assert {(rule.protocol, rule.from_port, rule.to_port) for rule in rules} == {("tcp", 22, 22)}
