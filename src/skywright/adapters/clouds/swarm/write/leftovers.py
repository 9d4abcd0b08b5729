"""Deleting what nobody uses: images, volumes, networks, secrets, configs."""

from contextlib import suppress
from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import Action, Values, Way
from skywright.adapters.clouds.kit.actions import Target as AnyTarget
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.adapters.clouds.swarm.place import CONFIG, IMAGE, NETWORK, SECRET, VOLUME
from skywright.adapters.clouds.swarm.write.base import DOCUMENT
from skywright.model.errors import AskHuman, NotThere
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

PREDEFINED = ("bridge", "host", "none", "ingress", "docker_gwbridge")


def _unused(before: Values) -> bool:
    """Known to be used by nothing."""
    return before.get("used") is False


def _deletion(kind: str, path: str, name: str, allowed: Any) -> Deletion:
    look, delete = f"GET {path}/{{id}}", f"DELETE {path}/{{id}}"
    return Deletion(
        action=Action(
            name=name,
            kind=kind,
            columns=(),
            calls=(delete, look),
            document=f"{DOCUMENT}, {delete}",
            reversibility=Reversibility.NONE,
        ),
        look=lambda target: target.call(look),
        delete=lambda target: target.call(delete),
        allowed=allowed,
    )


class ImageRemoval(msgspec.Struct, frozen=True):
    """Delete an image; one that came from a registry is pulled again by its digest."""

    action: Action

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only one that no container was made from."""
        return after is None and _unused(before)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """As long as the registry has it."""
        return Reversibility.SAFETY_COPY if _sources(before) else Reversibility.NONE

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (RemoveImage(target, _sources(before), _names(before)),)


def _sources(before: Values) -> list[str]:
    return [name for name in tr.texts(before.get("native"), "RepoDigests") or () if not name.startswith("<none>@")]


def _names(before: Values) -> list[str]:
    return [name for name in tr.texts(before.get("native"), "RepoTags") or () if not name.startswith("<none>")]


class RemoveImage:
    """All its names, and so the image. ``sources`` are ``repository@digest``."""

    name = "DELETE /images/{id}"

    def __init__(self, target: AnyTarget, sources: list[str], names: list[str]) -> None:
        self._target: Any = target
        self._sources = sources
        self._names = names
        self.reversibility = Reversibility.SAFETY_COPY if sources else Reversibility.NONE
        back = t("It can be pulled again as {source}.", source=sources[0]) if sources else t("This cannot be undone.")
        self.text = t("Delete {target}. {back}", target=target, back=back)

    def do(self, token: str) -> dict[str, Any]:
        """Gone. A container that uses it by now is a conflict, and nothing is forced."""
        image = self._image()
        while image is not None:
            names = tr.texts(image, "RepoTags") or [self._target.id]
            with suppress(NotThere):
                self._target.call("DELETE /images/{id}", names[0])
            image = self._image()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """There again, under the same id and names. Raises AskHuman when no registry gives it."""
        if self._image() is None:
            self._pull()
        for name in self._names:
            repository, _, tag = name.rpartition(":")
            self._target.call("POST /images/{id}/tag", query={"repo": repository, "tag": tag})

    def _pull(self) -> None:
        if not self._sources:
            raise AskHuman(
                t("{target} has been deleted, and that cannot be undone.", target=self._target),
                next_step=t("Build or load it again."),
            )
        repository, _, digest = self._sources[0].partition("@")
        try:
            said = self._target.call("POST /images/create", "", query={"fromImage": repository, "tag": digest})
        except NotThere as gone:
            raise self._lost(gone.message) from gone
        errors = [line["error"] for line in (said if isinstance(said, list) else [said or {}]) if line.get("error")]
        if errors:
            raise self._lost(str(errors[0]))
        self._target.until(t("pulled"), self._image)

    def _lost(self, said: str) -> AskHuman:
        return AskHuman(
            t("{source} cannot be pulled again: {said}", source=self._sources[0], said=said), next_step=t("Build or load it again.")
        )

    def _image(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._target.call("GET /images/{id}/json")
        except NotThere:
            return None
        return found


class NetworkRemoval(msgspec.Struct, frozen=True):
    """Delete a network that nothing is in; undo makes one of the same name and addresses."""

    action: Action

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only one of ours, empty, and of which all is known that a new one needs."""
        native = before.get("native") or {}
        return (
            after is None
            and before.get("members") == 0
            and bool(native.get("Name"))
            and native["Name"] not in PREDEFINED
            and not native.get("Ingress")
        )

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """A new network of the same name."""
        return Reversibility.SAFETY_COPY

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (RemoveNetwork(target, before["native"]),)


class RemoveNetwork:
    """Remove it; undo makes it anew from what was seen of it."""

    name = "DELETE /networks/{id}"
    reversibility = Reversibility.SAFETY_COPY

    def __init__(self, target: AnyTarget, native: dict[str, Any]) -> None:
        self._target: Any = target
        self._native = native
        self.text = t("Delete {target}. A network of the same name and addresses can be made again.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Gone. One that something has joined by now is a conflict."""
        try:
            self._target.call("DELETE /networks/{id}", self._native["Id"])
        except NotThere:
            return {}
        self._target.until(t("gone"), lambda: None if self._target.exists("GET /networks/{id}", self._native["Id"]) else True)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """There again."""
        name = self._native["Name"]
        if self._target.exists("GET /networks/{id}", name):
            return
        fields = ("Name", "Driver", "Internal", "Attachable", "IPAM", "Options", "Labels", "EnableIPv6")
        body = {field: self._native[field] for field in fields if self._native.get(field) is not None}
        options = {key: value for key, value in (body.get("Options") or {}).items() if not key.endswith("vxlanid_list")}
        self._target.call("POST /networks/create", "", body={**body, "Options": options, "CheckDuplicate": True})


def _idle_secret(before: Values) -> bool:
    return before.get("used_by") == 0


def _idle_config(before: Values) -> bool:
    return before.get("state") == "available"


WAYS: tuple[Way, ...] = (
    ImageRemoval(
        Action(
            name="delete an unused image",
            kind=IMAGE,
            columns=(),
            calls=("DELETE /images/{id}", "GET /images/{id}/json", "POST /images/create", "POST /images/{id}/tag"),
            document=f"{DOCUMENT}, ImageDelete and ImageCreate",
            reversibility=Reversibility.SAFETY_COPY,
            note="an image that no registry has is gone for good",
        )
    ),
    _deletion(VOLUME, "/volumes", "delete an unused volume", _unused),
    NetworkRemoval(
        Action(
            name="delete an empty network",
            kind=NETWORK,
            columns=(),
            calls=("DELETE /networks/{id}", "GET /networks/{id}", "POST /networks/create"),
            document=f"{DOCUMENT}, NetworkDelete and NetworkCreate",
            reversibility=Reversibility.SAFETY_COPY,
            note="the network that undo makes has another id",
        )
    ),
    _deletion(SECRET, "/secrets", "delete an unused secret", _idle_secret),
    _deletion(CONFIG, "/configs", "delete an unused config", _idle_config),
)
"""What can be deleted. Docker itself refuses what is in use; nothing is ever forced."""
