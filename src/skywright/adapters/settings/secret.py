"""A reference to a secret -> the secret, read at the moment of need and never kept."""

import os
import subprocess
from pathlib import Path

from skywright.model.errors import AskHuman
from skywright.model.settings import SecretRef
from skywright.model.words import t

COMMAND_TIMEOUT_S = 30


def read_secret(reference: SecretRef) -> str:
    """Read a secret from its environment variable, file or command. Raises AskHuman when there is none; its value is never
    part of a message."""
    if reference.env is not None:
        return _found(os.environ.get(reference.env), t("environment variable {name}", name=reference.env))
    if reference.file is not None:
        try:
            text = Path(reference.file).expanduser().read_text(encoding="utf-8")
        except OSError:
            text = None
        return _found(text, t("file {name}", name=reference.file))
    return _found(_run(reference.command or []), t("command {name}", name=(reference.command or ["?"])[0]))


def _run(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _found(value: str | None, what: str) -> str:
    if value is None or not value.strip():
        raise AskHuman(t("No secret in {what}.", what=what), next_step=t("Set it, or change the reference in the configuration."))
    return value.strip()
