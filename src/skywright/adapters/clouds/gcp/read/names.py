"""What many of Google's answers have in common: labels, times, states, principals."""

from collections.abc import Iterable
from typing import Any

from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.sources import location_of
from skywright.adapters.clouds.kit import translate as tr

HOLDERS = "folders"
"""The reader of folders and organisations: it reads them alone, and nobody else reads them."""

EVERYONE = frozenset({"allUsers", "allAuthenticatedUsers"})
DROPPED = ("assetName", "etag")
ENVIRONMENTS = {"environmentVariables", "buildEnvironmentVariables", "userEnvironmentVariables"}
SECRETS = {
    "rootPassword",
    "password",
    "rawKey",
    "rsaEncryptedKey",
    "clientKey",
    "privateKey",
    "privateKeyData",
    "authString",
    "sharedSecret",
}
HIDDEN = "(hidden)"
SHOWN_METADATA = {"created-by", "enable-oslogin", "serial-port-enable", "block-project-ssh-keys", "instance-template"}


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
        "native": scrubbed(tr.native(raw, *DROPPED)),
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


def full_name(service: str, raw: Any) -> str:
    """The full resource name ("Asset names" of Cloud Asset Inventory): ``//pubsub.googleapis.com/projects/p/topics/t``."""
    if known := tr.text(raw, "assetName"):
        return known
    own = tr.said(raw, "selfLink").partition("/compute/v1/")[2] if service == "compute" else tr.said(raw, "name")
    return f"//{service}.googleapis.com/{own}"


def seconds(raw: Any, *path: str) -> int | None:
    """A protobuf duration (``3600s``)."""
    found = tr.text(raw, *path)
    try:
        return int(float(found[:-1])) if found and found.endswith("s") else None
    except ValueError:
        return None


def scrubbed(raw: Any, key: str = "") -> Any:
    """An answer without what may be secret: values of environments and of metadata (start-up scripts), passwords, private keys."""
    if isinstance(raw, dict):
        if key in ENVIRONMENTS:
            return dict.fromkeys(raw, HIDDEN)
        if "value" in raw and _secretive(raw, key):
            return {**raw, "value": HIDDEN}
        return {name: HIDDEN if name in SECRETS else scrubbed(value, name) for name, value in raw.items()}
    if isinstance(raw, list):
        inner = "metadata items" if key == "items" else key
        return [scrubbed(one, inner) for one in raw]
    return raw


def _secretive(raw: dict[str, Any], key: str) -> bool:
    """One entry of a container's environment (name, value), or of an instance's metadata (key, value)."""
    return (key == "env" and "name" in raw) or (key == "metadata items" and raw.get("key") not in SHOWN_METADATA)
