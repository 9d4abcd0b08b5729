"""Statements are the bill, and the rows of FOCUS are the statements, whatever is billed and however it is shared."""

import csv
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.topics.cost.books.ledger import MemoryLedger, row

from skywright.model.cost_settings import CostSettings
from skywright.model.cost_shares import Method, Prometheus, Share
from skywright.model.errors import BadInput
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.exact import total
from skywright.topics.cost.books.period import parse_period
from skywright.topics.cost.books.question import Measure
from skywright.topics.cost.sharing.room import Sharing
from skywright.topics.cost.sharing.statements import statements

TODAY = date(2026, 11, 22)
SHARES = [
    Share(name="platform", among=["a", "b"]),
    Share(name="net", where={"service": "Net*"}, method=Method.FIXED, percent={"platform": Decimal("12.5"), "a": Decimal("87.5")}),
]


def sharing(rows, **set_) -> Sharing:
    return Sharing(Books(MemoryLedger(rows), CostSettings(**set_), lambda path, kind: kind()), lambda *_: [])


def billed(cost, center=None, service="Machines", month="2026-09", **more):
    return row(cost, month, ServiceName=service, Tags={"cost-center": center} if center else None, **more)


def told(found) -> list[tuple]:
    return [(one.center, one.own, one.passed, one.total) for one in found]


def test_direct_shared_and_unallocated() -> None:
    rows = [billed("30", "a"), billed("10", "b"), billed("20", "platform"), billed("40", "a", "Nets"), billed("3.5")]
    found = statements(sharing(rows, shares=SHARES).allocation(parse_period("2026-09", TODAY), Measure.BILLED))
    assert told(found) == [
        ("a", 30, Decimal("53.75"), Decimal("83.75")),
        ("b", 10, Decimal("6.25"), Decimal("16.25")),
        (None, Decimal("3.5"), 0, Decimal("3.5")),
    ]
    assert [(line.share, line.amount, line.whole) for line in found[0].shared] == [
        ("net", 35, 40),
        ("platform", Decimal("18.75"), 25),
    ]


def test_a_quarter_is_its_months_added_up() -> None:
    rows = [billed("1", "a", month="2026-08"), billed("9", "b"), billed("8", "platform", month="2026-08"), billed("6", "platform")]
    room = sharing(rows, shares=[SHARES[0]])
    together = statements(room.allocation(parse_period("2026-08..2026-09", TODAY), Measure.BILLED))
    assert told(together) == [("a", 1, 8, 9), ("b", 9, 6, 15), (None, 0, 0, 0)]


def test_a_metric_splits_month_by_month(tmp_path) -> None:
    path = tmp_path / "requests.csv"
    path.write_text("date,center,value\n2026-08,a,1\n2026-08,b,3\n2026-09-05,a,1\n2026-09-06,a,1\n2026-10-01,b,5\n")
    rows = [billed("8", "platform", month="2026-08"), billed("6", "platform"), billed("5", "platform", month="2026-10-01"[:7])]
    room = sharing(rows, shares=[Share(name="platform", method=Method.METRIC, metric="requests")], metrics={"requests": str(path)})
    found = statements(room.allocation(parse_period("2026-08..2026-10", TODAY), Measure.BILLED))
    assert told(found) == [("a", 0, 8, 8), ("b", 0, 11, 11), (None, 0, 0, 0)]


def test_by_what_was_consumed() -> None:
    rows = [
        billed("8", "platform"), billed("1", "a", ConsumedQuantity="30", ConsumedUnit="GB"),
        billed("1", "b", ConsumedQuantity="10", ConsumedUnit="GB"), billed("1", "b", ConsumedQuantity="99", ConsumedUnit="Hours"),
    ]  # fmt: skip
    room = sharing(rows, shares=[Share(name="platform", method=Method.METRIC, usage="GB", among=["a", "b"])])
    found = statements(room.allocation(parse_period("2026-09", TODAY), Measure.BILLED))
    assert told(found) == [("a", 1, 6, 7), ("b", 2, 2, 4), (None, 0, 0, 0)]


def test_what_cannot_be_shared_is_nobodys_and_told() -> None:
    found = statements(sharing([billed("8", "platform")], shares=SHARES).allocation(parse_period("2026-09", TODAY), Measure.BILLED))
    assert [(one.center, one.total) for one in found] == [(None, 8)]
    assert [(kept.share, kept.why) for kept in found[0].kept] == [("platform", "nobody to share it with has costs of their own")]


def test_what_opencost_allocates_is_not_borne_twice() -> None:
    rows = [billed("1", "a"), billed("7", "a", AllocatedMethodId="opencost"), billed("8", "platform", AllocatedMethodId="opencost")]
    room = sharing(rows, shares=SHARES)
    period = parse_period("2026-09", TODAY)
    assert told(statements(room.allocation(period, Measure.BILLED))) == [("a", 1, 0, 1), (None, 0, 0, 0)]
    assert list(room.rows(period, Measure.BILLED)) == []


