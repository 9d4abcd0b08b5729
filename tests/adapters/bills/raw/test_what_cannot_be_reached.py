"""Files and folders that are there and cannot be read: a bill of which a part is missed is not the bill."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.bills.sample import ROW, ledger_in, write

from skywright.adapters.bills.raw import open_raw
from skywright.model.errors import AskHuman, BadInput


def refused(source: Path) -> str:
    with pytest.raises(BadInput) as caught, open_raw(str(source)):
        pass
    return str(caught.value)


def dangling(folder: Path) -> Path:
    (folder / "b.csv").symlink_to("nowhere")
    return folder / "b.csv"


def circle(folder: Path) -> Path:
    (folder / "b.csv").symlink_to("b.csv")
    return folder / "b.csv"


def upwards(folder: Path) -> Path:
    (folder / "up").symlink_to("..")
    return folder / "up"


CANNOT = "cannot be read: {}. Allow reading it, or remove it; nothing was imported."


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (dangling, CANNOT.format("No such file or directory")),
        (circle, CANNOT.format("Too many levels of symbolic links")),
        (upwards, "is a link to a folder, and such links are not followed. Import what it leads to, or remove it."),
    ],
)
def test_links_that_lead_nowhere_or_in_circles_are_named(tmp_path: Path, make: Callable[[Path], Path], sentence: str):
    (tmp_path / "a.csv").write_text("A\n1\n")
    where = make(tmp_path)
    assert refused(tmp_path) == f"{where}: {sentence}"


def test_a_folder_that_may_not_be_looked_into_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.csv").write_text("A\n1\n")
    scan = os.scandir

    def denied(path: str) -> object:
        if str(path).endswith("inner"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", denied)
    assert refused(tmp_path) == f"{tmp_path}/inner: {CANNOT.format('Permission denied')}"


def test_hidden_folders_are_none_of_ours(tmp_path: Path):
    (tmp_path / "a.csv").write_text("A\n1\n")
    (tmp_path / ".cache").mkdir()
    upwards(tmp_path / ".cache")
    with open_raw(str(tmp_path)) as raw:
        assert raw.rows == 1


def test_what_is_neither_file_nor_folder(tmp_path: Path):
    os.mkfifo(tmp_path / "a.csv")
    assert refused(tmp_path / "a.csv") == f"{tmp_path}/a.csv: is no file and no folder. Name a file or a folder."


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"BZh9", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"7z\xbc\xaf", "7-Zip"),
        (b"%PDF-1.4", "PDF"),
        (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    ],
)
def test_what_is_packed_or_printed_otherwise_is_named(tmp_path: Path, head: bytes, kind: str):
    path = tmp_path / "bill.csv"
    path.write_bytes(head + b"\0" * 20)
    assert refused(path) == f"{path}: is {kind}, not text. Unpack it, or save it as CSV or Parquet."


def test_a_ledger_that_may_not_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    bill = write(tmp_path / "bill.csv", [ROW])
    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(AskHuman) as caught:
        ledger_in(tmp_path).take(bill)
    assert str(caught.value) == (
        f"{tmp_path}/ledger cannot be written to: Permission denied. Allow writing there, or set another data folder."
    )
