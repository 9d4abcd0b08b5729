"""Seeded worlds in which a tenth of all calls fail, before or after their effect."""

from pathlib import Path

import pytest
from tests.sim.office import Office
from tests.sim.plans import broken, world_of

from skywright.lab.fake import Faults

WAYS = {"passing": ("TryAgain",), "mixed": ("TryAgain", "TryAgain", "AskHuman", "PlanAgain")}


def turn(folder: Path, seed: int, errors: tuple[str, ...]) -> list[str]:
    rows, changes = world_of(seed)
    office = Office(folder, *rows)
    office.cloud.faults = Faults(seed, 0.1, errors)
    run = office.execute(*changes, attempts=5, rollback_all=seed % 3 == 0)
    found = broken(run, changes, {row.id: row for row in rows}, office.world)
    if not found and seed % 2 and any(result.state.stands for result in run.results):
        office.cloud.faults = Faults()
        back = office.rollback(run)
        left = [result for result in back.results if result.state.value != "undone"]
        found = [f"not taken back: {left}"] if left or office.rows() != {row.id: row for row in rows} else []
    office.store.close()
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(15))
def test_invariants(tmp_path: Path, seed: int, way: str) -> None:
    assert turn(tmp_path, seed, WAYS[way]) == []


@pytest.mark.soak
@pytest.mark.parametrize("way", WAYS)
def test_invariants_hold_for_hundreds_of_worlds(tmp_path: Path, way: str) -> None:
    for seed in range(1_000, 1_400):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert turn(folder, seed, WAYS[way]) == [], seed
