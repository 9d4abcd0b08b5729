"""Faults: what is wrong in an estate, each made on purpose and noted with the rules that a perfect audit would cite."""

from collections.abc import Callable
from typing import Any

from skywright.lab.gcp.seed import platform
from skywright.lab.gcp.seed.site import Site
from skywright.lab.gcp.seed.town import GLOBAL
from skywright.lab.gcp.seed.waste import idle_database, idle_instance, loose_address, loose_disk, nameless, stopped_instance

ANYWHERE = ["0.0.0.0/0"]

REACHABLE = "compute_instance_admin_port_reachable"  # what opens SSH opens it for the whole project

PORTS = {
    "ssh": ((22, 22),),
    "rdp": ((3389, 3389),),
    "mysql": ((3306, 3306),),
    "postgresql": ((5432, 5432),),
    "sqlserver": ((1433, 1434),),
    "redis": ((6379, 6379),),
    "mongodb": ((27017, 27019),),
    "elasticsearch": ((9200, 9200), (9300, 9300)),
    "telnet": ((23, 23),),
    "smb": ((137, 139), (445, 445)),
    "kubernetes_api": ((10250, 10250),),
    "docker_api": ((2375, 2376),),
}
"""What the rules about open ports look for: an opening that meets one of these ranges."""


def opened(first: int, last: int) -> list[str]:
    """The rules that an opening of TCP ports to the world breaks."""
    names = [name for name, ranges in PORTS.items() if any(first <= high and last >= low for low, high in ranges)]
    found = [f"network_firewall_{name}_open_to_internet" for name in names]
    return found + (["network_firewall_all_open_to_internet"] if first <= 1 and last == 65535 else [])


# --- what is open ---------------------------------------------------------------------------------------------------------------


def _open(site: Site, name: str, first: int, last: int, source: list[str]) -> None:
    ports = str(first) if first == last else f"{first}-{last}"
    site.firewall(name, [{"IPProtocol": "tcp", "ports": [ports]}], source)
    site.town.plant(site.project, GLOBAL, "network.firewall", name, *opened(first, last))


def ssh_open(site: Site) -> None:
    """SSH from anywhere, once by its port, once within a range and by IPv6."""
    _open(site, f"ssh-anywhere-{site.region}", 22, 22, ANYWHERE)
    _open(site, f"admin-range-{site.region}", 20, 30, ["::/0"])


def desktop_open(site: Site) -> None:
    """Remote desktop from anywhere."""
    _open(site, f"desktop-{site.region}", 3389, 3389, ANYWHERE)


def database_open(site: Site) -> None:
    """PostgreSQL from anywhere."""
    _open(site, f"reports-{site.region}", 5432, 5432, ANYWHERE)


def everything_open(site: Site) -> None:
    """Every port of every protocol from anywhere."""
    name = f"temporary-{site.region}"
    site.firewall(name, [{"IPProtocol": "all"}], ANYWHERE)
    site.town.plant(site.project, GLOBAL, "network.firewall", name, *opened(0, 65535))


def switched_off(site: Site) -> None:
    """No fault: a rule that would open everything, and is switched off. It still says what it says, to who reads it."""
    site.firewall(f"https-{site.region}", [{"IPProtocol": "tcp", "ports": ["443"]}], ANYWHERE, disabled=True)


def public_bucket(site: Site) -> None:
    """A bucket that everyone may read, with nothing in the way."""
    name = f"{site.project}-{site.region}-downloads"
    site.bucket(name, iamConfiguration={"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": True}})
    site.town.allow(f"storage/b/{name}", "roles/storage.objectViewer", "allUsers")
    site.town.plant(
        site.project, site.region, "storage.bucket", name, "storage_bucket_public", "storage_bucket_public_access_not_blocked"
    )


def unguarded_bucket(site: Site) -> None:
    """A bucket that nobody made public, and that nothing keeps from it."""
    name = f"{site.project}-{site.region}-exports"
    site.bucket(name, iamConfiguration={"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": False}})
    site.town.plant(site.project, site.region, "storage.bucket", name, "storage_bucket_public_access_not_blocked")


