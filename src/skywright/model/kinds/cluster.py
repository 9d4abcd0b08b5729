"""What runs in clusters (Kubernetes, Docker Swarm) and on single container hosts: nodes, workloads, what they need and who may."""

import msgspec

from skywright.model.kinds.base import Resource


class Port(msgspec.Struct, frozen=True):
    """A port that something answers on. ``node_port`` is the one opened on every node or host, if any; ``address`` where it is
    bound, "" for every address."""

    protocol: str | None = None  # tcp, udp, sctp
    port: int | None = None
    target_port: str | None = None
    node_port: int | None = None
    address: str | None = None
    process: str | None = None
    mode: str | None = None  # how a swarm publishes it: ingress (on every node) or host (where a task runs)


class Container(msgspec.Struct, frozen=True):
    """One container of a workload. Requests and limits None: not said in a row that could be read; -1: none is set."""

    name: str | None = None
    image: str | None = None
    cpu_request_millis: int | None = None
    cpu_limit_millis: int | None = None
    memory_request_mib: int | None = None
    memory_limit_mib: int | None = None
    privileged: bool | None = None
    runs_as_root: bool | None = None  # nothing forbids it
    read_only_root: bool | None = None
    privilege_escalation: bool | None = None  # may gain more privileges than its parent
    capabilities_added: list[str] | None = None
    readiness_probe: bool | None = None
    liveness_probe: bool | None = None
    environment_names: list[str] | None = None  # names only
    environment_secrets: list[str] | None = None  # those that are filled from secrets
    capabilities_dropped: list[str] | None = None
    seccomp: str | None = None  # the profile's type; "" when none is asked for
    init: bool | None = None  # runs before the others, or beside them from before they start
    host_ports: list[int] | None = None


class Namespace(Resource, frozen=True, kw_only=True):
    """A part of a cluster with its own names. ``pod_security``: privileged, baseline, restricted, or "" when none is enforced."""

    KIND = "container.namespace"
    pod_security: str | None = None
    default_denied: bool | None = None  # a network policy selects every pod and lets nothing in


class Workload(Resource, frozen=True, kw_only=True):
    """Pods that are kept running or run to an end. ``type``: deployment, stateful-set, daemon-set, job, cron-job, replica-set, or
    bare."""

    KIND = "container.workload"
    type: str | None = None
    namespace: str | None = None
    desired: int | None = None
    ready: int | None = None
    updated: int | None = None
    containers: list[Container] | None = None
    images: list[str] | None = None
    service_account: str | None = None
    mounts_token: bool | None = None
    host_network: bool | None = None
    host_pid: bool | None = None
    host_paths: list[str] | None = None
    labels: dict[str, str] | None = None  # of its pods
    spread: bool | None = None  # asks to be spread over nodes or zones
    strategy: str | None = None
    revision: str | None = None
    host_ipc: bool | None = None
    suspended: bool | None = None
    budgeted: bool | None = None  # a disruption budget guards its copies
    autoscaled: bool | None = None  # an autoscaler sets how many copies there are


class Pod(Resource, frozen=True, kw_only=True):
    """One running copy: a pod, a task of a swarm service, a container on a plain host. ``state``: pending, running, succeeded,
    failed, unknown, exited."""

    KIND = "container.pod"
    namespace: str | None = None
    workload: str | None = None  # the workload or service that keeps it running; "" when nothing does
    node: str | None = None
    ip: str | None = None
    images: list[str] | None = None
    ready: bool | None = None
    restarts: int | None = None
    labels: dict[str, str] | None = None
    ports: list[Port] | None = None
    cpu_request_millis: int | None = None
    memory_request_mib: int | None = None
    privileged: bool | None = None
    host_network: bool | None = None
    host_pid: bool | None = None
    host_paths: list[str] | None = None
    read_only_root: bool | None = None
    restart_policy: str | None = None  # no, always, on-failure, unless-stopped
    cpu_limit_millis: int | None = None  # -1: none is set
    memory_limit_mib: int | None = None  # -1: none is set
    capabilities_added: list[str] | None = None
    reason: str | None = None  # why it does not run, as its keeper says: CrashLoopBackOff, ImagePullBackOff, Unschedulable


