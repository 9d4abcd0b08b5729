"""`skywright drift` over the labs: what somebody else changed, and who it was."""

import json
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import pytest
from tests.adapters.clouds.kubernetes._harness import new_calls
from tests.lab.azure._tenant import Tenant

from skywright.adapters.clock import SystemClock
from skywright.adapters.clouds.kubernetes.calls import Call
from skywright.adapters.clouds.openstack import OpenstackCloud, OpenstackConfig
from skywright.adapters.clouds.openstack.calls import Ask
from skywright.adapters.clouds.openstack.place import COMPUTE
from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
from skywright.doors.cli.commands.drift import DRIFTED
from skywright.doors.cli.root import run
from skywright.model.kinds import parse_id
from skywright.wiring import open_house

Told = set[tuple[str, str]]
"""Who did it, and the provider's verbs."""


def at_google(lab: Any, row: Any) -> Told:
    body = json.dumps({"labels": {"owner": "nobody"}}).encode()
    headers = {"Authorization": f"Bearer {lab.token}", "Content-Type": "application/json"}
    url = f"{lab.endpoint}/storage/storage/v1/b/{row['native_id']}"
    with urlopen(Request(url, body, headers, method="PATCH"), timeout=60) as answer:
        assert answer.status == 200
    return {("operator@lab-production.iam.gserviceaccount.com", "storage.buckets.patch")}


def at_azure(lab: Any, row: Any) -> Told:
    client = Tenant(lab)
    client.send("PATCH", json.loads(row["native"])["id"], {"tags": {"owner": "nobody"}})
    client.close()
    return {(lab.operator.object_id, "Microsoft.Compute/disks/write")}


def at_kubernetes(lab: Any, row: Any) -> Told:
    _, namespace, name = row["native_id"].split("/")
    patch = Call(
        method="PATCH",
        path=f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
        permission="patch deployments.apps",
        query={"fieldManager": "kubectl-patch"},
        content="application/merge-patch+json",
        body={"spec": {"replicas": 7}},
    )
    new_calls(lab).make(row["account"], patch)
    return {("kubectl-patch", "update deployments.apps")}


def at_openstack(lab: Any, row: Any) -> Told:
    """A resize: the server is looked at until it waits for its confirmation."""
    world = OpenstackCloud(msgspec.convert(lab.section(), OpenstackConfig), SystemClock())
    other = next(one["id"] for one in lab.state.all("flavors").values() if one["name"] != row["type"] and one["ram"] < 1 << 14)
    where = {"service": COMPUTE, "ids": (row["native_id"],)}
    for body in ({"resize": {"flavorRef": other}}, {"confirmResize": None}):
        world.calls.ask(row["account"], row["region"], Ask(verb="POST /servers/{}/action", json=body, **where))
        for _ in range(3):
            world.calls.ask(row["account"], row["region"], Ask(verb="GET /servers/{}", **where))
    return {("admin", "compute:resize"), ("admin", "compute:confirmResize")}


def at_docker(lab: Any, row: Any) -> Told:
    cloud = SwarmCloud(msgspec.convert(lab.section(), SwarmConfig), SystemClock())
    spec = cloud.calls.ask(row["account"], "GET /services/{id}", row["native_id"])
    body = spec["Spec"] | {"Labels": {"owner": "nobody"}}
    version = {"version": spec["Version"]["Index"]}
    cloud.calls.ask(row["account"], "POST /services/{id}/update", row["native_id"], query=version, body=body)
    return {("", "service update")}


CASES: dict[str, tuple[str, str, Callable[[Any, Any], Told]]] = {
    "gcp": ("storage.bucket", "", at_google),
    "azure": ("storage.volume", "", at_azure),
    "openstack": ("compute.instance", "", at_openstack),
    "swarm": ("container.service", "", at_docker),
    "kubernetes": ("container.workload", "deployment/", at_kubernetes),
}


@pytest.mark.parametrize("cloud", CASES)
def test_drift_names_who_changed_what(
    cloud: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, prefix, change = CASES[cloud]
    lab = import_module(f"skywright.lab.{cloud}").start(seed=1, estate="small")
    lab.close = lab.stop
    with closing(lab):
        (tmp_path / "skywright.yaml").write_text(json.dumps({"clouds": {cloud: lab.section()}}))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COLUMNS", "300")
        assert run(["gather", "--json"]) == 0
        house = open_house(tmp_path / "skywright.yaml", tmp_path / ".skywright")
        with house.engine.open(house._newest()) as session:
            sql = f"SELECT * FROM {kind.replace('.', '_')} WHERE native_id LIKE '{prefix}%' ORDER BY id LIMIT 1"
            (row,) = session.query(sql).dicts()
        done = change(lab, row)
        assert run(["gather", "--json"]) == 0
        capsys.readouterr()
        assert run(["drift", "--json"]) == DRIFTED
        told = json.loads(capsys.readouterr().out)
        assert run(["drift"]) == DRIFTED
        seen = capsys.readouterr().out
    assert told["trails_not_read"] == []
    mine = [one for one in told["drift"] if one["resource"] == row["id"]]
    assert mine
    assert {(deed["who"], deed["what"]) for one in mine for deed in one["deeds"]} == done
    assert {parse_id(one["resource"]).kind for one in told["drift"] if one["deeds"]} == {kind}
    assert all((who or "not told") in seen for who, _ in done)
