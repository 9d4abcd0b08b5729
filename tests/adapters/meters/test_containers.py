"""What containers used, from Prometheus's HTTP API: whose each pod is, gaps, warnings, secrets, and everything that goes wrong."""

import math
import ssl
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.meters._server import Told, matrix, serving

from skywright.adapters.meters.containers import Names, queries, remembered
from skywright.model.errors import AskHuman, BadInput, SkywrightError, TryAgain
from skywright.model.settings import History, SecretRef
from skywright.ports.other import Keeper, Memory

START = datetime(2026, 3, 1)
AT = 1772323200  # 2026-03-01T00:00:00Z
STEP = timedelta(minutes=5)
SECRET = "very-secret"


def keeper(native: str, account: str = "prod") -> Keeper:
    return Keeper(f"kubernetes:{account}:global:container.workload/{native}", account, native)


WEB, CANARY, DB, LOGS = (keeper(one) for one in ("deployment/shop/web", "deployment/shop/web-canary", "stateful-set/shop/db",
                                                 "daemon-set/ops/logs"))  # fmt: skip
ALL = (WEB, CANARY, DB, LOGS)


@pytest.mark.parametrize(("namespace", "pod", "whose"), [
    ("shop", "web-5d9c7f8b4-x2x7k", WEB), ("shop", "web-canary-5d9c7f8b4-x2x7k", CANARY), ("shop", "db-0", DB),
    ("shop", "db-12", DB), ("ops", "logs-x2x7k", LOGS), ("ops", "web-5d9c7f8b4-x2x7k", None), ("shop", "web", None),
    ("shop", "db-a", None), ("shop", "other-5d9c7f8b4-x2x7k", None), ("shop", "web-5d9c7f8b4-x2x7k-y", None),
])  # fmt: skip
def test_whose_a_pod_is(namespace: str, pod: str, whose: Keeper | None):
    assert Names(ALL).whose(namespace, pod) == (whose.id if whose else "")


def test_what_is_asked():
    cpu, memory = queries('cluster="prod"', STEP)
    of = 'container!="", container!="POD", cluster="prod"'
    by = "by (namespace, pod, container)"
    assert cpu == f"sum {by} (rate(container_cpu_usage_seconds_total{{{of}}}[300s])) * 1000"
    assert memory == f"max {by} (max_over_time(container_memory_working_set_bytes{{{of}}}[300s])) / 1048576"


def series(
    pod: str, *values: Any, container: str = "app", namespace: str = "shop", first: int = 0
) -> tuple[dict[str, str], list[Any]]:
    labels = {"namespace": namespace, "pod": pod, "container": container}
    return labels, [[AT + (first + place) * 300, str(value)] for place, value in enumerate(values)]


def asked(told: Told, *, steps: int = 4, keepers: Any = (WEB, DB), **config: Any) -> Memory:
    history = History(address=told.url, **config)
    times = (START, START + (steps - 1) * STEP, STEP)
    return remembered([history], lambda _reference: SECRET, keepers, times)


def answering(told: Told, cpu: bytes, memory: bytes) -> None:
    told.answer = lambda one: (200, cpu if "cpu" in one["query"] else memory, {})


def test_the_busiest_copy_counts_at_each_step_and_gaps_stay_gaps():
    with serving() as told:
        cpu = matrix(
            series("web-5d9c7f8b4-aaaaa", 10, 20, "NaN", 5), series("web-5d9c7f8b4-bbbbb", 30, 1, "+Inf"),
            series("web-77d9c7f8b-ccccc", 40, first=3), series("db-0", 7), series("stranger-1", 99),
        )  # fmt: skip
        answering(told, cpu, matrix(series("web-5d9c7f8b4-aaaaa", 100, 200, 300, 400)))
        found = asked(told)
    assert [(one.workload, one.container) for one in found.watched] == [(WEB.id, "app"), (DB.id, "app")]
    web, db = found.watched
    assert (web.cpu.values[:2], math.isnan(web.cpu.values[2]), web.cpu.values[3]) == ((30.0, 20.0), True, 40.0)
    assert (web.memory.values, web.cpu.start, web.cpu.step) == ((100.0, 200.0, 300.0, 400.0), START, STEP)
    assert all(map(math.isnan, db.memory.values))


def test_it_is_asked_a_day_at_a_time():
    with serving() as told:
        asked(told, steps=288 * 2 + 5)
    assert [(int(one["start"]) - AT, int(one["end"]) - AT, one["step"]) for one in told.asked[:3]] == [
        (0, 287 * 300, "300"), (288 * 300, 575 * 300, "300"), (576 * 300, 580 * 300, "300"),
    ]  # fmt: skip
    assert len(told.asked) == 6


