"""A YAML document whose every value remembers its line."""

import re
from pathlib import Path
from typing import Any

import yaml

from skywright.model.errors import BadInput
from skywright.model.words import t

Steps = tuple[str | int, ...]
SIZE_MAX_BYTES = 4 * 2**20
_MAY_FAIL = {f"tag:yaml.org,2002:{kind}" for kind in ("timestamp", "int", "float")}


class Document:
    """Plain data, and the line (1-based) of every value by its path."""

    def __init__(self, data: Any, lines: dict[Steps, int], name: str) -> None:
        self.data = data
        self.lines = lines
        self.name = name

    def where(self, path: Steps) -> str:
        """``file:line`` of the value at ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"


def read_document(path: Path) -> Document:
    """Read one YAML file. Raises BadInput for what cannot be read, is not YAML, or says a key twice."""
    try:
        if path.stat().st_size > SIZE_MAX_BYTES:
            raise BadInput(t("is larger than {size} bytes.", size=SIZE_MAX_BYTES), where=str(path), next_step=t("Split it."))
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(t("cannot be read: {reason}.", reason=reason), where=str(path), next_step=t("Check the path.")) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput(t("is not UTF-8 text."), where=f"{path}:{line}", next_step=t("Save it as UTF-8.")) from error
    return parse_document(text, str(path))


def parse_document(text: str, name: str) -> Document:
    """Parse YAML text; ``name`` stands for the file in messages."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        lines: dict[Steps, int] = {}
        if node is not None:
            _walk(node, (), lines, name)
        data = loader.construct_document(node) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or t("is not valid YAML")
        raise BadInput(t("{problem}.", problem=problem), where=f"{name}:{line}", next_step=t("Mend the YAML there.")) from error
    except yaml.YAMLError as error:
        first = str(error).splitlines()[0]
        raise BadInput(t("is not valid YAML: {first}.", first=first), where=name, next_step=t("Mend the YAML.")) from error
    except RecursionError as error:
        raise BadInput(t("is nested too deeply."), where=name, next_step=t("Flatten it.")) from error
    return Document(data, lines, name)


def _walk(node: yaml.Node, path: Steps, lines: dict[Steps, int], name: str) -> None:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            step = (*path, str(key.value))
            if step in lines:
                raise BadInput(
                    t("key {key} stands here twice (first in line {line}).", key=repr(key.value), line=lines[step]),
                    where=f"{name}:{key.start_mark.line + 1}",
                    next_step=t("Keep one of them."),
                )
            _walk(value, step, lines, name)
            lines[step] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines, name)
    elif isinstance(node, yaml.ScalarNode) and node.tag in _MAY_FAIL:
        _read_alone(node, name)


def _read_alone(node: yaml.ScalarNode, name: str) -> None:
    """A value by itself, so that a date that there is not (2026-02-30) is told with its line."""
    try:
        yaml.constructor.SafeConstructor().construct_object(node)
    except ValueError as error:
        raise BadInput(
            t("{value} cannot be read: {reason}.", value=repr(node.value), reason=error),
            where=f"{name}:{node.start_mark.line + 1}",
            next_step=t("Correct it, or put it in quotes if it is a text."),
        ) from error


def steps_of(pointer: str) -> Steps:
    """A validator's pointer as a path: ``$.rails.windows[0].hours`` -> ``("rails", "windows", 0, "hours")``. A key that it does not
    name stays ``...``."""
    found = re.findall(r"\.([^.\[\]]+)|\[(\d+)\]|\[(\.\.\.)\]", pointer)
    return tuple(int(index) if index else name or some for name, index, some in found)
