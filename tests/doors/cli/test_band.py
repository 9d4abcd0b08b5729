"""The chart of what was and what is expected: every column has its place, labels are numbers that can be read."""

from skywright.doors.cli.band import HEIGHT, WIDTH_MAX, band


def test_the_past_and_what_is_expected_within_its_interval():
    assert list(band([1, 2], [3], [2], [4], ("June", "August"))) == [
        "4 ┤        ░░░░",
        "  ┤        ━━━━",
        "  ┤        ░░░░",
        "  ┤    ••••░░░░",
        "  ┤",
        "  ┤••••",
        "  ┤",
        "0 ┤",
        "   June  August",
    ]


def test_large_numbers_are_told_without_powers_of_ten():
    lines = list(band([], [26481.3, 20000], [15000, 15000], [26481.3, 26481.3]))
    assert lines[0].startswith("26,481 ┤")
    assert lines[-1].startswith("15,000 ┤")


def test_many_columns_are_put_together():
    lines = list(band([1.0] * 500, [2.0] * 500, [1.0] * 500, [3.0] * 500, ("a", "b")))
    assert len(lines) == HEIGHT + 1
    assert max(map(len, lines)) <= WIDTH_MAX + 4


def test_ends_longer_than_the_chart_stand_apart():
    assert list(band([], [1.0], [1.0], [1.0], ("2026-01-01", "2026-12-31")))[-1].split() == ["2026-01-01", "2026-12-31"]
