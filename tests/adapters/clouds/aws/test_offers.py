"""Prices of today, in the shape of the Price List Query API and of DescribeSavingsPlansOfferingRates (both as botocore's models and
AWS's documentation have them): a server that speaks both, and what is wrong with answers."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from skywright.adapters.clouds.aws import AwsCloud, AwsConfig
from skywright.lab.kit.server import Answer, Request, Server
from skywright.model.commitment import Ware
from skywright.ports.cloud import Merchant

TODAY = date(2026, 7, 1)
WARE = Ware("eu-west-1", "m5.large")
WHO = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::111122223333:user/finops</Arn><UserId>A</UserId><Account>111122223333</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 7, 1)

    def sleep(self, seconds: float) -> None:
        pass


def price(unit: str, amount: str, currency: str = "USD") -> dict[str, Any]:
    return {"unit": unit, "pricePerUnit": {currency: amount}, "description": "", "beginRange": "0", "endRange": "Inf"}


def term(*prices: dict[str, Any], **attributes: str) -> dict[str, Any]:
    return {"priceDimensions": {f"P{index}": one for index, one in enumerate(prices)}, "termAttributes": attributes}


def reserved(length: str, payment: str, *prices: dict[str, Any], kind: str = "standard") -> dict[str, Any]:
    return term(*prices, LeaseContractLength=length, PurchaseOption=payment, OfferingClass=kind)


def product(on_demand: str = "0.1000000000", *others: dict[str, Any]) -> dict[str, Any]:
    terms = {"OnDemand": {"A": term(price("Hrs", on_demand))}, "Reserved": {f"R{at}": one for at, one in enumerate(others)}}
    return {"product": {"sku": "A", "attributes": {}}, "serviceCode": "AmazonEC2", "terms": terms}


def rate(kind: str, payment: str, years: int, amount: str, usage: str = "EU-BoxUsage:m5.large", **more: str) -> dict[str, Any]:
    named = {"region": "eu-west-1", "instanceType": "m5.large", "tenancy": "shared"} | more
    return {
        "savingsPlanOffering": {"planType": kind, "paymentOption": payment, "durationSeconds": years * 31_536_000},
        "rate": amount,
        "unit": "Hrs",
        "usageType": usage,
        "properties": [{"name": name, "value": value} for name, value in named.items()],
    }


class Aws:
    """Answers by operation; ``asked`` keeps the bodies."""

    def __init__(self) -> None:
        self.products: list[Any] = [product()]
        self.rates: list[list[dict[str, Any]]] = [[]]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.server = Server(self.answer)

    def answer(self, request: Request) -> Answer:
        if b"GetCallerIdentity" in request.body:
            return Answer(200, WHO.encode(), {"Content-Type": "text/xml"})
        target = request.headers.get("x-amz-target", request.path).rpartition(".")[2]
        self.asked.append((target, request.json()))
        if target == "GetProducts":
            listed = [one if isinstance(one, str) else json.dumps(one) for one in self.products]
            return Answer(200, {"FormatVersion": "aws_v1", "PriceList": listed})
        page = int(request.json().get("nextToken", "0"))
        more = {"nextToken": str(page + 1)} if page + 1 < len(self.rates) else {}
        return Answer(200, {"searchResults": self.rates[page], **more})

    @property
    def cloud(self) -> AwsCloud:
        return AwsCloud(AwsConfig(endpoint_url=self.server.endpoint, regions=["eu-west-1"]), Clock())


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    found = Aws()
    yield found
    found.server.stop()


def test_reservations_and_plans_of_every_term_and_payment(aws: Aws):
    aws.products = [
        product(
            "0.1000000000",
            reserved("1yr", "No Upfront", price("Hrs", "0.0650000000")),
            reserved("3yr", "All Upfront", price("Hrs", "0.0000000000"), price("Quantity", "1000")),
            reserved("3yr", "Partial Upfront", price("Hrs", "0.0200000000"), price("Quantity", "525.6")),
            reserved("3yr", "No Upfront", price("Hrs", "0.0500000000"), kind="convertible"),
            reserved("5yr", "No Upfront", price("Hrs", "0.0300000000")),
        )
    ]
    aws.rates = [
        [rate("Compute", "No Upfront", 1, "0.0733"), rate("EC2Instance", "Partial Upfront", 3, "0.0400")],
        [
            rate("Compute", "All Upfront", 3, "0.0465"),
            rate("Compute", "No Upfront", 1, "0.0001", usage="EU-UnusedBox:m5.large"),
            rate("SageMaker", "No Upfront", 1, "0.0001"),
            rate("Compute", "No Upfront", 1, "0.1000"),
            rate("Compute", "No Upfront", 3, "0.0500", instanceType="m5.xlarge"),
        ],
    ]
    cloud = aws.cloud
    assert isinstance(cloud, Merchant)
    (quote,) = cloud.quotes([WARE], TODAY)
    assert (quote.ware, quote.on_demand, quote.currency, quote.why) == (WARE, Decimal("0.1"), "USD", "")
    assert [(one.product, one.term_months, one.payment, one.ratio, one.upfront, one.order, one.plan) for one in quote.offers] == [
        ("Reserved instance", 12, "no upfront", Decimal("0.65"), 0, 0, ""),
        ("Reserved instance", 36, "all upfront", Decimal("0.3806"), 1, 0, ""),
        ("Reserved instance", 36, "partial upfront", Decimal("0.4"), Decimal("0.5"), 0, ""),
        ("Compute savings plan", 12, "no upfront", Decimal("0.733"), 0, 2, "* *.*"),
        ("EC2 instance savings plan", 36, "partial upfront", Decimal("0.4"), Decimal("0.5"), 1, "eu-west-1 m5.*"),
        ("Compute savings plan", 36, "all upfront", Decimal("0.465"), 1, 2, "* *.*"),
    ]
    assert {(one.provider, one.region, one.match, one.system, one.dated) for one in quote.offers} == {
        ("aws|amazon*", "eu-west-1", "m5.large", "linux", "2026-07-01")
    }
    assert all(one.serves("Amazon Web Services", "eu-west-1", "m5.large", "") for one in quote.offers)
    (_, listed), (_, plans), (_, more) = aws.asked
    fields = {one["Field"]: one["Value"] for one in listed["Filters"]}
    assert fields == {
        "instanceType": "m5.large", "regionCode": "eu-west-1", "operatingSystem": "Linux", "preInstalledSw": "NA",
        "tenancy": "Shared", "capacitystatus": "Used", "licenseModel": "No License required",
    }  # fmt: skip
    assert {one["name"]: one["values"] for one in plans["filters"]} == {
        "region": ["eu-west-1"], "instanceType": ["m5.large"], "productDescription": ["Linux/UNIX"], "tenancy": ["shared"],
    }  # fmt: skip
    assert more["nextToken"] == "1"


def test_a_ratio_is_rounded_up_so_that_no_saving_is_promised_too_high(aws: Aws):
    aws.products = [product("0.0300000000", reserved("1yr", "No Upfront", price("Hrs", "0.0100000000")))]
    (quote,) = aws.cloud.quotes([WARE], TODAY)
    assert [one.ratio for one in quote.offers] == [Decimal("0.3334")]


NOT_UNDERSTOOD = "AWS answered for pricing:GetProducts in a shape that is not understood: "


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("not json", NOT_UNDERSTOOD + "DecodeError('JSON is malformed: invalid character (byte 4)')."),
        ({"terms": {}}, NOT_UNDERSTOOD + "ValueError('not enough values to unpack (expected 1, got 0)')."),
        (product("NaN"), NOT_UNDERSTOOD + "ValueError('a price of NaN')."),
        (product("-1"), NOT_UNDERSTOOD + "ValueError('a price of -1')."),
        (product("x"), NOT_UNDERSTOOD + "InvalidOperation([<class 'decimal.ConversionSyntax'>])."),
        (product("0.1", reserved("1yr", "No Upfront", price("Parsecs", "1"))), NOT_UNDERSTOOD + "KeyError('Parsecs')."),
        (product("0.0000000000"), "AWS lists no price on demand for m5.large in eu-west-1."),
    ],
)
def test_what_is_wrong_is_said_and_offers_nothing(aws: Aws, entry: object, why: str):
    aws.products = [entry]
    (quote,) = aws.cloud.quotes([WARE], TODAY)
    assert (quote.on_demand, quote.offers) == (None, ())
    assert quote.why.startswith(why)


def test_what_is_not_listed_and_systems_without_a_list(aws: Aws):
    aws.products = []
    first, second = aws.cloud.quotes([Ware("eu-west-1", "fargate"), Ware("eu-west-1", "m5.large", "plan9")], TODAY)
    assert first.why == "AWS lists no linux machine fargate in eu-west-1."
    assert second.why == "AWS has no price list of plan9 machines."
    assert [name for name, _ in aws.asked] == ["GetProducts"]


def test_plans_that_cannot_be_read_leave_reservations_and_say_so(aws: Aws):
    aws.products = [product("0.1", reserved("1yr", "No Upfront", price("Hrs", "0.06")))]
    aws.rates = [[rate("Compute", "No Upfront", 1, "cheap")]]
    (quote,) = aws.cloud.quotes([WARE], TODAY)
    assert [one.product for one in quote.offers] == ["Reserved instance"]
    assert quote.why.startswith("AWS answered for savingsplans:DescribeSavingsPlansOfferingRates in a shape that is not understood")


def test_without_an_account_every_machine_says_why(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    (quote,) = AwsCloud(AwsConfig(endpoint_url="http://127.0.0.1:9"), Clock()).quotes([WARE], TODAY)
    assert quote.on_demand is None
    assert "credentials" in quote.why
