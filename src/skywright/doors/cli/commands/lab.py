"""``skywright lab``: clouds on this machine. ``skywright demo``: the whole loop on it."""

import os
import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.model.errors import AskHuman, BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skywright.lab.town import Town
    from skywright.neighbours import Neighbour

CONFIGURATION = "skywright-lab.yaml"
DISAPPOINTED = 3
CALLS_SHOWN = 20
CLOUDS_IN_PLAN_MIN = 4


@click.group(help=t("Clouds on this machine, to try things on."))
def lab() -> None:
    """The lab's commands."""


@lab.command(help=t("Start the lab: every cloud, emulated on loopback, with a seeded company in it."))
@click.option("--seed", type=int, default=1, show_default=True, help=t("Another number gives another estate."))
@click.option("--clouds", default="", help=t("Only these, such as aws,gcp,kubernetes. Default: all."))
@click.option(
    "--estate",
    type=click.Choice(["small", "default", "large"]),
    default="default",
    show_default=True,
    help=t("large: 100,000 resources over all clouds; takes some minutes to build."),
)
@click.option("--answers", "with_answers", is_flag=True, help=t("Print the answer sheet: what a perfect audit would find."))
@click.option("--detach", is_flag=True, help=t("Leave it running; end it with `skywright lab down`."))
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON."))
@click.pass_obj
def up(context: Context, *, seed: int, clouds: str, estate: str, with_answers: bool, detach: bool, as_json: bool) -> None:
    """Start, say how it is used, and stay until Ctrl-C."""
    from skywright.lab import town

    folder, wanted, text = _folder(context), town.wanted(clouds), t("Building the company")
    with show.progress(text) as tick:
        started, children = town.start(
            folder, wanted, seed=seed, estate=estate, tied=not detach, tick=lambda waited: tick(text, int(waited), 0)
        )
    try:
        configuration = folder / CONFIGURATION
        configuration.touch(mode=0o600)
        configuration.write_text(started.configuration())
        sheet = started.answers() if with_answers else None
        _tell(started, configuration, sheet, as_json=as_json)
        if not detach:
            _stay(as_json=as_json)
    finally:
        if not detach:
            town.stop(children)


def _stay(*, as_json: bool) -> None:
    if not as_json:
        show.errors().print(t("The lab runs until you press Ctrl-C."))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        show.errors().print(t("The lab is down."))


def _tell(started: "Town", configuration: Path, sheet: list[dict[str, str]] | None, *, as_json: bool) -> None:
    if as_json:
        facts = {**_facts(started), "environments": started.environments(), "configuration": str(configuration)}
        show.as_json(facts if sheet is None else {**facts, "answers": sheet})
        return
    out = show.console()
    names = {name: neighbour.title for name, neighbour in _clouds().items()}
    rows = [(names[name], name, started.planted[name]) for name in started.clouds]
    show.table((t("cloud"), t("in --clouds"), t("faults hidden in it")), rows, right=(t("faults hidden in it"),))
    asked = f"skywright -c {shlex.quote(str(configuration))}"
    out.print(t("Look at all of them:"), style="bold")
    for name, value in started.environment().items():
        out.print(f"  export {name}={shlex.quote(value)}", markup=False)
    out.print(f"  {asked} gather", markup=False)
    out.print(f"  {asked} audit", markup=False)
    out.print(t("Point other tools at one of them: `skywright lab status --json` has what they need in their environment."))
    if sheet is not None:
        _sheet(sheet)


def _facts(found: "Town") -> dict[str, Any]:
    """Where a lab is and what is in it. The first four are of its AWS, where there is one."""
    aws = found.aws
    return {
        "endpoint": aws.endpoint if aws else None,
        "pid": aws.pid if aws else None,
        "accounts": aws.accounts if aws else {},
        "regions": aws.regions if aws else [],
        "environment": found.environment(),
        "clouds": list(found.clouds),
        "planted": found.planted,
    }


def _clouds() -> "Mapping[str, Neighbour]":
    from skywright.wiring import CLOUDS

    return CLOUDS


def _sheet(sheet: list[dict[str, str]]) -> None:
    columns = ("fault", "cloud", "kind", "account", "region", "native_id")
    show.table(columns, [[entry[column] for column in columns] for entry in sheet], title=t("What a perfect audit would find"))


@lab.command(help=t("End the lab."))
@click.pass_obj
def down(context: Context) -> None:
    """End what `lab up --detach` started."""
    from skywright.lab import town

    ended = town.stop_running(_folder(context))
    show.console().print(t("The lab is down.") if ended else t("No lab was running."))


@lab.command(help=t("Say whether the lab runs, and what was asked of it."))
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON."))
@click.pass_obj
def status(context: Context, *, as_json: bool) -> None:
    """What is up, how many calls it has answered."""
    from skywright.lab import town

    found = town.running(_folder(context))
    calls: dict[str, Any] = found.calls() if found else {"total": 0, "clouds": {}, "calls": {}}
    if as_json:
        facts = {**_facts(found), "environments": found.environments()} if found else {"endpoint": None}
        show.as_json({"running": found is not None, **facts, "calls_by_cloud": calls.pop("clouds"), **calls})
    elif found is None:
        show.console().print(t("No lab is running. Start one with `skywright lab up`."))
    else:
        rows = [(name, found.planted[name], calls["clouds"].get(name, 0)) for name in found.clouds]
        show.table(
            (t("cloud"), t("faults hidden in it"), t("calls answered")), rows, right=(t("faults hidden in it"), t("calls answered"))
        )
        show.table(("call", "times"), list(calls["calls"].items())[:CALLS_SHOWN], right=("times",))


