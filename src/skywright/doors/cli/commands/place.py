"""`skywright place FILE`: which workload runs where, what it costs, how far from the best at most, and a plan to get there."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.doors.cli.places import placed
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.place.problem import Problem
    from skywright.topics.place.solve import Placement

_SHOWN_MAX = 100
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--plan", "output", type=click.Path(path_type=Path, dir_okay=False), help=t("Write a signed plan that gets there.")
)
@click.option("--seconds", type=click.FloatRange(0.1, 3600), default=60.0, show_default=True, help=t("Search no longer than this."))
@JSON
@click.pass_obj
def place(context: Context, *, file: Path, output: Path | None, seconds: float, json_: bool) -> None:
    """Distribute the workloads of FILE over its pools of capacity (docs/concepts/placement.md says what it holds)."""
    from skywright.adapters.settings import load_file
    from skywright.topics.place.problem import Problem, priced
    from skywright.topics.place.proof import shares_of, violations
    from skywright.topics.place.propose import homeless
    from skywright.topics.place.solve import place as solve

    with show.progress(t("Searching")), placed(file):
        problem = priced(load_file(file, Problem), context.house.prices.offers)
        found = solve(problem, seconds)
    broken = violations(problem, found)
    if broken:
        raise AssertionError(f"the solver's answer breaks what the file asks: {broken}")
    if output:
        _plan(context, problem, found, output)
    if json_:
        shares = shares_of(problem, found)
        show.as_json({"placement": found, "shares": shares, "without_home": homeless(problem, found), "violations": broken})
        return
    _tell(problem, found)


def _plan(context: Context, problem: "Problem", found: "Placement", output: Path) -> None:
    from skywright.loop.plan import write_plan
    from skywright.topics.place.propose import from_placement

    signed = context.house.plan_of(tuple(from_placement(problem, found)), note=t("Placement"))
    write_plan(output, signed)
    changes = n("{count} change", "{count} changes", len(signed.plan.changes))
    show.errors().print(
        t("{changes} written to {path}; next: `skywright validate {path}`.", changes=changes, path=output), markup=False
    )


def _tell(problem: "Problem", found: "Placement") -> None:
    from skywright.topics.place.proof import shares_of

    columns = (t("workload"), t("pool"), t("cloud"), t("runs on"), t("replicas"), t("a month"))
    rows = [
        (
            f"{one.workload}{t(' (standby)') if one.standby else ''}",
            one.pool,
            one.cloud,
            one.offer or t("the pool's capacity"),
            one.replicas,
            f"{one.monthly:,.2f}",
        )
        for one in sorted(found.assigned, key=lambda one: (one.workload, one.standby, one.pool))
    ]
    show.table(columns, rows[:_SHOWN_MAX], right=(columns[4], columns[5]))
    out = show.console()
    if len(rows) > _SHOWN_MAX:
        out.print(t("... and {count} more; --json shows all.", count=len(rows) - _SHOWN_MAX), style="dim")
    shares = ", ".join(f"{cloud} {share:.0%}" for cloud, share in shares_of(problem, found).items())
    out.print(t("Shares of the vCPUs: {shares}.", shares=shares), markup=False)
    cost, bound = f"{found.monthly:,.2f} {found.currency}", f"{found.bound_monthly:,.2f}"
    out.print(t("{cost} a month.", cost=cost), style="bold", markup=False)
    out.print(t("No placement costs less than {bound}: at most {gap:.2%} from the best.", bound=bound, gap=found.gap), markup=False)
    out.print(t("Every quota, share, wish and standby is kept (checked apart from the solver)."), style="green")
