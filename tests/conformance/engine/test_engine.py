"""ports.engine.Engine: what every engine must do."""

import csv
from datetime import date, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skywright.model.canonical import row_hash
from skywright.model.errors import AskHuman, BadInput
from skywright.model.estate import CoverageState, Snapshot
from skywright.model.kinds import KINDS
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.network import Firewall
from skywright.model.kinds.storage import Volume
from skywright.model.schema import MADE_TABLES, OTHER_TABLES, columns, element_tables, table_name
from skywright.ports.engine import Overlay

from .conftest import NOW, SCOPE, covered, resource


def ask(world, sql, overlay=None, params=None):
    with world.engine.open(world.snapshot, overlay) as session:
        return session.query(sql, params).rows


def test_a_row_comes_back_as_it_was_written(world):
    with world.engine.open(world.snapshot) as session:
        row = session.query("SELECT * FROM compute_instance WHERE name = 'web'").dicts()[0]
    assert row.pop("seen_at") == NOW
    assert msgspec.json.decode(row["native"]) == {"x": [1]}
    assert {**row, "native": {"x": [1]}} == msgspec.structs.asdict(world.web)
    assert row_hash(row) == row_hash(world.web)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_every_kind_is_a_table_with_its_columns_even_when_there_is_none(kind, world):
    with world.engine.open(Snapshot(id="s0", taken_at=NOW)) as session:
        assert session.query(f"SELECT * FROM {table_name(kind.KIND)}").columns == (*columns(kind.KIND), "seen_at")
        for table, (_, fields) in element_tables(kind.KIND).items():
            assert session.query(f"SELECT * FROM {table}").columns == tuple(fields)


@pytest.mark.parametrize(("table", "fields"), {**OTHER_TABLES, **MADE_TABLES}.items())
def test_every_other_table_has_the_columns_of_the_schema(table, fields, world):
    with world.engine.open(world.snapshot) as session:
        assert session.query(f"SELECT * FROM {table}").columns == tuple(fields)


def test_elements_relations_usage_coverage_cost(world):
    assert ask(world, "SELECT resource, cidr, from_port FROM network_firewall_rules") == [(world.wall.id, "0.0.0.0/0", 22)]
    assert ask(world, "SELECT verb FROM relation ORDER BY verb") == [("attached-to",), ("guarded-by",)]
    assert ask(world, "SELECT metric, p50, p99 FROM usage") == [("cpu_pct", None, 4.5)]
    assert ask(world, "SELECT count(*), any_value(state) FROM coverage") == [(3, "complete")]
    assert ask(world, "SELECT kind, count(*) FROM resource GROUP BY ALL ORDER BY ALL") == [
        ("compute.instance", 2),
        ("network.firewall", 1),
        ("storage.volume", 2),
    ]
    found = ask(world, "SELECT resource, kind, monthly, currency FROM cost ORDER BY resource")
    assert [(row[0], row[1], row[2] and float(row[2])) for row in found] == [
        (world.disk.id, "storage.volume", 8.0),
        (world.spare.id, "storage.volume", None),
    ]


def test_time_stands_still_at_the_snapshot(world):
    asked = (
        "SELECT now(), current_timestamp, current_date, today(), localtimestamp, now()::TIMESTAMPTZ, age(now()::TIMESTAMP)::VARCHAR"
    )
    moment, day = NOW, date(2026, 3, 1)
    assert ask(world, asked)[0][:6] == (moment, moment, day, day, moment, moment)


def test_parameters_are_values_and_never_sql(world):
    evil = "'; DROP TABLE x; --"
    assert ask(world, "SELECT count(*) FROM compute_instance WHERE name = $name", params={"name": evil, "unused": 1}) == [(0,)]


def test_the_twin_shows_replaced_rows_and_hides_removed_ones(world):
    row = {**msgspec.structs.asdict(world.web), "type": "t3.nano", "native": '{"x": [1]}'}
    twin = Overlay({"compute.instance": [row]}, frozenset({world.wall.id, world.spare.id}))
    assert ask(world, "SELECT native_id, type, native FROM compute_instance ORDER BY ALL", twin) == [
        ("i-db", None, "{}"),
        ("i-web", "t3.nano", '{"x":[1]}'),
    ]
    assert ask(world, "SELECT * FROM network_firewall", twin) == []
    assert ask(world, "SELECT * FROM network_firewall_rules", twin) == []
    assert ask(world, "SELECT verb FROM relation", twin) == [("attached-to",)]
    assert ask(world, "SELECT resource FROM usage", twin) == [(world.web.id,)]
    assert ask(world, "SELECT resource FROM cost", twin) == [(world.disk.id,)]
    assert ask(world, "SELECT count(*) FROM resource", twin) == [(3,)]


