"""Queues, topics, streams.

calls                                       for
list_queues; get_queue_attributes           each queue
list_topics, list_subscriptions             topics and what subscribes to them
get_topic_attributes                        each topic
list_streams; describe_stream_summary       each stream
"""

import json
from collections import defaultdict
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.policy import grants_everyone
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.details import details
from skywright.adapters.clouds.aws.read.place import Place, arn_id
from skywright.adapters.clouds.aws.read.tagged import Tags, tags_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Queue, Stream, Topic

QUEUE, TOPIC, STREAM = Queue.KIND, Topic.KIND, Stream.KIND

Raw = dict[str, Any]


class Details(msgspec.Struct, frozen=True):
    """What only a call per resource tells. None: not known."""

    attributes: Raw | None = None
    tags: Tags | None = None


def queue(url: str, told: Details, place: Place) -> Queue:
    """A queue's URL and GetQueueAttributes -> its row."""
    raw = told.attributes
    name = url.rsplit("/", 1)[-1]
    return Queue(
        **place.common(QUEUE, name),
        name=name,
        tags=told.tags,
        created_at=_seconds(raw, "CreatedTimestamp"),
        encrypted=None if raw is None else bool(raw.get("KmsMasterKeyId")) or tr.flag(raw, "SqsManagedSseEnabled") is True,
        public=None if raw is None else _public(raw),
        dead_letter=None if raw is None else bool(raw.get("RedrivePolicy")),
        retention_s=tr.integer(raw, "MessageRetentionPeriod"),
        fifo=name.endswith(".fifo"),
        messages=tr.integer(raw, "ApproximateNumberOfMessages"),
        native={"QueueUrl": url} | tr.native(raw or {}, *(key for key in raw or () if key.startswith("Approximate"))),
    )


def _seconds(raw: Raw | None, key: str) -> Any:
    """A time in seconds since 1970, as SQS writes it: digits, in a string."""
    told = tr.said(raw, key)
    return tr.utc(int(told.partition(".")[0])) if told.partition(".")[0].isdecimal() else None


def _public(raw: Raw) -> bool | None:
    """Without a policy only the account itself may use it."""
    return grants_everyone(raw["Policy"]) if raw.get("Policy") else False


def topic(arn: str, told: Details, subscriptions: list[Raw] | None, place: Place) -> Topic:
    """A topic's ARN, GetTopicAttributes and its share of ListSubscriptions -> its row."""
    raw = told.attributes
    name = arn.rsplit(":", 1)[-1]
    return Topic(
        **place.common(TOPIC, name),
        name=name,
        tags=told.tags,
        encrypted=None if raw is None else bool(raw.get("KmsMasterKeyId")),
        public=None if raw is None else _public(raw),
        subscriptions=None if subscriptions is None else len(subscriptions),
        unencrypted_endpoints=None if subscriptions is None else sum(tr.text(one, "Protocol") == "http" for one in subscriptions),
        native={"TopicArn": arn} | tr.native(raw or {}),
    )


def stream(raw: Raw, more: Details, place: Place) -> Stream:
    """One of ListStreams' summaries with DescribeStreamSummary -> its row."""
    told = more.attributes
    encryption = tr.text(told, "EncryptionType")
    return Stream(
        **place.common(STREAM, raw["StreamName"]),
        name=raw["StreamName"],
        state=tr.said(raw, "StreamStatus").lower() or None,
        tags=more.tags,
        created_at=tr.moment(raw, "StreamCreationTimestamp"),
        encrypted=None if encryption is None else encryption != "NONE",
        retention_hours=tr.integer(told, "RetentionPeriodHours"),
        shards=tr.integer(told, "OpenShardCount"),
        mode={"PROVISIONED": "provisioned", "ON_DEMAND": "on-demand"}.get(tr.said(raw, "StreamModeDetails", "StreamMode")),
        native=tr.native(raw) | tr.native(told or {}),
    )


