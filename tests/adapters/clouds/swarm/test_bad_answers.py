"""Hosts that do not answer, answer badly or are gone meanwhile: a gap with its reason, and the rest is read."""

# ruff: noqa: E501, ISC004 - whole sentences are asserted as they are shown

from typing import Any

import pytest
from tests.adapters.clouds.swarm._reading import coverage, read
from tests.adapters.clouds.swarm._town import cloud_of

from skywright.lab.kit import Fault
from skywright.lab.swarm.world import Machine
from skywright.model.estate import CoverageState


def test_a_host_that_does_not_answer_is_a_gap_and_the_others_are_read(lab) -> None:
    section = lab.section()
    section["hosts"].append({"name": "dead", "host": "tcp://127.0.0.1:9"})
    cloud = cloud_of(lab, hosts=section["hosts"])
    scopes, gaps = cloud.scopes()
    assert [(gap.account, gap.kind, gap.state) for gap in gaps] == [("dead", "*", CoverageState.FAILED)]
    assert gaps[0].reason.startswith("No answer from dead to GET /version: ")
    assert {scope.account for scope in scopes} == {"swarm-1", "build-1", lab.planted.swarm.id}


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        (
            Fault(contains="/images/json", status=403, body={"message": "authorization denied by plugin opa"}),
            CoverageState.DENIED,
            "build-1 refuses GET /images/json: authorization denied by plugin opa. Allow `GET /images/json` to us on build-1: an "
            "authorization plugin or a proxy in front of it refuses.",
        ),
        (
            Fault(contains="/images/json", status=429, headers={"Retry-After": "7"}, body={"message": "slow down"}),
            CoverageState.THROTTLED,
            "build-1 throttles GET /images/json.",
        ),
        (
            Fault(contains="/images/json", status=500, body={"message": "layer does not exist"}),
            CoverageState.FAILED,
            "build-1 could not answer GET /images/json: layer does not exist.",
        ),
        (
            Fault(contains="/images/json", status=200, body=b'[{"Id": '),
            CoverageState.FAILED,
            "The answer of build-1 to GET /images/json is garbled.",
        ),
        (
            Fault(contains="/images/json", status=200, body=b"\xff\xfe\x00"),
            CoverageState.FAILED,
            "The answer of build-1 to GET /images/json is garbled.",
        ),
        (
            Fault(contains="/images/json", status=200, body={"message": "not a list"}),
            CoverageState.FAILED,
            "Docker answered for images in a shape that is not understood: TypeError('GET /images/json answered with something that is no "
            "list of objects'). Report this with the versions of Skywright and of the provider's library.",
        ),
    ],
)
def test_bad_answers_are_gaps_with_a_reason(lab, fault: Fault, state: CoverageState, said: str) -> None:
    cloud = cloud_of(lab)
    lab.servers["build-1"].faults = [fault]
    row = coverage(cloud, "images", "build-1")
    assert (row.state, row.reason) == (state, said)
    assert coverage(cloud, "images", "swarm-1").reason == ""


def test_what_passes_is_tried_again_after_the_wait_that_was_asked_for(lab) -> None:
    cloud = cloud_of(lab)
    lab.servers["build-1"].faults = [Fault(contains="/images/json", status=429, headers={"Retry-After": "7"}, times=2)]
    assert coverage(cloud, "images", "build-1").reason == ""
    assert cloud._clock.slept >= 14


def test_an_answer_that_is_cut_on_its_way(lab) -> None:
    cloud = cloud_of(lab)
    lab.servers["build-1"].faults = [Fault(contains="/images/json", cut=True)]
    row = coverage(cloud, "images", "build-1")
    assert row.state is CoverageState.FAILED
    assert row.reason.startswith("No answer from build-1 to GET /images/json: ")


@pytest.mark.parametrize(
    ("spoil", "kept", "reason"),
    [
        (lambda image: image.update(Surprise={"new": 1}), True, ""),
        (lambda image: image.pop("Size"), True, ""),
        (lambda image: image.update(Created="yesterday", RepoTags="builder:9"), True, ""),
        (
            lambda image: image.pop("Id"),
            False,
            "Docker answered for container.image in a shape that is not understood: KeyError('Id'). ",
        ),
        (
            lambda image: image.update(Id=7),
            False,
            "Docker answered for container.image in a shape that is not understood: ValueError(",
        ),
    ],
    ids=["unknown field", "missing field", "wrong type", "no id", "an id of another type"],
)
def test_schema_drift(lab, spoil: Any, kept: bool, reason: str) -> None:
    build: Machine = lab.planted.machines[1]
    spoil(next(iter(build.images.values())))
    cloud = cloud_of(lab)
    batch = read(cloud, "images", "build-1")
    assert len(batch.resources) == (2 if kept else 1)
    assert batch.coverage[0].reason.startswith(reason)
    assert (batch.coverage[0].state is CoverageState.COMPLETE) == kept


