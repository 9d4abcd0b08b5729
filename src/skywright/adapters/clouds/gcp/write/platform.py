"""Keys, logs, messages, clusters, services, repositories, projects: their settings."""

from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.gcp.read.audit import REQUIRED, log_group, trail
from skywright.adapters.clouds.gcp.read.containers import cluster, repository, service
from skywright.adapters.clouds.gcp.read.crypto import key
from skywright.adapters.clouds.gcp.read.messaging import queue
from skywright.adapters.clouds.gcp.write.base import Raw, Target, action, picked, refuse
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Setting, Values, Way, known, one_of, switched_on
from skywright.adapters.clouds.kit.translate import at
from skywright.model.words import t

ROTATION = "7776000s"  # 90 days: "Key rotation" of Cloud KMS, and CIS Google Cloud Foundations Benchmark 1.10
KEYS = "cloudkms.projects.locations.keyRings.cryptoKeys"
QUEUE_MIN_S, QUEUE_MAX_S = 600, 31 * 86_400  # Subscription.messageRetentionDuration
LOG_DAYS_MAX = 3650  # LogBucket.retentionDays
RUN = "run.projects.locations.services"
REPOSITORIES = "artifactregistry.projects.locations.repositories"
CLUSTERS = "container.projects.locations.clusters"
INGRESS_OF = {True: "INGRESS_TRAFFIC_ALL", False: "INGRESS_TRAFFIC_INTERNAL_ONLY"}
METADATA = {"os_login": "enable-oslogin", "serial_ports": "serial-port-enable"}
"""Column of a project -> the item of its metadata that decides ("VM metadata", predefined keys)."""


# --- keys -----------------------------------------------------------------------------------------------------------------------


def key_path(target: Target) -> str:
    """The full name of a key."""
    ring, _, name = target.own_name.rpartition("/")
    return f"projects/{target.project}/locations/{target.location}/keyRings/{ring}/cryptoKeys/{name}"


def _look_key(target: Target) -> Raw:
    return target.call(f"{KEYS}.get", name=key_path(target))


def _write_rotation(target: Target, wanted: Values) -> None:
    """The next rotation is at the end of a first whole period."""
    body: Raw = {"rotationPeriod": ROTATION, "nextRotationTime": _in_days(90)} if wanted["rotation"] else {}
    target.call(f"{KEYS}.patch", body=body, name=key_path(target), updateMask="rotationPeriod,nextRotationTime")


def _in_days(days: int) -> str:
    from datetime import UTC, datetime, timedelta

    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


ROTATE = Setting(
    action=action(
        "rotate a key",
        "crypto.key",
        ("rotation",),
        f"{KEYS}.patch",
        f"{KEYS}.get",
        document="Cloud KMS: Rotate a key",
    ),
    read=lambda target: picked(key(_look_key(target), target.place, None), "rotation"),
    write=_write_rotation,
    allowed=switched_on("rotation"),
)


def _write_key_state(target: Target, wanted: Values) -> None:
    primary = at(_look_key(target), "primary", "name")
    body = {"state": "ENABLED" if wanted["state"] == "enabled" else "DISABLED"}
    target.call(f"{KEYS}.cryptoKeyVersions.patch", body=body, name=primary, updateMask="state")


KEY_STATE = Setting(
    action=action(
        "switch the primary version of a key on or off",
        "crypto.key",
        ("state",),
        f"{KEYS}.cryptoKeyVersions.patch",
        f"{KEYS}.get",
        document="Cloud KMS: Enable and disable key versions",
    ),
    read=lambda target: picked(key(_look_key(target), target.place, None), "state"),
    write=_write_key_state,
    allowed=one_of("enabled", "disabled"),
)


# --- what is named by a path ----------------------------------------------------------------------------------------------------

Translation = Callable[[Raw, Target], Any]


class _Masked:
    """A service whose resources are patched by a mask of fields: how one is looked at, told and patched."""

    def __init__(self, asset: str, patch: str, name: str, told: Translation) -> None:
        self._asset = asset
        self._patch = patch
        self._name = name
        self._told = told

    def reading(self, *columns: str) -> Callable[[Target], Values]:
        """The columns as they are now."""
        return lambda target: picked(self._told(target.look(self._asset), target), *columns)

    def writing(self, mask: str, body: Callable[[Values], Raw], wrap: str = "") -> Callable[[Target, Values], None]:
        """Patch the fields of ``mask``. ``wrap``: the field of the request that holds the resource (and the mask stands beside)."""

        def write(target: Target, wanted: Values) -> None:
            path = self._name.format(project=target.project, location=target.location, name=target.own_name)
            parameter = "sinkName" if self._patch.endswith("sinks.patch") else "name"
            if wrap:
                target.act(self._patch, body={wrap: body(wanted), "updateMask": mask}, **{parameter: path})
            else:
                target.act(self._patch, body=body(wanted), updateMask=mask, **{parameter: path})

        return write

    def way(self, name: str, kind: str, columns: tuple[str, ...], write: Callable[[Target, Values], None], **more: Any) -> Setting:
        """A setting of this service."""
        document, note = more.pop("document"), more.pop("note", "")
        implied = more.pop("implied", ())
        get = self._patch.removesuffix("patch") + "get"
        line = action(name, kind, columns, self._patch, get, document=document, note=note, implied=implied)
        return Setting(action=line, read=self.reading(*columns), write=write, **more)


