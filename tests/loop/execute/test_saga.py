"""One change, step by step: what is tried again, what is undone, what is left to a person, and what is written down."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.sim.office import NOON, instance, update

from skywright.loop.execute.order import Order, token
from skywright.loop.execute.rooms import Checks, NoFault, Rooms
from skywright.loop.execute.saga import Saga
from skywright.model.errors import AskHuman, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.run import ChangeState, StepRecord

CHANGE = update(instance("a"), type="m5.large")
APPLIED, UNDONE, SKIPPED, STUCK = ChangeState.APPLIED, ChangeState.UNDONE, ChangeState.SKIPPED, ChangeState.STUCK
BUSY, DENIED = TryAgain("Throttled."), AskHuman("Denied.", next_step="Grant it.")
MOVED, GONE = PlanAgain("It has moved."), NotThere("It is gone.")


class Step:
    """A step that raises the errors that it was given, one a call, and then obeys."""

    text = "does something"

    def __init__(self, name: str, do: tuple[SkywrightError, ...] = (), undo: tuple[SkywrightError, ...] = ()) -> None:
        self.name = name
        self.errors = {"do": list(do), "undo": list(undo)}
        self.calls: list[tuple[Any, ...]] = []

    def do(self, mark: str) -> dict[str, Any]:
        self.calls.append(("do", mark))
        self._raise("do")
        return {"made by": self.name}

    def undo(self, mark: str, result: dict[str, Any] | None) -> None:
        self.calls.append(("undo", mark, result))
        self._raise("undo")

    def _raise(self, what: str) -> None:
        if self.errors[what]:
            raise self.errors[what].pop(0)


class Bench:
    """A saga over scripted steps; keeps the names of its durable steps, its pauses, its records, and where faults may break in."""

    def __init__(self, *steps: Step, attempts: int = 3) -> None:
        self.names: list[str] = []
        self.slept: list[float] = []
        self.records: list[tuple[str, StepRecord]] = []
        self.places: list[tuple[int, int, str]] = []
        self.steps = steps
        nothing = Checks(recheck=dict, prove=list, worse=dict, price=dict)
        rooms = Rooms(
            runs=SimpleNamespace(record=lambda run, record: self.records.append((run, record))),
            clouds={"fake": SimpleNamespace(steps=lambda change: self._steps())},
            clock=SimpleNamespace(now=lambda: NOON),
            note=lambda *_, **__: None,
            checks=nothing,
            fault=SimpleNamespace(at=lambda *place: self.places.append(place)),
        )
        order = Order(run="run-2", plan_hash="h", plan_id="p", by="someone", started_at=NOON, attempts=attempts)
        self.saga = Saga(SimpleNamespace(run=self._run, sleep=self.slept.append), rooms, order, "run-1")

    def apply(self) -> tuple[ChangeState, str]:
        result, self.done = self.saga.apply(CHANGE, 7)
        return result.state, result.reason

    def calls(self, what: str) -> list[str]:
        return [step.name for step in self.steps for call in step.calls if call[0] == what]

    def _run(self, name: str, act: Callable[[], Any]) -> Any:
        self.names.append(name)
        return act()

    def _steps(self) -> tuple[Step, ...]:
        return self.steps


def test_all_steps_are_done_in_order_each_durable_under_its_own_name() -> None:
    bench = Bench(Step("Stop"), Step("Start"))
    assert bench.apply() == (APPLIED, "")
    assert bench.done == [(0, {"made by": "Stop"}), (1, {"made by": "Start"})]
    # A run in hand is taken up by these names: a version that spells them otherwise cannot go on with it.
    assert bench.names == ["c-a 0 Stop #1", "c-a 1 Start #1"]
    assert bench.places == [(7, 0, "before"), (7, 0, "after"), (7, 1, "before"), (7, 1, "after")]


def test_the_token_is_that_of_the_run_whose_deeds_these_are_and_the_same_for_the_undo() -> None:
    bench = Bench(Step("Stop"), Step("Start", do=(DENIED,)))
    bench.apply()
    first, second = token("run-1", "c-a", 0), token("run-1", "c-a", 1)
    assert bench.steps[0].calls == [("do", first), ("undo", first, {"made by": "Stop"})]
    assert bench.steps[1].calls == [("do", second), ("undo", second, None)]


def test_every_deed_and_undo_is_recorded_on_the_run_in_hand() -> None:
    bench = Bench(Step("Stop"), Step("Start", do=(DENIED,)))
    bench.apply()
    kept = [(run, one.change, one.index, one.name, one.undo, one.outcome, one.result) for run, one in bench.records]
    assert kept == [
        ("run-2", "c-a", 0, "Stop", False, "done", {"made by": "Stop"}),
        ("run-2", "c-a", 1, "Start", True, "undone", {}),
        ("run-2", "c-a", 0, "Stop", True, "undone", {}),
    ]
    assert {one.at for _, one in bench.records} == {NOON}
    assert bench.names == ["c-a 0 Stop #1", "c-a 1 Start #1", "c-a 1 undo Start #1", "c-a 0 undo Stop #1"]


def test_what_failed_is_said_as_it_was_said() -> None:
    assert Bench(Step("Stop", do=(DENIED,))).apply() == (UNDONE, "Denied. Grant it.")


@pytest.mark.parametrize(
    ("attempts", "slept"),
    [(1, []), (2, [2.0]), (3, [2.0, 4.0]), (8, [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0])],
)
def test_pauses_grow_to_a_minute_and_end(attempts: int, slept: list[float]) -> None:
    bench = Bench(Step("Stop", do=(BUSY,) * attempts), attempts=attempts)
    assert bench.apply() == (UNDONE, "Throttled.")
    assert bench.slept == slept
    assert bench.calls("do") == ["Stop"] * attempts


def test_a_cloud_that_asks_for_a_longer_pause_gets_it() -> None:
    bench = Bench(Step("Stop", do=(TryAgain("Later.", after_s=90), TryAgain("Later.", after_s=1))))
    assert bench.apply() == (APPLIED, "")
    assert bench.slept == [90, 4.0]


def test_an_undo_is_tried_again_like_a_deed() -> None:
    bench = Bench(Step("Stop", do=(DENIED,), undo=(BUSY, BUSY)))
    assert bench.apply() == (UNDONE, "Denied. Grant it.")
    assert bench.slept == [2.0, 4.0]


@pytest.mark.parametrize("error", [MOVED, GONE])
def test_a_step_that_declines_at_its_first_look_need_not_find_its_undo_fitting(error: SkywrightError) -> None:
    assert Bench(Step("Stop"), Step("Start", do=(error,), undo=(error,))).apply() == (SKIPPED, error.message)


def test_but_it_must_when_an_earlier_try_may_have_had_its_effect() -> None:
    bench = Bench(Step("Stop", do=(BUSY, MOVED), undo=(GONE,)))
    assert bench.apply() == (STUCK, "It has moved. Stop could not be undone: It is gone.")


def test_and_only_the_step_that_declined_is_excused() -> None:
    bench = Bench(Step("Stop", undo=(MOVED,)), Step("Start", do=(GONE,)))
    assert bench.apply() == (STUCK, "It is gone. Stop could not be undone: It has moved.")


def test_a_step_that_was_refused_by_a_person_is_not_excused() -> None:
    bench = Bench(Step("Stop", do=(DENIED,), undo=(MOVED,)))
    assert bench.apply() == (STUCK, "Denied. Grant it. Stop could not be undone: It has moved.")


def test_an_undo_that_is_denied_is_never_excused() -> None:
    bench = Bench(Step("Stop", do=(MOVED,), undo=(DENIED,)))
    assert bench.apply() == (STUCK, "It has moved. Stop could not be undone: Denied. Grant it.")


def test_what_is_before_a_step_that_cannot_be_undone_is_left_as_it_is() -> None:
    bench = Bench(Step("Copy"), Step("Stop", undo=(DENIED,)), Step("Start", do=(DENIED,)))
    assert bench.apply() == (STUCK, "Denied. Grant it. Stop could not be undone: Denied. Grant it.")
    assert bench.calls("undo") == ["Stop", "Start"]  # asked of Start, then of Stop, and not of Copy


def test_a_change_that_has_no_steps_here_is_skipped_with_the_reason() -> None:
    bench = Bench()

    def refuse() -> tuple[Step, ...]:
        raise AskHuman("Not here.", next_step="Leave it out.")

    bench._steps = refuse
    assert bench.apply() == (SKIPPED, "Not here. Leave it out.")
    assert (bench.done, bench.names) == ([], [])


def test_the_result_names_its_change_and_what_it_promised() -> None:
    result, _ = Bench(Step("Stop")).saga.apply(CHANGE, 0)
    assert (result.change, result.target, result.promised_monthly) == ("c-a", instance("a").id, CHANGE.saving_monthly)


def test_without_a_test_nothing_breaks_in() -> None:
    assert NoFault().at(0, 0, "before") is None
