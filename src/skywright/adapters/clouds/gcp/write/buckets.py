"""Buckets of Cloud Storage. Every change carries the metageneration that it was made on."""

from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.gcp.read.buckets import DAY_S, bucket
from skywright.adapters.clouds.gcp.write.base import Raw, Target, action, picked
from skywright.adapters.clouds.kit.actions import Setting, Values, Way, known, one_of, switched_on
from skywright.model.kinds import parse_id

KIND = "storage.bucket"
CALLS = ("storage.buckets.patch", "storage.buckets.get")
ASSET = "storage.googleapis.com/Bucket"
UPLOADS = {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}
"""Our rule for uploads that were never finished, recognised when it is taken back."""

BLOCKS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")

Body = Callable[[Raw, Values], Raw]


def look(target: Target) -> Raw:
    """The bucket as Google tells it. Raises NotThere."""
    return target.look(ASSET)


def _reading(*columns: str) -> Callable[[Target], Values]:
    return lambda target: picked(bucket(look(target), target.place, None, forbidden=False), *columns)


def _writing(body: Body) -> Callable[[Target, Values], None]:
    """Patch what ``body(now, wanted)`` says, on the metageneration that was looked at."""

    def write(target: Target, wanted: Values) -> None:
        def change() -> None:
            now = look(target)
            params: Raw = {"bucket": target.own_name, "ifMetagenerationMatch": now.get("metageneration")}
            target.call("storage.buckets.patch", body=body(now, wanted), **params)

        target.renewed(change)

    return write


def _way(name: str, columns: tuple[str, ...], body: Body, document: str, **more: Any) -> Setting:
    allowed = more.pop("allowed", known)
    implied, note = more.pop("implied", ()), more.pop("note", "")
    line = action(name, KIND, columns, *CALLS, document=f"Cloud Storage: {document}", implied=implied, note=note)
    return Setting(action=line, read=_reading(*columns), write=_writing(body), allowed=allowed, **more)


def _prevention(_now: Raw, wanted: Values) -> Raw:
    return {"iamConfiguration": {"publicAccessPrevention": "enforced" if wanted["restrict_public_buckets"] else "inherited"}}


def _all_or_nothing(before: Values, after: Values) -> bool:
    """All four are what one switch of Google Cloud does; with uniform access two of them are on anyway."""
    whole = {**{name: before.get(name) for name in BLOCKS}, **after}
    return known(before, after) and all(whole[name] is True for name in BLOCKS if name in whole and whole[name] is not None)


def _read_blocks(target: Target) -> Values:
    return picked(bucket(look(target), target.place, None, forbidden=False), *BLOCKS)


PREVENTION = Setting(
    action=action(
        "keep the public out of a bucket",
        KIND,
        BLOCKS,
        *CALLS,
        document="Cloud Storage: Public access prevention",
    ),
    read=_read_blocks,
    write=_writing(_prevention),
    allowed=_all_or_nothing,
)


def _uploads(now: Raw, wanted: Values) -> Raw:
    rules = list((now.get("lifecycle") or {}).get("rule") or ())
    if wanted["incomplete_uploads_expire"]:
        return {"lifecycle": {"rule": [*rules, UPLOADS]}}
    rest = [rule for rule in rules if rule != UPLOADS]
    return {"lifecycle": {"rule": rest} if rest else None}


def _log(_now: Raw, wanted: Values) -> Raw:
    named = wanted["log_bucket"] or ""
    name = parse_id(named).native_id if named.startswith("gcp:") else named
    return {"logging": {"logBucket": name} if wanted["access_logging"] and name else None}


def _spelled(values: Values) -> Values:
    """The log bucket as Google names it."""
    named = values.get("log_bucket")
    return {**values, "log_bucket": parse_id(named).native_id} if named and str(named).startswith("gcp:") else values


def _key(_now: Raw, wanted: Values) -> Raw:
    return {"encryption": {"defaultKmsKeyName": key_name(wanted["key"])} if wanted["key"] else None}


def key_name(identifier: str) -> str:
    """The id of a key -> its name in Cloud KMS."""
    name = parse_id(identifier)
    ring, _, key = name.native_id.rpartition("/")
    location, _, ring = ring.rpartition("/")
    return f"projects/{name.account}/locations/{location or name.region}/keyRings/{ring}/cryptoKeys/{key}"


def _retention(_now: Raw, wanted: Values) -> Raw:
    days = wanted["retention_days"]
    return {"retentionPolicy": {"retentionPeriod": str(days * DAY_S)} if days else None}


def _soft_delete(_now: Raw, wanted: Values) -> Raw:
    return {"softDeletePolicy": {"retentionDurationSeconds": str(wanted["soft_delete_days"] * DAY_S)}}


WAYS: tuple[Way, ...] = (
    PREVENTION,
    _way(
        "keep older versions of objects",
        ("versioning",),
        lambda _now, wanted: {"versioning": {"enabled": wanted["versioning"] == "on"}},
        "Use Object Versioning",
        allowed=one_of("on", "off"),
        note="versions that were kept meanwhile stay",
    ),
    _way(
        "rule a bucket by IAM alone (uniform access)",
        ("acls_disabled",),
        lambda _now, wanted: {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": wanted["acls_disabled"]}}},
        "Use uniform bucket-level access",
        implied=("block_public_acls", "ignore_public_acls", "public_acl"),
        note="after 90 days uniform access can no longer be switched off",
    ),
    _way(
        "let unfinished uploads expire",
        ("incomplete_uploads_expire",),
        _uploads,
        "Object Lifecycle Management",
        implied=("lifecycle_rules",),
        allowed=switched_on("incomplete_uploads_expire"),
    ),
    _way(
        "write an access log of a bucket", ("access_logging", "log_bucket"), _log, "Usage logs and storage logs", spelled=_spelled
    ),
    _way("encrypt new objects with a key", ("key",), _key, "Use customer-managed encryption keys", implied=("encryption",)),
    _way("keep objects for some days (retention)", ("retention_days",), _retention, "Use and lock retention policies"),
    _way("keep deleted objects for some days", ("soft_delete_days",), _soft_delete, "Use soft delete"),
    _way(
        "set the storage class of new objects",
        ("storage_class",),
        lambda _now, wanted: {"storageClass": wanted["storage_class"].upper()},
        "Change the default storage class of a bucket",
    ),
)
