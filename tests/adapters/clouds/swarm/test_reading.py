"""Reading engines and swarms: what well ones tell, and every way in which an answer can be bad."""

# ruff: noqa: E501, ISC004 - whole sentences are asserted as they are shown; `id` is what the API calls it

from datetime import datetime
from typing import Any

import pytest
from tests.adapters.clouds.swarm._town import QuickClock, cloud_of, rows

from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
from skywright.adapters.clouds.swarm.config import DockerHost
from skywright.lab.kit import Fault
from skywright.lab.swarm import SwarmLab
from skywright.lab.swarm.world import Machine
from skywright.model.estate import Coverage, CoverageState, Verb
from skywright.model.kinds.cluster import Port


def named(found: dict[str, Any], kind: str) -> dict[str, Any]:
    return {row.name: row for row in found.values() if kind == row.KIND}


def read(cloud: SwarmCloud, reader: str, account: str = "") -> Any:
    scope = next(one for one in cloud.scopes()[0] if one.reader == reader and account in ("", one.account))
    return cloud.read(scope)


def coverage(cloud: SwarmCloud, reader: str, account: str = "") -> Coverage:
    return read(cloud, reader, account).coverage[0]


def manager(lab: SwarmLab) -> Any:
    return lab.servers["swarm-1"]


def test_a_swarm_and_its_nodes(lab) -> None:
    found = rows(cloud_of(lab))
    swarm = lab.planted.swarm
    cluster = named(found, "container.cluster")["default"]
    facts = (cluster.account, cluster.managers, cluster.managers_reachable, cluster.instances, cluster.services, cluster.autolock)
    assert facts == (swarm.id, 1, 1, 2, 10, False)
    assert (cluster.running_tasks, cluster.certificate_days, cluster.version) == (19, 90, "20.10.24")
    nodes = named(found, "container.node")
    first = nodes["swarm-1"]
    assert (first.role, first.ready, first.schedulable, first.availability, first.cpu_millis, first.memory_mib) == (
        "control-plane",
        True,
        True,
        "active",
        8000,
        32768,
    )
    assert first.instance == "swarm:swarm-1:global:compute.host/LAB:SWARM-1"
    assert (nodes["worker-0"].state, nodes["worker-0"].ready, nodes["worker-0"].instance) == ("down", False, None)


def test_a_service_its_ports_and_its_tasks(lab) -> None:
    found = rows(cloud_of(lab))
    service = named(found, "container.service")["shop-web"]
    port = Port(protocol="tcp", port=8080, target_port="8080", node_port=443, address="", mode="ingress")
    assert (service.desired, service.running, service.launch_type, service.ports) == (3, 3, "replicated", [port])
    assert (service.cpu_limit_millis, service.memory_limit_mib, service.cpu_reserved_millis, service.memory_reserved_mib) == (
        1000,
        512,
        250,
        256,
    )
    assert (service.read_only_root, service.circuit_breaker, service.update_failure_action, service.health_check) == (
        True,
        True,
        "rollback",
        True,
    )
    assert (service.public, service.public_ip) == (None, False)
    endpoint = named(found, "container.endpoint")["shop-web"]
    assert (endpoint.type, endpoint.public, endpoint.workloads, endpoint.external) == (
        "node-port",
        True,
        [service.id],
        ["10.20.0.1", "10.20.1.0"],
    )
    tasks = [row for row in found.values() if row.KIND == "container.pod" and row.workload == service.id]
    assert sorted(task.name for task in tasks) == ["shop-web.1", "shop-web.2", "shop-web.3"]
    assert {task.state for task in tasks} == {"running"}
    assert {task.privileged for task in tasks} == {False}


