"""What guards networks and what hangs on them: interfaces, addresses, firewalls (security groups), ACLs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds import resource_id
from skywright.model.kinds.network import Acl, AclRule, Address, Firewall, FirewallRule, Interface

INTERFACE, ADDRESS, FIREWALL, ACL = "network.interface", "network.address", "network.firewall", "network.acl"
VPC, SUBNET, INSTANCE = "network.vpc", "network.subnet", "compute.instance"

PROTOCOLS = {"-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
"""IANA protocol numbers that AWS uses -> names. Others stay numbers."""

WITH_PORTS = ("tcp", "udp")  # for ICMP the two port fields hold type and code
ACL_DEFAULT_RULE = 32767  # the last line of every ACL, which cannot be changed: deny all


def interface(raw: dict[str, Any], place: Place) -> Interface:
    """One of DescribeNetworkInterfaces' cards."""
    tags = tr.tags(raw.get("TagSet"))
    return Interface(
        **place.common(INTERFACE, raw["NetworkInterfaceId"]),
        name=(tags.get("Name") if tags else None) or tr.text(raw, "Description"),
        state=tr.text(raw, "Status"),
        tags=tags,
        native=tr.native(raw),
        type=tr.text(raw, "InterfaceType"),
        vpc=place.ref(VPC, tr.text(raw, "VpcId")),
        subnet=place.ref(SUBNET, tr.text(raw, "SubnetId")),
        private_ip=tr.text(raw, "PrivateIpAddress"),
        public_ip=tr.said(raw, "Association", "PublicIp"),
        firewalls=place.refs(FIREWALL, (tr.text(group, "GroupId") for group in tr.items(raw, "Groups"))),
        attached_to=place.ref(INSTANCE, tr.said(raw, "Attachment", "InstanceId")),
        attached=tr.at(raw, "Attachment") is not None,
        source_check=tr.flag(raw, "SourceDestCheck"),
    )


def interface_links(row: Interface) -> Links:
    """A card lives in a subnet, behind its firewalls, on an instance."""
    yield Verb.IN, row.subnet
    yield Verb.ATTACHED_TO, row.attached_to
    for firewall_id in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall_id


def address(raw: dict[str, Any], place: Place) -> Address:
    """One of DescribeAddresses' addresses."""
    tags = tr.tags(raw.get("Tags"))
    instance, card = tr.said(raw, "InstanceId"), tr.said(raw, "NetworkInterfaceId")
    return Address(
        **place.common(ADDRESS, tr.text(raw, "AllocationId") or raw["PublicIp"]),
        name=tags.get("Name") if tags else None,
        state="in-use" if "AssociationId" in raw or instance or card else "available",
        tags=tags,
        native=tr.native(raw),
        public_ip=tr.text(raw, "PublicIp"),
        attached="AssociationId" in raw or bool(instance or card),
        attached_to=place.ref(INSTANCE, instance) or place.ref(INTERFACE, card),
    )


def firewall(raw: dict[str, Any], place: Place, used: Mapping[str, int] | None) -> Firewall:
    """One of DescribeSecurityGroups' groups. ``used``: group id -> cards that carry it; None: not known."""
    tags = tr.tags(raw.get("Tags"))
    rules = [
        *(rule for part in tr.items(raw, "IpPermissions") for rule in _openings(part, "ingress", place)),
        *(rule for part in tr.items(raw, "IpPermissionsEgress") for rule in _openings(part, "egress", place)),
    ]
    return Firewall(
        **place.common(FIREWALL, raw["GroupId"]),
        name=tr.text(raw, "GroupName"),
        tags=tags,
        native=tr.native(raw),
        vpc=place.ref(VPC, tr.said(raw, "VpcId")),
        is_default=tr.text(raw, "GroupName") == "default",
        description=tr.text(raw, "Description"),
        rules=sorted(rules, key=repr),
        used_by=None if used is None else used.get(raw["GroupId"], 0),
    )


def firewall_links(row: Firewall) -> Links:
    """A firewall lives in a network and may name other firewalls in its rules."""
    yield Verb.IN, row.vpc
    for peer in sorted({rule.peer for rule in row.rules or () if rule.peer and rule.peer.startswith("aws:")} - {row.id}):
        yield Verb.USES, peer


def acl(raw: dict[str, Any], place: Place) -> Acl:
    """One of DescribeNetworkAcls' lists. The unchangeable last line (deny all) is left out."""
    tags = tr.tags(raw.get("Tags"))
    lines = [_acl_rule(line) for line in tr.items(raw, "Entries") if tr.integer(line, "RuleNumber") != ACL_DEFAULT_RULE]
    return Acl(
        **place.common(ACL, raw["NetworkAclId"]),
        name=tags.get("Name") if tags else None,
        tags=tags,
        native=tr.native(raw),
        vpc=place.ref(VPC, tr.text(raw, "VpcId")),
        is_default=tr.flag(raw, "IsDefault"),
        subnets=place.refs(SUBNET, (tr.text(link, "SubnetId") for link in tr.items(raw, "Associations"))),
        rules=sorted(lines, key=lambda line: (line.direction, line.number)),
    )


