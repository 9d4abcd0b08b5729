"""AWS's prices of today: on demand, reserved instances (AWS Price List Query API, ``GetProducts``), and savings plans
(``DescribeSavingsPlansOfferingRates``). Both only read; permissions ``pricing:GetProducts`` and
``savingsplans:DescribeSavingsPlansOfferingRates``.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_UP, Decimal, InvalidOperation
from typing import NamedTuple

import msgspec

from skywright.adapters.clouds.aws.calls import Calls
from skywright.adapters.clouds.kit.reading import misunderstood
from skywright.adapters.clouds.kit.translate import at, integer, items, said, text
from skywright.model.commitment import NO_LICENCE, Offer, Quote, Ware
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.words import t

SELLS = "aws|amazon*"
ENDPOINT = {"cn": "cn-northwest-1"}
"""Where prices are asked for by the first part of a region's name; elsewhere in us-east-1. AWS Billing User Guide, "Finding
services and products": the API has endpoints in a few regions, and each answers for all."""
HOURS = {"1yr": 8_760, "3yr": 26_280}
YEAR_S = 31_536_000
RATES_AT_ONCE, PAGE = 20, 1_000
STEP = Decimal("0.0001")
SYSTEMS = {
    NO_LICENCE: ("Linux", "Linux/UNIX"),
    "windows": ("Windows", "Windows"),
    "rhel": ("RHEL", "Red Hat Enterprise Linux"),
    "suse": ("SUSE", "SUSE Linux"),
}
"""What the price list calls an operating system, and what savings plans do."""
SHARES = {"no upfront": Decimal(0), "partial upfront": Decimal("0.5"), "all upfront": Decimal(1)}
PLANS = {"Compute": "Compute savings plan", "EC2Instance": "EC2 instance savings plan"}

Prices = dict[Ware, Decimal]


class _Dimension(msgspec.Struct):
    """One part of a price: ``Hrs`` or ``Quantity`` (paid once)."""

    unit: str
    pricePerUnit: dict[str, str]  # noqa: N815 - AWS's name


class _Term(msgspec.Struct):
    """One way to pay for a product."""

    priceDimensions: dict[str, _Dimension]  # noqa: N815 - AWS's name
    termAttributes: dict[str, str] = {}  # noqa: N815 - AWS's name


class _Terms(msgspec.Struct):
    """Every way to pay for a product."""

    OnDemand: dict[str, _Term] = {}
    Reserved: dict[str, _Term] = {}


class _Product(msgspec.Struct):
    """One entry of the price list, as far as it is of use here."""

    terms: _Terms


class _Paid(NamedTuple):
    """What a term costs: an hour, once, and in which currency."""

    hourly: Decimal
    once: Decimal
    currency: str


def quotes(calls: Calls, account: str, wanted: Sequence[Ware], today: date) -> Iterator[Quote]:
    """Prices of these machines. One call for each, and one for the savings plans of twenty."""
    listed = {ware: _listed(calls, account, ware, today) for ware in wanted}
    groups: dict[tuple[str, str], list[Ware]] = defaultdict(list)
    for ware, quote in listed.items():
        if quote.on_demand is not None:
            groups[ware.region, ware.system].append(ware)
    for alike in groups.values():
        for start in range(0, len(alike), RATES_AT_ONCE):
            part = alike[start : start + RATES_AT_ONCE]
            try:
                plans = _plans(calls, account, {ware: listed[ware].on_demand or Decimal(0) for ware in part}, today)
            except SkywrightError as error:
                listed |= {ware: msgspec.structs.replace(listed[ware], why=str(error)) for ware in part}
                continue
            for ware in part:
                quote = listed[ware]
                listed[ware] = msgspec.structs.replace(quote, offers=(*quote.offers, *plans.get(ware, ())))
    yield from listed.values()


def _listed(calls: Calls, account: str, ware: Ware, today: date) -> Quote:
    """A machine's price on demand, and its standard reservations."""
    if ware.system not in SYSTEMS:
        return _unanswered(ware, t("AWS has no price list of {system} machines.", system=ware.system))
    fields = {
        "instanceType": ware.type,
        "regionCode": ware.region,
        "operatingSystem": SYSTEMS[ware.system][0],
        "preInstalledSw": "NA",
        "tenancy": "Shared",
        "capacitystatus": "Used",
        "licenseModel": "No License required",
    }
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in fields.items()]
    where = ENDPOINT.get(ware.region.partition("-")[0], "us-east-1")
    try:
        found = list(calls.pages(account, where, "pricing", "get_products", "PriceList", ServiceCode="AmazonEC2", Filters=filters))
        if not found:
            raise NotThere(t("AWS lists no {system} machine {type} in {region}.", **msgspec.structs.asdict(ware)))
        return _read(ware, found[0], today)
    except SkywrightError as error:
        return _unanswered(ware, str(error))


def _unanswered(ware: Ware, why: str) -> Quote:
    return Quote(ware=ware, on_demand=None, currency="", offers=(), why=why)


