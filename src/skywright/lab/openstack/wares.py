"""What the shop of the stand-in keeps, and what stands before it."""

from typing import TYPE_CHECKING

from skywright.lab.openstack.ground import PROJECTS
from skywright.lab.openstack.state import Raw, stamp
from skywright.lab.openstack.volumes import SNAPSHOT_OWNER, volume

if TYPE_CHECKING:
    from skywright.lab.openstack.seed import Seed


def storage(seed: "Seed") -> None:
    """Volumes, snapshots, images and containers."""
    _volumes(seed)
    _images(seed)
    _containers(seed)


def _volumes(seed: "Seed") -> None:
    put, new_id = seed.state.put, seed.state.new_id
    held = new_id("volume data")
    attachment = {"server_id": seed.db["id"], "attachment_id": new_id(), "volume_id": held, "device": "/dev/vdb", "id": held}
    put(
        "volumes",
        {
            **volume(held, seed.shop, {"name": "db-data", "size": 100, "metadata": {"owner": "shop"}, "encrypted": True}),
            "status": "in-use",
            "attachments": [attachment],
        },
    )
    free = put(
        "volumes", volume(new_id("volume free"), seed.shop, {"name": "forgotten", "size": 50, "metadata": {"owner": "shop"}})
    )
    seed.plant("storage_volume_unattached", "storage.volume", free["id"])
    seed.plant("storage_volume_unencrypted", "storage.volume", free["id"])
    put(
        "snapshots",
        {
            "id": new_id("snapshot"),
            "name": "db-before-upgrade",
            "status": "available",
            "size": 100,
            "volume_id": held,
            "metadata": {},
            "created_at": stamp().removesuffix("Z") + ".000000",
            SNAPSHOT_OWNER: seed.shop,
            "os-extended-snapshot-attributes:progress": "100%",
        },
    )


def _images(seed: "Seed") -> None:
    put, new_id = seed.state.put, seed.state.new_id
    base = {"status": "active", "tags": [], "owner": seed.shop, "protected": False, "created_at": stamp(), "min_disk": 0}
    put("images", {"id": "5e" * 16, "name": "debian-12", "visibility": "public", **base, "owner": PROJECTS["admin"]})
    golden = put("images", {"id": new_id("image"), "name": "shop-golden", "visibility": "community", **base})
    seed.plant("compute_image_public", "compute.image", golden["id"])
    put(
        "images",
        {
            "id": new_id("image shared"),
            "name": "shop-base",
            "visibility": "shared",
            "_members": [{"member_id": PROJECTS["lab"], "status": "accepted"}],
            **base,
        },
    )
    seed.plant("compute_image_public", "compute.image", "5e" * 16, account=PROJECTS["admin"])


def _containers(seed: "Seed") -> None:
    put = seed.state.put
    for name, headers in (
        ("assets", {"x-container-read": ".r:*,.rlistings"}),
        (
            "backups",
            {"x-container-meta-owner": "shop", "x-versions-enabled": "True", "x-container-meta-temp-url-key": "not-to-be-kept"},
        ),
    ):
        put(
            "containers",
            {
                "id": f"{seed.shop}/{name}",
                "name": name,
                "project_id": seed.shop,
                "count": 12,
                "bytes": 3 << 30,
                "headers": headers,
            },
        )
    seed.plant("storage_bucket_public", "storage.bucket", "assets")
    seed.plant("storage_bucket_without_owner", "storage.bucket", "assets")
    seed.plant("storage_bucket_versioning_off", "storage.bucket", "assets")


def balancer(seed: "Seed") -> None:
    """A load balancer before the web servers."""
    new_id = seed.state.new_id
    names = {name: new_id(name) for name in ("balancer", "listener", "pool", "monitor")}
    vip = seed.port(seed.inner, "Octavia", f"lb-{names['balancer']}")
    seed.floating("203.0.113.30", vip)
    base = {
        "project_id": seed.shop,
        "provisioning_status": "ACTIVE",
        "operating_status": "ONLINE",
        "admin_state_up": True,
        "tags": [],
        "created_at": stamp().removesuffix("Z"),
    }
    _front(seed, base, names, vip)
    _behind(seed, base, names)
    seed.plant("network_balancer_plain_http", "network.balancer", names["balancer"])
    seed.plant("network_balancer_without_owner", "network.balancer", names["balancer"])


def _front(seed: "Seed", base: Raw, names: dict[str, str], vip: Raw) -> None:
    put = seed.state.put
    put(
        "loadbalancers",
        {
            **base,
            "id": names["balancer"],
            "name": "shop",
            "vip_address": vip["fixed_ips"][0]["ip_address"],
            "vip_port_id": vip["id"],
            "vip_network_id": seed.inner[0]["id"],
            "vip_subnet_id": seed.inner[1]["id"],
            "listeners": [{"id": names["listener"]}],
            "pools": [{"id": names["pool"]}],
            "availability_zone": None,
        },
    )
    put(
        "listeners",
        {
            **base,
            "id": names["listener"],
            "name": "http",
            "protocol": "HTTP",
            "protocol_port": 80,
            "loadbalancers": [{"id": names["balancer"]}],
            "default_pool_id": names["pool"],
            "allowed_cidrs": None,
            "timeout_client_data": 50000,
            "tls_versions": None,
            "default_tls_container_ref": None,
        },
    )


def _behind(seed: "Seed", base: Raw, names: dict[str, str]) -> None:
    put, new_id = seed.state.put, seed.state.new_id
    put(
        "pools",
        {
            **base,
            "id": names["pool"],
            "name": "web",
            "protocol": "HTTP",
            "loadbalancers": [{"id": names["balancer"]}],
            "healthmonitor_id": names["monitor"],
        },
    )
    put(
        "healthmonitors",
        {**base, "id": names["monitor"], "name": "", "type": "HTTP", "url_path": "/healthz", "pools": [{"id": names["pool"]}]},
    )
    for server in [one for one in seed.state.every("servers") if str(one["name"]).startswith("web-")]:
        fixed = seed.port_of(server)["fixed_ips"][0]
        put(
            "members",
            {
                **base,
                "id": new_id("member"),
                "address": fixed["ip_address"],
                "subnet_id": fixed["subnet_id"],
                "protocol_port": 80,
                "_pool": names["pool"],
            },
        )
