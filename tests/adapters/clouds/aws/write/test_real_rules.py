"""Rules of the real AWS that an emulator is lenient about, each pinned on botocore's model of the call.

The AWS document that states the rule stands above each test.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, PlainCalls, StillClock

from skywright.adapters.clouds.aws.write import can, steps
from skywright.model.errors import AskHuman, PlanAgain, TryAgain
from skywright.model.plan import Reversibility
from skywright.ports.cloud import Step

INSTANCE = "i-0123456789abcdef0"
VOLUME = "vol-0123456789abcdef0"
TOKEN = "token-of-this-step"


class Stubbed:
    """One service whose answers are written down, in the order in which they must be asked for, parameters and all."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._client = boto3.client(service, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")
        self.stub = Stubber(self._client)
        self.clock = StillClock()
        self.stub.activate()

    def get(self, region: str, service: str) -> Any:
        assert (region, service) == (REGION, self._service)
        return self._client

    def answer(self, operation: str, answer: dict[str, Any], **expected: Any) -> "Stubbed":
        self.stub.add_response(operation, answer, expected or None)
        return self

    def refuse(self, operation: str, code: str, message: str = "") -> "Stubbed":
        self.stub.add_client_error(operation, code, message)
        return self

    def steps(self, kind: str, native_id: str, before: dict[str, Any], after: dict[str, Any] | None) -> tuple[Step, ...]:
        case = Case(kind=kind, native_id=native_id, before=before, after=after, see=dict)
        return tuple(steps(PlainCalls(self), case.change(), self.clock.sleep))


def stubbed_service(service: str) -> Iterator[Stubbed]:
    stubbed = Stubbed(service)
    yield stubbed
    stubbed.stub.assert_no_pending_responses()


@pytest.fixture
def ec2() -> Iterator[Stubbed]:
    yield from stubbed_service("ec2")


@pytest.fixture
def rds() -> Iterator[Stubbed]:
    yield from stubbed_service("rds")


def instance(state: str = "running", type_: str = "m5.xlarge", **more: Any) -> dict[str, Any]:
    one = {"InstanceId": INSTANCE, "State": {"Name": state}, "InstanceType": type_, "RootDeviceType": "ebs", **more}
    return {"Reservations": [{"Instances": [one]}]}


def status(instance_check: str, system_check: str = "ok") -> dict[str, Any]:
    checks = {"InstanceStatus": {"Status": instance_check}, "SystemStatus": {"Status": system_check}}
    return {"InstanceStatuses": [{"InstanceId": INSTANCE, **checks}]}


def resize(stubbed: Stubbed) -> tuple[Step, ...]:
    return stubbed.steps("compute.instance", INSTANCE, {"type": "m5.xlarge"}, {"type": "m5.large"})


def noted(state: str = "running") -> dict[str, Any]:
    return {"Tags": [{"Key": "skywright:was", "Value": f"{state} change-1"}]}


# Amazon EC2 User Guide, "Change the instance type for your Amazon EC2 instance": the instance must be stopped.


def test_the_type_of_a_running_instance_is_not_changed(ec2: Stubbed):
    ec2.answer("describe_instances", instance("running"))
    ec2.refuse("modify_instance_attribute", "IncorrectInstanceState", "The instance is not in the 'stopped' state.")
    with pytest.raises(PlanAgain) as refused:
        resize(ec2)[2].do(TOKEN)
    assert str(refused.value) == (
        f"AWS refuses ec2:ModifyInstanceAttribute in {REGION} of account {ACCOUNT} in the present state: "
        "The instance is not in the 'stopped' state."
    )


def test_a_resize_stops_before_it_changes_and_starts_after(ec2: Stubbed):
    names = [step.name for step in resize(ec2)]
    assert names == ["ec2:CreateTags", "ec2:StopInstances", "ec2:ModifyInstanceAttribute", "ec2:StartInstances", "ec2:DeleteTags"]


