"""`skywright cost import PATH...`: bills into the ledger, and a receipt that ties them out."""

import decimal
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.focus import Dataset
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.model.bill import Receipt, Restated

_SHOWN_MAX = 10


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--form", default="", help=t("Read it as this (focus-1.2, aws-cur-2.0, ...) instead of finding out."))
@click.option(
    "--mapping", type=click.Path(path_type=Path, dir_okay=False), help=t("A file that says how its columns become FOCUS's.")
)
@click.option(
    "--dataset", type=click.Choice([one.value for one in Dataset]), default=Dataset.COST_AND_USAGE.value, show_default=True
)
@click.option("--currency", default="", help=t("The currency, where the bill does not say it."))
@click.option("--reject", is_flag=True, help=t("Take the good rows though others cannot be; they are listed."))
@click.option("--restate", is_flag=True, help=t("Replace periods that are closed, or held in another form."))
@click.option("--dry-run", is_flag=True, help=t("Do everything but keep it."))
@JSON
@click.pass_obj
def import_(context: Context, /, *, paths: tuple[str, ...], json_: bool, **asked: object) -> None:
    """Read bills into the ledger: files, folders, zip archives, or prefixes of an object store (s3://, gs://, az://).

    Each PATH is taken whole or not at all, and its sums in the ledger are those of the bill to the last digit.
    """
    import msgspec

    from skywright.ports.bills import Wanted

    wanted = msgspec.convert(asked, Wanted, strict=False)
    receipts = []
    for path in paths:
        with show.progress(t("Importing {path}", path=path)):
            receipts.append(context.house.treasury.ledger.take(path, wanted))
        if not json_:
            _tell(path, receipts[-1], dry_run=wanted.dry_run)
    if json_:
        show.as_json({"receipts": receipts, "dry_run": wanted.dry_run})


def _tell(path: str, receipt: "Receipt", *, dry_run: bool) -> None:
    out = show.console()
    rows = n("{count} row", "{count} rows", receipt.rows_out)
    taken = n("", " of {count}", receipt.rows_in) if receipt.rows_in != receipt.rows_out else ""
    months = ", ".join(f"{period:%Y-%m}" for period in receipt.periods)
    out.print(
        t(
            "{source}: {form}, {rows}{taken}, {months}.",
            source=path,
            form=receipt.form,
            rows=rows,
            taken=taken,
            months=months,
        ),
        style="bold",
        markup=False,
    )
    _sums(receipt)
    for one in receipt.rejected[:_SHOWN_MAX]:
        out.print(t("  not taken: {where}: {why}", where=one.where, why=show.clean(one.why)), style="yellow", markup=False)
    if receipt.rejected_count > _SHOWN_MAX:
        out.print(t("  ... and {count} more; --json shows 100.", count=receipt.rejected_count - _SHOWN_MAX), style="dim")
    for changed in receipt.restated:
        out.print(_restated(changed), style="yellow", markup=False)
    for remark in receipt.remarks:
        out.print(f"  {show.clean(remark)}", style="dim", markup=False)
    _end(receipt, dry_run=dry_run)


def _sums(receipt: "Receipt") -> None:
    """Each sum beside its counterpart, aligned at the point."""
    lines = []
    for key in sorted(receipt.sums_out):
        column, _, currency = key.partition("/")
        there = receipt.sums_in.get(key)
        lines.append((column, plain(there) if there is not None else "", plain(receipt.sums_out[key]), currency))
    if lines:
        columns = (t("sum"), t("in the bill"), t("in the ledger"), "")
        show.table(columns, lines, right=columns[1:3])


def plain(amount: Decimal) -> str:
    """An amount to its last digit that is not zero."""
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if amount else "0"


def _restated(one: "Restated") -> str:
    return t(
        "  restated: {period} of {account} ({issuer}): {rows_before} -> {rows_after} rows, billed {before} -> {after} {currency} "
        "({change}), effective {effective_change}{closed}",
        period=f"{one.period:%Y-%m}",
        account=one.account,
        issuer=one.issuer,
        rows_before=one.rows_before,
        rows_after=one.rows_after,
        before=plain(one.billed_before),
        after=plain(one.billed_after),
        currency=one.currency,
        change=_change(one.billed_before, one.billed_after),
        effective_change=_change(one.effective_before, one.effective_after),
        closed=t("; the period was closed") if one.closed else "",
    )


def _change(before: Decimal, after: Decimal) -> str:
    amount = decimal.Context(prec=80).subtract(after, before)
    return f"+{plain(amount)}" if amount > 0 else plain(amount)


def _end(receipt: "Receipt", *, dry_run: bool) -> None:
    out = show.console()
    if receipt.repeated:
        out.print(t("All of it was in the ledger already (receipt {id}).", id=receipt.id), style="green", markup=False)
    elif dry_run:
        out.print(t("Nothing was kept: this was a dry run."), style="dim")
    else:
        out.print(t("Receipt {id}.", id=receipt.id), style="green")
