"""Glance: images, whom they are for, and JSON patches."""

from typing import Any

import msgspec

from skywright.lab.kit import Answer
from skywright.lab.openstack.state import Call, Raw, Refusal, paged, shown


def _sees(call: Call, item: Raw) -> bool:
    return call.is_admin or item["owner"] == call.project or item["visibility"] in ("public", "community")


def _list(call: Call) -> Raw:
    owner = call.query.get("owner")
    name = call.query.get("name")
    found = [
        one
        for one in call.state.every("images")
        if _sees(call, one) and owner in (None, one["owner"]) and name in (None, one["name"])
    ]
    body = paged(call, found, "images")
    links = body.pop("images_links", None)
    return {**body, **({"next": links[0]["href"].removeprefix("http://elsewhere.invalid")} if links else {})}


def _own(call: Call, identifier: str) -> Raw:
    item = call.state.get("images", identifier)
    if not _sees(call, item):
        raise Refusal(404, f"No image found with ID {identifier}")
    return item


def _show(call: Call, identifier: str) -> Raw:
    return shown(_own(call, identifier))


def _patch(call: Call, identifier: str) -> Any:
    call.writes()
    item = _own(call, identifier)
    changes = msgspec.json.decode(call.body) if isinstance(call.body, bytes) else call.body
    wanted = dict(item)
    for one in changes:
        name = one["path"].removeprefix("/")
        if one["op"] == "remove":
            if name not in wanted:
                raise Refusal(409, f"Property {name} does not exist.")
            del wanted[name]
        elif one["op"] == "replace" and name not in wanted:
            raise Refusal(409, f"Property {name} does not exist.")
        else:
            wanted[name] = one["value"]
    if wanted["visibility"] == "public" != item["visibility"]:
        call.admins_only()
    item.clear()
    item.update(wanted)
    return shown(item)


def _delete(call: Call, identifier: str) -> Answer:
    call.writes()
    item = _own(call, identifier)
    if item["protected"]:
        raise Refusal(403, f"Image {identifier} is protected and cannot be deleted.")
    del call.state.all("images")[identifier]
    return Answer(204)


def _members(call: Call, identifier: str) -> Raw:
    return {"members": list(_own(call, identifier).get("_members", []))}


ROUTES = (
    ("GET", "/v2/images", _list),
    ("GET", "/v2/images/{}", _show),
    ("PATCH", "/v2/images/{}", _patch),
    ("DELETE", "/v2/images/{}", _delete),
    ("GET", "/v2/images/{}/members", _members),
)
