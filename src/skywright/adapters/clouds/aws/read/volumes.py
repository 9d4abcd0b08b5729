"""Volumes and their snapshots."""

from typing import Any

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Snapshot, Volume

VOLUME, SNAPSHOT = "storage.volume", "storage.snapshot"
NO_VOLUME = "vol-ffffffff"  # AWS names this volume for snapshots that were copied or imported


def volume(raw: dict[str, Any], place: Place) -> Volume:
    """One of DescribeVolumes' volumes."""
    tags = tr.tags(raw.get("Tags"))
    attachments = tr.items(raw, "Attachments")
    first = attachments[0] if attachments else {}
    return Volume(
        **place.common(VOLUME, raw["VolumeId"]),
        name=tags.get("Name") if tags else None,
        state=tr.text(raw, "State"),
        tags=tags,
        created_at=tr.moment(raw, "CreateTime"),
        native=tr.native(raw),
        type=tr.text(raw, "VolumeType"),
        size_gib=tr.integer(raw, "Size"),
        iops=tr.integer(raw, "Iops"),
        throughput_mibps=tr.integer(raw, "Throughput"),
        encrypted=tr.flag(raw, "Encrypted"),
        key=place.key(tr.text(raw, "KmsKeyId")),
        zone=tr.text(raw, "AvailabilityZone"),
        attached_to=place.ref("compute.instance", tr.said(first, "InstanceId")),
        attached=bool(attachments),
        delete_with_instance=tr.flag(first, "DeleteOnTermination"),
        snapshot=place.ref(SNAPSHOT, tr.said(raw, "SnapshotId")),
    )


def volume_links(row: Volume) -> Links:
    """A volume that is attached is in use by the instance: the instance needs it (see ``_read_volumes``)."""
    yield Verb.ENCRYPTED_BY, row.key


def snapshot(raw: dict[str, Any], place: Place, public: frozenset[str] | None) -> Snapshot:
    """One of DescribeSnapshots' snapshots. ``public``: ids of the snapshots that everyone may restore; None: not known."""
    tags = tr.tags(raw.get("Tags"))
    source = tr.said(raw, "VolumeId")
    return Snapshot(
        **place.common(SNAPSHOT, raw["SnapshotId"]),
        name=(tags.get("Name") if tags else None) or tr.text(raw, "Description"),
        state=tr.text(raw, "State"),
        tags=tags,
        created_at=tr.moment(raw, "StartTime"),
        native=tr.native(raw, "Progress"),
        volume=place.ref(VOLUME, "" if source == NO_VOLUME else source),
        size_gib=tr.integer(raw, "VolumeSize"),
        encrypted=tr.flag(raw, "Encrypted"),
        key=place.key(tr.text(raw, "KmsKeyId")),
        public=None if public is None else raw["SnapshotId"] in public,
    )


def snapshot_links(row: Snapshot) -> Links:
    """A snapshot is a copy of its volume, and unreadable without its key."""
    yield Verb.COPY_OF, row.volume
    yield Verb.ENCRYPTED_BY, row.key


def _read_volumes(reading: Reading) -> None:
    listed = reading.pages("describe_volumes", "Volumes", MaxResults=500, **reading.narrowed("volume-id"))
    for row in reading.take(VOLUME, listed, lambda raw: volume(raw, reading.place), volume_links):
        reading.relate(row.id, Verb.ATTACHED_TO, row.attached_to)


def _read_snapshots(reading: Reading) -> None:
    mine = {"OwnerIds": ["self"], "MaxResults": 1000, **reading.narrowed("snapshot-id")}
    listed = list(reading.pages("describe_snapshots", "Snapshots", **mine))
    public: frozenset[str] | None = None
    if listed:
        with reading.columns(SNAPSHOT):
            open_to_all = reading.pages("describe_snapshots", "Snapshots", RestorableByUserIds=["all"], **mine)
            public = frozenset(raw["SnapshotId"] for raw in open_to_all)
    reading.take(SNAPSHOT, listed, lambda raw: snapshot(raw, reading.place, public), snapshot_links)


READERS = (
    Reader(name="volumes", service="ec2", kinds=(VOLUME,), read=_read_volumes, permissions=("ec2:DescribeVolumes",)),
    Reader(name="snapshots", service="ec2", kinds=(SNAPSHOT,), read=_read_snapshots, permissions=("ec2:DescribeSnapshots",)),
)