SUBSCRIPTIONS = _Masked(
    "pubsub.googleapis.com/Subscription",
    "pubsub.projects.subscriptions.patch",
    "projects/{project}/subscriptions/{name}",
    lambda raw, target: queue(raw, target.place, None),
)
QUEUE = SUBSCRIPTIONS.way(
    "keep messages for some time",
    "messaging.queue",
    ("retention_s",),
    SUBSCRIPTIONS.writing(
        "messageRetentionDuration", lambda wanted: {"messageRetentionDuration": f"{wanted['retention_s']}s"}, "subscription"
    ),
    allowed=lambda before, after: known(before, after) and QUEUE_MIN_S <= after["retention_s"] <= QUEUE_MAX_S,
    document="Pub/Sub: Subscription properties",
    note="messages that expired meanwhile are gone",
)

LOG_BUCKETS = _Masked(
    "logging.googleapis.com/LogBucket",
    "logging.projects.locations.buckets.patch",
    "projects/{project}/locations/{location}/buckets/{name}",
    lambda raw, target: log_group(raw, target.place),
)
_write_log_days = LOG_BUCKETS.writing("retentionDays", lambda wanted: {"retentionDays": wanted["retention_days"]})


def _write_logs(target: Target, wanted: Values) -> None:
    if target.own_name == REQUIRED:
        raise refuse(t("{target} keeps its entries 400 days, and nobody can change that.", target=target), t("Drop this change."))
    _write_log_days(target, wanted)


LOGS = LOG_BUCKETS.way(
    "keep log entries for some days",
    "log.group",
    ("retention_days",),
    _write_logs,
    allowed=lambda before, after: known(before, after) and 1 <= after["retention_days"] <= LOG_DAYS_MAX,
    document="Cloud Logging: Configure log buckets",
    implied=("keeps_forever",),
    note="entries that expired meanwhile are gone",
)

SINKS = _Masked(
    "logging.googleapis.com/LogSink",
    "logging.projects.sinks.patch",
    "projects/{project}/sinks/{name}",
    lambda raw, target: trail(raw, target.place, None, data=None),
)
TRAIL = SINKS.way(
    "switch a log sink on or off",
    "audit.trail",
    ("logging",),
    SINKS.writing("disabled", lambda wanted: {"disabled": not wanted["logging"]}),
    document="Cloud Logging: Route logs to supported destinations",
)

IMAGES = _Masked(
    "artifactregistry.googleapis.com/Repository",
    f"{REPOSITORIES}.patch",
    "projects/{project}/locations/{location}/repositories/{name}",
    lambda raw, target: repository(raw, target.place, None),
)
TAGS_FIXED = IMAGES.way(
    "fix the tags of a repository's images",
    "registry.repository",
    ("tags_immutable",),
    IMAGES.writing("dockerConfig.immutableTags", lambda wanted: {"dockerConfig": {"immutableTags": wanted["tags_immutable"]}}),
    document="Artifact Registry: Immutable image tags",
)


def _scan(wanted: Values) -> Raw:
    return {"vulnerabilityScanningConfig": {"enablementConfig": "INHERITED" if wanted["scan_on_push"] else "DISABLED"}}


SCAN = IMAGES.way(
    "scan the images of a repository",
    "registry.repository",
    ("scan_on_push",),
    IMAGES.writing("vulnerabilityScanningConfig.enablementConfig", _scan),
    document="Artifact Analysis: Enable or disable automatic scanning",
)

SERVICES = _Masked(
    "run.googleapis.com/Service",
    f"{RUN}.patch",
    "projects/{project}/locations/{location}/services/{name}",
    lambda raw, target: service(raw, target.place, None),
)
INGRESS = SERVICES.way(
    "close a service to the internet",
    "container.service",
    ("public",),
    SERVICES.writing(
        "ingress", lambda wanted: {"ingress": "INGRESS_TRAFFIC_ALL" if wanted["public"] else "INGRESS_TRAFFIC_INTERNAL_ONLY"}
    ),
    allowed=lambda before, after: before.get("public") is True and after.get("public") is False,
    within_s=MINUTES_S,
    document="Cloud Run: Restrict network ingress",
)


def _scaling(wanted: Values) -> Raw:
    return {"template": {"scaling": {"minInstanceCount": wanted["min_instances"], "maxInstanceCount": wanted["max_instances"]}}}


