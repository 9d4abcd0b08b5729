"""Rules of the real EC2 about volumes, firewalls and calls that fail, each under the document that states it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION
from tests.adapters.clouds.aws.write._stubbed import INSTANCE, TOKEN, VOLUME, Stubbed, instance, resize, snapshot

from skywright.adapters.clouds.aws.write import can
from skywright.model.errors import AskHuman, PlanAgain, TryAgain
from skywright.model.plan import Reversibility


def test_a_volume_is_made_anew_with_the_token_of_the_step(ec2: Stubbed):
    ec2.answer("describe_volumes", {"Volumes": []}).answer("describe_snapshots", {"Snapshots": [snapshot()]})
    ec2.answer("describe_volumes", {"Volumes": []})
    zone = f"{REGION}a"
    made = {"SnapshotId": "snap-1", "AvailabilityZone": zone, "VolumeType": "gp3", "Iops": 4000, "Throughput": 250}
    ec2.answer("create_volume", {}, **made, ClientToken=TOKEN)
    ec2.answer("describe_volumes", {"Volumes": []})  # not visible yet
    ec2.answer("describe_volumes", {"Volumes": [{"VolumeId": "vol-2", "State": "creating"}]})
    ec2.answer("describe_volumes", {"Volumes": [{"VolumeId": "vol-2", "State": "available"}]})
    ec2.steps("storage.volume", VOLUME, {}, None)[1].undo(TOKEN, None)


# Amazon EC2 API Reference, "Eventual consistency": what was just made may not be seen yet.


def test_a_snapshot_that_is_not_seen_yet_is_waited_for_and_not_made_twice(ec2: Stubbed):
    ec2.answer("describe_snapshots", {"Snapshots": []})
    volume = {"VolumeId": VOLUME, "State": "available", "VolumeType": "gp2", "AvailabilityZone": f"{REGION}a", "Iops": 100}
    ec2.answer("describe_volumes", {"Volumes": [volume]})
    ec2.answer("create_snapshot", {"SnapshotId": "snap-1"})
    ec2.answer("describe_snapshots", {"Snapshots": []})
    ec2.answer("describe_snapshots", {"Snapshots": [snapshot("pending")]})
    ec2.answer("describe_snapshots", {"Snapshots": [snapshot()]})
    assert ec2.steps("storage.volume", VOLUME, {}, None)[0].do(TOKEN) == {"snapshot": "snap-1"}


# Amazon EC2 API Reference, "CreateSnapshot": a snapshot may end in the state error.


def test_no_volume_is_deleted_on_a_failed_copy(ec2: Stubbed):
    copy, delete = ec2.steps("storage.volume", VOLUME, {}, None)
    ec2.answer("describe_snapshots", {"Snapshots": [snapshot("error")]}).answer(
        "describe_snapshots", {"Snapshots": [snapshot("error")]}
    )
    with pytest.raises(AskHuman, match=r"The safety copy snap-1 of .* failed"):
        copy.do(TOKEN)
    ec2.answer("describe_snapshots", {"Snapshots": [snapshot("error")]})
    ec2.answer("describe_volumes", {"Volumes": [{"VolumeId": VOLUME, "State": "available"}]})
    with pytest.raises(PlanAgain) as refused:
        delete.do(TOKEN)
    assert str(refused.value) == (
        f"aws:{ACCOUNT}:{REGION}:storage.volume/{VOLUME} has no complete safety copy, so it is not deleted. Gather and plan again."
    )


# Amazon EC2 API Reference, "ModifyVolume": one modification at a time; a volume only grows; another type has other speeds.


def volume(type_: str, iops: int, throughput: int | None = None) -> dict[str, Any]:
    speed = {"Iops": iops, **({"Throughput": throughput} if throughput else {})}
    return {"Volumes": [{"VolumeId": VOLUME, "State": "in-use", "VolumeType": type_, "Size": 20, **speed}]}


def modifications(*states: str, **more: Any) -> dict[str, Any]:
    return {"VolumesModifications": [{"VolumeId": VOLUME, "ModificationState": state, **more} for state in states]}


def test_a_volume_waits_for_its_last_modification_and_does_not_keep_the_old_type_s_speed(ec2: Stubbed):
    ec2.answer("describe_volumes", volume("gp2", 100))
    ec2.answer("describe_volumes_modifications", modifications("optimizing"))
    ec2.answer("describe_volumes_modifications", modifications())
    ec2.answer("modify_volume", {}, VolumeId=VOLUME, VolumeType="gp3")  # 100 IOPS would be refused: gp3 begins at 3,000
    ec2.answer("describe_volumes", volume("gp2", 100)).answer("describe_volumes", volume("gp3", 3000, 125))
    ec2.steps("storage.volume", VOLUME, {"type": "gp2"}, {"type": "gp3"})[0].do(TOKEN)


def test_undo_of_a_type_brings_its_speed_back_from_ec2_s_own_record(ec2: Stubbed):
    record = {
        "OriginalVolumeType": "gp3",
        "OriginalIops": 4000,
        "OriginalThroughput": 250,
        "StartTime": datetime(2026, 1, 1, tzinfo=UTC),
    }
    ec2.answer("describe_volumes_modifications", modifications("completed", **record), VolumeIds=[VOLUME])
    ec2.answer("describe_volumes", volume("gp2", 100))
    ec2.answer("describe_volumes_modifications", modifications())
    ec2.answer("modify_volume", {}, VolumeId=VOLUME, VolumeType="gp3", Iops=4000, Throughput=250)
    ec2.answer("describe_volumes", volume("gp3", 4000, 250))
    ec2.steps("storage.volume", VOLUME, {"type": "gp3"}, {"type": "gp2"})[0].undo(TOKEN, None)


# Amazon EC2 API Reference, "ModifyVolume", Iops: valid for gp3, io1 and io2 volumes only.


def test_undo_to_a_type_whose_speed_follows_its_size_does_not_name_the_speed(ec2: Stubbed):
    before, after = {"type": "gp2", "iops": 100, "throughput_mibps": None}, {"type": "gp3", "iops": 3000, "throughput_mibps": 125}
    ec2.answer("describe_volumes_modifications", modifications()).answer("describe_volumes", volume("gp3", 3000, 125))
    ec2.answer("describe_volumes_modifications", modifications())
    ec2.answer("modify_volume", {}, VolumeId=VOLUME, VolumeType="gp2")
    ec2.answer("describe_volumes", volume("gp2", 100))
    ec2.steps("storage.volume", VOLUME, before, after)[0].undo(TOKEN, None)


def test_a_volume_does_not_shrink_and_growth_is_for_good():
    assert can("storage.volume", {"size_gib": 40}, {"size_gib": 20}) is None
    assert can("storage.volume", {"size_gib": 20}, {"size_gib": 40}) is Reversibility.NONE
    assert can("storage.volume", {"type": "gp2", "size_gib": 20}, {"type": "gp3"}) is Reversibility.FULL


# Amazon EC2 API Reference, "DescribeSecurityGroupRules": answers come in pages.


def test_an_opening_on_the_second_page_is_closed(ec2: Stubbed):
    def page(name: str, port: int, **more: Any) -> dict[str, Any]:
        ports = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIpv4": "0.0.0.0/0", "IsEgress": False}
        return {"SecurityGroupRules": [{"SecurityGroupRuleId": name, **ports}], **more}

    group = {"SecurityGroups": [{"GroupId": "sg-1"}]}
    ec2.answer("describe_security_groups", group)
    ec2.answer("describe_security_group_rules", page("sgr-1", 443, NextToken="more"))
    ec2.answer("describe_security_group_rules", page("sgr-2", 22))
    ec2.answer("revoke_security_group_ingress", {}, GroupId="sg-1", SecurityGroupRuleIds=["sgr-2"])
    ec2.answer("describe_security_groups", group).answer("describe_security_group_rules", page("sgr-1", 443))
    https = {"direction": "ingress", "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0"}
    ssh = {**https, "from_port": 22, "to_port": 22}
    ec2.steps("network.firewall", "sg-1", {"rules": [https, ssh]}, {"rules": [https]})[0].do(TOKEN)


# Amazon VPC User Guide, "Security group rules": they allow and never deny, so opening first leaves no gap in between.


def test_what_is_new_is_opened_before_what_is_old_is_closed(ec2: Stubbed):
    anyone = {"direction": "ingress", "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0"}
    out = {"direction": "egress", "protocol": "all", "cidr": "0.0.0.0/0"}
    office = {**anyone, "cidr": "203.0.113.0/24"}
    planned = ec2.steps("network.firewall", "sg-1", {"rules": [anyone, out]}, {"rules": [office]})
    assert [step.name for step in planned] == [
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupEgress",
    ]
    assert planned[0].text == f"Open ingress tcp 443-443 203.0.113.0/24 on aws:{ACCOUNT}:{REGION}:network.firewall/sg-1."


# Amazon EC2 API Reference, "Request throttling" and "Error codes": RequestLimitExceeded means later, not never.


def test_a_throttled_step_may_be_tried_again(ec2: Stubbed):
    step = ec2.steps("network.subnet", "subnet-1", {"auto_public_ip": True}, {"auto_public_ip": False})[0]
    subnet = lambda public: {"Subnets": [{"SubnetId": "subnet-1", "MapPublicIpOnLaunch": public}]}  # noqa: E731
    ec2.answer("describe_subnets", subnet(True)).refuse("modify_subnet_attribute", "RequestLimitExceeded")
    with pytest.raises(TryAgain) as throttled:
        step.do(TOKEN)
    assert throttled.value.throttled
    ec2.answer("describe_subnets", subnet(True)).answer("modify_subnet_attribute", {}).answer("describe_subnets", subnet(False))
    step.do(TOKEN)


def test_a_world_that_moved_is_planned_again(ec2: Stubbed):
    ec2.answer("describe_instances", instance("stopped", "c5.large"))
    with pytest.raises(PlanAgain) as moved:
        resize(ec2)[2].do(TOKEN)
    assert str(moved.value) == (
        f'aws:{ACCOUNT}:{REGION}:compute.instance/{INSTANCE}: type is "c5.large", neither "m5.xlarge" as planned nor "m5.large" as '
        "wanted. Gather and plan again."
    )


def test_a_target_that_is_gone_is_planned_again(ec2: Stubbed):
    ec2.answer("describe_instances", instance("terminated"))
    with pytest.raises(PlanAgain, match=r"is gone: .* is terminated. Gather and plan again."):
        resize(ec2)[0].do(TOKEN)