def test_stopping_waits_until_the_instance_is_stopped(ec2: Stubbed):
    ec2.answer("describe_instances", instance("running")).answer("describe_instances", instance("running"))
    ec2.answer("stop_instances", {}, InstanceIds=[INSTANCE])
    ec2.answer("describe_instances", instance("stopping")).answer("describe_instances", instance("stopping"))
    ec2.answer("describe_instances", instance("stopped"))
    resize(ec2)[1].do(TOKEN)
    assert ec2.clock.slept == 3  # one second, then two


# Amazon EC2 User Guide, "Status checks for Amazon EC2 instances": running is not yet well.


def test_starting_waits_for_both_status_checks(ec2: Stubbed):
    ec2.answer("describe_instances", instance("stopped", **noted())).answer("describe_instances", instance("stopped"))
    ec2.answer("start_instances", {}, InstanceIds=[INSTANCE])
    for answer in ({"InstanceStatuses": []}, status("initializing", "initializing"), status("ok", "initializing"), status("ok")):
        ec2.answer("describe_instance_status", answer, InstanceIds=[INSTANCE])
    resize(ec2)[3].do(TOKEN)


def test_an_instance_that_never_gets_well_is_handed_back(ec2: Stubbed):
    ec2.answer("describe_instances", instance("running", **noted())).answer("describe_instances", instance("running"))
    for _ in range(50):
        ec2.answer("describe_instance_status", status("impaired"))
    with pytest.raises(TryAgain) as late:
        resize(ec2)[3].do(TOKEN)
    assert str(late.value) == (f"aws:{ACCOUNT}:{REGION}:compute.instance/{INSTANCE} is not yet running and well after 15 minutes.")


# Amazon EC2 Auto Scaling User Guide, "Health checks for instances in an Auto Scaling group": a stopped member is replaced.


def test_a_member_of_an_auto_scaling_group_is_not_stopped(ec2: Stubbed):
    ec2.answer("describe_instances", instance(Tags=[{"Key": "aws:autoscaling:groupName", "Value": "web"}]))
    with pytest.raises(AskHuman) as refused:
        resize(ec2)[0].do(TOKEN)
    assert str(refused.value) == (
        f"aws:{ACCOUNT}:{REGION}:compute.instance/{INSTANCE} belongs to the Auto Scaling group web, which would replace it when it "
        "stops. Change the group's launch template instead."
    )


def test_a_member_of_an_auto_scaling_group_is_not_just_stopped_either(ec2: Stubbed):
    member = instance(Tags=[{"Key": "aws:autoscaling:groupName", "Value": "web"}])
    ec2.answer("describe_instances", member).answer("describe_instances", member)
    with pytest.raises(AskHuman, match="belongs to the Auto Scaling group web"):
        ec2.steps("compute.instance", INSTANCE, {"state": "running"}, {"state": "stopped"})[0].do(TOKEN)


# Amazon EC2 User Guide, "Root volumes for your Amazon EC2 instances": an instance store-backed instance cannot be stopped.


def test_an_instance_with_its_root_on_the_instance_store_is_not_stopped(ec2: Stubbed):
    ec2.answer("describe_instances", instance(RootDeviceType="instance-store"))
    with pytest.raises(AskHuman, match="has its root disk on the instance store and cannot be stopped"):
        resize(ec2)[0].do(TOKEN)


def test_a_note_of_another_change_is_not_believed(ec2: Stubbed):
    stale = {"Tags": [{"Key": "skywright:was", "Value": "running change-of-last-week"}]}
    ec2.answer("describe_instances", instance("stopped", **stale))
    resize(ec2)[3].do(TOKEN)  # was stopped for all we know: no StartInstances


# Amazon EC2 API Reference, "TerminateInstances" and "ModifyInstanceAttribute" (DisableApiTermination).


def test_a_protected_instance_is_neither_copied_nor_terminated(ec2: Stubbed):
    ec2.answer("describe_images", {"Images": []})
    ec2.answer("describe_instance_attribute", {"DisableApiTermination": {"Value": True}})
    with pytest.raises(AskHuman) as refused:
        ec2.steps("compute.instance", INSTANCE, {}, None)[0].do(TOKEN)
    assert str(refused.value) == (
        f"aws:{ACCOUNT}:{REGION}:compute.instance/{INSTANCE} is protected against termination. "
        "Remove the protection, or drop this change."
    )


