"""What goes wrong with a call -> model.errors: by the API's ``Status``, or by why no answer came.

Sources: "API concepts" and "Status" of the Kubernetes documentation; apimachinery's StatusReason values.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.translate import items, said, text
from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.words import t

_MANAGER = re.compile(r'conflict(?:s)? with "([^"]+)"')
_CLOCK = re.compile(r"not yet valid|has expired|certificate expired|clock", re.IGNORECASE)
_QUOTA = "exceeded quota"
_POLICY = ("violates PodSecurity", "denied the request", "admission webhook")
SAID_MAX = 400


class Asked(msgspec.Struct, frozen=True):
    """What was being asked when it failed. ``permission`` is as RBAC has it: ``list deployments.apps``."""

    account: str
    permission: str
    namespace: str = ""

    @property
    def words(self) -> str:
        """``list pods in namespace shop of cluster prod``."""
        if self.namespace:
            said = t("{call} in namespace {namespace} of cluster {cluster}")
            return said.format(call=self.permission, namespace=self.namespace, cluster=self.account)
        return t("{call} of cluster {cluster}", call=self.permission, cluster=self.account)


class Conflicting(PlanAgain):
    """409: the object changed meanwhile, or other field managers own what is to be set (``managers``)."""

    def __init__(self, message: str, *, managers: tuple[str, ...] = (), next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.managers = managers


class AlreadyThere(Conflicting):
    """409 of a creation: there is one of this name."""


class Expired(SkywrightError):
    """410: the list that was being paged through is no longer kept. Asking for the same page again is of no use: begin anew."""


def answered(status: int, body: Any, headers: Mapping[str, str], asked: Asked) -> SkywrightError:
    """An answer that is not 2xx. ``body``: the decoded ``Status``, or anything else."""
    message = _sentence(said(body, "message") or t("HTTP {status}", status=status))
    match status:
        case 401:
            return _stale(asked, message)
        case 403:
            return _forbidden(asked, message)
        case 404 | 405:
            return NotThere(t("Kubernetes says that it does not exist: {what}: {said}", what=asked.words, said=message))
        case 409:
            return _conflict(asked, body, message)
        case 410:
            return Expired(t("The list of {what} is no longer kept: {said}", what=asked.words, said=message))
        case 429:
            return _throttled(asked, body, headers, message)
        case _ if status >= 500:
            after_s = retry_after(headers)
            return TryAgain(
                t("The API server could not answer {what} ({status}).", what=asked.words, status=status), after_s=after_s
            )
        case _:
            return AskHuman(
                t("Kubernetes refuses {what} ({status}): {said}", what=asked.words, status=status, said=message),
                next_step=t("Mend what the API server names, then try again."),
            )


def _stale(asked: Asked, message: str) -> NotSignedIn:
    return NotSignedIn(
        t("The credentials for cluster {cluster} are not valid: {said}", cluster=asked.account, said=message),
        next_step=t("Sign in again (`kubectl get namespaces` shows whether it works), or renew the token in the kubeconfig."),
    )


def _forbidden(asked: Asked, message: str) -> AskHuman:
    """403 is RBAC's, but also a quota's and an admission policy's."""
    if _QUOTA in message:
        step = t("Raise the quota of the namespace, or free some of it.")
        return AskHuman(t("A quota is used up: {what}: {said}", what=asked.words, said=message), next_step=step)
    if any(word in message for word in _POLICY):
        step = t("Change what is wanted, or the policy.")
        return AskHuman(t("An admission policy refuses {what}: {said}", what=asked.words, said=message), next_step=step)
    return Denied(
        t("Kubernetes denies {what}.", what=asked.words),
        permission=asked.permission,
        next_step=t(
            "Allow {permission} to the identity that Skywright uses in cluster {cluster}.",
            permission=asked.permission,
            cluster=asked.account,
        ),
    )


def _conflict(asked: Asked, body: Any, message: str) -> Conflicting:
    causes = items(body, "details", "causes")
    found = [cause for cause in causes if text(cause, "reason") == "FieldManagerConflict"]
    managers = sorted({name for cause in found for name in _MANAGER.findall(said(cause, "message"))})
    if managers:
        fields = ", ".join(sorted({said(cause, "field").lstrip(".") for cause in found}))
        return Conflicting(
            t("{fields} of {what} belongs to {managers}.", fields=fields, what=asked.words, managers=", ".join(managers)),
            managers=tuple(managers),
            next_step=t("Change it there, or name the manager under clouds.kubernetes.take_over."),
        )
    kind = AlreadyThere if text(body, "reason") == "AlreadyExists" else Conflicting
    step = t("Gather and plan again.")
    return kind(t("{what}: it has changed meanwhile: {said}", what=asked.words, said=message), next_step=step)


def _throttled(asked: Asked, body: Any, headers: Mapping[str, str], message: str) -> TryAgain:
    """429 is the server's priority and fairness, but of an eviction also a disruption budget's word."""
    budget = any(text(cause, "reason") == "DisruptionBudget" for cause in items(body, "details", "causes"))
    if budget:
        return TryAgain(t("A disruption budget forbids {what} just now: {said}", what=asked.words, said=message))
    return TryAgain(t("Kubernetes throttles {what}.", what=asked.words), after_s=retry_after(headers), throttled=True)


def unanswered(error: Exception, asked: Asked) -> SkywrightError:
    """No answer came. ``error`` is urllib3's; its text names host and port, never a token."""
    from urllib3 import exceptions

    message = _sentence(str(error))
    if isinstance(error, exceptions.SSLError) or "SSLError" in message or "CERTIFICATE_VERIFY_FAILED" in message:
        if _CLOCK.search(message):
            step = t("Check this machine's clock, and renew the cluster's or your certificate.")
            return NotSignedIn(
                t("A certificate is not valid now for {what}: {said}", what=asked.words, said=message), next_step=step
            )
        step = t("Check certificate-authority and server of the cluster in the kubeconfig.")
        return AskHuman(
            t("The API server's certificate is not trusted for {what}: {said}", what=asked.words, said=message), next_step=step
        )
    return TryAgain(t("No answer to {what}: {said}", what=asked.words, said=message))


def garbled(asked: Asked) -> TryAgain:
    """An answer that is not JSON, or was cut."""
    return TryAgain(t("The answer to {what} is garbled.", what=asked.words))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks us to wait."""
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, TypeError, ValueError):
        return None


def _sentence(message: str) -> str:
    message = " ".join(message.split())[:SAID_MAX]
    return message if message.endswith((".", "!", "?")) else message + "."
