"""Networks: one for each site, with public and private subnets in two zones, a way out, flow logs, and firewalls for each
application."""

from typing import Any

import msgspec

from skywright.lab.aws.seed.town import Site, pairs, specification

WEB, APP, DATA = "web", "app", "data"


class Network(msgspec.Struct, frozen=True):
    """What others build on: native ids."""

    vpc: str
    public: tuple[str, ...]
    private: tuple[str, ...]
    zones: tuple[str, ...]
    cidr: str


def clear_defaults(town: Any) -> None:
    """Take the default networks away, as careful companies do, in every region of every account."""
    from skywright.lab.aws.seed.town import REGIONS

    for account in town.accounts:
        for region in REGIONS:
            _clear(Site(town, account, region, 0))


def _clear(site: Site) -> None:
    for vpc in site.call("ec2", "describe_vpcs")["Vpcs"]:
        here = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
        for subnet in site.call("ec2", "describe_subnets", Filters=here)["Subnets"]:
            site.call("ec2", "delete_subnet", SubnetId=subnet["SubnetId"])
        attached = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
        for gateway in site.call("ec2", "describe_internet_gateways", Filters=attached)["InternetGateways"]:
            site.call("ec2", "detach_internet_gateway", InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc["VpcId"])
            site.call("ec2", "delete_internet_gateway", InternetGatewayId=gateway["InternetGatewayId"])
        site.call("ec2", "delete_vpc", VpcId=vpc["VpcId"])


def build(site: Site, number: int, log_bucket: str) -> Network:
    """A site's network; ``number`` (0-255) keeps the address ranges of sites apart."""
    name, prefix = f"{site.account.name}-{site.region}", f"10.{number}"
    tags = site.tags(name, "platform")
    vpc = site.call("ec2", "create_vpc", CidrBlock=f"{prefix}.0.0/16", TagSpecifications=specification("vpc", tags))["Vpc"]["VpcId"]
    zones = (f"{site.region}a", f"{site.region}b")
    public = tuple(_subnet(site, vpc, f"{prefix}.{i}.0/24", zone, f"public-{i}") for i, zone in enumerate(zones))
    private = tuple(_subnet(site, vpc, f"{prefix}.{i + 10}.0/24", zone, f"private-{i}") for i, zone in enumerate(zones))
    _ways_out(site, vpc, public, private)
    quiet_default_group(site, vpc)
    site.call(
        "ec2",
        "create_flow_logs",
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{log_bucket}",
    )
    site.call("ec2", "create_vpc_endpoint", VpcId=vpc, ServiceName=f"com.amazonaws.{site.region}.s3", VpcEndpointType="Gateway",
              TagSpecifications=specification("vpc-endpoint", site.tags(f"{name}-s3", "platform")))  # fmt: skip
    return Network(vpc, public, private, zones, f"{prefix}.0.0/16")


def _subnet(site: Site, vpc: str, cidr: str, zone: str, name: str) -> str:
    made = site.call(
        "ec2",
        "create_subnet",
        VpcId=vpc,
        CidrBlock=cidr,
        AvailabilityZone=zone,
        TagSpecifications=specification("subnet", site.tags(name, "platform")),
    )
    identifier = str(made["Subnet"]["SubnetId"])
    site.call("ec2", "modify_subnet_attribute", SubnetId=identifier, MapPublicIpOnLaunch={"Value": False})
    return identifier


def _ways_out(site: Site, vpc: str, public: tuple[str, ...], private: tuple[str, ...]) -> None:
    """An internet gateway for the public subnets, a NAT gateway for the private ones, a table each."""
    tags = site.tags(f"{site.account.name}-egress", "platform")
    gateway = site.call("ec2", "create_internet_gateway", TagSpecifications=specification("internet-gateway", tags))
    internet = gateway["InternetGateway"]["InternetGatewayId"]
    site.call("ec2", "attach_internet_gateway", InternetGatewayId=internet, VpcId=vpc)
    nat = nat_gateway(site, public[0], tags)
    for target, subnets in (({"GatewayId": internet}, public), ({"NatGatewayId": nat}, private)):
        made = site.call("ec2", "create_route_table", VpcId=vpc, TagSpecifications=specification("route-table", tags))
        table = made["RouteTable"]["RouteTableId"]
        site.call("ec2", "create_route", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
        for subnet in subnets:
            site.call("ec2", "associate_route_table", RouteTableId=table, SubnetId=subnet)


def nat_gateway(site: Site, subnet: str, tags: dict[str, str]) -> str:
    """A NAT gateway with an address of its own."""
    address = site.call("ec2", "allocate_address", Domain="vpc", TagSpecifications=specification("elastic-ip", tags))
    made = site.call(
        "ec2",
        "create_nat_gateway",
        SubnetId=subnet,
        AllocationId=address["AllocationId"],
        TagSpecifications=specification("natgateway", tags),
    )
    identifier = str(made["NatGateway"]["NatGatewayId"])
    site.take_card(site.backend("ec2").nat_gateways[identifier]._eni.id, "nat_gateway")  # noqa: SLF001 - not told by the API
    return identifier


def quiet_default_group(site: Site, vpc: str) -> None:
    """The default security group lets nothing through (CIS AWS Foundations asks for it)."""
    for group in site.call("ec2", "describe_security_groups", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]:
        if group["IpPermissions"]:
            site.call("ec2", "revoke_security_group_ingress", GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
        site.call("ec2", "revoke_security_group_egress", GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
        site.call("ec2", "create_tags", Resources=[group["GroupId"]], Tags=pairs(site.tags("default-closed", "platform")))


def firewalls(site: Site, network: Network, application: str, owner: str) -> dict[str, str]:
    """Three security groups of an application: the web may come in by TLS only, and each lets in the one before it."""
    groups = {part: group(site, network, f"{application}-{part}", owner) for part in (WEB, APP, DATA)}
    allow(site, groups[WEB], 443, 443, "0.0.0.0/0", "public TLS")
    allow(site, groups[APP], 8080, 8080, groups[WEB], "from the balancer")
    allow(site, groups[DATA], 5432, 5432, groups[APP], "from the application")
    return groups


def group(site: Site, network: Network, name: str, owner: str) -> str:
    """An empty security group whose way out is the network itself and TLS."""
    made = site.call(
        "ec2",
        "create_security_group",
        GroupName=name,
        Description=f"{name} of {owner}",
        VpcId=network.vpc,
        TagSpecifications=specification("security-group", site.tags(name, owner)),
    )
    return str(made["GroupId"])


def allow(site: Site, group: str, first: int, last: int, source: str, why: str, protocol: str = "tcp") -> None:
    """Let ``source`` (an address range or a group) in."""
    rule: dict[str, Any] = {"IpProtocol": protocol}
    if protocol != "-1":
        rule |= {"FromPort": first, "ToPort": last}
    if source.startswith("sg-"):
        rule["UserIdGroupPairs"] = [{"GroupId": source, "Description": why}]
    elif ":" in source:
        rule["Ipv6Ranges"] = [{"CidrIpv6": source, "Description": why}]
    else:
        rule["IpRanges"] = [{"CidrIp": source, "Description": why}]
    site.call("ec2", "authorize_security_group_ingress", GroupId=group, IpPermissions=[rule])
