"""Azure's errors -> model.errors, so that nobody above this folder knows an Azure error code.

The codes: "Common error codes" of Azure Resource Manager
(https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors) and the REST API references.
"""

import re
from contextlib import suppress
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.words import t

THROTTLED = re.compile(r"TooManyRequests|Throttl|RateLimit|SubscriptionRequestsThrottled|RequestRateTooLarge", re.IGNORECASE)
BUSY = re.compile(
    r"AnotherOperationInProgress|AnotherOperationIsInProgress|OperationInProgress|RetryableError|ServerIsBusy|ServerBusy"
    r"|ResourceIsBusy|InternalServerError|ServiceUnavailable|GatewayTimeout|ConcurrentOperation|UpdateInProgress",
    re.IGNORECASE,
)
ABSENT = frozenset(
    {
        "ResourceNotFound",
        "ResourceGroupNotFound",
        "ParentResourceNotFound",
        "NotFound",
        "RoleAssignmentNotFound",
        "RoleDefinitionDoesNotExist",
        "LockNotFound",
        "ContainerNotFound",
        "VaultNotFound",
        "KeyNotFound",
        "SecretNotFound",
        "EntityNotFound",
        "ResourceDoesNotExist",
        "Request_ResourceNotFound",
        "PublicIPAddressNotFound",
        "DatabaseDoesNotExist",
        "ServerNotFound",
        "NotFoundError",
        "BudgetNotFound",
    }
)
ABSENT_ELSEWHERE = frozenset({"RoleAssignmentNotFound", "ResourceNotFound", "ResourceGroupNotFound"})  # also beside other statuses
NOT_OFFERED = frozenset(
    {
        "NoRegisteredProviderFound",
        "MissingSubscriptionRegistration",
        "SubscriptionNotRegistered",
        "InvalidResourceNamespace",
        "LocationNotAvailableForResourceType",
        "NotSupportedForSubscription",
    }
)
QUOTA = re.compile(r"Quota|LimitExceeded|ResourceCountExceeds|SkuNotAvailable|AllocationFailed|OutOfCapacity", re.IGNORECASE)
SKEWED = re.compile(r"not yet valid|nbf|lifetime validation|clock|earlier than current", re.IGNORECASE)
PERMISSION = re.compile(r"perform action '([^']+)'")
READ_ACTIONS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
SKEW_MAX_S = 300.0


class Asked(msgspec.Struct, frozen=True):
    """What was being asked when it failed. ``permission`` is the action that Azure's access control checks
    (``Microsoft.Compute/disks/read``)."""

    account: str  # a subscription, or a tenant
    permission: str
    path: str = ""

    @property
    def words(self) -> str:
        """``Microsoft.Compute/disks/read in subscription 0000-...``."""
        if not self.account:
            return self.permission
        return t("{permission} in subscription {account}", permission=self.permission, account=self.account)


class Reply(msgspec.Struct, frozen=True):
    """An answer that is an error: its status, Azure's code and words, and the seconds to wait if it names any."""

    status: int
    code: str = ""
    said: str = ""
    after_s: float | None = None
    skew_s: float | None = None  # how far the server's clock is from ours, where it is known


def permission_of(method: str, path: str) -> str:
    """A call -> the action that access control checks: the type in the path, then read, write, delete or the verb of a POST."""
    before, found, provided = path.partition("?")[0].rpartition("/providers/")
    parts = [part for part in (provided if found else before + provided).split("/") if part]
    if not found:
        parts = ["Microsoft.Resources", *parts]
    words = [parts[0], *parts[1::2]] if parts else ["Microsoft.Resources"]
    if method == "POST":
        return "/".join([*words, "action"])
    return "/".join([*words, READ_ACTIONS.get(method, "read")])


def reply(response: Any, now_s: float | None = None) -> Reply:
    """A response of azure.core -> what it says. The body may be anything."""
    code, said = _error(_body(response))
    headers = response.headers
    return Reply(int(response.status_code), code, said, after_s(headers), _skew(headers, now_s))


def code_of(error: BaseException) -> str:
    """Azure's own code behind an error of ours (``AnotherOperationInProgress``), or an empty string."""
    return str(getattr(error, "azure_code", ""))


def refused(answer: Reply, asked: Asked) -> SkywrightError:
    """An error that Azure answered, in our terms."""
    error = _refused(answer, asked)
    error.azure_code = answer.code  # type: ignore[attr-defined]  # for the few who must tell two refusals apart
    return error


def _refused(answer: Reply, asked: Asked) -> SkywrightError:
    status, code = answer.status, answer.code
    if status == 429 or THROTTLED.search(code):
        text = t("Azure throttles {what} ({code}).", what=asked.words, code=code or status)
        return TryAgain(text, after_s=answer.after_s, throttled=True)
    if status == 401:
        return _unsigned(answer, asked)
    if code in NOT_OFFERED:
        return NotOffered(t("Azure has no such service there: {what}: {said}", what=asked.words, said=_sentence(answer)))
    if (status == 404 and (code in ABSENT or not code)) or code in ABSENT_ELSEWHERE:
        return NotThere(t("Azure says that it does not exist: {what}: {said}", what=asked.words, said=_sentence(answer)))
    if code == "SubscriptionNotFound":
        return _denied(answer, asked)
    if BUSY.search(code) or (status >= 500 and status != 501) or status == 408:
        return TryAgain(t("Azure could not answer {what} ({code}).", what=asked.words, code=code or status), after_s=answer.after_s)
    if QUOTA.search(code) or (code == "OperationNotAllowed" and "quota" in answer.said.lower()):
        return _asking(
            t("A quota of Azure is used up: {what}: {said}"), answer, asked, t("Ask Azure for more, or free some of it.")
        )
    return _unwilling(answer, asked)