def test_warnings_of_data_that_is_missing_are_told_once():
    with serving() as told:
        body = matrix(series("web-5d9c7f8b4-aaaaa", 1), warnings=["store-2 did not answer"])
        answering(told, body, body)
        assert asked(told).notes == ("The history is not whole, says http://127.0.0.1: store-2 did not answer",)


def test_tenant_and_token_go_along_and_the_token_only_there():
    with serving() as told:
        asked(told, token=SecretRef(env="X"), headers={"X-Scope-OrgID": "shop"})
    assert {(one["authorization"], one["x-scope-orgid"]) for one in told.heard} == {(f"Bearer {SECRET}", "shop")}


REFUSED = "http://127.0.0.1 answered {} to the question for a metric."
GOES_WRONG = [
    (400, b'{"status":"error","errorType":"bad_data","error":"parse error: unexpected end"}', BadInput,
     "The metric's query was refused: parse error: unexpected end. Mend the query in usage_history."),
    (422, b'{"status":"error","errorType":"execution","error":"query processing would load too many samples"}', BadInput,
     "The metric's query was refused: query processing would load too many samples. Mend the query in usage_history."),
    (200, b'{"status":"success","data":{"resultType":"vector","result":[]}}', BadInput,
     "The metric's query gives no series. Mend the query in usage_history."),
    (200, b'{"status":"success"}', BadInput, "The metric's query gives no series. Mend the query in usage_history."),
    (401, b"", AskHuman, f"{REFUSED.format(401)} Check the address and the token of usage_history."),
    (302, b"", AskHuman, f"{REFUSED.format(302)} Check the address and the token of usage_history."),
    (429, b"", TryAgain, "http://127.0.0.1 answered 429 to the question for a metric."),
    (503, b"<html>", TryAgain, "http://127.0.0.1 answered 503 to the question for a metric."),
    (200, b"<html>", AskHuman, "What http://127.0.0.1 answered is not Prometheus's JSON. Check the address in usage_history."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"), GOES_WRONG, ids=[f"{one[0]}-{number}" for number, one in enumerate(GOES_WRONG)]
)
def test_what_goes_wrong(status: int, body: bytes, kind: type[SkywrightError], words: str):
    with serving() as told, serving() as elsewhere:
        told.answer = lambda _asked: (status, body, {"Location": elsewhere.url})
        with pytest.raises(kind) as error:
            asked(told, token=SecretRef(env="X"))
    assert str(error.value).endswith(words)
    assert SECRET not in repr(error.value) + str(error.value)
    assert elsewhere.asked == []


def test_series_of_odd_shape_are_passed_by():
    with serving() as told:
        odd = b'{"status":"success","data":{"resultType":"matrix","result":[null,{"metric":null,"values":null},{"values":[[1]]}]}}'
        answering(told, odd, odd)
        assert asked(told).watched == ()


def test_no_server_and_one_server_for_two_clusters():
    with pytest.raises(BadInput) as none:
        remembered([], None, ALL, (START, START, STEP))
    assert str(none.value) == (
        "usage_history: No server is named that keeps what containers used. "
        "Name a Prometheus there (address: https://...), or give a file: --usage FILE."
    )
    two = (WEB, keeper("deployment/shop/web", "test"))
    with pytest.raises(BadInput) as shared:
        remembered([History(address="http://127.0.0.1:1")], None, two, (START, START, STEP))
    assert str(shared.value) == (
        "usage_history: Clusters prod, test would share the metrics of one server. Name one cluster for each entry "
        "(clusters: [NAME]), with the selector that tells it apart."
    )


def test_each_cluster_is_asked_for_by_its_own_selector():
    test = keeper("deployment/shop/web", "test")
    with serving() as told:
        entries = [History(address=told.url, clusters=[name], selector=f'cluster="{name}"') for name in ("prod", "test")]
        answering(told, matrix(series("web-5d9c7f8b4-aaaaa", 1)), matrix())
        found = remembered(entries, None, (WEB, test), (START, START, STEP))
    assert [one.workload for one in found.watched] == [WEB.id, test.id]
    assert ['cluster="prod"' in one["query"] for one in told.asked] == [True, True, False, False]


def test_a_certificate_that_nobody_knows_and_one_that_is_named(tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
            "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    subprocess.run(make, check=True, capture_output=True, timeout=30)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(context) as told:
        with pytest.raises(AskHuman) as unknown:
            asked(told)
        assert (
            str(unknown.value)
            == "The certificate of https://127.0.0.1 is not trusted. Name the authority's file as ca_file in usage_history."
        )
        assert asked(told, ca_file=str(certificate)).watched == ()
        with pytest.raises(BadInput, match="cannot be read as an authority's file"):
            asked(told, ca_file=str(tmp_path / "none.pem"))
