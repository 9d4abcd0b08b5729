"""Tags, through the one API that all resources share: nothing else of the resource is sent."""

from collections.abc import Sequence

from skywright.adapters.clouds.azure.ids import TYPES
from skywright.adapters.clouds.azure.write.base import Target
from skywright.adapters.clouds.kit.actions import Way
from skywright.adapters.clouds.kit.retag import Retag, Tagging, Tags

TAGS = "/providers/Microsoft.Resources/tags/default"
UNTAGGED = (
    "network.subnet",
    "network.peering",
    "network.targets",
    "messaging.queue",
    "messaging.topic",
    "messaging.stream",
    "crypto.key",
    "crypto.secret",
    "storage.filesystem",
    "audit.trail",
    "identity.binding",
    "identity.policy",
    "finance.budget",
)
"""Kinds whose resources are parts of others, or extensions, and have no tags of their own."""
RESERVED = ("hidden-", "microsoft.", "ms-resource-usage")
"""Beginnings of tags that Azure itself sets and reads."""


def tags_at(target: Target) -> Tags:
    """The tags of a resource."""
    found = target.get(TAGS).get("properties") or {}
    return {str(name): str(text or "") for name, text in (found.get("tags") or {}).items()}


def write_tags(target: Target, operation: str, tags: Tags) -> None:
    """Merge these into the tags that are there, or delete these from them."""
    target.send("PATCH", TAGS, {"operation": operation, "properties": {"tags": tags}})


def _remove(target: Target, names: Sequence[str]) -> None:
    there = tags_at(target)
    write_tags(target, "Delete", {name: there[name] for name in names if name in there})


TAGGING = Tagging(
    kinds=tuple(dict.fromkeys(one.kind for one in TYPES if one.kind not in UNTAGGED)),
    calls=("Microsoft.Resources/tags/write", "Microsoft.Resources/tags/read"),
    document="Azure REST API reference: Tags - Update At Scope",
    read=tags_at,
    put=lambda target, tags: write_tags(target, "Merge", tags),
    remove=_remove,
)

WAYS: tuple[Way, ...] = tuple(Retag(TAGGING, kind, RESERVED) for kind in TAGGING.kinds)
