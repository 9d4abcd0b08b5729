"""The ground of an estate: the organisation, its projects, regions and zones, and the short way to put a thing into them."""

import random
from datetime import timedelta
from typing import Any

import msgspec

from skywright.lab.gcp.filling import ROOTS, complete
from skywright.lab.gcp.people import with_etag
from skywright.lab.gcp.store import spelled
from skywright.lab.gcp.world import World

ORGANIZATION = "organizations/100000000001"
FOLDERS = {"folders/200000000001": "workloads", "folders/200000000002": "experiments"}
DOMAIN = "example.com"
REGIONS = ("europe-west1", "us-central1")
ZONES = "bcd"
COMPUTE = ROOTS["compute"]
GLOBAL = "global"

MACHINES = {
    "e2-micro": (2, 1024),
    "e2-small": (2, 2048),
    "e2-medium": (2, 4096),
    "e2-standard-2": (2, 8192),
    "e2-standard-4": (4, 16384),
    "e2-standard-8": (8, 32768),
    "n1-standard-1": (1, 3840),
    "n1-standard-4": (4, 15360),
    "n2-standard-2": (2, 8192),
    "n2-standard-4": (4, 16384),
    "n2-standard-8": (8, 32768),
    "n2-highmem-4": (4, 32768),
}
"""Machine type -> vCPUs and MiB. https://cloud.google.com/compute/docs/general-purpose-machines"""

APIS = (
    "compute", "storage", "sqladmin", "container", "run", "cloudfunctions", "pubsub", "bigquery", "cloudkms", "secretmanager",
    "iam", "cloudresourcemanager", "logging", "dns", "artifactregistry", "aiplatform", "monitoring", "cloudasset", "redis",
    "file",
)  # fmt: skip

REGION_QUOTAS = (("CPUS", 72.0), ("DISKS_TOTAL_GB", 40960.0), ("STATIC_ADDRESSES", 8.0), ("IN_USE_ADDRESSES", 8.0))


class Project(msgspec.Struct, frozen=True):
    """A project. ``number`` is Google's own name for it."""

    id: str
    number: str
    environment: str
    parent: str


PROJECTS = (
    Project("lab-production", "300000000001", "production", "folders/200000000001"),
    Project("lab-staging", "300000000002", "staging", "folders/200000000001"),
    Project("lab-sandbox", "300000000003", "development", "folders/200000000002"),
)


class Town:
    """What every builder gets. The same seed and estate give the same names; times are relative to the world's."""

    def __init__(self, world: World, projects: tuple[Project, ...] = PROJECTS) -> None:
        self.world = world
        self.chance = random.Random(world.seed)  # noqa: S311 - repeatable, not secret
        self.ground = projects
        self.answers: list[dict[str, str]] = []

    @property
    def projects(self) -> list[str]:
        """The ids of the projects."""
        return [project.id for project in self.ground]

    def ago(self, days: float) -> str:
        """A time in the past, as Google spells it."""
        return spelled(self.world.store.now - timedelta(days=days))

    def put(self, key: str, resource: dict[str, Any], days: float = 200.0) -> dict[str, Any]:
        """Keep a resource that was made so many days ago. Gives it with all that the service fills in."""
        whole = complete(self.world.store, key, resource, self.ago(days))
        self.world.store.put(key, whole)
        return whole

    def compute(self, project: str, scope: str, collection: str, name: str, resource: dict[str, Any], days: float = 200.0) -> str:
        """Keep a resource of Compute Engine; ``scope`` is ``zones/...``, ``regions/...`` or ``global``. Gives its link."""
        return str(self.put(f"compute/projects/{project}/{scope}/{collection}/{name}", resource, days)["selfLink"])

    def allow(self, key: str, role: str, *members: str) -> None:
        """Add a binding to the policy of a resource."""
        policy = self.world.store.policies.get(key, {"version": 1})
        bindings = [*policy.get("bindings", []), {"role": role, "members": sorted(members)}]
        self.world.store.policies[key] = with_etag({**policy, "bindings": bindings})

    def plant(self, project: str, region: str, kind: str, native_id: str, *rules: str) -> None:
        """Note what a perfect audit would find here: one line for each rule."""
        self.answers += [
            {"fault": rule, "kind": kind, "account": project, "region": region, "native_id": native_id} for rule in rules
        ]

    def number(self, project: str) -> str:
        """The number of a project."""
        return next(one.number for one in self.ground if one.id == project)


