"""The planner sees the rows of a snapshot as the cloud told them: what it binds a plan to is what a fresh read is compared with."""

from datetime import datetime

import pytest

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.loop.plan import see_world
from skywright.model.canonical import row_hash
from skywright.model.estate import Relation, Scope, Snapshot, Verb


@pytest.fixture
def rows(tools):
    machine = tools.machine(name="Ж 表", launched_at=datetime(2026, 1, 1, 1, 2, 3, 456), volumes=["v"])
    return [machine, tools.firewall(tags={"a": "1", "b": "2"}), tools.volume(), tools.volume("v-2", tags=None)]


@pytest.fixture
def world(tools, tmp_path, rows):
    shelf = ParquetShelf(tmp_path)
    tables = {}
    for row in rows:
        tables.setdefault(row.KIND, []).append(row)
    first, *others = rows
    tables["relation"] = [Relation(first.id, Verb.USES, other.id) for other in others]
    scope = Scope("aws", "1", "eu-west-1", "all", tuple(tables))
    snapshot = Snapshot(id="s", taken_at=tools.now, files=tuple(shelf.write(table, scope, part) for table, part in tables.items()))
    with DuckEngine(tmp_path).open(snapshot) as session:
        return see_world(session, snapshot, [row.id for row in rows[:3]] + ["aws:1:eu-west-1:compute.instance/gone"])


def test_a_row_hashes_as_the_cloud_told_it(world, rows):
    assert {target: row_hash(row) for target, row in world.rows.items()} == {row.id: row_hash(row) for row in rows[:3]}


def test_relations_between_targets_alone(world, rows):
    assert {(one.source, one.target) for one in world.relations} == {(rows[0].id, rows[1].id), (rows[0].id, rows[2].id)}


def test_the_size_is_that_of_the_estate(world):
    assert world.size == 4
