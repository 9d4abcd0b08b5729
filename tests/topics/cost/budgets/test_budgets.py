"""Budgets: where they stand, when they are passed, and that everybody is told once."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from tests.topics.cost.books.asking import books
from tests.topics.cost.books.ledger import row

from skywright.model.cost_budgets import Budget
from skywright.model.cost_settings import CostSettings
from skywright.model.errors import AskHuman, BadInput
from skywright.topics.cost.budgets import BudgetRoom
from skywright.topics.cost.budgets.alerts import check_names, due, send, when_told
from skywright.topics.cost.budgets.period import amount_of, pace_of, period_at
from skywright.topics.series.forecast import forecast_sums

TODAY = date(2026, 11, 22)
SEPTEMBER, YESTERDAY = date(2026, 9, 1), date(2026, 11, 21)


def budget(**said) -> Budget:
    return msgspec.convert({"amount": 250, **said}, Budget)


def use(cost, since=SEPTEMBER, until=YESTERDAY, **columns):
    days = [since + timedelta(days=day) for day in range((until - since).days + 1)]
    return [row(str(cost), f"{day:%Y-%m}", day.day, **columns) for day in days]


def room(rows, **budgets) -> BudgetRoom:
    return BudgetRoom(books(rows), budgets, forecast_sums)


def standing(rows, one, today=TODAY, at=None):
    return room(rows, web=one).standings(today, at=at)[0]


def test_what_is_spent_what_is_expected_and_the_day_it_runs_out():
    one = standing(use(10), budget())
    assert (one.start, one.end, one.through) == (date(2026, 11, 1), date(2026, 12, 1), YESTERDAY)
    assert (one.spent, one.amount, one.pace) == (Decimal(210), Decimal(250), Decimal("175.00"))
    assert float(one.expected) == pytest.approx(300, abs=0.1)
    assert one.low <= one.expected <= one.high
    assert one.out.probability > 0.99
    assert (one.out.day, one.out.earliest, one.out.latest) == (date(2026, 11, 25),) * 3
    assert [(step.id, step.reached) for step in one.steps] == [("actual-80", True), ("actual-100", False), ("forecast-100", True)]
    assert one.steps[0].day == date(2026, 11, 20)
    assert len(one.course) == 30
    assert len(one.bounds) == 9


def test_a_budget_that_lasts_is_not_told():
    one = standing(use(10), budget(amount=400))
    assert one.out.day is None
    assert one.out.probability < 0.01
    assert not any(step.reached for step in one.steps)


def test_a_budget_that_ran_out_says_when():
    one = standing(use(10), budget(amount=100))
    assert (one.out.day, one.out.probability) == (date(2026, 11, 10), 1.0)


def test_noise_gives_a_day_between_two_others():
    noisy = [row(str(10 + 4 * ((day * 7919) % 11 - 5) / 5), f"{at:%Y-%m}", at.day)
             for day in range(82) for at in [SEPTEMBER + timedelta(days=day)]]  # fmt: skip
    one = standing(noisy, budget(amount=Decimal(270)))
    assert one.out.earliest <= one.out.day <= (one.out.latest or date(2026, 11, 30))
    assert one.out.earliest < (one.out.latest or date(2026, 12, 1))


def test_only_its_scope_counts():
    rows = [*use(10), *use(90, SubAccountId="other"), *use(1, BillingCurrency="EUR")]
    one = standing(rows, budget(where={"account": "pay-*"}))
    assert one.spent == 210
    assert one.remarks == ("Charges in EUR are not counted: no rate leads from there to USD.",)
    assert (one.uncounted, one.judged) == (("EUR",), False)


def test_what_is_counted_may_be_too_much_already():
    rows = [*use(10), *use(1, BillingCurrency="EUR")]
    assert [standing(rows, budget(amount=amount)).judged for amount in (100, 1000)] == [True, False]
    assert standing(use(10), budget(amount=1000)).judged


@pytest.mark.parametrize(("currency", "spent"), [("", 252), ("USD", 252), ("EUR", 21)])
def test_rates_are_used_towards_the_currency_of_the_settings_only(tmp_path, currency, spent):
    rates = tmp_path / "rates.csv"
    rates.write_text("date,currency,rate\n2026-01-01,EUR,2\n")
    rows = [*use(10), *use(1, BillingCurrency="EUR")]
    here = BudgetRoom(books(rows, CostSettings(rates=str(rates))), {"web": budget(currency=currency)}, forecast_sums)
    assert here.standings(TODAY)[0].spent == spent


def test_nothing_in_scope_is_said_and_not_an_error():
    one = standing(use(10), budget(where={"service": "Nothing"}))
    assert (one.spent, one.expected, one.out.probability) == (0, 0, 0.0)
    assert one.remarks == ("Nothing in the ledger is in its scope.",)


def test_a_ledger_that_lags_is_said():
    one = standing(use(10, until=date(2026, 11, 10)), budget())
    assert one.remarks == ("The ledger ends on 2026-11-10: 11 days after it are not in it.",)
    assert float(one.expected) == pytest.approx(300, abs=0.1)


def test_a_month_that_has_not_begun_in_the_ledger_is_forecast_whole():
    one = standing(use(10, until=date(2026, 10, 25)), budget())
    assert one.spent == 0
    assert float(one.expected) == pytest.approx(300, abs=0.1)
    assert len(one.course) == 30


def test_a_past_period_has_no_forecast():
    one = standing(use(10), budget(), at=date(2026, 10, 15))
    assert (one.spent, one.expected, one.bounds, one.start) == (310, 310, (), date(2026, 10, 1))


PERIODS = [
    ({}, (date(2026, 11, 1), date(2026, 12, 1))),
    ({"period": "quarter"}, (date(2026, 10, 1), date(2027, 1, 1))),
    ({"period": "year"}, (date(2026, 1, 1), date(2027, 1, 1))),
    ({"period": "once", "start": "2026-11-10", "end": "2026-11-25"}, (date(2026, 11, 10), date(2026, 11, 25))),
]


@pytest.mark.parametrize(("said", "period"), PERIODS)
def test_periods(said, period):
    assert period_at(budget(**said), TODAY) == period


def test_amounts_by_month_add_up_and_set_the_pace():
    one = msgspec.convert({"amounts": {"2026-10": 310, "2026-11": 600, "2026-12": 0.5}, "period": "quarter"}, Budget)
    start, end = period_at(one, TODAY)
    amount = amount_of("web", one, start, end)
    assert amount == Decimal("910.5")
    assert pace_of(one, start, end, amount, date(2026, 11, 16)) == Decimal("610.00")
    assert pace_of(one, start, end, amount, date(2026, 9, 16)) == 0
    assert pace_of(budget(), date(2026, 11, 1), date(2026, 12, 1), Decimal(250), date(2027, 1, 1)) == 250


def test_a_month_without_an_amount_is_said():
    one = msgspec.convert({"amounts": {"2026-10": 310}}, Budget)
    with pytest.raises(BadInput) as caught:
        standing(use(10), one)
    assert str(caught.value) == "cost.budgets.web.amounts: Budget web has no amount for 2026-11. Add it."


def test_a_name_that_is_none_is_said():
    with pytest.raises(BadInput) as caught:
        room([], web=budget()).standings(TODAY, "wbe")
    assert str(caught.value) == "There is no budget 'wbe'. cost.budgets has: web."


WRONG = [
    ({"amounts": {"2026-11": 1}}, "a budget needs an amount, or amounts by month; one of them"),
    ({"amount": 0}, "an amount is more than 0"),
    ({"amount": -5}, "an amount is more than 0"),
    ({"amount": None, "amounts": {"2026-13": 1}}, "amounts: 2026-13 is no month; write 2026-11"),
    ({"amount": None, "amounts": {"2026-11": 1}, "period": "once"}, "amounts by month go with periods of month, quarter or year"),
    ({"period": "once", "start": "2026-11-10"}, "start and end go with period: once, and it needs both"),
    ({"start": "2026-11-10"}, "start and end go with period: once, and it needs both"),
    ({"period": "once", "start": "2026-11-10", "end": "2026-11-10"}, "end must come after start"),
    ({"cost": "list"}, "Invalid enum value 'list' - at `$.cost`"),
    ({"where": {"sevrice": "x"}}, "there is no dimension sevrice (did you mean service?)"),
    ({"thresholds": [{"percent": 0}]}, "percent is over 0 and at most 1000"),
    ({"thresholds": [{"percent": 10, "probability": 1}]}, "probability is between 0 and 1"),
]


@pytest.mark.parametrize(("said", "sentence"), WRONG)
def test_settings_that_cannot_be_are_refused(said, sentence):
    with pytest.raises(msgspec.ValidationError) as caught:
        budget(**said)
    assert sentence in str(caught.value)


class Facts(dict):
    def put(self, key, value):
        self[key] = value


class Notifier:
    """Takes messages, or refuses."""

    def __init__(self, name="ops", works=True):
        self.name, self.works, self.taken = name, works, []

    def send(self, message):
        if not self.works:
            raise AskHuman(f"Notifier {self.name} answered 403.", next_step="Check it.")
        self.taken.append(message)


def told(rows, facts, *notifiers, today=TODAY, **said):
    """One run of `cost budgets --notify`."""
    one = budget(notify=[notifier.name for notifier in notifiers], **said)
    here = room(rows, web=one)
    sent = send(tuple(due(here.to_tell(today, facts), here.budgets, facts)), {one.name: one for one in notifiers}, facts,
                lambda: datetime(2026, 11, 22))  # fmt: skip
    here.keep_watched(today, facts)
    return sent


def test_each_threshold_is_told_once_a_period_and_to_everybody():
    facts, ops, boss = Facts(), Notifier(), Notifier("boss")
    assert len(told(use(10), facts, ops, boss).arrived) == 4
    assert [message.title for message in ops.taken] == [
        "Budget web: 80 % of 250.00 USD is spent.",
        "Budget web will pass 100 % of 250.00 USD on 25 Nov.",
    ]
    assert told(use(10), facts, ops, boss).arrived == ()
    later = use(10, until=date(2026, 11, 28))
    assert len(told(later, facts, ops, boss, today=date(2026, 11, 29)).arrived) == 2
    assert ops.taken[-1].title == "Budget web: 100 % of 250.00 USD is spent."
    assert ops.taken[-1].severity == "critical"
    assert told(later, facts, ops, boss, today=date(2026, 11, 29)).arrived == ()


def test_a_new_period_is_told_anew():
    facts, ops = Facts(), Notifier()
    told(use(10, until=date(2026, 10, 28)), facts, ops, today=date(2026, 10, 29))
    count = len(ops.taken)
    told(use(10, until=date(2026, 11, 28)), facts, ops, today=date(2026, 11, 29))
    assert len(ops.taken) > count
    assert len({message.key for message in ops.taken}) == len(ops.taken)


def test_who_could_not_be_told_is_told_next_time_and_nobody_else_twice():
    facts, broken, well = Facts(), Notifier("broken", works=False), Notifier("well")
    sent = told(use(10), facts, broken, well)
    assert {alert.notifier for alert, _ in sent.failed} == {"broken"}
    assert {error for _, error in sent.failed} == {"Notifier broken answered 403. Check it."}
    broken.works = True
    again = told(use(10), facts, broken, well)
    assert {alert.notifier for alert in again.arrived} == {"broken"}
    assert len(well.taken) == 2


def test_what_a_restated_bill_undoes_is_taken_back_once():
    facts, ops = Facts(), Notifier()
    told(use(10, until=date(2026, 10, 28)), facts, ops, today=date(2026, 10, 29))
    first = [message.key for message in ops.taken]
    less = [*use(5, until=date(2026, 10, 31)), *use(1, since=date(2026, 11, 1), until=date(2026, 11, 9))]
    told(less, facts, ops, today=date(2026, 11, 10))
    back = ops.taken[len(first) :]
    assert [(message.resolved, message.severity) for message in back] == [(True, "info")] * 2
    assert back[0].title == "Budget web: 80 % of 250.00 USD is not spent after all; the bill was restated."
    assert {message.key for message in back} <= set(first)
    assert told(less, facts, ops, today=date(2026, 11, 10)).arrived == ()


def test_a_budget_that_is_new_does_not_tell_of_the_past():
    facts, ops = Facts(), Notifier()
    told(use(10, until=date(2026, 11, 2)), facts, ops, today=date(2026, 11, 3), amount=290)
    assert {message.key.split("/")[2] for message in ops.taken} == {"2026-11-01"}


def test_who_is_not_there_is_said_before_anything_is_told():
    with pytest.raises(BadInput) as caught:
        check_names({"web": budget(notify=["opps"])}, ["ops"])
    assert str(caught.value) == (
        "cost.budgets.web.notify: Budget web tells 'opps', and there is no such notifier. notify has: ops."
    )


def test_days_are_told_with_their_range():
    step = standing(use(10), budget()).out
    changed = msgspec.structs.replace(step, earliest=date(2026, 11, 20), latest=date(2026, 11, 28), day=date(2026, 11, 23))
    assert when_told(changed, date(2026, 12, 1)) == "23 Nov, between 20 Nov and 28 Nov"
    assert when_told(msgspec.structs.replace(changed, latest=None), date(2026, 12, 1)) == (
        "23 Nov, between 20 Nov and later than 30 Nov"
    )
