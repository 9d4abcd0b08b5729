"""The room where bills meet the estate: snapshots in, tables and views of keys out, and how much of a bill is known."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from skywright.model.estate import Snapshot
from skywright.model.kinds import KIND_BY_NAME
from skywright.ports.engine import Engine
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.question import Question
from skywright.topics.cost.matching.keys import keys_sql
from skywright.topics.cost.matching.match import Report, report, views

OLDER_MAX = 30
"""Older snapshots that are asked for resources that are gone; one a day, the newest first."""


class Beside(msgspec.Struct, frozen=True):
    """What is opened beside the ledger: views, tables, and how many snapshots they know."""

    views: dict[str, str]
    tables: dict[str, Path]
    snapshots: int

    @property
    def pair(self) -> tuple[dict[str, str], dict[str, Path]]:
        """As a ledger is opened with."""
        return self.views, self.tables


class Estate:
    """The keys of the estate's resources, as Parquet files by snapshot; each is written once."""

    def __init__(self, engine: Engine, snapshots: Callable[[], Sequence[Snapshot]], folder: Callable[[], Path]) -> None:
        self._engine = engine
        self._snapshots = snapshots
        self._folder = folder

    def beside(self) -> Beside:
        """The keys of the newest snapshot, and of older ones for what is gone. Without a snapshot nothing is known."""
        chosen = thinned(sorted(self._snapshots(), key=lambda one: one.taken_at, reverse=True))
        tables = {f"estate_keys_{index}": self._keys(one) for index, one in enumerate(chosen)}
        named = [(table, one.taken_at.isoformat(" ")) for table, one in zip(tables, chosen, strict=True)]
        if not named:
            return Beside(views([(f"({keys_sql([])})", "1970-01-01 00:00:00")]), {}, 0)
        return Beside(views(named), tables, len(named))

    def _keys(self, snapshot: Snapshot) -> Path:
        path = self._folder() / f"{snapshot.id}.parquet"
        if not path.exists():
            kinds = sorted({file.table for file in snapshot.files if file.rows and file.table in KIND_BY_NAME})
            with self._engine.open(snapshot) as session:
                session.export(keys_sql(kinds), path, "parquet")
        return path


def thinned(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """The newest, and the newest of each day before it."""
    kept: list[Snapshot] = []
    for one in snapshots:
        if not kept or one.taken_at.date() != kept[-1].taken_at.date():
            kept.append(one)
    return kept[: 1 + OLDER_MAX]


class Matching:
    """How much of a bill is known in the estate."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def report(self, question: Question, top: int) -> Report:
        """See topics.cost.matching.match."""
        with self.books.open(("estate", *(one.dimension for one in question.where))) as session:
            return report(session, self.books.book, question, top)
