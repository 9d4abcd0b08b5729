"""A session -> what the plan's targets cost, expose and provide. Asked of both sides; the difference is what the plan does.

Cost, exposure and capacity of a resource depend on its own row alone, so that the targets tell the whole difference.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from skywright.loop.validate.facts import Opinions
from skywright.model.money import Money
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
    capacity = opinions.capacity
    return Measured(
        exposed=_total(session, counted, targets),
        vcpus=_total(session, capacity.get("vcpus", {}), targets),
        memory_mib=_total(session, capacity.get("memory_mib", {}), targets),
        storage_gib=_total(session, capacity.get("storage_gib", {}), targets),
    )


def _costs(session: Session, targets: Mapping[str, Sequence[str]]) -> dict[str, Money]:
    ids = [target for group in targets.values() for target in group]
    sql = f"SELECT resource, monthly, currency FROM cost WHERE kind IN (SELECT unnest($kinds)) AND resource IN {_ONE_OF}"
    rows: list[tuple[Any, ...]] = session.query(sql, {"kinds": list(targets), "ids": ids}).rows if ids else []
    return {resource: Money(Decimal(monthly), currency or "USD") for resource, monthly, currency in rows if monthly is not None}


def _total(session: Session, per_kind: Mapping[str, str], targets: Mapping[str, Sequence[str]] | None) -> int:
    """The sum over the targets, or over every resource when there are none given."""
    kinds = [kind for kind in per_kind if targets is None or kind in targets]
    if not kinds:
        return 0
    chosen = "" if targets is None else f" WHERE id IN {_ONE_OF}"
    parts = [f"SELECT sum({per_kind[kind]}) AS part FROM {table_name(kind)}{chosen}" for kind in kinds]
    ids = [target for kind in kinds for target in (targets or {}).get(kind, ())]
    answer = session.query(f"SELECT coalesce(sum(part), 0) FROM ({' UNION ALL '.join(parts)})", {"ids": ids})
    return int(answer.rows[0][0])
