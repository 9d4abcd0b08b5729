"""Cloud Asset Inventory, told from the state: one paged list of all that there is, policies, and two searches."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from skywright.lab.gcp.generic import paged
from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.world import World

TYPES = {
    "compute/instances": "compute.googleapis.com/Instance",
    "compute/disks": "compute.googleapis.com/Disk",
    "compute/snapshots": "compute.googleapis.com/Snapshot",
    "compute/images": "compute.googleapis.com/Image",
    "compute/addresses": "compute.googleapis.com/Address",
    "compute/networks": "compute.googleapis.com/Network",
    "compute/subnetworks": "compute.googleapis.com/Subnetwork",
    "compute/firewalls": "compute.googleapis.com/Firewall",
    "compute/routers": "compute.googleapis.com/Router",
    "compute/routes": "compute.googleapis.com/Route",
    "compute/instanceTemplates": "compute.googleapis.com/InstanceTemplate",
    "compute/instanceGroupManagers": "compute.googleapis.com/InstanceGroupManager",
    "compute/instanceGroups": "compute.googleapis.com/InstanceGroup",
    "compute/autoscalers": "compute.googleapis.com/Autoscaler",
    "compute/backendServices": "compute.googleapis.com/BackendService",
    "compute/backendBuckets": "compute.googleapis.com/BackendBucket",
    "compute/forwardingRules": "compute.googleapis.com/ForwardingRule",
    "compute/urlMaps": "compute.googleapis.com/UrlMap",
    "compute/targetHttpProxies": "compute.googleapis.com/TargetHttpProxy",
    "compute/targetHttpsProxies": "compute.googleapis.com/TargetHttpsProxy",
    "compute/targetTcpProxies": "compute.googleapis.com/TargetTcpProxy",
    "compute/targetSslProxies": "compute.googleapis.com/TargetSslProxy",
    "compute/targetPools": "compute.googleapis.com/TargetPool",
    "compute/sslCertificates": "compute.googleapis.com/SslCertificate",
    "compute/sslPolicies": "compute.googleapis.com/SslPolicy",
    "compute/securityPolicies": "compute.googleapis.com/SecurityPolicy",
    "compute/healthChecks": "compute.googleapis.com/HealthCheck",
    "compute/commitments": "compute.googleapis.com/Commitment",
    "compute/projects": "compute.googleapis.com/Project",
    "storage/b": "storage.googleapis.com/Bucket",
    "sqladmin/instances": "sqladmin.googleapis.com/Instance",
    "container/clusters": "container.googleapis.com/Cluster",
    "container/nodePools": "container.googleapis.com/NodePool",
    "run/services": "run.googleapis.com/Service",
    "cloudfunctions/functions": "cloudfunctions.googleapis.com/Function",
    "pubsub/topics": "pubsub.googleapis.com/Topic",
    "pubsub/subscriptions": "pubsub.googleapis.com/Subscription",
    "bigquery/datasets": "bigquery.googleapis.com/Dataset",
    "cloudkms/keyRings": "cloudkms.googleapis.com/KeyRing",
    "cloudkms/cryptoKeys": "cloudkms.googleapis.com/CryptoKey",
    "secretmanager/secrets": "secretmanager.googleapis.com/Secret",
    "iam/serviceAccounts": "iam.googleapis.com/ServiceAccount",
    "iam/keys": "iam.googleapis.com/ServiceAccountKey",
    "iam/roles": "iam.googleapis.com/Role",
    "logging/sinks": "logging.googleapis.com/LogSink",
    "logging/buckets": "logging.googleapis.com/LogBucket",
    "dns/managedZones": "dns.googleapis.com/ManagedZone",
    "artifactregistry/repositories": "artifactregistry.googleapis.com/Repository",
    "aiplatform/endpoints": "aiplatform.googleapis.com/Endpoint",
    "redis/instances": "redis.googleapis.com/Instance",
    "file/instances": "file.googleapis.com/Instance",
    "monitoring/alertPolicies": "monitoring.googleapis.com/AlertPolicy",
    "cloudresourcemanager/projects": "cloudresourcemanager.googleapis.com/Project",
    "cloudresourcemanager/folders": "cloudresourcemanager.googleapis.com/Folder",
    "cloudresourcemanager/organizations": "cloudresourcemanager.googleapis.com/Organization",
    "serviceusage/services": "serviceusage.googleapis.com/Service",
}
"""What is kept where -> the type of asset. https://cloud.google.com/asset-inventory/docs/asset-types"""

