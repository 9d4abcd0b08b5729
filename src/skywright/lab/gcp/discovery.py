"""Google's discovery documents -> methods and schemas, without their prose: some MiB for Compute Engine instead of some tens."""

import re
from collections.abc import Iterator
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

import msgspec


class Schema(
    msgspec.Struct, frozen=True, dict=True, rename={"ref": "$ref", "more": "additionalProperties", "only_read": "readOnly"}
):
    """A type: a reference to a named one (``ref``), a list, an object, or plain."""

    type: str = ""
    ref: str = ""
    format: str = ""
    pattern: str = ""
    enum: tuple[str, ...] = ()
    default: str | None = None
    items: "Schema | None" = None
    properties: dict[str, "Schema"] = {}
    more: "Schema | None" = None
    only_read: bool = False


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of a method, in the path or in the query."""

    type: str = "string"
    location: str = "query"
    required: bool = False
    repeated: bool = False
    enum: tuple[str, ...] = ()
    pattern: str = ""


class Named(msgspec.Struct, frozen=True, rename={"ref": "$ref"}):
    """The name of a schema."""

    ref: str = ""


class Method(msgspec.Struct, frozen=True, dict=True, rename={"http": "httpMethod", "flat": "flatPath"}):
    """One method. ``id`` ends in its verb: ``compute.instances.setLabels``."""

    id: str
    http: str
    path: str
    flat: str = ""
    parameters: dict[str, Parameter] = {}
    request: Named = Named()
    response: Named = Named()

    @cached_property
    def verb(self) -> str:
        """What it does: get, list, setLabels."""
        return self.id.rpartition(".")[2]

    @cached_property
    def template(self) -> str:
        """The path with one variable a segment."""
        return self.flat or self.path

    @cached_property
    def shape(self) -> re.Pattern[str]:
        """What paths of this method look like."""
        return re.compile(_pattern(self.template, "[^/]+?"))

    @cached_property
    def values(self) -> re.Pattern[str]:
        """Finds the values of its path parameters."""
        return re.compile(_pattern(self.path, ".+?"))


class Resources(msgspec.Struct, frozen=True):
    """Methods, and the resources below."""

    methods: dict[str, Method] = {}
    resources: dict[str, "Resources"] = {}

    def all(self) -> Iterator[Method]:
        """Every method, also those further down."""
        yield from self.methods.values()
        for below in self.resources.values():
            yield from below.all()


class Document(msgspec.Struct, frozen=True, dict=True, rename={"service_path": "servicePath", "root": "rootUrl"}):
    """One version of one service."""

    name: str
    version: str
    root: str
    service_path: str
    parameters: dict[str, Parameter] = {}
    resources: dict[str, Resources] = {}
    schemas: dict[str, Schema] = {}

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """Every method, the most literal paths first, so that ``x:verb`` is not taken for a name."""
        found = [method for below in self.resources.values() for method in below.all()]
        return tuple(sorted(found, key=lambda method: (":" not in method.template, method.template.count("{"))))

    def schema(self, name: str) -> Schema:
        """A schema by its name."""
        return self.schemas[name]


def _pattern(template: str, anything: str) -> str:
    """A path template -> a regular expression with a group for each variable."""
    parts = re.split(r"(\{\+?\w+\})", template)
    spelled = (f"(?P<{part.strip('{}+')}>{_width(part, anything)})" if part.startswith("{") else re.escape(part) for part in parts)
    return f"^{''.join(spelled)}$"


def _width(variable: str, anything: str) -> str:
    return anything if variable.startswith("{+") else "[^/]+?"


@cache
def document(service: str, version: str) -> Document | None:
    """The document of a service, or None when there is none."""
    path = _folder() / f"{service}.{version}.json"
    return msgspec.json.decode(path.read_bytes(), type=Document) if re.fullmatch(r"[\w.]+", version) and path.exists() else None


@cache
def _folder() -> Path:
    spec = find_spec("googleapiclient")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the Google Cloud lab needs google-api-python-client")
    return Path(spec.submodule_search_locations[0]) / "discovery_cache" / "documents"
