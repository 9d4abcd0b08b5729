"""What drift is held against: the snapshot before, our own standing changes, the clouds' trails, the rows that a file declares."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from skywright.loop.analyse.drift import Declaration, kind_of, known_kind
from skywright.model.errors import BadInput, SkywrightError
from skywright.model.estate import Snapshot
from skywright.model.plan import Change
from skywright.model.schema import table_name
from skywright.model.words import t
from skywright.ports.cloud import Cloud, Deed, Historian
from skywright.ports.engine import Session
from skywright.ports.store import Runs, Snapshots

TRAIL_TARGETS_MAX = 200  # resources of one cloud whose trail is asked in one report


def before(newest: Snapshot, snapshots: Snapshots) -> Snapshot:
    """The snapshot before the newest. Raises BadInput when there is none."""
    earlier = [snapshot for snapshot in snapshots.all() if snapshot.taken_at < newest.taken_at]
    if not earlier:
        raise BadInput(t("There is only one snapshot."), next_step=t("Run `skywright gather` again, or give --declared FILE."))
    return max(earlier, key=lambda snapshot: snapshot.taken_at)


def standing(runs: Runs, since: datetime) -> Iterator[Change]:
    """Our changes that stand, of runs that went on after ``since``; oldest first."""
    for run in reversed(runs.all()):
        if run.ended_at is not None and run.ended_at < since:
            continue
        plan = runs.plan(run.plan_hash)
        stands = {result.change for result in run.results if result.state.stands}
        yield from (change for change in (plan.plan.changes if plan else ()) if change.id in stands)


def asked(clouds: Mapping[str, Cloud], resources: Iterable[str], since: datetime, until: datetime) -> tuple[list[Deed], list[str]]:
    """What the clouds' trails know of these resources, and why some could not be asked."""
    deeds: list[Deed] = []
    failures: list[str] = []
    wanted = sorted(set(resources))
    for name, cloud in clouds.items():
        targets = [one for one in wanted if one.startswith(f"{name}:")]
        if not targets or not isinstance(cloud, Historian):
            continue
        if len(targets) > TRAIL_TARGETS_MAX:
            failures.append(_left_out(name, len(targets)))
        try:
            deeds.extend(cloud.deeds(targets[:TRAIL_TARGETS_MAX], since, until))  # what came before a failure is kept
        except SkywrightError as error:
            failures.append(str(error))
    return deeds, failures


def _left_out(cloud: str, count: int) -> str:
    return t(
        "Who changed the first {most} of {count} resources of {cloud} was asked; of the others it is not known.",
        most=TRAIL_TARGETS_MAX,
        count=count,
        cloud=cloud,
    )


Rows = dict[str, dict[str, Any]]


def rows_of(session: Session, declared: Declaration) -> tuple[Rows, dict[str, list[str]]]:
    """The declared resources as they are, and every id of the kinds that are declared completely. Raises BadInput for a kind that
    does not exist."""
    rows: Rows = {}
    ids = {"ids": [one.id for one in declared.resources]}
    for kind in sorted({kind_of(one.id) for one in declared.resources}):
        sql = f"SELECT * FROM {table_name(kind)} WHERE id IN (SELECT unnest($ids))"  # noqa: S608 - a kind that we know
        rows |= {row["id"]: row for row in session.query(sql, ids).dicts()}
    listed = {
        kind: [row[0] for row in session.query(f"SELECT id FROM {table_name(known_kind(kind))}").rows]  # noqa: S608 - the same
        for kind in declared.complete
    }
    return rows, listed
