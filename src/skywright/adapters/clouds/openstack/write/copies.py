"""Deleting a volume: first an image is made from it. A snapshot cannot be what is left, since Cinder deletes no volume that has any
(Block Storage API V3, "Delete a volume").

The image carries all that is needed for the way back, and is named after the change, so that a process that never saw it being made
finds it. What comes back has a new id, and says in its metadata from which image it was made.
"""

from typing import Any

import msgspec

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Action, Values, Way, planned
from skywright.adapters.clouds.kit.deletion import there
from skywright.adapters.clouds.openstack.place import IMAGE, VOLUME
from skywright.adapters.clouds.openstack.write.base import PATCH, Target, call
from skywright.adapters.clouds.openstack.write.volumes import ACT, SHOW, describe
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

RESTORED = "skywright-restored-from"
FACT = "skywright_"
UPLOAD = f"{ACT} (os-volume_upload_image)"


class _Copied:
    """What both steps know."""

    name: str

    def __init__(self, target: Target, change: str) -> None:
        self._target = target
        self._change = change
        self.text = self._words()
        self.reversibility = Reversibility.SAFETY_COPY

    def _words(self) -> str:
        """What it does, for explain."""
        raise NotImplementedError

    @property
    def _copy_name(self) -> str:
        return f"skywright {self._change} {self._target.id}"

    def _copies(self) -> list[dict[str, Any]]:
        query = {"name": self._copy_name, "owner": self._target.name.account}
        return list(self._target.items("/images", "images", service=IMAGE, **query))

    def _complete(self) -> dict[str, Any] | None:
        ready = (image for image in self._copies() if image.get("status") == "active" and image.get(f"{FACT}of"))
        return next(ready, None)

    def _there(self) -> bool:
        return there(describe, self._target)


