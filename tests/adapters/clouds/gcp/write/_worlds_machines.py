"""A case for each action on machines, their disks, snapshots and groups."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.gcp.write._cases import COMPUTE, ZONE, case, change
from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place


def _instance(before: Any, after: Any, done: Callable[[dict[str, Any]], bool]) -> Case:
    return change("compute.instance", f"{ZONE}/worker-1", f"{COMPUTE}/zones/{ZONE}/instances/worker-1", before, after, done)


@case("stop an instance")
def _(_place: Place) -> Case:
    return _instance({"state": "running"}, {"state": "stopped"}, lambda raw: raw["status"] == "TERMINATED")


@case("start an instance")
def _(place: Place) -> Case:
    place.edit(f"{COMPUTE}/zones/{ZONE}/instances/worker-1", status="TERMINATED")
    return _instance({"state": "stopped"}, {"state": "running"}, lambda raw: raw["status"] == "RUNNING")


@case("resize an instance")
def _(_place: Place) -> Case:
    return _instance(
        {"type": "n2-standard-4"},
        {"type": "n2-standard-2"},
        lambda raw: (
            raw["machineType"].endswith("/n2-standard-2") and raw["status"] == "RUNNING" and len(raw["metadata"]["items"]) == 1
        ),
    )


@case("protect an instance against deletion")
def _(_place: Place) -> Case:
    return _instance({"termination_protected": False}, {"termination_protected": True}, lambda raw: raw["deletionProtection"])


def _disk(place: Place, name: str = "archive") -> str:
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    Site(Town(place.world), PROJECT, REGION).disk(name, ZONE, 200, resourcePolicies=[f"{COMPUTE}/resourcePolicies/daily"])
    return f"{COMPUTE}/zones/{ZONE}/disks/{name}"


@case("enlarge a disk")
def _(place: Place) -> Case:
    key = _disk(place)
    return change(
        "storage.volume", f"{ZONE}/archive", key, {"size_gib": 200}, {"size_gib": 300}, lambda raw: raw["sizeGb"] == "300"
    )


@case("delete a disk after a snapshot")
def _(place: Place) -> Case:
    key = _disk(place)
    before = {"state": "available", "attached": False}
    return change(
        "storage.volume", f"{ZONE}/archive", key, before, None, lambda raw: not raw, undone=(key, "/snapshots/skywright-copy-")
    )


@case("delete a snapshot")
def _(place: Place) -> Case:
    _snapshot(place)
    return change(
        "storage.snapshot",
        "old",
        f"{COMPUTE}/global/snapshots/old",
        {"state": "completed"},
        None,
        lambda raw: not raw,
        region="global",
    )


def _snapshot(place: Place) -> None:
    from skywright.lab.gcp.seed.town import Town

    facts = {
        "diskSizeGb": "50",
        "sourceDisk": f"https://www.googleapis.com/{COMPUTE}/zones/{ZONE}/disks/worker-1",
        "labels": {"owner": "x"},
    }
    Town(place.world).compute(PROJECT, "global", "snapshots", "old", facts)


def _group(place: Place) -> str:
    from skywright.lab.gcp.seed import faults
    from skywright.lab.gcp.seed.site import Site
    from skywright.lab.gcp.seed.town import Town

    faults.single_zone_group(Site(Town(place.world), PROJECT, REGION))
    return f"{COMPUTE}/zones/{REGION}-c/instanceGroupManagers/batch"


@case("size a managed instance group")
def _(_place: Place) -> Case:
    key = f"{COMPUTE}/regions/{REGION}/instanceGroupManagers/shop-{REGION}"
    members = f"{COMPUTE}/regions/{REGION}/instanceGroups/shop-{REGION}"
    return change(
        "compute.group",
        f"shop-{REGION}",
        key,
        {"desired": 2},
        {"desired": 3},
        lambda raw: raw["targetSize"] == 3 and raw["status"]["isStable"],
        undone=(key, members, "/instances/shop-"),
    )


@case("set the smallest and largest size of an autoscaled group")
def _(place: Place) -> Case:
    _group(place)
    key = f"{COMPUTE}/zones/{REGION}-c/autoscalers/batch"
    before, after = {"min_size": 1, "max_size": 5}, {"min_size": 2, "max_size": 9}
    return change("compute.group", f"{REGION}-c/batch", key, before, after, lambda raw: _bounds(raw) == (2, 9))


def _bounds(raw: Any) -> tuple[int, int]:
    policy = raw["autoscalingPolicy"]
    assert policy["cpuUtilization"] == {"utilizationTarget": 0.6}, "what is not said stays"
    return policy["minNumReplicas"], policy["maxNumReplicas"]
