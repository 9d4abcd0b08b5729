"""SSH's errors -> model.errors."""

from skywright.model.errors import AskHuman, Denied, SkywrightError, TryAgain
from skywright.model.words import t


class Offline(TryAgain):
    """The host did not answer. It is not gone."""


def translated(error: Exception, host: str, timeout_s: float) -> SkywrightError:
    """One error of asyncssh, or of the system, in our terms."""
    import asyncssh

    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return AskHuman(
            t("The SSH host key of {host} is not known, or not the one that is known.", host=host),
            next_step=t(
                "Compare it by another way (`ssh-keyscan {host} | ssh-keygen -lf -`), then mend ~/.ssh/known_hosts. "
                "It is never accepted unseen.",
                host=host,
            ),
        )
    if isinstance(error, asyncssh.PermissionDenied | asyncssh.KeyImportError | asyncssh.KeyEncryptionError):
        return Denied(
            t("{host} lets us not in by SSH: {said}", host=host, said=_sentence(str(error))),
            permission="ssh",
            next_step=t("Check the user, its key on the host, and the agent (`ssh {host} true`).", host=host),
        )
    if isinstance(error, asyncssh.ConfigParseError):
        return AskHuman(
            t("The SSH configuration for {host} cannot be used: {said}", host=host, said=_sentence(str(error))),
            next_step=t("Check ~/.ssh/config."),
        )
    if isinstance(error, TimeoutError):
        return Offline(t("{host} did not answer by SSH within {seconds:.0f} s.", host=host, seconds=timeout_s))
    if isinstance(error, asyncssh.KeyExchangeFailed | asyncssh.ProtocolError | asyncssh.ProtocolNotSupported | asyncssh.MACError):
        return AskHuman(
            t("{host} and we cannot agree on how to speak SSH: {said}", host=host, said=_sentence(str(error))),
            next_step=t("Check what answers on this port, and the versions of SSH."),
        )
    return Offline(t("{host} cannot be reached by SSH: {said}", host=host, said=_sentence(str(error) or type(error).__name__)))


def cut(host: str) -> Offline:
    """The connection ended before the answer did."""
    return Offline(t("The connection to {host} was lost in the middle of its answer.", host=host))


def _sentence(said: str) -> str:
    said = " ".join(said.split())[:300]
    return said if said.endswith((".", "!", "?")) else said + "."
