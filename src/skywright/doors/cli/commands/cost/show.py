"""`skywright cost show`: where every cent of a period went, beside another period, with a trend."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
import msgspec

from skywright.doors.cli import show as shown
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.errors import BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.topics.cost.books.period import Grain, Period
    from skywright.topics.cost.books.question import Question
    from skywright.topics.cost.books.sheet import Sheet, Wish

TREND_MONTHS = 12
LINES = 25

BY = click.option(
    "--by", default="service", show_default=True, help=t("Dimensions: service,account,tag:team. `--by help` lists them.")
)
PERIOD = click.option(
    "--period", help=t("2026-09, 2026-09..2026-11, 2026-Q3, 30d, last-month, quarter, ... (default: the newest).")
)
COST = click.option(
    "--cost",
    type=click.Choice(["billed", "cash", "effective", "amortised", "amortized", "list", "contracted"]),
    default="billed",
    show_default=True,
    help=t("Billed is what is paid (cash); effective spreads purchases over their use (amortised)."),
)
WHERE = click.option("--where", multiple=True, metavar="DIM=VALUE", help=t("Only these rows (globs; DIM= for those without any)."))


@click.command()
@BY
@PERIOD
@click.option(
    "--compare", is_flag=False, flag_value="previous", help=t("Beside the previous period, the same of last year, or another.")
)
@COST
@click.option("--top", type=click.IntRange(1), default=LINES, show_default=True, help=t("So many lines; the rest is added up."))
@WHERE
@click.option(
    "--trend", is_flag=False, flag_value="auto", type=click.Choice(["auto", "month", "day"]), help=t("A sparkline by month or day.")
)
@click.option("--csv", "csv_", is_flag=True, help=t("Print CSV, every line, every digit."))
@JSON
@click.pass_obj
def show(context: Context, *, by: str, period: str | None, compare: str | None, cost: str, top: int, where: tuple[str, ...],
         trend: str | None, csv_: bool, json_: bool) -> None:  # fmt: skip
    """Show where every cent of a period went, by any dimensions; what is shown adds up to the bill to the last digit."""
    from skywright.topics.cost.books.question import Question
    from skywright.topics.cost.books.room import parse_by, parse_where
    from skywright.topics.cost.books.sheet import top as largest

    if by == "help":
        dimensions()
        return
    names, conditions = parse_by(by), parse_where(where)
    books = context.house.treasury.books
    span = period_of(context, period)
    question = Question(by=names, period=span, measure=measure_of(cost), where=conditions)
    with shown.progress(t("Reading the ledger")):
        sheet = books.sheet(question, _wish(context, span, compare, trend))
    if json_:
        shown.as_json(plain_sheet(sheet))
    elif csv_:
        _as_csv(sheet)
    else:
        from skywright.doors.cli.sheet_view import draw

        draw(largest(sheet, top))
        unfinished(context, question, sheet.compared)


def unfinished(context: Context, question: "Question", other: "Period | None") -> None:
    """Say so where a period is not over: it is not to be compared with whole ones, but day for day."""
    span = question.period
    today = context.house.clock.now().date()
    if span.start <= today < span.end:
        gone = (today - span.start).days
        text = t("{period} is not over: {gone} of its {days} days are.", period=span, gone=gone, days=span.days)
        shown.console().print(text, style="yellow", markup=False)
        if other and other.grain.value == "month":
            _day_for_day(context, question, other)


def first_days(context: Context, span: "Period", other: "Period") -> "tuple[Period, Period] | None":
    """The days of a period that the ledger holds, where it is not over, and as many first days of another; else None."""
    from skywright.topics.cost.books.period import Grain, Period

    days = (context.house.treasury.last_days(1) - span.start).days + 1
    if not (span.start <= context.house.clock.now().date() < span.end and 0 < days <= other.days):
        return None
    now, then = (Period(first, first + timedelta(days=days), Grain.DAY) for first in (span.start, other.start))
    return now, then


def _day_for_day(context: Context, question: "Question", other: "Period") -> None:
    """The days of an unfinished month that the ledger holds, beside as many first days of the other."""
    from skywright.doors.cli.sheet_view import money, percent
    from skywright.topics.cost.books.exact import minus
    from skywright.topics.cost.books.sheet import Wish

    pair = first_days(context, question.period, other)
    if pair is None:
        return
    now, then = pair
    sheet = context.house.treasury.books.sheet(msgspec.structs.replace(question, by=(), period=now), Wish(compared=then))
    for total in sheet.totals:
        if not total.before:
            continue
        before = total.before
        about = {"now": now, "then": then, "amount": money(total.amount), "before": money(before), "currency": total.currency}
        change = f"{minus(total.amount, before):+,.2f}, {percent(total.amount, before)}"
        text = t("Day for day, {now} beside {then}: {amount} and {before} {currency} ({change}).", change=change, **about)
        shown.console().print(text, style="bold", markup=False)


def dimensions() -> None:
    """List what costs can be told apart by."""
    from skywright.model.cost_dimensions import DIMENSIONS

    rows = [*DIMENSIONS.items(), ("tag:KEY", "a tag, whatever its spelling, with the virtual tags of cost.tags")]
    shown.table((t("dimension"), t("what it is")), [(name, t(text)) for name, text in rows])


def period_of(context: Context, text: str | None) -> "Period":
    """The period that is asked for; the newest billing month of the ledger where none is."""
    from skywright.topics.cost.books.period import parse_period

    return parse_period(text, context.house.clock.now().date()) if text else context.house.treasury.books.newest()


def measure_of(cost: str) -> Any:
    """One of FOCUS's costs, by its name or by what finance calls it."""
    from skywright.topics.cost.books.question import Measure

    return Measure({"cash": "billed", "amortised": "effective", "amortized": "effective"}.get(cost, cost))


