"""Get, list, aggregatedList, insert, create, patch, update and delete: the same for every resource of every service."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from skywright.lab.gcp import naming, rules
from skywright.lab.gcp.discovery import Schema
from skywright.lab.gcp.filling import complete, remark
from skywright.lab.gcp.filters import matches
from skywright.lab.gcp.merging import masked, merged
from skywright.lab.gcp.refusals import Refusal, not_found
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.world import World

PAGE = {"compute": 500, "storage": 1000, "bigquery": 50, "dns": 100, "sqladmin": 500, "pubsub": 100, "iam": 100, "container": 1000}
PAGE_OTHERWISE = 100
NO_WILDCARD = frozenset({"cloudkms", "artifactregistry"})
"""Services that want one location named."""


def get(world: World, call: Call) -> bytes:
    """One resource. An operation is looked at as any other."""
    found = world.store.raw(numbered(world, call, world.store.find(call.key)))
    if found is None:
        raise not_found(call.service, call.target)
    return found


def listed(world: World, call: Call) -> dict[str, Any]:
    """A page of a collection."""
    if call.service in NO_WILDCARD and "/-" in call.target:
        raise Refusal(400, f"Invalid resource field value in the request: '{call.target}'.")
    room = world.store.room(call.key)
    found = [(name, raw) for name, raw in room.items() if _belongs(world, call, raw)]
    schema = call.document.schema(call.method.response.ref)
    field, item = items_field(call, schema)
    page, token = paged(found, call)
    narrow = call.service == "bigquery"
    rows = [trimmed(raw, call, item) if narrow else msgspec.Raw(raw) for _, raw in page]
    answer: dict[str, Any] = {field: rows} if rows else {}
    kind = schema.properties.get("kind")
    if kind and kind.default:
        answer["kind"] = kind.default
    return answer | ({"nextPageToken": token} if token else {})


def aggregated(world: World, call: Call) -> dict[str, Any]:
    """A page of what all zones and regions hold, by scope; a scope without anything says so in a warning."""
    collection = call.target.rsplit("/", 1)[-1]
    project = f"compute/projects/{call.project}"
    rooms = world.store.rooms(f"{re.escape(project)}/(global|(zones|regions)/[^/]+)/{collection}")
    scopes = {room: room.removeprefix(f"{project}/").rpartition("/")[0] for room in rooms}
    wanted = str(call.params.get("filter", ""))
    found = [
        (f"{scope}/{name}", raw)
        for room, scope in scopes.items()
        if scope not in world.unreachable
        for name, raw in world.store.room(room).items()
        if matches(raw, wanted)
    ]
    page, token = paged(found, call)
    items: dict[str, Any] = {}
    for name, raw in page:
        items.setdefault(name.rpartition("/")[0], {}).setdefault(collection, []).append(msgspec.Raw(raw))
    if "pageToken" not in call.params:
        items |= {scope: {"warning": _silent(world, scope)} for scope in _scopes(world, project) if scope not in items}
    kind = call.document.schema(call.method.response.ref).properties["kind"].default
    return {"kind": kind, "items": items} | ({"nextPageToken": token} if token else {})


def insert(world: World, call: Call) -> dict[str, Any] | bytes:
    """A new resource. Raises 409 for a name that is taken."""
    key, resource = naming.named(world, call)
    if world.store.raw(key) is not None:
        raise Refusal(409, f"The resource '{key.partition('/')[2]}' already exists")
    rules.before_insert(world, call, resource)

    def made() -> None:
        whole = complete(world.store, key, resource)
        world.store.put(key, whole)
        rules.after_insert(world, key, whole)

    return answered(world, call, key, "insert", made)


def change(world: World, call: Call) -> dict[str, Any] | bytes:
    """Patch or update. Raises 412 for a fingerprint or a generation that is no longer so."""
    key = world.store.find(call.key)
    resource = required(world, call, key)
    body, mask = naming.unwrapped(call)
    rules.before_change(world, call, resource, body)
    if mask:
        after = masked(resource, body, mask)
    elif call.method.http == "PUT":
        after = {**_kept(call, resource, body), **body}
    else:
        after = merged(resource, body)

    def changed() -> None:
        touched(world, key, after)

    return answered(world, call, key, call.verb, changed)


def delete(world: World, call: Call) -> dict[str, Any] | bytes:
    """Take a resource away. Raises 400 for one that another uses."""
    key = world.store.find(call.key)
    resource = required(world, call, key)
    rules.before_delete(world, call, key, resource)

    def gone() -> None:
        rules.after_delete(world, key, resource)
        world.store.drop(key)

    if call.service == "compute" and call.collection == "instances":
        world.store.put(key, {**resource, "status": "STOPPING"})
    return answered(world, call, key, "delete", gone)


def numbered(world: World, call: Call, key: str) -> str:
    """The key of a project that is named by its number; any other as it is."""
    if call.service == "cloudresourcemanager" and call.target.startswith("projects/") and world.store.raw(key) is None:
        for name, raw in world.store.room("cloudresourcemanager/projects").items():
            if msgspec.json.decode(raw).get("name") == call.target:
                return f"cloudresourcemanager/projects/{name}"
    return key


def required(world: World, call: Call, key: str) -> dict[str, Any]:
    """The resource, or 404."""
    found = world.store.get(key)
    if found is None:
        raise not_found(call.service, call.target)
    return found


def touched(world: World, key: str, resource: dict[str, Any]) -> None:
    """Keep a changed resource, with new fingerprints and times."""
    service, path = key.split("/", 1)
    remark(resource, service, path.split("/")[-2])
    if service == "storage":
        resource |= {"metageneration": str(int(resource.get("metageneration", "1")) + 1), "updated": world.store.stamp()}
    if "/cryptoKeyVersions/" in key:
        rules.tell_key(world, key, resource)
    if service == "artifactregistry":
        config = resource.setdefault("vulnerabilityScanningConfig", {})
        config["enablementState"] = "SCANNING_DISABLED" if config.get("enablementConfig") == "DISABLED" else "SCANNING_ACTIVE"
    if "updateTime" in resource:
        resource["updateTime"] = world.store.stamp()
    if service == "sqladmin" and "settings" in resource:
        resource["settings"]["settingsVersion"] = str(int(resource["settings"].get("settingsVersion", "0")) + 1)
    world.store.put(key, resource)


def answered(
    world: World, call: Call, key: str, kind: str, effect: Callable[[], None], after: Callable[[], None] | None = None
) -> dict[str, Any] | bytes:
    """An operation where the method is documented to give one, else the effect at once. ``after`` comes at its end, good or bad."""
    response = call.method.response.ref
    if response and is_operation(call.document.schema(response)):
        return world.operations.begin(call, key, kind, effect, after or rules.under_way(world, key))
    effect()
    return world.store.raw(key) or {}


def is_operation(schema: Schema) -> bool:
    """Is this what an operation looks like."""
    names = schema.properties.keys()
    return {"done", "response"} <= names or {"operationType", "status"} <= names


def items_field(call: Call, schema: Schema) -> tuple[str, Schema | None]:
    """Under which name a list's answer holds the rows, and what they are."""
    named = call.target.rsplit("/", 1)[-1]
    lists = {name: part for name, part in schema.properties.items() if part.type == "array"}
    field = next((name for name in ("items", named) if name in lists), "") or next(
        name for name, part in lists.items() if part.items is not None and (part.items.ref or part.items.properties)
    )
    return field, lists[field].items


