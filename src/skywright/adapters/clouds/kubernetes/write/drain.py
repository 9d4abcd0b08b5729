"""Emptying a node: look first, no new pods, the old ones away as disruption budgets let them go, and only then is it done when they
run elsewhere."""

from typing import Any

from skywright.adapters.clouds.kit.actions import Action, SettingStep, Values, Way, planned
from skywright.adapters.clouds.kit.deletion import there
from skywright.adapters.clouds.kubernetes.write import wards
from skywright.adapters.clouds.kubernetes.write.base import Target
from skywright.adapters.clouds.kubernetes.write.eviction import Eviction, refuse, waited
from skywright.adapters.clouds.kubernetes.write.settings import CORDON
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

DRAIN = Action(
    name="drain a node",
    kind="container.node",
    columns=("schedulable", "availability"),
    implied=("taints",),
    calls=("create pods/eviction", "list pods", "patch nodes", "get nodes", "list poddisruptionbudgets.policy",
           "get replicasets.apps", "get statefulsets.apps"),
    document="Kubernetes documentation: API-initiated Eviction",
    note="undo lets the node take pods again; those that left stay where they went, and what they kept on the node is gone",
)  # fmt: skip


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
        """Look, cordon, evict."""
        open_before = (
            before.get("availability", "active") == "active" if before.get("schedulable") is None else before["schedulable"]
        )
        cordon = Cordon(target, CORDON, {"schedulable": open_before}, {"schedulable": False})
        return (Look(target), cordon, Evict(target)) if open_before else (Look(target), Evict(target))


def _there(target: Target) -> bool:
    """Is the node there: one that went with its machine has nothing to be taken back."""
    return there(lambda node: node.read(), target)


class Cordon(SettingStep):
    """No new pods; undone where the node is still there."""

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """After -> before."""
        if _there(self._target):
            super().undo(token, result)


class Look:
    """Look whether every pod may go, and write down on the node what they are part of. Undone last, when the node takes pods again:
    then what a drain that was stopped has left without a place comes back."""

    name = "list pods"
    reversibility = Reversibility.FULL

    def __init__(self, target: Target) -> None:
        self._target = target
        self.text = t("Look whether every pod of {target} may be evicted, and what must run elsewhere.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Raises AskHuman, with nothing done, where a pod would not come back, keeps data on the node, asks to be left alone, or is
        under two budgets."""
        with planned(self._target):
            mark = wards.read(self._target.read())
            if mark is None or mark.token != token:
                guests = wards.guests(self._target)
                refuse(self._target, guests)
                mark = wards.Mark(token, wards.of(self._target, guests))
                wards.write(self._target, mark)
        return {"ready": {one.name: one.ready for one in mark.wards}}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Where a drain was stopped half-way: all that it moved is ready again. Raises AskHuman with what is not."""
        if not _there(self._target):
            return
        with planned(self._target):
            mark = wards.read(self._target.read())
            if mark is not None:
                waited(self._target, lambda: wards.back(self._target, mark.wards))
                wards.forget(self._target)


class Evict:
    """Evict every guest of a node and wait until their workloads have as many ready copies elsewhere as before. There is nothing to
    take back."""

    name = "create pods/eviction"
    reversibility = Reversibility.FULL

    def __init__(self, target: Target) -> None:
        self._target = target
        self.text = t(
            "Evict the pods of {target}, as their disruption budgets allow, and wait until they run elsewhere.", target=target
        )

    def do(self, token: str) -> dict[str, Any]:
        """None is left but daemons and the node's own. Raises AskHuman, with the reason, where that does not come about."""
        with planned(self._target):
            mark = wards.read(self._target.read())
            guests = wards.guests(self._target)
            refuse(self._target, guests)
            eviction = Eviction(self._target, mark.wards if mark else wards.of(self._target, guests))
            waited(self._target, eviction.look)
            wards.forget(self._target)
        return {"evicted": eviction.evicted}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Nothing."""


WAYS: tuple[Way, ...] = (Drain(),)
