"""Virtual machines and scale sets: deallocating, starting, resizing, how many there are, protection against deletion."""

from typing import Any

from skywright.adapters.clouds.azure.read.instances import STATES, power_state
from skywright.adapters.clouds.azure.write.base import Body, Options, Spec, Target, properties, setting, value
from skywright.adapters.clouds.azure.write.tags import tags_at, write_tags
from skywright.adapters.clouds.kit import resize
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Action, Setting, Values, Way, known
from skywright.model.errors import AskHuman, NotThere
from skywright.model.words import t

MACHINES = "Microsoft.Compute/virtualMachines"
SETS = "Microsoft.Compute/virtualMachineScaleSets"
VIEW = "?$expand=instanceView"
NOTE_TAG = "skywright-was"
RUNNING, RELEASED = "running", "deallocated"


def describe(target: Target) -> Body:
    """The machine with its instance view. Raises NotThere when it is gone or on its way out."""
    machine = target.get(VIEW)
    if str(properties(machine).get("provisioningState", "")).lower() == "deleting":
        raise NotThere(t("{target} is being deleted.", target=target))
    return machine


def power_of(target: Target) -> str:
    """running, stopped, deallocated, or a state between."""
    return power_state(properties(describe(target)))


def settled_state(target: Target) -> str | None:
    """Running or stopped; None in between."""
    state = STATES.get(power_of(target), "")
    return state if state in ("running", "stopped") else None


def refuse_unstoppable(target: Target) -> None:
    """Raise AskHuman for a machine of a uniform scale set (which replaces it), or one whose disk lives in the host's memory."""
    if target.type.lower() != MACHINES.lower():
        raise AskHuman(
            t("{target} belongs to a scale set, which decides how many of its machines run.", target=target),
            next_step=t("Change the scale set's capacity instead."),
        )
    option = at_disk(describe(target), "diffDiskSettings")
    if option:
        raise AskHuman(
            t("{target} has an ephemeral disk, which is lost when the machine is deallocated.", target=target),
            next_step=t("Replace it by a machine with a managed disk."),
        )


def at_disk(machine: Body, field: str) -> Any:
    """A field of the operating system's disk."""
    storage = properties(machine).get("storageProfile") or {}
    return (storage.get("osDisk") or {}).get(field)


def deallocate(target: Target) -> None:
    """Stop the machine and give its hardware back, and wait until that is so."""
    if power_of(target) != RELEASED:
        refuse_unstoppable(target)
        target.send("POST", "/deallocate")
    target.until(t("deallocated"), lambda: True if power_of(target) == RELEASED else None, MINUTES_S)


def start(target: Target) -> None:
    """Start the machine and wait until it runs."""
    settled = target.until(t("settled"), lambda: settled_state(target), MINUTES_S)
    if settled == "stopped":
        target.send("POST", "/start")
    target.until(t("running"), lambda: True if power_of(target) == RUNNING else None, MINUTES_S)


def _read_state(target: Target) -> Values | None:
    state = settled_state(target)
    return None if state is None else {"state": state}


def _write_state(target: Target, wanted: Values) -> None:
    start(target) if wanted["state"] == "running" else deallocate(target)


def _power(name: str, verb: str, other: str, states: tuple[str, str], document: str) -> Setting:
    return Setting(
        action=Action(
            name=name,
            kind="compute.instance",
            columns=("state",),
            implied=("allocated", "stopped_at", "public_ip", "launched_at"),
            calls=(f"{MACHINES}/{verb}/action", f"{MACHINES}/{other}/action", f"{MACHINES}/read"),
            note="a dynamic public address and what is on the temporary disk are lost when a machine is deallocated",
            document=document,
        ),
        read=_read_state,
        write=_write_state,
        allowed=lambda before, after: (before.get("state"), after["state"]) == states,
        within_s=MINUTES_S,
    )


