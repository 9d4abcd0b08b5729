"""Containers: ECS clusters and services, EKS clusters, ECR repositories."""

from typing import Any

import msgspec

from skywright.adapters.clouds.aws.policy import grants_everyone
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place, arn_id
from skywright.adapters.clouds.aws.read.tagged import tags_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.compute import ContainerCluster, ContainerService, KubernetesCluster, Repository

CLUSTER, SERVICE, KUBERNETES, REPOSITORY = "container.cluster", "container.service", "kubernetes.cluster", "registry.repository"
SUBNET, FIREWALL, TARGETS = "network.subnet", "network.firewall", "network.targets"
CLUSTERS_PER_CALL = 100  # ecs:DescribeClusters
SERVICES_PER_CALL = 10  # ecs:DescribeServices


def container_cluster(raw: dict[str, Any], place: Place) -> ContainerCluster:
    """One of DescribeClusters' clusters, asked for with tags and settings."""
    insights = [
        tr.text(setting, "value") for setting in tr.items(raw, "settings") if tr.text(setting, "name") == "containerInsights"
    ]
    return ContainerCluster(
        **place.common(CLUSTER, raw["clusterName"]),
        name=tr.text(raw, "clusterName"),
        state=(tr.text(raw, "status") or "").lower() or None,
        tags=tr.tags(raw.get("tags"), "key", "value"),
        native=tr.native(raw),
        services=tr.integer(raw, "activeServicesCount"),
        running_tasks=tr.integer(raw, "runningTasksCount"),
        instances=tr.integer(raw, "registeredContainerInstancesCount"),
        insights=any(value in ("enabled", "enhanced") for value in insights),
    )


def container_service(raw: dict[str, Any], place: Place) -> ContainerService:
    """One of DescribeServices' services. Events come and go, and are dropped."""
    network = tr.at(raw, "networkConfiguration", "awsvpcConfiguration")
    cluster = tr.tail(tr.text(raw, "clusterArn"))
    name = tr.text(raw, "serviceName")
    return ContainerService(
        **place.common(SERVICE, f"{cluster}/{name}" if cluster and name else ""),
        name=name,
        state=(tr.text(raw, "status") or "").lower() or None,
        tags=tr.tags(raw.get("tags"), "key", "value"),
        created_at=tr.moment(raw, "createdAt"),
        native=tr.native(raw, "events", "deployments"),
        cluster=place.ref(CLUSTER, cluster),
        desired=tr.integer(raw, "desiredCount"),
        running=tr.integer(raw, "runningCount"),
        launch_type=tr.said(raw, "launchType"),
        public_ip=tr.text(network, "assignPublicIp") == "ENABLED",
        circuit_breaker=tr.flag(raw, "deploymentConfiguration", "deploymentCircuitBreaker", "enable") or False,
        firewalls=place.refs(FIREWALL, tr.texts(network, "securityGroups") or ()),
        subnets=place.refs(SUBNET, tr.texts(network, "subnets") or ()),
        target_groups=place.refs(TARGETS, (tr.text(one, "targetGroupArn") for one in tr.items(raw, "loadBalancers"))),
    )


def service_links(row: ContainerService) -> Links:
    """A service needs its cluster, subnets and firewalls, and fills target groups."""
    yield Verb.IN, row.cluster
    for subnet in row.subnets or ():
        yield Verb.IN, subnet
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall
    for targets in row.target_groups or ():
        yield Verb.MEMBER_OF, targets


class Nodes(msgspec.Struct, frozen=True):
    """The node groups of a Kubernetes cluster."""

    groups: int
    desired: int


def kubernetes_cluster(raw: dict[str, Any], place: Place, nodes: Nodes | None) -> KubernetesCluster:
    """eks:DescribeCluster's cluster. The certificate authority is dropped: it is long and of no use here."""
    network = tr.at(raw, "resourcesVpcConfig")
    logging = tr.items(raw, "logging", "clusterLogging")
    encrypted = [tr.texts(one, "resources") or [] for one in tr.items(raw, "encryptionConfig")]
    return KubernetesCluster(
        **place.common(KUBERNETES, raw["name"]),
        name=tr.text(raw, "name"),
        state=(tr.text(raw, "status") or "").lower() or None,
        tags=tr.tags(raw.get("tags")),
        created_at=tr.moment(raw, "createdAt"),
        native=tr.native(raw, "certificateAuthority"),
        version=tr.text(raw, "version"),
        endpoint_public=tr.flag(network, "endpointPublicAccess"),
        endpoint_private=tr.flag(network, "endpointPrivateAccess"),
        public_cidrs=tr.texts(network, "publicAccessCidrs"),
        secrets_encrypted=any("secrets" in resources for resources in encrypted),
        log_types=tr.sorted_texts(name for one in logging if tr.flag(one, "enabled") for name in tr.texts(one, "types") or ()),
        role=arn_id("identity.role", tr.text(raw, "roleArn")),
        vpc=place.ref("network.vpc", tr.text(network, "vpcId")),
        subnets=place.refs(SUBNET, tr.texts(network, "subnetIds") or ()),
        node_groups=nodes.groups if nodes else None,
        nodes_desired=nodes.desired if nodes else None,
    )


def kubernetes_links(row: KubernetesCluster) -> Links:
    """A cluster acts as its role, in its network."""
    yield Verb.ACTS_AS, row.role
    yield Verb.IN, row.vpc
    for subnet in row.subnets or ():
        yield Verb.IN, subnet


