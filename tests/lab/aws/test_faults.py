"""Faults on demand, counts, and the lab's own pages."""

import pytest
from botocore.exceptions import ClientError

from skywright.lab.aws.books import TokenBook
from skywright.lab.aws.faults import Fault, Faults
from skywright.lab.aws.wire import Answer, Call, Refusal, recognise
from skywright.model.errors import AskHuman

STOP = Call("ec2", "StopInstances", "eu-west-1", "AKIA")


@pytest.mark.parametrize(
    ("named", "hits"), [("ec2:StopInstances", True), ("ec2:*", True), ("*", True), ("ec2:StartInstances", False), ("s3:*", False)]
)
def test_a_fault_is_about_the_calls_that_it_names(named, hits):
    assert Fault(call=named, error="Throttling").meets(STOP, b"") is hits


def test_a_fault_strikes_as_often_as_it_says_and_is_counted():
    faults = Faults(seed=1)
    faults.add(Fault(call="ec2:*", error="Throttling", times=2))
    assert [faults.strike(STOP, b"") is not None for _ in range(4)] == [True, True, False, False]
    assert faults.listed()[0]["hits"] == 2


def test_a_share_is_decided_by_the_seed():
    def struck(seed):
        faults = Faults(seed)
        faults.add(Fault(call="*", error="Throttling", percent=30.0))
        return [faults.strike(STOP, b"") is not None for _ in range(200)]

    assert struck(3) == struck(3) != struck(4)
    assert 40 <= sum(struck(3)) <= 80


def test_a_fault_may_wait_for_one_resource():
    fault = Fault(call="ec2:*", error="InternalError", contains="i-0abc")
    assert fault.meets(STOP, b"Action=StopInstances&InstanceId.1=i-0abc")
    assert not fault.meets(STOP, b"Action=StopInstances&InstanceId.1=i-0def")


def test_an_unknown_error_needs_its_message():
    with pytest.raises(ValueError, match=r"^unknown error 'Odd': give a message with it, or one of AccessDenied, "):
        Fault(call="*", error="Odd")
    assert Fault(call="*", error="Odd", message="Very odd.").refusal().message == "Very odd."


