"""Pub/Sub: topics, and subscriptions, which are queues."""

from collections.abc import Sequence
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Asking, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Queue, Topic

TOPIC, QUEUE = "messaging.topic", "messaging.queue"
STATES = {"ACTIVE": "active", "RESOURCE_ERROR": "failed", "INGESTION_RESOURCE_ERROR": "failed"}
DELETED_TOPIC = "_deleted-topic_"


def topic(raw: dict[str, Any], place: Place, policy: Any, subscriptions: Sequence[Any] | None) -> Topic:
    """A Topic with its IAM policy and all Subscriptions of its project (None: not known)."""
    own = [one for one in subscriptions or () if _same_topic(one, raw)]
    plain = [one for one in own if tr.said(one, "pushConfig", "pushEndpoint").startswith("http://")]
    return Topic(
        **names.row(TOPIC, raw, place),
        state=names.word(raw, STATES, "state") or "active",
        encrypted=True,
        public=None if policy is None else names.open_to_all(policy),
        subscriptions=None if subscriptions is None else len(own),
        unencrypted_endpoints=None if subscriptions is None else len(plain),
    )


def queue(raw: dict[str, Any], place: Place, policy: Any) -> Queue:
    """A Subscription with its IAM policy (None: not known)."""
    return Queue(
        **names.row(QUEUE, raw, place),
        state=names.word(raw, STATES, "state") or "active",
        encrypted=True,
        public=None if policy is None else names.open_to_all(policy),
        dead_letter=bool(tr.text(raw, "deadLetterPolicy", "deadLetterTopic")),
        retention_s=names.seconds(raw, "messageRetentionDuration"),
        fifo=tr.flag(raw, "enableMessageOrdering") or False,
    )


def _same_topic(subscription: Any, raw: Any) -> bool:
    return tr.tail(tr.text(subscription, "topic")) == tr.tail(tr.text(raw, "name"))


def _policy(raw: dict[str, Any], collection: str) -> Asking:
    return names.full_name("pubsub", raw), f"pubsub.projects.{collection}.getIamPolicy", {"resource": tr.said(raw, "name")}


def _read_topics(reading: Reading) -> None:
    found = reading.here(TOPIC, "pubsub.googleapis.com/Topic")
    subscriptions: Sequence[Any] | None = None
    if found:
        with reading.columns(TOPIC):
            subscriptions = reading.everywhere("pubsub.googleapis.com/Subscription")
    granted = reading.granted(TOPIC, found, lambda raw: _policy(raw, "topics"))
    reading.take(TOPIC, granted, lambda one: topic(one[0], reading.place, one[1], subscriptions))


def _read_subscriptions(reading: Reading) -> None:
    found = reading.here(QUEUE, "pubsub.googleapis.com/Subscription")
    granted = reading.granted(QUEUE, found, lambda raw: _policy(raw, "subscriptions"))
    for row in reading.take(QUEUE, granted, lambda one: queue(one[0], reading.place, one[1])):
        source = tr.text(row.native, "topic")
        if source != DELETED_TOPIC:
            reading.relate(row.id, Verb.USES, reading.place.link(TOPIC, source))


READERS = (
    Reader(
        name="topics",
        service="pubsub",
        kinds=(TOPIC,),
        read=_read_topics,
        is_global=True,
        permissions=("pubsub.topics.list", "pubsub.topics.getIamPolicy", "pubsub.subscriptions.list"),
    ),
    Reader(
        name="subscriptions",
        service="pubsub",
        kinds=(QUEUE,),
        read=_read_subscriptions,
        is_global=True,
        permissions=("pubsub.subscriptions.list", "pubsub.subscriptions.getIamPolicy"),
    ),
)
