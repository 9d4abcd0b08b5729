"""What many of Google's answers have in common: labels, times, states, principals."""

from collections.abc import Iterable
from typing import Any

from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.sources import location_of
from skywright.adapters.clouds.kit import translate as tr

EVERYONE = frozenset({"allUsers", "allAuthenticatedUsers"})
SECRET_FIELDS = ("assetName", "etag")


def row(kind: str, raw: dict[str, Any], place: Place, name: str | None = None) -> dict[str, Any]:
    """The columns that every row has, of a resource that names itself (``name``, plain or full) and says where it is."""
    called = name or tr.tail(tr.text(raw, "name"))
    if not called:
        raise ValueError(f"{kind} without a name")
    identifier = place.at(kind, location_of(raw), called)
    native_id = identifier.partition("/")[2]
    return {
        "id": identifier,
        "cloud": place.CLOUD,
        "account": place.account,
        "region": identifier.split(":", 3)[2],
        "native_id": native_id,
        "name": called.rpartition("/")[2],
        "tags": labels(raw),
        "created_at": created(raw),
        "native": tr.native(raw, *SECRET_FIELDS),
    }


def labels(raw: Any) -> dict[str, str] | None:
    """Labels. Google leaves the field out when there are none."""
    return tr.tags(tr.at(raw, "labels"))


def created(raw: Any) -> Any:
    """When it was made, under whichever name the service tells it."""
    for field in ("creationTimestamp", "createTime", "timeCreated", "creationTime"):
        found = tr.at(raw, field)
        if isinstance(found, str) and found.isdigit():
            return tr.utc(int(found) / 1000)  # BigQuery: milliseconds since 1970
        if found is not None:
            return tr.utc(found)
    return None


def word(raw: Any, states: dict[str, str], *path: str) -> str | None:
    """A state in neutral words; one that is not known here stays as Google spells it, in lower case with hyphens."""
    found = tr.text(raw, *path)
    return states.get(found, found.lower().replace("_", "-")) if found else None


def members(policy: Any) -> list[tuple[str, str, Any]]:
    """An IAM policy -> role, member and condition of each of its grants."""
    return [
        (tr.said(binding, "role"), member, tr.at(binding, "condition"))
        for binding in tr.items(policy, "bindings")
        for member in tr.texts(binding, "members") or []
    ]


def open_to_all(policy: Any, roles: Iterable[str] | None = None) -> bool:
    """Does a policy grant something (or one of ``roles``) to everyone."""
    wanted = None if roles is None else frozenset(roles)
    return any(member in EVERYONE and (wanted is None or role in wanted) for role, member, _ in members(policy))
