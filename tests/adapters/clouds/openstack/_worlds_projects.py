"""A case for each action on containers, quotas, users, hypervisors, key pairs and credentials."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.openstack._bound import _bound
from tests.adapters.clouds.openstack._harness import HOME, SHOP, Case, World

from skywright.lab.openstack.ground import USERS


def _container(
    name: str, before: dict[str, Any], after: dict[str, Any], wanted: dict[str, Any], undone: dict[str, Any] | None = None
) -> Callable[[World], Case]:
    def make(world: World) -> Case:
        item = world.one("containers", name=name)
        return Case(
            kind="storage.bucket",
            native_id=name,
            before=before,
            after=after,
            see=lambda: dict(item["headers"]),
            wanted=wanted,
            undone=undone or {},
        )

    return make


def _quota(service: str, name: str, key: str) -> Callable[[World], Case]:
    def make(world: World) -> Case:
        def look() -> dict[str, Any]:
            limits = world.state.all("quotas").get(f"{key}:{SHOP}") or world.state.all("quotas")[f"{key}:default"]
            return {"limit": limits[name]}

        start = look()["limit"]
        return Case(
            kind="account.quota",
            native_id=f"{service}.{name}",
            before={"limit_value": float(start)},
            after={"limit_value": 7.0},
            see=look,
            wanted={"limit": 7},
        )

    return make


def _keypair(world: World) -> Case:
    pair = f"{USERS['demo']}:ops"
    key = world.state.all("keypairs")[pair]["public_key"]

    def look() -> dict[str, Any]:
        found = world.state.all("keypairs").get(pair)
        return {"gone": found is None, "key": found and found["public_key"]}

    return Case(kind="compute.keypair", native_id="ops", before={"public_key": key, "type": "ssh"}, after=None, see=look)


def _credential(world: World) -> Case:
    (key,) = world.state.all("app_credentials")
    return Case(
        kind="identity.key",
        native_id=key,
        region="global",
        before={"user_id": f"openstack:{SHOP}:global:identity.user/{USERS['demo']}", "name": "backup"},
        after=None,
        see=lambda: {"gone": key not in world.state.all("app_credentials")},
    )


CASES: dict[str, Callable[[World], Case]] = {
    "close a container to everyone": _container(
        "assets", {"public_acl": True}, {"public_acl": False}, {"x-container-read": ".rlistings"}
    ),
    "change the access lists of a container": _container(
        "assets",
        {"read_acl": ".r:*,.rlistings", "write_acl": ""},
        {"read_acl": "", "write_acl": ""},
        {"x-container-read": None},
    ),
    "keep the versions of a container's objects": _container(
        "assets", {"versioning": "off"}, {"versioning": "on"}, {"x-versions-enabled": "true"}, {"x-versions-enabled": "false"}
    ),
    "set the quota of a container": _container(
        "assets", {"quota_bytes": -1}, {"quota_bytes": 1 << 30}, {"x-container-meta-quota-bytes": str(1 << 30)}
    ),
    "change the metadata of a container": _container(
        "backups",
        {"tags": {"owner": "shop"}},
        {"tags": {"team": "x"}},
        {"x-container-meta-team": "x", "x-container-meta-owner": None},
    ),
    "set a quota of a project": _quota("compute", "cores", "compute"),
    "disable a user, or enable it": _bound(
        "users",
        "identity.user",
        {"state": "active"},
        {"state": "disabled"},
        lambda item: {"state": "active" if item["enabled"] else "disabled"},
        find={"name": "reader"},
        account=HOME,
        region="global",
    ),
    "take a hypervisor out of service, or put it back": _bound(
        "hypervisors",
        "compute.host",
        {"state": "up"},
        {"state": "disabled"},
        lambda item: {"state": "disabled" if item["status"] == "disabled" else item["state"]},
        find={"hypervisor_hostname": "compute-1.lab"},
        account=HOME,
    ),
    "change the tags of a project": _bound(
        "projects",
        "account.account",
        {"tags": {"env": "prod"}},
        {"tags": {"env": "test"}},
        lambda item: {"tags": list(item["tags"])},
        find={"name": "shop"},
        region="global",
        wanted={"tags": ["env=test"]},
    ),
    "delete a key pair": _keypair,
    "delete an application credential": _credential,
}


VARIANTS: dict[str, Callable[[World], Case]] = {
    "a quota of volumes": _quota("block-storage", "gigabytes", "volume"),
    "a quota of networks": _quota("network", "router", "network"),
}
