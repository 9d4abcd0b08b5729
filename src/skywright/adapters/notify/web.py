"""One POST that tries again: what all notifiers over HTTP share. No error names an address, for many of them are secrets."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from skywright.model.errors import AskHuman, TryAgain
from skywright.model.words import t
from skywright.ports.other import Clock

FIRST_WAIT_S = 1.0
WAIT_MAX_S = 60.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Door:
    """Where a notifier's messages go out. ``name`` is the notifier's, for errors."""

    def __init__(self, name: str, clock: Clock, timeout_s: float, attempts: int) -> None:
        self.name = name
        self.clock = clock
        self.timeout_s = timeout_s
        self.attempts = attempts

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Raises TryAgain after the last try, AskHuman for what will not get better by itself."""
        self._check(url)
        wait = FIRST_WAIT_S
        for left in reversed(range(self.attempts)):
            try:
                self._once(url, body, headers)
            except TryAgain as error:
                if not left:
                    raise
                self.clock.sleep(min(WAIT_MAX_S, wait if error.after_s is None else error.after_s))
                wait *= 2
            else:
                return

    def _once(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            url, body, {"Content-Type": "application/json", "User-Agent": "skywright", **headers}, method="POST"
        )
        try:
            with _OPENER.open(request, timeout=self.timeout_s):
                return
        except urllib.error.HTTPError as error:
            status, after = error.code, error.headers.get("Retry-After")
            error.close()
        except (OSError, ValueError, urllib.error.URLError) as error:
            reason = type(error.reason if isinstance(error, urllib.error.URLError) else error).__name__
            raise TryAgain(t("Notifier {name} could not be reached ({reason}).", name=self.name, reason=reason)) from None
        raise self._refused(status, after)

    def _refused(self, status: int, after: str | None) -> Exception:
        said = t("Notifier {name} answered {status}.", name=self.name, status=status)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            throttled = status == HTTPStatus.TOO_MANY_REQUESTS
            return TryAgain(said, after_s=_seconds(after, self.clock), throttled=throttled)
        return AskHuman(said, next_step=t("Check notify.{name}: its address, and its key.", name=self.name))

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        plain = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or plain):
            raise AskHuman(
                t("The address of notifier {name} is not an https one.", name=self.name),
                next_step=t("Set notify.{name}.url; plain http is taken for this machine only.", name=self.name),
            )


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is not followed: it would carry the message to where nobody sent it."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay())


def _seconds(after: str | None, clock: Clock) -> float | None:
    """Retry-After, in seconds or as a date."""
    if after is None:
        return None
    try:
        return max(0.0, float(after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(after).replace(tzinfo=None) - clock.now()).total_seconds())
    except ValueError:
        return None


def encoded(value: Any) -> bytes:
    """JSON."""
    return json.dumps(value, ensure_ascii=False).encode()
