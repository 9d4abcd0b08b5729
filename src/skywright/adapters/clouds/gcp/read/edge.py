"""Cloud CDN and DNS."""

from collections.abc import Mapping
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Reading
from skywright.adapters.clouds.gcp.read.fronts import Fronts, fronts
from skywright.adapters.clouds.gcp.read.place import Place, region_of
from skywright.adapters.clouds.gcp.read.sources import location_of
from skywright.adapters.clouds.gcp.read.targets import network_key
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Distribution, Zone

CDN, ZONE = "cdn.distribution", "dns.zone"


def distribution(raw: dict[str, Any], place: Place, parts: Fronts, buckets: Mapping[str, str]) -> Distribution:
    """A BackendService or BackendBucket that Cloud CDN serves: ``backendBuckets/NAME``, ``backendServices/NAME``. ``buckets``: name
    of a bucket -> its id, as far as they are known."""
    bucket = tr.text(raw, "bucketName")
    kind = "backendBuckets" if bucket else "backendServices"
    origin = buckets.get(bucket) if bucket else place.link("network.targets", tr.text(raw, "selfLink"))
    rules = parts.leading_to(network_key(tr.at(raw, "selfLink")))
    return Distribution(
        **{**names.row(CDN, raw, place, f"{kind}/{tr.said(raw, 'name')}"), "tags": {}},
        state="deployed",
        enabled=True,
        origins=[origin] if origin else None,
        viewer_protocol=_viewers(rules, parts),
        default_certificate=False,
        access_logging=None if bucket else tr.flag(raw, "logConfig", "enable") or False,
        web_acl=bool(tr.text(raw, "edgeSecurityPolicy") or tr.text(raw, "securityPolicy")),
        origin_tls=True if bucket else tr.text(raw, "protocol") in ("HTTPS", "HTTP2"),
    )


def _viewers(rules: list[Any], parts: Fronts) -> str | None:
    """How callers come: over plain HTTP too, sent on to HTTPS, or over HTTPS only."""
    plain = [rule for rule in rules if parts.proxy(rule)[0] == "HTTP"]
    if any(not parts.redirects(rule) for rule in plain):
        return "allow-all"
    if plain:
        return "redirect-to-https"
    return "https-only" if any(parts.proxy(rule)[0] == "HTTPS" for rule in rules) else None


def zone(raw: dict[str, Any], place: Place) -> Zone:
    """A ManagedZone."""
    private = tr.text(raw, "visibility") == "private"
    return Zone(
        **names.row(ZONE, raw, place),
        state="active",
        private=private,
        query_logging=tr.flag(raw, "cloudLoggingConfig", "enableLogging") or False,
        dnssec=None if private else tr.text(raw, "dnssecConfig", "state") in ("on", "transfer"),
    )


def _links(row: Distribution) -> Links:
    for origin in row.origins or ():
        yield Verb.TARGETS, origin


def _read_cdn(reading: Reading) -> None:
    parts = fronts(reading)
    served = [raw for raw in parts.services.values() if tr.flag(raw, "enableCDN")]
    served += [raw for raw in parts.buckets.values() if tr.flag(raw, "enableCdn")]
    here = [raw for raw in served if region_of(location_of(raw)) == GLOBAL]
    buckets: dict[str, str] = {}
    if any(tr.text(raw, "bucketName") for raw in here):
        with reading.columns(CDN):
            buckets = reading.buckets()
    rows = (row for raw in here if reading.wants((row := _named(raw))[0]))
    reading.take(CDN, rows, lambda one: distribution(one[1], reading.place, parts, buckets), _links)


def _named(raw: Any) -> tuple[str, Any]:
    kind = "backendBuckets" if tr.text(raw, "bucketName") else "backendServices"
    return f"{kind}/{tr.said(raw, 'name')}", raw


def _read_zones(reading: Reading) -> None:
    reading.take(ZONE, reading.here(ZONE, "dns.googleapis.com/ManagedZone"), lambda raw: zone(raw, reading.place))


READERS = (
    Reader(
        name="cdn",
        service="compute",
        kinds=(CDN,),
        read=_read_cdn,
        is_global=True,
        permissions=("compute.backendServices.list", "compute.backendBuckets.list", "compute.forwardingRules.list"),
    ),
    Reader(name="dns", service="dns", kinds=(ZONE,), read=_read_zones, is_global=True, permissions=("dns.managedZones.list",)),
)
