"""Each check function of the model, with values that meet it and values that break it."""

import pytest
from tests.topics.focus.asking import bill

from skywright.topics.focus.checks import broken, columns_of, met
from skywright.topics.focus.probes import Groups, count, groups_where
from skywright.topics.focus.sheet import Sheet

TYPES = {"A": "String", "B": "String", "X": "Decimal", "Y": "Decimal", "Z": "Decimal", "T": "DateTime", "J": "KeyValue"}


def breaks(spec, values, physical="VARCHAR", column="A"):
    """Which of the values break a check of one column."""
    sheet = Sheet(bill({column: list(values)}, {column: physical}), TYPES)
    rows = sheet.bill.ask(f"SELECT _line, coalesce({broken(spec, sheet)}, FALSE) FROM {sheet.sql()} ORDER BY _line").rows
    return [value for value, (_, wrong) in zip(values, rows, strict=True) if wrong]


# check, column, extra arguments, values that meet it, values that break it
ALONE = [
    ("TypeString", "A", {}, ["x", "1", None], []),
    ("TypeDecimal", "X", {}, ["1", "-1.5", "1e-9", ".5", None], ["abc", "1,5", "nan", "0x1", ""]),
    ("CheckDecimalValue", "X", {}, ["1", "-1.5", None], ["free", "1.2.3"]),
    ("FormatNumeric", "X", {}, ["12", "-0.001", "1E5", " 7 "], ["$5", "1/2", "1 000"]),
    (
        "TypeDateTime",
        "T",
        {},
        ["2024-09-01T00:00:00Z", "2024-09-01 00:00:00", "2024-09-01", None],
        ["soon", "2024-13-01T00:00:00Z"],
    ),
    ("FormatDateTime", "T", {}, ["2024-09-01T00:00:00Z", None], ["01.09.2024"]),
    ("FormatString", "A", {}, ["plain", None, ""], ["Mü", "日本"]),
    (
        "FormatUnit",
        "A",
        {},
        ["GB", "Hours", "GB-Hours", "GB/Hour", "1000 Requests", "API Requests/5 Days", None],
        ["GB*Hours", "5 %"],
    ),
    ("FormatCurrency", "A", {}, ["USD", "XXX", None], ["usd", "US", "DOLLAR"]),
    ("CheckNationalCurrency", "A", {}, ["USD", "EUR", None], ["XXY", "usd"]),
    ("FormatKeyValue", "J", {}, ['{"a": "b"}', "{}", None], ["{bad", "a=b"]),
    ("CheckValue", "A", {"value": "x"}, ["x", None], ["y"]),
    ("CheckValue", "A", {"value": None}, [None], ["y", ""]),
    ("CheckValue", "X", {"value": 0}, ["0", "0.000", "-0", None], ["1"]),
    ("CheckNotValue", "A", {"value": "x"}, ["y", None], ["x"]),
    ("CheckNotValue", "A", {"value": None}, ["y", ""], [None]),
    ("CheckNotValue", "X", {"value": None}, ["1", "no number, but something"], [None]),
    ("CheckGreaterOrEqualThanValue", "X", {"value": 0}, ["0", "1e-20", None], ["-0.0001"]),
]


@pytest.mark.parametrize(("check", "column", "more", "good", "bad"), ALONE)
def test_checks_of_one_column(check, column, more, good, bad):
    assert breaks({"check": check, "column": column, **more}, [*good, *bad], column=column) == bad


@pytest.mark.parametrize(
    ("check", "column", "physical", "value", "bad"),
    [
        ("TypeString", "A", "BIGINT", 5, True),
        ("TypeDecimal", "X", "DECIMAL(38,18)", "1.5", False),
        ("TypeDecimal", "X", "DOUBLE", 1.5, False),
        ("TypeDecimal", "X", "BIGINT", 1, True),
        ("TypeDateTime", "T", "TIMESTAMP", "2024-09-01", False),
        ("FormatDateTime", "T", "TIMESTAMP WITH TIME ZONE", "2024-09-01", False),
        ("TypeDateTime", "T", "BIGINT", 20240901, True),
    ],
)
def test_checks_of_columns_that_came_typed(check, column, physical, value, bad):
    assert breaks({"check": check, "column": column}, [value], physical, column) == ([value] if bad else [])


def of_rows(spec, **columns):
    sheet = Sheet(bill(columns), TYPES)
    return count(sheet, [broken(spec, sheet)])[broken(spec, sheet)]


