"""DuckDB and a Spark cluster of two workers give the same answers: every shipped rule, insight and cost, function by function.

What is compared is what a person gets; nothing here says what the answer is (the tests of rules and measures do).
"""

from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from tests.conformance.engine.examples import example_estate, worth_something

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.adapters.engines.spark import SparkEngine
from skywright.adapters.packs import load_packs
from skywright.adapters.packs.examples import EXAMPLE_NOW
from skywright.adapters.prices import BookPrices
from skywright.loop.audit.conditions import by_kind, verdicts_sql
from skywright.loop.audit.merge import merge_sql
from skywright.model.finding import RuleVerdict
from skywright.model.rule_sql import Sight, fix_sql
from skywright.model.schema import table_name
from skywright.neighbours import fitted
from skywright.topics.cost.measure import MEASURES
from skywright.topics.graph.links import ACROSS_CLOUDS
from skywright.topics.reach.table import reach_rows
from skywright.wiring import CLOUDS, PACKAGE, TOPICS

pytestmark = pytest.mark.real

RULES = fitted(load_packs([PACKAGE / "topics" / topic / "rules" for topic in TOPICS]), list(CLOUDS))


@pytest.fixture(scope="module")
def both(spark_settings, tmp_path_factory):
    """The same estate, open on both engines."""
    folder = tmp_path_factory.mktemp("estate")
    snapshot = example_estate(ParquetShelf(folder), RULES, EXAMPLE_NOW, worth_something(EXAMPLE_NOW))
    duck = DuckEngine(folder, BookPrices(), {"reach": reach_rows, "relation": ACROSS_CLOUDS})
    with ExitStack() as stack:
        sessions = [stack.enter_context(engine.open(snapshot)) for engine in (duck, SparkEngine(duck, spark_settings))]
        yield SimpleNamespace(duck=sessions[0], spark=sessions[1], sight=Sight.of(EXAMPLE_NOW, snapshot.coverage))


def answers(both, sql, params=None):
    """Both engines' rows in one order, with their types."""
    return [sorted(map(repr, session.query(sql, params).rows)) for session in (both.duck, both.spark)]


@pytest.mark.parametrize("table", ["reach", "relation", "usage", "coverage", "price", "cost", "resource"])
def test_tables_over_all_kinds(table, both):
    duck, spark = answers(both, f"SELECT * FROM {table}")
    assert duck
    assert duck == spark


@pytest.mark.parametrize(("kind", "rules"), by_kind(RULES), ids=[kind for kind, _ in by_kind(RULES)])
def test_every_rule(kind, rules, both):
    duck, spark = answers(both, verdicts_sql(kind, rules, both.sight))
    assert duck == spark
    failing = {row[0] for row in both.duck.query(f"SELECT * FROM ({verdicts_sql(kind, rules, both.sight)}) WHERE fails").rows}
    assert {rule.id for rule in rules if _has_failing_rows(rule)} <= failing


ONLY_ALONE = (
    "audit_trail_bucket_without_access_logging",
    "container_node_idle",
    "container_workload_overprovisioned",
    "function_function_never_called",
    "network_balancer_without_requests",
)
"""Rules whose examples do not fail any more in an estate with all the other examples."""


def _has_failing_rows(rule):
    """Whether the estate holds what makes the rule fail: rows of ``reach`` are computed, and not the example's."""
    return (
        rule.id not in ONLY_ALONE
        and "reach" not in rule.reads
        and any(example.verdict is RuleVerdict.FAIL for example in rule.examples)
    )


ALLOWED = {"compute_instance_other_region": {"regions": ["us-east-1", "eu-west-1"]}}
"""What a user allows, and without which nothing is said."""


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_every_insight(measure, both):
    duck, spark = answers(both, measure.sql, measure.params | ALLOWED.get(measure.name, {}))
    assert duck
    assert duck == spark


COMPUTING = [rule for rule in RULES if rule.computed]


@pytest.mark.parametrize("rule", COMPUTING, ids=lambda rule: rule.id)
def test_every_computed_fix(rule, both):
    ids = [row[0] for row in both.duck.query(f"SELECT id FROM {table_name(rule.kind)}").rows]
    duck, spark = answers(both, fix_sql(rule, both.sight), {"ids": ids})
    assert duck
    assert duck == spark


def test_a_whole_audit_at_once(both, tmp_path):
    import duckdb

    few = [rule for rule in RULES if rule.kind in ("storage.bucket", "network.firewall", "compute.instance")]
    paths = [tmp_path / "duck.parquet", tmp_path / "spark.parquet"]
    for session, path in zip((both.duck, both.spark), paths, strict=True):
        session.export(merge_sql(few, both.sight, before=False), path, "parquet")
    read = [duckdb.sql(f"SELECT * FROM read_parquet('{path}') ORDER BY id") for path in paths]
    assert read[0].types == read[1].types
    assert read[0].columns == read[1].columns
    assert read[0].fetchall() == read[1].fetchall()


