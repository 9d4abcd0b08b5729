"""Answers of the ledger -> a sheet: lines by key, largest first, beside another period and with a trend; it ties out exactly."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from skywright.ports.engine import Session
from skywright.topics.cost.books.absent import held_steps, holds_any, remarks, unanswered
from skywright.topics.cost.books.dimensions import Book
from skywright.topics.cost.books.exact import ZERO, minus, total
from skywright.topics.cost.books.period import Grain, Period
from skywright.topics.cost.books.question import (
    Amount,
    Measure,
    Part,
    Question,
    amounts,
    left_out,
    parts,
    without_cost,
)
from skywright.topics.cost.books.rates import Rate, Rates

Key = tuple[str | None, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One key in one currency. ``before`` None: nothing was compared; ``steps``: the amounts of the trend. ``folded``: how many
    keys an "other" line holds."""

    key: Key
    labels: tuple[str, ...]
    currency: str
    amount: Decimal
    before: Decimal | None = None
    rows: int = 0
    steps: tuple[Decimal, ...] = ()
    folded: int = 0

    @property
    def change(self) -> Decimal | None:
        """How much more it is than before."""
        return None if self.before is None else minus(self.amount, self.before)


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """A currency's total, and what it is made of by FOCUS's charge categories (corrections and unused commitments apart)."""

    currency: str
    amount: Decimal
    before: Decimal | None
    rows: int
    made_of: Mapping[str, Decimal]
    steps: tuple[Decimal, ...] = ()


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and the answer. ``totals`` were added up apart from the lines, and are the same to the last digit.
    ``left_out``: OpenCost's allocation, which the machines' owner bills; ``missing``: rows that
    do not say this cost; ``held``: which steps the ledger holds anything of; ``remarks``: what a reader must know."""

    by: tuple[str, ...]
    period: Period
    measure: Measure
    compared: Period | None
    steps: tuple[date, ...]
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    rates: tuple[tuple[str, Rate], ...] = ()
    without_rate: tuple[str, ...] = ()
    left_out: tuple[tuple[str, Decimal], ...] = ()
    missing: int = 0
    held: tuple[bool, ...] = ()
    remarks: tuple[str, ...] = ()


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer is laid out: beside another period, with a trend by month or day over the ``back`` last of them."""

    compared: Period | None = None
    trend: Grain | None = None
    back: int = 0


def sheet(session: Session, book: Book, question: Question, rates: Rates, wish: Wish) -> Sheet:
    """Ask the ledger. A period beside it that the ledger holds nothing of is left away, and said: it did not cost nothing. Raises
    BadInput when nothing answers."""
    found = amounts(session, book, question)
    if not found:
        raise unanswered(session, book, question)
    wanted = wish.compared
    if wanted and not holds_any(session, wanted):
        wish = msgspec.structs.replace(wish, compared=None)
    earlier = amounts(session, book, _over(question, wish.compared)) if wish.compared else []
    span = question.period.back(wish.back) if wish.trend is Grain.MONTH else question.period
    steps = span.steps(wish.trend) if wish.trend else []
    course = amounts(session, book, _over(question, span), wish.trend) if wish.trend else []
    lines = _lines(found, earlier if wish.compared else None, course, steps, rates)
    made = _converted_parts(session, book, question, rates)
    totals = tuple(_totals(lines, made, compared=wish.compared is not None))
    _tie_out(lines, totals)
    left = {line.currency for line in lines if rates and line.currency != rates.target}
    return Sheet(
        by=question.by, period=question.period, measure=question.measure, compared=wish.compared, steps=tuple(steps),
        lines=tuple(lines), totals=totals, without_rate=tuple(sorted(left)),
        left_out=tuple(left_out(session, question)), missing=without_cost(session, book, question),
        rates=tuple((currency, rate) for (currency, _), rate in sorted(rates.used.items())),
        held=held_steps(session, span, steps, wish.trend) if wish.trend else (),
        remarks=tuple(remarks(session, question, [line.key for line in lines], wanted)),
    )  # fmt: skip


def top(whole: Sheet, count: int) -> Sheet:
    """The same sheet with the ``count`` largest lines (whatever their sign) of each currency, and the others in one."""
    kept: list[Line] = []
    for currency in whole.totals:
        lines = [line for line in whole.lines if line.currency == currency.currency]
        chosen = set(map(id, sorted(lines, key=_size, reverse=True)[:count]))
        rest = [line for line in lines if id(line) not in chosen]
        kept += [line for line in lines if id(line) in chosen]
        kept += [_folded(rest)] if len(rest) > 1 else rest
    return msgspec.structs.replace(whole, lines=tuple(kept))


