"""Disks, their snapshots, images and public keys."""

from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Image, KeyPair
from skywright.model.kinds.storage import Snapshot, Volume

VOLUME, SNAPSHOT, IMAGE, KEYPAIR = "storage.volume", "storage.snapshot", "compute.image", "compute.keypair"

# https://learn.microsoft.com/rest/api/compute/disks/get#diskstate
STATES = {
    "unattached": "available",
    "attached": "in-use",
    "reserved": "in-use",
    "frozen": "in-use",
    "activesas": "available",
    "activesasfrozen": "in-use",
    "readytoupload": "creating",
    "activeupload": "creating",
}


def disk(raw: dict[str, Any], place: Place) -> Volume:
    """``Reserved`` is a disk of a machine that is deallocated: still attached."""
    own = props(raw)
    owner = tr.said(raw, "managedBy") or next(iter(tr.items(raw, "managedByExtended")), "")
    state = STATES.get(tr.said(own, "diskState").lower(), tr.text(own, "diskState"))
    return Volume(
        **place.head(VOLUME, raw),
        state="error" if tr.said(own, "provisioningState").lower() == "failed" else state,
        created_at=tr.moment(own, "timeCreated"),
        type=tr.text(raw, "sku", "name"),
        size_gib=tr.integer(own, "diskSizeGB"),
        iops=tr.integer(own, "diskIOPSReadWrite"),
        throughput_mibps=tr.integer(own, "diskMBpsReadWrite"),
        encrypted=encrypted(own),
        key=key(own),
        zone=next(iter(tr.texts(raw, "zones") or ()), ""),
        attached_to=place.of(owner),
        attached=bool(owner) if state else None,
        snapshot=place.of(_source(own, "snapshots")),
    )


def snapshot(raw: dict[str, Any], place: Place) -> Snapshot:
    """A snapshot cannot be read by others but through a signed link, or over a private endpoint."""
    own = props(raw)
    return Snapshot(
        **place.head(SNAPSHOT, raw),
        state="available" if tr.said(own, "provisioningState").lower() == "succeeded" else tr.text(own, "provisioningState"),
        created_at=tr.moment(own, "timeCreated"),
        volume=place.of(_source(own, "disks")),
        size_gib=tr.integer(own, "diskSizeGB"),
        encrypted=encrypted(own),
        key=key(own),
        public=False,
        shared_with=[],
    )


def encrypted(own: dict[str, Any]) -> bool | None:
    """Managed disks are always encrypted at rest, with a key of Azure's or of the customer's.
    https://learn.microsoft.com/azure/virtual-machines/disk-encryption"""
    kind = tr.text(own, "encryption", "type")
    return None if kind is None else kind.startswith("EncryptionAtRest")


def key(own: dict[str, Any]) -> str | None:
    """The set of keys that encrypts it (by its path: it stands between the disk and the vault's key); "" for Azure's own."""
    if tr.text(own, "encryption", "type") == "EncryptionAtRestWithPlatformKey":
        return ""
    return tr.text(own, "encryption", "diskEncryptionSetId")


def _source(own: dict[str, Any], word: str) -> str:
    path = tr.said(own, "creationData", "sourceResourceId")
    return path if f"/{word}/" in path.lower() else ""


def volume_links(row: Volume) -> Links:
    """A disk and what it is in and from."""
    yield Verb.ATTACHED_TO, row.attached_to
    yield Verb.COPY_OF, row.snapshot


def snapshot_links(row: Snapshot) -> Links:
    """A snapshot and its disk."""
    yield Verb.COPY_OF, row.volume


def image(raw: dict[str, Any], place: Place) -> Image:
    """An image of one's own, or a definition in a gallery."""
    own = props(raw)
    storage = own.get("storageProfile")
    disks = [tr.at(storage, "osDisk"), *tr.items(storage, "dataDisks")]
    return Image(
        **place.head(IMAGE, raw),
        state=tr.said(own, "provisioningState").lower() or None,
        public=False,
        encrypted=True if storage else None,
        snapshots=place.all_of([tr.text(one, "snapshot", "id") for one in disks]) if storage else None,
        deprecated_at=tr.moment(own, "endOfLifeDate"),
        shared_with=[] if storage else None,
    )


def keypair(raw: dict[str, Any], place: Place) -> KeyPair:
    """A public key kept as a resource."""
    words = tr.said(props(raw), "publicKey").split()
    return KeyPair(**place.head(KEYPAIR, raw), type=words[0] if words else None)


def _read_disks(reading: Reading) -> None:
    disks = reading.of_type(VOLUME, "Microsoft.Compute/disks")
    reading.take(VOLUME, disks, lambda raw: disk(raw, reading.place), volume_links)


def _read_snapshots(reading: Reading) -> None:
    found = reading.of_type(SNAPSHOT, "Microsoft.Compute/snapshots")
    reading.take(SNAPSHOT, found, lambda raw: snapshot(raw, reading.place), snapshot_links)


def _read_images(reading: Reading) -> None:
    for type_ in ("Microsoft.Compute/images", "Microsoft.Compute/galleries/images"):
        reading.take(IMAGE, reading.of_type(IMAGE, type_), lambda raw: image(raw, reading.place))
    found = reading.of_type(KEYPAIR, "Microsoft.Compute/sshPublicKeys")
    reading.take(KEYPAIR, found, lambda raw: keypair(raw, reading.place))


READERS = (
    Reader(name="disks", service="compute", kinds=(VOLUME,), read=_read_disks, permissions=("Microsoft.Compute/disks/read",)),
    Reader(
        name="snapshots",
        service="compute",
        kinds=(SNAPSHOT,),
        read=_read_snapshots,
        permissions=("Microsoft.Compute/snapshots/read",),
    ),
    Reader(
        name="images",
        service="compute",
        kinds=(IMAGE, KEYPAIR),
        read=_read_images,
        permissions=(
            "Microsoft.Compute/images/read",
            "Microsoft.Compute/galleries/read",
            "Microsoft.Compute/galleries/images/read",
            "Microsoft.Compute/sshPublicKeys/read",
        ),
    ),
)
