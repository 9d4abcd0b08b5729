"""Storage accounts.

An account is the row of kind ``storage.bucket``, not each of its containers: public access, TLS, keys, versioning, logging and tags
are set on the account, and one setting is one finding and one change. ``containers`` names what is in it, ``public_containers``
those whose own setting lets anyone read.
"""

from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, categories, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Bucket, FileSystem

BUCKET, FILES = "storage.bucket", "storage.filesystem"
ACCOUNTS = "Microsoft.Storage/storageAccounts"
LOGGED = frozenset({"StorageRead", "StorageWrite", "StorageDelete", "allLogs", "audit"})
BLOBLESS = ("filestorage",)


class Details(dict[str, Any]):
    """What the account's own answers besides tell: service, containers, lifecycle, logs. A missing key could not be read."""


def account(raw: dict[str, Any], place: Place, beside: Details) -> Bucket:
    """A storage account. Anonymous reading needs both the account's consent and a container that is set so.
    https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-configure"""
    own = props(raw)
    closed = not (tr.flag(own, "allowBlobPublicAccess") is not False)
    service = beside.get("service")
    key_source = tr.said(own, "encryption", "keySource").lower()
    public = _public_containers(beside)
    network = tr.said(own, "publicNetworkAccess").lower()
    return Bucket(
        **place.head(BUCKET, raw),
        state="available" if tr.said(own, "provisioningState").lower() == "succeeded" else tr.text(own, "provisioningState"),
        created_at=tr.moment(own, "creationTime"),
        block_public_acls=closed,
        ignore_public_acls=closed,
        block_public_policy=closed,
        restrict_public_buckets=closed,
        public_policy=False,
        public_acl=False if closed else None if public is None else bool(public),
        policy="",
        tls_required=tr.flag(own, "supportsHttpsTrafficOnly"),
        encryption="key" if key_source == "microsoft.keyvault" else "provider",
        key=tr.said(own, "encryption", "keyvaultproperties", "currentVersionedKeyIdentifier"),
        versioning=None if service is None else "on" if tr.flag(service, "properties", "isVersioningEnabled") else "off",
        access_logging=_logging(beside),
        log_bucket=_log_bucket(beside),
        lifecycle_rules=beside.get("rules"),
        incomplete_uploads_expire=True,  # uncommitted blocks go after a week: Put Block, REST API reference of Blob Storage
        object_lock=tr.flag(own, "immutableStorageWithVersioning", "enabled") or False,
        acls_disabled=closed,
        storage_class=tr.text(own, "accessTier"),
        soft_delete_days=_soft_delete(service),
        tls_minimum=tr.said(own, "minimumTlsVersion") or "TLS1_0",
        shared_key_access=tr.flag(own, "allowSharedKeyAccess") is not False,
        public_network=network != "disabled" and tr.said(own, "networkAcls", "defaultAction").lower() != "deny",
        containers=_names(beside),
        public_containers=public,
    )


def _names(beside: Details) -> list[str] | None:
    listed = beside.get("containers")
    return None if listed is None else tr.sorted_texts(tr.text(one, "name") for one in listed)


def _public_containers(beside: Details) -> list[str] | None:
    listed = beside.get("containers")
    if listed is None:
        return None
    open_ = [one for one in listed if tr.said(one, "properties", "publicAccess").lower() in ("blob", "container")]
    return tr.sorted_texts(tr.text(one, "name") for one in open_)


def _soft_delete(service: Any) -> int | None:
    if service is None:
        return None
    policy = tr.at(service, "properties", "deleteRetentionPolicy")
    return tr.integer(policy, "days") if tr.flag(policy, "enabled") else 0


def _logging(beside: Details) -> bool | None:
    found = categories(beside.get("logs"))
    return None if found is None else not LOGGED.isdisjoint(found)


def _log_bucket(beside: Details) -> str | None:
    logs = beside.get("logs")
    if logs is None:
        return None
    return next((path.rpartition("/")[2] for one in logs if (path := tr.said(one, "properties", "storageAccountId"))), "")


def share(raw: dict[str, Any], place: Place, owner: dict[str, Any]) -> FileSystem:
    """A file share of an account. All accounts are encrypted at rest."""
    own = props(raw)
    return FileSystem(
        **{**place.head(FILES, raw), "tags": tr.tags(owner.get("tags"))},
        state="available",
        encrypted=True,
        key=tr.said(owner, "properties", "encryption", "keyvaultproperties", "currentVersionedKeyIdentifier"),
        size_gib=tr.number(own, "shareQuota"),
        throughput_mode=tr.text(own, "accessTier"),
    )


def share_links(row: FileSystem) -> Links:
    """A share is in its account."""
    account_id, _, _ = row.id.replace(f":{FILES}/", f":{BUCKET}/").rpartition("/")
    yield Verb.IN, account_id


def _beside(reading: Reading, raw: dict[str, Any]) -> Details:
    """Four questions an account; each that fails leaves its own columns unknown."""
    path = raw["id"]
    blob = f"{path}/blobServices/default"
    if tr.said(raw, "kind").lower() in BLOBLESS:
        return Details(service={}, containers=[], rules=0, logs=[])
    return Details(
        reading.answers(
            BUCKET,
            {
                "service": lambda: reading.get(blob),
                "containers": lambda: list(reading.pages(f"{blob}/containers")),
                "rules": lambda: _rules(reading, path),
                "logs": lambda: reading.logged(blob),
            },
        )
    )


def _rules(reading: Reading, path: str) -> int:
    """Rules of the lifecycle that are switched on. Without a policy Azure answers 404."""
    said = reading.maybe(f"{path}/managementPolicies/default")
    listed = tr.items(said, "properties", "policy", "rules")
    return sum(tr.flag(one, "enabled") is not False for one in listed)


def _read(reading: Reading) -> None:
    found = reading.of_type(BUCKET, ACCOUNTS)
    details = {raw["id"]: said or Details() for raw, said in reading.each(BUCKET, found, lambda raw: _beside(reading, raw))}
    reading.take(BUCKET, found, lambda raw: account(raw, reading.place, details[raw["id"]]))


def _read_shares(reading: Reading) -> None:
    owners = reading.facts(ACCOUNTS, FILES)
    if owners is None:
        reading.gap(FILES, reading.partials[FILES])
        return
    holding = [raw for raw in owners if tr.said(raw, "kind").lower() in ("storagev2", "storage", "filestorage")]
    asked = reading.each(FILES, holding, lambda raw: reading.inside(f"{raw['id']}/fileServices/default/shares"), needed=True)
    for owner, shares in asked:
        reading.take(FILES, shares or [], lambda raw, of=owner: share(raw, reading.place, of), share_links)  # type: ignore[misc]  # mypy cannot infer a lambda's default


READERS = (
    Reader(
        name="storage",
        service="storage",
        kinds=(BUCKET,),
        read=_read,
        permissions=(
            f"{ACCOUNTS}/read",
            f"{ACCOUNTS}/blobServices/read",
            f"{ACCOUNTS}/blobServices/containers/read",
            f"{ACCOUNTS}/managementPolicies/read",
            "Microsoft.Insights/diagnosticSettings/read",
        ),
    ),
    Reader(
        name="file-shares",
        service="storage",
        kinds=(FILES,),
        read=_read_shares,
        permissions=(f"{ACCOUNTS}/read", f"{ACCOUNTS}/fileServices/shares/read"),
    ),
)
