"""Resizing a server: Nova's resize waits for a word, confirmed when all is well and reverted by Nova itself while it is not.

A stopped server stays stopped. What stood before is known to Nova until the confirmation; after it, the way back is a resize too.
"""

from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import HOUR_S, Action, Values, Way, moved, planned
from skywright.adapters.clouds.openstack.place import COMPUTE
from skywright.adapters.clouds.openstack.write.base import Target, call
from skywright.adapters.clouds.openstack.write.servers import ACT, act, describe, idle, refuse_broken
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

VERIFY = "VERIFY_RESIZE"
ACTION = Action(
    name="resize a server",
    kind="compute.instance",
    columns=("type",),
    implied=("vcpus", "memory_mib", "launched_at", "host"),
    calls=(
        call(COMPUTE, f"{ACT} (resize, confirmResize, revertResize)"),
        call(COMPUTE, "GET /servers/{}"),
        call(COMPUTE, "GET /flavors/detail"),
    ),
    own_permissions=(
        "os_compute_api:servers:resize",
        "os_compute_api:servers:confirm_resize",
        "os_compute_api:servers:revert_resize",
    ),
    note="the server restarts; a root disk cannot be made smaller",
    document="Compute API, Servers: resize, confirmResize, revertResize; Nova, Server concepts: Resize",
)


def flavor_of(server: dict[str, Any]) -> str:
    """The name of a server's flavor."""
    return tr.text(server, "flavor", "original_name") or tr.said(server, "flavor", "id")


class _Resizing:
    """What both steps share."""

    name: str

    def __init__(self, target: Target, before: str, after: str) -> None:
        self._target = target
        self._before = before
        self._after = after
        self.text = self._words()
        self.reversibility = Reversibility.FULL

    def _words(self) -> str:
        """What it does, for explain."""
        raise NotImplementedError

    def _settled(self) -> dict[str, Any]:
        """The server, once Nova is done with it."""
        return self._target.until(t("settled"), self._look, HOUR_S)

    def _look(self) -> dict[str, Any] | None:
        server = describe(self._target)
        refuse_broken(server, self._target)
        return server if idle(server) and tr.text(server, "status") not in ("RESIZE", "REVERT_RESIZE") else None

    def _bring(self, start: str, end: str) -> None:
        """A resize from one flavor to another, up to where it waits for the word."""
        server = self._settled()
        if flavor_of(server) == end:
            return
        if flavor_of(server) != start or tr.text(server, "status") == VERIFY:
            raise moved(self._target, {"type": flavor_of(server)}, {"type": start}, {"type": end})
        act(self._target, "resize", flavorRef=self._flavor(end))
        if flavor_of(self._settled()) != end:
            raise AskHuman(
                t("Nova gave the resize of {target} to {type} up.", target=self._target, type=end),
                next_step=t("Look at its action log (openstack server event list): often no host has room."),
            )

    def _flavor(self, name: str) -> str:
        for one in self._target.items("/flavors/detail", "flavors"):
            if name in (one.get("name"), one.get("id")):
                return str(one["id"])
        raise PlanAgain(t("There is no flavor {name} any more.", name=name), next_step=t("Gather and plan again."))

    def _confirm(self) -> None:
        if tr.text(self._settled(), "status") == VERIFY:
            act(self._target, "confirmResize")
            self._target.until(t("confirmed"), self._confirmed, HOUR_S)

    def _confirmed(self) -> bool | None:
        server = self._look()
        return True if server is not None and tr.text(server, "status") != VERIFY else None


class Resize(_Resizing):
    """Give the server another flavor; undo reverts, or after the confirmation resizes back."""

    name = call(COMPUTE, f"{ACT} (resize)")

    def _words(self) -> str:
        return t("Resize {target} from {before} to {after}.", target=self._target, before=self._before, after=self._after)

    def do(self, token: str) -> dict[str, Any]:
        """The new flavor, waiting for the word."""
        with planned(self._target):
            self._bring(self._before, self._after)
        return {"was": self._before}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The flavor that was before, and nothing waiting."""
        with planned(self._target):
            server = self._settled()
            if tr.text(server, "status") == VERIFY and flavor_of(server) == self._after:
                act(self._target, "revertResize")
                self._target.until(t("reverted"), self._confirmed, HOUR_S)
                return
            self._bring(self._after, self._before)
            self._confirm()


class Confirm(_Resizing):
    """Confirm the resize; undo has nothing to do, since the step before it leads back from both."""

    name = call(COMPUTE, f"{ACT} (confirmResize)")

    def _words(self) -> str:
        return t("Confirm the resize of {target}.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Nothing is waiting any more."""
        with planned(self._target):
            self._confirm()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """See ``Resize.undo``."""


class ResizeWay:
    """The way from one flavor to another."""

    action = ACTION

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both flavors are known."""
        return after is not None and bool(before.get("type")) and bool(after.get("type"))

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """Nova's own way back, or the same way."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Resize, confirm."""
        around = (target, before["type"], (after or {})["type"])
        return (Resize(*around), Confirm(*around))


WAYS: tuple[Way, ...] = (ResizeWay(),)