class Node(Resource, frozen=True, kw_only=True):
    """A machine of a cluster. ``instance`` is the id of the instance or host that it runs on, in whatever cloud owns it."""

    KIND = "container.node"
    instance: str | None = None
    ready: bool | None = None
    schedulable: bool | None = None
    availability: str | None = None  # active, pause (takes nothing new), drain (nor runs anything but its own services)
    role: str | None = None  # control-plane (manager) or worker
    version: str | None = None
    runtime: str | None = None
    operating_system: str | None = None
    architecture: str | None = None
    zone: str | None = None
    type: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    cpu_millis: int | None = None  # allocatable
    memory_mib: int | None = None  # allocatable
    pods_max: int | None = None
    pressure: list[str] | None = None  # memory, disk, pid
    taints: list[str] | None = None
    provider_id: str | None = None  # how the cloud that owns the machine calls it; "" when none does


class ClusterService(Resource, frozen=True, kw_only=True):
    """A stable address in front of pods. ``type``: cluster-ip, node-port, load-balancer, external-name, headless."""

    KIND = "container.endpoint"
    type: str | None = None
    namespace: str | None = None
    cluster_ip: str | None = None
    external: list[str] | None = None  # addresses or names by which the outside reaches it
    source_ranges: list[str] | None = None
    ports: list[Port] | None = None
    selector: dict[str, str] | None = None
    workloads: list[str] | None = None  # whose pods it sends to
    balancer: str | None = None  # the cloud's own balancer behind it, where known
    public: bool | None = None  # asks to be reachable from outside the cluster


class Ingress(Resource, frozen=True, kw_only=True):
    """A door for HTTP into a cluster: an Ingress, a Gateway or one of its routes. ``type``: ingress, gateway, route."""

    KIND = "container.ingress"
    type: str | None = None
    namespace: str | None = None
    controller: str | None = None
    hosts: list[str] | None = None
    tls: bool | None = None  # every host has a certificate
    services: list[str] | None = None
    parents: list[str] | None = None
    external: list[str] | None = None


class ContainerConfig(Resource, frozen=True, kw_only=True):
    """Settings that workloads read: names of the keys, never their values."""

    KIND = "container.config"
    namespace: str | None = None
    keys: list[str] | None = None
    immutable: bool | None = None
    used_by: int | None = None


class ContainerSecret(Resource, frozen=True, kw_only=True):
    """Secrets that workloads read: names of the keys, never their values."""

    KIND = "container.secret"
    type: str | None = None
    namespace: str | None = None
    keys: list[str] | None = None
    immutable: bool | None = None
    used_by: int | None = None


class ContainerImage(Resource, frozen=True, kw_only=True):
    """An image that lies on a host or runs in a cluster."""

    KIND = "container.image"
    reference: str | None = None
    digest: str | None = None
    size_mib: float | None = None
    pinned: bool | None = None  # named by digest
    used: bool | None = None


class ContainerVolume(Resource, frozen=True, kw_only=True):
    """Storage inside a cluster or on a container host: a persistent volume or a claim on one. ``type``: volume, claim, local."""

    KIND = "container.volume"
    type: str | None = None
    namespace: str | None = None
    size_gib: float | None = None
    storage_class: str | None = None
    access: list[str] | None = None
    bound: bool | None = None
    used: bool | None = None  # something mounts it
    reclaim: str | None = None  # delete, retain
    volume: str | None = None  # the volume behind a claim, or the cloud's own volume behind a volume
    provider_id: str | None = None  # how the cloud or the driver calls the volume behind it


class ContainerNetwork(Resource, frozen=True, kw_only=True):
    """A network among containers."""

    KIND = "container.network"
    driver: str | None = None
    cidr: str | None = None
    internal: bool | None = None
    encrypted: bool | None = None
    attachable: bool | None = None
    members: int | None = None


