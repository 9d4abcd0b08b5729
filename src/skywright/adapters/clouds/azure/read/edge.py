"""DNS zones, and Front Door with the CDN."""

from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, categories, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.kinds.network import Distribution, Zone

ZONE, DISTRIBUTION = "dns.zone", "cdn.distribution"
ZONES, PRIVATE, PROFILES = "Microsoft.Network/dnsZones", "Microsoft.Network/privateDnsZones", "Microsoft.Cdn/profiles"
ACCESS = frozenset({"FrontDoorAccessLog", "AzureCdnAccessLog", "allLogs", "audit"})
FRONT_DOOR = "azurefrontdoor"


def zone(raw: dict[str, Any], place: Place, *, private: bool) -> Zone:
    """A zone of names. Azure keeps no log of public queries."""
    return Zone(**place.head(ZONE, raw), private=private, records=tr.integer(props(raw), "numberOfRecordSets"))


def distribution(raw: dict[str, Any], place: Place, beside: dict[str, Any]) -> Distribution:
    """A Front Door profile with its endpoints and routes (``beside``; what is missing could not be read)."""
    endpoints, routes = beside.get("endpoints"), beside.get("routes")
    policies, domains = beside.get("policies"), beside.get("domains")
    logs = categories(beside.get("logs"))
    first = endpoints[0] if endpoints else {}
    return Distribution(
        **place.head(DISTRIBUTION, raw),
        state=tr.said(props(raw), "resourceState").lower() or None,
        enabled=None
        if endpoints is None
        else any(tr.said(one, "properties", "enabledState").lower() == "enabled" for one in endpoints),
        domain=tr.text(first, "properties", "hostName"),
        viewer_protocol=None if routes is None else _viewer(routes),
        tls_minimum=_tls(domains),
        default_certificate=None if domains is None else not domains,
        access_logging=None if logs is None else not ACCESS.isdisjoint(logs),
        web_acl=None if policies is None else any(_guards(one) for one in policies),
        origin_tls=None
        if routes is None
        else all(tr.said(one, "properties", "forwardingProtocol").lower() == "httpsonly" for one in routes),
        price_class=tr.text(raw, "sku", "name"),
    )


def _viewer(routes: list[Any]) -> str:
    """The weakest of the routes."""
    open_ = [one for one in routes if "Http" in (tr.texts(one, "properties", "supportedProtocols") or ())]
    if any(tr.said(one, "properties", "httpsRedirect").lower() != "enabled" for one in open_):
        return "allow-all"
    return "redirect-to-https" if open_ else "https-only"


# Front Door's TLS12 is what the rules call TLSv1.2_2021; TLS10 what they call TLSv1
TLS = {"TLS10": "TLSv1", "TLS12": "TLSv1.2_2021", "TLS13": "TLSv1.3_2025"}


def _tls(domains: list[Any] | None) -> str | None:
    found = [tr.said(one, "properties", "tlsSettings", "minimumTlsVersion") for one in domains or ()]
    weakest = min((one for one in found if one), default="")
    return TLS.get(weakest.upper(), weakest or None)


def _guards(policy: Any) -> bool:
    return tr.said(policy, "properties", "parameters", "type").lower() == "webapplicationfirewall"


def _read_zones(reading: Reading) -> None:
    for type_, private in ((ZONES, False), (PRIVATE, True)):
        found = reading.of_type(ZONE, type_)
        reading.take(ZONE, found, lambda raw, of=private: zone(raw, reading.place, private=of))  # type: ignore[misc]  # mypy cannot infer a lambda's default


def _beside(reading: Reading, raw: dict[str, Any]) -> dict[str, Any]:
    """The classic CDN has other parts, which are not asked."""
    if FRONT_DOOR not in tr.said(raw, "sku", "name").lower():
        return {}
    path = raw["id"]
    return reading.answers(
        DISTRIBUTION,
        {
            "endpoints": lambda: list(reading.pages(f"{path}/afdEndpoints")),
            "routes": lambda: [
                route for one in reading.pages(f"{path}/afdEndpoints") for route in reading.pages(f"{one['id']}/routes")
            ],
            "policies": lambda: list(reading.pages(f"{path}/securityPolicies")),
            "domains": lambda: list(reading.pages(f"{path}/customDomains")),
            "logs": lambda: reading.logged(path),
        },
    )


def _read_profiles(reading: Reading) -> None:
    raws = reading.of_type(DISTRIBUTION, PROFILES)
    beside = {raw["id"]: said or {} for raw, said in reading.each(DISTRIBUTION, raws, lambda raw: _beside(reading, raw))}
    reading.take(DISTRIBUTION, raws, lambda raw: distribution(raw, reading.place, beside[raw["id"]]))


READERS = (
    Reader(
        name="dns", service="dns", kinds=(ZONE,), read=_read_zones, permissions=(f"{ZONES}/read", f"{PRIVATE}/read"), is_global=True
    ),
    Reader(
        name="front-door",
        service="cdn",
        kinds=(DISTRIBUTION,),
        read=_read_profiles,
        permissions=tuple(
            f"{PROFILES}{part}/read"
            for part in ("", "/afdEndpoints", "/afdEndpoints/routes", "/securityPolicies", "/customDomains")
        ),
        is_global=True,
    ),
)
