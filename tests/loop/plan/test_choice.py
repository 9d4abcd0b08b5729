"""What a user wants planned."""

import pytest

from skywright.loop.plan import Choice
from skywright.model.plan import Action, Proposal, Risk

ONE = Proposal(
    proposer="storage_volume_gp2",
    target="aws:1:eu-west-1:storage.volume/vol-1",
    action=Action.UPDATE,
    set={"type": "gp3"},
    why="w",
    reasons=("r",),
    precedence=1,
    risk=Risk.MEDIUM,
)

CHOICES = [
    # name                 choice                                                             taken
    ("everything", Choice(), True),
    ("its rule", Choice(rules=("storage_volume_gp2",)), True),
    ("rules by glob", Choice(rules=("compute_*", "storage_*")), True),
    ("another rule", Choice(rules=("compute_*",)), False),
    ("its kind", Choice(kinds=("storage.volume",)), True),
    ("another kind", Choice(kinds=("compute.*",)), False),
    ("its id", Choice(targets=("aws:1:eu-west-1:storage.volume/vol-1",)), True),
    ("its own id", Choice(targets=("vol-1",)), True),
    ("a region by glob", Choice(targets=("aws:1:eu-west-1:*",)), True),
    ("another id", Choice(targets=("vol-2",)), False),
    ("up to its risk", Choice(risk_max=Risk.MEDIUM), True),
    ("up to less", Choice(risk_max=Risk.LOW), False),
]


@pytest.mark.parametrize(("name", "choice", "taken"), CHOICES, ids=[case[0] for case in CHOICES])
def test_choice(name, choice, taken):
    assert choice.takes(ONE) is taken


def test_the_plan_says_what_was_left_out():
    choice = Choice(rules=("a", "b"), kinds=("k",), targets=("t",), insights=False, risk_max=Risk.LOW)
    assert choice.note == "Only a part was planned: rules a, b; kinds k; targets t; risk up to low; no insights."
    assert Choice().note == ""