def _size(line: Line) -> Decimal:
    return max(abs(line.amount), abs(line.before or ZERO))


def _folded(lines: Sequence[Line]) -> Line:
    first = lines[0]
    compared = first.before is not None
    return Line(
        key=first.key, labels=first.labels, currency=first.currency, amount=total(line.amount for line in lines),
        before=total(line.before or ZERO for line in lines) if compared else None, rows=sum(line.rows for line in lines),
        steps=tuple(total(step) for step in zip(*(line.steps for line in lines), strict=True)), folded=len(lines),
    )  # fmt: skip


def _over(question: Question, period: Period) -> Question:
    return msgspec.structs.replace(question, period=period)


class _Tally:
    """What comes together for one key in one currency."""

    def __init__(self, steps: int) -> None:
        self.labels: tuple[str, ...] = ()
        self.now: list[Decimal] = []
        self.before: list[Decimal] = []
        self.steps: list[list[Decimal]] = [[] for _ in range(steps)]
        self.rows = 0


def _lines(
    found: Iterable[Amount], earlier: Iterable[Amount] | None, course: Iterable[Amount], steps: Sequence[date], rates: Rates
) -> list[Line]:
    tallies: dict[tuple[Key, str], _Tally] = {}
    at = {step: index for index, step in enumerate(steps)}

    def tally(one: Amount) -> tuple[_Tally, Decimal]:
        amount, currency = rates.convert(one.amount, one.currency, one.day)
        here = tallies.setdefault((one.key, currency), _Tally(len(steps)))
        here.labels = here.labels if any(here.labels) else one.labels
        return here, amount

    for one in found:
        here, amount = tally(one)
        here.now.append(amount)
        here.rows += one.rows
    for one in earlier or ():
        here, amount = tally(one)
        here.before.append(amount)
    for one in course:
        here, amount = tally(one)
        if one.step in at:
            here.steps[at[one.step]].append(amount)
    lines = [
        Line(
            key=key, labels=here.labels, currency=currency, amount=total(here.now), rows=here.rows,
            before=None if earlier is None else total(here.before), steps=tuple(map(total, here.steps)),
        )
        for (key, currency), here in tallies.items()
        if here.now or here.before
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.currency != rates.target, line.currency, -line.amount, _sortable(line.key)))


def _sortable(key: Key) -> tuple[str, ...]:
    return tuple(part or "" for part in key)


def _converted_parts(session: Session, book: Book, question: Question, rates: Rates) -> list[tuple[Part, Decimal, str]]:
    """The bill's parts; where currencies are converted, day by day."""
    if not question.currency:
        return [(part, part.amount, part.currency) for part in parts(session, book, question)]
    asked = msgspec.structs.replace(question, by=("charge", "commitment_status"))
    return [(_part(one), *rates.convert(one.amount, one.currency, one.day)) for one in amounts(session, book, asked)]


def _part(one: Amount) -> Part:
    charge, status = one.key
    category, _, correction = (charge or "").partition(" ")
    return Part(category, bool(correction), status or "", one.currency, one.amount, one.rows)


def _totals(lines: Sequence[Line], made: Sequence[tuple[Part, Decimal, str]], *, compared: bool) -> Iterable[Total]:
    for currency in dict.fromkeys(line.currency for line in lines):
        own = [line for line in lines if line.currency == currency]
        here = [(part, amount) for part, amount, converted in made if converted == currency]
        by_name: dict[str, list[Decimal]] = {}
        for part, amount in here:
            by_name.setdefault(_name(part), []).append(amount)
        yield Total(
            currency=currency, amount=total(amount for _, amount in here), rows=sum(part.rows for part, _ in here),
            before=total(line.before or ZERO for line in own) if compared else None,
            made_of={name: total(amounts) for name, amounts in by_name.items()},
            steps=tuple(total(step) for step in zip(*(line.steps for line in own), strict=True)),
        )  # fmt: skip


def _name(part: Part) -> str:
    if part.correction:
        return f"{part.category.lower()} correction"
    return "unused commitment" if part.commitment == "Unused" else part.category.lower()


def _tie_out(lines: Sequence[Line], totals: Sequence[Total]) -> None:
    for one in totals:
        added = total(line.amount for line in lines if line.currency == one.currency)
        if added != one.amount:
            raise AssertionError(f"the lines add up to {added} {one.currency}, the bill to {one.amount}")
