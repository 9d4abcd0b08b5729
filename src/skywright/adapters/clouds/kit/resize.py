"""Resizing a machine that must be stopped for it: note whether it runs, stop it, change its type, start it, forget the note.

Whether it ran before must survive a crash between any two calls, so it is noted on the machine itself, in words that name the
change.
"""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, SettingStep, Target, Values, planned
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step


class Machine(Protocol):
    """What a cloud must say of one of its machines, so that it can be resized. Raises NotThere when it is gone."""

    @property
    def target(self) -> Target:
        """Which one."""

    def type(self) -> str:
        """Its type now."""

    def settled(self) -> str | None:
        """Whether it is running or stopped; None on the way there."""

    def stop(self) -> None:
        """Stop it and wait until it is stopped."""

    def start(self) -> None:
        """Start it and wait until it runs."""

    def refuse_unstoppable(self) -> None:
        """Raise AskHuman for one that must not be stopped."""

    def noted(self) -> str:
        """What its note says; "" when it has none."""

    def note(self, text: str) -> None:
        """Leave a note on it; "" takes the note away."""


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's verbs for the steps, and how it is known that a started machine is well (a clause: ``its checks pass``)."""

    note: str
    stop: str
    start: str
    forget: str
    well: str


class _Around:
    """What the four steps around the change of type share: the machine, its note, and both types."""

    def __init__(self, machine: Machine, names: Names, change: str, types: tuple[str, str]) -> None:
        self._machine = machine
        self._target = machine.target
        self._change = change
        self._before, self._after = types
        self.name, self.text = self._words(names)
        self.reversibility = Reversibility.FULL

    def _words(self, names: Names) -> tuple[str, str]:
        """The provider's verb, and what it does, for explain."""
        raise NotImplementedError

    def _has(self, type_: str) -> bool:
        return self._machine.type() == type_

    def _noted(self) -> str | None:
        """running, stopped, or None when this change has left no note."""
        state, _, change = self._machine.noted().partition(" ")
        return state if change == self._change else None

    def _leave(self) -> None:
        """Note the state, unless that is done: what stands was written before anything was stopped."""
        if self._noted() is None:
            state = self._target.until(t("settled"), self._machine.settled, MINUTES_S)
            self._machine.note(f"{state} {self._change}")

    def _drop(self) -> None:
        if self._noted() is not None:
            self._machine.note("")


class LeaveNote(_Around):
    """Note whether the machine runs; undo forgets it."""

    def _words(self, names: Names) -> tuple[str, str]:
        return names.note, t(
            "Note on {target} whether it runs, so that the way back is known after a crash.", target=self._machine.target
        )

    def do(self, token: str) -> dict[str, Any]:
        """Refuses at once what could not be stopped."""
        with planned(self._target):
            self._machine.refuse_unstoppable()
            if not self._has(self._after):
                self._leave()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Forget the note."""
        with planned(self._target):
            self._drop()


class Stop(_Around):
    """Stop the machine; undo starts it when it ran before."""

    def _words(self, names: Names) -> tuple[str, str]:
        return names.stop, t("Stop {target} if it runs, and wait until it is stopped.", target=self._machine.target)

    def do(self, token: str) -> dict[str, Any]:
        """Nothing to stop for when the type is already as wanted."""
        with planned(self._target):
            if not self._has(self._after):
                self._machine.stop()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Without a note the machine was never stopped."""
        with planned(self._target):
            if self._noted() == "running":
                self._machine.start()


class Start(_Around):
    """Start the machine when it ran before; undo stops it, so that its type can be changed back."""

    def _words(self, names: Names) -> tuple[str, str]:
        text = t("Start {target} if it ran before, and wait until {well}.", target=self._machine.target, well=names.well)
        return names.start, text

    def do(self, token: str) -> dict[str, Any]:
        """Running, and well by the provider's own word."""
        with planned(self._target):
            if self._noted() == "running":
                self._machine.start()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Nothing to stop for when the type is already as before."""
        with planned(self._target):
            if not self._has(self._before):
                self._machine.stop()


class ForgetNote(_Around):
    """Forget the note; undo leaves it again for the way back."""

    def _words(self, names: Names) -> tuple[str, str]:
        return names.forget, t("Remove the note from {target}.", target=self._machine.target)

    def do(self, token: str) -> dict[str, Any]:
        """The change is complete."""
        with planned(self._target):
            self._drop()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The machine has been brought back to the state it was in, so that state is the note."""
        with planned(self._target):
            if not self._has(self._before):
                self._leave()


class Resize:
    """The way from one type to another. ``write(target, values)`` changes the type of a machine that is stopped."""

    def __init__(
        self, action: Action, names: Names, machine: Callable[[Any], Machine], write: Callable[[Any, Values], object]
    ) -> None:
        self.action = action
        self._names = names
        self._machine = machine
        self._setting = Setting(action=action, read=lambda target: {"type": machine(target).type()}, write=write)

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both types are known. A change of architecture is out of reach: a disk of one does not boot on the other."""
        return after is not None and bool(before.get("type")) and bool(after.get("type"))

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The same way back."""
        return Reversibility.FULL

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Note, stop, change, start, forget."""
        wanted = (after or {})["type"]
        around = (self._machine(target), self._names, change, (before["type"], wanted))
        change_type = SettingStep(target, self._setting, before, after or {})
        return (LeaveNote(*around), Stop(*around), change_type, Start(*around), ForgetNote(*around))
