"""Messages as each service takes them over HTTP: our own webhook, Slack, Microsoft Teams, PagerDuty."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC
from typing import Any

from skywright.adapters.notify.settings import PagerDutySettings, SlackSettings, TeamsSettings, WebhookSettings
from skywright.adapters.notify.web import Door, encoded
from skywright.model.settings import SecretRef
from skywright.ports.notify import Message, Severity
from skywright.ports.other import Clock

ReadSecret = Callable[[SecretRef], str]
"""A reference -> the secret, read at the moment of need."""

SLACK_TITLE_MAX = 150  # of a header block (docs.slack.dev, Block Kit)
SLACK_FIELDS_MAX = 10  # of a section block (the same)
PAGERDUTY_SUMMARY_MAX = 1024  # developer.pagerduty.com, Events API v2


class Webhook:
    """See ports.notify.Notifier. JSON with the message's own fields; signed when there is a secret."""

    def __init__(self, name: str, settings: WebhookSettings, clock: Clock, secret: ReadSecret) -> None:
        self.name = name
        self._settings, self._secret = settings, secret
        self._door = Door(name, clock, settings.timeout_s, settings.attempts)

    def send(self, message: Message) -> None:
        """See Notifier."""
        url = self._settings.url if isinstance(self._settings.url, str) else self._secret(self._settings.url)
        body = encoded(plain(message))
        headers = {"X-Skywright-Key": _ascii(message.key)}
        if self._settings.secret is not None:
            at = str(int(self._door.clock.now().replace(tzinfo=UTC).timestamp()))
            digest = hmac.new(self._secret(self._settings.secret).encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers |= {"X-Skywright-Timestamp": at, "X-Skywright-Signature": f"sha256={digest}"}
        self._door.post(url, body, headers)


class Slack:
    """See ports.notify.Notifier. An incoming webhook: a header, the body, and the facts as fields."""

    def __init__(self, name: str, settings: SlackSettings, clock: Clock, secret: ReadSecret) -> None:
        self.name = name
        self._settings, self._secret = settings, secret
        self._door = Door(name, clock, settings.timeout_s, settings.attempts)

    def send(self, message: Message) -> None:
        """See Notifier."""
        self._door.post(self._secret(self._settings.url), encoded(slack(message)), {})


class Teams:
    """See ports.notify.Notifier. An adaptive card in a message, as workflows take it."""

    def __init__(self, name: str, settings: TeamsSettings, clock: Clock, secret: ReadSecret) -> None:
        self.name = name
        self._settings, self._secret = settings, secret
        self._door = Door(name, clock, settings.timeout_s, settings.attempts)

    def send(self, message: Message) -> None:
        """See Notifier."""
        self._door.post(self._secret(self._settings.url), encoded(teams(message)), {})


class PagerDuty:
    """See ports.notify.Notifier. An event that triggers, or resolves, by the message's key."""

    def __init__(self, name: str, settings: PagerDutySettings, clock: Clock, secret: ReadSecret) -> None:
        self.name = name
        self._settings, self._secret = settings, secret
        self._door = Door(name, clock, settings.timeout_s, settings.attempts)

    def send(self, message: Message) -> None:
        """See Notifier."""
        event = pagerduty(message, self._secret(self._settings.routing_key))
        self._door.post(f"{self._settings.url.rstrip('/')}/v2/enqueue", encoded(event), {})


def plain(message: Message) -> dict[str, Any]:
    """The webhook's JSON."""
    return {
        "version": 1, "key": message.key, "title": message.title, "body": message.body, "severity": message.severity.value,
        "facts": dict(message.facts), "source": message.source, "resolved": message.resolved,
    }  # fmt: skip


def slack(message: Message) -> dict[str, Any]:
    """Text for notifications, blocks for the channel."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": message.title[:SLACK_TITLE_MAX]}},
    ]
    if message.body:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": _slack_text(message.body)}})
    fields = [
        {"type": "mrkdwn", "text": f"*{_slack_text(name)}*\n{_slack_text(value)}"} for name, value in list(message.facts.items())
    ]
    if fields:
        blocks.append({"type": "section", "fields": fields[:SLACK_FIELDS_MAX]})
    return {"text": _slack_text(message.title), "blocks": blocks}


def _slack_text(text: str) -> str:
    """Slack's three characters with a meaning, taken literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams(message: Message) -> dict[str, Any]:
    """Adaptive Cards 1.4 in a message with one attachment."""
    colour = {Severity.INFO: "good", Severity.WARNING: "warning", Severity.CRITICAL: "attention"}[message.severity]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": message.title, "weight": "bolder", "wrap": True, "color": colour},
            {"type": "TextBlock", "text": message.body, "wrap": True},
            {"type": "FactSet", "facts": [{"title": name, "value": value} for name, value in message.facts.items()]},
        ],
    }  # fmt: skip
    return {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]}


def pagerduty(message: Message, routing_key: str) -> dict[str, Any]:
    """An event of the Events API v2."""
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": "resolve" if message.resolved else "trigger",
        "dedup_key": message.key[:255],
    }
    if not message.resolved:
        event["payload"] = {
            "summary": message.title[:PAGERDUTY_SUMMARY_MAX], "source": message.source, "severity": message.severity.value,
            "custom_details": {**message.facts, "details": message.body},
        }  # fmt: skip
    return event


def _ascii(text: str) -> str:
    """A header holds ASCII only."""
    return text.encode("ascii", "replace").decode()
