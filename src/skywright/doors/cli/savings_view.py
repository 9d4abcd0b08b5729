"""How promises are shown beside the bill."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from skywright.doors.cli import show
from skywright.model.kinds import parse_id
from skywright.model.words import n, t
from skywright.topics.cost.realised import Basis, Calibration, Outcome, Settled, calibrate

_STYLES = {
    Outcome.KEPT: "green",
    Outcome.EXCEEDED: "green",
    Outcome.SHORT: "red",
    Outcome.UNSURE: "yellow",
    Outcome.EARLY: "dim",
    Outcome.UNSEEN: "magenta",
}
_BAR = 20


def _word(outcome: Outcome) -> str:
    match outcome:
        case Outcome.KEPT:
            return t("kept")
        case Outcome.SHORT:
            return t("fell short")
        case Outcome.EXCEEDED:
            return t("exceeded")
        case Outcome.UNSURE:
            return t("not clear")
        case Outcome.EARLY:
            return t("too early")
        case Outcome.UNSEEN:
            return t("not in the bill")
        case Outcome.UNPROMISED:
            return t("no promise")


def by_bill(settled: Sequence[Settled], *, json_: bool) -> None:
    """Every change with its counterfactual and what the bill then said."""
    if json_:
        show.as_json({"changes": settled, "total": calibrate(settled, lambda _: "total")})
        return
    if not settled:
        show.console().print(t("No change is in force that was carried out here."))
        return
    columns = (t("done"), t("target"), t("promised"), t("would have cost"), t("cost"), t("saved (95 %)"), t("verdict"))
    words = {_word(outcome): style for outcome, style in _STYLES.items()}
    show.table(columns, [_row(one) for one in settled], right=columns[2:6], styles=lambda _, value: words.get(str(value), ""))
    out = show.console()
    out.print()
    for line in calibrate(settled, lambda _: "total"):
        out.print(_sum(line), style="bold", markup=False)
    for why in sorted({one.why for one in settled if one.why}):
        out.print(
            n("{count} change: {why}.", "{count} changes: {why}.", sum(one.why == why for one in settled), why=why),
            style="dim",
            markup=False,
        )
    for sentence in _without_peers(settled):
        out.print(sentence, style="dim")
    out.print(
        t("Amounts are a month's, from the days around each change that the bill holds wholly (docs/concepts/savings.md)."),
        style="dim",
    )


def _without_peers(settled: Sequence[Settled]) -> Iterator[str]:
    """What the intervals of changes without peers rest on."""
    if alone := sum(one.basis is Basis.TIME for one in settled):
        yield n(
            "{count} change has no peers: before and after, with the interval of how its target moved in the weeks before.",
            "{count} changes have no peers: before and after, with the interval of how their targets moved in the weeks before.",
            alone,
        )
    if alone := sum(one.basis is Basis.DAYS for one in settled):
        yield n(
            "{count} change has neither peers nor four weeks before it: its interval holds no trend.",
            "{count} changes have neither peers nor four weeks before them: their intervals hold no trend.",
            alone,
        )


def by_calibration(settled: Sequence[Settled], *, json_: bool) -> None:
    """How good promises were, by month and by proposer."""
    months = calibrate(settled, lambda one: one.kept.done_at.strftime("%Y-%m"))
    proposers = calibrate(settled, lambda one: one.kept.proposer or t("(by hand)"))
    if json_:
        show.as_json({"months": months, "proposers": proposers, "total": calibrate(settled, lambda _: "total")})
        return
    if not settled:
        show.console().print(t("No change is in force that was carried out here."))
        return
    for title, lines in ((t("month"), months), (t("proposer"), proposers)):
        columns = (title, t("changes"), t("promised"), t("realised"), t("ratio"), "", t("promises kept"), t("open"))
        show.table(columns, [_line(line) for line in lines], right=(*columns[1:5], *columns[6:]))
        show.console().print()


def _row(one: Settled) -> tuple[object, ...]:
    name = parse_id(one.kept.target)
    promised = one.kept.promised
    return (
        one.kept.done_at.strftime("%Y-%m-%d"),
        f"{name.kind} {name.native_id}",
        f"{promised.amount:,.2f}" if promised else t("not known"),
        _money(one.counterfactual),
        _money(one.actual),
        _interval(one),
        _word(one.outcome),
    )


def _interval(one: Settled) -> str:
    if one.realised is None or one.low is None or one.high is None:
        return ""
    return f"{one.realised:,.2f} ({one.low:,.2f} .. {one.high:,.2f})"


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"


def _sum(line: Calibration) -> str:
    if not line.changes:
        return n("The bill does not tell of {count} change yet.", "The bill does not tell of {count} changes yet.", line.open)
    return t(
        "Promised {promised:,.2f} {currency} a month; by the bill {realised:,.2f} ({ratio:.0%}). {kept:.0%} of promises kept.",
        promised=line.promised,
        currency=line.currency,
        realised=line.realised,
        ratio=line.ratio or 0.0,
        kept=line.kept,
    )


def _line(line: Calibration) -> tuple[object, ...]:
    if not line.changes:
        return (line.name, 0, "", "", "", "", "", line.open)
    ratio = line.ratio or 0.0
    bar = "█" * max(0, min(_BAR, round(ratio * _BAR / 2)))
    amounts = (f"{line.promised:,.2f} {line.currency}", f"{line.realised:,.2f}")
    return (line.name, line.changes, *amounts, f"{ratio:.2f}", bar, f"{line.kept:.0%}", line.open)
