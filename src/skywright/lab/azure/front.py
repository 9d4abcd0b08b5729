"""Every request, from the wire to whoever answers it: who asks, in which version, with which right, about what."""

import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.lab.azure import costs, monitor, powers, verbs
from skywright.lab.azure.authority import Authority, Principal, covers, permissions
from skywright.lab.azure.directory import Directory
from skywright.lab.azure.graph import Graph
from skywright.lab.azure.paths import Path, parsed
from skywright.lab.azure.refused import Refused, error_body, not_found
from skywright.lab.azure.store import Store
from skywright.lab.azure.trail import Trail
from skywright.lab.azure.types import TYPES, type_of
from skywright.lab.kit import Answer, Request

PAGE_SIZE = 100
VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


class Front:
    """Answers requests over one store. ``denied`` are actions that nobody may do for now."""

    def __init__(self, store: Store, authority: Authority, directory: Directory, seed: int) -> None:
        self.store = store
        self.authority = authority
        self.directory = directory
        self.denied: list[str] = []
        self.page_size = PAGE_SIZE
        self.seed = seed
        self.trail = Trail()
        self._reads = 12000
        self._graph = Graph(store)

    def answer(self, request: Request) -> Answer:
        """What goes back; refusals in ARM's shape, with the headers that every answer has."""
        try:
            with self.store.lock:
                answer = self._answer(request)
        except Refused as refused:
            answer = Answer(refused.status, refused.body(), refused.headers)
        self.trail.note(request, answer, self.authority)
        body = answer.body if isinstance(answer.body, bytes | None) else msgspec.json.encode(answer.body)
        return Answer(answer.status, body, {**self._usual(), **answer.headers}, answer.call or self._call(request))

    def _usual(self) -> dict[str, str]:
        name = str(uuid.uuid4())
        self._reads = max(0, self._reads - 1)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "x-ms-request-id": name,
            "x-ms-correlation-request-id": name,
            "x-ms-ratelimit-remaining-subscription-reads": str(self._reads),
        }

    def _call(self, request: Request) -> str:
        if not request.path.lower().startswith(("/subscriptions", "/providers", "/tenants")):
            return f"{request.method} {request.path}"
        return action_of(request.method, parsed(request.path))

    def _answer(self, request: Request) -> Answer:
        origin = f"https://{request.headers.get('host', '127.0.0.1')}"
        if page := self.authority.answer(request, origin):
            return page
        principal = self.authority.principal(request)
        if request.path.lower().startswith(("/v1.0/", "/beta/")):
            self._permitted(principal, f"Microsoft.Graph{request.path[5:].partition('?')[0]}/read", "/")
            return self.directory.answer(request, origin)
        if request.path.lower().endswith("/metrics:getbatch"):
            self._permitted(principal, "Microsoft.Insights/metrics/read", request.path)
            return monitor.batch(self.store, request, self.seed)
        path = parsed(request.path)
        if path.key.startswith("/subscriptions/") and "/providers/microsoft.lab/locations/" in path.key:
            return verbs.operation_status(self.store, path, request)
        return self._routed(request, path, principal, origin)

    def _routed(self, request: Request, path: Path, principal: Principal, origin: str) -> Answer:
        version = request.parameter("api-version")
        special = self._special(request, path, principal, origin)
        of_its_own = path.key.endswith("/instanceview") or (request.method == "POST" and special is None)
        kind = parsed(path.raw.rpartition("/")[0]).type if of_its_own else path.type
        if not kind.startswith("microsoft.lab"):
            type_of(kind, version)
        self._permitted(principal, action_of(request.method, path), path.scope or path.key)
        return special() if special else self._ordinary(request, path, origin)

    def _permitted(self, principal: Principal, action: str, scope: str) -> None:
        if principal.may(action) and not any(covers(one, action) for one in self.denied):
            return
        raise Refused(
            403,
            "AuthorizationFailed",
            f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have authorization to perform "
            f"action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your "
            "credentials.",
        )

    def _special(self, request: Request, path: Path, principal: Principal, origin: str) -> Callable[[], Answer] | None:
        """What is no plain resource."""
        store = self.store
        if path.type == "microsoft.resources/tags" and path.name:
            return lambda: powers.tags(store, path, request)
        ways: dict[tuple[str, str], Callable[[], Answer]] = {
            ("POST", "microsoft.resourcegraph/resources"): lambda: self._graph.query(request),
            ("POST", "microsoft.costmanagement/query"): lambda: costs.query(store, path.scope, request),
            ("GET", "microsoft.insights/eventtypes/values"): lambda: self.trail.answer(path, request, origin),
            ("GET", "microsoft.insights/metrics"): lambda: monitor.metrics(store, request, self.seed),
            ("GET", "microsoft.insights/metricdefinitions"): lambda: monitor.definitions(store, request),
            ("GET", "microsoft.authorization/permissions"): lambda: Answer(200, permissions(principal)),
            ("GET", "microsoft.management/managementgroups/descendants"): lambda: self._descendants(request, path, origin),
            ("GET", "microsoft.compute/locations/vmsizes"): lambda: Answer(200, {"value": costs.sizes()}),
            ("GET", "microsoft.resourcehealth/availabilitystatuses"): lambda: self._health(path),
            ("GET", "microsoft.resources/tenants"): self._tenants,
            ("GET", "microsoft.resources/providers"): lambda: Answer(200, {"value": _providers()}),
            ("GET", "microsoft.resources/subscriptions/locations"): self._locations,
        }
        return ways.get((request.method, path.type))

    def _health(self, path: Path) -> Answer:
        """Resource Health's word on one resource: a machine that does not run is not available."""
        record = verbs.found(self.store, parsed(path.scope))
        well = record.power in ("", "running") and record.properties.get("provisioningState") != "Failed"
        word, text = ("Available", "There are no known problems.") if well else ("Unavailable", "It is stopped.")
        properties = {"availabilityState": word, "title": word, "summary": text, "reasonType": "" if well else "UserInitiated"}
        return Answer(200, {"id": path.raw, "name": "current", "properties": properties})

    def _tenants(self) -> Answer:
        tenant = self.authority.tenant
        return Answer(200, {"value": [{"id": f"/tenants/{tenant}", "tenantId": tenant}]})

    def _locations(self) -> Answer:
        return Answer(200, {"value": self.store.of_type("microsoft.lab/facts")[0].properties["locations"]})

    def _descendants(self, request: Request, path: Path, origin: str) -> Answer:
        group = self.store.get(path.parent)
        if group is None:
            raise not_found(path.parent)
        items = []
        for sub in self.store.of_type("microsoft.resources/subscriptions"):
            name = sub.body["displayName"]
            above = [one["name"] for one in sub.hidden.get("above", [])]
            if group.body["name"] in above:
                parent = f"/providers/Microsoft.Management/managementGroups/{above[0]}"
                items.append({"id": sub.body["id"], "type": "/subscriptions", "name": sub.body["subscriptionId"],
                              "properties": {"displayName": name, "parent": {"id": parent}}})  # fmt: skip
        return verbs.page(items, request, self.page_size, origin)

    def _ordinary(self, request: Request, path: Path, origin: str) -> Answer:
        store = self.store
        match request.method:
            case "GET" if path.key.endswith("/instanceview"):
                record = verbs.found(store, parsed(path.raw.rpartition("/")[0]))
                store.look(record.key)
                return Answer(200, verbs.instance_view(record))
            case "GET" if path.name:
                return verbs.get(store, path, request)
            case "GET":
                return verbs.collection(store, path, request, self.page_size, origin)
            case "HEAD":
                return Answer(204 if store.get(path.key) else 404)
            case "PUT" | "PATCH":
                return verbs.write(store, path, request, origin)
            case "DELETE":
                return verbs.delete(store, path, request, origin)
            case "POST" if path.key.endswith("/moveresources"):
                return powers.moved(store, parsed(path.raw.rpartition("/")[0]), request, origin)
            case "POST":
                return powers.post(store, path, request, origin)
            case _:
                pass
        raise Refused(405, "HttpMethodNotAllowed", f"The http method '{request.method}' is not supported for this resource.")


