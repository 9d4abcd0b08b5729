"""`skywright scaling replay`: autoscaling policies on a trace of requests per second: cost, and how often demand is over."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.doors.cli.shapes import spark
from skywright.model.errors import AskHuman, BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from skywright.topics.scaling.replay import Replay
    from skywright.topics.scaling.simulate import Flight, Outcome, Setup

FILE = click.Path(path_type=Path, dir_okay=False)
SHARE = click.FloatRange(0.0, 100.0, min_open=True, max_open=True)
SECONDS_MIN = 60


@click.command()
@click.option(
    "--trace", type=FILE, required=True, metavar="FILE", help=t("Requests in each second: one number a line, gzip or not.")
)
@click.option("--pod-capacity", type=float, required=True, metavar="C", help=t("Requests a second that one pod serves."))
@click.option("--start-delay", type=click.IntRange(0, 3600), required=True, metavar="S", help=t("Seconds from order to ready."))
@click.option("--risk", "risks", type=SHARE, multiple=True, default=(1.0,), show_default=True, metavar="PCT",
              help=t("Percent of seconds that our policy may be over capacity; may be given more than once."))  # fmt: skip
@click.option("--hpa", "targets", type=click.FloatRange(1, 100), multiple=True, default=(50, 60, 70, 80, 90), show_default=True,
              metavar="PCT", help=t("Target utilisation of the autoscaler to compare with; more than once."))  # fmt: skip
@click.option("--train", type=click.FloatRange(0, 95), default=60.0, show_default=True, metavar="PCT",
              help=t("First part of the trace that is not scored."))  # fmt: skip
@click.option("--sync", type=click.IntRange(1, 300), default=15, show_default=True, help=t("Seconds between decisions."))
@click.option("--metrics-delay", type=click.IntRange(0, 300), default=15, show_default=True, help=t("Age of the newest metric, s."))
@click.option("--min", "replicas_min", type=click.IntRange(0), default=1, show_default=True, help=t("Fewest pods."))
@click.option("--max", "replicas_max", type=click.IntRange(1), default=10_000, show_default=True, help=t("Most pods."))
@click.option("--pods", "log", type=FILE, metavar="FILE", help=t("Write how many pods each policy ran, a row a decision (CSV)."))
@JSON
@click.pass_obj
def replay(
    _context: Context,
    /,
    *,
    trace: Path,
    risks: tuple[float, ...],
    targets: tuple[float, ...],
    train: float,
    log: Path | None,
    json_: bool,
    pod_capacity: float,
    **setup: int,
) -> None:
    """Replay autoscaling policies on a trace, ours and Kubernetes' HPA side by side (docs/concepts/autoscaling.md)."""
    from skywright.adapters.columns import read_numbers

    need_numpy()
    from skywright.topics.scaling.replay import replay as fly

    asked = _setup(pod_capacity, **setup)
    demand = read_numbers(trace)
    if len(demand) < SECONDS_MIN:
        message = t("holds {count} seconds; at least {least} are needed.", count=len(demand), least=SECONDS_MIN)
        raise BadInput(message, where=str(trace), next_step=t("Give it one line a second."))
    ran: dict[str, list[int]] = {}
    with show.progress(t("Replaying")) as tell:
        ours, theirs = [one / 100 for one in risks], [one / 100 for one in targets]
        found = fly(demand, asked, risks=ours, targets=theirs, train=train / 100, tell=tell, landed=_noted(ran))
    if log is not None:
        rows = zip(*ran.values(), strict=True)
        write_table(log, ("second", *ran), ((tick * asked.sync_s, *row) for tick, row in enumerate(rows)))
    if json_:
        show.as_json(found)
        return
    _tell(found)


def _noted(ran: dict[str, list[int]]) -> "Callable[[str, Flight], None]":
    """Keep how many pods ran at each decision of a flight."""
    return lambda policy, flight: ran.update({policy: flight.running.astype(int).tolist()})


