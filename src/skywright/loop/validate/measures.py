"""A session -> what the plan's targets cost, expose and provide. Asked of both sides; the difference is what the plan does.

Cost, exposure and capacity of a resource depend on its own row alone, so that the targets tell the whole difference.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from skywright.loop.validate.facts import Opinions
from skywright.model.money import Money
from skywright.model.rule_sql import quoted
from skywright.model.schema import table_name
from skywright.model.verdict import Opening
from skywright.ports.engine import Session

_ONE_OF = "(SELECT unnest($ids))"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """``costs``: target -> monthly cost where it is known. The rest are sums over the resources that were asked about."""

    costs: Mapping[str, Money] = {}
    exposed: int = 0
    vcpus: int = 0
    memory_mib: int = 0
    storage_gib: int = 0


def measure(session: Session, targets: Mapping[str, Sequence[str]], opinions: Opinions) -> Measured:
    """Kind -> targets, to what they are on one side."""
    return msgspec.structs.replace(_sums(session, targets, opinions), costs=_costs(session, targets))


def measure_estate(session: Session, opinions: Opinions) -> Measured:
    """The same sums over everything, without costs."""
    return _sums(session, None, opinions)


def reached(session: Session) -> frozenset[Opening]:
    """What the public internet can reach."""
    rows = session.query("SELECT resource, protocol, from_port, to_port FROM reach").rows
    return frozenset(Opening(*row) for row in rows)


def _sums(session: Session, targets: Mapping[str, Sequence[str]] | None, opinions: Opinions) -> Measured:
    counted = {kind: f"CASE WHEN {condition} THEN 1 END" for kind, condition in opinions.exposed.items()}
    wanted = {"exposed": counted, **{name: opinions.capacity.get(name, {}) for name in ("vcpus", "memory_mib", "storage_gib")}}
    kinds = sorted({kind for per_kind in wanted.values() for kind in per_kind if targets is None or kind in targets})
    if not kinds:
        return Measured()
    ids = [target for kind in kinds for target in (targets or {}).get(kind, ())]
    chosen = "" if targets is None else f" WHERE id IN {_ONE_OF}"
    parts = [_sums_of(kind, wanted) + chosen for kind in kinds]
    totals = ", ".join(f"coalesce(sum({name}), 0)" for name in wanted)
    answer = session.query(f"SELECT {totals} FROM ({' UNION ALL '.join(parts)})", {"ids": ids}).rows[0]
    exposed, vcpus, memory_mib, storage_gib = map(int, answer)
    return Measured(exposed=exposed, vcpus=vcpus, memory_mib=memory_mib, storage_gib=storage_gib)


def _sums_of(kind: str, wanted: Mapping[str, Mapping[str, str]]) -> str:
    """One look at a kind for all sums."""
    sums = ", ".join(f"sum({per_kind.get(kind, 'NULL::BIGINT')}) AS {name}" for name, per_kind in wanted.items())
    return f"SELECT {sums} FROM {table_name(kind)}"


def _costs(session: Session, targets: Mapping[str, Sequence[str]]) -> dict[str, Money]:
    ids = [target for group in targets.values() for target in group]
    kinds = ", ".join(map(quoted, sorted(targets)))  # spelled out, so that the engine passes the other kinds by
    sql = f"SELECT resource, monthly, currency FROM cost WHERE kind IN ({kinds}) AND resource IN {_ONE_OF}"
    rows: list[tuple[Any, ...]] = session.query(sql, {"ids": ids}).rows if ids else []
    return {resource: Money(Decimal(monthly), currency or "USD") for resource, monthly, currency in rows if monthly is not None}
