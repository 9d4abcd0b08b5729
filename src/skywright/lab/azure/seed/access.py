"""The tenant itself: management groups, subscriptions, people, roles, and what watches over them."""

from typing import Any

from skywright.lab.azure.paths import parsed
from skywright.lab.azure.seed.town import Body, Town
from skywright.lab.azure.store import Record

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER_ACCESS = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
BUILT_IN = {
    OWNER: ("Owner", ["*"], []),
    CONTRIBUTOR: ("Contributor", ["*"], ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]),
    READER: ("Reader", ["*/read"], []),
    USER_ACCESS: ("User Access Administrator", ["*/read", "Microsoft.Authorization/*"], []),
}
"""Azure built-in roles: their ids are the same in every tenant."""

LOCATIONS = ("westeurope", "northeurope")
PLANS = ("VirtualMachines", "SqlServers", "AppServices", "StorageAccounts", "KeyVaults", "Containers", "Arm")
CATEGORIES = ("Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy", "Autoscale", "ResourceHealth")


def tenant(town: Town, names: tuple[str, ...]) -> list[str]:
    """The management groups, one subscription for each name, locations, built-in roles. Answers the subscriptions' ids."""
    store, home = town.store, town.authority.tenant
    facts = [
        {"id": f"/locations/{name}", "name": name, "displayName": name.title(), "metadata": {"regionType": "Physical"}}
        for name in LOCATIONS
    ]
    store.put("/providers/Microsoft.Lab/facts/lab", {"properties": {"locations": facts}})
    root, below = home, "company"
    for name, above in ((root, ""), (below, root)):
        parent = {"id": f"/providers/Microsoft.Management/managementGroups/{above}"} if above else None
        store.put(
            f"/providers/Microsoft.Management/managementGroups/{name}",
            {
                "properties": {
                    "tenantId": home,
                    "displayName": "Tenant Root Group" if name == root else "Company",
                    "details": {"parent": parent},
                }
            },
            hidden={"tenant": home},
        )
    for key, (name, actions, refused) in BUILT_IN.items():
        _definition(town, "", key, name, actions, refused, kind="BuiltInRole")
    return [_subscription(town, name, [below, root]) for name in names]


def _subscription(town: Town, name: str, above: list[str]) -> str:
    key = town.store.guid()
    town.store.put(
        f"/subscriptions/{key}",
        {
            "subscriptionId": key,
            "tenantId": town.authority.tenant,
            "displayName": name,
            "state": "Enabled",
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "tags": {"owner": "platform"},
        },
        hidden={"tenant": town.authority.tenant, "above": [{"name": one, "displayName": one} for one in above]},
    )
    for plan in PLANS:
        town.store.put(
            f"/subscriptions/{key}/providers/Microsoft.Security/pricings/{plan}",
            {"properties": {"pricingTier": "Standard", "freeTrialRemainingTime": "PT0S"}},
        )
    contact = {
        "emails": "security@example.invalid",
        "alertNotifications": {"state": "On", "minimalSeverity": "Medium"},
        "isEnabled": True,
        "notificationsByRole": {"state": "On", "roles": ["Owner"]},
    }
    town.store.put(f"/subscriptions/{key}/providers/Microsoft.Security/securityContacts/default", {"properties": contact})
    town.store.put(f"/subscriptions/{key}/providers/Microsoft.Consumption/budgets/monthly", {"properties": _budget(town)})
    for index, location in enumerate(LOCATIONS):
        _usages(town, key, location, 12 + index)
    return key


def _budget(town: Town) -> Body:
    note = {
        "enabled": True,
        "operator": "GreaterThan",
        "threshold": 80,
        "contactEmails": ["costs@example.invalid"],
        "thresholdType": "Actual",
    }
    return {
        "amount": 9000,
        "category": "Cost",
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": town.stamp(300)},
        "currentSpend": {"amount": 4100.5, "unit": "EUR"},
        "notifications": {"Actual_GreaterThan_80_Percent": note},
    }


def _usages(town: Town, subscription: str, location: str, used: int) -> None:
    for name, words, now, limit in (
        ("cores", "Total Regional vCPUs", used, 100),
        ("virtualMachines", "Virtual Machines", used // 2, 25000),
    ):
        town.store.put(
            f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/usages/{name}",
            {"unit": "Count", "currentValue": now, "limit": limit, "name": {"value": name, "localizedValue": words}},
        ).body["name"] = {"value": name, "localizedValue": words}


def _definition(
    town: Town, scope: str, key: str, name: str, actions: list[str], refused: list[str], kind: str = "CustomRole"
) -> Record:
    return town.store.put(
        f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{key}",
        {
            "properties": {
                "roleName": name,
                "type": kind,
                "description": name,
                "assignableScopes": [scope or "/"],
                "permissions": [{"actions": actions, "notActions": refused, "dataActions": [], "notDataActions": []}],
                "createdOn": town.stamp(700),
                "updatedOn": town.stamp(700),
            }
        },
    )


def custom_role(town: Town, subscription: str, name: str, actions: list[str]) -> Record:
    """A role of the company's own."""
    return _definition(town, f"/subscriptions/{subscription}", town.store.guid(), name, actions, [])


def assign(town: Town, scope: str, role: str, principal: str, kind: str = "User") -> Record:
    """Give somebody a role (an id of a definition) somewhere."""
    parts = parsed(scope).subscription
    definition = role if role.startswith("/") else f"{parts}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return town.store.put(
        f"{scope}/providers/Microsoft.Authorization/roleAssignments/{town.store.guid()}",
        {
            "properties": {
                "roleDefinitionId": definition,
                "principalId": principal,
                "principalType": kind,
                "scope": scope,
                "condition": None,
                "createdOn": town.stamp(300),
                "updatedOn": town.stamp(300),
                "createdBy": "",
            }
        },
    )


