"""A case for each action on buckets."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.gcp.write._cases import ASSETS, BLOCKS, BUCKET, KEY, case, change
from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place


def _bucket(before: Any, after: Any, done: Callable[[dict[str, Any]], bool]) -> Case:
    return change("storage.bucket", ASSETS, BUCKET, before, after, done)


@case("keep the public out of a bucket")
def _(place: Place) -> Case:
    place.edit(BUCKET, iamConfiguration={"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": False}})
    return _bucket(
        dict.fromkeys(BLOCKS, False),
        dict.fromkeys(BLOCKS, True),
        lambda raw: raw["iamConfiguration"]["publicAccessPrevention"] == "enforced",
    )


@case("keep older versions of objects")
def _(place: Place) -> Case:
    place.edit(BUCKET, versioning={"enabled": False})
    return _bucket({"versioning": "off"}, {"versioning": "on"}, lambda raw: raw["versioning"]["enabled"])


@case("rule a bucket by IAM alone (uniform access)")
def _(place: Place) -> Case:
    place.edit(BUCKET, iamConfiguration={"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": {"enabled": False}})
    return _bucket(
        {"acls_disabled": False},
        {"acls_disabled": True},
        lambda raw: (
            raw["iamConfiguration"] == {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": {"enabled": True}}
        ),
    )


@case("let unfinished uploads expire")
def _(place: Place) -> Case:
    rule = {"action": {"type": "Delete"}, "condition": {"age": 400}}
    place.edit(BUCKET, lifecycle={"rule": [rule]})
    return _bucket(
        {"incomplete_uploads_expire": False},
        {"incomplete_uploads_expire": True},
        lambda raw: [one["action"]["type"] for one in raw["lifecycle"]["rule"]] == ["Delete", "AbortIncompleteMultipartUpload"],
    )


@case("write an access log of a bucket")
def _(place: Place) -> Case:
    place.edit(BUCKET, logging=None)
    log = f"gcp:{PROJECT}:{REGION}:storage.bucket/{PROJECT}-{REGION}-access-log"
    return _bucket(
        {"access_logging": False, "log_bucket": ""},
        {"access_logging": True, "log_bucket": log},
        lambda raw: raw["logging"]["logBucket"] == f"{PROJECT}-{REGION}-access-log",
    )


@case("encrypt new objects with a key")
def _(place: Place) -> Case:
    place.edit(BUCKET, encryption=None)
    key = f"gcp:{PROJECT}:{REGION}:crypto.key/platform/data"
    return _bucket({"key": ""}, {"key": key}, lambda raw: raw["encryption"]["defaultKmsKeyName"] == f"{KEY}/data")


@case("keep objects for some days (retention)")
def _(_place: Place) -> Case:
    return _bucket(
        {"retention_days": 0}, {"retention_days": 30}, lambda raw: raw["retentionPolicy"]["retentionPeriod"] == "2592000"
    )


@case("keep deleted objects for some days")
def _(_place: Place) -> Case:
    def done(raw: dict[str, Any]) -> bool:
        return bool(raw["softDeletePolicy"]["retentionDurationSeconds"] == "1209600")

    return _bucket({"soft_delete_days": 7}, {"soft_delete_days": 14}, done)


@case("set the storage class of new objects")
def _(_place: Place) -> Case:
    return _bucket({"storage_class": "standard"}, {"storage_class": "nearline"}, lambda raw: raw["storageClass"] == "NEARLINE")