def test_a_removed_resource_takes_its_usage_with_it_and_a_created_one_is_there(world):
    made = {
        "id": "aws:1:r:storage.volume/vol-9",
        "cloud": "aws",
        "account": "1",
        "region": "r",
        "native_id": "vol-9",
        "size_gib": 1,
    }
    twin = Overlay({"storage.volume": [made]}, frozenset({world.web.id}))
    assert ask(world, "SELECT * FROM usage", twin) == []
    assert ask(world, "SELECT native_id, tags FROM storage_volume ORDER BY id DESC LIMIT 1", twin) == [("vol-9", None)]


def test_a_twin_does_not_touch_the_snapshot_that_is_open_beside_it(world):
    with (
        world.engine.open(world.snapshot) as before,
        world.engine.open(world.snapshot, Overlay(removed=frozenset({world.web.id}))) as after,
    ):
        counted = "SELECT count(*) FROM compute_instance"
        assert (before.query(counted).rows, after.query(counted).rows, before.query(counted).rows) == ([(2,)], [(1,)], [(2,)])


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selec 1", ('The query is not SQL: syntax error at or near "selec" (line 1, column 1). '
         'Try `skywright query "select id, name from resource limit 5"`.')),
        ("select encryptd from storage_volume", "There is no column encryptd (line 1, column 8). Did you mean encrypted?"),
        ("select 1,\n v.size_gb from storage_volume v", "There is no column size_gb (line 2, column 2). Did you mean size_gib?"),
        ("select * from compute_instances", "There is no table compute_instances. Did you mean compute_instance?"),
        ("select 1; select 2", "Only one SELECT can be asked: the estate is read-only. All tables: `skywright query --tables`."),
        ("select * from information_schema.tables",
         "There is no table information_schema.tables. All tables: `skywright query --tables`."),
        ("select * from read_text('/etc/passwd')",
         "read_text(...) cannot be read from: a query sees the snapshot and nothing else. All tables: `skywright query --tables`."),
        ("select name + 1 from compute_instance where state = 5 group by 9",
         ("The query cannot be answered: GROUP BY term out of range - should be between 1 and 1. "
         'The columns of a table: `skywright query "describe compute_instance"`.')),
    ],
)  # fmt: skip
def test_bad_sql_is_told_with_place_and_nearest_name(sql, message, world):
    with world.engine.open(world.snapshot) as session, pytest.raises(BadInput) as error:
        session.query(sql)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO compute_instance SELECT * FROM compute_instance",
        "UPDATE compute_instance SET name = 'x'",
        "DELETE FROM compute_instance",
        "DROP VIEW compute_instance",
        "COPY (SELECT 1) TO 'x.csv'",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "SET threads = 1",
        "CALL pragma_version()",
        "EXPORT DATABASE 'x'",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT 1; DROP VIEW compute_instance",
        "SELECT * FROM 'x.parquet'",
        "SELECT * FROM 'https://example.com/x.csv'",
        "SELECT * FROM read_csv('x.csv')",
        "SELECT * FROM glob('/*')",
        "WITH a AS (SELECT * FROM read_json('x')) SELECT * FROM a",
        "SELECT (SELECT content FROM read_text('/etc/passwd'))",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('compute_instance')",
        "SELECT * FROM duckdb_settings()",
        "SHOW TABLES",
        "",
        ";",
    ],
)
def test_nothing_but_one_select_over_the_tables_passes(sql, world):
    with world.engine.open(world.snapshot) as session, pytest.raises(BadInput):
        session.query(sql)


def test_common_selects_pass(world):
    for sql in (
        "WITH a AS (SELECT id FROM compute_instance) SELECT count(*) FROM a;",
        "FROM storage_volume",
        "DESCRIBE storage_volume",
        "SUMMARIZE storage_volume",
        "SELECT * FROM range(3)",
        "SELECT tag.key, tag.value FROM (SELECT unnest(map_entries(tags)) AS tag FROM compute_instance)",
        "SELECT 1 UNION SELECT 2 -- a remark",
    ):
        assert ask(world, sql)


