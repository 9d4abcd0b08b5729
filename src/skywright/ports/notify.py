"""Telling people: one message out, to wherever they are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec


class Severity(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """``title`` is one sentence that says it all; ``body`` says more, in plain text. ``key``: the same for the same happening, so
    that who is told twice can see it. ``facts``: names and values, for people and machines. ``resolved``: what was told is over."""

    key: str
    title: str
    body: str = ""
    severity: Severity = Severity.WARNING
    facts: Mapping[str, str] = {}
    source: str = "skywright"
    resolved: bool = False


class Notifier(Protocol):
    """One place where people are told."""

    @property
    def name(self) -> str:
        """As the settings call it."""

    def send(self, message: Message) -> None:
        """Tell it; returns when the other side has accepted it. Tries again by itself when it is throttled or has a passing fault.
        Raises TryAgain when it gave up on that, and AskHuman when only a person can help (refused, wrong address, no secret). No
        error holds a secret, nor an address that is one."""