def public_database(site: Site) -> None:
    """A database with a public address that takes everyone's connection."""
    network: dict[str, Any] = {
        "ipv4Enabled": True,
        "authorizedNetworks": [{"value": "0.0.0.0/0", "name": "all", "kind": "sql#aclEntry"}],
    }
    name = f"partners-{site.region}"
    site.database(name, settings={"ipConfiguration": network}, ipAddresses=[{"type": "PRIMARY", "ipAddress": "203.0.113.4"}])
    site.town.plant(site.project, site.region, "database.instance", name, "database_instance_public", "database_instance_reachable")


def public_cluster(site: Site) -> None:
    """A cluster whose control plane answers the whole internet."""
    name = f"sandbox-{site.region}"
    platform.cluster(
        site,
        name,
        privateClusterConfig={"enablePrivateNodes": True, "enablePrivateEndpoint": False, "publicEndpoint": "203.0.113.60"},
        controlPlaneEndpointsConfig={"ipEndpointsConfig": {"enabled": True, "enablePublicEndpoint": True}},
        masterAuthorizedNetworksConfig={},
        endpoint="203.0.113.60",
    )
    site.town.plant(site.project, site.region, "kubernetes.cluster", name, "kubernetes_cluster_endpoint_open_to_internet")


def public_instance(site: Site) -> None:
    """A machine with a public address of its own."""
    name = "jump"
    site.instance(name, "e2-small", public="203.0.113.77", load=0.3)
    site.town.plant(
        site.project, site.region, "compute.instance", f"{site.zones[0]}/{name}", "compute_instance_public_address", REACHABLE
    )


def public_image(site: Site) -> None:
    """An image that everyone may use."""
    name = f"golden-{site.region}"
    site.everywhere(
        "images", name, {"diskSizeGb": "20", "labels": site.labels, "family": "golden", "storageLocations": [site.region]}, 40
    )
    site.town.allow(f"compute/projects/{site.project}/global/images/{name}", "roles/compute.imageUser", "allAuthenticatedUsers")
    site.town.plant(site.project, GLOBAL, "compute.image", name, "compute_image_public")


def public_snapshot(site: Site) -> None:
    """A snapshot that everyone may copy."""
    name = f"shared-{site.region}"
    source = site.link(f"zones/{site.zones[0]}/disks/archive")
    site.everywhere(
        "snapshots", name, {"diskSizeGb": "50", "sourceDisk": source, "labels": site.labels, "storageBytes": "104857600"}, 20
    )
    site.town.allow(
        f"compute/projects/{site.project}/global/snapshots/{name}", "roles/compute.storageAdmin", "allAuthenticatedUsers"
    )
    site.town.plant(site.project, GLOBAL, "storage.snapshot", name, "storage_snapshot_public")


def public_topic(site: Site) -> None:
    """A topic into which everyone may publish."""
    name = f"inbox-{site.region}"
    key = platform.topic(site, name)
    site.town.allow(f"pubsub/{key}", "roles/pubsub.publisher", "allUsers")
    site.town.plant(site.project, GLOBAL, "messaging.topic", name, "messaging_topic_public")


def public_function(site: Site) -> None:
    """A function that everyone may call."""
    name = f"hook-{site.region}"
    platform.function(site, name, public=True)
    site.town.plant(site.project, site.region, "function.function", name, "function_function_public")


def public_repository(site: Site) -> None:
    """A repository from which everyone may pull."""
    name = "public-images"
    key = platform.repository(site, name)
    site.town.allow(f"artifactregistry/{key}", "roles/artifactregistry.reader", "allUsers")
    site.town.plant(site.project, site.region, "registry.repository", name, "registry_repository_public")


# --- what is in plain text or without a key of ours -----------------------------------------------------------------------------


def plain_balancer(site: Site) -> None:
    """A balancer that answers plain HTTP and sends nobody on, keeps no log and has no armour."""
    members = platform.group(site, "legacy", 1)
    platform.balancer(site, "legacy", members, http=True, backend={"logConfig": {"enable": False}, "securityPolicy": None})
    rules = ("network_balancer_plain_http", "network_balancer_access_logging_off", "network_balancer_public_without_web_acl")
    site.town.plant(site.project, GLOBAL, "network.balancer", "legacy", *rules)


def keyless_bucket(site: Site) -> None:
    """A bucket that is encrypted with Google's own key only."""
    name = f"{site.project}-{site.region}-scratch"
    site.bucket(name, encryption=None)
    site.town.plant(site.project, site.region, "storage.bucket", name, "storage_bucket_not_encrypted_with_key")


