"""The ways of ARM that all resource types share: GET, lists, PUT, PATCH, DELETE, and operations that take their time."""

import base64
import copy
from typing import Any

from skywright.lab.azure import links, rules
from skywright.lab.azure.paths import GROUP, PROVIDERS, SUBSCRIPTION, Path
from skywright.lab.azure.refused import Refused, bad, not_found
from skywright.lab.azure.store import Operation, Record, Store, matched, whole_number
from skywright.lab.azure.types import TYPES, Type
from skywright.lab.kit import Answer, Request

Body = dict[str, Any]
READ_ONLY = ("provisioningState", "vmId", "timeCreated", "creationTime", "uniqueId", "createdOn", "createdDate", "creationDate")
EVERYWHERE = ("microsoft.authorization/roleassignments", "microsoft.authorization/roledefinitions")
"""Lists of these show what is above a scope as well."""
EXACT = ("microsoft.insights/diagnosticsettings",)


def get(store: Store, path: Path, request: Request) -> Answer:
    """One resource."""
    store.look(path.key)
    record = found(store, path)
    links.relink(store)
    body = links.shown(store, record)
    if "instanceview" in request.parameter("$expand").lower():
        body = {**body, "properties": {**body["properties"], "instanceView": instance_view(record)}}
    return Answer(200, body, {"ETag": record.etag})


