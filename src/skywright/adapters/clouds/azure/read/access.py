"""Who may do what: role assignments and the roles that were made here."""

from typing import Any

from skywright.adapters.clouds.azure import ids
from skywright.adapters.clouds.azure.read.base import Place, Reading, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.errors import SkywrightError
from skywright.model.estate import Verb
from skywright.model.kinds import resource_id
from skywright.model.kinds.control import Binding, Policy

BINDING, POLICY = "identity.binding", "identity.policy"
ASSIGNMENTS, ROLES = "Microsoft.Authorization/roleAssignments", "Microsoft.Authorization/roleDefinitions"
PRINCIPALS = {"user": "user", "group": "group", "serviceprincipal": "service", "foreigngroup": "group", "device": "service"}
# What lets its bearer give itself any other right: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
ESCALATING = (
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/elevateAccess/action",
)


def administers(definition: dict[str, Any] | None) -> bool | None:
    """Does a role allow everything, or handing out every right (Owner, User Access Administrator, Role Based Access Control
    Administrator)? None when the role is not known."""
    from skywright.adapters.clouds.azure.permissions import allows

    if definition is None:
        return None
    entries = tr.items(definition, "properties", "permissions")
    return allows(entries, ESCALATING[0])


def binding(raw: dict[str, Any], place: Place, roles: dict[str, Any] | None, guests: set[str] | None) -> Binding:
    """A role assignment. ``guests``: object ids of users of other tenants; None: not known."""
    own = props(raw)
    role_path = tr.said(own, "roleDefinitionId")
    guid = role_path.rpartition("/")[2].lower()
    role = None if roles is None else roles.get(guid)
    principal = tr.said(own, "principalId").lower()
    kind = PRINCIPALS.get(tr.said(own, "principalType").lower())
    return Binding(
        **place.head(BINDING, raw),
        created_at=tr.moment(own, "createdOn"),
        role=tr.text(role, "properties", "roleName") or guid or None,
        principal=principal or None,
        principal_type=kind,
        scope=_scope(tr.said(own, "scope")),
        administrator=administers(role),
        everyone=False,
        service_agent=False,
        external=tr.said(own, "principalType").lower() == "foreigngroup" or _guest(principal, kind, guests),
        conditional=bool(tr.said(own, "condition")),
    )


def _guest(principal: str, kind: str | None, guests: set[str] | None) -> bool | None:
    if kind != "user":
        return False
    return None if guests is None else principal in guests


def _scope(path: str) -> str:
    """A subscription or resource group -> its id; anything else stays the path."""
    parts = [part for part in path.split("/") if part]
    if len(parts) == 2 and parts[0].lower() == "subscriptions":
        return resource_id(ids.CLOUD, parts[1].lower(), GLOBAL, "account.account", parts[1].lower())
    return path


def links(row: Binding) -> Links:
    """An assignment and its scope."""
    if row.scope and row.scope.startswith(ids.CLOUD + ":"):
        yield Verb.IN, row.scope


def policy(raw: dict[str, Any], place: Place, bindings: list[dict[str, Any]] | None) -> Policy:
    """A role of one's own. ``bindings``: the assignments of the subscription; None: could not be read."""
    from skywright.adapters.clouds.azure.permissions import allows

    own = props(raw)
    entries = tr.items(own, "permissions")
    everything = any("*" in (tr.texts(one, "actions") or ()) and not tr.items(one, "notActions") for one in entries)
    guid = tr.said(raw, "name").lower()
    used = [one for one in bindings or () if tr.said(one, "properties", "roleDefinitionId").lower().endswith(f"/{guid}")]
    whole = [action.partition("/")[0] for one in entries for action in tr.texts(one, "actions") or () if _whole(action)]
    return Policy(
        **{**place.head(POLICY, raw), "name": tr.text(own, "roleName")},
        created_at=tr.moment(own, "createdOn"),
        attachments=None if bindings is None else len(used),
        administrator=everything,
        wildcard_services=tr.sorted_texts(whole),
        privilege_escalation=any(allows(entries, action) for action in ESCALATING),
    )


def _whole(action: str) -> bool:
    """``Microsoft.Compute/*``: every action of a service."""
    return action.count("/") == 1 and action.endswith("/*") and action != "*/*"


def roles_of(reading: Reading) -> dict[str, Any] | None:
    """Guid -> role, of all that can be assigned here; None (and the bindings partial) when they cannot be read."""
    with reading.columns(BINDING):
        listed = reading.shared("roles", lambda: list(reading.pages(f"/providers/{ROLES}")))
        return {tr.said(one, "name").lower(): one for one in listed}
    return None


def assignments(reading: Reading) -> list[dict[str, Any]]:
    """Every assignment on the subscription, what is above and what is below it. Raises model.errors."""
    return reading.shared("assignments", lambda: list(reading.pages(f"/providers/{ASSIGNMENTS}")))


def _guests(reading: Reading) -> set[str] | None:
    """Users of other tenants; None (and the bindings partial) when the directory cannot be read."""
    from skywright.adapters.clouds.azure.read.directory import users

    with reading.columns(BINDING):
        return {tr.said(one, "id").lower() for one in users(reading) if tr.said(one, "userType").lower() == "guest"}
    return None


def _read(reading: Reading) -> None:
    found = assignments(reading)
    roles = roles_of(reading)
    guests = _guests(reading) if any(_of_user(raw) for raw in found) else set()
    reading.take(BINDING, found, lambda raw: binding(raw, reading.place, roles, guests), links)


def _of_user(raw: dict[str, Any]) -> bool:
    return tr.said(raw, "properties", "principalType").lower() == "user"


def _read_policies(reading: Reading) -> None:
    listed = list(reading.pages(f"/providers/{ROLES}?$filter=type%20eq%20'CustomRole'"))
    own = [raw for raw in listed if tr.said(raw, "properties", "type").lower() == "customrole"]
    bindings: list[dict[str, Any]] | None = None
    try:
        bindings = assignments(reading)
    except SkywrightError as error:
        reading.partial(POLICY, error)
    reading.take(POLICY, own, lambda raw: policy(raw, reading.place, bindings))


READERS = (
    Reader(
        name="role-assignments",
        service="authorization",
        kinds=(BINDING,),
        read=_read,
        permissions=(f"{ASSIGNMENTS}/read", f"{ROLES}/read", "Microsoft.Graph/User.Read.All"),
        is_global=True,
    ),
    Reader(
        name="roles",
        service="authorization",
        kinds=(POLICY,),
        read=_read_policies,
        permissions=(f"{ROLES}/read", f"{ASSIGNMENTS}/read"),
        is_global=True,
    ),
)
