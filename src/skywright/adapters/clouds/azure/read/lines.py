"""A security rule of a network security group -> our lines, and which of them a denial before them takes back."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skywright.adapters.clouds.azure.read.base import props
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.kinds.network import FirewallRule

EVERYWHERE = ("0.0.0.0/0", "::/0")
PROTOCOLS = {"*": "all", "tcp": "tcp", "udp": "udp", "icmp": "icmp", "esp": "esp", "ah": "ah"}
PORTED = ("tcp", "udp")
INTERNET = "internet"
# https://learn.microsoft.com/azure/virtual-network/service-tags-overview: Internet is what is outside the virtual network

Members = Mapping[str, Sequence[str]]
"""What a rule may name -> the addresses that it stands for: an application security group (its path in lower case), and the tag
``virtualnetwork`` where it is known which networks it means."""

TAGS: Members = {"azureloadbalancer": ("168.63.129.16",)}
"""Tags that stand for the same addresses everywhere: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16"""


def lines(raw: dict[str, Any], members: Members) -> Iterator[tuple[bool, FirewallRule]]:
    """One rule -> (does it allow, line) for every protocol, range of ports and peer that it names.

    A rule for every protocol that names ports is one for TCP and UDP: the others have no ports. Raises ValueError for a rule
    without a direction.
    """
    own = props(raw)
    inward = {"inbound": True, "outbound": False}[tr.said(own, "direction").lower()]
    peers = list(_who(own, "source" if inward else "destination", members))
    ours = [cidr for cidr, _ in _who(own, "destination" if inward else "source", members)]
    only = [None] if not ours or any(cidr in (*EVERYWHERE, None) for cidr in ours) else ours
    for protocol, low, high in _ports(own):
        for cidr, peer in peers:
            for mine in only:
                yield (
                    tr.said(own, "access").lower() == "allow",
                    FirewallRule(
                        direction="ingress" if inward else "egress",
                        protocol=protocol,
                        from_port=low,
                        to_port=high,
                        cidr=cidr,
                        peer=peer,
                        description=tr.text(raw, "name"),
                        priority=tr.integer(own, "priority"),
                        from_ports=_from_ports(own),
                        own_cidr=mine,
                    ),
                )


def _ports(own: dict[str, Any]) -> Iterator[tuple[str, int | None, int | None]]:
    protocol = PROTOCOLS.get(tr.said(own, "protocol").lower(), tr.said(own, "protocol").lower())
    spelled = tr.texts(own, "destinationPortRanges") or [tr.said(own, "destinationPortRange") or "*"]
    if protocol not in ("all", *PORTED) or "*" in spelled:
        yield protocol, None, None
        return
    for text in spelled:
        low, _, high = text.partition("-")
        for one in PORTED if protocol == "all" else (protocol,):
            yield one, int(low), int(high or low)


def _from_ports(own: dict[str, Any]) -> str | None:
    spelled = tr.texts(own, "sourcePortRanges") or [tr.said(own, "sourcePortRange") or "*"]
    return None if "*" in spelled else ",".join(spelled)


def _who(own: dict[str, Any], side: str, members: Members) -> Iterator[tuple[str | None, str | None]]:
    """(address range, other peer): addresses, service tags, and the members of application security groups."""
    groups = tr.items(own, f"{side}ApplicationSecurityGroups")
    for group in groups:
        path = tr.said(group, "id").lower()
        addresses = members.get(path)
        if addresses is None:
            yield None, path
        for address in addresses or ():
            yield _network(address), None
    if groups:
        return
    prefixes = tr.texts(own, f"{side}AddressPrefixes") or [tr.said(own, f"{side}AddressPrefix") or "*"]
    for prefix in prefixes:
        if prefix.lower() in ("*", "any", INTERNET):
            yield from ((cidr, None) for cidr in EVERYWHERE)
        elif (known := members.get(prefix.lower(), TAGS.get(prefix.lower()))) is not None:
            yield from ((_network(one), None) for one in known)
        elif network := _network(prefix):
            yield network, None
        else:
            yield None, prefix


def _network(prefix: str) -> str | None:
    try:
        return str(ipaddress.ip_network(prefix, strict=False))
    except ValueError:
        return None


def split(raws: Sequence[dict[str, Any]], members: Members) -> tuple[list[FirewallRule], list[FirewallRule]]:
    """Rules -> the openings that no denial before them takes back whole, and the denials; both in order of priority."""
    every = sorted((line for raw in raws for line in lines(raw, members)), key=_order)
    denials = [line for allows, line in every if not allows]
    refused = _Refused(denials)
    return [line for allows, line in every if allows and not any(_shadows(one, line) for one in refused.near(line))], denials


class _Refused:
    """Denials by whom they refuse: of 10,000 only those can take an opening back that speak of its network or of one around it."""

    def __init__(self, denials: Sequence[FirewallRule]) -> None:
        self._found: dict[str, list[FirewallRule]] = {}
        for one in denials:
            self._found.setdefault(one.peer or one.cidr or EVERYWHERE[0], []).append(one)
        self._sizes = sorted({int(name.rpartition("/")[2]) for name in self._found if name.rpartition("/")[2].isdecimal()})

    def near(self, opening: FirewallRule) -> Iterator[FirewallRule]:
        """The denials that may cover an opening."""
        for name in dict.fromkeys((opening.peer, EVERYWHERE[0]) if opening.peer else self._around(opening.cidr or EVERYWHERE[0])):
            yield from self._found.get(name or "", ())

    def _around(self, cidr: str) -> Iterator[str]:
        network = ipaddress.ip_network(cidr)
        yield from (str(network.supernet(new_prefix=size)) for size in self._sizes if size <= network.prefixlen)


def _order(line: tuple[bool, FirewallRule]) -> tuple[Any, ...]:
    rule = line[1]
    return (
        rule.direction,
        rule.priority or 0,
        rule.protocol,
        rule.from_port or 0,
        rule.cidr or "",
        rule.peer or "",
        rule.own_cidr or "",
    )


def _shadows(denial: FirewallRule, opening: FirewallRule) -> bool:
    """Does a denial come first and cover all of an opening."""
    if denial.direction != opening.direction or (denial.priority or 0) >= (opening.priority or 0):
        return False
    return (
        denial.protocol in ("all", opening.protocol)
        and (denial.from_port is None or _within(opening, denial))
        and denial.from_ports in (None, opening.from_ports)
        and _covers(denial, opening)
        and (denial.own_cidr is None or denial.own_cidr == opening.own_cidr)
    )


def _within(opening: FirewallRule, denial: FirewallRule) -> bool:
    if opening.from_port is None or opening.to_port is None or denial.from_port is None or denial.to_port is None:
        return False
    return denial.from_port <= opening.from_port and opening.to_port <= denial.to_port


def _covers(denial: FirewallRule, opening: FirewallRule) -> bool:
    if denial.peer or opening.peer:
        return denial.peer == opening.peer or denial.cidr == EVERYWHERE[0]
    wide, narrow = ipaddress.ip_network(denial.cidr or EVERYWHERE[0]), ipaddress.ip_network(opening.cidr or EVERYWHERE[0])
    return wide.version == narrow.version and narrow.subnet_of(wide)  # type: ignore[arg-type]  # of one version, as was just asked
