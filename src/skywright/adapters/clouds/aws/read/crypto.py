"""Keys, secrets, certificates.

calls                                  for
list_aliases, list_keys                keys; those that AWS manages for a service are known by their aliases alone
describe_key, get_key_policy           each of the customer's keys
get_key_rotation_status                each of the customer's keys that KMS can rotate
list_secrets                           secrets
list_certificates                      certificates
describe_certificate                   transparency_logging of each certificate that ACM issued
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.policy import grants_everyone
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.details import details
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.aws.read.tagged import Tags, tags_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Certificate, Key, Secret

KEY, SECRET, CERTIFICATE = Key.KIND, Secret.KIND, Certificate.KIND
PROVIDERS_ALIAS = "alias/aws/"
KEY_TYPES = (
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
)
"""ListCertificates leaves out all but RSA_2048 (and RSA_1024) unless the others are named (ACM API reference, Filters)."""

Raw = dict[str, Any]


class KeyFacts(msgspec.Struct, frozen=True):
    """What is asked of one key; None: not known, or not asked."""

    described: Raw | None = None
    rotation: bool | None = None
    policy: str | None = None
    tags: Tags | None = None


def key(native_id: str, facts: KeyFacts, aliases: list[str] | None, place: Place) -> Key:
    """One key -> its row. Of keys that AWS manages for a service no more is asked: they are rotated by AWS every year."""
    raw = facts.described or {}
    providers = any(alias.startswith(PROVIDERS_ALIAS) for alias in aliases or ())
    manager = {"CUSTOMER": "customer", "AWS": "provider"}.get(tr.said(raw, "KeyManager"))
    return Key(
        **place.common(KEY, native_id),
        name=aliases[0].removeprefix("alias/") if aliases else None,
        state=kebab(tr.text(raw, "KeyState")),
        tags=facts.tags,
        created_at=tr.moment(raw, "CreationDate"),
        manager="provider" if providers else manager,
        usage=tr.text(raw, "KeyUsage"),
        spec=tr.text(raw, "KeySpec") or tr.text(raw, "CustomerMasterKeySpec"),
        rotation=True if providers else facts.rotation,
        deletion_at=tr.moment(raw, "DeletionDate"),
        public=None if facts.policy is None else grants_everyone(facts.policy),
        aliases=aliases,
        multi_region=tr.flag(raw, "MultiRegion"),
        native=tr.native(raw) | ({"Policy": facts.policy} if facts.policy else {}),
    )


def kebab(word: str | None) -> str | None:
    """``PendingDeletion`` -> ``pending-deletion``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", word).lower() if word else None


def can_rotate(described: Mapping[str, Any]) -> bool:
    """Only symmetric keys whose material KMS made are rotated by it (KMS developer guide, "Rotate AWS KMS keys")."""
    spec = tr.text(described, "KeySpec") or tr.text(described, "CustomerMasterKeySpec")
    return spec == "SYMMETRIC_DEFAULT" and tr.text(described, "Origin") in ("AWS_KMS", None)


def secret(raw: Raw, place: Place) -> Secret:
    """One of ListSecrets. ``rotation`` is left out of the answer until it is first switched on."""
    return Secret(
        **place.common(SECRET, raw["Name"]),
        name=raw["Name"],
        tags=tr.tags(raw.get("Tags")),
        created_at=tr.moment(raw, "CreatedDate"),
        rotation=tr.flag(raw, "RotationEnabled") if "RotationEnabled" in raw else False,
        rotated_at=tr.moment(raw, "LastRotatedDate"),
        last_used_at=tr.moment(raw, "LastAccessedDate"),
        changed_at=tr.moment(raw, "LastChangedDate"),
        key=place.key(tr.text(raw, "KmsKeyId")) if "KmsKeyId" in raw else "",
        native=tr.native(raw, "SecretVersionsToStages", "LastAccessedDate"),
    )


def certificate(raw: Raw, described: Raw | None, tags: Tags | None, place: Place) -> Certificate:
    """One of ListCertificates, with DescribeCertificate where ACM issued it."""
    logging = tr.text(described, "Certificate", "Options", "CertificateTransparencyLoggingPreference")
    return Certificate(
        **place.common(CERTIFICATE, tr.tail(raw["CertificateArn"]) or ""),
        name=tr.text(raw, "DomainName"),
        state=(tr.text(raw, "Status") or "").lower().replace("_", "-") or None,
        tags=tags,
        created_at=tr.moment(raw, "CreatedAt") or tr.moment(raw, "ImportedAt"),
        domain=tr.text(raw, "DomainName"),
        expires_at=tr.moment(raw, "NotAfter"),
        imported=tr.text(raw, "Type") == "IMPORTED" if tr.text(raw, "Type") else None,
        key_algorithm=tr.text(raw, "KeyAlgorithm"),
        in_use=tr.flag(raw, "InUse"),
        transparency_logging={"ENABLED": True, "DISABLED": False}.get(logging or ""),
        renewal_eligible={"ELIGIBLE": True, "INELIGIBLE": False}.get(tr.said(raw, "RenewalEligibility")),
        native=tr.native(raw),
    )


