"""ports.bills.Ledger: what every ledger does, on each that there is."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.adapters.bills.sample import ROW, month, row, write

from skywright.adapters.bills.ledger import FileLedger
from skywright.model.errors import BadInput
from skywright.ports.bills import Ledger, Wanted

LEDGERS: dict[str, Callable[[Path], Ledger]] = {"files": lambda folder: FileLedger(folder, lambda: datetime(2026, 11, 22))}


@pytest.fixture(params=LEDGERS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    return LEDGERS[request.param](tmp_path / "ledger")


def test_all_of_a_bill_or_nothing(ledger: Ledger, tmp_path: Path):
    with pytest.raises(BadInput):
        ledger.take(write(tmp_path / "bad.csv", [ROW, row(BilledCost="x")]), Wanted())
    assert (list(ledger.receipts()), list(ledger.periods())) == ([], [])
    receipt = ledger.take(write(tmp_path / "good.csv", [ROW, month(8)]), Wanted())
    assert list(ledger.receipts()) == [receipt]
    assert receipt.sums_in == {key: receipt.sums_out[key] for key in receipt.sums_in}
    assert list(ledger.periods()) == [
        ("Issuer", "acc-1", datetime(2026, 8, 1), 1),
        ("Issuer", "acc-1", datetime(2026, 9, 1), 1),
    ]


def test_the_same_again_changes_nothing(ledger: Ledger, tmp_path: Path):
    bill = write(tmp_path / "a.csv", [ROW])
    first, again = ledger.take(bill, Wanted()), ledger.take(bill, Wanted())
    assert (again.id, again.repeated) == (first.id, True)
    assert len(ledger.receipts()) == 1


def test_another_content_restates_and_a_dry_run_does_not(ledger: Ledger, tmp_path: Path):
    ledger.take(write(tmp_path / "a.csv", [ROW]), Wanted())
    changed = write(tmp_path / "b.csv", [row(BilledCost="9")])
    assert ledger.take(changed, Wanted(dry_run=True)).restated == ledger.take(changed, Wanted()).restated
    with ledger.open() as session:
        assert session.query("SELECT BilledCost FROM cost_and_usage").rows == [(Decimal(9),)]


def test_views_tables_and_parameters(ledger: Ledger, tmp_path: Path):
    ledger.take(write(tmp_path / "a.csv", [ROW, row(ServiceName="Other")]), Wanted())
    duckdb.sql("SELECT 'Other' AS service, 'me' AS owner").write_parquet(str(tmp_path / "owners.parquet"))
    views = {
        "one": "SELECT ServiceName, BilledCost FROM cost_and_usage",
        "two": "SELECT * FROM one JOIN owners ON service = ServiceName",
    }
    with ledger.open(views, {"owners": tmp_path / "owners.parquet"}) as session:
        assert session.query("SELECT owner, BilledCost FROM two WHERE owner = $who", {"who": "me", "not": "used"}).rows == [
            ("me", Decimal("1.5"))
        ]
        assert session.export("SELECT owner FROM two", tmp_path / "out.csv", "csv") == 1
    assert (tmp_path / "out.csv").read_text() == "owner\nme\n"


REFUSED = [
    ("DELETE FROM cost_and_usage", "Only one SELECT can be asked: the ledger is read-only."),
    ("SELECT 1; SELECT 2", "Only one SELECT can be asked: the ledger is read-only."),
    ("COPY cost_and_usage TO 'x.csv'", "Only one SELECT can be asked: the ledger is read-only."),
]


@pytest.mark.parametrize(("sql", "said"), REFUSED)
def test_nothing_but_a_select(ledger: Ledger, sql: str, said: str):
    with ledger.open() as session, pytest.raises(BadInput) as caught:
        session.query(sql)
    assert str(caught.value) == said


def test_no_other_file_can_be_read(ledger: Ledger, tmp_path: Path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with ledger.open() as session, pytest.raises(BadInput, match="file system operations are disabled"):
        session.query(f"SELECT * FROM read_csv('{tmp_path}/secret.csv')")


def test_an_unknown_column_is_told(ledger: Ledger):
    with (
        ledger.open() as session,
        pytest.raises(BadInput, match=r'The query cannot be answered: .*"BiledCost" not found.*BilledCost'),
    ):
        session.query("SELECT BiledCost FROM cost_and_usage")


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
@pytest.mark.parametrize("version", ["1.2", "1.4"])
def test_what_is_exported_is_whole_and_the_same(ledger: Ledger, tmp_path: Path, ending: str, version: str):
    ledger.take(write(tmp_path / "a.csv", [ROW, month(8)]), Wanted())
    out = tmp_path / f"out.{ending}"
    assert ledger.export(out, version, "SELECT * FROM cost_and_usage WHERE BillingPeriodStart = '2026-08-01'") == 1
    columns = {name for name, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM '{out}'").fetchall()}
    assert ("ProviderName" in columns, "ServiceProviderName" in columns) == (version == "1.2", version == "1.4")
    assert ledger.take(str(out), Wanted()).repeated
    with pytest.raises(BadInput) as ends:
        ledger.export(tmp_path / "out.xlsx", version)
    assert str(ends.value) == f"{tmp_path}/out.xlsx: out.xlsx ends in none of .csv, .csv.gz, .parquet. Rename it."
    with pytest.raises(BadInput) as old:
        ledger.export(out, "0.5")
    assert str(old.value) == "--version: FOCUS 0.5 is not written. Choose 1.2 or 1.4."
