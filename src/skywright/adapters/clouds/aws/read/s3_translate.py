"""What S3 answers about one bucket -> one row. Pure: the only place that spells ``BlockPublicAcls``.

``Facts`` holds the answer of each call by its name. An empty answer means that S3 has no such setting for the bucket (a fact); a
call that is missing or None could not be made, and its columns are NULL.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from skywright.adapters.clouds.aws.policy import grants_everyone, tls_required
from skywright.adapters.clouds.aws.read.place import Place, partition_of
from skywright.adapters.clouds.kit.translate import at, flag, items, moment, native, text
from skywright.adapters.clouds.kit.translate import tags as tags_of
from skywright.model.kinds.storage import Bucket

Facts = Mapping[str, dict[str, Any] | None]
Value = TypeVar("Value")

EVERYONE = frozenset(
    {
        "http://acs.amazonaws.com/groups/global/AllUsers",
        "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    }
)
"""Grantees of an ACL that mean everyone: with or without any AWS account (S3 user guide, "Access control list overview")."""


def bucket(raw: dict[str, Any], facts: Facts, place: Place, log_bucket: str | None = None) -> Bucket:
    """One bucket of ListBuckets with its facts -> its row. ``place`` has the bucket's own region; ``log_bucket`` is the id of the
    bucket that its access logs go to, where that is the account's own (else its plain name is kept)."""
    name = raw["Name"]
    document = _told(facts, "get_bucket_policy", lambda answer: text(answer, "Policy") or "")
    return Bucket(
        **place.common(Bucket.KIND, name),
        **_access_block(facts.get("get_public_access_block")),
        **_policy(document, bucket_arn(name, place.region)),
        **_encryption(facts.get("get_bucket_encryption"), place),
        **_lifecycle(facts.get("get_bucket_lifecycle_configuration")),
        name=name,
        created_at=moment(raw, "CreationDate"),
        tags=_told(facts, "get_bucket_tagging", lambda answer: tags_of(answer.get("TagSet"))),
        public_acl=_told(facts, "get_bucket_acl", public_acl),
        acls_disabled=_told(facts, "get_bucket_ownership_controls", acls_disabled),
        versioning=_told(facts, "get_bucket_versioning", versioning),
        mfa_delete=_told(facts, "get_bucket_versioning", lambda answer: text(answer, "MFADelete") == "Enabled"),
        access_logging=_told(facts, "get_bucket_logging", lambda answer: "LoggingEnabled" in answer),
        log_bucket=log_bucket or log_target(facts),
        object_lock=_told(facts, "get_object_lock_configuration", object_lock),
        native=native(raw) | {"details": {call: native(answer) for call, answer in facts.items() if answer}},
    )


def bucket_arn(name: str, region: str) -> str:
    """The ARN of a bucket."""
    return f"arn:{partition_of(region)}:s3:::{name}"


def log_target(facts: Facts) -> str | None:
    """The name of the bucket that access logs go to."""
    return text(facts.get("get_bucket_logging"), "LoggingEnabled", "TargetBucket")


def _told(facts: Facts, call: str, read: Callable[[dict[str, Any]], Value]) -> Value | None:
    answer = facts.get(call)
    return None if answer is None else read(answer)


def _access_block(answer: dict[str, Any] | None) -> dict[str, Any]:
    fields = {
        "block_public_acls": "BlockPublicAcls",
        "ignore_public_acls": "IgnorePublicAcls",
        "block_public_policy": "BlockPublicPolicy",
        "restrict_public_buckets": "RestrictPublicBuckets",
    }
    if answer is None:
        return {}
    if not answer:
        return dict.fromkeys(fields, False)
    return {column: flag(answer, "PublicAccessBlockConfiguration", field) for column, field in fields.items()}


def _policy(document: str | None, arn: str) -> dict[str, Any]:
    if document is None:
        return {}
    if not document:
        return {"policy": "", "public_policy": False, "tls_required": False}
    return {"policy": document, "public_policy": grants_everyone(document), "tls_required": tls_required(document, arn)}


def _encryption(answer: dict[str, Any] | None, place: Place) -> dict[str, Any]:
    """``provider``: with keys that S3 manages; ``key``: with a key in KMS, the account's own when ``key`` is set."""
    if answer is None:
        return {}
    if not answer:
        return {"encryption": "none"}
    rules = items(answer, "ServerSideEncryptionConfiguration", "Rules")
    default = at(rules[0], "ApplyServerSideEncryptionByDefault") if rules else None
    kinds = {"AES256": "provider", "aws:kms": "key", "aws:kms:dsse": "key"}
    return {
        "encryption": kinds.get(text(default, "SSEAlgorithm") or ""),
        "key": place.key(text(default, "KMSMasterKeyID")),
    }


def versioning(answer: dict[str, Any]) -> str | None:
    """on, suspended, or off (a bucket that never had versions has no status)."""
    if "Status" not in answer:
        return "off"
    return {"Enabled": "on", "Suspended": "suspended"}.get(answer["Status"])


def acls_disabled(answer: dict[str, Any]) -> bool:
    """Does the bucket's owner own every object, so that ACLs are out of force. Without a setting they are in force."""
    rules = items(answer, "OwnershipControls", "Rules")
    return any(text(rule, "ObjectOwnership") == "BucketOwnerEnforced" for rule in rules)


def public_acl(answer: dict[str, Any]) -> bool | None:
    """Does the ACL grant anything to everyone. An answer without a list of grants is not understood."""
    if answer and not isinstance(answer.get("Grants"), list):
        return None
    return any(text(grant, "Grantee", "URI") in EVERYONE for grant in items(answer, "Grants"))


def _lifecycle(answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        return {}
    if answer and not isinstance(answer.get("Rules"), list):
        return {}
    enabled = [rule for rule in items(answer, "Rules") if text(rule, "Status") == "Enabled"]
    expires = any(at(rule, "AbortIncompleteMultipartUpload", "DaysAfterInitiation") is not None for rule in enabled)
    return {"lifecycle_rules": len(enabled), "incomplete_uploads_expire": expires}


def object_lock(answer: dict[str, Any]) -> bool:
    """Are objects protected from deletion for a time."""
    return text(answer, "ObjectLockConfiguration", "ObjectLockEnabled") == "Enabled"
