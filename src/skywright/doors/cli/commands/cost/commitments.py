"""`skywright cost commitments`: what to commit to, for how long, and how far from the best at most."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commitments_view import with_solver
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.errors import BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.commitments.study import Study
    from skywright.topics.commitments.terms import Terms

FILE = click.Path(path_type=Path, dir_okay=False)
_BUYS_MAX = 6
_HOURS_MAX = 44_000  # five years: what is solved within a minute or so
_LEDGERS = ("offers", "budget", "utilisation", "capital", "spot", "years")
_DEMANDS = ("term", "ratio", "alpha", "online")
_HOUR = timedelta(hours=1)
_EXACT = 1e-12  # what floating point leaves of nothing


@click.command()
@click.option("--demand", type=FILE, metavar="FILE", help=t("Your own demand: units an hour, one row an hour, one column a pool."))
@click.option("--term", type=int, default=8760, show_default=True, metavar="HOURS", help=t("How long a commitment holds."))
@click.option("--ratio", type=float, metavar="R", help=t("The committed price over the on-demand price."))
@click.option("--alpha", type=float, default=0.0, show_default=True, metavar="A", help=t("What of R is paid for used hours only."))
@click.option(
    "--offers", type=FILE, metavar="FILE", help=t("Your own offers (CSV), before the packaged ones; for the ledger's usage.")
)
@click.option("--budget", type=click.FloatRange(0), metavar="MONEY", help=t("What all upfront payments may come to."))
@click.option(
    "--utilisation", type=click.FloatRange(0, 1), default=0.0, metavar="U", help=t("What of each commitment must be used.")
)
@click.option("--capital", type=click.FloatRange(0, 1), default=0.08, show_default=True, help=t("What a year of money costs."))
@click.option("--spot", type=click.FloatRange(0, 1), default=0.0, metavar="SHARE", help=t("What of the usage may be interrupted."))
@click.option("--years", type=click.Choice(["1", "3"]), default="3", show_default=True, help=t("The longest term."))
@click.option("--online", is_flag=True, help=t("Also buy hour by hour, without knowing what comes."))
@JSON
@click.pass_obj
def commitments(
    context: Context,
    /,
    *,
    demand: Path | None,
    term: int,
    ratio: float | None,
    alpha: float,
    online: bool,
    json_: bool,
    **ledger: Any,
) -> None:
    """Say which commitments cost least (docs/concepts/commitments.md has the formats and the method)."""
    _belong(demand)
    with_solver()
    if demand is None:
        _by_ledger(context, json_=json_, **ledger)
        return
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


def _belong(demand: Path | None) -> None:
    """Raises UsageError for options of the other way to ask."""
    context = click.get_current_context()
    others = _DEMANDS if demand is None else _LEDGERS
    default = click.core.ParameterSource.DEFAULT
    given = [f"--{name}" for name in others if context.get_parameter_source(name) is not default]
    if given and demand is None:
        raise click.UsageError(t("Only with --demand FILE: {options}.", options=", ".join(given)))
    if given:
        raise click.UsageError(t("Only for the ledger's usage, without --demand: {options}.", options=", ".join(given)))


def _by_ledger(
    context: Context, *, json_: bool, offers: Path | None, budget: float | None, utilisation: float, capital: float, spot: float,
    years: str,
) -> None:  # fmt: skip
    from skywright.doors.cli.commitments_view import told
    from skywright.topics.commitments.portfolio import Limits

    limits = Limits(budget=budget, utilisation=utilisation, capital=capital, spot_share=spot, months=12 * int(years))
    with show.progress(t("Optimising")):
        usage, advice = context.house.treasury.commitments.advice(limits, offers)
    if json_:
        pools = [{"pool": one.name, "hourly": sum(one.hourly) / len(one.hourly)} for one in usage.usage]
        seen = {"hours": usage.hours, "idle": usage.idle, "pools": pools, "others": usage.others, "ending": usage.ending}
        show.as_json(seen | {"limits": limits, "advice": advice})
        return
    told(usage, advice, context.house.settings.cost.currency)


def _studies(demand: Path, terms: "Terms", *, online: bool) -> "list[Study]":
    from skywright.adapters.columns import read_sheet
    from skywright.topics.commitments.study import POLICIES, check, study

    sheet = read_sheet(demand)
    if len(sheet.rows) > _HOURS_MAX:
        raise BadInput(
            t("holds {count:,} hours; {most:,} can be solved.", count=len(sheet.rows), most=_HOURS_MAX),
            where=str(demand),
            next_step=t("Give it in parts, or one row for several hours with a --term in such rows."),
        )
    step = sheet.step() if sheet.numeric()[0] else None
    if step not in (None, _HOUR):
        text = t("Rows are {hours:g} h apart; each counts as one hour of --term.", hours=step / _HOUR)
        show.errors().print(text, style="yellow", markup=False)
    found = []
    for index in sheet.numeric():
        units = sheet.numbers(index)
        one = study(sheet.names[index] or t("demand"), units, terms, POLICIES if online else None)
        if wrong := check(units, one, terms):
            raise AssertionError(f"the answer for {one.name} does not hold: {wrong}")
        found.append(one)
    return found


def _tell(found: "list[Study]", terms: "Terms") -> None:
    columns = (t("demand"), t("way"), t("cost"), t("over the best"), t("bought"), t("used"), t("left on demand"))
    show.table(columns, [row for one in found for row in _rows(one)], right=columns[2:])
    out = show.console()
    for one in found:
        out.print(_buys(one, terms.term), markup=False)
        for line in _term_longer(one, terms):
            out.print(line, style="yellow", markup=False)
    figures = {"hours": terms.break_even, "term": terms.term, "share": terms.break_even / terms.term}
    out.print(t("A commitment breaks even when {hours:,.6g} of its {term:,} hours are used ({share:.0%}).", **figures))
    text = t("Costs and what is left: on-demand prices of a unit for an hour; fees count in full. Bought: unit terms.")
    out.print(text, style="dim")
    gap = max(one.gap for one in found)
    out.print(t("No purchases cost less, to {gap:.0e} at most: prices of the hours prove it (--json).", gap=max(gap, _EXACT)))
    if any(one.online or one.break_even for one in found):
        text = t("Online never costs more than {most:g} times the best, whatever comes.", most=terms.guarantee)
        out.print(text, style="green")


def _rows(one: "Study") -> Iterator[list[str]]:
    over = one.on_demand / one.optimum.cost if one.optimum.cost else 1.0
    yield [one.name, t("on demand"), f"{one.on_demand:,.2f}", f"{over:.3f}", "", "", f"{one.on_demand:,.2f}"]
    for told, way in ((t("at best"), one.optimum), (t("online"), one.online), (t("break-even rule"), one.break_even)):
        if way:
            used = "" if way.utilisation is None else f"{way.utilisation:.1%}"
            bought = f"{sum(buy.units for buy in way.buys):,.6g}"
            yield ["", told, f"{way.cost:,.2f}", f"{way.ratio:.3f}", bought, used, f"{way.left:,.2f}"]


def _term_longer(one: "Study", terms: "Terms") -> Iterator[str]:
    """Where the term reaches past all that is known: what the same demand would ask for if it came for good."""
    if terms.term > one.hours:
        known = {"name": one.name, "hours": one.hours, "term": terms.term}
        yield t("{name}: {hours:,} hours are fewer than the term of {term:,}: a fee counts in full though it serves on.", **known)
        level = {"name": one.name, "units": one.steady.units, "saved": one.steady.saved}
        yield t("{name}: should the same come again and again, hold {units:,.6g} units; that saves {saved:.1%}.", **level)


def _buys(one: "Study", term: int) -> str:
    buys = one.optimum.buys
    if not buys:
        return t("{name}: nothing is worth committing to within it.", name=one.name)
    told = ", ".join(t("{units:,.6g} in hour {hour}", units=buy.units, hour=buy.hour) for buy in buys[:_BUYS_MAX])
    more = n(", and {count} more", ", and {count} more", len(buys) - _BUYS_MAX) if len(buys) > _BUYS_MAX else ""
    return t("{name}: for {term:,} hours each, buy {told}{more}.", name=one.name, term=term, told=told, more=more)
