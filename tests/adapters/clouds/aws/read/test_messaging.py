"""Queues, topics, streams."""

import json
from datetime import datetime

import boto3
import pytest

from skywright.adapters.clouds.aws.read.messaging import READERS, Details, queue, stream, topic
from skywright.adapters.clouds.aws.read.place import Place
from skywright.model.errors import Denied, NotThere
from skywright.model.estate import Relation, Verb

PLACE = Place("111122223333", "eu-west-1")
QUEUES, TOPICS, STREAMS = READERS
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders.fifo"
ARN = "arn:aws:sns:eu-west-1:111122223333:orders"
OPEN = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}})


@pytest.mark.parametrize(
    ("attributes", "columns"),
    [
        (None, {"encrypted": None, "public": None, "dead_letter": None, "messages": None, "fifo": True}),
        ({}, {"encrypted": False, "public": False, "dead_letter": False, "messages": None}),
        ({"SqsManagedSseEnabled": "true"}, {"encrypted": True}),
        ({"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/x"}, {"encrypted": True}),
        ({"Policy": OPEN, "RedrivePolicy": "{}"}, {"public": True, "dead_letter": True}),
        ({"Policy": "?"}, {"public": None}),
        (
            {"MessageRetentionPeriod": "345600", "ApproximateNumberOfMessages": "12", "CreatedTimestamp": "1780272000"},
            {"retention_s": 345600, "messages": 12, "created_at": datetime(2026, 6, 1)},
        ),
        ({"CreatedTimestamp": "1780272000.475"}, {"created_at": datetime(2026, 6, 1)}),
        ({"MessageRetentionPeriod": "long", "CreatedTimestamp": "once"}, {"retention_s": None, "created_at": None}),
    ],
)
def test_queue(attributes, columns):
    row = queue(URL, Details(attributes), PLACE)
    assert {column: getattr(row, column) for column in columns} == columns
    assert row.id == "aws:111122223333:eu-west-1:messaging.queue/orders.fifo"


@pytest.mark.parametrize(
    ("attributes", "subscriptions", "columns"),
    [
        (None, None, {"encrypted": None, "public": None, "subscriptions": None, "unencrypted_endpoints": None}),
        ({}, [], {"encrypted": False, "public": False, "subscriptions": 0, "unencrypted_endpoints": 0}),
        (
            {"KmsMasterKeyId": "alias/x", "Policy": OPEN},
            [{"Protocol": "http"}, {"Protocol": "https"}, {}],
            {"encrypted": True, "public": True, "subscriptions": 3, "unencrypted_endpoints": 1},
        ),
    ],
)
def test_topic(attributes, subscriptions, columns):
    row = topic(ARN, Details(attributes), subscriptions, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("raw", "told", "columns"),
    [
        ({}, None, {"encrypted": None, "shards": None, "mode": None, "state": None}),
        (
            {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "StreamStatus": "ACTIVE"},
            {"EncryptionType": "NONE", "OpenShardCount": 4, "RetentionPeriodHours": 24},
            {"encrypted": False, "shards": 4, "retention_hours": 24, "mode": "on-demand", "state": "active"},
        ),
        ({}, {"EncryptionType": "KMS", "OpenShardCount": "x"}, {"encrypted": True, "shards": None}),
    ],
)
def test_stream(raw, told, columns):
    row = stream({"StreamName": "clicks", **raw}, Details(told), PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


def test_queues_against_moto(moto, reading):
    sqs = boto3.client("sqs", region_name="eu-west-1")
    sqs.create_queue(QueueName="dead")
    arn = "arn:aws:sqs:eu-west-1:123456789012:dead"
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": redrive}, tags={"team": "shop"})
    for only in (None, ["orders"]):
        found = reading(moto, QUEUES, only=only)
        row = next(row for row in found.resources if row.name == "orders")
        assert (row.dead_letter, row.encrypted, row.public, row.tags) == (True, True, False, {"team": "shop"})
        assert found.relations == {Relation(row.id, Verb.USES, "aws:123456789012:eu-west-1:messaging.queue/dead")}
        assert (found.failures, found.partials) == ({}, {})


def test_topics_against_moto(moto, reading):
    sns = boto3.client("sns", region_name="eu-west-1")
    arn = sns.create_topic(Name="orders", Tags=[{"Key": "team", "Value": "shop"}])["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint="http://example.com/in")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:orders")
    found = reading(moto, TOPICS)
    (row,) = found.resources
    assert (row.subscriptions, row.unencrypted_endpoints, row.public, row.tags) == (2, 1, False, {"team": "shop"})
    assert found.relations == {Relation(row.id, Verb.TARGETS, "aws:123456789012:eu-west-1:messaging.queue/orders")}


def test_streams_against_moto(moto, reading):
    kinesis = boto3.client("kinesis", region_name="eu-west-1")
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    kinesis.add_tags_to_stream(StreamName="clicks", Tags={"team": "web"})
    (row,) = reading(moto, STREAMS).resources
    assert (row.shards, row.encrypted, row.mode, row.tags) == (2, False, "provisioned", {"team": "web"})


def test_a_queue_that_is_gone_has_no_row_and_a_denied_one_has(scripted, reading):
    def attributes(**params):
        return NotThere("gone") if params["QueueUrl"].endswith("gone") else Denied("not this one")

    calls = scripted(list_queues={"QueueUrls": ["https://q/gone", "https://q/kept"]}, get_queue_attributes=attributes)
    found = reading(calls, QUEUES)
    assert [(row.name, row.encrypted, row.tags) for row in found.resources] == [("kept", None, None)]
    assert str(found.partials["messaging.queue"]) == "not this one"


def test_topics_whose_subscriptions_may_not_be_listed(scripted, reading):
    calls = scripted(
        list_topics={"Topics": [{"TopicArn": ARN}]},
        list_subscriptions=Denied("no subscriptions"),
        get_topic_attributes={"Attributes": {}},
        get_resources={"ResourceTagMappingList": []},
    )
    found = reading(calls, TOPICS)
    assert [(row.subscriptions, row.unencrypted_endpoints, row.tags) for row in found.resources] == [(None, None, {})]
    assert str(found.partials["messaging.topic"]) == "no subscriptions"
