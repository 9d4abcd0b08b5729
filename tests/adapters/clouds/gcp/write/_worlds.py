"""One case for each action: the resource, the change, and how it is seen that it came about."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place

from skywright.adapters.clouds.gcp.write import actions

ZONE = f"{REGION}-b"
COMPUTE = f"compute/projects/{PROJECT}"
LOCATED = f"projects/{PROJECT}/locations/{REGION}"
SQL = f"sqladmin/projects/{PROJECT}/instances/orders-{REGION}"
CLUSTER = f"container/{LOCATED}/clusters/main-{REGION}"
ASSETS = f"{PROJECT}-{REGION}-assets"
BUCKET = f"storage/b/{ASSETS}"
KEY = f"{LOCATED}/keyRings/platform/cryptoKeys"
EMAIL = f"runner@{PROJECT}.iam.gserviceaccount.com"
OPEN = {"direction": "ingress", "protocol": "tcp", "priority": 1000}
BLOCKS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")

Build = Callable[[Place], Case]
CASES: dict[str, Build] = {}


def case(name: str) -> Callable[[Build], Build]:
    """Enter a case under the name of its action."""

    def enter(build: Build) -> Build:
        assert name not in CASES, name
        CASES[name] = build
        return build

    return enter


def at(raw: Any, *path: str) -> Any:
    for part in path:
        raw = (raw or {}).get(part)
    return raw


def change(
    kind: str, native_id: str, key: str, before: Any, after: Any, done: Callable[[dict[str, Any]], bool], **more: Any
) -> Case:
    return Case(kind=kind, native_id=native_id, key=key, before=before, after=after, done=done, **more)


# --- machines -------------------------------------------------------------------------------------------------------------------


def _instance(before: Any, after: Any, done: Callable[[dict[str, Any]], bool]) -> Case:
    return change("compute.instance", f"{ZONE}/worker-1", f"{COMPUTE}/zones/{ZONE}/instances/worker-1", before, after, done)


@case("stop an instance")
def _(_place: Place) -> Case:
    return _instance({"state": "running"}, {"state": "stopped"}, lambda raw: raw["status"] == "TERMINATED")


@case("start an instance")
def _(place: Place) -> Case:
    place.edit(f"{COMPUTE}/zones/{ZONE}/instances/worker-1", status="TERMINATED")
    return _instance({"state": "stopped"}, {"state": "running"}, lambda raw: raw["status"] == "RUNNING")


@case("resize an instance")
def _(_place: Place) -> Case:
    return _instance(
        {"type": "n2-standard-4"},
        {"type": "n2-standard-2"},
        lambda raw: (
            raw["machineType"].endswith("/n2-standard-2") and raw["status"] == "RUNNING" and len(raw["metadata"]["items"]) == 1
        ),
    )


@case("protect an instance against deletion")
def _(_place: Place) -> Case:
    return _instance({"termination_protected": False}, {"termination_protected": True}, lambda raw: raw["deletionProtection"])


def _disk(place: Place, name: str = "archive") -> str:
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    Site(Town(place.world), PROJECT, REGION).disk(name, ZONE, 200, resourcePolicies=[f"{COMPUTE}/resourcePolicies/daily"])
    return f"{COMPUTE}/zones/{ZONE}/disks/{name}"


@case("enlarge a disk")
def _(place: Place) -> Case:
    key = _disk(place)
    return change(
        "storage.volume", f"{ZONE}/archive", key, {"size_gib": 200}, {"size_gib": 300}, lambda raw: raw["sizeGb"] == "300"
    )


@case("delete a disk after a snapshot")
def _(place: Place) -> Case:
    key = _disk(place)
    before = {"state": "available", "attached": False}
    return change(
        "storage.volume", f"{ZONE}/archive", key, before, None, lambda raw: not raw, undone=(key, "/snapshots/skywright-copy-")
    )


@case("delete a snapshot")
def _(place: Place) -> Case:
    _snapshot(place)
    return change(
        "storage.snapshot",
        "old",
        f"{COMPUTE}/global/snapshots/old",
        {"state": "completed"},
        None,
        lambda raw: not raw,
        region="global",
    )


def _snapshot(place: Place) -> None:
    from skywright.lab.gcp.seed.town import Town

    facts = {
        "diskSizeGb": "50",
        "sourceDisk": f"https://www.googleapis.com/{COMPUTE}/zones/{ZONE}/disks/worker-1",
        "labels": {"owner": "x"},
    }
    Town(place.world).compute(PROJECT, "global", "snapshots", "old", facts)


def _group(place: Place) -> str:
    from skywright.lab.gcp.seed import faults
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    faults.single_zone_group(Site(Town(place.world), PROJECT, REGION))
    return f"{COMPUTE}/zones/{REGION}-c/instanceGroupManagers/batch"


@case("size a managed instance group")
def _(_place: Place) -> Case:
    key = f"{COMPUTE}/regions/{REGION}/instanceGroupManagers/shop-{REGION}"
    members = f"{COMPUTE}/regions/{REGION}/instanceGroups/shop-{REGION}"
    return change(
        "compute.group",
        f"shop-{REGION}",
        key,
        {"desired": 2},
        {"desired": 3},
        lambda raw: raw["targetSize"] == 3 and raw["status"]["isStable"],
        undone=(key, members, "/instances/shop-"),
    )


@case("set the smallest and largest size of an autoscaled group")
def _(place: Place) -> Case:
    _group(place)
    key = f"{COMPUTE}/zones/{REGION}-c/autoscalers/batch"
    before, after = {"min_size": 1, "max_size": 5}, {"min_size": 2, "max_size": 9}
    return change("compute.group", f"{REGION}-c/batch", key, before, after, lambda raw: _bounds(raw) == (2, 9))


def _bounds(raw: Any) -> tuple[int, int]:
    policy = raw["autoscalingPolicy"]
    assert policy["cpuUtilization"] == {"utilizationTarget": 0.6}, "what is not said stays"
    return policy["minNumReplicas"], policy["maxNumReplicas"]


# --- network --------------------------------------------------------------------------------------------------------------------


def _firewall(place: Place, **facts: Any) -> str:
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    allowed = facts.pop("allowed", [{"IPProtocol": "tcp", "ports": ["22", "443"]}])
    Site(Town(place.world), PROJECT, REGION).firewall("door", allowed, ["0.0.0.0/0"], **facts)
    return f"{COMPUTE}/global/firewalls/door"


def _line(port: int, cidr: str = "0.0.0.0/0", **more: Any) -> dict[str, Any]:
    return {**OPEN, "from_port": port, "to_port": port, "cidr": cidr, "peer": None, "description": None, "from_ports": None, **more}


@case("open or close ports of a firewall rule")
def _(place: Place) -> Case:
    return change(
        "network.firewall",
        "door",
        _firewall(place),
        {"rules": [_line(22), _line(443)]},
        {"rules": [_line(443)]},
        lambda raw: raw["allowed"] == [{"IPProtocol": "tcp", "ports": ["443"]}] and raw["sourceRanges"] == ["0.0.0.0/0"],
        region="global",
    )


@case("change what a firewall rule refuses")
def _(place: Place) -> Case:
    key = _firewall(place, allowed=None, denied=[{"IPProtocol": "tcp", "ports": ["25"]}])
    place.edit(key, allowed=None)
    before, after = {"denials": [_line(25)]}, {"denials": []}
    return change("network.firewall", "door", key, before, after, lambda raw: raw["disabled"] is True, region="global")


@case("switch a firewall rule on or off")
def _(place: Place) -> Case:
    before, after = {"enabled": True}, {"enabled": False}
    return change("network.firewall", "door", _firewall(place), before, after, lambda raw: raw["disabled"] is True, region="global")


@case("log what a firewall rule does")
def _(place: Place) -> Case:
    key = _firewall(place, logConfig={"enable": False})
    before, after = {"logging": False}, {"logging": True}
    return change("network.firewall", "door", key, before, after, lambda raw: raw["logConfig"]["enable"], region="global")


SUBNET = (f"backbone-{REGION}", f"{COMPUTE}/regions/{REGION}/subnetworks/backbone-{REGION}")


@case("log the flows of a subnet")
def _(_place: Place) -> Case:
    return change(
        "network.subnet", *SUBNET, {"flow_logs": True}, {"flow_logs": False}, lambda raw: raw["logConfig"]["enable"] is False
    )


@case("let a subnet reach Google's services privately")
def _(_place: Place) -> Case:
    before, after = {"private_access": True}, {"private_access": False}
    return change("network.subnet", *SUBNET, before, after, lambda raw: raw["privateIpGoogleAccess"] is False)


@case("release an address")
def _(place: Place) -> Case:
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town
    from skywright.lab.gcp.seed.waste import loose_address

    loose_address(Site(Town(place.world), PROJECT, REGION))
    key = f"{COMPUTE}/regions/{REGION}/addresses/reserved"
    return change("network.address", "reserved", key, {"attached": False}, None, lambda raw: not raw)


# --- buckets --------------------------------------------------------------------------------------------------------------------


def _bucket(before: Any, after: Any, done: Callable[[dict[str, Any]], bool]) -> Case:
    return change("storage.bucket", ASSETS, BUCKET, before, after, done)


@case("keep the public out of a bucket")
def _(place: Place) -> Case:
    place.edit(BUCKET, iamConfiguration={"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": False}})
    return _bucket(
        dict.fromkeys(BLOCKS, False),
        dict.fromkeys(BLOCKS, True),
        lambda raw: raw["iamConfiguration"]["publicAccessPrevention"] == "enforced",
    )


@case("keep older versions of objects")
def _(place: Place) -> Case:
    place.edit(BUCKET, versioning={"enabled": False})
    return _bucket({"versioning": "off"}, {"versioning": "on"}, lambda raw: raw["versioning"]["enabled"])


@case("rule a bucket by IAM alone (uniform access)")
def _(place: Place) -> Case:
    place.edit(BUCKET, iamConfiguration={"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": {"enabled": False}})
    return _bucket(
        {"acls_disabled": False},
        {"acls_disabled": True},
        lambda raw: (
            raw["iamConfiguration"] == {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": {"enabled": True}}
        ),
    )


@case("let unfinished uploads expire")
def _(place: Place) -> Case:
    rule = {"action": {"type": "Delete"}, "condition": {"age": 400}}
    place.edit(BUCKET, lifecycle={"rule": [rule]})
    return _bucket(
        {"incomplete_uploads_expire": False},
        {"incomplete_uploads_expire": True},
        lambda raw: [one["action"]["type"] for one in raw["lifecycle"]["rule"]] == ["Delete", "AbortIncompleteMultipartUpload"],
    )


@case("write an access log of a bucket")
def _(place: Place) -> Case:
    place.edit(BUCKET, logging=None)
    log = f"gcp:{PROJECT}:{REGION}:storage.bucket/{PROJECT}-{REGION}-access-log"
    return _bucket(
        {"access_logging": False, "log_bucket": ""},
        {"access_logging": True, "log_bucket": log},
        lambda raw: raw["logging"]["logBucket"] == f"{PROJECT}-{REGION}-access-log",
    )


@case("encrypt new objects with a key")
def _(place: Place) -> Case:
    place.edit(BUCKET, encryption=None)
    key = f"gcp:{PROJECT}:{REGION}:crypto.key/platform/data"
    return _bucket({"key": ""}, {"key": key}, lambda raw: raw["encryption"]["defaultKmsKeyName"] == f"{KEY}/data")


@case("keep objects for some days (retention)")
def _(_place: Place) -> Case:
    return _bucket(
        {"retention_days": 0}, {"retention_days": 30}, lambda raw: raw["retentionPolicy"]["retentionPeriod"] == "2592000"
    )


@case("keep deleted objects for some days")
def _(_place: Place) -> Case:
    def done(raw: dict[str, Any]) -> bool:
        return bool(raw["softDeletePolicy"]["retentionDurationSeconds"] == "1209600")

    return _bucket({"soft_delete_days": 7}, {"soft_delete_days": 14}, done)


@case("set the storage class of new objects")
def _(_place: Place) -> Case:
    return _bucket({"storage_class": "standard"}, {"storage_class": "nearline"}, lambda raw: raw["storageClass"] == "NEARLINE")


# --- databases ------------------------------------------------------------------------------------------------------------------


def _database(before: Any, after: Any, done: Callable[[dict[str, Any]], bool]) -> Case:
    return change("database.instance", f"orders-{REGION}", SQL, before, after, lambda raw: bool(done(raw["settings"])))


def _settings(place: Place, **fields: Any) -> None:
    place.edit(SQL, settings={**place.get(SQL)["settings"], **fields})


@case("protect a database against deletion")
def _(_place: Place) -> Case:
    return _database(
        {"deletion_protected": True}, {"deletion_protected": False}, lambda raw: raw["deletionProtectionEnabled"] is False
    )


@case("keep backups of a database")
def _(place: Place) -> Case:
    _settings(
        place, backupConfiguration={"enabled": True, "backupRetentionSettings": {"retentionUnit": "COUNT", "retainedBackups": 3}}
    )

    def done(raw: dict[str, Any]) -> bool:
        return bool(at(raw, "backupConfiguration", "backupRetentionSettings", "retainedBackups") == 7)

    return _database({"backup_retention_days": 3}, {"backup_retention_days": 7}, done)


@case("give a database a public address, or take it away")
def _(place: Place) -> Case:
    _settings(place, ipConfiguration={**place.get(SQL)["settings"]["ipConfiguration"], "ipv4Enabled": True})
    return _database({"public": True}, {"public": False}, lambda raw: at(raw, "ipConfiguration", "ipv4Enabled") is False)


@case("require TLS of a database's clients")
def _(place: Place) -> Case:
    network = {**place.get(SQL)["settings"]["ipConfiguration"], "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"}
    _settings(place, ipConfiguration=network)
    return _database(
        {"tls_required": False}, {"tls_required": True}, lambda raw: at(raw, "ipConfiguration", "sslMode") == "ENCRYPTED_ONLY"
    )


@case("say who may reach a database's public address")
def _(place: Place) -> Case:
    open_ = [{"value": "0.0.0.0/0"}, {"name": "office", "value": "198.51.100.0/24"}]
    _settings(place, ipConfiguration={**place.get(SQL)["settings"]["ipConfiguration"], "authorizedNetworks": open_})
    return _database(
        {"authorized_cidrs": ["0.0.0.0/0", "198.51.100.0/24"]},
        {"authorized_cidrs": ["198.51.100.0/24"]},
        lambda raw: at(raw, "ipConfiguration", "authorizedNetworks") == [open_[1]],
    )


@case("run a database in two zones")
def _(_place: Place) -> Case:
    return _database({"multi_zone": True}, {"multi_zone": False}, lambda raw: raw["availabilityType"] == "ZONAL")


@case("resize a database")
def _(_place: Place) -> Case:
    return _database({"type": "db-custom-2-7680"}, {"type": "db-custom-4-15360"}, lambda raw: raw["tier"] == "db-custom-4-15360")


@case("sign in to a database by IAM")
def _(place: Place) -> Case:
    _settings(place, databaseFlags=[{"name": "cloudsql.enable_pgaudit", "value": "on"}])
    return _database({"iam_authentication": False}, {"iam_authentication": True}, lambda raw: len(raw["databaseFlags"]) == 2)


@case("recover a database to a point in time")
def _(_place: Place) -> Case:
    def done(raw: dict[str, Any]) -> bool:
        return bool(at(raw, "backupConfiguration", "pointInTimeRecoveryEnabled") is False)

    return _database({"point_in_time_recovery": True}, {"point_in_time_recovery": False}, done)


@case("watch the queries of a database")
def _(_place: Place) -> Case:
    def done(raw: dict[str, Any]) -> bool:
        return bool(at(raw, "insightsConfig", "queryInsightsEnabled") is False)

    return _database({"performance_insights": True}, {"performance_insights": False}, done)


@case("stop or start a database")
def _(_place: Place) -> Case:
    return _database({"state": "available"}, {"state": "stopped"}, lambda raw: raw["activationPolicy"] == "NEVER")


@case("enlarge a database's disk")
def _(_place: Place) -> Case:
    return _database({"storage_gib": 100}, {"storage_gib": 200}, lambda raw: raw["dataDiskSizeGb"] == "200")


# --- platform -------------------------------------------------------------------------------------------------------------------


@case("rotate a key")
def _(place: Place) -> Case:
    key = f"cloudkms/{KEY}/data"
    raw = place.get(key)
    place.world.store.put(key, {name: value for name, value in raw.items() if name not in ("rotationPeriod", "nextRotationTime")})
    before, after = {"rotation": False}, {"rotation": True}
    return change("crypto.key", "platform/data", key, before, after, lambda raw: raw["rotationPeriod"] == "7776000s")


@case("switch the primary version of a key on or off")
def _(_place: Place) -> Case:
    key = f"cloudkms/{KEY}/data/cryptoKeyVersions/1"
    before, after = {"state": "enabled"}, {"state": "disabled"}
    return change("crypto.key", "platform/data", key, before, after, lambda raw: raw["state"] == "DISABLED")


@case("keep messages for some time")
def _(_place: Place) -> Case:
    key = f"pubsub/projects/{PROJECT}/subscriptions/orders-{REGION}-worker"
    before, after = {"retention_s": 604_800}, {"retention_s": 86_400}

    def done(raw: dict[str, Any]) -> bool:
        return bool(raw["messageRetentionDuration"] == "86400s" and raw["deadLetterPolicy"])

    return change("messaging.queue", f"orders-{REGION}-worker", key, before, after, done, region="global")


@case("keep log entries for some days")
def _(_place: Place) -> Case:
    key = f"logging/projects/{PROJECT}/locations/global/buckets/_Default"
    before, after = {"retention_days": 30}, {"retention_days": 365}
    return change("log.group", "_Default", key, before, after, lambda raw: raw["retentionDays"] == 365, region="global")


@case("switch a log sink on or off")
def _(_place: Place) -> Case:
    key = f"logging/projects/{PROJECT}/sinks/_Default"
    before, after = {"logging": True}, {"logging": False}
    return change("audit.trail", "_Default", key, before, after, lambda raw: raw["disabled"] is True, region="global")


REPOSITORY = ("images", f"artifactregistry/{LOCATED}/repositories/images")


@case("fix the tags of a repository's images")
def _(_place: Place) -> Case:
    before, after = {"tags_immutable": True}, {"tags_immutable": False}
    return change("registry.repository", *REPOSITORY, before, after, lambda raw: raw["dockerConfig"]["immutableTags"] is False)


@case("scan the images of a repository")
def _(_place: Place) -> Case:
    before, after = {"scan_on_push": True}, {"scan_on_push": False}

    def done(raw: dict[str, Any]) -> bool:
        return bool(raw["vulnerabilityScanningConfig"]["enablementConfig"] == "DISABLED")

    return change("registry.repository", *REPOSITORY, before, after, done)


SERVICE = (f"api-{REGION}", f"run/{LOCATED}/services/api-{REGION}")


@case("close a service to the internet")
def _(place: Place) -> Case:
    place.edit(SERVICE[1], ingress="INGRESS_TRAFFIC_ALL")
    before, after = {"public": True}, {"public": False}
    return change("container.service", *SERVICE, before, after, lambda raw: raw["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY")


@case("set the smallest and largest number of instances of a service")
def _(_place: Place) -> Case:
    before, after = {"min_instances": 1, "max_instances": 10}, {"min_instances": 2, "max_instances": 20}

    def done(raw: dict[str, Any]) -> bool:
        return bool(raw["template"]["scaling"] == {"minInstanceCount": 2, "maxInstanceCount": 20} and raw["template"]["containers"])

    return change("container.service", *SERVICE, before, after, done)


@case("open or close the public endpoint of a cluster")
def _(place: Place) -> Case:
    place.edit(CLUSTER, controlPlaneEndpointsConfig={"ipEndpointsConfig": {"enabled": True, "enablePublicEndpoint": True}})
    before, after = {"endpoint_public": True}, {"endpoint_public": False}

    def done(raw: dict[str, Any]) -> bool:
        return bool(raw["controlPlaneEndpointsConfig"]["ipEndpointsConfig"] == {"enabled": True, "enablePublicEndpoint": False})

    return change("kubernetes.cluster", f"main-{REGION}", CLUSTER, before, after, done)


@case("say who may reach the public endpoint of a cluster")
def _(_place: Place) -> Case:
    before, after = {"public_cidrs": ["10.0.0.0/8"]}, {"public_cidrs": ["10.0.0.0/8", "198.51.100.0/24"]}

    def done(raw: dict[str, Any]) -> bool:
        return bool(len(raw["masterAuthorizedNetworksConfig"]["cidrBlocks"]) == 2)

    return change("kubernetes.cluster", f"main-{REGION}", CLUSTER, before, after, done)


def _project(column: str, item: str, before: bool) -> Case:
    after = not before
    return change(
        "account.account",
        PROJECT,
        f"compute/projects/{PROJECT}",
        {column: before},
        {column: after},
        lambda raw: {"key": item, "value": str(after).upper()} in raw["commonInstanceMetadata"]["items"],
        region="global",
    )


@case("allow or forbid serial consoles in a project")
def _(_place: Place) -> Case:
    return _project("serial_ports", "serial-port-enable", before=False)


@case("sign in to a project's instances by IAM (OS Login)")
def _(_place: Place) -> Case:
    return _project("os_login", "enable-oslogin", before=True)


# --- access ---------------------------------------------------------------------------------------------------------------------


def _granted(name: str, kind: str, column: str, native_id: str, key: str, role: str, region: str = REGION) -> None:
    def build(place: Place) -> Case:
        from skywright.lab.gcp.people import with_etag

        if key.endswith("/global/snapshots/old"):
            _snapshot(place)
        held = place.world.store.policies.get(key, {}).get("bindings", [])
        mixed = {"role": role, "members": ["allUsers", "group:readers@example.com"]}
        place.world.store.policies[key] = with_etag({"bindings": [*held, mixed]})
        place.edit(key, **({"iamConfiguration": {"publicAccessPrevention": "inherited"}} if kind == "storage.bucket" else {}))

        def gone(_raw: dict[str, Any]) -> bool:
            return bool("allUsers" not in str(place.world.store.policies[key]))

        return change(kind, native_id, key, {column: True}, {column: False}, gone, region=region)

    CASES[name] = build


_granted(
    "make a snapshot private",
    "storage.snapshot",
    "public",
    "old",
    f"{COMPUTE}/global/snapshots/old",
    "roles/compute.storageAdmin",
    "global",
)
_granted("withdraw everyone's rights on a bucket", "storage.bucket", "public_policy", ASSETS, BUCKET, "roles/storage.objectViewer")
_granted(
    "withdraw everyone's rights on a topic",
    "messaging.topic",
    "public",
    f"orders-{REGION}",
    f"pubsub/projects/{PROJECT}/topics/orders-{REGION}",
    "roles/pubsub.publisher",
    "global",
)
_granted(
    "withdraw everyone's rights on a subscription",
    "messaging.queue",
    "public",
    f"orders-{REGION}-worker",
    f"pubsub/projects/{PROJECT}/subscriptions/orders-{REGION}-worker",
    "roles/pubsub.subscriber",
    "global",
)
_granted(
    "withdraw everyone's rights on a repository", "registry.repository", "public", *REPOSITORY, "roles/artifactregistry.reader"
)
_granted("let only known callers call a service", "container.service", "anonymous", *SERVICE, "roles/run.invoker")
_granted(
    "withdraw everyone's rights on a key", "crypto.key", "public", "platform/data", f"cloudkms/{KEY}/data", "roles/cloudkms.viewer"
)


@case("make an image private")
def _(place: Place) -> Case:
    from skywright.lab.gcp.seed.faults import public_image
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    public_image(Site(Town(place.world), PROJECT, REGION))
    key = f"{COMPUTE}/global/images/golden-{REGION}"

    def gone(_raw: dict[str, Any]) -> bool:
        return bool(not place.world.store.policies[key].get("bindings"))

    return change("compute.image", f"golden-{REGION}", key, {"public": True}, {"public": False}, gone, region="global")


@case("take a role on a project away from someone")
def _(place: Place) -> Case:
    from skywright.lab.gcp.seed.faults import outside_owner
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    outside_owner(Site(Town(place.world), PROJECT, REGION))
    key = f"cloudresourcemanager/projects/{PROJECT}"
    member = "user:contractor@gmail.com"
    native_id = f"projects/{PROJECT}/roles/owner/{member}"

    def gone(_raw: dict[str, Any]) -> bool:
        return bool(member not in str(place.world.store.policies[key]))

    return change("identity.binding", native_id, key, {"role": "roles/owner"}, None, gone, region="global")


@case("switch a service account's key on or off")
def _(place: Place) -> Case:
    path = f"projects/{PROJECT}/serviceAccounts/{EMAIL}/keys/77"
    place.world.store.put(f"iam/{path}", {"name": path, "keyType": "USER_MANAGED"})
    before, after = {"active": True}, {"active": False}
    return change("identity.key", f"{EMAIL}/77", f"iam/{path}", before, after, lambda raw: raw["disabled"] is True, region="global")


@case("switch a service account on or off")
def _(_place: Place) -> Case:
    key = f"iam/projects/{PROJECT}/serviceAccounts/{EMAIL}"
    before, after = {"state": "active"}, {"state": "inactive"}
    return change("identity.user", EMAIL, key, before, after, lambda raw: raw["disabled"] is True, region="global")


# --- labels ---------------------------------------------------------------------------------------------------------------------

LABELLED = {
    "compute.instance": (REGION, f"{ZONE}/worker-1", f"{COMPUTE}/zones/{ZONE}/instances/worker-1"),
    "storage.volume": (REGION, f"{ZONE}/worker-1", f"{COMPUTE}/zones/{ZONE}/disks/worker-1"),
    "storage.snapshot": ("global", "old", f"{COMPUTE}/global/snapshots/old"),
    "compute.image": ("global", f"golden-{REGION}", f"{COMPUTE}/global/images/golden-{REGION}"),
    "network.address": ("global", f"shop-{REGION}", f"{COMPUTE}/global/addresses/shop-{REGION}"),
    "network.balancer": ("global", f"shop-{REGION}", f"{COMPUTE}/global/forwardingRules/shop-{REGION}"),
    "storage.bucket": (REGION, ASSETS, BUCKET),
    "database.instance": (REGION, f"orders-{REGION}", SQL),
    "kubernetes.cluster": (REGION, f"main-{REGION}", CLUSTER),
    "crypto.key": (REGION, "platform/data", f"cloudkms/{KEY}/data"),
    "crypto.secret": ("global", f"database-{REGION}", f"secretmanager/projects/{PROJECT}/secrets/database-{REGION}"),
    "messaging.topic": ("global", f"orders-{REGION}", f"pubsub/projects/{PROJECT}/topics/orders-{REGION}"),
    "messaging.queue": ("global", f"orders-{REGION}-worker", f"pubsub/projects/{PROJECT}/subscriptions/orders-{REGION}-worker"),
    "registry.repository": (REGION, *REPOSITORY),
    "container.service": (REGION, *SERVICE),
    "function.function": (REGION, f"resize-{REGION}", f"cloudfunctions/{LOCATED}/functions/resize-{REGION}"),
    "database.cache": (REGION, "catalogue", f"redis/{LOCATED}/instances/catalogue"),
}
FIELDS = {"database.instance": ("settings", "userLabels"), "kubernetes.cluster": ("resourceLabels",)}
HELD = {"owner": "platform", "environment": "production"}


def _labelled(kind: str) -> Build:
    region, native_id, key = LABELLED[kind]
    path = FIELDS.get(kind, ("labels",))

    def build(place: Place) -> Case:
        from skywright.lab.gcp.seed.faults import public_image
        from skywright.lab.gcp.seed.site import Site
        from skywright.lab.gcp.seed.town import Town

        if kind == "compute.image":
            public_image(Site(Town(place.world), PROJECT, REGION))
        if kind == "storage.snapshot":
            _snapshot(place)
            place.edit(key, labels=HELD)
        before, after = {"tags": HELD}, {"tags": {"owner": "search", "team": "find"}}
        return change(kind, native_id, key, before, after, lambda raw: at(raw, *path) == after["tags"], region=region)

    return build


CASES.update({f"change the tags of {kind}": _labelled(kind) for kind in LABELLED})
NAMES = sorted(action.name for action in actions())
