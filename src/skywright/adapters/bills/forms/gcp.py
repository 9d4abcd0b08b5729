"""Google Cloud billing export (standard and detailed), as BigQuery gives it in JSON lines, Parquet or flattened CSV -> FOCUS 1.4.

Sources: Google Cloud, "Structure of Detailed data export" and "Structure of Standard data export" (columns, types of credits and
costs), "Spend-based CUDs data model updates" (what fees, offsets and covered usage look like before and after it); FOCUS 1.4.
Discounts are part of the row that they reduce; credits (promotions, free tiers, ...) are rows of their own. A fee for a commitment
is a purchase that costs nothing effectively, beside a row of what it was worth, used or unused, as far as the export tells.
"""

from collections.abc import Mapping

import msgspec

from skywright.adapters.bills.forms.form import Also, Term, Translation, absent
from skywright.adapters.bills.sql import name
from skywright.model.focus import DECIMAL, Dataset
from skywright.ports.bills import Wanted

_NEEDED = frozenset({"billing_account_id", "cost", "currency", "usage_start_time"})
_AMOUNTS = ("cost", "cost_at_list", "cost_at_effective_price_default")
_TIMES = ("usage_start_time", "usage_end_time")
_INSIDE = {
    "service": ("id", "description"),
    "sku": ("id", "description"),
    "project": ("id", "name"),
    "location": ("location", "region", "zone"),
    "usage": ("amount", "unit", "amount_in_pricing_units", "pricing_unit"),
    "invoice": ("month",),
    "resource": ("name", "global_name"),
    "price": ("effective_price", "effective_price_default", "list_price", "pricing_unit_quantity"),
    "consumption_model": ("id", "description"),
    "subscription": ("instance_id",),
    "adjustment_info": ("description",),
}
"""Columns that hold others."""

_DISCOUNTS = """'COMMITTED_USAGE_DISCOUNT', 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE', 'SUSTAINED_USAGE_DISCOUNT', 'DISCOUNT',
    'FEE_UTILIZATION_OFFSET'"""
_CREDITS = "coalesce(json_extract(TRY_CAST(credits AS JSON), '$[*]'), [])"
_IS_DISCOUNT = f"coalesce(c ->> '$.type', '') IN ({_DISCOUNTS})"
_OFF = f"coalesce(list_sum([TRY_CAST(c ->> '$.amount' AS {DECIMAL}) FOR c IN {_CREDITS} IF {_IS_DISCOUNT}]), 0)"
_OFFSET = f"len(list_filter({_CREDITS}, lambda c: coalesce(c ->> '$.type', '') = 'FEE_UTILIZATION_OFFSET')) > 0"
_COMMITTED = f"list_filter({_CREDITS}, lambda c: starts_with(coalesce(c ->> '$.type', ''), 'COMMITTED_USAGE_DISCOUNT'))"
_EACH = f"(SELECT b.*, u.c AS credit FROM {{table}} b, unnest({_CREDITS}) AS u(c))"
_TEXTS = f"""SELECT currency, c ->> '$.amount', count(*) FROM raw, unnest({_CREDITS}) AS u(c)
    WHERE (_file, _line) NOT IN (SELECT (_file, _line) FROM bad) GROUP BY ALL"""

_USAGE = "coalesce(cost_type, 'regular') = 'regular'"
_LABELLED = "coalesce(labels::VARCHAR LIKE '%goog-originating-sku-id%', false)"
"""A fee that was attributed to the usage that it covers."""

