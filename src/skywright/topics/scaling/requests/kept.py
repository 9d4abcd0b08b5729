"""A snapshot -> what it remembers of its workloads' containers: the history that the gathering kept (``model.history``)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from skywright.model.history import BLOCK, KEPT, SAMPLE, unfolded
from skywright.model.series import Series
from skywright.model.words import n, t
from skywright.ports.engine import Session
from skywright.ports.other import Memory, Watched

OLD = timedelta(days=1)
"""What ends so long before the snapshot is no evidence of how it is used now."""

_KEPT = (
    "SELECT resource, part, metric, start, kept FROM history WHERE metric IN ('cpu_millis', 'memory_mib') ORDER BY resource, part"
)
_GAPS = """
  SELECT DISTINCT account, reason FROM coverage
  WHERE kind = 'usage' AND state <> 'complete' AND account IN (SELECT unnest($accounts)) ORDER BY ALL"""


def kept(session: Session, taken_at: datetime, accounts: list[str]) -> Memory | None:
    """What is remembered of the containers of these accounts; None where nothing was ever kept."""
    rows: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in session.query(_KEPT).dicts():
        rows[row["resource"], row["part"]][row["metric"]] = row
    if not rows:
        return None
    fresh = {key: metrics for key, metrics in rows.items() if _end(metrics) >= taken_at - OLD}
    notes = [t("{account}: {reason}", **row) for row in session.query(_GAPS, {"accounts": accounts}).dicts()]
    if old := len(rows) - len(fresh):
        notes.append(
            n("The history of {count} container ends more than a day before the snapshot: not used.",
              "The history of {count} containers ends more than a day before the snapshot: not used.", old)
        )  # fmt: skip
    return Memory(tuple(_watched(fresh)), tuple(notes))


def _end(metrics: Mapping[str, Mapping[str, Any]]) -> datetime:
    """When the last block that was told of was over, of the metric that is known longer."""
    ends = [row["start"] + (place // KEPT + 1) * BLOCK for row in metrics.values()
            for place, value in enumerate(row["kept"]) if value is not None]  # fmt: skip
    return max(ends, default=datetime.min)


def _watched(rows: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]]) -> Iterator[Watched]:
    for (workload, container), metrics in rows.items():
        one = next(iter(metrics.values()))
        nothing = [None] * len(one["kept"])
        series = (
            Series(container, one["start"], SAMPLE, unfolded(metrics[metric]["kept"] if metric in metrics else nothing))
            for metric in ("cpu_millis", "memory_mib")
        )
        yield Watched(workload=workload, container=container, cpu=next(series), memory=next(series))