def image(**facts: str) -> dict[str, Any]:
    tags = {
        "skywright:type": "m5.xlarge",
        "skywright:subnet": "subnet-1",
        "skywright:state": "running",
        "owner": "payments",
        **facts,
    }
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {"ImageId": "ami-1", "State": "available", "CreationDate": "2026-01-01T00:00:00.000Z", "Tags": listed}


# Amazon EC2 API Reference, "Ensuring idempotency in Amazon EC2 API requests": the same client token, the same effect.


def test_an_instance_is_made_anew_with_the_same_token_at_every_try(ec2: Stubbed):
    undo = ec2.steps("compute.instance", INSTANCE, {}, None)[1].undo
    for lost in (True, False):
        ec2.answer("describe_instances", {"Reservations": []}).answer("describe_images", {"Images": [image()]})
        ec2.answer("describe_instances", {"Reservations": []})
        ec2.stub.add_client_error("run_instances", "InternalError", expected_params=RUN) if lost else ec2.answer(
            "run_instances", {}, **RUN
        )
        if lost:
            with pytest.raises(TryAgain):
                undo(TOKEN, None)
    ec2.answer("describe_instances", instance("running"))
    undo(TOKEN, None)


RUN = {
    "ImageId": "ami-1",
    "InstanceType": "m5.xlarge",
    "MinCount": 1,
    "MaxCount": 1,
    "ClientToken": TOKEN,
    "SubnetId": "subnet-1",
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "payments"}]}],
}


def snapshot(state: str = "completed") -> dict[str, Any]:
    tags = {"skywright:type": "gp3", "skywright:zone": f"{REGION}a", "skywright:iops": "4000", "skywright:throughput": "250"}
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {"SnapshotId": "snap-1", "State": state, "StartTime": datetime(2026, 1, 1, tzinfo=UTC), "Tags": listed}


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


# Amazon RDS API Reference, "ModifyDBInstance" (ApplyImmediately, PendingModifiedValues): the answer comes before the effect.


def database(size: str, state: str = "available", pending: str | None = None) -> dict[str, Any]:
    pending_values = {"DBInstanceClass": pending} if pending else {}
    return {"DBInstances": [{"DBInstanceStatus": state, "DBInstanceClass": size, "PendingModifiedValues": pending_values}]}


def test_a_database_is_waited_for_until_nothing_is_pending(rds: Stubbed):
    step = rds.steps("database.instance", "ledger", {"type": "db.m5.xlarge"}, {"type": "db.m5.large"})[0]
    rds.answer("describe_db_instances", database("db.m5.xlarge"))
    asked = {"DBInstanceIdentifier": "ledger", "DBInstanceClass": "db.m5.large", "ApplyImmediately": True}
    rds.answer("modify_db_instance", {}, **asked)
    rds.answer("describe_db_instances", database("db.m5.xlarge", "available", "db.m5.large"))
    rds.answer("describe_db_instances", database("db.m5.xlarge", "modifying", "db.m5.large"))
    rds.answer("describe_db_instances", database("db.m5.large"))
    step.do(TOKEN)


def test_backups_are_never_kept_shorter():
    assert can("database.instance", {"backup_retention_days": 7}, {"backup_retention_days": 1}) is None
    assert can("database.instance", {"backup_retention_days": 7}, {"backup_retention_days": 0}) is None
    assert can("database.instance", {"backup_retention_days": 0}, {"backup_retention_days": 36}) is None


# AWS Lambda Developer Guide, "Lambda function states": no update while one is in progress.


def test_a_function_is_waited_for_while_it_is_updated():
    stubbed = Stubbed("lambda")

    def function(memory: int, update: str) -> dict[str, Any]:
        return {"FunctionName": "f", "MemorySize": memory, "Timeout": 3, "State": "Active", "LastUpdateStatus": update}

    stubbed.answer("get_function_configuration", function(1024, "InProgress"))
    stubbed.answer("get_function_configuration", function(1024, "Successful"))
    stubbed.answer("update_function_configuration", {}, FunctionName="f", MemorySize=256, Timeout=3)
    stubbed.answer("get_function_configuration", function(256, "InProgress"))
    stubbed.answer("get_function_configuration", function(256, "Successful"))
    stubbed.steps("function.function", "f", {"memory_mib": 1024}, {"memory_mib": 256})[0].do(TOKEN)
    stubbed.stub.assert_no_pending_responses()


