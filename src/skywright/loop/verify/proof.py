"""Changes and rows read again -> proofs. Pure: who reads, waits and rolls back is not decided here."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from skywright.model.canonical import canonical
from skywright.model.kinds import Resource
from skywright.model.plan import Change
from skywright.model.run import Proof
from skywright.model.words import t
from skywright.ports.cloud import Health

GONE_STATES = frozenset({"terminated", "deleted", "deleting", "shutting-down", "pending-deletion"})
"""A row in such a state is on its way out: clouds go on showing it for a while."""

_SHOWN_MAX = 60


def prove(changes: Sequence[Change], fresh: Mapping[str, Resource | None], *, back: bool = False) -> list[Proof]:
    """Hold each change's ``after`` (with ``back``: its ``before``) against its target as read again, column by column.

    A target that is missing from ``fresh`` could not be read; what could not be read is not proven. A column that was unknown
    before (None) cannot be held against anything.
    """
    return [_proof(change, fresh, _known(change.before) if back else change.after) for change in changes]


def worse(before: Sequence[Health], after: Sequence[Health]) -> dict[str, str]:
    """Target -> reason, for those that were well before and are not well after."""
    well = {health.resource for health in before if health.well}
    return {health.resource: health.reason for health in after if health.resource in well and health.well is False}


def alike(one: Any, other: Any) -> bool:
    """The same value? The order of a list has no meaning in an estate, nor the layout of a JSON document in a text."""
    return bool(_ordered(one) == _ordered(other))


def _known(columns: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if columns is None else {column: value for column, value in columns.items() if value is not None}


def _proof(change: Change, fresh: Mapping[str, Resource | None], wanted: Mapping[str, Any] | None) -> Proof:
    if change.target not in fresh:
        return Proof(change=change.id, target=change.target, missing=t("{target} could not be read again.", target=change.target))
    row = fresh[change.target]
    if wanted is None:
        return Proof(change=change.id, target=change.target, missing=_still_there(change.target, row))
    if row is None:
        return Proof(change=change.id, target=change.target, missing=t("{target} is gone.", target=change.target))
    plain = msgspec.to_builtins(row, str_keys=True)
    observed = {column: plain.get(column) for column in wanted}
    missing = [_differs(change.target, column, observed[column], value) for column, value in wanted.items()]
    return Proof(change=change.id, target=change.target, missing=" ".join(filter(None, missing)), observed=observed)


def _still_there(target: str, row: Resource | None) -> str:
    gone = row is None or row.state in GONE_STATES
    return "" if gone else t("{target} is still there.", target=target)


def _differs(target: str, column: str, seen: Any, wanted: Any) -> str:
    if alike(seen, wanted):
        return ""
    return t("{target}: {column} is {seen}, not {wanted}.", target=target, column=column, seen=_short(seen), wanted=_short(wanted))


def _short(value: Any) -> str:
    text = canonical(value).decode()
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "..."


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted((_ordered(inner) for inner in value), key=canonical)
    if isinstance(value, str) and value[:1] in "{[":
        return _document(value)
    return value


def _document(text: str) -> Any:
    try:
        return _ordered(msgspec.json.decode(text))
    except msgspec.DecodeError:
        return text
