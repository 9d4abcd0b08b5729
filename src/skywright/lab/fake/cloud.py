"""ports.cloud.Cloud over a small world in a file: a few real rules, honest gaps, and faults on demand."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from skywright.lab.fake.faults import Faults
from skywright.lab.fake.steps import Copy, Delete, Resize, SetColumns
from skywright.lab.fake.world import World
from skywright.model.errors import AskHuman, SkywrightError, TryAgain
from skywright.model.estate import Coverage, CoverageState, Scope, Usage
from skywright.model.kinds import KIND_BY_NAME, Resource
from skywright.model.plan import Action, Change, Reversibility
from skywright.ports.cloud import Batch, Health, Permission, Step

_DELETABLE = {"storage.volume": Reversibility.SAFETY_COPY, "network.address": Reversibility.NONE}
_FIXED = {"id", "cloud", "account", "region", "native_id", "created_at", "native"}


class FakeCloud:
    """A cloud whose every kind can be updated (all but its name tags' owner columns) and whose volumes and addresses can be
    deleted. Ids listed in ``sick`` are not well; ids in ``hidden`` cannot be read."""

    def __init__(self, world: World | None = None, faults: Faults | None = None, name: str = "fake") -> None:
        self.name = name
        self.world = world or World()
        self.faults = faults or Faults()
        self.sick: set[str] = set()
        self.hidden: set[str] = set()

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """One scope an account and region, for all kinds that are there."""
        places: dict[tuple[str, str], set[str]] = {}
        for resource in self.world.all():
            places.setdefault((resource.account, resource.region), set()).add(resource.KIND)
        return [Scope(self.name, *place, "fake", tuple(sorted(kinds))) for place, kinds in sorted(places.items())], []

    def read(self, scope: Scope) -> Batch:
        """Everything in one scope; a fault is a gap for all its kinds."""
        try:
            with self.faults.around(f"fake:Read {scope.account} {scope.region}"):
                found = [one for one in self.world.all() if (one.account, one.region) == (scope.account, scope.region)]
        except SkywrightError as error:
            throttled = isinstance(error, TryAgain) and error.throttled
            state = CoverageState.THROTTLED if throttled else CoverageState.DENIED
            return Batch((), (), tuple(self._coverage(scope, kind, state, 0, error.message) for kind in scope.kinds))
        visible = tuple(one for one in found if one.id not in self.hidden)
        return Batch(visible, (), tuple(self._covered(scope, kind, found, visible) for kind in scope.kinds))

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """Nothing is measured here."""
        return iter(())

    def refresh(self, targets: Sequence[str]) -> dict[str, Resource | None]:
        """These resources as they are now; those that cannot be read are missing."""
        seen: dict[str, Resource | None] = {}
        for target in targets:
            try:
                with self.faults.around(f"fake:Get {target}"):
                    if target not in self.hidden:
                        seen[target] = self.world.get(target)
            except SkywrightError:
                continue  # unknown is not absent
        return seen

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> Reversibility | None:
        """Every column but those that name a resource can be set; volumes and addresses can be deleted."""
        if kind not in KIND_BY_NAME:
            return None
        if after is None:
            return _DELETABLE.get(kind)
        known = set(KIND_BY_NAME[kind].__struct_fields__) - _FIXED
        return Reversibility.FULL if after and set(after) <= known else None

    def steps(self, change: Change) -> Sequence[Step]:
        """The steps of a change, in order."""
        if self.can(change.kind, change.before or {}, change.after) is None:
            raise AskHuman(f"The fake cloud cannot do {change.id}.", next_step="Leave it out of the plan.")
        match change.action:
            case Action.DELETE:
                return self._deletion(change)
            case Action.UPDATE | Action.CREATE:
                return self._update(change, change.before or {}, change.after or {})

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """An instance is well while it runs and is not sick; of other kinds the cloud does not say, unless they are sick."""
        return [self._health(target) for target in targets]

    def doctor(self) -> Iterator[Permission]:
        """Everything is allowed."""
        yield Permission("fake:*", "everything", allowed=True)

    def _update(self, change: Change, before: dict[str, Any], after: dict[str, Any]) -> list[Step]:
        """One step a column; a new instance type between a stop and a start (the fake takes it that the instance runs)."""
        plain = {column: value for column, value in after.items() if column != "type" or change.kind != "compute.instance"}
        steps: list[Step] = [self._set(change, before, {column: value}) for column, value in plain.items()]
        if len(plain) == len(after):
            return steps
        resize = Resize(
            self.world,
            self.faults,
            change.target,
            before={"type": before["type"]},
            after={"type": after["type"]},
            name="fake:Resize",
        )
        halt = self._set(change, {"state": "running"}, {"state": "stopped"}, "fake:Stop")
        return [*steps, halt, resize, self._set(change, {"state": "stopped"}, {"state": "running"}, "fake:Start")]

    def _set(self, change: Change, before: dict[str, Any], after: dict[str, Any], name: str = "") -> SetColumns:
        start = {column: before.get(column) for column in after}
        return SetColumns(self.world, self.faults, change.target, before=start, after=after, name=name)

    def _deletion(self, change: Change) -> list[Step]:
        kind = _DELETABLE[change.kind]
        delete = Delete(self.world, self.faults, change.target, kind, lambda: self._copied_row(change.target))
        return [Copy(self.world, self.faults, change.target), delete] if kind is Reversibility.SAFETY_COPY else [delete]

    def _copied_row(self, target: str) -> Any:
        beginning = target.replace("storage.volume", "storage.snapshot") + ".copy-"
        copies = [one for one in self.world.all() if one.id.startswith(beginning)]
        return copies[-1].native["row"] if copies else None

    def _health(self, target: str) -> Health:
        if target in self.sick:
            return Health(target, well=False, reason="status check failed")
        plain = self.world.plain(target)
        if plain is None or "compute.instance" not in target:
            return Health(target, well=None)
        state = plain.get("state")
        return Health(target, well=state == "running", reason="" if state == "running" else f"it is {state}")

    def _covered(self, scope: Scope, kind: str, found: Sequence[Resource], visible: Sequence[Resource]) -> Coverage:
        rows = sum(kind == one.KIND for one in visible)
        if rows < sum(kind == one.KIND for one in found):
            return self._coverage(scope, kind, CoverageState.FAILED, rows, "some of it could not be read")
        return self._coverage(scope, kind, CoverageState.COMPLETE, rows, "")

    def _coverage(self, scope: Scope, kind: str, state: CoverageState, rows: int, reason: str) -> Coverage:
        now = datetime(2026, 3, 1, 12)  # the fake's time stands still, so that what it gives is the same at every read
        return Coverage(self.name, scope.account, scope.region, kind, state, now, reason, rows)
