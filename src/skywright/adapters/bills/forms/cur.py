"""AWS Cost and Usage Report, 2.0 (Data Exports) and the one before -> FOCUS 1.4.

Sources: AWS Data Exports User Guide, "Table dictionary: Cost and Usage Report (CUR 2.0)"; AWS Cost and Usage Reports User Guide,
"Line item details", "Savings Plans details", "Reservation details" (what the amortised cost of each line item type is); FOCUS 1.4.
What a recurring fee leaves unused becomes a row of its own, as FOCUS has it: the purchase costs nothing effectively.
"""

from collections.abc import Mapping

from skywright.adapters.bills.forms.cur_names import is_old, spelled, squashed, tags_sql
from skywright.adapters.bills.forms.form import Also, Term, Translation
from skywright.model.focus import Dataset
from skywright.model.words import t
from skywright.ports.bills import Wanted

_NEEDED = frozenset(
    {
        "bill_billing_period_start_date",
        "bill_payer_account_id",
        "line_item_currency_code",
        "line_item_line_item_type",
        "line_item_product_code",
        "line_item_unblended_cost",
        "line_item_usage_start_date",
    }
)
_AMOUNTS = (
    "line_item_unblended_cost",
    "line_item_unblended_rate",
    "line_item_usage_amount",
    "line_item_normalized_usage_amount",
    "pricing_public_on_demand_cost",
    "pricing_public_on_demand_rate",
    "reservation_effective_cost",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_unused_recurring_fee",
    "reservation_unused_quantity",
    "savings_plan_savings_plan_effective_cost",
    "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment",
)
_TIMES = (
    "bill_billing_period_start_date",
    "bill_billing_period_end_date",
    "line_item_usage_start_date",
    "line_item_usage_end_date",
)
_TAGS = ("resource_tags", "cost_category", "product")
_TEXTS = (
    "bill_bill_type",
    "bill_billing_entity",
    "bill_invoice_id",
    "bill_invoicing_entity",
    "bill_payer_account_name",
    "line_item_availability_zone",
    "line_item_legal_entity",
    "line_item_line_item_description",
    "line_item_operation",
    "line_item_resource_id",
    "line_item_usage_account_id",
    "line_item_usage_account_name",
    "line_item_usage_type",
    "pricing_currency",
    "pricing_rate_code",
    "pricing_rate_id",
    "pricing_unit",
    "product_instance_type",
    "product_location",
    "product_product_family",
    "product_product_name",
    "product_region",
    "product_region_code",
    "product_sku",
    "reservation_reservation_a_r_n",
    "savings_plan_offering_type",
    "savings_plan_savings_plan_a_r_n",
)
_TYPE = "line_item_line_item_type"
_COVERED, _NEGATION, _RECURRING = "SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanRecurringFee"
_USAGE = f"{_TYPE} IN ('Usage', 'DiscountedUsage', '{_COVERED}')"
_PURCHASE = f"{_TYPE} IN ('Fee', 'RIFee', '{_RECURRING}', 'SavingsPlanUpfrontFee')"
_PLAIN = (
    f"{_TYPE} NOT IN ('{_COVERED}', 'DiscountedUsage', '{_NEGATION}', '{_RECURRING}', 'RIFee', 'SavingsPlanUpfrontFee') "
    f"AND NOT ({_TYPE} = 'Fee' AND coalesce(reservation_reservation_a_r_n, '') <> '')"
)
"""Rows whose effective cost is what was billed."""

_MACHINE = """coalesce(nullif(product_instance_type, ''),
    nullif(regexp_extract(line_item_usage_type, '(?:Box|Spot|Heavy|Dedicated)Usage:([a-z0-9.-]+)$', 1), ''))"""
"""The type of machine: said apart, else at the end of its usage type (EUW1-BoxUsage:m5.large)."""

_REGION = "coalesce(nullif(product_region_code, ''), nullif(product_region, ''))"

