"""`skywright carbon`: energy and greenhouse gas of a bill, or of the estate, with bounds and with what is not in it."""

from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.model.errors import BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.topics.carbon.ranges import Range
    from skywright.topics.carbon.report import Carbon

ROWS_MAX = 25
ESTATE_KEYS = ("service", "region", "account", "provider")


@click.command()
@click.option("--period", help=t("2026-09, 2026-Q3, 30d, last-month, ... (default: the newest that the ledger holds)."))
@click.option("--by", default="service", show_default=True, help=t("Dimensions: service,region,account,tag:team."))
@click.option("--utilisation", type=click.FloatRange(0, 100), metavar="PCT", help=t("Mean CPU utilisation, where you know it."))
@click.option("--estate", is_flag=True, help=t("Of a month of what runs in the estate now, at its measured utilisation."))
@AT
@JSON
@click.pass_obj
def carbon(
    context: Context, *, period: str | None, by: str, utilisation: float | None, estate: bool, at: str | None, json_: bool
) -> None:
    """Estimate energy and greenhouse gas (CO2e), from at least to at most, and say what share of the cost has no estimate.

    docs/concepts/carbon.md says how, and with which coefficients.
    """
    names = tuple(name.strip() for name in by.split(",") if name.strip())
    with show.progress(t("Estimating")):
        found = _of_estate(context, names, at) if estate or at else _of_bill(context, by, period, utilisation)
    if json_:
        from skywright.topics.carbon.report import as_document

        show.as_json(as_document(found))
    else:
        _tell(found, t("{snapshot}, a month of it", snapshot=found.of) if estate or at else found.of)


def _of_bill(context: Context, by: str, period: str | None, utilisation: float | None) -> "Carbon":
    from skywright.topics.cost.books.period import parse_period
    from skywright.topics.cost.books.room import parse_by

    treasury = context.house.treasury
    chosen = parse_period(period, context.house.clock.now().date()) if period else treasury.books.newest()
    return treasury.carbon(chosen, parse_by(by), utilisation)


def _of_estate(context: Context, names: tuple[str, ...], at: str | None) -> "Carbon":
    for name in names:
        if name not in ESTATE_KEYS and not name.startswith("tag:"):
            known = ", ".join((*ESTATE_KEYS, "tag:NAME"))
            raise BadInput(t("The estate has no {name}.", name=name), where="--by", next_step=t("It has {known}.", known=known))
    return context.house.treasury.carbon_of_estate(snapshot_at(context.house, at), names)


def _tell(found: "Carbon", of: str) -> None:
    _total(found, of)
    columns = (*found.by, "kWh", "kg CO2e", t("at least"), t("at most"), t("no estimate"))
    rows = []
    for row in found.rows[:ROWS_MAX]:
        left = ", ".join(f"{row.unestimated.get(currency, 0) / cost:.0%}" for currency, cost in row.cost.items() if cost)
        figures = (_number(row.emission.kwh.likely), *_three(row.emission.kg)) if row.estimated else ("?",) * 4
        rows.append((*(part or "-" for part in row.key), *figures, left if row.estimated else "100%"))
    show.table(columns, rows, right=columns[len(found.by) :])
    out = show.console()
    if len(found.rows) > ROWS_MAX:
        out.print(t("... and {count} more; --json shows all.", count=len(found.rows) - ROWS_MAX), style="dim")
    _made_of(found)
    _left(found)


def _total(found: "Carbon", of: str) -> None:
    """The answer in one line."""
    text = t("{of}: no estimate can be made.", of=of)
    if any(row.estimated for row in found.rows):
        likely, low, high = _three(found.total.kg)
        about = {"likely": likely, "low": low, "high": high, "kwh": _number(found.total.kwh.likely)}
        text = t("{of}: {likely} kg CO2e (at least {low}, at most {high}); {kwh} kWh.", of=of, **about)
    show.console().print(text, style="bold", markup=False)


def _made_of(found: "Carbon") -> None:
    out = show.console()
    embodied = found.total.embodied_kg.likely
    if embodied:
        out.print(t("{kg} kg of it are the making of servers.", kg=_number(embodied)), markup=False)
    kinds = ", ".join(f"{t(kind)} {_number(part.kg.likely)}" for kind, part in found.by_kind.items() if part.kg.high)
    if kinds:
        out.print(t("By kind, kg: {kinds}.", kinds=kinds), markup=False)
    for sentence in found.assumed:
        out.print(sentence, style="yellow", markup=False)


def _left(found: "Carbon") -> None:
    out = show.console()
    several = len({one.currency for one in found.left}) > 1
    if found.left:
        out.print(t("Not in it (no estimate is made, and none is nought):"), style="bold")
        for one in found.left[:10]:
            of = f" {one.currency}" if several else ""
            out.print(f"  {one.share:6.1%}{of}  {one.service}: {one.why}", markup=False)
        if len(found.left) > 10:
            out.print(t("  ... and {count} more; --json shows all.", count=len(found.left) - 10), style="dim")


def _three(kg: "Range") -> tuple[str, str, str]:
    return _number(kg.likely), _number(kg.low), _number(kg.high)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
