"""What is told and drawn of replays and sizes: the steps, the names, the strip; and sizes know no unit."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from skywright.model.series import Series
from skywright.topics.scaling.replay import _strip, replay
from skywright.topics.scaling.rightsize import Table, study, table
from skywright.topics.scaling.simulate import Setup
from skywright.topics.scaling.sizing import Fleet


def test_every_policy_is_told_by_its_number_before_it_flies() -> None:
    told: list[tuple[str, int, int]] = []
    replay(
        [2.0] * 300,
        Setup(pod_capacity=1.0, start_delay_s=30),
        risks=[0.05],
        targets=[0.5, 0.7],
        tell=lambda *what: told.append(what),
    )
    assert told == [("Foresight 5.00%", 0, 3), ("HPA 50%", 1, 3), ("HPA 70%", 2, 3)]


def test_a_strip_begins_with_the_first_second_and_leaves_none_out() -> None:
    drawn = _strip(np.arange(10.0), np.full(10, 4.0), 5)
    assert (drawn.demand, drawn.capacity, drawn.over) == ((0.5, 2.5, 4.5, 6.5, 8.5), (4.0,) * 5, (0.0, 0.0, 0.5, 1.0, 1.0))
    assert _strip(np.array([3.0, 5.0]), np.array([4.0, 4.0]), 72).demand == (3.0, 5.0)


def test_series_of_different_steps_are_refused() -> None:
    start, step = datetime(2026, 1, 1), timedelta(minutes=5)
    with pytest.raises(ValueError, match=r"^series with different steps$"):
        table([Series("a", start, step, (1.0,)), Series("b", start, 2 * step, (1.0,))])


def test_every_way_to_size_has_its_name() -> None:
    usage = Table(("a", "b"), np.random.default_rng(3).gamma(2.0, 3.0, (2, 700)), 1 / 12)
    found = study(usage, 0.02)
    assert (found.ours.method, found.vpa.method, found.peak.method) == (
        "ours, risk 2.00%",
        "VPA: p90 x 1.15, half-life 24 h",
        "Compute Optimizer's rule: p99.5 + 20%",
    )


def test_sizes_follow_the_usage_whatever_its_unit() -> None:
    """Cores, thousandths, or shares of a machine: the same series in another unit has the same sizes in it."""
    block = np.random.default_rng(7).gamma(2.0, 3.0, (3, 600))
    sizes = []
    for unit in (1.0, 1e-7):
        fleet = Fleet(3)
        fleet.learn(block * unit)
        sizes.append(fleet.sizes(0.02)[0] / unit)
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)
