"""Images that the project owns."""

from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.openstack.place import IMAGE, Place, name_of, words
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.adapters.clouds.openstack.read.lists import IMAGES
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Image

KIND = "compute.image"
PUBLIC = ("public", "community")
"""Whom an image is for: everyone who lists images, or everyone who knows its id (Image API, "Image visibility")."""
STATES = {"active": "available", "queued": "creating", "saving": "creating", "importing": "creating", "killed": "error"}


def image(raw: dict[str, Any], place: Place, members: list[str] | None) -> Image:
    """One of ``GET /images``. ``members``: the projects that a shared image is shared with; None: unknown."""
    visibility = tr.text(raw, "visibility")
    status = tr.text(raw, "status")
    return Image(
        **place.common(KIND, raw["id"]),
        name=name_of(raw),
        state=STATES.get(status, status) if status else None,
        tags=words(raw.get("tags")),
        created_at=tr.moment(raw, "created_at"),
        native=tr.native(raw, "direct_url", "locations", "updated_at"),
        public=None if visibility is None else visibility in PUBLIC,
        snapshots=place.refs("storage.snapshot", _snapshots(raw)),
        shared_with=sorted(members) if members is not None else None,
        protected=tr.flag(raw, "protected"),
    )


def _snapshots(raw: Any) -> list[str]:
    """The volume snapshots behind an image of a server that was started from a volume; Nova writes them as JSON."""
    try:
        devices = msgspec.json.decode(tr.said(raw, "block_device_mapping") or "[]")
    except msgspec.DecodeError:
        return []
    return [tr.said(device, "snapshot_id") for device in devices] if isinstance(devices, list) else []


def links(row: Image) -> Links:
    """An image may rest on snapshots."""
    for one in row.snapshots or ():
        yield Verb.MADE_FROM, one


def _members(reading: Reading, raw: Any) -> list[str]:
    listed = reading.get("/images/{}/members", raw["id"])["members"]
    return [one["member_id"] for one in listed if tr.text(one, "status") != "rejected"]


def _read(reading: Reading) -> None:
    raws = reading.listed(IMAGES)
    shared = reading.each(KIND, (raw for raw in raws if tr.text(raw, "visibility") == "shared"), lambda raw: _members(reading, raw))
    members = {raw["id"]: found for raw, found in shared}
    reading.take(KIND, raws, lambda raw: image(raw, reading.place, members.get(raw["id"], [])), links)


READERS = (Reader(name="images", service=IMAGE, kinds=(KIND,), read=_read, permissions=("get_images", "get_image", "get_members")),)
