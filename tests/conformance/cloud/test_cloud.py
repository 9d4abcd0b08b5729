"""The contract of ports/cloud.py, on every cloud."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from skywright.loop.verify import prove
from skywright.model.canonical import row_hash
from skywright.model.errors import AskHuman
from skywright.model.estate import CoverageState
from skywright.model.kinds import KIND_BY_NAME, parse_id
from skywright.model.plan import Change, Reversibility
from skywright.ports.cloud import Permission

TOKEN = "a" * 64


def names(case, change: Change) -> list[tuple[str, str, Reversibility]]:
    return [(step.name, step.text, step.reversibility) for step in case.cloud.steps(change)]


def do(case, change: Change) -> list[dict]:
    return [step.do(f"{index}{TOKEN}"[:64]) for index, step in enumerate(case.cloud.steps(change))]


def undo(case, change: Change, results: list[dict | None]) -> None:
    steps = list(case.cloud.steps(change))
    for index in reversed(range(len(results))):
        steps[index].undo(f"{index}{TOKEN}"[:64], results[index])


def missing(case, change: Change, *, back: bool = False) -> str:
    return prove([change], case.cloud.refresh([change.target]), back=back)[0].missing


def test_scopes_are_of_this_cloud_and_of_known_kinds(case) -> None:
    scopes, gaps = case.cloud.scopes()
    assert scopes
    assert list(gaps) == []
    assert {scope.cloud for scope in scopes} == {case.cloud.name}
    assert {kind for scope in scopes for kind in scope.kinds} <= set(KIND_BY_NAME)
    assert list(case.cloud.scopes()[0]) == list(scopes)


def test_a_scope_tells_of_each_of_its_kinds_how_well_it_was_read(case) -> None:
    for scope in case.cloud.scopes()[0]:
        batch = case.cloud.read(scope)
        assert sorted(row.kind for row in batch.coverage) == sorted(scope.kinds)
        for row in batch.coverage:
            assert (row.cloud, row.account, row.region) == (scope.cloud, scope.account, scope.region)
            assert row.rows == sum(row.kind == one.KIND for one in batch.resources)


def test_rows_are_named_by_where_they_stand(case) -> None:
    for identifier, row in case.rows().items():
        name = parse_id(identifier)
        assert (name.cloud, name.account, name.region, name.kind) == (row.cloud, row.account, row.region, row.KIND)
        assert name.native_id == row.native_id


def test_what_cannot_be_read_is_a_gap_with_a_reason(case) -> None:
    scopes, _ = case.cloud.scopes()
    case.blind()
    for scope in scopes:
        coverage = case.cloud.read(scope).coverage
        assert [row for row in coverage if not row.reason or (row.state is CoverageState.COMPLETE and not row.partial)] == []


def test_a_fresh_read_shows_what_the_gathering_showed(case) -> None:
    rows = case.rows()
    fresh = case.cloud.refresh(case.named)
    assert {target: row_hash(row) for target, row in fresh.items() if row} == {
        target: row_hash(rows[target]) for target in case.named
    }


def test_gone_is_none_and_unread_is_missing(case) -> None:
    assert case.cloud.refresh([case.gone]) == {case.gone: None}
    case.blind()
    assert case.cloud.refresh([case.gone, case.updated]) == {}


def test_what_it_can_do_and_what_not(case) -> None:
    change = case.update()
    assert case.cloud.can(change.kind, change.before, change.after) is Reversibility.FULL
    if case.deleted:
        deletion = case.deletion()
        assert isinstance(case.cloud.can(deletion.kind, deletion.before, None), Reversibility)
    assert case.cloud.can(change.kind, {"native_id": "a"}, {"native_id": "b"}) is None
    assert case.cloud.can("no.such", {"x": 1}, {"x": 2}) is None


def test_what_it_cannot_do_has_no_steps(case) -> None:
    import msgspec

    change = msgspec.structs.replace(case.update(), before={"native_id": "a"}, after={"native_id": "b"})
    with pytest.raises(AskHuman):
        case.cloud.steps(change)


def test_steps_are_the_same_each_time_and_make_no_call(case) -> None:
    changes = case.changes()
    before = [names(case, change) for change in changes]
    case.blind()
    assert [names(case, change) for change in changes] == before
    assert all(name and text for steps in before for name, text, _ in steps)


@pytest.mark.parametrize("which", [0, 1], ids=["update", "deletion"])
def test_there_and_back_and_each_twice(case, which: int) -> None:
    change = case.change(which)
    first = do(case, change)
    assert missing(case, change) == ""
    count = len(case.rows())
    do(case, change)
    assert missing(case, change) == ""
    assert len(case.rows()) == count  # the same token makes nothing new
    undo(case, change, first)
    back = case.rows()
    undo(case, change, first)
    assert sorted(case.rows()) == sorted(back)
    if change.after is not None:
        assert missing(case, change, back=True) == ""


@pytest.mark.parametrize("which", [0, 1], ids=["update", "deletion"])
def test_an_undo_that_knows_nothing_undoes_what_was_done_and_nothing_else(case, which: int) -> None:
    change = case.change(which)
    before = {target: row_hash(row) for target, row in case.rows().items()}
    steps = list(case.cloud.steps(change))
    steps[0].undo(f"0{TOKEN}"[:64], None)  # it was never done
    assert {target: row_hash(row) for target, row in case.rows().items()} == before
    steps[0].do(f"0{TOKEN}"[:64])
    steps[0].undo(f"0{TOKEN}"[:64], None)  # it was done and never told
    assert {target: row_hash(row) for target, row in case.rows().items()} == before


def test_health_answers_for_targets_only(case) -> None:
    said = case.cloud.health(case.named)
    assert {one.resource for one in said} <= set(case.named)
    assert all(one.well in (True, False, None) for one in said)
    assert list(case.cloud.health([])) == []


def test_the_doctor_speaks_of_permissions(case) -> None:
    said = list(case.cloud.doctor())
    assert said
    assert all(isinstance(one, Permission) and one.name and one.needed_for for one in said)


def test_many_threads_read_at_once(case) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sorted(case.cloud.refresh([case.updated, case.gone])), range(16)))
    assert answers == [sorted([case.updated, case.gone])] * 16