_FIXED = {
    "BilledCost": f"cost + {_OFF}",
    "BillingAccountId": "billing_account_id",
    "BillingCurrency": "currency",
    "ChargePeriodStart": "usage_start_time",
    "ChargePeriodEnd": "coalesce(usage_end_time, usage_start_time)",
    "ContractedCost": "coalesce(cost_at_effective_price_default, cost)",
    "HostProviderName": "'Google Cloud'",
    "InvoiceIssuerName": "'Google Cloud'",
    "ListCost": "coalesce(cost_at_list, cost)",
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


class _Said(msgspec.Struct, frozen=True):
    """What a row says of commitments, as SQL over delivered columns. ``fee``: it is what a commitment costs; ``modern``: of the
    newer model, in which what is used of the fee is taken off it again; ``covered``: it is usage that a commitment made cheaper;
    ``called``: which commitment it is."""

    sku: str
    model: str
    fee: str
    modern: str
    resources: str
    covered: str
    called: str

    @property
    def known(self) -> str:
        """Whether it is known how much of a fee is used: the fee is of the newer model, or fees for the same commitment are
        attributed to usage, so that what is not is unused."""
        return f"({self.fee} AND ({self.modern} OR attributed))"


def _said(columns: Mapping[str, str]) -> _Said:
    sku, model = _inside(columns, "sku", "description"), _inside(columns, "consumption_model", "description")
    instance = _inside(columns, "subscription", "instance_id")
    resources = f"coalesce({sku} ILIKE 'Commitment v%' OR {_COMMITTED}[1] ->> '$.type' = 'COMMITTED_USAGE_DISCOUNT', false)"
    standard, discounted = f"coalesce(lower({model}), 'default') = 'default'", f"len({_COMMITTED}) > 0"
    fee = f"""({_USAGE} AND NOT {discounted} AND (coalesce({sku} ILIKE 'Commitment%', false) OR {_OFFSET}
        OR ({instance} IS NOT NULL AND {standard})))"""
    named = f"({instance} IS NOT NULL OR {model} ILIKE '%CUD%' OR {model} ILIKE '%commit%')"
    dollars = f"coalesce({sku} ILIKE '%dollar based%', false)"
    return _Said(
        sku=sku,
        model=model,
        fee=fee,
        modern=f"({_OFFSET} OR ({model} IS NOT NULL AND NOT {resources} AND NOT {dollars}))",
        resources=resources,
        covered=f"({_USAGE} AND NOT {fee} AND ({discounted} OR (NOT {standard} AND {named})))",
        called=f"coalesce({instance}, {_COMMITTED}[1] ->> '$.id', {_COMMITTED}[1] ->> '$.name', {_inside(columns, 'sku', 'id')})",
    )


def _source(said: _Said) -> str:
    """The rows, with whether fees for the same commitment are attributed to usage."""
    attributed = f"SELECT {said.called} FROM {{table}} WHERE {_LABELLED} AND {said.fee}"
    return f"(SELECT *, coalesce({said.called} IN ({attributed}), false) AS attributed FROM {{table}})"


def _select(columns: Mapping[str, str], said: _Said) -> dict[str, str]:
    month = f"try_strptime({_inside(columns, 'invoice', 'month')}, '%Y%m')"
    period = f"coalesce({month}, date_trunc('month', usage_start_time))"
    return _FIXED | {
        "BillingPeriodStart": period,
        "BillingPeriodEnd": f"{period} + INTERVAL 1 MONTH",
        "ChargeClass": f"""CASE WHEN cost_type = 'adjustment' AND date_trunc('month', usage_start_time) < {period}
            THEN 'Correction' END""",
        **_charge(columns, said),
        **_commitment(said),
        **{target: _inside(columns, outer, field) for target, (outer, field) in _PLAIN.items()},
    }


def _commitment(said: _Said) -> dict[str, str]:
    """Which commitment a row is of, and what it is worth."""
    either = f"({said.fee} OR {said.covered})"
    spent = f"({said.modern} AND {either})"
    return {
        "CommitmentDiscountCategory": f"CASE WHEN {either} THEN CASE WHEN {said.resources} THEN 'Usage' ELSE 'Spend' END END",
        "CommitmentDiscountId": f"CASE WHEN {either} THEN {said.called} END",
        "CommitmentDiscountName": f"CASE WHEN {said.covered} THEN coalesce({_COMMITTED}[1] ->> '$.name', {said.model}) "
        f"WHEN {said.fee} THEN {said.sku} END",
        "CommitmentDiscountQuantity": f"CASE WHEN {spent} THEN cost END",
        "CommitmentDiscountStatus": f"CASE WHEN {said.covered} THEN 'Used' END",
        "CommitmentDiscountType": f"CASE WHEN {either} THEN 'Committed Use Discount' END",
        "CommitmentDiscountUnit": f"CASE WHEN {spent} THEN currency END",
        "EffectiveCost": f"CASE WHEN {said.known} THEN 0 ELSE cost + {_OFF} END",
        "PricingCategory": f"""CASE WHEN {said.covered} THEN 'Committed' WHEN {_USAGE} AND {said.sku} ILIKE '%preemptible%'
            THEN 'Dynamic' WHEN {_USAGE} THEN 'Standard' END""",
    }


def _worth(said: _Said) -> Also:
    """What a fee was worth: used, when it is attributed to usage in the older model; what is left of it else."""
    return Also(
        f"{said.known} AND cost + {_OFF} <> 0",
        {
            **dict.fromkeys(("BilledCost", "ListCost", "ContractedCost"), "0"),
            **dict.fromkeys(("ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice"), "NULL"),
            "EffectiveCost": f"cost + {_OFF}",
            "ChargeCategory": "'Usage'",
            "ChargeFrequency": "'Usage-Based'",
            "CommitmentDiscountQuantity": f"CASE WHEN {said.modern} THEN cost + {_OFF} END",
            "CommitmentDiscountStatus": f"CASE WHEN {_LABELLED} AND NOT {said.modern} THEN 'Used' ELSE 'Unused' END",
            "PricingCategory": "'Committed'",
        },
    )


def _charge(columns: Mapping[str, str], said: _Said) -> dict[str, str]:
    """What a charge is, and how much of what was used."""

    def number(outer: str, field: str) -> str:
        return f"TRY_CAST({_inside(columns, outer, field)} AS {DECIMAL})"

    used, single = f"{_USAGE} AND NOT {said.fee}", f"coalesce({number('price', 'pricing_unit_quantity')}, 1) = 1"
    effective = f"coalesce({number('price', 'effective_price_default')}, {number('price', 'effective_price')})"
    return {
        "ChargeCategory": f"""CASE WHEN {said.fee} THEN 'Purchase' WHEN {_USAGE} THEN 'Usage'
            WHEN cost_type = 'tax' THEN 'Tax' ELSE 'Adjustment' END""",
        "ChargeDescription": f"coalesce({_inside(columns, 'adjustment_info', 'description')}, {said.sku})",
        "ChargeFrequency": f"CASE WHEN {said.fee} THEN 'Recurring' WHEN {_USAGE} THEN 'Usage-Based' ELSE 'One-Time' END",
        "ConsumedQuantity": f"CASE WHEN {used} THEN {number('usage', 'amount')} END",
        "ConsumedUnit": f"CASE WHEN {used} THEN {_inside(columns, 'usage', 'unit')} END",
        "ContractedUnitPrice": f"CASE WHEN {_USAGE} AND {single} THEN {effective} END",
        "ListUnitPrice": f"CASE WHEN {_USAGE} AND {single} THEN {number('price', 'list_price')} END",
        "PricingQuantity": f"CASE WHEN {_USAGE} THEN {number('usage', 'amount_in_pricing_units')} END",
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
        "CommitmentDiscountQuantity",
        "CommitmentDiscountStatus",
        "CommitmentDiscountType",
        "CommitmentDiscountUnit",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ContractedUnitPrice",
        "ListUnitPrice",
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

    def missing(self, columns: Mapping[str, str], dataset: Dataset) -> list[str]:
        """See Form."""
        return absent(self.needs(dataset), columns)

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """See Form."""
        return self.names[0] if dataset is Dataset.COST_AND_USAGE and not self.missing(columns, dataset) else ""

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """See Form."""
        ties = (Term("cost"), Term(texts=_TEXTS)) if "credits" in {column.lower() for column in columns} else (Term("cost"),)
        said = _said(columns)
        return Translation(
            form=called,
            dataset=wanted.dataset,
            amounts=_AMOUNTS,
            times=_TIMES,
            texts=("credits", "labels", "cost_type", "seller_name", *_INSIDE),
            select=_select(columns, said),
            source=_source(said),
            also=(
                _worth(said),
                Also(f"NOT coalesce(credit ->> '$.type', '') IN ({_DISCOUNTS})", _CREDIT, _EACH),
            ),
            ties={"BilledCost": ties, "EffectiveCost": ties},
            floats=True,
        )
