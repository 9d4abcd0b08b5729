"""Resizing an instance: note whether it runs, stop it, change its type, start it, forget the note.

EC2 changes the type of a stopped instance only (IncorrectInstanceState otherwise). Whether it ran before must survive a crash
between any two calls, so it is noted on the instance itself, as a tag that names the change.
"""

from typing import Any

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.aws.write.compute import describe, refuse_unstoppable, settled_state, start, stop, tags_of
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, SettingStep, Values, planned
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

NOTE_TAG = "skywright:was"


class Note:
    """The tag on an instance that says whether it ran when a change began: ``running <change id>``."""

    def __init__(self, target: Target, change: str) -> None:
        self.target = target
        self._change = change

    def read(self) -> str | None:
        """running, stopped, or None when this change has left no note."""
        state, _, change = tags_of(describe(self.target)).get(NOTE_TAG, "").partition(" ")
        return state if change == self._change else None

    def leave(self, state: str) -> None:
        """Write it."""
        tag = {"Key": NOTE_TAG, "Value": f"{state} {self._change}"}
        self.target.call("ec2:CreateTags", Resources=[self.target.id], Tags=[tag])

    def remove(self) -> None:
        """Forget it."""
        self.target.call("ec2:DeleteTags", Resources=[self.target.id], Tags=[{"Key": NOTE_TAG}])


class _NoteStep:
    """What the four steps around the change of type share: the note, and both types."""

    name: str

    def __init__(self, note: Note, before: str, after: str) -> None:
        self._note = note
        self._target = note.target
        self._before = before
        self._after = after
        self.text = self._words()
        self.reversibility = Reversibility.FULL

    def _words(self) -> str:
        """What it does, for explain."""
        raise NotImplementedError

    def _has(self, type_: str) -> bool:
        return bool(describe(self._target)["InstanceType"] == type_)

    def _leave(self) -> None:
        """Note the state, unless that is done: what stands was written before anything was stopped."""
        if self._note.read() is None:
            self._note.leave(self._target.until(t("settled"), lambda: settled_state(self._target), MINUTES_S))

    def _drop(self) -> None:
        if self._note.read() is not None:
            self._note.remove()


class LeaveNote(_NoteStep):
    """Note whether the instance runs; undo forgets it."""

    name = "ec2:CreateTags"

    def _words(self) -> str:
        return t("Note on {target} whether it runs, so that the way back is known after a crash.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Refuses at once what could not be stopped."""
        with planned(self._target):
            refuse_unstoppable(describe(self._target), self._target)
            if not self._has(self._after):
                self._leave()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Forget the note."""
        with planned(self._target):
            self._drop()


class Stop(_NoteStep):
    """Stop the instance; undo starts it when it ran before."""

    name = "ec2:StopInstances"

    def _words(self) -> str:
        return t("Stop {target} if it runs, and wait until it is stopped.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Nothing to stop for when the type is already as wanted."""
        with planned(self._target):
            if not self._has(self._after):
                stop(self._target)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Without a note the instance was never stopped."""
        with planned(self._target):
            if self._note.read() == "running":
                start(self._target)


class Start(_NoteStep):
    """Start the instance when it ran before; undo stops it, so that its type can be changed back."""

    name = "ec2:StartInstances"

    def _words(self) -> str:
        return t("Start {target} if it ran before, and wait until its status checks pass.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Running, and well by EC2's own checks."""
        with planned(self._target):
            if self._note.read() == "running":
                start(self._target)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Nothing to stop for when the type is already as before."""
        with planned(self._target):
            if not self._has(self._before):
                stop(self._target)


class ForgetNote(_NoteStep):
    """Forget the note; undo leaves it again for the way back."""

    name = "ec2:DeleteTags"

    def _words(self) -> str:
        return t("Remove the note from {target}.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """The change is complete."""
        with planned(self._target):
            self._drop()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The instance has been brought back to the state it was in, so that state is the note."""
        with planned(self._target):
            if not self._has(self._before):
                self._leave()


def _read_type(target: Target) -> Values:
    return {"type": describe(target)["InstanceType"]}


def _write_type(target: Target, wanted: Values) -> None:
    target.call("ec2:ModifyInstanceAttribute", InstanceId=target.id, InstanceType={"Value": wanted["type"]})


ACTION = Action(
    name="resize an instance",
    kind="compute.instance",
    columns=("type",),
    implied=("vcpus", "memory_mib", "burstable", "public_ip", "launched_at", "ebs_optimized"),
    calls=(
        "ec2:ModifyInstanceAttribute",
        "ec2:StopInstances",
        "ec2:StartInstances",
        "ec2:CreateTags",
        "ec2:DeleteTags",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
    ),
    document="Amazon EC2 User Guide: Change the instance type for your Amazon EC2 instance",
)
_TYPE = Setting(action=ACTION, read=_read_type, write=_write_type)


class Resize:
    """The way from one instance type to another."""

    action = ACTION

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both types are known. A change of architecture is out of reach: a disk of one does not boot on the other."""
        return after is not None and bool(before.get("type")) and bool(after.get("type"))

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The same way back."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Note, stop, change, start, forget."""
        wanted = (after or {})["type"]
        around = (Note(target, change), before["type"], wanted)
        change_type = SettingStep(target, _TYPE, before, after or {})
        return (LeaveNote(*around), Stop(*around), change_type, Start(*around), ForgetNote(*around))
