"""What the planner knows: the rows of the targets, how they relate, where we could not look; and what it may ask."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import msgspec

from skywright.model.estate import Coverage, CoverageState, Relation, Snapshot, Verb
from skywright.model.kinds import KIND_BY_NAME, Resource, parse_id
from skywright.model.money import Money
from skywright.model.plan import Reversibility
from skywright.model.schema import table_name
from skywright.ports.engine import Overlay, Session

Values = Mapping[str, Any]
"""Columns and their values, as plain data."""


class Can(Protocol):
    """Can a cloud bring a resource of ``kind`` from ``before`` to ``after`` (None: deleted), and how is it taken back."""

    def __call__(self, cloud: str, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> Reversibility | None:
        """None: it cannot."""


Costs = Callable[[Overlay | None, Sequence[str]], Mapping[str, Money]]
"""What these resources cost a month, on the snapshot or on its twin; those of unknown cost are missing."""


class Means(msgspec.Struct, frozen=True):
    """What the planner may ask: pure questions, so that the same plan comes of the same inputs.

    ``irreversible`` false: what cannot be undone is rejected, for the guard rails would block the whole plan.
    """

    can: Can
    costs: Costs
    irreversible: bool = True


class World:
    """The targets as they were seen in one snapshot. ``relations`` need only hold those between targets."""

    def __init__(self, snapshot: Snapshot, rows: Mapping[str, Resource], relations: Iterable[Relation] = ()) -> None:
        self.snapshot = snapshot
        self.rows = rows
        self.relations = tuple(sorted(relations, key=lambda relation: (relation.source, relation.target, relation.verb.value)))

    @property
    def size(self) -> int:
        """How many resources the snapshot holds."""
        return sum(file.rows for file in self.snapshot.files if file.table in KIND_BY_NAME)

    def coverage(self, target: str) -> Coverage | None:
        """How well we could look where the target is."""
        name = parse_id(target)
        return self._coverage.get((name.cloud, name.account, name.region, name.kind))

    @cached_property
    def _coverage(self) -> dict[tuple[str, str, str, str], Coverage]:
        return {(row.cloud, row.account, row.region, row.kind): row for row in self.snapshot.coverage}

    def gap(self, target: str) -> str:
        """Why the target's scope could not be read, or nothing."""
        row = self.coverage(target)
        if row is None or row.state is CoverageState.COMPLETE:
            return ""
        return row.reason or row.state.value


def see_world(session: Session, snapshot: Snapshot, targets: Iterable[str]) -> World:
    """Read the rows of the targets and the relations between them: one query a kind, and one."""
    wanted: dict[str, list[str]] = {}
    for target in sorted(set(targets)):
        wanted.setdefault(parse_id(target).kind, []).append(target)
    rows: dict[str, Resource] = {}
    for kind, ids in wanted.items():
        if kind in KIND_BY_NAME:
            rows |= _rows(session, kind, ids)
    return World(snapshot, rows, _relations(session, list(rows)))


def _rows(session: Session, kind: str, ids: list[str]) -> dict[str, Resource]:
    # The name of the table comes from our own schema; ids are bound.
    sql = f"SELECT * EXCLUDE (native, seen_at) FROM {table_name(kind)} WHERE id IN (SELECT unnest($ids))"  # noqa: S608
    found = [msgspec.convert(row, KIND_BY_NAME[kind], strict=False) for row in session.query(sql, {"ids": ids}).dicts()]
    return {row.id: row for row in found}


def _relations(session: Session, ids: list[str]) -> list[Relation]:
    if not ids:
        return []
    sql = """SELECT source, verb, target FROM relation
             WHERE source IN (SELECT unnest($ids)) AND target IN (SELECT unnest($ids))"""
    return [Relation(source, Verb(verb), target) for source, verb, target in session.query(sql, {"ids": ids}).rows]
