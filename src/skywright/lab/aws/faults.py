"""Faults on demand: the next calls, or a share of them, fail, wait, or have their effect and lose the answer."""

import random
import threading
from typing import Any

import msgspec

from skywright.lab.aws.wire import Call, Refusal

# What AWS answers: code -> (message, HTTP status). The codes are those of the services' "Common errors" pages.
ERRORS: dict[str, tuple[str, int]] = {
    "Throttling": ("Rate exceeded", 400),
    "RequestLimitExceeded": ("Request limit exceeded.", 503),
    "SlowDown": ("Please reduce your request rate.", 503),
    "AccessDenied": ("User is not authorized to perform this action.", 403),
    "UnauthorizedOperation": ("You are not authorized to perform this operation.", 403),
    "ExpiredToken": ("The security token included in the request is expired", 403),
    "InvalidClientTokenId": ("The security token included in the request is invalid.", 403),
    "RequestTimeTooSkewed": ("The difference between the request time and the current time is too large.", 403),
    "InternalError": ("An internal error has occurred", 500),
    "ServiceUnavailable": ("The service is unavailable. Please try again shortly.", 503),
    "InsufficientInstanceCapacity": ("There is no Spot or On-Demand capacity available that matches your request.", 500),
}


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What shall go wrong. ``call`` is ``service:Operation``, ``service:*`` or ``*``; ``contains`` narrows it to requests whose
    body or path holds that text. ``times`` None: until it is taken back. ``after``: the effect happens, its answer is lost.
    An empty ``error`` only waits ``latency_s`` seconds."""

    call: str
    error: str = ""
    message: str = ""
    contains: str = ""
    times: int | None = None
    percent: float = 100.0
    latency_s: float = 0.0
    after: bool = False
    hits: int = 0

    def __post_init__(self) -> None:
        if self.error and self.error not in ERRORS and not self.message:
            raise ValueError(f"unknown error {self.error!r}: give a message with it, or one of {', '.join(sorted(ERRORS))}")

    def meets(self, call: Call, text: bytes) -> bool:
        """Is this call one that the fault is about."""
        service, _, operation = self.call.partition(":")
        if service not in ("*", call.service) or operation not in ("", "*", call.operation):
            return False
        return self.times != 0 and self.contains.encode() in text

    def refusal(self) -> Refusal:
        """The error as AWS would answer it."""
        message, status = ERRORS.get(self.error, (self.message, 400))
        return Refusal(self.error, self.message or message, status)


class Trouble(msgspec.Struct):
    """Instances that are unwell while they run as a named type ("" for any): by their status check, or by their alarms."""

    impaired: dict[str, str] = {}
    alarming: dict[str, str] = {}


class Faults:
    """The faults in force. Safe to use from many threads; which calls a share hits is decided by the seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        """The faults and how often each has struck."""
        with self._lock:
            return [msgspec.to_builtins(fault) for fault in self._faults]

    def strike(self, call: Call, text: bytes) -> Fault | None:
        """The fault that hits this call, if any; it is counted."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.meets(call, text) and self._random.uniform(0, 100) < fault.percent:
                    fault.hits += 1
                    fault.times = None if fault.times is None else fault.times - 1
                    return fault
        return None
