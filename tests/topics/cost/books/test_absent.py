"""What the ledger does not hold is said: which condition meets nothing and what would, tags that nobody has, times never read."""

import pytest
from tests.topics.cost.books.asking import TODAY, asked, books
from tests.topics.cost.books.ledger import row

from skywright.model.errors import BadInput
from skywright.topics.cost.books.period import Grain, parse_period
from skywright.topics.cost.books.question import Question
from skywright.topics.cost.books.sheet import Wish

ROWS = [
    row("1", ServiceName="Databases", Tags={"team": "web"}),
    row("2", ServiceName="Machines", Tags={"team": "ops", "Cost Center": "7"}),
    row("3", "2026-07", ServiceName="Machines"),
]

REFUSED = [
    ("service=Databses", "--where: No row of 2026-09 has service=Databses. Did you mean Databases?"),
    ("service=DNS", "--where: No row of 2026-09 has service=DNS. There are: Databases, Machines."),
    ("tag:nobody=x", "--where: No row of 2026-09 has tag:nobody=x. No row has any tag:nobody."),
    ("service!=*", "--where: No row of 2026-09 has service!=*. There are: Databases, Machines."),
]


@pytest.mark.parametrize(("where", "sentence"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_condition_that_nothing_meets(where, sentence):
    with pytest.raises(BadInput) as caught:
        asked(ROWS, where=(where,))
    assert str(caught.value) == sentence


def test_conditions_that_nothing_meets_together():
    with pytest.raises(BadInput) as caught:
        asked(ROWS, where=("service=Databases", "tag:team=ops"))
    assert str(caught.value) == "--where: No row of 2026-09 meets all conditions at once. Leave one of them out."


def test_many_values_are_not_listed():
    with pytest.raises(BadInput) as caught:
        asked([row("1", ServiceName=f"Service {name}") for name in range(13)], where=("service=DNS",))
    assert str(caught.value).endswith("`skywright cost show --by service` lists what there is.")


def test_a_time_that_is_not_held_is_said_before_any_condition():
    with pytest.raises(BadInput) as caught:
        asked(ROWS, period="2026-10", where=("service=DNS",))
    assert str(caught.value) == "Nothing in the ledger answers that for 2026-10. It holds 2026-07 to 2026-09."


def test_a_tag_that_nobody_has_is_told_with_those_there_are():
    assert asked(ROWS, by="tag:squad").remarks == ("No row has a tag squad. There are: team, Cost Center.",)
    assert asked(ROWS, by="tag:cost_center").remarks == ()
    assert asked([row("1")], by="tag:squad").remarks == ("No row has a tag squad. There are: none.",)


def test_a_time_that_was_never_read_is_no_time_without_cost():
    compared = {text: asked(ROWS, wish=Wish(compared=parse_period(text, TODAY))).remarks for text in ("2026-07", "2026-08")}
    said = "The ledger holds nothing of 2026-08: nothing can be said of a change."
    assert compared == {"2026-07": (), "2026-08": (said,)}
    question = Question(by=("service",), period=parse_period("2026-09", TODAY))
    assert books(ROWS).why(question, parse_period("2026-08", TODAY)).remarks == (said,)


def test_what_was_never_read_is_not_compared_with():
    """No column of noughts, and nothing that is new for being beside them."""
    nothing = asked(ROWS, wish=Wish(compared=parse_period("2026-08", TODAY)))
    assert (nothing.compared, [line.before for line in nothing.lines], [total.before for total in nothing.totals]) == (
        None,
        [None] * len(nothing.lines),
        [None] * len(nothing.totals),
    )
    assert asked(ROWS, wish=Wish(compared=parse_period("2026-07", TODAY))).compared is not None


def test_a_time_that_is_held_in_part_is_not_whole():
    rows = [row("1", "2026-08", 20), row("-1", "2026-08", 3, ChargeClass="Correction"), row("2", "2026-09", 1)]
    compared = {text: asked(rows, wish=Wish(compared=parse_period(text, TODAY))).remarks for text in ("2026-08", "2026-08-20")}
    assert compared == {"2026-08": ("The ledger's first usage is of 2026-08-20: 2026-08 may not be whole.",), "2026-08-20": ()}


def test_a_trend_knows_which_months_and_days_are_held():
    months = asked(ROWS, wish=Wish(trend=Grain.MONTH, back=4))
    assert months.held == (False, True, False, True)
    days = asked(ROWS, wish=Wish(trend=Grain.DAY))
    assert days.held == (True, *[False] * 29)
