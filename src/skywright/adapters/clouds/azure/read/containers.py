"""Kubernetes clusters, container apps and their environments, registries."""

from collections.abc import Sequence
from typing import Any

from skywright.adapters.clouds.azure.read.base import Place, Reading, categories, props
from skywright.adapters.clouds.azure.read.instances import network_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import Port
from skywright.model.kinds.compute import ContainerCluster, ContainerService, KubernetesCluster, Repository

KUBERNETES, SERVICE, CLUSTER, REPOSITORY = "kubernetes.cluster", "container.service", "container.cluster", "registry.repository"
CLUSTERS = "Microsoft.ContainerService/managedClusters"
APPS, ENVIRONMENTS = "Microsoft.App/containerApps", "Microsoft.App/managedEnvironments"
REGISTRIES = "Microsoft.ContainerRegistry/registries"
EVERYONE = "0.0.0.0/0"

# https://learn.microsoft.com/azure/aks/monitor-aks-reference#resource-logs
LOGS = {
    "kube-audit": "audit",
    "kube-audit-admin": "audit",
    "kube-apiserver": "api",
    "kube-controller-manager": "controllerManager",
    "kube-scheduler": "scheduler",
    "guard": "authenticator",
    "allLogs": "audit",
}


def kubernetes(raw: dict[str, Any], place: Place, logs: list[str] | None) -> KubernetesCluster:
    """A managed cluster. Without authorised ranges its public endpoint answers everyone."""
    own = props(raw)
    pools = tr.items(own, "agentPoolProfiles")
    private = tr.flag(own, "apiServerAccessProfile", "enablePrivateCluster") is True
    subnets = [tr.text(pool, "vnetSubnetID") for pool in pools]
    first = next((path for path in subnets if path), "")
    upgrades = tr.said(own, "autoUpgradeProfile", "upgradeChannel").lower()
    stopped = tr.said(own, "powerState", "code").lower() == "stopped"
    return KubernetesCluster(
        **place.head(KUBERNETES, raw),
        state="stopped" if stopped else _state(own),
        version=tr.text(own, "currentKubernetesVersion") or tr.text(own, "kubernetesVersion"),
        endpoint_public=not private,
        endpoint_private=private,
        public_cidrs=[] if private else tr.texts(own, "apiServerAccessProfile", "authorizedIPRanges") or [EVERYONE],
        secrets_encrypted=tr.flag(own, "securityProfile", "azureKeyVaultKms", "enabled") is True,
        log_types=None if logs is None else tr.sorted_texts(LOGS.get(one, one) for one in logs),
        role=next(iter(tr.at(raw, "identity", "userAssignedIdentities") or ()), ""),
        vpc=place.of(network_of(first)),
        subnets=place.all_of(list(subnets)),
        node_groups=len(pools),
        nodes_desired=sum(tr.integer(pool, "count") or 0 for pool in pools),
        endpoint=tr.text(own, "fqdn") or tr.text(own, "privateFQDN"),
        network_policy=tr.said(own, "networkProfile", "networkPolicy").lower() not in ("", "none"),
        local_accounts=tr.flag(own, "disableLocalAccounts") is not True,
        rbac=tr.flag(own, "enableRBAC"),
        auto_upgrade=upgrades not in ("", "none"),
        private_nodes=not any(tr.flag(pool, "enableNodePublicIP") for pool in pools),
        workload_identity=tr.flag(own, "securityProfile", "workloadIdentity", "enabled") is True,
    )


def kubernetes_links(row: KubernetesCluster) -> Links:
    """A cluster and its networks."""
    for subnet in row.subnets or ():
        yield Verb.IN, subnet


def _state(own: dict[str, Any]) -> str | None:
    said = tr.said(own, "provisioningState").lower()
    return "available" if said == "succeeded" else said or None


def app(raw: dict[str, Any], place: Place, environments: dict[str, dict[str, Any]] | None) -> ContainerService:
    """A container app. Values of its environment variables are not kept."""
    own = props(raw)
    ingress = tr.at(own, "configuration", "ingress")
    environment = tr.said(own, "managedEnvironmentId") or tr.said(own, "environmentId")
    containers = tr.items(own, "template", "containers")
    home = (environments or {}).get(environment.lower())
    outside = tr.flag(ingress, "external") is True
    internal = tr.flag(home, "properties", "vnetConfiguration", "internal") is True
    limits = tr.items(ingress, "ipSecurityRestrictions")
    return ContainerService(
        **place.head(SERVICE, _without_values(raw)),
        state=_state(own),
        cluster=place.of(environment),
        launch_type="serverless",
        public_ip=False,
        circuit_breaker=True,  # a revision that does not become ready gets no traffic
        public=None if outside and environments is None else outside and not internal and not limits,
        anonymous=None,
        image=tr.text(containers[0], "image") if containers else None,
        ports=[Port(protocol="tcp", port=443, target_port=str(tr.integer(ingress, "targetPort") or ""))] if ingress else [],
        min_instances=tr.integer(own, "template", "scale", "minReplicas") or 0,
        max_instances=tr.integer(own, "template", "scale", "maxReplicas"),
        role=next(iter(tr.at(raw, "identity", "userAssignedIdentities") or ()), ""),
        cpu_limit_millis=_millis(containers),
        health_check=any(tr.items(one, "probes") for one in containers),
    )


