"""Bars and sparklines."""

import pytest

from skywright.doors.cli.shapes import bar, spark


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0.0, 1.0, 7.0], "▁▂█"),
        ([None, 0.0, 7.0, None], "·▁█·"),
        ([-5.0, 0.0], "▁█"),
        ([0.0, 0.0], "▁▁"),
        ([None, None], "··"),
        ([], ""),
    ],
    ids=["from zero", "what is not known is a point", "below zero", "all zero", "nothing known", "nothing"],
)
def test_a_sparkline(values, line):
    assert spark(values) == line


@pytest.mark.parametrize(("share", "drawn"), [(0, ""), (1, "████████"), (0.5, "████"), (-1, ""), (2, "████████"), (0.01, "▏")])
def test_a_bar(share, drawn):
    assert bar(share) == drawn
