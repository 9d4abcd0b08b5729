"""`skywright cost workloads`: machines of clusters split among what ran on them; with what is idle, together the bill."""

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.show import PERIOD, measure_of, period_of
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.doors.cli.shapes import bar
from skywright.doors.cli.sheet_view import FALL, RISE, money
from skywright.model.words import n, t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from skywright.topics.cost.workloads.allocate import Bearer, Bill, Row

LINES = 25
WASTE, USE = 0.5, 0.8
"""Below and above which the used share of what is charged is shown as a waste or as good use."""


@click.command()
@click.option("--by", default="namespace", show_default=True, help=t("cluster, node, namespace, workload, pod, label:KEY."))
@PERIOD
@click.option(
    "--cost",
    type=click.Choice(["billed", "cash", "effective", "amortised", "amortized", "list", "contracted"]),
    default="effective",
    show_default=True,
    help=t("Effective (amortised) spreads commitments over the machines that use them."),
)
@click.option("--top", type=click.IntRange(1), default=LINES, show_default=True, help=t("So many workloads; the rest is added up."))
@click.option(
    "--beside", type=click.Choice(["opencost"]), help=t("Lay what OpenCost says beside it (import its allocation first).")
)
@click.option("--csv", "csv_", is_flag=True, help=t("Print CSV, every line, every digit."))
@JSON
@click.pass_obj
def workloads(
    context: Context, *, by: str, period: str | None, cost: str, top: int, beside: str | None, csv_: bool, json_: bool
) -> None:
    """Show who bears the machines of Kubernetes clusters and swarms: each node's bill by what ran on it (the greater of what was
    asked for and what was used), what is idle, what the node keeps for itself. Together exactly the machines' bill."""
    from skywright.topics.cost.workloads.allocate import grouped
    from skywright.topics.cost.workloads.room import parse_names

    names = parse_names(by)
    span, measure = period_of(context, period), measure_of(cost)
    room = context.house.treasury.workloads
    with show.progress(t("Splitting the machines")):
        bill = room.bill(span, measure)
        other = room.beside(span, measure, names[0]) if beside and names else None
    rows = grouped(bill, names)
    if json_:
        show.as_json({"by": names, "period": str(span), "cost": measure.value, **_plain(bill, rows, names, other)})
    elif csv_:
        _as_csv(rows, names)
    else:
        for currency in bill.billed:
            title = t(
                "Who bears the machines of {period}: {cost} cost in {currency}",
                period=span,
                cost=t(measure.value),
                currency=currency,
            )
            table = _table([row for row in rows if row.currency == currency], names, top, other)
            show.draw(table, title, spare=(len(table.columns) - 1,))
            _below(bill, currency, other)


def _words(bearer: "Bearer") -> str:
    from skywright.topics.cost.workloads.allocate import Bearer

    match bearer:
        case Bearer.WORKLOAD:
            return ""
        case Bearer.SYSTEM:
            return t("system")
        case Bearer.IDLE:
            return t("idle")
        case Bearer.IDLE_GPUS:
            return t("idle GPUs")
        case Bearer.OVERHEAD:
            return t("kept by the node")


def _table(rows: "Sequence[Row]", names: "Sequence[str]", top: int, other: "Mapping[str, Decimal] | None") -> "Table":
    from rich.text import Text

    from skywright.topics.cost.books.exact import shown, total

    table = show.frame()
    for name in (*names, ""):
        table.add_column(name, overflow="fold")
    gpus = any(row.gpus for row in rows)
    for name in (t("cost"), t("share"), t("used"), *((t("GPUs idle"),) if gpus else ()),
                 *(("OpenCost", t("difference")) if other is not None else ())):  # fmt: skip
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    rows = _folded(rows, top)
    cents = shown([row.amount for row in rows])
    whole = total(row.amount for row in rows)
    for row, amount in zip(rows, cents, strict=True):
        share = float(row.amount / whole) if whole else 0.0
        style = {"idle": "yellow", "idle-gpus": "yellow", "overhead": "dim", "system": "dim"}.get(row.bearer.value, "")
        keys = [show.clean(part) for part in row.key] or [""] * len(names)
        theirs = _theirs(row, other)
        table.add_row(
            *keys,
            _words(row.bearer),
            money(amount),
            f"{share:.1%}",
            _used(row.used),
            *(((t("not known") if row.gpus_idle is None else money(row.gpus_idle)) if row.gpus else "",) if gpus else ()),
            *theirs,
            Text(bar(share), style="blue"),
            style=style,
        )
    table.add_section()
    table.add_row(t("total"), *[""] * len(names), money(total(cents)), *[""] * (len(table.columns) - len(names) - 2), style="bold")
    return table


