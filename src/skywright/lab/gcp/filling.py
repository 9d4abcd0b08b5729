"""What the service adds to a resource that it is given: names, numbers, links, fingerprints, times, states."""

import re
from typing import Any

from skywright.lab.gcp.store import Store, mark

SHORT_NAMES = frozenset({"compute", "sqladmin", "dns", "container", "storage"})
"""Services whose resources have plain names; elsewhere the name is the whole path."""

SHORT_COLLECTIONS = frozenset({"sinks", "exclusions", "metrics"})

ROOTS = {
    "compute": "https://www.googleapis.com/compute/v1/",
    "storage": "https://www.googleapis.com/storage/v1/",
    "sqladmin": "https://sqladmin.googleapis.com/v1/",
    "container": "https://container.googleapis.com/v1/",
    "bigquery": "https://bigquery.googleapis.com/bigquery/v2/",
}

KINDS = {
    "disks": "compute#disk",
    "instances": "compute#instance",
    "addresses": "compute#address",
    "snapshots": "compute#snapshot",
    "images": "compute#image",
    "networks": "compute#network",
    "subnetworks": "compute#subnetwork",
    "firewalls": "compute#firewall",
    "routers": "compute#router",
    "routes": "compute#route",
    "instanceTemplates": "compute#instanceTemplate",
    "instanceGroupManagers": "compute#instanceGroupManager",
    "instanceGroups": "compute#instanceGroup",
    "autoscalers": "compute#autoscaler",
    "backendServices": "compute#backendService",
    "forwardingRules": "compute#forwardingRule",
    "urlMaps": "compute#urlMap",
    "targetHttpProxies": "compute#targetHttpProxy",
    "targetHttpsProxies": "compute#targetHttpsProxy",
    "sslCertificates": "compute#sslCertificate",
    "sslPolicies": "compute#sslPolicy",
    "healthChecks": "compute#healthCheck",
    "commitments": "compute#commitment",
}

LABELLED = frozenset({"instances", "disks", "snapshots", "images", "addresses", "forwardingRules"})
MARKED = {
    "instances": "fingerprint",
    "subnetworks": "fingerprint",
    "instanceGroupManagers": "fingerprint",
    "backendServices": "fingerprint",
    "urlMaps": "fingerprint",
    "sslPolicies": "fingerprint",
    "targetHttpsProxies": "fingerprint",
    "forwardingRules": "fingerprint",
}

STATES = {
    "compute/instances": ("status", "RUNNING"),
    "compute/disks": ("status", "READY"),
    "compute/snapshots": ("status", "READY"),
    "compute/images": ("status", "READY"),
    "compute/addresses": ("status", "RESERVED"),
    "compute/commitments": ("status", "ACTIVE"),
    "sqladmin/instances": ("state", "RUNNABLE"),
    "container/clusters": ("status", "RUNNING"),
    "redis/instances": ("state", "READY"),
    "cloudfunctions/functions": ("state", "ACTIVE"),
    "pubsub/topics": ("state", "ACTIVE"),
    "pubsub/subscriptions": ("state", "ACTIVE"),
    "cloudresourcemanager/projects": ("state", "ACTIVE"),
    "logging/buckets": ("lifecycleState", "ACTIVE"),
    "file/instances": ("state", "READY"),
}

TIMES = frozenset({
    "cloudfunctions", "run", "secretmanager", "cloudkms", "artifactregistry", "redis", "file", "aiplatform", "cloudresourcemanager",
    "container", "logging", "sqladmin",
})  # fmt: skip
UPDATED = frozenset({"cloudfunctions", "run", "artifactregistry", "aiplatform", "cloudresourcemanager", "logging"})
ETAGS = frozenset({
    "storage", "sqladmin", "run", "secretmanager", "bigquery", "container", "aiplatform", "cloudresourcemanager", "iam",
})  # fmt: skip
NO_CREATE_TIME = frozenset({"serviceAccounts", "keys", "rrsets", "nodePools", "operations", "exclusions", "backupRuns", "versions"})