def _millis(containers: list[Any]) -> int | None:
    found = [tr.number(one, "resources", "cpu") for one in containers]
    known = [cpu for cpu in found if cpu is not None]
    return int(sum(known) * 1000) if known and len(known) == len(found) else None


def _without_values(raw: dict[str, Any]) -> dict[str, Any]:
    """Names of environment variables stay, what they hold goes."""
    own = dict(props(raw))
    template = own.get("template")
    if isinstance(template, dict):
        own["template"] = {
            **template,
            **{key: [_bare(one) for one in tr.items(template, key)] for key in ("containers", "initContainers") if key in template},
        }
    return {**raw, "properties": own}


def _bare(container: Any) -> Any:
    if not isinstance(container, dict):
        return container
    names = [{"name": tr.text(one, "name")} for one in tr.items(container, "env")]
    return {key: value for key, value in container.items() if key not in ("env", "command", "args")} | {"env": names}


def app_links(row: ContainerService) -> Links:
    """An app and its environment."""
    yield Verb.IN, row.cluster


def environment(raw: dict[str, Any], place: Place, apps: Sequence[dict[str, Any]] | None) -> ContainerCluster:
    """An environment of container apps."""
    own = props(raw)
    path = str(raw["id"]).lower()
    homes = [
        tr.said(one, "properties", "managedEnvironmentId") or tr.said(one, "properties", "environmentId") for one in apps or ()
    ]
    return ContainerCluster(
        **place.head(CLUSTER, raw),
        state=_state(own),
        services=None if apps is None else sum(home.lower() == path for home in homes),
        running_tasks=0 if apps is not None and path not in (home.lower() for home in homes) else None,
        instances=0,
        insights=tr.said(own, "appLogsConfiguration", "destination").lower() not in ("", "none"),
    )


def registry(raw: dict[str, Any], place: Place) -> Repository:
    """A registry: its repositories are known to its own data plane alone."""
    own = props(raw)
    retention = tr.said(own, "policies", "retentionPolicy", "status").lower()
    return Repository(
        **place.head(REPOSITORY, raw),
        state=_state(own),
        created_at=tr.moment(own, "creationDate"),
        encrypted_with_key=tr.said(own, "encryption", "status").lower() == "enabled",
        public=tr.flag(own, "anonymousPullEnabled") is True,
        lifecycle_policy=retention == "enabled",
        uri=tr.text(own, "loginServer"),
        shared_login=tr.flag(own, "adminUserEnabled"),
    )


def _read_kubernetes(reading: Reading) -> None:
    raws = reading.of_type(KUBERNETES, CLUSTERS)
    logs = {raw["id"]: categories(said) for raw, said in reading.each(KUBERNETES, raws, lambda raw: reading.logged(raw["id"]))}
    reading.take(KUBERNETES, raws, lambda raw: kubernetes(raw, reading.place, logs[raw["id"]]), kubernetes_links)


def _read_apps(reading: Reading) -> None:
    raws = reading.of_type(SERVICE, APPS)
    homes = reading.facts(ENVIRONMENTS, SERVICE) if raws else []
    known = None if homes is None else {tr.said(one, "id").lower(): one for one in homes}
    reading.take(SERVICE, raws, lambda raw: app(raw, reading.place, known), app_links)


def _read_environments(reading: Reading) -> None:
    raws = reading.of_type(CLUSTER, ENVIRONMENTS)
    apps = reading.facts(APPS, CLUSTER) if raws else []
    reading.take(CLUSTER, raws, lambda raw: environment(raw, reading.place, apps))


def _read_registries(reading: Reading) -> None:
    reading.take(REPOSITORY, reading.of_type(REPOSITORY, REGISTRIES), lambda raw: registry(raw, reading.place))


READERS = (
    Reader(
        name="kubernetes",
        service="kubernetes",
        kinds=(KUBERNETES,),
        read=_read_kubernetes,
        permissions=(f"{CLUSTERS}/read", "Microsoft.Insights/diagnosticSettings/read"),
    ),
    Reader(
        name="container-apps",
        service="container-apps",
        kinds=(SERVICE,),
        read=_read_apps,
        permissions=(f"{APPS}/read", f"{ENVIRONMENTS}/read"),
    ),
    Reader(
        name="container-environments",
        service="container-apps",
        kinds=(CLUSTER,),
        read=_read_environments,
        permissions=(f"{APPS}/read", f"{ENVIRONMENTS}/read"),
    ),
    Reader(name="registries", service="registry", kinds=(REPOSITORY,), read=_read_registries, permissions=(f"{REGISTRIES}/read",)),
)
