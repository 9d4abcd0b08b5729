"""Settings with values that cannot be: each is told with file, line, what may stand there, and what was meant."""

from pathlib import Path

import pytest

from skywright.adapters.settings import load_settings
from skywright.model.errors import BadInput


def written(folder: Path, text: str) -> Path:
    path = folder / "skywright.yaml"
    path.write_text(text, encoding="utf-8")
    return path


WRONG_VALUES = [
    # an unknown value of a closed list names the nearest
    ("engine: sprak", "engine: 'sprak' is none of duckdb, spark. Did you mean 'spark'?"),
    ("engine: Spark", "engine: 'Spark' is none of duckdb, spark. Did you mean 'spark'?"),
    ("cost: {budgets: {web: {amount: 5, period: monthly}}}",
     "cost.budgets.web.period: 'monthly' is none of month, once, quarter, year. Did you mean 'month'?"),
    ("cost: {budgets: {web: {amount: 5, guard: stop}}}",
     "cost.budgets.web.guard: 'stop' is none of approval, block, none, warn. Write one of them."),
    ("cost: {budgets: {web: {amount: 5, cost: biled}}}",
     "cost.budgets.web.cost: 'biled' is none of billed, effective. Did you mean 'billed'?"),
    ("cost: {budgets: {web: {amount: 5, thresholds: [{percent: 5}, {percent: 5, of: forcast}]}}}",
     "cost.budgets.web.thresholds.1.of: 'forcast' is none of actual, forecast. Did you mean 'forecast'?"),
    ("cost: {shares: [{name: net, method: evn}]}",
     "cost.shares.0.method: 'evn' is none of even, fixed, metric, proportional. Did you mean 'even'?"),
    ("cost: {tags: {virtual: {team: {rules: [{value: a}], own: lst}}}}",
     "cost.tags.virtual.team.own: 'lst' is none of first, last, never. Did you mean 'last'?"),
    ("schedules: [{name: n, cron: '0 2 * * *', what: gahter}]",
     "schedules.0.what: 'gahter' is none of gather, turn. Did you mean 'gather'?"),
    ("rails: {approvals: {low: 1, hihg: 2}}", "rails: approvals: hihg is no risk; there are none, low, medium, high. {see}"),
    # a value of another kind
    ("cost: {budgets: {web: {amount: 5, guard: no}}}",
     "cost.budgets.web.guard: must be one of approval, block, none, warn, not true or false. {see}"),
    ("rails: {changes_max: 1.5}", "rails.changes_max: must be a whole number, not a number. {see}"),
    ("rules: {packs: 5}", "rules.packs: must be a list, not a whole number. {see}"),
    ("cost: {metrics: {users: 5}}", "cost.metrics.users: must be a text or keys with values, not a whole number. {see}"),
    ("cost: {budgets: {web: {amount: 5, period: once, start: 5, end: 2026-12-01}}}",
     "cost.budgets.web.start: must be a date or nothing, not a whole number. {see}"),
    ("store: {env: 5}", "store.env: must be a text or nothing, not a whole number. {see}"),
    ("1: 2", "key 1 must be a text. Put it in quotes, or see whether a comma is meant as one."),
    ("cost: {budgets: {web: {amount: 5,000}}}",
     "cost.budgets.web: key 0 must be a text. Put it in quotes, or see whether a comma is meant as one."),
    # amounts, currencies and dates
    ("cost: {budgets: {web: {amount: '5,000'}}}",
     "cost.budgets.web.amount: is no amount: write it as 1200.50, without currency or separators. {see}"),
    ("cost: {budgets: {web: {amounts: {2026-11: $5}}}}",
     "cost.budgets.web.amounts.2026-11: is no amount: write it as 1200.50, without currency or separators. {see}"),
    ("cost: {budgets: {web: {amount: -5}}}", "cost.budgets.web: an amount is more than 0. {see}"),
    ("cost: {currency: dollar}", "cost.currency: is no code of a currency: write three capital letters, as EUR. {see}"),
    ("cost: {anomalies: {holidays: ['2026-13-01']}}", "cost.anomalies.holidays.0: is no date: write it as 2026-11-30. {see}"),
    ("cost: {anomalies: {holidays: [2026-02-30]}}",
     "'2026-02-30' cannot be read: day is out of range for month. Correct it, or put it in quotes if it is a text."),
    # less than there can be
    ("rails: {changes_max: -5}", "rails.changes_max: must be a whole number, at least 0. {see}"),
    ("rails: {share_max_pct: 101}", "rails.share_max_pct: must be a number, at most 100. {see}"),
    ("rails: {approvals: {low: -1}}", "rails.approvals.low: must be a whole number, at least 0. {see}"),
    ("rails: {windows: [{name: n, cron: '0 2 * * *', hours: 0}]}", "rails.windows.0.hours: must be a number, more than 0. {see}"),
    ("prices: {discounts: [{percent: -4}]}", "prices.discounts.0.percent: must be a number, at least 0. {see}"),
    ("waves: {growth: 0.5}", "waves.growth: must be a number, at least 1. {see}"),
    ("retention: {days: -1}", "retention.days: must be a whole number, at least 0. {see}"),
    ("usage_days: 0", "usage_days: must be a whole number, at least 1. {see}"),
    ("cost: {closed_after_months: -1}", "cost.closed_after_months: must be a whole number, at least 0. {see}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG_VALUES, ids=[text for text, _ in WRONG_VALUES])
def test_a_wrong_value_is_told_in_plain_words(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, f"data: here\n{text}\n")
    with pytest.raises(BadInput) as caught:
        load_settings(path, {})
    assert str(caught.value) == f"{path}:2: {message.format(see='See `skywright config schema`.')}"


def test_a_date_that_there_is_not_in_a_variable(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings(written(tmp_path, "data: x\n"), {"SKYWRIGHT__COST__ANOMALIES__HOLIDAYS": "[2026-02-30]"})
    assert str(caught.value) == "SKYWRIGHT__COST__ANOMALIES__HOLIDAYS: its value is not valid YAML. Quote it."


def test_a_value_that_may_be_a_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings(written(tmp_path, "usage_history: [{address: a, token: hunter2}]\n"), {})
    assert "hunter2" not in str(caught.value)
    assert "usage_history.0.token: must be keys with values or nothing, not a text." in str(caught.value)
