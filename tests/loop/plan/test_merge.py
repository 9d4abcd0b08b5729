"""Two wishes for one column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.loop.plan.merge import Conflict, merged, same

MERGES = [
    # name                         there              first              second             expected
    ("equal", 1, 2, 2, 2),
    ("different", 1, 2, 3, Conflict),
    ("both take one away", ["a", "b", "c"], ["b", "c"], ["a", "c"], ["c"]),
    ("both take the same away", ["a", "b"], ["b"], ["b"], ["b"]),
    ("one adds, one takes", ["a"], ["a", "x"], [], ["x"]),
    ("both add", ["a"], ["a", "x"], ["a", "y"], ["a", "x", "y"]),
    ("both replace one by the same", ["a"], ["x"], ["x"], ["x"]),
    ("both replace one by different ones", ["a"], ["x"], ["y"], Conflict),
    ("one narrows what the other takes away", ["a"], ["x"], [], Conflict),
    ("lists of structs", [{"p": 22}, {"p": 80}], [{"p": 80}], [{"p": 22}], []),
    ("twice the same element", ["a", "a"], ["a"], ["a", "a"], ["a"]),
    ("a list that was not read", None, ["a"], ["b"], Conflict),
    ("keys of their own", {"k": 1}, {"k": 1, "x": 1}, {"k": 1, "y": 1}, {"k": 1, "x": 1, "y": 1}),
    ("one key, two values", {"k": 1}, {"k": 2}, {"k": 3}, Conflict),
    ("one key, one value", {"k": 1}, {"k": 2}, {"k": 2, "y": 1}, {"k": 2, "y": 1}),
    ("a key changed and a key added", {"k": 1}, {"k": 2}, {"k": 1, "y": 1}, {"k": 2, "y": 1}),
    ("a key taken away", {"k": 1, "l": 1}, {"l": 1}, {"k": 1, "l": 2}, {"l": 2}),
]


@pytest.mark.parametrize(("name", "there", "first", "second", "expected"), MERGES, ids=[case[0] for case in MERGES])
def test_merge_in_either_order(name, there, first, second, expected):
    for one, other in ((first, second), (second, first)):
        if expected is Conflict:
            with pytest.raises(Conflict):
                merged("column", there, one, other)
        else:
            assert same(merged("column", there, one, other), expected)


LONG, LONGER = ["a" * 99], ["b" * 99]

CONFLICTS = [
    # there, first, second, the column that is named
    (1, 2, 3, "column"),
    (["a"], ["x"], ["y"], "column"),
    ({"k": 1}, {"k": 2}, {"k": 3}, "column.k"),
]


@pytest.mark.parametrize(("there", "first", "second", "named"), CONFLICTS)
def test_a_conflict_names_its_column(there, first, second, named):
    with pytest.raises(Conflict) as caught:
        merged("column", there, first, second)
    assert (caught.value.column, str(caught.value)) == (named, named)


def test_values_are_compared_by_what_they_hold():
    copies = [{"k": list(value)} for value in (LONG, LONGER, LONG)]
    assert merged("column", *copies) == {"k": LONGER}
    assert merged("column", copies[0], copies[2] | {"l": 1}, copies[1]) == {"k": LONGER, "l": 1}
    assert merged("column", copies[0], {"k": list(LONGER), "l": 1}, copies[1]) == {"k": LONGER, "l": 1}


def test_the_order_of_a_list_means_nothing():
    assert same([{"p": 1}, {"p": 2}], [{"p": 2}, {"p": 1}])
    assert not same([1, 1], [1])


@given(st.lists(st.integers(0, 5)), st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_what_either_takes_away_is_gone_and_nothing_else(there, first, second):
    wishes = [[value for value in there if value not in gone] for gone in (first, second)]
    assert merged("column", there, *wishes) == [value for value in there if value not in first | second]
