"""What the real services refuse, and what one change brings with it elsewhere. Sources: Google's reference page of each method."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.lab.gcp.filling import ROOTS, complete, remark
from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.world import World

COMPUTE = ROOTS["compute"]
EVERYONE = frozenset({"allUsers", "allAuthenticatedUsers"})
NEEDS_MARK = frozenset({"subnetworks", "urlMaps", "targetHttpsProxies", "sslPolicies"})
"""Collections of which a patch must bring the fingerprint along."""


def tail(link: object) -> str:
    """The last part of a link."""
    return str(link or "").rsplit("/", 1)[-1]


def path_of(link: object) -> str:
    """A link, whole or partial -> the path below the service: ``projects/...``."""
    text = str(link or "")
    return text[text.index("projects/") :] if "projects/" in text else text


def in_use(what: str, by: str) -> Refusal:
    """400 of a resource that another one uses."""
    text = f"The resource '{what}' is already being used by '{by}'"
    return Refusal(400, text, "resourceInUseByAnotherResource", "FAILED_PRECONDITION")


# --- before and after a creation --------------------------------------------------------------------------------------------------


def before_insert(world: World, call: Call, resource: dict[str, Any]) -> None:
    """Raise Refusal for what could not be made; fill in what follows from the place."""
    if call.service != "compute":
        return
    _source_is_there(world, resource)
    match call.collection:
        case "disks":
            _complete_disk(world, call, resource)
        case "instances":
            _complete_instance(world, call, resource)
        case "instanceGroupManagers":
            resource.setdefault("targetSize", 0)
        case _:
            pass


def _source_is_there(world: World, resource: dict[str, Any]) -> None:
    for field in ("sourceSnapshot", "sourceDisk", "sourceImage"):
        link = resource.get(field)
        if link and "projects/debian-cloud" not in str(link) and world.store.raw(f"compute/{path_of(link)}") is None:
            raise Refusal(404, f"The resource '{path_of(link)}' was not found")


def _complete_disk(world: World, call: Call, resource: dict[str, Any]) -> None:
    zone = call.target.rsplit("/", 1)[0]
    resource.setdefault("type", f"{COMPUTE}{zone}/diskTypes/pd-standard")
    source = world.store.get(f"compute/{path_of(resource.get('sourceSnapshot'))}") if "sourceSnapshot" in resource else None
    if source:
        resource.setdefault("sizeGb", source.get("diskSizeGb", "10"))
        resource["sourceSnapshotId"] = source.get("id", "0")
    if call.params.get("sourceImage"):
        resource["sourceImage"] = call.params["sourceImage"]
    resource.setdefault("sizeGb", "500")
    resource["sizeGb"] = str(resource["sizeGb"])


def _complete_instance(world: World, call: Call, resource: dict[str, Any]) -> None:
    check_machine_type(world, resource.get("machineType", ""), call.target)
    resource["machineType"] = _whole(resource.get("machineType"))
    for place, card in enumerate(resource.setdefault("networkInterfaces", [])):
        card.setdefault("name", f"nic{place}")
        card.setdefault("networkIP", f"10.128.0.{int(world.store.next_id()) % 250 + 2}")
        for field in ("network", "subnetwork"):
            if field in card:
                card[field] = _whole(card[field])
        for access in card.get("accessConfigs", ()):
            access.setdefault("type", "ONE_TO_ONE_NAT")
            access.setdefault("natIP", f"203.0.113.{int(world.store.next_id()) % 250 + 2}")


def _whole(link: object) -> str:
    return COMPUTE + path_of(link)


def check_machine_type(world: World, link: str, where: str) -> None:
    """Raise 400 for a machine type that the zone does not have."""
    zone = "/".join(where.split("/")[:4])
    if world.store.raw(f"compute/{zone}/machineTypes/{tail(link)}") is None:
        text = f"Invalid value for field 'resource.machineType': '{link}'."
        raise Refusal(400, f"{text} Machine type with name '{tail(link)}' does not exist in zone '{tail(zone)}'.")


def after_insert(world: World, key: str, resource: dict[str, Any]) -> None:
    """What else there is once a resource is there."""
    if key.startswith("compute/") and key.split("/")[-2] == "instances":
        _own_disks(world, key, resource)
    if key.startswith("compute/") and key.split("/")[-2] == "instanceGroupManagers":
        scale(world, key, resource)


def _own_disks(world: World, key: str, resource: dict[str, Any]) -> None:
    """Make the disks that an instance is made with, and say who uses those that it is given."""
    zone = "/".join(key.split("/")[1:5])
    for disk in resource.get("disks", ()):
        wanted = disk.pop("initializeParams", None)
        name = tail(disk.get("source")) or (wanted or {}).get("diskName") or resource["name"]
        disk_key = f"compute/{zone}/disks/{name}"
        if world.store.raw(disk_key) is None:
            made = {"sizeGb": str((wanted or {}).get("diskSizeGb", "10")), "type": f"{COMPUTE}{zone}/diskTypes/pd-balanced"}
            world.store.put(disk_key, complete(world.store, disk_key, made))
        disk["source"] = f"{COMPUTE}{zone}/disks/{name}"
        disk.setdefault("deviceName", name)
        use(world, disk_key, resource["selfLink"], used=True)
    world.store.put(key, resource)


def use(world: World, key: str, user: str, *, used: bool) -> None:
    """Enter a user of a disk or an address, or take it out."""
    resource = world.store.get(key)
    if resource is None:
        return
    users = [one for one in resource.get("users", ()) if one != user] + ([user] if used else [])
    resource["users"] = users
    if not users:
        del resource["users"]
    if key.split("/")[-2] == "addresses":
        resource["status"] = "IN_USE" if users else "RESERVED"
    elif not used:
        resource["lastDetachTimestamp"] = world.store.stamp()
    world.store.put(key, resource)


def members(world: World, key: str) -> list[str]:
    """The keys of the instances of a group, by the name that their names begin with: in its zone, or in all of its region."""
    group = world.store.get(key) or {}
    base = group.get("baseInstanceName") or group.get("name", "?")
    scope = "/".join(key.split("/")[1:5])
    found = re.compile(f"compute/{scope.replace('/regions/', '/zones/')}{'-[a-z]' if '/regions/' in scope else ''}/instances")
    rooms = world.store.rooms(found.pattern)
    return sorted(f"{room}/{name}" for room in rooms for name in world.store.room(room) if name.startswith(f"{base}-"))


def scale(world: World, key: str, group: dict[str, Any]) -> None:
    """Bring a managed group to its target size: instances are made and taken away."""
    held, wanted = members(world, key), int(group.get("targetSize", 0))
    for one in held[wanted:]:
        world.store.drop(one)
    for place in range(len(held), wanted):
        _new_member(world, key, group, place)
    group["status"] = {**group.get("status", {}), "isStable": True}
    remark(group, "compute", "instanceGroupManagers")
    world.store.put(key, group)
    _tell_size(world, group, wanted)


def _new_member(world: World, key: str, group: dict[str, Any], place: int) -> None:
    project, kind, where = key.split("/")[2:5]
    zone = f"{where}-{'bcd'[place % 3]}" if kind == "regions" else where
    instance = f"compute/projects/{project}/zones/{zone}/instances/{group['baseInstanceName']}-{world.store.next_id()[-4:]}"
    machine = f"{COMPUTE}projects/{project}/zones/{zone}/machineTypes/e2-small"
    made_by = {"items": [{"key": "created-by", "value": key.partition("/")[2]}]}
    made = {"machineType": machine, "networkInterfaces": [], "disks": [], "metadata": made_by}
    world.store.put(instance, complete(world.store, instance, made))


def _tell_size(world: World, group: dict[str, Any], size: int) -> None:
    key = f"compute/{path_of(group.get('instanceGroup'))}"
    if members := world.store.get(key):
        world.store.put(key, {**members, "size": size})


# --- before a change --------------------------------------------------------------------------------------------------------------


def before_change(world: World, call: Call, resource: dict[str, Any], body: dict[str, Any]) -> None:
    """Raise Refusal for a change that comes too late (412) or may not be."""
    if call.service == "compute":
        compare(body, resource, "fingerprint", needed=call.collection in NEEDS_MARK and call.verb == "patch")
    wanted = call.params.get("ifMetagenerationMatch")
    if wanted is not None and wanted != resource.get("metageneration"):
        raise Refusal(412, "At least one of the pre-conditions you specified did not hold.")
    if body.get("etag") and "etag" in resource and body["etag"] != resource["etag"] and call.service != "storage":
        raise Refusal(409, "There were concurrent changes. Please retry the whole read-modify-write.", "conflict", "ABORTED")
    match call.service, call.collection:
        case "sqladmin", "instances":
            _before_sql(world, call, resource, body)
        case "cloudkms" | "secretmanager", _ if not call.params.get("updateMask"):
            raise Refusal(400, "The request is missing the field mask 'update_mask'.")
        case _:
            pass


def compare(body: dict[str, Any], resource: dict[str, Any], field: str, *, needed: bool) -> None:
    """Raise 412 for a fingerprint that is no longer so, 400 for one that is missing."""
    given = body.get(field)
    if not given and needed:
        raise Refusal(400, f"Invalid value for field 'resource.{field}': ''. The {field} must be provided.", "required")
    if given and given != resource.get(field):
        name = "Labels fingerprint" if field == "labelFingerprint" else "Supplied fingerprint"
        raise Refusal(412, f"{name} either invalid or resource was changed since.")


def _before_sql(world: World, call: Call, resource: dict[str, Any], body: dict[str, Any]) -> None:
    if world.operations.busy(f"/{call.target}") or world.operations.busy(resource["name"]):
        text = "Operation failed because another operation was already in progress."
        raise Refusal(409, f"{text} Try your request after the current operation is complete.", "operationInProgress")
    settings = body.get("settings") or {}
    version = settings.get("settingsVersion")
    if version is not None and str(version) != str(resource["settings"].get("settingsVersion")):
        raise Refusal(412, "Condition does not match.", "staleData")
    size = settings.get("dataDiskSizeGb")
    if size is not None and int(size) < int(resource["settings"].get("dataDiskSizeGb", "10")):
        raise Refusal(400, "Invalid request: Disk size cannot be decreased.", "invalid")


def tell_key(world: World, key: str, version: dict[str, Any]) -> None:
    """A key shows its primary version."""
    holder = key.partition("/cryptoKeyVersions/")[0]
    found = world.store.get(holder)
    if found and found.get("primary", {}).get("name") == version.get("name"):
        world.store.put(holder, {**found, "primary": {**found["primary"], "state": version["state"]}})


UNDER_WAY = {
    "run/services": ("reconciling", True),
    "redis/instances": ("state", "UPDATING"),
    "cloudfunctions/functions": ("state", "DEPLOYING"),
    "container/clusters": ("status", "RECONCILING"),
}
"""What a resource says of itself while an operation changes it."""


def under_way(world: World, key: str) -> Callable[[], None]:
    """Let a resource say that it is being changed. Gives what lets it say again what it said before."""
    service, *_, collection, _name = key.split("/")
    said, resource = UNDER_WAY.get(f"{service}/{collection}"), world.store.get(key)
    if resource is None or said is None:
        return lambda: None
    field, value = said
    world.store.put(key, {**resource, field: value})

    def at_rest() -> None:
        now = world.store.get(key)
        if now is not None and now.get(field) == value:
            rest = {name: held for name, held in now.items() if name != field}
            world.store.put(key, {**rest, **({field: resource[field]} if field in resource else {})})

    return at_rest


# --- before and after a deletion --------------------------------------------------------------------------------------------------


def before_delete(world: World, call: Call, key: str, resource: dict[str, Any]) -> None:
    """Raise Refusal for what is protected or in use."""
    path = key.partition("/")[2]
    if resource.get("deletionProtection") or resource.get("settings", {}).get("deletionProtectionEnabled"):
        raise Refusal(400, f"Resource '{path}' cannot be deleted if it's protected against deletion.")
    if users := resource.get("users"):
        raise in_use(path, path_of(users[0]))
    if call.service == "storage" and (world.store.hidden.get(key) or {}).get("objects"):
        raise Refusal(409, "The bucket you tried to delete is not empty.", "conflict", "FAILED_PRECONDITION")
    if call.service == "compute" and call.collection in ("networks", "subnetworks", "instanceTemplates", "healthChecks"):
        _refuse_needed(world, path)
    if call.service == "cloudkms":
        raise Refusal(400, "Keys and key rings cannot be deleted.", "failedPrecondition", "FAILED_PRECONDITION")


def _refuse_needed(world: World, path: str) -> None:
    link = f'"{COMPUTE}{path}"'.encode()
    own = f'"selfLink":"{COMPUTE}{path}"'.encode()
    for key, raw in world.store.everything():
        if link in raw and own not in raw and key.startswith("compute/") and "/operations/" not in key:
            raise in_use(path, key.partition("/")[2])


def after_delete(world: World, key: str, resource: dict[str, Any]) -> None:
    """Let go of what the resource used."""
    if not key.startswith("compute/"):
        return
    for disk in resource.get("disks", ()) if "/instances/" in key else ():
        disk_key = f"compute/{path_of(disk.get('source'))}"
        if disk.get("autoDelete"):
            world.store.drop(disk_key)
        else:
            use(world, disk_key, resource["selfLink"], used=False)
    for room in world.store.rooms(r"compute/projects/[^/]+/(global|regions/[^/]+)/addresses"):
        for name, raw in list(world.store.room(room).items()):
            if resource.get("selfLink", "?") in msgspec.json.decode(raw).get("users", ()):
                use(world, f"{room}/{name}", resource["selfLink"], used=False)
