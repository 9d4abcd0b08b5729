"""Files of columns as people send them."""

import gzip
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from skywright.adapters import columns
from skywright.adapters.columns import read_sheet
from skywright.model.errors import BadInput


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "numeric", "first"),
    [
        ("1\n2\n", (0,), (1.0, 2.0)),
        ("units\n1\n2\n", (0,), (1.0, 2.0)),
        ("time,a\n2026-01-01,1\n2026-01-02,2\n", (1,), (1.0, 2.0)),
        ("hour;a;b\n0;1;5\n1;2;5\n", (1, 2), (1.0, 2.0)),
        ("\ufeffa\tb\r\n1\t5\r\n2\t5\r\n", (0, 1), (1.0, 2.0)),
        ("# remark\n\n1,9\n# another\n2,9\n", (0, 1), (1.0, 2.0)),
        ('name,a\n"x, y",1\nz,2\n', (1,), (1.0, 2.0)),
    ],
)
def test_headers_times_and_delimiters_are_found(tmp_path: Path, text: str, numeric: tuple[int, ...], first: tuple[float, ...]):
    sheet = read_sheet(written(tmp_path, text))
    assert sheet.numeric() == numeric
    assert sheet.numbers(numeric[0]) == first


def test_gzip_is_read(tmp_path: Path):
    path = tmp_path / "f.gz"
    path.write_bytes(gzip.compress(b"1\n2\n"))
    assert read_sheet(path).numbers(0) == (1.0, 2.0)


def test_decimals_are_exact(tmp_path: Path):
    assert read_sheet(written(tmp_path, "0.1\n0.20\n")).decimals(0) == (Decimal("0.1"), Decimal("0.20"))


def test_a_line_is_named_as_it_stands_in_the_file(tmp_path: Path):
    path = written(tmp_path, "# a remark\n\nunits\n1\n\ninf\n")
    with pytest.raises(BadInput) as caught:
        read_sheet(path).numbers(0)
    assert str(caught.value) == f"{path}:6: inf is not a finite number. Leave the row out."


def test_a_folder_and_what_is_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(BadInput) as caught:
        read_sheet(tmp_path)
    assert str(caught.value) == f"{tmp_path}: cannot be read: Is a directory. Check the path."
    monkeypatch.setattr(columns, "SIZE_MAX_BYTES", 3)
    path = written(tmp_path, "1\n2\n3\n")
    with pytest.raises(BadInput) as caught:
        read_sheet(path)
    assert str(caught.value) == f"{path}: is larger than 3 bytes. Split it."


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("time,a\n2026-01-01T00:00,1\n2026-01-01T01:00,2\n2026-01-01T02:00,2\n", timedelta(hours=1)),
        ("2026-03-29T01:00+01:00,1\n2026-03-29T03:00+02:00,1\n2026-03-29T04:00+02:00,1\n", timedelta(hours=1)),
        ("day,a\n2026-01-01,1\n2026-01-02,2\n", timedelta(days=1)),
        ("hour,a\nfirst,1\nsecond,2\n", None),
        ("2026-01-01,1\n", None),
    ],
)
def test_how_far_apart_rows_are_by_their_times(tmp_path: Path, text: str, step: timedelta | None):
    assert read_sheet(written(tmp_path, text)).step() == step


@pytest.mark.parametrize(
    ("times", "line", "message"),
    [
        (("00:00", "01:00", "04:00"), 3, "2026-01-01 04:00 is not 1 h after 2026-01-01 01:00, as rows are before."),
        (("00:00", "01:00", "01:00"), 3, "2026-01-01 01:00 is not 1 h after 2026-01-01 01:00, as rows are before."),
        (("01:00", "00:00"), 2, "2026-01-01 00:00 is not after 2026-01-01 01:00."),
    ],
)
def test_gaps_and_disorder_are_named(tmp_path: Path, times: tuple[str, ...], line: int, message: str):
    path = written(tmp_path, "".join(f"2026-01-01T{time},1\n" for time in times))
    with pytest.raises(BadInput) as caught:
        read_sheet(path).step()
    assert str(caught.value) == f"{path}:{line}: {message} Give one row an hour, in order; 0 where nothing was used."
