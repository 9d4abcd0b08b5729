"""A case for each kind of EC2 whose tags can be changed."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._ec2 import network, tags_of
from tests.adapters.clouds.aws.write._harness import REGION, Case, World
from tests.adapters.clouds.aws.write._worlds_instances import image, instance
from tests.adapters.clouds.aws.write._worlds_network import firewall, interface
from tests.adapters.clouds.aws.write._worlds_volumes import snapshot, volume


def tagged(kind: str, make: Callable[[World], str]) -> Callable[[World], Case]:
    """Any EC2 resource with two tags: one changes, one goes, one is new, one is not spoken of."""

    def build(world: World) -> Case:
        native_id = make(world)
        ec2 = world.aws("ec2")
        old = {"owner": "payments", "temporary": "yes"}
        new = {"owner": "search", "cost-center": "42"}
        ec2.create_tags(Resources=[native_id], Tags=[{"Key": key, "Value": value} for key, value in old.items()])
        ec2.create_tags(Resources=[native_id], Tags=[{"Key": "later", "Value": "not in the plan"}])

        def see() -> dict[str, Any]:
            found = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [native_id]}])["Tags"]
            return {"tags": tags_of({"Tags": [tag for tag in found if tag["Key"] != "环境"]})}

        wanted = {"tags": {**new, "later": "not in the plan"}}
        return Case(kind=kind, native_id=native_id, before={"tags": old}, after={"tags": new}, see=see, wanted=wanted)

    return build


def _template(world: World) -> str:
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
    answer = world.aws("ec2").create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    return answer["LaunchTemplate"]["LaunchTemplateId"]


def _peering(world: World) -> str:
    one, _ = network(world)
    other = world.aws("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    answer = world.aws("ec2").create_vpc_peering_connection(VpcId=one, PeerVpcId=other)
    return answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]


def _endpoint(world: World) -> str:
    answer = world.aws("ec2").create_vpc_endpoint(VpcId=network(world)[0], ServiceName=f"com.amazonaws.{REGION}.s3")
    return answer["VpcEndpoint"]["VpcEndpointId"]


TAGGED: dict[str, Callable[[World], str]] = {
    "compute.instance": instance,
    "compute.template": _template,
    "compute.image": image,
    "compute.keypair": lambda world: world.aws("ec2").create_key_pair(KeyName="ops")["KeyPairId"],
    "storage.volume": volume,
    "storage.snapshot": snapshot,
    "network.vpc": lambda world: network(world)[0],
    "network.subnet": lambda world: network(world)[1],
    "network.route": lambda world: world.aws("ec2").create_route_table(VpcId=network(world)[0])["RouteTable"]["RouteTableId"],
    "network.gateway": lambda world: world.aws("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"],
    "network.endpoint": _endpoint,
    "network.peering": _peering,
    "network.interface": interface,
    "network.address": lambda world: world.aws("ec2").allocate_address(Domain="vpc")["AllocationId"],
    "network.firewall": firewall,
    "network.acl": lambda world: world.aws("ec2").create_network_acl(VpcId=network(world)[0])["NetworkAcl"]["NetworkAclId"],
}


CASES: dict[str, Callable[[World], Case]] = {
    **{f"change the tags of {kind}": tagged(kind, make) for kind, make in TAGGED.items()},
}
