"""What a resource costs, worked out by hand: unknown stays NULL, stopped costs nothing but its volumes."""
# ruff: noqa: E501 - a table of cases reads best with one case a line

from decimal import Decimal

import duckdb
import pytest

from skywright.adapters.prices import BookPrices
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.schema import columns, table_name

BASE = {"cloud": "aws", "region": "us-east-1", "id": "self"}

CASES = [
    # name                      kind                row                                                       monthly     note
    ("running", "compute.instance", {"type": "m5.large", "state": "running"}, "70.08", "platform not known: price of Linux"),
    ("linux", "compute.instance", {"type": "m5.large", "state": "running", "platform": "Linux/UNIX"}, "70.08", ""),
    ("stopped", "compute.instance", {"type": "m5.large", "state": "stopped"}, "0", "not running: only its volumes cost"),
    ("stopped at no known price", "compute.instance", {"type": "m9.huge", "state": "stopped"}, "0", "not running: only its volumes cost"),
    ("spot", "compute.instance", {"type": "m5.large", "lifecycle": "spot"}, None, "only on-demand prices of Linux and Windows are known"),
    ("windows", "compute.instance", {"type": "m5.large", "platform": "Windows"}, "137.24", "with its Windows licence"),  # (0.096 + 0.092) x 730
    ("windows elsewhere", "compute.instance", {"type": "m5.large", "platform": "Windows", "region": "eu-west-1"}, "145.27", "with its Windows licence"),
    ("windows of another cloud", "compute.instance", {"cloud": "azure", "region": "eastus", "type": "Standard_D2s_v3", "platform": "windows"}, "137.24", "with its Windows licence"),
    ("windows, stopped", "compute.instance", {"type": "m5.large", "platform": "Windows", "state": "stopped"}, "0", "not running: only its volumes cost"),
    ("windows at no known price", "compute.instance", {"cloud": "gcp", "region": "europe-west1", "type": "e2-micro", "platform": "Windows"}, None, "no price known for e2-micro in europe-west1"),
    ("a full month of n2", "compute.instance", {"cloud": "gcp", "region": "europe-west1", "type": "n2-standard-4", "platform": "linux"}, "124.813305", "sustained use discount of a full month taken off"),
    # 0.418014 x 0.7 and 8 x 0.046, which nothing comes off
    ("a full month of n1 with windows", "compute.instance", {"cloud": "gcp", "region": "europe-west1", "type": "n1-standard-8", "platform": "Windows"}, "482.245154", "with its Windows licence; sustained use discount of a full month taken off"),
    ("windows, own licence", "compute.instance", {"type": "m5.large", "platform": "Windows BYOL"}, "70.08", ""),
    ("a licence that is not known", "compute.instance", {"type": "m5.large", "platform": "Windows with SQL Server Standard"}, None, "only on-demand prices of Linux and Windows are known"),
    ("linux with a licence", "compute.instance", {"type": "m5.large", "platform": "Linux with SQL Server Web"}, None, "only on-demand prices of Linux and Windows are known"),
    ("another linux", "compute.instance", {"type": "m5.large", "platform": "Red Hat Enterprise Linux"}, None, "only on-demand prices of Linux and Windows are known"),
    ("no such type", "compute.instance", {"type": "m9.huge"}, None, "no price known for m9.huge in us-east-1"),
    ("type not read", "compute.instance", {"type": None}, None, "no price known for it in us-east-1"),
    ("no price there", "compute.instance", {"type": "c4.xlarge", "region": "ap-south-1"}, None, "no price known for c4.xlarge in ap-south-1"),
    ("gp2", "storage.volume", {"type": "gp2", "size_gib": 100, "iops": 300}, "10", ""),
    ("gp3, included", "storage.volume", {"type": "gp3", "size_gib": 100, "iops": 3000, "throughput_mibps": 125}, "8", ""),
    ("gp3, more", "storage.volume", {"type": "gp3", "size_gib": 100, "iops": 4000, "throughput_mibps": 225}, "17", ""),
    ("gp3, iops not read", "storage.volume", {"type": "gp3", "size_gib": 100}, None, "what it is priced by could not be read"),
    ("io1", "storage.volume", {"type": "io1", "size_gib": 100, "iops": 1000}, "77.5", ""),
    ("io1, iops not read", "storage.volume", {"type": "io1", "size_gib": 100}, None, "what it is priced by could not be read"),
    ("io2, first tier", "storage.volume", {"type": "io2", "size_gib": 100, "iops": 1000}, "77.5", ""),
    ("io2, second tier", "storage.volume", {"type": "io2", "size_gib": 100, "iops": 40000}, None, "the price of its upper tiers is not known"),
    ("size not read", "storage.volume", {"type": "gp2"}, None, "what it is priced by could not be read"),
    ("snapshot", "storage.snapshot", {"size_gib": 10}, "0.5", "at most: only changed blocks are billed"),
    ("address", "network.address", {"attached": True}, "3.65", ""),
    ("nat", "network.gateway", {"type": "nat"}, "32.85", "without the data that it passes"),
    ("internet gateway", "network.gateway", {"type": "internet"}, "0", "no charge of its own"),
    ("balancer", "network.balancer", {"type": "application"}, "16.425", "hours only, without capacity units"),
    ("database", "database.instance", {"engine": "mysql", "type": "db.m5.large", "storage_type": "gp2", "storage_gib": 100, "multi_zone": False}, "136.33", ""),
    ("mariadb", "database.instance", {"engine": "mariadb", "type": "db.m5.large", "storage_type": "gp2", "storage_gib": 100, "multi_zone": False}, "136.33", ""),
    ("two zones", "database.instance", {"engine": "mysql", "type": "db.m5.large", "storage_type": "gp2", "storage_gib": 100, "multi_zone": True}, "272.66", ""),
    ("zones not read", "database.instance", {"engine": "mysql", "type": "db.m5.large", "storage_type": "gp2", "storage_gib": 100}, None, "what it is priced by could not be read"),
    ("stopped database", "database.instance", {"engine": "mysql", "state": "stopped", "type": "db.m5.large", "storage_type": "gp2", "storage_gib": 100, "multi_zone": False}, "11.5", "stopped: only its storage costs"),
    ("cache", "database.cache", {"type": "cache.m5.large", "nodes": 2}, "227.76", ""),
    ("table", "database.table", {"billing": "provisioned", "read_units": 10, "write_units": 10}, "5.694", "without storage"),
    ("table by request", "database.table", {"billing": "on-demand", "read_units": 0, "write_units": 0}, None, "billed by request"),
    ("cluster", "kubernetes.cluster", {}, "73", "control plane in standard support"),
    ("bucket", "storage.bucket", {"size_gib": 100.0}, "2.3", "as if all were in the standard class"),
    ("bucket not measured", "storage.bucket", {}, None, "what it is priced by could not be read"),
    ("log group", "log.group", {"stored_bytes": 10 * 2**30}, "0.3", "storage only"),
    ("own key", "crypto.key", {"manager": "customer"}, "1", ""),
    ("provider's key", "crypto.key", {"manager": "provider"}, "0", "no charge"),
    ("firewall", "network.firewall", {}, "0", "no charge of its own"),
    ("secret", "crypto.secret", {}, "0.4", ""),
    ("zone", "dns.zone", {"region": "global"}, "0.5", "the first 25 zones cost this; further ones less"),
]  # fmt: skip