STOP = _power(
    "stop a machine and give its hardware back (deallocate)",
    "deallocate",
    "start",
    ("running", "stopped"),
    "Azure Virtual Machines documentation: States and billing status of Azure Virtual Machines",
)
START = _power(
    "start a machine", "start", "deallocate", ("stopped", "running"), "Azure REST API reference: Virtual Machines - Start"
)


def _read_held(target: Target) -> Values | None:
    power = power_of(target)
    return {"allocated": power != RELEASED} if power in ("stopped", RELEASED) else None


def _write_held(target: Target, wanted: Values) -> None:
    """The way back to a machine that is stopped and still paid for: it is started and switched off."""
    if not wanted["allocated"]:
        deallocate(target)
        return
    start(target)
    target.send("POST", "/powerOff")


RELEASE = Setting(
    action=Action(
        name="give back the hardware of a machine that is stopped",
        kind="compute.instance",
        columns=("allocated",),
        implied=("public_ip", "stopped_at"),
        calls=tuple(f"{MACHINES}/{verb}" for verb in ("deallocate/action", "start/action", "powerOff/action", "read")),
        note="a dynamic public address and what is on the temporary disk are lost",
        document="Azure Virtual Machines documentation: States and billing status of Azure Virtual Machines",
    ),
    read=_read_held,
    write=_write_held,
    within_s=MINUTES_S,
)


class AzureMachine:
    """A machine as kit.resize wants it; its note is a tag."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def type(self) -> str:
        """Its size."""
        return str((properties(describe(self.target)).get("hardwareProfile") or {}).get("vmSize", ""))

    def settled(self) -> str | None:
        """running, stopped, or None in between."""
        return settled_state(self.target)

    def stop(self) -> None:
        """Deallocate it: sizes of another family are not on the same hardware."""
        deallocate(self.target)

    def start(self) -> None:
        """Start it and wait."""
        start(self.target)

    def refuse_unstoppable(self) -> None:
        """Raise AskHuman for one that must not be deallocated."""
        refuse_unstoppable(self.target)

    def noted(self) -> str:
        """The tag."""
        return tags_at(self.target).get(NOTE_TAG, "")

    def note(self, text: str) -> None:
        """Set the tag, or remove it."""
        if text:
            write_tags(self.target, "Merge", {NOTE_TAG: text})
        elif old := self.noted():
            write_tags(self.target, "Delete", {NOTE_TAG: old})


def _write_size(target: Target, wanted: Values) -> None:
    target.send("PATCH", body={"properties": {"hardwareProfile": {"vmSize": wanted["type"]}}})


RESIZE = resize.Resize(
    Action(
        name="resize a machine",
        kind="compute.instance",
        columns=("type",),
        implied=("vcpus", "memory_mib", "burstable", "public_ip", "launched_at", "stopped_at"),
        calls=(
            f"{MACHINES}/write",
            f"{MACHINES}/deallocate/action",
            f"{MACHINES}/start/action",
            f"{MACHINES}/read",
            "Microsoft.Resources/tags/write",
            "Microsoft.Resources/tags/read",
        ),
        note="a dynamic public address and what is on the temporary disk are lost",
        document="Azure Virtual Machines documentation: Change the size of a virtual machine",
    ),
    resize.Names(
        note="Microsoft.Resources/tags/write",
        stop=f"{MACHINES}/deallocate/action",
        start=f"{MACHINES}/start/action",
        forget="Microsoft.Resources/tags/write",
        well="it runs",
    ),
    AzureMachine,
    _write_size,
)


def _capacity(before: Values, after: Values) -> bool:
    return known(before, after) and after["desired"] >= 0


CAPACITY = setting(
    "change how many machines a scale set has",
    "compute.group",
    (Spec(type=SETS, fields=(value("desired", "sku.capacity"),)),),
    "Azure REST API reference: Virtual Machine Scale Sets - Update",
    options=Options(
        implied=("instances", "healthy", "min_size", "max_size"),
        allowed=_capacity,
        within_s=HOUR_S,
        note="new machines are not those that were taken away",
    ),
)

WAYS: tuple[Way, ...] = (RESIZE, STOP, START, RELEASE, CAPACITY)
