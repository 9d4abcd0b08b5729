"""Mixes of pools that may be taken away: they hold, and nothing is cheaper."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.model.errors import BadInput
from skywright.topics.spot.fleet import Pool, mix

ON_DEMAND = Pool(name="on demand", price=1.0, away=0.0)


def pool(name, price=0.3, away=0.05, **more):
    return Pool(name=name, price=price, away=away, **more)


def held(pools, machines, base, capacity):
    """Counted case by case, on its own."""
    total = 0.0
    for there in product((True, False), repeat=len(pools)):
        chance, left = 1.0, float(base)
        for one, is_there in zip(pools, there, strict=True):
            chance *= 1 - one.away if is_there else one.away
            left += machines[one.name] * one.size if is_there else 0
        total += chance if left >= capacity - 1e-9 else 0
    return total


def test_one_pool_is_never_enough_when_it_is_away_too_long():
    found = mix([pool("a")], 10, ON_DEMAND, 0.99)
    assert (found.machines, found.on_demand, found.hourly) == ({"a": 0}, 10, 10.0)


def test_one_pool_that_is_away_less_than_may_be_does_it_all():
    found = mix([pool("a", away=0.005)], 10, ON_DEMAND, 0.99)
    assert (found.machines, found.on_demand, found.hourly) == ({"a": 10}, 0, pytest.approx(3.0))


def test_two_pools_stand_in_for_one_another():
    found = mix([pool("a"), pool("b")], 10, ON_DEMAND, 0.99)
    assert (found.machines, found.on_demand) == ({"a": 10, "b": 10}, 0)
    assert found.probability == pytest.approx(1 - 0.05**2)


def test_three_pools_share_the_reserve():
    found = mix([pool(name) for name in "abc"], 10, ON_DEMAND, 0.99)
    assert sum(found.machines.values()) == 15
    assert found.hourly == pytest.approx(4.5)


def by_force(pools, capacity, probability):
    best = None
    for counts in product(range(capacity + 1), repeat=len(pools)):
        for base in range(capacity + 1):
            machines = {one.name: count for one, count in zip(pools, counts, strict=True)}
            if held(pools, machines, base, capacity) >= probability - 1e-9:
                cost = sum(one.price * count for one, count in zip(pools, counts, strict=True)) + base
                best = cost if best is None else min(best, cost)
    return best


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 30)), min_size=1, max_size=2),
    st.integers(1, 5),
    st.sampled_from([0.9, 0.99, 0.999]),
)
def test_nothing_is_cheaper(drawn, capacity, probability):
    pools = [pool(f"p{number}", price / 10, away / 100) for number, (price, away) in enumerate(drawn)]
    found = mix(pools, capacity, ON_DEMAND, probability)
    assert held(pools, found.machines, found.on_demand, capacity) >= probability - 1e-6
    assert found.hourly == pytest.approx(by_force(pools, capacity, probability), abs=1e-6)
    assert found.bound <= found.hourly + 1e-6


def test_too_many_pools_are_refused():
    with pytest.raises(BadInput) as error:
        mix([pool(str(number)) for number in range(11)], 10, ON_DEMAND, 0.99)
    assert str(error.value).rstrip() == "11 pools are too many; 10 are looked at."
