"""A case for each action on keys, messages, logs, images, services, clusters and projects."""

from typing import Any

from tests.adapters.clouds.gcp.write._cases import CLUSTER, KEY, REPOSITORY, SERVICE, case, change
from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place


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
