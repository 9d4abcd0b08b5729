"""Load balancers with their listeners and attributes, and the target groups behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Balancer, Listener, TargetGroup

BALANCER, TARGETS = "network.balancer", "network.targets"
VPC, FIREWALL, INSTANCE, FUNCTION = "network.vpc", "network.firewall", "compute.instance", "function.function"
TAGS_PER_CALL = 20  # DescribeTags of both generations

Attributes = Mapping[str, str]


class Details(msgspec.Struct, frozen=True):
    """What only a call per balancer tells. None: not known."""

    listeners: list[dict[str, Any]] | None
    attributes: Attributes | None


def balancer(raw: dict[str, Any], place: Place, details: Details | None, tags: dict[str, str] | None) -> Balancer:
    """One of (v2) DescribeLoadBalancers' balancers."""
    attributes = details.attributes if details else None
    listeners = details.listeners if details else None
    return Balancer(
        **place.common(BALANCER, raw["LoadBalancerArn"]),
        name=tr.text(raw, "LoadBalancerName"),
        state=tr.text(raw, "State", "Code"),
        tags=tags,
        created_at=tr.moment(raw, "CreatedTime"),
        native=tr.native(raw),
        type=tr.text(raw, "Type"),
        public=_public(raw),
        dns_name=tr.text(raw, "DNSName"),
        vpc=place.ref(VPC, tr.text(raw, "VpcId")),
        zones=tr.sorted_texts(tr.text(zone, "ZoneName") for zone in tr.items(raw, "AvailabilityZones")),
        firewalls=place.refs(FIREWALL, tr.texts(raw, "SecurityGroups") or ()),
        listeners=None if listeners is None else sorted(map(_listener, listeners), key=repr),
        access_logging=_switched(attributes, "access_logs.s3.enabled"),
        log_bucket=tr.text(attributes, "access_logs.s3.bucket"),
        deletion_protected=_switched(attributes, "deletion_protection.enabled"),
        drops_invalid_headers=_switched(attributes, "routing.http.drop_invalid_header_fields.enabled"),
        idle_timeout_s=tr.integer(attributes, "idle_timeout.timeout_seconds"),
        cross_zone=_switched(attributes, "load_balancing.cross_zone.enabled"),
    )


def classic_balancer(raw: dict[str, Any], place: Place, attributes: Any, tags: dict[str, str] | None) -> Balancer:
    """One of (v1) DescribeLoadBalancers' balancers. ``attributes``: its LoadBalancerAttributes, or None."""
    instances = [tr.text(member, "InstanceId") for member in tr.items(raw, "Instances")]
    return Balancer(
        **place.common(BALANCER, raw["LoadBalancerName"]),
        name=tr.text(raw, "LoadBalancerName"),
        state="active",
        tags=tags,
        created_at=tr.moment(raw, "CreatedTime"),
        native=tr.native(raw),
        type="classic",
        public=_public(raw),
        dns_name=tr.text(raw, "DNSName"),
        vpc=place.ref(VPC, tr.text(raw, "VPCId")),
        zones=tr.sorted_texts(tr.texts(raw, "AvailabilityZones") or ()),
        firewalls=place.refs(FIREWALL, tr.texts(raw, "SecurityGroups") or ()),
        listeners=sorted((_classic_listener(entry) for entry in tr.items(raw, "ListenerDescriptions")), key=repr),
        access_logging=tr.flag(attributes, "AccessLog", "Enabled"),
        deletion_protected=False,  # a classic balancer cannot be protected
        idle_timeout_s=tr.integer(attributes, "ConnectionSettings", "IdleTimeout"),
        cross_zone=tr.flag(attributes, "CrossZoneLoadBalancing", "Enabled"),
        targets=len([name for name in instances if name]),
        web_acl=False,  # AWS WAF does not protect classic balancers
    )


def balancer_links(row: Balancer) -> Links:
    """A balancer needs its network and stands behind its firewalls."""
    yield Verb.IN, row.vpc
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def target_group(
    raw: dict[str, Any], place: Place, health: list[dict[str, Any]] | None, tags: dict[str, str] | None
) -> TargetGroup:
    """One of DescribeTargetGroups' groups. ``health``: its TargetHealthDescriptions, or None when not known."""
    states = [tr.text(target, "TargetHealth", "State") for target in health or ()]
    return TargetGroup(
        **place.common(TARGETS, raw["TargetGroupArn"]),
        name=tr.text(raw, "TargetGroupName"),
        tags=tags,
        native=tr.native(raw),
        vpc=place.ref(VPC, tr.said(raw, "VpcId")),
        balancers=place.refs(BALANCER, tr.texts(raw, "LoadBalancerArns") or ()),
        protocol=tr.text(raw, "Protocol"),
        port=tr.integer(raw, "Port"),
        targets=None if health is None else _targets(health, place),
        healthy=None if health is None else states.count("healthy"),
        unhealthy=None if health is None else states.count("unhealthy"),
        health_check_path=tr.said(raw, "HealthCheckPath"),
    )


