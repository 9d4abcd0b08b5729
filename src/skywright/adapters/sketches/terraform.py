"""A Terraform plan in JSON -> what it makes, changes and takes away.

Source: Terraform documents, "JSON Output Format" (format_version 1.x): ``resource_changes``, ``configuration``, ``variables``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from skywright.adapters.sketches.terraform_types import TYPES, Values, free
from skywright.adapters.sketches.where import Where
from skywright.model.errors import BadInput
from skywright.model.sketch import Part, Sketch, Sketched
from skywright.model.words import t

_ACTIONS = {
    ("no-op",): "keep",
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "keep",
}
_CLOUD = {"aws": "aws", "google": "gcp", "google-beta": "gcp", "azurerm": "azure"}


def read_terraform(document: Mapping[str, Any], source: str, where: Where) -> Sketch:
    """Every managed resource of a plan. Raises BadInput for a plan of an unknown format."""
    version = str(document.get("format_version", ""))
    if version.partition(".")[0] not in ("0", "1"):
        raise BadInput(t("Terraform's format {version} is not known; 1.x is.", version=version or "?"), where=source)
    changes = document["resource_changes"]
    if not isinstance(changes, list) or not all(isinstance(one, dict) for one in changes):
        raise BadInput(t("resource_changes must be a list."), where=source)
    regions = _Regions(document, where)
    items = [_sketched(change, regions, source) for change in changes if change.get("mode", "managed") == "managed"]
    return Sketch(form="terraform", source=source, items=tuple(sorted(items, key=lambda one: one.address)))


def _sketched(change: Mapping[str, Any], regions: "_Regions", source: str) -> Sketched:
    address, kind, said = str(change.get("address", "?")), str(change.get("type", "?")), change.get("change")
    if not isinstance(said, dict):
        raise BadInput(t("The change of {address} says nothing.", address=address), where=source)
    actions = tuple(said.get("actions") or ())
    if actions not in _ACTIONS:
        raise BadInput(
            t("{address}: the actions {actions} are not known.", address=address, actions=", ".join(actions)), where=source
        )
    item = Sketched(address=address, type=kind, action=_ACTIONS[actions])
    if kind in free():
        return item
    if kind not in TYPES:
        return replace(item, unpriced=t("resources of this type are not priced yet"))
    cloud = _CLOUD.get(kind.split("_", 1)[0], "")
    sides: dict[str, dict[str, Part]] = {"before": {}, "after": {}}
    for side, parts in sides.items():
        values = said.get(side)
        if not isinstance(values, dict):
            continue
        seen = Values(values, regions.defaults(address))
        region = regions.region(address, cloud, seen)
        if not region:
            return replace(item, unpriced=t("its region is not known; name it with --region"))
        for name, made, columns, quantity in TYPES[kind](seen):
            parts[name] = Part(cloud=cloud, region=region, kind=made, columns=columns, quantity=quantity)
    return replace(item, **sides)


class _Regions:
    """Where the plan's resources are: as they say themselves, else as their provider is configured, else as the user says."""

    def __init__(self, document: Mapping[str, Any], where: Where) -> None:
        configuration = document.get("configuration") or {}
        self._providers: Mapping[str, Any] = configuration.get("provider_config") or {}
        self._variables = _variables(document)
        self._where = where
        self._resources = dict(_configured(configuration.get("root_module") or {}, ""))
        self._templates = {
            str(one.get("address")): ((one.get("change") or {}).get("after") or {})
            for one in document["resource_changes"]
            if one.get("type") == "aws_launch_template"
        }

    def region(self, address: str, cloud: str, values: Values) -> str:
        """The region of a resource; empty when nothing says it."""
        own = _own_region(cloud, values)
        if own:
            return own
        key = str(self._resources.get(_bare(address), {}).get("provider_config_key", ""))
        for name in (key, key.rpartition(":")[2]):
            said = ((self._providers.get(name) or {}).get("expressions") or {}).get("region")
            if isinstance(said, dict):
                return str(said.get("constant_value") or self._referred(said) or self._where.region)
        return self._where.region

    def defaults(self, address: str) -> Mapping[str, Any]:
        """What a resource takes from the launch template that it refers to."""
        expressions = (self._resources.get(_bare(address)) or {}).get("expressions") or {}
        module = re.match(r"(module\.[^.]+\.)*", address)
        blocks = expressions.get("launch_template")
        for block in blocks if isinstance(blocks, list) else ():
            for said in block.values() if isinstance(block, dict) else ():
                for reference in said.get("references", ()) if isinstance(said, dict) else ():
                    name = str(reference).removesuffix(".id").removesuffix(".latest_version")
                    template = self._templates.get(f"{module[0] if module else ''}{name}")
                    if template:
                        return {"instance_type": template.get("instance_type")}
        return {}

    def _referred(self, said: Mapping[str, Any]) -> str:
        for reference in said.get("references") or ():
            if str(reference).startswith("var."):
                return str(self._variables.get(str(reference)[4:]) or "")
        return ""


def _variables(document: Mapping[str, Any]) -> dict[str, Any]:
    root = (document.get("configuration") or {}).get("root_module") or {}
    defaults = {name: said.get("default") for name, said in (root.get("variables") or {}).items()}
    return defaults | {name: said.get("value") for name, said in (document.get("variables") or {}).items()}


def _configured(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Address without indices -> configuration, through all modules."""
    for resource in module.get("resources") or ():
        yield f"{prefix}{resource.get('address')}", resource
    for name, call in (module.get("module_calls") or {}).items():
        yield from _configured(call.get("module") or {}, f"{prefix}module.{name}.")


def _bare(address: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", address)


def _own_region(cloud: str, values: Values) -> str:
    zone = values.text("availability_zone") or values.text("zone") or ""
    said = values.text("region") or values.text("location") or ""
    if cloud == "azure":
        return said.replace(" ", "").lower()
    if cloud == "gcp":
        return said.lower() if re.fullmatch(r"[a-z]+-[a-z]+\d", said.lower()) else _without_zone((zone or said).lower())
    return said or (zone[:-1] if re.fullmatch(r"[a-z]+(-[a-z]+)+-\d[a-z]", zone) else "")


def _without_zone(zone: str) -> str:
    return zone.rpartition("-")[0] if re.fullmatch(r"[a-z]+-[a-z]+\d-[a-z]", zone) else ""
