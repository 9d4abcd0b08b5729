"""The lab refuses what AWS refuses. Each case names the error that AWS's reference gives."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.lab


def machines(ec2, state="running"):
    pages = ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": "instance-state-name", "Values": [state]}])
    return [machine for page in pages for reservation in page["Reservations"] for machine in reservation["Instances"]]


def refused(act):
    with pytest.raises(ClientError) as caught:
        act()
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_running_instance_keeps_its_type(client):
    ec2 = client("ec2")
    name = machines(ec2)[0]["InstanceId"]
    said = refused(lambda: ec2.modify_instance_attribute(InstanceId=name, InstanceType={"Value": "m5.2xlarge"}))
    assert said == ("IncorrectInstanceState", f"The instance '{name}' is not in the 'stopped' state.")


def test_a_stopped_instance_changes_its_type_to_one_that_exists_and_fits(client):
    ec2 = client("ec2")
    name = machines(ec2)[0]["InstanceId"]
    ec2.stop_instances(InstanceIds=[name])
    try:
        wrong = refused(lambda: ec2.modify_instance_attribute(InstanceId=name, InstanceType={"Value": "m5.huge"}))
        assert wrong == ("InvalidInstanceAttributeValue", "Invalid value 'm5.huge' for instanceType.")
        other = refused(lambda: ec2.modify_instance_attribute(InstanceId=name, InstanceType={"Value": "m6g.large"}))
        assert other[0] == "InvalidParameterValue"
        ec2.modify_instance_attribute(InstanceId=name, InstanceType={"Value": "m5.2xlarge"})
        found = ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]
        assert found["InstanceType"] == "m5.2xlarge"
    finally:
        ec2.start_instances(InstanceIds=[name])


def test_a_terminated_instance_does_not_start(client):
    ec2 = client("ec2", "eu-west-1")
    image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    name = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0][
        "InstanceId"
    ]
    ec2.terminate_instances(InstanceIds=[name])
    assert refused(lambda: ec2.start_instances(InstanceIds=[name]))[0] == "IncorrectInstanceState"
    assert refused(lambda: ec2.stop_instances(InstanceIds=[name]))[0] == "IncorrectInstanceState"


def test_the_same_token_makes_one_volume_and_other_parameters_are_refused(client):
    ec2 = client("ec2")
    first = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=5, ClientToken="one-token")["VolumeId"]
    again = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=5, ClientToken="one-token")["VolumeId"]
    assert first == again
    said = refused(lambda: ec2.create_volume(AvailabilityZone="eu-west-1a", Size=6, ClientToken="one-token"))
    assert said[0] == "IdempotentParameterMismatch"
    ec2.delete_volume(VolumeId=first)


def test_a_volume_grows_and_never_shrinks(client):
    ec2 = client("ec2")
    name = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=5)["VolumeId"]
    ec2.modify_volume(VolumeId=name, Size=8)
    said = refused(lambda: ec2.modify_volume(VolumeId=name, Size=4))
    assert said == ("InvalidParameterValue", "New size cannot be smaller than existing size 8")
    ec2.delete_volume(VolumeId=name)


def test_a_volume_hangs_on_one_instance_in_its_own_zone(client):
    ec2 = client("ec2")
    machine = machines(ec2)[0]
    far = ec2.create_volume(AvailabilityZone="eu-west-1b", Size=5)["VolumeId"]
    attach = {"InstanceId": machine["InstanceId"], "Device": "/dev/sdz"}
    assert refused(lambda: ec2.attach_volume(VolumeId=far, **attach))[0] == "InvalidVolume.ZoneMismatch"
    used = machine["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert refused(lambda: ec2.attach_volume(VolumeId=used, **attach))[0] == "VolumeInUse"
    assert refused(lambda: ec2.delete_volume(VolumeId=used))[0] == "VolumeInUse"
    ec2.delete_volume(VolumeId=far)


def test_what_something_uses_is_not_deleted(client):
    ec2 = client("ec2")
    machine = machines(ec2)[0]
    group = machine["SecurityGroups"][0]["GroupId"]
    assert refused(lambda: ec2.delete_security_group(GroupId=group))[0] == "DependencyViolation"
    assert refused(lambda: ec2.delete_subnet(SubnetId=machine["SubnetId"]))[0] == "DependencyViolation"
    assert refused(lambda: ec2.delete_vpc(VpcId=machine["VpcId"]))[0] == "DependencyViolation"
    address = next(each for each in ec2.describe_addresses()["Addresses"] if each.get("InstanceId"))
    assert refused(lambda: ec2.release_address(AllocationId=address["AllocationId"]))[0] == "InvalidIPAddress.InUse"


def test_a_group_that_another_group_names_is_not_deleted(client):
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    named, naming = (ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in ("named", "naming"))
    peer = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": named}]}]
    ec2.authorize_security_group_ingress(GroupId=naming, IpPermissions=peer)
    said = refused(lambda: ec2.delete_security_group(GroupId=named))
    assert said == ("DependencyViolation", f"resource {named} has a dependent object")
    ec2.delete_security_group(GroupId=naming)
    ec2.delete_security_group(GroupId=named)


@pytest.mark.parametrize(
    ("operation", "key"),
    [("describe_volumes", "Volumes"), ("describe_subnets", "Subnets"), ("describe_network_interfaces", "NetworkInterfaces")],
)
def test_lists_page_and_pages_hold_everything_once(client, operation, key):
    ec2 = client("ec2")
    whole = [str(row) for row in getattr(ec2, operation)()[key]]
    pages = list(ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5}))
    assert max(len(page[key]) for page in pages) <= 5
    assert len(pages) == -(-len(whole) // 5) or len(whole) == 0
    assert [str(row) for page in pages for row in page[key]] == whole


def test_a_made_up_token_is_refused(client):
    ec2 = client("ec2")
    assert refused(lambda: ec2.describe_volumes(MaxResults=5, NextToken="bGFiOng="))[0] in ("InvalidNextToken", "InternalFailure")


def test_unknown_credentials_are_refused(client):
    ec2 = client("ec2", aws_access_key_id="AKIAAAAAAAAAAAAAAAAA", aws_secret_access_key="x")
    assert refused(ec2.describe_vpcs) == ("InvalidClientTokenId", "The security token included in the request is invalid.")


def test_a_role_that_is_there_is_assumed_and_one_that_is_not_is_denied(client, lab):
    sts = client("sts")
    number = lab.accounts["staging"]
    good = sts.assume_role(RoleArn=f"arn:aws:iam::{number}:role/{lab.role}", RoleSessionName="test")["Credentials"]
    there = client(
        "sts",
        aws_access_key_id=good["AccessKeyId"],
        aws_secret_access_key=good["SecretAccessKey"],
        aws_session_token=good["SessionToken"],
    )
    assert there.get_caller_identity()["Account"] == number
    said = refused(lambda: sts.assume_role(RoleArn=f"arn:aws:iam::{number}:role/nobody", RoleSessionName="test"))
    assert said[0] == "AccessDenied"


def test_only_the_regions_of_the_company_are_enabled(client, lab):
    assert {region["RegionName"] for region in client("ec2").describe_regions()["Regions"]} == set(lab.regions)


def test_cloudtrail_tells_what_happened(client):
    ec2 = client("ec2")
    name = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=3)["VolumeId"]
    ec2.delete_volume(VolumeId=name)
    trail = client("cloudtrail")
    by_name = [{"AttributeKey": "ResourceName", "AttributeValue": name}]
    events = trail.lookup_events(LookupAttributes=by_name)["Events"]
    assert [event["EventName"] for event in events] == ["DeleteVolume"]
    assert events[0]["EventSource"] == "ec2.amazonaws.com"
    assert abs(events[0]["EventTime"] - datetime.now(UTC)) < timedelta(minutes=1)
    pages = list(trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 1}))
    assert len(pages) >= 2
    assert all(event["ReadOnly"] == "false" for page in pages for event in page["Events"])


def test_a_call_that_the_lab_does_not_know_is_refused_once(client):
    assert refused(lambda: client("ec2").describe_aws_network_performance_metric_subscriptions())[0] == "UnsupportedOperation"


def test_a_paged_list_of_buckets_tells_where_they_are(client):
    s3 = client("s3")
    assert all("BucketRegion" not in bucket for bucket in s3.list_buckets()["Buckets"])
    paged = s3.list_buckets(MaxBuckets=1000)["Buckets"]
    assert {bucket["BucketRegion"] for bucket in paged} == {"eu-west-1"}