def found(store: Store, path: Path) -> Record:
    """The record that a path names. Raises Refused: the subscription, the group or the thing itself is not there."""
    if path.subscription and store.get(path.subscription) is None:
        name = path.subscription.rsplit("/", 1)[1]
        raise Refused(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")
    if path.group and store.get(path.group) is None:
        name = path.group.rsplit("/", 1)[1]
        raise Refused(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    if path.name and (record := store.get(path.key)):
        return record
    raise not_found(path.key.rpartition(PROVIDERS)[2], path.group.rsplit("/", 1)[-1])


def collection(store: Store, path: Path, request: Request, page_size: int, origin: str) -> Answer:
    """A list, page by page: by tenant, subscription, resource group, parent or scope."""
    if path.group and store.get(path.group) is None:
        raise Refused(404, "ResourceGroupNotFound", f"Resource group '{path.group.rsplit('/', 1)[1]}' could not be found.")
    if path.subscription and store.get(path.subscription) is None:
        raise Refused(404, "SubscriptionNotFound", f"The subscription '{path.subscription.rsplit('/', 1)[1]}' could not be found.")
    if parent := links.parent_missing(store, path.key):
        raise not_found(parent.rpartition(PROVIDERS)[2], path.group.rsplit("/", 1)[-1])
    links.relink(store)
    answer = page(_members(store, path), request, page_size, origin)
    status = request.parameter("statusOnly") == "true"
    answer.body["value"] = [_listed(store, record, status=status) for record in answer.body["value"]]
    return answer


def _listed(store: Store, record: Record, *, status: bool) -> Body:
    """As a list shows it; ``status``: with the states of machines."""
    body = links.shown(store, record)
    return {**body, "properties": {**body["properties"], "instanceView": instance_view(record)}} if status else body


def _members(store: Store, path: Path) -> list[Record]:
    if path.type == "microsoft.resources/resources":
        head = path.scope or path.subscription
        return [record for record in store.all() if record.key.startswith(head + "/") and _top_level(record)]
    records = store.of_type(path.type)
    if path.type == SUBSCRIPTION:
        return records
    if path.parent:
        return [record for record in records if record.key.startswith(path.key + "/")]
    if path.type in EXACT:
        return [record for record in records if record.key.rpartition(PROVIDERS)[0] == path.scope]
    if path.type in EVERYWHERE:
        return [record for record in records if _along(record.key.rpartition(PROVIDERS)[0], path.scope)]
    return [record for record in records if record.key.startswith((path.scope or "") + "/")]


def _along(scope: str, asked: str) -> bool:
    """Is ``scope`` at, above or below the one asked for. Management groups stand above every subscription here."""
    above = not scope or scope.startswith("/providers/microsoft.management/")
    return above or f"{asked}/".startswith(scope + "/") or f"{scope}/".startswith(asked + "/")


def _top_level(record: Record) -> bool:
    tail = record.key.rpartition(PROVIDERS)[2]
    extension = record.type.startswith(
        ("microsoft.authorization/", "microsoft.insights/diagnostic", "microsoft.security/", "microsoft.consumption/")
    )
    return PROVIDERS in record.key and tail.count("/") == 2 and not extension


def page(items: list[Any], request: Request, page_size: int, origin: str, link: str = "nextLink") -> Answer:
    """One page of a list, with the link to the next. ``$top`` may ask for fewer."""
    mark = request.parameter("$skiptoken") or request.parameter("$skipToken")
    start = _unmarked(mark) if mark else 0
    top = request.parameter("$top")
    size = min(page_size, whole_number(top, "$top")) if top else page_size
    body: Body = {"value": items[start : start + size]}
    if start + size < len(items):
        from urllib.parse import quote, urlencode

        kept = {name: values[0] for name, values in request.query.items() if name.lower() != "$skiptoken"}
        query = urlencode({**kept, "$skiptoken": marked(start + size)})
        body[link] = f"{origin}{quote(request.path)}?{query}"
    return Answer(200, body)


def marked(start: int) -> str:
    """A place in a list, as a token that says nothing to whoever gets it."""
    return base64.urlsafe_b64encode(f"at:{start}".encode()).decode()


def _unmarked(mark: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(mark.encode()).decode().removeprefix("at:"))
    except ValueError as error:
        raise bad("InvalidSkipToken", f"The skip token '{mark}' is invalid.") from error


def instance_view(record: Record) -> Body:
    """How a machine is, by its statuses."""
    if record.type != "microsoft.compute/virtualmachines":
        return {}
    state = str(record.properties.get("provisioningState", "Succeeded")).lower()
    since = {"time": record.hidden["since"]} if "since" in record.hidden else {}
    return {
        "computerName": record.body["name"],
        "statuses": [
            {"code": f"ProvisioningState/{state}", "level": "Info", "displayStatus": f"Provisioning {state}", **since},
            {"code": f"PowerState/{record.power}", "level": "Info", "displayStatus": f"VM {record.power}"},
        ],
    }


# -- writes ------------------------------------------------------------------------------------------------------------------------


def write(store: Store, path: Path, request: Request, origin: str) -> Answer:
    """PUT and PATCH."""
    kind = TYPES[path.type]
    body = _body(request)
    record = store.get(path.key)
    if request.method == "PATCH" and record is None:
        found(store, path)
    _standing(store, path)
    store.free(path.key)
    matched(record, request.headers.get("if-match", ""), request.headers.get("if-none-match", ""))
    _body_etag(kind, record, body)
    rules.refuse_locked(store, path.key, request.method)
    new = _patched(kind, record, body) if record and request.method == "PATCH" else _replaced(kind, record, body)
    rules.refuse_orphan(store, path.key, new, path.type)
    rules.check(store, record, path.type, path.key, new)
    return _kept(store, path, kind, new, origin)


def _body(request: Request) -> Body:
    import msgspec

    try:
        body = request.json()
    except msgspec.DecodeError as error:
        raise bad("InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{error}'.") from error
    if not isinstance(body, dict):
        raise bad("InvalidRequestContent", "The request content was invalid and could not be deserialized.")
    return body


def _standing(store: Store, path: Path) -> None:
    """Raises Refused where there is nothing for the resource to stand in."""
    if path.type != GROUP and path.group and store.get(path.group) is None:
        raise Refused(404, "ResourceGroupNotFound", f"Resource group '{path.group.rsplit('/', 1)[1]}' could not be found.")
    if parent := links.parent_missing(store, path.key):
        raise Refused(
            404, "ParentResourceNotFound", f"Can not perform requested operation on nested resource. Parent '{parent}' not found."
        )


def _body_etag(kind: Type, record: Record | None, body: Body) -> None:
    """A resource that shows its ETag in its body takes it back there as a condition."""
    if kind.etag and record and body.get("etag") not in (None, record.etag):
        raise Refused(
            412, "PreconditionFailed", f"Precondition failed: the etag {body['etag']} is not that of {record.body['id']}."
        )


def _patched(kind: Type, record: Record, body: Body) -> Body:
    if kind.tags_only and set(body) - {"tags"}:
        extra = ", ".join(sorted(set(body) - {"tags"}))
        raise bad(
            "InvalidRequestFormat", f"Cannot parse the request. Could not find member '{extra}' on object of type 'TagsObject'."
        )
    return merged(copy.deepcopy(record.body), body)


def merged(old: Body, new: Body) -> Body:
    """JSON merge: objects into each other, anything else in place of what was. Tags are replaced whole."""
    for name, value in new.items():
        if name != "tags" and isinstance(value, dict) and isinstance(old.get(name), dict):
            merged(old[name], value)
        else:
            old[name] = copy.deepcopy(value)
    return old


def _replaced(kind: Type, record: Record | None, body: Body) -> Body:
    if kind.located and "location" not in body:
        raise bad("LocationRequired", "The location property is required for this definition.")
    if record and kind.located and str(record.body.get("location", "")).lower() != str(body["location"]).lower():
        raise Refused(
            409,
            "InvalidResourceLocation",
            f"The resource '{record.body['name']}' already exists in location '{record.body.get('location')}'. A "
            "resource with the same "
            f"name cannot be created in location '{body['location']}'.",
        )
    new = copy.deepcopy(body)
    for name in ("etag", "id", "name", "type"):
        new.pop(name, None)
    kept = {name: record.properties[name] for name in READ_ONLY if record and name in record.properties}
    new["properties"] = {**(new.get("properties") or {}), **kept}
    return new


def _kept(store: Store, path: Path, kind: Type, body: Body, origin: str) -> Answer:
    old = store.get(path.key)
    record = store.put(
        old.body["id"] if old else path.raw, {name: body[name] for name in body if name not in ("id", "name", "type")}
    )
    if old:
        record.version, record.power, record.load, record.hidden = old.version, old.power, old.load, old.hidden
    links.spread(store, record)
    rules.made(store, record, new=old is None)
    store.touch(record)
    status = 200 if old else 201
    if not kind.slow:
        record.properties.setdefault("provisioningState", "Succeeded")
        links.relink(store)
        return Answer(status, links.shown(store, record), {"ETag": record.etag})
    record.properties["provisioningState"] = "Updating" if old else "Creating"
    operation = store.begin(path.key, lambda: _succeed(store, path.key), created=old is None)
    links.relink(store)
    return Answer(status, links.shown(store, record), {**waiting(operation, path, origin), "ETag": record.etag})


def _succeed(store: Store, key: str) -> None:
    if record := store.get(key):
        record.properties["provisioningState"] = "Succeeded"


def waiting(operation: Operation, path: Path, origin: str, *, location: bool = False) -> dict[str, str]:
    """Where to ask how an operation is getting on."""
    sub = path.subscription or "/subscriptions/00000000-0000-0000-0000-000000000000"
    where = f"{origin}{sub}/providers/Microsoft.Lab/locations/global"
    headers = {"Azure-AsyncOperation": f"{where}/operations/{operation.id}?api-version=2024-01-01", "Retry-After": "0"}
    if location:
        headers["Location"] = f"{where}/operationResults/{operation.id}?api-version=2024-01-01"
    return headers


def delete(store: Store, path: Path, request: Request, origin: str) -> Answer:
    """DELETE: 204 for what is not there."""
    record = store.get(path.key)
    if record is None:
        found(store, Path(path.raw, path.key, path.type, "", path.scope)) if path.group and store.get(path.group) is None else None
        return Answer(204)
    store.free(path.key)
    matched(record, request.headers.get("if-match", ""), "")
    rules.refuse_locked(store, path.key, "DELETE")
    links.refuse_in_use(store, record)
    if not TYPES[path.type].slow and path.type != GROUP:
        store.remove(path.key)
        return Answer(200, record.body if path.type.startswith("microsoft.authorization/roleassign") else None)
    if "provisioningState" in record.properties:
        record.properties["provisioningState"] = "Deleting"
    operation = store.begin(path.key, lambda: store.remove(path.key))
    return Answer(202, None, waiting(operation, path, origin, location=True))


def operation_status(store: Store, path: Path, request: Request) -> Answer:
    """How an operation is getting on: the body of Azure-AsyncOperation, or the 202 and 200 of Location."""
    operation = store.operations.get(path.key.rsplit("/", 1)[1])
    if operation is None:
        raise Refused(404, "NotFound", "The operation does not exist.")
    store.step(operation)
    if "/operationresults/" in path.key:
        if operation.state == "InProgress":
            return Answer(
                202,
                None,
                {"Location": f"https://{request.headers.get('host', '')}{path.raw}?api-version=2024-01-01", "Retry-After": "0"},
            )
        return Answer(200, {})
    body: Body = {"id": path.raw, "name": operation.id, "status": operation.state}
    if operation.error:
        body["error"] = operation.error if operation.state == "Failed" else None
    return Answer(200, {name: value for name, value in body.items() if value is not None}, {"Retry-After": "0"})
