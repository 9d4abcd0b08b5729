"""Cases of one setting: Azure's own value, before and after, and that nothing else of the resource is touched."""

from typing import Any

from tests.adapters.clouds.azure.write import _worlds_compute
from tests.adapters.clouds.azure.write._harness import Case, World

from skywright.lab.azure.seed import compute, data
from skywright.lab.azure.store import Record


def rest(world: World, path: str, field: str) -> dict[str, Any]:
    """Everything else of a resource: no action may touch it."""
    found = world.record(path)
    own = {name: value for name, value in found.properties.items() if name not in (field, "provisioningState", "lastModifiedTime")}
    return {"properties": own, "tags": found.body.get("tags"), "location": found.body.get("location"), "sku": found.body.get("sku")}


def unlock(world: World, path: str) -> None:
    """The lab locks what matters; here it is in the way."""
    world.store.remove(world.site.id(f"{path}/providers/Microsoft.Authorization/locks/keep").lower())


def made(
    world: World, kind: str, path: str, place: str, values: tuple[Any, Any], columns: tuple[dict[str, Any], dict[str, Any]]
) -> Case:
    """A setting that stands at one place of one resource; ``values`` are Azure's, ``columns`` ours."""
    build = {
        "kubernetes.cluster": lambda: compute.cluster(world.site, "one", _worlds_compute.subnet(world)),
        "registry.repository": lambda: compute.registry(world.site, "one"),
        "function.function": lambda: function(world),
        "crypto.vault": lambda: data.vault(world.site, "one", networkAcls={"defaultAction": "Allow"}),
        "log.group": lambda: world.site.put("Microsoft.OperationalInsights/workspaces/one", {"retentionInDays": 30}),
        "database.cache": lambda: data.redis(world.site, "one"),
        "database.table": lambda: data.cosmos(world.site, "one"),
    }[kind]
    own = build().properties
    *above, field = place.split(".")
    for name in above:
        own = own[name]
    if values[0] is None:
        own.pop(field, None)
    else:
        own[field] = values[0]

    def see() -> dict[str, Any]:
        found = world.properties(path)
        for name in above:
            found = found[name]
        return {"own": found.get(field), "rest": rest(world, path, place.split(".", maxsplit=1)[0])}

    before, after = columns
    return Case(kind=kind, native_id="rg/one", before=before, after=after, see=see, wanted={"own": values[1]})


def function(world: World) -> Record:
    """A function app with a door for everyone."""
    found = compute.function_app(world.site, "one")
    door = {"config": {"bindings": [{"type": "httpTrigger", "authLevel": "anonymous"}]}}
    world.site.part(found, "functions/door", door)
    return found


def _off_on(column: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {column: False}, {column: True}


def _on_off(column: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {column: True}, {column: False}
