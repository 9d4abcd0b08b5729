"""Answers of the ledger: by any dimension, in any currency, they tie out to the last digit."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.topics.cost.books.asking import TODAY, asked, books, lines
from tests.topics.cost.books.ledger import row

from skywright.model.cost_settings import CostSettings
from skywright.model.errors import BadInput
from skywright.topics.cost.books.exact import total
from skywright.topics.cost.books.period import Grain, parse_period
from skywright.topics.cost.books.question import Measure
from skywright.topics.cost.books.sheet import Wish, top


def test_lines_are_largest_first_and_what_has_no_key_is_told() -> None:
    rows = [
        row("1"),
        row("2.5", ServiceName="Disks"),
        row("-4", ServiceName="Disks", ChargeCategory="Credit"),
        row("3", RegionId="north"),
    ]
    assert lines(asked(rows)) == [("Machines", "4"), ("Disks", "-1.5")]
    assert lines(asked(rows, "region")) == [("north", "3"), (None, "-0.5")]


def test_every_digit_of_large_and_small_amounts_counts() -> None:
    sheet = asked([row("1000000000000.000000000000000001"), row("0.000000000000000001")])
    assert sheet.totals[0].amount == Decimal("1000000000000.000000000000000002")


COSTS = [(Measure.BILLED, "1"), (Measure.EFFECTIVE, "2"), (Measure.LIST, "3"), (Measure.CONTRACTED, "4")]


@pytest.mark.parametrize(("measure", "amount"), COSTS)
def test_each_of_the_four_costs(measure, amount) -> None:
    rows = [row("1", EffectiveCost="2", ListCost="3", ContractedCost="4")]
    assert lines(asked(rows, measure=measure)) == [("Machines", amount)]


def test_a_month_is_what_was_billed_for_it_and_a_day_its_charges() -> None:
    rows = [row("1", day=1), row("2", day=2), {**row("4", "2026-10"), "ChargePeriodStart": row("0", day=2)["ChargePeriodStart"]}]
    assert asked(rows).totals[0].amount == 3
    assert asked(rows, period="2026-09-02").totals[0].amount == 6


def test_compared_with_another_time() -> None:
    rows = [row("5"), row("2", "2026-08"), row("1", "2026-08", ServiceName="Gone")]
    sheet = asked(rows, wish=Wish(compared=parse_period("2026-08", TODAY)))
    assert [(line.key[0], line.amount, line.before, line.change) for line in sheet.lines] == [
        ("Machines", 5, 2, 3),
        ("Gone", 0, 1, -1),
    ]
    assert (sheet.totals[0].amount, sheet.totals[0].before) == (5, 3)


def test_a_trend_by_month_reaches_back_and_one_by_day_has_every_day() -> None:
    rows = [row("5", day=2), row("2", "2026-08"), row("1", "2026-05")]
    monthly = asked(rows, wish=Wish(trend=Grain.MONTH, back=3))
    assert monthly.lines[0].steps == (0, 2, 5)
    daily = asked(rows, wish=Wish(trend=Grain.DAY))
    assert daily.totals[0].steps == (0, 5, *[0] * 28)


def test_what_the_total_is_made_of() -> None:
    rows = [
        row("10"), row("-3", ChargeClass="Correction"), row("4", ChargeCategory="Tax"), row("2", ChargeCategory="Purchase"),
        row("0", EffectiveCost="7", CommitmentDiscountStatus="Unused", CommitmentDiscountId="c1"),
    ]  # fmt: skip
    made = asked(rows, measure=Measure.EFFECTIVE).totals[0].made_of
    assert made == {"usage": 10, "usage correction": -3, "tax": 4, "purchase": 2, "unused commitment": 7}


def test_the_largest_lines_and_the_rest_in_one() -> None:
    rows = [row(cost, ServiceName=f"s{cost}") for cost in (1, 2, 3, -9, 5)]
    sheet = top(asked(rows), 2)
    assert [(line.key[0], line.amount, line.folded) for line in sheet.lines] == [("s5", 5, 0), ("s-9", -9, 0), ("s3", 6, 3)]
    assert total(line.amount for line in sheet.lines) == sheet.totals[0].amount


def test_one_line_too_many_is_shown_as_itself() -> None:
    sheet = top(asked([row(cost, ServiceName=f"s{cost}") for cost in (1, 2, 3)]), 2)
    assert [line.folded for line in sheet.lines] == [0, 0, 0]


def test_without_rates_currencies_stand_apart() -> None:
    sheet = asked([row("1"), row("2", BillingCurrency="EUR")])
    assert [(one.currency, one.amount) for one in sheet.totals] == [("USD", 1), ("EUR", 2)]


def test_rates_are_of_their_days_and_what_has_none_stands_apart(tmp_path) -> None:
    (tmp_path / "rates.csv").write_text("date,currency,rate,source\n2026-09-02,EUR,1.1,bank\n2026-09-10,EUR,1.25,bank\n")
    rows = [row("1"), *[row("2", day=day, BillingCurrency="EUR") for day in (1, 9, 10)], row("3", BillingCurrency="CHF")]
    sheet = asked(rows, settings=CostSettings(rates=str(tmp_path / "rates.csv")))
    assert [(one.currency, one.amount) for one in sheet.totals] == [("USD", Decimal("5.70")), ("CHF", 3), ("EUR", 2)]
    assert sheet.without_rate == ("CHF", "EUR")
    assert [(currency, rate.worth, rate.source) for currency, rate in sheet.rates] == [
        ("EUR", Decimal("1.1"), "bank"),
        ("EUR", Decimal("1.25"), "bank"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,currency\n", ":1: has no column rate. Its first line must name date, currency, rate."),
        ("date,currency,rate\nsoon,EUR,1\n", ":2: 'soon' is no date. Write 2026-09-30."),
        ("date,currency,rate\n2026-09-01,EUR,one\n", ":2: 'one' is no number. Write it like 1234.56."),
        ("date,currency,rate\n2026-09-01,EUR,inf\n", ":2: 'inf' is no number. Write it like 1234.56."),
        ("date,currency,rate\n2026-09-01,EUR,0\n", ":2: a rate must be more than zero, not 0. Mend the rate."),
        ("date,currency,rate\n2026-09-01,EUR,1\n2026-09-01,eur,2\n", ":3: EUR has two rates on 2026-09-01. Keep one."),
        ("date,currency,rate\n2026-09-01,EUR\n", ":2: has 2 values where the first line has 3. Mend the line."),
    ],
)
def test_rates_that_are_wrong(tmp_path, text, message) -> None:
    (tmp_path / "rates.csv").write_text(text)
    with pytest.raises(BadInput) as caught:
        books([row("1")], CostSettings(rates=str(tmp_path / "rates.csv"))).rates()
    assert str(caught.value) == f"{tmp_path}/rates.csv{message}"


def test_an_empty_ledger_and_an_empty_period() -> None:
    with pytest.raises(BadInput) as caught:
        asked([])
    assert str(caught.value) == "The ledger is empty. Read bills with `skywright cost import PATH`."
    with pytest.raises(BadInput) as caught:
        asked([row("1"), row("1", "2026-11")], period="2025-01")
    assert str(caught.value) == "Nothing in the ledger answers that for 2025-01. It holds 2026-09 to 2026-11."


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "cost": st.decimals(-(10**12), 10**12, places=18),
            "day": st.integers(1, 28),
            "month": st.sampled_from(["2026-08", "2026-09"]),
            "BillingCurrency": st.sampled_from(["USD", "EUR", "CHF"]),
            "ServiceName": st.sampled_from(["a", "b", "c"]),
            "ChargeCategory": st.sampled_from(["Usage", "Tax", "Credit"]),
            "ChargeClass": st.sampled_from([None, "Correction"]),
            "Tags": st.sampled_from([None, {}, {"Team": "x"}, {"team": "y"}, {"TEAM": ""}]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_the_sheet_adds_up_to_the_rows_whatever_they_are(rows) -> None:
    made = [row(**one) for one in rows]
    sheet = asked(made, "service,tag:team", "2026-08..2026-09", wish=Wish(compared=parse_period("2026-07", TODAY), trend=Grain.DAY))
    for one in sheet.totals:
        expected = total(each["BilledCost"] for each in made if each["BillingCurrency"] == one.currency)
        assert one.amount == expected
        assert total(line.amount for line in top(sheet, 2).lines if line.currency == one.currency) == expected
        assert total(one.steps) == expected


def test_what_opencost_allocates_is_not_counted_twice() -> None:
    rows = [row("10"), row("7", InvoiceIssuerName="OpenCost", AllocatedMethodId="opencost"), row("1", AllocatedMethodId="even")]
    sheet = asked(rows)
    assert (sheet.totals[0].amount, sheet.left_out) == (11, (("USD", 7),))
    asked_for = asked(rows, where=["issuer=opencost"])
    assert (asked_for.totals[0].amount, asked_for.left_out) == (7, ())


def test_rows_that_do_not_say_a_cost_are_counted_and_told() -> None:
    rows = [row("1", ContractedCost=None), row("2", ContractedCost="5"), row("3", ContractedCost=None, ServiceName="Disks")]
    sheet = asked(rows, measure=Measure.CONTRACTED)
    assert (lines(sheet), sheet.missing) == ([("Machines", "5"), ("Disks", "0")], 2)
    assert asked(rows).missing == 0
