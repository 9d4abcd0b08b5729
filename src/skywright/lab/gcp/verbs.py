"""What a method does that is neither get nor list, insert, patch nor delete: start, resize, setLabels, disable, ..."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.lab.gcp import rules
from skywright.lab.gcp.filling import complete
from skywright.lab.gcp.generic import answered, paged, required, touched
from skywright.lab.gcp.merging import merged
from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.world import World

Made = dict[str, Any] | bytes
Resource = dict[str, Any]


def power(on_the_way: str, end: str, start_from: tuple[str, ...]) -> Callable[[World, Call], Made]:
    """start, stop, suspend, resume, reset of an instance."""

    def act(world: World, call: Call) -> Made:
        instance = required(world, call, call.key)
        if instance["status"] not in (*start_from, end):
            text = f"The resource '{call.target}' is not ready: its status is {instance['status']}."
            raise Refusal(400, text, "resourceNotReady")
        if instance["status"] != end:
            world.store.put(call.key, {**instance, "status": on_the_way})

        def reached() -> None:
            now = world.store.get(call.key)
            if now is not None and now["status"] != end:
                stamp = {"TERMINATED": "lastStopTimestamp", "RUNNING": "lastStartTimestamp", "SUSPENDED": "lastSuspendedTimestamp"}[
                    end
                ]
                touched(world, call.key, {**now, "status": end, stamp: world.store.stamp()})

        def at_rest() -> None:
            now = world.store.get(call.key)
            if now is not None and now["status"] == on_the_way and on_the_way != end:  # it went wrong
                world.store.put(call.key, {**now, "status": instance["status"]})

        return answered(world, call, call.key, call.verb, reached, at_rest)

    return act


def settle(change: Callable[[World, Call, Resource], None]) -> Callable[[World, Call], Made]:
    """A verb that looks at the resource, refuses or not, and changes it when its operation ends."""

    def act(world: World, call: Call) -> Made:
        key = world.store.find(call.key)
        change(world, call, required(world, call, key))  # once to refuse what is to be refused

        def changed() -> None:
            resource = world.store.get(key)
            if resource is not None:
                before = msgspec.json.encode(resource)
                try:
                    change(world, call, resource)
                except Refusal:  # it was right when it was asked; what came in between has its own answer
                    resource = msgspec.json.decode(before)
                touched(world, key, resource)

        return answered(world, call, key, call.verb, changed)

    return act


def _set_labels(_world: World, call: Call, resource: Resource) -> None:
    rules.compare(call.body, resource, "labelFingerprint", needed=True)
    resource["labels"] = dict(call.body.get("labels") or {})


def _set_resource_labels(_world: World, call: Call, resource: Resource) -> None:
    rules.compare(call.body, resource, "labelFingerprint", needed=True)
    resource["resourceLabels"] = dict(call.body.get("resourceLabels") or {})


def _set_part(part: str) -> Callable[[World, Call, Resource], None]:
    def change(_world: World, call: Call, resource: Resource) -> None:
        held = resource.get(part) or {}
        rules.compare(call.body, held, "fingerprint", needed=True)
        resource[part] = {**{key: value for key, value in held.items() if key == "kind"}, "items": call.body.get("items") or []}

    return change


def _set_machine_type(world: World, call: Call, resource: Resource) -> None:
    if resource["status"] != "TERMINATED":
        raise Refusal(400, "The instance must be stopped before its machine type can be changed.", "resourceNotReady")
    rules.check_machine_type(world, call.body["machineType"], call.target)
    zone = "/".join(call.target.split("/")[:4])
    resource["machineType"] = f"{rules.COMPUTE}{zone}/machineTypes/{rules.tail(call.body['machineType'])}"


def _set_deletion_protection(_world: World, call: Call, resource: Resource) -> None:
    resource["deletionProtection"] = str(call.params.get("deletionProtection", "true")).lower() == "true"


def _set_scheduling(_world: World, call: Call, resource: Resource) -> None:
    resource["scheduling"] = {**resource.get("scheduling", {}), **call.body}


def _set_service_account(_world: World, call: Call, resource: Resource) -> None:
    if resource["status"] != "TERMINATED":
        raise Refusal(400, "The instance must be stopped before its service account can be changed.", "resourceNotReady")
    resource["serviceAccounts"] = [call.body] if call.body.get("email") else []


def _set_shielded(_world: World, call: Call, resource: Resource) -> None:
    if resource["status"] != "TERMINATED":
        raise Refusal(400, "The instance must be stopped before its shielded configuration can be changed.", "resourceNotReady")
    resource["shieldedInstanceConfig"] = {**resource.get("shieldedInstanceConfig", {}), **call.body}


def _card(call: Call, resource: Resource) -> Resource:
    wanted = call.params.get("networkInterface")
    cards: list[Resource] = resource.get("networkInterfaces", [])
    for card in cards:
        if card.get("name") == wanted:
            return card
    raise Refusal(400, f"Invalid value for field 'networkInterface': '{wanted}'. The network interface does not exist.")


def _add_access(world: World, call: Call, resource: Resource) -> None:
    card = _card(call, resource)
    if card.get("accessConfigs"):
        raise Refusal(400, "At most one access config currently supported.")
    access = {"type": "ONE_TO_ONE_NAT", "name": "External NAT", "kind": "compute#accessConfig", **call.body}
    access.setdefault("natIP", f"203.0.113.{len(resource['name']) % 250 + 2}")
    card["accessConfigs"] = [access]
    _hold_address(world, resource, str(access["natIP"]), used=True)


def _delete_access(world: World, call: Call, resource: Resource) -> None:
    card = _card(call, resource)
    held = [one for one in card.get("accessConfigs", ()) if one.get("name") == call.params.get("accessConfig")]
    if not held:
        raise Refusal(400, f"Invalid value for field 'accessConfig': '{call.params.get('accessConfig')}'.")
    card.pop("accessConfigs")
    _hold_address(world, resource, str(held[0].get("natIP")), used=False)


def _hold_address(world: World, resource: Resource, address: str, *, used: bool) -> None:
    for room in world.store.rooms(r"compute/projects/[^/]+/regions/[^/]+/addresses"):
        for name, raw in list(world.store.room(room).items()):
            if f'"{address}"'.encode() in raw:
                rules.use(world, f"{room}/{name}", resource["selfLink"], used=used)


def _resize_disk(_world: World, call: Call, resource: Resource) -> None:
    wanted, held = int(call.body.get("sizeGb", 0)), int(resource.get("sizeGb", 0))
    if wanted < held:
        text = f"Invalid value for field 'sizeGb': '{wanted}'."
        raise Refusal(400, f"{text} New disk size '{wanted}' GiB must be larger than existing size '{held}' GiB.")
    resource["sizeGb"] = str(wanted)


def snapshot_disk(world: World, call: Call) -> Made:
    """disks.createSnapshot: a snapshot of the project from one of its disks."""
    disk = required(world, call, call.key)
    key = f"compute/projects/{call.project}/global/snapshots/{call.body.get('name')}"
    if world.store.raw(key) is not None:
        raise Refusal(409, f"The resource '{key.partition('/')[2]}' already exists")

    def made() -> None:
        facts = {
            "sourceDisk": disk["selfLink"],
            "sourceDiskId": disk["id"],
            "diskSizeGb": disk["sizeGb"],
            "storageBytes": "1048576",
        }
        if "diskEncryptionKey" in disk:
            facts["snapshotEncryptionKey"] = disk["diskEncryptionKey"]
        world.store.put(key, complete(world.store, key, {**facts, **{k: v for k, v in call.body.items() if k != "name"}}))

    return answered(world, call, call.key, "createSnapshot", made)


def resize_group(world: World, call: Call) -> Made:
    """instanceGroupManagers.resize: the target at once, the instances when the operation ends."""
    group = required(world, call, call.key)
    group |= {"targetSize": int(call.params["size"]), "status": {**group.get("status", {}), "isStable": False}}
    touched(world, call.key, group)
    return answered(world, call, call.key, "resize", lambda: rules.scale(world, call.key, world.store.get(call.key) or group))


def managed_instances(world: World, call: Call) -> Resource:
    """instanceGroupManagers.listManagedInstances."""
    required(world, call, call.key)
    return {"managedInstances": [_managed(world.store.get(key) or {}) for key in rules.members(world, call.key)]}


def _managed(instance: Resource) -> Resource:
    health = [{"detailedHealthState": "HEALTHY"}] if instance["status"] == "RUNNING" else []
    return {
        "instance": instance["selfLink"],
        "id": instance["id"],
        "instanceStatus": instance["status"],
        "currentAction": "NONE",
        "instanceHealth": health,
    }


def group_members(world: World, call: Call) -> Resource:
    """instanceGroups.listInstances."""
    required(world, call, call.key)
    found = [(key, world.store.raw(key) or b"") for key in rules.members(world, call.key)]
    page, token = paged(found, call)
    held = [msgspec.json.decode(raw) for _, raw in page]
    items = [{"instance": one["selfLink"], "status": one["status"]} for one in held]
    return {"kind": "compute#instanceGroupsListInstances", "items": items} | ({"nextPageToken": token} if token else {})


def backend_health(world: World, call: Call) -> Resource:
    """backendServices.getHealth of one group; ``hidden`` of the group says whether it is sick."""
    required(world, call, call.key)
    group = f"compute/{rules.path_of(call.body.get('group'))}"
    if world.store.raw(group) is None:
        raise Refusal(404, f"The resource '{rules.path_of(call.body.get('group'))}' was not found")
    sick = world.store.hidden.get(group, {}).get("sick", False)
    held = [world.store.get(key) or {} for key in rules.members(world, group)]
    states = [
        {"instance": one["selfLink"], "healthState": "UNHEALTHY" if sick or one["status"] != "RUNNING" else "HEALTHY", "port": 80}
        for one in held
    ]
    return {"kind": "compute#backendServiceGroupHealth", "healthStatus": states}


def switch(field: str, value: bool) -> Callable[[World, Call], Made]:
    """Enable and disable of accounts and keys; both answer with nothing."""

    def act(world: World, call: Call) -> Made:
        key = world.store.find(call.key)
        resource = required(world, call, key)
        if value:
            resource[field] = True
        else:
            resource.pop(field, None)
        touched(world, key, resource)
        return {}

    return act


def switch_service(state: str) -> Callable[[World, Call], Made]:
    """serviceusage: enable and disable an API of a project."""

    def act(world: World, call: Call) -> Made:
        name = call.target.rsplit("/", 1)[-1].removesuffix(".googleapis.com")
        (world.disabled.discard if state == "ENABLED" else world.disabled.add)((call.project, name))
        resource = required(world, call, call.key)
        return answered(world, call, call.key, call.verb, lambda: touched(world, call.key, {**resource, "state": state}))

    return act


def update_cluster(world: World, call: Call) -> Made:
    """Container clusters.update: ``desiredLoggingConfig`` becomes ``loggingConfig``."""
    cluster = required(world, call, world.store.find(call.key))
    wanted = {
        name[7:8].lower() + name[8:]: value for name, value in (call.body.get("update") or {}).items() if name.startswith("desired")
    }
    if not wanted:
        raise Refusal(400, "Must specify a field to update.")
    part = "controlPlaneEndpointsConfig"  # of this one only the fields that are said are changed
    if part in wanted:
        wanted[part] = merged(cluster.get(part) or {}, wanted[part])
    return answered(world, call, call.key, "UPDATE_CLUSTER", lambda: touched(world, call.key, {**cluster, **wanted}))


def kms_version(state: str) -> Callable[[World, Call], Made]:
    """Destroy and restore of a key's version."""

    def act(world: World, call: Call) -> Made:
        touched(world, call.key, {**required(world, call, call.key), "state": state})
        return world.store.raw(call.key) or {}

    return act