class NetworkPolicyRule(msgspec.Struct, frozen=True):
    """One opening of a network policy. No peer fields: anyone. Labels are ``key=value``, or an expression (``key in (a,b)``,
    ``key notin (a)``, ``key``, ``!key``); all must be met. ``namespace_labels`` None: the policy's own namespace, empty: every
    namespace; ``pod_labels`` None or empty: every pod there."""

    direction: str  # ingress or egress
    protocol: str | None = None  # None: all
    from_port: int | None = None
    to_port: int | None = None
    cidr: str | None = None
    except_cidrs: list[str] | None = None
    namespace_labels: list[str] | None = None
    pod_labels: list[str] | None = None


class NetworkPolicy(Resource, frozen=True, kw_only=True):
    """Who may talk to some pods. Pods that no policy selects take all; the others what any of their policies lets in."""

    KIND = "container.policy"
    namespace: str | None = None
    selector: list[str] | None = None  # as the labels of a rule; empty: every pod of the namespace
    directions: list[str] | None = None  # ingress, egress
    rules: list[NetworkPolicyRule] | None = None


class ClusterRole(Resource, frozen=True, kw_only=True):
    """A set of permissions inside a cluster. ``namespace`` "" for the whole cluster."""

    KIND = "container.role"
    namespace: str | None = None
    administrator: bool | None = None  # every verb on every resource
    reads_secrets: bool | None = None
    escalates: bool | None = None  # escalate, bind or impersonate
    creates_pods: bool | None = None
    wildcards: bool | None = None
    built_in: bool | None = None


class RoleBinding(Resource, frozen=True, kw_only=True):
    """Who has a role inside a cluster."""

    KIND = "container.binding"
    namespace: str | None = None
    role: str | None = None
    subjects: list[str] | None = None
    built_in: bool | None = None
    anonymous: bool | None = None  # system:anonymous or system:unauthenticated
    everyone: bool | None = None  # system:authenticated, or every service account
    administrator: bool | None = None


class ServiceAccount(Resource, frozen=True, kw_only=True):
    """An identity of workloads inside a cluster."""

    KIND = "container.identity"
    namespace: str | None = None
    mounts_token: bool | None = None
    cloud_role: str | None = None
    used: bool | None = None


class Autoscaler(Resource, frozen=True, kw_only=True):
    """Scales a workload. ``type``: horizontal, vertical."""

    KIND = "container.autoscaler"
    type: str | None = None
    namespace: str | None = None
    workload: str | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    current: int | None = None
    desired: int | None = None
    target_cpu_pct: int | None = None
    limited: bool | None = None  # wants more than its maximum
    mode: str | None = None


class DisruptionBudget(Resource, frozen=True, kw_only=True):
    """How many pods of a set may be down at once, on purpose."""

    KIND = "container.disruption"
    namespace: str | None = None
    selector: list[str] | None = None
    min_available: str | None = None
    max_unavailable: str | None = None
    allowed: int | None = None
    workloads: list[str] | None = None


class ClusterQuota(Resource, frozen=True, kw_only=True):
    """What a namespace may use in all, or at least and at most for each pod. ``type``: quota, range."""

    KIND = "container.quota"
    type: str | None = None
    namespace: str | None = None
    cpu_limit_millis: int | None = None
    cpu_used_millis: int | None = None
    memory_limit_mib: int | None = None
    memory_used_mib: int | None = None
    pods_limit: int | None = None
    pods_used: int | None = None


class Definition(Resource, frozen=True, kw_only=True):
    """A kind of resource that a cluster was taught."""

    KIND = "container.definition"
    group: str | None = None
    plural: str | None = None
    versions: list[str] | None = None
    namespaced: bool | None = None
    objects: int | None = None


CLUSTER = (
    Namespace,
    Workload,
    Pod,
    Node,
    ClusterService,
    Ingress,
    ContainerConfig,
    ContainerSecret,
    ContainerImage,
    ContainerVolume,
    ContainerNetwork,
    NetworkPolicy,
    ClusterRole,
    RoleBinding,
    ServiceAccount,
    Autoscaler,
    DisruptionBudget,
    ClusterQuota,
    Definition,
)
