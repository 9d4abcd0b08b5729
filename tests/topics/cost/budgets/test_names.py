"""Budgets that tell somebody whom nobody knows: who is known is listed."""

from decimal import Decimal

import pytest

from skywright.model.cost_settings import Budget
from skywright.model.errors import BadInput
from skywright.topics.cost.budgets.alerts import check_names


def test_every_notifier_that_is_known_is_listed() -> None:
    budgets = {"web": Budget(amount=Decimal(100), currency="EUR", notify=["ops", "opps"])}
    with pytest.raises(BadInput) as caught:
        check_names(budgets, ["ops", "sms"])
    assert str(caught.value) == (
        "cost.budgets.web.notify: Budget web tells 'opps', and there is no such notifier. notify has: ops, sms."
    )
    check_names(budgets, ["opps", "ops"])
