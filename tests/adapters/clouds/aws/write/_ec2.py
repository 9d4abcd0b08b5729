"""What cases of EC2 share."""

from typing import Any

from tests.adapters.clouds.aws.write._harness import REGION, World

TAGS = [{"Key": "owner", "Value": "payments"}, {"Key": "环境", "Value": "prod"}]


def tags_of(item: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def network(world: World) -> tuple[str, str]:
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
    return vpc, subnet
