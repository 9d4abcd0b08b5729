"""A swarm, a host and what runs on them become rows, in few calls; health, usage and the doctor."""

from datetime import datetime

from tests.adapters.clouds.swarm._reading import named
from tests.adapters.clouds.swarm._town import cloud_of, rows

from skywright.lab.kit import Fault
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import Port


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
