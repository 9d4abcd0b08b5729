"""Statements of cost centres as people and programs read them: text, CSV, JSON, Markdown, HTML."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from skywright.doors.cli import show
from skywright.doors.cli.shapes import bar
from skywright.doors.cli.sheet_view import money
from skywright.model.words import t
from skywright.topics.cost.books.exact import plain, shown, total
from skywright.topics.cost.books.period import Period
from skywright.topics.cost.sharing.statements import Statement

ZERO = Decimal(0)


def name_of(statement: Statement) -> str:
    """The cost centre, or that there is none."""
    return t("(unallocated)") if statement.center is None else statement.center


def overview(found: Sequence[Statement], period: Period, cost: str) -> None:
    """One table a currency: every cost centre, and what nobody bears; the total is the bill."""
    from rich.text import Text

    for currency in dict.fromkeys(one.currency for one in found):
        here = [one for one in found if one.currency == currency]
        whole = total(one.total for one in here)
        table = show.frame()
        for head in (t("cost center"), t("direct"), t("shared"), t("total"), t("share"), ""):
            table.add_column(head, justify="left" if head in {t("cost center"), ""} else "right", no_wrap=head != t("cost center"))
        order = sorted(here, key=lambda one: (one.center is None, -one.total))
        cells = zip(order, *_columns(order), strict=True)
        for one, own, shared, added in cells:
            share = float(added / whole) if whole else 0.0
            name = Text(show.clean(name_of(one)), style="yellow" if one.center is None and one.total else "")
            table.add_row(name, money(own), money(shared), money(added), f"{share:.1%}", Text(bar(share), style="blue"))
        table.add_section()
        table.add_row(t("total"), *(money(total(column)) for column in _columns(order)), "", "", style="bold")
        title = t("Who bears the {cost} cost of {period}, in {currency}", cost=t(cost), period=period, currency=currency)
        show.draw(table, title, spare=(5,))
        _exactly(whole, currency)
        for kept in (kept for one in here for kept in one.kept):
            text = t("{share}: {amount} stays unallocated, since {why}.", share=kept.share, amount=plain(kept.amount), why=kept.why)
            show.console().print(text, style="yellow", markup=False)


def _columns(found: Sequence[Statement]) -> tuple[list[Decimal], list[Decimal], list[Decimal]]:
    """Direct and shared in cents that add up, line by line and as columns to the rounded bill."""
    both = shown([amount for one in found for amount in (one.own, total([one.passed, *(kept.amount for kept in one.kept)]))])
    own, shared = both[::2], both[1::2]
    return own, shared, [total(pair) for pair in zip(own, shared, strict=True)]


def _exactly(whole: Decimal, currency: str) -> None:
    text = t("Together {amount} {currency}: the bill, to the last digit.", amount=plain(whole), currency=currency)
    show.console().print(text, style="dim", markup=False)


def detail(one: Statement, period: Period, cost: str) -> None:
    """One cost centre: its own costs by service, its part of every share."""
    about = {"center": name_of(one), "cost": t(cost), "period": period, "currency": one.currency}
    table = show.frame()
    table.add_column(t("what"), overflow="fold")
    table.add_column(t("of"), justify="right", no_wrap=True)
    table.add_column(t("part"), justify="right", no_wrap=True)
    table.add_column(t("amount"), justify="right", no_wrap=True)
    lines = list(_lines(one))
    cents = shown([amount for *_, amount in lines])
    for (what, of, part, _), amount in zip(lines, cents, strict=True):
        table.add_row(show.clean(what), of, part, money(amount))
    table.add_section()
    table.add_row(t("total"), "", "", money(total(cents)), style="bold")
    show.draw(table, t("{center}: {cost} cost of {period}, in {currency}", **about))
    text = t("{amount} {currency} to the last digit.", amount=plain(one.total), currency=one.currency)
    show.console().print(text, style="dim", markup=False)


def _lines(one: Statement) -> Iterator[tuple[str, str, str, Decimal]]:
    for service, amount in one.direct:
        yield service, "", t("direct"), amount
    for line in one.shared:
        ratio = f"{float(line.amount / line.whole):.2%}" if line.whole else ""
        yield t("{share} (shared, {method})", share=line.share, method=t(line.method.value)), money(line.whole), ratio, line.amount
    for kept in one.kept:
        yield t("{share} (not shared: {why})", share=kept.share, why=kept.why), money(kept.amount), "", kept.amount


COLUMNS = ("cost_center", "currency", "what", "kind", "method", "of", "amount")


def rows(found: Sequence[Statement]) -> Iterator[tuple[str, ...]]:
    """Every line of every statement, in full digits; together they are the bill."""
    for one in found:
        center = one.center or ""
        for service, amount in one.direct:
            yield center, one.currency, service, "direct", "", "", plain(amount)
        for line in one.shared:
            yield center, one.currency, line.share, "shared", line.method.value, plain(line.whole), plain(line.amount)
        for kept in one.kept:
            yield center, one.currency, kept.share, "not shared", kept.why, plain(kept.amount), plain(kept.amount)


def as_plain(one: Statement) -> dict[str, Any]:
    """A statement as JSON: amounts as text, in full."""
    return {
        "cost_center": one.center, "currency": one.currency, "total": plain(one.total), "direct_total": plain(one.own),
        "shared_total": plain(one.passed),
        "direct": [{"service": service, "amount": plain(amount)} for service, amount in one.direct],
        "shared": [
            {"share": line.share, "method": line.method.value, "of": plain(line.whole), "amount": plain(line.amount)}
            for line in one.shared
        ],
        "not_shared": [{"share": kept.share, "amount": plain(kept.amount), "why": kept.why} for kept in one.kept],
    }  # fmt: skip


def markdown(found: Sequence[Statement], period: Period, cost: str) -> str:
    """Statements as Markdown, to be sent around."""
    parts = []
    for one in found:
        parts += [f"## {name_of(one)}: {t(cost)} cost of {period}", "", f"| what | part | {one.currency} |", "|---|---|---:|"]
        lines = list(_lines(one))
        cents = shown([amount for *_, amount in lines])
        parts += [f"| {_cell(what)} | {part} | {money(amount)} |" for (what, _, part, _), amount in zip(lines, cents, strict=True)]
        parts += [f"| **total** | | **{money(total(cents))}** |", ""]
    return "\n".join(parts)


def _cell(text: str) -> str:
    return show.clean(text).replace("|", "\\|").replace("\n", " ")


_STYLE = (
    "body{font:15px system-ui;max-width:50em;margin:2em auto;color:#222}table{border-collapse:collapse;width:100%}"
    "td,th{padding:.3em .6em;border-bottom:1px solid #ddd;text-align:left}td:last-child,th:last-child{text-align:right;"
    "font-variant-numeric:tabular-nums}tr:last-child td{font-weight:bold}h2{margin-top:2em}"
)


def html(found: Sequence[Statement], period: Period, cost: str) -> str:
    """Statements as one HTML page that needs nothing else."""
    title = escape(t("Statements of {period}", period=period))
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"]
    for one in found:
        parts.append(f"<h2>{escape(name_of(one))}: {escape(t(cost))} cost of {period}</h2><table>")
        parts.append(f"<tr><th>{t('what')}<th>{t('part')}<th>{escape(one.currency)}</tr>")
        lines = list(_lines(one))
        cents = shown([amount for *_, amount in lines])
        for (what, _, part, _), amount in zip(lines, cents, strict=True):
            parts.append(f"<tr><td>{escape(show.clean(what))}<td>{part}<td>{money(amount)}</tr>")
        parts.append(f"<tr><td>{t('total')}<td><td>{money(total(cents))}</tr></table>")
    return "".join(parts) + "</html>\n"
