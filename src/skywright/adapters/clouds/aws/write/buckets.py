"""Buckets: public access, encryption, versioning, lifecycle, policy, access logs; and the account's own public access block."""

import json
from typing import Any

from skywright.adapters.clouds.aws.read.place import partition_of
from skywright.adapters.clouds.aws.write.base import Target, bucket_names, unless_absent
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, one_of, switched_on

BLOCKS = {
    "block_public_acls": "BlockPublicAcls",
    "ignore_public_acls": "IgnorePublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "restrict_public_buckets": "RestrictPublicBuckets",
}


def _read_block(target: Target) -> Values:
    answer = unless_absent(lambda: target.call("s3:GetPublicAccessBlock", Bucket=target.id))
    found = answer.get("PublicAccessBlockConfiguration", {})
    return {column: bool(found.get(field)) for column, field in BLOCKS.items()}


def _write_block(target: Target, wanted: Values) -> None:
    block = {field: wanted[column] for column, field in BLOCKS.items()}
    target.call("s3:PutPublicAccessBlock", Bucket=target.id, PublicAccessBlockConfiguration=block)


PUBLIC_ACCESS = Setting(
    action=Action(
        name="block public access to a bucket",
        kind="storage.bucket",
        columns=tuple(BLOCKS),
        calls=("s3:PutPublicAccessBlock", "s3:GetPublicAccessBlock"),
        own_permissions=("s3:PutBucketPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        document="Amazon S3 API Reference: PutPublicAccessBlock",
    ),
    read=_read_block,
    write=_write_block,
    allowed=one_of(True, False),
)


def _read_account_block(target: Target) -> Values:
    answer = unless_absent(lambda: target.call("s3control:GetPublicAccessBlock", AccountId=target.name.account))
    found = answer.get("PublicAccessBlockConfiguration", {})
    return {"public_buckets_blocked": all(found.get(field) for field in BLOCKS.values())}


def _write_account_block(target: Target, wanted: Values) -> None:
    block = dict.fromkeys(BLOCKS.values(), True)
    if wanted["public_buckets_blocked"]:
        target.call("s3control:PutPublicAccessBlock", AccountId=target.name.account, PublicAccessBlockConfiguration=block)
    else:
        target.call("s3control:DeletePublicAccessBlock", AccountId=target.name.account)


ACCOUNT_BLOCK = Setting(
    action=Action(
        name="block public access to every bucket of an account",
        kind="account.account",
        columns=("public_buckets_blocked",),
        calls=("s3control:PutPublicAccessBlock", "s3control:DeletePublicAccessBlock", "s3control:GetPublicAccessBlock"),
        own_permissions=("s3:PutAccountPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
        document="Amazon S3 API Reference: PutPublicAccessBlock (Amazon S3 Control)",
        note="undo removes the whole block, also where a part of it stood before",
    ),
    read=_read_account_block,
    write=_write_account_block,
    allowed=switched_on("public_buckets_blocked"),
)

ALGORITHM = {"provider": "AES256", "key": "aws:kms"}


def _read_encryption(target: Target) -> Values:
    answer = unless_absent(lambda: target.call("s3:GetBucketEncryption", Bucket=target.id))
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules") or ()
    for rule in rules:
        default = rule.get("ApplyServerSideEncryptionByDefault") or {}
        if algorithm := default.get("SSEAlgorithm"):
            return {"encryption": "provider" if algorithm == "AES256" else "key", "key": default.get("KMSMasterKeyID")}
    return {"encryption": "none", "key": None}


def _write_encryption(target: Target, wanted: Values) -> None:
    if wanted["encryption"] == "none":
        target.call("s3:DeleteBucketEncryption", Bucket=target.id)
        return
    default: dict[str, Any] = {"SSEAlgorithm": ALGORITHM[wanted["encryption"]]}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": wanted["encryption"] == "key"}
    target.call("s3:PutBucketEncryption", Bucket=target.id, ServerSideEncryptionConfiguration={"Rules": [rule]})


ENCRYPTION = Setting(
    action=Action(
        name="encrypt a bucket by default",
        kind="storage.bucket",
        columns=("encryption",),
        calls=("s3:PutBucketEncryption", "s3:DeleteBucketEncryption", "s3:GetBucketEncryption"),
        own_permissions=("s3:PutEncryptionConfiguration", "s3:GetEncryptionConfiguration"),
        document="Amazon S3 API Reference: PutBucketEncryption",
        note="objects written in between keep the encryption that they were written with",
    ),
    read=_read_encryption,
    write=_write_encryption,
    # from "key" the way back would have to name the key
    allowed=lambda before, after: before.get("encryption") in ("none", "provider") and after["encryption"] in ALGORITHM,
)

VERSIONING = {"on": "Enabled", "suspended": "Suspended"}


def _read_versioning(target: Target) -> Values:
    status = target.call("s3:GetBucketVersioning", Bucket=target.id).get("Status")
    return {"versioning": {"Enabled": "on", "Suspended": "suspended"}.get(status or "", "off")}


def _write_versioning(target: Target, wanted: Values) -> None:
    status = {"Status": VERSIONING[wanted["versioning"]]}
    target.call("s3:PutBucketVersioning", Bucket=target.id, VersioningConfiguration=status)


VERSIONED = Setting(
    action=Action(
        name="keep versions of a bucket's objects",
        kind="storage.bucket",
        columns=("versioning",),
        calls=("s3:PutBucketVersioning", "s3:GetBucketVersioning"),
        document="Amazon S3 API Reference: PutBucketVersioning",
        note="S3 knows no way back to a bucket that never had versions: off before is suspended after undo",
    ),
    read=_read_versioning,
    write=_write_versioning,
    allowed=lambda before, after: before.get("versioning") in ("off", "on", "suspended") and after["versioning"] in VERSIONING,
    undone=lambda before: {"versioning": "suspended" if before["versioning"] == "off" else before["versioning"]},
)

LIFECYCLE_RULE = "skywright-expire-incomplete-uploads"
INCOMPLETE_DAYS = 7
"""AWS's own advice for incomplete uploads (Security Hub control S3.13, AWS News Blog on S3 lifecycle management)."""


def _lifecycle(target: Target) -> dict[str, Any]:
    answer = unless_absent(lambda: target.call("s3:GetBucketLifecycleConfiguration", Bucket=target.id))
    return {key: answer[key] for key in ("Rules", "TransitionDefaultMinimumObjectSize") if key in answer}


def _read_lifecycle(target: Target) -> Values:
    rules = _lifecycle(target).get("Rules", ())
    expiring = (rule for rule in rules if rule.get("Status") == "Enabled" and rule.get("AbortIncompleteMultipartUpload"))
    return {"incomplete_uploads_expire": any(expiring)}


def _write_lifecycle(target: Target, wanted: Values) -> None:
    """Put replaces all rules of the bucket, so the others go along."""
    found = _lifecycle(target)
    rules = [rule for rule in found.pop("Rules", ()) if rule.get("ID") != LIFECYCLE_RULE]
    if wanted["incomplete_uploads_expire"]:
        rules.append(
            {
                "ID": LIFECYCLE_RULE,
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": INCOMPLETE_DAYS},
            }
        )
    if not rules:
        target.call("s3:DeleteBucketLifecycle", Bucket=target.id)
        return
    target.call("s3:PutBucketLifecycleConfiguration", Bucket=target.id, LifecycleConfiguration={"Rules": rules}, **found)


LIFECYCLE = Setting(
    action=Action(
        name="expire incomplete uploads of a bucket",
        kind="storage.bucket",
        columns=("incomplete_uploads_expire",),
        implied=("lifecycle_rules",),
        calls=("s3:PutBucketLifecycleConfiguration", "s3:DeleteBucketLifecycle", "s3:GetBucketLifecycleConfiguration"),
        own_permissions=("s3:PutLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
        document="Amazon S3 API Reference: PutBucketLifecycleConfiguration",
    ),
    read=_read_lifecycle,
    write=_write_lifecycle,
    allowed=switched_on("incomplete_uploads_expire"),
)


def _policy(target: Target) -> str:
    return str(unless_absent(lambda: target.call("s3:GetBucketPolicy", Bucket=target.id)).get("Policy", ""))


def _put_policy(target: Target, document: str) -> None:
    if document:
        target.call("s3:PutBucketPolicy", Bucket=target.id, Policy=document)
    else:
        target.call("s3:DeleteBucketPolicy", Bucket=target.id)


_POLICY_CALLS = ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicy")
POLICY = Setting(
    action=Action(
        name="replace a bucket's policy",
        kind="storage.bucket",
        columns=("policy",),
        implied=("public_policy", "tls_required"),
        calls=_POLICY_CALLS,
        document="Amazon S3 API Reference: PutBucketPolicy",
    ),
    read=lambda target: {"policy": _policy(target)},
    write=lambda target, wanted: _put_policy(target, wanted["policy"]),
)

TLS_SID = "SkywrightDenyInsecureTransport"


def _statements(target: Target) -> tuple[dict[str, Any], list[Any]]:
    document = json.loads(_policy(target) or '{"Version": "2012-10-17"}')
    found = document.pop("Statement", [])
    return document, found if isinstance(found, list) else [found]


def _read_tls(target: Target) -> Values:
    return {"tls_required": any(statement.get("Sid") == TLS_SID for statement in _statements(target)[1])}


def _write_tls(target: Target, wanted: Values) -> None:
    document, statements = _statements(target)
    statements = [statement for statement in statements if statement.get("Sid") != TLS_SID]
    if wanted["tls_required"]:
        arn = f"arn:{partition_of(target.name.region)}:s3:::{target.id}"
        statements.append(
            {
                "Sid": TLS_SID,
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        )
    _put_policy(target, json.dumps({**document, "Statement": statements}) if statements else "")


TLS = Setting(
    action=Action(
        name="refuse requests to a bucket without TLS",
        kind="storage.bucket",
        columns=("tls_required",),
        implied=("policy",),
        calls=_POLICY_CALLS,
        document="Amazon S3 User Guide: Security best practices for Amazon S3 (enforce encryption of data in transit)",
    ),
    read=_read_tls,
    write=_write_tls,
    allowed=switched_on("tls_required"),
)


def _read_logs(target: Target) -> Values:
    found = target.call("s3:GetBucketLogging", Bucket=target.id).get("LoggingEnabled") or {}
    return {"access_logging": bool(found), "log_bucket": found.get("TargetBucket")}


def _write_logs(target: Target, wanted: Values) -> None:
    status = {"LoggingEnabled": {"TargetBucket": wanted["log_bucket"], "TargetPrefix": f"{target.id}/"}}
    target.call("s3:PutBucketLogging", Bucket=target.id, BucketLoggingStatus=status if wanted["access_logging"] else {})


ACCESS_LOGS = Setting(
    action=Action(
        name="keep a bucket's access logs in another",
        kind="storage.bucket",
        columns=("access_logging", "log_bucket"),
        calls=("s3:PutBucketLogging", "s3:GetBucketLogging"),
        document="Amazon S3 API Reference: PutBucketLogging",
    ),
    read=_read_logs,
    write=_write_logs,
    allowed=switched_on("access_logging", "log_bucket"),
    spelled=bucket_names,
)

WAYS: tuple[Way, ...] = (PUBLIC_ACCESS, ACCOUNT_BLOCK, ENCRYPTION, VERSIONED, LIFECYCLE, POLICY, TLS, ACCESS_LOGS)
