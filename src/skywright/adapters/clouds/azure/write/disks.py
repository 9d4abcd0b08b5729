"""Disks: their type and size, and their deletion with a snapshot kept, from which undo makes the same disk anew."""

import hashlib
from typing import Any

from skywright.adapters.clouds.azure.write.base import Body, Options, Spec, Target, properties, setting, state_of, value
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Action, SettingStep, Values, Way, planned
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

DISKS, SNAPSHOTS = "Microsoft.Compute/disks", "Microsoft.Compute/snapshots"
OWN = "skywright-"
NAME_MAX = 80  # characters of a snapshot's name: Azure resource naming rules
UNDONE = "until the disk is detached or its machine deallocated, Azure refuses"

SAME_DISK = (("Standard_LRS", "StandardSSD_LRS", "Premium_LRS"), ("StandardSSD_ZRS", "Premium_ZRS"))
"""Types that a disk can be changed between; to others its data must be copied to a new disk."""


def _convertible(before: Values, after: Values) -> bool:
    return any(before.get("type") in types and after["type"] in types for types in SAME_DISK)


SKU = setting(
    "change the type of a disk",
    "storage.volume",
    (Spec(type=DISKS, fields=(value("type", "sku.name"),)),),
    "Azure Virtual Machines documentation: Change the disk type of an Azure managed disk",
    options=Options(implied=("iops", "throughput_mibps"), allowed=_convertible, within_s=HOUR_S, note=UNDONE),
)

GROW_ACTION = Action(
    name="make a disk larger",
    kind="storage.volume",
    columns=("size_gib",),
    implied=("iops", "throughput_mibps"),
    calls=(f"{DISKS}/write", f"{DISKS}/read"),
    reversibility=Reversibility.NONE,
    document="Azure Virtual Machines documentation: Expand virtual hard disks attached to a Linux virtual machine",
    note="a disk cannot be made smaller",
)
_GROW = setting(
    GROW_ACTION.name,
    "storage.volume",
    (Spec(type=DISKS, fields=(value("size_gib", "properties.diskSizeGB"),)),),
    GROW_ACTION.document,
    options=Options(reversibility=Reversibility.NONE, within_s=HOUR_S),
)


class Grow:
    """The way to a larger disk."""

    action = GROW_ACTION

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both sizes are known, and the new one is larger."""
        old, new = before.get("size_gib"), (after or {}).get("size_gib")
        return isinstance(old, int) and isinstance(new, int) and new > old

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """None: Azure refuses to make a disk smaller."""
        return Reversibility.NONE

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (GrowStep(target, before, after or {}),)


class GrowStep(SettingStep):
    """Make a disk larger. Its undo can only find out whether it is too late."""

    def __init__(self, target: Target, before: Values, after: Values) -> None:
        super().__init__(target, _GROW, before, after)
        self._size_before = before["size_gib"]

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when the disk has grown."""
        with planned(self._target):
            size = properties(self._target.get())["diskSizeGB"]
        if size > self._size_before:
            raise AskHuman(
                t("{target} has grown to {size} GiB, and a disk cannot be made smaller.", target=self._target, size=size),
                next_step=t("Keep it, or copy its data to a smaller disk."),
            )


class _Kept:
    """What the two steps around a safety copy share: the snapshot's name follows from the disk's and the change's, so that the way
    back is found also by a process that never saw it being made."""

    name: str
    reversibility = Reversibility.SAFETY_COPY

    def __init__(self, target: Target, change: str) -> None:
        self._target = target
        ending = f"-{OWN}{hashlib.sha256(change.encode()).hexdigest()[:12]}"  # of letters that a name may have
        own = target.id.rpartition("/")[2]
        group = target.path.partition("/providers/")[0]
        self._copy = f"{group}/providers/{SNAPSHOTS}/{own[: NAME_MAX - len(ending)]}{ending}"
        self.text = self._words()

    def _words(self) -> str:
        """What it does, for explain."""
        raise NotImplementedError

    def _there(self) -> bool:
        """Is the disk there; one that is on its way out is waited for."""
        return self._target.until(t("settled"), self._found, MINUTES_S) != {}

    def _found(self) -> Body | None:
        body = self._target.maybe()
        return None if body is not None and state_of(body) in ("deleting", "creating") else body or {}

    def _complete(self) -> Body | None:
        """The copy, when it is whole."""
        found = self._target.maybe(path=self._copy)
        if found is None:
            return None
        own = properties(found)
        whole = own.get("completionPercent") in (None, 100, 100.0)
        return found if whole and str(own.get("provisioningState", "")).lower() == "succeeded" else None