_SELECT = {
    "AvailabilityZone": "nullif(line_item_availability_zone, '')",
    "BilledCost": f"CASE WHEN {_TYPE} = '{_COVERED}' THEN 0 ELSE line_item_unblended_cost END",
    "BillingAccountId": "bill_payer_account_id",
    "BillingAccountName": "bill_payer_account_name",
    "BillingCurrency": "line_item_currency_code",
    "BillingPeriodStart": "bill_billing_period_start_date",
    "BillingPeriodEnd": "coalesce(bill_billing_period_end_date, bill_billing_period_start_date + INTERVAL 1 MONTH)",
    "ChargeCategory": f"""CASE WHEN {_USAGE} THEN 'Usage' WHEN {_PURCHASE} THEN 'Purchase' WHEN {_TYPE} = 'Tax' THEN 'Tax'
        WHEN {_TYPE} = 'Credit' THEN 'Credit' ELSE 'Adjustment' END""",
    "ChargeClass": f"CASE WHEN {_TYPE} = 'Refund' THEN 'Correction' END",
    "ChargeDescription": "line_item_line_item_description",
    "ChargeFrequency": f"""CASE WHEN {_USAGE} THEN 'Usage-Based' WHEN {_TYPE} IN ('RIFee', '{_RECURRING}') THEN 'Recurring'
        ELSE 'One-Time' END""",
    "ChargePeriodStart": "line_item_usage_start_date",
    "ChargePeriodEnd": "coalesce(line_item_usage_end_date, line_item_usage_start_date)",
    "CommitmentDiscountCategory": """CASE WHEN nullif(savings_plan_savings_plan_a_r_n, '') IS NOT NULL THEN 'Spend'
        WHEN nullif(reservation_reservation_a_r_n, '') IS NOT NULL THEN 'Usage' END""",
    "CommitmentDiscountId": "coalesce(nullif(savings_plan_savings_plan_a_r_n, ''), nullif(reservation_reservation_a_r_n, ''))",
    "CommitmentDiscountQuantity": f"""CASE {_TYPE} WHEN '{_COVERED}' THEN savings_plan_savings_plan_effective_cost
        WHEN '{_RECURRING}' THEN savings_plan_total_commitment_to_date
        WHEN 'DiscountedUsage' THEN coalesce(line_item_normalized_usage_amount, line_item_usage_amount)
        WHEN 'RIFee' THEN coalesce(line_item_normalized_usage_amount, line_item_usage_amount) END""",
    "CommitmentDiscountStatus": f"CASE WHEN {_TYPE} IN ('{_COVERED}', 'DiscountedUsage') THEN 'Used' END",
    "CommitmentDiscountType": """CASE WHEN nullif(savings_plan_savings_plan_a_r_n, '') IS NOT NULL
        THEN coalesce(nullif(savings_plan_offering_type, ''), 'SavingsPlan')
        WHEN nullif(reservation_reservation_a_r_n, '') IS NOT NULL THEN 'Reserved' END""",
    "CommitmentDiscountUnit": f"""CASE WHEN {_TYPE} IN ('{_COVERED}', '{_RECURRING}') THEN line_item_currency_code
        WHEN {_TYPE} IN ('DiscountedUsage', 'RIFee') AND line_item_normalized_usage_amount IS NOT NULL THEN 'Normalized Unit Hours'
        WHEN {_TYPE} IN ('DiscountedUsage', 'RIFee') THEN pricing_unit END""",
    "ConsumedQuantity": f"CASE WHEN {_USAGE} THEN line_item_usage_amount END",
    "ConsumedUnit": f"CASE WHEN {_USAGE} THEN pricing_unit END",
    "ContractedCost": f"""CASE WHEN {_TYPE} = 'DiscountedUsage'
        THEN coalesce(pricing_public_on_demand_cost, line_item_unblended_cost) ELSE line_item_unblended_cost END""",
    "ContractedUnitPrice": f"CASE WHEN {_USAGE} AND {_TYPE} <> 'DiscountedUsage' THEN line_item_unblended_rate END",
    "EffectiveCost": f"""CASE WHEN {_TYPE} = '{_COVERED}' THEN savings_plan_savings_plan_effective_cost
        WHEN {_TYPE} = 'DiscountedUsage' THEN reservation_effective_cost WHEN {_PLAIN} THEN line_item_unblended_cost ELSE 0 END""",
    "HostProviderName": "'AWS'",
    "InvoiceId": "nullif(bill_invoice_id, '')",
    "InvoiceIssuerName": "coalesce(bill_invoicing_entity, line_item_legal_entity, 'AWS')",
    "ListCost": f"CASE WHEN {_USAGE} THEN coalesce(pricing_public_on_demand_cost, line_item_unblended_cost) "
    "ELSE line_item_unblended_cost END",
    "ListUnitPrice": f"CASE WHEN {_USAGE} THEN pricing_public_on_demand_rate END",
    "PricingCategory": f"""CASE WHEN {_TYPE} IN ('DiscountedUsage', '{_COVERED}') THEN 'Committed'
        WHEN line_item_usage_type LIKE '%SpotUsage%' THEN 'Dynamic'
        WHEN {_USAGE} OR {_PURCHASE} THEN 'Standard' END""",
    "PricingCurrency": "nullif(pricing_currency, '')",
    "PricingQuantity": f"CASE WHEN {_USAGE} OR {_PURCHASE} THEN line_item_usage_amount END",
    "PricingUnit": f"CASE WHEN {_USAGE} OR {_PURCHASE} THEN pricing_unit END",
    "RegionId": _REGION,
    "RegionName": f"CASE WHEN {_REGION} IS NOT NULL THEN nullif(product_location, '') END",
    "ResourceId": "nullif(line_item_resource_id, '')",
    "ResourceType": "CASE WHEN nullif(line_item_resource_id, '') IS NOT NULL THEN nullif(product_product_family, '') END",
    "ServiceName": """coalesce(product['product_name'], nullif(product_product_name, ''),
        (SELECT f.ServiceName FROM fact_code f WHERE f.Code = lower(line_item_product_code)), line_item_product_code)""",
    "ServiceProviderName": "CASE WHEN coalesce(bill_billing_entity, 'AWS') = 'AWS' THEN 'AWS' "
    "ELSE coalesce(line_item_legal_entity, bill_billing_entity) END",
    "SkuId": "nullif(product_sku, '')",
    "SkuMeter": "nullif(line_item_usage_type, '')",
    "SkuPriceDetails": f"CASE WHEN {_MACHINE} IS NOT NULL THEN MAP {{'InstanceType': {_MACHINE}}} END",
    "SkuPriceId": "coalesce(nullif(pricing_rate_id, ''), nullif(pricing_rate_code, ''))",
    "SubAccountId": "nullif(line_item_usage_account_id, '')",
    "SubAccountName": "nullif(line_item_usage_account_name, '')",
}

