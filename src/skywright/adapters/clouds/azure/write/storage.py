"""Storage accounts: who may read, how they must connect, what is kept of what was overwritten or deleted."""

from typing import Any

from skywright.adapters.clouds.azure.write.base import (
    Body,
    Field,
    Options,
    Spec,
    Target,
    below,
    flag,
    properties,
    reachable,
    setting,
    value,
)
from skywright.adapters.clouds.kit.actions import Action, Values, Way, known, planned
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

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


NETWORK = setting(
    "close a storage account's public endpoint",
    BUCKET,
    (Spec(type=ACCOUNTS, fields=(reachable("public_network"),)),),
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


def _public(container: Body) -> str:
    """None, or how public it is: Blob (who knows a name may read), Container (names may be listed too)."""
    found = str(properties(container).get("publicAccess") or "None")
    return "" if found.lower() == "none" else found


class Close:
    """Make one container private; undo gives it back how public it was, which is written into its metadata in the same call."""

    name = f"{CONTAINERS}/write"
    reversibility = Reversibility.FULL

    def __init__(self, target: Target, container: str) -> None:
        self._target = target
        self._where = f"/blobServices/default/containers/{container}"
        self.text = t("Make the container {container} of {target} private.", container=container, target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Nothing to do where it is private."""
        with planned(self._target):
            if level := _public(self._target.get(self._where)):
                self._set("None", {**self._metadata(), NOTE: level})
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Without a note it was never closed by us."""
        with planned(self._target):
            metadata = self._metadata()
            if level := metadata.pop(NOTE, ""):
                self._set(level, metadata)

    def _metadata(self) -> dict[str, str]:
        return dict(properties(self._target.get(self._where)).get("metadata") or {})

    def _set(self, level: str, metadata: dict[str, str]) -> None:
        self._target.send("PATCH", self._where, {"properties": {"publicAccess": level, "metadata": metadata}})
        wanted = "" if level == "None" else level
        self._target.until(
            t("as wanted"), lambda: True if _public(self._target.get(self._where)).lower() == wanted.lower() else None
        )


class Private:
    """The way from some public containers to fewer."""

    action = Action(
        name="make public containers private",
        kind=BUCKET,
        columns=("public_containers",),
        implied=("public_acl",),
        calls=(f"{CONTAINERS}/write", f"{CONTAINERS}/read"),
        document="Azure REST API reference: Blob Containers - Update",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """None becomes public that was private."""
        return after is not None and known(before, after) and set(after["public_containers"]) < set(before["public_containers"])

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """Each as public as it was."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One a container."""
        gone = sorted(set(before["public_containers"]) - set((after or {})["public_containers"]))
        return tuple(Close(target, name) for name in gone)


WAYS: tuple[Way, ...] = (PUBLIC, TLS_ONLY, TLS_MINIMUM, SHARED_KEY, NETWORK, VERSIONING, SOFT_DELETE, Private())
