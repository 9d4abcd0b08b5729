"""Secrets taken out of what is kept: step results, the audit log, messages."""

import re
from functools import lru_cache
from typing import Any

HIDDEN = "[redacted]"

_SECRET_NAME = re.compile(
    r"(?:^|[_\-. ])(?:password|passwd|passphrase|secret|credentials?|private[_\-]?key|secret[_\-]?(?:access[_\-]?)?key"
    r"|api[_\-]?key|auth[_\-]?token|session[_\-]?token|access[_\-]?token|token|user[_\-]?data|authorization)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECRET_TEXT = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"(?i)(?<=bearer )[a-z0-9._~+/=-]{16,}"),
    re.compile(r"(?i)(?<=://)[^/\s:@]+:[^/\s:@]+(?=@)"),  # user:password in a URL
    re.compile(r"(?i)(?<![:\w])(?:password|passwd|secret|token|secret_access_key)\s*[=:]\s*(?P<value>[^\s,;&'\"]+)"),
)
_HINTS = ("private key", "bearer ", "://", "password", "passwd", "secret", "token")
"""Without one of these no pattern above can match: texts by the hundred thousand are passed by cheaply."""

_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12}([A-Z0-9]{4})\b")


def scrub(value: Any) -> Any:
    """Plain data -> the same with secrets replaced: texts under names like ``password``, and what looks like a secret in any
    text. Names and shapes stay; booleans and numbers stay (``metadata_token_required`` is no secret)."""
    if isinstance(value, dict):
        return {key: HIDDEN if _is_secret(key, inner) else scrub(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub(inner) for inner in value]
    return _scrubbed(value) if isinstance(value, str) else value


def scrub_log(value: Any) -> Any:
    """Like ``scrub``, and access key ids are cut to their last four characters: the log travels further than a run's results,
    which need the id to undo what was done."""
    if isinstance(value, dict):
        return {key: scrub_log(inner) for key, inner in scrub(value).items()}
    if isinstance(value, (list, tuple)):
        return [scrub_log(inner) for inner in value]
    return _ACCESS_KEY.sub(r"\1…\2", _scrubbed(value)) if isinstance(value, str) else value


def _is_secret(name: object, value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return _names_secret(str(name))


@lru_cache(maxsize=4096)
def _names_secret(name: str) -> bool:
    """The same few names come with every resource of a kind."""
    return bool(_SECRET_NAME.search(_CAMEL.sub("_", name)))


def _scrubbed(text: str) -> str:
    folded = text.casefold()  # as far as (?i) goes, and further: nothing that a pattern would find is passed over
    if not any(hint in folded for hint in _HINTS):
        return text
    for pattern in _SECRET_TEXT:
        text = pattern.sub(_hide, text)
    return text


def _hide(match: re.Match[str]) -> str:
    value = match.groupdict().get("value")
    return match.group().removesuffix(value) + HIDDEN if value else HIDDEN
