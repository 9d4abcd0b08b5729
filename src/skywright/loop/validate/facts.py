"""Plan x snapshot -> facts: everything that a guard rail may look at, read once, so that the rails are pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from skywright.model.estate import Coverage, CoverageState
from skywright.model.kinds import parse_id
from skywright.model.plan import Change, Plan
from skywright.model.schema import table_name
from skywright.model.settings import RailSettings
from skywright.model.verdict import Consequences
from skywright.ports.engine import Session

Row = Mapping[str, Any]


class Opinions(msgspec.Struct, frozen=True, kw_only=True):
    """What the topics know and the rails need: see topics.security.rails and topics.reliability.rails."""

    exposed: Mapping[str, str] = {}
    capacity: Mapping[str, Mapping[str, str]] = {}
    dependents: Mapping[str, tuple[str, ...]] = {}
    members: Mapping[str, str] = {}


class Need(msgspec.Struct, frozen=True):
    """``source`` (a resource) needs ``target``; ``verb`` as in model.estate.Verb."""

    source: str
    verb: str
    target: str


class Team(msgspec.Struct, frozen=True):
    """A set of members, of which ``healthy`` are well (None: not known)."""

    id: str
    members: tuple[str, ...]
    healthy: int | None


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """What the snapshot says about the plan's targets and what surrounds them."""

    rows: Mapping[str, Row] = {}  # target -> its row
    needs: tuple[Need, ...] = ()  # relations from and to the targets that are deleted
    teams: tuple[Team, ...] = ()  # those that a target is a member of
    sizes: Mapping[tuple[str, str, str], int] = {}  # (kind, account, environment) -> resources
    gaps: tuple[Coverage, ...] = ()  # coverage that is not complete, or partial


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a guard rail may look at."""

    plan: Plan
    settings: RailSettings
    now: datetime
    estate: Estate = Estate()
    consequences: Consequences = Consequences()
    unknown_reasons: Mapping[str, str] = {}  # change id -> rule that is unknown for its target, though the change rests on it
    approvals: tuple[str, ...] = ()
    opinions: Opinions = Opinions()

    def environment(self, target: str) -> str:
        """The value of the environment tag, or empty."""
        return self.tags(target).get(self.settings.environment_tag, "")

    def tags(self, target: str) -> Mapping[str, str]:
        """A target's tags as far as they are known."""
        return self.estate.rows.get(target, {}).get("tags") or {}


def read_estate(session: Session, plan: Plan, coverage: tuple[Coverage, ...], opinions: Opinions, environment_tag: str) -> Estate:
    """Read the plan's targets and their surroundings from a snapshot."""
    rows = read_rows(session, [change.target for change in plan.changes])
    return Estate(
        rows=rows,
        needs=_needs(session, [change.target for change in plan.changes if change.after is None]),
        teams=_teams(session, opinions.members, list(rows)),
        sizes=_sizes(session, plan.changes, environment_tag),
        gaps=tuple(row for row in coverage if row.partial or row.state is not CoverageState.COMPLETE),
    )


def read_rows(session: Session, targets: Sequence[str]) -> dict[str, Row]:
    """Resource id -> its whole row; those that the snapshot does not hold are missing."""
    found: dict[str, Row] = {}
    for kind, ids in by_kind(targets).items():
        answer = session.query(f"SELECT * FROM {table_name(kind)} WHERE id IN (SELECT unnest($ids))", {"ids": ids})
        found.update((row["id"], row) for row in answer.dicts())
    return found


def by_kind(targets: Sequence[str]) -> dict[str, list[str]]:
    """Kind -> the targets of that kind."""
    grouped: dict[str, list[str]] = {}
    for target in targets:
        grouped.setdefault(parse_id(target).kind, []).append(target)
    return grouped


def _needs(session: Session, deleted: list[str]) -> tuple[Need, ...]:
    if not deleted:
        return ()
    sql = "SELECT source, verb, target FROM relation WHERE source IN (SELECT unnest($ids)) OR target IN (SELECT unnest($ids))"
    return tuple(Need(*row) for row in session.query(f"{sql} ORDER BY ALL", {"ids": deleted}).rows)


def _teams(session: Session, members: Mapping[str, str], targets: list[str]) -> tuple[Team, ...]:
    if not targets:
        return ()
    parts = [
        f"SELECT id, {column} AS members, healthy FROM {table_name(kind)} WHERE list_has_any({column}, $ids)"
        for kind, column in members.items()
    ]
    found = session.query(f"{' UNION ALL '.join(parts)} ORDER BY id", {"ids": targets}).rows if parts else []
    return tuple(Team(identifier, tuple(ids), healthy) for identifier, ids, healthy in found)


def _sizes(session: Session, changes: Sequence[Change], environment_tag: str) -> dict[tuple[str, str, str], int]:
    kinds = sorted({change.kind for change in changes})
    parts = [
        f"SELECT '{kind}' AS kind, account, coalesce(tags[$tag], '') AS environment, count(*) AS held"
        f" FROM {table_name(kind)} GROUP BY ALL"
        for kind in kinds
    ]
    if not parts:
        return {}
    answer = session.query(" UNION ALL ".join(parts), {"tag": environment_tag})
    return {(kind, account, environment): held for kind, account, environment, held in answer.rows}
