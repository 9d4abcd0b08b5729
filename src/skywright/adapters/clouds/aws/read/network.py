"""Networks: VPCs, subnets, route tables, gateways, endpoints, peerings."""

from collections.abc import Mapping
from typing import Any

from skywright.adapters.clouds.aws.policy import grants_everyone
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds import resource_id
from skywright.model.kinds.network import Endpoint, Peering, Route, RouteTable, Subnet, Vpc

VPC, SUBNET, ROUTES, ENDPOINT, PEERING = "network.vpc", "network.subnet", "network.route", "network.endpoint", "network.peering"
GATEWAY, INTERFACE, INSTANCE = "network.gateway", "network.interface", "compute.instance"

ROUTE_TARGETS = {
    "NatGatewayId": GATEWAY,
    "TransitGatewayId": GATEWAY,
    "EgressOnlyInternetGatewayId": GATEWAY,
    "VpcPeeringConnectionId": PEERING,
    "InstanceId": INSTANCE,
    "NetworkInterfaceId": INTERFACE,
}
"""Where a route says that it leads -> the kind of what is there. GatewayId is looked at by its prefix."""

GATEWAY_KINDS = {"igw-": GATEWAY, "vgw-": GATEWAY, "vpce-": ENDPOINT}


def vpc(raw: dict[str, Any], place: Place, logged: Mapping[str, str] | None) -> Vpc:
    """One of DescribeVpcs' VPCs. ``logged``: resource with flow logs -> the bucket that they go to; None: not known."""
    tags = tr.tags(raw.get("Tags"))
    return Vpc(
        **place.common(VPC, raw["VpcId"]),
        name=tags.get("Name") if tags else None,
        state=tr.text(raw, "State"),
        tags=tags,
        native=tr.native(raw),
        cidr=tr.text(raw, "CidrBlock"),
        is_default=tr.flag(raw, "IsDefault"),
        flow_logs=None if logged is None else raw["VpcId"] in logged,
        flow_log_bucket=None if logged is None else logged.get(raw["VpcId"]),
    )


def subnet(raw: dict[str, Any], place: Place) -> Subnet:
    """One of DescribeSubnets' subnets."""
    tags = tr.tags(raw.get("Tags"))
    return Subnet(
        **place.common(SUBNET, raw["SubnetId"]),
        name=tags.get("Name") if tags else None,
        state=tr.text(raw, "State"),
        tags=tags,
        native=tr.native(raw),
        vpc=place.ref(VPC, tr.text(raw, "VpcId")),
        cidr=tr.text(raw, "CidrBlock"),
        zone=tr.text(raw, "AvailabilityZone"),
        free_addresses=tr.integer(raw, "AvailableIpAddressCount"),
        auto_public_ip=tr.flag(raw, "MapPublicIpOnLaunch"),
    )


def route_table(raw: dict[str, Any], place: Place) -> RouteTable:
    """One of DescribeRouteTables' route tables."""
    tags = tr.tags(raw.get("Tags"))
    associations = tr.items(raw, "Associations")
    return RouteTable(
        **place.common(ROUTES, raw["RouteTableId"]),
        name=tags.get("Name") if tags else None,
        tags=tags,
        native=tr.native(raw),
        vpc=place.ref(VPC, tr.text(raw, "VpcId")),
        main=any(tr.flag(link, "Main") for link in associations),
        subnets=place.refs(SUBNET, (tr.text(link, "SubnetId") for link in associations)),
        routes=[_route(route, place) for route in tr.items(raw, "Routes")],
    )


def route_links(row: RouteTable) -> Links:
    """A route table needs its network and whatever its routes lead to."""
    yield Verb.IN, row.vpc
    for route in row.routes or ():
        if route.target and route.target.startswith("aws:"):
            yield Verb.ROUTES_TO, route.target


def endpoint(raw: dict[str, Any], place: Place) -> Endpoint:
    """One of DescribeVpcEndpoints' endpoints."""
    tags = tr.tags(raw.get("Tags"))
    policy = tr.text(raw, "PolicyDocument")
    return Endpoint(
        **place.common(ENDPOINT, raw["VpcEndpointId"]),
        name=tags.get("Name") if tags else None,
        state=_lower(tr.text(raw, "State")),
        tags=tags,
        created_at=tr.moment(raw, "CreationTimestamp"),
        native=tr.native(raw),
        type=_lower(tr.text(raw, "VpcEndpointType")),
        vpc=place.ref(VPC, tr.text(raw, "VpcId")),
        service=tr.text(raw, "ServiceName"),
        policy_open=grants_everyone(policy) if policy else None,
    )


