"""Proof: changes against rows read again."""

import pytest
from tests.sim.office import delete, instance, update, volume

from skywright.loop.verify import alike, prove, worse
from skywright.model.kinds import Resource
from skywright.ports.cloud import Health

CHANGE = update(volume("v"), type="gp3", size_gib=200)
NAME = volume("v").id


def missing(change, fresh: dict[str, Resource | None], *, back: bool = False) -> str:
    return prove([change], fresh, back=back)[0].missing


def test_what_is_as_wanted_is_proven_and_shown() -> None:
    (proof,) = prove([CHANGE], {NAME: volume("v", type="gp3", size_gib=200)})
    assert (proof.missing, proof.observed) == ("", {"type": "gp3", "size_gib": 200})


def test_what_is_not_as_wanted_is_named_column_by_column() -> None:
    said = f'{NAME}: type is "gp2", not "gp3". {NAME}: size_gib is 100, not 200.'
    assert missing(CHANGE, {NAME: volume("v")}) == said


def test_unread_is_not_proven() -> None:
    assert missing(CHANGE, {}) == f"{NAME} could not be read again."
    assert missing(delete(volume("v")), {}) == f"{NAME} could not be read again."


def test_gone_is_not_proven_for_an_update() -> None:
    assert missing(CHANGE, {NAME: None}) == f"{NAME} is gone."


@pytest.mark.parametrize("state", ["terminated", "deleting", "pending-deletion"])
def test_deleted_is_gone_or_on_its_way(state: str) -> None:
    assert missing(delete(volume("v")), {NAME: None}) == ""
    assert missing(delete(volume("v")), {NAME: volume("v", state=state)}) == ""


def test_not_deleted_is_still_there() -> None:
    assert missing(delete(volume("v")), {NAME: volume("v")}) == f"{NAME} is still there."


def test_taken_back_is_held_against_before() -> None:
    assert missing(CHANGE, {NAME: volume("v")}, back=True) == ""
    assert missing(update(volume("v"), type="gp3"), {NAME: volume("v", type="gp3")}, back=True) == (
        f'{NAME}: type is "gp3", not "gp2".'
    )


def test_what_was_unknown_before_is_held_against_nothing() -> None:
    change = update(volume("v", iops=None), type="gp3", iops=3000)
    assert missing(change, {NAME: volume("v", iops=300)}, back=True) == ""


def test_a_long_value_is_cut() -> None:
    change = update(instance("a"), tags={"note": "x" * 10_000_000})
    said = missing(change, {instance("a").id: instance("a")})
    assert len(said) < 300
    assert said.endswith('not {"note":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx....')


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2], [2, 1], True),
        ([1, 1, 2], [1, 2, 2], False),
        ([{"a": [1, 2]}, {"b": 1}], [{"b": 1}, {"a": [2, 1]}], True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ('{"Statement": [1, 2]}', '{"Statement":[2,1]}', True),
        ("{not json", "{not json", True),
        ("{not json", "{not  json", False),
        (1, True, True),
        (None, "", False),
    ],
)
def test_alike(one, other, expected) -> None:
    assert alike(one, other) is expected


def test_worse_is_well_before_and_not_well_after() -> None:
    before = [Health("a", well=True), Health("b", well=False), Health("c", well=None), Health("d", well=True)]
    after = [Health("a", well=False, reason="impaired"), Health("b", well=False), Health("c", well=False), Health("d", well=None)]
    assert worse(before, after) == {"a": "impaired"}
