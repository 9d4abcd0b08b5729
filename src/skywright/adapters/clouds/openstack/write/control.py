"""Quotas, users, hypervisors, key pairs, application credentials and projects."""

from typing import Any

from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known, one_of, planned
from skywright.adapters.clouds.kit.deletion import Deletion, DeletionStep, there
from skywright.adapters.clouds.openstack.place import COMPUTE, IDENTITY, NETWORK, VOLUME, worded, words
from skywright.adapters.clouds.openstack.read.quotas import ask, sets_of
from skywright.adapters.clouds.openstack.write.base import Target, call
from skywright.adapters.clouds.openstack.write.network import fits_words
from skywright.model.kinds import parse_id
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step


def _read_quota(target: Target) -> Values:
    service, _, name = target.id.partition(".")
    asked = ask(service, target.name.account)
    more = {key: asked[key] for key in ("query", "micro") if key in asked}
    body = target.ask(asked["verb"], *asked["ids"], service=service, **more).body
    return {"limit_value": float(sets_of(service, body)[name]["limit"])}


def _write_quota(target: Target, wanted: Values) -> None:
    service, _, name = target.id.partition(".")
    limit = {name: int(wanted["limit_value"])}
    path = "/quotas/{}" if service == NETWORK else "/os-quota-sets/{}"
    body = {"quota": limit} if service == NETWORK else {"quota_set": limit}
    target.ask(f"PUT {path}", target.name.account, service=service, json=body)


QUOTA = Setting(
    action=Action(
        name="set a quota of a project",
        kind="account.quota",
        columns=("limit_value",),
        calls=(call(COMPUTE, "PUT /os-quota-sets/{}"), call(VOLUME, "PUT /os-quota-sets/{}"), call(NETWORK, "PUT /quotas/{}")),
        own_permissions=("os_compute_api:os-quota-sets:update", "volume_extension:quotas:update", "update_quota"),
        document="Compute API, Block Storage API V3, Networking API v2.0: Update quotas",
    ),
    read=_read_quota,
    write=_write_quota,
    allowed=lambda before, after: known(before, after) and float(after["limit_value"]).is_integer() and after["limit_value"] >= -1,
)


def _read_user(target: Target) -> Values:
    enabled = target.get("/users/{}", target.id, item="user")["enabled"]
    return {"state": "active" if enabled else "disabled"}


USER = Setting(
    action=Action(
        name="disable a user, or enable it",
        kind="identity.user",
        columns=("state",),
        implied=("password_enabled",),
        calls=(call(IDENTITY, "PATCH /users/{}"), call(IDENTITY, "GET /users/{}")),
        own_permissions=("identity:update_user", "identity:get_user"),
        note="the user's tokens end at once, and stay ended",
        document="Identity API v3: Update user",
    ),
    read=_read_user,
    write=lambda target, wanted: target.ask("PATCH /users/{}", target.id, json={"user": {"enabled": wanted["state"] == "active"}}),
    allowed=one_of("active", "disabled"),
)


def _hypervisor(target: Target) -> dict[str, Any]:
    return target.get("/os-hypervisors/{}", target.id, item="hypervisor")


def _read_host(target: Target) -> Values:
    found = _hypervisor(target)
    return {"state": "disabled" if found["status"] == "disabled" else found["state"]}


def _write_host(target: Target, wanted: Values) -> None:
    service = str(_hypervisor(target)["service"]["host"])
    query = {"binary": "nova-compute", "host": service}
    for one in target.get("/os-services", query=query)["services"]:
        if one["host"] == service:
            status = "disabled" if wanted["state"] == "disabled" else "enabled"
            target.ask("PUT /os-services/{}", str(one["id"]), json={"status": status})


