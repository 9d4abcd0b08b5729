"""How anomalies are shown: a table of what was not as expected, and under it why and what happened."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from skywright.doors.cli import shapes, show
from skywright.model.words import n, t
from skywright.topics.cost.anomalies.nouns import Anomaly, Driver, Effects, Explanation, Report, Shape, Sort

_CAUSES_MAX, _SPARK_DAYS, _NAME_MAX, _TABLE_WIDTH_MIN = 2, 14, 32, 110


def draw(report: Report, most: int) -> None:
    """Print a report; ``most`` anomalies, the dearest first; one below the other where the terminal is narrow."""
    out = show.console()
    out.print(_summary(report), style="bold", markup=False)
    if out.width < _TABLE_WIDTH_MIN:
        _blocks(report.anomalies[:most])
    else:
        _table(report.anomalies[:most])
    if len(report.anomalies) > most:
        out.print(t("... and {count} more; --json shows all.", count=len(report.anomalies) - most), style="dim")
    for one in report.anomalies[:most]:
        for remark in one.remarks:
            out.print(f"{days(one)} {where(one)}: {remark}", style="dim", markup=False)
    for remark in report.remarks:
        out.print(remark, style="dim", markup=False)


def _blocks(found: Sequence[Anomaly]) -> None:
    out = show.console()
    for one in found:
        head = f"{days(one)}  {one.impact:+,.2f} {one.currency}  {shapes.spark(one.trend[-_SPARK_DAYS:])}"
        out.print(head, style=_style(t("impact"), f"{one.impact:+}"), markup=False)
        lines = (
            show.clean(where(one)),
            t("{actual} instead of {expected}", actual=f"{one.actual:,.2f}", expected=f"{one.expected:,.2f}"),
            show.clean(cause(one)),
            t("explained by: {what}", what=show.clean(explained(one.explanations)) or t("not known")),
        )
        for line in filter(None, lines):
            out.print(f"  {line}", markup=False)


def _table(found: Sequence[Anomaly]) -> None:
    columns = (t("date"), t("where"), t("expected"), t("actual"), t("impact"), t("14 days"), t("cause"), t("explained by"))
    rows = [
        (
            days(one),
            where(one),
            f"{one.expected:,.2f}",
            f"{one.actual:,.2f}",
            f"{one.impact:+,.2f} {one.currency}",
            shapes.spark(one.trend[-_SPARK_DAYS:]),
            cause(one),
            explained(one.explanations) or t("not known"),
        )
        for one in found
    ]
    if rows:
        show.table(columns, rows, right=columns[2:5], styles=_style)


def _summary(report: Report) -> str:
    leaves = n("{count} series", "{count} series", report.leaves)
    span = t("{since} to {until}", since=report.since, until=report.until)
    if not report.anomalies:
        return t("Nothing was out of the ordinary: {leaves}, {span}.", leaves=leaves, span=span)
    found = n("{count} anomaly", "{count} anomalies", len(report.anomalies))
    sums: dict[str, list[Decimal]] = {}
    for one in report.anomalies:
        sums.setdefault(one.currency, [Decimal(0), Decimal(0)])[one.impact < 0] += one.impact
    told = ((t(" and ").join(f"{one:+,.2f}" for one in both if one), currency) for currency, both in sorted(sums.items()))
    money = "; ".join(f"{amounts} {currency}" for amounts, currency in told)
    return t("{found} in {leaves}, {span}: {money}.", found=found, leaves=leaves, span=span, money=money)


def _style(column: str, value: object) -> str:
    if column == t("impact"):
        return "red" if str(value).startswith("+") else "green"
    return "dim" if value == t("not known") else ""


def days(one: Anomaly) -> str:
    """When: a day, days on end, or the hour where the bill tells it."""
    if one.hour is not None and one.since == one.until:
        return f"{one.hour:%Y-%m-%d %H:00}"
    if one.since == one.until:
        return str(one.since)
    return (
        f"{one.since}..{one.until:%d}"
        if one.since.replace(day=1) == one.until.replace(day=1)
        else f"{one.since}..{one.until:%m-%d}"
    )


def where(one: Anomaly) -> str:
    """Which branch of the tree; what is no usage says what it is."""
    place = " / ".join(one.key) or t("everything")
    return place if one.sort is Sort.USAGE else f"{place} ({one.sort.value})"


def cause(one: Anomaly) -> str:
    """What in the bill moved."""
    parts = [shape(one.shape)] if one.shape in (Shape.NEW, Shape.GONE) else []
    if one.effects is not None:
        parts.append(effects(one.effects))
    shown: dict[str, list[str]] = {}
    for driver in one.drivers:
        shown.setdefault(driver.dimension, []).append(f"{_came(driver)}{short(driver.value)} {driver.share:.0%}")
    parts += [f"{dimension} {', '.join(values[:3])}" for dimension, values in [*shown.items()][:_CAUSES_MAX]]
    if one.offset_by:
        parts.append(t("offset by {other}", other=one.offset_by))
    return "; ".join(parts)


def _came(one: Driver) -> str:
    """Whether it was not there before, or is not any more."""
    if not one.expected:
        return t("new ")
    return "" if one.actual else t("gone ")


def short(name: str) -> str:
    """A resource's long name (an ARN, a path) by its last part, cut where that is long too; --json has it whole."""
    last = re.split(r"[/:](?=[^/:]*$)", name)[-1] or name
    return last if len(last) <= _NAME_MAX else last[: _NAME_MAX - 1] + "…"


def shape(one: Shape) -> str:
    """A shape in a word."""
    match one:
        case Shape.RISE:
            return t("rise")
        case Shape.DROP:
            return t("drop")
        case Shape.NEW:
            return t("new")
        case Shape.GONE:
            return t("gone")


def effects(one: Effects) -> str:
    """Which of volume and price moved the cost; both where each makes a fifth."""
    whole = abs(one.volume) + abs(one.price)
    if abs(one.price) * 5 < whole:
        return t("volume {amount}", amount=f"{one.volume:+,.2f}")
    if abs(one.volume) * 5 < whole:
        return t("price {amount}", amount=f"{one.price:+,.2f}")
    return t("volume {volume}, price {price}", volume=f"{one.volume:+,.2f}", price=f"{one.price:+,.2f}")


def explained(found: Sequence[Explanation]) -> str:
    """What happened: surely, on the resources in question; or near in time and place, and no more is claimed."""
    if not found:
        return ""
    best = found[0]
    event = best.event
    about = ", ".join(filter(None, (event.resource.rpartition("/")[2], _when(event.since, event.until), event.who)))
    what = f"{event.what} ({about})"
    more = f" +{len(found) - 1}" if len(found) > 1 else ""
    return (what if best.sure else t("perhaps: {what}", what=what)) + more


def _when(since: datetime, until: datetime) -> str:
    if since == until:
        return f"{since:%m-%d %H:%M}"
    return f"{since:%m-%d %H:%M}..{until:%m-%d %H:%M}"


def plain(report: Report) -> dict[str, Any]:
    """A report as JSON: amounts as text, in full."""
    built: dict[str, Any] = _amounts(msgspec.to_builtins(report, builtin_types=(Decimal,)))
    return built


def _amounts(value: Any) -> Any:
    from skywright.topics.cost.books.exact import plain as full

    match value:
        case Decimal():
            return full(value)
        case dict():
            return {key: _amounts(one) for key, one in value.items()}
        case list() | tuple():
            return [_amounts(one) for one in value]
        case _:
            return value
