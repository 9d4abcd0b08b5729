"""One port for every service: tokens, the catalogue, versions, routes, and each service's way of saying no."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from skywright.lab.kit import Answer, Request
from skywright.lab.openstack import balancers, compute, identity, images, metrics, network, objects, volumes
from skywright.lab.openstack.state import Call, Refusal, State

Route = tuple[str, str, Callable[..., Any]]
SERVICES: dict[str, tuple[str, str, Sequence[Route]]] = {
    "identity": ("identity", "/identity/v3", identity.ROUTES),
    "compute": ("compute", "/compute/v2.1", compute.ROUTES),
    "network": ("network", "/network", network.ROUTES),
    "image": ("image", "/image", images.ROUTES),
    "block-storage": ("volumev3", "/volume/v3", volumes.ROUTES),
    "object-store": ("object-store", "/object/v1", objects.ROUTES),
    "load-balancer": ("load-balancer", "/balancer", balancers.ROUTES),
    "metric": ("metric", "/metric", metrics.ROUTES),
}
"""Service type -> its type in the catalogue, the path of its endpoint, and its routes."""

NEWEST = {"compute": "2.96", "block-storage": "3.71"}
WRAPS: dict[str, Callable[[int, str], Any]] = {
    "identity": lambda status, said: {"error": {"code": status, "message": said, "title": "Error"}},
    "compute": lambda status, said: {"itemNotFound" if status == 404 else "badRequest": {"code": status, "message": said}},
    "block-storage": lambda status, said: {"itemNotFound" if status == 404 else "badRequest": {"code": status, "message": said}},
    "network": lambda _status, said: {"NeutronError": {"type": "Error", "message": said, "detail": ""}},
    "image": lambda status, said: f"<html><head><title>{status}</title></head><body>{said}</body></html>".encode(),
    "object-store": lambda _status, said: f"<html><h1>Error</h1><p>{said}</p></html>".encode(),
    "load-balancer": lambda _status, said: {"faultcode": "Client", "faultstring": said, "debuginfo": None},
    "metric": lambda status, said: {"code": status, "description": said, "title": "Error"},
}


class Front:
    """Answers requests from a state."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.endpoint = ""  # set when the server's port is known
        self.regions = ("RegionOne",)
        self._routes = [
            (service, method, re.compile(base + _pattern(path)), function, f"{service}:{method} {path}")
            for service, (_, base, routes) in SERVICES.items()
            for method, path, function in routes
        ]

    def answer(self, request: Request) -> Answer:
        """One request -> its answer."""
        with self.state.lock:
            found = self._discovery(request) or self._token(request)
            if found is not None:
                return found
            for service, method, pattern, function, name in self._routes:
                match = pattern.fullmatch(request.path)
                if method == request.method and match and service not in self.state.lacks:
                    return self._served(service, function, request, match.groups(), name)
            return Answer(404, b"404 Not Found", {"Content-Type": "text/plain"})

    def catalogue(self, project: str) -> list[dict[str, Any]]:
        """The catalogue of a token."""
        found = []
        for service, (kind, base, _) in SERVICES.items():
            if service in self.state.lacks:
                continue
            url = self.endpoint + base
            if service == "block-storage":
                url += f"/{project}"
            if service == "object-store":
                url += f"/AUTH_{project}"
            endpoints = [
                {"id": f"{service}-{region}", "interface": "public", "region": region, "region_id": region, "url": url}
                for region in self.regions
            ]
            found.append({"id": service, "type": kind, "name": service, "endpoints": endpoints})
        return found

    def _served(self, service: str, function: Callable[..., Any], request: Request, ids: tuple[str, ...], name: str) -> Answer:
        try:
            call = self._call(service, request)
            got = function(call, *ids)
        except Refusal as refusal:
            said = refusal.message
            return Answer(refusal.status, WRAPS[service](refusal.status, said), call=name)
        if isinstance(got, Answer):
            return Answer(got.status, got.body, got.headers, name)
        return Answer(200 if got is not None else 204, got, call=name)

    def _call(self, service: str, request: Request) -> Call:
        token = self.state.tokens.get(request.headers.get("x-auth-token", ""))
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if token is None or token["expires_at"] < now:
            raise Refusal(401, "The request you have made requires authentication.")
        body = request.json() if "json" in request.headers.get("content-type", "") else request.body
        return Call(
            state=self.state,
            method=request.method,
            path=request.path,
            query={name: values[0] for name, values in request.query.items()},
            body=body,
            headers=request.headers,
            project=token["project"]["id"],
            user=token["user"]["id"],
            roles=tuple(role["name"] for role in token["roles"]),
            micro=_micro(service, request),
            base=self.endpoint,
        )

    def _token(self, request: Request) -> Answer | None:
        if (request.method, request.path) != ("POST", "/identity/v3/auth/tokens"):
            return None
        try:
            secret, token = identity.token(self.state, request.json(), self.catalogue)
        except Refusal as refusal:
            return Answer(refusal.status, WRAPS["identity"](refusal.status, refusal.message), call="identity:POST /auth/tokens")
        return Answer(201, {"token": token}, {"X-Subject-Token": secret}, "identity:POST /auth/tokens")

    def _discovery(self, request: Request) -> Answer | None:
        """Version documents: who may read them needs no token."""
        path = request.path.rstrip("/")
        if request.method != "GET":
            return None
        if path in ("/identity", "/identity/v3"):
            link = {"rel": "self", "href": f"{self.endpoint}/identity/v3/"}
            version = {"id": "v3.14", "status": "stable", "links": [link], "media-types": []}
            return Answer(
                body={"version": version} if path.endswith("v3") else {"versions": {"values": [version]}}, call="versions"
            )
        if path in ("/compute", "/compute/v2.1"):
            version = _version("v2.1", f"{self.endpoint}/compute/v2.1/", NEWEST["compute"], "2.1")
            return Answer(body={"version": version} if path.endswith("v2.1") else {"versions": [version]}, call="versions")
        if path in ("/volume", "/volume/v3"):
            version = _version("v3.0", f"{self.endpoint}/volume/v3/", NEWEST["block-storage"], "3.0")
            return Answer(body={"versions": [version]}, call="versions")
        return None


def _pattern(path: str) -> str:
    """``/servers/{}/action`` as a regular expression; ``{*}`` takes slashes too."""
    return re.escape(path).replace(r"\{\}", "([^/]+)").replace(r"\{\*\}", "(.+)")


def _version(name: str, url: str, newest: str, oldest: str) -> dict[str, Any]:
    links = [{"rel": "self", "href": url}]
    return {"id": name, "status": "CURRENT", "version": newest, "min_version": oldest, "links": links}


def _micro(service: str, request: Request) -> tuple[int, int]:
    said = request.headers.get("openstack-api-version", "").rpartition(" ")[2]
    if not said:
        return (3, 0) if service == "block-storage" else (2, 1)
    major, _, minor = said.partition(".")
    newest = NEWEST.get(service, "99.0").partition(".")
    if (int(major), int(minor)) > (int(newest[0]), int(newest[2])):
        raise Refusal(406, f"Version {said} is not supported by the API.")
    return int(major), int(minor)