SCALING = SERVICES.way(
    "set the smallest and largest number of instances of a service",
    "container.service",
    ("min_instances", "max_instances"),
    SERVICES.writing("template.scaling.minInstanceCount,template.scaling.maxInstanceCount", _scaling),
    within_s=MINUTES_S,
    document="Cloud Run: Set minimum and maximum instances",
)


# --- clusters -------------------------------------------------------------------------------------------------------------------


def cluster_path(target: Target) -> str:
    """The full name of a cluster."""
    return f"projects/{target.project}/locations/{target.location}/clusters/{target.own_name}"


def _look_cluster(target: Target) -> Raw:
    return target.look("container.googleapis.com/Cluster")


def _cluster_columns(*columns: str) -> Callable[[Target], Values | None]:
    def read(target: Target) -> Values | None:
        found = _look_cluster(target)
        return picked(cluster(found, target.place), *columns) if found.get("status") == "RUNNING" else None

    return read


def _update(target: Target, **desired: Any) -> None:
    target.act(f"{CLUSTERS}.update", body={"update": desired}, name=cluster_path(target))


def _write_endpoint(target: Target, wanted: Values) -> None:
    if not wanted["endpoint_public"] and not cluster(_look_cluster(target), target.place).endpoint_private:
        raise refuse(t("{target} has no private endpoint.", target=target), t("Give it one first, or nobody could reach it."))
    config = {"ipEndpointsConfig": {"enablePublicEndpoint": wanted["endpoint_public"]}}
    _update(target, desiredControlPlaneEndpointsConfig=config)


def _endpoint_fits(before: Values, after: Values) -> bool:
    """Nobody could reach a cluster that has neither endpoint."""
    return known(before, after) and before.get("endpoint_private") is not False


ENDPOINT = Setting(
    action=action(
        "open or close the public endpoint of a cluster",
        "kubernetes.cluster",
        ("endpoint_public",),
        f"{CLUSTERS}.update",
        f"{CLUSTERS}.get",
        document="Google Kubernetes Engine: Customize your network isolation",
        implied=("endpoint",),
    ),
    read=_cluster_columns("endpoint_public"),
    write=_write_endpoint,
    allowed=_endpoint_fits,
    within_s=HOUR_S,
)


def _write_cidrs(target: Target, wanted: Values) -> None:
    """Everyone: the list is switched off."""
    everyone = list(wanted["public_cidrs"]) == ["0.0.0.0/0"]
    blocks = [{"cidrBlock": cidr} for cidr in wanted["public_cidrs"]]
    _update(
        target, desiredMasterAuthorizedNetworksConfig={"enabled": False} if everyone else {"enabled": True, "cidrBlocks": blocks}
    )


CIDRS = Setting(
    action=action(
        "say who may reach the public endpoint of a cluster",
        "kubernetes.cluster",
        ("public_cidrs",),
        f"{CLUSTERS}.update",
        f"{CLUSTERS}.get",
        document="Google Kubernetes Engine: Authorized networks",
    ),
    read=_cluster_columns("public_cidrs"),
    write=_write_cidrs,
    within_s=HOUR_S,
)


# --- projects -------------------------------------------------------------------------------------------------------------------


def _look_project(target: Target) -> Raw:
    return target.quiet("compute", lambda: target.call("compute.projects.get", project=target.project))


def _items(found: Raw) -> list[Raw]:
    return list(at(found, "commonInstanceMetadata", "items") or ())


def _is_on(found: Raw, column: str) -> bool:
    said = next((str(one.get("value", "")) for one in _items(found) if one.get("key") == METADATA[column]), "")
    return said.lower() in ("true", "1", "y", "yes")


def _metadata_way(name: str, column: str, document: str) -> Setting:
    def write(target: Target, wanted: Values) -> None:
        def change() -> None:
            found = _look_project(target)
            others = [one for one in _items(found) if one.get("key") != METADATA[column]]
            own = {"key": METADATA[column], "value": "TRUE" if wanted[column] else "FALSE"}
            body = {"fingerprint": at(found, "commonInstanceMetadata", "fingerprint"), "items": [*others, own]}
            target.act("compute.projects.setCommonInstanceMetadata", body=body, project=target.project)

        target.renewed(change)

    return Setting(
        action=action(
            name,
            "account.account",
            (column,),
            "compute.projects.setCommonInstanceMetadata",
            "compute.projects.get",
            document=f"Compute Engine: {document}",
        ),
        read=lambda target: {column: _is_on(_look_project(target), column)},
        write=write,
    )


WAYS: tuple[Way, ...] = (
    ROTATE,
    KEY_STATE,
    QUEUE,
    LOGS,
    TRAIL,
    TAGS_FIXED,
    SCAN,
    INGRESS,
    SCALING,
    ENDPOINT,
    CIDRS,
    _metadata_way(
        "allow or forbid serial consoles in a project", "serial_ports", "Enable interactive access to the serial console"
    ),
    _metadata_way("sign in to a project's instances by IAM (OS Login)", "os_login", "Set up OS Login"),
)
