"""Cinder: volumes and snapshots with their states, and images made from volumes."""

from collections.abc import Callable
from typing import Any

from skywright.lab.kit import Answer
from skywright.lab.openstack.compute import quota_of, set_quota
from skywright.lab.openstack.state import Call, Raw, Refusal, paged, shown, stamp

OWNER, SNAPSHOT_OWNER = "os-vol-tenant-attr:tenant_id", "os-extended-snapshot-attributes:project_id"
ACCEPTED = 202


def _list(name: str, owner: str) -> Callable[[Call, str], Raw]:
    def listed(call: Call, project: str) -> Raw:
        _at_home(call, project)
        wide = call.is_admin and call.query.get("all_tenants") in ("1", "True", "true")
        held = call.query.get("volume_id")
        found = [
            one for one in call.state.every(name) if (wide or one[owner] == call.project) and held in (None, one.get("volume_id"))
        ]
        return paged(call, found, name)

    return listed


def _at_home(call: Call, project: str) -> None:
    if project != call.project:
        raise Refusal(400, "Malformed request url")


def _show(name: str, item: str, owner: str) -> Callable[[Call, str, str], Raw]:
    def show(call: Call, project: str, identifier: str) -> Raw:
        _at_home(call, project)
        return {item: shown(call.own(name, identifier, owner))}

    return show


def _make_volume(call: Call, project: str) -> Answer:
    call.writes()
    _at_home(call, project)
    wanted = call.body["volume"]
    source = call.state.all("images").get(wanted.get("imageRef") or "")
    if wanted.get("imageRef") and source is None:
        raise Refusal(400, "Invalid image identifier or unable to access requested image.")
    made = volume(call.state.new_id("volume"), project, wanted)
    made["volume_image_metadata"] = {"image_id": wanted.get("imageRef")} if source else {}
    call.state.put("volumes", made)
    call.state.later(made, {"status": "available"})
    made["status"] = "creating"
    return Answer(ACCEPTED, {"volume": shown(made)})


def volume(identifier: str, project: str, wanted: Raw) -> Raw:
    """A volume as the API shows it."""
    return {
        "id": identifier,
        "name": "",
        "description": None,
        "status": "available",
        "size": 1,
        "volume_type": "standard",
        "availability_zone": "nova",
        "bootable": "false",
        "encrypted": False,
        "multiattach": False,
        "attachments": [],
        "snapshot_id": None,
        "source_volid": None,
        "created_at": stamp().removesuffix("Z") + ".000000",
        "updated_at": None,
        "user_id": "",
        OWNER: project,
        **{name: value for name, value in wanted.items() if name != "imageRef"},
        "metadata": dict(wanted.get("metadata") or {}),
        "_fate": False,
    }


def _set_metadata(name: str, owner: str) -> Callable[[Call, str, str], Raw]:
    def set_metadata(call: Call, project: str, identifier: str) -> Raw:
        call.writes()
        _at_home(call, project)
        item = call.own(name, identifier, owner)
        item["metadata"] = dict(call.body["metadata"])
        return {"metadata": item["metadata"]}

    return set_metadata


def _in_state(item: Raw, *states: str) -> None:
    if item["status"] not in states:
        raise Refusal(400, f"Invalid volume: Volume {item['id']} status must be {' or '.join(states)}, but is {item['status']}.")


def _action(call: Call, project: str, identifier: str) -> Answer:
    call.writes()
    _at_home(call, project)
    item = call.own("volumes", identifier, OWNER)
    (name, arguments), *_ = call.body.items()
    return ACTIONS[name](call, item, arguments)


def _extend(call: Call, item: Raw, arguments: Any) -> Answer:
    _in_state(item, "available", "in-use")
    if arguments["new_size"] <= item["size"]:
        raise Refusal(400, "Invalid input received: New size for extend must be greater than current size.")
    was, item["status"] = item["status"], "extending"
    call.state.later(item, {"status": was, "size": arguments["new_size"]})
    return Answer(ACCEPTED)