EXPRESSIONS = """
  len('abc') | len([1, 2]) | len(NULL::INTEGER[]) | len(zones) | len(name)
  [10, 20][1] | [10, 20][5] | [10, 20][-1] | tags['a'] | tags['none'] | zones[1] | 'abcdef'[:3] | 'abcdef'[2:3] | [1, 2, 3][2:]
  1 / 2 | 1 / 0 | -1 / 0 | number / 0 | number / 4 | NULL / 0 | 7 // 2 | 7 % 3 | amount / 3
  amount * 730 | CAST(amount * 1.5 AS DECIMAL(18, 6)) | round(2.5) | round(amount, 1) | ceil(2.1) | floor(-2.1) | abs(-3)
  CAST(number / 4 AS BIGINT) | CAST(2.5::DOUBLE AS INTEGER) | CAST(3.5::DOUBLE AS BIGINT) | CAST('12' AS BIGINT) | TRY_CAST('x' AS BIGINT)
  1.0 = 1 | 0.1 + 0.2 = 0.3 | TRUE::VARCHAR | 12::VARCHAR | '2026-01-02'::DATE | '2026-01-02 03:04:05'::TIMESTAMP::VARCHAR
  concat('a', NULL, 'b') | 'a' || NULL | 'a' || 1 | concat_ws('-', 'a', NULL, 'b') | upper('a') | trim('  a ') | replace('a.b', '.', '')
  starts_with('abc', 'a') | ends_with('abc', 'c') | contains('abc', 'b') | starts_with(NULL, 'a') | 'abc' LIKE 'a%' | 'ABC' ILIKE 'a%'
  'a\\_c' LIKE 'a\\_c' | 'a/b*c' GLOB 'a/*' | 'abc' GLOB 'a[a-c]?' | 'abc' GLOB 'b*' | 'a.c' GLOB 'a.c' | 'abc' GLOB 'a.c'
  regexp_matches('xabc', 'b.$') | regexp_matches('a.b', 'a\\.b') | regexp_replace('aXbX', 'X', '-', 'g') | regexp_extract('ab12', '[0-9]+')
  split_part('a/b', '/', 2) | split_part('a/b', '/', 5) | string_split('a,b', ',') | left('abc', 2) | right('abc', 2) | md5('a')
  list_contains([1, 2], 2) | list_contains([1, NULL], 2) | list_contains([1, NULL], 1) | list_contains(NULL::INTEGER[], 2)
  list_has_any(['a', NULL], ['b', NULL]) | list_has_any(['a'], ['a', 'b']) | list_intersect(['a', 'b'], ['b', NULL]) | list_has_all([1, 2], [2])
  list_where(['a', 'b', 'c'], [true, false, 1 = 1]) | list_where(['a'], [false]) | len(list_where([]::VARCHAR[], []::BOOLEAN[]))
  list_bool_or([FALSE, NULL]) | list_bool_or([TRUE, NULL]) | list_bool_or([]::BOOLEAN[]) | list_bool_and([TRUE, FALSE]) | list_sum([1, NULL, 2])
  list_sum([]::INTEGER[]) | list_position(['a', 'b'], 'b') | list_position(['a'], 'b') | list_distinct([1, 1]) | list_sort([2, 1])
  list_filter([1, NULL, 3], lambda x: x > 1) | list_transform([1, 2], lambda x: x * 2) | list_filter(zones, lambda z: z LIKE 'a%')
  array_to_string(['a', NULL, 'b'], ',') | list_max([1, 3]) | list_min([1, 3]) | list_concat([1], [2]) | map_keys(tags) | map_values(tags)
  map_contains(tags, 'a') | map_contains(tags, 'z') | MAP {'k': 'v'} | {'a': 1, 'b': 'x'} | [{'a': 1}] | {'a': 1}.a | map_entries(tags)
  date_diff('day', TIMESTAMP '2026-01-01 23:00:00', TIMESTAMP '2026-01-02 01:00:00')
  date_diff('hour', TIMESTAMP '2026-01-01 23:59:00', TIMESTAMP '2026-01-02 01:00:00') | date_diff('month', DATE '2026-01-31', DATE '2026-02-01')
  now() | current_date | now() - to_days(3) | now() - INTERVAL 2 HOUR | now() + to_hours(5) | now() - to_minutes(90) | date_trunc('month', now())
  year(now()) | CAST(now() AS DATE) | now() > TIMESTAMP '2020-01-01' | now() - INTERVAL '7 days' | epoch(now())
  least(1, NULL, 3) | greatest(NULL, 2) | coalesce(NULL, 3) | nullif(1, 1) | NULL IS DISTINCT FROM 1 | 1 IS NOT DISTINCT FROM 1
  1 IN (1, NULL) | 2 IN (1, NULL) | 2 NOT IN (1, NULL) | NULL IN (1) | CASE WHEN NULL THEN 1 ELSE 2 END | 3 BETWEEN 1 AND 5
  1 IN (SELECT v FROM other) | 3 IN (SELECT v FROM other) | 3 NOT IN (SELECT v FROM other) | NULL IN (SELECT v FROM other)
  NULL IN (SELECT v FROM other WHERE FALSE) | 1 NOT IN (SELECT v FROM other WHERE v IS NOT NULL) | 1 IN (SELECT unnest([1, 2])) | 1 IN (SELECT unnest([]::INTEGER[]))
  EXISTS (SELECT 1 FROM other o WHERE o.v = number) | (SELECT max(v) FROM other) | (SELECT count(*) FROM other o WHERE o.v > t.number)
  TRY(CAST(name AS BIGINT)) | if(number > 1, 'a', 'b') | number IS NULL | bool AND NULL | bool OR NULL | NOT bool
"""  # noqa: E501 - a table reads best as it is

