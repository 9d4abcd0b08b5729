"""From a Prometheus into a snapshot, and from there into what is decided: gather once, then no more arguments."""

import json
from typing import Any

import pytest
from tests.adapters.meters._server import Told, matrix, serving

from skywright.doors.cli.root import run as command
from skywright.lab.kubernetes import start


@pytest.fixture
def lab():
    made = start(estate="small")
    yield made
    made.stop()


def running(lab: Any, app: str) -> list[str]:
    return [
        pod["metadata"]["name"] for pod in lab.clusters["shop"].all("pods", "shop") if pod["metadata"]["labels"].get("app") == app
    ]


def container(lab: Any, pod: str) -> str:
    return str(lab.clusters["shop"].get("pods", "shop", pod)["spec"]["containers"][0]["name"])


def telling(told: Told, pods: list[str], container: str) -> None:
    """Every copy uses 40 thousandths of a processor and 100 MiB, always."""

    def answer(asked: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        query, times = asked["query"], range(int(asked["start"]), int(asked["end"]) + 1, int(asked["step"]))
        if "DCGM" in query:
            return 200, matrix(), {}
        value = "288" if "count_over_time" in query else "40" if "cpu" in query else "100"
        labels = [{"namespace": "shop", "pod": pod, "container": container} for pod in pods]
        return 200, matrix(*((one, [[at, value] for at in times]) for one in labels)), {}

    told.answer = answer


def test_gathered_once_it_sizes_requests_and_is_told_of_pods(lab, tmp_path, capsys):
    settings = tmp_path / "skywright.yaml"
    data = ["--config", str(settings), "--data", str(tmp_path / "data")]
    with serving() as told:
        pods = running(lab, "web")
        telling(
            told, [*pods, "web-42fdb17bd2-x2x7k"], container(lab, pods[0])
        )  # one of the past; its name is as a controller makes them
        section = {"kubeconfig": str(lab.kubeconfig), "contexts": ["shop"]}
        settings.write_text(
            json.dumps({"clouds": {"kubernetes": section}, "usage_history": [{"address": told.url}], "usage_days": 8})
        )
        assert command([*data, "gather"]) == 0, capsys.readouterr().err
        asked = len(told.asked)
        assert asked > 2 * 8 * 4  # in blocks of six hours
        assert command([*data, "gather"]) == 0
        assert len(told.asked) - asked < 20  # nothing but what pods used today
    capsys.readouterr()
    assert command([*data, "scaling", "requests", "--json"]) == 0, capsys.readouterr().err
    found = json.loads(capsys.readouterr().out)
    [web] = [one["sized"] for one in found["containers"] if one["sized"]["asks"]["workload"].endswith("deployment/shop/web")]
    assert (web["memory_most"], web["days"]) == (100.0, 8.0)
    assert found["notes"] == []
    sql = (
        "SELECT metric, window_days, samples, mean FROM usage "
        "WHERE resource LIKE '%pod/shop/web%' AND metric IN ('cpu_millis', 'memory_mib')"
    )
    assert command([*data, "query", sql, "--json"]) == 0, capsys.readouterr().err
    rows = json.loads(capsys.readouterr().out)
    assert sorted({tuple(row.values()) for row in rows}) == [("cpu_millis", 1.0, 24, 40.0), ("memory_mib", 1.0, 24, 100.0)]
    assert len(rows) == 2 * len(pods)


def test_a_server_that_is_away_is_a_gap_and_nothing_is_sized(lab, tmp_path, capsys):
    settings = tmp_path / "skywright.yaml"
    data = ["--config", str(settings), "--data", str(tmp_path / "data")]
    section = {"kubeconfig": str(lab.kubeconfig), "contexts": ["shop"]}
    settings.write_text(json.dumps({"clouds": {"kubernetes": section}, "usage_history": [{"address": "http://127.0.0.1:9"}]}))
    assert command([*data, "gather", "--json"]) in (0, 3)
    out = capsys.readouterr().out
    assert "http://127.0.0.1 could not be asked for a metric (ConnectionRefusedError)." in out
