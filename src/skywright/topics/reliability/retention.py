"""Which snapshots to keep: all of the last days, then the newest of each day, week and month."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from skywright.model.estate import Snapshot
from skywright.model.settings import RetentionSettings


def kept(snapshots: Sequence[Snapshot], retention: RetentionSettings, now: datetime) -> frozenset[str]:
    """Ids of the snapshots to keep. The newest one always stays.

    ``daily``, ``weekly`` and ``monthly`` count periods that have a snapshot, as restic's keep-daily, keep-weekly and
    keep-monthly do, so that a pause in gathering loses nothing. Weeks are ISO weeks; all in UTC.
    """
    newest_first = sorted(snapshots, key=lambda snapshot: (snapshot.taken_at, snapshot.id), reverse=True)
    recent = [snapshot.id for snapshot in newest_first if snapshot.taken_at >= now - timedelta(days=retention.days)]
    return frozenset(
        (
            *(snapshot.id for snapshot in newest_first[:1]),
            *recent,
            *_newest_of_each(newest_first, retention.daily, lambda at: at.date()),
            *_newest_of_each(newest_first, retention.weekly, lambda at: at.isocalendar()[:2]),
            *_newest_of_each(newest_first, retention.monthly, lambda at: (at.year, at.month)),
        )
    )


def _newest_of_each(newest_first: Sequence[Snapshot], periods: int, period_of: Callable[[datetime], object]) -> list[str]:
    newest: dict[object, str] = {}
    for snapshot in newest_first:
        newest.setdefault(period_of(snapshot.taken_at), snapshot.id)
    return list(newest.values())[:periods]
