"""What was used over time, as few numbers that keep how it was distributed: a sketch that only ever grows by blocks that are over.

A block is six hours (from 00:00, 06:00, 12:00, 18:00 UTC) of samples five minutes apart. Its samples in descending order are cut
into groups of ``STANDS_FOR``, the highest alone and the lower ones together, and of each group the largest is kept, rounded up to
three digits. So the highest samples are told one by one, no share of time above a value is told too low, and what a block says does
not change when later ones come.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

BLOCK = timedelta(hours=6)
SAMPLE = timedelta(minutes=5)
SAMPLES = BLOCK // SAMPLE
STANDS_FOR = (1, 1, 1, 1, 2, 2, 3, 5, 8, 12, 16, 20)
"""How many samples each number of a block stands for, the highest first; all together they are a block's."""

KEPT = len(STANDS_FOR)
_FIRST = tuple(sum(STANDS_FOR[:place]) for place in range(KEPT))
DIGITS, LEAST = 3, 0.001

Block = tuple[float | None, ...]


class UsageHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What one part of a resource used: a container of a workload's copies, of which the one that used most at each step counts.

    ``kept`` are ``KEPT`` numbers a block, from the block at ``start`` on, in descending order; None: no such sample, and a block
    of nothing but None was not told of. ``metric``: cpu_millis, memory_mib, gpu_pct, gpu_memory_pct.
    """

    resource: str
    part: str
    metric: str
    start: datetime
    kept: list[float | None]

    @property
    def end(self) -> datetime:
        """When its last block was over."""
        return self.start + len(self.kept) // KEPT * BLOCK

    def blocks(self) -> Iterator[tuple[datetime, Block]]:
        """Each block with its begin."""
        for place in range(0, len(self.kept), KEPT):
            yield self.start + place // KEPT * BLOCK, tuple(self.kept[place : place + KEPT])


def block_of(when: datetime) -> datetime:
    """When the block of a time began."""
    day = datetime(when.year, when.month, when.day)
    return day + (when - day) // BLOCK * BLOCK


def sketched(samples: Iterable[float]) -> Block:
    """The samples of one block (nan where there is none) as it is kept."""
    there = sorted(filter(math.isfinite, samples), reverse=True)
    kept = [_up(there[place]) for place in _FIRST if place < len(there)]
    return (*kept, *[None] * (KEPT - len(kept)))


def unfolded(values: Sequence[float | None]) -> tuple[float, ...]:
    """Kept numbers as samples again, nan where there is none; their order within a block is not known."""
    return tuple(
        math.nan if value is None else value for place, value in enumerate(values) for _ in range(STANDS_FOR[place % KEPT])
    )


def _up(value: float) -> float:
    """To three digits, never less than it was."""
    if value <= 0:
        return 0.0
    value = max(value, LEAST)
    step = 10.0 ** (math.floor(math.log10(value)) - DIGITS + 1)
    near = round(value / step) * step
    found = near if near >= value * (1 - 1e-12) else near + step
    return float(f"{found:.{DIGITS}g}")