def test_a_missing_file_is_named_with_what_it_held_and_the_other_kinds_stay_readable(world):
    path = world.folder / world.snapshot.files[0].path
    path.unlink()
    with world.engine.open(world.snapshot) as session:
        with pytest.raises(AskHuman) as error:
            session.query("SELECT * FROM compute_instance")
        assert str(error.value) == (
            f"{path} is missing: it holds compute.instance of aws account 1, region r. Run `skywright gather` to write it again."
        )
        assert session.query("SELECT count(*) FROM storage_volume").rows == [(2,)]


@pytest.mark.parametrize("damage", ["cut", "overwritten", "emptied"])
def test_a_damaged_file_is_named(damage, world):
    path = world.folder / world.snapshot.files[0].path
    whole = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(whole[: len(whole) // 2])
        case "overwritten":
            path.write_bytes(whole[:50] + bytes(len(whole) - 100) + whole[-50:])
        case "emptied":
            path.write_bytes(b"")
    with world.engine.open(world.snapshot) as session, pytest.raises(AskHuman) as error:
        session.query("SELECT * FROM resource")
    assert str(error.value) == (
        f"{path} is damaged: it holds compute.instance of aws account 1, region r. "
        "Delete it and run `skywright gather` to write it again."
    )


def test_export_writes_csv_and_parquet_outside_the_estate_folder(world, tmp_path):
    with world.engine.open(world.snapshot) as session:
        assert session.export("SELECT id, name FROM compute_instance ORDER BY id;", tmp_path / "x.csv", "csv") == 2
        assert session.export("SELECT id FROM compute_instance", tmp_path / "x.parquet", "parquet") == 2
        with pytest.raises(AskHuman, match=r"could not be written: .*\. Nothing was kept of it\."):
            session.export("SELECT 1", tmp_path / "no" / "such" / "x.csv", "csv")
    with (tmp_path / "x.csv").open() as file:
        assert list(csv.reader(file)) == [["id", "name"], [world.db.id, ""], [world.web.id, "web"]]
    assert (tmp_path / "x.parquet").read_bytes()[:4] == b"PAR1"
    assert not list((world.folder / ".work").glob("*.csv"))


def test_more_tables_can_be_laid_beside_the_snapshot(world):
    file = world.folder / world.snapshot.files[1].path
    with world.engine.open(world.snapshot, tables={"kept": file}) as session:
        assert session.query("SELECT count(*) FROM kept").rows == [(2,)]


def test_seen_at_is_the_time_at_which_each_scope_was_looked_at(world):
    later = datetime(2026, 3, 1, 13)
    elsewhere = Instance(id="aws:1:q:compute.instance/i-q", cloud="aws", account="1", region="q", native_id="i-q")
    scope = msgspec.structs.replace(SCOPE, region="q")
    file = world.shelf.write("compute.instance", scope, [elsewhere])
    seen = msgspec.structs.replace(world.snapshot.coverage[0], region="q", seen_at=later)
    world.snapshot = msgspec.structs.replace(
        world.snapshot, files=(*world.snapshot.files, file), coverage=(*world.snapshot.coverage, seen)
    )
    assert ask(world, "SELECT region, seen_at FROM compute_instance GROUP BY ALL ORDER BY ALL") == [("q", later), ("r", NOW)]


def test_files_of_an_older_schema_have_null_where_a_column_is_new(world):
    import duckdb

    path = world.folder / world.snapshot.files[0].path
    with duckdb.connect() as old:  # a column less, one that no longer exists, and another type
        old.execute(
            f"COPY (SELECT * EXCLUDE (vcpus) REPLACE (memory_mib::INTEGER AS memory_mib), 1 AS dropped FROM read_parquet('{path}'))"
            f" TO '{path}.new' (FORMAT parquet)"
        )
    path.with_name(path.name + ".new").replace(path)
    unmarked = [msgspec.structs.replace(file, shape="") for file in world.snapshot.files]  # as of then
    world.snapshot = msgspec.structs.replace(world.snapshot, files=tuple(unmarked))
    assert ask(world, "SELECT name, vcpus FROM compute_instance ORDER BY name") == [("web", None), (None, None)]


def test_files_of_another_shape_are_read_beside_those_of_todays(world):
    import duckdb

    newer = world.shelf.write("compute.instance", msgspec.structs.replace(SCOPE, region="q"), [world.web])
    with duckdb.connect() as old:
        path = world.folder / newer.path
        old.execute(f"COPY (SELECT * EXCLUDE (type) FROM read_parquet('{path}')) TO '{path}.new' (FORMAT parquet)")
    older = msgspec.structs.replace(newer, path=f"{newer.path}.new", shape="another")
    world.snapshot = msgspec.structs.replace(world.snapshot, files=(older, *world.snapshot.files))
    assert ask(world, "SELECT name, type FROM compute_instance ORDER BY ALL") == [("web", "m5.large"), ("web", None), (None, None)]


# --- compare and trace


def second(world, **changes):
    """The next snapshot: the web server has grown, the database is gone, a volume has come; the firewall's scope failed."""
    files = (
        world.shelf.write("compute.instance", SCOPE, [msgspec.structs.replace(world.web, type="m5.xlarge", tags=None)]),
        world.shelf.write("storage.volume", SCOPE, [world.disk, world.spare, resource(Volume, "vol-3", name="new")]),
    )
    coverage = (*covered(Instance, Volume), *covered(Firewall, state=CoverageState.DENIED, reason="no permission"))
    return msgspec.structs.replace(
        Snapshot(id="s2", taken_at=datetime(2026, 3, 2), files=files, coverage=coverage, previous="s1"), **changes
    )


def test_compare_tells_what_appeared_vanished_and_changed_and_what_cannot_be_told(world):
    found = world.engine.compare(world.snapshot, second(world)).dicts()
    told = [(row["change"], row["resource"], row["field"], row["before"], row["after"], row["reason"]) for row in found]
    assert told == [
        ("vanished", world.db.id, None, None, None, ""),
        ("changed", world.web.id, "tags", "{a=b}", None, ""),
        ("changed", world.web.id, "type", "m5.large", "m5.xlarge", ""),
        ("unknown", world.wall.id, None, None, None, "no permission"),
        ("appeared", "aws:1:r:storage.volume/vol-3", None, None, None, ""),
    ]


def test_what_is_seen_again_after_a_gap_has_not_appeared(world):
    found = world.engine.compare(second(world), world.snapshot).dicts()
    assert {(row["resource"], row["change"]) for row in found} >= {
        (world.wall.id, "unknown"),
        (world.db.id, "appeared"),
        ("aws:1:r:storage.volume/vol-3", "vanished"),
    }


def test_a_scope_that_was_not_even_tried_is_unknown(world):
    found = world.engine.compare(world.snapshot, second(world, coverage=covered(Instance, Volume))).dicts()
    assert [(row["change"], row["reason"]) for row in found if row["resource"] == world.wall.id] == [("unknown", "not looked at")]


def test_a_snapshot_compared_with_itself_differs_in_nothing_and_opens_nothing(world):
    for file in world.snapshot.files:
        (world.folder / file.path).unlink()
    assert world.engine.compare(world.snapshot, world.snapshot).rows == []


def test_compare_names_a_missing_file(world):
    (world.folder / world.snapshot.files[0].path).unlink()
    with pytest.raises(AskHuman, match=r"is missing: it holds compute\.instance"):
        world.engine.compare(world.snapshot, second(world))


def test_trace_gives_one_row_for_each_snapshot_that_holds_the_resource(world):
    found = world.engine.trace(world.web.id, [world.snapshot, second(world)]).dicts()
    assert [(row["snapshot"], row["type"]) for row in found] == [("s1", "m5.large"), ("s2", "m5.xlarge")]
    assert world.engine.trace("aws:1:r:compute.instance/none", [world.snapshot]).rows == []


ROWS = st.dictionaries(
    st.sampled_from("abcd"), st.fixed_dictionaries({"size_gib": st.none() | st.integers(0, 2), "type": st.none() | st.just("x")})
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, after=ROWS)
def test_compare_says_what_two_dictionaries_would(before, after, world):
    def taken(name, rows):
        file = world.shelf.write("storage.volume", SCOPE, [resource(Volume, key, **columns) for key, columns in rows.items()])
        return Snapshot(id=name, taken_at=NOW, files=(file,), coverage=covered(Volume))

    expected = {(key, "vanished", None) for key in before.keys() - after.keys()}
    expected |= {(key, "appeared", None) for key in after.keys() - before.keys()}
    for key in before.keys() & after.keys():
        expected |= {(key, "changed", field) for field in before[key] if before[key][field] != after[key][field]}
    found = world.engine.compare(taken("old", before), taken("new", after)).dicts()
    assert {(row["resource"].rsplit("/")[1], row["change"], row["field"]) for row in found} == expected
