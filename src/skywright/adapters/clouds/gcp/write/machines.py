"""Instances, disks and managed groups: power, size, protection."""

from typing import Any

from skywright.adapters.clouds.gcp.read.instances import STATES, made_by
from skywright.adapters.clouds.gcp.write.base import COMPUTE, Raw, Target, action, irreversible, refuse, tail
from skywright.adapters.clouds.kit import resize
from skywright.adapters.clouds.kit.actions import MINUTES_S, Setting, Values, Way, known
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.model.errors import NotThere
from skywright.model.words import t

INSTANCE, VOLUME, SNAPSHOT, GROUP = "compute.instance", "storage.volume", "storage.snapshot", "compute.group"
NOTE = "skywright-was"
ON_THE_WAY = ("pending", "stopping")
DISK = COMPUTE + "Disk"
GETS = ("compute.instances.get",)
SCRATCH = "SCRATCH"  # AttachedDisk.type of a local SSD


# --- instances ------------------------------------------------------------------------------------------------------------------


def instance(target: Target) -> Raw:
    """The instance as Google tells it. Raises NotThere."""
    return target.look(COMPUTE + "Instance")


def _where(target: Target, name: str = "instance") -> Raw:
    return {"project": target.project, "zone": target.location, name: target.own_name}


def settled_state(target: Target) -> str | None:
    """Running or stopped; None on the way there. Raises AskHuman for one that is suspended: its memory would be lost."""
    status = str(instance(target).get("status"))
    if status == "SUSPENDED":
        raise refuse(t("{target} is suspended.", target=target), t("Resume or stop it first."))
    state = STATES.get(status)
    return state if state in ("running", "stopped") else None


def refuse_unstoppable(target: Target) -> None:
    """Raise AskHuman for an instance that must not be stopped: its group would replace it, or it would lose a local disk."""
    found = instance(target)
    if "/instanceGroupManagers/" in made_by(found):
        text = t("{target} belongs to a managed instance group, which would start or replace it.", target=target)
        raise refuse(text, t("Change the group or its template instead."))
    if any(disk.get("type") == SCRATCH for disk in found.get("disks") or ()):
        text = t("{target} has local SSDs, whose content is lost when it stops.", target=target)
        raise refuse(text, t("Move the data to persistent disks first."))


def stop(target: Target) -> None:
    """Stop the instance and wait until it is stopped."""
    if target.until(t("settled"), lambda: settled_state(target), MINUTES_S) == "running":
        refuse_unstoppable(target)
        target.act("compute.instances.stop", **_where(target))
    target.until(t("stopped"), lambda: True if settled_state(target) == "stopped" else None, MINUTES_S)


def start(target: Target) -> None:
    """Start the instance and wait until it runs."""
    if target.until(t("settled"), lambda: settled_state(target), MINUTES_S) == "stopped":
        target.act("compute.instances.start", **_where(target))
    target.until(t("running"), lambda: True if settled_state(target) == "running" else None, MINUTES_S)


def _read_state(target: Target) -> Values | None:
    state = settled_state(target)
    return None if state is None else {"state": state}


def _write_state(target: Target, wanted: Values) -> None:
    start(target) if wanted["state"] == "running" else stop(target)


def _power(name: str, method: str, begin: str, end: str) -> Setting:
    return Setting(
        action=action(
            name,
            INSTANCE,
            ("state",),
            method,
            "compute.instances.start" if method.endswith("stop") else "compute.instances.stop",
            *GETS,
            document="Compute Engine: Stop or restart a Compute Engine instance",
            implied=("stopped_at", "public_ip", "launched_at"),
            note="an ephemeral public address changes",
        ),
        read=_read_state,
        write=_write_state,
        allowed=lambda before, after: (before.get("state"), after["state"]) == (begin, end),
        within_s=MINUTES_S,
    )


