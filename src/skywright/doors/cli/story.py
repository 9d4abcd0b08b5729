"""One resource's rows over snapshots -> what happened to it: seen first, changed, not seen, gone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from skywright.model.estate import CoverageState, Snapshot
from skywright.model.kinds import parse_id

_SILENT = frozenset({"native", "seen_at"})


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """``what``: first-seen, changed, unknown (we could not look), gone, back. A change has its field with both values."""

    at: datetime
    snapshot: str
    what: str
    field: str = ""
    before: Any = None
    after: Any = None
    reason: str = ""


def story(identifier: str, rows: Mapping[str, Mapping[str, Any]], snapshots: Sequence[Snapshot]) -> Iterator[Event]:
    """Events oldest first. ``rows`` maps a snapshot's id to the resource's row in it; a snapshot without one either could not
    look (unknown) or says that it was not there (gone, told only once it has been seen)."""
    last: Mapping[str, Any] | None = None
    state = ""
    for snapshot in snapshots:
        row = rows.get(snapshot.id)
        if row is not None:
            if state != "seen" and (last is None or state == "gone"):
                yield Event(at=snapshot.taken_at, snapshot=snapshot.id, what="first-seen" if last is None else "back")
            if last is not None:
                yield from _changes(snapshot, last, row)
            last, state = row, "seen"
        elif last is not None:
            gap = _gap(identifier, snapshot)
            now = "gone" if gap is None else "unknown"
            if now != state:
                yield Event(at=snapshot.taken_at, snapshot=snapshot.id, what=now, reason=gap or "")
            state = now


def _changes(snapshot: Snapshot, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Event]:
    for field, value in after.items():
        if field not in _SILENT and before.get(field) != value:
            yield Event(
                at=snapshot.taken_at, snapshot=snapshot.id, what="changed", field=field, before=before.get(field), after=value
            )


def _gap(identifier: str, snapshot: Snapshot) -> str | None:
    """Why the snapshot could not look where the resource stands; None when it could."""
    name = parse_id(identifier)
    where = (name.cloud, name.account, name.region, name.kind)
    for row in snapshot.coverage:
        if (row.cloud, row.account, row.region, row.kind) == where:
            return None if row.state is CoverageState.COMPLETE else row.reason or row.state.value
    return "not looked at"
