"""Prices of today, in the shape of the Azure Retail Prices API (Microsoft Learn; D8 v4 in westeurope and D4ds v5 in eastus are its
own figures)."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.azure import AzureCloud, AzureConfig
from skywright.adapters.clouds.azure.session import endpoints
from skywright.lab.kit.server import Answer, Request
from skywright.model.commitment import Ware
from skywright.ports.cloud import Merchant

TODAY = date(2026, 7, 1)
WARE = Ware("eastus", "Standard_D4ds_v5")
PATH = "/api/retail/prices"


def listed(price: object, **more: Any) -> dict[str, Any]:
    plain = {"productName": "Virtual Machines Ddsv5 Series", "skuName": "D4ds v5", "meterName": "D4ds v5", "type": "Consumption"}
    return plain | {"currencyCode": "USD", "retailPrice": price, "unitOfMeasure": "1 Hour"} | more


def reserved(price: float, term: str) -> dict[str, Any]:
    return listed(price, type="Reservation", reservationTerm=term)


PLANS = [{"unitPrice": 0.1032142, "retailPrice": 0.1032142, "term": "3 Years"}, {"retailPrice": 0.154471, "term": "1 Year"}]


@pytest.fixture
def cloud(config: AzureConfig, clock: Any, arm: Any):
    made = AzureCloud(msgspec.structs.replace(config, prices_endpoint=arm.endpoint), clock)
    yield made
    made._threads.shutdown()
    made.close()


def test_reservations_and_plans_over_two_pages_without_a_token(arm: Any, cloud: AzureCloud):
    following = {"NextPageLink": f"{arm.endpoint}{PATH}?$skip=100"}
    first = [listed(0.226, savingsPlan=PLANS), listed(0.41, productName="Virtual Machines Ddsv5 Series Windows")]
    spare = [listed(0.03, skuName="D4ds v5 Spot"), listed(0.05, meterName="D4ds v5 Low Priority")]
    second = [*spare, reserved(1168.0, "1 Year"), reserved(2257.0, "3 Years"), reserved(3000.0, "5 Years")]

    def page(request: Request) -> Answer:
        assert "authorization" not in request.headers
        return Answer(200, {"Items": second, "NextPageLink": None} if request.parameter("$skip") else {"Items": first, **following})

    arm.tell("GET", PATH, page)
    assert isinstance(cloud, Merchant)
    (quote,) = cloud.quotes([WARE], TODAY)
    assert (quote.on_demand, quote.currency, quote.why) == (Decimal("0.226"), "USD", "")
    assert [(one.product, one.term_months, one.ratio, one.order, one.unit, one.plan) for one in quote.offers] == [
        ("Reserved VM instance", 12, Decimal("0.5900"), 0, "instance", ""),
        ("Reserved VM instance", 36, Decimal("0.3801"), 0, "instance", ""),
        ("Savings plan for compute", 36, Decimal("0.4567"), 1, "money", "* Standard_*"),
        ("Savings plan for compute", 12, Decimal("0.6835"), 1, "money", "* Standard_*"),
    ]
    assert {(one.provider, one.region, one.match, one.payment, one.upfront, one.dated) for one in quote.offers} == {
        ("microsoft*|azure*", "eastus", "Standard_D4ds_v5", "no upfront", Decimal(0), "2026-07-01")
    }
    assert arm.asked[0].parameter("$filter") == (
        "serviceName eq 'Virtual Machines' and armRegionName eq 'eastus' and armSkuName eq 'Standard_D4ds_v5'"
    )


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([], "Azure lists no price on demand for Standard_D4ds_v5 in eastus."),
        ([reserved(1168.0, "1 Year")], "Azure lists no price on demand for Standard_D4ds_v5 in eastus."),
        ([listed(0.2), listed(0.3)], "Azure answered for Standard_D4ds_v5 in a shape that is not understood: ValueError('several"),
        ([listed(0.0)], "Azure answered for retailPrice in a shape that is not understood: ValueError('0.0')."),
        ([listed("free")], "Azure answered for retailPrice in a shape that is not understood: ValueError('None')."),
        ([listed(0.2), reserved(-1.0, "1 Year")], "Azure answered for retailPrice in a shape that is not understood: ValueError("),
    ],
)
def test_what_is_wrong_is_said_and_offers_nothing(arm: Any, cloud: AzureCloud, items: list[Any], why: str):
    arm.tell("GET", PATH, {"Items": items, "NextPageLink": None})
    (quote,) = cloud.quotes([WARE], TODAY)
    assert (quote.on_demand, quote.offers) == (None, ())
    assert quote.why.startswith(why)


def test_licences_are_not_asked_for_and_a_refusal_is_said(arm: Any, cloud: AzureCloud):
    arm.fail("retail", 503, "Busy")
    licence, machine = cloud.quotes([Ware("eastus", "Standard_D4ds_v5", "windows"), WARE], TODAY)
    assert licence.why == "Azure's commitments do not serve licences, and its list does not part them from machines."
    assert machine.why
    assert machine.offers == ()


def test_the_list_is_microsofts_unless_another_is_named():
    assert endpoints(AzureConfig()).prices == "https://prices.azure.com"
    assert endpoints(AzureConfig(prices_endpoint="https://prices.example.com/")).prices == "https://prices.example.com"
