"""Files as they come: encodings, compression, quotes, folders, damage; each error is a whole sentence with file and line."""

import gzip
import json
import zipfile
from pathlib import Path

import duckdb
import pytest

from skywright.adapters.bills.raw import open_raw
from skywright.model.errors import BadInput

TEXT = 'Id,Name,Tags\n1,"Zoë ""the"" first",NULL\n2,"two\nlines",\n\n3,"plain",x\n'
PACKED = gzip.compress(TEXT.encode(), mtime=0)
ROWS = [(2, "1", 'Zoë "the" first', None), (3, "2", "two\nlines", None), (6, "3", "plain", "x")]


def rows_of(path: Path) -> list[tuple[object, ...]]:
    with open_raw(str(path)) as raw:
        assert raw.rejects == ()
        return raw.query("SELECT * EXCLUDE (_file) FROM raw ORDER BY _file, _line").rows


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", TEXT.encode()),
        ("with-mark.csv", TEXT.encode("utf-8-sig")),
        ("windows.csv", TEXT.replace("\n", "\r\n").encode()),
        ("wide.csv", TEXT.encode("utf-16")),
        ("wide-without-mark.csv", TEXT.encode("utf-16-le")),
        ("wide-big-endian.csv", TEXT.encode("utf-16-be")),
        ("semicolons.csv", TEXT.replace(",", ";").encode()),
        ("tabs.tsv", TEXT.replace(",", "\t").encode()),
        ("packed.csv.gz", PACKED),
        ("not-packed-though-it-says-so.csv.gz", TEXT.encode()),
        ("packed-in-two.csv.gz", gzip.compress(TEXT[:30].encode(), mtime=0) + gzip.compress(TEXT[30:].encode(), mtime=0)),
        ("packed-without-saying-so.csv", gzip.compress(TEXT.encode("utf-16"), mtime=0)),
    ],
)
def test_the_same_rows_however_they_are_written(tmp_path: Path, name: str, content: bytes):
    path = tmp_path / name
    path.write_bytes(content)
    assert [tuple(str(v).replace("\r", "") if isinstance(v, str) else v for v in row) for row in rows_of(path)] == ROWS


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "latin.csv",
            TEXT.encode("latin-1"),
            (
                "{path}:2: is not UTF-8 text (byte 0xEB). Save it as UTF-8 (`iconv -f WINDOWS-1252 -t UTF-8` if it comes from an "
                "old spreadsheet)."
            ),
        ),
        (
            "cut.csv.gz",
            PACKED[:-12],
            "{path}: is a gzip file that ends too early: it was not delivered whole. Fetch it again; nothing was imported.",
        ),
        (
            "wrong.csv.gz",
            PACKED[:-8] + b"\0" * 8,
            "{path}: is a damaged gzip file: CRC check failed 0x0 != 0x{crc:x}. Fetch it again; nothing was imported.",
        ),
        ("empty.csv", b"", "{path}: is empty. Fetch it again; nothing was imported."),
        ("zero.csv", b"A,B\n1,\0\n", "{path}:2: holds a zero byte: it is no text. Fetch it again, or save it as UTF-8."),
        ("twice.csv", b"A,B,a\n1,2,3\n", "{path}:1: names a column twice: A, a. Remove or rename one of them."),
        ("unnamed.csv", b"A,,B\n1,2,3\n", "{path}:1: names no column in field 2. Name or remove it."),
        ("blank.csv", b"\n1,2\n", "{path}:1: has no header. The first line must name the columns."),
        ("bad.json", b'{"a": 1,\n"b": }', "{path}:2: is not JSON: Expecting value. Mend it, or fetch it again."),
        (
            "cut.jsonl",
            b'{"a": 1}\n{"a":\n',
            "{path}:2: The line is no JSON object: Expecting value. Mend it, or fetch it again; nothing was imported.",
        ),
        ("cut-wide.csv", TEXT.encode("utf-16")[:-1], "{path}: is not UTF-16 text. Save it as UTF-8."),
        (
            "old-mac.csv",
            b"A,B\r1,2\r",
            "{path}: ends its lines with a carriage return alone. Save it with line feeds (`tr '\\r' '\\n'`).",
        ),
        ("bare.json", b"3", "{path}: holds no objects. One object is one row of a bill."),
        ("bad.zip", b"PK\x03\x04 nothing", "{path}: is a damaged zip archive. Fetch it again; nothing was imported."),
    ],
)
def test_what_cannot_be_read_is_told_with_file_and_line(tmp_path: Path, name: str, content: bytes, sentence: str):
    path = tmp_path / name
    path.write_bytes(content)
    crc = __import__("zlib").crc32(TEXT.encode())
    with pytest.raises(BadInput) as caught, open_raw(str(path)):
        pass
    assert str(caught.value) == sentence.format(path=path, crc=crc)


