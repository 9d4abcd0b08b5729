"""Buckets. One list call for all; per bucket one call for each setting that no list tells:

call                                  columns
get_public_access_block               block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets
get_bucket_policy                     policy, public_policy, tls_required
get_bucket_ownership_controls         acls_disabled
get_bucket_acl                        public_acl              not asked where ACLs are disabled
get_bucket_encryption                 encryption, key
get_bucket_versioning                 versioning, mfa_delete
get_bucket_logging                    access_logging, log_bucket
get_bucket_lifecycle_configuration    lifecycle_rules, incomplete_uploads_expire
get_object_lock_configuration         object_lock             not asked of a bucket without versions, which cannot have it
get_bucket_tagging                    tags                    asked by one list call a region, where that is allowed
"""

from typing import Any

import msgspec

from skywright.adapters.clouds.aws.faults import error_code
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.details import details
from skywright.adapters.clouds.aws.read.place import CLOUD, Place
from skywright.adapters.clouds.aws.read.s3_sizes import sizes
from skywright.adapters.clouds.aws.read.s3_translate import acls_disabled, bucket, bucket_arn, log_target, versioning
from skywright.adapters.clouds.aws.read.tagged import Tags, listed_tags
from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import text
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.estate import Verb
from skywright.model.kinds import resource_id
from skywright.model.kinds.storage import Bucket

KIND = Bucket.KIND
TAGGED_TYPE = "s3:bucket"
US_EAST_1 = "us-east-1"
PAGE = 1000
"""ListBuckets tells the buckets' regions only when it is asked for pages (S3 API reference, ListBuckets, BucketRegion)."""

ALWAYS = (
    "get_public_access_block",
    "get_bucket_policy",
    "get_bucket_ownership_controls",
    "get_bucket_encryption",
    "get_bucket_versioning",
    "get_bucket_logging",
    "get_bucket_lifecycle_configuration",
)
VERSIONED_ONLY = ("get_object_lock_configuration",)

Facts = dict[str, dict[str, Any] | None]


def read_buckets(reading: Reading) -> None:
    """Every bucket of the account, each in its own region."""
    listed = [raw for raw in _listed(reading) if reading.wants(raw["Name"])]
    regions = {raw["Name"]: region for raw, region in reading.each(KIND, listed, lambda raw: _region(reading, raw)) if region}
    if KIND in reading.partials:
        reading.gap(KIND, reading.partials[KIND])  # a bucket whose region is not known has no row
    size_gib = {name: size for region in sorted(set(regions.values())) for name, size in sizes(reading, region).items()}
    tags = {region: listed_tags(reading, (TAGGED_TYPE,), region) for region in set(regions.values())}

    def ask(raw: dict[str, Any]) -> Facts:
        region = regions[raw["Name"]]
        return _facts(reading, raw["Name"], region, tags[region])

    def row(one: tuple[dict[str, Any], Facts | None]) -> Bucket:
        raw, facts = one[0], one[1] or {}
        log_bucket = bucket_id(reading, log_target(facts), KIND)
        told = bucket(raw, facts, Place(reading.account, regions[raw["Name"]]), log_bucket)
        kept = msgspec.structs.replace(told, size_gib=size_gib.get(told.native_id))
        reading.relate(kept.id, Verb.ENCRYPTED_BY, kept.key)
        reading.relate(kept.id, Verb.LOGS_TO, log_bucket)
        return kept

    reading.take(KIND, details(reading, KIND, (raw for raw in listed if raw["Name"] in regions), ask), row)


def bucket_id(reading: Reading, name: str | None, kind: str) -> str | None:
    """The id of a bucket of this account by its name; None for another account's. For rows of ``kind`` that speak of a bucket:
    they are partial where the bucket cannot be found out."""
    if not name:
        return None
    with reading.columns(kind):
        for raw in _listed(reading):
            if raw["Name"] == name and (region := _region(reading, raw)):
                return resource_id(CLOUD, reading.account, region, KIND, name)
    return None


def _listed(reading: Reading) -> list[dict[str, Any]]:
    """The account's buckets; S3 lists all of them in every region."""

    def ask() -> list[dict[str, Any]]:
        return [raw for raw in reading.pages("list_buckets", "Buckets", service="s3", MaxBuckets=PAGE) if "Name" in raw]

    return reading.shared("s3 buckets", ask)


def _region(reading: Reading, raw: dict[str, Any]) -> str | None:
    """Where a bucket is; None when it is gone. The oldest region is told as nothing, and Ireland by a name from long ago."""
    if region := text(raw, "BucketRegion"):
        return region

    def ask() -> str | None:
        answer = reading.maybe("get_bucket_location", service="s3", Bucket=raw["Name"])
        if answer is None:
            return None
        region = text(answer, "LocationConstraint")
        return {None: US_EAST_1, "EU": "eu-west-1"}.get(region, region)

    return reading.shared(f"s3 region {raw['Name']}", ask)


def _facts(reading: Reading, name: str, region: str, tags: dict[str, Tags] | None) -> Facts:
    """The answers about one bucket by call. Raises NotThere when it has gone meanwhile."""

    def ask(call: str) -> dict[str, Any] | None:
        try:
            return reading.call(call, region=region, Bucket=name)
        except NotThere as absent:
            if error_code(absent) == "NoSuchBucket":
                raise
            return {}
        except SkywrightError as error:
            reading.partial(KIND, error)
            return None

    facts: Facts = {call: ask(call) for call in ALWAYS}
    unversioned = facts["get_bucket_versioning"] is not None and versioning(facts["get_bucket_versioning"]) != "on"
    without_acls = acls_disabled(facts["get_bucket_ownership_controls"] or {})
    facts |= {call: {} if unversioned else ask(call) for call in VERSIONED_ONLY}
    facts["get_bucket_acl"] = {} if without_acls else ask("get_bucket_acl")
    listed = None if tags is None else tags.get(bucket_arn(name, region), {})
    facts["get_bucket_tagging"] = ask("get_bucket_tagging") if listed is None else {"TagSet": listed}
    return facts


PERMISSIONS = (
    "s3:ListAllMyBuckets",
    "s3:GetBucketLocation",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketPolicy",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketAcl",
    "s3:GetEncryptionConfiguration",
    "s3:GetBucketVersioning",
    "s3:GetBucketLogging",
    "s3:GetLifecycleConfiguration",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketTagging",
    "tag:GetResources",
    "cloudwatch:ListMetrics",
    "cloudwatch:GetMetricData",
)

READERS: tuple[Reader, ...] = (
    Reader(name="buckets", service="s3", kinds=(KIND,), read=read_buckets, permissions=PERMISSIONS, is_global=True),
)
