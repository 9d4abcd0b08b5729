"""Answers and failures of OpenStack -> model.errors, so that nobody above this folder knows an HTTP status."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.words import t

QUOTA = re.compile(r"quota|over ?limit|LimitExceeded|limit exceeded", re.IGNORECASE)
WRONG_STATE = re.compile(r"status must be|Invalid volume|Invalid snapshot|is in use|in-use|vm_state|task_state", re.IGNORECASE)
"""Cinder answers 400 for a volume in the wrong state, where the others answer 409 (Block Storage API, "Delete a volume")."""
POLICY = re.compile(
    r"(?:Policy doesn.t allow|requested action:|disallowed by policy:?) \(?(?:rule:)?([a-z_0-9-]+(?::[a-z_0-9-]+)*)"
)
SAID_MAX = 300
THROTTLED = (429, 498)
"""498: Object Storage's own status of its rate limit (Swift's ``ratelimit`` middleware)."""


class Asked(msgspec.Struct, frozen=True):
    """What was being asked when it failed: ``call`` as the counter has it (``compute:GET /servers/{id}``)."""

    account: str
    region: str
    service: str
    call: str
    login: str

    @property
    def words(self) -> str:
        """``compute:GET /servers/detail in RegionOne of project 3f2a...``."""
        return t("{call} in {region} of project {account}", call=self.call, region=self.region, account=self.account)


def refused(status: int, headers: Mapping[str, str], body: Any, asked: Asked) -> SkywrightError:
    """An answer with an error status, in our terms."""
    said = _said(body)
    if status in THROTTLED or (status == 413 and "retry-after" in _lower(headers)):
        return TryAgain(
            t("OpenStack throttles {what} (HTTP {status}).", what=asked.words, status=status),
            after_s=_retry_after(headers),
            throttled=True,
        )
    if status == 401:
        return stale(asked, said)
    if status in (403, 409, 413) and QUOTA.search(said):
        return AskHuman(
            t("A quota of OpenStack is used up: {what}: {said}", what=asked.words, said=said),
            next_step=t("Ask the cloud's administrator for a higher quota, or free some of it."),
        )
    return _by_status(status, headers, said, asked)


def _by_status(status: int, headers: Mapping[str, str], said: str, asked: Asked) -> SkywrightError:
    if status == 403:
        return Denied(
            t("OpenStack denies {what}: {said}", what=asked.words, said=said),
            permission=_rule(said) or asked.call,
            next_step=t(
                "Give the user of {login} a role that the policy of {service} allows this.",
                login=asked.login,
                service=asked.service,
            ),
        )
    if status in (404, 410):
        return NotThere(t("OpenStack says that it does not exist: {what}: {said}", what=asked.words, said=said))
    if status in (405, 501):
        return NotOffered(t("The cloud does not offer {what}.", what=asked.words))
    if status in (409, 412) or (status == 400 and WRONG_STATE.search(said)):
        return PlanAgain(t("OpenStack refuses {what} in the present state: {said}", what=asked.words, said=said))
    if status >= 500:
        return TryAgain(
            t("OpenStack could not answer {what} (HTTP {status}): {said}", what=asked.words, status=status, said=said),
            after_s=_retry_after(headers),
        )
    return AskHuman(
        t("OpenStack refuses {what} (HTTP {status}): {said}", what=asked.words, status=status, said=said),
        next_step=t("Mend what OpenStack names, then try again."),
    )


def _rule(said: str) -> str:
    """The policy rule that a service names in its refusal."""
    named = POLICY.search(said)
    return named[1] if named else ""


def garbled(asked: Asked) -> TryAgain:
    """An answer that is no JSON, or was cut short."""
    return TryAgain(t("The answer to {what} is garbled.", what=asked.words))


def stale(asked: Asked, said: str) -> NotSignedIn:
    """Credentials that are no good."""
    return NotSignedIn(
        t("OpenStack does not accept the credentials of {login}: {said}", login=asked.login, said=said),
        next_step=t("Check user, password or application credential of {login} in clouds.yaml or OS_*.", login=asked.login),
    )


def unanswered(error: Exception, asked: Asked) -> SkywrightError:
    """An exception of keystoneauth or openstacksdk, in our terms. Raises ``error`` itself when it is a defect of ours."""
    from keystoneauth1 import exceptions as ka

    if isinstance(error, ka.EndpointNotFound | ka.EmptyCatalog):
        return NotOffered(
            t(
                "The catalogue of {login} has no {service} in {region}.",
                login=asked.login,
                service=asked.service,
                region=asked.region,
            )
        )
    if isinstance(error, ka.SSLError):
        return AskHuman(
            t("The certificate is not accepted for {what}: {said}", what=asked.words, said=_sentence(str(error))),
            next_step=t("Name the authority's file as `cacert` in clouds.yaml, or OS_CACERT."),
        )
    if isinstance(error, ka.HttpError):
        headers = getattr(error.response, "headers", None) or {}
        return refused(error.http_status or 500, headers, str(error.message), asked)
    if isinstance(error, ka.ConnectionError | ka.DiscoveryFailure | ka.InvalidResponse):
        return TryAgain(t("No answer to {what}: {said}", what=asked.words, said=_sentence(str(error))))
    if isinstance(error, ka.MissingAuthPlugin | ka.AuthPluginException | ka.AuthorizationFailure | ka.MissingRequiredOptions):
        return stale(asked, _sentence(str(error)))
    raise error


def misconfigured(error: Exception) -> AskHuman:
    """What openstacksdk says of clouds.yaml and the environment."""
    return AskHuman(
        t("The OpenStack configuration cannot be used: {said}", said=_sentence(str(error))),
        next_step=t("Set OS_CLOUD (with clouds.yaml) or the OS_* variables, or name the clouds under clouds.openstack.clouds."),
    )


def _said(body: Any) -> str:
    """The message in an error's body: each service wraps it in a word of its own."""
    if isinstance(body, str):
        return _sentence(re.sub(r"<[^>]+>", " ", body))
    found: Any = body
    while isinstance(found, dict) and found:
        inner = found.get("message") or found.get("faultstring") or found.get("detail")
        found = inner if inner is not None else next(iter(found.values()))
    return _sentence(found if isinstance(found, str) else "")


def _sentence(said: str) -> str:
    said = " ".join(said.split())[:SAID_MAX] or t("no reason was given")
    return said if said.endswith((".", "!", "?")) else said + "."


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(_lower(headers)["retry-after"]))
    except (KeyError, ValueError):  # absent, or an HTTP date
        return None
