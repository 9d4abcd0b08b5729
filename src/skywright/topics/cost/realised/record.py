"""Many changes that were settled -> how good our promises are, month by month and proposer by proposer."""

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from skywright.topics.cost.realised.judge import Outcome, Settled

_JUDGED = (Outcome.KEPT, Outcome.SHORT, Outcome.EXCEEDED)


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Promises of one month, proposer or of all, in one currency: what was promised and what the bill says, of those changes that
    it tells anything about. ``ratio``: realised over promised; ``kept``: the share whose promise was at least kept."""

    name: str
    currency: str
    changes: int
    promised: Decimal
    realised: Decimal
    ratio: float | None
    kept: float
    open: int  # changes of which the bill does not tell yet, or never will


def calibrate(settled: Iterable[Settled], name: Callable[[Settled], str]) -> list[Calibration]:
    """Group by ``name`` and currency, in the order of names."""
    groups: dict[str, list[Settled]] = {}
    for one in settled:
        groups.setdefault(name(one), []).append(one)
    return [line for label, members in sorted(groups.items()) for line in _lines(label, members)]


def _lines(label: str, members: list[Settled]) -> list[Calibration]:
    judged = [one for one in members if one.outcome in _JUDGED]
    waiting = len(members) - len(judged)
    if not judged:
        return [_line(label, "", [], waiting)]
    currencies = sorted({one.currency for one in judged})
    return [_line(label, currency, [one for one in judged if one.currency == currency], waiting) for currency in currencies]


def _line(label: str, currency: str, judged: list[Settled], waiting: int) -> Calibration:
    promised = sum((one.kept.promised.amount for one in judged if one.kept.promised), Decimal(0))
    realised = sum((one.realised for one in judged if one.realised is not None), Decimal(0))
    kept = sum(one.outcome is not Outcome.SHORT for one in judged)
    return Calibration(
        name=label,
        currency=currency,
        changes=len(judged),
        promised=promised,
        realised=realised,
        ratio=round(float(realised / promised), 4) if promised else None,
        kept=round(kept / len(judged), 4) if judged else 0.0,
        open=waiting,
    )