def _retype(call: Call, item: Raw, arguments: Any) -> Answer:
    _in_state(item, "available", "in-use")
    if arguments["new_type"] not in call.state.all("types"):
        raise Refusal(404, f"Volume type {arguments['new_type']} could not be found.")
    was, item["status"] = item["status"], "retyping"
    call.state.later(item, {"status": was, "volume_type": arguments["new_type"]})
    return Answer(ACCEPTED)


def _upload(call: Call, item: Raw, arguments: Any) -> Answer:
    _in_state(item, "available")
    made = {
        "id": call.state.new_id("image"),
        "name": arguments["image_name"],
        "status": "queued",
        "visibility": arguments.get("visibility", "private"),
        "owner": call.project,
        "tags": [],
        "protected": False,
        "size": item["size"] << 30,
        "min_disk": item["size"],
        "created_at": stamp(),
        "container_format": "bare",
        "disk_format": arguments.get("disk_format", "raw"),
    }
    call.state.put("images", made)
    call.state.later(made, {"status": "active"})
    item["status"] = "uploading"
    call.state.later(item, {"status": "available"})
    return Answer(ACCEPTED, {"os-volume_upload_image": {"id": item["id"], "image_id": made["id"], "status": "uploading"}})


ACTIONS: dict[str, Callable[[Call, Raw, Any], Answer]] = {
    "os-extend": _extend,
    "os-retype": _retype,
    "os-volume_upload_image": _upload,
}


def _delete_volume(call: Call, project: str, identifier: str) -> Answer:
    call.writes()
    _at_home(call, project)
    item = call.own("volumes", identifier, OWNER)
    _in_state(item, "available", "error")
    if any(one["volume_id"] == identifier for one in call.state.every("snapshots")):
        raise Refusal(400, f"Invalid volume: Volume {identifier} still has 1 dependent snapshots.")
    item["status"] = "deleting"
    call.state.later(item, {"_gone": True})
    return Answer(ACCEPTED)


def _delete_snapshot(call: Call, project: str, identifier: str) -> Answer:
    call.writes()
    _at_home(call, project)
    item = call.own("snapshots", identifier, SNAPSHOT_OWNER)
    item["status"] = "deleting"
    call.state.later(item, {"_gone": True})
    return Answer(ACCEPTED)


def _quota(call: Call, project: str, about: str) -> Raw:
    _at_home(call, project)
    mine = [one for one in call.state.every("volumes") if one[OWNER] == about]
    used = {"volumes": len(mine), "gigabytes": sum(one["size"] for one in mine)}
    used["snapshots"] = sum(one[SNAPSHOT_OWNER] == about for one in call.state.every("snapshots"))
    limits = quota_of(call, "volume", about)
    sets: Raw = {name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0} for name, limit in limits.items()}
    return {"quota_set": {"id": about, **sets}}


def _set_quota(call: Call, project: str, about: str) -> Raw:
    _at_home(call, project)
    return {"quota_set": set_quota(call, "volume", about, call.body["quota_set"])}


ROUTES = (
    ("GET", "/{}/volumes/detail", _list("volumes", OWNER)),
    ("GET", "/{}/snapshots/detail", _list("snapshots", SNAPSHOT_OWNER)),
    ("GET", "/{}/volumes/{}", _show("volumes", "volume", OWNER)),
    ("GET", "/{}/snapshots/{}", _show("snapshots", "snapshot", SNAPSHOT_OWNER)),
    ("POST", "/{}/volumes", _make_volume),
    ("PUT", "/{}/volumes/{}/metadata", _set_metadata("volumes", OWNER)),
    ("PUT", "/{}/snapshots/{}/metadata", _set_metadata("snapshots", SNAPSHOT_OWNER)),
    ("POST", "/{}/volumes/{}/action", _action),
    ("DELETE", "/{}/volumes/{}", _delete_volume),
    ("DELETE", "/{}/snapshots/{}", _delete_snapshot),
    ("GET", "/{}/os-quota-sets/{}", _quota),
    ("PUT", "/{}/os-quota-sets/{}", _set_quota),
)
