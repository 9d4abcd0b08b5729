"""How runs are shown: live while they go on, then where every change stands."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from skywright.doors.cli import show
from skywright.model.money import Money
from skywright.model.run import ChangeResult, ChangeState, Run, RunState, StepRecord
from skywright.model.words import n, t

STATE_STYLE = {
    "done": "bold green",
    "verified": "green",
    "applied": "green",
    "running": "cyan",
    "doing": "cyan",
    "paused": "yellow",
    "partial": "yellow",
    "skipped": "yellow",
    "undone": "yellow",
    "rolled-back": "yellow",
    "aborted": "yellow",
    "failed": "bold red",
    "stuck": "bold red",
}
OPEN = (ChangeState.PENDING, ChangeState.DOING)

NOT_ALL_DONE = 3
A_PERSON_MUST_LOOK = 2


def exit_code(run: Run) -> int:
    """0: all done; 2: a person must look; 3: something was skipped, undone or stopped."""
    match run.state:
        case RunState.DONE:
            return 0
        case RunState.FAILED:
            return A_PERSON_MUST_LOOK
        case RunState.WAITING | RunState.RUNNING | RunState.PAUSED | RunState.ROLLED_BACK | RunState.PARTIAL | RunState.ABORTED:
            return NOT_ALL_DONE


@contextmanager
def watching() -> Iterator[Callable[[Run, str], None]]:
    """A line for everything that happens in a run, on standard error; on a terminal with a bar below: wave by wave, change by
    change."""
    stream = show.errors()
    if not stream.is_terminal:
        yield lambda run, text: click.echo(_line(run, text), err=True)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stream, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(run: Run, text: str) -> None:
            bar.console.print(Text(_line(run, text)))
            ended = sum(result.state not in OPEN for result in run.results)
            wave = t("wave {wave} of {waves}", wave=run.wave + 1, waves=run.waves)
            bar.update(task, description=wave, completed=ended, total=len(run.results))

        yield tell


def draw(run: Run, steps: Sequence[StepRecord] = ()) -> None:
    """Print a run: every change, its steps if they are given, and the summary."""
    show.table(
        (t("change"), t("target"), t("state"), t("promised a month"), t("realised"), t("reason")),
        [_row(result) for result in run.results],
        right=(t("promised a month"), t("realised")),
        styles=_style,
    )
    if steps:
        show.console().print()
        show.table(
            (t("at (UTC)"), t("change"), t("step"), t("call"), t("outcome")),
            [(f"{step.at:%Y-%m-%d %H:%M:%S}", step.change, step.index, step.name, step.outcome) for step in steps],
            title=t("Steps"),
            right=(t("step"),),
        )
    show.console().print()
    show.console().print(show.clean(summary(run)), style=STATE_STYLE.get(run.state.value, ""), markup=False, soft_wrap=True)


def draw_list(runs: Sequence[Run]) -> None:
    """Print one line a run."""
    columns = (t("run"), t("begun (UTC)"), t("by"), t("state"), t("changes"), t("wave"), t("reason"))
    rows = [
        (
            run.id,
            f"{run.started_at:%Y-%m-%d %H:%M:%S}",
            run.by,
            run.state.value,
            _changes(run),
            f"{run.wave + 1}/{run.waves}",
            run.reason,
        )
        for run in runs
    ]
    show.table(columns, rows, right=(t("changes"), t("wave")), styles=_style)


def summary(run: Run) -> str:
    """The last line: what came of a run, and what now."""
    stands = sum(result.state.stands for result in run.results)
    head = t(
        "Run {run}: {state}, {stands} of {all} changes in force.",
        run=run.id,
        state=run.state.value,
        stands=stands,
        all=len(run.results),
    )
    taken = n("It was taken up once.", "It was taken up {count} times.", run.resumed) if run.resumed else ""
    return " ".join(filter(None, (head, run.reason, taken, _next(run))))


def total(amounts: Sequence[Money | None]) -> Money | None:
    """The sum of what is known; None when nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], start=known[0]) if known else None


def _next(run: Run) -> str:
    match run.state:
        case RunState.FAILED:
            return t("When the way is free: `skywright rollback {run}`.", run=run.id)
        case RunState.DONE | RunState.PARTIAL if not run.undoes and any(result.state.stands for result in run.results):
            return t("To take it back: `skywright rollback {run}`.", run=run.id)
        case RunState.PAUSED | RunState.RUNNING | RunState.WAITING:
            return t("`skywright resume {run}` takes it up if its process has died.", run=run.id)
        case _:
            return ""


def _row(result: ChangeResult) -> tuple[object, ...]:
    promised, realised = result.promised_monthly, result.realised_monthly
    return result.change, result.target, result.state.value, promised, realised, result.reason


def _changes(run: Run) -> str:
    return f"{sum(result.state not in OPEN for result in run.results)}/{len(run.results)}"


def _style(_column: str, value: object) -> str:
    return STATE_STYLE.get(str(value), "")


def _line(run: Run, text: str) -> str:
    return show.clean(f"[{run.wave + 1}/{run.waves}] {text}")