def target_links(row: TargetGroup) -> Links:
    """A target group needs its targets."""
    for target in row.targets or ():
        if target.startswith("aws:"):
            yield Verb.TARGETS, target


def _targets(health: list[dict[str, Any]], place: Place) -> list[str]:
    """Instances by their id, functions by theirs, addresses as they are."""
    return sorted({_target(tr.said(target, "Target", "Id"), place) for target in health})


def _target(named: str, place: Place) -> str:
    if named.startswith("i-"):
        return place.id(INSTANCE, named)
    if ":function:" in named:
        return place.id(FUNCTION, named.partition(":function:")[2].partition(":")[0])
    return place.id(BALANCER, named) if ":loadbalancer/" in named else named


def _public(raw: dict[str, Any]) -> bool | None:
    scheme = tr.text(raw, "Scheme")
    return scheme == "internet-facing" if scheme else None


def _switched(attributes: Attributes | None, name: str) -> bool | None:
    """An attribute that this type of balancer does not have stays unknown."""
    return tr.flag(attributes, name)


def _listener(raw: dict[str, Any]) -> Listener:
    certificates = tr.items(raw, "Certificates")
    redirects = [action for action in tr.items(raw, "DefaultActions") if tr.text(action, "Type") == "redirect"]
    return Listener(
        port=tr.integer(raw, "Port"),
        protocol=tr.text(raw, "Protocol"),
        tls_policy=tr.said(raw, "SslPolicy"),
        certificate=tr.said(certificates[0], "CertificateArn") if certificates else "",
        redirects_to_tls=any(tr.text(action, "RedirectConfig", "Protocol") == "HTTPS" for action in redirects),
    )


def _classic_listener(raw: dict[str, Any]) -> Listener:
    return Listener(
        port=tr.integer(raw, "Listener", "LoadBalancerPort"),
        protocol=tr.text(raw, "Listener", "Protocol"),
        certificate=tr.said(raw, "Listener", "SSLCertificateId"),
        redirects_to_tls=False,
    )


def _read_modern(reading: Reading) -> None:
    """Balancers and target groups together: the one's columns count the other's members."""
    groups = _read_targets(reading)
    with reading.part(BALANCER):
        listed = list(reading.pages("describe_load_balancers", "LoadBalancers"))
        tags = _tags(reading, BALANCER, [raw["LoadBalancerArn"] for raw in listed])
        details = reading.each(BALANCER, listed, lambda raw: _details(reading, raw["LoadBalancerArn"]))
        walled = _walled(reading) if any(tr.text(raw, "Type") == "application" for raw in listed) else frozenset()
        reading.take(BALANCER, details, lambda pair: _counted(_row(reading, *pair, tags), groups, walled), balancer_links)
    for group in groups or ():
        for owner in group.balancers or ():
            reading.relate(owner, Verb.TARGETS, group.id)


def _row(reading: Reading, raw: dict[str, Any], found: Details | None, tags: Mapping[str, dict[str, str]] | None) -> Balancer:
    own = None if tags is None else tags.get(raw["LoadBalancerArn"], {})
    return balancer(raw, reading.place, found, own)


def _counted(row: Balancer, groups: Sequence[TargetGroup] | None, walled: frozenset[str] | None) -> Balancer:
    """With the targets of its groups counted; unknown when one of them is unknown."""
    if row.type == "application" and walled is not None:
        row = msgspec.structs.replace(row, web_acl=row.native_id in walled)
    own = None if groups is None else [group for group in groups if row.id in (group.balancers or ())]
    if own is None or any(group.targets is None or group.healthy is None for group in own):
        return row
    return msgspec.structs.replace(
        row, targets=sum(len(group.targets or ()) for group in own), healthy_targets=sum(group.healthy or 0 for group in own)
    )


def _details(reading: Reading, arn: str) -> Details:
    listeners = list(reading.pages("describe_listeners", "Listeners", LoadBalancerArn=arn))
    answer = reading.call("describe_load_balancer_attributes", LoadBalancerArn=arn)
    return Details(listeners, {pair["Key"]: pair.get("Value", "") for pair in tr.items(answer, "Attributes")})


