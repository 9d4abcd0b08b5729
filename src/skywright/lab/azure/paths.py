"""What a URL's path names: a resource, a collection of resources, or one inside another's scope. ARM ids know no case."""

import msgspec

SUBSCRIPTION = "microsoft.resources/subscriptions"
GROUP = "microsoft.resources/resourcegroups"
PROVIDERS = "/providers/"


class Path(msgspec.Struct, frozen=True):
    """``key`` is the path in lower case, ``type`` the (lower-case) resource type that it speaks of, ``name`` empty for a
    collection. ``scope`` is the key of what the last ``/providers/`` stands in, "" for the tenant."""

    raw: str
    key: str
    type: str
    name: str
    scope: str

    @property
    def subscription(self) -> str:
        """The subscription's key, or ""."""
        return subscription_of(self.key)

    @property
    def group(self) -> str:
        """The resource group's key, or ""."""
        return group_of(self.key)

    @property
    def parent(self) -> str:
        """The key of what it is a part of (``servers/s`` for ``servers/s/databases/d``), or ""."""
        head, found, tail = self.key.rpartition(PROVIDERS)
        parts = tail.split("/")
        if not found or len(parts) <= 3:
            return ""
        kept = parts[: -2 if self.name else -1]
        return f"{head}{PROVIDERS}{'/'.join(kept)}"


def parsed(path: str) -> Path:
    """A URL's path, taken apart."""
    raw = "/" + path.strip("/")
    key = raw.lower()
    head, found, tail = key.rpartition(PROVIDERS)
    if found:
        space, *parts = tail.split("/")
        kind = "/".join([space, *parts[0::2]])
        named = len(parts) % 2 == 0
        return Path(raw, key, kind, raw.rsplit("/", 1)[1] if named else "", head)
    parts = key.strip("/").split("/")
    name = raw.rsplit("/", 1)[1] if len(parts) % 2 == 0 else ""
    if len(parts) <= 2:
        plain = SUBSCRIPTION if parts[0] == "subscriptions" else f"microsoft.resources/{parts[0]}"
        return Path(raw, key, plain, name, "")
    last = parts[2]
    kind = {"locations": "microsoft.resources/subscriptions/locations"}.get(last, f"microsoft.resources/{last}")
    return Path(raw, key, kind, name, "/" + "/".join(parts[:2]))


def subscription_of(key: str) -> str:
    """The key of the subscription that a key stands in, or ""."""
    parts = key.split("/")
    return "/".join(parts[:3]) if len(parts) >= 3 and parts[1] == "subscriptions" else ""


def group_of(key: str) -> str:
    """The key of the resource group that a key stands in, or ""."""
    parts = key.split("/")
    return "/".join(parts[:5]) if len(parts) >= 5 and parts[3] == "resourcegroups" else ""
