"""Trails, recorders, log groups, alarms."""

import json

import boto3
import pytest

from skywright.adapters.clouds.aws.read.audit import (
    READERS,
    TrailFacts,
    alarm,
    data_events,
    log_group,
    log_group_id,
    no_recorder,
    recorder,
    trail,
)
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.aws.read.watches import watched
from skywright.model.errors import Denied
from skywright.model.estate import Relation, Verb

PLACE = Place("111122223333", "eu-west-1")
HERE = "aws:111122223333:eu-west-1"
TRAILS, RECORDERS, LOG_GROUPS, ALARMS = READERS
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("raw", "facts", "columns"),
    [
        (
            {"S3BucketName": "trails", "IsMultiRegionTrail": True, "LogFileValidationEnabled": False},
            TrailFacts({"IsLogging": True}, {}, {}),
            {"logging": True, "state": "logging", "multi_region": True, "log_validation": False, "data_events": False},
        ),
        ({}, TrailFacts(), {"logging": None, "state": None, "data_events": None, "tags": None, "encrypted_with_key": False}),
        ({"KmsKeyId": KEY}, TrailFacts({"IsLogging": False}), {"encrypted_with_key": True, "state": "stopped", "log_group": ""}),
        ({"S3BucketName": "elsewhere"}, TrailFacts(), {"bucket": "elsewhere"}),
        ({"S3BucketName": "mine"}, TrailFacts(bucket="aws:1:e:storage.bucket/mine"), {"bucket": "aws:1:e:storage.bucket/mine"}),
        ({"IsMultiRegionTrail": "all", "HomeRegion": 3}, TrailFacts({"IsLogging": 1}), {"multi_region": None, "logging": None}),
    ],
)
def test_trail(raw, facts, columns):
    row = trail({"Name": "main", **raw}, facts, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("arn", "identifier"),
    [
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/audit/trail:*", f"{HERE}:log.group//audit/trail"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_the_log_group_of_an_arn(arn, identifier):
    assert log_group_id(arn) == identifier


@pytest.mark.parametrize(
    ("selectors", "recorded"),
    [
        ({}, False),
        ({"EventSelectors": [{"ReadWriteType": "All", "DataResources": []}]}, False),
        ({"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object"}]}]}, True),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]}, False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]}, True),
        ({"AdvancedEventSelectors": "?"}, False),
    ],
)
def test_data_events(selectors, recorded):
    assert data_events(selectors) is recorded


