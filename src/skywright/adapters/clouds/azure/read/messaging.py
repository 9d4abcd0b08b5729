"""Service Bus queues and topics, event hubs."""

import re
from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.kinds.control import Queue, Stream, Topic

QUEUE, TOPIC, STREAM = "messaging.queue", "messaging.topic", "messaging.stream"
BUSES, HUBS = "Microsoft.ServiceBus/namespaces", "Microsoft.EventHub/namespaces"
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
EVER_S = 10 * 365 * 86400  # TimeSpan.MaxValue, which is what is set where messages stay for ever, is some 29,000 years


def queue(raw: dict[str, Any], place: Place, owner: dict[str, Any]) -> Queue:
    """A queue. Each has a queue of dead letters beside it
    (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues), rests encrypted, and asks for a
    signature or an identity."""
    own = props(raw)
    return Queue(
        **{**place.head(QUEUE, raw), "tags": tr.tags(owner.get("tags"))},
        state=tr.said(own, "status").lower() or None,
        created_at=tr.moment(own, "createdAt"),
        encrypted=True,
        public=False,
        dead_letter=True,
        retention_s=seconds(tr.said(own, "defaultMessageTimeToLive")),
        fifo=tr.flag(own, "requiresSession"),
        messages=tr.integer(own, "messageCount"),
        tls_minimum=tr.text(props(owner), "minimumTlsVersion"),
    )


def topic(raw: dict[str, Any], place: Place, owner: dict[str, Any]) -> Topic:
    """A topic."""
    own = props(raw)
    return Topic(
        **{**place.head(TOPIC, raw), "tags": tr.tags(owner.get("tags"))},
        state=tr.said(own, "status").lower() or None,
        created_at=tr.moment(own, "createdAt"),
        encrypted=True,
        public=False,
        subscriptions=tr.integer(own, "subscriptionCount"),
        unencrypted_endpoints=0,
        tls_minimum=tr.text(props(owner), "minimumTlsVersion"),
    )


def stream(raw: dict[str, Any], place: Place, owner: dict[str, Any]) -> Stream:
    """An event hub."""
    own = props(raw)
    days = tr.integer(own, "messageRetentionInDays")
    hours = tr.integer(own, "retentionDescription", "retentionTimeInHours")
    return Stream(
        **{**place.head(STREAM, raw), "tags": tr.tags(owner.get("tags"))},
        state=tr.said(own, "status").lower() or None,
        created_at=tr.moment(own, "createdAt"),
        encrypted=True,
        retention_hours=hours if hours is not None else None if days is None else days * 24,
        shards=tr.integer(own, "partitionCount"),
        tls_minimum=tr.text(props(owner), "minimumTlsVersion"),
        mode="provisioned",
    )


def seconds(duration: str) -> int | None:
    """ISO 8601 (``P14DT2H``) -> seconds, at most ten years; None for what is no duration."""
    found = DURATION.fullmatch(duration)
    if not found or not any(found.groups()):
        return None
    days, hours, minutes, rest = (int(part or 0) for part in found.groups())
    return min(EVER_S, days * 86400 + hours * 3600 + minutes * 60 + rest)


def _inside(reading: Reading, kind: str, owners: str, word: str) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """What every namespace holds under ``word``."""
    found = reading.facts(owners, kind)
    if found is None:
        reading.gap(kind, reading.partials[kind])
        return []
    asked = reading.each(kind, found, lambda raw: reading.inside(f"{raw['id']}/{word}"), needed=True)
    return [(owner, listed or []) for owner, listed in asked]


def _read(reading: Reading) -> None:
    for owner, listed in _inside(reading, QUEUE, BUSES, "queues"):
        reading.take(QUEUE, listed, lambda raw, of=owner: queue(raw, reading.place, of))  # type: ignore[misc]  # mypy cannot infer a lambda's default
    standard = "topics"  # a namespace of the tier Basic has none, and answers with an empty list
    for owner, listed in _inside(reading, TOPIC, BUSES, standard):
        reading.take(TOPIC, listed, lambda raw, of=owner: topic(raw, reading.place, of))  # type: ignore[misc]  # as above


def _read_hubs(reading: Reading) -> None:
    for owner, listed in _inside(reading, STREAM, HUBS, "eventhubs"):
        reading.take(STREAM, listed, lambda raw, of=owner: stream(raw, reading.place, of))  # type: ignore[misc]  # as above


READERS = (
    Reader(
        name="service-bus",
        service="servicebus",
        kinds=(QUEUE, TOPIC),
        read=_read,
        permissions=(f"{BUSES}/read", f"{BUSES}/queues/read", f"{BUSES}/topics/read"),
    ),
    Reader(
        name="event-hubs",
        service="eventhubs",
        kinds=(STREAM,),
        read=_read_hubs,
        permissions=(f"{HUBS}/read", f"{HUBS}/eventhubs/read"),
    ),
)