SOURCE = """WITH other AS (SELECT * FROM (VALUES (1), (2), (NULL)) AS o(v)),
  t AS (SELECT * FROM (VALUES (4::DOUBLE, 'abc', 12.34::DECIMAL(18, 8), TRUE, MAP {'a': 'b'}, ['a1', 'b1']),
    (0::DOUBLE, '', 0::DECIMAL(18, 8), FALSE, MAP {'c': 'd'}, ['b2']),
    (NULL, NULL, NULL, NULL, NULL, NULL)) AS row(number, name, amount, bool, tags, zones))"""


@pytest.fixture(scope="module")
def values(both):
    """Every expression over three rows, on both engines, in one question each: they are cheap together."""
    asked = [one.strip() for line in EXPRESSIONS.strip().splitlines() for one in line.split(" | ")]
    columns = ", ".join(f"({one}) AS c{number}" for number, one in enumerate(asked))
    sql = f"{SOURCE} SELECT {columns} FROM t ORDER BY t.name"
    return asked, both.duck.query(sql).rows, both.spark.query(sql).rows


def test_functions_and_operators_mean_the_same(values):
    asked, duck, spark = values
    different = {
        one: (left, right)
        for number, one in enumerate(asked)
        if (left := [repr(row[number]) for row in duck]) != (right := [repr(row[number]) for row in spark])
    }
    assert different == {}


STATEMENTS = [
    "SELECT kind, count(*) AS n FROM resource GROUP BY ALL ORDER BY ALL",
    "SELECT id, row_number() OVER (PARTITION BY kind ORDER BY id) AS place FROM resource QUALIFY place = 1 ORDER BY id",
    "SELECT * EXCLUDE (tags), tags['Name'] AS named FROM resource ORDER BY id DESC NULLS FIRST LIMIT 7",
    "SELECT kind FROM resource UNION SELECT 'x' ORDER BY kind LIMIT 3",
    "SELECT name FROM resource ORDER BY name DESC, id LIMIT 5",
    "SELECT state, count(*) FILTER (WHERE name IS NULL) AS unnamed FROM resource GROUP BY state ORDER BY state",
    "SELECT resource, cidr FROM network_firewall_rules WHERE from_port = 22 ORDER BY ALL",
    "SELECT unnest([1, 2]) AS a, unnest(['x', 'y', 'z']) AS b ORDER BY b",
    "SELECT r.kind, min(r.id) AS m FROM resource r SEMI JOIN cost c ON c.resource = r.id GROUP BY r.kind ORDER BY 1",
    "SELECT sum(monthly) AS whole, round(avg(monthly), 6) AS mean FROM cost",
    "SELECT list(kind ORDER BY kind) AS kinds FROM (SELECT DISTINCT kind FROM resource)",
    "SELECT string_agg(kind, ',' ORDER BY kind) AS kinds FROM (SELECT DISTINCT kind FROM resource)",
    "SELECT count(DISTINCT account) AS accounts, median(length(id)) AS m FROM resource",
    "FROM coverage WHERE state <> 'complete' ORDER BY kind LIMIT 3",
    "SELECT tag.key, count(*) AS n FROM (SELECT unnest(map_entries(tags)) AS tag FROM resource) GROUP BY ALL ORDER BY ALL",
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_statements_that_people_write(sql, both):
    duck, spark = (session.query(sql) for session in (both.duck, both.spark))
    assert spark.columns == duck.columns
    assert duck.rows
    assert spark.rows == duck.rows
