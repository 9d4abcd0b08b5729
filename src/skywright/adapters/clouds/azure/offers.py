"""Azure's prices of today: on demand, reservations and savings plans, from the public list of retail prices
(https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices). It asks for no permission.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.kit.reading import misunderstood
from skywright.adapters.clouds.kit.translate import items, number, said
from skywright.model.commitment import NO_LICENCE, Offer, Quote, Ware
from skywright.model.errors import SkywrightError
from skywright.model.words import t

SELLS = "microsoft*|azure*"
VERSION = "2023-01-01-preview"  # with savings plans
TERMS = {"1 Year": (12, 8_760), "3 Years": (36, 26_280)}
STEP = Decimal("0.0001")
ELSEWHERE = ("Spot", "Low Priority")


def quotes(calls: ArmCalls, wanted: Sequence[Ware], today: date) -> Iterator[Quote]:
    """Prices of these machines: one call for each. A licence (Windows, Red Hat, SUSE) is never discounted with its machine, and
    what of a price is the licence the list does not say: only machines without one are asked for."""
    for ware in wanted:
        if ware.system != NO_LICENCE:
            yield _unanswered(ware, t("Azure's commitments do not serve licences, and its list does not part them from machines."))
            continue
        try:
            yield _read(ware, list(calls.price_pages(_path(ware))), today)
        except SkywrightError as error:
            yield _unanswered(ware, str(error))


def _path(ware: Ware) -> str:
    wanted = {"serviceName": "Virtual Machines", "armRegionName": ware.region, "armSkuName": ware.type}
    told = " and ".join(f"{name} eq '{value.replace(chr(39), chr(39) * 2)}'" for name, value in wanted.items())
    return f"/api/retail/prices?{urlencode({'api-version': VERSION, 'currencyCode': 'USD', '$filter': told})}"


def _unanswered(ware: Ware, why: str) -> Quote:
    return Quote(ware=ware, on_demand=None, currency="", offers=(), why=why)


def _read(ware: Ware, listed: Sequence[Mapping[str, Any]], today: date) -> Quote:
    """Raises AskHuman for prices that are not as documented."""
    plain = [one for one in listed if _plain(one)]
    now = [one for one in plain if said(one, "type") == "Consumption"]
    if not now:
        return _unanswered(ware, t("Azure lists no price on demand for {type} in {region}.", type=ware.type, region=ware.region))
    on_demand = _amount(now[0])
    if any(_amount(one) != on_demand for one in now):
        raise misunderstood("Azure", ware.type, ValueError("several prices on demand"))
    found = [
        _offer(ware, "Reserved VM instance", said(one, "reservationTerm"), _amount(one), on_demand, today)
        for one in plain
        if said(one, "type") == "Reservation"
    ]
    found += [
        _offer(ware, "Savings plan for compute", said(one, "term"), _amount(one), on_demand, today)
        for one in items(now[0], "savingsPlan")
    ]
    kept = {(one.product, one.term_months): one for one in found if one is not None}
    return Quote(ware=ware, on_demand=on_demand, currency=said(now[0], "currencyCode"), offers=tuple(kept.values()))


def _plain(one: Mapping[str, Any]) -> bool:
    """Is it the price of the machine alone: without a licence, not of spare capacity, not of a dedicated host."""
    return not said(one, "productName").endswith(("Windows", "CloudServices", "Cloud Services")) and not any(
        said(one, name).endswith(ELSEWHERE) for name in ("skuName", "meterName")
    )


def _amount(one: Any) -> Decimal:
    """Raises AskHuman for what is no price."""
    found = number(one, "retailPrice")
    if found is None or not 0 < found < 10**9:
        raise misunderstood("Azure", "retailPrice", ValueError(repr(found)))
    return Decimal(str(found))


def _offer(ware: Ware, product: str, term: str, price: Decimal, on_demand: Decimal, today: date) -> Offer | None:
    """A reservation is priced for its whole term, a savings plan by the hour; both cost the same paid monthly as paid at once.
    None of a term that is not known, or that saves nothing."""
    if term not in TERMS:
        return None
    months, hours = TERMS[term]
    reserved = product.startswith("Reserved")
    ratio = (price / hours / on_demand if reserved else price / on_demand).quantize(STEP, ROUND_UP)
    if not 0 < ratio < 1:
        return None
    return Offer(
        product=product, provider=SELLS, region=ware.region, match=ware.type, system=ware.system, term_months=months,
        payment="no upfront", ratio=ratio, upfront=Decimal(0), order=0 if reserved else 1,
        unit="instance" if reserved else "money", source=t("Azure's prices of that day"), dated=today.isoformat(),
        plan="" if reserved else "* Standard_*",
    )  # fmt: skip
