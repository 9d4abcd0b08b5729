"""DNS zones and content delivery: Route 53, CloudFront.

calls                          for
list_hosted_zones              zones with their number of records
list_query_logging_configs     query_logging of all zones
get_dnssec                     dnssec of each public zone
list_tags_for_resources        tags of ten zones at a time
list_distributions             distributions
get_distribution_config        access_logging and default_root_object of each distribution
list_tags_for_resource         tags of each distribution
"""

from typing import Any

import msgspec

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.details import details
from skywright.adapters.clouds.aws.read.origins import origin_target
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.aws.read.tagged import Tags
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Distribution, Zone

ZONE, DISTRIBUTION = Zone.KIND, Distribution.KIND
ZONES_PER_TAG_CALL = 10  # Amazon Route 53 API reference, ListTagsForResources

Raw = dict[str, Any]


class ZoneFacts(msgspec.Struct, frozen=True):
    """What ListHostedZones does not tell. None: not known."""

    query_logging: bool | None = None
    dnssec: bool | None = None
    tags: Tags | None = None


def zone(raw: Raw, facts: ZoneFacts, place: Place) -> Zone:
    """One of ListHostedZones. A private zone has neither query logs of this kind nor DNSSEC."""
    private = tr.flag(raw, "Config", "PrivateZone")
    return Zone(
        **place.common(ZONE, zone_id(raw)),
        name=tr.said(raw, "Name").rstrip(".") or None,
        tags=facts.tags,
        private=private,
        records=tr.integer(raw, "ResourceRecordSetCount"),
        query_logging=facts.query_logging,
        dnssec=False if private else facts.dnssec,
        native=tr.native(raw),
    )


def zone_id(raw: Raw) -> str:
    """``/hostedzone/Z1`` -> ``Z1``."""
    return tr.tail(raw["Id"]) or ""


class DistributionFacts(msgspec.Struct, frozen=True):
    """What ListDistributions does not tell. None: not known."""

    config: Raw | None = None
    tags: Tags | None = None


def distribution(raw: Raw, facts: DistributionFacts, place: Place) -> Distribution:
    """One of ListDistributions with its GetDistributionConfig."""
    origins = tr.items(raw, "Origins", "Items")
    root = tr.at(facts.config, "DefaultRootObject")
    return Distribution(
        **place.common(DISTRIBUTION, raw["Id"]),
        name=next(iter(tr.texts(raw, "Aliases", "Items") or ()), None) or tr.text(raw, "DomainName"),
        state=tr.said(raw, "Status").lower() or None,
        tags=facts.tags,
        enabled=tr.flag(raw, "Enabled"),
        domain=tr.text(raw, "DomainName"),
        origins=tr.sorted_texts(tr.text(origin, "DomainName") for origin in origins),
        viewer_protocol=tr.text(raw, "DefaultCacheBehavior", "ViewerProtocolPolicy"),
        tls_minimum=tr.text(raw, "ViewerCertificate", "MinimumProtocolVersion"),
        default_certificate=tr.flag(raw, "ViewerCertificate", "CloudFrontDefaultCertificate"),
        access_logging=tr.flag(facts.config, "Logging", "Enabled"),
        web_acl=bool(raw["WebACLId"]) if isinstance(raw.get("WebACLId"), str) else None,
        default_root_object=None if facts.config is None else bool(root),
        origin_tls=all(_over_tls(origin) for origin in origins),
        price_class=tr.text(raw, "PriceClass"),
        modified_at=tr.moment(raw, "LastModifiedTime"),
        native=tr.native(raw, "ETag", "Origins") | {"Origins": [_without_headers(origin) for origin in origins]},
    )


def _without_headers(origin: Raw) -> Raw:
    """Headers that are added on the way to an origin are often the secret by which it knows its distribution."""
    return tr.native(origin, "CustomHeaders")


def _over_tls(origin: Raw) -> bool:
    """An origin in S3 is reached over TLS when the viewer's request was; others as their configuration says."""
    policy = tr.text(origin, "CustomOriginConfig", "OriginProtocolPolicy")
    return policy is None or policy == "https-only"


def _read_zones(reading: Reading) -> None:
    listed = [raw for raw in reading.pages("list_hosted_zones", "HostedZones") if reading.wants(tr.tail(tr.text(raw, "Id")) or "")]
    logged = _logged_zones(reading) if listed else frozenset()
    tags = _zone_tags(reading, [zone_id(raw) for raw in listed])

    def ask(raw: Raw) -> ZoneFacts:
        dnssec: bool | None = None
        if tr.flag(raw, "Config", "PrivateZone") is not True:
            with reading.columns(ZONE):
                status = tr.text(reading.call("get_dnssec", HostedZoneId=zone_id(raw)), "Status", "ServeSignature")
                dnssec = None if status is None else status == "SIGNING"
        return ZoneFacts(None if logged is None else zone_id(raw) in logged, dnssec, tags.get(zone_id(raw)))

    def row(one: tuple[Raw, ZoneFacts | None]) -> Zone:
        return zone(one[0], one[1] or ZoneFacts(), reading.place)

    reading.take(ZONE, details(reading, ZONE, listed, ask), row)


def _logged_zones(reading: Reading) -> frozenset[str] | None:
    with reading.columns(ZONE):
        return frozenset(tr.said(one, "HostedZoneId") for one in reading.pages("list_query_logging_configs", "QueryLoggingConfigs"))
    return None


def _zone_tags(reading: Reading, zones: list[str]) -> dict[str, Tags | None]:
    found: dict[str, Tags | None] = {}
    with reading.columns(ZONE):
        for some in tr.chunks(zones, ZONES_PER_TAG_CALL):
            answer = reading.call("list_tags_for_resources", ResourceType="hostedzone", ResourceIds=some)
            found |= {tr.said(one, "ResourceId"): tr.tags(one.get("Tags")) for one in tr.items(answer, "ResourceTagSets")}
    return found


def _read_distributions(reading: Reading) -> None:
    listed = [raw for raw in reading.pages("list_distributions", "DistributionList.Items") if reading.wants(tr.said(raw, "Id"))]

    def ask(raw: Raw) -> DistributionFacts:
        config: Raw | None = None
        tags: Tags | None = None
        with reading.columns(DISTRIBUTION):
            config = tr.at(reading.call("get_distribution_config", Id=raw["Id"]), "DistributionConfig")
        with reading.columns(DISTRIBUTION):
            tags = tr.tags(tr.at(reading.call("list_tags_for_resource", Resource=raw["ARN"]), "Tags", "Items"))
        return DistributionFacts(config, tags)

    def row(one: tuple[Raw, DistributionFacts | None]) -> Distribution:
        return distribution(one[0], one[1] or DistributionFacts(), reading.place)

    def links(row: Distribution) -> Links:
        yield from ((Verb.TARGETS, origin_target(domain, reading)) for domain in row.origins or ())

    reading.take(DISTRIBUTION, details(reading, DISTRIBUTION, listed, ask), row, links)


READERS: tuple[Reader, ...] = (
    Reader(
        name="zones",
        service="route53",
        kinds=(ZONE,),
        read=_read_zones,
        permissions=(
            "route53:ListHostedZones",
            "route53:ListQueryLoggingConfigs",
            "route53:GetDNSSEC",
            "route53:ListTagsForResources",
        ),
        is_global=True,
    ),
    Reader(
        name="distributions",
        service="cloudfront",
        kinds=(DISTRIBUTION,),
        read=_read_distributions,
        permissions=("cloudfront:ListDistributions", "cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource"),
        is_global=True,
    ),
)