class RepositoryFacts(msgspec.Struct, frozen=True):
    """What only calls per repository tell; None: not known. ``policy``: "" when it has none."""

    policy: str | None = None
    lifecycle: bool | None = None
    tags: dict[str, str] | None = None


def repository(raw: dict[str, Any], place: Place, facts: RepositoryFacts) -> Repository:
    """One of ecr:DescribeRepositories' repositories."""
    return Repository(
        **place.common(REPOSITORY, raw["repositoryName"]),
        name=tr.text(raw, "repositoryName"),
        tags=facts.tags,
        created_at=tr.moment(raw, "createdAt"),
        native=tr.native(raw),
        scan_on_push=tr.flag(raw, "imageScanningConfiguration", "scanOnPush"),
        tags_immutable=tr.said(raw, "imageTagMutability").startswith("IMMUTABLE"),
        encrypted_with_key=tr.said(raw, "encryptionConfiguration", "encryptionType").startswith("KMS"),
        public=grants_everyone(facts.policy) if facts.policy else (None if facts.policy is None else False),
        lifecycle_policy=facts.lifecycle,
        uri=tr.text(raw, "repositoryUri"),
    )


def _read_clusters(reading: Reading) -> None:
    arns = [arn for arn in reading.pages("list_clusters", "clusterArns") if reading.wants(str(tr.tail(arn)))]
    for some in tr.chunks(arns, CLUSTERS_PER_CALL):
        answer = reading.call("describe_clusters", clusters=some, include=["TAGS", "SETTINGS"])
        living = [raw for raw in tr.items(answer, "clusters") if tr.text(raw, "status") != "INACTIVE"]
        reading.take(CLUSTER, living, lambda raw: container_cluster(raw, reading.place))


def _read_services(reading: Reading) -> None:
    for cluster in reading.pages("list_clusters", "clusterArns"):
        with reading.part(SERVICE):
            arns = reading.pages("list_services", "serviceArns", cluster=cluster)
            for some in tr.chunks(arns, SERVICES_PER_CALL):
                answer = reading.call("describe_services", cluster=cluster, services=some, include=["TAGS"])
                living = [raw for raw in tr.items(answer, "services") if tr.text(raw, "status") != "INACTIVE"]
                reading.take(SERVICE, living, lambda raw: container_service(raw, reading.place), service_links)


def _read_kubernetes(reading: Reading) -> None:
    names = [name for name in reading.pages("list_clusters", "clusters") if reading.wants(name)]
    found = reading.each(KUBERNETES, names, lambda name: reading.call("describe_cluster", name=name)["cluster"], needed=True)
    for name, raw in found:
        if raw is None:
            continue
        nodes: Nodes | None = None
        with reading.columns(KUBERNETES):
            nodes = _nodes(reading, name)
        reading.take(KUBERNETES, [(raw, nodes)], lambda pair: kubernetes_cluster(pair[0], reading.place, pair[1]), kubernetes_links)


def _nodes(reading: Reading, cluster: str) -> Nodes:
    names = list(reading.pages("list_nodegroups", "nodegroups", clusterName=cluster))
    groups = [reading.call("describe_nodegroup", clusterName=cluster, nodegroupName=name)["nodegroup"] for name in names]
    return Nodes(len(groups), sum(tr.integer(group, "scalingConfig", "desiredSize") or 0 for group in groups))


def _read_repositories(reading: Reading) -> None:
    listed = [raw for raw in reading.pages("describe_repositories", "repositories") if reading.wants(raw["repositoryName"])]
    facts = reading.each(REPOSITORY, listed, lambda raw: _repository_facts(reading, raw))
    reading.take(REPOSITORY, facts, lambda pair: repository(pair[0], reading.place, pair[1] or RepositoryFacts()))


def _own_tags(reading: Reading, arn: str) -> dict[str, str] | None:
    return tr.tags(reading.call("list_tags_for_resource", resourceArn=arn).get("tags"))


def _repository_facts(reading: Reading, raw: dict[str, Any]) -> RepositoryFacts:
    name = raw["repositoryName"]
    policy = lifecycle = None
    with reading.columns(REPOSITORY):
        policy = tr.said(reading.maybe("get_repository_policy", repositoryName=name), "policyText")
    with reading.columns(REPOSITORY):
        lifecycle = reading.maybe("get_lifecycle_policy", repositoryName=name) is not None
    tags = tags_of(reading, REPOSITORY, raw["repositoryArn"], lambda: _own_tags(reading, raw["repositoryArn"]))
    return RepositoryFacts(policy, lifecycle, tags)


READERS = (
    Reader(
        name="container-clusters",
        service="ecs",
        kinds=(CLUSTER,),
        read=_read_clusters,
        permissions=("ecs:ListClusters", "ecs:DescribeClusters"),
    ),
    Reader(
        name="container-services",
        service="ecs",
        kinds=(SERVICE,),
        read=_read_services,
        permissions=("ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices"),
    ),
    Reader(
        name="kubernetes-clusters",
        service="eks",
        kinds=(KUBERNETES,),
        read=_read_kubernetes,
        permissions=("eks:ListClusters", "eks:DescribeCluster", "eks:ListNodegroups", "eks:DescribeNodegroup"),
    ),
    Reader(
        name="repositories",
        service="ecr",
        kinds=(REPOSITORY,),
        read=_read_repositories,
        permissions=(
            "ecr:DescribeRepositories",
            "ecr:GetRepositoryPolicy",
            "ecr:GetLifecyclePolicy",
            "ecr:ListTagsForResource",
            "tag:GetResources",
        ),
    ),
)
