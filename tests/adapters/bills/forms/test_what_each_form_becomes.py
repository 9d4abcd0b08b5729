"""Bills of providers, of OpenCost and by mapping: which rows they become, and that they tie out."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.adapters.bills.sample import held, ledger_in, write

from skywright.model.bill import Receipt
from skywright.ports.bills import Wanted

COSTS = "BilledCost::VARCHAR, EffectiveCost::VARCHAR, ListCost::VARCHAR, ContractedCost::VARCHAR"


def short(value: object) -> object:
    """An amount without zeros at its end."""
    return (
        value.rstrip("0").rstrip(".")
        if isinstance(value, str) and "." in value and value.replace(".", "").lstrip("-").isdigit()
        else value
    )


def taken(tmp_path: Path, source: str, columns: str, wanted: Wanted | None = None) -> tuple[Receipt, list[tuple[Any, ...]]]:
    ledger = ledger_in(tmp_path)
    receipt = ledger.take(source, wanted)
    for key, amount in receipt.sums_in.items():
        assert receipt.sums_out[key] == amount
    rows = held(ledger, f"SELECT {columns} FROM cost_and_usage ORDER BY ALL")
    return receipt, [tuple(short(value) for value in row) for row in rows]


CUR = {
    "bill_billing_period_start_date": "2026-09-01T00:00:00.000Z",
    "bill_billing_period_end_date": "2026-10-01T00:00:00.000Z",
    "bill_payer_account_id": "111122223333",
    "bill_invoicing_entity": "Amazon Web Services, Inc.",
    "bill_billing_entity": "AWS",
    "line_item_currency_code": "USD",
    "line_item_line_item_type": "Usage",
    "line_item_product_code": "AmazonEC2",
    "line_item_unblended_cost": "0",
    "line_item_usage_start_date": "2026-09-01T00:00:00.000Z",
    "line_item_usage_end_date": "2026-09-01T01:00:00.000Z",
    "line_item_usage_type": "EU-BoxUsage:m5.large",
    "line_item_usage_amount": "1",
    "pricing_unit": "Hrs",
    "pricing_public_on_demand_cost": "",
    "product": '{"product_name": "Amazon Elastic Compute Cloud"}',
    "product_region_code": "eu-west-1",
    "resource_tags": '{"user_team": "web", "aws_createdBy": "root"}',
    "reservation_reservation_a_r_n": "",
    "reservation_effective_cost": "",
    "reservation_unused_amortized_upfront_fee_for_billing_period": "",
    "reservation_unused_recurring_fee": "",
    "savings_plan_savings_plan_a_r_n": "",
    "savings_plan_savings_plan_effective_cost": "",
    "savings_plan_total_commitment_to_date": "",
    "savings_plan_used_commitment": "",
}


def line(kind: str, cost: str, **columns: str) -> dict[str, str]:
    return {**CUR, "line_item_line_item_type": kind, "line_item_unblended_cost": cost, **columns}


SP, RI = {"savings_plan_savings_plan_a_r_n": "arn:sp"}, {"reservation_reservation_a_r_n": "arn:ri"}
LINES = [
    line("Usage", "0.096", pricing_public_on_demand_cost="0.1"),
    line("Usage", "3E-7", line_item_usage_type="EU-SpotUsage:m5.large"),
    line("SavingsPlanCoveredUsage", "0.192", pricing_public_on_demand_cost="0.2",
         savings_plan_savings_plan_effective_cost="0.13", **SP),
    line("SavingsPlanNegation", "-0.192", **SP),
    line("SavingsPlanRecurringFee", "0.20",
         savings_plan_total_commitment_to_date="0.20", savings_plan_used_commitment="0.13", **SP),
    line("DiscountedUsage", "0", pricing_public_on_demand_cost="0.5", reservation_effective_cost="0.3", **RI),
    line("RIFee", "7.2", reservation_unused_recurring_fee="2.25",
         reservation_unused_amortized_upfront_fee_for_billing_period="1.5", **RI),
    line("Fee", "100", **RI),
    line("Credit", "-1"),
    line("Tax", "1.9"),
    line("Refund", "-0.5"),
]  # fmt: skip
BECOMES = [  # category, class, status, pricing; billed, effective, list, contracted
    ("Adjustment", "Correction", None, None, "-0.5", "-0.5", "-0.5", "-0.5"),
    ("Credit", None, None, None, "-1", "-1", "-1", "-1"),
    ("Purchase", None, None, "Standard", "0.2", "0", "0.2", "0.2"),
    ("Purchase", None, None, "Standard", "100", "0", "100", "100"),
    ("Purchase", None, None, "Standard", "7.2", "0", "7.2", "7.2"),
    ("Tax", None, None, None, "1.9", "1.9", "1.9", "1.9"),
    ("Usage", None, "Unused", "Committed", "0", "0.07", "0", "0"),
    ("Usage", None, "Unused", "Committed", "0", "3.75", "0", "0"),
    ("Usage", None, "Used", "Committed", "0", "0.13", "0.2", "0.192"),
    ("Usage", None, "Used", "Committed", "0", "0.3", "0.5", "0.5"),
    ("Usage", None, None, "Dynamic", "0.0000003", "0.0000003", "0.0000003", "0.0000003"),
    ("Usage", None, None, "Standard", "0.096", "0.096", "0.1", "0.096"),
]
KINDS = f"ChargeCategory, ChargeClass, CommitmentDiscountStatus, PricingCategory, {COSTS}"


def test_cur_lines_of_every_type(tmp_path: Path):
    receipt, rows = taken(tmp_path, write(tmp_path / "cur.csv", LINES), KINDS)
    assert rows == BECOMES
    assert (receipt.form, receipt.rows_in, receipt.rows_out) == ("aws-cur-2.0", 11, 12)
    assert receipt.sums_in["BilledCost/USD"] == Decimal("107.8960003")
    assert receipt.sums_in["EffectiveCost/USD"] == Decimal("4.7460003")


def test_cur_in_parquet_with_maps_and_doubles(tmp_path: Path):
    source = write(tmp_path / "cur.csv", LINES)
    amounts = ", ".join(f"{one}::DOUBLE AS {one}" for one in CUR if one.endswith(("_cost", "_amount")))
    nested = ", ".join(f"{one}::JSON::MAP(VARCHAR, VARCHAR) AS {one}" for one in ("product", "resource_tags"))
    sql = f"SELECT * REPLACE ({amounts}, {nested}) FROM read_csv('{source}', all_varchar = true, nullstr = '')"
    duckdb.sql(sql).write_parquet(str(tmp_path / "cur.parquet"))
    receipt, rows = taken(tmp_path, str(tmp_path / "cur.parquet"), KINDS)
    assert rows == BECOMES
    assert ledger_in(tmp_path).take(source).id == receipt.id


def test_cur_says_who_where_and_what(tmp_path: Path):
    services = "ServiceName, ServiceCategory, ServiceSubcategory, RegionName"
    columns = f"BillingAccountId, InvoiceIssuerName, ServiceProviderName, {services}, Tags"
    _, rows = taken(
        tmp_path,
        write(tmp_path / "cur.csv", [line("Usage", "1"), line("Usage", "2", product="", line_item_product_code="AmazonRDS")]),
        columns,
    )
    who = ("111122223333", "Amazon Web Services, Inc.", "AWS")
    tags = {"team": "web", "aws_createdBy": "root"}
    assert rows == [
        (*who, "Amazon Elastic Compute Cloud", "Compute", "Virtual Machines", "Europe (Ireland)", tags),
        (*who, "Amazon Relational Database Service", "Databases", "Relational Databases", "Europe (Ireland)", tags),
    ]


def test_what_savings_plans_do_not_negate_is_kept_as_an_adjustment(tmp_path: Path):
    lines = [line("SavingsPlanCoveredUsage", "0.192", savings_plan_savings_plan_effective_cost="0.1", **SP),
             line("SavingsPlanNegation", "-0.1920000001", **SP)]  # fmt: skip
    receipt, rows = taken(tmp_path, write(tmp_path / "cur.csv", lines), "ChargeCategory, BilledCost::VARCHAR")
    assert rows == [("Adjustment", "-0.0000000001"), ("Usage", "0")]
    assert receipt.sums_in["BilledCost/USD"] == Decimal("-0.0000000001")


AZURE = {
    "SubscriptionId": "s1",
    "Date": "09/30/2026",
    "MeterCategory": "Virtual Machines",
    "Quantity": "24",
    "UnitOfMeasure": "100 Hours",
    "CostInBillingCurrency": "4.8",
    "ConsumedService": "Microsoft.Compute",
    "ResourceId": "/subscriptions/s1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm1",
    "ResourceLocation": "EU West",
    "Tags": '"team": "web","env": "prod"',
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
    "ReservationId": "",
    "BillingAccountId": "BA1",
    "BillingCurrencyCode": "EUR",
    "BillingPeriodStartDate": "09/01/2026",
    "BillingPeriodEndDate": "09/30/2026",
}
RESERVED = {"PricingModel": "Reservation", "ReservationId": "r1"}
ACTUAL = [
    AZURE,
    {**AZURE, **RESERVED, "CostInBillingCurrency": "0"},
    {**AZURE, **RESERVED, "CostInBillingCurrency": "1000", "ChargeType": "Purchase"},
    {**AZURE, "CostInBillingCurrency": "-2", "ChargeType": "Refund"},
]
AMORTISED = [
    AZURE,
    {**AZURE, **RESERVED, "CostInBillingCurrency": "2.5"},
    {**AZURE, **RESERVED, "CostInBillingCurrency": "0.25", "ChargeType": "UnusedReservation"},
    {**AZURE, "CostInBillingCurrency": "-2", "ChargeType": "Refund"},
]
METRICS = "ChargeCategory, ChargeClass, CommitmentDiscountStatus, BilledCost::VARCHAR, EffectiveCost::VARCHAR"


def test_azure_actual_and_amortised_costs_become_one_bill(tmp_path: Path):
    write(tmp_path / "azure" / "actual.csv", ACTUAL)
    write(tmp_path / "azure" / "amortised.csv", AMORTISED)
    receipt, rows = taken(tmp_path, str(tmp_path / "azure"), METRICS)
    assert rows == [
        ("Purchase", "Correction", None, "-2", "-2"),
        ("Purchase", None, None, "1000", "0"),
        ("Usage", None, "Unused", "0", "0.25"),
        ("Usage", None, "Used", "0", "2.5"),
        ("Usage", None, None, "4.8", "4.8"),
    ]
    assert receipt.sums_in == {"BilledCost/EUR": Decimal("1002.8"), "EffectiveCost/EUR": Decimal("5.55")}


@pytest.mark.parametrize(("rows", "billed", "effective"), [(ACTUAL, "1002.8", "1002.8"), (AMORTISED, "2.8", "5.55")])
def test_azure_one_metric_alone(tmp_path: Path, rows: list[dict[str, str]], billed: str, effective: str):
    receipt, _ = taken(tmp_path, write(tmp_path / "azure.csv", rows), METRICS)
    assert (receipt.sums_out["BilledCost/EUR"], receipt.sums_out["EffectiveCost/EUR"]) == (Decimal(billed), Decimal(effective))


def test_azure_says_who_where_and_what(tmp_path: Path):
    columns = (
        "BillingPeriodEnd::VARCHAR, ChargePeriodStart::VARCHAR, ChargePeriodEnd::VARCHAR, RegionId, RegionName, ResourceName, "
        "ResourceType, "
        "ServiceName, ServiceCategory, PricingUnit, ConsumedUnit, Tags"
    )
    _, rows = taken(tmp_path, write(tmp_path / "azure.csv", [AZURE]), columns)
    assert rows == [
        ("2026-10-01 00:00:00", "2026-09-30 00:00:00", "2026-10-01 00:00:00", "westeurope", "West Europe", "vm1",
         "Microsoft.Compute/virtualMachines", "Virtual Machines", "Compute", "Hours", "Hours", {"team": "web", "env": "prod"}),
    ]  # fmt: skip


def test_azure_says_more_of_a_machine_in_additional_info(tmp_path: Path):
    info = '{"UsageType": "ComputeHR", "ServiceType": "Standard_D2s_v3", "VCPUs": 2, "VMProperties": null}'
    rows = [{**AZURE, "AdditionalInfo": text} for text in (info, "not JSON", "")]
    _, found = taken(tmp_path, write(tmp_path / "azure.csv", rows), "SkuPriceDetails")
    said = {"x_UsageType": "ComputeHR", "x_ServiceType": "Standard_D2s_v3", "x_VCPUs": "2"}
    assert [details for (details,) in found] == [said, None, None]


def test_azure_customer_agreements_are_billed_by_profile_and_partners_issue_invoices(tmp_path: Path):
    customer = {key: value for key, value in AZURE.items() if key != "BillingCurrencyCode"}
    customer |= {"billingCurrency": "EUR", "billingProfileId": "P1", "PartnerName": "Reseller", "PayGPrice": "3", "unitPrice": "2"}
    columns = "BillingAccountId, InvoiceIssuerName, BillingCurrency, ListUnitPrice::VARCHAR, ContractedUnitPrice::VARCHAR"
    rows = [customer, {**customer, "UnitOfMeasure": "1 Hour"}]
    _, found = taken(tmp_path, write(tmp_path / "azure.csv", rows), columns)
    assert found == [("P1", "Reseller", "EUR", "3", "2"), ("P1", "Reseller", "EUR", None, None)]


GCP: dict[str, Any] = {
    "billing_account_id": "01AB-CD",
    "service": {"id": "6F81", "description": "Compute Engine"},
    "sku": {"id": "A1", "description": "N1 core"},
    "usage_start_time": "2026-09-01 00:00:00 UTC",
    "usage_end_time": "2026-09-01 01:00:00 UTC",
    "project": {"id": "p-1", "name": "shop"},
    "labels": [{"key": "team", "value": "web"}],
    "location": {"region": "us-central1", "zone": "us-central1-a"},
    "cost": 1.2345678901234567e-05,
    "currency": "EUR",
    "usage": {"amount": 3600.0, "unit": "seconds", "amount_in_pricing_units": 1.0, "pricing_unit": "hour"},
    "credits": [
        {"name": "CUD", "amount": -1.1e-06, "type": "COMMITTED_USAGE_DISCOUNT", "id": "c1"},
        {"name": "trial", "full_name": "Trial credit", "amount": -2e-07, "type": "PROMOTION"},
    ],
    "invoice": {"month": "202609"},
    "cost_type": "regular",
}
TAX = {**GCP, "cost": 0.19, "credits": [], "cost_type": "tax", "labels": []}
LATE = {
    **GCP,
    "cost": -1,
    "credits": None,
    "cost_type": "adjustment",
    "usage_start_time": "2026-08-01 00:00:00 UTC",
    "labels": None,
}
GCP_ROWS = [
    ("Adjustment", "Correction", None, None, "-1", "-1", "-1", "-1"),
    ("Credit", None, None, None, "-0.0000002", "-0.0000002", "0", "0"),
    ("Tax", None, None, None, "0.19", "0.19", "0.19", "0.19"),
    (
        "Usage",
        None,
        "Used",
        "Committed",
        "0.000011245678901235",
        "0.000011245678901235",
        "0.000012345678901235",
        "0.000012345678901235",
    ),
]


def test_gcp_lines_of_json(tmp_path: Path):
    path = tmp_path / "gcp.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in (GCP, TAX, LATE)))
    receipt, rows = taken(tmp_path, str(path), KINDS)
    assert rows == GCP_ROWS
    assert (receipt.form, receipt.rows_in, receipt.rows_out) == ("gcp-export", 3, 4)
    found = held(
        ledger_in(tmp_path),
        "SELECT DISTINCT ServiceName, RegionName, SubAccountId, Tags FROM cost_and_usage WHERE ChargeCategory = 'Credit'",
    )
    assert found == [("Compute Engine", "Iowa", "p-1", {"team": "web"})]


def test_gcp_parquet_with_structs_and_lists(tmp_path: Path):
    (tmp_path / "gcp.jsonl").write_text("".join(json.dumps(one) + "\n" for one in (GCP, TAX, LATE)))
    duckdb.sql(f"SELECT * FROM read_json('{tmp_path}/gcp.jsonl')").write_parquet(str(tmp_path / "gcp.parquet"))
    assert taken(tmp_path, str(tmp_path / "gcp.parquet"), KINDS)[1] == GCP_ROWS


def test_gcp_flattened_csv(tmp_path: Path):
    flat = {
        "billing_account_id": "a",
        "service.description": "BigQuery",
        "usage_start_time": "2026-09-01",
        "cost": "1.5",
        "currency": "EUR",
    }
    columns = "ServiceName, ServiceCategory, BillingPeriodStart::VARCHAR, BilledCost::VARCHAR"
    _, rows = taken(tmp_path, write(tmp_path / "gcp.csv", [flat]), columns)
    assert rows == [("BigQuery", "Databases", "2026-09-01 00:00:00", "1.5")]


@pytest.mark.parametrize(
    ("columns", "machine"),
    [
        ({}, "m5.large"),
        ({"product_instance_type": "m5.xlarge"}, "m5.xlarge"),
        ({"line_item_usage_type": "EUW1-SpotUsage:c6g.2xlarge"}, "c6g.2xlarge"),
        ({"line_item_usage_type": "EU-DataTransfer-Out-Bytes"}, None),
    ],
)
def test_cur_says_which_type_of_machine(columns: dict[str, str], machine: str | None, tmp_path: Path):
    path = write(tmp_path / "cur.csv", [line("Usage", "1", **{"product_instance_type": ""} | columns)])
    _, rows = taken(tmp_path, path, "SkuPriceDetails['InstanceType']")
    assert rows == [(machine,)]