# Amazon EKS API Reference, "UpdateClusterConfig" (clientRequestToken; the default of publicAccessCidrs is everybody).


def test_closing_an_endpoint_keeps_who_may_come_in_and_carries_the_token():
    stubbed = Stubbed("eks")

    def cluster(state: str, public: bool, cidrs: list[str]) -> dict[str, Any]:
        network = {"endpointPublicAccess": public, "endpointPrivateAccess": True, "publicAccessCidrs": cidrs}
        return {"cluster": {"name": "k", "status": state, "resourcesVpcConfig": network}}

    step = stubbed.steps("kubernetes.cluster", "k", {"endpoint_public": True}, {"endpoint_public": False})[0]
    ours = ["203.0.113.0/24"]
    stubbed.answer("describe_cluster", cluster("ACTIVE", True, ours))
    asked = {"endpointPublicAccess": False, "endpointPrivateAccess": True, "publicAccessCidrs": ours}
    stubbed.answer("update_cluster_config", {}, name="k", resourcesVpcConfig=asked, clientRequestToken=TOKEN)
    stubbed.answer("describe_cluster", cluster("UPDATING", True, ours)).answer("describe_cluster", cluster("ACTIVE", False, ours))
    step.do(TOKEN)
    stubbed.answer("describe_cluster", cluster("ACTIVE", False, []))
    with pytest.raises(AskHuman, match="Nobody says which addresses may reach"):
        step.undo(TOKEN, None)
    stubbed.stub.assert_no_pending_responses()


# Amazon S3 API Reference, "PutBucketLifecycleConfiguration": it replaces the whole configuration.


def test_a_lifecycle_rule_is_added_beside_the_others_with_all_their_settings():
    stubbed = Stubbed("s3")
    old = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}}
    found = {"Rules": [old], "TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
    ours = {
        "ID": "skywright-expire-incomplete-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    stubbed.answer("get_bucket_lifecycle_configuration", found).answer("get_bucket_lifecycle_configuration", found)
    stubbed.answer(
        "put_bucket_lifecycle_configuration",
        {},
        Bucket="files",
        LifecycleConfiguration={"Rules": [old, ours]},
        TransitionDefaultMinimumObjectSize="varies_by_storage_class",
    )
    stubbed.answer("get_bucket_lifecycle_configuration", {**found, "Rules": [old, ours]})
    before, after = {"incomplete_uploads_expire": False}, {"incomplete_uploads_expire": True}
    stubbed.steps("storage.bucket", "files", before, after)[0].do(TOKEN)
    stubbed.stub.assert_no_pending_responses()


# Amazon S3 API Reference, "GetBucketPolicy": NoSuchBucket and NoSuchBucketPolicy are different news.


def test_a_bucket_that_is_gone_is_not_taken_for_one_without_a_policy():
    stubbed = Stubbed("s3")
    stubbed.refuse("get_bucket_policy", "NoSuchBucket", "The specified bucket does not exist")
    with pytest.raises(PlanAgain, match=r"storage\.bucket/files is gone"):
        stubbed.steps("storage.bucket", "files", {"policy": "{}"}, {"policy": ""})[0].undo(TOKEN, None)


# IAM API Reference, "UpdateAccountPasswordPolicy": what is not named gets a default, so a policy must not arise by the way.


def test_a_password_rule_alone_does_not_bring_a_policy_about():
    stubbed = Stubbed("iam")
    for _ in range(2):
        stubbed.refuse("get_account_password_policy", "NoSuchEntity")
    step = stubbed.steps("identity.password_policy", "default", {"reuse_prevention": 0}, {"reuse_prevention": 24})[0]
    with pytest.raises(AskHuman, match="does not say how long a password must be"):
        step.do(TOKEN)
    stubbed.stub.assert_no_pending_responses()
