"""GKE, Cloud Run, functions, Artifact Registry, Vertex AI."""

import re
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Asking, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import Port
from skywright.model.kinds.compute import ContainerService, KubernetesCluster, Repository
from skywright.model.kinds.control import ModelEndpoint

CLUSTER, SERVICE, REPOSITORY, MODEL = "kubernetes.cluster", "container.service", "registry.repository", "ml.endpoint"
CLUSTER_STATES = {"RUNNING": "active", "PROVISIONING": "creating", "RECONCILING": "updating", "STOPPING": "deleting"}
EVERYWHERE = "0.0.0.0/0"
UNITS_MIB = {"k": 1e3 / 2**20, "m": 1e6 / 2**20, "g": 1e9 / 2**20, "ki": 1 / 1024, "mi": 1.0, "gi": 1024.0, "": 1 / 2**20}
INVOKERS = ("roles/run.invoker", "roles/run.admin", "roles/owner", "roles/editor")


def cluster(raw: dict[str, Any], place: Place) -> KubernetesCluster:
    """A Cluster of GKE. Its audit log is always on."""
    private = tr.at(raw, "privateClusterConfig")
    pools = tr.items(raw, "nodePools")
    nodes = tr.integer(raw, "currentNodeCount")
    autopilot = tr.flag(raw, "autopilot", "enabled") or False
    listed = tr.texts(raw, "loggingConfig", "componentConfig", "enableComponents") or []
    counted = None if autopilot and not nodes else nodes or 0
    return KubernetesCluster(
        **{**names.row(CLUSTER, raw, place), "tags": tr.tags(tr.at(raw, "resourceLabels"))},
        state=names.word(raw, CLUSTER_STATES, "status"),
        version=tr.text(raw, "currentMasterVersion"),
        endpoint_public=_public(raw),
        endpoint_private=bool(tr.text(private, "privateEndpoint")) or (tr.flag(private, "enablePrivateNodes") or False),
        public_cidrs=_cidrs(raw),
        secrets_encrypted=tr.text(raw, "databaseEncryption", "state") == "ENCRYPTED",
        log_types=tr.sorted_texts(["audit", *(one.lower() for one in listed)]),
        role=place.service_account(_node_account(raw)),
        vpc=place.link("network.vpc", tr.text(raw, "networkConfig", "network")),
        subnets=place.links("network.subnet", [tr.text(raw, "networkConfig", "subnetwork")]),
        node_groups=len(pools),
        nodes_desired=counted,
        nodes=counted,
        endpoint=tr.said(raw, "endpoint"),
        network_policy=_polices(raw),
        local_accounts=_local(raw),
        rbac=not (tr.flag(raw, "legacyAbac", "enabled") or False),
        auto_upgrade=autopilot or all(tr.flag(pool, "management", "autoUpgrade") or False for pool in pools),
        private_nodes=tr.flag(private, "enablePrivateNodes") or False,
        workload_identity=bool(tr.text(raw, "workloadIdentityConfig", "workloadPool")),
        metadata_concealed=autopilot or all(_conceals(pool) for pool in pools),
    )


def _public(raw: Any) -> bool:
    own = tr.flag(raw, "controlPlaneEndpointsConfig", "ipEndpointsConfig", "enablePublicEndpoint")
    return not (tr.flag(raw, "privateClusterConfig", "enablePrivateEndpoint") or False) if own is None else own


def _cidrs(raw: Any) -> list[str]:
    """Who may reach the public endpoint: everyone, unless authorised networks are switched on."""
    own = tr.at(raw, "masterAuthorizedNetworksConfig")
    if own is None:
        own = tr.at(raw, "controlPlaneEndpointsConfig", "ipEndpointsConfig", "authorizedNetworksConfig")
    if not tr.flag(own, "enabled"):
        return [EVERYWHERE]
    return tr.sorted_texts(tr.text(one, "cidrBlock") for one in tr.items(own, "cidrBlocks"))