@pytest.mark.parametrize(
    ("group", "everything"),
    [
        ({"allSupported": True}, True),
        ({"allSupported": True, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}, True),
        ({"allSupported": False, "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}, False),
        ({}, None),
    ],
)
def test_recorder(group, everything):
    row = recorder({"name": "default", "recordingGroup": group}, {"recording": True}, PLACE)
    assert (row.configured, row.recording, row.all_resources) == (True, True, everything)


def test_a_recorder_without_status_may_or_may_not_record():
    assert recorder({"name": "default"}, None, PLACE).recording is None


def test_no_recorder_is_a_row():
    row = no_recorder(PLACE)
    assert (row.id, row.configured, row.recording) == (f"{HERE}:audit.recorder/default", False, False)


@pytest.mark.parametrize(
    ("raw", "columns"),
    [
        ({}, {"retention_days": None, "keeps_forever": True, "encrypted_with_key": False, "key": ""}),
        ({"retentionInDays": 30, "kmsKeyId": KEY}, {"retention_days": 30, "keeps_forever": False, "encrypted_with_key": True}),
        ({"retentionInDays": "long"}, {"retention_days": None, "keeps_forever": None}),
    ],
)
def test_log_group(raw, columns):
    row = log_group({"logGroupName": "/app", **raw}, {}, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("raw", "columns"),
    [
        ({"StateValue": "INSUFFICIENT_DATA", "AlarmActions": []}, {"state": "insufficient-data", "actions": [], "watches": None}),
        ({"StateValue": "PANIC", "ActionsEnabled": "x"}, {"state": None, "actions": None, "actions_enabled": None}),
    ],
)
def test_alarm(raw, columns):
    row = alarm({"AlarmName": "cpu", **raw}, None, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc"


@pytest.mark.parametrize(
    ("namespace", "dimensions", "identifier"),
    [
        ("AWS/EC2", {"InstanceId": "i-1"}, f"{HERE}:compute.instance/i-1"),
        ("AWS/EC2", {"AutoScalingGroupName": "web"}, None),
        ("AWS/ApplicationELB", {"TargetGroup": "t", "LoadBalancer": "app/shop/50dc"}, f"{HERE}:network.balancer/{BALANCER}"),
        ("AWS/ApplicationELB", {}, None),
        ("AWS/ECS", {"ClusterName": "shop", "ServiceName": "web"}, f"{HERE}:container.service/shop/web"),
        ("AWS/ECS", {"ClusterName": "shop"}, f"{HERE}:container.cluster/shop"),
        ("AWS/ECS", {}, None),
        ("AWS/CloudFront", {"DistributionId": "E1"}, "aws:111122223333:global:cdn.distribution/E1"),
        ("Custom/Shop", {"InstanceId": "i-1"}, None),
        ("", {}, None),
    ],
)
def test_what_an_alarm_watches(namespace, dimensions, identifier):
    listed = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    assert watched(namespace, listed, PLACE) == identifier


def test_against_moto(moto, reading):
    s3 = boto3.client("s3", region_name="eu-west-1")
    s3.create_bucket(Bucket="trails", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    cloudtrail = boto3.client("cloudtrail", region_name="eu-west-1")
    cloudtrail.create_trail(
        Name="main", S3BucketName="trails", IsMultiRegionTrail=True, TagsList=[{"Key": "team", "Value": "audit"}]
    )
    cloudtrail.start_logging(Name="main")
    found = reading(moto, TRAILS)
    (row,) = found.resources
    assert (row.logging, row.multi_region, row.tags, found.partials) == (True, True, {"team": "audit"}, {})
    assert row.bucket == "aws:123456789012:eu-west-1:storage.bucket/trails"
    assert found.relations == {Relation(row.id, Verb.LOGS_TO, row.bucket)}
    assert reading(moto, TRAILS, region="us-east-1").resources == []


def test_an_organizations_trail_shows_in_its_home_region_of_a_member_account(scripted, reading):
    arn = "arn:aws:cloudtrail:eu-west-1:999999999999:trail/all"
    shadow = {"Name": "all", "TrailARN": arn, "HomeRegion": "eu-west-1", "IsOrganizationTrail": True, "S3BucketName": "central"}
    calls = scripted(
        describe_trails={"trailList": [shadow, {"Name": "x", "HomeRegion": "us-east-1"}]},
        get_trail_status={"IsLogging": True},
        list_buckets={"Buckets": []},
        get_event_selectors=Denied("not yours"),
    )
    found = reading(calls, TRAILS)
    assert [(row.name, row.logging, row.data_events, row.bucket) for row in found.resources] == [("all", True, None, "central")]
    assert ("eu-west-1", "cloudtrail", "get_trail_status", {"Name": arn}) in calls.asked


def test_recorders_against_moto(moto, reading):
    (row,) = reading(moto, RECORDERS).resources
    assert row.configured is False
    config = boto3.client("config", region_name="eu-west-1")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": "arn:aws:iam::123456789012:role/config"})
    (row,) = reading(moto, RECORDERS).resources
    assert (row.configured, row.recording) == (True, False)


def test_log_groups_against_moto(moto, reading):
    logs = boto3.client("logs", region_name="eu-west-1")
    logs.create_log_group(logGroupName="/app", tags={"team": "search"})
    logs.create_log_group(logGroupName="/app/other")
    logs.put_retention_policy(logGroupName="/app", retentionInDays=30)
    for only in (None, ["/app"]):
        found = reading(moto, LOG_GROUPS, only=only)
        row = next(row for row in found.resources if row.name == "/app")
        assert (row.retention_days, row.tags, found.partials) == (30, {"team": "search"}, {})
        assert len(found.resources) == (2 if only is None else 1)


def test_alarms_against_moto(moto, reading):
    watch = boto3.client("cloudwatch", region_name="eu-west-1")
    common = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "Period": 60}
    topic = "arn:aws:sns:eu-west-1:123456789012:pager"
    watch.put_metric_alarm(
        AlarmName="cpu",
        MetricName="CPUUtilization",
        Namespace="AWS/EC2",
        Statistic="Average",
        Dimensions=[{"Name": "InstanceId", "Value": "i-1"}],
        AlarmActions=[topic],
        Tags=[{"Key": "team", "Value": "search"}],
        **common,
    )
    for only in (None, ["cpu"]):
        found = reading(moto, ALARMS, only=only)
        rows = {row.name: row for row in found.resources}
        assert (set(rows), found.partials) == ({"cpu"}, {})
        assert (rows["cpu"].state, rows["cpu"].actions, rows["cpu"].tags) == ("ok", [topic], {"team": "search"})
    here = "aws:123456789012:eu-west-1"
    assert found.relations == {
        Relation(rows["cpu"].id, Verb.WATCHES, f"{here}:compute.instance/i-1"),
        Relation(rows["cpu"].id, Verb.USES, f"{here}:messaging.topic/pager"),
    }


def test_composite_alarms_are_alarms(scripted, reading):
    described = {
        "MetricAlarms": [{"AlarmName": "MetricAlarm", "StateValue": "ALARM"}],
        "CompositeAlarms": [{"AlarmName": "CompositeAlarm", "StateValue": "ALARM"}],
    }
    found = reading(scripted(describe_alarms=described, get_resources={"ResourceTagMappingList": []}), ALARMS)
    assert [(row.name, row.state, row.tags) for row in found.resources] == [
        ("MetricAlarm", "alarm", {}),
        ("CompositeAlarm", "alarm", {}),
    ]


def test_rows_are_plain_data(moto, reading):
    boto3.client("logs", region_name="eu-west-1").create_log_group(logGroupName="/app")
    (row,) = reading(moto, LOG_GROUPS).resources
    assert json.loads(json.dumps(row.native)) == row.native