def test_containers_of_a_single_host(lab) -> None:
    found = rows(cloud_of(lab))
    pods = named(found, "container.pod")
    runner, database, old = pods["runner"], pods["scratch-db"], pods["old-build"]
    assert (runner.account, runner.privileged, runner.host_paths, runner.memory_limit_mib) == (
        "build-1",
        True,
        ["/var/run/docker.sock"],
        1024,
    )
    assert (database.memory_limit_mib, database.cpu_limit_millis, database.restart_policy, database.workload) == (-1, -1, "no", "")
    assert (old.state, old.ready, old.tags) == ("exited", False, {"owner": "ci"})
    opened = named(found, "container.endpoint")["scratch-db"]
    assert [(port.node_port, port.address) for port in opened.ports] == [(5432, "")]  # IPv4 and IPv6 are one
    images = named(found, "container.image")
    assert (images["builder:1"].used, images["builder:0"].used, images["builder:0"].state) == (True, False, "available")
    volumes = named(found, "container.volume")
    assert (volumes["ci-cache"].used, volumes["shop-data"].used) == (False, True)
    assert named(found, "container.secret")["old-token"].used_by == 0
    assert named(found, "container.secret")["db-password"].used_by == 1


def test_secrets_are_never_read_into_the_estate(lab) -> None:
    import msgspec

    every = msgspec.json.encode([msgspec.structs.asdict(row) for row in rows(cloud_of(lab)).values()]).decode()
    for secret in ("hunter2", "SWMTKN", "c2VjcmV0"):
        assert secret not in every
    assert "PASSWORD" in every  # the name of the variable is told


def test_who_needs_whom(lab) -> None:
    cloud = cloud_of(lab)
    found = {
        (one.source.rpartition("/")[2], one.verb, one.target) for scope in cloud.scopes()[0] for one in cloud.read(scope).relations
    }
    swarm = lab.planted.swarm
    web = next(one["ID"] for one in swarm.services.values() if one["Spec"]["Name"] == "shop-web")
    secret = next(iter(swarm.secrets))
    prefix = f"swarm:{swarm.id}:global"
    assert (web, Verb.IN, f"{prefix}:container.cluster/{swarm.id}") in found
    assert (web, Verb.USES, f"{prefix}:container.secret/{secret}") in found
    assert (web, Verb.TARGETS, f"{prefix}:container.service/{web}") in found
    container = next(one["Id"] for one in lab.planted.machines[0].containers.values())
    assert (container, Verb.USES, "swarm:swarm-1:global:container.volume/shop-data") in found
    assert (container, Verb.RUNS_ON, "swarm:swarm-1:global:compute.host/LAB:SWARM-1") in found