@lab.command(help=t("Print the answer sheet: what a perfect audit would find."))
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON."))
@click.pass_obj
def answers(context: Context, *, as_json: bool) -> None:
    """The sheet of the running lab."""
    sheet = _running(context).answers()
    if as_json:
        show.as_json(sheet)
    else:
        _sheet(sheet)


@lab.command(
    help=t(
        "Let calls fail or wait: `lab fault ec2:StopInstances --error Throttling --times 2`; "
        "`lab fault /instances --cloud gcp --status 429`; "
        "`lab fault edge/shop-000 --cloud hosts --error offline`; `lab fault --clear`."
    )
)
@click.argument("call", required=False)
@click.option("--cloud", default="aws", show_default=True, help=t("In which cloud."))
@click.option("--error", default="", help=t("The error code that AWS would answer; for own hosts: offline, slow, cut or garbage."))
@click.option("--status", type=int, help=t("The HTTP status that another cloud would answer to paths that contain CALL."))
@click.option("--times", type=int, help=t("How many calls it hits (default: all)."))
@click.option("--percent", type=float, default=100.0, help=t("The share of calls it hits."))
@click.option("--latency", "latency_s", type=float, default=0.0, help=t("Seconds to wait before answering."))
@click.option("--contains", default="", help=t("AWS: only requests that contain this text, such as an instance id."))
@click.option("--after", is_flag=True, help=t("The call has its effect and its answer is lost."))
@click.option("--clear", is_flag=True, help=t("Take all faults back."))
@click.pass_obj
def fault(context: Context, /, *, call: str | None, cloud: str, clear: bool, **wanted: Any) -> None:
    """Plant or clear faults of the wire."""
    from skywright.lab.town import fault_options

    found = _running(context)
    if clear:
        found.heal()
    if call:
        found.plant(cloud, fault_options(cloud, call, wanted))
    elif not clear:
        raise BadInput(t("Name a call, such as ec2:StopInstances, or give --clear."), where="CALL")
    for planted in found.faults():
        show.console().print(str(planted), markup=False)


@lab.command(
    help=t("Write a believable bill (FOCUS 1.2) of the newest snapshot, or of a made-up company, with surprises planted in it.")
)
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--days", type=click.IntRange(2, 800), default=183, show_default=True, help=t("How many days it holds, up to yesterday.")
)
@click.option("--seed", type=int, default=1, show_default=True, help=t("Another number gives another bill."))
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON."))
@click.pass_obj
def bill(context: Context, *, path: Path, days: int, seed: int, as_json: bool) -> None:
    """Something to try the ledger on."""
    from skywright.lab.bill import as_costs, costs_sql, write_bill
    from skywright.lab.company import company

    house = context.house
    snapshot = house.store.snapshots.latest()
    if snapshot is None:
        costs = company()
    else:
        with house.engine.open(snapshot) as session:
            costs = as_costs(session.query(costs_sql()).dicts())
    with show.progress(t("Writing the bill")):
        planted = write_bill(path, costs, house.clock.now().date(), days, seed)
    if as_json:
        show.as_json({"path": str(path), "resources": len(costs), "planted": planted})
        return
    out = show.console()
    whose = t("the newest snapshot") if snapshot else t("a made-up company, since nothing was gathered")
    about = {"path": path, "days": days, "count": len(costs), "whose": whose}
    out.print(t("{path}: {days} days of {count} resources of {whose}.", **about), markup=False)
    show.table((t("from"), t("resource"), t("planted")), [(one.at, one.resource, one.what) for one in planted])
    out.print(t("Next: `skywright cost import {path}`.", path=path), markup=False)


def _running(context: Context) -> "Town":
    from skywright.lab import town

    found = town.running(_folder(context))
    if found is None:
        raise AskHuman(t("No lab is running."), next_step=t("Start one with `skywright lab up`."))
    return found


def _folder(context: Context) -> Path:
    """Where the lab's state is kept: the data folder given, or the usual one. The configuration is not read: it may be about the
    lab."""
    return (context.data or Path(os.environ.get("SKYWRIGHT_DATA", ".skywright"))) / "lab"


@click.command(help=t("The whole loop on the lab: find, plan, validate, execute, be killed, resume, verify, roll back."))
@click.option("--seed", type=int, default=1, show_default=True, help=t("Another number gives another estate."))
@click.option("--keep", is_flag=True, help=t("Keep the data folder, to look around afterwards."))
@click.option("--json", "as_json", is_flag=True, help=t("Print one object with every figure."))
def demo(*, seed: int, keep: bool, as_json: bool) -> int:
    """Play the demo. Exit code 0: everything went as it should; 3: something did not."""
    from skywright.doors.cli.demo.stage import Stage, Theatre
    from skywright.doors.cli.demo.story import tell

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    figures = tell(Stage() if as_json else Theatre(), seed=seed, keep=keep)
    if as_json:
        show.as_json(figures)
    spans = len(figures.plan_clouds) >= CLOUDS_IN_PLAN_MIN
    well = (
        spans
        and figures.killed
        and figures.resumed
        and figures.rolled_back
        and figures.log_verified
        and figures.tampering_found
        and figures.bill_ties_out
    )
    return 0 if well else DISAPPOINTED