def _node_account(raw: Any) -> str | None:
    pool = next(iter(tr.items(raw, "nodePools")), None)
    found = tr.text(pool, "config", "serviceAccount") or tr.text(raw, "nodeConfig", "serviceAccount")
    return None if found == "default" else found


def _polices(raw: Any) -> bool:
    advanced = tr.text(raw, "networkConfig", "datapathProvider") == "ADVANCED_DATAPATH"
    return advanced or (tr.flag(raw, "networkPolicy", "enabled") or False)


def _local(raw: Any) -> bool:
    auth = tr.at(raw, "masterAuth")
    return bool(tr.text(auth, "username") or tr.flag(auth, "clientCertificateConfig", "issueClientCertificate"))


def _conceals(pool: Any) -> bool:
    return tr.text(pool, "config", "workloadMetadataConfig", "mode") == "GKE_METADATA"


def service(raw: dict[str, Any], place: Place, policy: Any) -> ContainerService:
    """A Service of Cloud Run (v2) with its IAM policy (None: not known)."""
    made = tr.at(raw, "template")
    containers = tr.items(made, "containers")
    first = next(iter(containers), None)
    scaling = tr.at(made, "scaling")
    open_door = tr.flag(raw, "invokerIamDisabled") or False
    limits = tr.at(first, "resources", "limits")
    return ContainerService(
        **names.row(SERVICE, raw, place),
        state=names.word(raw, {"CONDITION_SUCCEEDED": "active", "CONDITION_FAILED": "failed"}, "terminalCondition", "state"),
        cluster="",
        launch_type="serverless",
        public_ip=False,
        public=tr.text(raw, "ingress") in ("INGRESS_TRAFFIC_ALL", None),
        anonymous=True if open_door else None if policy is None else names.open_to_all(policy, INVOKERS),
        image=tr.text(first, "image"),
        ports=[Port(protocol="tcp", port=tr.integer(one, "containerPort")) for one in tr.items(first, "ports")],
        min_instances=tr.integer(scaling, "minInstanceCount") or 0,
        max_instances=tr.integer(scaling, "maxInstanceCount"),
        role=place.service_account(tr.text(made, "serviceAccount")),
        cpu_limit_millis=millis(tr.text(limits, "cpu")),
        memory_limit_mib=mib(tr.text(limits, "memory")),
        health_check=any(tr.at(one, "livenessProbe") for one in containers),
        firewalls=[],
        subnets=place.links("network.subnet", _subnets(raw, made)),
        target_groups=[],
    )


def _subnets(raw: Any, made: Any) -> list[str]:
    """Subnets that it sends through, as links: they may be named alone."""
    project = tr.said(raw, "name").split("/")[1:2]
    region = re.search(r"/locations/([^/]+)/", tr.said(raw, "name"))
    named = [found for one in tr.items(made, "vpcAccess", "networkInterfaces") if (found := tr.text(one, "subnetwork"))]
    where = f"projects/{project[0]}/regions/{region[1]}/subnetworks/" if project and region else ""
    return [one if "/" in one else where + one for one in named]


def millis(cpu: str | None) -> int | None:
    """CPUs as Kubernetes writes them: ``1``, ``0.5``, ``250m``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(m?)", cpu or "")
    return int(float(found[1]) * (1 if found[2] else 1000)) if found else None


def mib(size: str | None) -> int | None:
    """Memory as Kubernetes and Cloud Functions write it: ``512Mi``, ``2Gi``, ``256M`` (which functions take for MiB)."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]i?|)B?", size or "", re.IGNORECASE)
    return round(float(found[1]) * UNITS_MIB[found[2].lower()]) if found else None


