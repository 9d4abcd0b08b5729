"""Computers: instances and what they are made from; functions; containers; Kubernetes."""

from datetime import datetime

from skywright.model.kinds.base import Resource


class Instance(Resource, frozen=True, kw_only=True):
    """A virtual machine. ``state``: pending, running, stopping, stopped, terminated."""

    KIND = "compute.instance"
    type: str | None = None
    vcpus: int | None = None
    memory_mib: int | None = None
    architecture: str | None = None
    platform: str | None = None
    lifecycle: str | None = None  # on-demand or spot
    burstable: bool | None = None
    image: str | None = None
    launched_at: datetime | None = None
    stopped_at: datetime | None = None
    zone: str | None = None
    vpc: str | None = None
    subnet: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    key_pair: str | None = None
    firewalls: list[str] | None = None
    volumes: list[str] | None = None
    role: str | None = None
    scaling_group: str | None = None
    metadata_token_required: bool | None = None  # AWS: IMDSv2 required
    metadata_hop_limit: int | None = None
    detailed_monitoring: bool | None = None
    ebs_optimized: bool | None = None
    termination_protected: bool | None = None


class LaunchTemplate(Resource, frozen=True, kw_only=True):
    """A recipe for instances (its default version)."""

    KIND = "compute.template"
    version: int | None = None
    type: str | None = None
    image: str | None = None
    key_pair: str | None = None
    metadata_token_required: bool | None = None
    public_ip: bool | None = None
    volumes_encrypted: bool | None = None


class Group(Resource, frozen=True, kw_only=True):
    """A set of instances that scales (AWS: Auto Scaling group)."""

    KIND = "compute.group"
    min_size: int | None = None
    max_size: int | None = None
    desired: int | None = None
    instances: list[str] | None = None
    healthy: int | None = None
    zones: list[str] | None = None
    subnets: list[str] | None = None
    target_groups: list[str] | None = None
    health_check: str | None = None  # instance or balancer
    template: str | None = None
    uses_launch_configuration: bool | None = None
    spot_share_pct: float | None = None


class Image(Resource, frozen=True, kw_only=True):
    """A machine image owned by the account."""

    KIND = "compute.image"
    public: bool | None = None
    encrypted: bool | None = None
    snapshots: list[str] | None = None
    deprecated_at: datetime | None = None
    shared_with: list[str] | None = None


class KeyPair(Resource, frozen=True, kw_only=True):
    """A public key for logging in to instances."""

    KIND = "compute.keypair"
    type: str | None = None
    fingerprint: str | None = None


class Function(Resource, frozen=True, kw_only=True):
    """Code that runs on demand."""

    KIND = "function.function"
    runtime: str | None = None
    memory_mib: int | None = None
    timeout_s: int | None = None
    architecture: str | None = None
    role: str | None = None
    vpc: str | None = None
    public: bool | None = None  # anyone may invoke it: resource policy or URL without authentication
    url_auth: str | None = None  # not asked where no policy lets anyone in
    tracing: bool | None = None
    dead_letter: bool | None = None
    reserved_concurrency: int | None = None
    environment_encrypted: bool | None = None  # with a key of the customer's
    environment_names: list[str] | None = None  # names only: values are never read into the estate
    modified_at: datetime | None = None


class ContainerCluster(Resource, frozen=True, kw_only=True):
    """A cluster of a cloud's own container service (AWS: ECS)."""

    KIND = "container.cluster"
    services: int | None = None
    running_tasks: int | None = None
    instances: int | None = None
    insights: bool | None = None


class ContainerService(Resource, frozen=True, kw_only=True):
    """A long-running service in a container cluster."""

    KIND = "container.service"
    cluster: str | None = None
    desired: int | None = None
    running: int | None = None
    launch_type: str | None = None
    public_ip: bool | None = None
    circuit_breaker: bool | None = None
    firewalls: list[str] | None = None
    subnets: list[str] | None = None
    target_groups: list[str] | None = None


class KubernetesCluster(Resource, frozen=True, kw_only=True):
    """A managed Kubernetes cluster."""

    KIND = "kubernetes.cluster"
    version: str | None = None
    endpoint_public: bool | None = None
    endpoint_private: bool | None = None
    public_cidrs: list[str] | None = None
    secrets_encrypted: bool | None = None
    log_types: list[str] | None = None
    role: str | None = None
    vpc: str | None = None
    subnets: list[str] | None = None
    node_groups: int | None = None
    nodes_desired: int | None = None


class Repository(Resource, frozen=True, kw_only=True):
    """A repository of container images."""

    KIND = "registry.repository"
    scan_on_push: bool | None = None
    tags_immutable: bool | None = None
    encrypted_with_key: bool | None = None
    public: bool | None = None
    lifecycle_policy: bool | None = None
    uri: str | None = None


COMPUTE = (
    Instance,
    LaunchTemplate,
    Group,
    Image,
    KeyPair,
    Function,
    ContainerCluster,
    ContainerService,
    KubernetesCluster,
    Repository,
)
