"""What a person asked for, as plain data that survives with the run; and the choices that follow from it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from skywright.model.errors import BadInput
from skywright.model.plan import Change
from skywright.model.words import t


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """How one plan is carried out. ``canary`` and ``wave_size`` cut the plan's own waves smaller; they never make them larger.

    ``soak_s``: seconds between a wave's success and the next. ``attempts``: how often a step that may be tried again is.
    """

    run: str
    plan_hash: str
    plan_id: str
    by: str
    started_at: datetime
    approvals: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    canary: int | None = None
    wave_size: int | None = None
    rollback_all: bool = False
    soak_s: float = 0.0
    attempts: int = 5


def chosen(changes: Sequence[Change], only: Sequence[str]) -> tuple[Change, ...]:
    """The changes named in ``only``, or all. Raises BadInput for a name that is not there, or that leans on one left out."""
    if not only:
        return tuple(changes)
    names = set(only)
    if unknown := names - {change.id for change in changes}:
        raise BadInput(
            t("The plan has no change {name}.", name=min(unknown)),
            where="--only",
            next_step=t("`skywright explain PLAN` shows their ids."),
        )
    kept = tuple(change for change in changes if change.id in names)
    for change in kept:
        if missing := set(change.depends_on) - names:
            raise BadInput(
                t("{change} needs {other} to be done before it.", change=change.id, other=min(missing)),
                where="--only",
                next_step=t("Name it too."),
            )
    return kept


def in_waves(changes: Sequence[Change], canary: int | None, size: int | None) -> tuple[tuple[Change, ...], ...]:
    """The plan's waves in their order; the first cut to ``canary`` changes and its rest, each cut to at most ``size``."""
    ordered = sorted(changes, key=lambda change: change.wave)  # stable: within a wave the plan's order stays
    waves = [tuple(wave) for _, wave in groupby(ordered, key=lambda change: change.wave)]
    if canary and waves:
        waves = [waves[0][:canary], waves[0][canary:], *waves[1:]]
    step = size or max((len(wave) for wave in waves), default=1)
    return tuple(wave[start : start + step] for wave in waves for start in range(0, len(wave), step))


def token(run: str, change: str, index: int) -> str:
    """The idempotency token of one step of one change of one run: 64 hexadecimal characters, the same at every retry and for
    its undo, so that an undo finds what a deed that never reported back has made."""
    return hashlib.sha256(f"{run}:{change}:{index}".encode()).hexdigest()