@pytest.mark.parametrize(
    ("environ", "body", "expected"),
    [
        (
            {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=a"},
            b"Action=RunInstances&Version=2016-11-15",
            Call("ec2", "RunInstances", "eu-west-1", "AKIA1"),
        ),
        (
            {
                "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/monitoring/aws4_request, S=a",
                "HTTP_X_AMZ_TARGET": "G.GetMetricData",
            },
            b"{}",
            Call("cloudwatch", "GetMetricData", "us-east-1", "AKIA1"),
        ),
        (
            {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/elasticloadbalancing/aws4_request, S=a"},
            b"Action=DescribeLoadBalancers&Version=2012-06-01",
            Call("elb", "DescribeLoadBalancers", "us-east-1", "AKIA1"),
        ),
        ({}, b"Action=AssumeRoleWithWebIdentity", Call("s3", "AssumeRoleWithWebIdentity", "us-east-1", "")),
    ],
)
def test_calls_are_recognised(environ, body, expected):
    place = {"PATH_INFO": "/", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    assert recognise({**place, **environ}, body) == expected


def test_tokens_belong_to_an_account_and_a_call():
    book, answer = TokenBook(), Answer(200, (), b"made")
    body = b"Action=CreateVolume&ClientToken=a&Size=1"
    create = Call("ec2", "CreateVolume", "eu-west-1", "AKIA")
    book.keep(create, "111122223333", body, answer)
    assert book.recall(create, "111122223333", body) == answer
    assert book.recall(create, "444455556666", body) is None
    assert book.recall(Call("ec2", "RunInstances", "eu-west-1", "AKIA"), "111122223333", body) is None
    with pytest.raises(Refusal, match=r"^The client token was used before with other parameters\.$"):
        book.recall(create, "111122223333", body.replace(b"Size=1", b"Size=2"))


def test_a_failed_call_does_not_use_up_its_token():
    book = TokenBook()
    create = Call("ec2", "CreateVolume", "eu-west-1", "AKIA")
    book.keep(create, "1", b"Action=CreateVolume&ClientToken=a", Answer(503, (), b"no"))
    assert book.recall(create, "1", b"Action=CreateVolume&ClientToken=a") is None


@pytest.mark.lab
@pytest.mark.parametrize("service", ["ec2", "iam", "s3", "dynamodb", "lambda", "sqs", "cloudwatch", "route53"])
def test_a_throttled_call_says_so_in_the_protocol_of_its_service(client, clean, service):
    act = {
        "ec2": "describe_vpcs",
        "iam": "list_users",
        "s3": "list_buckets",
        "dynamodb": "list_tables",
        "lambda": "list_functions",
        "sqs": "list_queues",
        "cloudwatch": "list_metrics",
        "route53": "list_hosted_zones",
    }[service]
    clean.page("POST", "faults", {"call": f"{service}:*", "error": "Throttling", "times": 1})
    asked = client(service)
    with pytest.raises(ClientError) as caught:
        getattr(asked, act)()
    assert caught.value.response["Error"] == {
        "Code": "Throttling",
        "Message": "Rate exceeded",
        **({"Type": "Sender"} if service in ("iam", "route53") else {}),
    }
    getattr(asked, act)()


@pytest.mark.lab
def test_an_answer_can_be_lost_after_its_effect_and_the_token_finds_it_again(client, clean):
    ec2 = client("ec2")
    clean.page("POST", "faults", {"call": "ec2:CreateVolume", "error": "InternalError", "times": 1, "after": True})
    asked = {"AvailabilityZone": "eu-west-1a", "Size": 2, "ClientToken": "lost-answer"}
    before = len(ec2.describe_volumes()["Volumes"])
    with pytest.raises(ClientError, match="InternalError"):
        ec2.create_volume(**asked)
    found = ec2.create_volume(**asked)["VolumeId"]
    assert len(ec2.describe_volumes()["Volumes"]) == before + 1
    ec2.delete_volume(VolumeId=found)


@pytest.mark.lab
def test_calls_are_counted_since_the_reset(client, clean):
    client("ec2").describe_vpcs()
    client("s3").list_buckets()
    client("s3").list_buckets()
    assert clean.page("GET", "calls") == {"total": 3, "calls": {"s3:ListBuckets": 2, "ec2:DescribeVpcs": 1}}


@pytest.mark.lab
def test_an_instance_can_fail_its_status_check_as_one_type_only(client, clean):
    ec2 = client("ec2")
    machine = next(m for r in ec2.describe_instances()["Reservations"] for m in r["Instances"] if m["State"]["Name"] == "running")

    def status():
        found = ec2.describe_instance_status(InstanceIds=[machine["InstanceId"]])["InstanceStatuses"][0]
        return found["InstanceStatus"]["Status"]

    clean.page("PUT", "impaired", {machine["InstanceId"]: "m5.metal"})
    assert status() == "ok"
    clean.page("PUT", "impaired", {machine["InstanceId"]: machine["InstanceType"]})
    assert status() == "impaired"
    clean.page("PUT", "impaired", {})
    assert status() == "ok"


@pytest.mark.lab
def test_a_bad_fault_is_refused_with_the_reason(clean):
    with pytest.raises(AskHuman, match=r"^The lab refused POST faults: .*unknown field `cal`"):
        clean.page("POST", "faults", {"cal": "ec2:*"})
    with pytest.raises(AskHuman, match=r"no page GET /lab/nothing"):
        clean.page("GET", "nothing")


@pytest.mark.lab
def test_an_alarm_can_fire_while_its_instance_runs_as_one_type_only(client, clean):
    ec2, watch = client("ec2"), client("cloudwatch")
    alarm = next(each for each in watch.describe_alarms()["MetricAlarms"] if each["Dimensions"])
    name = alarm["Dimensions"][0]["Value"]
    kind = ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]["InstanceType"]

    def firing():
        return [each["AlarmName"] for each in watch.describe_alarms(StateValue="ALARM")["MetricAlarms"]]

    clean.page("PUT", "alarming", {name: "m5.metal"})
    assert firing() == []
    clean.page("PUT", "alarming", {name: kind})
    assert alarm["AlarmName"] in firing()
    clean.page("PUT", "alarming", {name: "m5.metal"})
    assert firing() == []
