"""Costs beside a metric -> cost per unit (user, request, order), by month or day, with its trend."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.ports.engine import Session
from skywright.topics.cost.books.absent import unanswered
from skywright.topics.cost.books.dimensions import Book
from skywright.topics.cost.books.exact import ZERO, decimal_of, sums, total
from skywright.topics.cost.books.metric import Measured
from skywright.topics.cost.books.period import Grain
from skywright.topics.cost.books.question import Amount, Question, amounts
from skywright.topics.cost.books.rates import Rates


class Step(msgspec.Struct, frozen=True):
    """A month or a day: its cost, the metric (None: it has no number there), and the cost per unit (None: nothing to divide by).
    Where the metric is of some of the days, the cost is divided as far as it belongs to them, all days alike."""

    start: date
    cost: Decimal
    units: Measured | None
    each: Decimal | None


class Course(msgspec.Struct, frozen=True):
    """One key in one currency (an empty key: everything): step by step, and over all steps that have both: what of their cost
    belongs to days with a number, the units, and one by the other."""

    key: tuple[str | None, ...]
    currency: str
    steps: tuple[Step, ...]
    cost: Decimal
    units: Decimal
    each: Decimal | None


def unit_costs(
    session: Session, book: Book, question: Question, grain: Grain, metric: Mapping[date, Measured], rates: Rates
) -> list[Course]:
    """Ask the ledger. ``metric``: by the first day of each month, or by day. The first course of each currency is the
    total, then by key, the dearest first. Raises BadInput when nothing was billed, or when no step has both a cost and a number."""
    found = amounts(session, book, question, grain)
    if not found:
        raise unanswered(session, book, question)
    steps = question.period.steps(grain)
    if not any(metric[step].value for step in steps if step in metric):
        raise BadInput(
            t("The metric has no number in {period}.", period=question.period),
            next_step=t("Ask for a time that it covers."),
        )
    cells = list(_converted(found, rates))
    courses = []
    for currency in sorted({currency for _, currency, _, _ in cells}):
        here = [(key, step, amount) for key, one, step, amount in cells if one == currency]
        courses.append(_course((), currency, steps, ((step, amount) for _, step, amount in here), metric))
        if question.by:
            courses += sorted(_by_key(currency, steps, here, metric), key=lambda one: -one.cost)
    return courses


Key = tuple[str | None, ...]


def _by_key(
    currency: str, steps: Sequence[date], cells: Iterable[tuple[Key, date | None, Decimal]], metric: Mapping[date, Measured]
) -> Iterator[Course]:
    by_key: dict[Key, list[tuple[date | None, Decimal]]] = {}
    for key, step, amount in cells:
        by_key.setdefault(key, []).append((step, amount))
    for key, own in by_key.items():
        yield _course(key, currency, steps, own, metric)


def _converted(found: Iterable[Amount], rates: Rates) -> Iterator[tuple[Key, str, date | None, Decimal]]:
    for one in found:
        amount, currency = rates.convert(one.amount, one.currency, one.day)
        yield one.key, currency, one.step, amount


def _course(
    key: Key, currency: str, steps: Sequence[date], cells: Iterable[tuple[date | None, Decimal]], metric: Mapping[date, Measured]
) -> Course:
    costs = sums(cells)
    made = [_step(step, costs.get(step, ZERO), metric.get(step)) for step in steps]
    both = [(step.cost, step.units) for step in made if step.units and step.units.value]
    cost = sum((Fraction(cost) * units.share for cost, units in both), Fraction(0))
    units = total(units.value for _, units in both)
    return Course(key, currency, tuple(made), decimal_of(cost), units, decimal_of(cost / Fraction(units)) if units else None)


def _step(start: date, cost: Decimal, units: Measured | None) -> Step:
    each = decimal_of(Fraction(cost) * units.share / Fraction(units.value)) if units and units.value else None
    return Step(start, cost, units, each)