def paged(found: list[tuple[str, bytes]], call: Call) -> tuple[list[tuple[str, bytes]], str]:
    """The page that is asked for, and the token of the next. A token is the name of the last row, so that what goes meanwhile
    shifts nothing."""
    asked = call.params.get("maxResults") or call.params.get("pageSize") or 0
    size = int(asked) or PAGE.get(call.service, PAGE_OTHERWISE)
    start = 0
    if token := call.params.get("pageToken"):
        last = read_token(str(token))
        names = [name for name, _ in found]
        start = names.index(last) + 1 if last in names else next((i for i, name in enumerate(names) if name > last), len(names))
    page = found[start : start + size]
    return page, write_token(page[-1][0]) if start + size < len(found) else ""


def write_token(name: str) -> str:
    """A page token."""
    return base64.urlsafe_b64encode(name.encode()).decode()


def read_token(token: str) -> str:
    """What a page token says. Raises 400 for one that was never given."""
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise Refusal(400, f"Invalid value for field 'pageToken': '{token}'.") from error


def trimmed(raw: bytes, call: Call, item: Schema | None) -> dict[str, Any]:
    """A row with only what the list's schema has."""
    resource: dict[str, Any] = msgspec.json.decode(raw)
    known = (call.document.schema(item.ref) if item and item.ref else item or Schema()).properties
    return {name: value for name, value in resource.items() if name in known} if known else resource


def _belongs(world: World, call: Call, raw: bytes) -> bool:
    if call.service == "storage" and call.collection == "b":
        return world.remembered(("number of", call.project), lambda: _number_field(world, call.project)) in raw
    if call.service == "iam" and call.collection == "keys":
        return True
    if call.collection == "operations" and "instance" in call.params:
        return bool(msgspec.json.decode(raw).get("targetId") == call.params["instance"])
    if "parent" in call.params and call.method.parameters["parent"].location == "query":
        return bool(msgspec.json.decode(raw).get("parent") == call.params["parent"])
    return matches(raw, str(call.params.get("filter", "")))


def _number_field(world: World, project: str) -> bytes:
    """What the buckets of a project say of it."""
    row = world.store.get(f"cloudresourcemanager/projects/{project}") or {}
    return f'"projectNumber":"{row.get("name", "/?").partition("/")[2]}"'.encode()


def _kept(call: Call, resource: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """What an update does not touch: what only the service writes, and identities."""
    schema = call.document.schema(call.method.request.ref).properties
    always = ("id", "name", "selfLink", "creationTimestamp", "kind", "status", "state", "zone", "region", "createTime", "etag")
    return {
        name: value
        for name, value in resource.items()
        if name in always or (name in schema and schema[name].only_read) or (name == "settings" and name not in body)
    }


def _scopes(world: World, project: str) -> Iterator[str]:
    yield from (f"zones/{name}" for name in world.store.room(f"{project}/zones"))
    yield from (f"regions/{name}" for name in world.store.room(f"{project}/regions"))
    yield "global"


def _silent(world: World, scope: str) -> dict[str, Any]:
    if scope in world.unreachable:
        text = f"The scope '{scope}' could not be reached."
        return {"code": "UNREACHABLE", "message": text, "data": [{"key": "scope", "value": scope}]}
    text = f"There are no results for scope '{scope}' on this page."
    return {"code": "NO_RESULTS_ON_PAGE", "message": text, "data": [{"key": "scope", "value": scope}]}
