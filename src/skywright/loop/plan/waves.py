"""Changes -> waves: a canary of each sort first, then growing shares; what needs another change comes in a later wave.

A sort is (action, kind, changed columns): a canary says something only about changes of its own sort, and sorts do not wait for
one another. No wave holds more than ``size_max`` changes.
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from skywright.loop.plan.settle import Draft
from skywright.model.kinds import parse_id
from skywright.model.plan import Risk
from skywright.model.settings import WaveSettings


class _Share(msgspec.Struct):
    """Where the changes of one sort go: ``left`` more into ``wave``; the next share is ``size`` large."""

    wave: int
    left: int
    size: int


class _Waves:
    """Waves being filled."""

    def __init__(self, settings: WaveSettings) -> None:
        self._settings = settings
        self._load: Counter[int] = Counter()
        self._shares: dict[tuple[object, ...], _Share] = {}
        self._first_open = 1

    def place(self, sort: tuple[object, ...], earliest: int) -> int:
        """The wave of the next change of a sort."""
        first = max(1, self._settings.canary)
        share = self._shares.setdefault(sort, _Share(1, first, first))
        if share.left == 0:
            share.size = min(max(1, math.ceil(share.size * self._settings.growth)), self._settings.size_max)
            share.left, share.wave = share.size, share.wave + 1
        wave = self._open(max(share.wave, earliest))
        if wave > share.wave:
            share.wave, share.left = wave, share.size
        share.left -= 1
        self._load[wave] += 1
        return wave

    def _open(self, wave: int) -> int:
        while self._load[self._first_open] >= self._settings.size_max:
            self._first_open += 1
        wave = max(wave, self._first_open)
        while self._load[wave] >= self._settings.size_max:
            wave += 1
        return wave


def assign(drafts: Mapping[str, Draft], needs: Mapping[str, set[str]], settings: WaveSettings) -> dict[str, int]:
    """Target -> wave, counted from 1. ``needs`` has no circle."""
    waves: dict[str, int] = {}
    filling = _Waves(settings)
    for target in _in_order(drafts, needs):
        earliest = 1 + max((waves[before] for before in needs[target]), default=0)
        waves[target] = filling.place(_sort(drafts[target]), earliest)
    return waves


def risk_of(draft: Draft) -> Risk:
    """The highest risk that a proposal of the draft names."""
    return max((proposal.risk for proposal in draft.proposals), key=lambda risk: risk.rank)


def _sort(draft: Draft) -> tuple[object, ...]:
    return (draft.action.value, parse_id(draft.target).kind, tuple(sorted(draft.after or {})))


def _in_order(drafts: Mapping[str, Draft], needs: Mapping[str, set[str]]) -> Iterator[str]:
    """What is needed first, then by risk, sort and name: the same changes give the same order."""
    waiting = {target: len(needs[target]) for target in drafts}
    after: dict[str, list[str]] = {}
    for target, before in needs.items():
        for one in before:
            after.setdefault(one, []).append(target)
    ready = [_place(drafts[target]) for target, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    while ready:
        target = str(heapq.heappop(ready)[-1])
        yield target
        for follower in after.get(target, ()):
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, _place(drafts[follower]))


def _place(draft: Draft) -> tuple[object, ...]:
    return (risk_of(draft).rank, *_sort(draft), draft.target)
