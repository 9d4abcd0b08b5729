"""Where each type of resource is listed: as an asset of Cloud Asset Inventory, and by the service itself.

The inventory gives the same JSON as the service's own ``get`` ("Asset types" of the Cloud Asset Inventory documentation: ``data``
is the content of the resource's REST representation), so that one translation serves both.
"""

import re
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.documents import documented
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.translate import said, tail, text

PAGE = 500

_LOCATION = re.compile(r"/locations/([^/]+)/")
_PLACE = re.compile(r"\{(\w+)\}")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """How one type is read. In ``params`` stand ``{project}``, ``{location}``; in ``one`` also ``{name}``.

    ``by_region``: the list tells of one location at a time. ``get`` "": refreshing lists them all again.
    """

    asset: str
    method: str
    key: str
    params: dict[str, Any] = {}
    get: str = ""
    one: dict[str, str] = {}
    by_region: bool = False
    inventory: bool = True  # Cloud Asset Inventory has it, and in the same form
    hints: tuple[str, ...] = ()  # where it has not: asset types without which there is nothing to list

    @property
    def service(self) -> str:
        """The service that lists it."""
        return self.method.partition(".")[0]

    def listing(self, project: str, location: str) -> dict[str, Any]:
        """The parameters of the list."""
        return {name: _filled(value, project=project, location=location) for name, value in self.params.items()}

    def getting(self, project: str, region: str, native_id: str) -> tuple[str, dict[str, Any]] | None:
        """The call that reads one. None: there is no such call."""
        if self.service == "compute" and not self.get:
            return _compute_get(self.method.split(".")[1], project, region, native_id)
        if not self.get:
            return None
        location, name = located(region, native_id)
        return self.get, {key: _filled(value, project=project, location=location, name=name) for key, value in self.one.items()}


def located(region: str, native_id: str) -> tuple[str, str]:
    """Location and name of a native id (``europe-west1-b/web``, ``eu/docs``, ``web``)."""
    head, slash, rest = native_id.partition("/")
    if slash and (head.startswith(f"{region}-") or (region == GLOBAL and _multi(head))):
        return head, rest
    return region, native_id


def location_of(raw: Any) -> str:
    """Where a resource says that it is: its zone, region or location, or what its name says; "" for nowhere."""
    for field in ("zone", "region", "location"):
        if found := tail(text(raw, field)):
            return found
    named = _LOCATION.search(said(raw, "name"))
    return named[1] if named else ""


def _multi(head: str) -> bool:
    """Multi-regions: eu, us, asia, nam4, eur4, europe."""
    return bool(re.fullmatch(r"(us|eu|eur|asia|nam|europe|northamerica)\d*", head))


def _filled(value: Any, **known: str) -> Any:
    return _PLACE.sub(lambda found: known[found[1]], value) if isinstance(value, str) else value


def _compute_get(collection: str, project: str, region: str, native_id: str) -> tuple[str, dict[str, Any]] | None:
    """Compute Engine has one collection for each reach (disks, regionDisks; addresses, globalAddresses): the one whose ``get``
    takes what is known of the place."""
    location, name = located(region, native_id)
    where = {} if location == GLOBAL else {"region": location} if location == region else {"zone": location}
    known = documented("compute").methods
    bare = re.sub(r"^(global|region)(?=[A-Z])", "", collection)
    stem = bare[0].upper() + bare[1:]
    for candidate in (stem[0].lower() + stem[1:], f"region{stem}", f"global{stem}"):
        if (found := known.get(f"{candidate}.get")) is None:
            continue
        required = [key for key, one in found.parameters.items() if one.required]
        own = [key for key in required if key not in ("project", "zone", "region")]
        if set(required) - set(own) == {"project", *where} and len(own) == 1:
            return f"compute.{candidate}.get", {"project": project, **where, own[0]: name}
    return None


