"""Keystone: tokens, projects, users, groups, roles and who has which."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from skywright.lab.openstack.state import CREDENTIALS, Call, Raw, Refusal, State, shown

Catalogue = Callable[[str], list[Raw]]


def token(state: State, body: Any, catalogue: Catalogue) -> tuple[str, Raw]:
    """A request for a token -> its secret and what it says. Raises Refusal 401."""
    auth = body["auth"]
    identity = auth["identity"]
    user = _user(state, identity)
    project = _project(state, auth.get("scope") or {})
    roles = [
        state.get("roles", one["role"])
        for one in state.every("assignments")
        if one["who"] == user["id"] and one["about"] == project["id"]
    ]
    if not roles:
        raise Refusal(401, "The request you have made requires authentication.")
    now = datetime.now(UTC)
    secret = secrets.token_hex(16)
    said = {
        "methods": identity["methods"],
        "user": {"id": user["id"], "name": user["name"], "domain": {"id": "default", "name": "Default"}},
        "project": {"id": project["id"], "name": project["name"], "domain": {"id": "default", "name": "Default"}},
        "roles": [{"id": role["id"], "name": role["name"]} for role in roles],
        "catalog": catalogue(project["id"]),
        "issued_at": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "expires_at": (now + state.token_life).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    state.tokens[secret] = said
    return secret, said


def _user(state: State, identity: Any) -> Raw:
    if "token" in identity["methods"]:
        known = state.tokens.get(identity["token"]["id"])
        if known is None:
            raise Refusal(401, "The request you have made requires authentication.")
        return state.get("users", known["user"]["id"])
    said = identity.get("password", {}).get("user", {})
    for user in state.every("users"):
        if said.get("name", said.get("id")) in (user["name"], user["id"]) and CREDENTIALS.get(user["name"]) == said.get("password"):
            return user
    raise Refusal(401, "The request you have made requires authentication.")


def _project(state: State, scope: Any) -> Raw:
    wanted = scope.get("project") or {}
    for project in state.every("projects"):
        if wanted.get("id", wanted.get("name")) in (project["id"], project["name"]):
            return project
    raise Refusal(401, "The request you have made requires authentication.")


def _listed(name: str) -> Callable[[Call], Raw]:
    def listed(call: Call) -> Raw:
        call.admins_only()
        return {name: [shown(item) for item in call.state.every(name)], "links": {"next": None}}

    return listed


def _show_project(call: Call, identifier: str) -> Raw:
    if identifier != call.project:
        call.admins_only()
    return {"project": shown(call.state.get("projects", identifier))}


def _set_project(call: Call, identifier: str) -> Raw:
    call.admins_only()
    project = call.state.get("projects", identifier)
    project.update(call.body["project"])
    return {"project": shown(project)}


def _set_tags(call: Call, identifier: str) -> Raw:
    call.admins_only()
    call.state.get("projects", identifier)["tags"] = list(call.body["tags"])
    return {"tags": call.body["tags"]}


def _show_user(call: Call, identifier: str) -> Raw:
    if identifier != call.user:
        call.admins_only()
    return {"user": shown(call.state.get("users", identifier))}


def _set_user(call: Call, identifier: str) -> Raw:
    call.admins_only()
    user = call.state.get("users", identifier)
    user.update(call.body["user"])
    return {"user": shown(user)}


def _assignments(call: Call) -> Raw:
    call.admins_only()
    state, found = call.state, []
    for one in state.every("assignments"):
        who = state.get(f"{one['kind']}s", one["who"])
        project, role = state.get("projects", one["about"]), state.get("roles", one["role"])
        domain = {"id": "default", "name": "Default"}
        found.append(
            {
                "role": {"id": role["id"], "name": role["name"]},
                one["kind"]: {"id": who["id"], "name": who["name"], "domain": domain},
                "scope": {"project": {"id": project["id"], "name": project["name"], "domain": domain}},
                "links": {},
            }
        )
    return {"role_assignments": found}


def _members(call: Call, identifier: str) -> Raw:
    call.admins_only()
    members = call.state.get("groups", identifier)["_members"]
    return {"users": [shown(call.state.get("users", one)) for one in members]}


def _app_credentials(call: Call, owner: str) -> Raw:
    if owner != call.user:
        call.admins_only()
    return {"application_credentials": [shown(one) for one in call.state.every("app_credentials") if one["user_id"] == owner]}


def _app_credential(call: Call, owner: str, identifier: str) -> Raw:
    found = call.state.get("app_credentials", identifier)
    if owner != call.user:
        call.admins_only()
    return {"application_credential": shown(found)}


def _delete_app_credential(call: Call, owner: str, identifier: str) -> None:
    if owner != call.user:
        call.admins_only()
    call.state.get("app_credentials", identifier)
    del call.state.all("app_credentials")[identifier]


def _credentials(call: Call) -> Raw:
    return {"credentials": [shown(one) for one in call.state.every("credentials") if call.is_admin or one["user_id"] == call.user]}


ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    *(("GET", f"/{name}", _listed(name)) for name in ("projects", "domains", "users", "groups", "roles")),
    ("GET", "/projects/{}", _show_project),
    ("PATCH", "/projects/{}", _set_project),
    ("PUT", "/projects/{}/tags", _set_tags),
    ("GET", "/users/{}", _show_user),
    ("PATCH", "/users/{}", _set_user),
    ("GET", "/role_assignments", _assignments),
    ("GET", "/groups/{}/users", _members),
    ("GET", "/users/{}/application_credentials", _app_credentials),
    ("GET", "/users/{}/application_credentials/{}", _app_credential),
    ("DELETE", "/users/{}/application_credentials/{}", _delete_app_credential),
    ("GET", "/credentials", _credentials),
)
