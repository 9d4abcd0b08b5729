"""The least privileges as text to copy. Docker has none of its own, so that something in front of its socket must hold them: an
Open Policy Agent authorization plugin (opa-docker-authz) is asked with Method and PathPlain of every request."""

import re
from collections.abc import Iterator, Sequence

from skywright.model.words import t

ALWAYS = ("GET /version",)


def least_privilege(reading: Sequence[str], writing: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Calls for reading and, besides, for writing -> title, language and text of each policy."""
    yield t("For gathering (a policy for the authorization plugin opa-docker-authz)"), "rego", _policy((*ALWAYS, *reading))
    yield t("For executing plans, besides (rules to add to the same policy)"), "rego", _rules(writing)


def _policy(calls: Sequence[str]) -> str:
    return "\n".join(("package docker.authz", "", "default allow = false", "", _rules(calls)))


def _rules(calls: Sequence[str]) -> str:
    return "\n".join(_rule(call) for call in sorted(set(calls)))


def _rule(call: str) -> str:
    method, _, path = call.partition(" ")
    pattern = re.sub(r"\\\{id\\\}", ".+", re.escape(path))
    return f'allow {{ input.Method == "{method}"; regex.match(`^(/v[0-9.]+)?{pattern}$`, input.PathPlain) }}'
