"""How things are shown: JSON for machines, aligned tables with meaningful colours for people, progress on standard error."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from rich.console import Console

SEVERITY_STYLE = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan", "info": "dim"}
STATE_STYLE = {"fail": "red", "pass": "green", "unknown": "magenta"}


@lru_cache(maxsize=1)
def console() -> "Console":
    """Standard output for people; honours NO_COLOR, FORCE_COLOR and COLUMNS."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


@lru_cache(maxsize=1)
def errors() -> "Console":
    """Standard error, for progress and remarks."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


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
) -> None:
    """Print an aligned table. ``right`` names right-aligned columns; ``styles(column, value)`` gives a rich style.

    Values are shown as text, never as markup: a name from a cloud cannot colour or hide anything.
    """
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        drawn.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        cells = []
        for column, value in zip(columns, row, strict=True):
            style = styles(column, value) if styles else ""
            cells.append(Text(clean("" if value is None else str(value)), style=style))
        drawn.add_row(*cells)
    console().print(drawn)


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
