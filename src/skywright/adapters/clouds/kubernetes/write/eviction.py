"""Pods off a node, one look at a time. A budget decides how fast the pods under it go; of a workload without one, a pod goes only
while all its other copies are ready. As soon as one finds no other node, no more are evicted."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from skywright.adapters.clouds.kit.translate import at, integer, items, said, text
from skywright.adapters.clouds.kubernetes.keeps import left_alone, local_data
from skywright.adapters.clouds.kubernetes.place import namespace_of, spaced
from skywright.adapters.clouds.kubernetes.resources import APIS, Address
from skywright.adapters.clouds.kubernetes.selectors import owner, takes
from skywright.adapters.clouds.kubernetes.write import wards
from skywright.adapters.clouds.kubernetes.write.base import Raw, Target
from skywright.model.errors import AskHuman, NotThere, TryAgain
from skywright.model.words import t

NAMED_MAX = 5
PAUSE_MAX_S = 5.0
BUDGETS = "poddisruptionbudgets.policy"

Left = tuple[int, str]
"""How much is left to do (nothing: done), and in words."""


def waited(target: Target, look: Callable[[], Left]) -> None:
    """Look until nothing is left. Raises AskHuman with what is left when it has become no less for ``drain.wait_s``: of
    copies that come and go, too."""
    least, still, pause = None, 0.0, 1.0
    while True:
        left, why = look()
        if not left:
            return
        if least is None or left < least:
            least, still, pause = left, 0.0, 1.0
        elif still >= target.calls.drain.wait_s:
            said_ = t("{target}: nothing has moved for {seconds:.0f} seconds. {why}", target=target, seconds=still, why=why)
            raise AskHuman(said_, next_step=t("Make room or mend what is named, or leave this node out, then plan again."))
        target.pause(pause)
        still, pause = still + pause, min(pause * 2, PAUSE_MAX_S)


def refuse(target: Target, guests: Iterable[Raw]) -> None:
    """Raises AskHuman where a pod must not be evicted at all."""
    listed = list(guests)
    local = [] if target.calls.drain.local_data else [spaced(pod) for pod in listed if local_data(pod)]
    alone = [f"{spaced(pod)} ({mark})" for pod in listed if (mark := left_alone(pod))]
    lonely = [spaced(pod) for pod in listed if owner(pod) is None]
    twice = _twice_guarded(target, listed)
    for pods, what, step in (
        (
            lonely,
            t("Nothing would bring back {pods} after they leave {target}."),
            t("Give them a workload, or delete them by hand."),
        ),
        (alone, t("{pods} on {target} ask to be left alone."), t("Take the annotation away, or leave this node out.")),
        (
            local,
            t("What {pods} keep on {target} (emptyDir) would be lost."),
            t("Set clouds.kubernetes.drain.local_data, or annotate them cluster-autoscaler.kubernetes.io/safe-to-evict=true."),
        ),
        (
            twice,
            t("{pods} on {target} are under two disruption budgets, and the API evicts no such pod."),
            t("Delete one of the budgets."),
        ),
    ):
        if pods:
            raise AskHuman(what.format(pods=", ".join(sorted(pods)[:NAMED_MAX]), target=target), next_step=step)


def _twice_guarded(target: Target, guests: list[Raw]) -> list[str]:
    budgets = Budgets(target)
    return [spaced(pod) for pod in guests if len(budgets.over(pod)) > 1]


class Budgets:
    """The disruption budgets of the namespaces that are asked about, each read once."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known: dict[str, list[Raw]] = {}

    def over(self, pod: Raw) -> list[Raw]:
        """Those that guard a pod."""
        namespace = namespace_of(pod)
        if namespace not in self._known:
            self._known[namespace] = self._target.list(BUDGETS, namespace)
        labels = at(pod, "metadata", "labels") or {}
        return [one for one in self._known[namespace] if takes(at(one, "spec", "selector"), labels)]


class Eviction:
    """One node's pods on their way out. ``evicted``: how many were."""

    def __init__(self, target: Target, known: tuple[wards.Ward, ...]) -> None:
        self._target = target
        self._wards = known
        self.evicted = 0

    def look(self) -> Left:
        """Evict what may go now, and say what is left."""
        guests = wards.guests(self._target)
        short = wards.short(self._target, self._wards)
        budgets = Budgets(self._target)
        forbidden: dict[str, str] = {}
        if not any(one.homeless for one in short):
            waiting = {one.ward.uid for one in short}
            for pod in guests:
                if self._may_go(pod, budgets, waiting) and not self._evict(pod):
                    forbidden[spaced(pod)] = _why(budgets.over(pod))
        return len(guests) + wards.missing(short), self._told(guests, short, forbidden)

    def _may_go(self, pod: Raw, budgets: Budgets, waiting: set[str]) -> bool:
        """Not while it is going already, nor (without a budget) while another copy is not ready; then it is the one that goes."""
        if text(pod, "metadata", "deletionTimestamp") is not None:
            return False
        if budgets.over(pod):
            return True
        uids = {said(one, "uid") for one in items(pod, "metadata", "ownerReferences") if at(one, "controller")}
        free = uids.isdisjoint(waiting)
        waiting |= uids
        return free

    def _evict(self, pod: Raw) -> bool:
        """Ask; False where a budget forbids it just now."""
        metadata = {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"]}
        body = {"apiVersion": self._version, "kind": "Eviction", "metadata": metadata}
        body["deleteOptions"] = {"preconditions": {"uid": pod["metadata"]["uid"]}}
        try:
            self._target.post(Address(APIS["pods"], metadata["namespace"], metadata["name"]), "eviction", body)
        except NotThere:
            return True
        except TryAgain as error:
            if error.throttled:
                raise
            return False
        self.evicted += 1
        return True

    @cached_property
    def _version(self) -> str:
        versions = self._target.calls.served(self._target.name.account).versions("policy")
        return f"policy/{'v1' if 'v1' in versions else 'v1beta1'}"

    def _told(self, guests: list[Raw], short: list[wards.Short], forbidden: dict[str, str]) -> str:
        if any(one.homeless for one in short):
            return wards.told(one for one in short if one.homeless)
        if forbidden:
            pod, why = min(forbidden.items())
            return why.format(pod=pod)
        if short:
            return wards.told(short)
        ending = ", ".join(sorted(spaced(pod) for pod in guests)[:NAMED_MAX])
        return t("{pods} are still there.", pods=ending)


def _why(budgets: list[Any]) -> str:
    """What the first of the budgets says of itself; ``{pod}`` is left open."""
    if not budgets:
        return t("{pod} may not be evicted.")
    status = at(budgets[0], "status") or {}
    return t(
        "The disruption budget {budget} does not let {pod} go: {healthy} pods are well, and {desired} must be.",
        budget=spaced(budgets[0]), pod="{pod}", healthy=integer(status, "currentHealthy") or 0,
        desired=integer(status, "desiredHealthy") or 0,
    )  # fmt: skip
