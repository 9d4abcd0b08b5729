"""What happened, kept by the lab: how often each call was made, what was changed (CloudTrail's events), which tokens were used."""

import hashlib
import json
import threading
import uuid
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from skywright.lab.aws.wire import Answer, Call, Refusal

EVENTS_MAX = 50_000
TOKENS_MAX = 20_000
_TOKEN_NAMES = ("ClientToken", "clientToken", "ClientRequestToken", "clientRequestToken")


class CallBook:
    """Counts of API calls by ``service:Operation``, since the last reset."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, call: Call) -> None:
        """One more."""
        with self._lock:
            self._calls[call.name] += 1

    def totals(self) -> dict[str, Any]:
        """``{"total": n, "calls": {name: n}}``, the most frequent first."""
        with self._lock:
            return {"total": self._calls.total(), "calls": dict(self._calls.most_common())}

    def reset(self) -> None:
        """Start from nothing."""
        with self._lock:
            self._calls.clear()


class EventBook:
    """What CloudTrail would have written: one event for each call that changed something, or was refused to."""

    def __init__(self) -> None:
        self._events: deque[dict[str, Any]] = deque(maxlen=EVENTS_MAX)

    def write(self, call: Call, account: str, body: bytes, answer: Answer, at: datetime) -> None:
        """One event, with what was asked for. Bodies of REST calls are not kept: they may hold documents."""
        asked = parameters(body)
        names = sorted({value for key, value in asked.items() if _names_a_resource(key) and isinstance(value, str)})
        self._events.append(
            {
                "account": account,
                "region": call.region,
                "EventId": str(uuid.uuid4()),
                "EventName": call.operation,
                "ReadOnly": "false",
                "AccessKeyId": call.key,
                "EventTime": at,
                "EventSource": f"{call.service}.amazonaws.com",
                "Username": call.key,
                "Resources": [{"ResourceName": name} for name in names],
                "CloudTrailEvent": json.dumps({"errorCode": answer.error} if answer.error else {}),
            }
        )

    def find(self, account: str, region: str) -> Iterator[dict[str, Any]]:
        """Newest first."""
        for event in reversed(self._events):
            if event["account"] == account and event["region"] == region:
                yield {key: value for key, value in event.items() if key not in ("account", "region")}


class TokenBook:
    """Idempotency tokens: the same token again gives the first answer again, and nothing happens twice.

    EC2 API reference, "Ensuring idempotency in Amazon EC2 API requests": other parameters with a used token are refused with
    IdempotentParameterMismatch.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], tuple[str, Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, call: Call, account: str, body: bytes) -> Answer | None:
        """The first answer to this token, if there was one. Raises Refusal when the parameters differ."""
        place = self._place(call, account, body)
        with self._lock:
            kept = self._kept.get(place) if place else None
        if kept is None:
            return None
        if kept[0] != _digest(body):
            raise Refusal("IdempotentParameterMismatch", "The client token was used before with other parameters.")
        return kept[1]

    def keep(self, call: Call, account: str, body: bytes, answer: Answer) -> None:
        """Remember a good answer, if the call carried a token."""
        place = self._place(call, account, body)
        if place and answer.status < 300:
            with self._lock:
                self._kept[place] = (_digest(body), answer)
                while len(self._kept) > TOKENS_MAX:
                    self._kept.popitem(last=False)

    @staticmethod
    def _place(call: Call, account: str, body: bytes) -> tuple[str, ...] | None:
        if call.reads or b"oken" not in body:
            return None
        asked = parameters(body)
        token = next((str(asked[name]) for name in _TOKEN_NAMES if asked.get(name)), "")
        return (account, call.region, call.name, token) if token else None


def parameters(body: bytes) -> dict[str, Any]:
    """The parameters of a form or JSON body, by their names; {} for anything else."""
    text = body.decode(errors="replace")
    if text.startswith("{"):
        try:
            return dict(json.loads(text))
        except ValueError:
            return {}
    return dict(parse_qsl(text)) if "Action=" in text else {}


def _names_a_resource(key: str) -> bool:
    last = next((part for part in reversed(key.split(".")) if not part.isdigit()), "")
    return last.endswith(("Id", "Arn", "Name", "Identifier")) and not last.startswith("Client")


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
