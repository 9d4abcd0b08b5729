"""Deleting a disk after a snapshot of it: undo makes the disk anew, with the name that it had."""

import hashlib
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.faults import status
from skywright.adapters.clouds.gcp.write.base import COMPUTE, Raw, Target, action, tail
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Values, Way, planned
from skywright.adapters.clouds.kit.deletion import there
from skywright.model.errors import AskHuman, NotThere, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

DISK = COMPUTE + "Disk"
CONFLICT = 409
KEPT = ("type", "labels", "resourcePolicies", "replicaZones", "provisionedIops", "provisionedThroughput", "description")
"""What a disk is made with again, beside its content."""


def look(target: Target) -> Raw:
    """The disk as Google tells it. Raises NotThere."""
    return target.look(DISK)


class _Copied:
    """What both steps share: the disk, and the name of its copy, which follows from the disk and the change."""

    reversibility = Reversibility.SAFETY_COPY

    def __init__(self, target: Target, change: str) -> None:
        self._target = target
        digest = hashlib.sha256(f"{target} {change}".encode()).hexdigest()[:20]
        self._copy = f"skywright-copy-{digest}"

    def _look_copy(self) -> Raw | None:
        try:
            return self._target.call("compute.snapshots.get", project=self._target.project, snapshot=self._copy)
        except NotThere:
            return None

    def _complete(self) -> Raw | None:
        found = self._look_copy()
        if found and found.get("status") == "FAILED":
            raise AskHuman(
                t("The safety copy {copy} of {target} failed.", copy=self._copy, target=self._target),
                next_step=t("Look at it in the Google Cloud console, delete it, and try again."),
            )
        return found if found and found.get("status") == "READY" else None


class CopyDisk(_Copied):
    """Make a snapshot of the disk; undo deletes it when the disk is still there."""

    name = "compute.disks.createSnapshot"

    def __init__(self, target: Target, change: str) -> None:
        super().__init__(target, change)
        self.text = t("Make a snapshot of {target} as a safety copy, and wait until it is complete.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """A complete snapshot that this change made."""
        with planned(self._target):
            if self._look_copy() is None:
                disk = look(self._target)  # when nothing is under way: a copy whose answer got lost is there by then
                if self._look_copy() is None:
                    self._create(disk)
            self._target.until(t("copied"), self._complete, HOUR_S)
        return {"snapshot": self._copy}

    def _create(self, disk: Raw) -> None:
        facts = {name: disk[name] for name in KEPT if name in disk}
        facts["key"] = str((disk.get("diskEncryptionKey") or {}).get("kmsKeyName", "")).partition("/cryptoKeyVersions/")[0]
        body: Raw = {"name": self._copy, "description": msgspec.json.encode(facts).decode(), "labels": disk.get("labels") or {}}
        if facts["key"]:
            body["snapshotEncryptionKey"] = {"kmsKeyName": facts["key"]}
        collection, where = self._target.at("disks", "disk")
        try:
            self._target.act(f"compute.{collection}.createSnapshot", body=body, **where)
        except PlanAgain as error:
            if status(error) != CONFLICT:  # it is there already: an answer got lost
                raise

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The copy of a disk that was deleted is kept: it is what the disk was made from anew."""
        if there(look, self._target) and self._look_copy() is not None and not self._came_from_it():
            self._target.act("compute.snapshots.delete", project=self._target.project, snapshot=self._copy)

    def _came_from_it(self) -> bool:
        return tail(look(self._target).get("sourceSnapshot")) == self._copy


class DeleteDisk(_Copied):
    """Delete the disk; undo makes it anew from the safety copy, in the same place, of the same type, with the same name."""

    name = "compute.disks.delete"

    def __init__(self, target: Target, change: str) -> None:
        super().__init__(target, change)
        self.text = t("Delete {target}. Undo makes it anew from the safety copy.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Only when the safety copy is complete."""
        if there(look, self._target):
            if self._complete() is None:
                raise PlanAgain(
                    t("{target} has no complete safety copy, so it is not deleted.", target=self._target),
                    next_step=t("Gather and plan again."),
                )
            collection, where = self._target.at("disks", "disk")
            with planned(self._target):
                self._target.act(f"compute.{collection}.delete", **where)
            self._target.until(t("gone"), lambda: None if there(look, self._target) else True, MINUTES_S)
        return {"snapshot": self._copy}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when both the disk and its copy are gone."""
        if there(look, self._target):
            return
        copy = self._complete()
        if copy is None:
            raise AskHuman(
                t("{target} is deleted and its safety copy is gone.", target=self._target),
                next_step=t("Look for other backups."),
            )
        self._create(copy)
        self._target.until(t("made anew"), lambda: True if look(self._target).get("status") == "READY" else None, MINUTES_S)

    def _create(self, copy: Raw) -> None:
        facts = msgspec.json.decode(str(copy.get("description") or "{}"))
        key = facts.pop("key", "")
        collection, where = self._target.at("disks", "disk")
        body = {"name": where.pop("disk"), "sourceSnapshot": copy["selfLink"], "sizeGb": copy["diskSizeGb"], **facts}
        if key:
            body["diskEncryptionKey"] = {"kmsKeyName": key}
        self._target.act(f"compute.{collection}.insert", body=body, **where)


class DeleteWithCopy:
    """The way from a disk that nothing uses to none."""

    action = action(
        "delete a disk after a snapshot",
        "storage.volume",
        (),
        "compute.disks.delete",
        "compute.disks.createSnapshot",
        "compute.disks.insert",
        "compute.disks.get",
        "compute.snapshots.get",
        "compute.snapshots.delete",
        document="Compute Engine: Create archive and standard disk snapshots",
        reversibility=Reversibility.SAFETY_COPY,
        note="the disk that comes back has another numeric id",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only a disk that no instance uses."""
        return after is None and before.get("attached") is not True and before.get("state", "available") == "available"

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """A snapshot is made first."""
        return Reversibility.SAFETY_COPY

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Copy, then delete."""
        return (CopyDisk(target, change), DeleteDisk(target, change))


WAYS: tuple[Way, ...] = (DeleteWithCopy(),)
