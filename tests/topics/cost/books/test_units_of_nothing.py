"""Unit costs of what the ledger does not hold: why, and what would be met."""

import pytest
from tests.topics.cost.books.asking import TODAY, books
from tests.topics.cost.books.ledger import row

from skywright.model.errors import BadInput
from skywright.topics.cost.books.metric import Combine
from skywright.topics.cost.books.period import Grain, parse_period
from skywright.topics.cost.books.question import Question
from skywright.topics.cost.books.room import parse_where
from skywright.topics.cost.sharing.room import Sharing


@pytest.mark.parametrize(
    ("where", "period", "sentence"),
    [
        (("service=Databses",), "2026-09", "--where: No row of 2026-09 has service=Databses. Did you mean Databases?"),
        ((), "2026-07", "Nothing in the ledger answers that for 2026-07. It holds 2026-09 to 2026-09."),
    ],
)
def test_why_nothing_was_billed_is_told(tmp_path, where, period, sentence) -> None:
    path = tmp_path / "users.csv"
    path.write_text("date,value\n2026-07,1\n2026-09,4\n", encoding="utf-8")
    room = Sharing(books([row("1", ServiceName="Databases")]), lambda *_: [])
    question = Question(by=(), period=parse_period(period, TODAY), where=parse_where(where))
    with pytest.raises(BadInput) as caught:
        room.unit_costs(question, Grain.MONTH, str(path), Combine.SUM)
    assert str(caught.value) == sentence
