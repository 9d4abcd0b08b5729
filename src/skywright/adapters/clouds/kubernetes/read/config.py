"""Settings, secrets (their metadata alone), volumes and claims."""

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import at, flag, said, text, texts
from skywright.adapters.clouds.kubernetes.place import namespace_of, spaced
from skywright.adapters.clouds.kubernetes.quantity import gib
from skywright.adapters.clouds.kubernetes.read.base import Raw, Reading
from skywright.adapters.clouds.kubernetes.read.facts import Uses, uses
from skywright.adapters.clouds.kubernetes.resources import PREFIXED
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import ContainerConfig, ContainerSecret, ContainerVolume, ServiceAccount

CONFIG, SECRET, VOLUME, IDENTITY = ContainerConfig.KIND, ContainerSecret.KIND, ContainerVolume.KIND, ServiceAccount.KIND

CLOUD_ROLES = ("eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id")
"""Annotations by which a service account acts as an identity of a cloud."""


def _uses(reading: Reading, kind: str) -> Uses | None:
    with reading.columns(kind):
        return reading.shared(f"uses in {sorted(reading.only or ())}", lambda: uses(reading))
    return None


def _count(found: Uses | None, what: str, raw: Raw) -> int | None:
    return None if found is None else found.get((what, namespace_of(raw), raw["metadata"]["name"]), 0)


def _read_configs(reading: Reading) -> None:
    found = _uses(reading, CONFIG)
    reading.take(CONFIG, reading.own(CONFIG, "configmaps"), lambda raw: _config(reading, raw, found))


def _config(reading: Reading, raw: Raw, found: Uses | None) -> ContainerConfig:
    return ContainerConfig(
        **reading.common(CONFIG, raw),
        state="available",
        namespace=namespace_of(raw),
        keys=sorted([*(at(raw, "data") or {}), *(at(raw, "binaryData") or {})]),
        immutable=flag(raw, "immutable") or False,
        used_by=_count(found, "config", raw),
    )


def _read_secrets(reading: Reading) -> None:
    found = _uses(reading, SECRET)
    reading.take(SECRET, reading.own(SECRET, "secrets"), lambda raw: _secret(reading, raw, found))


def _secret(reading: Reading, raw: Raw, found: Uses | None) -> ContainerSecret:
    """The names of the keys, the type and whether it can be changed lie with the values, which are not read."""
    return ContainerSecret(
        **reading.common(SECRET, raw), state="available", namespace=namespace_of(raw), used_by=_count(found, "secret", raw)
    )


def _read_identities(reading: Reading) -> None:
    found = _uses(reading, IDENTITY)
    reading.take(IDENTITY, reading.own(IDENTITY, "serviceaccounts"), lambda raw: _identity(reading, raw, found))


def _identity(reading: Reading, raw: Raw, found: Uses | None) -> ServiceAccount:
    annotations = at(raw, "metadata", "annotations") or {}
    used = _count(found, "identity", raw)
    return ServiceAccount(
        **reading.common(IDENTITY, raw),
        state="available",
        namespace=namespace_of(raw),
        mounts_token=flag(raw, "automountServiceAccountToken") is not False,
        cloud_role=next((str(annotations[key]) for key in CLOUD_ROLES if annotations.get(key)), ""),
        used=None if used is None else used > 0,
    )


def _read_volumes(reading: Reading) -> None:
    found = _uses(reading, VOLUME)
    volumes: dict[str, Raw] = {}
    with reading.part(VOLUME):
        volumes = {raw["metadata"]["name"]: raw for raw in reading.all("persistentvolumes")}
        wanted = [volumes[name] for name in sorted(volumes) if reading.wants(f"volume/{name}")]
        reading.take(VOLUME, wanted, lambda raw: _volume(reading, raw))
    with reading.part(VOLUME):
        raws = reading.own(VOLUME, PREFIXED[VOLUME]["claim"])
        for row in reading.take(VOLUME, raws, lambda raw: _claim(reading, raw, volumes, found)):
            reading.relate(row.id, Verb.ATTACHED_TO, row.volume)


STATES = {
    "Bound": "in-use",
    "Available": "available",
    "Released": "released",
    "Failed": "failed",
    "Pending": "pending",
    "Lost": "failed",
}


def _volume(reading: Reading, raw: Raw) -> ContainerVolume:
    spec = raw["spec"]
    phase = text(raw, "status", "phase")
    return ContainerVolume(
        **reading.common(VOLUME, raw, f"volume/{spaced(raw)}"),
        type="volume",
        state=STATES.get(phase or "", "unknown"),
        namespace="",
        size_gib=gib(at(spec, "capacity", "storage")),
        storage_class=said(spec, "storageClassName"),
        access=sorted(texts(spec, "accessModes") or []),
        bound=phase == "Bound",
        used=phase == "Bound",
        reclaim=said(spec, "persistentVolumeReclaimPolicy").lower() or None,
        provider_id=provider_id(spec),
    )


def provider_id(spec: Raw) -> str:
    """How the driver or cloud calls the volume; "" for what lies on a node or a file server."""
    found = (
        ("csi", "volumeHandle"),
        ("awsElasticBlockStore", "volumeID"),
        ("gcePersistentDisk", "pdName"),
        ("azureDisk", "diskURI"),
        ("cinder", "volumeID"),
    )
    return next((value for source, key in found if (value := text(spec, source, key))), "")


def _claim(reading: Reading, raw: Raw, volumes: dict[str, Raw], found: Uses | None) -> ContainerVolume:
    spec, phase = raw["spec"], text(raw, "status", "phase")
    name = said(spec, "volumeName")
    volume = volumes.get(name)
    used = _count(found, "claim", raw)
    return ContainerVolume(
        **reading.common(VOLUME, raw, f"claim/{spaced(raw)}"),
        type="claim",
        state=STATES.get(phase or "", "unknown"),
        namespace=namespace_of(raw),
        size_gib=gib(at(raw, "status", "capacity", "storage") or at(spec, "resources", "requests", "storage")),
        storage_class=said(spec, "storageClassName"),
        access=sorted(texts(spec, "accessModes") or []),
        bound=phase == "Bound",
        used=None if used is None else used > 0,
        reclaim=said(volume, "spec", "persistentVolumeReclaimPolicy").lower() if volume else ("" if not name else None),
        volume=reading.place.ref(VOLUME, f"volume/{name}" if name else ""),
        provider_id=provider_id(volume["spec"]) if volume else ("" if not name else None),
    )


_USES = (
    "list deployments.apps",
    "list statefulsets.apps",
    "list daemonsets.apps",
    "list jobs.batch",
    "list cronjobs.batch",
    "list pods",
    "list serviceaccounts",
    "list ingresses.networking.k8s.io",
    "list gateways.gateway.networking.k8s.io",
)

READERS: tuple[Reader, ...] = (
    Reader(
        name="configs",
        service="config",
        kinds=(CONFIG,),
        read=_read_configs,
        permissions=("list configmaps", *_USES),
        is_global=True,
    ),
    Reader(
        name="secrets", service="secrets", kinds=(SECRET,), read=_read_secrets, permissions=("list secrets", *_USES), is_global=True
    ),
    Reader(name="identities", service="access", kinds=(IDENTITY,), read=_read_identities, permissions=_USES, is_global=True),
    Reader(
        name="volumes",
        service="storage",
        kinds=(VOLUME,),
        read=_read_volumes,
        permissions=("list persistentvolumes", "list persistentvolumeclaims", *_USES),
        is_global=True,
    ),
)
"""What it reads and keeps."""
