"""Options that many commands share, and what they mean."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from skywright.model.errors import BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.model.estate import Snapshot
    from skywright.wiring import House

JSON = click.option("--json", "json_", is_flag=True, help=t("Print JSON."))
LOCAL = click.option("--local", is_flag=True, help=t("Do it in this process, even when there are workers."))
AT = click.option("--at", metavar="TIME", help=t("The estate as it was: a time or date (UTC), 2h or 3d ago, or a snapshot's id."))

_AGO = re.compile(r"(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def snapshot_at(house: "House", at: str | None) -> "Snapshot":
    """``--at`` -> the snapshot that it means; the newest one without it. Raises BadInput when there is none."""
    snapshots = house.store.snapshots
    if at is None:
        return _found(snapshots.latest(), t("There is no snapshot yet."), t("Run `skywright gather`."))
    when = parse_time(at, house.clock.now())
    if when is not None:
        missing = t("There is no snapshot from {when} UTC or before.", when=when.strftime("%Y-%m-%d %H:%M"))
        return _found(snapshots.latest(when), missing, t("`skywright history` lists what there is."))
    missing = t("{at!r} is neither a time nor the beginning of a snapshot's id.", at=at)
    return _found(
        snapshots.get(at), missing, t("Give a time (2026-11-20T08:00), a date, 2h, 3d, or an id that `skywright history` shows.")
    )


def parse_time(text: str, now: datetime) -> datetime | None:
    """A time in naive UTC: ISO 8601 (with or without zone), a date (its end), or an age like 2h; None when it is none of them."""
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is not None:
        return when.astimezone(UTC).replace(tzinfo=None)
    return datetime.combine(when, time.max) if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text) else when


def _found(snapshot: "Snapshot | None", missing: str, next_step: str) -> "Snapshot":
    if snapshot is None:
        raise BadInput(missing, next_step=next_step)
    return snapshot