def _openings(raw: dict[str, Any], direction: str, place: Place) -> Iterator[FirewallRule]:
    """One IpPermission -> one rule for each of its sources."""
    protocol = _protocol(raw.get("IpProtocol"))
    ports = _ports(raw, "FromPort", "ToPort", protocol)
    for source in tr.items(raw, "IpRanges"):
        yield FirewallRule(direction, protocol, *ports, cidr=tr.text(source, "CidrIp"), description=tr.text(source, "Description"))
    for source in tr.items(raw, "Ipv6Ranges"):
        yield FirewallRule(
            direction, protocol, *ports, cidr=tr.text(source, "CidrIpv6"), description=tr.text(source, "Description")
        )
    for source in tr.items(raw, "UserIdGroupPairs"):
        yield FirewallRule(direction, protocol, *ports, peer=_peer(source, place), description=tr.text(source, "Description"))
    for source in tr.items(raw, "PrefixListIds"):
        yield FirewallRule(
            direction, protocol, *ports, peer=tr.text(source, "PrefixListId"), description=tr.text(source, "Description")
        )


def _peer(raw: dict[str, Any], place: Place) -> str | None:
    """The id of a group in a rule; it may be another account's, over a peering."""
    group = tr.text(raw, "GroupId")
    owner = tr.text(raw, "UserId") or place.account
    return resource_id("aws", owner, place.region, FIREWALL, group) if group else None


def _protocol(raw: Any) -> str:
    return PROTOCOLS.get(str(raw), str(raw))


def _ports(raw: Any, first: str, last: str, protocol: str) -> tuple[int | None, int | None]:
    """Both None: every port, or a protocol without ports."""
    ports = (tr.integer(raw, first), tr.integer(raw, last))
    return (None, None) if protocol not in WITH_PORTS or None in ports or ports == (-1, -1) else ports


def _acl_rule(raw: dict[str, Any]) -> AclRule:
    protocol, number = _protocol(raw.get("Protocol")), tr.integer(raw, "RuleNumber")
    if number is None:
        raise ValueError(f"{ACL} with a rule without a number")
    return AclRule(
        number,
        "egress" if raw["Egress"] else "ingress",
        raw["RuleAction"] == "allow",
        protocol,
        *_ports(tr.at(raw, "PortRange"), "From", "To", protocol),
        cidr=tr.text(raw, "CidrBlock") or tr.text(raw, "Ipv6CidrBlock"),
    )


def _read_interfaces(reading: Reading) -> None:
    """Interfaces and firewalls together: how many cards carry a firewall is known from the list of cards alone."""
    place = reading.place
    used: Counter[str] | None = None
    with reading.part(INTERFACE):
        cards = list(reading.pages("describe_network_interfaces", "NetworkInterfaces", MaxResults=1000))
        reading.take(INTERFACE, cards, lambda raw: interface(raw, place), interface_links)
        used = Counter(tr.said(group, "GroupId") for card in cards for group in tr.items(card, "Groups"))
    if used is None:
        reading.partial(FIREWALL, reading.failures[INTERFACE])
    with reading.part(FIREWALL):
        listed = reading.pages("describe_security_groups", "SecurityGroups", MaxResults=1000, **reading.narrowed("group-id"))
        reading.take(FIREWALL, listed, lambda raw: firewall(raw, place, used), firewall_links)


def _read_addresses(reading: Reading) -> None:
    for row in reading.take(ADDRESS, reading.pages("describe_addresses", "Addresses"), lambda raw: address(raw, reading.place)):
        reading.relate(row.id, Verb.ATTACHED_TO, row.attached_to)


def _read_acls(reading: Reading) -> None:
    listed = reading.pages("describe_network_acls", "NetworkAcls")
    for row in reading.take(ACL, listed, lambda raw: acl(raw, reading.place), lambda row: [(Verb.IN, row.vpc)]):
        for subnet_id in row.subnets or ():
            reading.relate(subnet_id, Verb.GUARDED_BY, row.id)


READERS = (
    Reader(
        name="interfaces-firewalls",
        service="ec2",
        kinds=(INTERFACE, FIREWALL),
        read=_read_interfaces,
        permissions=("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
    ),
    Reader(name="addresses", service="ec2", kinds=(ADDRESS,), read=_read_addresses, permissions=("ec2:DescribeAddresses",)),
    Reader(name="acls", service="ec2", kinds=(ACL,), read=_read_acls, permissions=("ec2:DescribeNetworkAcls",)),
)