def test_few_calls_and_a_narrow_refresh(lab) -> None:
    cloud = cloud_of(lab)
    count = len(rows(cloud))
    calls = cloud.api_calls
    assert calls == lab.calls()
    assert calls["GET /containers/{id}/json"] == 4
    assert sum(calls.values()) - 4 < count / 2
    pod = next(row for row in rows(cloud_of(lab), "container.pod").values() if row.name == "runner")
    fresh = cloud_of(lab)
    assert fresh.refresh([pod.id])[pod.id] == pod
    assert fresh.api_calls["GET /containers/{id}/json"] == 1
    assert "GET /tasks" not in fresh.api_calls


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
    ("environment", "name"),
    [
        ({"DOCKER_HOST": "{url}"}, "127.0.0.1-{port}"),
        ({"DOCKER_CONTEXT": "lab"}, "lab"),
        ({}, "lab"),  # the current context of the Docker CLI
    ],
)
def test_dockers_own_environment_decides(lab, monkeypatch, tmp_path, environment: dict[str, str], name: str) -> None:
    import hashlib
    import json

    url = lab.servers["build-1"].endpoint.replace("http://", "tcp://")
    port = url.rpartition(":")[2]
    meta = tmp_path / "contexts/meta" / hashlib.sha256(b"lab").hexdigest()
    meta.mkdir(parents=True)
    endpoint = {"docker": {"Host": url, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": "lab", "Metadata": {}, "Endpoints": endpoint}))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "lab"}))
    for variable in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".docker").symlink_to(tmp_path)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value.format(url=url))
    scopes, gaps = SwarmCloud(SwarmConfig(), QuickClock()).scopes()
    assert list(gaps) == []
    assert {scope.account for scope in scopes} == {name.format(port=port)}


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ([DockerHost(context="nowhere")], "Docker knows no context named nowhere. `docker context ls` shows those that there are."),
        (
            [DockerHost(host="tcp://a:2375"), DockerHost(host="tcp://a:2376")],
            "clouds.swarm.hosts: Two Docker hosts are named a. Give each its own name.",
        ),
    ],
)
def test_a_configuration_that_names_nobody_is_a_gap(monkeypatch, tmp_path, hosts: list[DockerHost], said: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    scopes, gaps = SwarmCloud(SwarmConfig(hosts=hosts), QuickClock()).scopes()
    assert (list(scopes), [(gap.account, gap.reason) for gap in gaps]) == ([], [("*", said)])


def test_certificates_that_are_not_there_are_named(tmp_path) -> None:
    from skywright.adapters.clouds.swarm.config import DockerTls

    host = DockerHost(host="tcp://a:2376", tls=DockerTls(ca=str(tmp_path / "none.pem")))
    _, gaps = SwarmCloud(SwarmConfig(hosts=[host]), QuickClock()).scopes()
    assert gaps[0].reason.startswith("The certificates for tcp://a:2376 cannot be used: ")


def test_certificates_may_be_named_from_home(tmp_path, monkeypatch) -> None:
    from skywright.adapters.clouds.swarm.config import DockerTls
    from skywright.adapters.clouds.swarm.session import _tls

    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).touch()
    found = _tls(DockerTls(ca="~/ca.pem", cert="~/cert.pem", key="~/key.pem"), "tcp://a:2376")
    assert (found.ca_cert, found.cert) == (str(tmp_path / "ca.pem"), (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")))


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


def test_health(lab) -> None:
    cloud = cloud_of(lab)
    found = rows(cloud)
    services, nodes = named(found, "container.service"), named(found, "container.node")
    pods = named(found, "container.pod")
    wanted = [services["shop-web"].id, services["mailer"].id, nodes["worker-0"].id, pods["runner"].id, pods["old-build"].id]
    assert [(one.well, one.reason) for one in cloud.health(wanted)] == [
        (True, ""),
        (False, "1 of 2 tasks run."),
        (False, "Its state is down."),
        (True, ""),
        (None, "It does not run."),
    ]


def test_usage_is_one_sample_of_now(lab) -> None:
    cloud = cloud_of(lab)
    pods = named(rows(cloud), "container.pod")
    wanted = [pods["runner"], pods["old-build"], pods["node-exporter"]]
    found = {(one.resource, one.metric): one for one in cloud.usage(wanted, datetime(2026, 1, 1), datetime(2026, 1, 2))}
    assert {key[0] for key in found} == {pods["runner"].id, pods["node-exporter"].id}
    assert found[pods["runner"].id, "cpu_pct"].mean == 3.12  # a quarter of one second of eight
    assert found[pods["node-exporter"].id, "cpu_pct"].mean == 25.0  # of its limit of one
    assert found[pods["runner"].id, "memory_pct"].mean == 25.0  # without the cache
    assert {one.samples for one in found.values()} == {1}


def test_the_doctor_tries_every_call(lab) -> None:
    lab.servers["build-1"].faults = [Fault(contains="/volumes", status=403, body={"message": "no"})]
    found = {(one.name, one.needed_for): one for one in cloud_of(lab).doctor()}
    assert found["GET /volumes", "container.volume of build-1"].allowed is False
    assert found["GET /volumes", "container.volume of swarm-1"].allowed is True
    assert found["GET /containers/{id}/json", "container.endpoint, container.pod of build-1"].allowed is None


def test_least_privileges_let_in_what_is_asked_and_nothing_else() -> None:
    import re

    from skywright.adapters.clouds.swarm.least import least_privilege

    texts = [text for _, _, text in least_privilege(["GET /containers/{id}/json"], ["POST /services/{id}/update"])]
    pattern = next(one for one in re.findall(r"`([^`]+)`", texts[0]) if "containers" in one)
    assert re.match(pattern, "/v1.41/containers/abc/json")
    assert not re.match(pattern, "/v1.41/containers/abc/exec")
    assert 'input.Method == "POST"' in texts[1]