def keyless_repository(site: Site) -> None:
    """A repository without a key of ours."""
    platform.repository(site, "scratch-images", kmsKeyName=None)
    site.town.plant(
        site.project, site.region, "registry.repository", "scratch-images", "registry_repository_not_encrypted_with_key"
    )


def plain_cluster_secrets(site: Site) -> None:
    """A cluster that keeps its secrets without a key of ours, on a version that has ended."""
    name = f"old-{site.region}"
    old = "1.24.17-gke.200"
    platform.cluster(
        site, name, databaseEncryption={"state": "DECRYPTED"}, currentMasterVersion=old, currentNodeVersion=old, releaseChannel={}
    )
    rules = ("kubernetes_cluster_secrets_unencrypted", "kubernetes_cluster_version_ended")
    site.town.plant(site.project, site.region, "kubernetes.cluster", name, *rules)


def key_without_rotation(site: Site) -> None:
    """A key that is never rotated, and one that is switched off."""
    full = site.key("static", rotationPeriod=None, nextRotationTime=None)
    site.town.plant(site.project, site.region, "crypto.key", _key_id(full), "crypto_key_rotation_off")
    version: dict[str, Any] = {"state": "DISABLED", "protectionLevel": "SOFTWARE", "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION"}
    full = site.key("retired", primary={**version, "name": f"{site.own_key.replace('/data', '/retired')}/cryptoKeyVersions/1"})
    site.town.plant(site.project, site.region, "crypto.key", _key_id(full), "crypto_key_disabled")


def _key_id(full: str) -> str:
    parts = full.split("/")
    return f"{parts[5]}/{parts[7]}"


def old_certificate(site: Site) -> None:
    """A certificate of our own that ends in ten days."""
    name = f"shop-{site.region}"
    facts: dict[str, Any] = {
        "type": "SELF_MANAGED",
        "expireTime": site.town.ago(-10),
        "subjectAlternativeNames": ["shop.example.com"],
    }
    site.everywhere("sslCertificates", name, {**facts, "selfManaged": {"certificate": "-----BEGIN CERTIFICATE-----\n..."}}, 350)
    site.town.plant(site.project, GLOBAL, "crypto.certificate", name, "crypto_certificate_expiring")


# --- who may do too much --------------------------------------------------------------------------------------------------------


def old_account_key(site: Site) -> None:
    """A key of a service account that was made 400 days ago."""
    email = site.account(f"exporter-{site.region}")
    number = site.town.world.store.next_id()
    path = f"projects/{site.project}/serviceAccounts/{email}/keys/{number}"
    facts: dict[str, Any] = {
        "name": path,
        "keyType": "USER_MANAGED",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyAlgorithm": "KEY_ALG_RSA_2048",
    }
    facts |= {"validAfterTime": site.town.ago(400), "validBeforeTime": "9999-12-31T23:59:59Z"}
    site.town.put(f"iam/{path}", facts)
    site.town.plant(site.project, GLOBAL, "identity.key", f"{email}/{number}", "identity_key_not_rotated")


def outside_owner(site: Site) -> None:
    """An owner of the whole project from outside, and a service account that owns it as well."""
    project = f"cloudresourcemanager/projects/{site.project}"
    site.town.allow(project, "roles/owner", "user:contractor@gmail.com")
    email = site.account("deployer")
    site.town.allow(project, "roles/owner", f"serviceAccount:{email}")
    site.town.plant(site.project, GLOBAL, "identity.user", email, "identity_user_administrator")


def static_secret(site: Site) -> None:
    """A secret that nobody ever rotates."""
    name = f"licence-{site.region}"
    platform.secret(site, name, rotation=None, topics=None)
    site.town.plant(site.project, GLOBAL, "crypto.secret", name, "crypto_secret_rotation_off")


# --- what is not written down, and what does not survive ------------------------------------------------------------------------


def silent_network(site: Site) -> None:
    """A network whose flows nobody writes down."""
    name = f"island-{site.region}"
    site.network(name, flow_logs=False, cidr="10.200.0.0/24")
    site.town.plant(site.project, GLOBAL, "network.vpc", name, "network_vpc_flow_logs_off")


def silent_bucket(site: Site) -> None:
    """A bucket without an access log, without versions and without a life cycle."""
    name = f"{site.project}-{site.region}-dumps"
    site.bucket(name, logging=None, versioning=None, lifecycle=None)
    rules = ("storage_bucket_access_logging_off", "storage_bucket_versioning_off", "storage_bucket_without_lifecycle")
    site.town.plant(site.project, site.region, "storage.bucket", name, *rules, "storage_bucket_unfinished_uploads")


