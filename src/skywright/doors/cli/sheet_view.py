"""Sheets of costs as people read them: aligned, totals that tie out, rises red and falls green, a bar and a sparkline."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from skywright.doors.cli import show
from skywright.doors.cli.shapes import bar, spark
from skywright.model.words import n, t
from skywright.topics.cost.books.exact import minus, plain, shown
from skywright.topics.cost.books.sheet import Line, Sheet, Total

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

RISE, FALL = "red", "green"
TINY = Decimal(1)
BARS_MAX = 45


def draw(sheet: Sheet) -> None:
    """One table a currency, and below it what the total is made of."""
    for index, total in enumerate(sheet.totals):
        if index:
            show.console().print()
        table = _table(sheet, total)
        bars = len(sheet.by) + (5 if sheet.compared else 2)
        show.draw(table, _title(sheet, total), spare=(bars, bars - 1))
        _below(total)
    _about_rates(sheet)
    for remark in sheet.remarks:
        show.console().print(remark, style="yellow", markup=False)
    if sheet.missing:
        text = n("{count} row does not say this cost.", "{count} rows do not say this cost.", sheet.missing)
        show.console().print(text, style="yellow", markup=False)
    for currency, amount in sheet.left_out:
        text = t(
            "OpenCost's allocation ({amount} {currency}) is left out: the machines are billed. --where issuer=OpenCost shows it.",
            amount=money(amount), currency=currency,
        )  # fmt: skip
        show.console().print(text, style="yellow", markup=False)


def _table(sheet: Sheet, total: Total) -> "Table":
    lines = [line for line in sheet.lines if line.currency == total.currency]
    table = show.frame()
    for name in sheet.by:
        table.add_column(name, overflow="fold")
    for name, justify in _columns(sheet):
        table.add_column(name, justify=justify, no_wrap=True)
    places = 2 if max(abs(total.amount), abs(total.before or Decimal(0))) >= TINY else 6
    now = shown([line.amount for line in lines], places)
    before = shown([line.before or Decimal(0) for line in lines], places) if sheet.compared else [None] * len(lines)
    for line, amount, earlier in zip(lines, now, before, strict=True):
        table.add_row(*_keys(sheet, line), *_cells(sheet, amount, earlier, line.steps, total.amount))
    if sheet.by:
        sums = sum(now, Decimal(0)), sum((one for one in before if one is not None), Decimal(0)) if sheet.compared else None
        cells = _cells(sheet, *sums, total.steps, total.amount, parts=False)
        table.add_section()
        table.add_row(t("total"), *[""] * (len(sheet.by) - 1), *cells, style="bold")
    return table


def _title(sheet: Sheet, total: Total) -> str:
    what = {"billed": t("Billed"), "effective": t("Effective"), "list": t("List"), "contracted": t("Contracted")}[
        sheet.measure.value
    ]
    about = {"measure": what, "period": sheet.period, "currency": total.currency}
    if sheet.compared:
        return t("{measure} cost of {period} beside {compared}, in {currency}", compared=sheet.compared, **about)
    return t("{measure} cost of {period}, in {currency}", **about)


def _columns(sheet: Sheet) -> "Iterator[tuple[str, Any]]":
    if sheet.compared:
        yield str(sheet.compared), "right"
    yield str(sheet.period), "right"
    if sheet.compared:
        yield t("change"), "right"
        yield "%", "right"
    yield t("share"), "right"
    yield "", "left"
    if sheet.steps:
        yield f"{sheet.steps[0]:%Y-%m}.." if _monthly(sheet) else t("by day"), "left"


def _monthly(sheet: Sheet) -> bool:
    return len(sheet.steps) > 1 and sheet.steps[1] - sheet.steps[0] > timedelta(days=1)


def _keys(sheet: Sheet, line: Line) -> "Iterator[Text]":
    from rich.text import Text

    if line.folded:
        yield Text(n("{count} other", "{count} others", line.folded), style="dim")
        yield from (Text("") for _ in sheet.by[1:])
        return
    for name, value, label in zip(sheet.by, line.key, line.labels, strict=True):
        if value is None:
            yield Text(unnamed(name), style="dim")
        else:
            yield Text(show.clean(f"{label} ({value})" if label and label != value else value))


def unnamed(dimension: str) -> str:
    """How rows without a value are called."""
    return t("(untagged)") if dimension.startswith("tag:") else t("(no {name})", name=dimension)


def _cells(
    sheet: Sheet, amount: Decimal, earlier: Decimal | None, steps: Sequence[Decimal], whole: Decimal, *, parts: bool = True
) -> "Iterator[Text | str]":
    from rich.text import Text

    places = -int(amount.as_tuple().exponent)
    if sheet.compared:
        yield money(earlier or Decimal(0), places)
    yield money(amount, places)
    if sheet.compared:
        change = minus(amount, earlier or Decimal(0))
        style = RISE if change > 0 else FALL if change < 0 else "dim"
        yield Text(f"{change:+,.{places}f}", style=style)
        yield Text(percent(amount, earlier or Decimal(0)), style=style)
    share = float(amount / whole) if whole else 0.0
    yield f"{share:.1%}" if whole else ""
    yield Text(bar(share) if parts else "", style="blue")
    if sheet.steps:
        yield Text(spark(_squeezed(steps, sheet.held)), style="cyan")


def _squeezed(steps: Sequence[Decimal], held: Sequence[bool]) -> list[float | None]:
    """At most so many bars; of more steps several make one. None where the ledger holds nothing."""
    each = -(-len(steps) // BARS_MAX)
    firsts = range(0, len(steps), each)
    return [float(sum(steps[first : first + each])) if any(held[first : first + each]) else None for first in firsts]


def money(amount: Decimal, places: int = 2) -> str:
    """An amount with thousands apart."""
    return f"{amount:,.{places}f}"


def percent(now: Decimal, before: Decimal) -> str:
    """How much more now is than before, in percent; ``new`` or ``gone`` where there is nothing to divide."""
    if not before:
        return t("new") if now else ""
    if not now:
        return t("gone")
    return f"{float((now - before) / abs(before)):+.1%}"


def _below(total: Total) -> None:
    made = sorted(total.made_of.items(), key=lambda item: -abs(item[1]))
    parts = ", ".join(f"{t(name)} {plain(amount)}" for name, amount in made if amount or len(made) == 1)
    text = t("{total} {currency} to the last digit", total=plain(total.amount), currency=total.currency)
    rows = n("{count:,} row", "{count:,} rows", total.rows)
    show.console().print(f"{text}: {parts}; {rows}.", style="dim", markup=False)
    if unused := total.made_of.get("unused commitment"):
        text = t("Unused commitments: {amount} {currency}.", amount=money(unused), currency=total.currency)
        show.console().print(text, style="yellow", markup=False)


def _about_rates(sheet: Sheet) -> None:
    out = show.console()
    seen: dict[str, list[str]] = {}
    for currency, rate in sheet.rates:
        seen.setdefault(f"{currency}{f' ({rate.source})' if rate.source else ''}", []).append(f"{rate.day} {rate.worth}")
    for currency, rates in seen.items():
        text = t("Rates of {currency}: {rates}.", currency=currency, rates=_some(rates))
        out.print(text, style="dim", markup=False)
    if len(sheet.totals) > 1 and not sheet.without_rate:
        out.print(t("Currencies are not added up: cost.rates names a file of rates that would."), style="dim", markup=False)
    if sheet.without_rate:
        names = ", ".join(sheet.without_rate)
        out.print(t("No rate for those days leads from {names}: these stand apart.", names=names), style="yellow", markup=False)


def _some(rates: list[str]) -> str:
    return ", ".join(rates) if len(rates) <= 3 else f"{rates[0]} ... {rates[-1]} ({len(rates)})"
