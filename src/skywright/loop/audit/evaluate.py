"""Session x rules -> verdicts. A rule that cannot be computed is unknown everywhere; it does not silence the others."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from skywright.loop.audit.conditions import by_kind, verdicts_sql
from skywright.model.errors import BadInput
from skywright.model.estate import Coverage
from skywright.model.rule import Rule
from skywright.model.rule_sql import Sight
from skywright.ports.engine import Rows, Session


def evaluate(session: Session, rules: Sequence[Rule], ids: Sequence[str] | None = None) -> Rows:
    """(rule, resource, verdict) for every verdict but the passes; ``verdict`` is ``fail`` or ``unknown``.

    With ``ids`` only these resources are asked. One query a kind.
    """
    sight = sight_of(session)
    found: list[tuple[Any, ...]] = []
    params = None if ids is None else {"ids": list(ids)}
    for kind, own in by_kind(rules):
        found.extend(_ask(session, kind, own, sight, params))
    return Rows(("rule", "resource", "verdict"), found)


def sight_of(session: Session) -> Sight:
    """When the session's snapshot was taken, and its gaps."""
    now: datetime = session.query("SELECT now() AS taken_at").rows[0][0]
    gaps = session.query("SELECT * FROM coverage WHERE state <> 'complete' OR partial").dicts()
    return Sight.of(now, msgspec.convert(gaps, list[Coverage]))


def computable(session: Session, rules: Sequence[Rule], sight: Sight) -> list[Rule]:
    """The rules, with those that cannot be computed over this estate changed to give an unknown instead of an error."""
    return [rule if _runs(session, rule, sight) else _softened(session, rule, sight) for rule in rules]


def _ask(
    session: Session, kind: str, rules: Sequence[Rule], sight: Sight, params: Mapping[str, Any] | None
) -> list[tuple[Any, ...]]:
    def asked(chosen: Sequence[Rule]) -> list[tuple[Any, ...]]:
        found = verdicts_sql(kind, chosen, sight, only_ids=params is not None)
        words = "CASE WHEN fails THEN 'fail' ELSE 'unknown' END AS verdict"
        return session.query(f"SELECT rule, resource, {words} FROM ({found})", params).rows  # noqa: S608 - our own SQL

    try:
        return asked(rules)
    except BadInput:
        return asked(computable(session, rules, sight))


def _runs(session: Session, rule: Rule, sight: Sight) -> bool:
    try:
        session.query(f"SELECT count(*) FROM ({verdicts_sql(rule.kind, [rule], sight)})")  # noqa: S608 - our own SQL
    except BadInput:
        return False
    return True


def _softened(session: Session, rule: Rule, sight: Sight) -> Rule:
    """The rule with TRY around it, so that only the rows that cannot be computed are unknown; if that does not do either
    (DuckDB takes no subquery in TRY), unknown for all."""
    tried = msgspec.structs.replace(rule, condition=f"TRY({rule.condition})")
    if _runs(session, tried, sight):
        return tried
    return msgspec.structs.replace(rule, condition="NULL::BOOLEAN")