def peering(raw: dict[str, Any], place: Place) -> Peering:
    """One of DescribeVpcPeeringConnections' peerings."""
    tags = tr.tags(raw.get("Tags"))
    accepter = tr.at(raw, "AccepterVpcInfo") or {}
    account, region = tr.text(accepter, "OwnerId") or place.account, tr.text(accepter, "Region") or place.region
    peer = tr.text(accepter, "VpcId")
    return Peering(
        **place.common(PEERING, raw["VpcPeeringConnectionId"]),
        name=tags.get("Name") if tags else None,
        state=tr.text(raw, "Status", "Code"),
        tags=tags,
        native=tr.native(raw),
        vpc=place.ref(VPC, tr.text(raw, "RequesterVpcInfo", "VpcId")),
        peer_vpc=resource_id("aws", account, region, VPC, peer) if peer else None,
        peer_account=tr.text(accepter, "OwnerId"),
    )


def peering_links(row: Peering) -> Links:
    """A peering needs both of its networks."""
    yield Verb.ATTACHED_TO, row.vpc
    yield Verb.ATTACHED_TO, row.peer_vpc


def _route(raw: Any, place: Place) -> Route:
    cidr = (
        tr.text(raw, "DestinationCidrBlock") or tr.text(raw, "DestinationIpv6CidrBlock") or tr.text(raw, "DestinationPrefixListId")
    )
    return Route(cidr=cidr, target=_route_target(raw, place), state=tr.text(raw, "State"))


def _route_target(raw: Any, place: Place) -> str | None:
    for field, kind in ROUTE_TARGETS.items():
        if native := tr.text(raw, field):
            return place.id(kind, native)
    gateway = tr.text(raw, "GatewayId") or tr.text(raw, "CarrierGatewayId") or tr.text(raw, "LocalGatewayId")
    kinds = [kind for prefix, kind in GATEWAY_KINDS.items() if gateway and gateway.startswith(prefix)]
    return place.ref(kinds[0], gateway) if kinds else gateway


def _lower(word: str | None) -> str | None:
    return word.lower() if word else word


def flow_log_bucket(raw: dict[str, Any]) -> str:
    """The name of the bucket that a flow log of DescribeFlowLogs goes to; "" when it goes elsewhere."""
    if tr.text(raw, "LogDestinationType") != "s3":
        return ""
    return tr.said(raw, "LogDestination").rpartition(":")[2].partition("/")[0]


def _read_vpcs(reading: Reading) -> None:
    listed = list(reading.pages("describe_vpcs", "Vpcs", **reading.narrowed("vpc-id")))
    logged: dict[str, str] | None = None
    if listed:
        with reading.columns(VPC):
            logs = reading.pages("describe_flow_logs", "FlowLogs")
            logged = {tr.said(log, "ResourceId"): flow_log_bucket(log) for log in logs}
    reading.take(VPC, listed, lambda raw: vpc(raw, reading.place, logged))


def _read_subnets(reading: Reading) -> None:
    listed = reading.pages("describe_subnets", "Subnets", **reading.narrowed("subnet-id"))
    reading.take(SUBNET, listed, lambda raw: subnet(raw, reading.place), lambda row: [(Verb.IN, row.vpc)])


def _read_routes(reading: Reading) -> None:
    listed = reading.pages("describe_route_tables", "RouteTables", **reading.narrowed("route-table-id"))
    for row in reading.take(ROUTES, listed, lambda raw: route_table(raw, reading.place), route_links):
        for subnet_id in row.subnets or ():
            reading.relate(subnet_id, Verb.ROUTES_TO, row.id)


def _read_endpoints(reading: Reading) -> None:
    listed = reading.pages("describe_vpc_endpoints", "VpcEndpoints")
    living = (raw for raw in listed if _lower(tr.text(raw, "State")) != "deleted")
    reading.take(ENDPOINT, living, lambda raw: endpoint(raw, reading.place), lambda row: [(Verb.IN, row.vpc)])


def _read_peerings(reading: Reading) -> None:
    listed = reading.pages(
        "describe_vpc_peering_connections", "VpcPeeringConnections", **reading.narrowed("vpc-peering-connection-id")
    )
    living = (raw for raw in listed if tr.text(raw, "Status", "Code") != "deleted")
    reading.take(PEERING, living, lambda raw: peering(raw, reading.place), peering_links)


READERS = (
    Reader(name="vpcs", service="ec2", kinds=(VPC,), read=_read_vpcs, permissions=("ec2:DescribeVpcs", "ec2:DescribeFlowLogs")),
    Reader(name="subnets", service="ec2", kinds=(SUBNET,), read=_read_subnets, permissions=("ec2:DescribeSubnets",)),
    Reader(name="routes", service="ec2", kinds=(ROUTES,), read=_read_routes, permissions=("ec2:DescribeRouteTables",)),
    Reader(name="endpoints", service="ec2", kinds=(ENDPOINT,), read=_read_endpoints, permissions=("ec2:DescribeVpcEndpoints",)),
    Reader(
        name="peerings", service="ec2", kinds=(PEERING,), read=_read_peerings, permissions=("ec2:DescribeVpcPeeringConnections",)
    ),
)