def test_currencies_have_statements_of_their_own() -> None:
    rows = [billed("1", "a"), billed("2", "platform"), billed("4", "platform", BillingCurrency="EUR")]
    found = statements(sharing(rows, shares=SHARES).allocation(parse_period("2026-09", TODAY), Measure.BILLED))
    assert [(one.currency, one.center, one.total) for one in found] == [("EUR", None, 4), ("USD", "a", 3), ("USD", None, 0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "date,value\n2026-09,1\n",
            ": does not say whose each number is. Give it a column center with the cost centres (or name the label of the query).",
        ),
        ("date,center,value\n2026-09,a,-1\n", ":2: -1 is less than zero. Mend the line."),
        ("date,center,value\n2026-09,a,1\n2026-09-01,a,2\n", ":3: 2026-09-01 stands there twice (a). Keep one."),
    ],
)
def test_metrics_that_are_wrong(tmp_path, text, message) -> None:
    (tmp_path / "m.csv").write_text(text)
    room = sharing([billed("1", "x")], shares=[Share(name="x", method=Method.METRIC, metric=str(tmp_path / "m.csv"))])
    with pytest.raises(BadInput) as caught:
        room.allocation(parse_period("2026-09", TODAY), Measure.BILLED)
    assert str(caught.value) == f"{tmp_path}/m.csv{message}"


def test_a_metric_that_is_not_there() -> None:
    room = sharing([billed("1", "x")], shares=[Share(name="x", method=Method.METRIC, metric="calls")], metrics={"users": "u.csv"})
    with pytest.raises(BadInput) as caught:
        room.allocation(parse_period("2026-09", TODAY), Measure.BILLED)
    assert str(caught.value) == "There is no metric calls. Give a CSV file, or one of cost.metrics (users)."


BILLS = st.lists(
    st.tuples(
        st.decimals(-(10**12), 10**12, places=18), st.sampled_from(["a", "b", "platform", "net", None]),
        st.sampled_from(["Machines", "Nets"]), st.sampled_from(["2026-08", "2026-09"]), st.sampled_from(["USD", "EUR"]),
    ),
    min_size=1, max_size=14,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(BILLS)
def test_statements_are_the_bill_and_rows_are_the_statements(bills) -> None:
    rows = [billed(*bill[:4], BillingCurrency=bill[4]) for bill in bills]
    room = sharing(rows, shares=SHARES)
    period = parse_period("2026-08..2026-09", TODAY)
    found = statements(room.allocation(period, Measure.BILLED))
    for currency in {bill[4] for bill in bills}:
        assert total(one.total for one in found if one.currency == currency) == total(
            bill[0] for bill in bills if bill[4] == currency
        )
    split = list(room.rows(period, Measure.BILLED))
    for one in found:
        there = [each for each in split if each["AllocatedResourceId"] == one.center and each["BillingCurrency"] == one.currency]
        if one.center is not None:
            assert total(each["BilledCost"] for each in there) == one.passed
            assert total(each["EffectiveCost"] for each in there) == one.passed


def test_rows_of_focus_say_how_they_were_split(tmp_path) -> None:
    from skywright.doors.cli.commands.cost.allocate import write_focus

    rows = [billed("30", "a"), billed("0.10", "a", "Nets", ConsumedQuantity="7", ConsumedUnit="GB")]
    found = list(sharing(rows, shares=SHARES).rows(parse_period("2026-09", TODAY), Measure.BILLED))
    assert [
        (one["AllocatedMethodId"], one["AllocatedResourceId"], one["BilledCost"], one["ConsumedQuantity"]) for one in found
    ] == [
        ("net:fixed", "a", Decimal("0.09"), Decimal("6.12")),
        ("net:fixed > platform:proportional", "a", Decimal("0.01"), Decimal("0.88")),
    ]
    assert found[0]["AllocatedTags"] == {"cost_center": "a"}
    assert json.loads(found[0]["AllocatedMethodDetails"]) == {
        "Elements": [{"AllocatedRatio": 0.875, "x_Share": "net", "x_Weight": "87.500000000000"}]
    }
    assert write_focus(tmp_path / "x.csv", found) == 2
    with (tmp_path / "x.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert total(Decimal(one["BilledCost"]) for one in read) == Decimal("0.10")
    assert read[0]["BillingPeriodStart"] == "2026-09-01T00:00:00Z"


def test_a_metric_of_a_meter() -> None:
    asked = []

    def ask(meter, start, end):
        asked.append((meter.query, start, end))
        return [(date(2026, 9, 3), Decimal(3), "a"), (date(2026, 9, 4), Decimal(1), "b")]

    share = Share(name="platform", method=Method.METRIC, metric="calls")
    settings = CostSettings(
        shares=[share], metrics={"calls": Prometheus(prometheus="http://localhost:9090", query="q", label="team")}
    )
    room = Sharing(Books(MemoryLedger([billed("8", "platform")]), settings, lambda path, kind: kind()), ask)
    found = statements(room.allocation(parse_period("2026-09", TODAY), Measure.BILLED))
    assert told(found) == [("a", 0, 6, 6), ("b", 0, 2, 2), (None, 0, 0, 0)]
    assert asked == [("q", date(2026, 9, 1), date(2026, 10, 1))]


def test_shares_by_what_a_row_is_in_the_estate_open_the_estate() -> None:
    opened = []

    def beside():
        opened.append(True)
        keys = "SELECT NULL::VARCHAR AS billed, NULL::VARCHAR AS owner, NULL::VARCHAR AS resource, NULL::VARCHAR AS kind"
        return {"estate_match": keys}, {}

    settings = CostSettings(shares=[Share(name="machines", where={"kind": "compute.*"}, among=["a"])])
    room = Sharing(Books(MemoryLedger([billed("8", "a")]), settings, lambda path, kind: kind(), beside), lambda *_: [])
    assert told(statements(room.allocation(parse_period("2026-09", TODAY), Measure.BILLED)))[0] == ("a", 8, 0, 8)
    assert opened == [True]
