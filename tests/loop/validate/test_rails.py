"""Guard rails together: all are asked, each can be switched off, and what is harmless passes."""

import pytest
from tests.loop.validate._targets import INSTANCE, VOLUME, gap

from skywright.loop.validate import RAILS, object_to
from skywright.loop.validate.facts import Need
from skywright.model.plan import Reversibility, Risk
from skywright.model.settings import RailSettings
from skywright.model.verdict import Weight

from .conftest import change, facts, row


def test_all_rails_are_asked_and_all_objections_come_at_once():
    one = change(VOLUME, delete=True, reversibility=Reversibility.NONE, risk=Risk.HIGH)
    known = facts(
        [one],
        rows={VOLUME: row(VOLUME, tags={"keep": "true"})},
        gaps=(gap("storage.volume"),),
        needs=(Need(INSTANCE, "uses", VOLUME),),
    )
    assert {objection.rail for objection in object_to(known)} == {
        "moved",
        "coverage",
        "protected",
        "irreversible",
        "dependency",
        "approval",
    }


@pytest.mark.parametrize("name", RAILS)
def test_a_rail_can_be_switched_off(name):
    known = facts(
        [change(VOLUME, delete=True, reversibility=Reversibility.NONE, risk=Risk.HIGH)],
        rows={},
        settings=RailSettings(disabled=[name]),
    )
    assert name not in {objection.rail for objection in object_to(known)}


def test_a_harmless_plan_meets_no_objection():
    assert object_to(facts([change(VOLUME)], sizes={("storage.volume", "1", ""): 1})) == ()


def test_only_blocking_objections_block():
    assert [objection.weight for objection in object_to(facts([change(VOLUME, risk=Risk.LOW)]))] == [Weight.APPROVAL]
