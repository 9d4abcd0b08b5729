"""FOCUS 1.0 to 1.4 -> FOCUS 1.4.

Sources: FOCUS specifications 1.0, 1.1, 1.2, 1.3 and 1.4 (FinOps Foundation, CC-BY-4.0): which columns each version brought, and
which it renamed.
"""

from collections.abc import Mapping

from skywright.adapters.bills.forms.form import Term, Translation, absent
from skywright.adapters.bills.sql import name
from skywright.model.focus import DATASETS, Dataset, FocusType
from skywright.model.words import n
from skywright.ports.bills import Wanted

_COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
_NEEDED = {
    Dataset.COST_AND_USAGE: frozenset(
        {
            *_COSTS,
            "BillingAccountId",
            "BillingCurrency",
            "BillingPeriodEnd",
            "BillingPeriodStart",
            "ChargeCategory",
            "ChargePeriodEnd",
            "ChargePeriodStart",
            "InvoiceIssuerName",
            "ServiceCategory",
            "ServiceName",
        }
    ),
    Dataset.CONTRACT_COMMITMENT: frozenset({"ContractCommitmentId", "ContractId", "ContractCommitmentPeriodStart"}),
    Dataset.BILLING_PERIOD: frozenset(
        {"BillingPeriodStart", "BillingPeriodEnd", "BillingPeriodStatus", "InvoiceIssuerName"},
    ),
    Dataset.INVOICE_DETAIL: frozenset(
        {
            "BilledCost",
            "BillingAccountId",
            "BillingCurrency",
            "BillingPeriodStart",
            "InvoiceDetailId",
            "InvoiceId",
            "InvoiceIssueStatus",
            "InvoiceIssuerName",
        }
    ),
}
_SINCE = {
    "1.1": ("ServiceSubcategory", "CapacityReservationId", "CapacityReservationStatus", "CommitmentDiscountQuantity", "SkuMeter"),
    "1.2": ("InvoiceId", "BillingAccountType", "SubAccountType", "PricingCurrency", "PricingCurrencyEffectiveCost"),
    "1.3": ("ServiceProviderName", "HostProviderName", "AllocatedMethodId", "AllocatedResourceId", "ContractApplied"),
    "1.4": ("InvoiceDetailId", "CommitmentProgramEligibilityDetails"),
}
"""Columns of cost and usage by which a version is known."""

RENAMED = {"ServiceProviderName": "ProviderName", "HostProviderName": "PublisherName"}
"""What 1.3 calls them -> what they were called till 1.2."""

_ALSO_SAID = {
    "SkuMeter": ("x_UsageType", "x_SkuMeterName"),
    "SkuPriceDetails": ("x_SkuDetails",),
    "InvoiceId": ("x_InvoiceId",),
}
"""FOCUS column -> columns of issuers' own that said the same before FOCUS had it."""

TIED = {
    Dataset.COST_AND_USAGE: _COSTS,
    Dataset.CONTRACT_COMMITMENT: ("ContractCommitmentCost",),
    Dataset.BILLING_PERIOD: (),
    Dataset.INVOICE_DETAIL: ("BilledCost",),
}
"""Dataset -> the amounts that must be the same in the bill and in the ledger."""


class FocusForm:
    """Bills that speak FOCUS."""

    names = ("focus-1.0", "focus-1.1", "focus-1.2", "focus-1.3", "focus-1.4")

    def needs(self, dataset: Dataset) -> frozenset[str]:
        """See Form."""
        return _NEEDED[dataset]

    def missing(self, columns: Mapping[str, str], dataset: Dataset) -> list[str]:
        """See Form."""
        return absent(self.needs(dataset), columns)

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """See Form."""
        there = {column.lower() for column in columns}
        if self.missing(columns, dataset):
            return ""
        if dataset is not Dataset.COST_AND_USAGE:
            complete = {column.name.lower() for column in DATASETS[dataset] if column.level == "mandatory"} <= there
            return "focus-1.4" if complete or dataset is not Dataset.CONTRACT_COMMITMENT else "focus-1.3"
        old = bool({"providername", "publishername"} & there)
        if not old and "serviceprovidername" not in there:
            return ""
        versions = [version for version, since in _SINCE.items() if {column.lower() for column in since} & there]
        return f"focus-{versions[-1] if versions else '1.0'}" if old else "focus-1.4"

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """See Form."""
        dataset = wanted.dataset
        there = {column.lower(): column for column in columns}
        sources = {
            column.name: [there[one.lower()] for one in _spellings(column.name) if one.lower() in there]
            for column in DATASETS[dataset]
        }
        used = {source for found in sources.values() for source in found}
        return Translation(
            form=called,
            dataset=dataset,
            amounts=_of(dataset, sources, FocusType.DECIMAL),
            times=_of(dataset, sources, FocusType.TIME),
            tags=_of(dataset, sources, FocusType.TAGS),
            select={column: _first(found) for column, found in sources.items() if found},
            ties={one: (Term(sources[one][0]),) for one in TIED[dataset] if sources[one]},
            remarks=_left([column for column in columns if column not in used]),
        )


def _spellings(column: str) -> tuple[str, ...]:
    """What a column is or was called, the surest first."""
    return (column, RENAMED.get(column, column), *_ALSO_SAID.get(column, ()))


def _of(dataset: Dataset, sources: Mapping[str, list[str]], wanted: FocusType) -> tuple[str, ...]:
    return tuple(source for column in DATASETS[dataset] if column.type is wanted for source in sources[column.name])


def _first(sources: list[str]) -> str:
    quoted = [name(source) for source in dict.fromkeys(sources)]
    return quoted[0] if len(quoted) == 1 else f"coalesce({', '.join(quoted)})"


def _left(others: list[str]) -> tuple[str, ...]:
    if not others:
        return ()
    known = ", ".join(sorted(others))
    return (
        n(
            "{count} column is not FOCUS's and was left out: {known}.",
            "{count} columns are not FOCUS's and were left out: {known}.",
            len(others),
            known=known,
        ),
    )
