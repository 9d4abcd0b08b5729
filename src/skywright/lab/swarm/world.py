"""What there is: machines with containers, images, volumes and networks, and a swarm over some of them. All as the API says it."""

import copy
import random
import threading
from typing import Any

START = "2026-02-01T08:00:00.000000000Z"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
CA_DAYS = 90
NANOS_PER_DAY = 86_400 * 10**9


class Refused(Exception):
    """What the daemon answers instead: a status and its words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Names:
    """Ids as Docker makes them, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - names, no secrets
        self._lock = threading.Lock()

    def long(self) -> str:
        """64 hexadecimal digits: containers, images, local networks."""
        with self._lock:
            return f"{self._random.getrandbits(256):064x}"

    def short(self) -> str:
        """25 letters and digits: everything of a swarm."""
        with self._lock:
            return "".join(self._random.choice(DIGITS) for _ in range(25))


class Machine:
    """One host with an engine. ``node`` is its id in the swarm, "" outside."""

    def __init__(self, name: str, names: Names, *, node: str = "", guarded: bool = True) -> None:
        self.name = name
        self.names = names
        self.node = node
        self.guarded = guarded
        self.settings: dict[str, Any] = {
            "LiveRestoreEnabled": True,
            "SecurityOptions": ["name=seccomp,profile=default"],
            "Labels": [],
        }
        self.registry: dict[str, dict[str, Any]] = {}  # repository@digest -> the image that a pull of it brings
        self.events: list[dict[str, Any]] = []  # the oldest first
        self.containers: dict[str, dict[str, Any]] = {}  # id -> as inspected
        self.images: dict[str, dict[str, Any]] = {}
        self.volumes: dict[str, dict[str, Any]] = {}
        self.networks: dict[str, dict[str, Any]] = {}
        for driver, network in (("bridge", "bridge"), ("host", "host"), ("null", "none")):
            self.network(network, driver)

    def network(self, name: str, driver: str = "bridge", **more: Any) -> dict[str, Any]:
        """Put a local network there."""
        made = {
            "Name": name,
            "Id": self.names.long(),
            "Created": START,
            "Scope": "local",
            "Driver": driver,
            "EnableIPv6": False,
            "IPAM": {"Driver": "default", "Options": None, "Config": []},
            "Internal": False,
            "Attachable": False,
            "Ingress": False,
            "Options": {},
            "Labels": {},
            "Containers": {},
        } | more
        self.networks[str(made["Id"])] = made
        return made

    def image(self, *references: str, digest: str = "", size: int = 50 << 20) -> dict[str, Any]:
        """Put an image there."""
        repository = references[0].rpartition(":")[0] if references else "old"
        made = {
            "Id": f"sha256:{self.names.long()}",
            "RepoTags": list(references) or None,
            "RepoDigests": [f"{repository}@{digest}"] if digest else None,
            "Created": 1_767_225_600,
            "Size": size,
            "VirtualSize": size,
            "SharedSize": -1,
            "Containers": -1,
            "Labels": None,
            "ParentId": "",
        }
        self.images[str(made["Id"])] = made
        return made

    def volume(self, name: str, **more: Any) -> dict[str, Any]:
        """Put a volume there."""
        made = {
            "Name": name,
            "Driver": "local",
            "Scope": "local",
            "CreatedAt": "2026-01-10T08:00:00Z",
            "Mountpoint": f"/var/lib/docker/volumes/{name}/_data",
            "Labels": {},
            "Options": None,
        } | more
        self.volumes[name] = made
        return made

    def container(self, name: str, image: dict[str, Any], *, state: str = "running", **more: Any) -> dict[str, Any]:
        """Put a container there. ``more``: HostConfig's fields, Labels, Mounts, Ports (published: ``{"80/tcp": [...]}``), Env,
        network."""
        network = self.networks_named(more.pop("network", "bridge"))
        made = {
            "Id": self.names.long(),
            "Name": f"/{name}",
            "Created": START,
            "Image": image["Id"],
            "RestartCount": more.pop("restarts", 0),
            "State": {"Status": state, "Running": state == "running", "ExitCode": 0, "StartedAt": START},
            "Config": {
                "Image": (image["RepoTags"] or [image["Id"]])[0],
                "Env": more.pop("Env", ["PATH=/usr/bin"]),
                "Labels": more.pop("Labels", {}),
                "Cmd": ["serve"],
            },
            "Mounts": more.pop("Mounts", []),
            "NetworkSettings": {
                "Ports": more.pop("Ports", {}),
                "Networks": {network["Name"]: {"NetworkID": network["Id"], "IPAddress": more.pop("ip", "172.17.0.2")}},
            },
            "HostConfig": {
                "NetworkMode": network["Name"],
                "Privileged": False,
                "ReadonlyRootfs": False,
                "PidMode": "",
                "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
                "Memory": 0,
                "MemoryReservation": 0,
                "NanoCpus": 0,
                "CpuQuota": 0,
                "CpuPeriod": 0,
                "CapAdd": None,
                "Binds": None,
            }
            | more,
        }
        self.containers[made["Id"]] = made
        return made

    def networks_named(self, name: str) -> dict[str, Any]:
        """The network of this name or id."""
        for network in self.networks.values():
            if name in (network["Name"], network["Id"]):
                return network
        raise Refused(404, f"network {name} not found")


