"""Which firewall rules apply to which instances: by network, and by tags or service accounts where a rule names some."""

from collections.abc import Iterable, Iterator
from typing import Any

from skywright.adapters.clouds.kit import translate as tr


def network_key(link: Any) -> str:
    """A link without host and version, so that two spellings of it are the same."""
    if not isinstance(link, str):
        return ""
    _, found, path = link.partition("projects/")
    return found + path


def applies(rule: Any, instance: Any) -> bool:
    """Does a Firewall apply to a card of an Instance ("VPC firewall rules", targets): it is of the card's network, and either names
    no target, or a tag or a service account that the instance has."""
    networks = {network_key(tr.at(card, "network")) for card in tr.items(instance, "networkInterfaces")}
    if network_key(tr.at(rule, "network")) not in networks:
        return False
    tags, accounts = tr.texts(rule, "targetTags"), tr.texts(rule, "targetServiceAccounts")
    if not tags and not accounts:
        return True
    own = {tr.said(account, "email") for account in tr.items(instance, "serviceAccounts")}
    return not set(tags or ()).isdisjoint(tr.texts(instance, "tags", "items") or ()) or not set(accounts or ()).isdisjoint(own)


def applying(rules: Iterable[Any], instance: Any) -> Iterator[Any]:
    """Those of ``rules`` that apply to an instance."""
    return (rule for rule in rules if applies(rule, instance))
