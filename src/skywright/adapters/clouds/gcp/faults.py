"""Google's errors -> model.errors, so that nobody above this folder knows a status or a reason of Google's.

Statuses and reasons: "Errors" of the Google Cloud APIs (google.rpc.Code, google.rpc.ErrorInfo) and, for the older JSON APIs,
"Troubleshooting API errors" of Compute Engine and "Status and error codes" of Cloud Storage.
"""

import re
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.session import Reply
from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.adapters.clouds.kit.translate import at, items, said, text
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.words import t

SWITCHED_OFF = {"accessNotConfigured", "SERVICE_DISABLED"}
THROTTLED = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "concurrentLimitExceeded"}
USED_UP = {"quotaExceeded", "QUOTA_EXCEEDED", "dailyLimitExceeded", "limitExceeded", "RESOURCE_POOL_EXHAUSTED"}
UNPAID = {"BILLING_DISABLED", "billingNotEnabled", "accountDisabled"}
NO_SCOPE = {"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
MOVED = {
    "conditionNotMet",
    "conflict",
    "alreadyExists",
    "resourceInUseByAnotherResource",
    "resourceNotReady",
    "resourceInUse",
    "FAILED_PRECONDITION",
    "ABORTED",
    "ALREADY_EXISTS",
    "operationInProgress",
    "invalidState",
}
BUSY = {"backendError", "internalError", "UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED", "ZONE_RESOURCE_POOL_EXHAUSTED"}
SKEW = re.compile(r"reasonable timeframe|check your iat|clock", re.IGNORECASE)
PERMISSION = re.compile(r"(?:Required |[Pp]ermission )'([a-z]+\.[\w.]+)'|\b([a-z]+\.\w+\.\w+) (?:access|permission)")

OPERATION_STATUS = {  # google.rpc.Code of an operation that failed -> the HTTP status that says the same
    3: 400,
    5: 404,
    6: 409,
    7: 403,
    8: 429,
    9: 400,
    10: 409,
    13: 500,
    14: 503,
    16: 401,
}


class Asked(msgspec.Struct, frozen=True):
    """What was being asked when it failed. ``method`` is the full name (``compute.instances.list``)."""

    project: str
    method: str

    @property
    def service(self) -> str:
        """The service that was asked."""
        return self.method.partition(".")[0]

    @property
    def words(self) -> str:
        """``compute.instances.list in project shop-prod``."""
        return t("{method} in project {project}", method=self.method, project=self.project)


class Refusal(Exception):
    """Google's own word behind an error of ours: stands as its cause."""

    def __init__(self, status: int, code: str, reasons: tuple[str, ...], sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code  # NOT_FOUND
        self.reasons = reasons  # resourceInUseByAnotherResource
        self.sentence = sentence


def reason(error: BaseException) -> str:
    """Google's own reason behind an error of ours (``resourceInUseByAnotherResource``, else ``NOT_FOUND``), or ""."""
    refusal = _refusal_of(error)
    return next(iter(refusal.reasons), refusal.code) if refusal else ""


def status(error: BaseException) -> int:
    """The HTTP status behind an error of ours, or 0."""
    refusal = _refusal_of(error)
    return refusal.status if refusal else 0


def _refusal_of(error: BaseException) -> Refusal | None:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, Refusal):
        cause = cause.__cause__
    return cause


def refused(reply: Reply, asked: Asked) -> SkywrightError:
    """A reply with an error status in our terms; its cause is a Refusal."""
    body = _body(reply.content)
    error = at(body, "error")
    sentence = said(error, "message") or (error if isinstance(error, str) else "") or f"HTTP {reply.status}"
    detail = next((one for one in items(error, "details") if said(one, "@type").endswith("ErrorInfo")), None)
    listed = [text(one, "reason") for one in [detail, *items(error, "errors")]]
    refusal = Refusal(reply.status, said(error, "status"), tuple(dict.fromkeys(one for one in listed if one)), sentence)
    found = _judged(refusal, asked, _after_s(reply, error), detail)
    found.__cause__ = refusal
    return found


def failed(operation: dict[str, Any], asked: Asked) -> SkywrightError:
    """An operation that ended in an error (its ``error``: Compute Engine's list of errors, or a google.rpc.Status)."""
    first = next(iter(items(operation, "error", "errors")), None) or at(operation, "error") or {}
    code = at(first, "code")
    http = at(operation, "httpErrorStatusCode")
    number = http if isinstance(http, int) else OPERATION_STATUS.get(code, 400) if isinstance(code, int) else 400
    word = str(code) if isinstance(code, str) else ""
    sentence = said(first, "message") or said(operation, "statusMessage") or word
    refusal = Refusal(number, word, (word,) if word else (), sentence)
    found = _judged(refusal, asked, None, None)
    found.__cause__ = refusal
    return found


def unanswered(error: Exception, asked: Asked) -> SkywrightError:
    """What requests and google.auth raise in our terms. Raises ``error`` itself when it is a defect of ours."""
    import google.auth.exceptions as auth
    import requests

    if isinstance(error, auth.TransportError | requests.ConnectionError | requests.Timeout):
        return TryAgain(t("No answer to {what}: {said}", what=asked.words, said=_sentence(_plain(error))))
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return TryAgain(t("The answer to {what} is garbled.", what=asked.words))
    if isinstance(error, auth.GoogleAuthError):
        return _unsigned(error)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema | requests.exceptions.MissingSchema):
        return AskHuman(
            t("The endpoint of {service} is no address: {said}", service=asked.service, said=_sentence(_plain(error))),
            next_step=t("Check clouds.gcp.endpoint and CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}.", name=asked.service.upper()),
        )
    raise error


