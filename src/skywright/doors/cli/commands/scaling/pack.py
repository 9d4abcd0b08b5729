"""`skywright scaling pack`: how few nodes hold everything, and how far from the fewest at most."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.commitments_view import with_solver
from skywright.doors.cli.options import JSON
from skywright.model.errors import BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.adapters.columns import Sheet
    from skywright.topics.packing.pack import Packing
    from skywright.topics.packing.problem import Bin, Item, Problem

FILE = click.Path(path_type=Path, dir_okay=False)
_NAMES = ("name", "id", "item", "pod", "bin", "node", "type")


@click.command()
@click.option("--items", type=FILE, required=True, metavar="FILE", help=t("What to pack: one row an item, one column a dimension."))
@click.option("--bin", "size", metavar="CPU,MEM", help=t("What one node holds, in the units of the items' columns."))
@click.option("--bins", type=FILE, metavar="FILE", help=t("Kinds of nodes: name, sizes, price, and at most how many (most)."))
@click.option(
    "--columns", metavar="NAMES", help=t("The items' columns, in the bin's order; otherwise the first that hold numbers.")
)
@click.option("--skip-larger", is_flag=True, help=t("Leave out items that no node holds, and say how many."))
@click.option("--seconds", type=click.FloatRange(0.1, 3600), default=60.0, show_default=True, help=t("Search no longer than this."))
@JSON
def pack(
    *, items: Path, size: str | None, bins: Path | None, columns: str | None, skip_larger: bool, seconds: float, json_: bool
) -> None:
    """Pack items into as few nodes as can be, or into the cheapest (docs/concepts/packing.md has the formats)."""
    from skywright.adapters.columns import read_sheet
    from skywright.topics.packing.pack import pack as solve
    from skywright.topics.packing.problem import problem
    from skywright.topics.packing.proof import packed, violations

    with_solver()
    kinds = _bins(size, bins)
    sheet = read_sheet(items)
    which = _which(sheet, columns, len(kinds[0].sizes))
    things = _items(sheet, which)
    kept = [one for one in things if any(_holds(kind, one) for kind in kinds)] if skip_larger else things
    given = problem(kept, kinds)
    started = monotonic()
    with show.progress(t("Packing")):
        found = solve(given, seconds)
    took = monotonic() - started
    filled = packed(given, found)
    if broken := violations(given, filled, found):
        raise AssertionError(f"the packing does not hold: {broken}")
    if json_:
        told = [{"bin": one.bin, "items": [given.items[index].name for index in one.items]} for one in filled]
        show.as_json({**_figures(given, found, took), "left_out": len(things) - len(kept), "bins": told})
        return
    _tell(given, found, took, len(things) - len(kept))
    _used(given, found, [sheet.names[index] for index in which])
    show.console().print(t("Every item is in one node and no node is too full (checked apart from the packer)."), style="green")


def _holds(kind: "Bin", item: "Item") -> bool:
    return all(amount <= most for amount, most in zip(item.sizes, kind.sizes, strict=True))


def _bins(size: str | None, file: Path | None) -> "list[Bin]":
    from skywright.topics.packing.problem import Bin

    if (size is None) == (file is None):
        raise click.UsageError(t("Give --bin CPU,MEM or --bins FILE."))
    if file is not None:
        return _kinds(file)
    try:
        return [Bin("node", tuple(Decimal(part.strip()) for part in (size or "").split(",")))]
    except InvalidOperation:
        message = t("{size} is not sizes with commas between.", size=repr(size))
        raise BadInput(message, where="--bin", next_step=t("Write --bin 96000,393216.")) from None


def _kinds(file: Path) -> "list[Bin]":
    from skywright.adapters.columns import read_sheet
    from skywright.topics.packing.problem import Bin

    sheet = read_sheet(file)
    name, price, most = sheet.find(*_NAMES), sheet.find("price", "cost", "hourly"), sheet.find("most", "count")
    sizes = [sheet.decimals(index) for index in range(len(sheet.names)) if index not in (name, price, most)]
    prices = sheet.decimals(price) if price is not None else (Decimal(1),) * len(sheet.rows)
    limits = [row[most] if most is not None else "" for row in sheet.rows]
    return [
        Bin(
            sheet.rows[row][name] if name is not None else t("kind {number}", number=row + 1),
            tuple(column[row] for column in sizes),
            prices[row],
            _limit(limits[row], f"{sheet.path}:{sheet.lines[row]}"),
        )
        for row in range(len(sheet.rows))
    ]


def _limit(text: str, where: str) -> int | None:
    """How many nodes of a kind there may be: nothing means any number."""
    if not text:
        return None
    if not text.isdecimal():
        message = t("{text} is not a number of nodes.", text=repr(text[:40]))
        raise BadInput(message, where=where, next_step=t("Write a whole number, or leave it empty for any number."))
    return int(text)


def _which(sheet: "Sheet", columns: str | None, dimensions: int) -> list[int]:
    """The columns that hold the items' sizes."""
    if columns:
        return _chosen(sheet, columns)
    return [index for index in sheet.numeric() if index != sheet.find(*_NAMES)][:dimensions]


