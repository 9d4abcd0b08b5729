"""A believable estate: a small web shop in one project, its cloud around it, and planted faults."""

from typing import Any

from skywright.lab.openstack.compute import flavor_of
from skywright.lab.openstack.ground import PROJECTS, USERS, machines, people
from skywright.lab.openstack.network import make_rule
from skywright.lab.openstack.state import Raw, State, stamp
from skywright.lab.openstack.wares import balancer, storage

OPEN_TO_ALL = (
    "all",
    "docker_api",
    "elasticsearch",
    "kubernetes_api",
    "mongodb",
    "mysql",
    "postgresql",
    "rdp",
    "redis",
    "smb",
    "sqlserver",
    "ssh",
    "telnet",
)
"""What a card without port security opens to everyone, by the rules' own words."""
LARGE = 1000  # servers of the large estate

Answers = list[dict[str, str]]


class Seed:
    """Fills a state, and keeps the answer sheet."""

    def __init__(self, state: State, estate: str) -> None:
        self.state = state
        self.estate = estate
        self.answers: Answers = []
        self.shop = PROJECTS["shop"]
        self._address = 10

    def plant(self, fault: str, kind: str, native_id: str, region: str = "RegionOne", account: str = "") -> None:
        """Note a fault that an audit would find."""
        self.answers.append(
            {"fault": fault, "kind": kind, "account": account or self.shop, "region": region, "native_id": native_id}
        )

    def fill(self) -> None:
        """Everything."""
        people(self.state)
        self._plant_people()
        machines(self.state)
        self._networks()
        self._groups()
        self._servers()
        storage(self)
        balancer(self)
        if self.estate == "large":
            for number in range(LARGE):
                self.server(f"batch-{number:04}", "m1.small", self.inner)

    def _plant_people(self) -> None:
        home = {"region": "global", "account": PROJECTS["admin"]}
        for identifier in USERS.values():
            self.plant("identity_user_console_without_mfa", "identity.user", identifier, **home)
        self.plant("identity_user_administrator", "identity.user", USERS["admin"], **home)
        self.plant("identity_user_two_active_keys", "identity.user", USERS["demo"], **home)

    def network(self, name: str, cidr: str, *, external: bool = False, project: str = "") -> tuple[Raw, Raw]:
        """A network with one subnet."""
        owner = project or self.shop
        base = {"project_id": owner, "tags": [], "created_at": stamp(), "revision_number": 1}
        net = self.state.put(
            "networks",
            {
                "id": self.state.new_id(name),
                "name": name,
                "status": "ACTIVE",
                "admin_state_up": True,
                "shared": False,
                "router:external": external,
                **base,
            },
        )
        stem = cidr.rpartition(".")[0]
        sub = self.state.put(
            "subnets",
            {
                "id": self.state.new_id(f"{name} subnet"),
                "name": f"{name}-subnet",
                "network_id": net["id"],
                "cidr": cidr,
                "ip_version": 4,
                "gateway_ip": f"{stem}.1",
                "enable_dhcp": True,
                "_addresses": 250,
                **base,
            },
        )
        return net, sub

    def port(self, place: tuple[Raw, Raw], owner: str, device: str, address: str = "", **more: Any) -> Raw:
        """A port with one address."""
        net, sub = place
        self._address += 1
        stem = sub["cidr"].rpartition(".")[0]
        return self.state.put(
            "ports",
            {
                "id": self.state.new_id("port"),
                "name": "",
                "network_id": net["id"],
                "project_id": net["project_id"],
                "status": "ACTIVE",
                "device_owner": owner,
                "device_id": device,
                "fixed_ips": [{"subnet_id": sub["id"], "ip_address": address or f"{stem}.{self._address % 250}"}],
                "security_groups": [],
                "port_security_enabled": True,
                "allowed_address_pairs": [],
                "tags": [],
                "created_at": stamp(),
                "revision_number": 1,
                **more,
            },
        )

    def _networks(self) -> None:
        self.outer = self.network("public", "203.0.113.0/24", external=True, project=PROJECTS["admin"])
        self.inner = self.network("shop", "10.20.0.0/24")
        self.inner[0]["tags"] = ["env=prod", "reviewed"]
        self.data = self.network("data", "10.21.0.0/24")
        outside = {
            "network_id": self.outer[0]["id"],
            "enable_snat": True,
            "external_fixed_ips": [{"subnet_id": self.outer[1]["id"], "ip_address": "203.0.113.9"}],
        }
        self.router = self.state.put(
            "routers",
            {
                "id": self.state.new_id("router"),
                "name": "shop-router",
                "project_id": self.shop,
                "status": "ACTIVE",
                "admin_state_up": True,
                "external_gateway_info": outside,
                "routes": [],
                "tags": [],
                "created_at": stamp(),
                "revision_number": 1,
            },
        )
        for place in (self.inner, self.data):
            self.port(place, "network:router_interface", self.router["id"], place[1]["gateway_ip"], port_security_enabled=False)

    def group(self, name: str, *rules: Raw) -> Raw:
        """A security group with the rules that Neutron gives to a new one, and ``rules``."""
        made = self.state.put(
            "security_groups",
            {
                "id": self.state.new_id(f"group {name}"),
                "name": name,
                "description": name,
                "project_id": self.shop,
                "stateful": True,
                "tags": [],
                "created_at": stamp(),
                "revision_number": 1,
            },
        )
        both = ({"direction": "egress", "ethertype": family} for family in ("IPv4", "IPv6"))
        for rule in (*both, *rules):
            make_rule(self.state, {"security_group_id": made["id"], **rule}, self.shop)
        return made

    def _groups(self) -> None:
        def tcp(low: int, high: int, prefix: str | None = "0.0.0.0/0", **more: Any) -> Raw:
            return {
                "direction": "ingress",
                "protocol": "tcp",
                "port_range_min": low,
                "port_range_max": high,
                "remote_ip_prefix": prefix,
                **more,
            }

        self.default = self.group("default")
        for family in ("IPv4", "IPv6"):
            peer = {
                "direction": "ingress",
                "ethertype": family,
                "remote_group_id": self.default["id"],
                "security_group_id": self.default["id"],
            }
            make_rule(self.state, peer, self.shop)
        self.web = self.group("web", tcp(80, 80), tcp(443, 443), tcp(443, 443, "::/0", ethertype="IPv6"), tcp(22, 22))
        self.database = self.group("database", tcp(5432, 5432, None, remote_group_id=self.web["id"]))
        self.unused = self.group("old-vpn", tcp(1194, 1194, "192.0.2.0/24"))
        self.plant("network_firewall_default_has_rules", "network.firewall", self.default["id"])
        self.plant("network_firewall_ssh_open_to_internet", "network.firewall", self.web["id"])
        self.plant("network_firewall_unused", "network.firewall", self.unused["id"])

    def server(self, name: str, flavor: str, place: tuple[Raw, Raw], *groups: Raw, status: str = "ACTIVE", **more: Any) -> Raw:
        """A server with one port."""
        shape = self.state.get("flavors", f"id-{flavor}")
        made = self.state.put(
            "servers",
            {
                "id": self.state.new_id(f"server {name}"),
                "name": name,
                "status": status,
                "tenant_id": self.shop,
                "user_id": USERS["demo"],
                "metadata": {"owner": "shop", "environment": "prod"},
                "tags": [],
                "created": stamp(),
                "updated": stamp(1),
                "flavor": flavor_of(shape),
                "image": {"id": "5e" * 16, "links": []},
                "key_name": "ops",
                "locked": False,
                "OS-EXT-AZ:availability_zone": "nova",
                "OS-EXT-STS:task_state": None,
                "OS-EXT-STS:vm_state": "active" if status == "ACTIVE" else "stopped",
                "OS-EXT-STS:power_state": 1 if status == "ACTIVE" else 4,
                "OS-EXT-SRV-ATTR:hypervisor_hostname": "compute-1.lab",
                "OS-EXT-SRV-ATTR:host": "compute-1",
                "OS-SRV-USG:launched_at": stamp().removesuffix("Z") + ".000000",
                "OS-SRV-USG:terminated_at": None,
                "_flavor": shape["id"],
                **_measured(shape),
                **more,
            },
        )
        self.port(place, "compute:nova", made["id"], security_groups=[one["id"] for one in groups or (self.default,)])
        return made

    def floating(self, address: str, port: Raw | None) -> Raw:
        """A floating address, of a port or of none."""
        return self.state.put(
            "floatingips",
            {
                "id": self.state.new_id(address),
                "floating_ip_address": address,
                "floating_network_id": self.outer[0]["id"],
                "port_id": port and port["id"],
                "fixed_ip_address": port and port["fixed_ips"][0]["ip_address"],
                "router_id": self.router["id"] if port else None,
                "project_id": self.shop,
                "status": "ACTIVE" if port else "DOWN",
                "description": "",
                "tags": [],
                "created_at": stamp(),
            },
        )

    def port_of(self, server: Raw) -> Raw:
        """The first port of a server."""
        return next(port for port in self.state.every("ports") if port["device_id"] == server["id"])

    def _servers(self) -> None:
        self.front = self.server("web-1", "m1.medium", self.inner, self.web)
        self.server("web-2", "m1.medium", self.inner, self.web, tags=["blue"])
        self.db = self.server("db-1", "m1.large", self.data, self.database)
        self.stopped = self.server("old-1", "m1.small", self.inner, status="SHUTOFF", metadata={"environment": "test"})
        self.floating("203.0.113.20", self.port_of(self.front))
        self.plant("compute_instance_public_address", "compute.instance", self.front["id"])
        self.plant("compute_instance_without_owner", "compute.instance", self.stopped["id"])
        free = self.floating("203.0.113.21", None)
        self.plant("network_address_unattached", "network.address", free["id"])
        self.loose = self.port(self.inner, "", "", security_groups=[self.default["id"]])
        self.plant("network_interface_unattached", "network.interface", self.loose["id"])
        appliance = self.port(self.data, "compute:nova", self.db["id"], port_security_enabled=False)
        self.plant("network_interface_source_check_off", "network.interface", appliance["id"])
        for name in OPEN_TO_ALL:
            self.plant(f"network_firewall_{name}_open_to_internet", "network.firewall", "no-port-security")


def _measured(shape: Raw) -> Raw:
    """What is known of the use of a server: half of one CPU, a quarter of the memory."""
    return {
        "_series": {"cpu": 0.5 * 3600 * 1e9, "memory.usage": shape["ram"] / 4},
        "_diagnostics": {
            "state": "running",
            "uptime": 86400 * 3,
            "num_cpus": shape["vcpus"],
            "cpu_details": [{"id": 0, "time": 86400 * 10**9, "utilisation": 17}],
            "memory_details": {"maximum": shape["ram"], "used": shape["ram"] // 2},
            "nic_details": [{"rx_octets": 7_200_000, "tx_octets": 3_600_000}],
            "disk_details": [],
        },
    }