def action_of(method: str, path: Path) -> str:
    """The action that access control checks: ``Microsoft.Compute/virtualMachines/start/action``."""
    if path.key.endswith("/instanceview"):
        path = parsed(path.raw.rpartition("/")[0])
        return f"{_name(path.type)}/instanceView/read"
    if method == "POST":
        word = path.raw.rpartition("/")[2]
        if path.type in ("microsoft.resourcegraph/resources", "microsoft.costmanagement/query"):
            return f"{_name(path.type)}/action"
        return f"{_name(parsed(path.raw.rpartition('/')[0]).type)}/{word}/action"
    return f"{_name(path.type)}/{VERBS.get(method, 'read')}"


def _name(kind: str) -> str:
    return TYPES[kind].name if kind in TYPES else kind


def _providers() -> list[dict[str, Any]]:
    spaces = sorted({known.name.split("/")[0] for known in TYPES.values()})
    return [{"namespace": space, "registrationState": "Registered"} for space in spaces]


def throttled(after_s: int = 1) -> tuple[dict[str, Any], dict[str, str]]:
    """Body and headers of a 429 as Resource Manager gives it."""
    body = error_body(
        "TooManyRequests", "The request was throttled. Too many requests have been made; try again after the time stated."
    )
    return body, {
        "Retry-After": str(after_s),
        "x-ms-ratelimit-remaining-subscription-reads": "0",
        "Content-Type": "application/json",
    }