def _read(ware: Ware, entry: object, today: date) -> Quote:
    """Raises AskHuman for an entry that is not as documented."""
    try:
        terms = msgspec.json.decode(str(entry), type=_Product).terms
        (now,) = terms.OnDemand.values()
        on_demand = _paid(now)
        if on_demand.hourly <= 0:
            return _unanswered(ware, t("AWS lists no price on demand for {type} in {region}.", type=ware.type, region=ware.region))
        reserved = [one for one in terms.Reserved.values() if one.termAttributes.get("OfferingClass") == "standard"]
        offers = [_reservation(ware, term, on_demand.hourly, today) for term in reserved]
    except (msgspec.MsgspecError, InvalidOperation, ValueError, KeyError) as error:
        raise misunderstood("AWS", "pricing:GetProducts", error) from error
    kept = tuple(one for one in offers if one is not None)
    return Quote(ware=ware, on_demand=on_demand.hourly, currency=on_demand.currency, offers=kept)


def _paid(term: _Term) -> _Paid:
    """Raises ValueError for a term in several currencies, or none."""
    ((currency, *others),) = [{name for one in term.priceDimensions.values() for name in one.pricePerUnit}]
    if others:
        raise ValueError(f"prices in {currency} and {others}")
    sums = {"Hrs": Decimal(0), "Quantity": Decimal(0)}
    for one in term.priceDimensions.values():
        amount = Decimal(one.pricePerUnit[currency])
        if not amount.is_finite() or amount < 0:
            raise ValueError(f"a price of {amount}")
        sums[one.unit] += amount
    return _Paid(sums["Hrs"], sums["Quantity"], currency)


def _reservation(ware: Ware, term: _Term, on_demand: Decimal, today: date) -> Offer | None:
    """A term of one or three years; None of another length, or that saves nothing."""
    hours = HOURS.get(term.termAttributes["LeaseContractLength"])
    if hours is None:
        return None
    paid = _paid(term)
    whole = paid.hourly + paid.once / hours
    payment = term.termAttributes["PurchaseOption"].lower()
    share = (paid.once / hours / whole).quantize(STEP) if whole else Decimal(0)
    return _offer(ware, "Reserved instance", (12 if hours < 10_000 else 36, payment, share), whole / on_demand, today)


def _plans(calls: Calls, account: str, priced: Mapping[Ware, Decimal], today: date) -> dict[Ware, list[Offer]]:
    """Savings plans of machines of one region and system."""
    region, system = next((ware.region, ware.system) for ware in priced)
    filters = {
        "region": [region],
        "instanceType": [ware.type for ware in priced],
        "productDescription": [SYSTEMS[system][1]],
        "tenancy": ["shared"],
    }
    asked = {
        "savingsPlanTypes": list(PLANS),
        "products": ["EC2"],
        "serviceCodes": ["AmazonEC2"],
        "filters": [{"name": name, "values": values} for name, values in filters.items()],
        "maxResults": PAGE,
    }
    found: dict[Ware, list[Offer]] = defaultdict(list)
    seen: set[str] = set()
    while True:
        answer = calls.client_call(account, "global", "savingsplans", "describe_savings_plans_offering_rates", **asked)
        for rate in items(answer, "searchResults"):
            named = {said(one, "name"): said(one, "value") for one in items(rate, "properties")}
            ware = Ware(named.get("region", region), named.get("instanceType", ""), system)
            if ware in priced and (offer := _plan(ware, rate, priced[ware], today)) is not None:
                found[ware].append(offer)
        token = text(answer, "nextToken")
        if not token or token in seen:
            return found
        seen.add(token)
        asked["nextToken"] = token


def _plan(ware: Ware, rate: object, on_demand: Decimal, today: date) -> Offer | None:
    """One rate of one plan; None for what is not of use here. Raises AskHuman for one that is not as documented."""
    offering = at(rate, "savingsPlanOffering")
    kind, payment = said(offering, "planType"), said(offering, "paymentOption").lower()
    months = {YEAR_S: 12, 3 * YEAR_S: 36}.get(integer(offering, "durationSeconds") or 0)
    usage = said(rate, "usageType").rpartition("-")[2]
    if kind not in PLANS or months is None or payment not in SHARES or not usage.startswith("BoxUsage"):
        return None
    try:
        ratio = Decimal(said(rate, "rate")) / on_demand
    except InvalidOperation as error:
        raise misunderstood("AWS", "savingsplans:DescribeSavingsPlansOfferingRates", error) from error
    plan = "* *.*" if kind == "Compute" else f"{ware.region} {ware.type.partition('.')[0]}.*"
    return _offer(ware, PLANS[kind], (months, payment, SHARES[payment]), ratio, today, plan)


def _offer(ware: Ware, product: str, terms: tuple[int, str, Decimal], ratio: Decimal, today: date, plan: str = "") -> Offer | None:
    """An offer for one machine; None of one that saves nothing. Reservations are used up first, then plans of a family, then those
    of everything (Savings Plans User Guide, "How Savings Plans apply to your usage")."""
    months, payment, upfront = terms
    rounded = ratio.quantize(STEP, ROUND_UP)
    if not 0 < rounded < 1:
        return None
    return Offer(
        product=product, provider=SELLS, region=ware.region, match=ware.type, system=ware.system, term_months=months,
        payment=payment, ratio=rounded, upfront=upfront, order=0 if not plan else 2 if plan.startswith("* ") else 1,
        unit="money" if plan else "instance", source=t("AWS's prices of that day"), dated=today.isoformat(), plan=plan,
    )  # fmt: skip
