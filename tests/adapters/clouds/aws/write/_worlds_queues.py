"""A case for each action on queues, topics and streams."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import Case, World
from tests.adapters.clouds.aws.write._parts import FIRST_TAGS, listed, tag_case


def queue(world: World) -> str:
    attributes = {"SqsManagedSseEnabled": "false", "MessageRetentionPeriod": "3600"}
    return world.aws("sqs").create_queue(QueueName="orders", Attributes=attributes, tags=FIRST_TAGS)["QueueUrl"]


def queue_encryption(world: World) -> Case:
    url = queue(world)

    def see() -> dict[str, Any]:
        found = world.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["SqsManagedSseEnabled"])
        return {"encrypted": found["Attributes"]["SqsManagedSseEnabled"] == "true"}

    before, after = {"encrypted": False}, {"encrypted": True}
    return Case(kind="messaging.queue", native_id="orders", before=before, after=after, see=see)


def queue_retention(world: World) -> Case:
    url = queue(world)

    def see() -> dict[str, Any]:
        found = world.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod"])
        return {"retention_s": int(found["Attributes"]["MessageRetentionPeriod"])}

    before, after = {"retention_s": 3600}, {"retention_s": 345600}
    return Case(kind="messaging.queue", native_id="orders", before=before, after=after, see=see)


def queue_tags(world: World) -> Case:
    url = queue(world)
    return tag_case("messaging.queue", "orders", lambda: world.aws("sqs").list_queue_tags(QueueUrl=url).get("Tags", {}))


def topic(world: World) -> str:
    return world.aws("sns").create_topic(Name="alerts", Tags=listed(FIRST_TAGS))["TopicArn"]


def topic_encryption(world: World) -> Case:
    arn = topic(world)

    def see() -> dict[str, Any]:
        return {"encrypted": bool(world.aws("sns").get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId"))}

    before, after = {"encrypted": False}, {"encrypted": True}
    return Case(kind="messaging.topic", native_id="alerts", before=before, after=after, see=see)


def topic_tags(world: World) -> Case:
    arn = topic(world)

    def see() -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in world.aws("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]}

    return tag_case("messaging.topic", "alerts", see)


def stream_encryption(world: World) -> Case:
    kinesis = world.aws("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)

    def see() -> dict[str, Any]:
        found = kinesis.describe_stream(StreamName="clicks")["StreamDescription"]
        return {"encrypted": found.get("EncryptionType", "NONE") == "KMS"}

    before, after = {"encrypted": False}, {"encrypted": True}
    return Case(kind="messaging.stream", native_id="clicks", before=before, after=after, see=see)


CASES: dict[str, Callable[[World], Case]] = {
    "encrypt a queue": queue_encryption,
    "keep a queue's messages longer": queue_retention,
    "change the tags of messaging.queue": queue_tags,
    "encrypt a topic": topic_encryption,
    "change the tags of messaging.topic": topic_tags,
    "encrypt a stream": stream_encryption,
}
