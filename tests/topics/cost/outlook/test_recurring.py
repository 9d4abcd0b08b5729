"""What is charged on single days: what comes again comes on its day, what came once does not."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.topics.cost.outlook.made import fee, ledger_of, monthly, use

from skywright.topics.cost.books.question import Measure
from skywright.topics.cost.outlook.recurring import Again, Seen, cadence, coming, worth
from skywright.topics.cost.outlook.room import outlook
from skywright.topics.series.forecast import forecast_sums

FIRST, THROUGH = date(2026, 7, 1), date(2026, 11, 21)
DAYS = (THROUGH - FIRST).days + 1
USE = list(use(random.Random(1), FIRST, DAYS, drift=0, noise=0))


def looked(*rows, by=("service",)):
    asked = ledger_of([*USE, *(row for rows_of_one in rows for row in rows_of_one)])
    return outlook(asked, (tuple(by), Measure.BILLED, ()), forecast_sums, THROUGH + timedelta(days=1))


def fees(*rows):
    """What is known of the line of fees, and its months."""
    line = next(line for line in looked(*rows).lines if line.key == ("Fees",))
    return [(one.day, one.amount, one.what) for one in line.known], line.months


def on(*days):
    return dict.fromkeys((date.fromisoformat(day) for day in days), Decimal(10))


CADENCES = [
    # name                                    days                                        purchase  recurring  months
    ("one purchase", on("2026-09-05"), True, False, 0),
    ("one that is called recurring", on("2026-09-05"), True, True, 1),
    ("one day of use", on("2026-09-05"), False, False, None),
    ("two months", on("2026-09-05", "2026-10-05"), True, False, 1),
    ("two months of use are too few", on("2026-09-05", "2026-10-05"), False, False, None),
    ("three months of use", on("2026-09-01", "2026-10-01", "2026-11-01"), False, False, 1),
    ("some days late", on("2026-08-28", "2026-10-02", "2026-11-01"), True, False, 1),
    ("the last of each month", on("2026-08-31", "2026-09-30", "2026-10-31"), True, False, 1),
    ("quarters", on("2026-02-10", "2026-05-10", "2026-08-10"), True, False, 3),
    ("a year", on("2025-03-14", "2026-03-14"), True, False, 12),
    ("two at an odd distance", on("2026-09-05", "2026-10-19"), True, True, 0),
    ("three at odd distances are use", on("2026-09-05", "2026-10-19", "2026-11-02"), True, False, None),
    ("one month is missing", on("2026-07-05", "2026-09-05", "2026-10-05"), True, False, None),
]


@pytest.mark.parametrize(("name", "days", "purchase", "recurring", "months"), CADENCES, ids=[name for name, *_ in CADENCES])
def test_how_often_a_thing_comes(name, days, purchase, recurring, months):
    assert cadence(Seen(days, purchase, recurring)) == months


def test_two_purchases_of_other_amounts_are_two_purchases():
    days = {date(2026, 9, 5): Decimal(10), date(2026, 10, 5): Decimal(14)}
    assert cadence(Seen(days, purchase=True, recurring=False)) == 0
    assert cadence(Seen(days, purchase=True, recurring=True)) == 1


@pytest.mark.parametrize(
    ("last", "months", "expected"),
    [
        (("2026-10-15", "2026-11-15"), 1, ["2026-12-15", "2027-01-15", "2027-02-15"]),
        (("2026-09-30", "2026-10-31"), 1, ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]),
        (("2026-10-18",), 1, ["2026-11-22", "2026-12-18", "2027-01-18", "2027-02-18"]),  # some days late: it may still come
        (("2026-10-10",), 1, []),  # its day has passed without it
        (("2025-12-05",), 12, ["2026-12-05"]),
        (("2025-12-05", "2026-03-05"), 3, []),
    ],
)
def test_on_which_days_it_comes_again(last, months, expected):
    days = on(*last)
    assert [str(day) for day in coming(days, Again("x", months), THROUGH, date(2027, 3, 1))] == expected


def test_what_it_costs_when_it_comes_again():
    def amounts(*values):
        return {FIRST + timedelta(days=30 * place): Decimal(value) for place, value in enumerate(values)}

    assert worth(amounts("50", "100", "100", "100")) == (Decimal(100), 0.0)
    mean, off = worth(amounts("7", "90", "100", "110"))
    assert (mean, off) == (Decimal("100.00"), pytest.approx(4.303 * 10 * (4 / 3) ** 0.5))
    assert worth(amounts("50", "150")) == (Decimal("100.00"), 100.0)


def test_a_subscription_comes_on_its_day():
    known, months = fees(fee(random.Random(1), monthly(FIRST, 5, 15), 250, sku="subscription"))
    assert known[:2] == [(date(2026, 12, 15), Decimal(250), "subscription"), (date(2027, 1, 15), Decimal(250), "subscription")]
    assert [(float(month.low), float(month.expected), float(month.high)) for month in months] == [(250, 250, 250)] * 13


def test_a_domain_name_comes_again_after_a_year():
    known, months = fees(fee(random.Random(1), [date(2025, 3, 14), date(2026, 3, 14)], 120, sku="domain"))
    assert known == [(date(2027, 3, 14), Decimal(120), "domain")]
    assert [float(month.expected) for month in months] == [0] * 4 + [120] + [0] * 8


def test_what_was_bought_once_is_not_bought_again():
    bought = list(fee(random.Random(1), [date(2026, 11, 3)], 2000, sku="upfront", frequency="Usage-Based"))
    known, months = fees(bought)
    assert (known, [float(month.expected) for month in months]) == ([], [2000] + [0] * 12)
    seen = looked(bought)
    assert "2,000.00 USD of this month are single purchases, credits and corrections, which are not expected again." in seen.remarks


def test_support_that_varies_has_an_interval():
    rows = fee(random.Random(3), monthly(FIRST, 5, 1), 300, sku="support", spread=0.08, category="Usage", frequency="Usage-Based")
    _, months = fees(rows)
    december = months[1]
    assert float(december.expected) == pytest.approx(300, rel=0.1)
    assert december.low < december.expected < december.high
    assert months[0].low == months[0].high  # November's has come


def test_daily_use_is_as_if_there_were_no_fees():
    """The same forecast of use, with and without what is charged on single days."""
    alone = looked()
    rows = [*fee(random.Random(1), monthly(FIRST, 5, 15), 250, sku="subscription")]
    beside = next(line for line in looked(rows).lines if line.key == ("Machines",))
    assert [month.expected for month in beside.months] == [month.expected for month in alone.lines[0].months]


def test_a_thing_of_two_teams_is_known_by_what_it_is():
    """Charged to one service in one month and another in the next: the rhythm is the thing's, the day has passed for the first."""
    first = [(*row[:4], "Old", row[5]) for row in fee(random.Random(1), monthly(FIRST, 4, 15), 250, sku="s")]
    second = [(*row[:4], "New", row[5]) for row in fee(random.Random(1), [date(2026, 11, 15)], 250, sku="s")]
    seen = {line.key: line for line in looked(first, second).lines}
    assert [float(month.expected) for month in seen["Old",].months[1:3]] == [0, 0]
    assert float(seen["Old",].months[0].expected) == 0


