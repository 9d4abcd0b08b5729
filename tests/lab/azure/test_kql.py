"""The query language: every operator and function that is known, null and case as the service has them, refusals of the rest."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.lab.azure.kql import BadQuery, parse, run

ROWS = [
    {"id": "/a", "name": "Web", "type": "microsoft.compute/virtualmachines", "n": 4, "tags": {"owner": "Ana"}, "zones": ["1", "2"],
     "properties": {"size": {"name": "D2", "cores": 2}, "on": True}},
    {"id": "/b", "name": "data", "type": "microsoft.compute/disks", "n": 1, "tags": None, "zones": None,
     "properties": {"size": {"name": "P10", "cores": None}, "on": False}},
    {"id": "/c", "name": "web-2", "type": "microsoft.compute/virtualmachines", "n": 9, "tags": {}, "zones": [],
     "properties": {"size": {"name": "E4", "cores": 4}}},
]  # fmt: skip


def ask(text: str) -> list[dict]:
    return run(parse(text), ROWS)


def ids(condition: str) -> str:
    return "".join(row["id"] for row in ask(f"Resources | where {condition}"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("type == 'microsoft.compute/disks'", "/b"),
        ("type == 'Microsoft.Compute/disks'", ""),
        ("type =~ 'Microsoft.Compute/disks'", "/b"),
        ("type !~ 'Microsoft.Compute/disks'", "/a/c"),
        ("type != 'microsoft.compute/disks'", "/a/c"),
        ("type in~ ('Microsoft.Compute/Disks', 'x')", "/b"),
        ("type in ('Microsoft.Compute/Disks', 'x')", ""),
        ("type !in~ ('Microsoft.Compute/Disks')", "/a/c"),
        ("type !in ('microsoft.compute/disks')", "/a/c"),
        ("name contains 'WEB'", "/a/c"),
        ("name contains_cs 'Web'", "/a"),
        ("name !contains 'web'", "/b"),
        ("name has 'web'", "/a/c"),
        ("name has 'we'", ""),
        ("name !has 'web'", "/b"),
        ("name has_cs 'Web'", "/a"),
        ("name startswith 'WEB'", "/a/c"),
        ("name !startswith 'web'", "/b"),
        ("name endswith '2'", "/c"),
        ("name matches regex '^w.*2$'", "/c"),
        ("n > 1 and n < 9", "/a"),
        ("n >= 4 or name == 'data'", "/a/b/c"),
        ("n between (2 .. 9)", "/a/c"),
        ("n + 1 == 5 and n * 2 == 8 and n - 1 == 3 and n / 2 == 2 and n % 3 == 1", "/a"),
        ("-n < -5", "/c"),
        ("not(n > 1)", "/b"),
        ("properties.on == true", "/a"),
        ("properties.on == false", "/b"),
        ("tobool(properties.on)", "/a"),
        ("isnull(properties.on)", "/c"),
        ("isnotnull(properties.size.cores)", "/a/c"),
        ("properties['size']['name'] == 'D2'", "/a"),
        ("properties.size.cores > 1", "/a/c"),
        ("properties.size.cores < 1", ""),  # of nothing no comparison is true
        ("isempty(tags.owner)", "/b/c"),
        ("isnotempty(tags['owner'])", "/a"),
        ("isempty('') and isempty(extract('z', 0, name))", "/a/b/c"),
        ("tolower(tags.owner) == 'ana'", "/a"),
        ("array_length(zones) == 2", "/a"),
        ("zones[0] == '1'", "/a"),
        ("strlen(name) == 5", "/c"),
        ("coalesce(tags.owner, 'none') == 'none'", "/b/c"),
        ("iff(n > 3, 'big', 'small') == 'small'", "/b"),
        ("case(n > 8, 'xl', n > 3, 'l', 's') == 'l'", "/a"),
        ("split(id, '/')[1] == 'b'", "/b"),
        ("extract('(web).*', 1, name) == 'web'", "/c"),
        ("toint('4') == n", "/a"),
        ("todatetime('2026-01-02') > datetime('2026-01-01')", "/a/b/c"),
        ("todatetime('2026-01-02') < ago(1d)", "/a/b/c"),
        ("tostring(properties.size) has 'D2'", "/a"),
        ("NAME =~ 'web'", "/a"),  # columns know no case
    ],
)
def test_conditions(condition: str, expected: str):
    if "now" not in condition and "ago" in condition:
        condition = condition.replace("2026-01-02", "2020-01-02")
    assert ids(condition) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Resources | count", [{"Count": 3}]),
        ("Resources | project id | limit 1", [{"id": "/a"}]),
        ("Resources | take 2 | project id", [{"id": "/a"}, {"id": "/b"}]),
        ("Resources | project size=properties.size.name | take 1", [{"size": "D2"}]),
        ("Resources | project properties.size.name | take 1", [{"properties_size_name": "D2"}]),
        ("Resources | extend twice = n * 2, thrice = n + n * 2 | project twice, thrice | take 1", [{"twice": 8, "thrice": 12}]),
        ("Resources | order by n desc | project id", [{"id": "/c"}, {"id": "/a"}, {"id": "/b"}]),
        ("Resources | sort by type asc, n | project id", [{"id": "/b"}, {"id": "/c"}, {"id": "/a"}]),
        ("Resources | top 1 by n asc | project id", [{"id": "/b"}]),
        (
            "Resources | summarize count() by type | order by type asc",
            [{"type": "microsoft.compute/disks", "count_": 1}, {"type": "microsoft.compute/virtualmachines", "count_": 2}],
        ),
        ("Resources | summarize total=sum(n), most=max(n), least=min(n)", [{"total": 14, "most": 9, "least": 1}]),
        ("Resources | summarize big=countif(n > 3), kinds=dcount(type)", [{"big": 2, "kinds": 2}]),
        ("Resources | where n > 100 | summarize count()", [{"count_": 0}]),
        (
            "Resources | summarize names=make_list(name) by type | where names[1] == 'web-2' | project names",
            [{"names": ["Web", "web-2"]}],
        ),
        ("Resources | distinct type | order by type asc | take 1", [{"type": "microsoft.compute/disks"}]),
        (
            "Resources | mv-expand zone = zones | project id, zone",
            [{"id": "/a", "zone": "1"}, {"id": "/a", "zone": "2"}, {"id": "/b", "zone": None}, {"id": "/c", "zone": None}],
        ),
        ("Resources | mv-expand zone = zones limit 1 | project id, zone | take 1", [{"id": "/a", "zone": "1"}]),
        ("Resources | project-keep id, n | project-rename number = n | take 1", [{"id": "/a", "number": 4}]),
        ("Resources | project id, n, name | project-away n, name | take 1", [{"id": "/a"}]),
        ("Resources // a word\n | where id == '/a' // another\n | project bag=bag_pack('k', n)", [{"bag": {"k": 4}}]),
        ("where id == '/b' | project id", [{"id": "/b"}]),
        ("Resources | project name | order by name desc nulls last | take 1", [{"name": "web-2"}]),
    ],
)
def test_operators(query: str, expected: list[dict]):
    assert ask(query) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Resources | join kind=inner (x) on id", "The operator 'join' is not supported."),
        ("Resources | frobnicate", "The operator 'frobnicate' is not supported."),
        ("Resources | where frob(id)", "Unknown function: 'frob'."),
        ("Resources | where id ==", "Unexpected 'end of the query'."),
        ("Resources | where (id", "Expected ')' before 'the end of the query'."),
        ("Resources | limit many", "'many' is not a whole number."),
        ("Resources where id", "Expected '|' before 'where'."),
        ("Resources | where id == '\u0000", "Unexpected text at character 23."),
        ("Resources | summarize frob(n)", "'frob' is no aggregation."),
        ("'x'", "A table's name is missing"),
    ],
)
def test_what_is_refused(query: str, words: str):
    with pytest.raises(BadQuery) as refused:
        ask(query)
    assert words in str(refused.value)


TEXT = st.text(max_size=12)
COLUMNS = st.sampled_from(["id", "name", "n", "tags.owner", "properties.size.name", "properties['size'].cores"])


@given(TEXT)
@settings(max_examples=300, deadline=None)
def test_any_text_is_understood_or_refused(text: str):
    try:
        ask(f"Resources | {text}")
        ask(text)
    except BadQuery:
        pass


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_a_string_is_what_it_says(text: str):
    quoted = "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r") + "'"
    assert ask(f"Resources | take 1 | project said = {quoted}") == [{"said": text}]


@given(COLUMNS, st.sampled_from(["==", "!=", "<", ">", "<=", ">=", "contains", "=~"]), st.integers(-9, 9), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_condition_and_its_opposite_never_both_hold(column: str, sign: str, number: int, quoted: bool):
    value = f"'{number}'" if quoted else str(number)
    held = ids(f"{column} {sign} {value}")
    assert not set(held.split("/")) & set(ids(f"not({column} {sign} {value})").split("/")) - {""}


@given(st.lists(st.integers(0, 50), max_size=8), st.booleans())
@settings(max_examples=100, deadline=None)
def test_order_is_order(numbers: list[int], down: bool):
    rows = [{"n": number} for number in numbers]
    found = run(parse(f"t | order by n {'desc' if down else 'asc'}"), rows)
    assert [row["n"] for row in found] == sorted(numbers, reverse=down)


@given(st.lists(st.sampled_from("abc"), max_size=12))
@settings(max_examples=100, deadline=None)
def test_groups_count_every_row_once(names: list[str]):
    found = run(parse("t | summarize n = count() by k"), [{"k": name} for name in names])
    assert {row["k"]: row["n"] for row in found} == {name: names.count(name) for name in set(names)}
    assert json.dumps(found)
