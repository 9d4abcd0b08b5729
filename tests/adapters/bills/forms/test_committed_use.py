"""Google's committed use discounts: fees, what they cover and what is left, before and after the newer model of prices.

The amounts are those of Google's own scenarios ("Spend-based CUDs data model updates").
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.adapters.bills.sample import held, ledger_in

SUBSCRIPTION = "subscriptions/s1"
FLEX = "Compute Flexible CUDs 1 Year"
COLUMNS = (
    "SkuMeter, ChargeCategory, CommitmentDiscountStatus, PricingCategory, BilledCost::DOUBLE, EffectiveCost::DOUBLE, "
    "CommitmentDiscountQuantity::DOUBLE"
)


def line(sku: str, cost: float, **changes: Any) -> dict[str, Any]:
    return {
        "billing_account_id": "01AB-CD",
        "service": {"description": "Compute Engine"},
        "sku": {"id": f"id of {sku}", "description": sku},
        "usage_start_time": "2026-09-01 00:00:00 UTC",
        "usage_end_time": "2026-09-01 01:00:00 UTC",
        "cost": cost,
        "currency": "USD",
        "usage": {"amount": 3600, "unit": "seconds", "amount_in_pricing_units": 1, "pricing_unit": "hour"},
        "cost_type": "regular",
        "labels": [],
        "credits": [],
        **changes,
    }


def of(sku: str) -> list[dict[str, str]]:
    return [{"key": "goog-originating-sku-id", "value": sku}]


def fee(cost: float, offset: float = 0.0, **changes: Any) -> dict[str, Any]:
    credits_ = [{"type": "FEE_UTILIZATION_OFFSET", "amount": offset}] if offset else []
    model = {"subscription": {"instance_id": SUBSCRIPTION}, "consumption_model": {"description": "Default"}}
    return line("Fee", cost, credits=credits_, **model | changes)


def covered(sku: str, cost: float, default: float) -> dict[str, Any]:
    model = {"subscription": {"instance_id": SUBSCRIPTION}, "consumption_model": {"description": FLEX}}
    return line(sku, cost, cost_at_list=default, cost_at_effective_price_default=default, **model)


def older(cost: float, **changes: Any) -> dict[str, Any]:
    return line("Commitment - dollar based v1: GCE for 1 year", cost, subscription={"instance_id": SUBSCRIPTION}, **changes)


def credited(sku: str, cost: float, credit: float, kind: str = "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE") -> dict[str, Any]:
    return line(sku, cost, credits=[{"type": kind, "amount": credit, "id": "c1", "name": "GCE Commitments"}])


def taken(tmp_path: Path, *lines: dict[str, Any], columns: str = COLUMNS, parquet: bool = False) -> list[tuple[Any, ...]]:
    path = tmp_path / "gcp.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    if parquet:
        duckdb.sql(f"SELECT * FROM read_json('{path}')").write_parquet(str(path := tmp_path / "gcp.parquet"))
    ledger = ledger_in(tmp_path)
    receipt = ledger.take(str(path))
    total = sum(
        (Decimal(str(amount)) for one in lines for amount in (one["cost"], *(c["amount"] for c in one["credits"]))), Decimal(0)
    )
    assert receipt.sums_in == {"BilledCost/USD": total, "EffectiveCost/USD": total}
    assert {key: receipt.sums_out[key] for key in receipt.sums_in} == receipt.sums_in
    return held(ledger, f"SELECT {columns} FROM cost_and_usage ORDER BY ALL")


def test_a_commitment_that_is_not_wholly_used_in_the_newer_model(tmp_path: Path):
    lines = [fee(0.022994), fee(0.125637, -0.1256348, labels=of("RAM")), covered("RAM", 0.125637, 0.174496)]
    assert taken(tmp_path, *lines) == [
        ("Fee", "Purchase", None, "Standard", 0.0000022, 0.0, 0.125637),
        ("Fee", "Purchase", None, "Standard", 0.022994, 0.0, 0.022994),
        ("Fee", "Usage", "Unused", "Committed", 0.0, 0.0000022, 0.0000022),
        ("Fee", "Usage", "Unused", "Committed", 0.0, 0.022994, 0.022994),
        ("RAM", "Usage", "Used", "Committed", 0.125637, 0.125637, 0.125637),
    ]
    found = held(
        ledger_in(tmp_path),
        "SELECT DISTINCT CommitmentDiscountId, CommitmentDiscountCategory, CommitmentDiscountType, CommitmentDiscountUnit, "
        "CommitmentDiscountName FROM cost_and_usage ORDER BY ALL",
    )
    kind = (SUBSCRIPTION, "Spend", "Committed Use Discount", "USD")
    assert found == [(*kind, FLEX), (*kind, "Fee")]
    prices = "SELECT ListCost::DOUBLE, ContractedCost::DOUBLE FROM cost_and_usage WHERE SkuMeter = 'RAM'"
    assert held(ledger_in(tmp_path), prices) == [(0.174496, 0.174496)]


def test_a_commitment_that_is_wholly_used_in_the_newer_model(tmp_path: Path):
    model = {"consumption_model": {"description": "Default"}}
    lines = [fee(0.046868, -0.046868), line("RAM", 0.109398, **model), covered("RAM", 0.046868, 0.065095)]
    assert taken(tmp_path, *lines) == [
        ("Fee", "Purchase", None, "Standard", 0.0, 0.0, 0.046868),
        ("RAM", "Usage", "Used", "Committed", 0.046868, 0.046868, 0.046868),
        ("RAM", "Usage", None, "Standard", 0.109398, 0.109398, None),
    ]


@pytest.mark.parametrize("parquet", [False, True])
def test_fees_that_are_attributed_to_usage_in_the_older_model(tmp_path: Path, parquet: bool):
    lines = [older(0.022994), older(0.125637, labels=of("RAM")), credited("RAM", 0.174496, -0.174496)]
    sku = lines[0]["sku"]["description"]
    assert taken(tmp_path, *lines, parquet=parquet) == [
        (sku, "Purchase", None, "Standard", 0.022994, 0.0, None),
        (sku, "Purchase", None, "Standard", 0.125637, 0.0, None),
        (sku, "Usage", "Unused", "Committed", 0.0, 0.022994, None),
        (sku, "Usage", "Used", "Committed", 0.0, 0.125637, None),
        ("RAM", "Usage", "Used", "Committed", 0.0, 0.0, None),
    ]


RESOURCES = "Commitment v1: N2 Cpu in Americas for 1 Year"


@pytest.mark.parametrize("model", [{}, {"consumption_model": {"description": "Default"}}])
def test_fees_of_which_nobody_says_what_is_used_weigh_when_they_are_paid(tmp_path: Path, model: dict[str, Any]):
    lines = [line(RESOURCES, 0.5, **model), credited("N2 core", 0.9, -0.8, "COMMITTED_USAGE_DISCOUNT") | model]
    columns = f"{COLUMNS}, CommitmentDiscountId, CommitmentDiscountCategory"
    assert taken(tmp_path, *lines, columns=columns) == [
        (RESOURCES, "Purchase", None, "Standard", 0.5, 0.5, None, f"id of {RESOURCES}", "Usage"),
        ("N2 core", "Usage", "Used", "Committed", 0.1, 0.1, None, "c1", "Usage"),
    ]


def test_what_has_nothing_to_do_with_commitments_stays_what_it_is(tmp_path: Path):
    sustained = line("N1 core", 1.0, credits=[{"type": "SUSTAINED_USAGE_DISCOUNT", "amount": -0.25}])
    spot = line("Spot Preemptible N2 core", 0.2)
    thousands = {"list_price": 0.4, "effective_price": 0.4, "pricing_unit_quantity": 1000}
    requests = line("Requests", 0.4, price=thousands, consumption_model={"description": "Default"})
    storage = line("Storage", 0.3, price=thousands | {"pricing_unit_quantity": 1, "effective_price_default": 0.3})
    prices = "ListUnitPrice::DOUBLE, ContractedUnitPrice::DOUBLE, ConsumedQuantity::INT"
    columns = f"SkuMeter, PricingCategory, EffectiveCost::DOUBLE, {prices}"
    assert taken(tmp_path, sustained, spot, requests, storage, columns=columns) == [
        ("N1 core", "Standard", 0.75, None, None, 3600),
        ("Requests", "Standard", 0.4, None, None, 3600),
        ("Spot Preemptible N2 core", "Dynamic", 0.2, None, None, 3600),
        ("Storage", "Standard", 0.3, 0.4, 0.3, 3600),
    ]