HOST = Setting(
    action=Action(
        name="take a hypervisor out of service, or put it back",
        kind="compute.host",
        columns=("state",),
        calls=(call(COMPUTE, "PUT /os-services/{}"), call(COMPUTE, "GET /os-services"), call(COMPUTE, "GET /os-hypervisors/{}")),
        own_permissions=(
            "os_compute_api:os-services:update",
            "os_compute_api:os-services:list",
            "os_compute_api:os-hypervisors:show",
        ),
        note="servers that run on it stay; new ones go elsewhere",
        document="Compute API: Update compute service",
    ),
    read=_read_host,
    write=_write_host,
    allowed=one_of("up", "disabled"),
)

PROJECT_TAGS = Setting(
    action=Action(
        name="change the tags of a project",
        kind="account.account",
        columns=("tags",),
        calls=(call(IDENTITY, "PUT /projects/{}/tags"), call(IDENTITY, "GET /projects/{}")),
        own_permissions=("identity:update_project_tags", "identity:get_project"),
        document="Identity API v3: Modify tag list for a project",
    ),
    read=lambda target: {"tags": words(target.get("/projects/{}", target.id, item="project")["tags"])},
    write=lambda target, wanted: target.ask("PUT /projects/{}/tags", target.id, json={"tags": worded(wanted["tags"])}),
    allowed=fits_words,
)


def _pair(target: Target) -> dict[str, Any]:
    return target.get("/os-keypairs/{}", target.id, item="keypair")


class KeyPairStep:
    """Delete a key pair; undo imports the same public key under the same name."""

    name = call(COMPUTE, "DELETE /os-keypairs/{}")
    reversibility = Reversibility.FULL

    def __init__(self, target: Target, before: Values) -> None:
        self._target = target
        self._wanted = {"name": target.id, "public_key": before["public_key"], "type": before.get("type") or "ssh"}
        self.text = t("Delete {target}.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Gone; servers keep the key that they were made with."""
        if there(_pair, self._target):
            with planned(self._target):
                self._target.ask("DELETE /os-keypairs/{}", self._target.id)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """There again."""
        if not there(_pair, self._target):
            self._target.ask("POST /os-keypairs", json={"keypair": self._wanted}, micro="2.2")


class KeyPairDeletion:
    """The way to no key pair."""

    action = Action(
        name="delete a key pair",
        kind="compute.keypair",
        columns=(),
        calls=(call(COMPUTE, "DELETE /os-keypairs/{}"), call(COMPUTE, "POST /os-keypairs"), call(COMPUTE, "GET /os-keypairs/{}")),
        own_permissions=(
            "os_compute_api:os-keypairs:delete",
            "os_compute_api:os-keypairs:create",
            "os_compute_api:os-keypairs:show",
        ),
        document="Compute API: Delete keypair, Import (or create) keypair",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only with the public key at hand."""
        return after is None and bool(before.get("public_key"))

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The public key is all of it."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (KeyPairStep(target, before),)


class CredentialDeletion:
    """The way to no application credential. (Keys for the EC2 API have no name, and are left alone.)"""

    action = Action(
        name="delete an application credential",
        kind="identity.key",
        columns=(),
        calls=(
            call(IDENTITY, "DELETE /users/{}/application_credentials/{}"),
            call(IDENTITY, "GET /users/{}/application_credentials/{}"),
        ),
        own_permissions=("identity:delete_application_credential", "identity:get_application_credential"),
        reversibility=Reversibility.NONE,
        document="Identity API v3: Delete application credential",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Whose it is must be known."""
        return after is None and bool(before.get("user_id")) and bool(before.get("name"))

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """None: its secret is told only once."""
        return Reversibility.NONE

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        owner = parse_id(str(before["user_id"])).native_id
        path = "/users/{}/application_credentials/{}"
        deletion = Deletion(
            action=self.action,
            look=lambda one: one.ask(f"GET {path}", owner, one.id),
            delete=lambda one: one.ask(f"DELETE {path}", owner, one.id),
        )
        return (DeletionStep(target, deletion),)


WAYS: tuple[Way, ...] = (QUOTA, USER, HOST, PROJECT_TAGS, KeyPairDeletion(), CredentialDeletion())
