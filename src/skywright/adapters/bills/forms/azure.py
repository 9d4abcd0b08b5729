"""Azure cost and usage details (actual and amortised, Enterprise Agreement and Microsoft Customer Agreement) -> FOCUS 1.4.

Sources: Microsoft Learn, "Understand usage details fields" (columns by agreement; charge types), "Charges, actual and amortised
cost", "Convert Cost Management data to FOCUS"; FOCUS 1.4. An export is of one metric: the actual one says what is invoiced, the
amortised one what commitments are worth. Given together (a folder) they become one bill; each alone lacks the other's half, and the
receipt says so.
"""

from collections.abc import Mapping

from skywright.adapters.bills.forms.form import Term, Translation
from skywright.model.focus import Dataset
from skywright.model.words import t
from skywright.ports.bills import Wanted

_NEEDED = frozenset({"BillingAccountId", "BillingPeriodStartDate", "ChargeType", "CostInBillingCurrency", "Date", "MeterCategory"})
_AMOUNTS = ("CostInBillingCurrency", "Quantity", "EffectivePrice", "PayGPrice", "UnitPrice", "paygCostInBillingCurrency")
_TIMES = ("Date", "BillingPeriodStartDate", "BillingPeriodEndDate")
_TEXTS = (
    "AvailabilityZone",
    "BillingAccountName",
    "BillingProfileId",
    "BillingProfileName",
    "BillingCurrency",
    "BillingCurrencyCode",
    "BenefitId",
    "BenefitName",
    "ConsumedService",
    "Frequency",
    "InvoiceId",
    "InvoiceSectionName",
    "MeterId",
    "MeterName",
    "MeterRegion",
    "PartNumber",
    "PartnerName",
    "PricingCurrency",
    "PricingModel",
    "ProductId",
    "ProductName",
    "PublisherName",
    "PublisherType",
    "ReservationId",
    "ReservationName",
    "ResourceId",
    "ResourceLocation",
    "ResourceName",
    "SubscriptionId",
    "SubscriptionName",
    "Tags",
    "UnitOfMeasure",
)
_FORMATS = ("%m/%d/%Y", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
"""Exports write the month first, whatever the reader's country."""

_COMMITTED = "(coalesce(PricingModel, '') IN ('Reservation', 'SavingsPlan') OR ChargeType LIKE 'Unused%')"
_PURCHASED = "(ChargeType IN ('Purchase', 'Refund') AND coalesce(nullif(ReservationId, ''), nullif(BenefitId, '')) IS NOT NULL)"
_SOURCE = f"""(SELECT *, bool_or(amortised) OVER () AND bool_or(NOT amortised) OVER () AS paired
    FROM (SELECT *, coalesce(bool_or(ChargeType LIKE 'Unused%' OR ({_COMMITTED} AND ChargeType = 'Usage'
        AND TRY_CAST(CostInBillingCurrency AS DOUBLE) <> 0)) OVER (PARTITION BY _file), false) AS amortised FROM {{table}}))"""
"""Rows, with whether their file is of amortised costs, and whether there are files of both metrics. A file is of amortised costs
when something in it is unused, or costs though a commitment covers it."""

_LEAVE = f"paired AND ((amortised AND NOT {_COMMITTED}) OR (NOT amortised AND {_COMMITTED} AND ChargeType = 'Usage'))"
"""Of both metrics: what commitments cover is taken from the amortised one, all else from the actual one."""

_CUSTOMER = "BillingCurrency IS NOT NULL"
"""Exports under a customer agreement; those under an enterprise agreement say BillingCurrencyCode. Its invoices are by profile."""

_PLANNED = "(PricingModel = 'SavingsPlan' OR ChargeType = 'UnusedSavingsPlan' OR BenefitId ILIKE '%/microsoft.billingbenefits/%')"
_FACT = "FROM fact_unit f WHERE f.UnitOfMeasure = lower(trim(bill.UnitOfMeasure))"
_UNIT = f"coalesce((SELECT f.DistinctUnits {_FACT}), UnitOfMeasure)"
_SINGLE = f"coalesce((SELECT f.PricingBlockSize {_FACT}), '1') = '1'"
"""Whether prices are of one unit: quantities are in units, prices in blocks of them."""

_SELECT = {
    "AvailabilityZone": "nullif(AvailabilityZone, '')",
    "BilledCost": f"CASE WHEN amortised AND {_COMMITTED} THEN 0 ELSE CostInBillingCurrency END",
    "BillingAccountId": f"CASE WHEN {_CUSTOMER} THEN coalesce(nullif(BillingProfileId, ''), BillingAccountId) ELSE "
    "BillingAccountId END",
    "BillingAccountName": f"CASE WHEN {_CUSTOMER} THEN coalesce(nullif(BillingProfileName, ''), BillingAccountName) "
    "ELSE BillingAccountName END",
    "BillingCurrency": "coalesce(BillingCurrency, BillingCurrencyCode)",
    "BillingPeriodStart": "BillingPeriodStartDate",
    "BillingPeriodEnd": """CASE WHEN BillingPeriodEndDate IS NULL THEN BillingPeriodStartDate + INTERVAL 1 MONTH
        WHEN day(BillingPeriodEndDate) = 1 THEN BillingPeriodEndDate ELSE BillingPeriodEndDate + INTERVAL 1 DAY END""",
    "ChargeCategory": """CASE WHEN ChargeType = 'Usage' OR ChargeType LIKE 'Unused%' THEN 'Usage'
        WHEN ChargeType = 'Refund' THEN 'Purchase' WHEN ChargeType IN ('Purchase', 'Tax', 'Credit') THEN ChargeType
        ELSE 'Adjustment' END""",
    "ChargeClass": "CASE WHEN ChargeType = 'Refund' THEN 'Correction' END",
    "ChargeDescription": "coalesce(nullif(ProductName, ''), MeterName)",
    "ChargeFrequency": """CASE Frequency WHEN 'UsageBased' THEN 'Usage-Based' WHEN 'OneTime' THEN 'One-Time'
        WHEN 'Recurring' THEN 'Recurring' ELSE CASE WHEN ChargeType = 'Usage' THEN 'Usage-Based' ELSE 'One-Time' END END""",
    "ChargePeriodStart": '"Date"',
    "ChargePeriodEnd": '"Date" + INTERVAL 1 DAY',
    "CommitmentDiscountCategory": f"""CASE WHEN {_PLANNED} THEN 'Spend'
        WHEN coalesce(nullif(ReservationId, ''), nullif(BenefitId, '')) IS NOT NULL THEN 'Usage' END""",
    "CommitmentDiscountId": "coalesce(nullif(BenefitId, ''), nullif(ReservationId, ''))",
    "CommitmentDiscountName": "coalesce(nullif(BenefitName, ''), nullif(ReservationName, ''))",
    "CommitmentDiscountStatus": f"""CASE WHEN ChargeType LIKE 'Unused%' THEN 'Unused'
        WHEN ChargeType = 'Usage' AND {_COMMITTED} THEN 'Used' END""",
    "CommitmentDiscountType": f"""CASE WHEN {_PLANNED} THEN 'Savings Plan'
        WHEN coalesce(nullif(ReservationId, ''), nullif(BenefitId, '')) IS NOT NULL THEN 'Reservation' END""",
    "ConsumedQuantity": "CASE WHEN ChargeType = 'Usage' THEN Quantity END",
    "ConsumedUnit": f"CASE WHEN ChargeType = 'Usage' THEN {_UNIT} END",
    "ContractedCost": f"CASE WHEN {_COMMITTED} THEN coalesce(paygCostInBillingCurrency, CostInBillingCurrency) "
    "ELSE CostInBillingCurrency END",
    "ContractedUnitPrice": f"CASE WHEN {_SINGLE} THEN UnitPrice END",
    "EffectiveCost": f"CASE WHEN paired AND {_PURCHASED} THEN 0 ELSE CostInBillingCurrency END",
    "HostProviderName": "'Microsoft'",
    "InvoiceId": "nullif(InvoiceId, '')",
    "InvoiceIssuerName": "coalesce(nullif(PartnerName, ''), 'Microsoft')",
    "ListCost": "coalesce(paygCostInBillingCurrency, CostInBillingCurrency)",
    "ListUnitPrice": f"CASE WHEN {_SINGLE} THEN PayGPrice END",
    "PricingCategory": f"""CASE WHEN {_COMMITTED} OR {_PURCHASED} THEN 'Committed' WHEN PricingModel = 'Spot' THEN 'Dynamic'
        WHEN ChargeType IN ('Usage', 'Purchase') THEN 'Standard' END""",
    "PricingCurrency": "nullif(PricingCurrency, '')",
    "PricingQuantity": "CASE WHEN ChargeType IN ('Usage', 'Purchase') THEN Quantity END",
    "PricingUnit": f"CASE WHEN ChargeType IN ('Usage', 'Purchase') THEN {_UNIT} END",
    "RegionId": "(SELECT f.RegionId FROM fact_region f WHERE f.Spelling = lower(trim(bill.ResourceLocation)))",
    "RegionName": "coalesce((SELECT f.RegionName FROM fact_region f WHERE f.Spelling = lower(trim(bill.ResourceLocation))), "
    "nullif(ResourceLocation, ''))",
    "ResourceId": "nullif(ResourceId, '')",
    "ResourceName": "coalesce(nullif(ResourceName, ''), nullif(split_part(ResourceId, '/', -1), ''))",
    "ResourceType": "nullif(regexp_extract(ResourceId, '(?i)/providers/([^/]+/[^/]+)', 1), '')",
    "ServiceName": """coalesce((SELECT f.ServiceName FROM fact_type f WHERE f.ConsumedService = lower(bill.ConsumedService)
        AND f.ResourceType = lower(regexp_extract(bill.ResourceId, '(?i)/providers/([^/]+/[^/]+)', 1))), MeterCategory)""",
    "ServiceProviderName": "CASE WHEN PublisherType = 'Marketplace' THEN coalesce(nullif(PublisherName, ''), 'Microsoft') "
    "ELSE 'Microsoft' END",
    "SkuId": "coalesce(nullif(ProductId, ''), nullif(PartNumber, ''))",
    "SkuMeter": "nullif(MeterName, '')",
    "SubAccountId": "nullif(SubscriptionId, '')",
    "SubAccountName": "nullif(SubscriptionName, '')",
    "Tags": "TRY_CAST(TRY_CAST(CASE WHEN Tags LIKE '{%' THEN Tags WHEN Tags IS NOT NULL THEN '{' || Tags || '}' END AS JSON) "
    "AS MAP(VARCHAR, VARCHAR))",
}

_COST = "CostInBillingCurrency"
_TIES = {
    "BilledCost": (Term(_COST, f"({_LEAVE}) IS NOT TRUE AND NOT (amortised AND {_COMMITTED})"),),
    "EffectiveCost": (Term(_COST, f"({_LEAVE}) IS NOT TRUE AND NOT (paired AND {_PURCHASED})"),),
}


class AzureForm:
    """Microsoft's own export."""

    names = ("azure-export",)

    def needs(self, dataset: Dataset) -> frozenset[str]:
        """See Form."""
        return _NEEDED if dataset is Dataset.COST_AND_USAGE else frozenset()

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """See Form."""
        there = {column.lower() for column in columns}
        fits = dataset is Dataset.COST_AND_USAGE and there >= {column.lower() for column in _NEEDED}
        return self.names[0] if fits else ""

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """See Form."""
        return Translation(
            form=called,
            dataset=wanted.dataset,
            amounts=_AMOUNTS,
            times=_TIMES,
            texts=_TEXTS,
            select=_SELECT,
            source=f"{_SOURCE} bill",
            leave=_LEAVE,
            ties=_TIES,
            time_formats=_FORMATS,
            remarks=(
                t(
                    "An export of actual costs alone shows commitments when they are paid, one of amortised costs alone leaves "
                    "their purchases out; import both at once for all of it."
                ),
            ),
        )
