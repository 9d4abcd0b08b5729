"""Answers about networks and balancers, as documented, each with what translates it."""

from typing import Any

from tests.adapters.clouds.aws.read._documented import PLACE, TAGS, WHEN, Translate

from skywright.adapters.clouds.aws.read import (
    balancers,
    gateways,
    guards,
    network,
)

PERMISSION = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}],
    "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
    "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "444455556666"}],
    "PrefixListIds": [{"PrefixListId": "pl-1"}],
}
BALANCER = {
    "LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/front/1",
    "LoadBalancerName": "front",
    "State": {"Code": "active"},
    "Type": "application",
    "Scheme": "internet-facing",
    "VpcId": "vpc-1",
    "AvailabilityZones": [{"ZoneName": "eu-west-1a"}],
    "SecurityGroups": ["sg-1"],
}
LISTENER = {
    "Port": 80,
    "Protocol": "HTTP",
    "Certificates": [{"CertificateArn": "c"}],
    "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}],
}
ATTRIBUTES = {"deletion_protection.enabled": "true", "idle_timeout.timeout_seconds": "60", "access_logs.s3.enabled": "false"}


NETWORKS: dict[str, tuple[Translate, dict[str, Any]]] = {
    "vpc": (
        lambda raw: network.vpc(raw, PLACE, {}),
        {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "IsDefault": False, "Tags": TAGS},
    ),
    "subnet": (
        lambda raw: network.subnet(raw, PLACE),
        {"SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailableIpAddressCount": 250, "MapPublicIpOnLaunch": True, "Tags": TAGS},
    ),
    "route table": (
        lambda raw: network.route_table(raw, PLACE),
        {
            "RouteTableId": "rtb-1",
            "VpcId": "vpc-1",
            "Associations": [{"Main": True}, {"SubnetId": "subnet-1", "Main": False}],
            "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}, {"NatGatewayId": "nat-1"}],
        },
    ),
    "endpoint": (
        lambda raw: network.endpoint(raw, PLACE),
        {
            "VpcEndpointId": "vpce-1",
            "VpcId": "vpc-1",
            "State": "Available",
            "VpcEndpointType": "Gateway",
            "PolicyDocument": '{"Statement": []}',
        },
    ),
    "peering": (
        lambda raw: network.peering(raw, PLACE),
        {
            "VpcPeeringConnectionId": "pcx-1",
            "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": "vpc-1"},
            "AccepterVpcInfo": {"VpcId": "vpc-2", "OwnerId": "444455556666", "Region": "us-east-1"},
        },
    ),
    "nat gateway": (
        lambda raw: gateways.nat_gateway(raw, PLACE),
        {"NatGatewayId": "nat-1", "State": "available", "NatGatewayAddresses": [{"PublicIp": "203.0.113.1"}], "CreateTime": WHEN},
    ),
    "internet gateway": (
        lambda raw: gateways.attached_gateway(raw, PLACE, "internet", "InternetGatewayId"),
        {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]},
    ),
    "interface": (
        lambda raw: guards.interface(raw, PLACE),
        {"NetworkInterfaceId": "eni-1", "Status": "in-use", "Groups": [{"GroupId": "sg-1"}], "Attachment": {"InstanceId": "i-1"}},
    ),
    "address": (
        lambda raw: guards.address(raw, PLACE),
        {"AllocationId": "eipalloc-1", "PublicIp": "203.0.113.1", "AssociationId": "a", "NetworkInterfaceId": "eni-1"},
    ),
    "firewall": (
        lambda raw: guards.firewall(raw, PLACE, {"sg-1": 2}),
        {
            "GroupId": "sg-1",
            "GroupName": "web",
            "VpcId": "vpc-1",
            "IpPermissions": [PERMISSION],
            "IpPermissionsEgress": [{"IpProtocol": "-1"}],
        },
    ),
    "acl": (
        lambda raw: guards.acl(raw, PLACE),
        {
            "NetworkAclId": "acl-1",
            "VpcId": "vpc-1",
            "IsDefault": True,
            "Associations": [{"SubnetId": "subnet-1"}],
            "Entries": [
                {
                    "RuleNumber": 100,
                    "Egress": False,
                    "RuleAction": "allow",
                    "Protocol": "6",
                    "PortRange": {"From": 22, "To": 22},
                    "CidrBlock": "0.0.0.0/0",
                }
            ],
        },
    ),
    "balancer": (lambda raw: balancers.balancer(raw, PLACE, balancers.Details([LISTENER], ATTRIBUTES), {}), BALANCER),
    "listener": (lambda raw: balancers.balancer(BALANCER, PLACE, balancers.Details([raw], {}), {}), LISTENER),
    "balancer attributes": (lambda raw: balancers.balancer(BALANCER, PLACE, balancers.Details([], raw), {}), ATTRIBUTES),
    "classic balancer": (
        lambda raw: balancers.classic_balancer(raw, PLACE, {"AccessLog": {"Enabled": True}}, {}),
        {
            "LoadBalancerName": "old",
            "Instances": [{"InstanceId": "i-1"}],
            "ListenerDescriptions": [{"Listener": {"LoadBalancerPort": 80}}],
        },
    ),
    "target group": (
        lambda raw: balancers.target_group(raw, PLACE, [{"Target": {"Id": "i-1"}, "TargetHealth": {"State": "healthy"}}], {}),
        {"TargetGroupArn": "arn:x:targetgroup/web/1", "TargetGroupName": "web", "Port": 80, "LoadBalancerArns": ["arn:y"]},
    ),
    "target health": (
        lambda raw: balancers.target_group({"TargetGroupArn": "arn:x"}, PLACE, [raw], {}),
        {"Target": {"Id": "arn:aws:lambda:eu-west-1:1:function:f"}, "TargetHealth": {"State": "unhealthy"}},
    ),
}
