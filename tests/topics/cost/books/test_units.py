"""What one unit costs: by month or day, by key, and where there is no number."""

from datetime import date
from decimal import Decimal

import pytest
from tests.topics.cost.books.asking import TODAY, books
from tests.topics.cost.books.ledger import row

from skywright.model.errors import BadInput
from skywright.topics.cost.books.metric import Combine, told
from skywright.topics.cost.books.period import Grain, parse_period
from skywright.topics.cost.books.question import Question
from skywright.topics.cost.sharing.room import Sharing

ROWS = [row("10", "2026-08"), row("20", day=1), row("4", day=2, ServiceName="Disks"), row("1", "2026-10")]


def asked(tmp_path, text, by=(), period="2026-08..2026-10", grain=Grain.MONTH, combine=Combine.SUM, rows=ROWS):
    path = tmp_path / "users.csv"
    path.write_text(f"date,value\n{text}")
    return Sharing(books(rows), lambda *_: []).unit_costs(
        Question(by=by, period=parse_period(period, TODAY)), grain, str(path), combine
    )


def test_by_month_and_where_there_is_no_number(tmp_path) -> None:
    (course,) = asked(tmp_path, "2026-08,4\n2026-09,8\n")
    assert [(step.cost, step.units and step.units.value, step.each) for step in course.steps] == [
        (10, 4, Decimal("2.5")),
        (24, 8, 3),
        (1, None, None),
    ]
    assert (course.cost, course.units, course.each) == (34, 12, Decimal("2.833333333333333333"))


def test_by_day_and_by_key(tmp_path) -> None:
    total, machines, disks = asked(tmp_path, "2026-09-01,10\n2026-09-02,0\n2026-09-03,1\n", ("service",), "2026-09", Grain.DAY)
    assert [step.each for step in total.steps[:3]] == [2, None, 0]
    assert (machines.key, machines.cost, disks.key, disks.cost) == (("Machines",), 20, ("Disks",), 0)


def test_a_metric_of_another_time(tmp_path) -> None:
    with pytest.raises(BadInput) as caught:
        asked(tmp_path, "2025-09-01,5\n")
    assert str(caught.value) == "The metric has no number in 2026-08..2026-10. Ask for a time that it covers."


def daily(first, last, value=2):
    return "".join(f"2026-09-{day:02},{value}\n" for day in range(first, last + 1))


def test_a_metric_of_ten_days_is_divided_into_ten_days_cost(tmp_path) -> None:
    (course,) = asked(tmp_path, daily(6, 15), period="2026-09")
    (step,) = course.steps
    assert (step.units.value, step.units.known, step.units.days) == (20, 10, 30)
    assert step.units.missing == ((date(2026, 9, 1), date(2026, 9, 5)), (date(2026, 9, 16), date(2026, 9, 30)))
    assert step.each == Decimal("0.4")  # 24 for 30 days: 8 for ten, over 20
    assert (course.cost, course.units, course.each) == (8, 20, Decimal("0.4"))


def test_a_level_of_ten_days_stands_for_the_month(tmp_path) -> None:
    (course,) = asked(tmp_path, daily(6, 15), period="2026-09", combine=Combine.MEAN)
    assert (course.steps[0].units.known, course.steps[0].each) == (10, 12)


def test_days_that_the_bill_does_not_hold_yet_are_left_out(tmp_path) -> None:
    rows = [row("3", "2026-09", day) for day in range(1, 21)]
    (course,) = asked(tmp_path, daily(1, 30), period="2026-09", rows=rows)
    (step,) = course.steps
    assert (step.units.value, step.units.known, step.units.days, step.units.later) == (40, 20, 20, 10)
    assert step.each == Decimal("1.5")
    (course,) = asked(tmp_path, "2026-09,40\n", period="2026-09", rows=rows)
    assert (course.steps[0].units.as_given, course.steps[0].each) == (True, Decimal("1.5"))


def test_a_month_is_no_day(tmp_path) -> None:
    with pytest.raises(BadInput) as caught:
        asked(tmp_path, "2026-08-01,4\n2026-09-01,5\n", period="2026-09", grain=Grain.DAY)
    assert str(caught.value) == (
        "The metric has one number for 2026-08-01 to 2026-08-31, none for each day. Ask by month (--per month), or give it by day."
    )


def test_part_of_a_month_takes_its_part_of_the_number(tmp_path) -> None:
    (course,) = asked(tmp_path, "2026-08,31\n2026-09,30\n", period="2026-09-01..2026-09-10")
    assert (course.steps[0].units.value, course.steps[0].each) == (10, Decimal("2.4"))


def told_on(*days):
    return [(one.start.day, (one.end - one.start).days) for one in told((date(2026, 9, day), Decimal(1), False) for day in days)]


def test_of_which_days_a_number_is() -> None:
    assert told_on(1, 2, 3, 7) == [(1, 1), (2, 1), (3, 1), (7, 1)]
    assert told_on(7, 14, 21) == [(7, 7), (14, 7), (21, 7)]
    assert told_on(7, 14, 20) == [(7, 1), (14, 1), (20, 1)]
    assert told_on(1) == [(1, 30)]
    assert told_on(2) == [(2, 1)]
    ends = told([(date(2026, 8, 31), Decimal(1), False), (date(2026, 9, 30), Decimal(2), False)])
    assert [(one.start, one.end) for one in ends] == [
        (date(2026, 8, 1), date(2026, 9, 1)),
        (date(2026, 9, 1), date(2026, 10, 1)),
    ]


def test_weeks_are_spread_over_their_days(tmp_path) -> None:
    (course,) = asked(tmp_path, "2026-08-17,7\n2026-08-24,7\n2026-08-31,14\n", period="2026-09")
    (step,) = course.steps
    assert (step.units.value, step.units.known) == (12, 6)  # six days of the week of 31 August


def test_centres_of_one_day_are_one_number(tmp_path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("date,value,center\n2026-09-01,4,a\n2026-09-01,8,b\n2026-09-02,12,a\n")
    question = Question(by=(), period=parse_period("2026-09", TODAY))
    (course,) = Sharing(books(ROWS), lambda *_: []).unit_costs(question, Grain.MONTH, str(path), Combine.MEAN)
    assert course.steps[0].units.value == 12
