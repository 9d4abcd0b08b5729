"""Actions on containers of one engine. A container of a service belongs to its swarm and is not touched here."""

import base64
import re
from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, one_of, planned
from skywright.adapters.clouds.kit.actions import Target as AnyTarget
from skywright.adapters.clouds.swarm.place import POD
from skywright.adapters.clouds.swarm.read.containers import STATES
from skywright.adapters.clouds.swarm.write.base import DOCUMENT, Target
from skywright.model.errors import AskHuman, NotThere, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

INSPECT = "GET /containers/{id}/json"
POLICIES = ("no", "always", "on-failure", "unless-stopped")
KEPT = "skywright-kept"
SETTINGS_LABEL, NAME_LABEL = "skywright.host-config", "skywright.name"
NOT_OURS = re.compile(r"[^a-z0-9_.-]+")


def _own(target: Target) -> dict[str, Any]:
    """The container. Raises AskHuman for a task of a swarm."""
    if target.of_swarm:
        raise AskHuman(
            t("{target} is a task of a swarm, and its service decides about it.", target=target), next_step=t("Change its service.")
        )
    seen: dict[str, Any] = target.call(INSPECT)
    return seen


def _read_state(target: Target) -> Values | None:
    state = tr.said(_own(target), "State", "Status")
    return None if state in ("restarting", "removing") else {"state": STATES.get(state, "unknown")}


def _write_state(target: Target, wanted: Values) -> None:
    target.call("POST /containers/{id}/start" if wanted["state"] == "running" else "POST /containers/{id}/stop")


def _read_policy(target: Target) -> Values:
    return {"restart_policy": tr.said(_own(target), "HostConfig", "RestartPolicy", "Name") or "no"}


def _write_policy(target: Target, wanted: Values) -> None:
    retries = tr.integer(_own(target), "HostConfig", "RestartPolicy", "MaximumRetryCount") or 0
    policy = {"Name": wanted["restart_policy"], "MaximumRetryCount": retries if wanted["restart_policy"] == "on-failure" else 0}
    target.call("POST /containers/{id}/update", body={"RestartPolicy": policy})


class Removal(msgspec.Struct, frozen=True):
    """Delete a container that does not run: what it wrote is kept as an image, by which undo makes it anew."""

    action: Action

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only one that is not running, and that nothing keeps running."""
        return after is None and before.get("state") in ("exited", "failed") and before.get("workload") in (None, "")

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """A new container, from a copy."""
        return Reversibility.SAFETY_COPY

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Keep it, then remove it."""
        return (Keep(target), Remove(target))


class Kept:
    """What both steps know: where the copy lies. It is named by the container's id, so that it is found again."""

    reversibility = Reversibility.SAFETY_COPY

    def __init__(self, target: AnyTarget) -> None:
        self._target: Any = target
        self._tag = NOT_OURS.sub("-", target.id.lower())[:64]
        self._copy = f"{KEPT}:{self._tag}"

    def _image(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._target.call("GET /images/{id}/json", self._copy)
        except NotThere:
            return None
        return found


class Keep(Kept):
    """Make an image of it, with what it ran with in the image's labels."""

    name = "POST /commit"

    def __init__(self, target: AnyTarget) -> None:
        super().__init__(target)
        self.text = t("Keep {target} as the image {copy}.", target=target, copy=self._copy)

    def do(self, token: str) -> dict[str, Any]:
        """The image is there."""
        with planned(self._target):
            if self._image() is None:
                seen = _own(self._target)
                if seen["State"]["Running"]:
                    raise PlanAgain(t("{target} runs again.", target=self._target), next_step=t("Gather and plan again."))
                settings = base64.b64encode(msgspec.json.encode(seen["HostConfig"])).decode()
                labels = {SETTINGS_LABEL: settings, NAME_LABEL: seen["Name"].lstrip("/")}
                query = {"container": self._target.id, "repo": KEPT, "tag": self._tag, "pause": "false"}
                self._target.call(
                    "POST /commit",
                    "",
                    query=query,
                    body={**seen["Config"], "Labels": {**(seen["Config"].get("Labels") or {}), **labels}},
                )
        return {"image": self._copy}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Take the copy away, unless the container that was made from it needs it."""
        image = self._image()
        if image is None:
            return
        listed = self._target.call("GET /containers/json", "", query={"all": "true"})
        if not any(one.get("ImageID") == image["Id"] for one in listed):
            self._target.call("DELETE /images/{id}", self._copy)


class Remove(Kept):
    """Remove it; undo makes one of the same name from the copy."""

    name = "DELETE /containers/{id}"

    def __init__(self, target: AnyTarget) -> None:
        super().__init__(target)
        self.text = t("Delete {target}; its image {copy} stays.", target=target, copy=self._copy)

    def do(self, token: str) -> dict[str, Any]:
        """Gone."""
        try:
            self._target.call("DELETE /containers/{id}")
        except NotThere:
            return {}
        self._target.until(t("gone"), lambda: None if self._target.exists(INSPECT) else True)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """A new container of the same name and settings, not running. Raises AskHuman when the copy is gone too."""
        if self._target.exists(INSPECT):
            return
        image = self._image()
        if image is None:
            raise AskHuman(
                t("{target} is gone, and so is its copy {copy}.", target=self._target, copy=self._copy),
                next_step=t("Make it anew by hand."),
            )
        labels = dict(tr.at(image, "Config", "Labels") or {})
        name, settings = labels.pop(NAME_LABEL), msgspec.json.decode(base64.b64decode(labels.pop(SETTINGS_LABEL)))
        if not self._target.exists(INSPECT, name):
            body = {"Image": self._copy, "HostConfig": settings, "Labels": labels}
            self._target.call("POST /containers/create", "", query={"name": name}, body=body)


WAYS: tuple[Way, ...] = (
    Setting(
        action=Action(
            name="stop or start a container",
            kind=POD,
            columns=("state",),
            calls=("POST /containers/{id}/stop", "POST /containers/{id}/start", INSPECT),
            document=f"{DOCUMENT}, ContainerStop and ContainerStart",
            implied=("ready",),
        ),
        read=_read_state,
        write=_write_state,
        allowed=one_of("running", "exited"),
    ),
    Setting(
        action=Action(
            name="change when a container is restarted",
            kind=POD,
            columns=("restart_policy",),
            calls=("POST /containers/{id}/update", INSPECT),
            document=f"{DOCUMENT}, ContainerUpdate",
        ),
        read=_read_policy,
        write=_write_policy,
        allowed=one_of(*POLICIES),
    ),
    Removal(
        Action(
            name="delete a stopped container",
            kind=POD,
            columns=(),
            calls=(
                "POST /commit",
                "DELETE /containers/{id}",
                "POST /containers/create",
                INSPECT,
                "GET /images/{id}/json",
                "DELETE /images/{id}",
            ),
            document=f"{DOCUMENT}, ImageCommit and ContainerDelete",
            reversibility=Reversibility.SAFETY_COPY,
            note="the container that undo makes has another id; what lies in volumes stays there",
        )
    ),
)
"""What can be done to a container."""
