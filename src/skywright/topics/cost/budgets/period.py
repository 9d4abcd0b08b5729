"""A budget and a day -> the period that the day is in, and its amount."""

from datetime import date
from decimal import Decimal

from skywright.model.cost_budgets import Budget, Every
from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.topics.cost.books.exact import ZERO, total
from skywright.topics.cost.books.period import add_months, months_between


def period_at(budget: Budget, day: date) -> tuple[date, date]:
    """The first day and the day after the last."""
    month = day.replace(day=1)
    match budget.period:
        case Every.MONTH:
            return month, add_months(month, 1)
        case Every.QUARTER:
            start = month.replace(month=(month.month - 1) // 3 * 3 + 1)
            return start, add_months(start, 3)
        case Every.YEAR:
            return month.replace(month=1), add_months(month.replace(month=1), 12)
        case Every.ONCE:
            return budget.start or date.min, budget.end or date.max


def amount_of(name: str, budget: Budget, start: date, end: date) -> Decimal:
    """What may be spent in the period. Raises BadInput where a month has no amount."""
    if budget.amount is not None:
        return budget.amount
    months = [add_months(start, place) for place in range(months_between(start, end))]
    if missing := [month for month in months if f"{month:%Y-%m}" not in budget.amounts]:
        raise BadInput(
            t("Budget {name} has no amount for {month:%Y-%m}.", name=name, month=missing[0]),
            where=f"cost.budgets.{name}.amounts",
            next_step=t("Add it."),
        )
    return total(budget.amounts[f"{month:%Y-%m}"] for month in months)


def pace_of(budget: Budget, start: date, end: date, amount: Decimal, past: date) -> Decimal:
    """What would be spent before the day ``past`` if each month's amount (or the period's) were spent evenly."""
    if past <= start:
        return ZERO
    if not budget.amounts:
        return (amount * (min(past, end) - start).days / (end - start).days).quantize(Decimal("0.01"))
    pace = ZERO
    for place in range(months_between(start, end)):
        month, after = add_months(start, place), add_months(start, place + 1)
        days = max(0, (min(past, after) - month).days)
        pace += budget.amounts[f"{month:%Y-%m}"] * days / (after - month).days
    return pace.quantize(Decimal("0.01"))
