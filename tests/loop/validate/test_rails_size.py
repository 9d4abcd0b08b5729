"""Rails of size: how much at once, and how much money."""

from decimal import Decimal

import pytest

from skywright.loop.validate.rails import size
from skywright.model.money import Money
from skywright.model.settings import RailSettings
from skywright.model.verdict import Consequences

from .conftest import change, facts, rid, row


def many(count, **more):
    return [change(rid("storage.volume", f"vol-{number}"), **more) for number in range(count)]


def test_too_many_changes_or_deletions_block(said):
    settings = RailSettings(changes_max=2, deletes_max=1, share_max_pct=100)
    assert said(size.blast_radius, facts(many(3, delete=True), settings=settings, sizes={("storage.volume", "1", ""): 99})) == [
        (
            "block",
            (
                "The plan has 3 changes; at most 2 may be made. "
                "Plan less at once (`skywright plan --only ...`), or raise rails.changes_max in the configuration."
            ),
        ),
        (
            "block",
            (
                "The plan has 3 deletions; at most 1 may be made. "
                "Plan less at once (`skywright plan --only ...`), or raise rails.deletes_max in the configuration."
            ),
        ),
    ]


@pytest.mark.parametrize(("touched", "held", "blocked"), [(5, 10, False), (6, 10, True), (4, 4, False), (5, 5, True)])
def test_a_share_of_a_kind_blocks_from_the_floor_on(touched, held, blocked, said):
    found = said(size.blast_radius, facts(many(touched), sizes={("storage.volume", "1", ""): held}))
    sentence = (
        f"The plan touches {touched} of {held} storage.volume in account 1; 50 % are allowed. "
        "Plan less at once (`skywright plan --only ...`), or raise rails.share_max_pct in the configuration."
    )
    assert found == ([("block", sentence)] if blocked else [])


def test_a_share_of_an_environment_blocks_too(said):
    changes = many(5)
    rows = {one.target: row(one.target, tags={"environment": "prod"}) for one in changes}
    sizes = {("storage.volume", "1", "prod"): 6, ("storage.volume", "1", "dev"): 94}
    assert said(size.blast_radius, facts(changes, rows=rows, sizes=sizes)) == [
        (
            "block",
            (
                "The plan touches 5 of 6 storage.volume in account 1, environment prod; 50 % are allowed. "
                "Plan less at once (`skywright plan --only ...`), or raise rails.share_max_pct in the configuration."
            ),
        )
    ]


def test_a_share_of_zero_forbids(said):
    settings = RailSettings(share_max_pct=0, share_floor=0)
    assert len(said(size.blast_radius, facts(many(1), sizes={("storage.volume", "1", ""): 1000}, settings=settings))) == 1


@pytest.mark.parametrize(("after", "cap", "blocked"), [("10", 0, False), ("9", 0, False), ("10.01", 0, True), ("15", 5, False)])
def test_a_plan_that_costs_more_than_agreed_blocks(after, cap, blocked, said):
    seen = Consequences(cost_before=Money(Decimal(10)), cost_after=Money(Decimal(after)))
    found = said(size.spend_cap, facts(many(1), consequences=seen, settings=RailSettings(spend_increase_max_monthly=cap)))
    sentence = (
        "The plan costs $0.01 more a month; $0.00 is allowed. "
        "Plan less at once (`skywright plan --only ...`), or raise rails.spend_increase_max_monthly in the configuration."
    )
    assert found == ([("block", sentence)] if blocked else [])


def test_unknown_costs_are_told_and_are_not_zero(said):
    assert said(size.spend_cap, facts(many(1), consequences=Consequences(cost_unknown=3))) == [
        (
            "warn",
            "What 3 of the changed resources cost is not known, so that the sum leaves them out. `skywright explain` shows which.",
        )
    ]
