"""A YAML file -> plain data and the line of every value.

Scalars follow the YAML 1.2 core rules: only true and false are booleans (``versioning: on`` is a text), dates stay texts
and ``22:00`` is not a number of base sixty.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from skywright.adapters.packs.problems import Path as Way
from skywright.adapters.packs.problems import Place, Problems
from skywright.model.words import t

FILE_BYTES_MAX = 4 * 2**20
VALUES_MAX = 200_000  # aliases of aliases grow without bound
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Yaml12(_Loader):  # type: ignore[misc]  # the C loader has no types
    """The safe loader with YAML 1.2's idea of booleans, integers and dates."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^(?:<<)$", "<"),
):
    _Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def read_document(path: Path, problems: Problems) -> Place | None:
    """Read one file; None (and a problem) when it cannot be read or is not YAML."""
    try:
        raw = path.read_bytes()
        if len(raw) > FILE_BYTES_MAX:
            problems.add(str(path), 1, t("The file is larger than {size} MiB.", size=FILE_BYTES_MAX // 2**20))
            return None
        return _compose(str(path), raw.decode(), problems)
    except OSError as error:
        problems.add(str(path), 1, t("The file cannot be read: {why}.", why=error.strerror))
    except UnicodeDecodeError as error:
        problems.add(str(path), raw[: error.start].count(b"\n") + 1, t("The file is not UTF-8 text."))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        problems.add(str(path), mark.line + 1 if mark else 1, t("This is not YAML: {why}.", why=what))
    except (RecursionError, ValueError) as error:
        problems.add(str(path), 1, t("This is not YAML: {why}.", why=error))
    return None


def _compose(file: str, text: str, problems: Problems) -> Place:
    loader = _Yaml12(text)
    try:
        node = loader.get_single_node()
        lines: dict[Way, int] = {}
        if node is not None:
            _walk(node, (), lines, lambda line, key: problems.add(file, line, t("`{key}` is given twice.", key=key)))
        data = loader.construct_document(node) if node is not None else None
    finally:
        loader.dispose()
    return Place(file, data, lines, problems)


def _walk(node: yaml.Node, path: Way, lines: dict[Way, int], twice: Any) -> None:
    lines[path] = node.start_mark.line + 1
    if len(lines) > VALUES_MAX:
        raise ValueError(t("it has more than {count} values", count=VALUES_MAX))
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _walk(child, (*path, index), lines, twice)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, child in node.value:
            name = str(key.value)
            if name in seen:
                twice(key.start_mark.line + 1, name)
            seen.add(name)
            _walk(child, (*path, name), lines, twice)
            lines[(*path, name)] = key.start_mark.line + 1