def _compute(kind: str, collection: str, *, key: str = "", aggregated: bool = True, **more: Any) -> Source:
    return Source(
        asset=f"compute.googleapis.com/{kind}",
        method=f"compute.{collection}.{'aggregatedList' if aggregated else 'list'}",
        key=key or (collection if aggregated else "items"),
        params={"project": "{project}", "maxResults": PAGE, **more},
    )


def _located(asset: str, prefix: str, collection: str, *, every: bool = True, **more: Any) -> Source:
    """A resource named ``projects/P/locations/L/<collection>/N``. ``every``: its list takes ``-`` for all locations."""
    return Source(
        asset=asset,
        method=f"{prefix}.projects.locations.{collection}.list",
        key=collection,
        params={"parent": f"projects/{{project}}/locations/{'-' if every else '{location}'}", "pageSize": PAGE},
        get=f"{prefix}.projects.locations.{collection}.get",
        one={"name": f"projects/{{project}}/locations/{{location}}/{collection}/{{name}}"},
        by_region=not every,
        **more,
    )


def _named(asset: str, method: str, key: str, **more: Any) -> Source:
    return Source(asset=asset, method=method, key=key, **more)


_OF_PROJECT = {"project": "{project}"}

_ALL = (
    _compute("Instance", "instances"),
    _compute("InstanceTemplate", "instanceTemplates"),
    _compute("InstanceGroupManager", "instanceGroupManagers"),
    _compute("InstanceGroup", "instanceGroups"),
    _compute("Autoscaler", "autoscalers"),
    _compute("Image", "images", aggregated=False),
    _compute("Disk", "disks"),
    _compute("Snapshot", "snapshots", aggregated=False),
    _compute("Network", "networks", aggregated=False),
    _compute("Subnetwork", "subnetworks", key="subnetworks"),
    _compute("Firewall", "firewalls", aggregated=False),
    _compute("Route", "routes", aggregated=False),
    _compute("Router", "routers"),
    _compute("VpnTunnel", "vpnTunnels"),
    _compute("VpnGateway", "vpnGateways"),
    _compute("Address", "addresses"),
    _compute("ForwardingRule", "forwardingRules"),
    _compute("BackendService", "backendServices"),
    _compute("BackendBucket", "backendBuckets", aggregated=False),
    _compute("UrlMap", "urlMaps"),
    _compute("TargetHttpProxy", "targetHttpProxies"),
    _compute("TargetHttpsProxy", "targetHttpsProxies"),
    _compute("TargetSslProxy", "targetSslProxies", aggregated=False),
    _compute("TargetTcpProxy", "targetTcpProxies"),
    _compute("TargetPool", "targetPools"),
    _compute("NetworkEndpointGroup", "networkEndpointGroups"),
    _compute("HealthCheck", "healthChecks"),
    _compute("SslCertificate", "sslCertificates"),
    _compute("SslPolicy", "sslPolicies"),
    _compute("Commitment", "regionCommitments", key="commitments"),
    _named(
        "storage.googleapis.com/Bucket",
        "storage.buckets.list",
        "items",
        params={"project": "{project}", "maxResults": PAGE, "projection": "full"},
        get="storage.buckets.get",
        one={"bucket": "{name}", "projection": "full"},
    ),
    _named(
        "sqladmin.googleapis.com/Instance",
        "sqladmin.instances.list",
        "items",
        params={"project": "{project}", "maxResults": PAGE},
        get="sqladmin.instances.get",
        one={"project": "{project}", "instance": "{name}"},
    ),
    _located("redis.googleapis.com/Instance", "redis", "instances"),
    _located("redis.googleapis.com/Cluster", "redis", "clusters"),
    _located("memcache.googleapis.com/Instance", "memcache", "instances"),
    _located("file.googleapis.com/Instance", "file", "instances"),
    Source(
        asset="container.googleapis.com/Cluster",
        method="container.projects.locations.clusters.list",
        key="clusters",
        params={"parent": "projects/{project}/locations/-"},
        get="container.projects.locations.clusters.get",
        one={"name": "projects/{project}/locations/{location}/clusters/{name}"},
    ),
    # the inventory has the form of Cloud Run's v1, and one type for each generation of functions
    _located("run.googleapis.com/Service", "run", "services", every=False, inventory=False, hints=("run.googleapis.com/Service",)),
    _located(
        "cloudfunctions.googleapis.com/Function",
        "cloudfunctions",
        "functions",
        inventory=False,
        hints=("cloudfunctions.googleapis.com/Function", "cloudfunctions.googleapis.com/CloudFunction"),
    ),
    _located("artifactregistry.googleapis.com/Repository", "artifactregistry", "repositories", every=False),
    _located("aiplatform.googleapis.com/Endpoint", "aiplatform", "endpoints", every=False),
    _located("cloudkms.googleapis.com/KeyRing", "cloudkms", "keyRings", every=False),
    _located("certificatemanager.googleapis.com/Certificate", "certificatemanager", "certificates"),
    _named(
        "pubsub.googleapis.com/Topic",
        "pubsub.projects.topics.list",
        "topics",
        params={"project": "projects/{project}", "pageSize": PAGE},
        get="pubsub.projects.topics.get",
        one={"topic": "projects/{project}/topics/{name}"},
    ),
    _named(
        "pubsub.googleapis.com/Subscription",
        "pubsub.projects.subscriptions.list",
        "subscriptions",
        params={"project": "projects/{project}", "pageSize": PAGE},
        get="pubsub.projects.subscriptions.get",
        one={"subscription": "projects/{project}/subscriptions/{name}"},
    ),
    _named(
        "secretmanager.googleapis.com/Secret",
        "secretmanager.projects.secrets.list",
        "secrets",
        params={"parent": "projects/{project}", "pageSize": PAGE},
        get="secretmanager.projects.secrets.get",
        one={"name": "projects/{project}/secrets/{name}"},
    ),
    _named(
        "iam.googleapis.com/ServiceAccount",
        "iam.projects.serviceAccounts.list",
        "accounts",
        params={"name": "projects/{project}", "pageSize": 100},
        get="iam.projects.serviceAccounts.get",
        one={"name": "projects/{project}/serviceAccounts/{name}"},
    ),
    _named(
        "iam.googleapis.com/Role",
        "iam.projects.roles.list",
        "roles",
        params={"parent": "projects/{project}", "view": "FULL", "pageSize": PAGE},
        get="iam.projects.roles.get",
        one={"name": "projects/{project}/roles/{name}"},
    ),
    _named(
        "logging.googleapis.com/LogSink",
        "logging.projects.sinks.list",
        "sinks",
        params={"parent": "projects/{project}", "pageSize": PAGE},
        get="logging.projects.sinks.get",
        one={"sinkName": "projects/{project}/sinks/{name}"},
    ),
    _located("logging.googleapis.com/LogBucket", "logging", "buckets"),
    _named(
        "dns.googleapis.com/ManagedZone",
        "dns.managedZones.list",
        "managedZones",
        params={"project": "{project}", "maxResults": PAGE},
        get="dns.managedZones.get",
        one={"project": "{project}", "managedZone": "{name}"},
    ),
    _named(
        "monitoring.googleapis.com/AlertPolicy",
        "monitoring.projects.alertPolicies.list",
        "alertPolicies",
        params={"name": "projects/{project}", "pageSize": PAGE},
        get="monitoring.projects.alertPolicies.get",
        one={"name": "projects/{project}/alertPolicies/{name}"},
    ),
)

SOURCES = {source.asset: source for source in _ALL}
"""Asset type -> how it is read."""

HELD = (
    "bigquery.googleapis.com/Dataset",
    "cloudkms.googleapis.com/CryptoKey",
    "iam.googleapis.com/ServiceAccountKey",
    "sqladmin.googleapis.com/BackupRun",
)
"""Types that the services list only parent by parent, or not whole."""

INVENTORY = tuple(sorted({*HELD, *(name for source in _ALL for name in (source.hints or (source.asset,)))}))
"""What is asked of Cloud Asset Inventory, all in one list."""