_NOTHING = {"BilledCost": "0", "ListCost": "0", "ContractedCost": "0", "ListUnitPrice": "NULL", "ContractedUnitPrice": "NULL"}
_UNUSED = _NOTHING | {
    "ChargeCategory": "'Usage'",
    "ChargeFrequency": "'Usage-Based'",
    "CommitmentDiscountStatus": "'Unused'",
    "PricingCategory": "'Committed'",
    "ConsumedQuantity": "NULL",
    "ConsumedUnit": "NULL",
}
_UNUSED_RESERVATION = """coalesce(reservation_unused_amortized_upfront_fee_for_billing_period, 0)
    + coalesce(reservation_unused_recurring_fee, 0)"""
_UNUSED_PLAN = "coalesce(savings_plan_total_commitment_to_date, 0) - coalesce(savings_plan_used_commitment, 0)"

_RESIDUE = f"""(SELECT *, sum(line_item_unblended_cost) OVER one AS residue,
      row_number() OVER (one ORDER BY {_TYPE} DESC, _file, _line) AS nth
    FROM {{table}} WHERE {_TYPE} IN ('{_COVERED}', '{_NEGATION}')
    WINDOW one AS (PARTITION BY bill_payer_account_id, bill_billing_period_start_date, bill_invoicing_entity,
      line_item_currency_code))"""
