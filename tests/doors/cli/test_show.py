"""Tables as they are printed: whole figures whatever the width, names folded, nothing taken as markup."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from rich.console import Console

from skywright.doors.cli import show

ROWS = [("Virtual machines in a region with a long name", "1,234,567.89", "█████▎"), ("Keys", "-0.01", "▏")]


@contextmanager
def printed(width: int) -> Iterator[io.StringIO]:
    """What is printed on a terminal of this width."""
    text = io.StringIO()
    made = Console(file=text, width=width, highlight=False, emoji=False, no_color=True)
    with patch.object(show, "console", lambda: made):
        yield text


def lines(text: io.StringIO) -> list[str]:
    """The lines without the spaces at their ends."""
    return [line.rstrip() for line in text.getvalue().splitlines()]


def drawn(width: int, spare: tuple[int, ...] = ()) -> list[str]:
    """A table of names, figures and bars on a terminal of this width."""
    table = show.frame()
    table.add_column("service", overflow="fold")
    table.add_column("2026-11", justify="right")
    table.add_column("bar")
    for row in ROWS:
        table.add_row(*row)
    with printed(width) as text:
        show.draw(table, "Billed cost of 2026-11, in USD", spare)
    return lines(text)


def test_a_table_that_fits_is_as_wide_as_it_needs() -> None:
    """Names stand in one line, and the title above is whole."""
    assert drawn(80) == [
        "Billed cost of 2026-11, in USD",
        "service                                             2026-11  bar",
        "Virtual machines in a region with a long name  1,234,567.89  █████▎",
        "Keys                                                  -0.01  ▏",
    ]


def test_names_fold_before_anything_else() -> None:
    """Figures and bars stay as they are."""
    assert drawn(40)[1:5] == [
        "service                  2026-11  bar",
        "Virtual machines    1,234,567.89  █████▎",
        "in a region with a",
        "long name",
    ]


def test_what_may_be_spared_goes_before_a_figure_is_cut() -> None:
    """A bar says nothing that the figure beside it does not."""
    found = drawn(30, spare=(2,))
    assert found[1].split() == ["service", "2026-11"]
    assert not [line for line in found if "█" in line or len(line) > 30]


@pytest.mark.parametrize("width", [1, 10, 20, 30, 40, 60, 100])
def test_figures_are_never_cut_nor_folded(width: int) -> None:
    """However narrow: a line runs over the edge instead."""
    for spare in ((), (2,)):
        text = "\n".join(drawn(width, spare))
        assert "1,234,567.89" in text
        assert "-0.01" in text
        assert "…" not in text


@pytest.mark.parametrize("width", [1, 10, 30, 41, 42, 55, 56, 70])
def test_a_column_in_the_middle_may_be_spared(width: int) -> None:
    """The others keep their place, whole."""
    columns, row = ("budget", "spent", "bar", "expected", "days"), ("all", "5,463.44 USD", "█████▎ 78%", "7,376.82", "▇▇▇▇▇▇▇▇▇▇▇▇")
    with printed(width) as text:
        show.table(columns, [row], right=("spent", "expected"), spare=(4, 2))
    head, figures = lines(text)
    assert (head.split()[0], figures.split()[:3]) == ("budget", ["all", "5,463.44", "USD"])
    assert "7,376.82" in figures
    assert ("bar" in head, "days" in head) == (width >= 42, width >= 56)
    assert head.index("expected") + len("expected") == figures.index("7,376.82") + len("7,376.82")


def test_long_heads_of_figures_fold_by_words() -> None:
    """The column is as wide as its figures."""
    with printed(24) as text:
        show.table(("what", "faults hidden in it"), [("Kubernetes cluster", 38)], right=("faults hidden in it",))
    assert lines(text) == [
        "                  faults",
        "                  hidden",
        "what               in it",
        "Kubernetes            38",
        "cluster",
    ]


def test_names_are_never_markup() -> None:
    """A name from a bill cannot colour, hide, or break anything."""
    table = show.frame()
    table.add_column("name")
    table.add_row("[red]a[/red] [/] :moon:")
    with printed(60) as text:
        show.draw(table, "[bold]title[/]")
    assert lines(text) == ["[bold]title[/]", "name", "[red]a[/red] [/] :moon:"]
