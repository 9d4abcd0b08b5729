"""POST to a resource: what machines are told to do, and what is told of keys to those who may."""

from datetime import UTC, datetime
from typing import Any

from skywright.lab.azure import links, rules
from skywright.lab.azure.paths import Path, parsed
from skywright.lab.azure.refused import Refused, bad, conflict
from skywright.lab.azure.store import Record, Store
from skywright.lab.azure.verbs import found, waiting
from skywright.lab.kit import Answer, Request

POWER = {
    "start": ("starting", "running"),
    "poweroff": ("stopping", "stopped"),
    "deallocate": ("deallocating", "deallocated"),
    "restart": ("running", "running"),
}
"""Action -> the state on the way and at the end (Virtual Machines - Instance View: PowerState codes)."""

MACHINES = ("microsoft.compute/virtualmachines", "microsoft.compute/virtualmachinescalesets")
DATABASES = ("microsoft.dbforpostgresql/flexibleservers", "microsoft.dbformysql/flexibleservers")


def post(store: Store, path: Path, request: Request, origin: str) -> Answer:
    """``POST <resource>/<action>``."""
    target = parsed(path.raw.rpartition("/")[0])
    action = path.key.rpartition("/")[2]
    record = found(store, target)
    if action in POWER and target.type in MACHINES:
        return _power(store, target, record, action, origin)
    if action in ("start", "stop") and target.type in (*DATABASES, "microsoft.containerservice/managedclusters"):
        return _database(store, target, record, action, origin)
    if action == "capture" and target.type in MACHINES:
        return _captured(store, target, record, request, origin)
    if action == "generalize" and target.type in MACHINES:
        record.hidden["generalized"] = True
        return Answer(200)
    if action == "listkeys":
        return Answer(200, _keys(store))
    if action in ("start", "stop") and target.type == "microsoft.web/sites":
        record.properties["state"] = "Running" if action == "start" else "Stopped"
        store.touch(record)
        return Answer(200)
    raise bad("InvalidAction", f"The action '{action}' is not known for resources of type '{target.type}'.")


def _power(store: Store, target: Path, record: Record, action: str, origin: str) -> Answer:
    store.free(target.key)
    rules.refuse_locked(store, target.key, "POST")
    between, end = POWER[action]
    if action == "restart" and record.power != "running":
        raise conflict("OperationNotAllowed", "Cannot restart a VM that is not running.")
    record.power = between
    store.touch(record)
    operation = store.begin(target.key, lambda: _powered(store, record, end))
    return Answer(202, None, waiting(operation, target, origin, location=True))


def _powered(store: Store, record: Record, state: str) -> None:
    record.power = state
    record.hidden["since"] = datetime.now(UTC).isoformat()
    store.touch(record)


def _database(store: Store, target: Path, record: Record, action: str, origin: str) -> Answer:
    store.free(target.key)
    end = {"start": ("Ready", "Running"), "stop": ("Stopped", "Stopped")}[action]

    def finish() -> None:
        if target.type.startswith("microsoft.container"):
            record.properties["powerState"] = {"code": end[1]}
        else:
            record.properties["state"] = end[0]
        store.touch(record)

    operation = store.begin(target.key, finish)
    return Answer(202, None, waiting(operation, target, origin, location=True))


def _captured(store: Store, target: Path, record: Record, request: Request, origin: str) -> Answer:
    if not record.hidden.get("generalized"):
        raise conflict("OperationNotAllowed", f"The VM {record.body['name']} is not generalized.")
    name = (request.json() or {}).get("vhdPrefix", "capture")
    identifier = f"{target.raw.rpartition('/providers/')[0]}/providers/Microsoft.Compute/images/{name}"
    operation = store.begin(
        target.key,
        lambda: void(
            store.put(
                identifier,
                {
                    "location": record.body["location"],
                    "properties": {"sourceVirtualMachine": {"id": record.body["id"]}, "provisioningState": "Succeeded"},
                },
            )
        ),
    )
    return Answer(202, None, waiting(operation, target, origin, location=True))


def void(_value: object) -> None:
    """Nothing."""


def _keys(store: Store) -> dict[str, Any]:
    return {"keys": [{"keyName": f"key{number}", "permissions": "FULL", "value": store.guid()} for number in (1, 2)]}


def moved(store: Store, path: Path, request: Request, origin: str) -> Answer:
    """``POST <resource group>/moveResources``."""
    body = request.json() or {}
    goal = store.get(str(body.get("targetResourceGroup", "")))
    if goal is None:
        raise Refused(404, "ResourceGroupNotFound", "The target resource group could not be found.")
    records = [store.get(str(identifier)) for identifier in body.get("resources") or ()]
    if not records or None in records:
        raise bad("ResourceMoveFailed", "A resource to be moved does not exist.")

    def finish() -> None:
        for record in [found_one for found_one in records if found_one]:
            tail = record.body["id"].split("/providers/", 1)[1]
            kept = {name: value for name, value in record.body.items() if name not in ("id", "name", "type")}
            store.remove(record.key)
            store.put(f"{goal.body['id']}/providers/{tail}", kept, power=record.power, load=record.load)

    links.relink(store)
    operation = store.begin(path.key, finish)
    return Answer(202, None, waiting(operation, path, origin, location=True))


def tags(store: Store, path: Path, request: Request) -> Answer:
    """``<scope>/providers/Microsoft.Resources/tags/default`` (Tags - Update At Scope)."""
    owner = found(store, parsed(path.raw.rpartition("/providers/")[0]))
    now: dict[str, str] = dict(owner.body.get("tags") or {})
    body = request.json() or {}
    given: dict[str, str] = (body.get("properties") or {}).get("tags") or {}
    if request.method in ("PUT", "PATCH", "DELETE"):
        rules.refuse_locked(store, owner.key, "PATCH")
        store.free(owner.key)
        owner.body["tags"] = _tagged(request.method, str(body.get("operation", "")), now, given)
        store.touch(owner)
    shown = {
        "id": path.raw,
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": owner.body.get("tags") or {}},
    }
    return Answer(200, None if request.method == "DELETE" else shown)


def _tagged(method: str, operation: str, now: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    if method == "DELETE":
        return {}
    if method == "PUT" or operation == "Replace":
        return dict(given)
    if operation == "Merge":
        return {**now, **given}
    if operation == "Delete":
        return {name: value for name, value in now.items() if name not in given or given[name] not in ("", value)}
    raise bad("InvalidTagPatchOperation", f"The tag operation '{operation}' is not one of Replace, Merge, Delete.")
