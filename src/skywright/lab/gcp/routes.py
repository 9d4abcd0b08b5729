"""A request -> the method that it asks for, its parameters, and the resource that it is about."""

import re
from collections import defaultdict
from functools import cache
from typing import Any

import msgspec

from skywright.lab.gcp.discovery import Document, Method, document
from skywright.lab.gcp.refusals import Refusal

VERSION = re.compile(r"^v\d\w*$")
OF_COLLECTIONS = ("list", "insert", "create", "aggregatedList", "search")
"""Verbs that are about a collection, not about one resource."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request understood. ``path`` is what follows the version; ``target`` the path of the resource that it is about (for a
    list or a creation: of the collection). ``params`` are those of the path and the query; ``body`` is the JSON sent."""

    document: Document
    method: Method
    path: str
    target: str
    params: dict[str, Any]
    body: dict[str, Any]

    @property
    def service(self) -> str:
        """The name of the service: compute."""
        return self.document.name

    @property
    def verb(self) -> str:
        """What is asked: get, list, setLabels."""
        return self.method.verb

    @property
    def key(self) -> str:
        """The resource in the store."""
        return f"{self.service}/{self.target}"

    @property
    def collection(self) -> str:
        """What the resources at ``target`` are called: instances."""
        parts = self.target.split("/")
        return parts[-1] if self.verb in OF_COLLECTIONS or len(parts) == 1 else parts[-2]

    @property
    def project(self) -> str:
        """The project that is meant, or ""."""
        found = re.search(r"(?:^|/)projects/([^/:]+)", self.path)
        return found[1] if found else str(self.params.get("project", ""))


@cache
def _table(service: str, version: str) -> dict[tuple[str, int], list[Method]]:
    found: dict[tuple[str, int], list[Method]] = defaultdict(list)
    known = document(service, version)
    for method in known.methods if known else ():
        found[method.http, (known.service_path + method.template).count("/") if known else 0].append(method)
    return found


def find(http: str, path: str) -> tuple[Document, Method, str]:
    """The document, the method, and the path below the service's own. ``path`` begins with the service's name. Raises Refusal."""
    service, _, rest = path.lstrip("/").partition("/")
    version = next((part for part in rest.split("/")[:2] if VERSION.match(part)), "")
    known = document(service, version) if service and version else None
    if known is None or not rest.startswith(known.service_path):
        raise Refusal(404, f"The requested URL /{rest} was not found on this server.")
    below = rest[len(known.service_path) :]
    for method in _table(service, version).get((http, rest.count("/")), ()):
        if method.shape.match(below):
            return known, method, below
    raise Refusal(404, f"No method of {service} {version} answers {http} /{rest}.")


def understood(http: str, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Call:
    """The call that a request makes. Raises Refusal."""
    known, method, below = find(http, path)
    matched = method.values.match(below)
    params: dict[str, Any] = dict(matched.groupdict()) if matched else {}
    for name, values in query.items():
        told = method.parameters.get(name)
        params[name] = values if told and told.repeated else values[-1]
    version = f"{known.version}/"
    plain = below.removeprefix(version)
    target = _target(method, version, plain, params)
    return Call(document=known, method=method, path=plain, target=target, params=params, body=body)


def _target(method: Method, version: str, path: str, params: dict[str, Any]) -> str:
    """Cut off what the method adds to the resource's path: ``/setLabels``, ``:setIamPolicy``, ``/iam``."""
    head, _, verb = method.template.removeprefix(version).partition(":")
    if verb:
        path = path.removesuffix(f":{verb}")
    segments = head.split("/")
    if segments[-1].startswith("{") or verb or method.verb in OF_COLLECTIONS:
        return path
    named = params.get(segments[-1].removesuffix("s"))  # autoscalers are patched through their collection
    if named and method.verb in ("patch", "update"):
        return f"{path}/{named}"
    last = max((place for place, segment in enumerate(segments) if segment.startswith("{")), default=-1)
    return "/".join(path.split("/")[: last + 1])
