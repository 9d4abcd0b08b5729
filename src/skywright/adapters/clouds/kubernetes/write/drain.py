"""Emptying a node: no new pods, then the old ones away, as fast as disruption budgets let them go."""

from typing import Any

from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, SettingStep, Values, Way, planned
from skywright.adapters.clouds.kit.translate import text
from skywright.adapters.clouds.kubernetes.place import spaced
from skywright.adapters.clouds.kubernetes.read.nodes import is_guest
from skywright.adapters.clouds.kubernetes.resources import APIS, Address
from skywright.adapters.clouds.kubernetes.selectors import owner
from skywright.adapters.clouds.kubernetes.write.base import Raw, Target
from skywright.adapters.clouds.kubernetes.write.settings import CORDON
from skywright.model.errors import AskHuman, NotThere, TryAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

DRAIN = Action(
    name="drain a node",
    kind="container.node",
    columns=("schedulable", "availability"),
    implied=("taints",),
    calls=("create pods/eviction", "list pods", "patch nodes", "get nodes"),
    document="Kubernetes documentation: API-initiated Eviction",
    note="undo lets the node take pods again; those that left stay where they went, and what they kept on the node is gone",
)


class Drain:
    """See Way."""

    action = DRAIN

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only where the node is to be empty."""
        return after is not None and after.get("availability") == "drain" and after.get("schedulable") is not True

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The node itself comes back as it was."""
        return Reversibility.FULL

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Cordon, then evict."""
        open_before = (
            before.get("availability", "active") == "active" if before.get("schedulable") is None else before["schedulable"]
        )
        cordon = SettingStep(target, CORDON, {"schedulable": open_before}, {"schedulable": False})
        return (cordon, Evict(target)) if open_before else (Evict(target),)


class Evict:
    """Evict every guest of a node. There is nothing to take back: their workloads have made others elsewhere."""

    name = "create pods/eviction"
    reversibility = Reversibility.FULL

    def __init__(self, target: Target) -> None:
        self._target = target
        self.text = t("Evict the pods of {target}, as their disruption budgets allow.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """None is left but daemons and the node's own. Raises AskHuman before the first eviction where nothing would bring a pod
        back."""
        with planned(self._target):
            self._target.read()
            lonely = [spaced(pod) for pod in self._guests() if owner(pod) is None]
            if lonely:
                raise AskHuman(
                    t(
                        "Nothing would bring back {pods} after they leave {target}.",
                        pods=", ".join(sorted(lonely)[:5]),
                        target=self._target,
                    ),
                    next_step=t("Give them a workload, or delete them by hand."),
                )
            self._target.until(t("empty"), self._empty, MINUTES_S)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Nothing."""

    def _guests(self) -> list[Raw]:
        return [pod for pod in self._target.list("pods", fields=f"spec.nodeName={self._target.where.name}") if is_guest(pod)]

    def _empty(self) -> bool | None:
        guests = self._guests()
        for pod in guests:
            if text(pod, "metadata", "deletionTimestamp") is None:
                self._evict(pod)
        return None if guests else True

    def _evict(self, pod: Raw) -> None:
        """Ask; a budget that forbids it just now is asked again at the next look."""
        calls, account = self._target.calls, self._target.name.account
        versions = calls.served(account).versions("policy")
        metadata = {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"]}
        body = {"apiVersion": f"policy/{'v1' if 'v1' in versions else 'v1beta1'}", "kind": "Eviction", "metadata": metadata}
        body["deleteOptions"] = {"preconditions": {"uid": pod["metadata"]["uid"]}}
        try:
            self._target.post(Address(APIS["pods"], metadata["namespace"], metadata["name"]), "eviction", body)
        except NotThere:
            return
        except TryAgain as error:
            if error.throttled:
                raise


WAYS: tuple[Way, ...] = (Drain(),)