def garbled(asked: Asked) -> TryAgain:
    """An answer that is no JSON object."""
    return TryAgain(t("The answer to {what} is garbled.", what=asked.words))


def _judged(refusal: Refusal, asked: Asked, after_s: float | None, detail: Any) -> SkywrightError:
    why, sentence = {*refusal.reasons, refusal.code}, _sentence(refusal.sentence)
    if refusal.status == 401 or refusal.code == "UNAUTHENTICATED":
        return _stale(sentence)
    if why & SWITCHED_OFF:
        return NotOffered(
            t("The API of {service} is not enabled in project {project}.", service=asked.service, project=asked.project),
            next_step=t("Enable it if something should be there (`gcloud services enable`)."),
        )
    if why & THROTTLED or (refusal.status == 429 and not why & USED_UP):
        word = next((word for word in refusal.reasons if word in THROTTLED), refusal.code or str(refusal.status))
        return TryAgain(t("Google Cloud throttles {what} ({code}).", what=asked.words, code=word), after_s=after_s, throttled=True)
    if why & USED_UP:
        return AskHuman(
            t("A quota of Google Cloud is used up: {what}: {said}", what=asked.words, said=sentence),
            next_step=t("Ask Google for a higher quota, or free some of it."),
        )
    if why & UNPAID:
        return AskHuman(
            t("Project {project} has no billing account: {said}", project=asked.project, said=sentence),
            next_step=t("Link a billing account to the project, or leave it out of scope."),
        )
    if refusal.status == 403:
        return _denied(refusal, asked, detail)
    if refusal.status == 404 or refusal.code == "NOT_FOUND":
        return NotThere(t("Google Cloud says that it does not exist: {what}: {said}", what=asked.words, said=sentence))
    if refusal.status in (409, 412) or why & MOVED:
        return PlanAgain(t("Google Cloud refuses {what} in the present state: {said}", what=asked.words, said=sentence))
    if refusal.status == 408 or (refusal.status >= 500 and refusal.status != 501) or why & BUSY:
        word = refusal.code or str(refusal.status)
        return TryAgain(t("Google Cloud could not answer {what} ({code}).", what=asked.words, code=word), after_s=after_s)
    return AskHuman(
        t("Google Cloud refuses {what} ({code}): {said}", what=asked.words, code=refusal.code or refusal.status, said=sentence),
        next_step=t("Mend what Google Cloud names, then try again."),
    )


def _denied(refusal: Refusal, asked: Asked, detail: Any) -> Denied:
    found = PERMISSION.search(refusal.sentence)
    named = text(detail, "metadata", "permission") or (found and (found[1] or found[2])) or ""
    if NO_SCOPE & set(refusal.reasons):
        step = t("Sign in with the scope cloud-platform.")
    elif named:
        step = t(
            "Grant a role with {permission} to the identity that Skywright uses in project {project}.",
            permission=named,
            project=asked.project,
        )
    else:
        step = t("Grant the identity that Skywright uses a role for it in project {project}.", project=asked.project)
    code = next(iter(refusal.reasons), refusal.code or str(refusal.status))
    return Denied(t("Google Cloud denies {what} ({code}).", what=asked.words, code=code), permission=named, next_step=step)


def _unsigned(error: Exception) -> SkywrightError:
    """google.auth could not come by a token."""
    words = _plain(error)
    if getattr(error, "retryable", False):
        return TryAgain(t("Google's sign-in could not answer: {said}", said=_sentence(words)))
    if SKEW.search(words):
        return NotSignedIn(
            t("This machine's clock differs from Google's by too much: {said}", said=_sentence(words)),
            next_step=t("Set the clock (for example with chrony or systemd-timesyncd), then try again."),
        )
    return _stale(_sentence(words))


def _stale(sentence: str) -> NotSignedIn:
    return NotSignedIn(
        t("The Google Cloud credentials are not valid: {said}", said=sentence),
        next_step=t("Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a valid file."),
    )


def _body(content: bytes) -> Any:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found[0] if isinstance(found, list) and found else found  # some services wrap an error in a list


def _after_s(reply: Reply, error: Any) -> float | None:
    """Retry-After in seconds, or google.rpc.RetryInfo."""
    told = reply.headers.get("retry-after", "")
    if told.isascii() and told.isdigit():
        return float(told)
    for detail in items(error, "details"):
        if said(detail, "@type").endswith("RetryInfo"):
            found = re.fullmatch(r"(\d+(?:\.\d+)?)s", said(detail, "retryDelay"))
            return float(found[1]) if found else None
    return None


def _plain(error: Exception) -> str:
    """An exception's first words: libraries put whole answers, which may hold tokens, behind them."""
    said_first = str(error.args[0]) if error.args else type(error).__name__
    return said_first[:300]


def _sentence(words: str) -> str:
    words = " ".join(words.split())
    return words if words.endswith((".", "!", "?")) else words + "."
