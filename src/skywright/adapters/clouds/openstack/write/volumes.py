"""Volumes and snapshots: metadata, type, growth, detaching, and deleting."""

from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Action, Setting, SettingStep, Values, Way, known, planned
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.adapters.clouds.openstack.place import COMPUTE, VOLUME
from skywright.adapters.clouds.openstack.write.base import Target, call
from skywright.model.errors import AskHuman, NotThere
from skywright.model.kinds import parse_id, resource_id
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

KIND, SNAPSHOT = "storage.volume", "storage.snapshot"
STEADY = ("available", "in-use")
SHOW = call(VOLUME, "GET /volumes/{}")
ACT = "POST /volumes/{}/action"


def describe(target: Target) -> dict[str, Any]:
    """The volume as Cinder tells it. Raises NotThere when it is gone or on its way out, AskHuman when it is in error."""
    volume = target.get("/volumes/{}", target.id, item="volume")
    status = tr.said(volume, "status")
    if status == "deleting":
        raise NotThere(t("{target} is being deleted.", target=target))
    if status.startswith("error"):
        raise AskHuman(
            t("{target} is in state {state}.", target=target, state=status),
            next_step=t("Look at it; an administrator may have to reset its state."),
        )
    return volume


def steady(target: Target) -> dict[str, Any] | None:
    """The volume, or None while Cinder is doing something to it."""
    volume = describe(target)
    return volume if volume["status"] in STEADY else None


def _metadata(kind: str, path: str, item: str) -> Setting:
    verb = f"PUT /{path}/{{}}/metadata"
    return Setting(
        action=Action(
            name=f"change the metadata of {'a volume' if kind == KIND else 'a snapshot'}",
            kind=kind,
            columns=("tags",),
            calls=(call(VOLUME, verb), call(VOLUME, f"GET /{path}/{{}}")),
            own_permissions=("volume:update_volume_metadata" if kind == KIND else "volume:update_snapshot_metadata",),
            document="Block Storage API V3: update a volume's (snapshot's) metadata",
        ),
        read=lambda target: {"tags": target.get(f"/{path}/{{}}", target.id, item=item)["metadata"]},
        write=lambda target, wanted: target.ask(verb, target.id, json={"metadata": dict(wanted["tags"])}),
    )


def _read_type(target: Target) -> Values | None:
    volume = steady(target)
    return None if volume is None else {"type": tr.said(volume, "volume_type")}


RETYPE = Setting(
    action=Action(
        name="change the type of a volume",
        kind=KIND,
        columns=("type",),
        implied=("encrypted",),
        calls=(call(VOLUME, f"{ACT} (os-retype)"), SHOW),
        own_permissions=("volume:retype",),
        note="the volume moves to another backend where the new type needs it, which may take hours",
        document="Block Storage API V3: Retype a volume",
    ),
    read=_read_type,
    write=lambda target, wanted: target.ask(
        ACT, target.id, json={"os-retype": {"new_type": wanted["type"], "migration_policy": "on-demand"}}
    ),
    allowed=lambda before, after: bool(before.get("type")) and bool(after.get("type")),
    within_s=HOUR_S,
)


def _read_size(target: Target) -> Values | None:
    volume = steady(target)
    return None if volume is None else {"size_gib": volume["size"]}


EXTEND = Action(
    name="make a volume larger",
    kind=KIND,
    columns=("size_gib",),
    calls=(call(VOLUME, f"{ACT} (os-extend)"), SHOW),
    own_permissions=("volume:extend", "volume:extend_attached_volume"),
    reversibility=Reversibility.NONE,
    note="a volume cannot be made smaller",
    document="Block Storage API V3: Extend a volume size",
)
_EXTEND = Setting(
    action=EXTEND,
    read=_read_size,
    write=lambda target, wanted: target.ask(ACT, target.id, json={"os-extend": {"new_size": wanted["size_gib"]}}, micro="3.42"),
    within_s=MINUTES_S,
)


class ExtendStep(SettingStep):
    """Make a volume larger. Its undo can only find out whether it is too late."""

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when the volume has grown."""
        with planned(self._target):
            seen = self._target.until(t("settled"), lambda: _read_size(self._target), MINUTES_S)
        if seen["size_gib"] > self._before["size_gib"]:
            raise AskHuman(
                t(
                    "{target} has grown to {size} GiB, and a volume cannot be made smaller.",
                    target=self._target,
                    size=seen["size_gib"],
                ),
                next_step=t("Keep it, or copy its data to a smaller volume."),
            )


class Extend:
    """The way to a larger volume."""

    action = EXTEND

    def fits(self, before: Values, after: Values | None) -> bool:
        """Known, and larger."""
        return after is not None and known(before, after) and bool(after["size_gib"] > before["size_gib"])

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """None."""
        return Reversibility.NONE

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (ExtendStep(target, _EXTEND, before, after or {}),)


def _read_holder(target: Target) -> Values | None:
    volume = steady(target)
    if volume is None:
        return None
    held = tr.items(volume, "attachments")
    return {"attached": bool(held), "attached_to": _server_id(target, tr.said(held[0], "server_id")) if held else ""}


def _server_id(target: Target, server: str) -> str:
    name = target.name
    return resource_id(name.cloud, name.account, name.region, "compute.instance", server)


def _write_holder(target: Target, wanted: Values) -> None:
    if wanted["attached"]:
        server = parse_id(wanted["attached_to"]).native_id
        body = {"volumeAttachment": {"volumeId": target.id}}
        target.ask("POST /servers/{}/os-volume_attachments", server, service=COMPUTE, json=body)
        return
    for held in tr.items(describe(target), "attachments"):
        target.ask("DELETE /servers/{}/os-volume_attachments/{}", held["server_id"], target.id, service=COMPUTE)


DETACH = Setting(
    action=Action(
        name="detach a volume from a server",
        kind=KIND,
        columns=("attached", "attached_to"),
        implied=("state", "delete_with_instance"),
        calls=(
            call(COMPUTE, "DELETE /servers/{}/os-volume_attachments/{}"),
            call(COMPUTE, "POST /servers/{}/os-volume_attachments"),
            SHOW,
        ),
        own_permissions=("os_compute_api:os-volumes-attachments:delete", "os_compute_api:os-volumes-attachments:create"),
        note="unmount it first; attached again, it may get another device name, and is no longer deleted with its server",
        document="Compute API, Servers with volume attachments",
    ),
    read=_read_holder,
    write=_write_holder,
    allowed=lambda before, after: (
        before.get("attached") is True
        and after.get("attached") is False
        and after.get("attached_to") == ""
        and bool(before.get("attached_to"))
    ),
    within_s=MINUTES_S,
)


def _look_snapshot(target: Target) -> None:
    if tr.text(target.get("/snapshots/{}", target.id, item="snapshot"), "status") == "deleting":
        raise NotThere(t("{target} is being deleted.", target=target))


def _delete_snapshot(target: Target) -> None:
    target.ask("DELETE /snapshots/{}", target.id)
    target.until(t("gone"), lambda: _is_gone(target, "/snapshots/{}"), MINUTES_S)


def _is_gone(target: Target, verb: str) -> bool | None:
    try:
        target.ask(f"GET {verb}", target.id)
    except NotThere:
        return True
    return None


SNAPSHOT_DELETE = Deletion(
    action=Action(
        name="delete a snapshot",
        kind=SNAPSHOT,
        columns=(),
        calls=(call(VOLUME, "DELETE /snapshots/{}"), call(VOLUME, "GET /snapshots/{}")),
        own_permissions=("volume:delete_snapshot",),
        reversibility=Reversibility.NONE,
        document="Block Storage API V3: Delete a snapshot",
    ),
    look=_look_snapshot,
    delete=_delete_snapshot,
)

WAYS: tuple[Way, ...] = (
    _metadata(KIND, "volumes", "volume"),
    _metadata(SNAPSHOT, "snapshots", "snapshot"),
    RETYPE,
    Extend(),
    DETACH,
    SNAPSHOT_DELETE,
)
