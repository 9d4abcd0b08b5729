"""``skywright lab``: a cloud on this machine. ``skywright demo``: the whole loop on it."""

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
    from skywright.lab.aws.process import Lab

CONFIGURATION = "skywright-lab.yaml"
DISAPPOINTED = 3


@click.group(help=t("A cloud on this machine, to try things on."))
def lab() -> None:
    """The lab's commands."""


@lab.command(help=t("Start the lab: an emulated AWS with a seeded company in it, on loopback."))
@click.option("--seed", type=int, default=1, show_default=True, help=t("Another number gives another estate."))
@click.option("--estate", type=click.Choice(["small", "default", "large"]), default="default", show_default=True)
@click.option("--answers", "with_answers", is_flag=True, help=t("Print the answer sheet: what a perfect audit would find."))
@click.option("--detach", is_flag=True, help=t("Leave it running; end it with `skywright lab down`."))
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON."))
@click.pass_obj
def up(context: Context, *, seed: int, estate: str, with_answers: bool, detach: bool, as_json: bool) -> None:
    """Start, say how it is used, and stay until Ctrl-C."""
    from skywright.lab.aws import process

    folder = _folder(context)
    with show.progress(t("Building the company")) as tick:
        started, child = process.start(
            folder, seed=seed, estate=estate, tied=not detach, tick=lambda waited: tick(t("Building the company"), int(waited), 0)
        )
    try:
        configuration = folder / CONFIGURATION
        configuration.write_text(started.configuration())
        sheet = process.answers(started) if with_answers else None
        _tell(started, configuration, sheet, as_json=as_json)
        if not detach:
            _stay(as_json=as_json)
    finally:
        if not detach:
            process.stop(child)


def _stay(*, as_json: bool) -> None:
    if not as_json:
        show.errors().print(t("The lab runs until you press Ctrl-C."))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        show.errors().print(t("The lab is down."))


def _tell(started: "Lab", configuration: Path, sheet: list[dict[str, str]] | None, *, as_json: bool) -> None:
    if as_json:
        facts: dict[str, Any] = {
            "endpoint": started.endpoint,
            "pid": started.pid,
            "accounts": started.accounts,
            "regions": started.regions,
            "environment": started.environment(),
            "configuration": str(configuration),
        }
        show.as_json(facts if sheet is None else {**facts, "answers": sheet})
        return
    out = show.console()
    out.print(t("An AWS with {count} accounts answers at {endpoint}.", count=len(started.accounts), endpoint=started.endpoint))
    out.print(t("Point any AWS tool at it:"), style="bold")
    for name, value in started.environment().items():
        out.print(f"  export {name}={shlex.quote(value)}", markup=False)
    out.print(t("One account, no file:"), style="bold")
    out.print("  skywright turn", markup=False)
    out.print(t("All accounts:"), style="bold")
    out.print(f"  skywright -c {shlex.quote(str(configuration))} turn", markup=False)
    if sheet is not None:
        _sheet(sheet)


def _sheet(sheet: list[dict[str, str]]) -> None:
    columns = ("fault", "kind", "account", "region", "native_id")
    show.table(columns, [[entry[column] for column in columns] for entry in sheet], title=t("What a perfect audit would find"))


@lab.command(help=t("End the lab."))
@click.pass_obj
def down(context: Context) -> None:
    """End what `lab up --detach` started."""
    from skywright.lab.aws import process

    ended = process.stop_running(_folder(context))
    show.console().print(t("The lab is down.") if ended else t("No lab was running."))


@lab.command(help=t("Say whether the lab runs, and what was asked of it."))
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON."))
@click.pass_obj
def status(context: Context, *, as_json: bool) -> None:
    """Where it listens, how many calls it has answered."""
    from skywright.lab.aws import process

    found = process.running(_folder(context))
    calls: dict[str, Any] = found.page("GET", "calls") if found else {"total": 0, "calls": {}}
    if as_json:
        show.as_json({"running": found is not None, "endpoint": found.endpoint if found else None, **calls})
    elif found is None:
        show.console().print(t("No lab is running. Start one with `skywright lab up`."))
    else:
        show.console().print(t("{endpoint}: {total} calls answered.", endpoint=found.endpoint, total=calls["total"]))
        show.table(("call", "times"), list(calls["calls"].items())[:20], right=("times",))


@lab.command(help=t("Print the answer sheet: what a perfect audit would find."))
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON."))
@click.pass_obj
def answers(context: Context, *, as_json: bool) -> None:
    """The sheet of the running lab."""
    from skywright.lab.aws import process

    sheet = process.answers(_running(context))
    if as_json:
        show.as_json(sheet)
    else:
        _sheet(sheet)


@lab.command(help=t("Let calls fail or wait: `lab fault ec2:StopInstances --error Throttling --times 2`; `lab fault --clear`."))
@click.argument("call", required=False)
@click.option("--error", default="", help=t("The error code that AWS would answer."))
@click.option("--times", type=int, help=t("How many calls it hits (default: all)."))
@click.option("--percent", type=float, default=100.0, help=t("The share of calls it hits."))
@click.option("--latency", "latency_s", type=float, default=0.0, help=t("Seconds to wait before answering."))
@click.option("--contains", default="", help=t("Only requests that contain this text, such as an instance id."))
@click.option("--after", is_flag=True, help=t("The call has its effect and its answer is lost."))
@click.option("--clear", is_flag=True, help=t("Take all faults back."))
@click.pass_obj
def fault(context: Context, /, *, call: str | None, clear: bool, **wanted: Any) -> None:
    """Plant or clear faults of the wire."""
    found = _running(context)
    if clear:
        found.page("DELETE", "faults")
    if call:
        found.page("POST", "faults", {"call": call, **wanted})
    elif not clear:
        raise BadInput(t("Name a call, such as ec2:StopInstances, or give --clear."), where="CALL")
    for planted in found.page("GET", "faults"):
        show.console().print(str(planted), markup=False)


def _running(context: Context) -> "Lab":
    from skywright.lab.aws import process

    found = process.running(_folder(context))
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
    well = figures.killed and figures.resumed and figures.rolled_back and figures.log_verified and figures.tampering_found
    return 0 if well else DISAPPOINTED
