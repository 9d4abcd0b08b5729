"""A case for each action on buckets and file systems."""

import json
from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World
from tests.adapters.clouds.aws.write._parts import FIRST_TAGS, _tag_map, listed, tag_case

NAME = "ledger-files"


def bucket(world: World) -> Any:
    s3 = world.aws("s3")
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def bucket_case(before: dict[str, Any], after: dict[str, Any], see: Callable[[], dict[str, Any]], **more: Any) -> Case:
    return Case(kind="storage.bucket", native_id=NAME, before=before, after=after, see=see, **more)


BLOCK_COLUMNS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
BLOCK_FIELDS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def public_access(world: World) -> Case:
    s3 = bucket(world)
    s3.put_public_access_block(
        Bucket=NAME, PublicAccessBlockConfiguration=dict(zip(BLOCK_FIELDS, (True, False, False, False), strict=True))
    )

    def see() -> dict[str, Any]:
        found = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
        return dict(zip(BLOCK_COLUMNS, (found[field] for field in BLOCK_FIELDS), strict=True))

    return bucket_case(dict.fromkeys(BLOCK_COLUMNS[1:], False), dict.fromkeys(BLOCK_COLUMNS[1:], True), see)


def public_access_unset(world: World) -> Case:
    s3 = bucket(world)

    def see() -> dict[str, Any]:
        try:
            found = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
        except s3.exceptions.ClientError:
            found = dict.fromkeys(BLOCK_FIELDS, False)
        return dict(zip(BLOCK_COLUMNS, (found[field] for field in BLOCK_FIELDS), strict=True))

    return bucket_case(dict.fromkeys(BLOCK_COLUMNS, False), dict.fromkeys(BLOCK_COLUMNS, True), see)


def account_block(world: World) -> Case:
    control = world.aws("s3control")

    def see() -> dict[str, Any]:
        try:
            found = control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
        except control.exceptions.ClientError:
            found = {}
        return {"public_buckets_blocked": all(found.get(field) for field in BLOCK_FIELDS)}

    return Case(
        kind="account.account",
        native_id=ACCOUNT,
        region="global",
        before={"public_buckets_blocked": False},
        after={"public_buckets_blocked": True},
        see=see,
    )


def encryption(world: World) -> Case:
    s3 = bucket(world)

    def see() -> dict[str, Any]:
        try:
            rules = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
        except s3.exceptions.ClientError:
            return {"encryption": "none"}
        algorithm = rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        return {"encryption": {"AES256": "provider", "aws:kms": "key"}[algorithm]}

    before = see()
    return bucket_case(before, {"encryption": "key"}, see)


def versioning(world: World) -> Case:
    s3 = bucket(world)
    words = {None: "off", "Enabled": "on", "Suspended": "suspended"}
    see = lambda: {"versioning": words[s3.get_bucket_versioning(Bucket=NAME).get("Status")]}  # noqa: E731
    return bucket_case({"versioning": "off"}, {"versioning": "on"}, see, undone={"versioning": "suspended"})


def versioning_suspended(world: World) -> Case:
    case = versioning(world)
    world.aws("s3").put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Suspended"})
    case.before, case.undone = {"versioning": "suspended"}, {}
    return case


def _lifecycle_rules(s3: Any) -> list[dict[str, Any]]:
    try:
        return list(s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"])
    except s3.exceptions.ClientError:
        return []


def lifecycle(world: World) -> Case:
    s3 = bucket(world)
    old = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}}
    s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [old]})

    def see() -> dict[str, Any]:
        rules = _lifecycle_rules(s3)
        days = [rule["AbortIncompleteMultipartUpload"] for rule in rules if "AbortIncompleteMultipartUpload" in rule]
        return {"incomplete": days, "others": [rule["ID"] for rule in rules if "Expiration" in rule]}

    before, after = {"incomplete_uploads_expire": False}, {"incomplete_uploads_expire": True, "lifecycle_rules": 2}
    return bucket_case(before, after, see, wanted={"incomplete": [{"DaysAfterInitiation": 7}], "others": ["old"]})


def lifecycle_first(world: World) -> Case:
    s3 = bucket(world)
    see = lambda: {"rules": [rule["AbortIncompleteMultipartUpload"] for rule in _lifecycle_rules(s3)]}  # noqa: E731
    before, after = {"incomplete_uploads_expire": False}, {"incomplete_uploads_expire": True}
    return bucket_case(before, after, see, wanted={"rules": [{"DaysAfterInitiation": 7}]})


