"""A case for each kind whose labels can be changed."""

from tests.adapters.clouds.gcp.write._cases import (
    ASSETS,
    BUCKET,
    CASES,
    CLUSTER,
    COMPUTE,
    KEY,
    LOCATED,
    REPOSITORY,
    SERVICE,
    SQL,
    ZONE,
    Build,
    at,
    change,
)
from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place
from tests.adapters.clouds.gcp.write._worlds_machines import _snapshot

LABELLED = {
    "compute.instance": (REGION, f"{ZONE}/worker-1", f"{COMPUTE}/zones/{ZONE}/instances/worker-1"),
    "storage.volume": (REGION, f"{ZONE}/worker-1", f"{COMPUTE}/zones/{ZONE}/disks/worker-1"),
    "storage.snapshot": ("global", "old", f"{COMPUTE}/global/snapshots/old"),
    "compute.image": ("global", f"golden-{REGION}", f"{COMPUTE}/global/images/golden-{REGION}"),
    "network.address": ("global", f"shop-{REGION}", f"{COMPUTE}/global/addresses/shop-{REGION}"),
    "network.balancer": ("global", f"shop-{REGION}", f"{COMPUTE}/global/forwardingRules/shop-{REGION}"),
    "storage.bucket": (REGION, ASSETS, BUCKET),
    "database.instance": (REGION, f"orders-{REGION}", SQL),
    "kubernetes.cluster": (REGION, f"main-{REGION}", CLUSTER),
    "crypto.key": (REGION, "platform/data", f"cloudkms/{KEY}/data"),
    "crypto.secret": ("global", f"database-{REGION}", f"secretmanager/projects/{PROJECT}/secrets/database-{REGION}"),
    "messaging.topic": ("global", f"orders-{REGION}", f"pubsub/projects/{PROJECT}/topics/orders-{REGION}"),
    "messaging.queue": ("global", f"orders-{REGION}-worker", f"pubsub/projects/{PROJECT}/subscriptions/orders-{REGION}-worker"),
    "registry.repository": (REGION, *REPOSITORY),
    "container.service": (REGION, *SERVICE),
    "function.function": (REGION, f"resize-{REGION}", f"cloudfunctions/{LOCATED}/functions/resize-{REGION}"),
    "database.cache": (REGION, "catalogue", f"redis/{LOCATED}/instances/catalogue"),
}
FIELDS = {"database.instance": ("settings", "userLabels"), "kubernetes.cluster": ("resourceLabels",)}
HELD = {"owner": "platform", "environment": "production"}


def _labelled(kind: str) -> Build:
    region, native_id, key = LABELLED[kind]
    path = FIELDS.get(kind, ("labels",))

    def build(place: Place) -> Case:
        from skywright.lab.gcp.seed.faults import public_image
        from skywright.lab.gcp.seed.site import Site
        from skywright.lab.gcp.seed.town import Town

        if kind == "compute.image":
            public_image(Site(Town(place.world), PROJECT, REGION))
        if kind == "storage.snapshot":
            _snapshot(place)
            place.edit(key, labels=HELD)
        before, after = {"tags": HELD}, {"tags": {"owner": "search", "team": "find"}}
        return change(kind, native_id, key, before, after, lambda raw: at(raw, *path) == after["tags"], region=region)

    return build


CASES.update({f"change the tags of {kind}": _labelled(kind) for kind in LABELLED})
