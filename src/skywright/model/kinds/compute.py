"""Computers: instances and what they are made from; functions; containers; Kubernetes."""

from datetime import datetime

import msgspec

from skywright.model.kinds.base import Resource
from skywright.model.kinds.cluster import Port


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
    allocated: bool | None = None  # holds hardware, and is paid for, even when it is stopped
    labels: list[str] | None = None  # words beside the tags, where the provider has both (OpenStack: server tags)
    host: str | None = None  # the machine that it runs on, where the provider tells


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
    protected: bool | None = None  # it cannot be deleted


class Disk(msgspec.Struct, frozen=True):
    """One mounted file system."""

    device: str | None = None
    mount: str | None = None
    type: str | None = None
    size_gib: float | None = None
    used_pct: float | None = None


class Package(msgspec.Struct, frozen=True):
    """An installed package."""

    name: str
    version: str | None = None


class Daemon(msgspec.Struct, frozen=True):
    """A service of the operating system."""

    name: str
    state: str | None = None  # running, stopped, failed
    enabled: bool | None = None


class Host(Resource, frozen=True, kw_only=True):
    """A machine that is ours: a server of a data centre, an edge box, a hypervisor, a container host. ``state``: up, down,
    offline (did not answer: what is known of it is as old as ``last_seen_at``), disabled. ``type``: server, hypervisor, docker."""

    KIND = "compute.host"
    type: str | None = None
    site: str | None = None
    zone: str | None = None
    vcpus: int | None = None
    vcpus_used: int | None = None
    memory_mib: int | None = None
    memory_used_mib: int | None = None
    disk_gib: float | None = None
    disk_used_gib: float | None = None
    instances: int | None = None
    architecture: str | None = None
    operating_system: str | None = None
    os_version: str | None = None
    os_end_of_support: datetime | None = None
    kernel: str | None = None
    virtual: bool | None = None
    uptime_s: int | None = None
    reboot_required: bool | None = None
    updates_pending: int | None = None
    security_updates_pending: int | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    addresses: list[str] | None = None
    disks: list[Disk] | None = None
    packages: list[Package] | None = None
    listeners: list[Port] | None = None
    daemons: list[Daemon] | None = None
    runtimes: list[str] | None = None  # docker 27.1, containerd 1.7, ...
    firewall_enabled: bool | None = None
    ssh_password_login: bool | None = None
    ssh_root_login: bool | None = None
    time_synchronised: bool | None = None
    swarm: str | None = None  # the container cluster that it is a node of; "" for none
    live_restore: bool | None = None  # containers outlive the container engine
    user_namespaces: bool | None = None  # root in a container is nobody on the host
    kernel_settings: dict[str, str] | None = None  # those that are looked at: net.ipv4.tcp_syncookies -> 1
    ssh_settings: dict[str, str] | None = None  # what the SSH server runs with, as far as it is looked at
    file_modes: dict[str, str] | None = None  # path -> owner:group and mode in octal, of the files that are looked at
    queued_changes: int | None = None  # what waits until it answers again
    tls_required: bool | None = None  # its control port takes no one without a certificate
    last_seen_at: datetime | None = None


class Flavor(Resource, frozen=True, kw_only=True):
    """A size of instance on offer."""

    KIND = "compute.flavor"
    vcpus: int | None = None
    memory_mib: int | None = None
    disk_gib: int | None = None
    public: bool | None = None
    used_by: int | None = None


class KeyPair(Resource, frozen=True, kw_only=True):
    """A public key for logging in to instances."""

    KIND = "compute.keypair"
    type: str | None = None
    fingerprint: str | None = None
    public_key: str | None = None


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
    tls_required: bool | None = None  # plain http is refused, or turned into https


class ContainerCluster(Resource, frozen=True, kw_only=True):
    """A cluster of a cloud's own container service (AWS: ECS), or a swarm."""

    KIND = "container.cluster"
    services: int | None = None
    running_tasks: int | None = None
    instances: int | None = None
    insights: bool | None = None
    managers: int | None = None
    managers_reachable: int | None = None
    autolock: bool | None = None  # the keys of a manager are locked at rest
    certificate_expires_at: datetime | None = None
    certificate_days: int | None = None  # how long a new certificate of a node is valid
    version: str | None = None


class ContainerService(Resource, frozen=True, kw_only=True):
    """A long-running service in a container cluster, or one that the cloud runs without showing a cluster (Cloud Run, Container
    Apps)."""

    KIND = "container.service"
    cluster: str | None = None
    desired: int | None = None
    running: int | None = None
    launch_type: str | None = None
    public_ip: bool | None = None
    circuit_breaker: bool | None = None
    public: bool | None = None  # the internet may call it
    anonymous: bool | None = None  # callers need not say who they are
    image: str | None = None
    ports: list[Port] | None = None
    min_instances: int | None = None
    max_instances: int | None = None
    role: str | None = None
    cpu_limit_millis: int | None = None  # -1: none is set
    memory_limit_mib: int | None = None  # -1: none is set
    cpu_reserved_millis: int | None = None  # 0: none
    memory_reserved_mib: int | None = None  # 0: none
    host_paths: list[str] | None = None
    capabilities_added: list[str] | None = None
    read_only_root: bool | None = None
    update_failure_action: str | None = None  # pause, continue, rollback
    health_check: bool | None = None
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
    nodes: int | None = None
    endpoint: str | None = None
    network_policy: bool | None = None  # network policies are enforced
    local_accounts: bool | None = None  # sign-in without the cloud's identities is possible
    rbac: bool | None = None
    auto_upgrade: bool | None = None
    private_nodes: bool | None = None
    workload_identity: bool | None = None
    metadata_concealed: bool | None = None


class Repository(Resource, frozen=True, kw_only=True):
    """A repository of container images."""

    KIND = "registry.repository"
    scan_on_push: bool | None = None
    tags_immutable: bool | None = None
    encrypted_with_key: bool | None = None
    public: bool | None = None
    lifecycle_policy: bool | None = None
    uri: str | None = None
    shared_login: bool | None = None  # one name and password for all who have them signs in


COMPUTE = (
    Instance,
    LaunchTemplate,
    Group,
    Image,
    Host,
    Flavor,
    KeyPair,
    Function,
    ContainerCluster,
    ContainerService,
    KubernetesCluster,
    Repository,
)
