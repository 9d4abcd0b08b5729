"""What the pods of a node are part of, and how many copies of it were ready before: written on the node as an annotation while a
drain is under way, so that whoever takes it up again after a crash knows what must run elsewhere."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.translate import at, integer, items, said, text
from skywright.adapters.clouds.kubernetes.place import namespace_of
from skywright.adapters.clouds.kubernetes.read.nodes import is_guest
from skywright.adapters.clouds.kubernetes.read.slim import slim_pod
from skywright.adapters.clouds.kubernetes.resources import APIS, TYPES, WORKLOADS, Address
from skywright.adapters.clouds.kubernetes.rollout import condition
from skywright.adapters.clouds.kubernetes.write.base import Raw, Target
from skywright.model.errors import NotThere
from skywright.model.words import t

KEY = "skywright/drain"
NOT_AWAITED = ("Job", "DaemonSet", "Node")
"""Controllers whose pods are not waited for: a job's begins anew when its controller says, and may end at any time."""


class Ward(msgspec.Struct, frozen=True):
    """A controller that had pods on the node, and how many ready ones it had in all."""

    uid: str
    kind: str
    namespace: str
    object: str
    ready: int

    @property
    def name(self) -> str:
        """``ReplicaSet shop/web-5d``."""
        return f"{self.kind} {self.namespace}/{self.object}"


class Mark(msgspec.Struct, frozen=True):
    """What is written on the node: the wards, and the token of the step that looked."""

    token: str
    wards: tuple[Ward, ...]


class Short(msgspec.Struct, frozen=True):
    """A ward with fewer ready copies than it had: how many it has, must have, and which of its pods find no node."""

    ward: Ward
    ready: int
    wanted: int
    homeless: tuple[tuple[str, str], ...]


def guests(target: Target) -> list[Raw]:
    """The pods of the node that draining takes away."""
    return [pod for pod in target.list("pods", fields=f"spec.nodeName={target.where.name}") if is_guest(pod)]


def of(target: Target, found: Iterable[Raw]) -> tuple[Ward, ...]:
    """The controllers of these pods, with their ready pods wherever they are."""
    keepers = {said(one, "uid"): (said(one, "kind"), namespace_of(pod), said(one, "name")) for pod in found for one in _keeper(pod)}
    ready = Counter(
        keeper for pod in _pods(target, {where[1] for where in keepers.values()}) if _ready(pod) for keeper in _uids(pod)
    )
    return tuple(Ward(uid, *where, ready[uid]) for uid, where in sorted(keepers.items()) if where[0] not in NOT_AWAITED)


def short(target: Target, known: Iterable[Ward]) -> list[Short]:
    """Those that have fewer ready copies than before; of what is wanted to be smaller by now, or is gone, as many as are wanted."""
    listed = list(known)
    pods = _pods(target, {one.namespace for one in listed})
    found = []
    for one in listed:
        mine = [pod for pod in pods if one.uid in _uids(pod)]
        ready = sum(_ready(pod) for pod in mine)
        if ready < one.ready and ready < (wanted := min(one.ready, _wanted(target, one))):
            homeless = tuple((said(pod, "metadata", "name"), said(where, "message")) for pod in mine if (where := _homeless(pod)))
            found.append(Short(one, ready, wanted, homeless))
    return found


def back(target: Target, known: Iterable[Ward]) -> tuple[int, str]:
    """What is not yet ready again, for ``waited``."""
    found = short(target, known)
    return missing(found), told(found)


def missing(found: Iterable[Short]) -> int:
    """How many copies are."""
    return sum(one.wanted - one.ready for one in found)


def told(found: Iterable[Short]) -> str:
    """Who is short of copies, and why, in a sentence or a few."""
    said_: list[str] = []
    for one in found:
        for pod, why in one.homeless[:1]:
            said_.append(t("{pod} finds no node: {why}", pod=f"{one.ward.namespace}/{pod}", why=why.rstrip(".") + "."))
        if not one.homeless:
            said_.append(
                t("{ready} of {wanted} copies of {ward} are ready.", ready=one.ready, wanted=one.wanted, ward=one.ward.name)
            )
    return " ".join(said_[:3])


def read(node: Raw) -> Mark | None:
    """What is written on the node; None where no drain is under way."""
    found = text(node, "metadata", "annotations", KEY)
    try:
        return None if found is None else msgspec.json.decode(found, type=Mark)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def write(target: Target, mark: Mark) -> None:
    """Write it on the node."""
    target.apply({"metadata": {"annotations": {KEY: msgspec.json.encode(mark).decode()}}})


def forget(target: Target) -> None:
    """Take it off the node."""
    if text(target.read(), "metadata", "annotations", KEY) is not None:
        target.apply({"metadata": {"annotations": {KEY: None}}})


def _pods(target: Target, namespaces: Iterable[str]) -> list[Raw]:
    account = target.name.account
    return [pod for one in sorted(namespaces) for pod in target.calls.objects(account, APIS["pods"], one, trim=slim_pod)]


def _keeper(pod: Raw) -> list[Any]:
    return [one for one in items(pod, "metadata", "ownerReferences") if at(one, "controller")]


def _uids(pod: Raw) -> set[str]:
    return {said(one, "uid") for one in _keeper(pod)}


def _ready(pod: Raw) -> bool:
    return text(condition(pod, "Ready"), "status") == "True" and text(pod, "metadata", "deletionTimestamp") is None


def _homeless(pod: Raw) -> Any:
    """The condition of a pod that the scheduler finds no node for."""
    found = condition(pod, "PodScheduled")
    return found if text(found, "status") == "False" and text(found, "reason") == "Unschedulable" else {}


def _wanted(target: Target, one: Ward) -> int:
    """How many copies its controller wants now; as before where that is not ours to read."""
    name = WORKLOADS.get(TYPES.get(one.kind, ""))
    if name is None:
        return one.ready
    try:
        found = integer(target.get(Address(APIS[name], one.namespace, one.object)), "spec", "replicas")
    except NotThere:
        return 0
    return one.ready if found is None else found
