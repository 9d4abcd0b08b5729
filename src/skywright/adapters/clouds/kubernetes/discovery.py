"""What a cluster serves: groups, versions and resources, by as few calls as its version allows.

From 1.27 (beta; stable in 1.30) all of it comes in one answer ("Aggregated discovery" in "The Kubernetes API"); older servers are
asked for the list of groups, and for the resources of a version only when they matter.
"""

import threading
from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.kit.translate import at, items, text
from skywright.adapters.clouds.kubernetes.resources import Api
from skywright.model.errors import NotThere, TryAgain
from skywright.model.words import t

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
ACCEPT = ",".join((_AGGREGATED.format("v2"), _AGGREGATED.format("v2beta1"), "application/json"))

Ask = Callable[[str, str], Any]
"""(path, accepted content) -> the answer."""


class Served:
    """The groups of a cluster. ``ask`` is used for the resources of a version that are not known yet."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._versions: dict[str, list[str]] = {"": ["v1"]}
        self._resources: dict[tuple[str, str], dict[str, bool] | None] = {}
        self._lock = threading.RLock()

    def learn(self, group: str, version: str, resources: dict[str, bool] | None) -> None:
        """A version of a group is served, with these resources (plural -> namespaced) or with ones to be asked for."""
        known = self._versions.setdefault(group, [])
        if version not in known:
            known.append(version)
        self._resources[group, version] = resources

    def version(self, api: Api) -> str | None:
        """The first of the resource's versions that is served. Raises model.errors where that cannot be found out."""
        if not api.group:
            return api.versions[0]
        served = self._versions.get(api.group, ())
        return next(
            (version for version in api.versions if version in served and api.plural in self.resources(api.group, version)), None
        )

    def versions(self, group: str) -> list[str]:
        """The versions of a group, the server's preferred one first."""
        return list(self._versions.get(group, ()))

    def resources(self, group: str, version: str) -> dict[str, bool]:
        """Plural -> is it namespaced, of one version."""
        with self._lock:
            found = self._resources.get((group, version))
            if found is None:
                try:
                    listed = _listed(self._ask(f"/apis/{group}/{version}", "application/json"), "resources")
                except NotThere:
                    listed = []
                found = {str(at(one, "name")): at(one, "namespaced") is True for one in listed if "/" not in str(at(one, "name"))}
                self._resources[group, version] = found
            return found


def discover(ask: Ask) -> Served:
    """Ask a cluster what it serves. Raises model.errors."""
    served = Served(ask)
    answer = ask("/apis", ACCEPT)
    if text(answer, "kind") == "APIGroupDiscoveryList":
        for group in _listed(answer, "items"):
            for version in items(group, "versions"):
                listed = items(version, "resources")
                resources = (
                    None
                    if text(version, "freshness") == "Stale"
                    else {str(at(one, "resource")): at(one, "scope") == "Namespaced" for one in listed}
                )
                served.learn(text(group, "metadata", "name") or "", text(version, "version") or "", resources)
        return served
    for group in _listed(answer, "groups"):
        preferred = text(group, "preferredVersion", "version")
        versions = [text(one, "version") or "" for one in items(group, "versions")]
        for version in sorted(versions, key=lambda one: one != preferred):
            served.learn(text(group, "name") or "", version, None)
    return served


def _listed(answer: Any, key: str) -> list[Any]:
    """The list under ``key``. Raises TryAgain where there is none: a server that says nothing does not serve nothing."""
    found = at(answer, key)
    if not isinstance(found, list):
        raise TryAgain(t("The API server's answer about what it serves is garbled."))
    return found