def compared(context: Context, span: "Period", text: str | None) -> "Period | None":
    """The period to compare with. Raises BadInput for one that is the same."""
    from skywright.topics.cost.books.period import parse_period

    match text:
        case None:
            return None
        case "previous":
            return span.previous()
        case "year":
            return span.year_before()
        case _:
            try:
                found = parse_period(text, context.house.clock.now().date())
            except BadInput as error:
                raise BadInput(error.message, where="--compare", next_step=error.next_step) from error
    if found == span:
        raise BadInput(
            t("{period} would be compared with itself.", period=span), where="--compare", next_step=t("Name another period.")
        )
    return found


def _wish(context: Context, span: "Period", compare: str | None, trend: str | None) -> "Wish":
    from skywright.topics.cost.books.sheet import Wish

    grain = _grain(span, trend)
    return Wish(compared=compared(context, span, compare), trend=grain, back=TREND_MONTHS)


def _grain(span: "Period", trend: str | None) -> "Grain | None":
    from skywright.topics.cost.books.period import Grain

    match trend:
        case None:
            return None
        case "auto":
            return span.grain
        case _:
            return Grain(trend)


def plain_sheet(sheet: "Sheet") -> dict[str, Any]:
    """A sheet as JSON: amounts as text, in full."""
    from skywright.topics.cost.books.exact import plain

    def text(amount: Any) -> str | None:
        return None if amount is None else plain(amount)

    def trend(steps: Any) -> list[str | None]:
        return [plain(step) if held else None for step, held in zip(steps, sheet.held, strict=True)]

    return {
        "by": sheet.by, "period": str(sheet.period), "cost": sheet.measure.value,
        "compared": str(sheet.compared) if sheet.compared else None, "steps": [str(step) for step in sheet.steps],
        "lines": [
            {
                "key": dict(zip(sheet.by, line.key, strict=True)), "labels": dict(zip(sheet.by, line.labels, strict=True)),
                "currency": line.currency, "amount": text(line.amount), "before": text(line.before), "change": text(line.change),
                "rows": line.rows, "trend": trend(line.steps),
            }
            for line in sheet.lines
        ],
        "totals": [
            {
                "currency": total.currency, "amount": text(total.amount), "before": text(total.before), "rows": total.rows,
                "made_of": {name: plain(amount) for name, amount in total.made_of.items()},
                "trend": trend(total.steps),
            }
            for total in sheet.totals
        ],
        "rates": [
            {"currency": currency, "date": rate.day, "rate": str(rate.worth), "source": rate.source}
            for currency, rate in sheet.rates
        ],
        "without_rate": sheet.without_rate,
        "without_cost": sheet.missing, "remarks": sheet.remarks,
    }  # fmt: skip


def _as_csv(sheet: "Sheet") -> None:
    from skywright.topics.cost.books.exact import plain

    compared = ["before"] if sheet.compared else []
    columns = [*sheet.by, "currency", "amount", *compared, "rows", *map(str, sheet.steps)]
    rows = [
        [*line.key, line.currency, plain(line.amount), *([plain(line.before)] if line.before is not None else []), line.rows,
         *(plain(step) if held else "" for step, held in zip(line.steps, sheet.held, strict=True))]
        for line in sheet.lines
    ]  # fmt: skip
    shown.as_csv(columns, rows)
