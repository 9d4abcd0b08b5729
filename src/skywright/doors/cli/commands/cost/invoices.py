"""`skywright cost invoices`: does every invoice add up to the rows behind it?"""

from decimal import Decimal
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.import_ import plain
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.adapters.bills.ledger.invoices import Invoice

DIFFERS = 3
_STYLES = {"ties out": "green", "differs": "bold red", "no rows behind it": "red", "not invoiced": "dim"}


@click.command()
@JSON
@click.pass_obj
def invoices(context: Context, *, json_: bool) -> int:
    """Set every invoice (invoice_detail) beside the rows behind it (cost_and_usage), to the last digit.

    The exit code is 3 when one differs.
    """
    from skywright.adapters.bills.ledger.invoices import Tied
    from skywright.adapters.bills.ledger.invoices import invoices as compared

    with context.house.treasury.ledger.open() as session:
        found = compared(session)
    wrong = [one for one in found if one.tied in {Tied.NO, Tied.NO_ROWS}]
    if json_:
        show.as_json({"invoices": [_fields(one) for one in found]})
    elif not found:
        show.console().print(t("The ledger is empty. `skywright cost import PATH` reads a bill."))
    else:
        if all(one.invoiced is None for one in found):
            show.console().print(t("No invoice was imported (invoice_detail of FOCUS 1.4): nothing is held against these rows."))
            _rows(found)
            return 0
        _table(found)
        told = n("{count} invoice differs from its rows.", "{count} invoices differ from their rows.", len(wrong))
        show.console().print(told if wrong else t("No invoice differs from its rows."), style="red" if wrong else "green")
    return DIFFERS if wrong else 0


def _fields(one: "Invoice") -> dict[str, object]:
    import msgspec

    amounts = {"invoiced": one.invoiced, "billed": one.billed, "difference": one.difference}
    shown = {name: None if amount is None else plain(amount) for name, amount in amounts.items()}
    return {**msgspec.structs.asdict(one), **shown, "tied": one.tied}


def _rows(found: "list[Invoice]") -> None:
    """What is there to be held against an invoice by hand: what each names, and its sum."""
    columns = tuple(t(one) for one in ("period", "issuer / account", "invoice", "sum of its rows", ""))
    rows = [
        (
            f"{one.period:%Y-%m}",
            f"{one.issuer} / {one.account}",
            ", ".join(one.invoices) or "-",
            plain(one.billed or Decimal(0)),
            one.currency,
        )
        for one in found
    ]
    show.table(columns, rows, right=columns[3:4])


def _table(found: "list[Invoice]") -> None:
    rows = [
        (
            f"{one.period:%Y-%m}",
            f"{one.issuer} / {one.account}",
            ", ".join(one.invoices) or "-",
            "" if one.invoiced is None else plain(one.invoiced),
            "" if one.billed is None else plain(one.billed),
            one.currency,
            plain(one.difference) if one.difference and one.invoiced is not None else "",
            t(one.tied.value),
        )
        for one in found
    ]
    columns = tuple(t(one) for one in ("period", "issuer / account", "invoice", "invoiced", "rows", "", "difference", "verdict"))
    show.table(columns, rows, right=(*columns[3:5], columns[6]), styles=lambda _, value: _STYLES.get(str(value), ""))