def _unwilling(answer: Reply, asked: Asked) -> SkywrightError:
    """Refusals for what was asked, and not for how often or by whom."""
    if answer.code == "ScopeLocked":
        step = t("Remove the lock that is named, or leave the resource alone.")
        return _asking(t("A management lock forbids {what}: {said}"), answer, asked, step)
    if answer.code in ("RequestDisallowedByPolicy", "ReadOnlyDisabledSubscription"):
        step = t("Change the policy or the subscription's state, or leave the resource alone.")
        return _asking(t("Azure's governance forbids {what}: {said}"), answer, asked, step)
    if answer.status == 403:
        return _denied(answer, asked)
    if answer.status in (409, 412):
        return PlanAgain(t("Azure refuses {what} in the present state: {said}", what=asked.words, said=_sentence(answer)))
    return _asking(t("Azure refuses {what} ({code}): {said}"), answer, asked, t("Mend what Azure names, then try again."))


def unanswered(error: Exception, asked: Asked) -> SkywrightError:
    """No answer came, or nobody could be signed in."""
    from azure.core import exceptions

    said = _first_line(str(getattr(error, "message", "") or error))
    if isinstance(error, exceptions.ClientAuthenticationError):
        return NotSignedIn(
            t("Nobody could be signed in to Azure for {what}: {said}", what=asked.words, said=said),
            next_step=t("Run `az login`, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or fill in clouds.azure."),
        )
    return TryAgain(t("No answer to {what}: {said}", what=asked.words, said=said))


def garbled(asked: Asked) -> TryAgain:
    """An answer that is no JSON, or was cut."""
    return TryAgain(t("The answer to {what} is garbled.", what=asked.words))


def after_s(headers: Any) -> float | None:
    """How long to wait: Retry-After in seconds, its milliseconds, or Resource Graph's ``hh:mm:ss``; None when nothing is said.

    https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
    """
    with suppress(TypeError, ValueError):
        return max(0.0, float(headers.get("Retry-After")))
    with suppress(TypeError, ValueError):
        return max(0.0, float(headers.get("retry-after-ms")) / 1000)
    with suppress(TypeError, ValueError, AttributeError):
        hours, minutes, seconds = (float(part) for part in headers.get("x-ms-user-quota-resets-after").split(":"))
        return hours * 3600 + minutes * 60 + seconds
    return None


def _unsigned(answer: Reply, asked: Asked) -> NotSignedIn:
    skewed = answer.skew_s is not None and abs(answer.skew_s) > SKEW_MAX_S
    if skewed or (SKEWED.search(answer.said) and "expir" not in answer.said.lower()):
        return NotSignedIn(
            t("This machine's clock differs from Azure's by too much for {what}: {said}", what=asked.words, said=_sentence(answer)),
            next_step=t("Set the clock (for example with chrony or systemd-timesyncd), then try again."),
        )
    return NotSignedIn(
        t(
            "Azure does not accept the sign-in for {what} ({code}): {said}",
            what=asked.words,
            code=answer.code or 401,
            said=_sentence(answer),
        ),
        next_step=t("Sign in again with `az login`, or renew the secret of the application that Skywright signs in as."),
    )


def _denied(answer: Reply, asked: Asked) -> Denied:
    named = PERMISSION.search(answer.said)
    permission = named[1] if named else asked.permission
    return Denied(
        t("Azure denies {what} ({code}).", what=asked.words, code=answer.code or answer.status),
        permission=permission,
        next_step=t("Give the identity that Skywright uses a role with {permission} there.", permission=permission),
    )


def _asking(template: str, answer: Reply, asked: Asked, step: str) -> AskHuman:
    return AskHuman(template.format(what=asked.words, code=answer.code or answer.status, said=_sentence(answer)), next_step=step)


def _body(response: Any) -> Any:
    try:
        return msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _error(body: Any) -> tuple[str, str]:
    """Code and words of ``{"error": {...}}``; some providers leave the wrapping out, or name it otherwise."""
    inner = body.get("error", body.get("odata.error", body)) if isinstance(body, dict) else None
    if isinstance(inner, str):
        inner = {"code": inner, "message": body.get("error_description") or body.get("message")}
    if not isinstance(inner, dict):
        return "", ""
    code, said = inner.get("code") or inner.get("Code"), inner.get("message") or inner.get("Message")
    said = said.get("value") if isinstance(said, dict) else said
    details = inner.get("details")
    if code in ("Conflict", "BadRequest", "DeploymentFailed", None) and isinstance(details, list) and details:
        deeper, words = _error(details[0])
        code, said = deeper or code, words or said
    return str(code or ""), str(said or "")


def failed(body: Any, status: int) -> Reply:
    """The answer of an operation that failed -> the same as if it had failed at once."""
    code, said = _error(body)
    return Reply(status, code, said)


def _skew(headers: Any, now_s: float | None) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(headers.get("Date")).timestamp() - now_s if now_s is not None else None
    except (TypeError, ValueError):
        return None


def _sentence(answer: Reply) -> str:
    said = _first_line(answer.said or answer.code or str(answer.status))
    return said if said.endswith((".", "!", "?")) else said + "."


def _first_line(said: str) -> str:
    """Azure adds lines of trace ids."""
    return " ".join((said.strip().splitlines() or [""])[0].split())