class Swarm:
    """Nodes, services with their tasks, secrets and configs; every change needs the version that was read."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.id = names.short()
        self.index = 100
        self.spec: dict[str, Any] = {
            "Name": "default",
            "Labels": {},
            "Orchestration": {"TaskHistoryRetentionLimit": 5},
            "CAConfig": {"NodeCertExpiry": CA_DAYS * NANOS_PER_DAY},
            "EncryptionConfig": {"AutoLockManagers": False},
        }
        self.version = self.index
        self.nodes: dict[str, dict[str, Any]] = {}
        self.services: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, Any]] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        self.networks: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []  # what every manager sees, the oldest first
        self.stuck: set[str] = set()  # services whose updates are never over
        self.fails: dict[str, str] = {}  # service -> the state that its next update ends in
        self._asked: dict[str, int] = {}

    def node(self, hostname: str, role: str = "worker", addr: str = "10.20.0.1", **more: Any) -> str:
        """Put a node there; gives its id."""
        made: dict[str, Any] = {
            "ID": self.names.short(),
            "Version": {"Index": self._next()},
            "CreatedAt": START,
            "UpdatedAt": START,
            "Spec": {"Labels": more.pop("labels", {}), "Role": role, "Availability": more.pop("availability", "active")},
            "Description": {
                "Hostname": hostname,
                "Platform": {"Architecture": "x86_64", "OS": "linux"},
                "Resources": {"NanoCPUs": 8 * 10**9, "MemoryBytes": 32 << 30},
                "Engine": {"EngineVersion": "20.10.24"},
                "TLSInfo": {"TrustRoot": "", "CertIssuerSubject": "c3dhcm0="},
            },
            "Status": {"State": more.pop("state", "ready"), "Addr": addr},
        }
        if role == "manager":
            leader = not any("ManagerStatus" in node for node in self.nodes.values())
            reachable = more.pop("reachability", "reachable")
            made["ManagerStatus"] = {"Leader": leader, "Reachability": reachable, "Addr": f"{addr}:2377"}
        self.nodes[made["ID"]] = made
        return str(made["ID"])

    def service(self, name: str, image: str, replicas: int | None = 2, **more: Any) -> str:
        """Put a service there, with its tasks; gives its id. ``running``: how many of them run."""
        running = more.pop("running", replicas if replicas is not None else len(self.nodes))
        container = {"Image": image, "Env": ["PASSWORD=hunter2"], "Init": False} | more.pop("container", {})
        spec: dict[str, Any] = {
            "Name": name,
            "Labels": more.pop("labels", {}),
            "TaskTemplate": {
                "ContainerSpec": container,
                "Resources": more.pop("resources", {"Limits": {}, "Reservations": {}}),
                "Placement": {},
                "ForceUpdate": 0,
                "Runtime": "container",
            },
            "Mode": {"Global": {}} if replicas is None else {"Replicated": {"Replicas": replicas}},
            "EndpointSpec": {"Mode": "vip"} | more.pop("endpoint", {}),
        } | more
        made: dict[str, Any] = {
            "ID": self.names.short(),
            "Version": {"Index": self._next()},
            "CreatedAt": START,
            "UpdatedAt": START,
        }
        made["Spec"] = spec
        made["Endpoint"] = {"Spec": spec["EndpointSpec"], "Ports": spec["EndpointSpec"].get("Ports") or []}
        self.services[made["ID"]] = made
        self.settle(made, running)
        return str(made["ID"])

    def settle(self, service: dict[str, Any], running: int | None = None) -> None:
        """Give a service the tasks that its spec asks for."""
        for task in [task for task in self.tasks.values() if task["ServiceID"] == service["ID"]]:
            del self.tasks[task["ID"]]
        nodes = sorted(node for node, one in self.nodes.items() if one["Spec"]["Availability"] == "active")
        replicated = service["Spec"]["Mode"].get("Replicated")
        wanted = replicated["Replicas"] if replicated else len(nodes)
        service["wanted"], service["running"] = wanted, wanted if running is None else running
        for slot in range(wanted):
            self._task(service, slot, nodes[slot % len(nodes)] if nodes else "", runs=slot < service["running"])

    def _task(self, service: dict[str, Any], slot: int, node: str, *, runs: bool) -> None:
        template = service["Spec"]["TaskTemplate"]
        made = {
            "ID": self.names.short(),
            "Version": {"Index": self.index},
            "CreatedAt": START,
            "UpdatedAt": START,
            "Labels": {},
            "Spec": copy.deepcopy(template),
            "ServiceID": service["ID"],
            "NodeID": node,
            "Status": {
                "State": "running" if runs else "pending",
                "ContainerStatus": {"ContainerID": self.names.long(), "PID": 100},
            },
            "DesiredState": "running",
        }
        if "Replicated" in service["Spec"]["Mode"]:
            made["Slot"] = slot + 1
        self.tasks[str(made["ID"])] = made

    def update_service(self, name: str, version: int, spec: dict[str, Any], *, rollback: bool) -> None:
        """ServiceUpdate as swarmkit does it: the old spec becomes the previous one; a rollback swaps them."""
        service = self.found(self.services, "service", name)
        self._check(service["Version"]["Index"], version)
        if rollback:
            if "PreviousSpec" not in service:
                raise Refused(400, "rpc error: code = FailedPrecondition desc = service does not have a previous spec")
            spec = service["PreviousSpec"]
        elif spec.get("Name") != service["Spec"]["Name"]:
            raise Refused(501, "rpc error: code = Unimplemented desc = renaming services is not supported")
        if (set(spec["Mode"]) ^ set(service["Spec"]["Mode"])) != set():
            raise Refused(501, "rpc error: code = Unimplemented desc = service mode change is not allowed")
        changed = spec["TaskTemplate"] != service["Spec"]["TaskTemplate"]
        service["PreviousSpec"], service["Spec"] = service["Spec"], copy.deepcopy(spec)
        service["Version"] = {"Index": self._next()}
        service["Endpoint"] = {"Spec": spec["EndpointSpec"], "Ports": spec["EndpointSpec"].get("Ports") or []}
        service.pop("UpdateStatus", None)
        if changed or rollback:
            state, said = ("rollback_started", "manually requested rollback") if rollback else ("updating", "update in progress")
            service["UpdateStatus"] = {"State": state, "StartedAt": START, "Message": said}
            self._asked[service["ID"]] = 0
        self.settle(service)

    def progress(self, service: dict[str, Any]) -> None:
        """An update is over at the second look."""
        status = service.get("UpdateStatus")
        if not status or status["State"] not in ("updating", "rollback_started") or service["ID"] in self.stuck:
            return
        self._asked[service["ID"]] = self._asked.get(service["ID"], 0) + 1
        if self._asked[service["ID"]] >= 2:
            ends = "rollback_completed" if status["State"] == "rollback_started" else "completed"
            ended = self.fails.pop(service["ID"], ends) if status["State"] == "updating" else ends
            service["UpdateStatus"] = {"State": ended, "StartedAt": START, "Message": ended.replace("_", " ")}
            if ended.startswith("rollback") and status["State"] == "updating":
                service["Spec"], service["PreviousSpec"] = service["PreviousSpec"], service["Spec"]
                service["Version"] = {"Index": self._next()}

    def update_node(self, name: str, version: int, spec: dict[str, Any]) -> None:
        """NodeUpdate."""
        node = self.found(self.nodes, "node", name)
        self._check(node["Version"]["Index"], version)
        managers = [one for one in self.nodes.values() if one["Spec"]["Role"] == "manager"]
        if node["Spec"]["Role"] == "manager" and spec["Role"] == "worker" and len(managers) == 1:
            raise Refused(400, "rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm")
        node["Spec"] = copy.deepcopy(spec)
        node["Version"] = {"Index": self._next()}
        if spec["Role"] == "manager":
            addr = node["Status"]["Addr"]
            node.setdefault("ManagerStatus", {"Leader": False, "Reachability": "reachable", "Addr": f"{addr}:2377"})
        else:
            node.pop("ManagerStatus", None)

    def update(self, version: int, spec: dict[str, Any]) -> None:
        """SwarmUpdate."""
        self._check(self.version, version)
        self.spec = copy.deepcopy(spec)
        self.version = self._next()

    def found(self, among: dict[str, dict[str, Any]], what: str, name: str) -> dict[str, Any]:
        """The thing of this id or name. Raises Refused (404)."""
        for one in among.values():
            if name in (one["ID"], one.get("Spec", {}).get("Name")):
                return one
        raise Refused(404, f"{what} {name} not found")

    def _check(self, present: int, version: int) -> None:
        if present != version:
            raise Refused(500, "rpc error: code = Unknown desc = update out of sequence")

    def _next(self) -> int:
        self.index += 1
        return self.index