def complete(store: Store, key: str, resource: dict[str, Any], stamp: str = "") -> dict[str, Any]:
    """The resource with all that the service fills in. ``stamp``: when it was made, now if not said."""
    service, path = key.split("/", 1)
    collection, name = path.split("/")[-2:] if "/" in path else ("", path)
    made = stamp or store.stamp()
    filled: dict[str, Any] = {"name": name if service in SHORT_NAMES or collection in SHORT_COLLECTIONS else path}
    if service == "bigquery":
        filled.pop("name")
    if state := STATES.get(f"{service}/{collection}"):
        filled[state[0]] = state[1]
    if service in TIMES and collection not in NO_CREATE_TIME:
        filled["createTime"] = made
        if service in UPDATED:
            filled["updateTime"] = made
    filled |= _own(store, service, path, made, resource)
    whole = {**filled, **resource}
    remark(whole, service, collection)
    return whole


def remark(resource: dict[str, Any], service: str, collection: str) -> None:
    """Give fingerprints and etags that follow the content."""
    if service == "compute":
        _remark_compute(resource, collection)
    if service in ETAGS and collection != "keys":
        resource["etag"] = mark({name: value for name, value in resource.items() if name != "etag"})
    if service == "container" and collection == "clusters":
        resource["labelFingerprint"] = mark(resource.get("resourceLabels", {}))


def _remark_compute(resource: dict[str, Any], collection: str) -> None:
    if collection in LABELLED:
        resource["labelFingerprint"] = mark(resource.get("labels", {}))
    for part in ("metadata", "tags"):
        if collection == "instances":
            held = resource.setdefault(part, {} if part == "tags" else {"kind": "compute#metadata"})
            held["fingerprint"] = mark(held.get("items", []))
    if name := MARKED.get(collection):
        resource[name] = mark({key: value for key, value in resource.items() if key not in (name, "status", "currentActions")})
    if "commonInstanceMetadata" in resource:
        held = resource["commonInstanceMetadata"]
        held["fingerprint"] = mark(held.get("items", []))


def _own(store: Store, service: str, path: str, made: str, resource: dict[str, Any]) -> dict[str, Any]:
    link = {"selfLink": ROOTS[service] + path} if service in ROOTS else {}
    match service:
        case "compute":
            kind = KINDS.get(path.split("/")[-2])
            known = {"id": store.next_id(), "creationTimestamp": made, **link, **_place(path)}
            return known | ({"kind": kind} if kind else {})
        case "storage":
            times = {"timeCreated": made, "updated": made, "metageneration": "1", "projectNumber": "0"}
            return {"kind": "storage#bucket", "id": path.rsplit("/", maxsplit=1)[-1], "storageClass": "STANDARD", **link, **times}
        case "sqladmin" if path.split("/")[-2] == "instances":
            project, name = path.split("/")[1], path.rsplit("/", maxsplit=1)[-1]
            region = resource.get("region", "us-central1")
            return {"kind": "sql#instance", "project": project, "connectionName": f"{project}:{region}:{name}", **link}
        case "bigquery":
            project, name = path.split("/")[1], path.rsplit("/", maxsplit=1)[-1]
            return {"kind": "bigquery#dataset", "id": f"{project}:{name}", "creationTime": "1700000000000", **link}
        case "container":
            return link | ({"id": mark(path)} if path.split("/")[-2] == "clusters" else {})
        case "dns" if path.split("/")[-2] == "managedZones":
            return {"kind": "dns#managedZone", "id": store.next_id(), "creationTime": made}
        case "iam" if path.split("/")[-2] == "serviceAccounts":
            return {"projectId": path.split("/")[1], "uniqueId": store.next_id(), "email": path.rsplit("/", maxsplit=1)[-1]}
    return {}


def _place(path: str) -> dict[str, str]:
    found = re.match(r"^(projects/[^/]+/(zone|region)s/[^/]+)/", path)
    return {found[2]: ROOTS["compute"] + found[1]} if found else {}
