"""A case for each action on subnets, addresses, gateways, cards and firewalls."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._ec2 import network
from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World

from skywright.model.kinds.network import FirewallRule


def subnet_addresses(world: World) -> Case:
    _, native_id = network(world)
    ec2 = world.aws("ec2")
    ec2.modify_subnet_attribute(SubnetId=native_id, MapPublicIpOnLaunch={"Value": True})
    return Case(
        kind="network.subnet",
        native_id=native_id,
        before={"auto_public_ip": True},
        after={"auto_public_ip": False},
        see=lambda: {"auto_public_ip": ec2.describe_subnets(SubnetIds=[native_id])["Subnets"][0]["MapPublicIpOnLaunch"]},
    )


def flow_logs(world: World) -> Case:
    native_id, _ = network(world)
    world.aws("s3").create_bucket(Bucket="flow-logs", CreateBucketConfiguration={"LocationConstraint": REGION})

    def see() -> dict[str, Any]:
        found = world.aws("ec2").describe_flow_logs()["FlowLogs"]
        return {"flow_logs": bool(found), "to": [one["LogDestination"] for one in found]}

    return Case(
        kind="network.vpc",
        native_id=native_id,
        before={"flow_logs": False},
        after={"flow_logs": True, "flow_log_bucket": "flow-logs"},
        see=see,
        wanted={"flow_logs": True, "to": ["arn:aws:s3:::flow-logs"]},
    )


def address_gone(world: World) -> Case:
    native_id = world.aws("ec2").allocate_address(Domain="vpc")["AllocationId"]
    see = lambda: {"gone": not world.aws("ec2").describe_addresses()["Addresses"]}  # noqa: E731
    return Case(kind="network.address", native_id=native_id, before={"attached": False}, after=None, see=see)


def nat_gone(world: World) -> Case:
    ec2 = world.aws("ec2")
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    native_id = ec2.create_nat_gateway(SubnetId=network(world)[1], AllocationId=allocation)["NatGateway"]["NatGatewayId"]

    def see() -> dict[str, Any]:
        return {"gone": all(one["State"] == "deleted" for one in ec2.describe_nat_gateways()["NatGateways"])}

    return Case(kind="network.gateway", native_id=native_id, before={"type": "nat"}, after=None, see=see)


def interface(world: World) -> str:
    return world.aws("ec2").create_network_interface(SubnetId=network(world)[1])["NetworkInterface"]["NetworkInterfaceId"]


def interface_gone(world: World) -> Case:
    native_id = interface(world)
    see = lambda: {"gone": not world.aws("ec2").describe_network_interfaces()["NetworkInterfaces"]}  # noqa: E731
    return Case(kind="network.interface", native_id=native_id, before={"attached": False}, after=None, see=see)


def firewall(world: World) -> str:
    vpc, _ = network(world)
    return world.aws("ec2").create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]


def openings(world: World, native_id: str) -> list[tuple[Any, ...]]:
    found = world.aws("ec2").describe_security_groups(GroupIds=[native_id])["SecurityGroups"][0]
    return [
        (direction, one["IpProtocol"], one.get("FromPort"), one.get("ToPort"), who)
        for direction, field in (("in", "IpPermissions"), ("out", "IpPermissionsEgress"))
        for one in found[field]
        for who in (
            *((reach["CidrIp"], reach.get("Description")) for reach in one["IpRanges"]),
            *((reach["CidrIpv6"], reach.get("Description")) for reach in one["Ipv6Ranges"]),
            *((reach["GroupId"], reach.get("Description")) for reach in one["UserIdGroupPairs"]),
        )
    ]


def rule(direction: str, protocol: str, port: int | None, cidr: str | None, **more: Any) -> dict[str, Any]:
    said = {"direction": direction, "protocol": protocol, "from_port": port, "to_port": port, "cidr": cidr}
    return {**dict.fromkeys(FirewallRule.__struct_fields__), **said, **more}


def firewall_rules(world: World) -> Case:
    native_id = firewall(world)
    peer = world.aws("ec2").create_security_group(GroupName="lb", Description="lb", VpcId=_vpc_of(world, native_id))["GroupId"]
    world.aws("ec2").authorize_security_group_ingress(
        GroupId=native_id,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "ssh"}]},
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": peer}]},
        ],
    )
    https = rule("ingress", "tcp", 443, None, peer=f"aws:{ACCOUNT}:{REGION}:network.firewall/{peer}")
    ssh = rule("ingress", "tcp", 22, "0.0.0.0/0", description="ssh")
    ssh6 = rule("ingress", "tcp", 22, "::/0")
    everywhere = rule("egress", "all", None, "0.0.0.0/0")
    ssh_vpn = rule("ingress", "tcp", 22, "10.8.0.0/16", description="vpn only")
    dns = rule("egress", "udp", 53, "10.0.0.2/32")
    return Case(
        kind="network.firewall",
        native_id=native_id,
        before={"rules": [https, ssh, ssh6, everywhere]},
        after={"rules": [https, ssh_vpn, dns]},
        see=lambda: {"openings": sorted(openings(world, native_id), key=repr)},
        wanted={
            "openings": sorted(
                [
                    ("in", "tcp", 443, 443, (peer, None)),
                    ("in", "tcp", 22, 22, ("10.8.0.0/16", "vpn only")),
                    ("out", "udp", 53, 53, ("10.0.0.2/32", None)),
                ],
                key=repr,
            )
        },
    )


def _vpc_of(world: World, group: str) -> str:
    return world.aws("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"]


def firewall_gone(world: World) -> Case:
    native_id = firewall(world)

    def see() -> dict[str, Any]:
        found = world.aws("ec2").describe_security_groups(Filters=[{"Name": "group-id", "Values": [native_id]}])
        return {"gone": not found["SecurityGroups"]}

    return Case(kind="network.firewall", native_id=native_id, before={"used_by": 0}, after=None, see=see)


CASES: dict[str, Callable[[World], Case]] = {
    "stop giving public addresses to new instances of a subnet": subnet_addresses,
    "write a network's flow logs to a bucket": flow_logs,
    "release an address that nothing uses": address_gone,
    "delete a NAT gateway that nothing uses": nat_gone,
    "delete a network card that is attached to nothing": interface_gone,
    "close or narrow a firewall's openings": firewall_rules,
    "delete a firewall that nothing uses": firewall_gone,
}
