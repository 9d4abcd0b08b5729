"""OpenCost allocation (the answer of ``/allocation``, or its CSV export) -> FOCUS 1.4.

Sources: OpenCost, "API: Allocation" and "CSV export", ``core/pkg/opencost/allocation.go`` (names of fields; that the total cost
holds adjustments, shared and external costs, load balancers, volumes and network) and ``pkg/costmodel/csv_export.go``. What
OpenCost allocates a cloud bills too, as a rule: the rows are of an issuer of their own, so that either can be asked for.
"""

from collections.abc import Mapping

from skywright.adapters.bills.forms.form import Term, Translation, absent
from skywright.adapters.bills.sql import literal
from skywright.model.focus import Dataset
from skywright.model.words import t
from skywright.ports.bills import Wanted

_JSON = frozenset({"start", "end", "totalCost", "properties"})
_CSV = frozenset({"Date", "Namespace", "TotalCost"})
_PROPERTIES = {
    "cluster": "coalesce(json_extract_string(TRY_CAST(properties AS JSON), '$.cluster'), Cluster)",
    "node": "json_extract_string(TRY_CAST(properties AS JSON), '$.node')",
    "namespace": "coalesce(json_extract_string(TRY_CAST(properties AS JSON), '$.namespace'), Namespace)",
    "kind": "coalesce(json_extract_string(TRY_CAST(properties AS JSON), '$.controllerKind'), ControllerKind)",
    "controller": "coalesce(json_extract_string(TRY_CAST(properties AS JSON), '$.controller'), ControllerName)",
    "pod": "coalesce(json_extract_string(TRY_CAST(properties AS JSON), '$.pod'), Pod)",
    "container": "coalesce(json_extract_string(TRY_CAST(properties AS JSON), '$.container'), Container)",
}
_BEGIN = 'coalesce("start", "Date")'
_END = 'coalesce("end", "Date" + INTERVAL 1 DAY)'
_PATH = f"concat_ws('/', {', '.join(f'nullif({sql}, {chr(39) * 2})' for one, sql in _PROPERTIES.items() if one != 'node')})"
_NAME = "coalesce(\"name\", Namespace, '')"
_WHAT = f"""CASE WHEN contains({_NAME}, '__idle__') THEN 'Idle capacity, as OpenCost has it'
    WHEN contains({_NAME}, '__unmounted__') THEN 'Volumes that nothing mounts, as OpenCost has it'
    WHEN contains({_NAME}, '__unallocated__') THEN 'Not allocated by OpenCost' ELSE 'Allocated by OpenCost' END"""
"""Its special allocations are told apart: no workload bears them."""
_PLACES = ", ".join(f"({literal(f'kubernetes:{one}')}, {sql})" for one, sql in _PROPERTIES.items() if one != "container")

_SELECT = dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "TotalCost") | {
    "AllocatedMethodId": "'opencost'",
    "BillingAccountId": f"coalesce(nullif({_PROPERTIES['cluster']}, ''), 'cluster')",
    "BillingCurrency": "NULL",
    "BillingPeriodStart": f"date_trunc('month', {_BEGIN})",
    "BillingPeriodEnd": f"date_trunc('month', {_BEGIN}) + INTERVAL 1 MONTH",
    "ChargeCategory": "'Usage'",
    "ChargeDescription": _WHAT,
    "ChargeFrequency": "'Usage-Based'",
    "ChargePeriodStart": _BEGIN,
    "ChargePeriodEnd": _END,
    "HostProviderName": "NULL",
    "InvoiceIssuerName": "'OpenCost'",
    "ResourceId": f"coalesce(nullif({_PATH}, ''), \"name\")",
    "ResourceName": f"coalesce(\"name\", nullif({_PROPERTIES['pod']}, ''))",
    "ResourceType": "'Kubernetes workload'",
    "ServiceCategory": "'Compute'",
    "ServiceName": "'Kubernetes'",
    "ServiceProviderName": "'OpenCost'",
    "ServiceSubcategory": "'Containers'",
    "SubAccountId": f"nullif({_PROPERTIES['namespace']}, '')",
    "Tags": f"""map_from_entries(list_filter([{_PLACES}], lambda e: coalesce(e[2], '') <> '') || coalesce(map_entries(
        TRY_CAST(coalesce(json_extract(TRY_CAST(properties AS JSON), '$.labels'), TRY_CAST(Labels AS JSON))
        AS MAP(VARCHAR, VARCHAR))), []))""",
}


_ACROSS = t("The allocation runs beyond the end of its month, which is billed apart: ask OpenCost for days (step=1d).")


class OpenCostForm:
    """Kubernetes costs by workload."""

    names = ("opencost",)

    def needs(self, dataset: Dataset) -> frozenset[str]:
        """See Form."""
        return _JSON if dataset is Dataset.COST_AND_USAGE else frozenset()

    def missing(self, columns: Mapping[str, str], dataset: Dataset) -> list[str]:
        """See Form."""
        return absent(self.needs(dataset), columns)

    def recognise(self, columns: Mapping[str, str], dataset: Dataset) -> str:
        """See Form."""
        there = {column.lower() for column in columns}
        fits = any(there >= {column.lower() for column in one} for one in (_JSON, _CSV))
        return self.names[0] if fits and dataset is Dataset.COST_AND_USAGE else ""

    def translate(self, called: str, columns: Mapping[str, str], wanted: Wanted) -> Translation:
        """See Form."""
        ties = (Term("TotalCost"),)
        return Translation(
            form=called,
            dataset=wanted.dataset,
            amounts=("TotalCost",),
            times=("start", "end", "Date"),
            texts=("name", "properties", "Cluster", "Namespace", "ControllerKind", "ControllerName", "Pod", "Container", "Labels"),
            select=_SELECT | {"BillingCurrency": literal(wanted.currency or "USD")},
            odd=((f"{_END} > date_trunc('month', {_BEGIN}) + INTERVAL 1 MONTH", _ACROSS),),
            ties={"BilledCost": ties, "EffectiveCost": ties},
            floats=True,
            remarks=(t("What OpenCost allocates a cloud may bill too: ask for one issuer at a time."),),
        )
