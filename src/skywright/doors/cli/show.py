"""How things are shown: JSON for machines, aligned tables with meaningful colours for people, progress on standard error."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from textwrap import fill
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Column, Table

SEVERITY_STYLE = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan", "info": "dim"}
NAME_MIN, GAP = 12, 2
STATE_STYLE = {"fail": "red", "pass": "green", "unknown": "magenta"}


@lru_cache(maxsize=1)
def console() -> "Console":
    """Standard output for people; honours NO_COLOR, FORCE_COLOR and COLUMNS."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False, emoji=False)


@lru_cache(maxsize=1)
def errors() -> "Console":
    """Standard error, for progress and remarks."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False)


def as_json(value: Any) -> None:
    """Print one JSON document, indented, to standard output."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(text.decode() + "\n")


def as_lines(values: Sequence[Any] | Iterator[Any]) -> None:
    """Print one JSON object a line to standard output."""
    for value in values:
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print CSV (RFC 4180) with a header to standard output."""
    import csv

    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)


def cell(value: object) -> str:
    """A value of a table as text: lists and maps as JSON, times without the T, NULL as nothing."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat(" ")
        case int() | float() | Decimal():
            return str(value)
        case _:
            return msgspec.json.encode(value).decode()


def is_number(value: object) -> bool:
    """Whether a value is shown right-aligned."""
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    title: str = "",
    right: Sequence[str] = (),
    styles: Callable[[str, object], str] | None = None,
    spare: Sequence[int] = (),
) -> None:
    """Print an aligned table. ``right`` names right-aligned columns; ``styles(column, value)`` gives a rich style; ``spare``: see
    ``draw``.

    Values are shown as text, never as markup: a name from a cloud cannot colour or hide anything.
    """
    from rich.text import Text

    drawn = frame()
    for column in columns:
        drawn.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        cells = []
        for column, value in zip(columns, row, strict=True):
            style = styles(column, value) if styles else ""
            cells.append(Text(clean("" if value is None else str(value)), style=style))
        drawn.add_row(*cells)
    draw(drawn, title, spare)


def frame() -> "Table":
    """An empty table as all tables here look; ``draw`` prints it."""
    from rich.table import Table

    return Table(box=None, pad_edge=False, header_style="bold", show_edge=False)


def draw(drawn: "Table", title: str = "", spare: Sequence[int] = ()) -> None:
    """Print a table under its title. Where the terminal is narrow names fold, then the columns at ``spare`` go, the first first.

    Figures (what is right-aligned) are neither cut nor folded: what is wider still runs over the edge. Nor are the columns at
    ``spare``: half a sparkline says nothing.
    """
    out = console()
    for place in spare:
        drawn.columns[place].no_wrap = True
    if title:
        out.print(title, style="bold", markup=False)
    heads = min((way for way in Heads if _least(drawn, way) <= out.width), default=Heads.BY_WORDS)
    for head in [str(drawn.columns[place].header) for place in spare]:
        if _least(drawn, heads) <= out.width:
            break
        drawn = _without(drawn, head)
    if _least(drawn, Heads.WHOLE, names=sys.maxsize) > out.width:
        for column in drawn.columns:
            column.min_width = _width(column, heads)
            column.no_wrap = column.no_wrap or column.justify == "right"
            column.header = fill(str(column.header), column.min_width) if column.no_wrap else column.header
    if (least := _least(drawn, heads)) > out.width:
        drawn.width = least
    out.print(drawn, markup=False, crop=False)


def _without(drawn: "Table", head: str) -> "Table":
    """The same table without the (last) column of this head."""
    place = max(place for place, column in enumerate(drawn.columns) if column.header == head)
    kept, made = [*drawn.columns[:place], *drawn.columns[place + 1 :]], frame()
    for column in kept:
        made.add_column(column.header, justify=column.justify, overflow=column.overflow, no_wrap=column.no_wrap)
    for row, cells in zip(drawn.rows, zip(*(column.cells for column in kept), strict=True), strict=True):
        made.add_row(*cells, style=row.style, end_section=row.end_section)
    return made


class Heads(IntEnum):
    """How the heads of figures stand: in one line, or folded by words where the terminal is too narrow for that."""

    WHOLE = 0
    BY_WORDS = 1


def _least(drawn: "Table", heads: Heads, names: int = NAME_MIN) -> int:
    """How wide a table is at least, with its names in so many columns."""
    return sum(_width(column, heads, names) for column in drawn.columns) + GAP * (len(drawn.columns) - 1)


def _width(column: "Column", heads: Heads, names: int = NAME_MIN) -> int:
    from rich.cells import cell_len

    head = str(column.header)
    cells = max((cell_len(line) for cell in column.cells for line in str(cell).split("\n")), default=0)
    words = max(map(cell_len, head.split()), default=0)
    if column.justify == "right" or column.no_wrap:
        return max(cell_len(head) if heads is Heads.WHOLE else words, cells)
    return min(max(words, cells), names)


def clean(text: str) -> str:
    """Text from outside made safe to print: control characters (terminal escapes) are shown as their escapes."""
    return "".join(char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode() for char in text)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A progress line on standard error while work goes on; silent when it is not a terminal."""
    stream = errors()
    if not stream.is_terminal:
        yield lambda _what, _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=stream,
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=None)
        yield lambda what, done, total: bar.update(task, description=clean(what), completed=done, total=total)
