"""Packings against the best of every packing, bounds against packings, and a checker that sees what is wrong."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from operator import itemgetter

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.model.errors import BadInput
from skywright.topics.packing.fills import every_fill
from skywright.topics.packing.greedy import decreasing, first_fit, orders
from skywright.topics.packing.pack import cost_of, pack
from skywright.topics.packing.problem import Bin, Item, Problem, problem
from skywright.topics.packing.proof import Packed, packed, violations


def made(sizes: list[tuple[int, ...]], *bins: Bin) -> Problem:
    return problem(
        [Item(f"i{number}", tuple(map(Decimal, one)), f"items.csv:{number + 1}") for number, one in enumerate(sizes)], bins
    )


def node(*sizes: int, name: str = "node", price: str = "1", most: int | None = None) -> Bin:
    return Bin(name, tuple(map(Decimal, sizes)), Decimal(price), most)


def fewest(sizes: list[tuple[int, ...]], room: tuple[int, ...]) -> int:
    """The least number of bins, over every way to put one item after the other into a bin that is open or into a new one."""
    best = len(sizes)

    def put(index: int, bins: list[list[int]]) -> None:
        nonlocal best
        if len(bins) >= best:
            return
        if index == len(sizes):
            best = len(bins)
            return
        for one in [*bins, [0] * len(room)]:
            if all(held + size <= most for held, size, most in zip(one, sizes[index], room, strict=True)):
                after = [held + size for held, size in zip(one, sizes[index], strict=True)]
                put(index + 1, [after if other is one else other for other in bins] + ([after] if one not in bins else []))

    put(0, [])
    return best


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.integers(1, 10)), min_size=1, max_size=7))
def test_few_items_are_packed_as_well_as_can_be(sizes: list[tuple[int, int]]):
    question = made(sizes, node(10, 10))
    found = pack(question, 5)
    assert found.bins == fewest(sizes, (10, 10))
    assert found.bound <= found.bins
    assert violations(question, packed(question, found), found) == []


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(0, 4)), min_size=20, max_size=60))
def test_three_dimensions_keep_every_rule(sizes: list[tuple[int, int, int]]):
    question = made(sizes, node(50, 60, 4))
    found = pack(question, 3)
    assert violations(question, packed(question, found), found) == []
    assert found.cost <= cost_of(question, decreasing(question, 0))


@pytest.mark.parametrize("key", [sum, max, itemgetter(0), itemgetter(1)])
def test_first_fit_decreasing_is_what_it_is_item_by_item(key: Callable[[tuple[int, int]], int]):
    sizes = [(7, 1), (7, 1), (6, 2), (5, 5), (5, 5), (3, 3), (3, 3), (3, 3), (2, 1), (1, 9)]
    bins: list[list[int]] = []
    for one in sorted(sizes, key=key, reverse=True):
        home = next((held for held in bins if held[0] + one[0] <= 10 and held[1] + one[1] <= 10), None)
        if home is None:
            bins.append(list(one))
        else:
            home[0], home[1] = home[0] + one[0], home[1] + one[1]
    question = made(sizes, node(10, 10))
    order = np.array([key(tuple(size)) for size in question.sizes.tolist()], dtype=float)
    assert sum(first_fit(question, question.counts, 0, order).values()) == len(bins)


def test_of_first_fit_decreasings_orders_the_best_is_told():
    """By the sum of the shares these need five nodes, by the larger share four."""
    question = made([(90, 20), (60, 20), (50, 30), (40, 60), (20, 80), (80, 90)], node(100, 100))
    counts = [sum(first_fit(question, question.counts, 0, order).values()) for order in orders(question, 0)]
    assert counts[:2] == [5, 4]
    assert sum(decreasing(question, 0).values()) == 4
    assert pack(question, 2).simple == 4


def test_the_cheaper_kind_is_used_as_often_as_there_is_one():
    question = made([(4, 4)] * 6, node(8, 8, name="large", price="1.5", most=2), node(4, 4, name="small", price="1"))
    found = pack(question, 5)
    kinds = [one.bin for one in packed(question, found)]
    assert (kinds.count("large"), kinds.count("small"), found.cost) == (2, 2, 5.0)
    assert found.gap == pytest.approx(0.0, abs=1e-6)


def test_items_that_only_one_kind_holds_go_there():
    question = made([(9, 1), (1, 9)], node(10, 2, name="wide"), node(2, 10, name="high"))
    assert sorted(one.bin for one in packed(question, pack(question, 5))) == ["high", "wide"]


def test_fractions_are_exact():
    """Ten times 0.1 is one, not a little more."""
    items = [Item(f"i{number}", (Decimal("0.1"),)) for number in range(30)]
    assert pack(problem(items, [Bin("node", (Decimal(1),))]), 5).bins == 3


def test_too_few_bins_are_refused():
    with pytest.raises(BadInput) as caught:
        pack(made([(5,)] * 3, node(5, most=2)), 2)
    assert str(caught.value) == "No packing was found that needs no more bins than there are. Allow more bins."


@pytest.mark.parametrize(
    ("sizes", "bins", "message"),
    [
        ([], [node(1)], "There is no item to pack. Give one row an item."),
        ([(5, 1)], [node(4, 4)], "items.csv:1: i0 (5, 1) is larger than any bin (4, 4). Give a larger bin, or leave it out."),
        ([(1,)], [node(4, 4)], "items.csv:1: i0 has 1 sizes where bins have 2. Give one column a dimension."),
        ([(1,)], [], "There is no bin to pack into. Give --bin or --bins."),
        ([(1, 1)], [node(4, 0)], "Bin node has a size that is not above zero. Mend it."),
        ([(1,)], [node(4, price="0")], "Bin node has a price that is not above zero. Mend it."),
        ([(1,)], [node(4), node(4, 4, name="b")], "Bin b has another number of sizes than the first. Mend it."),
    ],
)
def test_what_makes_no_sense_is_refused(sizes: list[tuple[int, ...]], bins: list[Bin], message: str):
    with pytest.raises(BadInput) as caught:
        made(sizes, *bins)
    assert str(caught.value) == message


def test_the_checker_sees_what_is_wrong():
    question = made([(4, 4), (4, 4), (2, 2)], node(8, 8))
    found = pack(question, 2)
    right = packed(question, found)
    assert violations(question, right, found) == []
    everything = [Packed("node", (0, 1, 2))]
    assert violations(question, everything, found)[0].startswith("bin 0 holds [Decimal('10'), Decimal('10')]")
    twice = [Packed("node", (0, 1)), Packed("node", (1, 2))]
    assert violations(question, twice, found) == ["1 items are not in exactly one bin, the first [1]"]
    assert violations(question, right[:1], found)[0].endswith("in exactly one bin, the first [2]") or len(right) == 1
    bold = msgspec.structs.replace(found, proof=msgspec.structs.replace(found.proof, bound=99.0))
    assert violations(question, right, bold) == ["the worths do not add up to the bound"]


def test_every_pair_of_small_items_is_packed_into_the_fewest():
    for sizes in itertools.combinations_with_replacement([(1, 3), (3, 1), (2, 2)], 4):
        assert pack(made(list(sizes), node(4, 4)), 2).bins == fewest(list(sizes), (4, 4))


KINDS = (node(10, 10, name="small", price="1"), node(16, 14, name="large", price="1.45"))


def cheapest(sizes: list[tuple[int, int]], kinds: tuple[Bin, ...]) -> Decimal:
    """The least price, over every way to put one item after the other into a bin that is open or into a new one of any kind."""
    best = [sum((kind.price for kind in kinds), Decimal(0)) * len(sizes)]

    def put(index: int, bins: list[tuple[Bin, tuple[int, int]]], price: Decimal) -> None:
        if price >= best[0]:
            return
        if index == len(sizes):
            best[0] = price
            return
        for place, (kind, held) in enumerate(bins):
            grown = (held[0] + sizes[index][0], held[1] + sizes[index][1])
            if all(amount <= room for amount, room in zip(grown, kind.sizes, strict=True)):
                put(index + 1, [*bins[:place], (kind, grown), *bins[place + 1 :]], price)
        for kind in kinds:
            used = sum(one is kind for one, _ in bins)
            fits_ = all(amount <= room for amount, room in zip(sizes[index], kind.sizes, strict=True))
            if fits_ and (kind.most is None or used < kind.most):
                put(index + 1, [*bins, (kind, sizes[index])], price + kind.price)

    put(0, [], Decimal(0))
    return best[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, 10)), min_size=1, max_size=7), st.none() | st.integers(1, 3))
def test_a_handful_of_items_in_two_kinds_of_bins_is_proved_the_best(sizes: list[tuple[int, int]], most: int | None):
    kinds = (KINDS[0], msgspec.structs.replace(KINDS[1], most=most))
    found = pack(made(sizes, *kinds), 5.0)
    assert found.gap < 1e-9
    assert found.cost == pytest.approx(float(cheapest(sizes, kinds)))
    assert violations(made(sizes, *kinds), packed(made(sizes, *kinds), found), found) == []


def test_of_many_kinds_of_items_not_every_fill_is_tried():
    sizes = [(1 + number, 1 + number * 7 % 13) for number in range(40)]
    assert every_fill(made(sizes, node(100, 100))) is None
    fills = every_fill(made([(5, 5), (3, 3), (3, 3)], node(10, 10)))
    assert fills is not None
    assert sorted(put for _, put in fills) == [(0, 2), (1, 1)]
