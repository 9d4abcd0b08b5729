"""What a row says of the machine behind it, in the words of each issuer; what says nothing stays unknown."""

import csv
from decimal import Decimal

import duckdb
import pytest
from bench.data import data

from skywright.adapters.bills.machines import PATTERNS, patterns, views
from skywright.model.focus import Dataset, table_sql

SAID = [
    # service, meter, description, details, type, system
    ("Amazon EC2", "EUW1-BoxUsage:m5.large", "", None, "m5.large", None),
    ("Amazon EC2", "BoxUsage:m7i-flex.2xlarge", "", None, "m7i-flex.2xlarge", None),
    ("Amazon EC2", "USE2-HeavyUsage:c5.metal", "", None, "c5.metal", None),
    ("Amazon EC2", None, "$0.34 per On Demand Linux c5.2xlarge Instance Hour", None, "c5.2xlarge", "linux"),
    ("Amazon EC2", None, "$0.376 per On Demand Windows m5.xlarge Instance Hour", None, "m5.xlarge", "windows"),
    ("Amazon EC2", None, "$0.13 per On Demand RHEL m5.large Instance Hour", None, "m5.large", "rhel"),
    ("Amazon EC2", None, "Linux/UNIX (Amazon VPC), c5.large reserved instance applied", None, "c5.large", "linux"),
    ("Amazon EC2", "EU-DataTransfer-Out-Bytes", "$0.085 per GB - next 40 TB / month data transfer out", None, None, None),
    ("Amazon EC2", "USE1-EBS:VolumeUsage.gp3", "$0.08 per GB-month of General Purpose (gp3) storage", None, None, None),
    ("Amazon EC2", "NatGateway-Hours", "$0.045 per NAT Gateway Hour", None, None, None),
    ("Amazon RDS", None, "$0.171 per db.m5.large Single-AZ instance hour", None, None, None),
    ("Amazon ECS", "EUW1-Fargate-vCPU-Hours:perCPU", "", None, "fargate", None),
    ("Amazon ECS", None, "AWS Fargate - vCPU - Europe (Ireland)", None, "fargate", None),
    ("AWS Lambda", "USE2-Lambda-GB-Second", "", None, "lambda", None),
    ("AWS Lambda", None, "AWS Lambda - Total Compute - US East (Ohio)-Tier-1", None, "lambda", None),
    ("AWS Lambda", None, "AWS Lambda - Total Requests - US East (Ohio)", None, None, None),
    ("Virtual Machines", "D2s v5", "", None, "Standard_D2s_v5", None),
    ("Virtual Machines", "D2 v3/D2s v3", "", None, "Standard_D2_v3", None),
    ("Virtual Machines", "E4-2ds v5", "", None, "Standard_E4-2ds_v5", None),
    ("Virtual Machines", "B2ms", "", None, "Standard_B2ms", None),
    ("Virtual Machines", "P4 LRS Disk", "Premium SSD Managed Disks - P4 LRS - US East", None, None, None),
    ("Virtual Machine Scale Sets", "Standard Data Transfer Out", "", None, None, None),
    ("Bandwidth", "D2s v5", "", None, None, None),
    ("Virtual Machines", None, "Virtual Machines Dv3 Series Windows - D2 v3/D2s v3 - EU West", None, "Standard_D2_v3", "windows"),
    ("Virtual Machines", "D2s v3", "", {"ServiceType": "Standard_D2s_v3", "ImageType": "Windows BYOL"}, "Standard_D2s_v3", "linux"),
    ("Virtual Machines", None, "", {"x_ServiceType": "Standard_E4s_v5", "ImageType": "Canonical"}, "Standard_E4s_v5", None),
    ("Compute Engine", "N2 Instance Core running in Frankfurt", "", None, "n2-*", None),
    ("Compute Engine", None, "E2 Instance Core running in Frankfurt", None, "e2-*", None),
    ("Compute Engine", "Memory-optimized Instance Ram running in Americas", "", None, "m1-*", None),
    ("Compute Engine", "N2D AMD Instance Ram running in Iowa", "", None, "n2d-*", None),
    ("Compute Engine", "N1 Predefined Instance Core running in Americas", "", None, "n1-*", None),
    ("Compute Engine", "C4A Arm Instance Core running in Mexico", "", None, "c4a-*", None),
    ("Compute Engine", "M3 Memory-optimized Instance Core running in Phoenix", "", None, "m3-*", None),
    ("Compute Engine", "Compute optimized Core running in Americas", "", None, "c2-*", None),
    ("Compute Engine", "Custom Instance Ram running in EMEA", "", None, "n1-*", None),
    ("Compute Engine", "Spot Preemptible N2 Instance Core running in Frankfurt", "", None, None, None),
    ("Compute Engine", "Balanced PD Capacity in Frankfurt", "", None, None, None),
    ("Compute Engine", "Licensing Fee for Windows Server 2019 Datacenter Edition (CPU cost)", "", None, None, None),
    ("COMPUTE", None, "Standard - E3 - Memory", None, "standard.e3.*", None),
    ("x", None, "", {"InstanceType": "m5.large", "OperatingSystem": "Red Hat Enterprise Linux"}, "m5.large", "rhel"),
    ("x", None, "", {"x_InstanceType": "g2.medium", "OperatingSystem": "Ubuntu"}, "g2.medium", "linux"),
    ("x", None, "", {"InstanceType": "m5.large", "OperatingSystem": "SLES 15"}, "m5.large", "suse"),
    ("x", None, "", {"InstanceType": "m5.large", "OperatingSystem": "Windows Server 2022"}, "m5.large", "windows"),
    ("x", None, "", {"ServiceType": "Standard_A1_v2", "ImageType": "Windows_Server"}, "Standard_A1_v2", "windows"),
    ("x", None, "", {"x_ServiceType": "Standard_A2_v2", "x_ImageType": "Windows Server"}, "Standard_A2_v2", "windows"),
    ("x", None, "", {"x_ServiceType": "Standard_A4_v2", "x_ImageType": "Windows Server BYOL"}, "Standard_A4_v2", "linux"),
    ("x", None, "SUSE, m5.large instance", None, "m5.large", "suse"),
    ("x", None, "", {"InstanceSeries": "m5"}, None, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def base():
    base = duckdb.connect()
    base.execute(f"CREATE TABLE cost_and_usage ({table_sql(Dataset.COST_AND_USAGE)})")
    rows = [(service, meter, description, details) for service, meter, description, details, _, _ in SAID]
    base.executemany(
        "INSERT INTO cost_and_usage (ServiceName, SkuMeter, ChargeDescription, SkuPriceDetails) VALUES (?, ?, ?, ?)", rows
    )
    for name, sql in views().items():
        base.execute(f"CREATE VIEW {name} AS {sql}")
    return base


def test_every_issuers_words_for_a_machine(base: duckdb.DuckDBPyConnection):
    found = base.execute(
        "SELECT ServiceName, SkuMeter, ChargeDescription, MachineType, MachineSystem FROM machine_usage"
    ).fetchall()
    told = {(service, meter, description, type_, system) for service, meter, description, type_, system in found}
    wanted = {(service, meter, description, type_, system) for service, meter, description, _, type_, system in SAID}
    assert told == wanted


def test_every_pattern_is_met_by_an_example_and_names_its_source(base: duckdb.DuckDBPyConnection):
    for one in patterns():
        assert one.source
        assert base.execute(f"SELECT count({one.sql}) FROM cost_and_usage").fetchone() != (0,), one


def test_the_table_is_read_as_it_stands():
    with PATTERNS.open(encoding="utf-8", newline="") as lines:
        assert [row["pattern"] for row in csv.DictReader(lines)] == [one.pattern for one in patterns()]


@pytest.mark.skipif(not data("focus-sample").exists(), reason="the sample of FOCUS is not here")
def test_every_instance_hour_of_the_sample_gets_its_type():
    base = duckdb.connect()
    path = data("focus-sample") / "focus_sample_v1.0.csv"
    base.execute(
        "CREATE TABLE cost_and_usage AS SELECT *, NULL::VARCHAR AS SkuMeter, NULL::MAP(VARCHAR, VARCHAR) AS SkuPriceDetails"
        f" FROM read_csv('{path}', all_varchar = true, nullstr = 'NULL')"
    )
    base.execute(f"CREATE VIEW machine_usage AS {views()['machine_usage']}")
    unknown = base.execute(
        "SELECT count(*) FROM machine_usage"
        " WHERE ServiceCategory = 'Compute' AND ChargeDescription ILIKE '%instance hour%' AND MachineType IS NULL"
    ).fetchone()
    costs = base.execute(
        "SELECT sum(ListCost::DECIMAL(38, 12)) FILTER (MachineType IS NOT NULL), sum(ListCost::DECIMAL(38, 12)) FROM machine_usage"
        " WHERE ServiceCategory = 'Compute' AND ChargeCategory = 'Usage'"
    ).fetchone()
    assert unknown == (0,)
    assert costs is not None
    assert round(costs[0] / costs[1], 3) == Decimal("0.877")
