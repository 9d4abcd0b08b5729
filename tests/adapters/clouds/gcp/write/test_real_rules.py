"""Rules of the real Google Cloud, each with the page that states it: who is overtaken, what must not be stopped, who comes last."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.adapters.clouds.gcp.write._cases import BUCKET, CLUSTER, COMPUTE, SQL, ZONE, change
from tests.adapters.clouds.gcp.write._harness import PROJECT, REGION, Case, Place, Saga
from tests.adapters.clouds.gcp.write._worlds import CASES

from skywright.adapters.clouds.gcp.write import steps
from skywright.lab.gcp.people import with_etag
from skywright.lab.gcp.refusals import Refusal
from skywright.model.errors import AskHuman, PlanAgain

WORKER = f"{COMPUTE}/zones/{ZONE}/instances/worker-1"
OWNERS = f"cloudresourcemanager/projects/{PROJECT}"


def never(_raw: Any) -> bool:
    return False


class Meddling:
    """Calls during which, just before the first that is named, somebody else does something."""

    def __init__(self, place: Place, name: str, meddle: Callable[[], None], times: int = 1) -> None:
        self._inner, self._name, self._meddle, self._left = place.calls, name, meddle, times
        self.called: list[str] = []

    def call(self, project: str, name: str, /, **more: Any) -> dict[str, Any]:
        self.called.append(name)
        if name == self._name and self._left:
            self._left -= 1
            self._meddle()
        return self._inner.call(project, name, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


NEW = {"owner": "platform", "environment": "production", "new": "x"}
SUBNET = f"{COMPUTE}/regions/{REGION}/subnetworks/backbone-{REGION}"
SET_LABELS = "container.projects.locations.clusters.setResourceLabels"
OVERTAKEN = [
    # Compute Engine: Labels and their fingerprints
    ("change the tags of compute.instance", "compute.instances.setLabels", WORKER, {"labels": NEW}),
    # Cloud Storage: Request preconditions (ifMetagenerationMatch)
    ("keep older versions of objects", "storage.buckets.patch", BUCKET, {"metageneration": "9"}),
    # Compute Engine: subnetworks.patch, fingerprint
    ("log the flows of a subnet", "compute.subnetworks.patch", SUBNET, {"description": "x"}),
    # Google Kubernetes Engine: clusters.setResourceLabels, labelFingerprint
    ("change the tags of kubernetes.cluster", SET_LABELS, CLUSTER, {"resourceLabels": NEW}),
]


@pytest.mark.parametrize(("name", "call", "key", "edit"), OVERTAKEN, ids=[row[0] for row in OVERTAKEN])
def test_who_is_overtaken_reads_again_and_keeps_what_the_other_did(name: str, call: str, key: str, edit: dict[str, Any]):
    place = Place()
    case = CASES[name](place)
    calls = Meddling(place, call, lambda: place.edit(key, **edit))
    assert Saga(case, place, calls).do() == -1
    assert calls.called.count(call) >= 2
    found = place.get(key)
    if "labels" in edit or "resourceLabels" in edit:
        assert (found.get("labels") or found.get("resourceLabels"))["new"] == "x"
    else:
        assert case.came_about(found)


def test_who_is_overtaken_again_and_again_gives_up():
    place = Place()
    case = CASES["keep older versions of objects"](place)
    turn = iter(range(100, 200))
    calls = Meddling(place, "storage.buckets.patch", lambda: place.edit(BUCKET, metageneration=str(next(turn))), times=99)
    with pytest.raises(PlanAgain):
        steps(calls, case.change(), place.clock.sleep)[0].do("token")
    assert calls.called.count("storage.buckets.patch") == 4


def test_a_policy_that_was_changed_meanwhile_keeps_the_change():
    """IAM: setIamPolicy with the etag that was read; a conflict is 409 ABORTED."""
    place = Place()
    case = CASES["take a role on a project away from someone"](place)

    def meddle() -> None:
        held = place.world.store.policies[OWNERS]
        place.world.store.policies[OWNERS] = with_etag(
            {**held, "bindings": [*held["bindings"], {"role": "roles/browser", "members": ["user:new@example.com"]}]}
        )

    calls = Meddling(place, "cloudresourcemanager.projects.setIamPolicy", meddle)
    assert Saga(case, place, calls).do() == -1
    text = str(place.world.store.policies[OWNERS])
    assert "user:new@example.com" in text
    assert "contractor" not in text


def test_one_operation_at_a_time_on_a_database():
    """Cloud SQL: "another operation was already in progress" (409) is waited for."""
    place = Place()
    case = CASES["resize a database"](place)

    def meddle() -> None:
        body = {"settings": {"insightsConfig": {"queryInsightsEnabled": False}}}
        place.calls.call(PROJECT, "sqladmin.instances.patch", body=body, project=PROJECT, instance=f"orders-{REGION}")

    calls = Meddling(place, "sqladmin.instances.patch", meddle)
    assert Saga(case, place, calls).do() == -1
    assert place.get(SQL)["settings"]["tier"] == "db-custom-4-15360"
    assert place.get(SQL)["settings"]["insightsConfig"]["queryInsightsEnabled"] is False


def _refused(place: Place, case: Case) -> str:
    place.begin()
    with pytest.raises(AskHuman) as caught:
        Saga(case, place).do()
    assert place.seen() == {}
    return str(caught.value)


def _stop(native_id: str = f"{ZONE}/worker-1") -> Case:
    return change("compute.instance", native_id, WORKER, {"state": "running"}, {"state": "stopped"}, never)


NAMED = f"gcp:{PROJECT}:{REGION}"
REFUSED: list[tuple[str, Callable[[Place], Case], str]] = [
    (
        "an instance of a managed group",  # Compute Engine: Working with managed instances
        lambda place: (
            place.edit(WORKER, metadata={"items": [{"key": "created-by", "value": "projects/1/zones/z/instanceGroupManagers/g"}]}),
            _stop(),
        )[1],
        (
            f"{NAMED}:compute.instance/{ZONE}/worker-1 belongs to a managed instance group, which would start or replace it. "
            "Change the group or its template instead."
        ),
    ),
    (
        "an instance with local SSDs",  # Compute Engine: About Local SSD disks, data persistence
        lambda place: (place.edit(WORKER, disks=[{"type": "SCRATCH"}]), _stop())[1],
        (
            f"{NAMED}:compute.instance/{ZONE}/worker-1 has local SSDs, whose content is lost when it stops. "
            "Move the data to persistent disks first."
        ),
    ),
    (
        "a suspended instance",  # Compute Engine: Suspend and resume
        lambda place: (place.edit(WORKER, status="SUSPENDED"), _stop())[1],
        f"{NAMED}:compute.instance/{ZONE}/worker-1 is suspended. Resume or stop it first.",
    ),
    (
        "a database without a private address",  # Cloud SQL: an instance needs one of the two
        lambda place: (
            place.edit(SQL, settings={**place.get(SQL)["settings"], "ipConfiguration": {"ipv4Enabled": True}}),
            change("database.instance", f"orders-{REGION}", SQL, {"public": True}, {"public": False}, never),
        )[1],
        (
            f"{NAMED}:database.instance/orders-{REGION} has no private address, and would have none at all without its public one. "
            "Give it a private address first."
        ),
    ),
    (
        "the bucket of the admin activity log",  # Cloud Logging: _Required cannot be changed
        lambda _place: change(
            "log.group", "_Required", "", {"retention_days": 400}, {"retention_days": 30}, never, region="global"
        ),
        f"gcp:{PROJECT}:global:log.group/_Required keeps its entries 400 days, and nobody can change that. Drop this change.",
    ),
    (
        "a group with an autoscaler",  # Compute Engine: resizing an autoscaled group is undone by the autoscaler
        lambda place: (
            CASES["set the smallest and largest size of an autoscaled group"](place),
            change("compute.group", f"{REGION}-c/batch", "", {"desired": 2}, {"desired": 3}, never),
        )[1],
        f"{NAMED}:compute.group/{REGION}-c/batch is sized by an autoscaler. Change its smallest and largest size instead.",
    ),
]


@pytest.mark.parametrize(("build", "sentence"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_a_person_must_decide(build: Callable[[Place], Case], sentence: str):
    place = Place()
    assert _refused(place, build(place)) == sentence


def test_the_last_owner_stays():
    place = Place()
    member = "group:platform@example.com"
    case = change(
        "identity.binding",
        f"projects/{PROJECT}/roles/owner/{member}",
        OWNERS,
        {"role": "roles/owner"},
        None,
        never,
        region="global",
    )
    owned = place.world.store.policies[OWNERS]
    place.world.store.policies[OWNERS] = with_etag({"bindings": [one for one in owned["bindings"] if one["members"] == [member]]})
    assert _refused(place, case) == f"{member} is the last owner of {PROJECT}. Make someone else an owner first."


def test_the_world_moved():
    place = Place()
    place.edit(WORKER, machineType=f"{COMPUTE}/zones/{ZONE}/machineTypes/e2-medium")
    case = CASES["resize an instance"](place)
    with pytest.raises(PlanAgain) as caught:
        Saga(case, place).do()
    assert "type is" in str(caught.value)
    assert "neither" in str(caught.value)


def test_gone_is_a_world_that_moved():
    place = Place()
    place.world.store.drop(WORKER)
    with pytest.raises(PlanAgain) as caught:
        Saga(_stop(), place).do()
    assert str(caught.value).startswith(f"{NAMED}:compute.instance/{ZONE}/worker-1 is gone: ")


def test_a_zone_without_room_leaves_the_instance_stopped_and_may_have_room_later():
    """Compute Engine: Troubleshooting resource availability errors (ZONE_RESOURCE_POOL_EXHAUSTED)."""
    place = Place()
    case = CASES["start an instance"](place)
    place.begin()
    full = Refusal(503, "The zone does not have enough resources available.", "ZONE_RESOURCE_POOL_EXHAUSTED")
    place.world.operations.failures.append(("/instances/worker-1", full))
    saga = Saga(case, place)
    assert saga.do() == 0
    saga.undo(0)
    assert place.seen() == {}
    assert saga.do() == -1
    assert case.came_about(place.get(WORKER))