def repository(raw: dict[str, Any], place: Place, policy: Any) -> Repository:
    """A Repository of Artifact Registry that holds images, with its IAM policy (None: not known)."""
    return Repository(
        **names.row(REPOSITORY, raw, place),
        state="active",
        scan_on_push=tr.text(raw, "vulnerabilityScanningConfig", "enablementState") == "SCANNING_ACTIVE",
        tags_immutable=tr.flag(raw, "dockerConfig", "immutableTags") or False,
        encrypted_with_key=bool(tr.text(raw, "kmsKeyName")),
        public=None if policy is None else names.open_to_all(policy),
        lifecycle_policy=bool(tr.at(raw, "cleanupPolicies")),
        uri=tr.text(raw, "registryUri"),
    )


def model_endpoint(raw: dict[str, Any], place: Place) -> ModelEndpoint:
    """An Endpoint of Vertex AI."""
    models = tr.items(raw, "deployedModels")
    machines = [tr.at(one, "dedicatedResources") or tr.at(one, "automaticResources") for one in models]
    kinds = [tr.text(one, "machineSpec", "acceleratorType") for one in machines]
    private = tr.text(raw, "network") or tr.flag(raw, "privateServiceConnectConfig", "enablePrivateServiceConnect")
    return ModelEndpoint(
        **{**names.row(MODEL, raw, place), "name": tr.text(raw, "displayName")},
        state="active",
        type="vertex",
        public=not private,
        instances=sum(tr.integer(one, "minReplicaCount") or 0 for one in machines),
        accelerator=next((kind.lower() for kind in kinds if kind), ""),
        encrypted_with_key=bool(tr.text(raw, "encryptionSpec", "kmsKeyName")),
        models=len(models),
    )


def _cluster_links(row: KubernetesCluster) -> Links:
    yield Verb.IN, row.vpc
    yield Verb.ACTS_AS, row.role


def _policy(raw: dict[str, Any], kind: str, method: str) -> Asking:
    return names.full_name(kind, raw), method, {"resource": tr.said(raw, "name")}


def _read_clusters(reading: Reading) -> None:
    found = reading.here(CLUSTER, "container.googleapis.com/Cluster")
    reading.take(CLUSTER, found, lambda raw: cluster(raw, reading.place), _cluster_links)


def _read_services(reading: Reading) -> None:
    found = reading.here(SERVICE, "run.googleapis.com/Service")
    granted = reading.granted(SERVICE, found, lambda raw: _policy(raw, "run", "run.projects.locations.services.getIamPolicy"))
    reading.take(SERVICE, granted, lambda one: service(one[0], reading.place, one[1]), lambda row: [(Verb.ACTS_AS, row.role)])


def _read_repositories(reading: Reading) -> None:
    found = reading.here(REPOSITORY, "artifactregistry.googleapis.com/Repository")
    images = [raw for raw in found if tr.text(raw, "format") == "DOCKER"]
    method = "artifactregistry.projects.locations.repositories.getIamPolicy"
    granted = reading.granted(REPOSITORY, images, lambda raw: _policy(raw, "artifactregistry", method))
    reading.take(REPOSITORY, granted, lambda one: repository(one[0], reading.place, one[1]))


def _read_models(reading: Reading) -> None:
    reading.take(MODEL, reading.here(MODEL, "aiplatform.googleapis.com/Endpoint"), lambda raw: model_endpoint(raw, reading.place))


READERS = (
    Reader(name="gke", service="container", kinds=(CLUSTER,), read=_read_clusters, permissions=("container.clusters.list",)),
    Reader(
        name="run",
        service="run",
        kinds=(SERVICE,),
        read=_read_services,
        permissions=("run.services.list", "run.services.getIamPolicy"),
    ),
    Reader(
        name="registry",
        service="artifactregistry",
        kinds=(REPOSITORY,),
        read=_read_repositories,
        permissions=("artifactregistry.repositories.list", "artifactregistry.repositories.getIamPolicy"),
    ),
    Reader(name="vertex", service="aiplatform", kinds=(MODEL,), read=_read_models, permissions=("aiplatform.endpoints.list",)),
)
