"""ports.engine.Shelf: what every shelf must do."""

import errno
import os
import threading
import time

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skywright.adapters.engines.duckdb import shelf as shelf_module
from skywright.adapters.engines.duckdb.encode import shape_of, table_columns
from skywright.model.errors import AskHuman
from skywright.model.estate import Snapshot
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.storage import Volume
from skywright.model.schema import OTHER_TABLES

from .conftest import NOW, SCOPE, covered, resource


def files_in(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def read_back(world, file, columns="id, name, tags, firewalls, native"):
    snapshot = Snapshot(id="s", taken_at=NOW, files=(file,), coverage=covered(Instance))
    with world.engine.open(snapshot) as session:
        return session.query(f"SELECT {columns} FROM compute_instance ORDER BY id").dicts()


def test_the_same_content_in_another_order_is_the_same_file_and_is_not_written_again(world):
    rows = [resource(Volume, f"vol-{number}", size_gib=number) for number in range(5)]
    first = world.shelf.write("storage.volume", SCOPE, rows)
    before = (world.folder / first.path).stat()
    again = world.shelf.write("storage.volume", SCOPE, rows[::-1])
    after = (world.folder / again.path).stat()
    assert first == again
    assert first.rows == 5
    assert before.st_ino == after.st_ino


def test_other_content_is_another_file(world):
    one = world.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-1", size_gib=1)])
    two = world.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-1", size_gib=2)])
    assert one.path != two.path
    assert one.path == f"storage.volume/{one.sha256}.parquet"


def test_a_resource_that_a_cloud_lists_twice_is_there_once(world):
    file = world.shelf.write("compute.instance", SCOPE, [world.web, world.web])
    assert file.rows == 1


def test_an_empty_table_needs_no_file(world):
    before = files_in(world.folder)
    file = world.shelf.write("compute.instance", SCOPE, [])
    assert (file.rows, file.path) == (0, "")
    assert files_in(world.folder) == before
    assert read_back(world, file) == []


def test_a_damaged_file_is_written_anew(world):
    path = world.folder / world.snapshot.files[0].path
    path.write_bytes(path.read_bytes()[:-20])
    world.shelf.write("compute.instance", SCOPE, [world.web, world.db])
    assert len(read_back(world, world.snapshot.files[0])) == 2


TEXT = st.text(max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.none() | TEXT,
    tags=st.none() | st.dictionaries(TEXT, TEXT, max_size=4),
    firewalls=st.none() | st.lists(TEXT, max_size=3),
    native=st.dictionaries(
        TEXT, TEXT | st.integers(-(2**60), 2**60) | st.none() | st.booleans() | st.lists(TEXT, max_size=2), max_size=3
    ),
)
def test_any_text_in_any_script_comes_back(world, name, tags, firewalls, native):
    row = resource(Instance, "i-1", name=name, tags=tags, firewalls=firewalls, native=native)
    [back] = read_back(world, world.shelf.write("compute.instance", SCOPE, [row]))
    back["native"] = msgspec.json.decode(back["native"])
    assert back == {"id": row.id, "name": name, "tags": tags, "firewalls": firewalls, "native": native}


def test_a_tag_of_ten_megabytes_comes_back(world):
    row = resource(Instance, "i-1", tags={"big": "ß" * 5_000_000})
    [back] = read_back(world, world.shelf.write("compute.instance", SCOPE, [row]), "tags")
    assert back["tags"] == row.tags


def test_half_of_a_surrogate_pair_is_replaced_and_stops_nothing(world):
    row = resource(Instance, "i-1", name="a\ud800b", tags={"k\udfff": "v"}, native={"l": ["\ud800"]})
    [back] = read_back(world, world.shelf.write("compute.instance", SCOPE, [row]))
    assert (back["name"], back["tags"]) == ("a?b", {"k?": "v"})


@pytest.mark.parametrize("place", ["draft", "sync"])
def test_a_full_disk_leaves_no_half_file_and_says_what_to_do(place, world, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if place == "draft":
        monkeypatch.setattr("pathlib.Path.write_bytes", full)
    else:
        monkeypatch.setattr(shelf_module, "_to_disk", full)
    before = files_in(world.folder)
    with pytest.raises(AskHuman) as error:
        world.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-9")])
    path = error.value.message.split(" could not")[0]
    assert str(error.value) == (
        f"{path} could not be written: the disk is full. Nothing was kept of it. "
        "Make room (`skywright gc` shows what can go) or set another data folder, then run it again."
    )
    assert files_in(world.folder) == before


def test_many_threads_may_write_at_once(world):
    rows = [[resource(Volume, f"vol-{number}")] for number in range(6)]
    written = []

    def work(mine):
        written.append(world.shelf.write("storage.volume", SCOPE, mine))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in rows * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 12
    assert len({file.path for file in written}) == 6
    assert all((world.folder / file.path).exists() for file in written)


def test_a_sweep_deletes_old_files_that_nothing_names_and_no_others(world):
    spare = world.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-old")])
    young = world.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-young")])
    left = world.folder / ".work" / "killed.json"
    left.write_text("{}")
    foreign = world.folder / "findings" / "state.parquet"
    foreign.parent.mkdir()
    foreign.write_text("not the shelf's")
    for path in (world.folder / spare.path, left, foreign, *(world.folder / file.path for file in world.snapshot.files)):
        os.utime(path, (time.time() - 9000, time.time() - 9000))
    keep = frozenset(file.path for file in world.snapshot.files)
    size = (world.folder / spare.path).stat().st_size + left.stat().st_size
    assert world.shelf.sweep(keep, 3600, dry_run=True) == size
    assert (world.folder / spare.path).exists()
    assert world.shelf.sweep(keep, 3600) == size
    assert not (world.folder / spare.path).exists()
    assert not left.exists()
    assert (world.folder / young.path).exists()
    assert foreign.exists()
    assert all((world.folder / file.path).exists() for file in world.snapshot.files)


def test_an_old_file_that_is_about_to_be_named_again_is_young_to_a_sweep(world):
    path = world.folder / world.snapshot.files[0].path
    os.utime(path, (time.time() - 9000, time.time() - 9000))
    world.shelf.write("compute.instance", SCOPE, [world.web, world.db])
    assert world.shelf.sweep(frozenset(), 3600) == 0
    assert path.exists()


def test_a_select_can_be_kept_without_a_python_object_a_row(world):
    select = (
        "SELECT 'aws:1:r:compute.instance/i-' || i AS id, 'aws' AS cloud, '1' AS account, 'r' AS region, 'i-' || i AS native_id, "
        + ", ".join(f"NULL AS {name}" for name in Instance.__struct_fields__[5:])
        + " FROM range(1000) t(i)"
    )
    file = world.shelf.write_select("compute.instance", SCOPE, select)
    assert file.rows == 1000
    assert len(read_back(world, file)) == 1000


@pytest.mark.parametrize("write", ["write", "write_select"])
def test_a_file_has_the_very_columns_and_types_that_its_shape_stands_for(world, write):
    """Else files of one shape could not be read without a look at the columns of each."""
    import duckdb

    for table in (*KIND_BY_NAME, *OTHER_TABLES):
        wanted = dict(table_columns(table))
        if write == "write_select":
            nothing = ", ".join(f'NULL AS "{column}"' for column in wanted)
            file = world.shelf.write_select(table, SCOPE, f"SELECT {nothing}")
        elif table in KIND_BY_NAME:
            file = world.shelf.write(table, SCOPE, [resource(KIND_BY_NAME[table], "one")])
        else:
            continue
        told = duckdb.sql(f"DESCRIBE FROM read_parquet('{world.folder / file.path}')").fetchall()
        meant = duckdb.sql(
            "DESCRIBE SELECT " + ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in wanted.items())
        ).fetchall()
        assert [row[:2] for row in told] == [row[:2] for row in meant]
        assert file.shape == shape_of(table)


def test_every_table_has_a_shape_of_its_own():
    tables = (*KIND_BY_NAME, *OTHER_TABLES)
    assert len({shape_of(table) for table in tables}) == len(tables)
