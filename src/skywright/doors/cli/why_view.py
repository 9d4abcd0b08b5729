"""Why a cost changed, as people read it: a waterfall, the keys that moved, and the items behind them."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from skywright.doors.cli import show
from skywright.doors.cli.sheet_view import FALL, RISE, money, percent, unnamed
from skywright.model.words import n, t
from skywright.topics.cost.books.exact import decimal_of, minus, plain, shown, total
from skywright.topics.cost.books.why import Answer, Effect, Group, Item, Side, moves

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

WIDTH_MAX, WIDTH_MIN, BESIDE = 44, 12, 18
SAID_MAX = 3


def draw(answer: Answer, top: int, cost: str) -> None:
    """A waterfall a currency; then the keys and the items with the largest changes."""
    for whole in answer.totals:
        about = {"cost": t(cost), "period": answer.period, "compared": answer.compared, "currency": whole.currency}
        title = t("Why the {cost} cost of {period} is not that of {compared}, in {currency}", **about)
        show.draw(_waterfall(answer, whole), title, spare=(2,))
        groups = [_groups(answer, whole.currency, top)] if answer.by else []
        for table in (*groups, _items(answer, whole.currency, top)):
            if table.row_count:
                show.console().print()
                show.draw(table)
        text = t(
            "The effects add up to the difference, {change} {currency}, to the last digit.",
            change=plain(whole.change),
            currency=whole.currency,
        )
        show.console().print(text, style="dim", markup=False)
    for remark in answer.remarks:
        show.console().print(remark, style="yellow", markup=False)


def _table(*heads: tuple[str, str]) -> "Table":
    table = show.frame()
    for name, justify in heads:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold", no_wrap=justify == "right")
    return table


def _waterfall(answer: Answer, whole: Group) -> "Table":
    from rich.text import Text

    table = _table(("", "left"), (whole.currency, "right"), ("", "left"))
    effects = sorted(whole.effects.items(), key=lambda item: -item[1])
    before, *cents = shown([whole.before, *(amount for _, amount in effects)])
    stations = [before]
    for amount in cents:
        stations.append(stations[-1] + amount)
    axis = _axis(stations)
    width = min(WIDTH_MAX, max(WIDTH_MIN, show.console().width - BESIDE - max(len(str(answer.compared)), len(str(answer.period)))))
    table.add_row(str(answer.compared), money(before), Text(_piece(axis[0], before, axis, width), style="blue"), style="bold")
    for (effect, _), amount, start, end in zip(effects, cents, stations, stations[1:], strict=False):
        style = RISE if amount > 0 else FALL
        table.add_row(t(effect.value), Text(f"{amount:+,.2f}", style=style), Text(_piece(start, end, axis, width), style=style))
    after = _piece(axis[0], stations[-1], axis, width)
    table.add_row(str(answer.period), money(stations[-1]), Text(after, style="blue"), style="bold")
    change = minus(stations[-1], before)
    table.add_row(t("change"), f"{change:+,.2f}", percent(stations[-1], before), style="bold")
    return table


def _axis(stations: list[Decimal]) -> tuple[float, float]:
    """From where to where the picture goes: the steps must be seen, so it need not begin at zero."""
    low, high = float(min(stations)), float(max(stations))
    span = high - low or abs(high) or 1.0
    begin = low - span / 3
    return (0.0 if 0 < low < 2 * span else begin), high


def _piece(start: Decimal | float, end: Decimal | float, axis: tuple[float, float], width: int) -> str:
    """A stretch of a bar between two values."""
    low, high = axis
    scale = width / (high - low or 1.0)
    first, last = sorted(((float(start) - low) * scale, (float(end) - low) * scale))
    left, right = round(first), round(last)
    return " " * left + ("█" * (right - left) if right > left else "▏")


def _groups(answer: Answer, currency: str, top: int) -> "Table":
    from rich.text import Text

    groups = [one for one in answer.groups if one.currency == currency and one.effects]
    rest = groups[top:] if len(groups) > top + 1 else []
    named = groups[: len(groups) - len(rest)]
    heads = [(name, "left") for name in answer.by]
    table = _table(
        *heads, (str(answer.compared), "right"), (str(answer.period), "right"), (t("change"), "right"), (t("mainly"), "left")
    )
    changes = shown([one.change for one in [*named, *rest]])
    for one, change in zip(named, changes, strict=False):
        style = RISE if change > 0 else FALL if change < 0 else "dim"
        keys = [show.clean(part) if part is not None else unnamed(name) for name, part in zip(answer.by, one.key, strict=True)]
        table.add_row(*keys, money(one.before), money(one.after), Text(f"{change:+,.2f}", style=style), _mainly(one.effects))
    if rest:
        others = [n("{count} other", "{count} others", len(rest)), *[""] * (len(answer.by) - 1)]
        sums = (
            money(total(one.before for one in rest)),
            money(total(one.after for one in rest)),
            f"{total(changes[len(named) :]):+,.2f}",
        )
        table.add_row(*others, *sums, "", style="dim")
    return table


def _mainly(effects: Mapping[Effect, Any]) -> "Text":
    from rich.text import Text

    order = sorted(effects.items(), key=lambda item: -abs(item[1]))[:SAID_MAX]
    return Text(", ").join(
        Text(f"{t(effect.value)} {float(amount):+,.2f}", style=RISE if amount > 0 else FALL) for effect, amount in order
    )


def _items(answer: Answer, currency: str, top: int) -> "Table":
    heads = (
        (t("what is behind it"), "left"),
        (t("change"), "right"),
        (t("quantity"), "left"),
        (t("price"), "left"),
        (t("mainly"), "left"),
    )
    table = _table(*heads)
    for item in [one for one in answer.items if one.currency == currency][:top]:
        change = minus(item.after.converted, item.before.converted)
        if not change:
            break
        name = " · ".join(show.clean(part) for part in (item.sku, item.account, item.region) if part)
        table.add_row(name, f"{change:+,.2f}", *_both(item), _mainly(moves(item)))
    return table


def _both(item: Item) -> tuple[str, str]:
    if item.kind is not None or not (item.before.quantity or item.after.quantity):
        return "", ""
    return f"{_arrow(_quantity(item.before), _quantity(item.after))} {item.unit}".rstrip(), _arrow(
        _price(item.before), _price(item.after)
    )


def _arrow(before: str, after: str) -> str:
    return after if before == after else f"{before or '-'} → {after or '-'}"


def _quantity(side: Side) -> str:
    return f"{side.quantity.normalize():,f}" if side.quantity else ""


def _price(side: Side) -> str:
    if not side.quantity:
        return ""
    return f"{float(Fraction(side.cost) / Fraction(side.quantity)):.4g}"


def plain_answer(answer: Answer) -> dict[str, Any]:
    """The answer as JSON: amounts as text, in full."""
    return {
        "by": answer.by, "period": str(answer.period), "compared": str(answer.compared),
        "totals": [_plain_group(answer, one) for one in answer.totals],
        "lines": [_plain_group(answer, one) for one in answer.groups],
        "items": list(_plain_items(answer.items)), "remarks": answer.remarks,
    }  # fmt: skip


def _plain_group(answer: Answer, one: Group) -> dict[str, Any]:
    return {
        "key": dict(zip(answer.by, one.key, strict=True)) if one.key else {}, "currency": one.currency, "before": plain(one.before),
        "after": plain(one.after), "change": plain(one.change), "effects": {e.value: plain(a) for e, a in one.effects.items()},
    }  # fmt: skip


def _plain_items(items: Iterable[Item]) -> Iterator[dict[str, Any]]:
    for one in items:
        yield {
            "sku": one.sku, "account": one.account, "region": one.region, "unit": one.unit, "currency": one.currency,
            "before": _plain_side(one.before), "after": _plain_side(one.after),
            "effects": {effect.value: plain(decimal_of(amount)) for effect, amount in moves(one).items()},
        }  # fmt: skip


def _plain_side(side: Side) -> dict[str, str | None] | None:
    if not side.there:
        return None
    return {
        "cost": plain(side.cost),
        "list": plain(side.listed),
        "quantity": plain(side.quantity) if side.quantity is not None else None,
    }
