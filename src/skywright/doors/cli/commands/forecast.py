"""`skywright forecast --series FILE`: what comes next, within which interval, and how far off the same method was in the past."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.errors import BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.model.series import Forecast
    from skywright.topics.series.forecast.cells import Read

FILE = click.Path(path_type=Path, dir_okay=False)
STEPS_SHOWN_MAX = 60
SERIES_SHOWN_MAX = 100
PAST_SHOWN = 48
COURSE = 12


@click.command()
@click.option("--series", type=FILE, metavar="FILE", required=True, help=t("CSV: timestamp,value; many series too."))
@click.option("--horizon", type=int, metavar="N", required=True, help=t("So many steps ahead."))
@click.option(
    "--season", metavar="N,M", help=t("Lengths of seasons in steps, as 24,168 (default: what steps of this length have).")
)
@click.option(
    "--coverage", type=float, default=0.95, show_default=True, help=t("What share of what comes the interval should hold.")
)
@JSON
@click.pass_obj
def forecast(_context: Context, *, series: Path, horizon: int, season: str | None, coverage: float, json_: bool) -> None:
    """Forecast one series or many, each with an interval and its error on its own past (docs/concepts/forecast.md)."""
    from skywright.adapters.columns import read_sheet
    from skywright.topics.series.forecast import forecast as engine
    from skywright.topics.series.forecast.cells import series_of

    sheet = read_sheet(series)
    read = series_of(sheet.path, sheet.names, sheet.rows, sheet.lines)
    seasons = _seasons(season) if season is not None else read.seasons()
    if season is not None:
        read = msgspec.structs.replace(read, remarks=(*read.remarks, *_unseen(read, seasons)))
    with show.progress(t("Forecasting")):
        found = engine(read.series, horizon, seasons, coverage)
    if json_:
        show.as_json(_plain(read, found, seasons))
        return
    for remark in read.remarks:
        show.errors().print(remark, markup=False, style="dim")
    if len(found) == 1:
        _tell(read, found[0])
    else:
        _tell_all(read, found)


def _seasons(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if wrong := [part for part in parts if not part.isdecimal()]:
        message = t("{text!r} is not a number of steps.", text=wrong[0])
        raise BadInput(message, where="--season", next_step=t("Write whole numbers, as 24,168."))
    return tuple(map(int, parts))


def _unseen(read: "Read", seasons: tuple[int, ...]) -> Iterator[str]:
    """Say which of the seasons that were asked for no series is long enough to show."""
    longest = max(len(one.values) for one in read.series)
    for season in seasons:
        if 2 * season > longest:
            yield t("A season of {season} steps is not used: no series shows it twice.", season=season)


def _plain(read: "Read", found: "tuple[Forecast, ...]", seasons: tuple[int, ...]) -> dict[str, Any]:
    def points(place: int) -> list[dict[str, Any]]:
        one, told = read.series[place], found[place]
        return [
            {"step": step + 1, "time": _text(read.when(one, len(one.values) + step)), "value": value, "low": low, "high": high}
            for step, (value, low, high) in enumerate(zip(told.points, told.low, told.high, strict=True))
        ]

    return {
        "horizon": len(found[0].points), "seasons": seasons, "coverage": found[0].coverage, "remarks": read.remarks,
        "series": [
            {
                "name": read.series[place].name, "method": told.method, "error": told.error, "error_share": told.error_share,
                "error_windows": told.error_windows, "error_steps": told.error_steps, "forecast": points(place),
            }
            for place, told in enumerate(found)
        ],
    }  # fmt: skip


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(" ")


def _tell(read: "Read", told: "Forecast") -> None:
    from skywright.doors.cli.band import band

    one = read.series[0]
    columns = (t("step"), t("time"), t("forecast"), t("from"), t("to"))
    rows = [
        (step + 1, _text(read.when(one, len(one.values) + step)) or "", f"{value:,.6g}", f"{low:,.6g}", f"{high:,.6g}")
        for step, (value, low, high) in enumerate(zip(told.points, told.low, told.high, strict=True))
    ]
    keep = [0, 2, 3, 4] if not read.timed else range(5)
    shown = [tuple(row[place] for place in keep) for row in rows[:STEPS_SHOWN_MAX]]
    show.table([columns[place] for place in keep], shown, right=(columns[0], *columns[2:]))
    out = show.console()
    if len(rows) > STEPS_SHOWN_MAX:
        out.print(t("... and {count} more; --json shows all.", count=len(rows) - STEPS_SHOWN_MAX), style="dim")
    past = one.values[-PAST_SHOWN:]
    first, last = (_text(read.when(one, len(one.values) + place)) or "" for place in (-len(past), len(told.points) - 1))
    for line in band(past, told.points, told.low, told.high, (first, last)):
        out.print(line, markup=False, no_wrap=True, crop=True)
    out.print(t("Method: {method}.", method=told.method), style="dim", markup=False)
    out.print(error_told(told), style="bold", markup=False)


def _tell_all(read: "Read", found: "tuple[Forecast, ...]") -> None:
    from skywright.doors.cli.shapes import spark

    columns = (
        t("series"),
        t("values"),
        t("next"),
        t("from"),
        t("to"),
        t("last step"),
        t("back-test error"),
        t("past and forecast"),
    )
    rows = []
    for one, told in zip(read.series, found, strict=True):
        error = t("none") if told.error_share is None else f"{told.error_share:.1%}"
        numbers = (told.points[0], told.low[0], told.high[0], told.points[-1])
        course = spark([*one.values[-COURSE:], *told.points[:COURSE]])
        rows.append((one.name, len(one.values), *(f"{number:,.6g}" for number in numbers), error, course))
    show.table(columns, rows[:SERIES_SHOWN_MAX], right=columns[1:7])
    out = show.console()
    if len(rows) > SERIES_SHOWN_MAX:
        out.print(t("... and {count} more; --json shows all.", count=len(rows) - SERIES_SHOWN_MAX), style="dim")
    tried = [told.error_share for told in found if told.error_share is not None]
    of = n("{count} series", "{count} series", len(found))
    if tried:
        middle = sorted(tried)[len(tried) // 2]
        out.print(t("{of}; the median error on their own past is {error:.1%}.", of=of, error=middle), style="bold")
    else:
        out.print(t("{of}; none is long enough to be tried on its past.", of=of), style="bold")


def error_told(told: "Forecast") -> str:
    """How far the same method was off on the past, in a sentence."""
    if told.error is None:
        return t("Too little history to try the method on: the interval is a guess.")
    share = "" if told.error_share is None else t(" ({share:.1%})", share=told.error_share)
    times = n("once", "{count} times", told.error_windows)
    return t(
        "Tried {times} on its own past, it was off by {error:,.6g}{share} on average.", times=times, error=told.error, share=share
    )