def priced(kind, rows, discounts=()):
    with duckdb.connect() as base:
        typed = ", ".join(f'"{name}" {kind_of}' for name, kind_of in columns(kind).items() if kind_of != "JSON")
        base.execute(f"CREATE TABLE {table_name(kind)} ({typed})")
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            base.execute(f"INSERT INTO {table_name(kind)} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        base.execute(f"CREATE VIEW price AS FROM read_parquet('{BookPrices(discounts).table()}')")
        return base.execute(BookPrices().cost_sql()[kind]).fetchall(), [column[0] for column in base.description]


@pytest.mark.parametrize(("name", "kind", "row", "monthly", "note"), CASES, ids=[f"{case[1]}: {case[0]}" for case in CASES])
def test_cost(name, kind, row, monthly, note):
    (found,), names = priced(kind, [BASE | row])
    cost = dict(zip(names, found, strict=True))
    assert (cost["monthly"], cost["note"]) == (None if monthly is None else Decimal(monthly), note)
    assert (cost["hourly"] is None) == (monthly is None)
    assert cost["resource"] == "self"


def test_an_hour_is_a_month_by_730():
    (found,), names = priced("compute.instance", [BASE | {"type": "m5.large", "state": "running"}])
    assert dict(zip(names, found, strict=True))["hourly"] == Decimal("0.096")


@pytest.mark.parametrize("kind", BookPrices().cost_sql())
def test_every_kind_is_priced_with_one_row_a_resource_in_the_same_columns(kind):
    found, names = priced(kind, [BASE | {"id": f"r{index}"} for index in range(3)])
    assert names == ["resource", "hourly", "monthly", "currency", "source", "dated", "note"]
    assert sorted(row[0] for row in found) == ["r0", "r1", "r2"]
    assert kind in KIND_BY_NAME
