"""What the names of columns tell of their shape."""

from collections import defaultdict

import pytest
import sqlglot

from skywright.adapters.engines.spark.shapes import fields_of, is_fraction, is_list, shape_of, shapes_of_every_column


def test_no_name_is_a_text_in_one_kind_and_a_list_in_another():
    found = defaultdict(set)
    for name, shape in shapes_of_every_column():
        found[name].add(shape)
    assert {name for name, shapes in found.items() if "text" in shapes and shapes & {"list", "map"}} == set()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("[1]", True),
        ("firewalls", True),
        ("i.firewalls", True),
        ("(firewalls)", True),
        ("coalesce(firewalls, [])", True),
        ("list_filter(firewalls, lambda f: f = 'x')", True),
        ("x::VARCHAR[]", True),
        ("x::VARCHAR", False),
        ("name", False),
        ("'abc'", False),
        ("CASE WHEN a THEN firewalls END", True),
        ("CASE WHEN a THEN name END", False),
    ],
)
def test_lists_are_told_from_texts(sql, expected):
    assert is_list(sqlglot.parse_one(sql, read="duckdb")) is expected


@pytest.mark.parametrize(("sql", "expected"), [("a / b", True), ("(p99 + 1)", True), ("size", False), ("'1'", False)])
def test_fractions(sql, expected):
    assert is_fraction(sqlglot.parse_one(sql, read="duckdb")) is expected


def test_fields_of_a_list_of_structs():
    assert "privileged" in fields_of("container_workload", "containers")
    assert fields_of("network_acl", "rules") != fields_of("network_firewall", "rules")
    assert fields_of("", "rules") == ()
    assert fields_of("compute_instance", "nothing") == ()
    assert shape_of("tags") == "map"
