"""Requests -> answers: discovery, lists in pages, objects, patches, evictions, metrics, reviews of rights."""

import copy
import re
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.lab.kit import Answer, Request
from skywright.lab.kubernetes import controllers, fields, patches
from skywright.lab.kubernetes.catalogue import Resource
from skywright.lab.kubernetes.cluster import Cluster
from skywright.lab.kubernetes.fields import Object
from skywright.lab.kubernetes.refused import Refused, status

_PATH = re.compile(
    r"^/(?:api|apis/(?P<group>[^/]+))/(?P<version>v[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/.))?/(?P<plural>[^/]+)"
    r"(?:/(?P<name>[^/]+))?(?:/(?P<sub>[^/]+))?$"
)
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
VIEWED_NOT = {"secrets", "roles", "clusterroles", "rolebindings", "clusterrolebindings"}
AGGREGATED = "g=apidiscovery.k8s.io;v=v2"


class Asked(msgspec.Struct, frozen=True):
    """One request, taken apart."""

    request: Request
    resource: Resource
    namespace: str
    name: str
    sub: str
    verb: str

    @property
    def key(self) -> tuple[str, str]:
        """Where the object is kept."""
        return (self.namespace if self.resource.namespaced else "", self.name)


class Api:
    """The API of one cluster. ``users``: token -> admin, viewer or nobody; ``denied``: what nobody may (``list secrets``)."""

    def __init__(self, cluster: Cluster, users: dict[str, str]) -> None:
        self.cluster = cluster
        self.users = users
        self.denied: set[str] = set()

    def answer(self, request: Request) -> Answer:
        """The answer to one request."""
        try:
            with self.cluster.lock:
                call, body = self._answer(request)
            created = request.method == "POST" and "/selfsubject" not in request.path
            return Answer(201 if created else 200, body, call=call)
        except Refused as refused:
            return Answer(refused.code, status(refused), call=f"{request.method} refused {refused.code}")

    def _answer(self, request: Request) -> tuple[str, Any]:
        user = self.users.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if user is None:
            raise Refused(401, "Unauthorized", "Unauthorized")
        path = request.path
        if path == "/version":
            return "version", {"major": "1", "minor": str(self.cluster.minor), "gitVersion": f"v1.{self.cluster.minor}.0"}
        if path == "/apis":
            return "discovery", self._groups(aggregated=AGGREGATED in request.headers.get("accept", ""))
        if path.endswith("/selfsubjectaccessreviews"):
            return "review", self._review(user, request.json())
        if found := re.fullmatch(r"/apis/([^/]+)/([^/]+)", path):
            return "discovery", self._resources(found[1], found[2])
        asked = self._taken_apart(request)
        self._check(user, asked)
        handle: Callable[[Asked], Any] = getattr(self, f"_{asked.verb}")
        return f"{asked.verb} {asked.resource.name}", handle(asked)

    def _taken_apart(self, request: Request) -> Asked:
        found = _PATH.match(request.path)
        resource = found and self.cluster.served.get((found["group"] or "", found["version"], found["plural"]))
        if not found or not resource:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        verb = VERBS.get(request.method) or ("get" if found["name"] else "list")
        return Asked(request, resource, found["namespace"] or "", found["name"] or "", found["sub"] or "", verb)

    def _check(self, user: str, asked: Asked) -> None:
        sub = f"/{asked.sub}" if asked.sub else ""
        if self._may(user, asked.verb, asked.resource.plural, asked.resource.name):
            return
        where = f' in the namespace "{asked.namespace}"' if asked.namespace else " at the cluster scope"
        words = (
            f'{asked.resource.name}{sub} is forbidden: User "{user}" cannot {asked.verb} resource "{asked.resource.plural}{sub}"'
        )
        raise Refused(403, "Forbidden", f'{words} in API group "{asked.resource.group}"{where}')

    def _may(self, user: str, verb: str, plural: str, name: str) -> bool:
        if f"{verb} {name}" in self.denied:
            return False
        return user == "admin" or (user == "viewer" and verb in ("get", "list") and plural not in VIEWED_NOT)

    def _review(self, user: str, body: Any) -> Object:
        wanted = body["spec"]["resourceAttributes"]
        name = f"{wanted['resource']}.{wanted['group']}" if wanted.get("group") else wanted["resource"]
        return {**body, "status": {"allowed": self._may(user, wanted["verb"], wanted["resource"], name), "reason": ""}}

    def _groups(self, *, aggregated: bool) -> Object:
        groups: dict[str, list[str]] = {}
        for group, version, _ in self.cluster.served:
            if group and version not in groups.setdefault(group, []):
                groups[group].append(version)
        if not aggregated or self.cluster.minor < 30:
            listed = [{"name": name, "versions": [{"version": one} for one in versions]} for name, versions in groups.items()]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
        items = [
            {
                "metadata": {"name": name},
                "versions": [
                    {
                        "version": version,
                        "freshness": "Current",
                        "resources": [
                            {"resource": one.plural, "scope": "Namespaced" if one.namespaced else "Cluster"}
                            for one in self.cluster.served.values()
                            if (one.group, one.version) == (name, version)
                        ],
                    }
                    for version in versions
                ],
            }
            for name, versions in groups.items()
        ]
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}

    def _resources(self, group: str, version: str) -> Object:
        found = [one for one in self.cluster.served.values() if (one.group, one.version) == (group, version)]
        if not found:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        listed = [{"name": one.plural, "kind": one.kind, "namespaced": one.namespaced} for one in found]
        return {"kind": "APIResourceList", "groupVersion": f"{group}/{version}", "resources": listed}

    def _list(self, asked: Asked) -> Object:
        request = asked.request
        token = request.parameter("continue")
        limit = int(request.parameter("limit", "0")) or 10**9
        if token:
            begun, _, start = token.rpartition(".")
            if begun not in self.cluster.kept:
                raise Refused(410, "Expired", "The provided continue parameter is too old to display a consistent list result.")
            items, at = self.cluster.kept[begun], int(start)
        else:
            items, at = self._found(asked), 0
            begun = str(next(self.cluster.versions))
            if len(items) > limit:
                self.cluster.kept[begun] = copy.deepcopy(items)
        page = items[at : at + limit]
        more = f"{begun}.{at + limit}" if at + limit < len(items) else ""
        metadata = {"resourceVersion": begun, **({"continue": more, "remainingItemCount": len(items) - at - limit} if more else {})}
        if "as=PartialObjectMetadataList" in request.headers.get("accept", ""):
            slim = [{"metadata": one["metadata"]} for one in page]
            return {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": slim}
        return {"kind": f"{asked.resource.kind}List", "apiVersion": asked.resource.api_version, "metadata": metadata, "items": page}

    def _found(self, asked: Asked) -> list[Object]:
        if asked.resource.group == "metrics.k8s.io":
            return self._metrics(asked)
        items = self.cluster.all(asked.resource.name, asked.namespace)
        for one in items:
            controllers.looked(self.cluster, one)
        selector = asked.request.parameter("fieldSelector")
        if selector.startswith("spec.nodeName="):
            items = [one for one in items if one["spec"].get("nodeName") == selector.partition("=")[2]]
        if selector.startswith("metadata.name="):
            items = [one for one in items if one["metadata"]["name"] == selector.partition("=")[2]]
        return items

    def _metrics(self, asked: Asked) -> list[Object]:
        """Half of what is requested, as the real lab's simulator has it."""
        if asked.resource.plural == "nodes":
            return [
                {"metadata": {"name": one["metadata"]["name"]}, "usage": {"cpu": "412000000n", "memory": "2097152Ki"}}
                for one in self.cluster.all("nodes")
            ]
        found = []
        for pod in self.cluster.all("pods", asked.namespace):
            usage = [{"name": one["name"], "usage": {"cpu": "25000000n", "memory": "65536Ki"}} for one in pod["spec"]["containers"]]
            metadata = {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"]}
            found.append({"metadata": metadata, "containers": usage})
        return found

    def _get(self, asked: Asked) -> Object:
        found = self.cluster.get(asked.resource.name, *asked.key)
        controllers.looked(self.cluster, found)
        if "as=PartialObjectMetadata" in asked.request.headers.get("accept", ""):
            return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": found["metadata"]}
        return found

    def _create(self, asked: Asked) -> Object:
        body = asked.request.json()
        if asked.sub == "eviction":
            return self._evict(asked)
        body["metadata"]["namespace"] = asked.namespace or body["metadata"].get("namespace")
        return self.cluster.add(body, asked.request.parameter("fieldManager", "unknown"))

    def _evict(self, asked: Asked) -> Object:
        from skywright.lab.kubernetes.budgets import forbids

        pod = self.cluster.get("pods", *asked.key)
        if budget := forbids(self.cluster, pod):
            cause = {"reason": "DisruptionBudget", "message": f"The disruption budget {budget} needs all of its pods"}
            raise Refused(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", [cause])
        self.cluster.remove("pods", asked.key)
        return {"kind": "Status", "status": "Success"}

    def _update(self, asked: Asked) -> Object:
        body = asked.request.json()
        old = self.cluster.get(asked.resource.name, *asked.key)
        body["metadata"] = {**old["metadata"], **body["metadata"]}
        version = body["metadata"].get("resourceVersion", "")
        fields.updated(old, body, asked.request.parameter("fieldManager", "unknown"))
        return self.cluster.replace(asked.resource.name, asked.key, body, version)

    def _patch(self, asked: Asked) -> Object:
        content = asked.request.headers.get("content-type", "")
        body, manager = asked.request.json(), asked.request.parameter("fieldManager", "unknown")
        if content == "application/apply-patch+yaml":
            return self._apply(asked, body, manager)
        old = self.cluster.get(asked.resource.name, *asked.key)
        if content == "application/json-patch+json":
            try:
                new = patches.json_patch(old, body)
            except patches.TestFailed as error:
                raise Refused(422, "Invalid", f"the server rejected our request: {error}") from error
        else:
            new = patches.merge(copy.deepcopy(old), body)
        fields.updated(old, new, manager)
        version = "" if isinstance(body, list) else (body.get("metadata") or {}).get("resourceVersion", "")
        return self.cluster.replace(asked.resource.name, asked.key, new, version)

    def _apply(self, asked: Asked, body: Object, manager: str) -> Object:
        force = asked.request.parameter("force") == "true"
        version = body["metadata"].pop("resourceVersion", "")
        old = self.cluster.get(asked.resource.name, *asked.key)
        try:
            new = fields.apply(old, body, manager, force=force)
        except fields.FieldConflict as conflict:
            causes = [
                {
                    "reason": "FieldManagerConflict",
                    "message": f'conflict with "{other}" using {old["apiVersion"]}',
                    "field": "." + ".".join(step.removeprefix("f:") for step in path),
                }
                for other, path in conflict.conflicts
            ]
            raise Refused(409, "Conflict", f"Apply failed with {len(causes)} conflicts", causes) from conflict
        return self.cluster.replace(asked.resource.name, asked.key, new, version)

    def _delete(self, asked: Asked) -> Object:
        body = asked.request.json() or {}
        self.cluster.remove(asked.resource.name, asked.key, (body.get("preconditions") or {}).get("uid", ""))
        return {"kind": "Status", "status": "Success"}
