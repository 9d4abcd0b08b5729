"""Worlds for the actions on EC2: name of the action -> a case in a small world of its own."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World

from skywright.model.kinds.network import FirewallRule

TAGS = [{"Key": "owner", "Value": "payments"}, {"Key": "环境", "Value": "prod"}]


def tags_of(item: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def network(world: World) -> tuple[str, str]:
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
    return vpc, subnet


def instance(world: World, **options: Any) -> str:
    _, subnet = network(world)
    run = {"ImageId": "ami-12345678", "InstanceType": "m5.xlarge", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet, **options}
    run["TagSpecifications"] = [{"ResourceType": "instance", "Tags": TAGS}]
    return world.aws("ec2").run_instances(**run)["Instances"][0]["InstanceId"]


def described(world: World, native_id: str) -> dict[str, Any]:
    return world.aws("ec2").describe_instances(InstanceIds=[native_id])["Reservations"][0]["Instances"][0]


def instance_facts(world: World, native_id: str) -> dict[str, Any]:
    found = described(world, native_id)
    return {"type": found["InstanceType"], "state": found["State"]["Name"], "tags": tags_of(found)}


def resize(world: World) -> Case:
    native_id = instance(world)
    return Case(
        kind="compute.instance",
        native_id=native_id,
        before={"type": "m5.xlarge", "vcpus": 4},
        after={"type": "m5.large", "vcpus": 2},
        see=lambda: instance_facts(world, native_id),
        wanted={"type": "m5.large", "state": "running", "tags": {"owner": "payments", "环境": "prod"}},
    )


def resize_stopped(world: World) -> Case:
    case = resize(world)
    world.aws("ec2").stop_instances(InstanceIds=[case.native_id])
    case.wanted = {"type": "m5.large", "state": "stopped"}
    return case


def stop(world: World) -> Case:
    native_id = instance(world)
    return Case(
        kind="compute.instance",
        native_id=native_id,
        before={"state": "running"},
        after={"state": "stopped"},
        see=lambda: instance_facts(world, native_id),
    )


def start(world: World) -> Case:
    case = stop(world)
    world.aws("ec2").stop_instances(InstanceIds=[case.native_id])
    case.before, case.after = {"state": "stopped"}, {"state": "running"}
    return case


def instances_by_tag(world: World) -> list[dict[str, Any]]:
    filters = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    found = world.aws("ec2").describe_instances(Filters=filters)["Reservations"]
    return [one for reservation in found for one in reservation["Instances"]]


def terminate(world: World) -> Case:
    group = world.aws("ec2").create_security_group(GroupName="web", Description="web")["GroupId"]
    native_id = instance(world, SecurityGroupIds=[group])

    def see() -> dict[str, Any]:
        facts = [
            (one["InstanceType"], one["SubnetId"], [group["GroupId"] for group in one["SecurityGroups"]], tags_of(one))
            for one in instances_by_tag(world)
        ]
        return {"gone": not facts, "instances": facts}

    return Case(kind="compute.instance", native_id=native_id, before={}, after=None, see=see)


def metadata(world: World) -> Case:
    native_id = instance(world)
    world.aws("ec2").modify_instance_metadata_options(
        InstanceId=native_id, HttpTokens="optional", HttpPutResponseHopLimit=1, HttpEndpoint="enabled"
    )

    def see() -> dict[str, Any]:
        options = described(world, native_id)["MetadataOptions"]
        return {"metadata_token_required": options["HttpTokens"] == "required", "hops": options["HttpPutResponseHopLimit"]}

    return Case(
        kind="compute.instance",
        native_id=native_id,
        before={"metadata_token_required": False},
        after={"metadata_token_required": True},
        see=see,
    )


def protection(world: World) -> Case:
    native_id = instance(world)

    def see() -> dict[str, Any]:
        answer = world.aws("ec2").describe_instance_attribute(InstanceId=native_id, Attribute="disableApiTermination")
        return {"termination_protected": answer["DisableApiTermination"]["Value"]}

    return Case(
        kind="compute.instance",
        native_id=native_id,
        before={"termination_protected": False},
        after={"termination_protected": True},
        see=see,
    )


def monitoring(world: World) -> Case:
    native_id = instance(world)
    return Case(
        kind="compute.instance",
        native_id=native_id,
        before={"detailed_monitoring": False},
        after={"detailed_monitoring": True},
        see=lambda: {"detailed_monitoring": native_id in world.stand_ins.monitored},
    )


def image(world: World) -> str:
    return world.aws("ec2").create_image(InstanceId=instance(world), Name="golden")["ImageId"]


def image_public(world: World) -> Case:
    native_id = image(world)
    ec2 = world.aws("ec2")
    ec2.modify_image_attribute(ImageId=native_id, LaunchPermission={"Add": [{"Group": "all"}, {"UserId": "111122223333"}]})

    def see() -> dict[str, Any]:
        found = ec2.describe_image_attribute(ImageId=native_id, Attribute="launchPermission")["LaunchPermissions"]
        return {"public": {"Group": "all"} in found, "shared": [one["UserId"] for one in found if "UserId" in one]}

    return Case(kind="compute.image", native_id=native_id, before={"public": True}, after={"public": False}, see=see)


def image_gone(world: World) -> Case:
    native_id = image(world)
    see = lambda: {"gone": not world.aws("ec2").describe_images(Owners=["self"])["Images"]}  # noqa: E731
    return Case(kind="compute.image", native_id=native_id, before={}, after=None, see=see)


def scaling_group(world: World) -> Case:
    _, subnet = network(world)
    ec2, scaling = world.aws("ec2"), world.aws("autoscaling")
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
    template = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)["LaunchTemplate"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        MinSize=1,
        MaxSize=4,
        DesiredCapacity=2,
        VPCZoneIdentifier=subnet,
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"},
    )

    def see() -> dict[str, Any]:
        found = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
        return {"min_size": found["MinSize"], "max_size": found["MaxSize"], "desired": found["DesiredCapacity"]}

    return Case(
        kind="compute.group",
        native_id="web",
        before={"min_size": 1, "desired": 2},
        after={"min_size": 0, "desired": 0},
        see=see,
    )


def volume(world: World, **options: Any) -> str:
    spec = {"AvailabilityZone": f"{REGION}a", "Size": 20, "VolumeType": "gp2", **options}
    tags = [{"ResourceType": "volume", "Tags": TAGS}]
    return world.aws("ec2").create_volume(**spec, TagSpecifications=tags)["VolumeId"]


def volume_facts(world: World, native_id: str) -> dict[str, Any]:
    found = world.aws("ec2").describe_volumes(VolumeIds=[native_id])["Volumes"][0]
    return {
        "type": found["VolumeType"],
        "size_gib": found["Size"],
        "iops": found.get("Iops"),
        "throughput": found.get("Throughput"),
    }


def volume_type(world: World) -> Case:
    native_id = volume(world)
    return Case(
        kind="storage.volume",
        native_id=native_id,
        before={"type": "gp2"},
        after={"type": "gp3"},
        see=lambda: volume_facts(world, native_id),
    )


def volume_type_back(world: World) -> Case:
    case = volume_type(world)
    case.native_id = native_id = volume(world, VolumeType="gp3", Iops=4000, Throughput=250)
    case.before, case.after = {"type": "gp3"}, {"type": "gp2"}
    case.see = lambda: volume_facts(world, native_id)
    return case


def volume_growth(world: World) -> Case:
    native_id = volume(world)
    return Case(
        kind="storage.volume",
        native_id=native_id,
        before={"size_gib": 20},
        after={"size_gib": 40},
        see=lambda: volume_facts(world, native_id),
    )


def volume_gone(world: World) -> Case:
    native_id = volume(world, VolumeType="gp3", Iops=4000, Throughput=250)

    def see() -> dict[str, Any]:
        facts = [
            (one["VolumeType"], one["Size"], one["AvailabilityZone"], one.get("Iops"), one.get("Throughput"), tags_of(one))
            for one in world.aws("ec2").describe_volumes()["Volumes"]
        ]
        return {"gone": not facts, "volumes": facts}

    return Case(kind="storage.volume", native_id=native_id, before={}, after=None, see=see)


def volume_fate(world: World) -> Case:
    machine = instance(world)
    native_id = described(world, machine)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    return Case(
        kind="storage.volume",
        native_id=native_id,
        before={"delete_with_instance": True},
        after={"delete_with_instance": False},
        see=lambda: {"delete_with_instance": described(world, machine)["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"]},
    )


def snapshot(world: World) -> str:
    return world.aws("ec2").create_snapshot(VolumeId=volume(world))["SnapshotId"]


def snapshot_public(world: World) -> Case:
    native_id = snapshot(world)
    ec2 = world.aws("ec2")
    attribute = {"SnapshotId": native_id, "Attribute": "createVolumePermission"}
    ec2.modify_snapshot_attribute(**attribute, OperationType="add", GroupNames=["all"])
    ec2.modify_snapshot_attribute(**attribute, OperationType="add", UserIds=["111122223333"])

    def see() -> dict[str, Any]:
        found = ec2.describe_snapshot_attribute(**attribute)["CreateVolumePermissions"]
        return {"public": {"Group": "all"} in found, "shared": [one["UserId"] for one in found if "UserId" in one]}

    return Case(kind="storage.snapshot", native_id=native_id, before={"public": True}, after={"public": False}, see=see)


def snapshot_gone(world: World) -> Case:
    native_id = snapshot(world)
    see = lambda: {"gone": not world.aws("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]}  # noqa: E731
    return Case(kind="storage.snapshot", native_id=native_id, before={}, after=None, see=see)


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


def region_default(world: World) -> Case:
    return Case(
        kind="account.region",
        native_id=REGION,
        before={"volume_encryption_default": False},
        after={"volume_encryption_default": True},
        see=lambda: {"volume_encryption_default": world.aws("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"]},
    )


def snapshot_block(world: World) -> Case:
    return Case(
        kind="account.region",
        native_id=REGION,
        before={"snapshot_public_access_blocked": False},
        after={"snapshot_public_access_blocked": True},
        see=lambda: {"state": world.stand_ins.snapshots},
        wanted={"state": "block-all-sharing"},
    )


def image_block(world: World) -> Case:
    return Case(
        kind="account.region",
        native_id=REGION,
        before={"image_public_access_blocked": False},
        after={"image_public_access_blocked": True},
        see=lambda: {"state": world.stand_ins.images},
        wanted={"state": "block-new-sharing"},
    )


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
    "resize an instance": resize,
    "stop an instance": stop,
    "start an instance": start,
    "terminate an instance after an image of it": terminate,
    "require session tokens for instance metadata (IMDSv2)": metadata,
    "protect an instance against termination": protection,
    "switch an instance's detailed monitoring": monitoring,
    "make a machine image private": image_public,
    "deregister a machine image": image_gone,
    "change the sizes of an Auto Scaling group": scaling_group,
    "change the type, size or speed of a volume": volume_type,
    "delete a volume after a snapshot of it": volume_gone,
    "keep or delete a volume when its instance is terminated": volume_fate,
    "make a snapshot private": snapshot_public,
    "delete a snapshot": snapshot_gone,
    "stop giving public addresses to new instances of a subnet": subnet_addresses,
    "write a network's flow logs to a bucket": flow_logs,
    "release an address that nothing uses": address_gone,
    "delete a NAT gateway that nothing uses": nat_gone,
    "delete a network card that is attached to nothing": interface_gone,
    "close or narrow a firewall's openings": firewall_rules,
    "delete a firewall that nothing uses": firewall_gone,
    "encrypt new volumes of a region by default": region_default,
    "block public sharing of a region's snapshots": snapshot_block,
    "block public sharing of a region's machine images": image_block,
    **{f"change the tags of {kind}": tagged(kind, make) for kind, make in TAGGED.items()},
}
VARIANTS: dict[str, Callable[[World], Case]] = {
    "resize a stopped instance": resize_stopped,
    "change a volume's type, and its speed back with it": volume_type_back,
    "grow a volume": volume_growth,
}