def test_a_container_that_goes_while_it_is_read_leaves_its_row_and_says_so(lab) -> None:
    cloud = cloud_of(lab)
    container = next(iter(lab.planted.machines[1].containers))
    lab.servers["build-1"].faults = [
        Fault(contains=f"/containers/{container}/json", status=404, body={"message": "No such container"})
    ]
    batch = read(cloud, "containers", "build-1")
    row = next(row for row in batch.resources if row.native_id == container)
    assert (row.state, row.privileged, row.memory_limit_mib, row.host_paths) == ("running", None, None, ["/var/run/docker.sock"])
    assert batch.coverage[0].partial
    assert "No such container" in batch.coverage[0].reason


def test_what_others_need_for_a_column_may_fail_alone(lab) -> None:
    cloud = cloud_of(lab)
    lab.servers["build-1"].faults = [Fault(contains="/containers/json", status=403, body={"message": "no"})]
    batch = read(cloud, "images", "build-1")
    assert {row.used for row in batch.resources} == {None}
    assert (batch.coverage[0].state, batch.coverage[0].partial) == (CoverageState.COMPLETE, True)


def test_an_engine_that_is_too_old_is_told_so(lab) -> None:
    lab.servers["build-1"].faults = [Fault(contains="/version", status=200, body={"ApiVersion": "1.38"})]
    _, gaps = cloud_of(lab).scopes()
    assert gaps[0].reason == "build-1 speaks only version 1.38 of the Engine API. Upgrade Docker there to 20.10 or later."


def test_a_manager_that_is_lost_meanwhile_is_no_swarm(lab) -> None:
    cloud = cloud_of(lab)
    scopes, _ = cloud.scopes()
    swarm = lab.planted.swarm
    node = lab.planted.machines[0].node
    swarm.nodes[node]["Spec"]["Role"] = "worker"
    row = cloud.read(next(one for one in scopes if one.reader == "services")).coverage[0]
    assert row.state is CoverageState.FAILED
    assert row.reason.endswith("Name a manager of the swarm under clouds.swarm.hosts.")


def test_another_manager_is_asked_when_one_is_gone(lab) -> None:
    from skywright.lab.swarm.engine import Engine
    from skywright.lab.swarm.world import Names

    swarm = lab.planted.swarm
    second = swarm.node("swarm-2", "manager", "10.20.0.2")
    other = Engine(Machine("swarm-2", Names(9), node=second), swarm)
    section = lab.section()
    section["hosts"].append({"name": "swarm-2", "host": other.server.endpoint})
    cloud = cloud_of(lab, hosts=section["hosts"])
    scopes, _ = cloud.scopes()
    lab.servers["swarm-1"].faults = [Fault(cut=True)]
    try:
        row = cloud.read(next(one for one in scopes if one.reader == "services")).coverage[0]
    finally:
        other.server.stop()
    assert (row.state, row.rows) == (CoverageState.COMPLETE, 10)


def test_skipped_services_are_said_to_be(lab) -> None:
    scopes, gaps = cloud_of(lab, skip_services=["swarm"]).scopes()
    assert {scope.account for scope in scopes} == {"swarm-1", "build-1"}
    assert {gap.account for gap in gaps} == {lab.planted.swarm.id}
    assert {gap.state for gap in gaps} == {CoverageState.SKIPPED}


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
            "AskHuman",
            "h is not who it should be",
        ),
        ("[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] certificate has expired", "NotSignedIn", "The certificate for h is not valid"),
        ("tlsv1 alert certificate required", "NotSignedIn", "The certificate for h is not valid"),
        ("('Connection aborted.', PermissionError(13, 'Permission denied'))", "Denied", "This user may not open the socket of h."),
        ("Connection refused", "TryAgain", "No answer from h to GET /info: Connection refused."),
    ],
)
def test_lines_that_fail(error: str, kind: str, said: str) -> None:
    from skywright.adapters.clouds.swarm.faults import unanswered

    found = unanswered("h", "GET /info", OSError(error))
    assert type(found).__name__ == kind
    assert found.message.startswith(said)
