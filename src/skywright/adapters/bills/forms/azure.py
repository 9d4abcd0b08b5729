"""Azure cost and usage details (actual and amortised, Enterprise Agreement and Microsoft Customer Agreement) -> FOCUS 1.4.

Sources: Microsoft Learn, "Understand usage details fields" (columns by agreement; charge types), "Charges, actual and amortised
cost", "Convert Cost Management data to FOCUS"; FOCUS 1.4. An export is of one metric: the actual one says what is invoiced, the
amortised one what commitments are worth. They are halves of one bill, in whatever order and however often they come; each alone
lacks what the other says, and the receipt says so.
"""

from collections.abc import Iterable, Mapping

from skywright.adapters.bills.forms.form import Halves, Term, Translation, absent
from skywright.adapters.bills.sql import literal
from skywright.model.focus import Dataset
from skywright.model.words import t
from skywright.ports.bills import Wanted

_NEEDED = frozenset({"CostInBillingCurrency", "Date", "MeterCategory"})
_FORMER = {
    "Cost": "CostInBillingCurrency",
    "PreTaxCost": "CostInBillingCurrency",
    "UsageDate": "Date",
    "UsageDateTime": "Date",
    "SubscriptionGuid": "SubscriptionId",
    "ConsumedQuantity": "Quantity",
    "UsageQuantity": "Quantity",
    "InstanceId": "ResourceId",
    "Currency": "BillingCurrencyCode",
    "ResourceRate": "EffectivePrice",
    "Product": "ProductName",
}
"""What older exports and those of pay-as-you-go subscriptions call a column -> what the others do."""

