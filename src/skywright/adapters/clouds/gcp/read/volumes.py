"""Disks and their snapshots. Google encrypts all of them, with its own keys where no other is named."""

from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Asking, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Snapshot, Volume

VOLUME, SNAPSHOT = "storage.volume", "storage.snapshot"
STATES = {"CREATING": "creating", "RESTORING": "creating", "DELETING": "deleting", "FAILED": "error", "UNAVAILABLE": "error"}
SNAPSHOT_STATES = {"READY": "completed", "CREATING": "pending", "UPLOADING": "pending", "DELETING": "deleting", "FAILED": "error"}


def volume(raw: dict[str, Any], place: Place) -> Volume:
    """A Disk, zonal or regional."""
    users = tr.texts(raw, "users") or []
    attached = "in-use" if users else "available"
    return Volume(
        **names.row(VOLUME, raw, place),
        state=attached if tr.text(raw, "status") == "READY" else names.word(raw, STATES, "status"),
        type=tr.tail(tr.text(raw, "type")),
        size_gib=tr.integer(raw, "sizeGb"),
        iops=tr.integer(raw, "provisionedIops"),
        throughput_mibps=tr.integer(raw, "provisionedThroughput"),
        encrypted=True,
        key=place.key(tr.said(raw, "diskEncryptionKey", "kmsKeyName")),
        zone=tr.tail(tr.said(raw, "zone")),
        attached_to=place.link("compute.instance", min(users, default="")),
        attached=bool(users),
        snapshot=place.link(SNAPSHOT, tr.said(raw, "sourceSnapshot")),
    )


def snapshot(raw: dict[str, Any], place: Place, policy: Any) -> Snapshot:
    """A Snapshot with its IAM policy (None: not known)."""
    return Snapshot(
        **names.row(SNAPSHOT, raw, place),
        state=names.word(raw, SNAPSHOT_STATES, "status"),
        volume=place.link(VOLUME, tr.text(raw, "sourceDisk")),
        size_gib=tr.integer(raw, "diskSizeGb"),
        encrypted=True,
        key=place.key(tr.said(raw, "snapshotEncryptionKey", "kmsKeyName")),
        public=None if policy is None else names.open_to_all(policy),
        shared_with=None if policy is None else tr.sorted_texts(member for _, member, _ in names.members(policy)),
    )


def volume_links(row: Volume) -> Links:
    """A disk hangs on an instance, and needs its key."""
    yield Verb.ATTACHED_TO, row.attached_to
    yield Verb.ENCRYPTED_BY, row.key
    yield Verb.MADE_FROM, row.snapshot


def snapshot_links(row: Snapshot) -> Links:
    """A snapshot is a copy of a disk, and needs its key."""
    yield Verb.COPY_OF, row.volume
    yield Verb.ENCRYPTED_BY, row.key


def _policy(raw: dict[str, Any], project: str) -> Asking:
    params = {"project": project, "resource": tr.said(raw, "name")}
    return names.full_name("compute", raw), "compute.snapshots.getIamPolicy", params


def _read_volumes(reading: Reading) -> None:
    found = reading.here(VOLUME, COMPUTE + "Disk")
    reading.take(VOLUME, found, lambda raw: volume(raw, reading.place), volume_links)


def _read_snapshots(reading: Reading) -> None:
    granted = reading.granted(SNAPSHOT, reading.here(SNAPSHOT, COMPUTE + "Snapshot"), lambda raw: _policy(raw, reading.account))
    reading.take(SNAPSHOT, granted, lambda one: snapshot(one[0], reading.place, one[1]), snapshot_links)


READERS = (
    Reader(name="disks", service="compute", kinds=(VOLUME,), read=_read_volumes, permissions=("compute.disks.list",)),
    Reader(
        name="snapshots",
        service="compute",
        kinds=(SNAPSHOT,),
        read=_read_snapshots,
        is_global=True,
        permissions=("compute.snapshots.list", "compute.snapshots.getIamPolicy"),
    ),
)
