"""What containers used -> what their workloads should ask for: processors by the rules of ``sizing`` (a stated share of time over,
least capacity in all), memory never below the highest that was seen, with a margin. Pure.

A request is one for all copies, so it is sized by the busiest copy at each step. How often it would have been too small is told of
the last part of the time, with a size that was set by the part before it.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from skywright.model.words import t
from skywright.topics.scaling.sizing import recommend_all

HELD_OUT = 0.3
MEBI_STEP = 8


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """``risk``: the share of time in which the busiest copy may use more processor than it asks for. ``memory_margin``: over the
    highest that was seen. ``days``: of history below which nothing is said; ``seen``: the share of steps in it with a sample.
    ``worth_pct``: a request that would change by less stays."""

    risk: float = 0.01
    memory_margin: float = 0.2
    days: float = 7.0
    seen: float = 0.5
    worth_pct: float = 15.0
    cpu_min: int = 10
    memory_min: int = 16


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """What a container of a workload asks for now: thousandths and MiB, None for nothing; limits None for none. ``copies`` run.
    ``held``: why it is not for us to change, "" where it is."""

    workload: str
    container: str
    cpu: int | None
    memory: int | None
    cpu_limit: int | None
    memory_limit: int | None
    copies: int
    held: str = ""


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What its busiest copy used at each step, ``step_h`` hours apart; nan where there is no sample."""

    workload: str
    container: str
    cpu: tuple[float, ...]
    memory: tuple[float, ...]
    step_h: float


class Sized(msgspec.Struct, frozen=True, kw_only=True):
    """A container's new requests.

    ``cpu_over_now`` and ``cpu_over_new``: shares of time in which the busiest copy used more than the old request, and than the new
    one; ``cpu_over``: in the last part of the time, more than one that was sized by the part before. ``memory_over``: the same of
    memory; above 0, a peak came above all before it, margin included. ``why``: why it stays.
    """

    asks: Asks
    cpu: int | None
    memory: int | None
    memory_limit: int | None
    cpu_over_now: float | None
    cpu_over_new: float | None
    cpu_over: float | None
    memory_most: float | None
    memory_over_now: float | None
    memory_over: float | None
    days: float
    why: str = ""

    @property
    def changes(self) -> bool:
        """Whether a request is another one."""
        return not self.why and (self.cpu, self.memory) != (self.asks.cpu, self.asks.memory)


def sized(asks: Sequence[Asks], used: Sequence[Used], terms: Terms) -> list[Sized]:
    """All containers that ask for something, the fleet as one. Those of too short a history stay, with the reason."""
    known = {(one.workload, one.container): one for one in used}
    pairs = [(one, known.get((one.workload, one.container))) for one in asks]
    reasons = [one.held or (_too_little(use, terms) if use else t("nothing is known of what it used")) for one, use in pairs]
    enough = [use for (_, use), why in zip(pairs, reasons, strict=True) if use is not None and not why]
    cpu, before = _processors(enough, terms.risk), _processors([_part(use, first=True) for use in enough], terms.risk)
    found: list[Sized] = []
    for (one, use), why in zip(pairs, reasons, strict=True):
        key = (one.workload, one.container)
        found.append(_stays(one, use, why) if use is None or why else _one(one, use, (cpu[key], before.get(key)), terms))
    return found


def _too_little(use: Used, terms: Terms) -> str:
    """Why a history does not suffice, or nothing. Both metrics must be there."""
    seen = min(sum(map(math.isfinite, use.cpu)), sum(map(math.isfinite, use.memory)))
    first = next((place for place, value in enumerate(use.cpu) if math.isfinite(value)), len(use.cpu))
    days = (len(use.cpu) - first) * use.step_h / 24
    if days < terms.days * 0.99:
        return t("{days:.1f} days of history; {needed:g} are needed", days=days, needed=terms.days)
    share = seen / (len(use.cpu) - first)
    return "" if share >= terms.seen else t("{share:.0%} of its history has samples", share=share)


