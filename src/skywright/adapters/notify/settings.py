"""What a user may set about each kind of notifier (``notify.NAME``, beside ``kind``)."""

from typing import Literal

from skywright.model.settings import SecretRef
from skywright.model.settings_base import Strict


class _Http(Strict, frozen=True, kw_only=True):
    """``timeout_s``: of one try; ``attempts``: tries before giving up."""

    timeout_s: float = 10.0
    attempts: int = 4

    def __post_init__(self) -> None:
        if self.timeout_s <= 0:
            raise ValueError("timeout_s is more than 0")
        if not 1 <= self.attempts <= 20:
            raise ValueError("attempts is 1 to 20")


class WebhookSettings(_Http, frozen=True):
    """A URL that takes JSON by POST. ``secret`` signs it: X-Skywright-Signature is ``sha256=`` and the HMAC-SHA256, in hex, of
    X-Skywright-Timestamp, a point, and the body."""

    url: str | SecretRef
    secret: SecretRef | None = None


class SlackSettings(_Http, frozen=True):
    """A Slack incoming webhook. Its address is a secret: who knows it can write."""

    url: SecretRef


class TeamsSettings(_Http, frozen=True):
    """A Microsoft Teams webhook (a workflow that posts what it gets). Its address is a secret."""

    url: SecretRef


class PagerDutySettings(_Http, frozen=True):
    """A service's integration key for PagerDuty's Events API v2; ``url`` for the European region: https://events.eu.pagerduty.com."""

    routing_key: SecretRef
    url: str = "https://events.pagerduty.com"


class MailSettings(Strict, frozen=True):
    """A mail server. ``tls``: starttls, or tls from the first byte; none only where the server is on this machine. ``ca_file``: who
    vouches for its certificate, if the system does not know."""

    host: str
    sender: str
    to: list[str]
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretRef | None = None
    ca_file: str = ""
    timeout_s: float = 20.0
    attempts: int = 4

    def __post_init__(self) -> None:
        if not self.to:
            raise ValueError("to needs an address")
        if self.tls == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("without tls only to this machine: the message and the password would be readable on the way")
        if (self.user == "") != (self.password is None):
            raise ValueError("user and password go together")
