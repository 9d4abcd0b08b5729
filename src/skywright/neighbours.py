"""The clouds next door: names in the configuration -> their adapters, and what each has no equivalent of."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from skywright.model.errors import BadInput
from skywright.model.settings import Settings
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.model.rule import Rule
    from skywright.ports.cloud import Cloud
    from skywright.ports.other import Clock


class Neighbour(NamedTuple):
    """A cloud: its proper name. Its package ``adapters/clouds/<key>`` has ``Cloud``, ``Config``, ``read.READERS``, ``write.WAYS``,
    ``least.least_privilege``, and ``lacks.COLUMNS`` and ``lacks.RULES``: what it has no equivalent of."""

    title: str


Known = Mapping[str, Neighbour]
"""Every cloud by the name of its package."""


def wired(known: Known, sections: Mapping[str, Any], file: Path | None, clock: "Clock") -> "Iterator[tuple[str, Cloud]]":
    """Every cloud that has a section. Raises BadInput with file and line for one that does not exist or a section that is wrong."""
    from skywright.adapters.settings import decode_section, read_secret

    for name, section in sections.items():
        cloud, config = _classes(known, name)
        yield name, cloud(decode_section(f"clouds.{name}", section, config, file), clock, read_secret)


def _classes(known: Known, name: str) -> "tuple[Callable[..., Cloud], type[Any]]":
    """The class of a cloud, and that of its section. Raises BadInput for a cloud that there is none of."""
    if name not in known:
        nearest = difflib.get_close_matches(name, known, 1)
        step = t("Did you mean {name}?", name=nearest[0]) if nearest else t("Known are {names}.", names=", ".join(known))
        raise BadInput(t("There is no cloud named {name}.", name=name), where="clouds", next_step=step)
    package = import_module(f"skywright.adapters.clouds.{name}")
    return package.Cloud, package.Config


def fitted(rules: "Iterable[Rule]", clouds: Iterable[str]) -> "tuple[Rule, ...]":
    """Rules that know what each of these clouds has no equivalent of (``adapters/clouds/<name>/lacks.py``), so that they do not
    call unknown what does not exist."""
    lacks = {name: import_module(f"skywright.adapters.clouds.{name}.lacks") for name in clouds}

    def lacking(rule: "Rule") -> dict[str, tuple[str, ...]]:
        found = {
            name: ("*",) if rule.id in room.RULES else tuple(sorted(room.COLUMNS.get(rule.kind, frozenset()) & set(rule.columns)))
            for name, room in lacks.items()
        }
        return {name: columns for name, columns in found.items() if columns}

    return tuple(msgspec.structs.replace(rule, lacking=lacking(rule)) for rule in rules) if lacks else tuple(rules)


def schema(known: Known) -> dict[str, Any]:
    """The JSON Schema of ``skywright.yaml``, the clouds' own sections included."""
    sections = {name: _classes(known, name)[1] for name in known}
    (settings, *clouds), parts = msgspec.json.schema_components([Settings, *sections.values()])
    parts["Settings"]["properties"]["clouds"] = {
        "type": "object",
        "properties": dict(zip(sections, clouds, strict=True)),
        "additionalProperties": False,
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "skywright.yaml", **settings, "$defs": parts}
