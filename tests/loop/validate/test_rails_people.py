"""The rail of people: how many have to approve."""

import pytest
from tests.loop.validate._targets import INSTANCE, VOLUME

from skywright.loop.validate.rails import people
from skywright.model.plan import Risk

from .conftest import change, facts


@pytest.mark.parametrize(
    ("risk", "names", "missing"),
    [
        (Risk.NONE, (), None),
        (Risk.LOW, (), "1 person must approve, because the plan holds changes of risk low; so far: nobody."),
        (Risk.LOW, ("ann",), None),
        (Risk.HIGH, ("ann",), "2 different people must approve, because the plan holds changes of risk high; so far: ann."),
        (Risk.HIGH, ("ann", " Ann "), "2 different people must approve, because the plan holds changes of risk high; so far: Ann."),
        (Risk.HIGH, ("ann", "bob"), None),
        (Risk.HIGH, ("", "bob"), "2 different people must approve, because the plan holds changes of risk high; so far: bob."),
    ],
)
def test_the_riskiest_change_says_how_many_people_it_takes(risk, names, missing, said):
    known = facts([change(VOLUME), change(INSTANCE, risk=risk)], approvals=names)
    expected = [("approval", f"{missing} Name them: `skywright execute PLAN --approve NAME`.")] if missing else []
    assert said(people.approval, known) == expected


def test_an_empty_plan_needs_nobody(said):
    assert said(people.approval, facts([])) == []
