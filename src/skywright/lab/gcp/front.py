"""Every request: is the caller known, what is asked, may it be, and the answer in the form of Google's."""

import re
import secrets
import threading
import traceback
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.lab.gcp import assets, billing, generic, metrics, people, trail, verbs
from skywright.lab.gcp.check import check
from skywright.lab.gcp.refusals import Refusal, body, denied, info, service_disabled
from skywright.lab.gcp.routes import Call, find, understood
from skywright.lab.gcp.world import World
from skywright.lab.kit import Answer, Request

JSON = {"Content-Type": "application/json; charset=UTF-8"}
TOKEN_LIFE_S = 3599
WORKER = "skywright@lab-production.iam.gserviceaccount.com"
OPERATOR = "operator@lab-production.iam.gserviceaccount.com"
"""Who signs in with the lab's key file, and whose the token is that the lab hands out itself."""

Handler = Callable[[World, Call], dict[str, Any] | bytes]


def _contacts(world: World, call: Call) -> dict[str, Any]:
    """contacts.compute: who is told of what happens in a project."""
    rows = [msgspec.Raw(raw) for raw in world.store.room(f"essentialcontacts/projects/{call.project}/contacts").values()]
    return {"contacts": rows} if rows else {}


ORDINARY: dict[str, Handler] = {
    "get": generic.get,
    "list": generic.listed,
    "aggregatedList": generic.aggregated,
    "insert": generic.insert,
    "create": generic.insert,
    "patch": generic.change,
    "update": generic.change,
    "delete": generic.delete,
    "getIamPolicy": people.get_policy,
    "setIamPolicy": people.set_policy,
    "testIamPermissions": people.test_permissions,
}

SPECIAL: dict[str, Handler] = {
    "cloudasset.assets.list": assets.assets,
    "cloudasset.searchAllResources": assets.search_resources,
    "cloudasset.searchAllIamPolicies": assets.search_policies,
    "monitoring.projects.timeSeries.list": metrics.time_series,
    "cloudbilling.projects.getBillingInfo": billing.info,
    "bigquery.jobs.query": billing.query,
    "logging.entries.list": trail.entries,
    "essentialcontacts.projects.contacts.compute": _contacts,
}


class Front:
    """Answers requests, one at a time: what two callers do at once happens in some order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token = _new_token()
        self._tokens = {self.token: OPERATOR}
        self._lock = threading.Lock()

    def expire(self) -> None:
        """No token that was given so far is good any more."""
        self._tokens.clear()

    def answer(self, request: Request) -> Answer:
        """The answer to a request, whatever it is."""
        if request.path == "/token":
            return self._new_session(request)
        service = request.path.lstrip("/").partition("/")[0]
        called = ""
        try:
            who = self._know(request)
            http = request.headers.get("x-http-method-override", request.method)
            with self._lock:
                called = find(http, request.path)[1].id
                result = self._ask(understood(http, request.path, request.query, _json(request)), who)
        except Refusal as refusal:
            return Answer(refusal.code, msgspec.json.encode(body(refusal, service)), JSON, call=called)
        except Exception:  # noqa: BLE001 - a request is where this server's own mistakes end, as an answer that says so
            traceback.print_exc()
            mistake = Refusal(500, "The stand-in made a mistake; its error output has more.")
            return Answer(500, msgspec.json.encode(body(mistake, service)), JSON, call=called)
        content = result if isinstance(result, bytes) else msgspec.json.encode(result)
        return Answer(200, content, JSON, call=called)

    def _ask(self, call: Call, who: str) -> dict[str, Any] | bytes:
        project = trail.owner(self.world, call)
        try:
            answer = self._done(call)
        except Refusal as refusal:
            trail.write(self.world, call, project, who, {}, refusal.code)
            raise
        trail.write(self.world, call, project, who, answer)
        return answer

    def _done(self, call: Call) -> dict[str, Any] | bytes:
        world = self.world
        world.operations.tick()
        if {(call.project, call.service), ("", call.service)} & world.disabled:
            raise service_disabled(call.service, call.project)
        permission = people.permission_of(call)
        if permission in world.denied:
            raise denied(call.service, permission, call.target)
        check(call)
        return _handler(call)(world, call)

    def _know(self, request: Request) -> str:
        """Who asks. Raises 401 for a caller without a good token."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or token not in self._tokens:
            text = (
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
                "authentication credential."
            )
            reason = "ACCESS_TOKEN_EXPIRED" if token.strip() else "CREDENTIALS_MISSING"
            raise Refusal(401, text, "authError", details=[info(reason, "iam")])
        return self._tokens[token]

    def _new_session(self, request: Request) -> Answer:
        """OAuth 2: an assertion of a service account, or a refresh token, for an access token."""
        form = request.body.decode()
        if "assertion=" not in form and "refresh_token=" not in form:
            return Answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, call="token")
        token = _new_token()
        self._tokens[token] = WORKER
        return Answer(200, {"access_token": token, "expires_in": TOKEN_LIFE_S, "token_type": "Bearer"}, call="token")


def _handler(call: Call) -> Handler:
    method = call.method.id
    found = SPECIAL.get(method) or verbs.by_name(call)
    if found:
        return found
    if method.endswith(".locations.list"):
        return _locations
    if call.verb == "search":
        return _search
    if call.verb == "wait":
        return _wait
    if call.verb in ORDINARY:
        return ORDINARY[call.verb]
    raise Refusal(501, f"{method} is documented, but this stand-in does not play it.")


def _locations(world: World, call: Call) -> dict[str, Any]:
    names = [*world.store.room(f"compute/projects/{call.project}/regions"), "global"]
    return {"locations": [{"name": f"{call.target}/{name}", "locationId": name} for name in names]}


def _search(world: World, call: Call) -> dict[str, Any]:
    """projects.search, folders.search, organizations.search of the Resource Manager."""
    wanted = re.findall(r"(\w+)[:=](\S+)", str(call.params.get("query", "")))
    rows = [msgspec.json.decode(raw) for raw in world.store.room(call.key).values()]
    fitting = [(row["name"], msgspec.json.encode(row)) for row in rows if all(_says(row, *term) for term in wanted)]
    page, token = generic.paged(fitting, call)
    return {call.target: [msgspec.Raw(raw) for _, raw in page]} | ({"nextPageToken": token} if token else {})


def _says(row: dict[str, Any], field: str, value: str) -> bool:
    told = row.get({"id": "projectId"}.get(field, field), "")
    return str(told) == value.strip('"') or value == "*"


def _wait(world: World, call: Call) -> bytes:
    """operations.wait: as long as it takes."""
    world.operations.settle(call.key)
    return generic.get(world, call)


def _json(request: Request) -> dict[str, Any]:
    try:
        found = request.json()
    except msgspec.DecodeError as error:
        raise Refusal(400, f"Parse Error: {error}", "parseError") from error
    if found is not None and not isinstance(found, dict):
        raise Refusal(400, 'Invalid JSON payload received. Unknown name "": Root element must be a message.', "parseError")
    return found or {}


def _new_token() -> str:
    return f"ya29.lab-{secrets.token_urlsafe(24)}"