VERSIONS = {
    "cloudresourcemanager": "v3",
    "logging": "v2",
    "run": "v2",
    "cloudfunctions": "v2",
    "monitoring": "v3",
    "bigquery": "v2",
}
HOSTS = {"sqladmin": "cloudsql.googleapis.com"}


def assets(world: World, call: Call) -> dict[str, Any]:
    """assets.list: a page of resources or of policies."""
    wanted = _types(call)
    content = str(call.params.get("contentType", "CONTENT_TYPE_UNSPECIFIED"))
    found = [(key, raw) for key, kind, raw in _in_scope(world, call) if not wanted or kind in wanted]
    if content == "IAM_POLICY":
        found = [(key, raw) for key, raw in found if world.store.policies.get(key, {}).get("bindings")]
    page, token = paged(found, call)
    rows = [_asset(world, key, raw, content) for key, raw in page]
    answer: dict[str, Any] = {"readTime": world.store.stamp()}
    if rows:
        answer["assets"] = rows
    return answer | ({"nextPageToken": token} if token else {})


def search_resources(world: World, call: Call) -> dict[str, Any]:
    """searchAllResources: what there is in short."""
    wanted = _types(call)
    found = [(key, raw) for key, kind, raw in _in_scope(world, call) if not wanted or kind in wanted]
    page, token = paged([(key, raw) for key, raw in found if _asked(call, raw)], call)
    return {"results": [_result(world, key, raw) for key, raw in page]} | ({"nextPageToken": token} if token else {})


def search_policies(world: World, call: Call) -> dict[str, Any]:
    """searchAllIamPolicies: every policy, and what it is of."""
    found = [(key, raw) for key, _, raw in _in_scope(world, call) if world.store.policies.get(key, {}).get("bindings")]
    page, token = paged(found, call)
    rows = [
        {
            "resource": full_name(key, raw),
            "assetType": asset_type(key),
            "project": f"projects/{_number(world, _project(world, key, raw))}",
            "policy": world.store.policies[key],
        }
        for key, raw in page
    ]
    return {"results": rows} | ({"nextPageToken": token} if token else {})


def asset_type(key: str) -> str:
    """The type of asset that is kept under a key, or ""."""
    service, *parts = key.split("/")
    if service == "compute" and len(parts) == 2:
        return TYPES["compute/projects"]
    return TYPES.get(f"{service}/{parts[-2]}", "") if len(parts) > 1 else ""


def full_name(key: str, raw: bytes = b"") -> str:
    """The full resource name: ``//compute.googleapis.com/projects/...``. A project is named by its number."""
    service, path = key.split("/", 1)
    if key.startswith("cloudresourcemanager/projects/") and raw:
        path = msgspec.json.decode(raw)["name"]
    host = HOSTS.get(service, f"{service}.googleapis.com")
    return f"//{host}/{path.removeprefix('b/') if service == 'storage' else path}"


def _types(call: Call) -> frozenset[str]:
    """The asset types that are asked for, also by a pattern (``compute.googleapis.com.*``)."""
    given = call.params.get("assetTypes") or []
    listed = [given] if isinstance(given, str) else given
    names: set[str] = set()
    for one in listed:
        matching = {kind for kind in TYPES.values() if re.fullmatch(one, kind)}
        if not matching and ".*" not in one and not re.fullmatch(r"[a-z]+\.googleapis\.com/\w+", one):
            raise Refusal(400, f"Invalid asset type: '{one}'.")
        names |= matching or {one}
    return frozenset(names)


def _in_scope(world: World, call: Call) -> list[tuple[str, str, bytes]]:
    """Every resource below the project, folder or organisation that is asked about, with its key and its type."""
    scope = "/".join(call.path.split("/")[:2]).partition(":")[0]
    return world.remembered(("in scope", scope), lambda: list(_below_scope(world, scope)))


def _below_scope(world: World, scope: str) -> Iterator[tuple[str, str, bytes]]:
    projects = _projects(world, scope)
    for key, raw in world.store.everything():
        kind = asset_type(key)
        if kind and (_project(world, key, raw) in projects or key.endswith(f"cloudresourcemanager/{scope}")):
            yield key, kind, raw


