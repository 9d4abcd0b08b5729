"""`skywright cost budgets`: where each budget stands, when it runs out, and who must be told."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.forecast import amount
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.errors import AskHuman, BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.cost.budgets import Standing, Step
    from skywright.topics.cost.budgets.alerts import Alert

NEAR = 0.8  # a probability from which a budget is shown in red; 1 - NEAR: in yellow
DAYS, TABLE_SPARE = 12, (11, 4, 5, 9)  # where a table is too wide its days go, then bars, pace, and the error on the past
REACHED = 3
NOT_KNOWN = t("not known")


@click.command()
@click.argument("name", required=False, default="")
@click.option("--at", metavar="DATE", help=t("The period that this day is in (default: today's)."))
@click.option("--notify", is_flag=True, help=t("Tell what is due and was not told yet."))
@click.option("--dry-run", is_flag=True, help=t("With --notify: show what would be told."))
@click.option("--check", is_flag=True, help=t("End with 3 where a threshold is reached, or none can be judged; for a pipeline."))
@JSON
@click.pass_obj
def budgets(context: Context, *, name: str, at: str | None, notify: bool, dry_run: bool, check: bool, json_: bool) -> int:
    """Show the budgets of cost.budgets: spent, pace, forecast, the day each runs out (docs/concepts/budgets.md)."""
    treasury = context.house.treasury
    if notify or dry_run:
        with show.progress(t("Looking at budgets")):
            alerts = treasury.alerts()
        _tell(context, alerts, dry_run=dry_run, json_=json_)
        return 0
    with show.progress(t("Looking at budgets")):
        found = treasury.budgets.standings(context.house.clock.now().date(), name, _day(at))
    if json_:
        show.as_json({"budgets": [plain(one) for one in found]})
    elif not found:
        show.console().print(t("There is no budget. Write one under cost.budgets in skywright.yaml."))
    elif name:
        _one(found[0])
    else:
        _table(found)
    return REACHED if check and any(not one.judged or any(step.reached for step in one.steps) for one in found) else 0


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text if len(text) != len("2026-11") else f"{text}-01")
    except ValueError:
        raise BadInput(t("{text!r} is not a date.", text=text), where="--at", next_step=t("Write 2026-11-20.")) from None


def _tell(context: Context, alerts: "tuple[Alert, ...] | Any", *, dry_run: bool, json_: bool) -> None:
    if dry_run:
        if json_:
            show.as_json({"due": [_plain_alert(alert) for alert in alerts]})
        for alert in () if json_ else alerts:
            show.console().print(t("would tell {who}: {title}", who=alert.notifier, title=alert.message.title), markup=False)
        if not json_:
            show.console().print(n("1 message is due.", "{count} messages are due.", len(alerts)), style="bold")
        return
    sent = context.house.treasury.tell(alerts)
    if json_:
        failed = [{**_plain_alert(alert), "error": error} for alert, error in sent.failed]
        show.as_json({"told": [_plain_alert(alert) for alert in sent.arrived], "failed": failed})
    else:
        for alert in sent.arrived:
            show.console().print(t("told {who}: {title}", who=alert.notifier, title=alert.message.title), markup=False)
        show.console().print(n("1 message was told.", "{count} messages were told.", len(sent.arrived)), style="bold")
    if sent.failed:
        first = sent.failed[0]
        count = n("1 message did not arrive", "{count} messages did not arrive", len(sent.failed))
        raise AskHuman(
            t("{count}; the first: {error}", count=count, error=first[1]),
            next_step=t("They stay due: run it again when that is mended."),
        )


def _plain_alert(alert: "Alert") -> dict[str, Any]:
    return {"notifier": alert.notifier, "message": alert.message}


def plain(one: "Standing") -> dict[str, Any]:
    """A standing as JSON; amounts as text."""
    from skywright.topics.cost.books.exact import plain as full

    return {
        "name": one.name, "start": one.start, "end": one.end, "through": one.through, "currency": one.currency,
        "amount": full(one.amount), "actual": full(one.spent), "pace": full(one.pace),
        "forecast": {"expected": full(one.expected), "low": full(one.low), "high": full(one.high), "coverage": 0.95,
                     "method": one.method, "error_share": one.error_share, "error_windows": one.error_windows},
        "runs_out": _plain_step(one.out), "thresholds": [_plain_step(step) for step in one.steps], "course": one.course,
        "bounds": one.bounds, "uncounted": one.uncounted, "remarks": one.remarks,
    }  # fmt: skip


def _plain_step(step: "Step") -> dict[str, Any]:
    from skywright.topics.cost.books.exact import plain as full

    return {
        "percent": step.percent, "of": step.of, "limit": full(step.limit), "reached": step.reached,
        "probability": round(step.probability, 4), "day": step.day, "earliest": step.earliest, "latest": step.latest,
    }  # fmt: skip


def _table(found: "list[Standing]") -> None:
    from skywright.doors.cli.shapes import bar, spark

    columns = (
        t("budget"),
        t("period"),
        t("amount"),
        t("spent"),
        "",
        t("pace"),
        t("expected"),
        t("from"),
        t("to"),
        t("off by"),
        t("over"),
        t("days"),
    )
    rows = []
    for one in found:
        spent = f"{bar(one.share)} {one.share:.0%}"
        daily = [after - before for before, after in zip((0.0, *one.course), one.course, strict=False)]
        rows.append(
            (one.name, _period(one), f"{amount(one.amount)} {one.currency}", amount(one.spent), spent, amount(one.pace),
             amount(one.expected), amount(one.low), amount(one.high), _off(one), _over(one), spark(daily[-DAYS:]))
        )  # fmt: skip

    show.table(columns, rows, right=(*columns[2:4], *columns[5:11]), styles=_style, spare=TABLE_SPARE)
    for one in found:
        if one.out.probability >= 1 - NEAR or not one.judged:
            show.console().print(_runs_out(one), style=_style(t("over"), _over(one)), markup=False)
    for remark in dict.fromkeys(remark for one in found for remark in one.remarks):
        whose = [one.name for one in found if remark in one.remarks]
        said = remark if len(whose) == len(found) > 1 else f"{', '.join(whose)}: {remark}"
        show.console().print(said, style="dim", markup=False)


def _style(column: str, value: object) -> str:
    if column != t("over"):
        return ""
    if value == NOT_KNOWN:
        return "yellow"
    probability = float(str(value).rstrip("%")) / 100
    return "red" if probability >= NEAR else "yellow" if probability >= 1 - NEAR else "green"


def _over(one: "Standing") -> str:
    return f"{one.out.probability:.0%}" if one.judged else NOT_KNOWN


def _off(one: "Standing") -> str:
    if one.error_share is not None:
        return f"{one.error_share:.1%}"
    return t("not tried") if one.bounds else "-"


def _one(one: "Standing") -> None:
    from skywright.doors.cli.band import band
    from skywright.doors.cli.shapes import bar

    out = show.console()
    last = min(one.through, one.end - timedelta(days=1))
    head = t("{name}, {period}: {spent} of {amount} {currency} spent by {through}", name=one.name, period=_period(one),
             spent=amount(one.spent), amount=amount(one.amount), currency=one.currency, through=last)  # fmt: skip
    out.print(head, style="bold", markup=False)
    out.print(f"{bar(one.share, 40)} {one.share:.1%}", markup=False)
    rows = [
        (t("even pace"), amount(one.pace)),
        (t("expected by the end"), amount(one.expected)),
        (t("95 % interval"), f"{amount(one.low)} .. {amount(one.high)}"),
        (t("probability of passing it"), _over(one)),
        (t("error on the past"), _off(one)),
    ]
    show.table(("", t("value")), rows, right=(t("value"),))
    out.print(_runs_out(one), style="bold", markup=False)
    known = len(one.course) - len(one.bounds)
    low, high = [down for down, _ in one.bounds], [up for _, up in one.bounds]
    days = (str(one.start), str(one.end - timedelta(days=1)))
    for line in band(one.course[:known], one.course[known:], low, high, days) if one.course else ():
        out.print(line, markup=False, no_wrap=True)
    steps = [(f"{step.percent:g} %", step.of.value, amount(step.limit), _state(step)) for step in one.steps]
    show.table((t("threshold"), t("of"), t("amount"), t("state")), steps, right=(t("threshold"), t("amount")))
    for remark in one.remarks:
        out.print(remark, style="dim", markup=False)


def _period(one: "Standing") -> str:
    """``2026-11`` for a month, ``2026-Q4``, ``2026``, or both ends."""
    from skywright.topics.cost.books.period import add_months

    quarter = f"{one.start.year}-Q{(one.start.month + 2) // 3}"
    for months, name in ((1, f"{one.start:%Y-%m}"), (3, quarter), (12, f"{one.start.year}")):
        if one.start.day == 1 and one.end == add_months(one.start, months):
            return name
    return f"{one.start}..{one.end - timedelta(days=1)}"


def _runs_out(one: "Standing") -> str:
    from skywright.topics.cost.budgets.alerts import when_told

    if one.spent >= one.amount:
        return t("{name} ran out on {day}.", name=one.name, day=one.out.day)
    if not one.judged:
        return t("Whether {name} lasts is not known: what is charged in {others} is not counted.", name=one.name,
                 others=", ".join(one.uncounted))  # fmt: skip
    if one.through >= one.end - timedelta(days=1):
        left = amount(one.amount - one.spent)
        return t("{name} lasted: {left} {currency} were not spent.", name=one.name, left=left, currency=one.currency)
    if one.out.day is None:
        return t("{name} will probably last; it is passed with a probability of {share:.0%}.", name=one.name,
                 share=one.out.probability)  # fmt: skip
    return t("{name} will pass 100 % on {when}.", name=one.name, when=when_told(one.out, one.end))


def _state(step: "Step") -> str:
    if step.of == "actual":
        return t("reached on {day}", day=step.day) if step.reached else t("not reached")
    return t("{share:.0%} probable", share=step.probability)
