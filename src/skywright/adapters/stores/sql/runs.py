"""Plans, their runs, the steps of runs, and who holds which target, in SQL."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from skywright.adapters.stores.sql.database import Database
from skywright.adapters.stores.sql.rows import beginning, encoded
from skywright.adapters.stores.sql.tables import CLAIM, COMMAND, PLAN, RUN, STEP
from skywright.model.plan import SignedPlan
from skywright.model.run import Run, StepRecord

_TARGETS_PER_QUERY = 500  # SQLite takes at most 999 parameters where it was built so


class SqlRuns:
    """ports.store.Runs. ``now`` gives the time (naive UTC) against which leases on targets run out."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def keep_plan(self, plan: SignedPlan) -> None:
        """Keep a plan by its hash."""
        with self._database.writing() as connection:
            self._database.put(connection, PLAN, {"hash": plan.hash, "body": encoded(plan)}, replace=False)

    def plan(self, plan_hash: str) -> SignedPlan | None:
        """A kept plan."""
        with self._database.reading() as connection:
            body = connection.execute(select(PLAN.c.body).where(PLAN.c.hash == plan_hash)).scalar()
        return None if body is None else msgspec.json.decode(body, type=SignedPlan)

    def save(self, run: Run) -> None:
        """Insert or replace a run."""
        row = {"id": run.id, "started_at": run.started_at, "body": encoded(run)}
        with self._database.writing() as connection:
            self._database.put(connection, RUN, row, replace=True)

    def get(self, identifier: str) -> Run | None:
        """By id, or by an unambiguous beginning of it."""
        with self._database.reading() as connection:
            body = beginning(connection, RUN, identifier, "run")
        return None if body is None else msgspec.json.decode(body, type=Run)

    def all(self) -> Sequence[Run]:
        """Newest first."""
        with self._database.reading() as connection:
            bodies = connection.execute(select(RUN.c.body).order_by(RUN.c.started_at.desc(), RUN.c.id.desc())).scalars()
            return [msgspec.json.decode(body, type=Run) for body in bodies]

    def record(self, run: str, step: StepRecord) -> None:
        """Append a step record; the same (run, change, index, undo) is kept once."""
        row = {"run": run, "change": step.change, "position": step.index, "undo": step.undo, "body": encoded(step)}
        with self._database.writing() as connection:
            self._database.put(connection, STEP, row, replace=False)

    def records(self, run: str) -> Sequence[StepRecord]:
        """In the order of their happening."""
        with self._database.reading() as connection:
            bodies = connection.execute(select(STEP.c.body).where(STEP.c.run == run).order_by(STEP.c.number)).scalars()
            return [msgspec.json.decode(body, type=StepRecord) for body in bodies]

    def claim(self, run: str, targets: Sequence[str], until: datetime) -> Sequence[tuple[str, str]]:
        """Take targets for a run, all or none."""
        with self._database.writing(alone=CLAIM) as connection:
            connection.execute(CLAIM.delete().where(CLAIM.c.until <= self._now()))
            held = _holders(connection, targets)
            others = [(target, held[target]) for target in targets if held.get(target, run) != run]
            if not others:
                for target in targets:
                    self._database.put(connection, CLAIM, {"target": target, "run": run, "until": until}, replace=True)
        return others

    def release(self, run: str) -> None:
        """Give back what a run holds."""
        with self._database.writing() as connection:
            connection.execute(CLAIM.delete().where(CLAIM.c.run == run))

    def command(self, run: str, word: str | None) -> None:
        """Leave a word for a running run: pause, resume, abort; None clears it."""
        with self._database.writing() as connection:
            if word is None:
                connection.execute(COMMAND.delete().where(COMMAND.c.run == run))
            else:
                self._database.put(connection, COMMAND, {"run": run, "word": word}, replace=True)

    def commanded(self, run: str) -> str | None:
        """The word left for a run."""
        with self._database.reading() as connection:
            return connection.execute(select(COMMAND.c.word).where(COMMAND.c.run == run)).scalar()


def _holders(connection: Connection, targets: Sequence[str]) -> dict[str, str]:
    """Target -> the run that holds it, for those that are held."""
    holders: dict[str, str] = {}
    for start in range(0, len(targets), _TARGETS_PER_QUERY):
        part = targets[start : start + _TARGETS_PER_QUERY]
        for row in connection.execute(select(CLAIM.c.target, CLAIM.c.run).where(CLAIM.c.target.in_(part))):
            holders[row.target] = row.run
    return holders
