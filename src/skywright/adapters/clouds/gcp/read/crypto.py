"""Key rings, keys, secrets, certificates."""

from collections import Counter
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Asking, Listing, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.sources import located
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Certificate, Key, Secret, Vault

VAULT, KEY, SECRET, CERTIFICATE = "crypto.vault", "crypto.key", "crypto.secret", "crypto.certificate"
RING_ASSET, KEY_ASSET = "cloudkms.googleapis.com/KeyRing", "cloudkms.googleapis.com/CryptoKey"
KEY_STATES = {
    "ENABLED": "enabled",
    "DISABLED": "disabled",
    "DESTROY_SCHEDULED": "pending-deletion",
    "DESTROYED": "deleted",
    "PENDING_GENERATION": "creating",
}
CERTIFICATE_STATES = {"ACTIVE": "issued", "PROVISIONING": "pending", "PROVISIONING_FAILED": "failed", "FAILED": "failed"}
SYMMETRIC = "GOOGLE_SYMMETRIC_ENCRYPTION"
GETTER = "cloudkms.projects.locations.keyRings"


def vault(raw: dict[str, Any], place: Place, policy: Any, keys: int | None) -> Vault:
    """A KeyRing with its IAM policy (None: not known). Neither it nor its keys can be deleted, and versions only after a wait."""
    return Vault(
        **{**names.row(VAULT, raw, place), "tags": {}},
        state="active",
        soft_delete=True,
        purge_protected=True,
        public=None if policy is None else names.open_to_all(policy),
        rbac=True,
        logging=None,
        keys=keys,
    )


def key(raw: dict[str, Any], place: Place, policy: Any) -> Key:
    """A CryptoKey with its IAM policy (None: not known): ``RING/KEY``."""
    parts = raw["name"].split("/")
    algorithm = tr.text(raw, "versionTemplate", "algorithm") or tr.text(raw, "primary", "algorithm")
    return Key(
        **names.row(KEY, raw, place, f"{parts[-3]}/{parts[-1]}"),
        state=names.word(raw, KEY_STATES, "primary", "state") or "enabled",
        manager="customer",
        usage=tr.said(raw, "purpose").lower().replace("_", "-") or None,
        spec="SYMMETRIC_DEFAULT" if algorithm == SYMMETRIC else algorithm,
        rotation=bool(tr.text(raw, "rotationPeriod")),
        deletion_at=tr.moment(raw, "primary", "destroyTime"),
        public=None if policy is None else names.open_to_all(policy),
        aliases=[],
        multi_region="/" in place.at(KEY, parts[3], "x").partition("/")[2],
    )


def secret(raw: dict[str, Any], place: Place) -> Secret:
    """A Secret of the Secret Manager: what is told of it, never a version's payload."""
    managed = tr.at(raw, "replication", "automatic", "customerManagedEncryption")
    replicas = tr.items(raw, "replication", "userManaged", "replicas")
    keys = [tr.text(managed, "kmsKeyName"), *(tr.text(one, "customerManagedEncryption", "kmsKeyName") for one in replicas)]
    return Secret(
        **names.row(SECRET, raw, place),
        state="active",
        rotation=bool(tr.text(raw, "rotation", "rotationPeriod") or tr.text(raw, "rotation", "nextRotationTime")),
        key=place.key(next((one for one in keys if one), "")),
    )


def certificate(raw: dict[str, Any], place: Place) -> Certificate:
    """An SslCertificate of Compute Engine."""
    managed = tr.at(raw, "managed")
    domains = [*(tr.texts(managed, "domains") or ()), *(tr.texts(raw, "subjectAlternativeNames") or ())]
    return Certificate(
        **{**names.row(CERTIFICATE, raw, place), "tags": {}},
        state=names.word(managed, CERTIFICATE_STATES, "status") or "issued",
        domain=next(iter(domains), None),
        expires_at=tr.moment(raw, "expireTime"),
        imported=managed is None,
        transparency_logging=None if managed is None else True,
        renewal_eligible=managed is not None,
    )


