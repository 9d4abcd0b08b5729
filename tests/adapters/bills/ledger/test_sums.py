"""Sums in and out to the last digit, for any amounts; and a bill that is exported and imported is the same bill."""

import csv
import tempfile
from decimal import Context, Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from tests.adapters.bills.sample import NOW, ROW, held, ledger_in, month, row, write

from skywright.adapters.bills.ledger import FileLedger
from skywright.adapters.bills.ledger.amounts import judge

EXACT = Context(prec=80)
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
AMOUNTS = some.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=18)
WRITTEN = some.tuples(AMOUNTS, some.sampled_from(["{:f}", "{:+f}", "{:E}", " {:f}"])).map(lambda pair: pair[1].format(pair[0]))
TEXT = some.text(some.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs", "Cc")), max_size=12)
BILLS = some.lists(
    some.fixed_dictionaries(
        {
            **dict.fromkeys(COSTS, WRITTEN),
            "BillingCurrency": some.sampled_from(["EUR", "USD", "JPY"]),
            "BillingAccountId": some.sampled_from(["a", "b,\"c'"]),
            "ResourceId": TEXT,
            "ChargeDescription": TEXT.map(lambda text: f'{text}\n"'),
            "month": some.integers(1, 11),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.generate])
@given(BILLS)
def test_any_bill_ties_out_and_comes_back_as_it_was(bill: list[dict[str, str]]):
    rows = [month(int(one["month"]), **{key: str(value) for key, value in one.items() if key != "month"}) for one in bill]
    wanted: dict[str, Decimal] = {}
    for one in rows:
        for column in COSTS:
            key = f"{column}/{one['BillingCurrency']}"
            wanted[key] = EXACT.add(wanted.get(key, Decimal(0)), Decimal(one[column].strip()))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = FileLedger(folder / "ledger", lambda: NOW, closed_after_months=12)
        receipt = ledger.take(write(folder / "bill.csv", rows))
        assert receipt.sums_in == receipt.sums_out == wanted
        for version, ending in (("1.4", "csv.gz"), ("1.2", "parquet")):
            ledger.export(folder / f"out.{ending}", version)
            other = FileLedger(folder / version, lambda: NOW)
            other.take(str(folder / f"out.{ending}"))
            sql = "SELECT * EXCLUDE (x_Import, x_Row) FROM cost_and_usage ORDER BY ALL"
            assert held(other, sql) == held(ledger, sql)
            assert ledger.take(str(folder / f"out.{ending}")).repeated


def test_the_real_sample_ties_out(tmp_path: Path):
    from bench.data import data

    path = data("focus-sample") / "focus_sample_v1.0.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    receipt = ledger_in(tmp_path).take(str(path))
    for column in COSTS:
        assert receipt.sums_out[f"{column}/USD"] == sum(Decimal(one[column]) for one in rows if one[column] != "NULL")
    assert receipt.sums_out["BilledCost/USD"] == Decimal("20.52022672899")


# text, as written by hand or by a program, and what it is kept as
JUDGED = [
    ("0", "0"),
    ("-0.000000000000000001", "-0.000000000000000001"),
    ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
    ("1E+3", "1000"),
    ("1.50e-7", "0.00000015"),
    (" 7 ", "7"),
    ("0.10000000000000000000000", "0.1"),
    ("1e-19", None),
    ("1e20", None),
    ("1_000", None),
    ("0x10", None),
    ("1e-999999999", None),
    (f"0.{'1' * 130}", None),
    (f"1{'0' * 18}e-18", "1"),
]


@pytest.mark.parametrize(("text", "plain"), JUDGED)
def test_an_amount_is_kept_whole_or_not_at_all(text: str, plain: str | None):
    found = judge(text)
    assert found.plain == plain
    assert bool(found.why) == (plain is None)


@given(some.floats(min_value=-(10.0**15), max_value=10.0**15))
def test_a_binary_fraction_is_taken_at_18_decimals(value: float):
    plain = judge(repr(value), floats=True).plain
    assert plain is not None
    assert abs(Decimal(plain) - Decimal(repr(value))) <= Decimal("5e-19")


def test_amounts_as_large_as_there_are_add_up(tmp_path: Path):
    huge = "99999999999999999999.999999999999999999"
    receipt = ledger_in(tmp_path).take(
        write(tmp_path / "a.csv", [row(BilledCost=huge), row(BilledCost=huge), row(BilledCost=f"-{huge}")])
    )
    assert receipt.sums_in["BilledCost/EUR"] == receipt.sums_out["BilledCost/EUR"] == Decimal(huge)
    two = ledger_in(tmp_path / "2").take(write(tmp_path / "b.csv", [row(BilledCost=huge), row(BilledCost=huge)]))
    assert two.sums_out["BilledCost/EUR"] == Decimal("199999999999999999999.999999999999999998")


def test_parquet_of_any_type_of_amount(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    written = write(tmp_path / "a.csv", [ROW])
    path = tmp_path / "a.parquet"
    table = f"read_csv('{written}', all_varchar = true)"
    casts = "BilledCost::DOUBLE AS BilledCost, EffectiveCost::FLOAT AS EffectiveCost, ListCost::INTEGER AS ListCost"
    times = "BillingPeriodStart::TIMESTAMPTZ AS BillingPeriodStart, ChargePeriodEnd::TIMESTAMP_NS AS ChargePeriodEnd"
    tags = "MAP {'team': 'web'} AS Tags, ContractedCost::DECIMAL(9,3) AS ContractedCost"
    duckdb.sql(f"SELECT * REPLACE ({casts}, {times}, {tags}) FROM {table}").write_parquet(str(path))
    other = ledger_in(tmp_path / "other").take(str(path))
    assert other.remarks == (
        "Amounts are binary fractions there: each is taken as the shortest decimal that names it, to 18 decimals.",
    )
    first = ledger.take(written)
    assert (ledger.take(str(path)).id, other.id) == (first.id, first.id)
    assert held(ledger, "SELECT Tags, BillingPeriodStart::VARCHAR FROM cost_and_usage") == [
        ({"team": "web"}, "2026-09-01 00:00:00")
    ]


def test_times_with_a_distance_from_utc_are_moved_there(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(
        write(
            tmp_path / "a.csv", [row(BillingPeriodStart="2026-09-01T02:00:00+02:00", ChargePeriodStart="2026-08-31 18:30:00-0530")]
        )
    )
    sql = "SELECT BillingPeriodStart::VARCHAR, ChargePeriodStart::VARCHAR FROM cost_and_usage"
    assert held(ledger, sql) == [("2026-09-01 00:00:00", "2026-09-01 00:00:00")]
