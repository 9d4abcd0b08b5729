"""Bills under a prefix of an object store: fetched, one bill, errors in our words. The store is obstore's own in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore import exceptions
from obstore.store import MemoryStore
from tests.adapters.bills.sample import ROW, ledger_in, month, write

from skywright.adapters.bills.raw import open_raw
from skywright.model.errors import BadInput, Denied, TryAgain


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = MemoryStore()
    opened: list[str] = []

    def from_url(url: str, **_options: Any) -> MemoryStore:
        opened.append(url)
        assert url.partition("://")[2] == "bills"
        return store

    monkeypatch.setattr("obstore.store.from_url", from_url)
    return store


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_a_prefix_is_one_bill_and_what_lies_beside_it_is_left(tmp_path: Path, store: MemoryStore, scheme: str):
    for key, rows in {"cur/data/2026-08/a.csv": [month(8)], "cur/data/2026-09/b.csv": [ROW], "other/c.csv": [ROW, ROW]}.items():
        obstore.put(store, key, Path(write(tmp_path / "x.csv", rows)).read_bytes())
    obstore.put(store, "cur/metadata/manifest.json", b"{}")
    with open_raw(f"{scheme}://bills/cur") as raw:
        assert [file.name for file in raw.files] == [
            f"{scheme}://bills/cur/data/2026-08/a.csv",
            f"{scheme}://bills/cur/data/2026-09/b.csv",
        ]
    receipt = ledger_in(tmp_path).take(f"{scheme}://bills/cur/")
    assert (receipt.rows_out, receipt.source) == (2, f"{scheme}://bills/cur/")
    with open_raw(f"{scheme}://bills/other/c.csv") as raw:
        assert raw.rows == 2


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_args: Any, **_options: Any) -> Any:
        raise error

    return fail


ERRORS = [
    (exceptions.PermissionDeniedError("no"), Denied,
     "s3://bills/cur could not be read: no. Allow reading and listing objects there."),
    (exceptions.GenericError("reset"), TryAgain,
     "s3://bills/cur could not be read: reset. Check the endpoint and the bucket, then run it again."),
    (FileNotFoundError("gone"), BadInput, "s3://bills/cur: There is no such bucket or object. Check the address."),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "said"), ERRORS, ids=["denied", "unreachable", "missing"])
def test_errors_of_the_store(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], said: str
):
    monkeypatch.setattr("obstore.list", raising(error))
    with pytest.raises(kind) as caught, open_raw("s3://bills/cur"):
        pass
    assert str(caught.value) == said


def test_an_empty_prefix(store: MemoryStore):
    with pytest.raises(BadInput) as caught, open_raw("s3://bills/none"):
        pass
    assert str(caught.value) == (
        "s3://bills/none: There is no CSV, Parquet or JSON file. Name a file, a folder, or a prefix of an object store."
    )
