"""Files of usage -> series: one number a line, columns, folders, tars; whatever cannot be used is named."""

import gzip
import io
import math
import tarfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.columns import read_numbers
from skywright.adapters.usage import EPOCH, read_usage
from skywright.model.errors import BadInput

STEP = timedelta(minutes=5)


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def test_folders_follow_one_another_as_long_as_their_longest_file(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.tar.gz", {"2/a": b"5\n", "1/a": b"1\n2\n", "1/b.gz": gzip.compress(b"3\n4\n5\n")})
    found = [(one.name, one.start, one.values) for one in read_usage(path, STEP)]
    assert found == [("a", EPOCH, (1.0, 2.0)), ("b", EPOCH, (3.0, 4.0, 5.0)), ("a", EPOCH + 3 * STEP, (5.0,))]


def test_columns_say_their_names_and_times(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("time,web,db\n2026-01-01T00:00:00Z,1,\n2026-01-01T00:01:00Z,2.5,7\n")
    web, db = read_usage(path, STEP)
    assert (web.name, web.start, web.step, web.values) == ("web", datetime(2026, 1, 1), timedelta(minutes=1), (1.0, 2.5))
    assert math.isnan(db.values[0])
    assert db.values[1] == 7.0


def test_columns_without_names_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("1,2\n3,4\n")
    assert [(one.name, one.values) for one in read_usage(path, STEP)] == [("x:1", (1.0, 3.0)), ("x:2", (2.0, 4.0))]


def test_a_tar_that_ends_early_is_told(tmp_path: Path) -> None:
    whole = packed(tmp_path / "x.tar.gz", {f"1/{i}": b"12345\n" * 5000 for i in range(5)}).read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput) as error:
        read_usage(tmp_path / "cut.tar.gz", STEP)
    assert str(error.value) == f"{tmp_path}/cut.tar.gz: ends early or is damaged. Fetch it again."


def test_an_endless_cell_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a" * 200_000 + "\n")
    with pytest.raises(BadInput) as error:
        read_usage(tmp_path / "x", STEP)
    assert str(error.value) == f"{tmp_path}/x:1: is no CSV: field larger than field limit (131072). Mend the line."


def test_a_line_in_a_tar_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.tar", {"1/a": b"1\ntwo\n"})
    with pytest.raises(BadInput) as error:
        read_usage(path, STEP)
    assert str(error.value) == f"{path}/1/a:2: 'two' is not a number. Write 12 or 12.5, or leave the cell empty."


@given(st.binary(max_size=200))
def test_any_bytes_are_series_or_bad_input(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "x"
    path.write_bytes(raw)
    for read in (lambda: [one.values for one in read_usage(path, STEP)], lambda: [read_numbers(path)]):
        try:
            rows = read()
        except BadInput as error:
            assert str(path) in str(error)
        else:
            assert all(math.isnan(value) or 0 <= value < math.inf for row in rows for value in row)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50))
def test_numbers_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    path = tmp_path_factory.mktemp("same") / "x"
    path.write_text("\n".join(map(repr, values)) + "\n")
    assert read_numbers(path) == tuple(values)
    assert read_usage(path, STEP)[0].values == tuple(values)