def _items(sheet: "Sheet", which: list[int]) -> "list[Item]":
    from skywright.topics.packing.problem import Item

    name = sheet.find(*_NAMES)
    sizes = [sheet.decimals(index) for index in which]
    return [
        Item(
            sheet.rows[row][name] if name is not None else t("item {number}", number=row + 1),
            tuple(column[row] for column in sizes),
            f"{sheet.path}:{sheet.lines[row]}",
        )
        for row in range(len(sheet.rows))
    ]


def _chosen(sheet: "Sheet", columns: str) -> list[int]:
    found = []
    for wanted in columns.split(","):
        index = sheet.find(wanted.strip().lower())
        if index is None:
            message = t("has no column {name}; there are: {names}.", name=wanted.strip(), names=", ".join(sheet.names))
            raise BadInput(message, where=sheet.path, next_step=t("Name one of them."))
        found.append(index)
    return found


def _figures(given: "Problem", found: "Packing", took: float) -> dict[str, Any]:
    simple = found.simple
    return {
        "items": len(given.items),
        "kinds": len(given.counts),
        "nodes": found.bins,
        "cost": found.cost,
        "bound": found.bound,
        "gap": found.gap,
        "every_fill_tried": found.tried,
        "first_fit_decreasing": simple,
        "first_fit_decreasing_gap": None if simple is None else simple / found.bound - 1,
        "seconds": round(took, 2),
        "certificate": {"worth": found.proof.worth, "most": found.proof.most, "bound": found.proof.bound},
    }


def _tell(given: "Problem", found: "Packing", took: float, left_out: int) -> None:
    from collections import Counter

    columns = (t("node"), t("nodes"), t("holds"), t("price"))
    used = Counter[int]()
    for (which, _), times in found.filled.items():
        used[which] += times
    rows = [
        (one.name, used[which], ", ".join(f"{size:f}" for size in one.sizes), f"{one.price:f}")
        for which, one in enumerate(given.bins)
    ]
    show.table(columns, rows, right=(columns[1], columns[3]))
    out = show.console()
    what = n("{count} item", "{count} items", len(given.items))
    nodes = n("{count} node", "{count} nodes", found.bins)
    out.print(
        t("{what} on {nodes}, cost {cost:,.6g}, in {took:.1f} s.", what=what, nodes=nodes, cost=found.cost, took=took), style="bold"
    )
    out.print(t("No packing costs less than {bound:,.6g}: at most {gap:.2%} from the best.", bound=found.bound, gap=found.gap))
    if found.tried:
        out.print(t("Every way to fill a node was tried: the certificate alone may prove less."), style="dim")
    if found.simple is not None:
        over = found.simple / found.bound - 1
        out.print(t("First-fit decreasing needs {simple:,.6g}: {over:.2%} over that bound.", simple=found.simple, over=over))
    if left_out:
        out.print(
            n(
                "{count} item is larger than any node and left out.",
                "{count} items are larger than any node and left out.",
                left_out,
            ),
            style="yellow",
        )


def _used(given: "Problem", found: "Packing", names: list[str]) -> None:
    """How much of the nodes is used, by dimension."""
    for dimension, name in enumerate(names):
        there = sum(int(given.room[which][dimension]) * count for (which, _), count in found.filled.items())
        share = int(given.counts @ given.sizes[:, dimension]) / there
        what = name or t("size {number}", number=dimension + 1)
        show.console().print(t("{what}: {share:.1%} used.", what=what, share=share), markup=False)
