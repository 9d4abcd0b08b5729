"""Function apps."""

import re
from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, props
from skywright.adapters.clouds.azure.read.instances import network_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Function

KIND, SITES = "function.function", "Microsoft.Web/sites"
INSIGHTS_TAG = "hidden-link: /app-insights-resource-id"
NODE = re.compile(r"^(\d+)")


class Extra(dict[str, Any]):
    """``settings`` and ``functions`` of an app. A missing key could not be read."""


def function(raw: dict[str, Any], place: Place, extra: Extra) -> Function:
    """A function app: all its functions scale and are deployed together."""
    own = props(raw)
    settings = extra.get("settings")
    subnet = tr.said(own, "virtualNetworkSubnetId")
    tags = tr.tags(raw.get("tags"))
    return Function(
        **place.head(KIND, raw),
        state=tr.said(own, "state").lower() or None,
        runtime=None if settings is None else runtime(settings),
        role=next(iter(tr.at(raw, "identity", "userAssignedIdentities") or ()), ""),
        vpc=place.of(network_of(subnet)),
        public=_public(own, settings, extra.get("functions")),
        tracing=True if any(name.lower() == INSIGHTS_TAG for name in tags or ()) else None,
        modified_at=tr.moment(own, "lastModifiedTimeUtc"),
        tls_required=tr.flag(own, "httpsOnly"),
    )


def runtime(settings: Any) -> str | None:
    """``Python|3.9`` (or the field of a language) -> ``python3.9``; the names are those that the rules know."""
    spelled = tr.said(settings, "properties", "linuxFxVersion") or tr.said(settings, "properties", "windowsFxVersion")
    language, _, version = spelled.lower().partition("|")
    if not version:
        fields = {"python": "pythonVersion", "node": "nodeVersion", "java": "javaVersion", "powershell": "powerShellVersion"}
        pairs = ((name, tr.said(settings, "properties", field).lstrip("~v")) for name, field in fields.items())
        language, version = next(((name, found) for name, found in pairs if found), ("", ""))
    match language:
        case "":
            return None
        case "node":
            major = NODE.match(version)
            return f"nodejs{major[1]}.x" if major else "nodejs"
        case "dotnet" | "dotnet-isolated":
            return f"dotnet{version.removesuffix('.0')}"
        case "java":
            return f"java{version.removesuffix('.0').removeprefix('1.')}"
        case "docker":
            return "container"
        case _:
            return f"{language}{version}"


def _public(own: dict[str, Any], settings: Any, functions: Any) -> bool | None:
    """May anyone at all call it: a function that asks for no key, on an app that the internet reaches."""
    if tr.said(own, "publicNetworkAccess").lower() == "disabled":
        return False
    if functions is None or settings is None:
        return None
    limits = [one for one in tr.items(settings, "properties", "ipSecurityRestrictions") if tr.said(one, "ipAddress") != "Any"]
    if limits:
        return False
    bindings = [one for each in functions for one in tr.items(each, "properties", "config", "bindings")]
    doors = [one for one in bindings if tr.said(one, "type").lower() == "httptrigger"]
    return any(tr.said(one, "authLevel").lower() == "anonymous" for one in doors)


def links(row: Function) -> Links:
    """A function and its network."""
    yield Verb.IN, row.vpc


def _extra(reading: Reading, raw: dict[str, Any]) -> Extra:
    return Extra(
        reading.answers(
            KIND,
            {
                "settings": lambda: reading.get(f"{raw['id']}/config/web"),
                "functions": lambda: list(reading.pages(f"{raw['id']}/functions")),
            },
        )
    )


def _read(reading: Reading) -> None:
    raws = [raw for raw in reading.of_type(KIND, SITES) if "functionapp" in tr.said(raw, "kind").lower()]
    extras = {raw["id"]: said or Extra() for raw, said in reading.each(KIND, raws, lambda raw: _extra(reading, raw))}
    reading.take(KIND, raws, lambda raw: function(raw, reading.place, extras[raw["id"]]), links)


READERS = (
    Reader(
        name="functions",
        service="functions",
        kinds=(KIND,),
        read=_read,
        permissions=(f"{SITES}/read", f"{SITES}/config/read", f"{SITES}/functions/read"),
    ),
)
