"""While much is brought in, the collector leaves what is old alone; afterwards all is as it was."""

import gc
import weakref

import pytest

from skywright.adapters.memory import thrifty


class Node:
    """May stand in a cycle."""

    def __init__(self) -> None:
        self.itself = self


def collections() -> list[int]:
    return [generation["collections"] for generation in gc.get_stats()]


def test_old_objects_are_gone_through_at_the_end_alone() -> None:
    gc.collect()  # what was made before counts from nought, whatever tests ran here
    with thrifty():
        young, middle, old = collections()
        kept = [[number] for number in range(1_000_000)]
        assert collections()[:2] > [young, middle]
        assert collections()[2] == old
    assert collections()[2] == old + 1
    assert len(kept) == 1_000_000


def test_dropped_cycles_are_found_while_they_are_young() -> None:
    with thrifty():
        dropped = weakref.ref(Node())
        kept = [[number] for number in range(200_000)]
        assert dropped() is None
    assert len(kept) == 200_000


def test_the_thresholds_are_those_of_before_also_after_a_failure() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="no"), thrifty():
        assert gc.get_threshold() != before
        raise ValueError("no")
    assert gc.get_threshold() == before
