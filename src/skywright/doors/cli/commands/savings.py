"""`skywright savings`: what was promised, and what came of it, by prices and by the bill."""

from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.execute import known
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import n, t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from skywright.model.money import Money
    from skywright.model.run import ChangeResult, Run


@click.command()
@click.argument("run", required=False)
@click.option("--now", is_flag=True, help=t("Read every target again, instead of what was read at the end of the run."))
@click.option("--bill", is_flag=True, help=t("Hold every promise against the bill: before, after, and what would have been."))
@click.option("--calibration", is_flag=True, help=t("Show how good promises were, by month and proposer; by the bill."))
@JSON
@click.pass_obj
def savings(context: Context, *, run: str | None, now: bool, bill: bool, calibration: bool, json_: bool) -> None:
    """Show what was promised and what was realised, by change, run and in total; what is not known stays unknown."""
    house = context.house
    if bill or calibration:
        from skywright.doors.cli.savings_view import by_bill, by_calibration

        chosen = [known(house, run)] if run else [one for one in house.store.runs.all() if not one.undoes]
        with show.progress(t("Reading the bill")):
            settled = house.treasury.settled(chosen)
        (by_calibration if calibration else by_bill)(settled, json_=json_)
        return
    chosen = [known(house, run)] if run else [one for one in house.store.runs.all() if not one.undoes]
    with show.progress(t("Reading the targets again")):
        found = [_saved(one, house.realised(one) if now else None) for one in chosen]
    found = [one for one in found if one["changes"]]
    if json_:
        show.as_json({"runs": found, "total": _sums([change for one in found for change in one["changes"]])})
    elif found:
        _draw(found)
    else:
        show.console().print(t("No change is in force that was carried out here."))


def _saved(run: "Run", fresh: "Mapping[str, Money] | None") -> dict[str, Any]:
    changes = [_change(result, fresh) for result in run.results if result.state.stands]
    return {"run": run.id, "ended_at": run.ended_at, "changes": changes, **_sums(changes)}


def _change(result: "ChangeResult", fresh: "Mapping[str, Money] | None") -> dict[str, Any]:
    realised = result.realised_monthly if fresh is None else fresh.get(result.change)
    return {"change": result.change, "target": result.target, "promised": result.promised_monthly, "realised": realised}


def _sums(changes: "Sequence[dict[str, Any]]") -> dict[str, Any]:
    from skywright.doors.cli.run_view import total

    return {
        "promised": total([change["promised"] for change in changes]),
        "realised": total([change["realised"] for change in changes]),
        "unknown": sum(change["realised"] is None for change in changes),
    }


def _draw(found: "Sequence[dict[str, Any]]") -> None:
    columns = (t("run"), t("change"), t("target"), t("promised a month"), t("realised"))
    rows = [
        (one["run"], change["change"], change["target"], _told(change["promised"]), _told(change["realised"]))
        for one in found
        for change in one["changes"]
    ]
    show.table(columns, rows, right=columns[3:])
    sums = _sums([change for one in found for change in one["changes"]])
    unknown = n("{count} is not known.", "{count} are not known.", sums["unknown"]) if sums["unknown"] else ""
    said = t(
        "Promised {promised} a month; realised {realised}.", promised=_told(sums["promised"]), realised=_told(sums["realised"])
    )
    show.console().print()
    show.console().print(f"{said} {unknown}".rstrip(), style="bold", markup=False)


def _told(amount: "Money | None") -> str:
    return t("not known") if amount is None else str(amount)
