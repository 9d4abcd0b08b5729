"""Docker's errors -> model.errors. Docker's daemons answer 500 for much that is no server's fault, so the words decide there."""

import re
from typing import Any

from skywright.model.errors import AskHuman, Denied, NotSignedIn, NotThere, PlanAgain, SkywrightError, TryAgain
from skywright.model.words import t

MANAGER_NEEDED = 503  # "This node is not a swarm manager", Docker Engine API, /swarm and below
SAID_MAX = 300


class OutOfSequence(TryAgain):
    """Somebody else has changed it since it was read: the version index is old (swarmkit's ErrSequenceConflict)."""


class NoSwarm(AskHuman):
    """The engine manages no swarm."""


def answered(host: str, call: str, status: int, said: str, retry_after: str | None) -> SkywrightError:
    """An answer with an error status in our terms. ``said`` is the daemon's own message."""
    said = _sentence(said or f"status {status}")
    what = {"host": host, "call": call, "said": said}
    if status == 429:
        return TryAgain(t("{host} throttles {call}.", **what), after_s=_seconds(retry_after), throttled=True)
    if "out of sequence" in said:
        return OutOfSequence(t("{call} on {host} met a change by somebody else.", **what))
    if status in (401, 403):
        step = t("Allow `{call}` to us on {host}: an authorization plugin or a proxy in front of it refuses.", **what)
        return Denied(t("{host} refuses {call}: {said}", **what), permission=call, next_step=step)
    if status == 404:
        return NotThere(t("{host} says that it does not exist: {call}: {said}", **what))
    if _no_swarm(status, said):
        return NoSwarm(
            t("{host} cannot answer {call}: {said}", **what), next_step=t("Name a manager of the swarm under clouds.swarm.hosts.")
        )
    if status == 409 or "code = FailedPrecondition" in said:
        return PlanAgain(t("{host} refuses {call} in the present state: {said}", **what), next_step=t("Gather and plan again."))
    if status >= 500 and "code = InvalidArgument" not in said:
        return TryAgain(t("{host} could not answer {call}: {said}", **what), after_s=_seconds(retry_after))
    return AskHuman(t("{host} refuses {call}: {said}", **what), next_step=t("Mend what Docker names, then try again."))


def _no_swarm(status: int, said: str) -> bool:
    """No manager here, also in the words of Engine 1.41's swarm errors (errNoSwarm, errNoManager, errSwarmLocked)."""
    return status in (MANAGER_NEEDED, 406) and bool(re.search(r"swarm", said, re.IGNORECASE))


def unanswered(host: str, call: str, error: Exception) -> SkywrightError:
    """No answer came."""
    said = _sentence(_cause(error))
    if re.search(r"certificate has expired|certificate is not yet valid|unknown ca|bad certificate|certificate required", said):
        return NotSignedIn(
            t("The certificate for {host} is not valid: {said}", host=host, said=said),
            next_step=t("Renew it (DOCKER_CERT_PATH, or tls under clouds.swarm.hosts), and check this machine's clock."),
        )
    if re.search(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|doesn't match", said):
        return AskHuman(
            t("{host} is not who it should be: {said}", host=host, said=said),
            next_step=t("Check the address and the CA (DOCKER_CERT_PATH, or tls under clouds.swarm.hosts)."),
        )
    if "PermissionError" in said or "Permission denied" in said:
        return Denied(
            t("This user may not open the socket of {host}.", host=host),
            next_step=t("Add the user to the group `docker`, or use another way to the host."),
        )
    return TryAgain(t("No answer from {host} to {call}: {said}", host=host, call=call, said=said))


def garbled(host: str, call: str) -> TryAgain:
    """An answer that is no JSON, or that ended too early."""
    return TryAgain(t("The answer of {host} to {call} is garbled.", host=host, call=call))


def message_of(body: bytes) -> str:
    """What the daemon says in an error's body."""
    import msgspec

    try:
        plain: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode(errors="replace")[:SAID_MAX]
    return str(plain.get("message") or "")[:SAID_MAX] if isinstance(plain, dict) else ""


def _cause(error: Exception) -> str:
    """The innermost words: requests and urllib3 wrap them several times."""
    text = str(error)
    inner = re.search(r"\(?'?Connection aborted\.'?, (.+?)\)?$", text) or re.search(r"Caused by (.+?)\)?$", text)
    return (inner[1] if inner else text)[:SAID_MAX]


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:  # an HTTP date, which Docker does not send
        return None


def _sentence(said: str) -> str:
    said = " ".join(said.split())
    return said if said.endswith((".", "!", "?")) else said + "."
