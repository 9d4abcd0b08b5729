"""`skywright cost anomalies`: what a bill, or a series of your own, did that was not to be expected."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.model.series import Surprise
    from skywright.topics.series.anomaly.detector import Detector, Judged
    from skywright.topics.series.anomaly.points import Points

FILE = click.Path(path_type=Path, dir_okay=False)
_SHOWN_MAX = 50


@click.command()
@click.option("--series", type=FILE, metavar="FILE", help=t("Judge a series of your own: CSV with timestamp,value."))
@click.option("--state", type=FILE, metavar="FILE", help=t("Go on from what FILE remembers of the series, and keep it there."))
@click.option("--alarm", type=click.FloatRange(0, 1), help=t("Show points with at least this score (default 0.5)."))
@JSON
@click.pass_obj
def anomalies(_context: Context, *, series: Path | None, state: Path | None, alarm: float | None, json_: bool) -> None:
    """Show what was not to be expected (docs/concepts/anomalies.md has the formats and the method)."""
    if series is None:
        raise click.UsageError(t("Give --series FILE."))
    _series(series, state, alarm, json_=json_)


def _series(path: Path, state: Path | None, alarm: float | None, *, json_: bool) -> None:
    from skywright.adapters.columns import read_sheet
    from skywright.topics.series.anomaly.points import points
    from skywright.topics.series.anomaly.watch import ALARM, surprises, watch, written

    sheet = read_sheet(path)
    read = points(sheet.path, sheet.names, sheet.rows, sheet.lines)
    detector = _detector(state)
    with show.progress(t("Judging")) as told:
        judged = list(watch(detector, read, lambda done: told(path.name, done, len(read.values))))
    if state is not None:
        state.write_bytes(written(detector))
    threshold = ALARM if alarm is None else alarm
    found = surprises(path.stem, judged, threshold)
    if json_:
        show.as_json({"alarm": threshold, "remarks": read.remarks, "surprises": found, "points": [_plain(one) for one in judged]})
        return
    for remark in read.remarks:
        show.errors().print(remark, markup=False, style="dim")
    _tell(read, found)


def _detector(state: Path | None) -> "Detector":
    from skywright.topics.series.anomaly.detector import Detector
    from skywright.topics.series.anomaly.watch import remembered

    if state is None or not state.exists():
        return Detector()
    return remembered(state.read_bytes(), str(state))


def _plain(one: "Judged") -> dict[str, object]:
    return {"timestamp": one.at.isoformat(sep=" "), "value": one.value, "score": round(one.score, 6), "expected": one.expected}


def _tell(read: "Points", found: "list[Surprise]") -> None:
    columns = (t("when"), t("value"), t("expected"), t("usually within"), t("score"))
    rows = [
        (
            one.at.isoformat(" "),
            f"{one.value:,.6g}",
            f"{one.expected:,.6g}",
            f"{one.low:,.6g} .. {one.high:,.6g}",
            f"{one.score:.2f}",
        )
        for one in found
    ]
    out = show.console()
    if rows:
        show.table(columns, rows[-_SHOWN_MAX:], right=columns[1:])
    if len(rows) > _SHOWN_MAX:
        out.print(t("... and {count} before; --json shows all.", count=len(rows) - _SHOWN_MAX), style="dim")
    of = n("{count} point", "{count} points", len(read.values))
    out.print(n("{count} surprise in {of}.", "{count} surprises in {of}.", len(found), of=of), style="bold")
