"""`skywright cost units METRIC`: what one user, request or order costs, by month or day, with its trend."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
import msgspec

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.show import COST, PERIOD, WHERE, measure_of, period_of, unfinished
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.doors.cli.shapes import spark
from skywright.doors.cli.sheet_view import FALL, RISE, money, unnamed
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from skywright.topics.cost.books.metric import Measured
    from skywright.topics.cost.books.units import Course, Step

MONTHS = 12
SMALL = Decimal("0.01")
GAPS_MAX = 5


@click.command()
@click.argument("metric")
@click.option("--by", default="", help=t("Dimensions to tell apart: service,account,tag:team."))
@PERIOD
@click.option(
    "--per",
    type=click.Choice(["month", "day"]),
    default="month",
    show_default=True,
    help=t("By month as billed, or by day of use."),
)
@click.option(
    "--level", is_flag=True, help=t("The metric is a level (users): a month's number is the mean of its days, not their sum.")
)
@COST
@WHERE
@JSON
@click.pass_obj
def units(
    context: Context,
    *,
    metric: str,
    by: str,
    period: str | None,
    per: str,
    level: bool,
    cost: str,
    where: tuple[str, ...],
    json_: bool,
) -> None:
    """Show what one unit of METRIC costs. METRIC is a CSV file of date,value, or a name in cost.metrics. Without --period: the last
    twelve months, or the newest month by day."""
    from skywright.topics.cost.books.metric import Combine
    from skywright.topics.cost.books.period import Grain, Period
    from skywright.topics.cost.books.question import Question
    from skywright.topics.cost.books.room import parse_by, parse_where

    grain = Grain(per)
    span = period_of(context, period)
    span = span.back(MONTHS) if period is None and grain is Grain.MONTH else span
    question = Question(by=parse_by(by), period=span, measure=measure_of(cost), where=parse_where(where))
    with show.progress(t("Reading the ledger")):
        courses = context.house.treasury.sharing.unit_costs(question, grain, metric, Combine.MEAN if level else Combine.SUM)
    if json_:
        about = {"metric": metric, "period": str(span), "cost": measure_of(cost).value}
        show.as_json({**about, "courses": [_plain(question.by, one) for one in courses]})
        return
    for one in courses:
        if not one.key:
            _steps(one, metric, grain is Grain.MONTH)
    if question.by:
        _keys(question.by, [one for one in courses if one.key])
    if grain is Grain.MONTH:  # it is the last month that is not over, and not the year that ends with it
        last = span.steps(Grain.MONTH)[-1]
        question = msgspec.structs.replace(question, period=Period(max(last, span.start), span.end, span.grain))
    unfinished(context, question, None)


def _steps(course: "Course", metric: str, monthly: bool) -> None:
    from rich.text import Text

    drawn = [step for step in course.steps if step.cost or step.units]
    unit = metric.rsplit("/", 1)[-1].removesuffix(".csv")
    rows: list[Sequence[object]] = []
    before: Decimal | None = None
    for step in drawn:
        label = f"{step.start:%Y-%m}" if monthly else str(step.start)
        units = step.units.value if step.units else None
        rows.append((label, money(step.cost), _count(units), each(step.each), _change(step.each, before)))
        before = step.each or before
    rows.append((t("together"), money(course.cost), _count(course.units), each(course.each), ""))
    columns = (t("month") if monthly else t("day"), t("cost ({currency})", currency=course.currency), unit, t("cost per unit"), "%")
    show.table(columns, rows, right=columns[1:], styles=_style)
    line = spark([float(step.each or 0) for step in drawn])
    show.console().print(Text(t("cost per unit {line}", line=line), style="cyan"))
    for remark in _remarks(unit, drawn):
        show.console().print(remark, style="yellow", markup=False)


def _remarks(unit: str, steps: "Sequence[Step]") -> "Iterator[str]":
    """What a reader must know of months and days of which the metric, or the bill, tells a part only."""
    without = [step for step in steps if step.units is None and step.cost]
    if without:
        text = "{count} without a number of the metric are left out of the last line."
        yield t(text, count=len(without))
    for step in steps:
        if step.units:
            yield from _partly(f"{step.start:%Y-%m}", unit, step.units)


def _partly(month: str, unit: str, units: "Measured") -> "Iterator[str]":
    if units.missing:
        gaps = [f"{first}" if first == last else f"{first}..{last}" for first, last in units.missing]
        named = ", ".join(gaps[:GAPS_MAX]) + (", ..." if len(gaps) > GAPS_MAX else "")
        told = {"month": month, "unit": unit, "gaps": named, "known": units.known, "days": units.days}
        part = t("{known}/{days} of the cost is divided by it, as if all days cost alike.", **told)
        how = part if units.share != 1 else t("Its mean stands for all of them.")
        yield t("{month}: {unit} has a number for {known} of {days} days, none for {gaps}.", **told) + " " + how
    if units.later:
        text = "{month}: the bill holds {days} days so far; numbers of {later} later days are left out."
        yield t(text, month=month, days=units.days, later=units.later)
    if units.as_given:
        text = "{month}: the bill holds {days} days so far; the month's number is taken to be of the same days."
        yield t(text, month=month, days=units.days)


def _keys(by: "Sequence[str]", courses: "Sequence[Course]") -> None:
    columns = (*by, t("cost"), t("cost per unit"), t("trend"))
    rows = [
        (
            *(part or unnamed(name) for name, part in zip(by, one.key, strict=True)),
            money(one.cost),
            each(one.each),
            _trend(one.steps),
        )
        for one in courses
    ]
    show.console().print()
    show.table(columns, rows, right=(t("cost"), t("cost per unit")))


def _trend(steps: "Sequence[Step]") -> str:
    return spark([float(step.each or 0) for step in steps if step.units])


def _count(units: Decimal | None) -> str:
    return t("unknown") if units is None else f"{units.normalize():,f}"


def each(cost: Decimal | None) -> str:
    """A cost per unit with at least four digits that mean something."""
    if cost is None:
        return "-"
    return f"{cost:,.4f}" if abs(cost) >= SMALL or not cost else f"{cost:.4g}"


def _change(now: Decimal | None, before: Decimal | None) -> str:
    return f"{float((now - before) / abs(before)):+.1%}" if now is not None and before else ""


def _style(column: str, value: object) -> str:
    text = str(value)
    return (RISE if text.startswith("+") else FALL if text.startswith("-") else "") if column == "%" else ""


def _plain(by: "Sequence[str]", course: "Course") -> dict[str, Any]:
    from skywright.topics.cost.books.exact import plain

    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else plain(amount)

    return {
        "key": dict(zip(by, course.key, strict=True)) if course.key else {}, "currency": course.currency,
        "cost": plain(course.cost), "units": plain(course.units), "each": text(course.each),
        "steps": [
            {"start": one.start, "cost": plain(one.cost), "each": text(one.each), **_units(one.units)} for one in course.steps
        ],
    }  # fmt: skip


def _units(units: "Measured | None") -> dict[str, Any]:
    """The metric, of how many days of the bill it is, and of which it is not."""
    from skywright.topics.cost.books.exact import plain

    if units is None:
        return {"units": None, "days": None, "days_known": 0, "missing": []}
    missing = [{"from": first, "to": last} for first, last in units.missing]
    return {"units": plain(units.value), "days": units.days, "days_known": units.known, "missing": missing}
