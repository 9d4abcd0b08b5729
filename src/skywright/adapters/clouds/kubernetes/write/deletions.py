"""Deleting what nothing uses. What can be brought back is kept in the cluster first, as a ConfigMap beside it. A secret cannot
be: its values do not leave the cluster, and a copy of them would be another secret."""

import hashlib
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.actions import Action, Values, Way, planned
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.adapters.clouds.kit.translate import at, items, said, text
from skywright.adapters.clouds.kubernetes.place import spaced
from skywright.adapters.clouds.kubernetes.resources import APIS, PLAIN, PREFIXED, Address
from skywright.adapters.clouds.kubernetes.write.base import MANAGED_BY, MERGE, Raw, Target
from skywright.model.errors import AskHuman, NotThere, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

KEPT = "object.json"
KEPT_MAX = 900_000  # bytes: a ConfigMap holds no more than 1 MiB
WAS = "skywright/reclaim-was"
_MADE = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink", "deletionTimestamp")
_BINDING = ("pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller")


class KeptDeletion(msgspec.Struct, frozen=True):
    """See Way."""

    action: Action

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only what nothing is known to use, and of volumes only claims."""
        unused = not before.get("used_by") and not before.get("used") and not before.get("workloads")
        return after is None and unused and before.get("type") != "volume"

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """A copy is made first."""
        return Reversibility.SAFETY_COPY

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Keep, hold on to a claim's volume, delete."""
        if not target.where.namespace:
            raise AskHuman(t("{target} has no namespace to be kept in.", target=target), next_step=t("Drop this change."))
        keep = Keep(target, change)
        hold = (Hold(target),) if target.name.kind == "container.volume" else ()
        return (keep, *hold, Remove(target, keep))