def managed_certificate(raw: dict[str, Any], place: Place) -> Certificate:
    """A Certificate of the Certificate Manager: ``certificates/NAME``."""
    managed = tr.at(raw, "managed")
    return Certificate(
        **names.row(CERTIFICATE, raw, place, f"certificates/{tr.tail(tr.text(raw, 'name'))}"),
        state=names.word(managed, CERTIFICATE_STATES, "state") or "issued",
        domain=next(iter(tr.texts(raw, "sanDnsnames") or tr.texts(managed, "domains") or ()), None),
        expires_at=tr.moment(raw, "expireTime"),
        imported=managed is None,
        transparency_logging=None if managed is None else True,
        renewal_eligible=managed is not None,
        in_use=bool(tr.items(raw, "usedBy")) if "usedBy" in raw else None,
    )


def _policy(raw: dict[str, Any], collection: str) -> Asking:
    return names.full_name("cloudkms", raw), f"{GETTER}{collection}.getIamPolicy", {"resource": tr.said(raw, "name")}


def _ring_name(reading: Reading, native_id: str) -> str:
    location, name = located(reading.region, native_id)
    return f"projects/{reading.account}/locations/{location}/keyRings/{name}"


def _keys_of(ring: str) -> Listing:
    return f"{GETTER}.cryptoKeys.list", "cryptoKeys", {"parent": ring, "pageSize": 500}


def _rings(reading: Reading, kind: str) -> list[str]:
    """Full names of the key rings in question."""
    if reading.only is not None:
        return [_ring_name(reading, native_id) for native_id in reading.parents()]
    return [tr.said(raw, "name") for raw in reading.here(kind, RING_ASSET)]


def _read_vaults(reading: Reading) -> None:
    found = reading.here(VAULT, RING_ASSET)
    keys: Counter[str] | None = None
    if found:
        with reading.columns(VAULT):
            held = reading.below(VAULT, KEY_ASSET, lambda: [tr.said(raw, "name") for raw in found], _keys_of)
            keys = Counter(tr.said(raw, "name").partition("/cryptoKeys/")[0] for raw in held)
    granted = reading.granted(VAULT, found, lambda raw: _policy(raw, ""))
    reading.take(
        VAULT, granted, lambda one: vault(one[0], reading.place, one[1], None if keys is None else keys[tr.said(one[0], "name")])
    )


def _read_keys(reading: Reading) -> None:
    held = reading.below(KEY, KEY_ASSET, lambda: _rings(reading, KEY), _keys_of)
    wanted = [raw for raw in held if reading.only is None or key(raw, reading.place, None).native_id in reading.only]
    granted = reading.granted(KEY, wanted, lambda raw: _policy(raw, ".cryptoKeys"))
    for row in reading.take(KEY, granted, lambda one: key(one[0], reading.place, one[1])):
        reading.relate(row.id, Verb.IN, reading.place.id(VAULT, row.native_id.rpartition("/")[0]))


def _read_secrets(reading: Reading) -> None:
    found = reading.here(SECRET, "secretmanager.googleapis.com/Secret")
    reading.take(SECRET, found, lambda raw: secret(raw, reading.place), lambda row: [(Verb.ENCRYPTED_BY, row.key)])


def _read_certificates(reading: Reading) -> None:
    with reading.part(CERTIFICATE):
        plain = reading.prefixed(CERTIFICATE, COMPUTE + "SslCertificate", "", ("certificates/",))
        reading.take(CERTIFICATE, plain, lambda raw: certificate(raw, reading.place))
    with reading.part(CERTIFICATE):
        found = reading.prefixed(CERTIFICATE, "certificatemanager.googleapis.com/Certificate", "certificates/", ())
        reading.take(CERTIFICATE, found, lambda raw: managed_certificate(raw, reading.place))


READERS = (
    Reader(
        name="key rings",
        service="cloudkms",
        kinds=(VAULT,),
        read=_read_vaults,
        permissions=("cloudkms.keyRings.list", "cloudkms.keyRings.getIamPolicy", "cloudkms.cryptoKeys.list"),
    ),
    Reader(
        name="keys",
        service="cloudkms",
        kinds=(KEY,),
        read=_read_keys,
        permissions=("cloudkms.keyRings.list", "cloudkms.cryptoKeys.list", "cloudkms.cryptoKeys.getIamPolicy"),
    ),
    Reader(
        name="secrets",
        service="secretmanager",
        kinds=(SECRET,),
        read=_read_secrets,
        is_global=True,
        permissions=("secretmanager.secrets.list",),
    ),
    Reader(
        name="certificates",
        service="compute",
        kinds=(CERTIFICATE,),
        read=_read_certificates,
        permissions=("compute.sslCertificates.list", "certificatemanager.certs.list"),
    ),
)
