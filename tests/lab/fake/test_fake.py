"""What the fakes promise beyond the ports: effects counted, faults on demand, a world that outlives its process."""

from pathlib import Path

import pytest
from tests.sim.office import delete, instance, update, volume

from skywright.lab.fake import CrashAt, FakeCloud, Faults, World
from skywright.lab.fake.workflow import MemoryWorkflow
from skywright.model.errors import AskHuman, BadInput, PlanAgain, TryAgain


def test_a_world_is_on_disk_at_once(tmp_path: Path) -> None:
    World(tmp_path / "w.db").put(volume("v"))
    other = World(tmp_path / "w.db")
    other.change("fake:Set type", volume("v").id, {"type": "gp3"})
    assert World(tmp_path / "w.db").get(volume("v").id) == volume("v", type="gp3")
    assert World(tmp_path / "w.db").effects() == [("fake:Set type", volume("v").id)]


def test_an_effect_is_counted_once_however_often_it_is_asked_for() -> None:
    cloud = FakeCloud()
    cloud.world.put(volume("v"))
    (step,) = cloud.steps(update(volume("v"), type="gp3"))
    for _ in range(3):
        assert step.do("t") == {"previous": {"type": "gp2"}}
    assert cloud.world.effects() == [("fake:Set type", volume("v").id)]


def test_a_running_instance_refuses_a_new_type() -> None:
    cloud = FakeCloud()
    cloud.world.put(instance("a"))
    stop, resize, _ = cloud.steps(update(instance("a"), type="m5.large"))
    with pytest.raises(AskHuman) as caught:
        resize.do("t")
    assert str(caught.value) == f"{instance('a').id} is running and cannot be resized. Stop it first."
    stop.do("t")
    resize.do("t")


def test_a_world_that_moved_is_refused() -> None:
    cloud = FakeCloud()
    cloud.world.put(volume("v", type="io2"))
    (step,) = cloud.steps(update(volume("v"), type="gp3"))
    for act in (lambda: step.do("t"), lambda: step.undo("t", None)):
        with pytest.raises(PlanAgain, match="is neither as planned nor as wanted"):
            act()


def test_a_copy_belongs_to_its_token() -> None:
    cloud = FakeCloud()
    cloud.world.put(volume("v"))
    copy = cloud.steps(delete(volume("v")))[0]
    assert copy.do("one") == copy.do("one") != copy.do("two")
    assert len(cloud.world.effects()) == 2


@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
def test_the_nth_call_fails_before_or_after_its_effect(when: str, effects: int) -> None:
    cloud = FakeCloud(faults=Faults())
    cloud.world.put(volume("v"))
    cloud.faults.fail_nth(0, when, "TryAgain")
    (step,) = cloud.steps(update(volume("v"), type="gp3"))
    with pytest.raises(TryAgain):
        step.do("t")
    assert len(cloud.world.effects()) == effects
    step.do("t")
    assert len(cloud.world.effects()) == 1


def test_a_share_of_calls_fails_the_same_ones_for_the_same_seed() -> None:
    def failed(seed: int) -> list[int]:
        faults, found = Faults(seed, 0.1), []
        for number in range(1_000):
            try:
                with faults.around("call"):
                    pass
            except TryAgain:
                found.append(number)
        return found

    assert failed(1) == failed(1) != failed(2)
    assert 60 < len(failed(1)) < 140


def test_hidden_is_unknown_and_gone_is_none() -> None:
    cloud = FakeCloud()
    cloud.world.put(volume("v"))
    cloud.hidden.add(volume("v").id)
    assert cloud.refresh([volume("v").id, volume("w").id]) == {volume("w").id: None}


def test_a_body_that_is_not_deterministic_is_found() -> None:
    memory: dict = {}
    one, other = MemoryWorkflow(memory), MemoryWorkflow(memory)
    one.register("x", lambda steps: [steps.run("a", lambda: 1), steps.run("b", lambda: 1 / 0)])
    with pytest.raises(ZeroDivisionError):
        one.start("x", "run")
    other.register("x", lambda steps: steps.run("c", lambda: 1))
    with pytest.raises(RuntimeError, match="step 0 was a and is now c: the body is not deterministic"):
        other.recover()


@pytest.mark.parametrize("text", ["", "1:2", "1:2:3", "a:0:before", "1:-2:after", "1:2:during"])
def test_a_crash_place_must_be_one(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        CrashAt(text)
    assert str(caught.value) == (
        f"SKYWRIGHT_CRASH_AT: {text!r} is not change:step:before or change:step:after. For example: 2:0:after."
    )
