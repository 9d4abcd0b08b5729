"""From the settings to the verdict: a plan that costs more is held to the budgets, on the estate and the ledger as they are."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.scripts.conftest import SECOND, gathered, identifier
from tests.topics.cost.books.ledger import MemoryLedger, row

from skywright.model.plan import Action, Proposal
from skywright.wiring import open_house

INSTANCE = identifier("compute.instance", "i-0web")
SETTINGS = """
cost:
  budgets:
    all: {{amount: {amount}, guard: {guard}, where: {{"tag:owner": search}}}}
rails: {{disabled: {disabled}, spend_increase_max_monthly: 100000}}
"""


class Today:
    def now(self):
        return SECOND

    def sleep(self, seconds):
        raise AssertionError


def validated(tmp_path, kind="m5.4xlarge", amount=1000, guard="block", disabled="[]"):
    (tmp_path / "skywright.yaml").write_text(SETTINGS.format(amount=amount, guard=guard, disabled=disabled))
    house = open_house(tmp_path / "skywright.yaml", tmp_path / "data")
    house.__dict__["clock"] = Today()
    days = [date(2026, 4, 1) + timedelta(days=day) for day in range(91)]
    charges = [row("30", f"{day:%Y-%m}", day.day, Tags={"owner": "search"}) for day in days]
    house.treasury.__dict__["ledger"] = MemoryLedger(charges)
    gathered(house, SECOND, None)
    proposal = Proposal(proposer="t", target=INSTANCE, action=Action.UPDATE, set={"type": kind}, why="more room", reasons=("r",),
                        precedence=1)  # fmt: skip
    verdict = house.validate(house.plan_of([proposal]))
    house.close()
    return [one for one in verdict.objections if one.rail == "budget"]


def test_a_dearer_machine_is_objected_to_where_the_budget_is_tight(tmp_path):
    (objection,) = validated(tmp_path)
    assert objection.weight.value == "block"
    assert objection.reason.startswith("Budget all: the plan adds ")
    added = Decimal(objection.reason.split("adds ")[1].split(" by")[0])
    assert 250 < added < 350  # eight more processors for a month
    assert "expected 930.0" in objection.reason


@pytest.mark.parametrize(
    "said",
    [{"amount": 5000}, {"kind": "m5.large"}, {"guard": "none"}, {"disabled": "[budget]"}],
    ids=["room", "saves", "no guard", "off"],
)
def test_and_not_otherwise(tmp_path, said):
    assert validated(tmp_path, **said) == []
