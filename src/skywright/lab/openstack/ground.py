"""What every project of the stand-in stands on: people, hypervisors, flavors and quotas."""

from skywright.lab.openstack.state import State, stamp

PROJECTS = {"admin": "a0" * 16, "shop": "b1" * 16, "lab": "c2" * 16}
USERS = {"admin": "1a" * 16, "demo": "2b" * 16, "reader": "3c" * 16}
ROLES = {name: f"{number}d" * 16 for number, name in enumerate(("admin", "member", "reader", "service"), 4)}


def people(state: State) -> None:
    """Projects, users, roles and who has which."""
    _projects(state)
    _roles(state)
    _credentials(state)


def _projects(state: State) -> None:
    put = state.put
    put("domains", {"id": "default", "name": "Default", "enabled": True, "description": "", "tags": []})
    for name, identifier in PROJECTS.items():
        base = {"id": identifier, "name": name, "domain_id": "default", "parent_id": "default", "enabled": True}
        put("projects", {**base, "is_domain": False, "tags": ["env=prod"] if name == "shop" else [], "description": ""})
    for name, identifier in USERS.items():
        put(
            "users",
            {
                "id": identifier,
                "name": name,
                "domain_id": "default",
                "enabled": True,
                "password_expires_at": None,
                "options": {},
            },
        )


def _roles(state: State) -> None:
    put = state.put
    for name, identifier in ROLES.items():
        put("roles", {"id": identifier, "name": name, "domain_id": None, "options": {}})
    for user, role, project in (
        ("admin", "admin", "admin"),
        ("admin", "admin", "shop"),
        ("admin", "admin", "lab"),
        ("demo", "member", "shop"),
        ("reader", "reader", "shop"),
    ):
        put(
            "assignments",
            {"id": state.new_id(), "kind": "user", "who": USERS[user], "role": ROLES[role], "about": PROJECTS[project]},
        )
    put("groups", {"id": "9f" * 16, "name": "operators", "domain_id": "default", "_members": [USERS["demo"]]})


def _credentials(state: State) -> None:
    put = state.put
    put(
        "app_credentials",
        {
            "id": "7e" * 16,
            "name": "backup",
            "user_id": USERS["demo"],
            "project_id": PROJECTS["shop"],
            "expires_at": None,
            "roles": [],
        },
    )
    put(
        "credentials",
        {
            "id": "6d" * 32,
            "type": "ec2",
            "user_id": USERS["demo"],
            "project_id": PROJECTS["shop"],
            "blob": '{"access": "x", "secret": "not-to-be-kept"}',
        },
    )


def machines(state: State) -> None:
    """Flavors, hypervisors, zones, types of volumes, and quotas."""
    _flavors(state)
    for number in (1, 2):
        _hypervisor(state, number)
    _keys_and_zones(state)
    _quotas(state)


def _flavors(state: State) -> None:
    put = state.put
    for name, vcpus, ram, disk in (("m1.small", 1, 2048, 20), ("m1.medium", 2, 4096, 40), ("m1.large", 4, 8192, 80)):
        put(
            "flavors",
            {
                "id": f"id-{name}",
                "name": name,
                "vcpus": vcpus,
                "ram": ram,
                "disk": disk,
                "swap": 0,
                "os-flavor-access:is_public": True,
            },
        )


def _hypervisor(state: State, number: int) -> None:
    put = state.put
    service = put(
        "services",
        {
            "id": state.new_id("service"),
            "host": f"compute-{number}",
            "zone": "nova",
            "binary": "nova-compute",
            "status": "enabled",
            "state": "up",
        },
    )
    put(
        "hypervisors",
        {
            "id": state.new_id("hypervisor"),
            "hypervisor_hostname": f"compute-{number}.lab",
            "hypervisor_type": "QEMU",
            "hypervisor_version": 8002002,
            "state": "up",
            "status": "enabled",
            "vcpus": 32,
            "vcpus_used": 6,
            "memory_mb": 131072,
            "memory_mb_used": 16384,
            "local_gb": 2000,
            "local_gb_used": 200,
            "running_vms": 3,
            "host_ip": f"192.0.2.{number}",
            "service": {"id": service["id"], "host": f"compute-{number}", "disabled_reason": None},
        },
    )


def _keys_and_zones(state: State) -> None:
    put = state.put
    put(
        "aggregates",
        {
            "id": "1",
            "uuid": state.new_id("aggregate"),
            "name": "ssd",
            "hosts": ["compute-1"],
            "metadata": {"ssd": "true"},
            "created_at": stamp(),
        },
    )
    put(
        "keypairs",
        {
            "id": f"{USERS['demo']}:ops",
            "user_id": USERS["demo"],
            "name": "ops",
            "type": "ssh",
            "fingerprint": "12:34",
            "public_key": "ssh-ed25519 AAAAC3Nza ops",
        },
    )


def _quotas(state: State) -> None:
    put = state.put
    put("types", {"id": "standard", "name": "standard"})
    put("types", {"id": "fast", "name": "fast"})
    put("quotas", {"id": "compute:default", "instances": 10, "cores": 20, "ram": 51200, "key_pairs": 100, "server_groups": 10})
    put("quotas", {"id": "volume:default", "volumes": 10, "snapshots": 10, "gigabytes": 1000})
    put(
        "quotas",
        {
            "id": "network:default",
            "network": 100,
            "subnet": 100,
            "port": 500,
            "router": 10,
            "floatingip": 50,
            "security_group": 10,
            "security_group_rule": 100,
        },
    )