class CopyVolume(_Copied):
    """Make an image of the volume; undo deletes it while the volume is still there."""

    name = call(VOLUME, UPLOAD)

    def _words(self) -> str:
        return t("Make an image of {target} as a safety copy, and wait until it is complete.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """A complete image with all that the way back needs. A volume that is gone already left one."""
        if not self._there() and (left := self._complete()):
            return {"image": left["id"]}
        with planned(self._target):
            volume = describe(self._target)
            self._refuse_held(volume)
            if not self._copies():
                arguments = {"image_name": self._copy_name, "disk_format": "raw", "container_format": "bare", "force": False}
                body = {"os-volume_upload_image": arguments}
                self._target.ask(ACT, self._target.id, json=body, micro="3.0", own=True)
            image = self._target.until(t("copied"), self._copied, HOUR_S)
            self._note(image, volume)
        return {"image": image["id"]}

    def _refuse_held(self, volume: dict[str, Any]) -> None:
        if tr.items(volume, "attachments"):
            raise PlanAgain(t("{target} is attached.", target=self._target), next_step=t("Gather and plan again."))
        listed = self._target.items("/snapshots/detail", "snapshots", volume_id=self._target.id, all_tenants="1")
        snapshots = [one for one in listed if one.get("volume_id") == self._target.id]
        if snapshots:
            raise AskHuman(
                t(
                    "{target} has {count} snapshots, and Cinder deletes no volume that has.",
                    target=self._target,
                    count=len(snapshots),
                ),
                next_step=t("Delete them first, or keep the volume."),
            )

    def _copied(self) -> dict[str, Any] | None:
        for image in self._copies():
            if image["status"] in ("killed", "deleted"):
                raise AskHuman(
                    t("The safety copy {copy} of {target} failed.", copy=image["id"], target=self._target),
                    next_step=t("Delete that image, and try again."),
                )
            if image["status"] == "active":
                return image
        return None

    def _note(self, image: dict[str, Any], volume: dict[str, Any]) -> None:
        """Write on the image what its volume was like; in one call, so that it is all there or nothing."""
        if image.get(f"{FACT}of"):
            return
        facts = {
            "of": self._target.id,
            "change": self._change,
            "size": str(volume["size"]),
            "type": tr.said(volume, "volume_type"),
            "zone": tr.said(volume, "availability_zone"),
            "name": tr.said(volume, "name"),
            "metadata": msgspec.json.encode(volume["metadata"]).decode(),
        }
        changes = [{"op": "add", "path": f"/{FACT}{name}", "value": value} for name, value in facts.items()]
        self._target.ask("PATCH /images/{}", image["id"], service=IMAGE, **PATCH(changes))

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The copy of a volume that was deleted is kept: what was made anew from it is not the original."""
        if self._there():
            self._target.until(t("settled"), self._settled, HOUR_S)
            for image in self._copies():
                self._target.ask("DELETE /images/{}", image["id"], service=IMAGE)

    def _settled(self) -> bool | None:
        return None if describe(self._target)["status"] == "uploading" else True


class DeleteVolume(_Copied):
    """Delete the volume; undo makes a new one from the image: same size, type, zone, name and metadata."""

    name = call(VOLUME, "DELETE /volumes/{}")

    def _words(self) -> str:
        return t("Delete {target}. Undo makes a new volume from the safety copy.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Only when the safety copy is complete."""
        copy = self._complete()
        if self._there():
            if copy is None:
                raise PlanAgain(
                    t("{target} has no complete safety copy, so it is not deleted.", target=self._target),
                    next_step=t("Gather and plan again."),
                )
            with planned(self._target):
                self._target.ask("DELETE /volumes/{}", self._target.id)
            self._target.until(t("gone"), lambda: None if self._there() else True, MINUTES_S)
        return {"image": copy["id"]} if copy else {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when both the volume and its copy are gone."""
        if self._there():
            return
        copy = self._complete()
        if copy is None:
            raise AskHuman(
                t("{target} is deleted and its safety copy is gone.", target=self._target), next_step=t("Look for other backups.")
            )
        if not self._restored(copy):
            self._create(copy)
        self._target.until(t("made anew"), lambda: self._restored(copy, "available", "in-use"), MINUTES_S)

    def _restored(self, copy: dict[str, Any], *states: str) -> str | None:
        for volume in self._target.items("/volumes/detail", "volumes", all_tenants="1"):
            status = tr.said(volume, "status")
            if tr.text(volume, "metadata", RESTORED) == copy["id"] and (status in states or (not states and "error" not in status)):
                return str(volume["id"])
        return None

    def _create(self, copy: dict[str, Any]) -> None:
        facts = {name.removeprefix(FACT): value for name, value in copy.items() if name.startswith(FACT)}
        metadata = msgspec.json.decode(facts["metadata"])
        wanted = {
            "imageRef": copy["id"],
            "size": int(facts["size"]),
            "name": facts["name"],
            "volume_type": facts["type"] or None,
            "availability_zone": facts["zone"] or None,
            "metadata": {**metadata, RESTORED: copy["id"]},
        }
        self._target.ask("POST /volumes", json={"volume": wanted}, micro="3.0", own=True)


class VolumeDeletion:
    """The way to no volume, with an image left."""

    action = Action(
        name="delete a volume that is attached to nothing",
        kind="storage.volume",
        columns=(),
        calls=(
            call(VOLUME, UPLOAD),
            call(VOLUME, "DELETE /volumes/{}"),
            call(VOLUME, "POST /volumes"),
            SHOW,
            call(IMAGE, "PATCH /images/{}"),
            call(IMAGE, "DELETE /images/{}"),
        ),
        own_permissions=(
            "volume_extension:volume_actions:upload_image",
            "volume:delete",
            "volume:create",
            "modify_image",
            "delete_image",
        ),
        reversibility=Reversibility.SAFETY_COPY,
        note="the new volume has another id, and its metadata names the image it was made from",
        document="Block Storage API V3: Upload volume to image, Delete a volume, Create a volume",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only what is known to be attached to nothing."""
        return after is None and before.get("attached") is not True and before.get("state") in (None, "available")

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The image."""
        return Reversibility.SAFETY_COPY

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Copy, delete."""
        return (CopyVolume(target, change), DeleteVolume(target, change))


WAYS: tuple[Way, ...] = (VolumeDeletion(),)
