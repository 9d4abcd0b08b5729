"""Words for a time, and the time to compare with."""

from datetime import date

import pytest

from skywright.model.errors import BadInput
from skywright.topics.cost.books.period import Grain, Period, add_months, parse_period

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "start", "end", "grain", "shown"),
    [
        ("2026-09", (2026, 9, 1), (2026, 10, 1), Grain.MONTH, "2026-09"),
        ("2026-09..2026-11", (2026, 9, 1), (2026, 12, 1), Grain.MONTH, "2026-09..2026-11"),
        ("2026-12", (2026, 12, 1), (2027, 1, 1), Grain.MONTH, "2026-12"),
        ("2026-Q3", (2026, 7, 1), (2026, 10, 1), Grain.MONTH, "2026-07..2026-09"),
        ("2026q1..2026q2", (2026, 1, 1), (2026, 7, 1), Grain.MONTH, "2026-01..2026-06"),
        ("2026", (2026, 1, 1), (2027, 1, 1), Grain.MONTH, "2026-01..2026-12"),
        ("2026-09-03", (2026, 9, 3), (2026, 9, 4), Grain.DAY, "2026-09-03"),
        ("2026-09-01..2026-09-15", (2026, 9, 1), (2026, 9, 16), Grain.DAY, "2026-09-01..2026-09-15"),
        ("2026-09..2026-10-03", (2026, 9, 1), (2026, 10, 4), Grain.DAY, "2026-09-01..2026-10-03"),
        ("this-month", (2026, 11, 1), (2026, 12, 1), Grain.MONTH, "2026-11"),
        ("last-month", (2026, 10, 1), (2026, 11, 1), Grain.MONTH, "2026-10"),
        ("quarter", (2026, 10, 1), (2027, 1, 1), Grain.MONTH, "2026-10..2026-12"),
        ("last-quarter", (2026, 7, 1), (2026, 10, 1), Grain.MONTH, "2026-07..2026-09"),
        ("year", (2026, 1, 1), (2027, 1, 1), Grain.MONTH, "2026-01..2026-12"),
        ("last-year", (2025, 1, 1), (2026, 1, 1), Grain.MONTH, "2025-01..2025-12"),
        ("yesterday", (2026, 11, 21), (2026, 11, 22), Grain.DAY, "2026-11-21"),
        ("7d", (2026, 11, 15), (2026, 11, 22), Grain.DAY, "2026-11-15..2026-11-21"),
        ("3m", (2026, 8, 1), (2026, 11, 1), Grain.MONTH, "2026-08..2026-10"),
    ],
)
def test_words_for_a_time(text, start, end, grain, shown) -> None:
    period = parse_period(text, TODAY)
    assert period == Period(date(*start), date(*end), grain)
    assert str(period) == shown


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13", "2026-02-30", "2026-Q5", "0d", "2026-09..", "..", "9999-12", "99999m"[:5], "0000"]
)
def test_what_is_no_time(text) -> None:
    with pytest.raises(BadInput) as caught:
        parse_period(text, TODAY)
    assert str(caught.value) == (
        f"--period: {text!r} is not a period. Write 2026-09, 2026-09..2026-11, 2026-Q3, 2026, 2026-09-01..2026-09-15, 30d,"
        " last-month, quarter or year."
    )


def test_a_time_that_ends_before_it_begins() -> None:
    with pytest.raises(BadInput) as caught:
        parse_period("2026-11..2026-09", TODAY)
    assert str(caught.value) == "--period: '2026-11..2026-09' ends before it begins. Put the earlier time first."


@pytest.mark.parametrize(
    ("text", "previous", "year"),
    [
        ("2026-09", "2026-08", "2025-09"),
        ("2026-01..2026-03", "2025-10..2025-12", "2025-01..2025-03"),
        ("2024-02-29", "2024-02-28", "2023-02-28"),
        ("2026-09-08..2026-09-14", "2026-09-01..2026-09-07", "2025-09-08..2025-09-14"),
    ],
)
def test_the_time_before(text, previous, year) -> None:
    period = parse_period(text, TODAY)
    assert str(period.previous()) == previous
    assert str(period.year_before()) == year


def test_steps_of_a_trend() -> None:
    assert parse_period("2026-09", TODAY).back(3).steps(Grain.MONTH) == [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]
    assert len(parse_period("2026", TODAY).back(3).steps(Grain.MONTH)) == 12
    assert len(parse_period("2026-02", TODAY).steps(Grain.DAY)) == 28
    assert parse_period("2026-09-15..2026-10-02", TODAY).steps(Grain.MONTH) == [date(2026, 9, 1), date(2026, 10, 1)]


def test_a_month_with_fewer_days() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
