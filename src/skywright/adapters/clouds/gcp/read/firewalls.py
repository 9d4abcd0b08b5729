"""Firewall rules: each is a firewall of its own, and all that apply to a card are one pool in order of priority."""

from collections.abc import Iterator, Sequence
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.targets import applies
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Firewall, FirewallRule

KIND = "network.firewall"
PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "50": "esp", "51": "ah", "58": "icmpv6", "94": "ipip", "132": "sctp"}
"""IANA's protocol numbers, of those that firewall rules may name by word."""

PRIORITY = 1000  # of a rule that names none


def firewall(raw: dict[str, Any], place: Place, instances: Sequence[Any] | None, *, whole: bool) -> Firewall:
    """A Firewall. ``instances``: those of its project (None: not known); ``whole``: no other project has instances in its network.

    A rule that is switched off opens and refuses nothing.
    """
    enabled = not (tr.flag(raw, "disabled") or False)
    carriers = None if instances is None else [one for one in instances if applies(raw, one)]
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
        applies_to=_ids(carriers, place) if targeted else None,
        target_tags=None if tr.texts(raw, "targetServiceAccounts") else tr.sorted_texts(tr.texts(raw, "targetTags") or ()),
        logging=tr.flag(raw, "logConfig", "enable") or False,
        used_by=_count(carriers, raw, whole=whole),
    )


def _ids(carriers: Sequence[Any] | None, place: Place) -> list[str] | None:
    return None if carriers is None else place.links("compute.instance", (tr.text(one, "selfLink") for one in carriers))


def _count(carriers: Sequence[Any] | None, rule: Any, *, whole: bool) -> int | None:
    """Cards that carry it. None carried in sight, of a network that others use too, says nothing."""
    if carriers is None:
        return None
    cards = [{**one, "networkInterfaces": [card]} for one in carriers for card in tr.items(one, "networkInterfaces")]
    count = sum(applies(rule, card) for card in cards)
    return count if count or whole else None


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
    instances: Sequence[Any] | None = None
    whole = False
    if found:
        with reading.columns(KIND):
            instances = reading.everywhere(COMPUTE + "Instance")
        with reading.columns(KIND):
            whole = not reading.is_host()
    reading.take(KIND, found, lambda raw: firewall(raw, reading.place, instances, whole=whole), lambda row: [(Verb.IN, row.vpc)])


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