PUBLIC = {"Sid": "Everyone", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{NAME}/*"}
PRIVATE = {**PUBLIC, "Sid": "Us", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _sids(s3: Any) -> dict[str, Any]:
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])
    except s3.exceptions.ClientError:
        return {"sids": []}
    return {"sids": [statement["Sid"] for statement in policy["Statement"]]}


def policy(world: World) -> Case:
    s3 = bucket(world)
    s3.put_bucket_policy(Bucket=NAME, Policy=_document(PUBLIC, PRIVATE))
    spaced = json.dumps(json.loads(_document(PUBLIC, PRIVATE)), indent=4)  # the same document, laid out otherwise
    return bucket_case({"policy": spaced}, {"policy": _document(PRIVATE)}, lambda: _sids(s3), wanted={"sids": ["Us"]})


def policy_gone(world: World) -> Case:
    s3 = bucket(world)
    s3.put_bucket_policy(Bucket=NAME, Policy=_document(PUBLIC))
    return bucket_case({"policy": _document(PUBLIC)}, {"policy": ""}, lambda: _sids(s3), wanted={"sids": []})


def tls(world: World) -> Case:
    s3 = bucket(world)
    s3.put_bucket_policy(Bucket=NAME, Policy=_document(PRIVATE))
    wanted = {"sids": ["Us", "SkywrightDenyInsecureTransport"]}
    return bucket_case({"tls_required": False}, {"tls_required": True}, lambda: _sids(s3), wanted=wanted)


def tls_first(world: World) -> Case:
    s3 = bucket(world)
    wanted = {"sids": ["SkywrightDenyInsecureTransport"]}
    return bucket_case({"tls_required": False}, {"tls_required": True}, lambda: _sids(s3), wanted=wanted)


def bucket_logs(world: World) -> Case:
    s3 = bucket(world)
    s3.create_bucket(Bucket="access-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(
        Bucket="access-logs",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "logging.s3.amazonaws.com"},
                        "Action": "s3:PutObject",
                        "Resource": "arn:aws:s3:::access-logs/*",
                    }
                ],
            }
        ),
    )
    see = lambda: {"to": s3.get_bucket_logging(Bucket=NAME).get("LoggingEnabled", {}).get("TargetBucket")}  # noqa: E731
    before = {"access_logging": False, "log_bucket": None}
    after = {"access_logging": True, "log_bucket": f"aws:{ACCOUNT}:{REGION}:storage.bucket/access-logs"}
    return bucket_case(before, after, see, wanted={"to": "access-logs"})


def bucket_tags(world: World) -> Case:
    s3 = bucket(world)
    s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": listed(FIRST_TAGS)})
    return tag_case("storage.bucket", NAME, lambda: _tag_map(s3.get_bucket_tagging(Bucket=NAME)["TagSet"]))


def file_system(world: World) -> str:
    return world.aws("efs").create_file_system(CreationToken="files", Tags=listed(FIRST_TAGS))["FileSystemId"]


def file_backup(world: World) -> Case:
    native_id = file_system(world)
    before, after = {"backup": False}, {"backup": True}
    see = lambda: {"backup": world.stand_ins.backup == "ENABLED"}  # noqa: E731
    return Case(kind="storage.filesystem", native_id=native_id, before=before, after=after, see=see)


def file_tags(world: World) -> Case:
    native_id = file_system(world)
    efs = world.aws("efs")
    see = lambda: _tag_map(efs.list_tags_for_resource(ResourceId=native_id)["Tags"])  # noqa: E731
    return tag_case("storage.filesystem", native_id, see)


CASES: dict[str, Callable[[World], Case]] = {
    "block public access to a bucket": public_access,
    "block public access to every bucket of an account": account_block,
    "encrypt a bucket by default": encryption,
    "keep versions of a bucket's objects": versioning,
    "expire incomplete uploads of a bucket": lifecycle,
    "replace a bucket's policy": policy,
    "refuse requests to a bucket without TLS": tls,
    "keep a bucket's access logs in another": bucket_logs,
    "change the tags of storage.bucket": bucket_tags,
    "back up a file system": file_backup,
    "change the tags of storage.filesystem": file_tags,
}


VARIANTS: dict[str, Callable[[World], Case]] = {
    "block public access to a bucket that has no block": public_access_unset,
    "keep versions of a bucket that was suspended": versioning_suspended,
    "expire incomplete uploads of a bucket without rules": lifecycle_first,
    "remove a bucket's policy": policy_gone,
    "refuse requests without TLS to a bucket without a policy": tls_first,
}
