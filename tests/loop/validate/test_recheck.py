"""The last look before execution: each target against what the plan was made on."""

import msgspec
import pytest

from skywright.loop.validate import recheck
from skywright.model.canonical import row_hash
from skywright.model.kinds.control import Queue
from skywright.model.kinds.storage import Volume
from skywright.model.plan import Action

from .conftest import change, rid

ID = rid("storage.volume", "vol-1")
SEEN = Volume(
    id=ID, cloud="aws", account="1", region="r", native_id="vol-1", type="gp2", size_gib=10, tags={"a": "b"}, native={"n": 1}
)
PLANNED = change(ID, {"type": "gp2"}, {"type": "gp3"}, observed=row_hash(SEEN))
ROWS = {ID: msgspec.structs.asdict(SEEN)}


def said(fresh, planned_on=ROWS, changes=(PLANNED,)):
    return [f"{objection.reason} {objection.next_step}" for objection in recheck(changes, fresh, planned_on)]


def moved(**columns):
    return {ID: msgspec.structs.replace(SEEN, **columns)}


def test_an_unmoved_target_passes_whatever_its_native_part_says():
    assert said({ID: SEEN}) == []
    assert said(moved(native={"n": 2})) == []


def test_a_field_that_moved_is_named_with_both_values():
    assert said(moved(type="io1")) == [
        f"{ID} has changed since it was planned: type was gp2 and is io1. Run `skywright plan` again."
    ]


def test_fields_that_the_plan_does_not_set_are_named_too_the_first_three():
    fresh = moved(size_gib=20, encrypted=True, state="in-use", tags={})
    assert said(fresh) == [
        (
            f"{ID} has changed since it was planned: encrypted was unknown and is True, size_gib was 10 and is 20, "
            "state was unknown and is in-use, 1 more. Run `skywright plan` again."
        )
    ]


def test_without_the_planned_row_only_what_the_plan_sets_can_be_named():
    assert said(moved(size_gib=20), None) == [
        f"{ID} has changed since it was planned: a column that the plan does not set. Run `skywright plan` again."
    ]


def test_a_row_of_another_snapshot_is_not_trusted():
    other = {ID: {**ROWS[ID], "size_gib": 99}}
    assert said(moved(type="io1"), other) == [
        f"{ID} has changed since it was planned: type was gp2 and is io1. Run `skywright plan` again."
    ]


def test_gone_and_unread_are_different_things():
    assert said({ID: None}) == [f"{ID} no longer exists. Run `skywright plan` again."]
    assert said({}) == [f"{ID} could not be read just now: unseen is not absent. Run it again when the cloud answers."]


def test_a_resource_that_is_created_has_nothing_to_compare():
    made = msgspec.structs.replace(PLANNED, action=Action.CREATE, before=None)
    assert said({}, changes=(made,)) == []


def test_counters_may_move_unless_the_plan_is_about_them():
    queue = Queue(id=rid("messaging.queue", "q"), cloud="aws", account="1", region="r", native_id="q", messages=5, encrypted=False)
    rows, fresh = {queue.id: msgspec.structs.asdict(queue)}, {queue.id: msgspec.structs.replace(queue, messages=6)}
    encrypt = change(queue.id, {"encrypted": False}, {"encrypted": True}, observed=row_hash(queue))
    purge = change(queue.id, {"messages": 5}, {"messages": 0}, observed=row_hash(queue))
    assert said(fresh, rows, (encrypt,)) == []
    assert said(fresh, rows, (purge,)) == [
        f"{queue.id} has changed since it was planned: messages was 5 and is 6. Run `skywright plan` again."
    ]


def test_what_is_deleted_as_empty_may_not_have_filled_since():
    queue = Queue(id=rid("messaging.queue", "q"), cloud="aws", account="1", region="r", native_id="q", messages=0)
    rows, fresh = {queue.id: msgspec.structs.asdict(queue)}, {queue.id: msgspec.structs.replace(queue, messages=6)}
    delete = change(queue.id, {"messages": 0}, delete=True, observed=row_hash(queue))
    assert said(fresh, rows, (delete,)) == [
        f"{queue.id} has changed since it was planned: messages was 0 and is 6. Run `skywright plan` again."
    ]


def test_what_the_change_was_planned_on_is_known_without_the_planned_row():
    assert said(moved(type="io1"), None) == [
        f"{ID} has changed since it was planned: type was gp2 and is io1. Run `skywright plan` again."
    ]


def test_the_native_part_is_never_named():
    seen = {ID: {**ROWS[ID], "seen_at": 1}}
    assert said(moved(native={"n": 2}, type="io1"), seen) == [
        f"{ID} has changed since it was planned: type was gp2 and is io1. Run `skywright plan` again."
    ]


@pytest.mark.parametrize(("length", "shown"), [(60, "x" * 60), (61, "x" * 57 + "..."), (500, "x" * 57 + "...")])
def test_a_long_value_is_shortened(length, shown):
    assert said(moved(type="x" * length)) == [
        f"{ID} has changed since it was planned: type was gp2 and is {shown}. Run `skywright plan` again."
    ]
