"""`skywright cost allocate`: how what is shared was split, and the rows of FOCUS that say so."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.show import COST, PERIOD, measure_of, period_of
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.doors.cli.sheet_view import money
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.cost.sharing.statements import Allocation


@click.command()
@PERIOD
@COST
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    help=t("Write the rows that stand in place of those shared (FOCUS 1.4, CSV)."),
)
@JSON
@click.pass_obj
def allocate(context: Context, *, period: str | None, cost: str, export: Path | None, json_: bool) -> None:
    """Show how shared costs were split: by which method, with which weights, to whom. The shares stand in cost.shares."""
    span, measure = period_of(context, period), measure_of(cost)
    sharing = context.house.treasury.sharing
    with show.progress(t("Splitting the bill")):
        allocation = sharing.allocation(span, measure)
    if export:
        written = write_focus(export, sharing.rows(span, measure))
        show.errors().print(
            n("{count} row written to {path}.", "{count} rows written to {path}.", written, path=export), markup=False
        )
    if json_:
        show.as_json({"period": str(span), "cost": measure.value, "passed": list(_plain(allocation))})
    else:
        _tell(allocation)


def _plain(allocation: "Allocation") -> Iterator[dict[str, Any]]:
    from skywright.topics.cost.books.exact import decimal_of, plain

    for month in allocation.months:
        for one in month.spread.passed:
            yield {
                "period": str(month.period), "currency": month.currency, "share": one.share, "method": one.method.value,
                "target": one.target, "weight": str(decimal_of(one.weight)), "of_weights": str(decimal_of(one.among)),
                "whole": plain(one.whole), "amount": plain(one.amount),
            }  # fmt: skip
        for kept in month.spread.kept:
            yield {
                "period": str(month.period), "currency": month.currency, "share": kept.share, "target": None,
                "whole": plain(kept.amount), "amount": plain(kept.amount), "why": kept.why,
            }  # fmt: skip


def _tell(allocation: "Allocation") -> None:
    columns = (t("period"), t("share"), t("method"), t("whole"), t("to"), t("part"), t("amount"), "")
    rows: list[Sequence[object]] = []
    for month in allocation.months:
        for one in month.spread.passed:
            how = (one.share, t(one.method.value), money(one.whole), one.target, f"{float(one.ratio):.2%}", money(one.amount))
            rows.append((month.period, *how, month.currency))
        for kept in month.spread.kept:
            amount = money(kept.amount)
            rows.append((month.period, kept.share, kept.why, amount, t("(unallocated)"), "", amount, month.currency))
    if not rows:
        show.console().print(t("Nothing is shared: cost.shares names no share that anything was billed for."))
        return
    show.table(columns, rows, right=(columns[3], columns[5], columns[6]))


def write_focus(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Rows of the ledger as FOCUS CSV; the file appears whole or not at all. Gives the rows."""
    import os

    from skywright.model.focus import DATASETS, OWN, Dataset

    columns = [column.name for column in (*DATASETS[Dataset.COST_AND_USAGE], *OWN)]
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            for row in rows:
                writer.writerow([_focus(row.get(name)) for name in columns])
                count += 1
        draft.replace(path)
    except OSError as error:
        from skywright.model.errors import BadInput

        reason = error.strerror or type(error).__name__
        raise BadInput(
            t("cannot be written: {reason}.", reason=reason), where=str(path), next_step=t("Name another file.")
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return count


def _focus(value: object) -> str:
    from skywright.topics.cost.books.exact import plain

    match value:
        case None:
            return ""
        case Decimal():
            return plain(value)
        case datetime():
            return f"{value.isoformat()}Z"
        case dict():
            return json.dumps(value, sort_keys=True)
        case _:
            return str(value)