def _folded(rows: "Sequence[Row]", top: int) -> "list[Row]":
    """The dearest workloads, the others in one line; what is idle or kept by nodes in one line each unless it was told apart."""
    from skywright.topics.cost.books.exact import total
    from skywright.topics.cost.workloads.allocate import Bearer, Row

    found: list[Row] = []
    for bearer in Bearer:
        here = [row for row in rows if row.bearer is bearer]
        rest = here[top:] if len(here) > top + 1 else []
        found += here[: len(here) - len(rest)]
        if rest:
            label = (n("{count} other", "{count} others", len(rest)), *[""] * (len(rest[0].key) - 1))
            found.append(
                Row(
                    bearer=bearer,
                    key=label,
                    currency=rest[0].currency,
                    amount=total(row.amount for row in rest),
                    used=None,
                    gpus=any(row.gpus for row in rest),
                    gpus_idle=_together(rest),
                )
            )
    return found


def _together(rows: "Sequence[Row]") -> Decimal | None:
    """What of several rows is idle, where it is known of all that have graphics processors."""
    known = [row.gpus_idle for row in rows if row.gpus]
    return None if None in known else sum((one for one in known if one is not None), Decimal(0))


def _used(used: Fraction | None) -> Any:
    from rich.text import Text

    if used is None:
        return ""
    share = float(used)
    return Text(f"{share:.0%}", style=RISE if share < WASTE else FALL if share > USE else "")


def _theirs(row: "Row", other: "Mapping[str, Decimal] | None") -> list[str]:
    if other is None:
        return []
    name = "__idle__" if row.bearer.value == "idle" else row.key[0]
    theirs = other.get(name)
    if theirs is None or row.bearer.value == "overhead":
        return ["-", ""]
    return [money(theirs), f"{theirs - row.amount:+,.2f}"]


def _below(bill: "Bill", currency: str, other: "Mapping[str, Decimal] | None") -> None:
    from skywright.topics.cost.books.exact import plain, total

    out = show.console()
    idle = total(part.amount for part in bill.parts if part.currency == currency and part.bearer.value == "idle")
    whole = bill.billed[currency]
    nodes = {part.node.machine: part.node.name for part in bill.parts if part.currency == currency}
    counts = [n("{count} machine", "{count} machines", sum(map(bool, nodes.values())))]
    if volumes := sum(not name for name in nodes.values()):
        counts.append(n("{count} volume", "{count} volumes", volumes))
    text = t("Together {amount} {currency}: the bill of {machines}, to the last digit.", amount=plain(whole), currency=currency,
             machines=t(" and ").join(counts))  # fmt: skip
    out.print(text, style="dim", markup=False)
    if whole:
        out.print(t("{share:.1%} of it is idle.", share=float(idle / whole)), style="yellow", markup=False)
    if other is not None:
        theirs = total(other.values())
        share = float((theirs - whole) / whole) if whole else 0.0
        text = t(
            "OpenCost's total is {theirs}, {share:+.1%} from the bill.", theirs=money(theirs.quantize(Decimal("0.01"))), share=share
        )
        out.print(text, style="yellow" if abs(share) > 0.01 else "dim", markup=False)


def _plain(bill: "Bill", rows: "Sequence[Row]", names: "Sequence[str]", other: "Mapping[str, Decimal] | None") -> dict[str, Any]:
    from skywright.topics.cost.books.exact import plain

    return {
        "billed": {currency: plain(amount) for currency, amount in bill.billed.items()},
        "lines": [
            {
                "bearer": row.bearer.value, "key": dict(zip(names, row.key, strict=True)), "currency": row.currency,
                "amount": plain(row.amount), "used": None if row.used is None else round(float(row.used), 6),
                "gpus_idle": None if row.gpus_idle is None else plain(row.gpus_idle),
            }
            for row in rows
        ],
        "opencost": None if other is None else {name: plain(amount) for name, amount in other.items()},
    }  # fmt: skip


def _as_csv(rows: "Sequence[Row]", names: "Sequence[str]") -> None:
    from skywright.topics.cost.books.exact import plain

    lines = [(*row.key, row.bearer.value, row.currency, plain(row.amount)) for row in rows]
    show.as_csv((*names, "bearer", "currency", "amount"), lines)
