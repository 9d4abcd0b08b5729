"""`skywright worker`: does, with others like it, what commands and schedules ask for."""

import signal
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from skywright.ports.other import Worker


@click.command()
@click.option("--once", is_flag=True, help=t("Stop when nothing is left to do."))
@click.option("--list", "list_", is_flag=True, help=t("Show which workers there are, and stop."))
@JSON
@click.pass_obj
def worker(context: Context, once: bool, list_: bool, json_: bool) -> None:
    """Take work out of the store's queues: gatherings, audits, runs. Any number of workers, on any number of machines, share the
    work; what one leaves when it dies, another takes up. A stop signal (TERM or INT) ends it after the step in hand."""
    house = context.house
    if list_:
        _show(house.workshop.crew.workers(), json_=json_)
        return
    house.role = "worker"
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    house.executor()  # knows how runs are carried out
    house.workshop.worker(_teller(json_=json_)).work(stop, once=once)


def _teller(*, json_: bool) -> "Callable[[str], None]":
    if json_:
        return lambda text: show.as_lines([{"at": datetime.now(), "said": text}])
    return lambda text: click.echo(f"{datetime.now():%H:%M:%S}  {show.clean(text)}", err=True)


def _show(workers: "Sequence[Worker]", *, json_: bool) -> None:
    if json_:
        show.as_json(workers)
    elif not workers:
        show.console().print(t("No worker is alive."))
    else:
        columns = (t("worker"), t("host"), t("process"), t("since (UTC)"), t("last heard of"))
        rows = [
            (one.executor[:8], one.host, one.pid, one.started_at.isoformat(" ", "seconds"), t("{s:.1f} s ago", s=one.seen_s))
            for one in workers
        ]
        show.table(columns, rows, right=(t("process"),))