VERBS: dict[str, Callable[[World, Call], Made]] = {
    "compute.instances.start": power("STAGING", "RUNNING", ("TERMINATED",)),
    "compute.instances.stop": power("STOPPING", "TERMINATED", ("RUNNING", "SUSPENDED")),
    "compute.instances.suspend": power("SUSPENDING", "SUSPENDED", ("RUNNING",)),
    "compute.instances.resume": power("STAGING", "RUNNING", ("SUSPENDED",)),
    "compute.instances.reset": power("RUNNING", "RUNNING", ("RUNNING",)),
    "compute.instances.setMachineType": settle(_set_machine_type),
    "compute.instances.setMetadata": settle(_set_part("metadata")),
    "compute.instances.setTags": settle(_set_part("tags")),
    "compute.instances.setDeletionProtection": settle(_set_deletion_protection),
    "compute.instances.setScheduling": settle(_set_scheduling),
    "compute.instances.setServiceAccount": settle(_set_service_account),
    "compute.instances.updateShieldedInstanceConfig": settle(_set_shielded),
    "compute.instances.addAccessConfig": settle(_add_access),
    "compute.instances.deleteAccessConfig": settle(_delete_access),
    "compute.disks.resize": settle(_resize_disk),
    "compute.disks.createSnapshot": snapshot_disk,
    "compute.instanceGroupManagers.resize": resize_group,
    "compute.instanceGroupManagers.listManagedInstances": managed_instances,
    "compute.instanceGroups.listInstances": group_members,
    "compute.backendServices.getHealth": backend_health,
    "compute.projects.setCommonInstanceMetadata": settle(_set_part("commonInstanceMetadata")),
    "compute.subnetworks.setPrivateIpGoogleAccess": settle(
        lambda _w, call, one: one.update(privateIpGoogleAccess=bool(call.body.get("privateIpGoogleAccess")))
    ),
    "iam.projects.serviceAccounts.disable": switch("disabled", True),
    "iam.projects.serviceAccounts.enable": switch("disabled", False),
    "iam.projects.serviceAccounts.keys.disable": switch("disabled", True),
    "iam.projects.serviceAccounts.keys.enable": switch("disabled", False),
    "serviceusage.services.enable": switch_service("ENABLED"),
    "serviceusage.services.disable": switch_service("DISABLED"),
    "container.projects.locations.clusters.update": update_cluster,
    "container.projects.locations.clusters.setResourceLabels": settle(_set_resource_labels),
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.destroy": kms_version("DESTROY_SCHEDULED"),
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.restore": kms_version("DISABLED"),
}
"""Method -> what it does. ``setLabels`` of any resource is the same."""


def by_name(call: Call) -> Callable[[World, Call], Made] | None:
    """What a method does, or None when nobody here knows."""
    if call.verb == "setLabels" and call.service == "compute":
        return settle(_set_labels)
    zonal = re.sub(r"^compute\.region([A-Z])", lambda found: f"compute.{found[1].lower()}", call.method.id)
    return VERBS.get(call.method.id) or VERBS.get(zonal)
