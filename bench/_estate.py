"""A synthetic estate of any size, written by DuckDB without a Python object a row; deterministic by seed.

Every kind has the same number of rows, spread over accounts and regions; some have usage. A row is what the rules' own
`good` examples say is fine; then each rule in turn spoils about one row in ten with its `bad` example, and one in two
hundred with its `unknown` one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from skywright.adapters.engines.duckdb import ParquetShelf
from skywright.adapters.packs import load_packs
from skywright.adapters.packs.examples import EXAMPLE_NOW
from skywright.model.estate import Coverage, CoverageState, Scope, ScopeFile, Snapshot
from skywright.model.finding import RuleVerdict
from skywright.model.kinds import KINDS
from skywright.model.rule import Rule
from skywright.model.schema import columns, element_tables, table_name
from skywright.wiring import PACKAGE, TOPICS

ACCOUNTS = ("111122223333", "444455556666", "777788889999")
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "ap-south-1")
TAKEN_AT = EXAMPLE_NOW
BAD_PER_MILLE = 100
UNKNOWN_PER_MILLE = 5
_REFERENCES = {
    "vpc": "network.vpc",
    "subnet": "network.subnet",
    "volume": "storage.volume",
    "snapshot": "storage.snapshot",
    "bucket": "storage.bucket",
    "role": "identity.role",
    "image": "compute.image",
    "key": "crypto.key",
    "user": "identity.user",
    "database": "database.instance",
    "cluster": "container.cluster",
    "attached_to": "compute.instance",
}
_METRICS = {
    "compute.instance": "cpu_pct",
    "database.instance": "connections_count",
    "function.function": "invocations_count",
    "network.balancer": "requests_count",
    "network.gateway": "network_out_bytes",
}


UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def shipped_rules() -> tuple[Rule, ...]:
    """The rules of the shipped packs."""
    return load_packs([PACKAGE / "topics" / topic / "rules" for topic in TOPICS])


def synthetic(folder: Path, n: int, seed: int = 1, taken_at: datetime = TAKEN_AT) -> Snapshot:
    """Write an estate of ``n`` resources under ``folder`` and give its manifest."""
    shelf = ParquetShelf(folder)
    rules = shipped_rules()
    scopes = [Scope("aws", account, region, "synthetic", ()) for account in ACCOUNTS for region in REGIONS]
    files = tuple(
        shelf.write_select(kind.KIND, scope, _select(kind.KIND, scope, count, seed, rules))
        for kind_index, kind in enumerate(KINDS)
        for scope, count in _shares(scopes, _share(n, len(KINDS), kind_index))
        if count
    )
    per_scope = -(-n // (len(KINDS) * len(scopes)))
    files += tuple(shelf.write_select("usage", scope, _usage(scope, per_scope, seed)) for scope in scopes)
    return Snapshot(
        id=f"synthetic-{n}-{seed}-{taken_at:%Y%m%d}",
        taken_at=taken_at,
        files=files,
        coverage=tuple(_coverage(scopes, files, taken_at)),
    )


def _share(n: int, parts: int, index: int) -> int:
    return n // parts + (index < n % parts)


def _shares(scopes: list[Scope], n: int) -> Iterator[tuple[Scope, int]]:
    for index, scope in enumerate(scopes):
        yield scope, _share(n, len(scopes), index)


def _coverage(scopes: list[Scope], files: tuple[ScopeFile, ...], taken_at: datetime) -> Iterator[Coverage]:
    rows = {(file.table, file.account, file.region): file.rows for file in files}
    for scope in scopes:
        for kind in KINDS:
            count = rows.get((kind.KIND, scope.account, scope.region), 0)
            yield Coverage("aws", scope.account, scope.region, kind.KIND, CoverageState.COMPLETE, taken_at, rows=count)


def _select(kind: str, scope: Scope, count: int, seed: int, rules: tuple[Rule, ...]) -> str:
    own = [rule for rule in rules if rule.kind == kind]
    prefix = f"aws:{scope.account}:{scope.region}:{kind}/"
    known = {
        "id": f"'{prefix}r-' || i",
        "cloud": "'aws'",
        "account": f"'{scope.account}'",
        "region": f"'{scope.region}'",
        "native_id": "'r-' || i",
        "name": f"'{kind.split('.')[1]}-' || i",
        "native": """('{"Identifier": "r-' || i || '", "Status": "ok", "Owner": "' || i % 97 || '"}')::JSON""",
    }
    parts = [
        f'{known.get(column) or _column(kind, column, sql_type, scope, count, own)} AS "{column}"'
        for column, sql_type in columns(kind).items()
    ]
    salt = f"hash(i, '{kind}{scope.account}{scope.region}{seed}')"
    return f"SELECT {', '.join(parts)} FROM (SELECT i, {salt} AS h FROM range({count}) t(i))"


def _usage(scope: Scope, count: int, seed: int) -> str:
    """One metric a resource over a fortnight of hours; one in ten is idle."""
    parts = [
        f"SELECT 'aws:{scope.account}:{scope.region}:{kind}/r-' || i AS resource, '{metric}' AS metric, "
        f"hash(i, '{kind}{scope.account}{scope.region}{seed}') AS h FROM range({count}) t(i)"
        for kind, metric in _METRICS.items()
    ]
    level = "CASE WHEN h % 10 = 0 THEN 0.0 ELSE 20.0 + h % 60 END"
    return f"""
      SELECT resource, metric, 14.0 AS window_days, 336::BIGINT AS samples, level AS p50, level AS p95, level AS p99,
             level AS max, level AS mean
      FROM (SELECT resource, metric, {level} AS level FROM ({" UNION ALL ".join(parts)}))"""


def _column(kind: str, column: str, sql_type: str, scope: Scope, count: int, rules: list[Rule]) -> str:
    cases = []
    for rule in rules:
        for verdict, share in ((RuleVerdict.FAIL, BAD_PER_MILLE), (RuleVerdict.UNKNOWN, UNKNOWN_PER_MILLE)):
            example = next((example for example in rule.examples if example.verdict is verdict and not example.others), None)
            if example is not None and column in example.row:
                hit = f"hash(h, '{rule.id}{verdict.value}') % 1000 < {share}"
                cases.append(f"WHEN {hit} THEN {_literal(kind, column, sql_type, example.row[column])}")
    good = _good(kind, column, sql_type, scope, count, rules)
    return f"CASE {' '.join(cases)} ELSE {good} END" if cases else good


def _good(kind: str, column: str, sql_type: str, scope: Scope, count: int, rules: list[Rule]) -> str:
    if column in _REFERENCES and sql_type == "VARCHAR":
        return f"'aws:{scope.account}:{scope.region}:{_REFERENCES[column]}/r-' || h % {max(count - 1, 1)}"
    for rule in rules:
        for example in rule.examples:
            if example.verdict is RuleVerdict.PASS and not example.others and example.row.get(column) is not None:
                return _literal(kind, column, sql_type, example.row[column])
    return _random(column, sql_type)


def _random(column: str, sql_type: str) -> str:
    match sql_type:
        case "BIGINT":
            return "(h % 64)::BIGINT"
        case "DOUBLE":
            return "(h % 1000) / 10.0"
        case "BOOLEAN":
            return "true"
        case "TIMESTAMP":
            return f"TIMESTAMP '{TAKEN_AT - timedelta(days=20)}' - to_hours((h % 200)::BIGINT)"
        case "VARCHAR":
            return f"'{column}-' || h % 50"
        case "MAP(VARCHAR, VARCHAR)":
            return "map {'owner': 'team-' || h % 20, 'environment': 'prod', 'cost-center': 'cc-' || h % 9}"
        case _:
            return f"NULL::{sql_type}" if sql_type.startswith("STRUCT") and sql_type.endswith(")") else f"[]::{sql_type}"


def _literal(kind: str, column: str, sql_type: str, value: Any) -> str:
    if value is None:
        return f"NULL::{sql_type}"
    elements = element_tables(kind).get(f"{table_name(kind)}_{column}")
    if elements is not None:
        value = [{field: element.get(field) for field in elements[1] if field != "resource"} for element in value]
    if sql_type == "TIMESTAMP" and value[:1] in "+-":
        value = str(TAKEN_AT + timedelta(**{UNITS[value[-1]]: int(value[:-1])}))
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    quoted = "'" + text.replace("'", "''") + "'"
    nested = sql_type.endswith("[]") or sql_type.startswith(("MAP", "STRUCT"))
    return f"{quoted}::JSON::{sql_type}" if nested else f"{quoted}::{sql_type}"