class Keep:
    """Lay a copy of an object beside it. Undo takes the copy away, once the object is there again."""

    name = "create configmaps"
    reversibility = Reversibility.FULL

    def __init__(self, target: Target, change: str) -> None:
        self._target = target
        digest = hashlib.sha256(f"{target}\n{change}".encode()).hexdigest()[:12]
        self.where = Address(APIS["configmaps"], target.where.namespace, f"skywright-kept-{digest}")
        self.text = t("Keep a copy of {target} as ConfigMap {name}.", target=target, name=self.where.name)

    def do(self, token: str) -> dict[str, Any]:
        """The copy is there."""
        if self.kept() is not None:
            return {"kept": self.where.name}
        with planned(self._target):
            raw = self._target.read()
        if any(at(one, "controller") for one in items(raw, "metadata", "ownerReferences")):
            raise AskHuman(
                t("{target} is kept up by its owner, which would make it again.", target=self._target),
                next_step=t("Change the owner, or drop this change."),
            )
        content = msgspec.json.encode(bare(raw)).decode()
        if len(content) > KEPT_MAX:
            raise AskHuman(t("{target} is too large to be kept.", target=self._target), next_step=t("Delete it by hand."))
        annotations = {"skywright/kept": f"{self._target.where.api.name} {spaced(raw)}"}
        self._target.create(self.where, {"metadata": {"labels": MANAGED_BY, "annotations": annotations}, "data": {KEPT: content}})
        return {"kept": self.where.name}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The copy is gone; it stays while the object is not there."""
        try:
            self._target.read()
            copy = self._target.get(self.where)
        except NotThere:
            return
        self._target.delete(self.where, copy["metadata"]["uid"])

    def kept(self) -> Raw | None:
        """What was kept, or None."""
        try:
            copy = self._target.get(self.where)
        except NotThere:
            return None
        found: Raw = msgspec.json.decode(said(copy, "data", KEPT))
        return found


def bare(raw: Raw) -> Raw:
    """An object without what the server gave it, so that it can be made again."""
    metadata = {key: value for key, value in raw["metadata"].items() if key not in _MADE}
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key not in _BINDING}
    metadata["annotations"] = annotations
    return {**{key: value for key, value in raw.items() if key != "status"}, "metadata": metadata}


class Hold:
    """Have a claim's volume keep its data when the claim goes. Undo: as it was; what it was lies on the volume itself."""

    name = "patch persistentvolumes"
    reversibility = Reversibility.FULL

    def __init__(self, target: Target) -> None:
        self._target = target
        self.text = t("Keep the data of the volume behind {target}.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """The volume's reclaim policy is Retain. A claim without a volume has nothing to hold on to."""
        volume = self._volume()
        if volume is None:
            return {}
        policy = said(volume, "spec", "persistentVolumeReclaimPolicy")
        if policy != "Retain":
            self._patch(volume, {"metadata": {"annotations": {WAS: policy}}, "spec": {"persistentVolumeReclaimPolicy": "Retain"}})
        return {"volume": volume["metadata"]["name"]}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The volume's own reclaim policy again."""
        volume = self._volume()
        was = text(volume, "metadata", "annotations", WAS)
        if volume is not None and was:
            self._patch(volume, {"metadata": {"annotations": {WAS: None}}, "spec": {"persistentVolumeReclaimPolicy": was}})

    def _volume(self) -> Raw | None:
        """The volume that says that it is this claim's."""
        where = self._target.where
        for raw in self._target.list("persistentvolumes"):
            if (text(raw, "spec", "claimRef", "namespace"), text(raw, "spec", "claimRef", "name")) == (where.namespace, where.name):
                return raw
        return None

    def _patch(self, volume: Raw, body: Raw) -> None:
        self._target.patch(
            Address(APIS["persistentvolumes"], "", volume["metadata"]["name"]), body, MERGE, fieldManager="skywright"
        )


class Remove:
    """Delete an object of which a copy lies beside it. Undo makes it again from the copy."""

    reversibility = Reversibility.SAFETY_COPY

    def __init__(self, target: Target, keep: Keep) -> None:
        self._target = target
        self._keep = keep
        self.name = f"delete {target.where.api.name}"
        self.text = t("Delete {target}.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Gone, and seen to be gone. Raises PlanAgain where there is no copy."""
        try:
            raw = self._target.read()
        except NotThere:
            return {}
        if self._keep.kept() is None:
            raise PlanAgain(t("There is no copy of {target} to go back to.", target=self._target), next_step=t("Plan again."))
        self._target.delete(self._target.where, raw["metadata"]["uid"])
        self._target.until(t("gone"), lambda: None if self._there() else True)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """There again, from the copy."""
        if self._there():
            return
        kept = self._keep.kept()
        if kept is None:
            raise AskHuman(
                t("{target} is gone, and so is its copy.", target=self._target),
                next_step=t("Decide whether it has to be made anew."),
            )
        if name := text(kept, "spec", "volumeName"):
            self._free(name)
        self._target.create(self._target.where, kept)

    def _free(self, volume: str) -> None:
        """Let a released volume be bound again by the claim of that name (it remembers the old claim's uid)."""
        where = Address(APIS["persistentvolumes"], "", volume)
        body = {"spec": {"claimRef": {"uid": None, "resourceVersion": None}}}
        try:
            self._target.patch(where, body, MERGE, fieldManager="skywright")
        except NotThere:
            return

    def _there(self) -> bool:
        try:
            self._target.read()
        except NotThere:
            return False
        return True


def _kept(kind: str, what: str, *names: str, note: str = "") -> KeptDeletion:
    calls = tuple(f"{verb} {name}" for name in names for verb in ("delete", "get", "create"))
    volumes = ("patch persistentvolumes", "list persistentvolumes") if kind == "container.volume" else ()
    copies = ("create configmaps", "get configmaps", "delete configmaps")
    return KeptDeletion(
        Action(
            name=f"delete {what}",
            kind=kind,
            columns=(),
            calls=tuple(dict.fromkeys((*calls, *volumes, *copies))),
            document="Kubernetes documentation: API concepts, Resource deletion",
            reversibility=Reversibility.SAFETY_COPY,
            note=note or "the copy stays beside it as a ConfigMap until it is deleted by hand",
        )
    )


SECRET = Deletion(
    action=Action(
        name="delete a secret",
        kind="container.secret",
        columns=(),
        calls=("delete secrets", "get secrets"),
        document="Kubernetes documentation: Secrets",
        reversibility=Reversibility.NONE,
    ),
    look=lambda target: target.read(),
    delete=lambda target: target.delete(target.where, target.read()["metadata"]["uid"]),
    allowed=lambda before: not before.get("used_by"),
)

WAYS: tuple[Way, ...] = (
    _kept("container.config", "a config", PLAIN["container.config"]),
    _kept("container.volume", "a claim", PREFIXED["container.volume"]["claim"], note="the volume and its data are kept"),
    _kept("container.endpoint", "a service", PLAIN["container.endpoint"], note="a balancer's address may be another after undo"),
    _kept("container.policy", "a network policy", PLAIN["container.policy"]),
    _kept("container.disruption", "a disruption budget", PLAIN["container.disruption"]),
    _kept("container.autoscaler", "an autoscaler", *PREFIXED["container.autoscaler"].values()),
    SECRET,
)
