"""Network security groups."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, props
from skywright.adapters.clouds.azure.read.instances import network_of
from skywright.adapters.clouds.azure.read.lines import Members, split
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.kinds.network import Firewall

KIND = "network.firewall"


def firewall(raw: dict[str, Any], place: Place, members: Members, networks: list[str]) -> Firewall:
    """A network security group. A packet must pass those of its card and of its subnet; in each the first match by priority
    decides, the default rules (from 65000 on) coming last.
    https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works"""
    own = props(raw)
    rules, denials = split([*tr.items(own, "securityRules"), *tr.items(own, "defaultSecurityRules")], members)
    cards = [tr.text(one, "id") for one in tr.items(own, "networkInterfaces")]
    subnets = [tr.text(one, "id") for one in tr.items(own, "subnets")]
    return Firewall(
        **place.head(KIND, raw),
        state="available" if tr.said(own, "provisioningState").lower() == "succeeded" else tr.text(own, "provisioningState"),
        vpc=place.of(networks[0]) if networks else "",
        is_default=False,
        description="",
        rules=rules,
        denials=denials,
        evaluation="each",
        enabled=True,
        applies_to=place.all_of([*cards, *subnets]),
        logging=None,
        used_by=len(cards) + len(subnets),
    )


def members(cards: Sequence[dict[str, Any]] | None) -> Members:
    """Who is in which application security group."""
    found: dict[str, list[str]] = defaultdict(list)
    for card in cards or ():
        for one in tr.items(card, "properties", "ipConfigurations"):
            for group in tr.items(one, "properties", "applicationSecurityGroups"):
                if address := tr.text(one, "properties", "privateIPAddress"):
                    found[tr.said(group, "id").lower()].append(address)
    return found


def _networks(raw: dict[str, Any], homes: dict[str, str]) -> list[str]:
    """The networks of what carries it: of its subnets, or else of its cards."""
    subnets = [tr.said(one, "id") for one in tr.items(raw, "properties", "subnets")]
    cards = [homes.get(tr.said(one, "id").lower(), "") for one in tr.items(raw, "properties", "networkInterfaces")]
    return [path for path in [*map(network_of, subnets), *cards] if path]


def _read(reading: Reading) -> None:
    found = reading.of_type(KIND, "Microsoft.Network/networkSecurityGroups")
    if not found:
        return
    cards = reading.facts("Microsoft.Network/networkInterfaces", KIND)
    groups = reading.facts("Microsoft.Network/applicationSecurityGroups", KIND)
    inside: dict[str, Any] = dict(members(cards))
    if cards is not None and groups is not None:
        inside = {tr.said(group, "id").lower(): [] for group in groups} | inside  # a group may have no members
    spaces = _spaces(reading.facts("Microsoft.Network/virtualNetworks", KIND, everywhere=True))
    homes = {tr.said(card, "id").lower(): _home(card) for card in cards or ()}

    def row(raw: dict[str, Any]) -> Firewall:
        networks = _networks(raw, homes)
        return firewall(raw, reading.place, inside | _tag(networks, spaces), networks)

    reading.take(KIND, found, row)


def _spaces(networks: Sequence[dict[str, Any]] | None) -> dict[str, list[str]]:
    """Network -> the addresses that the tag VirtualNetwork means there: its own, and those of the networks that it is peered with.
    (Also what is behind a VPN gateway, which is not known here.)"""
    found: dict[str, list[str]] = {}
    for raw in networks or ():
        peers = tr.items(raw, "properties", "virtualNetworkPeerings")
        remote = [cidr for one in peers for name in REMOTE for cidr in tr.texts(one, "properties", name, "addressPrefixes") or ()]
        own = tr.texts(raw, "properties", "addressSpace", "addressPrefixes") or []
        found[tr.said(raw, "id").lower()] = tr.sorted_texts([*own, *remote])
    return found


REMOTE = ("remoteVirtualNetworkAddressSpace", "remoteAddressSpace")


def _tag(networks: list[str], spaces: dict[str, list[str]]) -> dict[str, list[str]]:
    """The tag, where every network that carries the group is known; else it stays a word."""
    known = [spaces.get(path.lower()) for path in networks]
    if not known or None in known:
        return {}
    return {"virtualnetwork": tr.sorted_texts(cidr for cidrs in known for cidr in cidrs or ())}


def _home(card: dict[str, Any]) -> str:
    spots = tr.items(card, "properties", "ipConfigurations")
    return network_of(tr.said(spots[0], "properties", "subnet", "id")) if spots else ""


READERS = (
    Reader(
        name="firewalls",
        service="network",
        kinds=(KIND,),
        read=_read,
        permissions=(
            "Microsoft.Network/networkSecurityGroups/read",
            "Microsoft.Network/networkInterfaces/read",
            "Microsoft.Network/applicationSecurityGroups/read",
            "Microsoft.Network/virtualNetworks/read",
        ),
    ),
)