"""What is covered by savings plans and what negates it, with what is left of both (nothing, as a rule)."""

_ALSO = (
    Also(f"{_TYPE} = 'RIFee' AND {_UNUSED_RESERVATION} <> 0", _UNUSED | {
        "EffectiveCost": _UNUSED_RESERVATION,
        "CommitmentDiscountQuantity": "reservation_unused_quantity",
        "CommitmentDiscountUnit": "pricing_unit",
    }),
    Also(f"{_TYPE} = '{_RECURRING}' AND {_UNUSED_PLAN} <> 0", _UNUSED | {
        "EffectiveCost": _UNUSED_PLAN,
        "CommitmentDiscountQuantity": _UNUSED_PLAN,
    }),
    Also("nth = 1 AND residue <> 0", _NOTHING | {
        "BilledCost": "residue",
        "EffectiveCost": "0",
        "ChargeCategory": "'Adjustment'",
        "ChargeDescription": "'What savings plans cover and what negates it differ'",
        "CommitmentDiscountStatus": "NULL",
        "ConsumedQuantity": "NULL",
        "ConsumedUnit": "NULL",
    }, _RESIDUE),
)  # fmt: skip

_TIES = {
    "BilledCost": (Term("line_item_unblended_cost"),),
    "EffectiveCost": (
        Term("line_item_unblended_cost", _PLAIN),
        Term("savings_plan_savings_plan_effective_cost", f"{_TYPE} = '{_COVERED}'"),
        Term("reservation_effective_cost", f"{_TYPE} = 'DiscountedUsage'"),
        Term("reservation_unused_amortized_upfront_fee_for_billing_period", f"{_TYPE} = 'RIFee'"),
        Term("reservation_unused_recurring_fee", f"{_TYPE} = 'RIFee'"),
        Term("savings_plan_total_commitment_to_date", f"{_TYPE} = '{_RECURRING}'"),
        Term("savings_plan_used_commitment", f"{_TYPE} = '{_RECURRING}'", sign=-1),
    ),
}


_KNOWN = tuple(dict.fromkeys((*_AMOUNTS, *_TIMES, *_TAGS, *_TEXTS, *sorted(_NEEDED))))


class CurForm:
    """AWS's own report."""

    names = ("aws-cur-2.0", "aws-cur-legacy")

    def needs(self, dataset: Dataset) -> frozenset[str]:
        """See Form."""
        return _NEEDED if dataset is Dataset.COST_AND_USAGE else frozenset()

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """See Form."""
        if dataset is not Dataset.COST_AND_USAGE or self.missing(columns, dataset):
            return ""
        return self.names[is_old(columns)]

    def missing(self, columns: Mapping[str, str], dataset: Dataset) -> list[str]:
        """See Form."""
        there = {squashed(column) for column in columns}
        return sorted(column for column in self.needs(dataset) if squashed(column) not in there)

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """See Form."""
        there = spelled(columns, _KNOWN)
        missing = sorted({"savings_plan_savings_plan_effective_cost", "reservation_effective_cost"} - {*there.values()})
        remarks = (
            t(
                "Without {columns} the effective cost of what commitments cover is not known, and NULL.",
                columns=t(" and ").join(missing),
            ),
        )
        return Translation(
            form=called,
            dataset=wanted.dataset,
            renames=there,
            amounts=_AMOUNTS,
            times=_TIMES,
            tags=_TAGS,
            texts=_TEXTS,
            select=_SELECT | {"Tags": tags_sql([column for column in columns if column not in there])},
            also=_ALSO,
            leave=f"{_TYPE} = '{_NEGATION}'",
            ties=_TIES,
            floats=True,
            remarks=remarks if missing else (),
        )
