"""`skywright scaling requests`: what workloads of clusters should ask for, by what they used over time, and a plan that sets it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.scaling.replay import need_numpy
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.ports.other import Keeper, Memory
    from skywright.topics.scaling.requests.room import Answer
    from skywright.topics.scaling.requests.sizes import Terms
    from skywright.wiring import House

SHARE = click.FloatRange(0, 50, min_open=True)


@click.command()
@click.option("--cluster", metavar="NAME", help=t("Only this cluster."))
@click.option(
    "--usage",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=t("A CSV of what containers used, instead of what gather kept."),
)
@click.option("--fresh", is_flag=True, help=t("Ask the servers of usage_history now, instead of what gather kept."))
@click.option(
    "--days", type=click.FloatRange(1, 90), default=14.0, show_default=True, help=t("Days of history to ask servers for.")
)
@click.option("--days-min", type=click.FloatRange(0), default=7.0, show_default=True, help=t("Days of history that are needed."))
@click.option(
    "--step",
    type=click.FloatRange(1, 60),
    default=5.0,
    show_default=True,
    metavar="MINUTES",
    help=t("Time between two samples, of what servers are asked for."),
)
@click.option(
    "--risk",
    type=SHARE,
    default=1.0,
    show_default=True,
    metavar="PCT",
    help=t("Percent of time in which the busiest copy may use more processor than it asks for."),
)
@click.option(
    "--memory-margin",
    type=click.FloatRange(0, 400),
    default=20.0,
    show_default=True,
    metavar="PCT",
    help=t("Memory above the highest that was seen."),
)
@click.option(
    "-o", "--plan", "output", type=click.Path(path_type=Path, dir_okay=False), help=t("Write a signed plan that sets them.")
)
@AT
@JSON
@click.pass_obj
def requests(
    context: Context,
    *,
    cluster: str | None,
    usage: Path | None,
    fresh: bool,
    days: float,
    days_min: float,
    step: float,
    risk: float,
    memory_margin: float,
    output: Path | None,
    at: str | None,
    json_: bool,
) -> None:
    """Say what workloads should ask for, by what their busiest copy used over time (docs/concepts/rightsizing.md says how)."""
    from skywright.doors.cli import requests_view

    need_numpy()
    from skywright.topics.scaling.requests.sizes import Terms

    terms = Terms(risk=risk / 100, memory_margin=memory_margin / 100, days=min(days, days_min))
    with show.progress(t("Asking what containers used")):
        remember = _remember(context.house, usage, days, timedelta(minutes=step))
        answer = context.house.treasury.requests.answer(
            snapshot_at(context.house, at), cluster, terms, remember, fresh=fresh or usage is not None
        )
    if output:
        _plan(context.house, answer, terms, output)
    if json_:
        show.as_json({"containers": answer.lines, "notes": answer.notes})
        return
    requests_view.tell(answer, terms)


def _remember(house: "House", usage: Path | None, days: float, step: timedelta) -> "Callable[[Sequence[Keeper]], Memory]":
    if usage is not None:
        from skywright.adapters.meters.containers_csv import read_containers

        return lambda workloads: read_containers(usage, workloads)
    from skywright.adapters.meters.containers import remembered
    from skywright.adapters.settings import read_secret

    until = house.clock.now()
    times = (until - timedelta(days=days), until, step)
    return lambda workloads: remembered(house.settings.usage_history, read_secret, workloads, times)


def _plan(house: "House", answer: "Answer", terms: "Terms", output: Path) -> None:
    from skywright.loop.plan import write_plan
    from skywright.topics.scaling.requests.room import proposals

    signed = house.plan_of(tuple(proposals(answer, terms)), note=t("Requests by what was used"))
    write_plan(output, signed)
    changes = n("{count} change", "{count} changes", len(signed.plan.changes))
    show.errors().print(
        t("{changes} written to {path}; next: `skywright validate {path}`.", changes=changes, path=output), markup=False
    )
    for refused in signed.plan.rejected:
        said = t("{target} stays: {why}", target=refused.proposal.target, why=refused.reason)
        show.errors().print(said, style="yellow", markup=False)
