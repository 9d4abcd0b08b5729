"""Swift: containers of objects, with who may read them."""

from collections.abc import Iterator
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.openstack.place import OBJECT, Place
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.model.errors import NotThere, TryAgain
from skywright.model.kinds.storage import Bucket
from skywright.model.words import t

KIND = "storage.bucket"
PAGE = 1000
META = "x-container-meta-"
OWN = ("temp-url-key", "temp-url-key-2", "quota-bytes", "quota-count", "access-control-", "web-", "skywright-")
"""Metadata that is a setting, or a secret, and no tag (Object Storage API, "Show container metadata")."""
GIB = 1 << 30


def everyone(acl: str) -> list[str]:
    """The elements of an access list that let in everyone: ``.r:*`` any reader, ``*`` and ``*:*`` any user of any project
    (Object Storage, "Access control lists")."""
    return [one for one in elements(acl) if one in (".r:*", "*", "*:*")]


def elements(acl: str) -> list[str]:
    """The elements of an access list."""
    return [one.strip() for one in acl.split(",") if one.strip()]


def container(item: dict[str, Any], headers: dict[str, str] | None, place: Place) -> Bucket:
    """One item of a list of containers, with the headers of its HEAD (None: unknown)."""
    size, known = tr.integer(item, "bytes"), headers is not None
    facts = headers or {}
    read, write = facts.get("x-container-read", ""), facts.get("x-container-write", "")
    return Bucket(
        **place.common(KIND, item["name"]),
        name=item["name"],
        state="available",
        tags=tags_of(facts) if known else None,
        native={"count": item.get("count"), "bytes": size, **shown_headers(facts)},
        public_policy=False if known else None,
        public_acl=bool(everyone(read) or everyone(write)) if known else None,
        policy="" if known else None,
        read_acl=read if known else None,
        write_acl=write if known else None,
        versioning=versioning(facts) if known else None,
        size_gib=None if size is None else size / GIB,
        storage_class=facts.get("x-storage-policy"),
        quota_bytes=_quota(facts) if known else None,
        objects=tr.integer(item, "count"),
    )


def tags_of(headers: dict[str, str]) -> dict[str, str]:
    """A container's metadata; header names have no case, so keys are in small letters."""
    return {
        name.removeprefix(META): value
        for name, value in headers.items()
        if name.startswith(META) and not name.removeprefix(META).startswith(OWN)
    }


def shown_headers(headers: dict[str, str]) -> dict[str, str]:
    """What is kept of the answer: no secrets (keys of temporary URLs), nothing of the single request."""
    wanted = ("x-container-", "x-storage-policy", "x-versions-", "x-history-")
    return {
        name: value
        for name, value in sorted(headers.items())
        if name.startswith(wanted) and "temp-url-key" not in name and "sync-key" not in name
    }


def versioning(headers: dict[str, str]) -> str:
    """On by either of Swift's two ways; suspended when it was switched off after it had been on."""
    if headers.get("x-versions-location") or headers.get("x-history-location"):
        return "on"
    enabled = headers.get("x-versions-enabled", "").lower()
    return "on" if enabled == "true" else "suspended" if enabled == "false" else "off"


def _quota(headers: dict[str, str]) -> int:
    said = headers.get(META + "quota-bytes", "")
    return int(said) if said.isdigit() else -1


def containers(reading: Reading) -> Iterator[Any]:
    """Every container of the project's account. Raises TryAgain when a page begins where an earlier one did."""
    marker = ""
    while True:
        query = {"format": "json", "limit": str(PAGE), **({"marker": marker} if marker else {})}
        listed = reading.ask("GET ", service=OBJECT, query=query).body or []
        if not isinstance(listed, list):
            raise TypeError("no list of containers in the answer")
        yield from listed
        if len(listed) < PAGE:
            return
        if listed[-1]["name"] <= marker:
            raise TryAgain(t("OpenStack pages {call} in a circle.", call="object-store:GET "))
        marker = listed[-1]["name"]


def _head(reading: Reading, item: Any) -> dict[str, str] | None:
    try:
        headers: dict[str, str] = reading.ask("HEAD /{}", item["name"], service=OBJECT).headers
    except NotThere:
        return {}
    return headers


def _read(reading: Reading) -> None:
    listed = _wanted(reading) if reading.only is not None else containers(reading)
    answers = reading.each(KIND, listed, lambda item: _head(reading, item))
    there = [(item, headers) for item, headers in answers if headers != {}]  # deleted while we listed
    reading.take(KIND, there, lambda pair: container(*pair, reading.place))


def _wanted(reading: Reading) -> Iterator[Any]:
    """Single containers, as a list would show them."""
    for name in sorted(reading.only or ()):
        headers = _head(reading, {"name": name})
        if headers:
            yield {
                "name": name,
                "count": tr.integer(headers, "x-container-object-count"),
                "bytes": tr.integer(headers, "x-container-bytes-used"),
            }


READERS = (
    Reader(name="containers", service=OBJECT, kinds=(KIND,), read=_read, permissions=("object-store:GET", "object-store:HEAD")),
)
