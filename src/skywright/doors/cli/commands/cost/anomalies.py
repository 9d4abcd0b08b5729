"""`skywright cost anomalies`: what a bill, or a series of your own, did that was not to be expected."""

from datetime import date
from decimal import Decimal, InvalidOperation
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
    from skywright.model.series import Surprise
    from skywright.topics.cost.anomalies.find import Search
    from skywright.topics.series.anomaly.detector import Detector, Judged
    from skywright.topics.series.anomaly.points import Points

FILE = click.Path(path_type=Path, dir_okay=False)
_SHOWN_MAX = 50
_DAYS = 30


class _Money(click.ParamType[Decimal]):
    """An amount, exact."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            amount = Decimal(value)
        except InvalidOperation:
            self.fail(t("{value!r} is not an amount.", value=value), param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(t("{value!r} is not an amount of at least 0.", value=value), param, ctx)
        return amount


MONEY = _Money()


@click.command()
@click.option("--series", type=FILE, metavar="FILE", help=t("Judge a series of your own: CSV with timestamp,value."))
@click.option("--state", type=FILE, metavar="FILE", help=t("Go on from what FILE remembers of the series, and keep it there."))
@click.option("--alarm", type=click.FloatRange(0, 1), help=t("Show points of a series with at least this score (default 0.7)."))
@click.option("--period", help=t("Days of the bill: 2026-09, 30d, 2026-09-01..2026-09-15, ... (default: its last 30 days)."))
@click.option("--since", metavar="DAY", help=t("From this day to the last one."))
@click.option("--by", help=t("The tree that is judged, trunk to leaf: account,service,region,usage_type,tag:team."))
@click.option("--min-impact", type=MONEY, metavar="AMOUNT", help=t("Leave out what amounts to less (default: cost.anomalies)."))
@click.option("--who", is_flag=True, help=t("Ask the clouds' audit trails who changed what."))
@click.option("--top", type=click.IntRange(1), default=_SHOWN_MAX, show_default=True, help=t("So many, the dearest first."))
@JSON
@click.pass_obj
def anomalies(context: Context, *, series: Path | None, state: Path | None, alarm: float | None, period: str | None,
              since: str | None, by: str | None, min_impact: Decimal | None, who: bool, top: int, json_: bool) -> None:  # fmt: skip
    """Show what was not to be expected, why, and what happened (docs/concepts/anomalies.md has the formats and the method)."""
    of_bill = {"--period": period, "--since": since, "--by": by, "--min-impact": min_impact, "--who": who or None}
    of_series = {"--state": state, "--alarm": alarm}
    wrong = [name for name, value in (of_bill if series else of_series).items() if value is not None]
    if wrong:
        other = t("a bill, not for --series") if series else t("--series FILE")
        raise click.UsageError(t("{name} is for {other}.", name=wrong[0], other=other))
    if period and since:
        raise click.UsageError(t("Give --period or --since, not both."))
    if series is not None:
        _series(series, state, alarm, json_=json_)
        return
    _bill(context, _search(context, period, since, by, min_impact), who=who, top=top, json_=json_)


def _bill(context: Context, search: "Search", *, who: bool, top: int, json_: bool) -> None:
    from skywright.doors.cli import anomaly_view

    with show.progress(t("Judging the bill")):
        report, failures = context.house.treasury.anomalies(search, who=who)
    if report is None:
        raise BadInput(t("The ledger holds no usage."), next_step=t("Read bills with `skywright cost import PATH`."))
    if json_:
        show.as_json({**anomaly_view.plain(report), "trails_not_read": failures})
        return
    anomaly_view.draw(report, top)
    for failure in failures:
        show.errors().print(failure, style="magenta", markup=False)


def _search(context: Context, period: str | None, since: str | None, by: str | None, least: Decimal | None) -> "Search":
    from skywright.topics.cost.anomalies.find import Search
    from skywright.topics.cost.books.period import parse_period
    from skywright.topics.cost.books.room import parse_by

    house = context.house
    settings = house.settings.cost.anomalies
    if by:
        settings = msgspec.structs.replace(settings, by=parse_by(by))
    if least is not None:
        settings = msgspec.structs.replace(settings, min_impact=least)
    today = house.clock.now().date()
    if period:
        span = parse_period(period, today)
        return Search(span.start, span.end, settings)
    if since:
        return Search(parse_period(since, today).start, date.max, settings)
    return Search(house.treasury.last_days(_DAYS), date.max, settings)


def _series(path: Path, state: Path | None, alarm: float | None, *, json_: bool) -> None:
    from skywright.adapters.columns import read_sheet
    from skywright.doors.cli.commands.scaling.replay import need_numpy
    from skywright.topics.series.anomaly.points import points
    from skywright.topics.series.anomaly.watch import ALARM, surprises, watch, written

    need_numpy()
    sheet = read_sheet(path)
    read = points(sheet.path, sheet.names, sheet.rows, sheet.lines)
    detector = _detector(state)
    with show.progress(t("Judging")) as told:
        judged = list(watch(detector, read, lambda done: told(path.name, done, len(read.values))))
    if state is not None:
        _keep(state, written(detector))
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


def _keep(state: Path, memory: bytes) -> None:
    """Write a memory so that it is there whole or as it was. Raises BadInput where it cannot be written."""
    part = state.with_name(state.name + ".part")
    try:
        part.write_bytes(memory)
        part.replace(state)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(
            t("cannot be written: {reason}.", reason=reason), where=str(state), next_step=t("Check the path.")
        ) from error


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
