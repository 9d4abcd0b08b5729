"""`skywright cost forecast`: what this month and the next twelve will cost, with an interval and the error on the past."""

from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.show import COST, WHERE, measure_of
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import n, t

if TYPE_CHECKING:
    from datetime import date

    from skywright.topics.cost.outlook import Ahead, Line, Outlook

LINES = 25


@click.command()
@click.option("--by", default="", help=t("Dimensions: service,account,tag:team (default: the total alone)."))
@click.option("--period", type=click.Choice(["month", "year", "all"]), default="all", show_default=True,
              help=t("This month's end, the twelve months after it, or both."))  # fmt: skip
@COST
@WHERE
@click.option("--top", type=click.IntRange(1), default=LINES, show_default=True, help=t("So many lines; the rest is added up."))
@JSON
@click.pass_obj
def forecast(context: Context, *, by: str, period: str, cost: str, where: tuple[str, ...], top: int, json_: bool) -> None:
    """Forecast costs from the ledger's days; lines add up to the total (docs/concepts/forecast.md)."""
    from skywright.topics.cost.books.room import parse_by, parse_where

    names, conditions = parse_by(by), parse_where(where)
    with show.progress(t("Forecasting")):
        seen = context.house.treasury.outlook(names, measure_of(cost), conditions)
    if json_:
        show.as_json(plain(seen, period))
        return
    for total in seen.totals:
        _currency(seen, total, period, top)
    for remark in seen.remarks:
        show.console().print(remark, style="dim", markup=False)


def plain(seen: "Outlook", period: str) -> dict[str, Any]:
    """An outlook as JSON; amounts as text."""
    return {
        "by": seen.by, "cost": seen.measure, "through": seen.through, "coverage": 0.95,
        "lines": [_plain_line(seen, line, period) for line in seen.lines] if seen.by else [],
        "totals": [_plain_line(seen, line, period) for line in seen.totals], "remarks": seen.remarks,
    }  # fmt: skip


def _plain_line(seen: "Outlook", line: "Line", period: str) -> dict[str, Any]:
    months = {"month": line.months[:1], "year": line.months[1:], "all": line.months}[period]
    return {
        "key": dict(zip(seen.by, line.key, strict=False)), "currency": line.currency,
        "months": [_plain_month(one) for one in months],
        "next_twelve_months": None if period == "month" else _plain_month(line.year), "method": line.method,
        "error_share": line.error_share, "error_windows": line.error_windows, "error_days": line.error_days,
        "known": known_of(line),
    }  # fmt: skip


def _plain_month(one: "Ahead") -> dict[str, Any]:
    from skywright.topics.cost.books.exact import plain as full

    amounts = ("actual", "known", "expected", "low", "high")
    return {"month": f"{one.month:%Y-%m}", **{name: full(getattr(one, name)) for name in amounts}}


def known_of(line: "Line") -> list[dict[str, Any]]:
    """What is known to come, one entry a cause and month."""
    from skywright.topics.cost.books.exact import plain as full

    found: dict[tuple[str, str], Any] = {}
    for one in line.known:
        place = (f"{one.day:%Y-%m}", one.what)
        found[place] = found.get(place, 0) + one.amount
    return [{"month": month, "what": what, "amount": full(amount)} for (month, what), amount in found.items()]


def _currency(seen: "Outlook", total: "Line", period: str, top: int) -> None:
    out = show.console()
    now = total.months[0]
    if period != "year":
        out.print(
            t("{month:%Y-%m} will end at {expected} {currency} (95 %: {low} to {high}); {actual} by {through}.", month=now.month,
              expected=amount(now.expected), low=amount(now.low), high=amount(now.high), actual=amount(now.actual),
              currency=total.currency, through=seen.through), style="bold", markup=False)  # fmt: skip
    out.print(told(total), markup=False)
    if seen.by:
        out.print()
        _lines(seen, total, period, top)
    if period != "month":
        out.print()
        _months(total, seen.through)


def told(line: "Line") -> str:
    """How far the method was off on the past."""
    if line.error_share is None:
        return t("Method: {method}; there is too little history to try it on.", method=line.method)
    times = n("once", "{count} times", line.error_windows)
    return t("Tried {times} on the past, it was off by {share:.1%}. Method: {method}.", times=times, share=line.error_share,
             method=line.method)  # fmt: skip


def _lines(seen: "Outlook", total: "Line", period: str, top: int) -> None:
    from skywright.doors.cli.shapes import spark

    every = [line for line in seen.lines if line.currency == total.currency]
    mine = [line for line in every if any(one.actual or one.expected or one.high for one in (*line.months, line.year))]
    columns = (*seen.by, t("so far"), t("expected"), t("from"), t("to"), t("off by"), t("days"))
    rows = [(*_names(line), *_numbers(_of(line, period)), _off(line), spark(line.days[-28:])) for line in mine[:top]]
    if len(mine) > top:
        rest = [_of(line, period) for line in mine[top:]]
        others = [t("{count} others", count=len(rest)), *[""] * (len(seen.by) - 1)]
        sums = (sum(one.actual for one in rest), sum(one.expected for one in rest))
        rows.append((*others, *(amount(one) for one in sums), "", "", "", ""))
    rows.append((t("total"), *[""] * (len(seen.by) - 1), *_numbers(_of(total, period)), _off(total), spark(total.days[-28:])))
    show.table(columns, rows, right=columns[len(seen.by) : -1], spare=(len(columns) - 1,))
    if gone := len(every) - len(mine):
        text = n(
            "1 line that costs nothing any more is not shown.", "{count} lines that cost nothing any more are not shown.", gone
        )
        show.console().print(text, style="dim", markup=False)


def _of(line: "Line", period: str) -> "Ahead":
    return line.year if period == "year" else line.months[0]


def _names(line: "Line") -> list[str]:
    return [label or (key if key is not None else t("(none)")) for key, label in zip(line.key, line.labels, strict=True)]


def _numbers(one: "Ahead") -> tuple[str, ...]:
    return tuple(amount(value) for value in (one.actual, one.expected, one.low, one.high))


def _off(line: "Line") -> str:
    return t("not tried") if line.error_share is None else f"{line.error_share:.1%}"


def _months(total: "Line", through: "date") -> None:
    from skywright.doors.cli.band import band

    known = any(one.known for one in total.months[1:])
    columns = (t("month"), *([t("known")] if known else []), t("expected"), t("95 % from"), t("to"))

    def row(name: str, one: "Ahead") -> tuple[str, ...]:
        return (name, *([amount(one.known)] if known else []), *_numbers(one)[1:])

    rows = [*(row(f"{one.month:%Y-%m}", one) for one in total.months[1:]), row(t("all twelve"), total.year)]
    show.table(columns, rows, right=columns[1:])
    _tried_until(total, through)
    months = total.months
    points, low, high = ([float(getattr(one, name)) for one in months] for name in ("expected", "low", "high"))
    for line in band((), points, low, high, (f"{months[0].month:%Y-%m}", f"{months[-1].month:%Y-%m}")):
        show.console().print(line, markup=False, no_wrap=True)


def _tried_until(total: "Line", through: "date") -> None:
    """Say from which month on nothing vouches for the figures."""
    from datetime import timedelta

    last = through + timedelta(days=total.error_days)
    if total.error_days and last < total.months[-1].month:
        told = t("Tried up to {days} days ahead, to {last}; beyond, intervals are taken to grow as they did.")
        text = told.format(days=total.error_days, last=last)
        show.console().print(text, style="yellow", markup=False)


def amount(value: Any) -> str:
    """An amount for people."""
    return f"{value:,.2f}"
