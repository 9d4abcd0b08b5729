"""What one unit costs: by month or day, by key, and where there is no number."""

from datetime import date
from decimal import Decimal

import pytest
from tests.topics.cost.books.asking import TODAY, books
from tests.topics.cost.books.ledger import row

from skywright.model.errors import BadInput
from skywright.topics.cost.books.period import Grain, parse_period
from skywright.topics.cost.books.question import Question
from skywright.topics.cost.books.units import Combine, combined
from skywright.topics.cost.sharing.room import Sharing

ROWS = [row("10", "2026-08"), row("20", day=1), row("4", day=2, ServiceName="Disks"), row("1", "2026-10")]


def asked(tmp_path, text, by=(), period="2026-08..2026-10", grain=Grain.MONTH, combine=Combine.SUM):
    path = tmp_path / "users.csv"
    path.write_text(f"date,value\n{text}")
    return Sharing(books(ROWS), lambda *_: []).unit_costs(
        Question(by=by, period=parse_period(period, TODAY)), grain, str(path), combine
    )


def test_by_month_and_where_there_is_no_number(tmp_path) -> None:
    (course,) = asked(tmp_path, "2026-08-01,4\n2026-09-01,5\n2026-09-20,3\n")
    assert [(step.cost, step.units, step.each) for step in course.steps] == [(10, 4, Decimal("2.5")), (24, 8, 3), (1, None, None)]
    assert (course.cost, course.units, course.each) == (34, 12, Decimal("2.833333333333333333"))


def test_a_level_is_a_mean(tmp_path) -> None:
    (course,) = asked(tmp_path, "2026-09-01,5\n2026-09-20,3\n", period="2026-09", combine=Combine.MEAN)
    assert course.steps[0].each == 6


def test_by_day_and_by_key(tmp_path) -> None:
    total, machines, disks = asked(tmp_path, "2026-09-01,10\n2026-09-02,0\n2026-09-03,1\n", ("service",), "2026-09", Grain.DAY)
    assert [step.each for step in total.steps[:3]] == [2, None, 0]
    assert (machines.key, machines.cost, disks.key, disks.cost) == (("Machines",), 20, ("Disks",), 0)


def test_a_metric_of_another_time(tmp_path) -> None:
    with pytest.raises(BadInput) as caught:
        asked(tmp_path, "2025-09-01,5\n")
    assert str(caught.value) == "The metric has no number in 2026-08..2026-10. Ask for a time that it covers."


def test_numbers_of_a_month() -> None:
    readings = [(date(2026, 9, 1), Decimal(1)), (date(2026, 9, 2), Decimal(2))]
    assert combined(readings, Grain.MONTH, Combine.SUM) == {date(2026, 9, 1): 3}
    assert combined(readings, Grain.MONTH, Combine.MEAN) == {date(2026, 9, 1): Decimal("1.5")}
    assert combined(readings, Grain.DAY, Combine.SUM) == dict(readings)
