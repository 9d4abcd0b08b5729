"""A case for each action on instances, images and Auto Scaling groups."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._ec2 import TAGS, network, tags_of
from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World

from skywright.model.kinds import resource_id


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


def member(world: World) -> Case:
    scaling_group(world)
    scaling = world.aws("autoscaling")

    def see() -> dict[str, Any]:
        found = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
        return {"desired": found["DesiredCapacity"], "members": len(found["Instances"])}

    native_id = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"][0]["InstanceId"]
    group = resource_id("aws", ACCOUNT, REGION, "compute.group", "web")
    return Case(
        kind="compute.instance",
        native_id=native_id,
        before={"scaling_group": group},
        after=None,
        see=see,
        wanted={"desired": 1, "members": 1},
    )


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
    "end an instance of an Auto Scaling group and have the group smaller by it": member,
}


VARIANTS: dict[str, Callable[[World], Case]] = {
    "resize a stopped instance": resize_stopped,
}
