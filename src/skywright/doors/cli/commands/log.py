"""`skywright log`: who did what, when and why; and the check that nothing of it was altered."""

from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON, parse_time
from skywright.model.errors import BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from skywright.loop.execute import LogVerdict
    from skywright.model.run import LogEntry

TAMPERED = 3


@click.group(invoke_without_command=True)
@click.option("--target", metavar="ID", help=t("Only what was done to this resource (an id, or a part of it)."))
@click.option("--run", "run_", metavar="RUN", help=t("Only this run."))
@click.option("--since", metavar="TIME", help=t("Only from this time on: ISO 8601, a date, 2h or 3d."))
@JSON
@click.pass_context
def log(ctx: click.Context, target: str | None, run_: str | None, since: str | None, json_: bool) -> None:
    """Show the audit log, or verify it."""
    if ctx.invoked_subcommand is not None:
        return
    context: Context = ctx.obj
    begin = _since(since, context.house.clock.now()) if since else None
    lines = [
        line
        for line in context.house.store.log.entries()
        if (target is None or target in line.target)
        and (run_ is None or str(line.details.get("run", "")).startswith(run_))
        and (begin is None or line.at >= begin)
    ]
    if json_:
        show.as_lines(lines)
    elif lines:
        _draw(lines)
    else:
        show.console().print(t("The log has no such line."))


@log.command()
@JSON
@click.pass_obj
def verify(context: Context, json_: bool) -> int:
    """Find any edit, deletion, reordering or truncation. Exit code 0: nothing was altered; 3: something was."""
    verdict = context.house.logbook.verify()
    if json_:
        show.as_json(verdict)
    else:
        show.console().print(said(verdict), style="bold green" if verdict.good else "bold red", markup=False, soft_wrap=True)
    return 0 if verdict.good else TAMPERED


@log.command()
@click.pass_obj
def mark(context: Context) -> None:
    """Print the signed mark of how far the log has come, to be kept where nobody who can write here can write."""
    found = context.house.logbook.head.read()
    if found is None:
        raise BadInput(t("The log is empty."))
    show.as_json(found)


def said(verdict: "LogVerdict") -> str:
    """The result of a check, in a sentence."""
    if not verdict.good:
        return t("The log was altered: {reason}.", reason=verdict.reason)
    checked = n("{count} line", "{count} lines", verdict.lines)
    signed = n("{count} checkpoint", "{count} checkpoints", verdict.checkpoints)
    unsigned = n(" The last line is not signed yet.", " The last {count} lines are not signed yet.", verdict.unsigned)
    return t("Nothing was altered: {checked}, {signed}.", checked=checked, signed=signed) + (unsigned if verdict.unsigned else "")


def _since(text: str, now: "datetime") -> "datetime":
    from datetime import time

    when = parse_time(text, now)
    if when is None:
        raise BadInput(t("{text!r} is no time.", text=text), where="--since", next_step=t("Give ISO 8601, a date, 2h or 3d."))
    return when.replace(hour=0, minute=0, second=0, microsecond=0) if when.time() == time.max else when


def _draw(lines: "Sequence[LogEntry]") -> None:
    columns = (t("line"), t("at (UTC)"), t("who"), t("what"), t("target"), t("why"))
    rows = [(line.seq, f"{line.at:%Y-%m-%d %H:%M:%S}", line.who, line.what, line.target, line.why) for line in lines]
    show.table(columns, rows, right=(t("line"),))
