"""File and environment -> typed settings."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from skywright.adapters.settings.document import Document, Steps, read_document, steps_of
from skywright.adapters.settings.wrong import of_key, sentence
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
    except (yaml.YAMLError, ValueError) as error:  # of a date that there is not: ValueError
        raise BadInput(t("its value is not valid YAML."), where=variable, next_step=t("Quote it.")) from error
    return steps


def _convert(data: dict[str, Any], section: type[Section], document: Document, base: Steps, origins: dict[Steps, str]) -> Section:
    try:
        return msgspec.convert(data, section, dec_hook=_plain)
    except msgspec.ValidationError as error:
        message, _, pointer = str(error).partition(" - at `")
        of_a_key = pointer.startswith("key` in `")
        path = _named(data, section, steps_of(pointer.removeprefix("key` in `").rstrip("`")))
        named = ".".join(map(str, (*base, *path)))
        if of_a_key:
            key = _refused(data, path)
            said, next_step = of_key(key, named)
            path = (*path, str(key))
        else:
            if unknown := re.search(r"unknown field `(.+)`", message):
                path = (*path, unknown[1])
            said, next_step = sentence(message, named, section, path)
        where = origins.get(path) or document.where((*base, *path))
        raise BadInput(said, where=where, next_step=next_step) from error


def _refused(data: Any, path: Steps) -> object:
    """The first key of the mapping at ``path`` that is no text."""
    for step in path:
        data = data[step]
    return next((key for key in data if not isinstance(key, str)), "")


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
