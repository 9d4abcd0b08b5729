"""Any bill by a mapping file: columns, constants, expressions; and what is said of one that is wrong."""

from pathlib import Path

import pytest
from tests.adapters.bills.sample import held, ledger_in

from skywright.model.errors import BadInput
from skywright.ports.bills import Wanted

BILL = """Datum;Dienst;Betrag;Konto;Typ
01.09.2026;Rechenzentrum A;1.234,56;K1;P
02.09.2026;Rechenzentrum A;-34,56;K1;P
Summe;;1.200,00;K1;S
"""
MAPPING = """decimal_comma: true
times: ["%d.%m.%Y"]
leave: Typ = 'S'
columns:
  BilledCost: Betrag
  BillingCurrency: {value: EUR}
  BillingAccountId: Konto
  ChargePeriodStart: Datum
  ServiceName: {sql: upper(Dienst)}
  InvoiceIssuerName: {value: Own data centre}
"""


def files(tmp_path: Path, mapping: str = MAPPING) -> tuple[str, Wanted]:
    (tmp_path / "bill.csv").write_text(BILL)
    (tmp_path / "map.yaml").write_text(mapping)
    return str(tmp_path / "bill.csv"), Wanted(mapping=tmp_path / "map.yaml")


def test_decimal_commas_dates_of_the_country_constants_and_sums_left_out(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    receipt = ledger.take(*files(tmp_path))
    assert (receipt.form, receipt.rows_in, receipt.rows_out) == ("mapping", 3, 2)
    assert {key: f"{value:.2f}" for key, value in receipt.sums_in.items()} == {"BilledCost/EUR": "1200.00"}
    times = "BillingPeriodStart::VARCHAR, BillingPeriodEnd::VARCHAR, ChargePeriodStart::VARCHAR"
    columns = f"BilledCost::DOUBLE, ListCost::DOUBLE, ServiceName, {times}, x_Row"
    assert held(ledger, f"SELECT {columns} FROM cost_and_usage ORDER BY x_Row") == [
        (1234.56, 1234.56, "RECHENZENTRUM A", "2026-09-01 00:00:00", "2026-10-01 00:00:00", "2026-09-01 00:00:00", "bill.csv:2"),
        (-34.56, -34.56, "RECHENZENTRUM A", "2026-09-01 00:00:00", "2026-10-01 00:00:00", "2026-09-02 00:00:00", "bill.csv:3"),
    ]


WRONG = [
    ("BilledCost: Betrag", "BilledCost: Betrog", "map.yaml:5: The bill has no column Betrog. Did you mean Betrag?"),
    ("BilledCost: Betrag", "BiledCost: Betrag", "map.yaml:5: cost_and_usage has no column BiledCost. Did you mean BilledCost?"),
    ("upper(Dienst)", "upper(Dinst)", "map.yaml:9: The bill has no column Dinst. Did you mean Dienst?"),
    ("upper(Dienst)", "upper(", "map.yaml:9: 'upper(' is no expression of SQL. Correct it there."),
    ("upper(Dienst)", "(SELECT 1)", "map.yaml:9: '(SELECT 1)' may only be made of the bill's columns. Correct it there."),
    (
        "upper(Dienst)",
        "getenv('HOME')",
        "map.yaml:9: \"getenv('HOME')\" may only be made of the bill's columns. Correct it there.",
    ),
    ("Typ = 'S'", "Type = 'S'", "map.yaml:3: The bill has no column Type. Did you mean Typ?"),
    ("columns:", "colums:",
     "map.yaml: is no mapping of a bill: Object contains unknown field `colums`. See docs/concepts/ledger.md."),
    ("{value: EUR}", "{value: EUR, sql: x}",
     ("map.yaml: is no mapping of a bill: needs exactly one of column, value, sql - at `$.columns[...]`. "
      "See docs/concepts/ledger.md.")),
    ("decimal_comma: true", "decimal_comma: [", "map.yaml:3: is not YAML: expected ',' or ']', but got '<scalar>'."),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG, ids=[case[1] for case in WRONG])
def test_a_wrong_mapping_is_told_with_its_line_and_nothing_is_imported(tmp_path: Path, right: str, wrong: str, said: str):
    ledger = ledger_in(tmp_path)
    with pytest.raises(BadInput) as caught:
        ledger.take(*files(tmp_path, MAPPING.replace(right, wrong)))
    assert str(caught.value).replace(f"{tmp_path}/", "") == said
    assert ledger.receipts() == ()


def test_a_mapping_that_is_not_there(tmp_path: Path):
    bill, _ = files(tmp_path)
    with pytest.raises(BadInput) as caught:
        ledger_in(tmp_path).take(bill, Wanted(mapping=tmp_path / "no.yaml"))
    assert str(caught.value) == f"{tmp_path}/no.yaml: cannot be read: No such file or directory. Check the path."