def test_a_truncated_parquet_file_is_named(tmp_path: Path):
    path = tmp_path / "cut.parquet"
    duckdb.sql("SELECT range AS a FROM range(1000)").write_parquet(str(path))
    path.write_bytes(path.read_bytes()[:-20])
    with (
        pytest.raises(BadInput, match=r"cut\.parquet: cannot be read as Parquet: .*\. Fetch it again; nothing was imported\.$"),
        open_raw(str(path)),
    ):
        pass


def test_lines_that_are_no_rows_are_listed_with_their_line(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('A,B,C\n1,"x\ny",z\n\n2,b\n3,b,c,d\n4,"b",c\n5,"open\n')
    with open_raw(str(path)) as raw:
        assert [(r.where.removeprefix(str(tmp_path)), r.why) for r in raw.rejects] == [
            ("/a.csv:5", "The line has 2 fields; the header names 3."),
            ("/a.csv:6", "The line has 4 fields; the header names 3."),
            ("/a.csv:8", "A quote is opened and not closed, or text stands behind a closing quote."),
        ]
        assert raw.query("SELECT _line, A FROM raw ORDER BY 1").rows == [(2, "1"), (7, "4")]


def test_a_folder_is_one_bill_and_what_lies_beside_it_is_left(tmp_path: Path):
    (tmp_path / "data" / "BILLING_PERIOD=2024-09").mkdir(parents=True)
    (tmp_path / "data" / "BILLING_PERIOD=2024-09" / "b.csv").write_text("A,B\n3,4\n")
    (tmp_path / "data" / "a.csv.gz").write_bytes(gzip.compress(b"A,C\n1,2\n"))
    (tmp_path / "data" / "copy.csv").write_text("A,B\n3,4\n")
    (tmp_path / "Manifest.json").write_text("{}")
    (tmp_path / "_SUCCESS").write_text("")
    with open_raw(str(tmp_path)) as raw:
        assert raw.query("SELECT _line, A, B, C FROM raw ORDER BY A").rows == [(2, "1", None, "2"), (2, "3", "4", None)]
        assert [(Path(f.name).name, f.rows, Path(f.same_as).name) for f in raw.files] == [
            ("b.csv", 1, ""),
            ("a.csv.gz", 1, ""),
            ("copy.csv", 0, "b.csv"),
        ]


def test_parquet_keeps_its_types_and_a_zip_is_opened(tmp_path: Path):
    duckdb.sql("SELECT 0.1::DECIMAL(38,18) AS Cost, MAP {'k': 'v'} AS Tags").write_parquet(str(tmp_path / "p.parquet"))
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(tmp_path / "p.parquet", "inner/p.parquet")
        archive.writestr("manifest.json", "{}")
    with open_raw(str(tmp_path / "z.zip")) as raw:
        assert dict(raw.columns) == {"Cost": "DECIMAL(38,18)", "Tags": "MAP(VARCHAR, VARCHAR)"}
        assert raw.query("SELECT _file, _line FROM raw").rows == [(f"{tmp_path}/z.zip/inner/p.parquet", 1)]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1.10, "b": {"c": [1]}}\n{"a": "2"}\n',
        json.dumps([{"a": "1.10", "b": {"c": [1]}}, {"a": 2}], indent=1),
        '{"code": 200, "data": [{"x": {"a": 1.10, "b": {"c": [1]}}, "y": {"a": 2}}]}',
    ],
)
def test_json_by_line_as_a_list_or_inside_an_answer(tmp_path: Path, text: str):
    (tmp_path / "a.json").write_text(text)
    with open_raw(str(tmp_path)) as raw:
        rows = raw.query("SELECT a::DECIMAL(9,2)::VARCHAR, b FROM raw ORDER BY _line").rows
    assert rows == [("1.10", '{"c":[1]}'), ("2.00", None)]


def test_kinds_do_not_mix_and_nothing_is_said(tmp_path: Path):
    (tmp_path / "a.csv").write_text("A\n1\n")
    (tmp_path / "b.json").write_text('{"A": 1}\n')
    with pytest.raises(BadInput) as mixed, open_raw(str(tmp_path)):
        pass
    assert str(mixed.value) == f"{tmp_path}: There are CSV and JSON files here: a bill is one of them. Import them one by one."
    with pytest.raises(BadInput) as none, open_raw(str(tmp_path / "no")):
        pass
    assert str(none.value) == f"{tmp_path}/no: There is no such file or folder. Check the path."


def test_lines_that_end_in_two_ways(tmp_path: Path):
    path = tmp_path / "mixed.csv"
    path.write_bytes(TEXT.replace("\n", "\r\n", 2).encode())
    assert rows_of(path) == ROWS
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(TEXT.replace("\n", "\r\n", 2).encode()))
    assert rows_of(tmp_path / "packed.csv.gz") == ROWS