def lay(town: Town) -> None:
    """The organisation, the projects, and what Google has in each: regions, zones, machine types, services."""
    town.put(f"cloudresourcemanager/{ORGANIZATION}", {"name": ORGANIZATION, "displayName": DOMAIN, "state": "ACTIVE"}, 900)
    for name, shown in FOLDERS.items():
        town.put(
            f"cloudresourcemanager/{name}", {"name": name, "parent": ORGANIZATION, "displayName": shown, "state": "ACTIVE"}, 890
        )
    for project in town.ground:
        _project(town, project)


def _project(town: Town, project: Project) -> None:
    row: dict[str, Any] = {
        "name": f"projects/{project.number}",
        "projectId": project.id,
        "displayName": project.id,
        "parent": project.parent,
    }
    town.put(f"cloudresourcemanager/projects/{project.id}", {**row, "labels": {"environment": project.environment}}, 800)
    town.allow(f"cloudresourcemanager/projects/{project.id}", "roles/owner", f"group:platform@{DOMAIN}")
    town.allow(f"cloudresourcemanager/projects/{project.id}", "roles/viewer", f"group:engineering@{DOMAIN}")
    items = [{"key": "enable-oslogin", "value": "TRUE"}, {"key": "serial-port-enable", "value": "FALSE"}]
    facts: dict[str, Any] = {
        "name": project.id,
        "commonInstanceMetadata": {"kind": "compute#metadata", "items": items},
        "kind": "compute#project",
    }
    facts["defaultServiceAccount"] = f"{project.number}-compute@developer.gserviceaccount.com"
    town.put(f"compute/projects/{project.id}", facts, 800)
    for api in APIS:
        name = f"projects/{project.number}/services/{api}.googleapis.com"
        key = f"serviceusage/projects/{project.id}/services/{api}.googleapis.com"
        state: dict[str, Any] = {
            "name": name,
            "parent": f"projects/{project.number}",
            "config": {"name": f"{api}.googleapis.com"},
            "state": "ENABLED",
        }
        town.put(key, state)
    contact: dict[str, Any] = {"name": f"projects/{project.number}/contacts/1", "email": f"security@{DOMAIN}", "languageTag": "en"}
    contact |= {"notificationCategorySubscriptions": ["SECURITY"], "validationState": "VALID"}
    town.world.store.put(f"essentialcontacts/projects/{project.id}/contacts/1", contact)
    # no policy of the organisation keeps the public out of every bucket
    town.plant(project.id, GLOBAL, "account.account", project.id, "account_account_public_buckets_allowed")
    for region in REGIONS:
        _region(town, project.id, region)


def _region(town: Town, project: str, region: str) -> None:
    zones = [f"{region}-{letter}" for letter in ZONES]
    quotas = [{"metric": metric, "limit": limit, "usage": limit / 6} for metric, limit in REGION_QUOTAS]
    links = [f"{COMPUTE}projects/{project}/zones/{zone}" for zone in zones]
    town.put(f"compute/projects/{project}/regions/{region}", {"status": "UP", "quotas": quotas, "zones": links}, 3000)
    for zone in zones:
        link = f"{COMPUTE}projects/{project}/regions/{region}"
        town.put(f"compute/projects/{project}/zones/{zone}", {"status": "UP", "region": link}, 3000)
        for name, (cpus, memory) in MACHINES.items():
            shape: dict[str, Any] = {
                "guestCpus": cpus,
                "memoryMb": memory,
                "isSharedCpu": name in ("e2-micro", "e2-small", "e2-medium"),
            }
            shape |= {"zone": zone, "kind": "compute#machineType", "architecture": "X86_64"}
            town.put(f"compute/projects/{project}/zones/{zone}/machineTypes/{name}", shape, 3000)