class GceMachine:
    """An instance as kit.resize wants it; its note is an item of its metadata."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def type(self) -> str:
        """Its machine type."""
        return tail(instance(self.target).get("machineType"))

    def settled(self) -> str | None:
        """running, stopped, or None in between."""
        return settled_state(self.target)

    def stop(self) -> None:
        """Stop it and wait."""
        stop(self.target)

    def start(self) -> None:
        """Start it and wait."""
        start(self.target)

    def refuse_unstoppable(self) -> None:
        """Raise AskHuman for an instance of a managed group, or one with local SSDs."""
        if settled_state(self.target) == "running":
            refuse_unstoppable(self.target)

    def noted(self) -> str:
        """The item of its metadata."""
        items = (instance(self.target).get("metadata") or {}).get("items") or ()
        return next((str(one.get("value", "")) for one in items if one.get("key") == NOTE), "")

    def note(self, text: str) -> None:
        """Set the item, or remove it; the others stay."""

        def change() -> None:
            held = instance(self.target).get("metadata") or {}
            items = [one for one in held.get("items") or () if one.get("key") != NOTE]
            items += [{"key": NOTE, "value": text}] if text else []
            body = {"fingerprint": held.get("fingerprint"), "items": items}
            self.target.act("compute.instances.setMetadata", body=body, **_where(self.target))

        self.target.renewed(change)


def _write_type(target: Target, wanted: Values) -> None:
    body = {"machineType": f"zones/{target.location}/machineTypes/{wanted['type']}"}
    target.act("compute.instances.setMachineType", body=body, **_where(target))


RESIZE = resize.Resize(
    action(
        "resize an instance",
        INSTANCE,
        ("type",),
        "compute.instances.setMachineType",
        "compute.instances.stop",
        "compute.instances.start",
        "compute.instances.setMetadata",
        *GETS,
        document="Compute Engine: Edit the machine type of a compute instance",
        implied=("vcpus", "memory_mib", "burstable", "public_ip", "launched_at"),
        note="an ephemeral public address changes",
    ),
    resize.Names(
        note="compute.instances.setMetadata",
        stop="compute.instances.stop",
        start="compute.instances.start",
        forget="compute.instances.setMetadata",
        well=t("its status is RUNNING"),
    ),
    GceMachine,
    _write_type,
)


def _write_protection(target: Target, wanted: Values) -> None:
    flag = wanted["termination_protected"]
    target.act("compute.instances.setDeletionProtection", deletionProtection=flag, **_where(target, "resource"))


PROTECTION = Setting(
    action=action(
        "protect an instance against deletion",
        INSTANCE,
        ("termination_protected",),
        "compute.instances.setDeletionProtection",
        *GETS,
        document="Compute Engine: Prevent accidental VM deletion",
    ),
    read=lambda target: {"termination_protected": bool(instance(target).get("deletionProtection"))},
    write=_write_protection,
)


# --- disks ----------------------------------------------------------------------------------------------------------------------


def _read_size(target: Target) -> Values | None:
    found = target.look(DISK)
    return {"size_gib": int(found["sizeGb"])} if found.get("status") == "READY" else None


def _grow(target: Target, wanted: Values) -> None:
    collection, where = target.at("disks", "disk")
    target.act(f"compute.{collection}.resize", body={"sizeGb": str(wanted["size_gib"])}, **where)


def _grows(before: Values, after: Values) -> bool:
    return known(before, after) and before["size_gib"] < after["size_gib"]


def _write_size(target: Target, wanted: Values) -> None:
    if int(target.look(DISK)["sizeGb"]) > wanted["size_gib"]:
        text = t("{target} cannot be made smaller again.", target=target)
        raise refuse(text, t("Leave it, or copy the data to a smaller disk."))
    _grow(target, wanted)


GROW = Setting(
    action=irreversible(
        "enlarge a disk",
        VOLUME,
        ("size_gib",),
        "compute.disks.resize",
        "compute.disks.get",
        document="Compute Engine: Increase the size of a persistent disk",
        note="a disk never becomes smaller; the file system on it is not enlarged",
    ),
    read=_read_size,
    write=_write_size,
    allowed=_grows,
    within_s=MINUTES_S,
)


# --- snapshots ------------------------------------------------------------------------------------------------------------------

DELETE_SNAPSHOT = Deletion(
    action=irreversible(
        "delete a snapshot",
        SNAPSHOT,
        (),
        "compute.snapshots.delete",
        "compute.snapshots.get",
        document="Compute Engine: Delete a snapshot",
    ),
    look=lambda target: target.look(COMPUTE + "Snapshot"),
    delete=lambda target: target.act("compute.snapshots.delete", project=target.project, snapshot=target.own_name),
    within_s=MINUTES_S,
)


# --- managed groups -------------------------------------------------------------------------------------------------------------


def _group(target: Target) -> Raw:
    return target.look(COMPUTE + "InstanceGroupManager")


def _read_desired(target: Target) -> Values | None:
    found = _group(target)
    return {"desired": found.get("targetSize")} if (found.get("status") or {}).get("isStable", True) else None


def _write_desired(target: Target, wanted: Values) -> None:
    collection, where = target.at("instanceGroupManagers", "instanceGroupManager")
    if _scaler(target):
        raise refuse(t("{target} is sized by an autoscaler.", target=target), t("Change its smallest and largest size instead."))
    target.act(f"compute.{collection}.resize", size=wanted["desired"], **where)


DESIRED = Setting(
    action=action(
        "size a managed instance group",
        GROUP,
        ("desired",),
        "compute.instanceGroupManagers.resize",
        "compute.instanceGroupManagers.get",
        "compute.autoscalers.list",
        document="Compute Engine: Set the size of a MIG",
        implied=("instances", "healthy", "min_size", "max_size"),
        note="an instance that was taken away comes back as a new one",
    ),
    read=_read_desired,
    write=_write_desired,
    within_s=MINUTES_S,
)


def _scaler(target: Target) -> Raw | None:
    """The autoscaler of a group; None when it has none."""
    collection, where = target.at("autoscalers", "autoscaler")
    del where["autoscaler"]
    own = str(_group(target).get("selfLink", "")).partition("/projects/")[2]
    listed = target.items(f"compute.{collection}.list", "items", **where)
    return next((one for one in listed if str(one.get("target", "")).partition("/projects/")[2] == own), None)


def _required_scaler(target: Target) -> Raw:
    found = _scaler(target)
    if found is None:
        raise NotThere(t("{target} has no autoscaler.", target=target))
    return found


def _read_bounds(target: Target) -> Values:
    policy = _required_scaler(target).get("autoscalingPolicy") or {}
    return {"min_size": policy.get("minNumReplicas"), "max_size": policy.get("maxNumReplicas")}


def _write_bounds(target: Target, wanted: Values) -> None:
    collection, where = target.at("autoscalers", "autoscaler")
    where["autoscaler"] = _required_scaler(target)["name"]
    policy: dict[str, Any] = {"minNumReplicas": wanted["min_size"], "maxNumReplicas": wanted["max_size"]}
    target.act(f"compute.{collection}.patch", body={"autoscalingPolicy": policy}, **where)


BOUNDS = Setting(
    action=action(
        "set the smallest and largest size of an autoscaled group",
        GROUP,
        ("min_size", "max_size"),
        "compute.autoscalers.patch",
        "compute.autoscalers.list",
        "compute.instanceGroupManagers.get",
        document="Compute Engine: Autoscaling groups of instances",
        implied=("desired", "instances", "healthy"),
    ),
    read=_read_bounds,
    write=_write_bounds,
    allowed=known,
)

WAYS: tuple[Way, ...] = (
    RESIZE,
    _power("stop an instance", "compute.instances.stop", "running", "stopped"),
    _power("start an instance", "compute.instances.start", "stopped", "running"),
    PROTECTION,
    GROW,
    DELETE_SNAPSHOT,
    DESIRED,
    BOUNDS,
)
