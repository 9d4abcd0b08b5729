"""Queues, topics and streams: SQS, SNS, Kinesis."""

from typing import Any

from skywright.adapters.clouds.aws.read.place import partition_of
from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, Values, Way, switched_on


def queue_url(target: Target) -> str:
    """The queue's URL, from its URL, name or ARN."""
    if target.id.startswith("http"):
        return target.id
    return str(target.call("sqs:GetQueueUrl", QueueName=target.id.rsplit(":", 1)[-1])["QueueUrl"])


def _attributes(target: Target, *names: str) -> dict[str, str]:
    answer = target.call("sqs:GetQueueAttributes", QueueUrl=queue_url(target), AttributeNames=list(names))
    return dict(answer.get("Attributes") or {})


def _set_attribute(target: Target, name: str, value: str) -> None:
    target.call("sqs:SetQueueAttributes", QueueUrl=queue_url(target), Attributes={name: value})


def _read_queue_encryption(target: Target) -> Values:
    found = _attributes(target, "SqsManagedSseEnabled", "KmsMasterKeyId")
    return {"encrypted": found.get("SqsManagedSseEnabled") == "true" or bool(found.get("KmsMasterKeyId"))}


def _write_queue_encryption(target: Target, wanted: Values) -> None:
    _set_attribute(target, "SqsManagedSseEnabled", "true" if wanted["encrypted"] else "false")


_QUEUE_CALLS = ("sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:GetQueueUrl")
QUEUE_ENCRYPTION = Setting(
    action=Action(
        name="encrypt a queue",
        kind="messaging.queue",
        columns=("encrypted",),
        calls=_QUEUE_CALLS,
        document="Amazon SQS API Reference: SetQueueAttributes (SqsManagedSseEnabled)",
    ),
    read=_read_queue_encryption,
    write=_write_queue_encryption,
    allowed=switched_on("encrypted"),
)


def _read_retention(target: Target) -> Values:
    return {"retention_s": int(_attributes(target, "MessageRetentionPeriod")["MessageRetentionPeriod"])}


def _keeps_messages(before: Values, after: Values) -> bool:
    """One minute to 14 days, and not shorter than before: that would drop messages."""
    old, new = before.get("retention_s"), after["retention_s"]
    return old is not None and new is not None and max(60, old) <= new <= 1_209_600


QUEUE_RETENTION = Setting(
    action=Action(
        name="keep a queue's messages longer",
        kind="messaging.queue",
        columns=("retention_s",),
        calls=_QUEUE_CALLS,
        document="Amazon SQS API Reference: SetQueueAttributes (MessageRetentionPeriod)",
    ),
    read=_read_retention,
    write=lambda target, wanted: _set_attribute(target, "MessageRetentionPeriod", str(wanted["retention_s"])),
    allowed=_keeps_messages,
    within_s=MINUTES_S,
)


def topic_arn(target: Target) -> str:
    """The topic's ARN, from its ARN or name."""
    if target.id.startswith("arn:"):
        return target.id
    return f"arn:{partition_of(target.name.region)}:sns:{target.name.region}:{target.name.account}:{target.id}"


def _read_topic(target: Target) -> Values:
    found = target.call("sns:GetTopicAttributes", TopicArn=topic_arn(target))["Attributes"]
    return {"encrypted": bool(found.get("KmsMasterKeyId"))}


def _write_topic(target: Target, wanted: Values) -> None:
    key = "alias/aws/sns" if wanted["encrypted"] else ""
    target.call("sns:SetTopicAttributes", TopicArn=topic_arn(target), AttributeName="KmsMasterKeyId", AttributeValue=key)


TOPIC_ENCRYPTION = Setting(
    action=Action(
        name="encrypt a topic",
        kind="messaging.topic",
        columns=("encrypted",),
        calls=("sns:SetTopicAttributes", "sns:GetTopicAttributes"),
        document="Amazon SNS API Reference: SetTopicAttributes (KmsMasterKeyId)",
        note="AWS services that publish to the topic need a key of the customer's own",
    ),
    read=_read_topic,
    write=_write_topic,
    allowed=switched_on("encrypted"),
)


def _stream(target: Target) -> dict[str, Any] | None:
    found: dict[str, Any] = target.call("kinesis:DescribeStreamSummary", StreamName=target.id)["StreamDescriptionSummary"]
    return found if found["StreamStatus"] == "ACTIVE" else None


def _read_stream_encryption(target: Target) -> Values | None:
    found = _stream(target)
    return found and {"encrypted": found.get("EncryptionType", "NONE") != "NONE"}


def _write_stream_encryption(target: Target, wanted: Values) -> None:
    verb = "Start" if wanted["encrypted"] else "Stop"
    target.call(f"kinesis:{verb}StreamEncryption", StreamName=target.id, EncryptionType="KMS", KeyId="alias/aws/kinesis")


STREAM_ENCRYPTION = Setting(
    action=Action(
        name="encrypt a stream",
        kind="messaging.stream",
        columns=("encrypted",),
        calls=("kinesis:StartStreamEncryption", "kinesis:StopStreamEncryption", "kinesis:DescribeStreamSummary"),
        document="Amazon Kinesis Data Streams API Reference: StartStreamEncryption",
    ),
    read=_read_stream_encryption,
    write=_write_stream_encryption,
    allowed=switched_on("encrypted"),
    within_s=MINUTES_S,
)

WAYS: tuple[Way, ...] = (QUEUE_ENCRYPTION, QUEUE_RETENTION, TOPIC_ENCRYPTION, STREAM_ENCRYPTION)
