"""The traps of the public price tables, one by one."""

import csv
import importlib.util
import json
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("prices_tool", ROOT / "tools/prices.py")
sys.path.append(str(ROOT / "tools"))  # where the tool finds its other half
assert SPEC
assert SPEC.loader
prices = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(prices)

HOME = {f"m5.{size}": Decimal(amount) for size, amount in (("large", 1), ("xlarge", 2), ("2xlarge", 4), ("metal", 96))}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / prices.KARPENTER).write_text(
        "region,instance_type,usd_per_hour_linux_ondemand\nus-east-1,m5.large,0.096\nus-east-1,m5.none,0\ncn-north-1,m5.large,1.013\n"
    )
    known = {"us-east-1": 0.095, "eu-west-1": 0.107, "ap-south-1": 0.0, "us-west-2-lax-1": 0.1}
    (tmp_path / prices.LIBCLOUD).write_text(json.dumps({"compute": {"ec2_linux": {"m5.large": known}}}))
    return tmp_path


def rows(folder):
    return {(row["region"], row["sku"]): (row["amount"], row["currency"], row["source"]) for row in prices.instance_rows(folder)}


def test_the_newest_wins_zero_and_local_zones_give_nothing_and_china_counts_in_cny(folder):
    assert rows(folder) == {
        ("us-east-1", "m5.large"): ("0.096", "USD", "karpenter"),
        ("cn-north-1", "m5.large"): ("1.013", "CNY", "karpenter"),
        ("eu-west-1", "m5.large"): ("0.107", "USD", "libcloud"),
    }
    assert prices.older(folder)[1] == {("ap-south-1", "m5.large")}


MENDED = [
    # name                                large    xlarge   2xlarge  expected source of large, and its amount
    ("all agree", "1.1", "2.2", "4.4", "libcloud", "1.1"),
    ("one is dedicated", "1.166", "2.2", "4.4", "family-factor", "1.1000"),
    ("one is cheaper than its family", "1.0", "2.2", "4.4", "family-factor", "1.1000"),
    ("rounding is no difference", "1.102", "2.2", "4.4", "libcloud", "1.102"),
    ("no two agree", "1.1", "2.5", "5.2", "libcloud", "1.1"),
    ("dedicated tenancy is above, whatever the count", "1.166", "2.332", "4.664", "libcloud", "1.166"),
]


@pytest.mark.parametrize(("name", "large", "xlarge", "double", "source", "amount"), MENDED, ids=[case[0] for case in MENDED])
def test_a_row_off_its_family_is_replaced(name, large, xlarge, double, source, amount):
    listed = {
        ("eu-west-1", f"m5.{size}"): Decimal(value) for size, value in (("large", large), ("xlarge", xlarge), ("2xlarge", double))
    }
    found = {key[1]: (value, told) for key, value, told in prices.mended(listed, set(), HOME)}
    assert found["m5.large"] == (Decimal(amount), source)


def test_of_two_factors_that_sizes_share_the_lower_one_counts():
    home = {f"c5.{n}large": Decimal(1) for n in ("", "2x", "3x", "4x", "5x")}
    listed = {
        ("eu-west-1", name): Decimal(amount) for name, amount in zip(home, ("1.1", "1.1", "1.17", "1.17", "1.17"), strict=True)
    }
    assert {amount for _, amount, _ in prices.mended(listed, set(), home)} == {Decimal("1.1")}


def test_an_unknown_price_follows_from_its_siblings_or_stays_unknown():
    listed = {("eu-west-1", "m5.large"): Decimal("1.1"), ("eu-west-1", "m5.xlarge"): Decimal("2.2")}
    unknown = {("eu-west-1", "m5.2xlarge"), ("eu-west-1", "m5.metal"), ("ap-south-1", "m5.large")}
    found = {key: (amount, told) for key, amount, told in prices.mended(listed, unknown, HOME) if key not in listed}
    assert found == {("eu-west-1", "m5.2xlarge"): (Decimal("4.4"), "family-factor")}


def test_bare_metal_is_no_witness_and_is_left_alone():
    listed = {("eu-west-1", "m5.large"): Decimal("1.1"), ("eu-west-1", "m5.metal"): Decimal(96)}
    assert [told for _, _, told in prices.mended(listed, set(), HOME)] == ["libcloud", "libcloud"]


@pytest.mark.parametrize(
    ("family", "series"), [("m5", "cmr5"), ("c6gd", "cmr6gd"), ("t3", "t3"), ("x1e", "x1e"), ("mac2", "mac2"), ("m5zn", "cmr5zn")]
)
def test_series(family, series):
    assert prices.series(family) == series


def test_the_package_holds_what_is_kept_by_hand():
    with (prices.DATA / "other.csv").open() as lines:
        kept = {(row["kind"], region, row["sku"], row["unit"], Decimal(row["usd"])) for row in csv.DictReader(lines)
                for region in row["regions"].split() if row["regions"] != "*"}  # fmt: skip
    packed = duckdb.execute(
        "SELECT kind, region, sku, unit, amount FROM read_parquet($1)", [str(prices.DATA / "prices.parquet")]
    ).fetchall()
    assert kept <= set(packed)


def test_every_source_is_told():
    told = (prices.DATA / "SOURCES.md").read_text()
    sources = duckdb.execute("SELECT DISTINCT source FROM read_parquet($1)", [str(prices.DATA / "prices.parquet")]).fetchall()
    assert all(source in told or ("aws-*-pricing" in told and source.startswith("aws-")) for (source,) in sources)


WINDOWS = [
    # name                                           differences to Linux by region                    the licence
    ("three regions agree", {"r1": "0.092", "r2": "0.092", "r3": "0.092", "r4": "0.007"}, "0.0920"),
    ("two do not make it so", {"r1": "0.092", "r2": "0.092", "r3": "0.1", "r4": "0.007"}, None),
    ("zero is not known", {"r1": "0.092", "r2": "0.092", "r3": None, "r4": None}, None),
    ("the licence alone, or one's own, is no price", {"r1": "-0.01", "r2": "-0.01", "r3": "-0.01", "r4": "0"}, None),
]


@pytest.mark.parametrize(("name", "over", "licence"), WINDOWS, ids=[case[0] for case in WINDOWS])
def test_a_windows_licence_is_what_regions_agree_on(tmp_path, name, over, licence):
    linux = [
        {"region": region, "sku": "m5.large", "unit": "hour", "amount": "0.1", "source": "x", "dated": "y"}
        for region in (*over, "cn")
    ]
    told = {region: 0.0 if value is None else float(Decimal("0.1") + Decimal(value)) for region, value in over.items()}
    (tmp_path / prices.LIBCLOUD).write_text(json.dumps({"compute": {"ec2_windows": {"m5.large": told, "m9.none": told}}}))
    found = {row["region"]: (Decimal(row["amount"]), row["unit"]) for row in prices.windows_rows(tmp_path, linux)}
    assert found == ({region: (Decimal("0.1") + Decimal(licence), "hour-windows") for region in over} if licence else {})
