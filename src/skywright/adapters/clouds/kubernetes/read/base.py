"""Kubernetes' desk: what its readers ask with, and the facts that many of them want."""

from collections.abc import Callable, Iterable
from typing import Any

from skywright.adapters.clouds.kit import reading
from skywright.adapters.clouds.kit.reading import Desk
from skywright.adapters.clouds.kit.translate import moment, said, text
from skywright.adapters.clouds.kubernetes.calls import KubeCalls, untracked
from skywright.adapters.clouds.kubernetes.place import Place, namespace_of, spaced
from skywright.adapters.clouds.kubernetes.read.slim import slim_pod
from skywright.adapters.clouds.kubernetes.resources import APIS, Address, address
from skywright.model.errors import NotThere

GETS_MAX = 10
"""So many wanted objects of one kind are read one by one; more of them by listing their namespaces."""

Raw = dict[str, Any]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
TOLD = (
    "app.kubernetes.io/",
    "deployment.kubernetes.io/",
    "meta.helm.sh/",
    "argocd.argoproj.io/tracking-id",
    "eks.amazonaws.com/role-arn",
)
"""Annotations whose values say where an object comes from and hold no settings of its owner's."""

TRIMS: dict[str, Callable[[Raw], Raw]] = {"pods": slim_pod}
METADATA_ONLY = frozenset({"secrets", "replicasets.apps", "customresourcedefinitions.apiextensions.k8s.io"})
"""Read without their contents: values of secrets never travel, and the others are large and said elsewhere."""


class Reading(reading.Reading):
    """One reader over one cluster."""

    place: Place

    def __init__(self, desk: Desk, account: str, region: str, service: str, only: frozenset[str] | None = None) -> None:
        super().__init__(desk, Place(account, region), service, only)
        self._calls: KubeCalls = desk.calls

    @property
    def calls(self) -> KubeCalls:
        """The way to the clusters."""
        return self._calls

    def own(self, kind: str, name: str) -> list[Raw]:
        """The objects of ``APIS[name]`` that are to become rows of ``kind``: all, or only those that are asked for."""
        self.allowed()
        if self.only is None:
            return self.all(name)
        wanted = [found for native in sorted(self.only) if (found := address(kind, native)) and found.api.name == name]
        if len(wanted) > GETS_MAX:
            keys = {(one.namespace, one.name) for one in wanted}
            return [raw for raw in self.all(name) if (namespace_of(raw), raw["metadata"]["name"]) in keys]
        return [raw for one in wanted if (raw := self._maybe(one)) is not None]

    def all(self, name: str, *, wide: bool = False) -> list[Raw]:
        """Every object of ``APIS[name]`` that may matter here: of the whole cluster, or of the namespaces of what is asked for.
        ``wide``: of every namespace, also of those that the configuration leaves out, because what stands there matters too."""
        if APIS[name].namespaced and wide:
            return self.shared(f"list {name} everywhere", lambda: self._everywhere(name))
        if APIS[name].namespaced:
            return [raw for namespace in self._namespaces() for raw in self._list(name, namespace)]
        return self._list(name, "")

    def common(self, kind: str, raw: Raw, native_id: str | None = None, *, keep: tuple[str, ...] = ()) -> dict[str, Any]:
        """The columns that every row has. ``keep``: parts of the object that hold no secrets, for ``native``."""
        metadata = raw["metadata"]
        labels = metadata.get("labels") or {}
        return {
            **self.place.common(kind, native_id or spaced(raw)),
            "name": metadata["name"],
            "tags": {str(key): str(value) for key, value in labels.items()},
            "created_at": moment(metadata, "creationTimestamp"),
            "native": {**_origin(raw), **{name: raw[name] for name in keep if name in raw}},
        }

    def ref(self, kind: str, namespace: str, name: str | None) -> str | None:
        """The id of an object in a namespace; None and "" stay what they are."""
        return self.place.ref(kind, f"{namespace}/{name}" if name else name)

    def _list(self, name: str, namespace: str) -> list[Raw]:
        return self.shared(f"list {name} in {namespace}", lambda: self._listed(name, namespace))

    def _listed(self, name: str, namespace: str) -> list[Raw]:
        return [raw for raw in self._read(name, namespace) if self._calls.namespaces.has(namespace_of(raw))]

    def _everywhere(self, name: str) -> list[Raw]:
        return self._list(name, "") if self._calls.namespaces.all else list(self._read(name, ""))

    def _read(self, name: str, namespace: str) -> Iterable[Raw]:
        trim = TRIMS.get(name, untracked)
        return self._calls.objects(self.account, APIS[name], namespace, metadata_only=name in METADATA_ONLY, trim=trim)

    def _namespaces(self) -> list[str]:
        """The namespaces to list one by one; "" for all at once."""
        if self.only is not None:
            named = {native.split("/")[-2] if "/" in native and not native.startswith("volume/") else "" for native in self.only}
            if "" not in named and len(named) <= GETS_MAX:
                return sorted(named)
        return list(self._calls.namespaces.only) or [""]

    def _maybe(self, one: Address) -> Raw | None:
        try:
            if self._calls.version(self.account, one.api) is None:
                return None
            metadata_only = one.api.name in METADATA_ONLY
            found = self._calls.get(self.account, one.api, one.namespace, one.name, metadata_only=metadata_only)
        except NotThere:
            return None
        return TRIMS.get(one.api.name, untracked)(found)


def _origin(raw: Raw) -> Raw:
    """Who made an object: without the annotations' values, which may hold settings (and, of kubectl's, the whole object)."""
    metadata = raw["metadata"]
    annotations = metadata.get("annotations") or {}
    told = {key: value for key, value in annotations.items() if key.startswith(TOLD)}
    owners = [{"kind": said(one, "kind"), "name": said(one, "name")} for one in metadata.get("ownerReferences") or ()]
    return {
        "uid": text(metadata, "uid"),
        "annotations": told,
        "annotation_names": sorted(key for key in annotations if key not in told and key != LAST_APPLIED),
        "owners": owners,
    }
