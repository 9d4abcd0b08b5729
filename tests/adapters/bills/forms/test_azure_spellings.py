"""Azure's exports as each agreement and age spells them.

Headers and ways of writing: Microsoft Learn, "Understand usage details fields"; the header of the Cost Details API for a customer
agreement and one row of an open month as public repositories show them; rows here are our own.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.bills.forms.test_what_each_form_becomes import taken
from tests.adapters.bills.sample import ledger_in, write

from skywright.adapters.bills.forms.azure import AzureForm
from skywright.model.errors import BadInput
from skywright.model.focus import Dataset

CUSTOMER = {
    "invoiceId": "",
    "billingAccountId": "acc",
    "billingProfileId": "profile",
    "billingProfileName": "Profile",
    "billingPeriodEndDate": "",
    "billingPeriodStartDate": "",
    "servicePeriodEndDate": "10/01/2026",
    "servicePeriodStartDate": "09/01/2026",
    "date": "09/10/2026",
    "consumedService": "Microsoft.Compute",
    "meterName": "D2s v5",
    "meterCategory": "Virtual Machines",
    "ProductName": "Virtual Machines Dsv5 Series - D2s v5 - EU West",
    "SubscriptionId": "sub",
    "subscriptionName": "Main",
    "publisherType": "Microsoft",
    "resourceGroupName": "g",
    "ResourceId": "/subscriptions/sub/resourcegroups/g/providers/microsoft.compute/virtualmachines/vm1",
    "resourceLocation": "westeurope",
    "quantity": "24",
    "unitOfMeasure": "1 Hour",
    "chargeType": "Usage",
    "billingCurrency": "EUR",
    "costInBillingCurrency": "2.304",
    "paygCostInBillingCurrency": "2.4",
    "tags": '{"team":"web"}',
    "frequency": "UsageBased",
    "pricingModel": "OnDemand",
    "provider": "Azure",
}
PAY_AS_YOU_GO = {
    "SubscriptionGuid": "sub",
    "ResourceGroup": "g",
    "ResourceLocation": "EU West",
    "UsageDateTime": "2026-09-10",
    "MeterCategory": "Virtual Machines",
    "MeterSubCategory": "Dv3/DSv3 Series",
    "MeterId": "m",
    "MeterName": "D2 v3/D2s v3",
    "MeterRegion": "EU West",
    "UsageQuantity": "24",
    "ResourceRate": "0.096",
    "PreTaxCost": "2.304",
    "ConsumedService": "Microsoft.Compute",
    "ResourceType": "Microsoft.Compute/virtualMachines",
    "InstanceId": "/subscriptions/sub/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm1",
    "Tags": '{"team":"web"}',
    "OfferId": "MS-AZR-0003P",
    "Currency": "EUR",
    "UnitOfMeasure": "1 Hour",
}
COLUMNS = (
    "BillingAccountId, SubAccountId, BillingPeriodStart::DATE::VARCHAR, BillingPeriodEnd::DATE::VARCHAR, "
    "ChargePeriodStart::VARCHAR, ChargeCategory, BilledCost::VARCHAR, ListCost::VARCHAR, BillingCurrency, "
    "ConsumedQuantity::VARCHAR, ResourceName, RegionId, Tags['team']"
)
COMMON = ("2026-09-01", "2026-10-01", "2026-09-10 00:00:00", "Usage", "2.304")


@pytest.mark.parametrize(
    ("row", "account", "listed"), [(CUSTOMER, "profile", "2.4"), (PAY_AS_YOU_GO, "sub", "2.304")], ids=["customer", "pay-as-you-go"]
)
def test_the_same_day_of_a_machine(tmp_path: Path, row: dict[str, str], account: str, listed: str):
    _, rows = taken(tmp_path, write(tmp_path / "azure.csv", [row]), COLUMNS)
    assert rows == [(account, "sub", *COMMON, listed, "EUR", "24", "vm1", "westeurope", "web")]


@pytest.mark.parametrize(
    "written",
    [
        "09/10/2026", "9/10/2026", "2026-09-10", "2026-09-10T00:00:00Z", "2026-09-10T00:00:00", "2026-09-10T00:00:00.0000000Z",
        "2026-09-10 00:00:00", "2026-09-10 00:00:00Z", "9/10/2026 12:00:00 AM", "09/10/2026 00:00:00",
    ],
)  # fmt: skip
def test_days_however_they_are_written(tmp_path: Path, written: str):
    _, rows = taken(tmp_path, write(tmp_path / "azure.csv", [{**CUSTOMER, "date": written}]), "ChargePeriodStart::VARCHAR")
    assert rows == [("2026-09-10 00:00:00",)]


def test_a_month_that_is_invoiced_takes_the_place_of_the_open_one(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "open.csv", [CUSTOMER]))
    closed = {**CUSTOMER, "invoiceId": "G1", "billingPeriodStartDate": "09/01/2026", "billingPeriodEndDate": "09/30/2026"}
    receipt = ledger.take(write(tmp_path / "closed.csv", [closed, {**closed, "date": "09/11/2026"}]))
    assert [(one.rows_before, one.rows_after) for one in receipt.restated] == [(1, 2)]


def test_what_is_missing_is_named_as_it_is_called_now(tmp_path: Path):
    source = write(tmp_path / "azure.csv", [{column: value for column, value in CUSTOMER.items() if column != "date"}])
    with pytest.raises(BadInput) as told:
        ledger_in(tmp_path).take(source)
    assert str(told.value) == (
        f"{source}: is nearest to azure (cost_and_usage), but Date is missing. Export it with these columns, or describe it with "
        "--mapping FILE."
    )


@given(st.permutations(list(PAY_AS_YOU_GO)), st.booleans())
def test_former_names_count_in_any_order_and_case(columns: list[str], shout: bool):
    there = dict.fromkeys(one.upper() if shout else one for one in columns)
    assert AzureForm().recognise(there, Dataset.COST_AND_USAGE) == "azure-export"


def test_a_name_of_today_goes_before_a_former_one(tmp_path: Path):
    row = {**CUSTOMER, "PreTaxCost": "99", "Cost": "98"}
    receipt, _ = taken(tmp_path, write(tmp_path / "azure.csv", [row]), "1")
    assert str(receipt.sums_in["BilledCost/EUR"].normalize()) == "2.304"