class CopyDisk(_Kept):
    """Make a snapshot of the disk that also says what the disk was like; undo deletes it when the disk is still there."""

    name = f"{SNAPSHOTS}/write"

    def _words(self) -> str:
        return t("Make a snapshot of {target} as a safety copy, and wait until it is complete.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """A complete snapshot of the disk as it is now; nothing to do when the disk has been deleted already."""
        target = self._target
        if not self._there():
            return {}
        with planned(target):
            if target.maybe(path=self._copy) is None:
                target.send("PUT", body=_copy_of(target.get()), path=self._copy)
            target.until(t("copied"), self._complete, HOUR_S)
        return {"snapshot": self._copy}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The copy of a disk that is not there is kept, and so is that of a disk that was made anew from it: Azure may still be
        filling it."""
        disk = self._target.until(t("settled"), self._found, MINUTES_S)
        source = (properties(disk).get("creationData") or {}).get("sourceResourceId") or ""
        if disk and source.lower() != self._copy.lower() and self._target.maybe(path=self._copy) is not None:
            self._target.send("DELETE", path=self._copy)


def _copy_of(disk: Body) -> Body:
    """A snapshot that costs by what changed, and carries the disk's shape in its own tags beside the disk's."""
    own = properties(disk)
    facts = {
        "sku": (disk.get("sku") or {}).get("name", ""),
        "zone": ",".join(disk.get("zones") or ()),
        "size": str(own.get("diskSizeGB", "")),
        "network": f"{own.get('networkAccessPolicy', '')} {own.get('publicNetworkAccess', '')}",
    }
    tags = {**(disk.get("tags") or {}), **{OWN + key: text for key, text in facts.items() if text.strip()}}
    return {
        "location": disk["location"],
        "tags": tags,
        "sku": {"name": "Standard_ZRS" if disk.get("zones") else "Standard_LRS"},
        "properties": {
            "creationData": {"createOption": "Copy", "sourceResourceId": disk["id"]},
            "incremental": True,
            "networkAccessPolicy": "DenyAll",
            "publicNetworkAccess": "Disabled",
        },
    }


class DeleteDisk(_Kept):
    """Delete the disk; undo makes it anew from the safety copy: same name, size, type, zone and tags."""

    name = f"{DISKS}/delete"

    def _words(self) -> str:
        return t("Delete {target}. Undo makes it anew, under the same name, from the safety copy.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Only when the safety copy is complete and the disk still hangs on nothing."""
        target = self._target
        if not self._there():
            return {"snapshot": self._copy}
        if self._complete() is None:
            raise PlanAgain(
                t("{target} has no complete safety copy, so it is not deleted.", target=target),
                next_step=t("Gather and plan again."),
            )
        with planned(target):
            self._refuse_attached(target.get())
            target.send("DELETE")
        target.until(t("gone"), lambda: None if self._there() else True, MINUTES_S)
        return {"snapshot": self._copy}

    def _refuse_attached(self, disk: Body) -> None:
        if owner := disk.get("managedBy"):
            raise PlanAgain(
                t("{target} is attached to {owner}.", target=self._target, owner=owner), next_step=t("Gather and plan again.")
            )

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Nothing to do while the disk is there."""
        target = self._target
        if self._there():
            return
        copy = self._complete()
        if copy is None:
            raise AskHuman(
                t("{target} is gone, and so is its safety copy {copy}.", target=target, copy=self._copy),
                next_step=t("Look for another copy in the subscription's backups."),
            )
        target.send("PUT", body=_disk_of(copy))
        target.until(t("there again"), lambda: self._found() or None, HOUR_S)


def _disk_of(copy: Body) -> Body:
    """The disk that a safety copy was made of, as a request."""
    tags = copy.get("tags") or {}
    facts = {key.removeprefix(OWN): text for key, text in tags.items() if key.startswith(OWN)}
    policy, _, public = facts.get("network", "").partition(" ")
    body: Body = {
        "location": copy["location"],
        "tags": {key: text for key, text in tags.items() if not key.startswith(OWN)},
        "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": copy["id"]}},
    }
    if facts.get("sku"):
        body["sku"] = {"name": facts["sku"]}
    if facts.get("zone"):
        body["zones"] = facts["zone"].split(",")
    if facts.get("size"):
        body["properties"]["diskSizeGB"] = int(facts["size"])
    for name, text in (("networkAccessPolicy", policy), ("publicNetworkAccess", public)):
        if text:
            body["properties"][name] = text
    return body


class Delete:
    """The way from a disk to a snapshot of it."""

    action = Action(
        name="delete a disk that nothing uses, and keep a snapshot",
        kind="storage.volume",
        columns=(),
        calls=(
            f"{SNAPSHOTS}/write",
            f"{SNAPSHOTS}/read",
            f"{SNAPSHOTS}/delete",
            f"{DISKS}/delete",
            f"{DISKS}/write",
            f"{DISKS}/read",
        ),
        reversibility=Reversibility.SAFETY_COPY,
        document="Azure REST API reference: Disks - Delete; Snapshots - Create Or Update",
        note="a disk that was made anew has another unique id and time of creation",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """A disk that is not known to be attached."""
        return after is None and not before.get("attached") and before.get("state") != "in-use"

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """Always from the copy."""
        return Reversibility.SAFETY_COPY

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Copy, then delete."""
        return (CopyDisk(target, change), DeleteDisk(target, change))


DELETE_SNAPSHOT = Deletion(
    action=Action(
        name="delete a snapshot",
        kind="storage.snapshot",
        columns=(),
        calls=(f"{SNAPSHOTS}/delete", f"{SNAPSHOTS}/read"),
        reversibility=Reversibility.NONE,
        document="Azure REST API reference: Snapshots - Delete",
    ),
    look=lambda target: target.present(),
    delete=lambda target: target.send("DELETE"),
    within_s=MINUTES_S,
)

WAYS: tuple[Way, ...] = (SKU, Grow(), Delete(), DELETE_SNAPSHOT)
