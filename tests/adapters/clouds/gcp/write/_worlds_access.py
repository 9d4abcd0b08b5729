"""A case for each action on roles, service accounts and their keys."""

from typing import Any

from tests.adapters.clouds.gcp.write._cases import ASSETS, BUCKET, CASES, COMPUTE, EMAIL, KEY, REPOSITORY, SERVICE, case, change
from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place
from tests.adapters.clouds.gcp.write._worlds_machines import _snapshot


def _granted(name: str, kind: str, column: str, native_id: str, key: str, role: str, region: str = REGION) -> None:
    def build(place: Place) -> Case:
        from skywright.lab.gcp.people import with_etag

        if key.endswith("/global/snapshots/old"):
            _snapshot(place)
        held = place.world.store.policies.get(key, {}).get("bindings", [])
        mixed = {"role": role, "members": ["allUsers", "group:readers@example.com"]}
        place.world.store.policies[key] = with_etag({"bindings": [*held, mixed]})
        place.edit(key, **({"iamConfiguration": {"publicAccessPrevention": "inherited"}} if kind == "storage.bucket" else {}))

        def gone(_raw: dict[str, Any]) -> bool:
            return bool("allUsers" not in str(place.world.store.policies[key]))

        return change(kind, native_id, key, {column: True}, {column: False}, gone, region=region)

    CASES[name] = build


_granted(
    "make a snapshot private",
    "storage.snapshot",
    "public",
    "old",
    f"{COMPUTE}/global/snapshots/old",
    "roles/compute.storageAdmin",
    "global",
)
_granted("withdraw everyone's rights on a bucket", "storage.bucket", "public_policy", ASSETS, BUCKET, "roles/storage.objectViewer")
_granted(
    "withdraw everyone's rights on a topic",
    "messaging.topic",
    "public",
    f"orders-{REGION}",
    f"pubsub/projects/{PROJECT}/topics/orders-{REGION}",
    "roles/pubsub.publisher",
    "global",
)
_granted(
    "withdraw everyone's rights on a subscription",
    "messaging.queue",
    "public",
    f"orders-{REGION}-worker",
    f"pubsub/projects/{PROJECT}/subscriptions/orders-{REGION}-worker",
    "roles/pubsub.subscriber",
    "global",
)
_granted(
    "withdraw everyone's rights on a repository", "registry.repository", "public", *REPOSITORY, "roles/artifactregistry.reader"
)
_granted("let only known callers call a service", "container.service", "anonymous", *SERVICE, "roles/run.invoker")
_granted(
    "withdraw everyone's rights on a key", "crypto.key", "public", "platform/data", f"cloudkms/{KEY}/data", "roles/cloudkms.viewer"
)


@case("make an image private")
def _(place: Place) -> Case:
    from skywright.lab.gcp.seed.faults import public_image
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    public_image(Site(Town(place.world), PROJECT, REGION))
    key = f"{COMPUTE}/global/images/golden-{REGION}"

    def gone(_raw: dict[str, Any]) -> bool:
        return bool(not place.world.store.policies[key].get("bindings"))

    return change("compute.image", f"golden-{REGION}", key, {"public": True}, {"public": False}, gone, region="global")


@case("take a role on a project away from someone")
def _(place: Place) -> Case:
    from skywright.lab.gcp.seed.faults import outside_owner
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    outside_owner(Site(Town(place.world), PROJECT, REGION))
    key = f"cloudresourcemanager/projects/{PROJECT}"
    member = "user:contractor@gmail.com"
    native_id = f"projects/{PROJECT}/roles/owner/{member}"

    def gone(_raw: dict[str, Any]) -> bool:
        return bool(member not in str(place.world.store.policies[key]))

    return change("identity.binding", native_id, key, {"role": "roles/owner"}, None, gone, region="global")


@case("switch a service account's key on or off")
def _(place: Place) -> Case:
    path = f"projects/{PROJECT}/serviceAccounts/{EMAIL}/keys/77"
    place.world.store.put(f"iam/{path}", {"name": path, "keyType": "USER_MANAGED"})
    before, after = {"active": True}, {"active": False}
    return change("identity.key", f"{EMAIL}/77", f"iam/{path}", before, after, lambda raw: raw["disabled"] is True, region="global")


@case("switch a service account on or off")
def _(_place: Place) -> Case:
    key = f"iam/projects/{PROJECT}/serviceAccounts/{EMAIL}"
    before, after = {"state": "active"}, {"state": "inactive"}
    return change("identity.user", EMAIL, key, before, after, lambda raw: raw["disabled"] is True, region="global")
