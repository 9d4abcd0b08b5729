"""How OpenStack's things are named."""

from typing import Any

from skywright.adapters.clouds.kit import place
from skywright.adapters.clouds.kit import translate as tr

CLOUD = "openstack"
COMPUTE, NETWORK, IMAGE, VOLUME, OBJECT, BALANCER, IDENTITY, METRIC = (
    "compute",
    "network",
    "image",
    "block-storage",
    "object-store",
    "load-balancer",
    "identity",
    "metric",
)
"""Service types, as openstacksdk names them."""


class Place(place.Place, frozen=True):
    """A project and a region."""

    CLOUD = CLOUD
    PROVIDER = "OpenStack"


CHANGING = ("revision_number", "updated_at")
"""Fields that every change of a thing of the network moves, also one that is taken back."""


def words(listed: Any) -> dict[str, str] | None:
    """OpenStack's tags are words: ``env=prod`` -> env: prod; a word without ``=`` (or whose key stands twice) is a key with an
    empty value. ``worded`` is the way back, exactly. No list: None."""
    if not isinstance(listed, list):
        return None
    texts = sorted({word for word in listed if isinstance(word, str)})
    keys = [word.partition("=")[0] for word in texts]
    found: dict[str, str] = {}
    for word in texts:
        key, _, value = word.partition("=")
        plain = not key or not value or keys.count(key) > 1
        found[word if plain else key] = "" if plain else value
    return found


def worded(tags: dict[str, str]) -> list[str]:
    """Tags -> OpenStack's words."""
    return sorted(f"{key}={value}" if value else key for key, value in tags.items())


def name_of(raw: dict[str, Any]) -> str | None:
    """The name that people gave; "" is none, and then nothing is shown."""
    return tr.text(raw, "name")