def _projects(world: World, scope: str) -> frozenset[str]:
    kind, _, name = scope.partition("/")
    rows = {
        one: world.store.get(f"cloudresourcemanager/projects/{one}") or {}
        for one in world.store.room("cloudresourcemanager/projects")
    }
    if kind == "projects":
        found = frozenset(one for one, row in rows.items() if name in (one, row["name"].partition("/")[2]))
    else:
        found = frozenset(one for one, row in rows.items() if _below(world, row.get("parent", ""), scope))
    if not found and world.store.raw(f"cloudresourcemanager/{scope}") is None:
        raise Refusal(403, f"The caller does not have permission on '{scope}' (or it may not exist).")
    return found


def _below(world: World, parent: str, scope: str) -> bool:
    while parent:
        if parent == scope:
            return True
        parent = (world.store.get(f"cloudresourcemanager/{parent}") or {}).get("parent", "")
    return False


def _project(world: World, key: str, raw: bytes) -> str:
    found = re.search(r"/projects/([^/]+)", key)
    if found:
        return found[1]
    if key.startswith("storage/b/"):
        number = re.search(rb'"projectNumber":"(\d+)"', raw)
        return _ids(world).get(number[1].decode(), "") if number else ""
    return ""


def _ids(world: World) -> dict[str, str]:
    """Number -> id of every project."""
    rooms = world.store.room("cloudresourcemanager/projects")
    numbers = ((str(msgspec.json.decode(raw)["name"]).partition("/")[2], name) for name, raw in rooms.items())
    return world.remembered(("project numbers",), lambda: dict(numbers))


def _number(world: World, project: str) -> str:
    return next((number for number, name in _ids(world).items() if name == project), "")


def _asset(world: World, key: str, raw: bytes, content: str) -> dict[str, Any]:
    project = _project(world, key, raw)
    row: dict[str, Any] = {"name": full_name(key, raw), "assetType": asset_type(key), "updateTime": world.store.stamp()}
    row["ancestors"] = world.remembered(("ancestors", project), lambda: _ancestors(world, project))
    if content == "RESOURCE":
        service = key.partition("/")[0]
        row["resource"] = {
            "version": VERSIONS.get(service, "v1"),
            "discoveryName": asset_type(key).rpartition("/")[2],
            "parent": f"//cloudresourcemanager.googleapis.com/projects/{_number(world, project)}",
            "location": location(key, raw),
            "data": msgspec.Raw(raw),
        }
    if content == "IAM_POLICY":
        row["iamPolicy"] = world.store.policies[key]
    return row


def _result(world: World, key: str, raw: bytes) -> dict[str, Any]:
    resource = msgspec.json.decode(raw)
    row = {
        "name": full_name(key, raw),
        "assetType": asset_type(key),
        "project": f"projects/{_number(world, _project(world, key, raw))}",
        "displayName": str(resource.get("displayName") or key.rsplit("/", 1)[-1]),
        "location": location(key, raw),
        "state": str(resource.get("status") or resource.get("state") or ""),
        "labels": resource.get("labels") or resource.get("resourceLabels") or {},
    }
    return {name: value for name, value in row.items() if value}


def _asked(call: Call, raw: bytes) -> bool:
    words = re.sub(r"[\"*]", "", str(call.params.get("query", ""))).split(":")[-1]
    return words.encode() in raw


def location(key: str, raw: bytes) -> str:
    """Where a resource is: a zone, a region, ``global``."""
    found = re.search(r"/(?:zones|regions|locations)/([^/]+)", key)
    if found:
        return found[1]
    told = re.search(rb'"(?:location|region)":"([\w-]+)"', raw)
    return told[1].decode().lower() if told and key.partition("/")[0] in ("storage", "bigquery", "sqladmin") else "global"


def _ancestors(world: World, project: str) -> list[str]:
    row = world.store.get(f"cloudresourcemanager/projects/{project}") or {}
    found = [row.get("name", "")] if row else []
    parent = row.get("parent", "")
    while parent:
        found.append(parent)
        parent = (world.store.get(f"cloudresourcemanager/{parent}") or {}).get("parent", "")
    return found
