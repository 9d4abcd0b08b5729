"""`skywright cost match`: how much of a bill is known in the estate, and what is not."""

from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.show import COST, PERIOD, WHERE, measure_of, period_of
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.doors.cli.shapes import bar
from skywright.doors.cli.sheet_view import money
from skywright.model.words import n, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skywright.topics.cost.matching.match import Named, Report, State


@click.command()
@PERIOD
@COST
@click.option("--top", type=click.IntRange(1), default=8, show_default=True, help=t("So many names of each kind."))
@WHERE
@JSON
@click.pass_obj
def match(context: Context, *, period: str | None, cost: str, top: int, where: tuple[str, ...], json_: bool) -> None:
    """Show how much of a bill is known in the estate (by rows and by cost), what is no longer there, what could mean more than one
    resource, and what is not known at all, the dearest first. Nothing is guessed."""
    from skywright.topics.cost.books.question import Question
    from skywright.topics.cost.books.room import parse_where

    span, measure = period_of(context, period), measure_of(cost)
    treasury = context.house.treasury
    with show.progress(t("Comparing the bill with the estate")):
        found = treasury.matching.report(Question(by=(), period=span, measure=measure, where=parse_where(where)), top)
    if json_:
        show.as_json({"period": str(span), "cost": measure.value, "snapshots": treasury.beside.snapshots, **_plain(found)})
        return
    for currency in sorted({one.currency for one in found.known}):
        _known(found, currency, t("What the estate knows of {period}, in {currency}", period=span, currency=currency))
    _named(found)
    count = treasury.beside.snapshots
    known = (
        n("{count} snapshot was asked.", "{count} snapshots were asked.", count)
        if count
        else t("There is no snapshot: `skywright gather`.")
    )
    show.console().print(known, style="dim", markup=False)


def _words(state: "State") -> str:
    from skywright.topics.cost.matching.match import State

    match state:
        case State.HERE:
            return t("in the estate")
        case State.GONE:
            return t("no longer there")
        case State.SEVERAL:
            return t("could mean more than one")
        case State.UNKNOWN:
            return t("not known")
        case State.NONE:
            return t("names no resource")


def _known(found: "Report", currency: str, title: str) -> None:
    from skywright.topics.cost.books.exact import shown, total
    from skywright.topics.cost.matching.match import State

    here = [one for state in State for one in found.known if one.currency == currency and one.state is state]
    cents = shown([one.amount for one in here])
    rows = sum(one.rows for one in here)
    whole = total(abs(one.amount) for one in here)
    lines: list[Sequence[object]] = []
    for one, amount in zip(here, cents, strict=True):
        share = float(abs(one.amount) / whole) if whole else 0.0
        lines.append((_words(one.state), f"{one.rows:,}", f"{one.rows / rows:.1%}", money(amount), f"{share:.1%}", bar(share)))
    lines.append((t("total"), f"{rows:,}", "", money(total(cents)), "", ""))
    columns = ("", t("rows"), "%", t("cost"), t("% of cost"), " ")
    show.table(columns, lines, title=title, right=columns[1:5])
    by_rows, by_cost = (found.rate(by_cost=flag, currency=currency) for flag in (False, True))
    if by_rows is not None:
        text = t(
            "Of the rows that name a resource {rows:.1%} meet one, of their cost {cost:.1%}.", rows=by_rows, cost=by_cost or 0.0
        )
        show.console().print(text, style="bold", markup=False)


def _named(found: "Report") -> None:
    if not found.named:
        return
    columns = (t("billed name"), t("service"), t("account"), t("cost"), "", t("what is known"))
    lines = [(one.billed, one.service, one.account, money(one.amount), one.currency, _about(one)) for one in found.named]
    show.console().print()
    show.table(columns, lines, right=(t("cost"),))


def _about(one: "Named") -> str:
    from skywright.topics.cost.matching.match import State

    if one.state is State.GONE:
        return t("seen until {when:%Y-%m-%d %H:%M}: {resource}", when=one.seen_until, resource=one.resource)
    return _words(one.state)


def _plain(found: "Report") -> dict[str, Any]:
    from skywright.topics.cost.books.exact import plain

    currencies = sorted({one.currency for one in found.known})
    return {
        "rates": [
            {"currency": one, "rows": found.rate(by_cost=False, currency=one), "cost": found.rate(by_cost=True, currency=one)}
            for one in currencies
        ],
        "known": [
            {"state": one.state, "currency": one.currency, "rows": one.rows, "amount": plain(one.amount)} for one in found.known
        ],
        "named": [
            {
                "state": one.state, "billed": one.billed, "service": one.service, "account": one.account, "currency": one.currency,
                "amount": plain(one.amount), "rows": one.rows, "resource": one.resource, "seen_until": one.seen_until,
            }
            for one in found.named
        ],
    }  # fmt: skip