def _read_keys(reading: Reading) -> None:
    aliases = _aliases(reading)
    known = aliases or {}

    def ask(native_id: str) -> KeyFacts:
        if any(alias.startswith(PROVIDERS_ALIAS) for alias in known.get(native_id, ())):
            return KeyFacts()
        return _facts(reading, native_id)

    def row(one: tuple[str, KeyFacts | None]) -> Key:
        native_id, facts = one
        return key(native_id, facts or KeyFacts(), None if aliases is None else sorted(aliases.get(native_id, ())), reading.place)

    listed = sorted(reading.only) if reading.only is not None else [raw["KeyId"] for raw in reading.pages("list_keys", "Keys")]
    reading.take(KEY, details(reading, KEY, listed, ask), row)


def _aliases(reading: Reading) -> dict[str, list[str]] | None:
    """Key -> its aliases; None: not known."""
    with reading.columns(KEY):
        found: dict[str, list[str]] = defaultdict(list)
        for raw in reading.pages("list_aliases", "Aliases"):
            found[tr.said(raw, "TargetKeyId")].append(tr.said(raw, "AliasName"))
        return found
    return None


def _facts(reading: Reading, native_id: str) -> KeyFacts:
    rotation: bool | None = None
    policy: str | None = None
    described = tr.at(reading.call("describe_key", KeyId=native_id), "KeyMetadata")
    if tr.text(described, "KeyManager") == "AWS":
        return KeyFacts(described, rotation=True)
    with reading.columns(KEY):
        rotation = _rotation(reading, native_id, described or {})
    with reading.columns(KEY):
        policy = tr.text(reading.call("get_key_policy", KeyId=native_id, PolicyName="default"), "Policy")
    tags = tags_of(reading, KEY, tr.said(described, "Arn"), lambda: _own_tags(reading, native_id))
    return KeyFacts(described, rotation, policy, tags)


def _rotation(reading: Reading, native_id: str, described: Raw) -> bool | None:
    """A key that cannot be rotated is not."""
    if not can_rotate(described):
        return False
    return tr.flag(reading.call("get_key_rotation_status", KeyId=native_id), "KeyRotationEnabled")


def _own_tags(reading: Reading, native_id: str) -> Tags | None:
    return tr.tags(list(reading.pages("list_resource_tags", "Tags", KeyId=native_id)), "TagKey", "TagValue")


def _read_secrets(reading: Reading) -> None:
    listed = (raw for raw in reading.pages("list_secrets", "SecretList", MaxResults=100) if reading.wants(tr.said(raw, "Name")))

    def links(row: Secret) -> Links:
        yield Verb.ENCRYPTED_BY, row.key

    reading.take(SECRET, listed, lambda raw: secret(raw, reading.place), links)


def _read_certificates(reading: Reading) -> None:
    listed = reading.pages("list_certificates", "CertificateSummaryList", Includes={"keyTypes": list(KEY_TYPES)}, MaxItems=1000)
    wanted = [raw for raw in listed if reading.wants(tr.tail(tr.text(raw, "CertificateArn")) or "")]

    def ask(raw: Raw) -> tuple[Raw | None, Tags | None]:
        arn = raw["CertificateArn"]
        tags = tags_of(reading, CERTIFICATE, arn, lambda: _certificate_tags(reading, arn))
        described = reading.call("describe_certificate", CertificateArn=arn) if tr.text(raw, "Type") == "AMAZON_ISSUED" else None
        return described, tags

    found = details(reading, CERTIFICATE, wanted, ask)
    reading.take(CERTIFICATE, found, lambda one: certificate(one[0], *(one[1] or (None, None)), reading.place))


def _certificate_tags(reading: Reading, arn: str) -> Tags | None:
    return tr.tags(reading.call("list_tags_for_certificate", CertificateArn=arn).get("Tags"))


READERS: tuple[Reader, ...] = (
    Reader(
        name="keys",
        service="kms",
        kinds=(KEY,),
        read=_read_keys,
        permissions=(
            "kms:ListKeys",
            "kms:ListAliases",
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus",
            "kms:ListResourceTags",
            "tag:GetResources",
        ),
    ),
    Reader(
        name="secrets",
        service="secretsmanager",
        kinds=(SECRET,),
        read=_read_secrets,
        permissions=("secretsmanager:ListSecrets",),
    ),
    Reader(
        name="certificates",
        service="acm",
        kinds=(CERTIFICATE,),
        read=_read_certificates,
        permissions=("acm:ListCertificates", "acm:DescribeCertificate", "acm:ListTagsForCertificate", "tag:GetResources"),
    ),
)