def _read_targets(reading: Reading) -> Sequence[TargetGroup] | None:
    with reading.part(TARGETS):
        listed = list(reading.pages("describe_target_groups", "TargetGroups"))
        tags = _tags(reading, TARGETS, [raw["TargetGroupArn"] for raw in listed])
        health = reading.each(TARGETS, listed, lambda raw: _health(reading, raw["TargetGroupArn"]))
        return reading.take(TARGETS, health, lambda pair: _group(reading, *pair, tags), target_links)
    return None


def _group(
    reading: Reading, raw: dict[str, Any], health: list[dict[str, Any]] | None, tags: Mapping[str, dict[str, str]] | None
) -> TargetGroup:
    own = None if tags is None else tags.get(raw["TargetGroupArn"], {})
    return target_group(raw, reading.place, health, own)


def _health(reading: Reading, arn: str) -> list[dict[str, Any]]:
    return tr.items(reading.call("describe_target_health", TargetGroupArn=arn), "TargetHealthDescriptions")


def _tags(reading: Reading, kind: str, arns: list[str]) -> dict[str, dict[str, str]] | None:
    """ARN -> tags; None when they cannot be read."""
    found: dict[str, dict[str, str]] = {}
    with reading.columns(kind):
        for names in tr.chunks(arns, TAGS_PER_CALL):
            for entry in tr.items(reading.call("describe_tags", ResourceArns=names), "TagDescriptions"):
                found[entry["ResourceArn"]] = tr.tags(entry.get("Tags")) or {}
        return found
    return None


def _walled(reading: Reading) -> frozenset[str] | None:
    """ARNs of the application balancers behind a web ACL (AWS WAF); None when that cannot be read."""
    with reading.columns(BALANCER):
        found: set[str] = set()
        for acl in tr.items(reading.call("list_web_acls", service="wafv2", Scope="REGIONAL"), "WebACLs"):
            answer = reading.call(
                "list_resources_for_web_acl", service="wafv2", WebACLArn=acl["ARN"], ResourceType="APPLICATION_LOAD_BALANCER"
            )
            found.update(tr.texts(answer, "ResourceArns") or ())
        return frozenset(found)
    return None


def _read_classic(reading: Reading) -> None:
    listed = list(reading.pages("describe_load_balancers", "LoadBalancerDescriptions"))
    tags = _classic_tags(reading, [raw["LoadBalancerName"] for raw in listed])
    attributes = reading.each(BALANCER, listed, lambda raw: _classic_attributes(reading, raw["LoadBalancerName"]))
    reading.take(BALANCER, attributes, lambda pair: _classic_row(reading, *pair, tags), balancer_links)
    for raw in listed:
        source = reading.id(BALANCER, raw["LoadBalancerName"])
        for member in tr.items(raw, "Instances"):
            reading.relate(source, Verb.TARGETS, reading.place.ref(INSTANCE, tr.text(member, "InstanceId")))


def _classic_row(
    reading: Reading, raw: dict[str, Any], attributes: dict[str, Any] | None, tags: Mapping[str, dict[str, str]] | None
) -> Balancer:
    own = None if tags is None else tags.get(raw["LoadBalancerName"], {})
    return classic_balancer(raw, reading.place, attributes, own)


def _classic_attributes(reading: Reading, name: str) -> dict[str, Any]:
    answer = reading.call("describe_load_balancer_attributes", LoadBalancerName=name)
    found: dict[str, Any] = answer.get("LoadBalancerAttributes") or {}
    return found


def _classic_tags(reading: Reading, names: list[str]) -> dict[str, dict[str, str]] | None:
    with reading.columns(BALANCER):
        found: dict[str, dict[str, str]] = {}
        for some in tr.chunks(names, TAGS_PER_CALL):
            for entry in tr.items(reading.call("describe_tags", LoadBalancerNames=some), "TagDescriptions"):
                found[entry["LoadBalancerName"]] = tr.tags(entry.get("Tags")) or {}
        return found
    return None


READERS = (
    Reader(
        name="balancers",
        service="elbv2",
        kinds=(BALANCER, TARGETS),
        read=_read_modern,
        permissions=(
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "elasticloadbalancing:DescribeTags",
            "wafv2:ListWebACLs",
            "wafv2:ListResourcesForWebACL",
        ),
    ),
    Reader(
        name="classic-balancers",
        service="elb",
        kinds=(BALANCER,),
        read=_read_classic,
        permissions=("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancerAttributes"),
    ),
)