def silent_zone(site: Site) -> None:
    """A public DNS zone without a log of queries."""
    name = f"legacy-{site.region}"
    platform.zone(site, name, cloudLoggingConfig={"enableLogging": False})
    site.town.plant(site.project, GLOBAL, "dns.zone", name, "dns_zone_query_logging_off")


def fragile_database(site: Site) -> None:
    """A database in one zone, without a backup or protection, with sign-in by password only, of a version that has ended."""
    settings: dict[str, Any] = {"availabilityType": "ZONAL", "deletionProtectionEnabled": False, "databaseFlags": []}
    off: dict[str, Any] = {"enabled": False, "pointInTimeRecoveryEnabled": False}
    name = f"intranet-{site.region}"
    site.database(name, "POSTGRES_11", settings={**settings, "backupConfiguration": off})
    rules = ("single_zone", "not_deletion_protected", "without_backup", "engine_ended", "iam_authentication_off")
    site.town.plant(site.project, site.region, "database.instance", name, *(f"database_instance_{rule}" for rule in rules))


def short_backup(site: Site) -> None:
    """A database that keeps its backups three days."""
    retained: dict[str, Any] = {"retentionUnit": "COUNT", "retainedBackups": 3}
    name = f"wiki-{site.region}"
    site.database(name, "MYSQL_8_0", settings={"backupConfiguration": {"backupRetentionSettings": retained}})
    site.town.plant(site.project, site.region, "database.instance", name, "database_instance_short_backup")


def fragile_cache(site: Site) -> None:
    """A Redis in one zone, without a password and without encryption on the way."""
    basic: dict[str, Any] = {
        "tier": "BASIC",
        "authEnabled": False,
        "transitEncryptionMode": "DISABLED",
        "alternativeLocationId": "",
        "replicaCount": 0,
    }
    platform.cache(site, "sessions", **basic)
    rules = ("database_cache_single_zone", "database_cache_without_authentication", "database_cache_unencrypted_in_transit")
    site.town.plant(site.project, site.region, "database.cache", "sessions", *rules)


def single_zone_group(site: Site) -> None:
    """A managed group in one zone."""
    platform.group(site, "batch", 2, zone=site.zones[1])
    scaler: dict[str, Any] = {"target": site.link(f"zones/{site.zones[1]}/instanceGroupManagers/batch"), "status": "ACTIVE"}
    scaler["autoscalingPolicy"] = {"minNumReplicas": 1, "maxNumReplicas": 5, "cpuUtilization": {"utilizationTarget": 0.6}}
    site.zonal(site.zones[1], "autoscalers", "batch", scaler)
    site.town.plant(site.project, site.region, "compute.group", f"{site.zones[1]}/batch", "compute_group_single_zone")


def ended_runtime(site: Site) -> None:
    """A function on a runtime that has ended."""
    name = f"thumbnails-{site.region}"
    platform.function(site, name, "python38")
    site.town.plant(site.project, site.region, "function.function", name, "function_function_runtime_ended")


EXPOSURE = (
    ssh_open,
    desktop_open,
    database_open,
    everything_open,
    public_bucket,
    unguarded_bucket,
    public_database,
    public_cluster,
)
LEAKS = (public_instance, public_image, loose_disk, public_snapshot, public_topic, public_function, public_repository)
PLAIN = (plain_balancer, keyless_bucket, keyless_repository, plain_cluster_secrets, key_without_rotation, old_certificate)
PEOPLE = (old_account_key, outside_owner, static_secret)
FRAGILE = (
    silent_network,
    silent_bucket,
    silent_zone,
    fragile_database,
    short_backup,
    fragile_cache,
    single_zone_group,
    ended_runtime,
)
WASTE = (idle_instance, stopped_instance, loose_address, idle_database, nameless)

ALL: tuple[Callable[[Site], None], ...] = (*EXPOSURE, switched_off, *LEAKS, *PLAIN, *PEOPLE, *FRAGILE, *WASTE)
SMALL: tuple[Callable[[Site], None], ...] = (
    ssh_open,
    public_bucket,
    public_database,
    loose_disk,
    loose_address,
    idle_instance,
    old_account_key,
)
