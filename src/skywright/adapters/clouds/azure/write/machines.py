"""Virtual machines and scale sets: deallocating, starting, resizing, how many there are, protection against deletion."""

from typing import Any

from skywright.adapters.clouds.azure.read.instances import STATES, power_state
from skywright.adapters.clouds.azure.write.base import UNSETTLED, Body, Options, Spec, Target, properties, setting, state_of, value
from skywright.adapters.clouds.azure.write.tags import tags_at, write_tags
from skywright.adapters.clouds.kit import resize
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Action, Setting, Values, Way, known, planned
from skywright.model.errors import AskHuman, NotThere, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

MACHINES = "Microsoft.Compute/virtualMachines"
SETS = "Microsoft.Compute/virtualMachineScaleSets"
VIEW = "?$expand=instanceView"
NOTE_TAG = "skywright-was"
RUNNING, RELEASED = "running", "deallocated"


def describe(target: Target) -> Body:
    """The machine with its instance view. Raises NotThere when it is gone or on its way out."""
    machine = target.get(VIEW)
    if state_of(machine) == "deleting":
        raise NotThere(t("{target} is being deleted.", target=target))
    return machine


def power_of(target: Target) -> str:
    """running, stopped, deallocated, or a state between."""
    return power_state(properties(describe(target)))


def settled_state(target: Target) -> str | None:
    """Running or stopped; None in between, and while Azure is at something else with it."""
    machine = describe(target)
    state = STATES.get(power_state(properties(machine)), "")
    return state if state in ("running", "stopped") and state_of(machine) not in UNSETTLED else None


def refuse_member(target: Target) -> None:
    """Raise AskHuman for a machine of a uniform scale set, which would put another in its place."""
    if target.type.lower() != MACHINES.lower():
        raise AskHuman(
            t("{target} belongs to a scale set, which decides how many of its machines run.", target=target),
            next_step=t("Change the scale set's capacity instead."),
        )


def refuse_unstoppable(target: Target) -> None:
    """Raise AskHuman for a machine of a scale set, or one whose disk lives in its host's memory."""
    refuse_member(target)
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
        target.until(t("settled"), lambda: settled_state(target), MINUTES_S)
        target.send("POST", "/deallocate")
    target.until(t("deallocated"), lambda: True if power_of(target) == RELEASED else None, MINUTES_S)


def start(target: Target) -> None:
    """Start the machine and wait until it runs."""
    settled = target.until(t("settled"), lambda: settled_state(target), MINUTES_S)
    if settled == "stopped":
        target.send("POST", "/start")
    target.until(t("running"), lambda: True if power_of(target) == RUNNING else None, MINUTES_S)


def _read_state(target: Target) -> Values | None:
    refuse_member(target)
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


class Release:
    """Give back the hardware of a stopped machine. The way back to one that is stopped and still paid for leads over starting it:
    a note says that it is we who started it."""

    name = f"{MACHINES}/deallocate/action"
    reversibility = Reversibility.FULL

    def __init__(self, target: Target, change: str) -> None:
        self._target = target
        self._machine = AzureMachine(target)
        self._note = f"stopped {change}"
        self.text = t("Give back the hardware of {target}, which is stopped.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """A machine that runs again by now is left alone."""
        with planned(self._target):
            power = self._target.until(t("settled"), lambda: _at_rest(self._target), MINUTES_S)
            if power == RUNNING:
                raise PlanAgain(t("{target} is running.", target=self._target), next_step=t("Gather and plan again."))
            deallocate(self._target)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Started by us and switched off; what somebody else has started stays on."""
        with planned(self._target):
            if self._target.until(t("settled"), lambda: _at_rest(self._target), MINUTES_S) == RELEASED:
                self._machine.note(self._note)
                start(self._target)
            if self._machine.noted() == self._note:
                if power_of(self._target) == RUNNING:
                    self._target.send("POST", "/powerOff")
                self._target.until(t("stopped"), lambda: True if power_of(self._target) == "stopped" else None, MINUTES_S)
                self._machine.note("")


def _at_rest(target: Target) -> str | None:
    power = power_of(target)
    return power if power in (RUNNING, "stopped", RELEASED) else None


class ReleaseWay:
    """The way from stopped and paid for to stopped."""

    action = Action(
        name="give back the hardware of a machine that is stopped",
        kind="compute.instance",
        columns=("allocated",),
        implied=("public_ip", "stopped_at"),
        calls=(
            *(f"{MACHINES}/{verb}" for verb in ("deallocate/action", "start/action", "powerOff/action", "read")),
            "Microsoft.Resources/tags/write",
            "Microsoft.Resources/tags/read",
        ),
        note="a dynamic public address and what is on the temporary disk are lost",
        document="Azure Virtual Machines documentation: States and billing status of Azure Virtual Machines",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Of a machine that is not known to run."""
        told = before.get("allocated") is True and (after or {}).get("allocated") is False
        return told and before.get("state", "stopped") == "stopped"

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """Stopped and paid for again."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (Release(target, change),)


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

WAYS: tuple[Way, ...] = (RESIZE, STOP, START, ReleaseWay(), CAPACITY)