def test_two_columns_alike_and_unlike():
    rows = {"A": ["x", "x", None], "B": ["x", "y", "z"]}
    assert of_rows({"check": "CheckSameValue", "a": "A", "b": "B"}, **rows) == 1
    assert of_rows({"check": "CheckNotSameValue", "a": "A", "b": "B"}, **rows) == 1


def test_a_product_may_lose_what_binary_numbers_lose_and_no_more():
    spec = {"check": "ColumnByColumnEqualsColumnValue", "a": "X", "b": "Y", "result": "Z"}
    assert of_rows(spec, X=["0.000015"], Y=["20"], Z=["0.0003"]) == 0
    assert of_rows(spec, X=["2"], Y=["3"], Z=["6.00000001"]) == 1
    assert of_rows(spec, X=["2", None], Y=[None, "3"], Z=["7", "7"]) == 0


def test_and_breaks_with_either_part_and_or_with_none():
    first, second = {"check": "CheckValue", "column": "A", "value": "x"}, {"check": "CheckNotValue", "column": "B", "value": None}
    rows = {"A": ["x", "y", "x"], "B": ["1", "1", None]}
    assert of_rows({"check": "AND", "items": [first, second]}, **rows) == 2
    assert of_rows({"check": "OR", "items": [first, second]}, **rows) == 0
    pairs = [
        {
            "check": "AND",
            "items": [{"check": "CheckValue", "column": "A", "value": a}, {"check": "CheckValue", "column": "B", "value": b}],
        }
        for a, b in (("x", "1"), ("y", "2"))
    ]
    assert of_rows({"check": "OR", "items": pairs}, A=["x", "y", "x", "z"], B=["1", "2", "2", "1"]) == 2


def test_allowed_values_are_asked_of_every_row():
    spec = {"check": "OR", "items": [{"check": "CheckValue", "column": "A", "value": value} for value in ("Used", "Unused")]}
    assert of_rows(spec, A=["Used", "Unused", None, "Active", "used"]) == 2


@pytest.mark.parametrize(
    ("spec", "rows", "nulls"),
    [
        ({"check": "CheckValue", "column": "A", "value": "x"}, 1, 1),
        ({"check": "CheckValue", "column": "A", "value": None}, 1, 1),
        ({"check": "CheckNotValue", "column": "A", "value": None}, 2, 2),
        ({"check": "CheckNotValue", "column": "A", "value": "x"}, 1, 2),  # the official validator passes over NULL
        ({"AND": [{"check": "CheckValue", "column": "A", "value": "x"}]}, 3, 3),  # malformed: no condition
        ({"check": "OR", "items": [{"check": "CheckValue", "column": "A", "value": v} for v in ("x", "y")]}, 2, 2),
        ({"check": "AND", "items": [{"check": "CheckValue", "column": "A", "value": v} for v in ("x", "y")]}, 0, 0),
        ({"check": "CheckNotSameValue", "a": "A", "b": "B"}, 1, 1),
        ({"check": "CheckSameValue", "a": "A", "b": "B"}, 1, 1),
    ],
)
def test_conditions(spec, rows, nulls):
    sheet = Sheet(bill({"A": ["x", "y", None], "B": ["x", "x", "x"]}), TYPES)
    assert count(sheet, [met(spec)])[met(spec)] == rows
    assert count(sheet, [met(spec, nulls=True)])[met(spec, nulls=True)] == nulls


def test_groups_that_have_several_values():
    sheet = Sheet(bill({"A": ["s", "s", "t", None], "B": ["1", "2", "1", "1"]}), TYPES)
    many, examples = groups_where(sheet, Groups(("A",), "B", "TRUE"))
    assert many == 1
    assert (examples[0].where, examples[0].values) == ("bill.csv:2", {"A": "s", "B": "2 values: 1, 2"})
    assert groups_where(sheet, Groups(("B",), "A", "TRUE"))[0] == 1
    assert groups_where(sheet, Groups(("A",), "row", "TRUE", at_most=True))[0] == 1


def test_the_columns_that_a_check_names():
    spec = {
        "check": "AND",
        "items": [{"check": "CheckValue", "column": "A", "value": "x"}, {"check": "CheckSameValue", "a": "A", "b": "B"}],
    }
    assert columns_of(spec) == ["A", "B"]


def test_a_check_that_nobody_knows():
    with pytest.raises(KeyError, match="CheckMoon"):
        broken({"check": "CheckMoon", "column": "A"}, Sheet(bill({"A": ["x"]}), TYPES))
