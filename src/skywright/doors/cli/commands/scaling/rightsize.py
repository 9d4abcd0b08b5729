"""`skywright scaling rightsize`: a size for everything that was measured, and how it would have done beside others' rules."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.scaling.replay import FILE, SHARE, need_numpy, write_table
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.doors.cli.shapes import bar
from skywright.model.errors import BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from skywright.topics.scaling.rightsize import Floats, Study
    from skywright.topics.scaling.sizing import Recommendation

PLACE = click.Path(path_type=Path)
_SHOWN_MAX = 10
_WIDTH = 24


@click.command()
@click.option("--usage", type=PLACE, required=True, metavar="PATH", help=t("A file, a folder or a tar of series of usage."))
@click.option("--risk", type=SHARE, default=1.0, show_default=True, metavar="PCT", help=t("Percent of samples that may be above."))
@click.option("--step", type=click.FloatRange(0.0, 1440.0, min_open=True), default=5.0, show_default=True, metavar="MINUTES",
              help=t("Time between two samples, where the file does not say."))  # fmt: skip
@click.option("--every", type=click.IntRange(1), default=72, show_default=True, help=t("Samples between two changes of size."))
@click.option("--train", type=click.FloatRange(0, 95), default=60.0, show_default=True, metavar="PCT",
              help=t("First part of the time that is not scored."))  # fmt: skip
@click.option("--core", type=click.FloatRange(0.0, min_open=True), metavar="UNITS",
              help=t("One core in the unit of the usage, for VPA's buckets (default: the largest usage)."))  # fmt: skip
@click.option("--sizes", "log", type=FILE, metavar="FILE",
              help=t("Write the sizes that were set at the stated risk, a row a change (CSV)."))  # fmt: skip
@JSON
@click.pass_obj
def rightsize(
    _context: Context,
    /,
    *,
    usage: Path,
    risk: float,
    step: float,
    every: int,
    train: float,
    core: float | None,
    log: Path | None,
    json_: bool,
) -> None:
    """Size machines or containers by what they used, and score it without looking ahead (docs/concepts/rightsizing.md)."""
    from skywright.adapters.usage import read_usage

    need_numpy()
    from skywright.topics.scaling.rightsize import study, table

    series = read_usage(usage, timedelta(minutes=step))
    steps = {one.step for one in series}
    if len(steps) > 1:
        message = t("has series with different steps ({steps}).", steps=", ".join(sorted(map(str, steps))))
        raise BadInput(message, where=str(usage), next_step=t("Give those of one step."))
    whole = table(series)
    if whole.values.shape[1] <= every:
        message = t("holds {count} samples a series; more than {every} are needed.", count=whole.values.shape[1], every=every)
        raise BadInput(message, where=str(usage), next_step=t("Give more, or a smaller --every."))
    rows: list[list[float]] = []
    with show.progress(t("Sizing")) as tell:
        found = study(whole, risk / 100, every=every, train=train / 100, core=core, tell=tell, sized=_noted(rows))
    if log is not None:
        write_table(log, ("sample", *whole.names), rows)
    if json_:
        show.as_json(found)
        return
    _tell(found)


def _noted(rows: list[list[float]]) -> "Callable[[int, Floats], None]":
    """Keep sizes as they are set."""
    return lambda begin, sizes: rows.append([begin, *sizes.tolist()])


def _tell(found: "Study") -> None:
    columns = (t("way to size"), t("size"), t("unused"), t("unused %"), t("samples over"), t("over, worst 5%"))
    ways = (found.ours, found.vpa, found.at_vpa, found.peak, found.at_peak)
    rows = [
        (one.method, f"{one.size_mean:,.4g}", f"{one.slack_mean:,.4g}", f"{one.slack_pct:.1f}%", f"{one.over_pct:.2f}%",
         f"{one.worst_over_pct:.2f}%")
        for one in ways
    ]  # fmt: skip
    show.table(columns, rows, right=columns[1:], styles=lambda _c, value: "bold" if str(value).startswith(t("ours")) else "")
    out = show.console()
    text = t("{series:,} series; {scored:,} of {samples:,} samples are scored, each against a size that was set before it.",
             series=found.series, scored=found.scored, samples=found.samples)  # fmt: skip
    out.print(text, style="dim")
    shown = sorted(found.sizes, key=lambda one: -one.used_most)[:_SHOWN_MAX]
    heads = (t("series"), t("size now"), t("mean"), t("most"), t("over"), t("mean (bar) and size (|) on one scale"))
    top = max(max(one.size, one.used_most) for one in found.sizes)
    show.table(heads, [_line(one, top) for one in shown], right=heads[1:5])
    if len(found.sizes) > _SHOWN_MAX:
        out.print(t("... and {count:,} more; --json has all.", count=len(found.sizes) - _SHOWN_MAX), style="dim")


def _line(one: "Recommendation", top: float) -> tuple[str, ...]:
    return (
        one.series, f"{one.size:,.4g}", f"{one.used_mean:,.4g}", f"{one.used_most:,.4g}", f"{one.over_chance:.2%}",
        _picture(one, top),
    )  # fmt: skip


def _picture(one: "Recommendation", top: float) -> str:
    """The mean as a bar, the size as a mark on the same scale."""
    line = bar(one.used_mean / top, _WIDTH).ljust(_WIDTH + 1)
    place = min(round(one.size / top * _WIDTH), _WIDTH)
    return line[:place] + "|" + line[place + 1 :]
