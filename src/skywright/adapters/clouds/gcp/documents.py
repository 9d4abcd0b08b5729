"""Google's discovery documents -> methods: the documents ship with google-api-python-client, so that no call is made to find them.

Only paths and parameters are read. (The generated client makes a Python function of every method and its schemas: for Compute
Engine that is some hundred MiB and seconds of work; and it waits for operations at the public endpoint wherever its own calls go.)
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from skywright.model.errors import AskHuman, BadInput
from skywright.model.words import t

VERSIONS = {
    "aiplatform": "v1",
    "artifactregistry": "v1",
    "bigquery": "v2",
    "billingbudgets": "v1",
    "certificatemanager": "v1",
    "cloudasset": "v1",
    "cloudbilling": "v1",
    "cloudfunctions": "v2",
    "cloudkms": "v1",
    "cloudresourcemanager": "v3",
    "compute": "v1",
    "container": "v1",
    "dns": "v1",
    "essentialcontacts": "v1",
    "file": "v1",
    "iam": "v1",
    "logging": "v2",
    "memcache": "v1",
    "monitoring": "v3",
    "orgpolicy": "v2",
    "pubsub": "v1",
    "redis": "v1",
    "run": "v2",
    "secretmanager": "v1",
    "serviceusage": "v1beta1",  # v1 does not tell quotas
    "sqladmin": "v1",
    "storage": "v1",
}
"""Service -> the version of its API that is spoken here."""

COMMON_PARAMETERS = frozenset({"fields", "quotaUser", "prettyPrint", "alt"})


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a method."""

    location: str = "query"
    required: bool = False
    pattern: str = ""


class Method(msgspec.Struct, frozen=True):
    """One method of a service. ``base`` is the service's own address."""

    path: str
    httpMethod: str  # noqa: N815 - Google's name
    parameters: dict[str, Parameter] = {}
    base: str = ""

    def url(self, params: Mapping[str, Any], base: str = "") -> str:
        """The address of a call with these parameters, at another base if one is given. Raises BadInput for a parameter that is not
        documented, or is missing."""
        left = {name: value for name, value in params.items() if value is not None}
        missing = [name for name, known in self.parameters.items() if known.required and name not in left]
        unknown = [name for name in left if name not in self.parameters and name not in COMMON_PARAMETERS]
        if missing or unknown:
            raise BadInput(t("{path} has not these parameters: {names}.", path=self.path, names=", ".join(missing or unknown)))
        address = (base or self.base) + re.sub(r"\{(\+?)(\w+)\}", lambda found: _expanded(found, left), self.path)
        query = urlencode([(name, _spelled(value)) for name, given in left.items() for value in _each(given)])
        return f"{address}?{query}" if query else address


class _Resource(msgspec.Struct, frozen=True):
    methods: dict[str, Method] = {}
    resources: dict[str, "_Resource"] = {}


class _Document(msgspec.Struct, frozen=True):
    rootUrl: str  # noqa: N815 - Google's name
    servicePath: str  # noqa: N815 - Google's name
    resources: dict[str, _Resource] = {}


class Service(msgspec.Struct, frozen=True):
    """A service's address and its methods by name (``projects.locations.services.list``)."""

    root: str  # https://compute.googleapis.com/
    path: str  # compute/v1/
    methods: dict[str, Method]


def method(name: str) -> Method:
    """A method by its full name: the service, then its resources as documented (``compute.instances.list``). Raises BadInput."""
    service, _, rest = name.partition(".")
    found = documented(service).methods.get(rest)
    if found is None:
        raise BadInput(t("Google Cloud has no method {name}.", name=name))
    return found


@cache
def documented(service: str) -> Service:
    """A service as its discovery document tells it. Raises BadInput for one that is not spoken here."""
    if service not in VERSIONS:
        raise BadInput(t("Google Cloud has no service {service} that is known here.", service=service))
    document = msgspec.json.decode((_folder() / f"{service}.{VERSIONS[service]}.json").read_bytes(), type=_Document)
    base = document.rootUrl + document.servicePath
    methods = {name: msgspec.structs.replace(found, base=base) for name, found in _methods(document.resources, "")}
    return Service(document.rootUrl, document.servicePath, methods)


def _methods(resources: Mapping[str, _Resource], prefix: str) -> Iterator[tuple[str, Method]]:
    for name, resource in resources.items():
        for verb, found in resource.methods.items():
            yield f"{prefix}{name}.{verb}", found
        yield from _methods(resource.resources, f"{prefix}{name}.")


@cache
def _folder() -> Path:
    """Where the documents lie; found without importing the library."""
    spec = find_spec("googleapiclient")
    if spec is None or not spec.submodule_search_locations:
        raise AskHuman(
            t("Google Cloud needs google-api-python-client, which is not installed."),
            next_step=t("Run: pip install 'skywright[gcp]'"),
        )
    return Path(spec.submodule_search_locations[0]) / "discovery_cache" / "documents"


def _expanded(found: re.Match[str], left: dict[str, Any]) -> str:
    """One variable of a path (RFC 6570): reserved expansion keeps slashes."""
    reserved, name = found.groups()
    return quote(str(left.pop(name)), safe="/:@" if reserved else "@")


def _each(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
