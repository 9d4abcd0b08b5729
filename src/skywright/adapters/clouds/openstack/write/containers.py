"""Containers of objects: who may read them, versions, quota and tags. Every change is one POST, which Swift does whole or not."""

import re
from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known
from skywright.adapters.clouds.openstack.place import OBJECT
from skywright.adapters.clouds.openstack.read.containers import META, OWN, elements, everyone, tags_of, versioning
from skywright.adapters.clouds.openstack.write.base import Target, call

KIND = "storage.bucket"
READ, WRITE = "x-container-read", "x-container-write"
NOTES = {READ: f"{META}skywright-read", WRITE: f"{META}skywright-write"}
"""Where the elements of an access list that let in everyone are kept while the container is closed."""
GONE = "x-remove-container-meta-"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def _headers(target: Target) -> dict[str, str]:
    return target.ask("HEAD /{}", target.id).headers


def _post(target: Target, headers: dict[str, str]) -> None:
    target.ask("POST /{}", target.id, headers=headers)


def _is_public(headers: dict[str, str]) -> bool:
    return any(everyone(headers.get(one, "")) for one in (READ, WRITE))


def _write_public(target: Target, wanted: Values) -> None:
    """Take the elements for everyone out of both lists and note them; or put the noted ones back."""
    seen = _headers(target)
    sent: dict[str, str] = {}
    for acl, note in NOTES.items():
        own, noted = elements(seen.get(acl, "")), elements(seen.get(note, ""))
        open_to_all = everyone(seen.get(acl, ""))
        if not wanted["public_acl"] and open_to_all:
            sent |= {acl: ",".join(one for one in own if one not in open_to_all), note: ",".join(open_to_all)}
        elif wanted["public_acl"] and noted:
            sent |= {acl: ",".join([*noted, *own]), GONE + note.removeprefix(META): "x"}
    if wanted["public_acl"] and not sent:
        sent = {READ: ",".join([*elements(seen.get(READ, "")), ".r:*"])}
    _post(target, sent)


def _setting(
    name: str,
    columns: tuple[str, ...],
    document: str,
    read: Callable[[dict[str, str]], Values],
    write: Callable[[Target, Values], object],
    **more: Any,
) -> Setting:
    return Setting(
        action=Action(
            name=name,
            kind=KIND,
            columns=columns,
            implied=more.pop("implied", ()),
            calls=(call(OBJECT, "POST /{}"), call(OBJECT, "HEAD /{}")),
            document=document,
            note=more.pop("note", ""),
        ),
        read=lambda target: read(_headers(target)),
        write=write,
        **more,
    )


PUBLIC = _setting(
    "close a container to everyone",
    ("public_acl",),
    "Object Storage: Access control lists (ACLs)",
    lambda headers: {"public_acl": _is_public(headers)},
    _write_public,
    implied=("read_acl", "write_acl"),
)
LISTS = _setting(
    "change the access lists of a container",
    ("read_acl", "write_acl"),
    "Object Storage: Access control lists (ACLs)",
    lambda headers: {"read_acl": headers.get(READ, ""), "write_acl": headers.get(WRITE, "")},
    lambda target, wanted: _post(target, {READ: wanted["read_acl"], WRITE: wanted["write_acl"]}),
    implied=("public_acl",),
)


def _may_version(before: Values, after: Values) -> bool:
    return (before.get("versioning"), after.get("versioning")) in (("off", "on"), ("suspended", "on"), ("on", "suspended"))


VERSIONS = _setting(
    "keep the versions of a container's objects",
    ("versioning",),
    "Object Storage: Object versioning (X-Versions-Enabled)",
    lambda headers: {"versioning": versioning(headers)},
    lambda target, wanted: _post(target, {"x-versions-enabled": "true" if wanted["versioning"] == "on" else "false"}),
    allowed=_may_version,
    undone=lambda before: {"versioning": "suspended" if before["versioning"] == "off" else before["versioning"]},
    note="what was off before is suspended after undo",
)


def _quota(headers: dict[str, str]) -> Values:
    said = headers.get(f"{META}quota-bytes", "")
    return {"quota_bytes": int(said) if said.isdigit() else -1}


def _write_quota(target: Target, wanted: Values) -> None:
    value = wanted["quota_bytes"]
    _post(target, {f"{GONE}quota-bytes": "x"} if value < 0 else {f"{META}quota-bytes": str(value)})


QUOTA = _setting("set the quota of a container", ("quota_bytes",), "Object Storage: Container quotas", _quota, _write_quota)


def _write_tags(target: Target, wanted: Values) -> None:
    seen = tags_of(_headers(target))
    gone = {f"{GONE}{name}": "x" for name in seen if name not in wanted["tags"]}
    _post(target, {**gone, **{f"{META}{name}": value for name, value in wanted["tags"].items()}})


def _fits_tags(before: Values, after: Values) -> bool:
    """Names and values that HTTP headers carry unchanged; an empty value would delete the name."""
    if not known(before, after):
        return False
    both = {**before["tags"], **after["tags"]}
    return all(
        NAME.fullmatch(name)
        and not name.startswith(OWN)
        and value
        and value.isascii()
        and value.isprintable()
        and value == value.strip()
        for name, value in both.items()
    )


TAGS = _setting(
    "change the metadata of a container",
    ("tags",),
    "Object Storage API: Create, update, or delete container metadata",
    lambda headers: {"tags": tags_of(headers)},
    _write_tags,
    allowed=_fits_tags,
)

WAYS: tuple[Way, ...] = (PUBLIC, LISTS, VERSIONS, QUOTA, TAGS)
