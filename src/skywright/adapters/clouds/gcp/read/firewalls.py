"""Firewall rules: each is a firewall of its own, and all that apply to a card are one pool in order of priority."""

from collections.abc import Iterator
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.targets import Carriers
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Firewall, FirewallRule

KIND = "network.firewall"
PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "50": "esp", "51": "ah", "58": "icmpv6", "94": "ipip", "132": "sctp"}
"""IANA's protocol numbers, of those that firewall rules may name by word."""

PRIORITY = 1000  # of a rule that names none


def firewall(raw: dict[str, Any], place: Place, carriers: Carriers | None, *, whole: bool) -> Firewall:
    """A Firewall. ``carriers``: the cards of its project (None: not known); ``whole``: no other project has any in its network.

    A rule that is switched off opens and refuses nothing.
    """
    enabled = not (tr.flag(raw, "disabled") or False)
    cards = None if carriers is None else carriers.of(raw)
    targeted = bool(tr.texts(raw, "targetTags") or tr.texts(raw, "targetServiceAccounts"))
    return Firewall(
        **{**names.row(KIND, raw, place), "tags": {}},
        vpc=place.link("network.vpc", tr.text(raw, "network")),
        is_default=False,
        description=tr.said(raw, "description"),
        rules=list(_lines(raw, "allowed")) if enabled else [],
        denials=list(_lines(raw, "denied")) if enabled else [],
        evaluation="pool",
        enabled=enabled,
        applies_to=sorted({instance for instance, _ in cards}) if targeted and cards is not None else None,
        target_tags=None if tr.texts(raw, "targetServiceAccounts") else tr.sorted_texts(tr.texts(raw, "targetTags") or ()),
        logging=tr.flag(raw, "logConfig", "enable") or False,
        used_by=None if cards is None else len(cards) if cards or whole else None,  # none in sight of a network that others use too
    )


def _lines(raw: Any, field: str) -> Iterator[FirewallRule]:
    """A rule says who and what in two lists: each pair of them is a line."""
    direction = "egress" if tr.text(raw, "direction") == "EGRESS" else "ingress"
    for entry in tr.items(raw, field):
        named = tr.said(entry, "IPProtocol").lower()
        for low, high in _ports(entry):
            for cidr, peer in _whom(raw, direction):
                yield FirewallRule(
                    direction=direction,
                    protocol=PROTOCOLS.get(named, named),
                    from_port=low,
                    to_port=high,
                    cidr=cidr,
                    peer=peer,
                    description=tr.text(raw, "description"),
                    priority=PRIORITY if (found := tr.integer(raw, "priority")) is None else found,
                )


def _ports(entry: Any) -> list[tuple[int | None, int | None]]:
    """``["22", "8000-8080"]``; none: all."""
    found: list[tuple[int | None, int | None]] = []
    for one in tr.texts(entry, "ports") or ():
        low, _, high = one.partition("-")
        found.append((int(low), int(high or low)))
    return found or [(None, None)]


def _whom(raw: Any, direction: str) -> list[tuple[str | None, str | None]]:
    """CIDRs, and instances by tag or service account (as ``tag:web``). Where nothing is named: everyone ("VPC firewall rules")."""
    if direction == "egress":
        return [(cidr, None) for cidr in tr.texts(raw, "destinationRanges") or ["0.0.0.0/0"]]
    cidrs: list[tuple[str | None, str | None]] = [(cidr, None) for cidr in tr.texts(raw, "sourceRanges") or ()]
    tags = [(None, f"tag:{tag}") for tag in tr.texts(raw, "sourceTags") or ()]
    accounts = [(None, f"serviceAccount:{account}") for account in tr.texts(raw, "sourceServiceAccounts") or ()]
    return [*cidrs, *tags, *accounts] or [("0.0.0.0/0", None)]


def _read(reading: Reading) -> None:
    found = reading.here(KIND, COMPUTE + "Firewall")
    carriers: Carriers | None = None
    whole = False
    if found:
        with reading.columns(KIND):
            carriers = Carriers(reading.everywhere(COMPUTE + "Instance"), reading.place)
        with reading.columns(KIND):
            whole = not reading.is_host()
    reading.take(KIND, found, lambda raw: firewall(raw, reading.place, carriers, whole=whole), lambda row: [(Verb.IN, row.vpc)])


READERS = (
    Reader(
        name="firewalls",
        service="compute",
        kinds=(KIND,),
        read=_read,
        is_global=True,
        permissions=("compute.firewalls.list", "compute.instances.list", "compute.projects.get"),
    ),
)
