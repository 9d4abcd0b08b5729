"""Security groups: openings that add up over all groups of a card."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.openstack.place import CHANGING, NETWORK, Place, name_of, words
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.read.lists import GROUPS, PORTS
from skywright.adapters.clouds.openstack.read.ports import UNGUARDED, is_plain
from skywright.model.estate import Verb
from skywright.model.kinds.network import Firewall, FirewallRule
from skywright.model.words import t

KIND = "network.firewall"
ANYONE = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}
NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "ipv6-icmp": "icmpv6", "any": "all"}
"""IANA's numbers of the protocols that Neutron also names (Networking API, "Security group rules")."""


def rule(raw: dict[str, Any], place: Place) -> FirewallRule:
    """One of a group's ``security_group_rules``. A rule that names nobody means everyone of its IP version."""
    protocol = str(raw.get("protocol") or "all").lower()
    protocol = NUMBERS.get(protocol, protocol)
    peer = tr.text(raw, "remote_group_id")
    book = tr.text(raw, "remote_address_group_id")
    cidr = tr.text(raw, "remote_ip_prefix")
    ported = protocol not in ("icmp", "icmpv6", "all")  # of ICMP the fields hold type and code
    return FirewallRule(
        direction=str(raw["direction"]),
        protocol=protocol,
        from_port=tr.integer(raw, "port_range_min") if ported else None,
        to_port=tr.integer(raw, "port_range_max") if ported else None,
        cidr=cidr if cidr or peer or book else ANYONE[raw.get("ethertype") or "IPv4"],
        peer=place.ref(KIND, peer) if peer else book,
        description=tr.text(raw, "description"),
        ip_version=(6 if raw.get("ethertype") == "IPv6" else 4) if peer or book else None,
    )


def group(raw: dict[str, Any], place: Place, carried: Mapping[str, int] | None) -> Firewall:
    """One of ``GET /security-groups``. ``carried``: group -> ports that carry it; None: unknown."""
    rules = [rule(one, place) for one in raw["security_group_rules"]]
    return Firewall(
        **place.common(KIND, raw["id"]),
        name=name_of(raw),
        state="active",
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, "security_group_rules", *CHANGING),
        vpc="",
        is_default=raw.get("name") == "default",
        description=tr.text(raw, "description"),
        rules=sorted(rules, key=repr),
        denials=[],
        evaluation="union",
        enabled=True,
        used_by=None if carried is None else carried.get(raw["id"], 0),
        stateful=tr.flag(raw, "stateful"),
    )


def unguarded(place: Place, cards: int) -> Firewall:
    """What guards the cards without port security: nothing."""
    both = [
        FirewallRule(direction=direction, protocol="all", cidr=cidr)
        for direction in ("ingress", "egress")
        for cidr in ANYONE.values()
    ]
    return Firewall(
        **place.common(KIND, UNGUARDED),
        name=t("no port security"),
        state="active",
        tags={},
        vpc="",
        is_default=False,
        description=t("Stands for the cards on which port security is off: they take and send everything."),
        rules=both,
        denials=[],
        evaluation="union",
        enabled=True,
        used_by=cards,
    )


def links(row: Firewall) -> Links:
    """A group that lets another group in needs it."""
    for one in row.rules or ():
        if one.peer and one.peer.startswith("openstack:") and one.peer != row.id:
            yield Verb.USES, one.peer


def _read(reading: Reading) -> None:
    carried: Counter[str] | None = None
    bare = 0
    with reading.columns(KIND):
        ports = [raw for raw in reading.all_of(PORTS) if reading.owner_of(raw) == reading.account]
        carried = Counter(name for raw in reading.all_of(PORTS) for name in tr.texts(raw, "security_groups") or ())
        bare = sum(tr.flag(raw, "port_security_enabled") is False and is_plain(raw) for raw in ports)
    reading.take(KIND, reading.listed(GROUPS), lambda raw: group(raw, reading.place, carried), links)
    if bare and reading.wants(UNGUARDED):
        reading.add(unguarded(reading.place, bare))


def rules_of(rows: list[Any], place: Place) -> Iterator[FirewallRule]:
    """Rules of a group as the API lists them."""
    return (rule(raw, place) for raw in rows)


READERS = (
    Reader(name="security-groups", service=NETWORK, kinds=(KIND,), read=_read, permissions=("get_security_group", "get_port")),
)
