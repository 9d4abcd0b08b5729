"""Break one column of a real bill, in whatever rows: what then fails names that column, and nothing else fails."""

from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.topics.focus import bills
from tests.topics.focus.asking import bill

from skywright.topics.focus.rules import conditions, model
from skywright.topics.focus.validate import validate
from skywright.topics.focus.verdicts import Outcome, Verdict

ROWS = bills.rows()[:20]
WHERE = {rule: str(specs) for rule, specs in conditions(model().rules).items()}


def failing(rows: list[dict[str, str | None]]) -> dict[str, Outcome]:
    report = validate(bill({key: [row[key] for row in rows] for key in rows[0]}), "1.2", "CostAndUsage", ["all"])
    return {one.rule: one for one in report.outcomes if one.verdict is Verdict.FAIL and not one.composite}


@lru_cache(maxsize=1)
def before() -> frozenset[str]:
    return frozenset(failing(ROWS))


def names(one: Outcome, column: str) -> bool:
    """Whether an outcome is about a column: by its id, its sentence, its condition, its reason or the rows that it shows."""
    shown = [key for example in one.examples for key in example.values]
    return column in f"{one.rule} {one.text} {one.why} {WHERE[one.rule]}" or column in shown


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(sorted(bills.BROKEN)), st.sets(st.integers(0, len(ROWS) - 1), min_size=1))
def test_what_fails_names_the_column(name, places):
    column, value = bills.BROKEN[name]
    rows = [{**row, column: value} if place in places else row for place, row in enumerate(ROWS)]
    new = {rule: one for rule, one in failing(rows).items() if rule not in before()}
    assert [rule for rule, one in new.items() if not names(one, column)] == []
