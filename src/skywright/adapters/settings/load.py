"""File and environment -> typed settings."""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from skywright.adapters.settings.document import Document, Steps, read_document, steps_of
from skywright.model.errors import BadInput
from skywright.model.settings import Settings
from skywright.model.words import t

FILE = "skywright.yaml"
PREFIX = "SKYWRIGHT__"
Section = TypeVar("Section")


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """``path`` (or ``skywright.yaml`` here, if there is one) with ``SKYWRIGHT__SECTION__KEY`` variables laid over it.

    Raises BadInput with file and line, or with the variable's name.
    """
    document = _document(path)
    if not isinstance(document.data, dict):
        raise BadInput(t("must be a mapping of sections."), where=document.where(()), next_step=t("See `skywright config schema`."))
    data = dict(document.data)
    variables = {name: value for name, value in (environment or os.environ).items() if name.startswith(PREFIX)}
    origins = {_override(data, name, value): name for name, value in sorted(variables.items())}
    return _convert(data, Settings, document, (), origins)


def decode_section(name: str, raw: Mapping[str, Any], section: type[Section], file: Path | None = None) -> Section:
    """One adapter's own section -> its typed configuration. ``name`` is where it stands (``clouds.aws``) in ``file``."""
    path = tuple(name.split("."))
    document = _document(file)
    return _convert(dict(raw), section, document if path in document.lines else Document({}, {}, name), path, {})


def load_file(path: Path, section: type[Section]) -> Section:
    """A file of its own -> its typed content. Raises BadInput with file and line."""
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise BadInput(t("must be a mapping."), where=document.where(()), next_step=t("See its documentation."))
    return _convert(document.data, section, document, (), {})


def _document(path: Path | None) -> Document:
    if path is not None:
        return read_document(path)
    here = Path(FILE)
    return read_document(here) if here.exists() else Document({}, {}, FILE)


def _override(data: dict[str, Any], variable: str, value: str) -> Steps:
    """Set one value from a variable; the text is read as YAML, so that numbers and lists work."""
    steps = tuple(part.lower() for part in variable.removeprefix(PREFIX).split("__"))
    here = data
    for step in steps[:-1]:
        inner = here.get(step)
        if inner is not None and not isinstance(inner, dict):
            raise BadInput(
                t("there is no section {name}.", name=step), where=variable, next_step=t("See `skywright config schema`.")
            )
        here[step] = dict(inner or {})
        here = here[step]
    try:
        here[steps[-1]] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise BadInput(t("its value is not valid YAML."), where=variable, next_step=t("Quote it.")) from error
    return steps


def _convert(data: dict[str, Any], section: type[Section], document: Document, base: Steps, origins: dict[Steps, str]) -> Section:
    try:
        return msgspec.convert(data, section, dec_hook=_plain)
    except msgspec.ValidationError as error:
        message, _, pointer = str(error).partition(" - at `")
        path = _named(data, section, steps_of(pointer.rstrip("`")))
        unknown = re.search(r"unknown field `(.+)`", message)
        if unknown:
            path = (*path, unknown[1])
            message, next_step = _unknown(unknown[1], section, path[:-1])
        else:
            next_step = t("See `skywright config schema`.")
            named = ".".join(map(str, (*base, *path)))
            message = f"{named + ': ' if named else ''}{message[0].lower()}{message[1:]}."
        where = origins.get(path) or document.where((*base, *path))
        raise BadInput(message, where=where, next_step=next_step) from error


def _named(data: dict[str, Any], section: type[Any], path: Steps) -> Steps:
    """The validator does not name keys of mappings (``...``): the first entry that alone is refused as well is meant."""
    for place, step in enumerate(path):
        if step != "...":
            continue
        inner: Any = data
        for name in path[:place]:
            inner = inner[name]
        for key in inner:
            try:
                msgspec.convert(_only(data, path[:place], key), section, dec_hook=_plain)
            except msgspec.ValidationError:
                return _named(data, section, (*path[:place], str(key), *path[place + 1 :]))
        return path[:place]
    return path


def _only(data: Any, path: Steps, key: Any) -> Any:
    """The data with one entry left of the mapping at ``path``."""
    if not path:
        return {key: data[key]}
    inner = _only(data[path[0]], path[1:], key)
    if isinstance(data, list):
        return [inner if place == path[0] else one for place, one in enumerate(data)]
    return {**data, path[0]: inner}


def _plain(kind: type, value: object) -> object:
    raise NotImplementedError(f"{kind} from {value!r}")


def _unknown(name: str, section: type[Any], path: Steps) -> tuple[str, str]:
    near = difflib.get_close_matches(name, _fields(section, path), n=1)
    step = t("Did you mean {near}?", near=repr(near[0])) if near else t("See `skywright config schema`.")
    return t("unknown key {name}.", name=repr(name)), step


def _fields(section: type[Any], path: Steps) -> list[str]:
    """Names of the keys that may stand at ``path``, from the type's own JSON Schema."""
    schema, parts = msgspec.json.schema_components([section])
    node: dict[str, Any] = schema[0]
    for step in path:
        node = _resolve(node, parts)
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(step) or node.get("additionalProperties") or {}
    return list(_resolve(node, parts).get("properties", {}))


def _resolve(node: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    for option in (node, *node.get("anyOf", ())):
        if "$ref" in option:
            found: dict[str, Any] = parts[option["$ref"].rsplit("/", 1)[-1]]
            return found
    return node
