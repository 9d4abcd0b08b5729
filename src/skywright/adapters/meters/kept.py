"""Prometheus -> the history that a gathering keeps: blocks that are over and were not told before, and how much was used in all.

Blocks are asked for one at a time, the newest first: one that fails, or of which the server says that it is not whole, is not kept
and asked for again next time, and so is one of which nobody used anything. Where the last day is not known, nothing is told of how
much was used: what is old is no evidence of now.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from skywright.adapters.meters.containers import SUFFIXES, Names, check_one_cluster, queries, server_of
from skywright.adapters.meters.graphics import PRESENT, busy, filled
from skywright.adapters.meters.pods import instant, pods_today
from skywright.adapters.meters.promql import Server, query_range, samples
from skywright.model.errors import SkywrightError, TryAgain
from skywright.model.estate import Usage
from skywright.model.history import BLOCK, KEPT, SAMPLE, SAMPLES, STANDS_FOR, Block, UsageHistory, block_of, sketched
from skywright.model.kinds import Resource
from skywright.model.kinds.cluster import Workload
from skywright.model.settings import History, SecretRef
from skywright.model.words import t
from skywright.ports.other import Keeper, Measured

SETTLED = timedelta(minutes=10)
"""After which a block does not change: scrapes that were under way have been stored."""

OLD, HOUR = timedelta(days=1), timedelta(hours=1)

Key = tuple[str, str, str]
"""Workload, container, metric."""
Blocks = dict[Key, dict[datetime, Block]]


class PrometheusMeter:
    """See ports.other.Meter."""

    def __init__(self, servers: Sequence[History], secret: Callable[[SecretRef], str] | None) -> None:
        self._servers = servers
        self._secret = secret

    def measure(
        self,
        account: str,
        among: Collection[str],
        resources: Sequence[Resource],
        known: Sequence[UsageHistory],
        window: tuple[datetime, datetime],
    ) -> Measured | None:
        """See ports.other.Meter."""
        keepers = [Keeper(one.id, one.account, one.native_id) for one in resources if _is_watched(one)]
        chosen = [one for one in self._servers if not one.clusters or account in one.clusters]
        if not keepers or not chosen:
            return None
        wanted = _blocks(*window)
        found, pods, failure = _read_back(known, {one.id for one in keepers}, wanted), list[Usage](), None
        try:
            for one in chosen:
                check_one_cluster(() if one.clusters else among)
            asking = [(server_of(one, self._secret), one.selector) for one in chosen]
            pods = [row for server, selector in asking for row in pods_today(server, selector, resources, window[1])]
            _ask(asking, Names(keepers), wanted, found)
        except SkywrightError as error:
            failure = error
        history = tuple(_rows(found, wanted))
        return Measured(history=history, usage=(*_used(history, window[1]), *pods), failure=failure)


def _is_watched(one: Resource) -> bool:
    return isinstance(one, Workload) and one.native_id.partition("/")[0] in SUFFIXES and one.native_id.count("/") > 1


def _blocks(since: datetime, until: datetime) -> list[datetime]:
    """The blocks of a window that are over."""
    count = (block_of(until - SETTLED) - block_of(since)) // BLOCK
    return [block_of(since) + number * BLOCK for number in range(count)]


def _read_back(known: Sequence[UsageHistory], still: Collection[str], wanted: Collection[datetime]) -> Blocks:
    """What was kept last time of workloads that are still there."""
    found: Blocks = defaultdict(dict)
    for row in known:
        if row.resource in still:
            kept = {begin: block for begin, block in row.blocks() if begin in wanted and block[0] is not None}
            found[row.resource, row.part, row.metric] |= kept
    return found


def _ask(asking: Sequence[tuple[Server, str]], names: Names, wanted: Sequence[datetime], found: Blocks) -> None:
    """Fill in what is missing. Raises what asking a server raises, with what was told until then filled in."""
    told = {begin for blocks in found.values() for begin in blocks}
    missing = [begin for begin in reversed(wanted) if begin not in told]
    graphics = {
        server.address: bool(instant(server, PRESENT.format(of=of), wanted[-1] + BLOCK)) for server, of in asking if missing
    }
    for begin in missing:
        block: dict[Key, list[float]] = defaultdict(lambda: [math.nan] * SAMPLES)
        for server, of in asking:
            for metric, query in _metrics(of, graphics=graphics[server.address]):
                _add(server, query, metric, names, begin, block)
        for key, values in block.items():
            found[key][begin] = sketched(values)


def _metrics(of: str, *, graphics: bool) -> Iterator[tuple[str, str]]:
    yield from zip(("cpu_millis", "memory_mib"), queries(of, SAMPLE), strict=True)
    if graphics:
        window = f"{SAMPLE.total_seconds():.0f}s"
        for metric, query in (("gpu_pct", busy), ("gpu_memory_pct", filled)):
            yield metric, f"max by (namespace, pod, container) ({query(of, window)})"


def _add(server: Server, query: str, metric: str, names: Names, begin: datetime, block: dict[Key, list[float]]) -> None:
    """One metric of one block: the highest of all copies at each step. Raises TryAgain for an answer that is not whole."""
    step_s = SAMPLE.total_seconds()
    start = begin.replace(tzinfo=UTC).timestamp() + step_s
    answer = query_range(server, query, start, start + (SAMPLES - 1) * step_s, step_s)
    if answer.warnings:
        raise TryAgain(t("The history is not whole, says {place}: {warning}", place=server.place, warning=answer.warnings[0]))
    for series in answer.series:
        labels: Mapping[str, str] = series.get("metric") or {}
        if workload := names.whose(labels.get("namespace", ""), labels.get("pod", "")):
            values = block[workload, labels.get("container", ""), metric]
            for at, value in samples(series):
                place = round((at - start) / step_s)
                if 0 <= place < SAMPLES and not values[place] >= value:
                    values[place] = value


def _rows(found: Blocks, wanted: Sequence[datetime]) -> Iterator[UsageHistory]:
    nothing: Block = (None,) * KEPT
    for (workload, part, metric), blocks in sorted(found.items()):
        if any(block[0] is not None for block in blocks.values()):
            values = [value for begin in wanted for value in blocks.get(begin, nothing)]
            yield UsageHistory(resource=workload, part=part, metric=metric, start=wanted[0], kept=values)


def _used(history: Sequence[UsageHistory], until: datetime) -> Iterator[Usage]:
    """How much each workload's busiest copy used: processor and memory of all its containers as if their peaks fell together, and
    of graphics processors the busiest."""
    parts: dict[tuple[str, str], list[UsageHistory]] = defaultdict(list)
    for row in history:
        parts[row.resource, row.metric].append(row)
    for (workload, metric), rows in sorted(parts.items()):
        fold = max if metric.startswith("gpu") else math.fsum
        columns = [[value for value in ranks if value is not None] for ranks in zip(*(row.kept for row in rows), strict=True)]
        values = [fold(column) if column else None for column in columns]
        told = [place for place, value in enumerate(values) if value is not None]
        start, end = (rows[0].start + place // KEPT * BLOCK for place in (told[0], told[-1] + KEPT))
        if end >= until - OLD:
            days = (end - start) / timedelta(days=1)
            weighed = sorted((value, STANDS_FOR[place % KEPT]) for place, value in enumerate(values) if value is not None)
            yield summary(workload, metric, days, weighed)


def summary(resource: str, metric: str, days: float, ascending: Sequence[tuple[float, int]]) -> Usage:
    """Numbers of a history, and how many samples each stands for, as usage. Their mean would be too high, and is not told."""
    whole = sum(count for _, count in ascending)
    ends = list(accumulate(count for _, count in ascending))
    low, high, highest = (ascending[bisect_left(ends, share * whole)][0] for share in (0.5, 0.95, 0.99))
    return Usage(
        resource=resource,
        metric=metric,
        window_days=days,
        samples=max(1, round(whole * SAMPLE / HOUR)),
        p50=low,
        p95=high,
        p99=highest,
        max=ascending[-1][0],
    )