@pytest.mark.parametrize("days", [60, 140])
def test_made_bills_with_fees_are_foretold(days):
    """Bills of daily use, support, a subscription, a marketplace and a purchase: the month's end and the next month."""
    inside, errors = 0, []
    for seed in range(4):
        rng = random.Random(seed)
        first = THROUGH - timedelta(days=days - 1)
        bought = [first + timedelta(days=rng.randrange(20, days - 10))]
        every = [
            *use(rng, first, days + 45),
            *fee(rng, monthly(first, 8, 15), 250, sku="subscription"),
            *fee(rng, monthly(first, 8, 1), 300, sku="support", spread=0.08, category="Usage", frequency="Usage-Based"),
            *fee(rng, bought, 2000, sku="upfront", frequency="Usage-Based"),
        ]
        known = [row for row in every if first <= row[0] <= THROUGH]
        (total,) = outlook(ledger_of(known), ((), Measure.BILLED, ()), forecast_sums, THROUGH + timedelta(days=1)).totals
        for ahead in total.months[:2]:
            truth = sum(row[1] for row in every if row[0] >= first and row[0].replace(day=1) == ahead.month)
            inside += float(ahead.low) <= truth <= float(ahead.high)
            errors.append(abs(float(ahead.expected) - truth) / truth)
    assert inside >= 7
    assert sum(errors) / len(errors) < 0.06
