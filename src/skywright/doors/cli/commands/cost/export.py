"""`skywright cost export PATH`: the ledger's rows as FOCUS."""

from pathlib import Path

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.errors import BadInput
from skywright.model.words import n, t

_MONTH = "%Y-%m"


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--version", type=click.Choice(["1.2", "1.4"]), default="1.4", show_default=True, help=t("Of FOCUS."))
@click.option("--period", "months", multiple=True, metavar="YYYY-MM", help=t("Only these billing periods."))
@JSON
@click.pass_obj
def export(context: Context, *, path: Path, version: str, months: tuple[str, ...], json_: bool) -> None:
    """Write cost and usage to PATH: .csv, .csv.gz or .parquet."""
    ledger = context.house.treasury.ledger
    sql = ""
    held = {f"{period:{_MONTH}}" for _, _, period, _ in ledger.periods()}
    if not held:
        raise BadInput(t("The ledger is empty."), next_step=t("Read bills with `skywright cost import PATH`."))
    if months:
        for month in months:
            if month not in held:
                raise BadInput(
                    t("There is no billing period {month} in the ledger.", month=month),
                    where="--period",
                    next_step=t("`skywright cost periods` shows what is held."),
                )
        wanted = ", ".join(f"'{month}'" for month in months)
        sql = f"SELECT * FROM cost_and_usage WHERE strftime(BillingPeriodStart, '{_MONTH}') IN ({wanted})"  # noqa: S608 - held months
    with show.progress(t("Writing {path}", path=path)):
        rows = ledger.export(path, version, sql)
    if json_:
        show.as_json({"path": str(path), "version": version, "rows": rows})
        return
    count = n("{count} row", "{count} rows", rows)
    show.console().print(t("{rows} written to {path} as FOCUS {version}.", rows=count, path=path, version=version), markup=False)
