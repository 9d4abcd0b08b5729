"""Buckets of Cloud Storage, and who may read them."""

import json
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Asking, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.kit.witness import either_way
from skywright.model.errors import SkywrightError
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Bucket

KIND = "storage.bucket"
DAY_S = 86_400
LEGACY = ("roles/storage.legacyBucketReader", "roles/storage.legacyBucketWriter", "roles/storage.legacyBucketOwner")
"""Roles by which an IAM policy shows what the bucket's ACL grants ("IAM roles for Cloud Storage", legacy roles)."""


def bucket(raw: dict[str, Any], place: Place, policy: Any, *, forbidden: bool) -> Bucket:
    """A Bucket with its IAM policy (None: not known). ``forbidden``: an organisation policy prevents public access."""
    enforced = forbidden or tr.text(raw, "iamConfiguration", "publicAccessPrevention") == "enforced"
    uniform = tr.flag(raw, "iamConfiguration", "uniformBucketLevelAccess", "enabled") or False
    rules = tr.items(raw, "lifecycle", "rule")
    key = tr.said(raw, "encryption", "defaultKmsKeyName")
    retained, soft = (
        tr.integer(raw, "retentionPolicy", "retentionPeriod"),
        tr.integer(raw, "softDeletePolicy", "retentionDurationSeconds"),
    )
    return Bucket(
        **names.row(KIND, raw, place),
        state="available",
        block_public_acls=enforced or uniform,
        ignore_public_acls=enforced or uniform,
        block_public_policy=enforced,
        restrict_public_buckets=enforced,
        public_policy=_public_policy(policy),
        public_acl=False if uniform else _public_acl(raw, policy),
        policy=None if policy is None else _document(policy),
        encryption="key" if key else "provider",
        key=place.key(key),
        versioning="on" if tr.flag(raw, "versioning", "enabled") else "off",
        access_logging=bool(tr.text(raw, "logging", "logBucket")),
        log_bucket=tr.said(raw, "logging", "logBucket"),
        lifecycle_rules=len(rules),
        incomplete_uploads_expire=any(tr.text(rule, "action", "type") == "AbortIncompleteMultipartUpload" for rule in rules),
        object_lock=(tr.flag(raw, "retentionPolicy", "isLocked") or False) or tr.text(raw, "objectRetention", "mode") == "Enabled",
        acls_disabled=uniform,
        storage_class=tr.said(raw, "storageClass").lower() or None,
        retention_days=(retained or 0) // DAY_S,
        soft_delete_days=(soft or 0) // DAY_S,
        public_network=tr.text(raw, "ipFilter", "mode") != "Enabled",
    )


def _public_policy(policy: Any) -> bool | None:
    """Does the policy, apart from what stands in it for the ACL, grant something to everyone."""
    if policy is None:
        return None
    return any(member in names.EVERYONE and role not in LEGACY for role, member, _ in names.members(policy))


def _public_acl(raw: Any, policy: Any) -> bool | None:
    """Does the ACL grant something to everyone: by its own word, or by the roles that stand for it in the policy."""
    listed = [*tr.items(raw, "acl"), *tr.items(raw, "defaultObjectAcl")]
    if listed:
        return any(tr.text(one, "entity") in names.EVERYONE for one in listed)
    return None if policy is None else names.open_to_all(policy, LEGACY)


def _document(policy: Any) -> str:
    """The policy as JSON, "" when it grants nothing."""
    bindings = tr.items(policy, "bindings")
    return json.dumps({"bindings": bindings}, sort_keys=True) if bindings else ""


def _links(row: Bucket) -> Links:
    yield Verb.ENCRYPTED_BY, row.key


def _policy(raw: dict[str, Any]) -> Asking:
    name = tr.said(raw, "name")
    return f"//storage.googleapis.com/{name}", "storage.buckets.getIamPolicy", {"bucket": name, "optionsRequestedPolicyVersion": 3}


def forbidden(reading: Reading) -> bool:
    """Does an organisation policy forbid public buckets. Where that cannot be read the bucket's own setting speaks for itself."""

    def ask() -> bool:
        name = f"projects/{reading.account}/policies/storage.publicAccessPrevention"
        with either_way(name):
            answer = reading.maybe("orgpolicy.projects.policies.getEffectivePolicy", name=name)
        return any(tr.flag(rule, "enforce") for rule in tr.items(answer, "spec", "rules"))

    try:
        return reading.shared("public access prevention", ask)
    except SkywrightError:
        return False


def _read(reading: Reading) -> None:
    found = reading.here(KIND, "storage.googleapis.com/Bucket")
    prevented = forbidden(reading) if found else False
    granted = reading.granted(KIND, found, _policy)
    others: dict[str, str] = {}
    if any(tr.text(raw, "logging", "logBucket") for raw in found):
        with reading.columns(KIND):
            others = reading.buckets()
    reading.take(
        KIND,
        granted,
        lambda one: bucket(one[0], reading.place, one[1], forbidden=prevented),
        lambda row: [*_links(row), (Verb.LOGS_TO, others.get(row.log_bucket or ""))],
    )


READERS = (
    Reader(
        name="buckets",
        service="storage",
        kinds=(KIND,),
        read=_read,
        permissions=("storage.buckets.list", "storage.buckets.getIamPolicy", "orgpolicy.policy.get"),
    ),
)
