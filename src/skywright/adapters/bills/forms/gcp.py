"""Google Cloud billing export (standard and detailed), as BigQuery gives it in JSON lines, Parquet or flattened CSV -> FOCUS 1.4.

Sources: Google Cloud, "Structure of Detailed data export" and "Structure of Standard data export" (columns, types of credits and
costs); FOCUS 1.4. Discounts are part of the row that they reduce; credits (promotions, free tiers, ...) are rows of their own.
"""

from collections.abc import Mapping

from skywright.adapters.bills.forms.form import Also, Term, Translation
from skywright.adapters.bills.sql import name
from skywright.model.focus import DECIMAL, Dataset
from skywright.ports.bills import Wanted

_NEEDED = frozenset({"billing_account_id", "cost", "currency", "usage_start_time"})
_AMOUNTS = ("cost", "cost_at_list")
_TIMES = ("usage_start_time", "usage_end_time")
_INSIDE = {
    "service": ("id", "description"),
    "sku": ("id", "description"),
    "project": ("id", "name"),
    "location": ("location", "region", "zone"),
    "usage": ("amount", "unit", "amount_in_pricing_units", "pricing_unit"),
    "invoice": ("month",),
    "resource": ("name", "global_name"),
    "price": ("effective_price",),
    "adjustment_info": ("description",),
}
"""Columns that hold others."""

_DISCOUNTS = """'COMMITTED_USAGE_DISCOUNT', 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE', 'SUSTAINED_USAGE_DISCOUNT', 'DISCOUNT',
    'FEE_UTILIZATION_OFFSET'"""
_CREDITS = "coalesce(json_extract(TRY_CAST(credits AS JSON), '$[*]'), [])"
_IS_DISCOUNT = f"coalesce(c ->> '$.type', '') IN ({_DISCOUNTS})"
_OFF = f"coalesce(list_sum([TRY_CAST(c ->> '$.amount' AS {DECIMAL}) FOR c IN {_CREDITS} IF {_IS_DISCOUNT}]), 0)"
_COMMITTED = f"list_filter({_CREDITS}, lambda c: starts_with(coalesce(c ->> '$.type', ''), 'COMMITTED_USAGE_DISCOUNT'))"
_EACH = f"(SELECT b.*, u.c AS credit FROM {{table}} b, unnest({_CREDITS}) AS u(c))"
_TEXTS = f"""SELECT currency, c ->> '$.amount', count(*) FROM raw, unnest({_CREDITS}) AS u(c)
    WHERE (_file, _line) NOT IN (SELECT (_file, _line) FROM bad) GROUP BY ALL"""

_USAGE = "coalesce(cost_type, 'regular') = 'regular'"
_FIXED = {
    "BilledCost": f"cost + {_OFF}",
    "BillingAccountId": "billing_account_id",
    "BillingCurrency": "currency",
    "ChargePeriodStart": "usage_start_time",
    "ChargePeriodEnd": "coalesce(usage_end_time, usage_start_time)",
    "CommitmentDiscountCategory": f"""CASE WHEN len({_COMMITTED}) > 0 THEN
        CASE WHEN {_COMMITTED}[1] ->> '$.type' = 'COMMITTED_USAGE_DISCOUNT' THEN 'Usage' ELSE 'Spend' END END""",
    "CommitmentDiscountId": f"coalesce({_COMMITTED}[1] ->> '$.id', {_COMMITTED}[1] ->> '$.name')",
    "CommitmentDiscountName": f"{_COMMITTED}[1] ->> '$.name'",
    "CommitmentDiscountStatus": f"CASE WHEN len({_COMMITTED}) > 0 THEN 'Used' END",
    "CommitmentDiscountType": f"CASE WHEN len({_COMMITTED}) > 0 THEN 'Committed Use Discount' END",
    "ContractedCost": "cost",
    "EffectiveCost": f"cost + {_OFF}",
    "HostProviderName": "'Google Cloud'",
    "InvoiceIssuerName": "'Google Cloud'",
    "ListCost": "coalesce(cost_at_list, cost)",
    "PricingCategory": f"CASE WHEN {_USAGE} THEN CASE WHEN len({_COMMITTED}) > 0 THEN 'Committed' ELSE 'Standard' END END",
    "ServiceProviderName": "coalesce(nullif(seller_name, ''), 'Google Cloud')",
    "Tags": "map_from_entries(list_distinct([(e ->> '$.key', e ->> '$.value') "
    "FOR e IN json_extract(TRY_CAST(labels AS JSON), '$[*]') IF e ->> '$.key' IS NOT NULL]))",
}
_PLAIN = {
    "AvailabilityZone": ("location", "zone"),
    "RegionId": ("location", "region"),
    "ResourceName": ("resource", "name"),
    "ServiceName": ("service", "description"),
    "SkuId": ("sku", "id"),
    "SkuMeter": ("sku", "description"),
    "SkuPriceId": ("sku", "id"),
    "SubAccountId": ("project", "id"),
    "SubAccountName": ("project", "name"),
}
"""FOCUS column -> a field of a column that holds others, as it stands."""


