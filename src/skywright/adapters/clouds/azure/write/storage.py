"""Storage accounts: who may read, how they must connect, what is kept of what was overwritten or deleted."""

from skywright.adapters.clouds.azure.write.base import (
    Body,
    Field,
    Options,
    Spec,
    Target,
    below,
    flag,
    properties,
    setting,
    value,
)
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known

ACCOUNTS = "Microsoft.Storage/storageAccounts"
SERVICES = f"{ACCOUNTS}/blobServices"
CONTAINERS = f"{SERVICES}/containers"
BUCKET = "storage.bucket"
NOTE = "skywrightwas"
"""The key of a container's metadata that says how public it was (metadata names are C# identifiers)."""

CLOSED = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets", "acls_disabled")
"""Azure has one switch where others have several."""


def _all_equal(before: Values, after: Values) -> bool:
    return known(before, after) and len({bool(wanted) for wanted in after.values()}) == 1


PUBLIC = setting(
    "forbid public containers in a storage account",
    BUCKET,
    (
        Spec(
            type=ACCOUNTS, fields=tuple(flag(one, "properties.allowBlobPublicAccess", absent=True, inverted=True) for one in CLOSED)
        ),
    ),
    "Azure Storage documentation: Remediate anonymous read access to blob data (Azure Resource Manager deployments)",
    options=Options(implied=("public_acl", "public_policy"), allowed=_all_equal),
)

TLS_ONLY = setting(
    "take requests over https alone",
    BUCKET,
    (Spec(type=ACCOUNTS, fields=(flag("tls_required", "properties.supportsHttpsTrafficOnly", absent=True),)),),
    "Azure Storage documentation: Require secure transfer to ensure secure connections",
)

TLS_MINIMUM = setting(
    "set the oldest TLS that a storage account speaks",
    BUCKET,
    (Spec(type=ACCOUNTS, fields=(value("tls_minimum", "properties.minimumTlsVersion", absent="TLS1_0"),)),),
    "Azure Storage documentation: Enforce a minimum required version of Transport Layer Security (TLS) for requests",
)

SHARED_KEY = setting(
    "refuse requests signed with a storage account's own keys",
    BUCKET,
    (Spec(type=ACCOUNTS, fields=(flag("shared_key_access", "properties.allowSharedKeyAccess", absent=True),)),),
    "Azure Storage documentation: Prevent Shared Key authorization for an Azure Storage account",
)


def _reachable(network: object) -> bool:
    return network is None or str(network).lower() == "enabled"


NETWORK = setting(
    "close a storage account's public endpoint",
    BUCKET,
    (
        Spec(
            type=ACCOUNTS,
            fields=(
                Field(
                    column="public_network",
                    place="properties.publicNetworkAccess",
                    shown=_reachable,
                    stored=lambda wanted: "Enabled" if wanted else "Disabled",
                ),
            ),
        ),
    ),
    "Azure Storage documentation: Configure Azure Storage firewalls and virtual networks",
)

VERSIONING = setting(
    "keep old versions of blobs",
    BUCKET,
    (
        Spec(
            type=SERVICES,
            fields=(
                Field(
                    column="versioning",
                    place="properties.isVersioningEnabled",
                    shown=lambda found: "on" if found is True else "off",
                    stored=lambda wanted: wanted == "on",
                ),
            ),
            where=below("/blobServices/default"),
            whole=True,
        ),
    ),
    "Azure Storage documentation: Enable and manage blob versioning",
)


def _days(policy: object) -> int:
    return int(policy.get("days") or 0) if isinstance(policy, dict) and policy.get("enabled") else 0


SOFT_DELETE = setting(
    "keep deleted blobs for some days",
    BUCKET,
    (
        Spec(
            type=SERVICES,
            fields=(
                Field(
                    column="soft_delete_days",
                    place="properties.deleteRetentionPolicy",
                    shown=_days,
                    stored=lambda days: {"enabled": True, "days": days} if days else {"enabled": False},
                ),
            ),
            where=below("/blobServices/default"),
            whole=True,
        ),
    ),
    "Azure Storage documentation: Enable soft delete for blobs",
    options=Options(allowed=lambda before, after: known(before, after) and 0 <= after["soft_delete_days"] <= 365),
)


def _containers(target: Target) -> list[Body]:
    return target.listed(f"{target.path}/blobServices/default/containers")


def _public(container: Body) -> str:
    found = str(properties(container).get("publicAccess") or "None")
    return "" if found.lower() == "none" else found


def _read_containers(target: Target) -> Values:
    return {"public_containers": sorted(str(one["name"]) for one in _containers(target) if _public(one))}


def _write_containers(target: Target, wanted: Values) -> None:
    """Each container that differs by itself; how public one was is written into its metadata at the same moment."""
    open_ = set(wanted["public_containers"])
    for container in _containers(target):
        name = str(container["name"])
        if (name in open_) == bool(_public(container)):
            continue
        where = f"/blobServices/default/containers/{name}"
        metadata = dict(properties(target.get(where)).get("metadata") or {})
        if name in open_:
            level = metadata.pop(NOTE, "Blob")
        else:
            metadata[NOTE], level = _public(container), "None"
        target.send("PATCH", where, {"properties": {"publicAccess": level, "metadata": metadata}})


def _fewer(before: Values, after: Values) -> bool:
    return known(before, after) and set(after["public_containers"]) < set(before["public_containers"])


PRIVATE = Setting(
    action=Action(
        name="make public containers private",
        kind=BUCKET,
        columns=("public_containers",),
        implied=("public_acl",),
        calls=(f"{CONTAINERS}/write", f"{CONTAINERS}/read"),
        document="Azure REST API reference: Blob Containers - Update",
    ),
    read=_read_containers,
    write=_write_containers,
    allowed=_fewer,
)

WAYS: tuple[Way, ...] = (PUBLIC, TLS_ONLY, TLS_MINIMUM, SHARED_KEY, NETWORK, VERSIONING, SOFT_DELETE, PRIVATE)