def _read_queues(reading: Reading) -> None:
    urls = [url for url in reading.pages("list_queues", "QueueUrls", MaxResults=1000) if reading.wants(url.rsplit("/", 1)[-1])]

    def own_tags(url: str) -> Tags | None:
        return tr.tags(reading.call("list_queue_tags", QueueUrl=url).get("Tags"))

    def ask(url: str) -> Details:
        answer = reading.call("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
        attributes = tr.at(answer, "Attributes") or {}
        return Details(attributes, tags_of(reading, QUEUE, tr.said(attributes, "QueueArn"), lambda: own_tags(url)))

    found = details(reading, QUEUE, urls, ask)
    reading.take(QUEUE, found, lambda one: queue(one[0], one[1] or Details(), reading.place), _queue_links)


def _queue_links(row: Queue) -> Links:
    yield Verb.ENCRYPTED_BY, Place(row.account, row.region).key(tr.text(row.native, "KmsMasterKeyId"))
    yield Verb.USES, arn_id(QUEUE, _dead_letters_of(row.native.get("RedrivePolicy")))


def _dead_letters_of(redrive: Any) -> str | None:
    """The ARN of the queue that takes what could not be worked off."""
    try:
        return tr.text(json.loads(redrive or "{}"), "deadLetterTargetArn")
    except (TypeError, ValueError):
        return None


def _read_topics(reading: Reading) -> None:
    listed = [tr.said(raw, "TopicArn") for raw in reading.pages("list_topics", "Topics")]
    wanted = [arn for arn in listed if reading.wants(arn.rsplit(":", 1)[-1])]
    subscriptions = _subscriptions(reading) if wanted else {}

    def own_tags(arn: str) -> Tags | None:
        return tr.tags(reading.call("list_tags_for_resource", ResourceArn=arn).get("Tags"))

    def ask(arn: str) -> Details:
        attributes = tr.at(reading.call("get_topic_attributes", TopicArn=arn), "Attributes") or {}
        return Details(attributes, tags_of(reading, TOPIC, arn, lambda: own_tags(arn)))

    def row(one: tuple[str, Details | None]) -> Topic:
        arn, told = one
        mine = None if subscriptions is None else subscriptions.get(arn, [])
        return topic(arn, told or Details(), mine, reading.place)

    for kept in reading.take(TOPIC, details(reading, TOPIC, wanted, ask), row, _topic_links):
        for one in (subscriptions or {}).get(tr.said(kept.native, "TopicArn"), ()):
            reading.relate(kept.id, Verb.TARGETS, _subscriber(one))


def _subscriptions(reading: Reading) -> dict[str, list[Raw]] | None:
    """Topic ARN -> its subscriptions; None: not known."""
    with reading.columns(TOPIC):
        found: dict[str, list[Raw]] = defaultdict(list)
        for raw in reading.pages("list_subscriptions", "Subscriptions"):
            found[tr.said(raw, "TopicArn")].append(raw)
        return found
    return None


def _topic_links(row: Topic) -> Links:
    yield Verb.ENCRYPTED_BY, Place(row.account, row.region).key(tr.text(row.native, "KmsMasterKeyId"))


def _subscriber(subscription: Raw) -> str | None:
    """The id of the queue or function that gets the messages; other subscribers are no resources."""
    kinds = {"sqs": QUEUE, "lambda": "function.function"}
    kind = kinds.get(tr.said(subscription, "Protocol"))
    return arn_id(kind, tr.text(subscription, "Endpoint")) if kind else None


def _read_streams(reading: Reading) -> None:
    listed = [
        raw for raw in reading.pages("list_streams", "StreamSummaries", Limit=100) if reading.wants(tr.said(raw, "StreamName"))
    ]

    def ask(raw: Raw) -> Details:
        name = raw["StreamName"]
        told = tr.at(reading.call("describe_stream_summary", StreamName=name), "StreamDescriptionSummary")
        tags: Tags | None = None
        with reading.columns(STREAM):
            tags = tr.tags(reading.call("list_tags_for_stream", StreamName=name).get("Tags"))
        return Details(told, tags)

    def row(one: tuple[Raw, Details | None]) -> Stream:
        return stream(one[0], one[1] or Details(), reading.place)

    def links(row: Stream) -> Links:
        yield Verb.ENCRYPTED_BY, Place(row.account, row.region).key(tr.text(row.native, "KeyId"))

    reading.take(STREAM, details(reading, STREAM, listed, ask), row, links)


READERS: tuple[Reader, ...] = (
    Reader(
        name="queues",
        service="sqs",
        kinds=(QUEUE,),
        read=_read_queues,
        permissions=("sqs:ListQueues", "sqs:GetQueueAttributes", "sqs:ListQueueTags", "tag:GetResources"),
    ),
    Reader(
        name="topics",
        service="sns",
        kinds=(TOPIC,),
        read=_read_topics,
        permissions=(
            "sns:ListTopics",
            "sns:ListSubscriptions",
            "sns:GetTopicAttributes",
            "sns:ListTagsForResource",
            "tag:GetResources",
        ),
    ),
    Reader(
        name="streams",
        service="kinesis",
        kinds=(STREAM,),
        read=_read_streams,
        permissions=("kinesis:ListStreams", "kinesis:DescribeStreamSummary", "kinesis:ListTagsForStream"),
    ),
)