def _processors(used: Sequence[Used], risk: float) -> Mapping[tuple[str, str], float]:
    """Sizes of the fleet; those without a sample in this part are not there."""
    series = {f"{one.workload}\n{one.container}": one.cpu for one in used if any(map(math.isfinite, one.cpu))}
    if not series:
        return {}
    sizes = recommend_all(dict(series), risk)
    return {(name.partition("\n")[0], name.partition("\n")[2]): one.size for name, one in zip(series, sizes, strict=True)}


def _part(use: Used, *, first: bool) -> Used:
    """The first part of the time, or the last that is held out."""
    at = round(len(use.cpu) * (1 - HELD_OUT))
    part = slice(0, at) if first else slice(at, None)
    return msgspec.structs.replace(use, cpu=use.cpu[part], memory=use.memory[part])


def _one(asks: Asks, use: Used, sizes: tuple[float, float | None], terms: Terms) -> Sized:
    first, last = _part(use, first=True), _part(use, first=False)
    most = max(filter(math.isfinite, use.memory))
    known = max(filter(math.isfinite, first.memory), default=None)
    cpu = _worth(asks.cpu, _cpu(asks, sizes[0], terms), terms)
    memory = _worth(asks.memory, _memory(most, terms), terms, least=most * (1 + terms.memory_margin))
    return Sized(
        asks=asks, cpu=cpu, memory=memory,
        memory_limit=None if asks.memory_limit is None else max(asks.memory_limit, memory or 0),
        cpu_over_now=_over(use.cpu, asks.cpu), cpu_over_new=_over(use.cpu, cpu), cpu_over=_over(last.cpu, sizes[1]),
        memory_most=most, memory_over_now=_over(use.memory, asks.memory),
        memory_over=_over(last.memory, None if known is None else _memory(known, terms)),
        days=len(use.cpu) * use.step_h / 24,
    )  # fmt: skip


def _cpu(asks: Asks, size: float, terms: Terms) -> int:
    """Never above its limit, which the API would refuse."""
    wanted = max(terms.cpu_min, math.ceil(size))
    return wanted if asks.cpu_limit is None else min(wanted, asks.cpu_limit)


def _memory(most: float, terms: Terms) -> int:
    """The highest that was seen and a margin, in whole steps of 8 MiB."""
    return max(terms.memory_min, math.ceil(most * (1 + terms.memory_margin) / MEBI_STEP) * MEBI_STEP)


def _worth(now: int | None, wanted: int, terms: Terms, *, least: float = 0.0) -> int | None:
    """What is not asked for stays so, and what would hardly change, unless what there is is less than ``least``."""
    if now is None:
        return None
    hardly = abs(wanted - now) * 100 < terms.worth_pct * now
    return now if hardly and now >= least else wanted


def _over(values: Sequence[float], size: float | None) -> float | None:
    there = [value for value in values if math.isfinite(value)]
    return None if size is None or not there else sum(value > size for value in there) / len(there)


def _stays(asks: Asks, use: Used | None, why: str) -> Sized:
    memory = [value for value in use.memory if math.isfinite(value)] if use else []
    return Sized(
        asks=asks, cpu=asks.cpu, memory=asks.memory, memory_limit=asks.memory_limit, why=why,
        cpu_over_now=_over(use.cpu, asks.cpu) if use else None, cpu_over_new=None, cpu_over=None,
        memory_most=max(memory, default=None),
        memory_over_now=_over(use.memory, asks.memory) if use else None, memory_over=None,
        days=len(use.cpu) * use.step_h / 24 if use else 0.0,
    )  # fmt: skip


class Rate(Protocol):
    """What a month of a processor and of a GiB costs on the nodes of a cluster."""

    @property
    def cpu(self) -> Decimal:
        """Of a processor."""

    @property
    def memory_gib(self) -> Decimal:
        """Of a GiB."""

    @property
    def currency(self) -> str:
        """Of both."""


def saving(one: Sized, rate: Rate) -> Decimal:
    """What its copies ask for less, a month; below zero when they ask for more."""
    cpu = Decimal((one.asks.cpu or 0) - (one.cpu or 0)) / 1000 * rate.cpu
    memory = Decimal((one.asks.memory or 0) - (one.memory or 0)) / 1024 * rate.memory_gib
    return ((cpu + memory) * one.asks.copies).quantize(Decimal("0.01"))
