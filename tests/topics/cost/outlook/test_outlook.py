"""Outlooks: parts add up, fees and taxes come when they are due, commitments end, days that are not whole are left out."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.topics.cost.books.asking import books
from tests.topics.cost.books.ledger import row

from skywright.model.errors import BadInput
from skywright.topics.cost.books.question import Measure
from skywright.topics.cost.outlook import exceeding
from skywright.topics.cost.outlook.look import within
from skywright.topics.cost.outlook.nouns import Ahead
from skywright.topics.cost.outlook.room import outlook
from skywright.topics.cost.outlook.use import Use, reconciled
from skywright.topics.series.forecast import forecast_sums

TODAY = date(2026, 11, 22)


def looked(rows, by=("service",), today=TODAY, ends=()):
    """An outlook on these rows; ``ends``: commitments and the days they end."""
    asked = books(rows)
    for name, day in ends:
        asked.ledger.connection.execute(
            "INSERT INTO contract_commitment (ContractCommitmentId, ContractCommitmentPeriodEnd) VALUES (?, ?)", [name, day]
        )
    return outlook(asked, (tuple(by), Measure.BILLED, ()), forecast_sums, today)


def use(cost, since, until, service="Machines", **columns):
    """The same use every day."""
    days = [since + timedelta(days=day) for day in range((until - since).days + 1)]
    return [row(str(cost), f"{day:%Y-%m}", day.day, ServiceName=service, **columns) for day in days]


def fee(cost, day, category="Purchase", frequency="Recurring", **columns):
    start = datetime(day.year, day.month, day.day)
    return row(str(cost), f"{day:%Y-%m}", day.day, ChargeCategory=category, ChargeFrequency=frequency,
               ChargePeriodEnd=start + timedelta(days=30), **{"ServiceName": "Support", **columns})  # fmt: skip


SEPTEMBER, YESTERDAY = date(2026, 9, 1), date(2026, 11, 21)


def test_the_month_ends_where_its_days_lead():
    seen = looked(use(10, SEPTEMBER, YESTERDAY))
    (total,) = seen.totals
    assert seen.through == YESTERDAY
    now = total.months[0]
    assert (now.month, now.actual) == (date(2026, 11, 1), Decimal(210))
    assert float(now.expected) == pytest.approx(300, abs=0.1)
    assert float(total.months[1].expected) == pytest.approx(310, abs=0.5)
    assert float(total.year.expected) == pytest.approx(3650, abs=5)
    assert len(total.months) == 13


def test_lines_add_up_to_the_total_in_every_month():
    new = use(7, date(2026, 11, 18), YESTERDAY, "New")
    rows = [*use(10, SEPTEMBER, YESTERDAY), *use("3.33", SEPTEMBER, YESTERDAY, "Disks"), *new, fee(250, date(2026, 11, 1))]
    seen = looked(rows)
    (total,) = seen.totals
    for place, month in enumerate(total.months):
        assert sum(line.months[place].expected for line in seen.lines) == month.expected
        assert month.low <= month.expected <= month.high
    assert sum(line.year.expected for line in seen.lines) == total.year.expected


def test_a_fee_of_the_first_is_known_before_it_comes():
    rows = [*use(1, SEPTEMBER, YESTERDAY), fee(250, date(2026, 10, 1)), fee(250, date(2026, 11, 1))]
    line = next(line for line in looked(rows).lines if line.key == ("Support",))
    assert [month.known for month in line.months] == [0, *[Decimal(250)] * 12]
    assert line.months[0].actual == 250
    assert {(month.low, month.high) for month in line.months[1:]} == {(Decimal(250), Decimal(250))}


def test_a_fee_whose_day_passed_without_it_is_over_and_one_yet_to_come_is_not():
    gone = [*use(1, SEPTEMBER, YESTERDAY), fee(250, date(2026, 10, 5))]
    assert {month.expected for line in looked(gone).lines if line.key == ("Support",) for month in line.months} == {Decimal(0)}
    comes = [*use(1, SEPTEMBER, YESTERDAY), fee(250, date(2026, 10, 25))]
    line = next(line for line in looked(comes).lines if line.key == ("Support",))
    assert line.months[0].known == 250
    assert line.known[0].day == date(2026, 11, 25)


def test_a_commitment_that_ends_takes_its_fee_along_and_leaves_what_it_covered():
    covered = use(0, SEPTEMBER, YESTERDAY, CommitmentDiscountId="ri-1", CommitmentDiscountStatus="Used", ContractedCost="20")
    rows = [
        *covered,
        fee(300, date(2026, 10, 1), CommitmentDiscountId="ri-1"),
        fee(300, date(2026, 11, 1), CommitmentDiscountId="ri-1"),
    ]
    seen = looked(rows, by=(), ends=[("ri-1", datetime(2027, 1, 1))])
    (total,) = seen.totals
    assert [float(month.expected) for month in total.months[:4]] == pytest.approx([300, 300, 620, 560], abs=1)
    assert {known.what for known in total.known} == {"fee of commitment ri-1", "without commitment ri-1"}


def test_taxes_follow_what_they_are_on():
    rows = [*use(10, SEPTEMBER, YESTERDAY), *(row("60", f"2026-{month}", 28, ChargeCategory="Tax") for month in ("09", "10"))]
    (total,) = looked(rows, by=()).totals
    rate = 120 / 610
    assert float(total.months[0].expected) == pytest.approx(300 * (1 + rate), rel=1e-3)
    by_service = looked([{**one, "ServiceName": "Tax"} if one["ChargeCategory"] == "Tax" else one for one in rows])
    line = next(line for line in by_service.lines if line.key == ("Tax",))
    assert line.months[0].expected == 60


def test_days_that_are_not_whole_are_left_out_and_told():
    rows = [*use(10, SEPTEMBER, date(2026, 11, 20)), row("2", "2026-11", 21)]
    seen = looked(rows)
    assert seen.through == date(2026, 11, 20)
    assert seen.remarks == ("Cloud: days after 2026-11-20 look incomplete and were left out.",)
    assert seen.totals[0].months[0].actual == 200
    assert float(seen.totals[0].months[0].expected) == pytest.approx(300, abs=0.1)


@pytest.mark.parametrize(
    ("shares", "last"),
    [
        ((1, 1, 0.2), 20),
        ((1, 0.6, 0.1), 19),
        ((0.6, 0.3, 0.1), 18),
        ((0.5, 0.5, 0.5), 20),
        ((0.5, 0.5, 0.1), 19),
        ((1, 0.8, 0.8), 21),
    ],
)
def test_days_still_being_filled_up_are_told_from_a_lower_level(shares, last):
    rows = use(10, SEPTEMBER, date(2026, 11, 18))
    rows += [row(str(10 * share), "2026-11", 19 + place) for place, share in enumerate(shares)]
    assert looked(rows).through == date(2026, 11, last)


def test_what_stopped_is_not_expected_to_go_on():
    rows = [*use(10, SEPTEMBER, YESTERDAY), *use(50, SEPTEMBER, date(2026, 10, 31), "Gone")]
    line = next(line for line in looked(rows).lines if line.key == ("Gone",))
    assert line.months[0].actual == 0
    assert line.months[0].expected < 100


def test_today_is_never_whole():
    assert looked(use(10, SEPTEMBER, TODAY)).through == YESTERDAY


def test_an_issuer_that_comes_later_is_waited_for():
    rows = [*use(10, SEPTEMBER, YESTERDAY), *use(5, SEPTEMBER, date(2026, 11, 18), "Other", InvoiceIssuerName="Late")]
    assert looked(rows).through == date(2026, 11, 18)


def test_under_18_days_it_is_the_run_rate_and_said_so():
    seen = looked(use(10, date(2026, 11, 12), YESTERDAY))
    (total,) = seen.totals
    assert (total.method, total.error_share) == ("run rate", None)
    now = total.months[0]
    assert (now.expected, now.low, now.high) == (Decimal("190.00"), Decimal("145.00"), Decimal("235.00"))
    assert seen.remarks == ("USD: under 18 days of use: this is the run rate, and its interval a guess.",)


def test_what_came_once_is_not_expected_again():
    rows = [*use(10, SEPTEMBER, YESTERDAY), row("5000", "2026-11", 3, ChargeCategory="Purchase", ChargeFrequency="One-Time"),
            row("-100", "2026-11", 4, ChargeCategory="Credit")]  # fmt: skip
    seen = looked(rows, by=())
    (total,) = seen.totals
    assert float(total.months[0].expected) == pytest.approx(5200, abs=0.1)
    assert float(total.months[1].expected) == pytest.approx(310, abs=0.5)
    assert seen.remarks == (
        "4,900.00 USD of this month are single purchases, credits and corrections, which are not expected again.",
    )


def test_months_that_were_never_read_did_not_cost_nothing():
    """A bill of two years ago beside this one, and nothing between: the forecast is the one without it."""
    old = use(3, date(2024, 9, 10), date(2024, 9, 20))
    alone, beside = (looked([*rows, *use(10, SEPTEMBER, YESTERDAY)]) for rows in ([], old))
    assert [month for line in beside.totals for month in line.months] == [month for line in alone.totals for month in line.months]
    assert beside.totals[0].error_share == alone.totals[0].error_share
    assert beside.remarks == (
        "The ledger holds no use of some days between 2024-09-10 and 2026-09-01: what came before is not looked at.",
    )


def test_currencies_stay_apart():
    seen = looked([*use(10, SEPTEMBER, YESTERDAY), *use(5, SEPTEMBER, YESTERDAY, BillingCurrency="EUR")])
    assert [total.currency for total in seen.totals] == ["EUR", "USD"]


def test_an_empty_ledger_says_so():
    with pytest.raises(BadInput) as caught:
        looked([])
    assert str(caught.value) == "The ledger is empty. Read bills with `skywright cost import PATH`."


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.integers(0, 100_000)),
        min_size=2,
        max_size=6,
    )
)
def test_whole_and_parts_agree_and_a_certain_one_stays(made):
    used = [Use(points=(p,), low=(p - w,), high=(p + w,), past=(), method="") for p, w in made]
    whole, *parts = reconciled(used)
    assert sum(one.points[0] for one in parts) == pytest.approx(whole.points[0], abs=1e-3)
    if any(width for _, width in made):
        for (point, width), one in zip(made, (whole, *parts), strict=True):
            if width == 0:
                assert one.points[0] == pytest.approx(point)


@pytest.mark.parametrize(("limit", "probability"), [(100, 0.5), (119.6, 0.025), (60.8, 0.975), (1000, 0.0), (0, 1.0)])
def test_how_probable_it_is_to_pass_a_limit(limit, probability):
    assert exceeding(100, 60.8, 119.6, limit) == pytest.approx(probability, abs=1e-3)
    assert exceeding(5, 5, 5, 4) == 1.0
    assert exceeding(5, 5, 5, 5) == 0.0


def test_a_year_reaches_no_further_than_its_months_together():
    """If every month were missed on the same side, that is how far the sum would be off, and no further."""
    seen = looked(
        [
            row
            for day in range(82)
            for row in use(10 + day % 7 + day / 9, SEPTEMBER + timedelta(days=day), SEPTEMBER + timedelta(days=day))
        ]
    )
    (total,) = seen.totals
    for line in (total, *seen.lines):
        assert sum(month.low for month in line.months[1:]) <= line.year.low <= line.year.expected
        assert line.year.expected <= line.year.high <= sum(month.high for month in line.months[1:])
    assert total.error_days == 82 // 3


def ahead_of(low, expected, high):
    return Ahead(
        month=SEPTEMBER, actual=Decimal(0), known=Decimal(0), expected=Decimal(expected), low=Decimal(low), high=Decimal(high)
    )


@pytest.mark.parametrize(
    ("year", "ends"),
    [((0, 20, 60), (10, 40)), ((15, 20, 25), (15, 25)), ((0, 50, 60), (10, 50)), ((0, 5, 60), (5, 40))],
    ids=["wider", "narrower", "the point lies above all months", "the point lies below all months"],
)
def test_a_year_within_its_months(year, ends):
    found = within(ahead_of(*year), [ahead_of(4, 10, 25), ahead_of(6, 10, 15)])
    assert (found.low, found.high) == ends
