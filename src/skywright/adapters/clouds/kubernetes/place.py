"""Where a Kubernetes answer speaks of: a cluster (the account). What belongs to a cluster belongs to no region."""

from typing import Any

from skywright.adapters.clouds.kit import place

CLOUD = "kubernetes"


class Place(place.Place, frozen=True):
    """A cluster. Its nodes may stand in several regions (``container.node.zone`` and tags tell), so that ids say ``global``."""

    CLOUD = CLOUD
    PROVIDER = "Kubernetes"


def spaced(raw: Any) -> str:
    """``namespace/name`` of an object, or its name alone where it belongs to the whole cluster. Raises KeyError without a name."""
    metadata = raw["metadata"]
    namespace = metadata.get("namespace") or ""
    name = metadata["name"]
    return f"{namespace}/{name}" if namespace else str(name)


def namespace_of(raw: Any) -> str:
    """The namespace of an object, "" for the whole cluster."""
    return str(raw["metadata"].get("namespace") or "")
