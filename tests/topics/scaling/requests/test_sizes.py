"""Requests by what was used: the processor by risk, memory above every peak, and what is left alone."""

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.topics.cost.requests import UnitRate
from skywright.topics.scaling.requests.sizes import Asks, Terms, Used, saving, sized

STEP_H = 1 / 12
WEEKS = 14 * 24 * 12


def asks(cpu=1000, memory=1024, cpu_limit=None, memory_limit=None, **more):
    facts = {"workload": "w", "container": "app", "copies": 2} | more
    return Asks(cpu=cpu, memory=memory, cpu_limit=cpu_limit, memory_limit=memory_limit, **facts)


def used(cpu, memory, workload="w"):
    """Values, or a value all the time."""
    long = [list(one) if isinstance(one, list) else [float(one)] * WEEKS for one in (cpu, memory)]
    return Used(workload=workload, container="app", cpu=tuple(long[0]), memory=tuple(long[1]), step_h=STEP_H)


def one(wanted, use, **terms):
    return sized([wanted], [use], Terms(**terms))[0]


CASES = [
    # name, asked, used, and then: processor (with what is yet unseen of a flat line: 5 % more), memory, its limit
    ("both too large", asks(), (200, 300), (211, 360, None)),
    ("memory too small grows, its limit with it", asks(memory=200, memory_limit=256), (1000, 300), (1000, 360, 360)),
    ("a limit of memory stays", asks(memory_limit=2048), (200, 300), (211, 360, 2048)),
    ("never above the processor's limit", asks(100, cpu_limit=150), (400, 1000), (150, 1200, None)),
    ("what is not asked for stays so", asks(None, None), (200, 300), (None, None, None)),
    ("what would hardly change stays", asks(210, 400), (200, 310), (210, 400, None)),
    ("memory grows even by a little", asks(200, 352), (200, 300), (200, 360, None)),
    ("never below the floors", asks(), (1, 1), (10, 16, None)),
]


@pytest.mark.parametrize(("name", "wanted", "use", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_is_asked_for_then(name, wanted, use, expected):
    found = one(wanted, used(*use))
    assert (found.cpu, found.memory, found.memory_limit, found.why) == (*expected, "")


HELD = [
    ("nothing is known", None, asks(), "nothing is known of what it used"),
    ("too short", used([math.nan] * (WEEKS - 3 * 288) + [5.0] * 3 * 288, 1), asks(), "3.0 days of history; 7 are needed"),
    (
        "too thin",
        used([5.0, *[math.nan] * 4] * (WEEKS // 5 + 1), [5.0] * (WEEKS // 5 * 5 + 5)),
        asks(),
        "20% of its history has samples",
    ),
    ("not ours", used(5, 5), asks(held="its vertical autoscaler sizes it"), "its vertical autoscaler sizes it"),
]


@pytest.mark.parametrize(("name", "use", "wanted", "why"), HELD, ids=[case[0] for case in HELD])
def test_what_stays_and_why(name, use, wanted, why):
    [found] = sized([wanted], [use] if use else [], Terms())
    assert (found.why, found.changes, found.cpu, found.memory) == (why, False, 1000, 1024)


def test_the_risk_is_told_for_before_after_and_a_part_that_was_held_out():
    """A tenth of the time at 900, and twice as often at the end."""
    quiet, busy = [100.0] * 9 + [900.0], [100.0] * 8 + [900.0] * 2
    values = quiet * 282 + busy * 121
    found = one(asks(500, 512), used(values, 200), risk=0.15, worth_pct=0)
    assert found.cpu_over_now == pytest.approx((282 + 242) / 4030)
    assert found.cpu_over_new <= 0.15
    assert found.cpu_over == pytest.approx(0.2, abs=0.001)  # sized at 100 by the first part, of whose time a tenth is above
    steep = [100.0] * (len(values) - 300) + [400.0] * 300
    grown = one(asks(500, 512), used(100, steep))
    assert (grown.memory, grown.memory_over > 0) == (512, True)  # 480 would do, and is hardly less


def test_memory_is_above_every_peak_by_the_margin_even_a_single_one():
    memory = [100.0] * WEEKS
    memory[1000] = 801.0
    assert one(asks(memory=4096), used(5, memory)).memory == 968  # 801 x 1.2 = 961.2, in steps of 8
    assert one(asks(memory=4096), used(5, memory), memory_margin=0.0).memory == 808


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 4000), min_size=30, max_size=60), st.integers(16, 8192), st.floats(0, 1))
def test_memory_is_never_below_what_was_seen(values, now, margin):
    repeated = values * (WEEKS // len(values) + 1)
    found = one(asks(memory=now), used([1.0] * len(repeated), repeated), memory_margin=margin)
    assert found.memory >= max(values) * (1 + margin)


def test_savings_are_of_all_copies_and_exact():
    rate = UnitRate(cpu=Decimal(20), memory_gib=Decimal(3), currency="USD")
    found = one(asks(1000, 1024, copies=3), used(200, 300))
    assert saving(found, rate) == Decimal("53.18")  # 3 x (0.789 x 20 + 664/1024 x 3)
    assert saving(one(asks(100, 100, copies=1), used(200, 300)), rate) < 0
