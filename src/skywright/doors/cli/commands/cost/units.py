"""`skywright cost units METRIC`: what one user, request or order costs, by month or day, with its trend."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.show import COST, PERIOD, WHERE, measure_of, period_of, unfinished
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.doors.cli.shapes import spark
from skywright.doors.cli.sheet_view import FALL, RISE, money, unnamed
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skywright.topics.cost.books.units import Course, Step

MONTHS = 12
SMALL = Decimal("0.01")


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
    from skywright.topics.cost.books.period import Grain
    from skywright.topics.cost.books.question import Question
    from skywright.topics.cost.books.room import parse_by, parse_where
    from skywright.topics.cost.books.units import Combine

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
    unfinished(context, question, None)


def _steps(course: "Course", metric: str, monthly: bool) -> None:
    from rich.text import Text

    drawn = [step for step in course.steps if step.cost or step.units]
    unit = metric.rsplit("/", 1)[-1].removesuffix(".csv")
    rows: list[Sequence[object]] = []
    before: Decimal | None = None
    for step in drawn:
        label = f"{step.start:%Y-%m}" if monthly else str(step.start)
        rows.append((label, money(step.cost), _count(step.units), each(step.each), _change(step.each, before)))
        before = step.each or before
    rows.append((t("together"), money(course.cost), _count(course.units), each(course.each), ""))
    columns = (t("month") if monthly else t("day"), t("cost ({currency})", currency=course.currency), unit, t("cost per unit"), "%")
    show.table(columns, rows, right=columns[1:], styles=_style)
    line = spark([float(step.each or 0) for step in drawn])
    show.console().print(Text(t("cost per unit {line}", line=line), style="cyan"))
    missing = sum(step.units is None and bool(step.cost) for step in drawn)
    if missing:
        show.console().print(
            t("{count} without a number of the metric are left out of the last line.", count=missing), style="yellow"
        )


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
            {"start": one.start, "cost": plain(one.cost), "units": text(one.units), "each": text(one.each)}
            for one in course.steps
        ],
    }  # fmt: skip
