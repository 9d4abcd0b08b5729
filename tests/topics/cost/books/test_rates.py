"""Currencies with dated rates: any bill adds up to the last digit, in sheets, statements and reasons alike."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.topics.cost.books.asking import TODAY
from tests.topics.cost.books.ledger import MemoryLedger, row

from skywright.model.cost_settings import CostSettings
from skywright.model.cost_shares import Method, Share
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.exact import times, total
from skywright.topics.cost.books.period import Grain, parse_period
from skywright.topics.cost.books.question import Measure, Question
from skywright.topics.cost.books.sheet import Wish
from skywright.topics.cost.sharing.room import Sharing
from skywright.topics.cost.sharing.statements import statements

RATES = {"EUR": {1: Decimal("1.0834"), 15: Decimal("1.091237")}, "JPY": {10: Decimal("0.0067431")}}
BILLS = st.lists(
    st.tuples(
        st.decimals(-(10**12), 10**12, places=18),
        st.integers(1, 28),
        st.sampled_from(["USD", "EUR", "JPY", "CHF"]),
        st.sampled_from(["a", "platform", None]),
    ),
    min_size=1,
    max_size=10,
)


def worth(amount: Decimal, day: int, currency: str) -> tuple[str, Decimal]:
    """By hand: what a charge is worth in USD, or itself where there is no rate."""
    rates = {since: rate for since, rate in RATES.get(currency, {}).items() if since <= day}
    return ("USD", times(amount, rates[max(rates)])) if rates else (currency, amount)


def told(room: Sharing, period) -> list[dict[str, Decimal]]:
    """The totals by currency, as a sheet, a reason and the statements tell them."""
    question = Question(by=("service",), period=period)
    sheet = room.books.sheet(question, Wish(trend=Grain.DAY))
    answer = room.books.why(question, period.previous())
    made = statements(room.allocation(period, Measure.BILLED))
    return [
        {one.currency: one.amount for one in sheet.totals},
        {one.currency: one.after for one in answer.totals},
        {currency: total(one.total for one in made if one.currency == currency) for currency in {one.currency for one in made}},
        {one.currency: total(one.effects.values()) for one in answer.totals},
    ]


@settings(max_examples=40, deadline=None)
@given(BILLS)
def test_every_answer_is_the_bill(tmp_path_factory, bills) -> None:
    path = tmp_path_factory.mktemp("rates") / "rates.csv"
    lines = [f"2026-09-{day:02},{currency},{rate}" for currency, rates in RATES.items() for day, rate in rates.items()]
    path.write_text("\n".join(["date,currency,rate", *lines]))
    rows = [
        row(cost, day=day, BillingCurrency=currency, Tags={"cost_center": center} if center else None)
        for cost, day, currency, center in bills
    ]
    share = Share(name="platform", method=Method.EVEN, among=["a", "b", "c"])
    books = Books(MemoryLedger(rows), CostSettings(rates=str(path), shares=[share]), lambda path, kind: kind())
    expected: dict[str, Decimal] = {}
    for cost, day, currency, _ in bills:
        into, amount = worth(cost, day, currency)
        expected[into] = total([expected.get(into, Decimal(0)), amount])
    for found in told(Sharing(books, lambda *_: []), parse_period("2026-09", TODAY)):
        assert found == expected
