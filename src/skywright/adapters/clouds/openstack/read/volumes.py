"""Volumes and their snapshots."""

from collections.abc import Mapping
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.openstack.place import VOLUME, Place, name_of
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.read.lists import SERVERS, SNAPSHOTS, VOLUMES
from skywright.model.errors import NotThere
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Snapshot, Volume

KIND, SNAPSHOT = "storage.volume", "storage.snapshot"
STATES = {"downloading": "creating", "attaching": "in-use", "detaching": "in-use", "reserved": "in-use"}
"""Block Storage API, "Volumes: status values", where there is a neutral word; ``error_...`` becomes error, the rest stays."""


def state_of(raw: Any) -> str | None:
    """The neutral state of a volume."""
    status = tr.text(raw, "status")
    if status is None:
        return None
    return "error" if status.startswith("error") else STATES.get(status, status)


def volume(raw: dict[str, Any], place: Place, fates: Mapping[tuple[str, str], bool] | None) -> Volume:
    """One of ``GET /volumes/detail``. ``fates``: (server, volume) -> deleted with it; None: unknown."""
    attachments = raw["attachments"]
    server = tr.said(attachments[0], "server_id") if attachments else ""
    return Volume(
        **place.common(KIND, raw["id"]),
        name=name_of(raw),
        state=state_of(raw),
        tags=tr.tags(raw["metadata"]),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, "links", "updated_at"),
        type=tr.said(raw, "volume_type"),
        size_gib=tr.integer(raw, "size"),
        encrypted=tr.flag(raw, "encrypted"),
        zone=tr.text(raw, "availability_zone"),
        attached_to=place.ref("compute.instance", server),
        attached=bool(attachments),
        delete_with_instance=_fate(server, raw["id"], fates),
        snapshot=place.ref(SNAPSHOT, tr.said(raw, "snapshot_id")),
    )


def _fate(server: str, volume_id: str, fates: Mapping[tuple[str, str], bool] | None) -> bool | None:
    if not server:
        return None
    return None if fates is None else fates.get((server, volume_id))


def volume_links(row: Volume) -> Links:
    """A volume hangs on a server."""
    yield Verb.ATTACHED_TO, row.attached_to
    yield Verb.MADE_FROM, row.snapshot


def snapshot(raw: dict[str, Any], place: Place, encrypted: Mapping[str, bool | None]) -> Snapshot:
    """One of ``GET /snapshots/detail``. Cinder shares a snapshot with nobody. It is encrypted as its volume is."""
    key = tr.text(raw, "encryption_key_id")
    return Snapshot(
        **place.common(SNAPSHOT, raw["id"]),
        name=name_of(raw),
        state=state_of(raw),
        tags=tr.tags(raw["metadata"]),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, "updated_at", "os-extended-snapshot-attributes:progress"),
        volume=place.ref(KIND, tr.said(raw, "volume_id")),
        size_gib=tr.integer(raw, "size"),
        encrypted=True if key else encrypted.get(tr.said(raw, "volume_id")),
        public=False,
        shared_with=[],
    )


def snapshot_links(row: Snapshot) -> Links:
    """A snapshot is a copy of a volume."""
    yield Verb.COPY_OF, row.volume


def _read_volumes(reading: Reading) -> None:
    raws = [raw for raw in reading.listed(VOLUMES) if tr.text(raw, "status") != "deleting"]
    servers = {one["server_id"] for raw in raws for one in tr.items(raw, "attachments") if tr.text(one, "server_id")}
    fates = None
    if servers:
        with reading.columns(KIND):
            fates = _fates(reading, servers)
    reading.take(KIND, raws, lambda raw: volume(raw, reading.place, fates), volume_links)


def _fates(reading: Reading, servers: set[str]) -> dict[tuple[str, str], bool]:
    """Nova, not Cinder, knows which volumes are deleted with their server."""
    raws = [_one(reading, one) for one in sorted(servers)] if reading.only is not None else reading.all_of(SERVERS)
    return {
        (raw["id"], disk["id"]): disk["delete_on_termination"]
        for raw in raws
        if raw
        for disk in tr.items(raw, "os-extended-volumes:volumes_attached")
        if "delete_on_termination" in disk
    }


def _one(reading: Reading, server: str) -> Any:
    try:
        return reading.get(SERVERS.one, server, service=SERVERS.service, micro=SERVERS.micro)["server"]
    except NotThere:
        return None


def _read_snapshots(reading: Reading) -> None:
    raws = [raw for raw in reading.listed(SNAPSHOTS) if tr.text(raw, "status") != "deleting"]
    encrypted: dict[str, bool | None] = {}
    volumes = {tr.said(raw, "volume_id") for raw in raws if not tr.text(raw, "encryption_key_id")}
    if volumes:
        with reading.columns(SNAPSHOT):
            encrypted = _encrypted(reading, volumes)
    reading.take(SNAPSHOT, raws, lambda raw: snapshot(raw, reading.place, encrypted), snapshot_links)


def _encrypted(reading: Reading, volumes: set[str]) -> dict[str, bool | None]:
    if reading.only is None:
        return {raw["id"]: tr.flag(raw, "encrypted") for raw in reading.all_of(VOLUMES)}
    found: dict[str, bool | None] = {}
    for one in sorted(volumes):
        try:
            found[one] = tr.flag(reading.get(VOLUMES.one, one, service=VOLUME, micro=VOLUMES.micro)["volume"], "encrypted")
        except NotThere:
            continue
    return found


READERS = (
    Reader(
        name="volumes",
        service=VOLUME,
        kinds=(KIND,),
        read=_read_volumes,
        permissions=("volume:get_all", "volume:get", "os_compute_api:servers:detail"),
    ),
    Reader(
        name="snapshots",
        service=VOLUME,
        kinds=(SNAPSHOT,),
        read=_read_snapshots,
        permissions=("volume:get_all_snapshots", "volume:get_snapshot", "volume:get_all"),
    ),
)
