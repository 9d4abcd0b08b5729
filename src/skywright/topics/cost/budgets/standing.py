"""A budget's charges -> where it stands: what is spent, what is expected, and when each threshold is passed."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from skywright.model.cost_budgets import Basis, Budget, Threshold
from skywright.model.words import t
from skywright.topics.cost.books.exact import ZERO, times
from skywright.topics.cost.budgets.nouns import Standing, Step
from skywright.topics.cost.budgets.period import amount_of, pace_of, period_at
from skywright.topics.cost.outlook.burn import Burn, burn
from skywright.topics.cost.outlook.course import Course
from skywright.topics.cost.outlook.nouns import Ahead, Foretell, exceeding

WHOLE = Threshold(percent=100, of=Basis.FORECAST)


def standing(name: str, budget: Budget, course: Course | None, foretell: Foretell, day: date, currency: str) -> Standing:
    """``course`` None: nothing in the ledger is in the budget's scope. Raises BadInput where the period has no amount."""
    start, end = period_at(budget, day)
    amount = amount_of(name, budget, start, end)
    wanted = budget.currency or currency
    burnt = _burnt(course, wanted, start, end, foretell)
    spent, last = burnt.spent[-1] if burnt.spent else ZERO, _last(burnt)
    steps = tuple(_step(one, amount, burnt, last) for one in budget.thresholds)
    return Standing(
        name=name, start=start, end=end, through=burnt.through, currency=wanted, amount=amount, spent=spent,
        pace=pace_of(budget, start, end, amount, burnt.through + timedelta(days=1)), expected=last.expected, low=last.low,
        high=last.high, out=_step(WHOLE, amount, burnt, last), steps=steps,
        course=tuple(float(one) for one in (*burnt.spent, *(told.expected for _, told in burnt.ahead))),
        bounds=tuple((float(told.low), float(told.high)) for _, told in burnt.ahead), method=burnt.method,
        error_share=burnt.error_share, error_windows=burnt.error_windows, uncounted=_uncounted(course, wanted),
        remarks=tuple(_remarks(course, wanted, burnt, day)),
    )  # fmt: skip


def _uncounted(course: Course | None, currency: str) -> tuple[str, ...]:
    return tuple(sorted({one.currency for one in course.charges} - {currency})) if course else ()


def _burnt(course: Course | None, currency: str, start: date, end: date, foretell: Foretell) -> Burn:
    charges = tuple(one for one in course.charges if one.currency == currency) if course else ()
    if course is None or not charges:
        through = course.through if course else start - timedelta(days=1)
        return Burn(start=start, end=end, through=through, spent=(), ahead=(), method="", error_share=None, error_windows=0)
    return burn(msgspec.structs.replace(course, charges=charges), start, end, foretell)


def _last(burnt: Burn) -> Ahead:
    """The end of the period."""
    if burnt.ahead:
        return burnt.ahead[-1][1]
    spent = burnt.spent[-1] if burnt.spent else ZERO
    return Ahead(month=burnt.start, actual=spent, known=ZERO, expected=spent, low=spent, high=spent)


def _step(threshold: Threshold, amount: Decimal, burnt: Burn, last: Ahead) -> Step:
    """A threshold is reached at its limit, and passed above it."""
    limit = times(amount, Decimal(str(threshold.percent)) / 100)
    spent = burnt.spent[-1] if burnt.spent else ZERO
    there = spent >= limit
    probability = 1.0 if there else exceeding(float(last.expected), float(last.low), float(last.high), float(limit))
    past = next((burnt.start + timedelta(days=place) for place, one in enumerate(burnt.spent) if one >= limit), None)
    reached = there if threshold.of is Basis.ACTUAL else probability >= threshold.probability
    if there:
        return Step(percent=threshold.percent, of=threshold.of, limit=limit, reached=reached, probability=1.0, day=past,
                    earliest=past, latest=past)  # fmt: skip

    def when(value: Callable[[Ahead], Decimal]) -> date | None:
        return next((day for day, told in burnt.ahead if value(told) >= limit), None)

    return Step(
        percent=threshold.percent, of=threshold.of, limit=limit, reached=reached, probability=probability,
        day=when(lambda told: told.expected), earliest=when(lambda told: told.high), latest=when(lambda told: told.low),
    )  # fmt: skip


def _remarks(course: Course | None, currency: str, burnt: Burn, day: date) -> Iterator[str]:
    if course is None:
        yield t("Nothing in the ledger is in its scope.")
        return
    yield from course.late
    if others := _uncounted(course, currency):
        yield t(
            "Charges in {others} are not counted: no rate leads from there to {currency}.",
            others=", ".join(others),
            currency=currency,
        )
    if (behind := (min(day, burnt.end) - burnt.through).days) > 7:
        yield t("The ledger ends on {through}: {days} days after it are not in it.", through=burnt.through, days=behind - 1)
    if burnt.ahead and burnt.method == t("run rate"):
        yield t("There is too little history to try a forecast on: this is the run rate, and its interval a guess.")