_AMOUNTS = ("CostInBillingCurrency", "Quantity", "EffectivePrice", "PayGPrice", "UnitPrice", "paygCostInBillingCurrency")
_TIMES = ("Date", "BillingPeriodStartDate", "BillingPeriodEndDate")
_TEXTS = (
    "AdditionalInfo",
    "AvailabilityZone",
    "BillingAccountId",
    "BillingAccountName",
    "BillingProfileId",
    "BillingProfileName",
    "BillingCurrency",
    "BillingCurrencyCode",
    "BenefitId",
    "BenefitName",
    "ChargeType",
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
_FORMATS = (
    "%m/%d/%Y",
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%nZ",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%SZ",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
)
"""Exports write the month first, whatever the reader's country."""

_COMMITTED = "(coalesce(PricingModel, '') IN ('Reservation', 'SavingsPlan') OR ChargeType LIKE 'Unused%')"
_COVERED = f"({_COMMITTED} AND ChargeType = 'Usage')"
_PURCHASED = f"""(ChargeType IN ('Purchase', 'Refund')
    AND ({_COMMITTED} OR coalesce(nullif(ReservationId, ''), nullif(BenefitId, '')) IS NOT NULL))"""
_FREE = "coalesce(TRY_CAST(CostInBillingCurrency AS DOUBLE), 0) = 0"

_OWN = f"""CASE WHEN bool_or(ChargeType LIKE 'Unused%' OR ({_COVERED} AND NOT {_FREE})) THEN 'amortised'
    WHEN bool_or({_COVERED} OR {_PURCHASED}) THEN 'actual' END"""
"""What a file's rows prove: only amortised costs know what is unused, or what covered usage is worth; only actual ones show
commitments bought, or covered usage for nothing."""

_FOLDER = "regexp_replace(_file, '[^/]*$', '')"
_NAMED = """CASE WHEN regexp_matches(_file, '(?i)amorti[sz]ed[^/]*/?[^/]*/?[^/]*/?[^/]*$') THEN 'amortised'
    WHEN regexp_matches(_file, '(?i)actual[^/]*/?[^/]*/?[^/]*/?[^/]*$') THEN 'actual' END"""
"""What a file's name says, or the folders right above it (export, days, run)."""

_SAID = """(SELECT CASE lower(told.kind) WHEN 'actualcost' THEN 'actual' WHEN 'amortizedcost' THEN 'amortised' END
    FROM told WHERE told._file = files._file)"""
"""What the export's manifest says."""

_RANGE, _RUN = "(?i)^.*/[0-9]+-[0-9]+/", "(?i)[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+"
_ONE = f"""CASE WHEN regexp_matches(_file, '{_RANGE}')
    THEN nullif(regexp_extract(regexp_replace(_file, '{_RANGE}', ''), '{_RUN}'), '') END"""
_AGAIN = f"coalesce(min({_ONE}) OVER days <> max({_ONE}) OVER days, false)"
"""Whether other runs of the same export, of the same days, lie beside a file: ``export/20260901-20260930/RUN/part.csv``, or
``.../export_RUN.csv``."""

_NEAR = "CASE WHEN min(own) OVER near = max(own) OVER near THEN min(own) OVER near END"
_LAST = "CASE WHEN coalesce(bool_or(own = 'amortised') OVER (), false) THEN NULL ELSE 'actual' END"
_FILES = f"""(SELECT _file, {_AGAIN} AS again, coalesce({_SAID}, own, {_NEAR}, {_NAMED}, {_LAST}) AS half
    FROM (SELECT _file, {_OWN} AS own FROM {{table}} GROUP BY _file) files
    WINDOW near AS (PARTITION BY {_FOLDER}), days AS (PARTITION BY regexp_extract(_file, '{_RANGE}')))"""
"""Which half each file belongs to: by its manifest; by its rows; where they prove nothing (a file of a larger export, in which no
commitment is), by its folder's other files, by its name; as the actual one when nothing amortised is there that it might be a
piece of."""

_SOURCE = f"(SELECT b.*, f.half, f.again FROM {{table}} b JOIN {_FILES} f USING (_file))"

_CUSTOMER = "BillingCurrency IS NOT NULL"
"""Exports under a customer agreement; those under an enterprise agreement say BillingCurrencyCode. Its invoices are by profile."""

_PLANNED = "(PricingModel = 'SavingsPlan' OR ChargeType = 'UnusedSavingsPlan' OR BenefitId ILIKE '%/microsoft.billingbenefits/%')"
_FACT = "FROM fact_unit f WHERE f.UnitOfMeasure = lower(trim(bill.UnitOfMeasure))"
_UNIT = f"coalesce((SELECT f.DistinctUnits {_FACT}), UnitOfMeasure)"
_SINGLE = f"coalesce((SELECT f.PricingBlockSize {_FACT}), '1') = '1'"
"""Whether prices are of one unit: quantities are in units, prices in blocks of them."""

_BEGIN = """coalesce(BillingPeriodStartDate, date_trunc('month', "Date"))"""
"""Under a customer agreement charges of which no invoice is written yet say no billing period; pay-as-you-go exports never do."""

_SELECT = {
    "AvailabilityZone": "nullif(AvailabilityZone, '')",
    "BilledCost": f"CASE WHEN half = 'amortised' AND {_COMMITTED} THEN 0 ELSE CostInBillingCurrency END",
    "BillingAccountId": f"CASE WHEN {_CUSTOMER} THEN coalesce(nullif(BillingProfileId, ''), BillingAccountId) ELSE "
    "BillingAccountId END",
    "BillingAccountName": f"CASE WHEN {_CUSTOMER} THEN coalesce(nullif(BillingProfileName, ''), BillingAccountName) "
    "ELSE BillingAccountName END",
    "BillingCurrency": "coalesce(BillingCurrency, BillingCurrencyCode)",
    "BillingPeriodStart": _BEGIN,
    "BillingPeriodEnd": f"""CASE WHEN BillingPeriodEndDate IS NULL THEN {_BEGIN} + INTERVAL 1 MONTH
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
    "EffectiveCost": "CostInBillingCurrency",
    "HostProviderName": "'Microsoft'",
    "InvoiceId": "nullif(InvoiceId, '')",
    "InvoiceIssuerName": "coalesce(nullif(PartnerName, ''), 'Microsoft')",
    "ListCost": "coalesce(paygCostInBillingCurrency, CostInBillingCurrency)",
    "ListUnitPrice": f"CASE WHEN {_SINGLE} THEN PayGPrice END",
    "PricingCategory": f"""CASE WHEN {_COMMITTED} AND NOT {_PURCHASED} THEN 'Committed' WHEN PricingModel = 'Spot' THEN 'Dynamic'
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
    "SkuPriceDetails": """map_from_entries([('x_' || e.key, e.value)
        FOR e IN map_entries(TRY_CAST(TRY_CAST(AdditionalInfo AS JSON) AS MAP(VARCHAR, VARCHAR))) IF e.value IS NOT NULL])""",
    "SubAccountId": "nullif(SubscriptionId, '')",
    "SubAccountName": "nullif(SubscriptionName, '')",
    "Tags": "TRY_CAST(TRY_CAST(CASE WHEN Tags LIKE '{%' THEN Tags WHEN Tags IS NOT NULL THEN '{' || Tags || '}' END AS JSON) "
    "AS MAP(VARCHAR, VARCHAR))",
}

_COST = "CostInBillingCurrency"
_BILLED = Term(_COST, f"NOT (half = 'amortised' AND {_COMMITTED})")
_LEFT = f"(half = 'amortised' AND NOT {_COMMITTED}) OR (half = 'actual' AND {_COVERED} AND {_FREE})"
_BOUGHT = f"(half = 'actual' AND ({_PURCHASED} OR {_COVERED}))"

_HALVES = Halves(
    half="half",
    select={"EffectiveCost": f"CASE WHEN {_BOUGHT} THEN 0 ELSE CostInBillingCurrency END"},
    leave=_LEFT,
    ties={
        "BilledCost": (Term(_COST, f"({_LEFT}) IS NOT TRUE AND {_BILLED.where}"),),
        "EffectiveCost": (Term(_COST, f"({_LEFT}) IS NOT TRUE AND NOT {_BOUGHT}"),),
    },
    missing={
        "actual": t("the actual export has not come: commitments bought are missing, and what they cover is billed as 0."),
        "amortised": t("the amortised export has not come: effective cost equals billed cost, and what is unused is not known."),
    },
    behind={
        "actual": t("From {date} on only the amortised export counts, without commitments bought, until an actual one reaches it."),
        "amortised": t("From {date} on what commitments cover counts as worth nothing, until an amortised export reaches it."),
    },
)
"""What commitments cover is taken from the amortised half, all else from the actual one."""

_UNTOLD = t(
    "It cannot be told whether this file is of actual or of amortised costs: import the two exports one by one, with "
    "--form azure-actual and --form azure-amortised."
)

_RUNS = t("Several runs of one export lie here, and each is the whole of its days: import the folder of one run.")


class AzureForm:
    """Microsoft's own export."""

    names = ("azure-export", "azure-actual", "azure-amortised")

    def needs(self, dataset: Dataset) -> frozenset[str]:
        """See Form."""
        return _NEEDED if dataset is Dataset.COST_AND_USAGE else frozenset()

    def missing(self, columns: Mapping[str, str], dataset: Dataset) -> list[str]:
        """See Form."""
        return absent(self.needs(dataset), (*columns, *_renames(columns).values()))

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """See Form."""
        fits = dataset is Dataset.COST_AND_USAGE and not self.missing(columns, dataset)
        return self.names[0] if fits else ""

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """See Form."""
        told = called.removeprefix("azure-")
        source = f"(SELECT * REPLACE ({literal(told)} AS half) FROM {_SOURCE})" if told in _HALVES.missing else _SOURCE
        there = {column.lower() for column in (*columns, *_renames(columns).values())}
        if "chargetype" not in there:
            source = source.replace("{table}", "(SELECT * REPLACE ('Usage' AS ChargeType) FROM {table})")
        payer = {} if "billingaccountid" in there else {"BillingAccountId": "SubscriptionId"}
        return Translation(
            form=self.names[0],
            dataset=wanted.dataset,
            renames=_renames(columns),
            amounts=_AMOUNTS,
            times=_TIMES,
            texts=_TEXTS,
            select=_SELECT | payer,
            source=f"{source} bill",
            odd=(("half IS NULL", _UNTOLD), ("again", _RUNS)),
            halves=_HALVES,
            ties={"BilledCost": (_BILLED,), "EffectiveCost": (Term(_COST),)},
            time_formats=_FORMATS,
            floats=True,
        )


def _renames(columns: Iterable[str]) -> dict[str, str]:
    """Columns under their former names -> their own."""
    there = {column.lower(): column for column in columns}
    found: dict[str, str] = {}
    for former, name in _FORMER.items():
        if former.lower() in there and name.lower() not in there and name not in found.values():
            found[there[former.lower()]] = name
    return found