def person(town: Town, name: str, *, guest: bool = False, days: float = 3, enabled: bool = True) -> str:
    """Somebody who may sign in. Answers the object's id."""
    key = town.store.guid()
    mail = f"{name}@partner.invalid" if guest else f"{name}@example.invalid"
    town.directory.objects["users"].append(
        {
            "id": key,
            "displayName": name.replace(".", " ").title(),
            "userPrincipalName": f"{name}_partner.invalid#EXT#@example.invalid" if guest else mail,
            "mail": mail,
            "userType": "Guest" if guest else "Member",
            "accountEnabled": enabled,
            "createdDateTime": _graph_time(town, 600),
            "lastPasswordChangeDateTime": _graph_time(town, 40),
            "signInActivity": {"lastSignInDateTime": _graph_time(town, days)},
        }
    )
    return key


def service(town: Town, name: str, *, secret_days: float = 30, expires_days: float = 300) -> str:
    """A service principal and its application, with one secret. Answers the principal's id."""
    key, application = town.store.guid(), town.store.guid()
    secret = {"keyId": town.store.guid(), "displayName": "deploy", "startDateTime": _graph_time(town, secret_days),
              "endDateTime": _graph_time(town, -expires_days), "hint": None}  # fmt: skip
    town.directory.objects["serviceprincipals"].append(
        {
            "id": key,
            "appId": application,
            "displayName": name,
            "servicePrincipalType": "Application",
            "accountEnabled": True,
            "appOwnerOrganizationId": town.authority.tenant,
            "createdDateTime": _graph_time(town, 500),
            "passwordCredentials": [secret],
            "keyCredentials": [],
        }
    )
    town.directory.objects["applications"].append(
        {
            "id": town.store.guid(),
            "appId": application,
            "displayName": name,
            "createdDateTime": _graph_time(town, 500),
            "passwordCredentials": [secret],
            "keyCredentials": [],
        }
    )
    return key


def team(town: Town, name: str, members: list[str]) -> str:
    """A security group. Answers its id."""
    key = town.store.guid()
    town.directory.objects["groups"].append(
        {
            "id": key,
            "displayName": name,
            "securityEnabled": True,
            "mailEnabled": False,
            "groupTypes": [],
            "createdDateTime": _graph_time(town, 500),
        }
    )
    town.directory.members[key] = members
    return key


def _graph_time(town: Town, days: float) -> str:
    return town.stamp(days)[:19] + "Z"


def watched(town: Town, subscription: str, workspace: Record, action_group: Record) -> None:
    """The activity log goes to the workspace, and alerts speak of what matters in it."""
    logs = [{"category": one, "enabled": True} for one in CATEGORIES]
    town.store.put(
        f"/subscriptions/{subscription}/providers/Microsoft.Insights/diagnosticSettings/activity",
        {"properties": {"workspaceId": workspace.body["id"], "logs": logs, "metrics": []}},
    )
    group = workspace.body["id"].partition("/providers/")[0]
    sub, _, rest = group.partition("/resourceGroups/")
    del sub
    if town.store.get(f"/subscriptions/{subscription}/resourceGroups/{rest}") is None:
        return
    condition = {
        "allOf": [
            {"field": "category", "equals": "Administrative"},
            {"field": "operationName", "equals": "Microsoft.Authorization/policyAssignments/write"},
        ]
    }
    town.store.put(
        f"/subscriptions/{subscription}/resourceGroups/{rest}/providers/Microsoft.Insights/activityLogAlerts/policy-changes",
        {
            "location": "Global",
            "tags": {"owner": "platform"},
            "properties": {
                "scopes": [f"/subscriptions/{subscription}"],
                "condition": condition,
                "enabled": True,
                "actions": {"actionGroups": [{"actionGroupId": action_group.body["id"]}]},
            },
        },
    )


def audit_store(town: Town, subscription: str, account: Record) -> dict[str, Any]:
    """The activity log kept in a storage account too."""
    properties = {"storageAccountId": account.body["id"], "logs": [{"category": one, "enabled": True} for one in CATEGORIES]}
    found = town.store.put(
        f"/subscriptions/{subscription}/providers/Microsoft.Insights/diagnosticSettings/kept", {"properties": properties}
    )
    return found.body
