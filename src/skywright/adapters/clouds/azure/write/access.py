"""Management locks and role assignments: what may not be deleted, and who may do what."""

from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.azure.write.base import Body, Target, properties
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, switched_on
from skywright.adapters.clouds.kit.deletion import there
from skywright.model.errors import AskHuman, NotThere
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

LOCKS = "Microsoft.Authorization/locks"
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
OWN = "skywright-keep"
FLEXIBLE = ("Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.DBforMySQL/flexibleServers")
HOLDING = ("cannotdelete", "readonly")


def _locks(target: Target) -> list[Body]:
    """The locks that hold for the target: on itself, its group and its subscription."""
    listed = target.listed(f"{target.path}/providers/{LOCKS}")
    return [lock for lock in listed if str(properties(lock).get("level", "")).lower() in HOLDING]


def _read_lock(column: str) -> Callable[[Target], Values]:
    def read(target: Target) -> Values:
        target.get()
        own = target.path.lower()
        places = [str(lock["id"]).lower().partition(f"/providers/{LOCKS.lower()}/")[0] for lock in _locks(target)]
        return {column: any(own == place or own.startswith(place + "/") for place in places)}

    return read


def _write_lock(column: str) -> Callable[[Target, Values], None]:
    def write(target: Target, wanted: Values) -> None:
        part = f"/providers/{LOCKS}/{OWN}"
        if wanted[column]:
            notes = t("Set by Skywright so that nobody deletes this by accident.")
            target.send("PUT", part, {"properties": {"level": "CanNotDelete", "notes": notes}})
        elif target.maybe(part) is not None:
            target.send("DELETE", part)

    return write


def _protection(kind: str, column: str, what: str, *types: str) -> Setting:
    return Setting(
        action=Action(
            name=f"lock {what} against deletion",
            kind=kind,
            columns=(column,),
            calls=(f"{LOCKS}/write", f"{LOCKS}/delete", f"{LOCKS}/read", *(f"{one}/read" for one in types)),
            document="Azure Resource Manager documentation: Lock your resources to protect your infrastructure",
        ),
        read=_read_lock(column),
        write=_write_lock(column),
        allowed=switched_on(column),
        whole=False,
    )


PROTECTIONS = tuple(
    _protection(kind, column, what, *types)
    for kind, column, what, *types in (
        ("compute.instance", "termination_protected", "a machine", "Microsoft.Compute/virtualMachines"),
        ("database.instance", "deletion_protected", "a database", "Microsoft.Sql/servers/databases", *FLEXIBLE),
        ("database.cluster", "deletion_protected", "a database server", "Microsoft.Sql/servers"),
        ("database.table", "deletion_protected", "a Cosmos DB account", "Microsoft.DocumentDB/databaseAccounts"),
        ("account.group", "locked", "a resource group", "Microsoft.Resources/subscriptions/resourceGroups"),
    )
)


def _name(target: Target) -> str:
    return target.id.rpartition("/")[2]


def _assignment(target: Target) -> Body:
    """The assignment, wherever it stands: its name is unique, and the subscription lists all that hold in it."""
    listed = target.listed(f"/subscriptions/{target.name.account}/providers/{ASSIGNMENTS}")
    for one in listed:
        if str(one.get("name", "")).lower() == _name(target):
            return one
    raise NotThere(t("{target} does not exist.", target=target))


class Revoke:
    """The way from a role assignment to none. What it said is on the row, so that undo can give the role again."""

    action = Action(
        name="take a role away from somebody",
        kind="identity.binding",
        columns=(),
        calls=(
            f"{ASSIGNMENTS}/delete",
            f"{ASSIGNMENTS}/write",
            f"{ASSIGNMENTS}/read",
            "Microsoft.Authorization/roleDefinitions/read",
        ),
        document="Azure REST API reference: Role Assignments - Delete, Create",
        note="the time at which the role was given is another one",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """All that the way back needs is known; a condition is not on the row, so conditional assignments are out of reach."""
        told = all(before.get(column) for column in ("principal", "role", "scope"))
        return after is None and told and before.get("conditional") is False

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The same assignment, under the same name."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (RevokeStep(target, before),)


class RevokeStep:
    """Delete the assignment; undo makes it anew, as the row says it was."""

    name = f"{ASSIGNMENTS}/delete"
    reversibility = Reversibility.FULL

    def __init__(self, target: Target, before: Values) -> None:
        self._target = target
        self._before = before
        self.text = t(
            "Delete {target}: {principal} loses {role}.", target=target, principal=before["principal"], role=before["role"]
        )

    def do(self, token: str) -> dict[str, Any]:
        """Gone, and seen to be gone. The answer is what undo needs."""
        target = self._target
        try:
            found = _assignment(target)
        except NotThere:
            return {}
        target.send("DELETE", path=str(found["id"]))
        target.until(t("gone"), lambda: None if there(_assignment, target) else True)
        own = properties(found)
        return {
            "id": found["id"],
            "role": own["roleDefinitionId"],
            "principal": own["principalId"],
            "type": own.get("principalType"),
        }

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Give the role again, unless it is there."""
        target = self._target
        if there(_assignment, target):
            return
        said = {**self._told(), **(result or {})}
        own = {"roleDefinitionId": said["role"], "principalId": said["principal"], "principalType": said["type"]}
        body: Body = {"properties": {name: text for name, text in own.items() if text}}
        target.send("PUT", body=body, path=str(said["id"]))
        target.until(t("there again"), lambda: True if there(_assignment, target) else None)

    def _told(self) -> dict[str, Any]:
        """What the row knows of the assignment."""
        target, before = self._target, self._before
        scope = _scope(str(before["scope"]))
        home = f"/subscriptions/{target.name.account}"
        kinds = {"user": "User", "group": "Group", "service": "ServicePrincipal"}
        return {
            "id": f"{scope}/providers/{ASSIGNMENTS}/{_name(target)}",
            "role": self._role(home),
            "principal": before["principal"],
            "type": kinds.get(str(before.get("principal_type"))),
        }

    def _role(self, home: str) -> str:
        """The role's path: the row has it, or the role's name."""
        role = str(self._before["role"])
        if "/" in role and not role.startswith("azure:"):
            return role
        name = role.rpartition("/")[2]
        for one in self._target.listed(f"{home}/providers/Microsoft.Authorization/roleDefinitions"):
            if name.lower() in (str(one.get("name", "")).lower(), str(properties(one).get("roleName", "")).lower()):
                return str(one["id"])
        raise AskHuman(
            t("There is no role {role} any more, so {target} cannot be given again.", role=role, target=self._target),
            next_step=t("Give another role by hand, if one is needed."),
        )


def _scope(scope: str) -> str:
    """The path of a scope that may be a full id of ours."""
    from skywright.adapters.clouds.azure.ids import path_of

    if scope.startswith("/"):
        return scope.rstrip("/")
    if ":account.account/" in scope:
        return f"/subscriptions/{scope.rpartition('/')[2]}"
    return path_of(scope)


WAYS: tuple[Way, ...] = (*PROTECTIONS, Revoke())
