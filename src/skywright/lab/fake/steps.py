"""The fake cloud's steps: each looks before it acts, in both directions, as every cloud's must."""

from collections.abc import Callable, Mapping
from typing import Any

from skywright.lab.fake.faults import Faults
from skywright.lab.fake.world import World
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.plan import Reversibility


class FakeStep:
    """What the steps share: the world, its faults, a name and a target."""

    reversibility = Reversibility.FULL

    def __init__(self, world: World, faults: Faults, target: str, name: str, text: str) -> None:
        self._world = world
        self._faults = faults
        self._target = target
        self.name = name
        self.text = text

    def _bring(self, name: str, start: Mapping[str, Any], end: Mapping[str, Any]) -> None:
        """Bring columns from ``start`` to ``end``; nothing is done when they are there already."""
        with self._faults.around(f"{name} {self._target}"), self._world.alone():
            now = self._world.plain(self._target)
            if now is None:
                raise PlanAgain(f"{self._target} is gone.", next_step="Plan again.")
            seen = {column: now.get(column) for column in end}
            if seen == dict(end):
                return
            if seen != {column: start.get(column) for column in end}:
                raise PlanAgain(f"{self._target} is neither as planned nor as wanted.", next_step="Plan again.")
            self._allowed(now)
            self._world.change(name, self._target, dict(end))

    def _allowed(self, now: Mapping[str, Any]) -> None:
        """Raise what the cloud would answer when the resource is in the wrong state."""


class SetColumns(FakeStep):
    """Columns from before to after."""

    def __init__(
        self, world: World, faults: Faults, target: str, *, before: Mapping[str, Any], after: Mapping[str, Any], name: str = ""
    ) -> None:
        columns = ", ".join(after)
        super().__init__(world, faults, target, name or f"fake:Set {columns}", f"set {columns} of {target}")
        self._before = before
        self._after = after

    def do(self, token: str) -> dict[str, Any]:
        """Set them; the answer holds what was there, as planned."""
        self._bring(self.name, self._before, self._after)
        return {"previous": dict(self._before)}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Set them back."""
        self._bring(f"undo {self.name}", self._after, self._before)


class Resize(SetColumns):
    """A new type, which a running instance refuses."""

    def _allowed(self, now: Mapping[str, Any]) -> None:
        if now.get("state") == "running":
            raise AskHuman(f"{self._target} is running and cannot be resized.", next_step="Stop it first.")


class Copy(FakeStep):
    """A safety copy: a new thing, named by the token, so that a second call with the same token makes no second one."""

    def __init__(self, world: World, faults: Faults, target: str) -> None:
        super().__init__(world, faults, target, "fake:Copy", f"copy {target}")

    def do(self, token: str) -> dict[str, Any]:
        """Copy it, unless the copy of this token is there."""
        with self._faults.around(f"{self.name} {self._target}"), self._world.alone():
            now = self._world.plain(self._target)
            copy = copy_id(self._target, token)
            if self._world.plain(copy) is None:
                if now is None:
                    raise PlanAgain(f"{self._target} is gone.", next_step="Plan again.")
                self._world.change(self.name, copy, {**_snapshot(self._target, copy), "native": {"row": now}})
            return {"copy": copy}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Delete the copy, if it was made."""
        with self._faults.around(f"undo {self.name} {self._target}"), self._world.alone():
            copy = copy_id(self._target, token)
            if self._world.plain(copy) is not None:
                self._world.change(f"undo {self.name}", copy, None)


class Delete(FakeStep):
    """The resource goes; undo brings it back from the row that it had."""

    def __init__(self, world: World, faults: Faults, target: str, reversibility: Reversibility, row: Callable[[], Any]) -> None:
        super().__init__(world, faults, target, "fake:Delete", f"delete {target}")
        self.reversibility = reversibility
        self._row = row

    def do(self, token: str) -> dict[str, Any]:
        """Delete it, unless it is gone."""
        with self._faults.around(f"{self.name} {self._target}"), self._world.alone():
            if self._world.plain(self._target) is not None:
                self._world.change(self.name, self._target, None)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Bring it back, unless it is there."""
        with self._faults.around(f"undo {self.name} {self._target}"), self._world.alone():
            if self._world.plain(self._target) is not None:
                return
            row = self._row()
            if row is None:
                raise AskHuman(f"{self._target} is deleted and has no copy.", next_step="Make it anew by hand.")
            self._world.change(f"undo {self.name}", self._target, row)


def copy_id(target: str, token: str) -> str:
    """The id of the copy of ``target`` that ``token`` made."""
    return target.replace("storage.volume", "storage.snapshot") + f".copy-{token}"


def _snapshot(target: str, copy: str) -> dict[str, Any]:
    cloud, account, region, _ = target.split(":", 3)
    native = copy.partition("/")[2]
    return {"id": copy, "cloud": cloud, "account": account, "region": region, "native_id": native, "state": "completed"}
