"""`skywright cost why`: why a period costs more or less than another, effect by effect; they add up exactly."""

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.show import BY, PERIOD, WHERE, compared, first_days, measure_of, period_of, unfinished
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import t


@click.command()
@BY
@PERIOD
@click.option("--compare", default="previous", show_default=True, help=t("previous, year, or another period."))
@click.option(
    "--cost",
    type=click.Choice(["billed", "cash", "effective", "amortised", "amortized", "list", "contracted"]),
    default="effective",
    show_default=True,
    help=t("Effective (amortised) tells price from use best; billed is what is paid (cash)."),
)
@click.option("--top", type=click.IntRange(1), default=8, show_default=True, help=t("So many keys, and so many items."))
@WHERE
@JSON
@click.pass_obj
def why(
    context: Context, *, by: str, period: str | None, compare: str, cost: str, top: int, where: tuple[str, ...], json_: bool
) -> None:
    """Show why a period costs more or less than another: volume, mix, list prices, discounts, what is new or gone, credits, taxes,
    corrections, exchange rates. The effects add up to the difference to the last digit. Of a month that is not over, unless it is
    asked for, the days that are held stand beside as many first days of the month before."""
    from skywright.doors.cli import why_view as view
    from skywright.topics.cost.books.question import Question
    from skywright.topics.cost.books.room import parse_by, parse_where

    names, conditions = parse_by(by), parse_where(where)
    span, measure = period_of(context, period), measure_of(cost)
    other = compared(context, span, compare) or span.previous()
    asked, whole = span, other
    if period is None and (pair := first_days(context, span, other)):
        span, other = pair
    question = Question(by=names, period=span, measure=measure, where=conditions)
    with show.progress(t("Reading the ledger")):
        answer = context.house.treasury.books.why(question, other)
    if json_:
        show.as_json({"cost": measure.value, **view.plain_answer(answer)})
        return
    view.draw(answer, top, measure.value)
    if span == asked:
        unfinished(context, question, answer.compared)
        return
    text = "{asked} is not over: its first {days} days stand beside as many of {whole}. --period {asked} compares the months."
    show.console().print(t(text, asked=asked, days=span.days, whole=whole), style="yellow", markup=False)