def _select(columns: Mapping[str, str]) -> dict[str, str]:
    month = f"try_strptime({_inside(columns, 'invoice', 'month')}, '%Y%m')"
    period = f"coalesce({month}, date_trunc('month', usage_start_time))"
    return _FIXED | {
        "BillingPeriodStart": period,
        "BillingPeriodEnd": f"{period} + INTERVAL 1 MONTH",
        "ChargeClass": f"""CASE WHEN cost_type = 'adjustment' AND date_trunc('month', usage_start_time) < {period}
            THEN 'Correction' END""",
        **_charge(columns),
        **{target: _inside(columns, outer, field) for target, (outer, field) in _PLAIN.items()},
    }


def _charge(columns: Mapping[str, str]) -> dict[str, str]:
    """What a charge is, and how much of what was used."""

    def number(outer: str, field: str) -> str:
        return f"CASE WHEN {_USAGE} THEN TRY_CAST({_inside(columns, outer, field)} AS {DECIMAL}) END"

    sku = _inside(columns, "sku", "description")
    purchase = f"{sku} ILIKE 'Commitment%'"
    return {
        "ChargeCategory": f"""CASE WHEN {_USAGE} AND {purchase} THEN 'Purchase' WHEN {_USAGE} THEN 'Usage'
            WHEN cost_type = 'tax' THEN 'Tax' ELSE 'Adjustment' END""",
        "ChargeDescription": f"coalesce({_inside(columns, 'adjustment_info', 'description')}, {sku})",
        "ChargeFrequency": f"CASE WHEN {_USAGE} AND {purchase} THEN 'Recurring' WHEN {_USAGE} THEN 'Usage-Based' ELSE 'One-Time' "
        "END",
        "ConsumedQuantity": number("usage", "amount"),
        "ConsumedUnit": f"CASE WHEN {_USAGE} THEN {_inside(columns, 'usage', 'unit')} END",
        "ContractedUnitPrice": number("price", "effective_price"),
        "PricingQuantity": number("usage", "amount_in_pricing_units"),
        "PricingUnit": f"CASE WHEN {_USAGE} THEN {_inside(columns, 'usage', 'pricing_unit')} END",
        "ResourceId": f"coalesce({_inside(columns, 'resource', 'global_name')}, {_inside(columns, 'resource', 'name')})",
    }


def _inside(columns: Mapping[str, str], outer: str, field: str) -> str:
    """A field of a column that holds others, or of its flattened kin (``service.description``, ``service_description``)."""
    there = {column.lower(): column for column in columns}
    for flattened in (f"{outer}.{field}", f"{outer}_{field}"):
        if flattened in there:
            return f"nullif({name(there[flattened])}, '')"
    return f"nullif(json_extract_string(TRY_CAST({name(outer)} AS JSON), '$.{field}'), '')"


_CREDIT = {
    "BilledCost": f"TRY_CAST(credit ->> '$.amount' AS {DECIMAL})",
    "EffectiveCost": f"TRY_CAST(credit ->> '$.amount' AS {DECIMAL})",
    "ListCost": "0",
    "ContractedCost": "0",
    "ChargeCategory": "'Credit'",
    "ChargeClass": "NULL",
    "ChargeDescription": "coalesce(credit ->> '$.full_name', credit ->> '$.name')",
    "ChargeFrequency": "'One-Time'",
} | dict.fromkeys(
    (
        "CommitmentDiscountCategory",
        "CommitmentDiscountId",
        "CommitmentDiscountName",
        "CommitmentDiscountStatus",
        "CommitmentDiscountType",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ContractedUnitPrice",
        "PricingCategory",
        "PricingQuantity",
        "PricingUnit",
    ),
    "NULL",
)


class GcpForm:
    """Google's own export."""

    names = ("gcp-export",)

    def needs(self, dataset: Dataset) -> frozenset[str]:
        """See Form."""
        return _NEEDED if dataset is Dataset.COST_AND_USAGE else frozenset()

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """See Form."""
        there = {column.lower() for column in columns}
        return self.names[0] if dataset is Dataset.COST_AND_USAGE and there >= _NEEDED else ""

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """See Form."""
        ties = (Term("cost"), Term(texts=_TEXTS)) if "credits" in {column.lower() for column in columns} else (Term("cost"),)
        return Translation(
            form=called,
            dataset=wanted.dataset,
            amounts=_AMOUNTS,
            times=_TIMES,
            texts=("credits", "labels", "cost_type", "seller_name", *_INSIDE),
            select=_select(columns),
            also=(Also(f"NOT coalesce(credit ->> '$.type', '') IN ({_DISCOUNTS})", _CREDIT, _EACH),),
            ties={"BilledCost": ties, "EffectiveCost": ties},
            floats=True,
        )
