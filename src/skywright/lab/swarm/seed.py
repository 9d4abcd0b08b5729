"""A believable estate of containers, with faults whose finding is the measure of an audit."""

from typing import Any

import msgspec

from skywright.lab.swarm.world import Machine, Names, Swarm

DIGEST = "sha256:" + "ab" * 32
LIMITS = {
    "Limits": {"NanoCPUs": 10**9, "MemoryBytes": 512 << 20},
    "Reservations": {"NanoCPUs": 25 * 10**7, "MemoryBytes": 256 << 20},
}
CAREFUL = {"FailureAction": "rollback", "Parallelism": 1, "Order": "start-first"}
HEALTH = {"Healthcheck": {"Test": ["CMD", "wget", "-q", "-O-", "http://localhost/healthz"]}}
PINNED = "registry.lab.internal/shop@" + DIGEST
SIZES = {"small": (1, 1), "default": (4, 6), "large": (40, 1200)}
"""Estate -> how many more nodes and plain services there are."""


class Planted(msgspec.Struct):
    """What there is, and what is wrong with it."""

    swarm: Swarm
    machines: list[Machine]
    answers: list[dict[str, str]]

    def fault(self, rule: str, kind: str, account: str, native_id: str) -> None:
        """Write down a fault at the moment it is planted."""
        self.answers.append({"fault": rule, "kind": kind, "account": account, "region": "global", "native_id": native_id})


def plant(seed: int, estate: str) -> Planted:
    """Seed and size -> an estate."""
    more_nodes, more_services = SIZES[estate]
    names = Names(seed)
    swarm = Swarm(names)
    planted = Planted(swarm, [], [])
    manager = swarm.node("swarm-1", "manager", "10.20.0.1", labels={"zone": "a", "owner": "platform"})
    for index in range(2 if estate != "small" else 0):
        swarm.node(f"swarm-{index + 2}", "manager", f"10.20.0.{index + 2}", labels={"zone": "bc"[index], "owner": "platform"})
    workers = [swarm.node(f"worker-{n}", "worker", f"10.20.1.{n}", labels={"owner": "platform"}) for n in range(more_nodes)]
    planted.machines = [Machine("swarm-1", names, node=manager), Machine("build-1", names, guarded=False)]
    _cluster_faults(planted, workers)
    _services(planted, more_services)
    _swarm_host(planted.machines[0])
    _build_host(planted, planted.machines[1])
    return planted


def _cluster_faults(planted: Planted, workers: list[str]) -> None:
    swarm = planted.swarm
    planted.fault("container_cluster_managers_not_locked", "container.cluster", swarm.id, swarm.id)
    if len([node for node in swarm.nodes.values() if node["Spec"]["Role"] == "manager"]) < 3:
        planted.fault("container_cluster_too_few_managers", "container.cluster", swarm.id, swarm.id)
    swarm.nodes[workers[-1]]["Status"]["State"] = "down"
    planted.fault("container_node_not_ready", "container.node", swarm.id, workers[-1])
    ingress = {"Name": "ingress", "Options": {}, "Ingress": True}
    for fields in (ingress, {"Name": "shop", "Options": {"encrypted": ""}}, {"Name": "legacy", "Options": {}}):
        _overlay(swarm, **fields)
    planted.fault("container_network_not_encrypted", "container.network", swarm.id, "legacy")
    for name in ("db-password", "old-token"):
        made = swarm.names.short()
        swarm.secrets[made] = {"ID": made, "Version": {"Index": 5}, "CreatedAt": "2026-01-02T00:00:00Z"}
        swarm.secrets[made]["Spec"] = {"Name": name, "Labels": {}}
    config = swarm.names.short()
    spec = {"Name": "nginx.conf", "Labels": {}, "Data": "c2VjcmV0"}
    swarm.configs[config] = {"ID": config, "Version": {"Index": 5}, "CreatedAt": "2026-01-02T00:00:00Z", "Spec": spec}
    planted.fault("container_secret_left_over", "container.secret", swarm.id, made)


def _overlay(swarm: Swarm, **fields: Any) -> None:
    made = swarm.names.short()
    swarm.networks[made] = {
        "Id": made,
        "Created": "2026-01-01T00:00:00Z",
        "Scope": "swarm",
        "Driver": "overlay",
        "IPAM": {"Driver": "default", "Options": None, "Config": [{"Subnet": f"10.0.{len(swarm.networks)}.0/24"}]},
        "Internal": False,
        "Attachable": False,
        "Ingress": False,
        "Labels": None,
        "Containers": None,
    } | fields


