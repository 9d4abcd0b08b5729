"""Network security groups."""

from collections import defaultdict
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


def members(cards: list[dict[str, Any]] | None) -> Members:
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
    homes = {tr.said(card, "id").lower(): _home(card) for card in cards or ()}
    reading.take(KIND, found, lambda raw: firewall(raw, reading.place, inside, _networks(raw, homes)))


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
        ),
    ),
)