def write_table(path: Path, names: "Iterable[str]", rows: "Iterable[Iterable[float]]") -> None:
    """Write CSV with a header. Raises BadInput where it cannot be written."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            told = csv.writer(file)
            told.writerow(names)
            told.writerows(rows)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(
            t("cannot be written: {reason}.", reason=reason), where=str(path), next_step=t("Name another file.")
        ) from error


def need_numpy() -> None:
    """Raise AskHuman where numpy is not installed."""
    from importlib.util import find_spec

    if find_spec("numpy") is None:
        raise AskHuman(t("This needs numpy, which is not installed."), next_step=t("Install skywright[finops]."))


def _setup(
    pod_capacity: float, *, start_delay: int, sync: int, metrics_delay: int, replicas_min: int, replicas_max: int
) -> "Setup":
    from skywright.topics.scaling.simulate import Setup

    if not 0 < pod_capacity < float("inf"):
        raise BadInput(t("{value:g} is no capacity.", value=pod_capacity), where="--pod-capacity", next_step=t("Give more than 0."))
    if replicas_min > replicas_max:
        message = t("{least} is more than --max, {most}.", least=replicas_min, most=replicas_max)
        raise BadInput(message, where="--min", next_step=t("Give a range."))
    return Setup(
        pod_capacity=pod_capacity,
        start_delay_s=start_delay,
        sync_s=sync,
        metrics_delay_s=metrics_delay,
        replicas_min=replicas_min,
        replicas_max=replicas_max,
    )


def _tell(found: "Replay") -> None:
    columns = (t("policy"), t("pod-hours"), t("pods"), t("peak"), t("seconds over"), t("requests over"), t("changes"), "")
    ours = found.ours[0]
    rows = [_row(one, ours, mine=one in found.ours) for one in sorted((*found.ours, *found.hpa), key=lambda one: one.pod_hours)]
    show.table(columns, rows, right=columns[1:7], styles=lambda _column, value: _style(value))
    out = show.console()
    _picture(found)
    hours, mean = (found.seconds - found.scored_from) / 3600, found.demand_mean / found.setup.pod_capacity
    text = t("Scored: the last {hours:,.1f} hours; demand fills {mean:,.1f} pods on average.", hours=hours, mean=mean)
    out.print(text, style="dim")
    for one, same in zip(found.ours, found.hpa_pod_hours_same_risk, strict=True):
        if same is not None:
            text = t("As seldom over as {policy}, HPA takes {hours:,.1f} pod-hours: {more:+.1%}.", policy=one.policy,
                     hours=same, more=same / one.pod_hours - 1)  # fmt: skip
            out.print(text, style="green" if same > one.pod_hours else "yellow", markup=False)


def _row(one: "Outcome", ours: "Outcome", *, mine: bool) -> tuple[str, ...]:
    from skywright.topics.scaling.replay import better

    said = t("<- ours") if mine else t("worse in both") if better(ours, one) else t("better in both") if better(one, ours) else ""
    return (
        one.policy, f"{one.pod_hours:,.1f}", f"{one.pods_mean:,.1f}", f"{one.pods_peak:,}", f"{one.seconds_over_pct:.2f}%",
        f"{one.requests_over_pct:.2f}%", f"{one.changes:,}", said,
    )  # fmt: skip


def _style(value: object) -> str:
    return {t("<- ours"): "bold green", t("worse in both"): "dim", t("better in both"): "bold red"}.get(str(value), "")


def _picture(found: "Replay") -> None:
    """What was asked, what was ready (on one scale) and when demand was over, under our first policy."""
    out = show.console()
    strip = found.strip
    top = max(*strip.demand, *strip.capacity)
    names = (t("demand"), t("ready"), t("over"))
    width = max(map(len, names))
    for name, values, style in zip(names[:2], (strip.demand, strip.capacity), ("cyan", "green"), strict=True):
        out.print(f"{name:<{width}} {spark([*values, top])[:-1]}", style=style, markup=False)
    most = max(strip.over)
    if not most:
        out.print(f"{names[2]:<{width}} {t('never')}", style="green", markup=False)
        return
    marks = "".join(spark([share, most])[0] if share else " " for share in strip.over)
    told = t("at most {share:.1%} of a stretch", share=most)
    out.print(f"{names[2]:<{width}} {marks} {told}", style="red", markup=False)
