"""`skywright cost commitments`: what to commit to, for how long, and how far from the best at most."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.commitments.study import Study
    from skywright.topics.commitments.terms import Terms

FILE = click.Path(path_type=Path, dir_okay=False)
_BUYS_MAX = 6
_EXACT = 1e-12  # what floating point leaves of nothing


@click.command()
@click.option("--demand", type=FILE, metavar="FILE", help=t("Your own demand: units an hour, one row an hour, one column a pool."))
@click.option("--term", type=int, default=8760, show_default=True, metavar="HOURS", help=t("How long a commitment holds."))
@click.option("--ratio", type=float, metavar="R", help=t("The committed price over the on-demand price."))
@click.option("--alpha", type=float, default=0.0, show_default=True, metavar="A", help=t("What of R is paid for used hours only."))
@click.option("--online", is_flag=True, help=t("Also buy hour by hour, without knowing what comes."))
@JSON
@click.pass_obj
def commitments(
    _context: Context, *, demand: Path | None, term: int, ratio: float | None, alpha: float, online: bool, json_: bool
) -> None:
    """Say which commitments cost least (docs/concepts/commitments.md has the formats and the method)."""
    if demand is None:
        raise click.UsageError(t("Give --demand FILE and --ratio R."))
    if ratio is None:
        raise click.UsageError(t("--demand needs --ratio, the committed price over the on-demand price."))
    from skywright.topics.commitments.terms import Terms

    terms = Terms(term, ratio, alpha)
    with show.progress(t("Optimising")):
        found = _studies(demand, terms, online=online)
    if json_:
        show.as_json({"terms": terms, "guarantee": terms.guarantee, "columns": found})
        return
    _tell(found, terms)


def _studies(demand: Path, terms: "Terms", *, online: bool) -> "list[Study]":
    from skywright.adapters.columns import read_sheet
    from skywright.topics.commitments.study import POLICIES, check, study

    sheet = read_sheet(demand)
    found = []
    for index in sheet.numeric():
        units = sheet.numbers(index)
        one = study(sheet.names[index] or t("demand"), units, terms, POLICIES if online else None)
        if wrong := check(units, one, terms):
            raise AssertionError(f"the answer for {one.name} does not hold: {wrong}")
        found.append(one)
    return found


def _tell(found: "list[Study]", terms: "Terms") -> None:
    columns = (t("demand"), t("way"), t("cost"), t("over the best"), t("unit terms bought"))
    show.table(columns, [row for one in found for row in _rows(one)], right=columns[2:])
    out = show.console()
    for one in found:
        out.print(_buys(one, terms.term), markup=False)
    out.print(t("Costs are in on-demand prices of a unit for an hour; fees count in full."), style="dim")
    gap = max(one.gap for one in found)
    out.print(t("No purchases cost less, to {gap:.0e} at most: prices of the hours prove it (--json).", gap=max(gap, _EXACT)))
    if any(one.online or one.break_even for one in found):
        text = t("Online never costs more than {most:g} times the best, whatever comes.", most=terms.guarantee)
        out.print(text, style="green")


def _rows(one: "Study") -> Iterator[list[str]]:
    over = one.on_demand / one.optimum.cost if one.optimum.cost else 1.0
    yield [one.name, t("on demand"), f"{one.on_demand:,.2f}", f"{over:.3f}", "0"]
    for told, way in ((t("at best"), one.optimum), (t("online"), one.online), (t("break-even rule"), one.break_even)):
        if way:
            yield ["", told, f"{way.cost:,.2f}", f"{way.ratio:.3f}", f"{sum(buy.units for buy in way.buys):,.6g}"]


def _buys(one: "Study", term: int) -> str:
    buys = one.optimum.buys
    if not buys:
        return t("{name}: nothing is worth committing to.", name=one.name)
    told = ", ".join(t("{units:,.6g} in hour {hour}", units=buy.units, hour=buy.hour) for buy in buys[:_BUYS_MAX])
    more = n(", and {count} more", ", and {count} more", len(buys) - _BUYS_MAX) if len(buys) > _BUYS_MAX else ""
    return t("{name}: for {term} hours each, buy {told}{more}.", name=one.name, term=term, told=told, more=more)