def _services(planted: Planted, more: int) -> None:
    swarm = planted.swarm
    secret = next(iter(swarm.secrets))
    web = {"Ports": [{"Protocol": "tcp", "TargetPort": 8080, "PublishedPort": 443, "PublishMode": "ingress"}]}
    network = [{"Target": next(key for key, one in swarm.networks.items() if one["Name"] == "shop")}]
    careful: dict[str, Any] = {"resources": LIMITS, "UpdateConfig": CAREFUL, "labels": {"owner": "shop"}}
    good = swarm.service("shop-web", PINNED, 3, container={"ReadOnly": True, **HEALTH}, endpoint=web, **careful)
    template = swarm.services[good]["Spec"]["TaskTemplate"]
    template["Networks"] = network
    template["ContainerSpec"]["Secrets"] = [{"SecretID": secret, "SecretName": "db-password", "File": {"Name": "db"}}]

    def bad(rule: str, name: str, image: str = PINNED, **more: Any) -> None:
        container = {"ReadOnly": True, **HEALTH} | more.pop("container", {})
        made = swarm.service(name, image, **({"replicas": 2, "container": container} | careful | more))
        planted.fault(rule, "container.service", swarm.id, made)

    bad("container_service_memory_unlimited", "reports", resources={"Limits": {}, "Reservations": {}})
    bad("container_service_root_writable", "uploads", container={"ReadOnly": False})
    bad("container_service_without_circuit_breaker", "search", UpdateConfig={"FailureAction": "pause"})
    bad("container_service_below_desired", "mailer", running=1)
    waiting = next(task["ID"] for task in swarm.tasks.values() if task["Status"]["State"] == "pending")
    planted.fault("container_pod_pending", "container.pod", swarm.id, waiting)
    bad("container_service_image_not_pinned", "cache", image="redis:7")
    bad("container_service_mounts_engine_socket", "agent", container={"Mounts": [_bind("/var/run/docker.sock")]})
    bad("container_service_capabilities_added", "vpn", container={"CapabilityAdd": ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"]})
    bad("container_service_single_replica", "billing", replicas=1)
    for index in range(more):
        swarm.service(f"job-{index:04d}", PINNED, 2, container={"ReadOnly": True, **HEALTH}, **careful)


def _bind(path: str) -> dict[str, Any]:
    return {"Type": "bind", "Source": path, "Target": path, "Destination": path}


def _swarm_host(machine: Machine) -> None:
    machine.settings["Labels"] = ["owner=platform"]
    machine.settings["SecurityOptions"] = ["name=seccomp,profile=default", "name=userns"]
    image = machine.image("registry.lab.internal/shop:1.4", digest=DIGEST)
    machine.volume("shop-data")
    careful: dict[str, Any] = {
        "Memory": 512 << 20,
        "NanoCpus": 10**9,
        "ReadonlyRootfs": True,
        "RestartPolicy": {"Name": "unless-stopped"},
    }
    mount = {"Type": "volume", "Name": "shop-data", "Source": "", "Destination": "/data"}
    machine.container("node-exporter", image, Mounts=[mount], Labels={"owner": "platform"}, **careful)


def _build_host(planted: Planted, machine: Machine) -> None:
    """A host whose control port is open, with what gathers on a host where people build."""
    name = machine.name
    machine.settings["LiveRestoreEnabled"] = False
    planted.fault("compute_host_engine_port_unguarded", "compute.host", name, f"LAB:{name.upper()}")
    planted.fault("compute_host_live_restore_off", "compute.host", name, f"LAB:{name.upper()}")
    image = machine.image("builder:1", digest="sha256:" + "cd" * 32)
    old = machine.image("builder:0", digest="sha256:" + "ef" * 32)
    machine.registry = {f"builder@sha256:{'ef' * 32}": old}
    planted.fault("container_image_unused", "container.image", name, old["Id"])
    machine.volume("ci-cache")
    planted.fault("container_volume_unused", "container.volume", name, "ci-cache")
    machine.network("ci")
    again = {"Name": "unless-stopped", "MaximumRetryCount": 0}
    socket = [_bind("/var/run/docker.sock")]
    runner = machine.container("runner", image, Privileged=True, Memory=1 << 30, Mounts=socket, RestartPolicy=again)
    planted.fault("container_pod_privileged", "container.pod", name, runner["Id"])
    planted.fault("container_pod_mounts_engine_socket", "container.pod", name, runner["Id"])
    ports = {"5432/tcp": [{"HostIp": "0.0.0.0", "HostPort": "5432"}, {"HostIp": "::", "HostPort": "5432"}]}  # noqa: S104 - planted
    database = machine.container("scratch-db", image, Ports=ports, ip="172.17.0.3")
    planted.fault("container_pod_memory_unlimited", "container.pod", name, database["Id"])
    planted.fault("container_pod_not_restarted", "container.pod", name, database["Id"])
    planted.fault("container_endpoint_database_published", "container.endpoint", name, database["Id"])
    stopped = machine.container("old-build", image, state="exited", Memory=1 << 30, Labels={"owner": "ci"})
    planted.fault("container_pod_left_behind", "container.pod", name, stopped["Id"])
