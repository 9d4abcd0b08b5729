"""`skywright execute`, `rollback`, `resume`, `pause`, `abort`: everything that changes the world goes through here."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON, LOCAL
from skywright.model.errors import BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.loop.execute import Executor, Order
    from skywright.model.plan import SignedPlan
    from skywright.model.run import Run
    from skywright.model.verdict import Verdict
    from skywright.wiring import House

REFUSED = 3
YES = click.option("--yes", is_flag=True, help=t("Do not ask."))


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--approve", "approvals", metavar="NAME", multiple=True, help=t("Who approves; may be given several times."))
@click.option("--only", metavar="CHANGE", multiple=True, help=t("Only these changes (ids)."))
@click.option("--canary", type=click.IntRange(1), help=t("At most so many changes in the first wave."))
@click.option("--wave-size", type=click.IntRange(1), help=t("At most so many changes in a wave."))
@click.option("--soak", type=click.FloatRange(0), help=t("Seconds to watch after each wave."))
@click.option("--rollback-all", is_flag=True, help=t("When a wave fails, take back the waves before it too."))
@YES
@LOCAL
@JSON
@click.pass_obj
def execute(
    context: Context,
    plan: Path,
    approvals: tuple[str, ...],
    only: tuple[str, ...],
    canary: int | None,
    wave_size: int | None,
    soak: float | None,
    rollback_all: bool,
    yes: bool,
    local: bool,
    json_: bool,
) -> int:
    """Carry a plan out, in reversible waves. Exit code 0: all done; 3: refused, or not all done; 2: a person must look."""
    import msgspec

    from skywright.loop.plan import read_plan

    house = context.house
    house.role = "local" if local else "command"
    whole = read_plan(plan, house.signer)
    signed = narrowed(whole, only)
    if stands := _refused(house, signed, approvals, json_=json_):
        return stands
    _ask(n("Carry out {count} change?", "Carry out {count} changes?", len(signed.plan.changes)), yes=yes)
    order = msgspec.structs.replace(
        _order(house, signed.hash, signed.plan.id),
        approvals=approvals,
        only=only,
        canary=canary,
        wave_size=wave_size,
        rollback_all=rollback_all,
        soak_s=house.settings.waves.soak_s if soak is None else soak,
    )
    return _carried_out(house, lambda executor: executor.execute(whole, order), json_=json_)


@click.command()
@click.argument("run")
@YES
@LOCAL
@JSON
@click.pass_obj
def rollback(context: Context, run: str, yes: bool, local: bool, json_: bool) -> int:
    """Take a finished run back: undo every change that stands, the last one first."""
    house = context.house
    house.role = "local" if local else "command"
    found = known(house, run)
    _ask(t("Take run {run} back?", run=found.id), yes=yes)
    order = _order(house, found.plan_hash, found.plan_id)
    return _carried_out(house, lambda executor: executor.rollback(found, order), json_=json_)


@click.command()
@click.argument("run", required=False)
@LOCAL
@JSON
@click.pass_obj
def resume(context: Context, run: str | None, local: bool, json_: bool) -> int:
    """Let paused runs go on, and take up those whose process has died. Without RUN: all of them."""
    from skywright.doors.cli.run_view import draw, exit_code

    house = context.house
    house.role = "local" if local else "command"
    runs = [known(house, run)] if run else _in_hand(house)
    with _executor(house) as executor:
        taken = executor.resume(runs)
    ended = [known(house, name) for name in taken]
    if json_:
        show.as_json(ended)
    elif not ended:
        show.console().print(_nothing_taken_up(runs))
    for one in [] if json_ else ended:
        draw(one)
    return max(map(exit_code, ended), default=0)


@click.command()
@click.argument("run")
@click.pass_obj
def pause(context: Context, run: str) -> None:
    """Pause a run after the change in hand."""
    house = context.house
    found = known(house, run)
    with _executor(house) as executor:
        executor.pause(found)
    house.log_event("run.pause-asked", details={"run": found.id})
    said = t("Run {run} will pause after the change in hand. `skywright resume {run}` lets it go on.", run=found.id)
    show.console().print(said, markup=False)


@click.command()
@click.argument("run")
@click.pass_obj
def abort(context: Context, run: str) -> int:
    """Stop a run after the change in hand and roll its current wave back."""
    from skywright.doors.cli.run_view import draw, exit_code

    house = context.house
    found = known(house, run)
    house.log_event("run.abort-asked", details={"run": found.id})
    with _executor(house) as executor:
        here = executor.abort(found)
    if not here:
        show.console().print(t("Run {run} will stop after the change in hand.", run=found.id), markup=False)
        return 0
    ended = known(house, found.id)
    draw(ended)
    return 0 if exit_code(ended) != 2 else 2


def known(house: "House", identifier: str) -> "Run":
    """A run by its id or the beginning of it. Raises BadInput when there is none."""
    run = house.store.runs.get(identifier)
    if run is None:
        raise BadInput(t("There is no run {run}.", run=identifier), next_step=t("`skywright runs` lists them."))
    return run


def narrowed(signed: "SignedPlan", only: tuple[str, ...]) -> "SignedPlan":
    """The plan with the chosen changes alone, for the guard rails to judge what will be done."""
    import msgspec

    from skywright.loop.execute import chosen

    plan = msgspec.structs.replace(signed.plan, changes=chosen(signed.plan.changes, only))
    return msgspec.structs.replace(signed, plan=plan)


def _refused(house: "House", signed: "SignedPlan", approvals: tuple[str, ...], *, json_: bool) -> int:
    """Ask the guard rails again, on the newest snapshot: 3 with their objections, or 0."""
    from skywright.doors.cli.commands.validate import draw

    with show.progress(t("Asking the guard rails")):
        verdict = house.validate(signed, approvals)
    if not _stands_against(verdict):
        return 0
    house.log_event("run.refused", why="; ".join(_stands_against(verdict)), plan_hash=signed.hash)
    if json_:
        show.as_json({"refused": True, "verdict": verdict})
    else:
        draw(verdict)
    return REFUSED


def _stands_against(verdict: "Verdict") -> list[str]:
    return [objection.reason for objection in verdict.objections if objection.weight.value != "warn"]


def _ask(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInput(t("There is nobody to ask."), where="--yes", next_step=t("Give --yes to go on without a question."))
    click.confirm(question, abort=True, err=True)


def _order(house: "House", plan_hash: str, plan_id: str) -> "Order":
    from skywright.adapters.identity.who import who
    from skywright.loop.execute import Order, new_run_id

    now = house.clock.now()
    run = new_run_id(now, plan_hash)
    return Order(run=run, plan_hash=plan_hash, plan_id=plan_id, by=who(), started_at=now, attempts=house.settings.waves.attempts)


def _carried_out(house: "House", act: "Callable[[Executor], Run]", *, json_: bool) -> int:
    from skywright.doors.cli.run_view import draw, exit_code

    with _executor(house) as executor:
        run = act(executor)
    if json_:
        show.as_json(run)
    else:
        draw(run, house.store.runs.records(run.id))
    return exit_code(run)


@contextmanager
def _executor(house: "House") -> "Iterator[Executor]":
    from skywright.doors.cli.run_view import watching

    with watching() as tell:
        try:
            yield house.executor(tell)
        finally:
            house.workflow.close()


def _in_hand(house: "House") -> "list[Run]":
    from skywright.loop.execute import OPEN_STATES

    return [run for run in house.store.runs.all() if run.state in OPEN_STATES]


def _nothing_taken_up(runs: "list[Run]") -> str:
    if not runs:
        return t("No run is in hand.")
    return t("Every run in hand is held by a living process, and goes on there.")
