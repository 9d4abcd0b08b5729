"""The cases by action: the resource, the change, and how it is seen that it came about; and the names that they share."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place

ZONE = f"{REGION}-b"
COMPUTE = f"compute/projects/{PROJECT}"
LOCATED = f"projects/{PROJECT}/locations/{REGION}"
SQL = f"sqladmin/projects/{PROJECT}/instances/orders-{REGION}"
CLUSTER = f"container/{LOCATED}/clusters/main-{REGION}"
ASSETS = f"{PROJECT}-{REGION}-assets"
BUCKET = f"storage/b/{ASSETS}"
KEY = f"{LOCATED}/keyRings/platform/cryptoKeys"
EMAIL = f"runner@{PROJECT}.iam.gserviceaccount.com"
OPEN = {"direction": "ingress", "protocol": "tcp", "priority": 1000}
BLOCKS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")

Build = Callable[[Place], Case]
CASES: dict[str, Build] = {}


def case(name: str) -> Callable[[Build], Build]:
    """Enter a case under the name of its action."""

    def enter(build: Build) -> Build:
        assert name not in CASES, name
        CASES[name] = build
        return build

    return enter


def at(raw: Any, *path: str) -> Any:
    for part in path:
        raw = (raw or {}).get(part)
    return raw


def change(
    kind: str, native_id: str, key: str, before: Any, after: Any, done: Callable[[dict[str, Any]], bool], **more: Any
) -> Case:
    return Case(kind=kind, native_id=native_id, key=key, before=before, after=after, done=done, **more)


REPOSITORY = ("images", f"artifactregistry/{LOCATED}/repositories/images")


SERVICE = (f"api-{REGION}", f"run/{LOCATED}/services/api-{REGION}")
