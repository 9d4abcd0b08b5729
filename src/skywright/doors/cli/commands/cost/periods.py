"""`skywright cost periods`: what the ledger holds, and how it came there."""

from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import n, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skywright.adapters.bills.ledger.manifest import Part
    from skywright.model.bill import Receipt


@click.command()
@click.option("--receipts", is_flag=True, help=t("Every import instead, oldest first."))
@JSON
@click.pass_obj
def periods(context: Context, *, receipts: bool, json_: bool) -> None:
    """Show the billing periods that are held, or every import with what it changed."""
    ledger = context.house.treasury.ledger
    if receipts:
        _receipts(ledger.receipts(), json_=json_)
        return
    parts = ledger.parts()
    if json_:
        show.as_json({"periods": ledger.current(), "replaced": [part for part in parts if part.until]})
    elif parts:
        _table(ledger.current(), parts)
    else:
        show.console().print(t("The ledger is empty. `skywright cost import PATH` reads a bill."))


def _table(current: "Sequence[Part]", parts: "Sequence[Part]") -> None:
    before = [part.key for part in parts if part.until]
    rows = []
    for part in sorted(current, key=lambda part: (part.key.period, part.key)):
        key, billed = (
            part.key,
            [f"{value:,.2f} {one.partition('/')[2]}" for one, value in part.sums.items() if "BilledCost/" in one],
        )
        form = " ".join(filter(None, (part.form, key.half, key.dataset.value if key.dataset.value != "cost_and_usage" else "")))
        times = n("{count} time", "{count} times", before.count(key)) if key in before else ""
        account = f"{key.issuer} / {key.account}" if key.account else key.issuer
        rows.append((f"{key.period:%Y-%m}", account, part.rows, "\n".join(billed), form, part.receipt, times))
    columns = tuple(t(one) for one in ("period", "issuer / account", "rows", "billed", "form", "receipt", "restated"))
    wide = len(columns) if before else len(columns) - 1
    show.table(columns[:wide], [row[:wide] for row in rows], right=columns[2:4])


def _receipts(found: "Sequence[Receipt]", *, json_: bool) -> None:
    if json_:
        show.as_json({"receipts": found})
        return
    rows = [
        (one.id, f"{one.at:%Y-%m-%d %H:%M}", one.form, one.rows_out, one.rejected_count, len(one.restated), one.source)
        for one in found
    ]
    columns = tuple(t(one) for one in ("receipt", "at (UTC)", "form", "rows", "not taken", "restated", "source"))
    show.table(columns, rows, right=columns[3:6])
