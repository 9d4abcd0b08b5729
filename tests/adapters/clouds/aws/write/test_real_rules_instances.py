"""Rules of the real EC2 about instances of which an emulator knows nothing, each under the document that states it."""

from typing import Any

import pytest
from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION
from tests.adapters.clouds.aws.write._stubbed import INSTANCE, TOKEN, Stubbed, instance, noted, resize, status

from skywright.model.errors import AskHuman, PlanAgain, TryAgain

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
