"""`skywright scaling spot FILE`: a job with a deadline, or a service with a reserve, on machines that may be taken away."""

from pathlib import Path
from typing import Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.options import JSON
from skywright.model.errors import AskHuman, BadInput
from skywright.model.settings_base import Strict
from skywright.model.words import t
from skywright.topics.spot.fleet import Mix, Pool
from skywright.topics.spot.job import Answer, Job


class Fleet(Strict, frozen=True):
    """A service: ``capacity`` units must be there with ``probability``."""

    capacity: float
    probability: float
    on_demand: Pool
    pools: list[Pool]


class SpotFile(Strict, frozen=True):
    """Exactly one of a job and a fleet."""

    job: Job | None = None
    fleet: Fleet | None = None

    def __post_init__(self) -> None:
        if (self.job is None) == (self.fleet is None):
            raise ValueError(t("the file must hold either a job or a fleet"))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@JSON
def spot(*, file: Path, json_: bool) -> None:
    """Say how to use interruptible machines for the job or the fleet of FILE (docs/concepts/spot.md says what it holds)."""
    from skywright.adapters.settings import load_file

    asked = load_file(file, SpotFile)
    try:
        if asked.job is not None:
            _job(asked.job, json_=json_)
        elif asked.fleet is not None:
            _fleet(asked.fleet, json_=json_)
    except BadInput as error:
        raise BadInput(error.message, where=str(file), next_step=error.next_step) from error
    except ImportError as error:
        raise AskHuman(t("The solver is not installed."), next_step=t("Install skywright[finops].")) from error


def _job(job: Job, *, json_: bool) -> None:
    from skywright.topics.spot.job import solve

    with show.progress(t("Reckoning backwards from the deadline")):
        best, greedy = solve(job)
    if json_:
        show.as_json({"best": best, "until_the_last_moment": greedy})
        return
    rows = [_row(t("best"), best), _row(t("spot until the last moment"), greedy)]
    rows.append((t("on demand alone"), f"{best.on_demand_cost:,.2f}", "", "100%", t("on-demand")))
    columns = (t("policy"), t("expected cost"), t("saved"), t("hours on demand"), t("begins with"))
    show.table(columns, rows, right=columns[1:4])
    show.console().print(t("None of them is ever late: on demand can finish the job from wherever they are."), style="green")


def _row(name: str, answer: Answer) -> tuple[object, ...]:
    return (name, f"{answer.cost:,.2f}", f"{answer.saving:.1%}", f"{answer.on_demand_share:.1%}", answer.first.value)


def _fleet(fleet: Fleet, *, json_: bool) -> None:
    from skywright.topics.spot.fleet import mix

    with show.progress(t("Searching")):
        found = mix(fleet.pools, fleet.capacity, fleet.on_demand, fleet.probability)
    if json_:
        show.as_json({**_plain(found), "gap": found.gap})
        return
    sizes = {pool.name: pool for pool in fleet.pools}
    rows: list[tuple[object, ...]] = [
        (name, f"{sizes[name].away:.2%}", count, f"{count * sizes[name].price:,.4f}") for name, count in found.machines.items()
    ]
    rows.append((t("on demand"), "0.00%", found.on_demand, f"{found.on_demand * fleet.on_demand.price:,.4f}"))
    columns = (t("pool"), t("away"), t("machines"), t("an hour"))
    show.table(columns, rows, right=columns[1:])
    out = show.console()
    saved = 1 - found.hourly / found.on_demand_alone if found.on_demand_alone else 0.0
    said = t("{cost:,.4f} an hour, {saved:.1%} less than on demand alone.", cost=found.hourly, saved=saved)
    out.print(said, style="bold", markup=False)
    out.print(t("The capacity is there {share:.3%} of the time; {least:g} of {whole:g} in the worst case.", share=found.probability,
                least=found.least_capacity, whole=fleet.capacity), markup=False)  # fmt: skip
    out.print(
        t("No mix costs less than {bound:,.4f}: at most {gap:.2%} from the best.", bound=found.bound, gap=found.gap), markup=False
    )


def _plain(found: Mix) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain
