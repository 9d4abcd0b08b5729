"""Servers: power, metadata, tags, the lock. Resizing has a file of its own."""

from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, Values, Way, known
from skywright.adapters.clouds.openstack.place import COMPUTE
from skywright.adapters.clouds.openstack.read.servers import state_of
from skywright.adapters.clouds.openstack.write.base import Target, call
from skywright.model.errors import AskHuman, NotThere
from skywright.model.words import t

KIND = "compute.instance"
GONE = ("DELETED", "SOFT_DELETED")
ACT = "POST /servers/{}/action"
SHOW = call(COMPUTE, "GET /servers/{}")


def describe(target: Target) -> dict[str, Any]:
    """The server as Nova tells it. Raises NotThere when it is gone or on its way out."""
    server = target.get("/servers/{}", target.id, item="server")
    if tr.text(server, "status") in GONE or tr.text(server, "OS-EXT-STS:task_state") == "deleting":
        raise NotThere(t("{target} is being deleted.", target=target))
    return server


def act(target: Target, name: str, **arguments: Any) -> None:
    """One of the server's actions."""
    target.ask(ACT, target.id, json={name: arguments or None})


def idle(server: dict[str, Any]) -> bool:
    """Is Nova doing nothing to it."""
    return not tr.text(server, "OS-EXT-STS:task_state")


def refuse_broken(server: dict[str, Any], target: Target) -> None:
    """Raise AskHuman for a server in state ERROR: Nova starts and resizes none."""
    if tr.text(server, "status") == "ERROR":
        raise AskHuman(
            t(
                "{target} is in state ERROR: {said}",
                target=target,
                said=tr.text(server, "fault", "message") or t("no reason is given"),
            ),
            next_step=t("Look at it, and reset its state or rebuild it."),
        )


def _read_state(target: Target) -> Values | None:
    server = describe(target)
    refuse_broken(server, target)
    state = state_of(server)
    return {"state": state} if idle(server) and state in ("running", "stopped") else None


def _write_state(target: Target, wanted: Values) -> None:
    act(target, "os-start" if wanted["state"] == "running" else "os-stop")


def _power(name: str, verb: str, start: str, end: str) -> Setting:
    return Setting(
        action=Action(
            name=name,
            kind=KIND,
            columns=("state",),
            implied=("stopped_at", "launched_at"),
            calls=(call(COMPUTE, f"{ACT} ({verb})"), SHOW),
            own_permissions=(f"os_compute_api:servers:{verb.removeprefix('os-')}", "os_compute_api:servers:show"),
            document="Compute API, Servers: run an action (os-stop, os-start)",
        ),
        read=_read_state,
        write=_write_state,
        allowed=lambda before, after: (before.get("state"), after["state"]) == (start, end),
        within_s=MINUTES_S,
    )


STOP = _power("stop a server", "os-stop", "running", "stopped")
START = _power("start a server", "os-start", "stopped", "running")


def _read_lock(target: Target) -> Values:
    return {"termination_protected": describe(target)["locked"]}


def _write_lock(target: Target, wanted: Values) -> None:
    act(target, "lock" if wanted["termination_protected"] else "unlock")


LOCK = Setting(
    action=Action(
        name="lock a server against changes by its owner",
        kind=KIND,
        columns=("termination_protected",),
        calls=(call(COMPUTE, f"{ACT} (lock, unlock)"), SHOW),
        own_permissions=("os_compute_api:os-lock-server:lock", "os_compute_api:os-lock-server:unlock"),
        note="administrators may change and delete a locked server all the same",
        document="Compute API, Servers: run an action (lock, unlock); Nova, Server concepts: Lock",
    ),
    read=_read_lock,
    write=_write_lock,
)


def fits_metadata(before: Values, after: Values) -> bool:
    """Known before and after, and short enough (Compute API: keys and values of at most 255 characters)."""
    both = (before.get("tags") or {}, after.get("tags") or {})
    return known(before, after) and all(0 < len(key) <= 255 and len(value) <= 255 for one in both for key, value in one.items())


METADATA = Setting(
    action=Action(
        name="change the metadata of a server",
        kind=KIND,
        columns=("tags",),
        calls=(call(COMPUTE, "PUT /servers/{}/metadata"), SHOW),
        own_permissions=("os_compute_api:server-metadata:update_all",),
        document="Compute API, Server metadata: Replace metadata items",
    ),
    read=lambda target: {"tags": describe(target)["metadata"]},
    write=lambda target, wanted: target.ask("PUT /servers/{}/metadata", target.id, json={"metadata": dict(wanted["tags"])}),
    allowed=fits_metadata,
)
LABELS = Setting(
    action=Action(
        name="change the tags of a server",
        kind=KIND,
        columns=("labels",),
        calls=(call(COMPUTE, "PUT /servers/{}/tags"), SHOW),
        own_permissions=("os_compute_api:os-server-tags:update_all",),
        document="Compute API, Server tags: Replace tags",
    ),
    read=lambda target: {"labels": describe(target)["tags"]},
    write=lambda target, wanted: target.ask("PUT /servers/{}/tags", target.id, json={"tags": list(wanted["labels"])}),
    allowed=lambda before, after: (
        known(before, after) and all(0 < len(word) <= 60 and not set(word) & {"/", ","} for word in after["labels"])
    ),
)

WAYS: tuple[Way, ...] = (STOP, START, LOCK, METADATA, LABELS)
