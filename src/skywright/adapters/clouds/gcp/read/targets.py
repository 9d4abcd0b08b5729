"""Which firewall rules apply to which instances: by network, and by tags or service accounts where a rule names some.

Looked up from indexes: an estate has thousands of both, and the product of the two is too many to look at.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr

FIREWALL = "network.firewall"

Sign = tuple[str, str, str]
"""A network, and what is looked for in it: a tag, a service account, or everything."""


def network_key(link: Any) -> str:
    """A link without host and version, so that two spellings of it are the same."""
    if not isinstance(link, str):
        return ""
    _, found, path = link.partition("projects/")
    return found + path


def aims(rule: Any) -> list[Sign]:
    """What a Firewall applies to ("VPC firewall rules", targets): the cards of its network, of all instances, or of those that have
    one of its target tags or service accounts."""
    network = network_key(tr.at(rule, "network"))
    tags = [(network, "tag", tag) for tag in tr.texts(rule, "targetTags") or ()]
    accounts = [(network, "account", account) for account in tr.texts(rule, "targetServiceAccounts") or ()]
    return [*tags, *accounts] or [(network, "all", "")]


def bears(instance: Any, card: Any) -> Iterator[Sign]:
    """By what a card of an Instance is found."""
    network = network_key(tr.at(card, "network"))
    yield network, "all", ""
    for tag in tr.texts(instance, "tags", "items") or ():
        yield network, "tag", tag
    for account in tr.items(instance, "serviceAccounts"):
        yield network, "account", tr.said(account, "email")


class Rules:
    """Firewall rules by what they apply to."""

    def __init__(self, raws: Iterable[Any], place: Place) -> None:
        self._ids: dict[Sign, list[str]] = defaultdict(list)
        for raw in raws:
            if identifier := place.link(FIREWALL, tr.text(raw, "selfLink")):
                for sign in aims(raw):
                    self._ids[sign].append(identifier)

    def carried(self, instance: Any, cards: Sequence[Any]) -> list[str]:
        """Ids of the rules that apply to some cards of an Instance, in order."""
        return sorted({found for card in cards for sign in bears(instance, card) for found in self._ids.get(sign, ())})


class Carriers:
    """Network cards by what rules find them by: of each, the id of its instance and its number there."""

    def __init__(self, instances: Iterable[Any], place: Place) -> None:
        self._cards: dict[Sign, list[tuple[str, int]]] = defaultdict(list)
        for raw in instances:
            identifier = place.link("compute.instance", tr.text(raw, "selfLink")) or ""
            for number, card in enumerate(tr.items(raw, "networkInterfaces")):
                for sign in bears(raw, card):
                    self._cards[sign].append((identifier, number))

    def of(self, rule: Any) -> set[tuple[str, int]]:
        """The cards that a Firewall applies to."""
        return {card for sign in aims(rule) for card in self._cards.get(sign, ())}
