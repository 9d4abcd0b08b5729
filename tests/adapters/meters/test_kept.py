"""The history that a gathering keeps: asked for once, block by block; a server that fails or tells a part leaves it unknown."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.adapters.meters._server import Told, matrix, serving

from skywright.adapters.meters.kept import PrometheusMeter
from skywright.model.errors import BadInput, TryAgain
from skywright.model.history import BLOCK, KEPT, UsageHistory
from skywright.model.kinds.cluster import Pod, Workload
from skywright.model.settings import History
from skywright.ports.other import Measured

NOW = datetime(2026, 3, 9, 6, 30)
WINDOW = (NOW - timedelta(days=2), NOW)
BLOCKS = 8
HERE = {"cloud": "kubernetes", "account": "prod", "region": "global"}
WEB = Workload(id="kubernetes:prod:global:container.workload/deployment/shop/web", **HERE, native_id="deployment/shop/web")
POD = Pod(id="kubernetes:prod:global:container.pod/shop/web-5d9c7f8b4-aaaaa", **HERE, native_id="shop/web-5d9c7f8b4-aaaaa")
JOB = Workload(id="kubernetes:prod:global:container.workload/job/shop/nightly", **HERE, native_id="job/shop/nightly")
LABELS = {"namespace": "shop", "pod": "web-5d9c7f8b4-aaaaa", "container": "app"}

Value = Callable[[str, int], float | None]


def answer(told: Told, value: Value) -> None:
    """Each query's value by the query and the time, at every step that is asked for."""

    def say(asked: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        times = range(int(asked["start"]), int(asked["end"]) + 1, int(asked["step"]))
        pairs = [[at, str(one)] for at in times if (one := value(asked["query"], at)) is not None]
        return 200, matrix((LABELS, pairs)) if pairs else matrix(), {}

    told.answer = say


def plain(query: str, at: int) -> float | None:
    """Processor 100, at noon 400; memory 500; no graphics processor; ten hours of samples."""
    if "DCGM" in query:
        return None
    if "count_over_time" in query:
        return 120
    noon = at % 86400 // 3600 == 12
    return (400.0 if noon else 100.0) if "cpu" in query else 500.0


@pytest.fixture
def told() -> Iterator[Told]:
    with serving() as server:
        answer(server, plain)
        yield server


def measured(told: Told, known: Any = (), *, window: Any = WINDOW, among: Any = ("prod",), **config: Any) -> Measured:
    meter = PrometheusMeter([History(address=told.url, **config)], None)
    found = meter.measure("prod", among, [WEB, POD, JOB], known, window)
    assert found is not None
    return found


def ranges(told: Told) -> list[dict[str, str]]:
    return [one for one in told.asked if one["start"] != one["end"]]


def test_blocks_that_are_over_are_kept_the_highest_first(told: Told) -> None:
    found = measured(told)
    cpu, memory = found.history
    assert (cpu.resource, cpu.part, cpu.metric, cpu.start) == (WEB.id, "app", "cpu_millis", datetime(2026, 3, 7, 6))
    assert (cpu.end, len(cpu.kept), found.failure) == (datetime(2026, 3, 9, 6), BLOCKS * KEPT, None)
    assert cpu.kept[: 2 * KEPT] == [400.0, *[100.0] * 11, *[400.0] * 7, *[100.0] * 5]  # 12:00 itself ends the block before
    assert set(memory.kept) == {500.0}


def test_what_it_used_in_all_is_told_of_the_workload_and_of_pods(told: Told) -> None:
    web, memory, *pods = measured(told).usage
    assert (web.resource, web.metric, web.window_days, web.samples) == (WEB.id, "cpu_millis", 2.0, 48)
    assert (web.p50, web.p95, web.p99, web.max, memory.max) == (100.0, 100.0, 400.0, 400.0, 500.0)
    assert [(one.resource, one.metric, one.window_days, one.samples) for one in pods] == [
        (POD.id, "cpu_millis", 1.0, 10), (POD.id, "memory_mib", 1.0, 10),
    ]  # fmt: skip


def test_only_what_is_not_known_is_asked_for(told: Told) -> None:
    first = measured(told, window=(WINDOW[0], NOW - BLOCK))
    assert len(ranges(told)) == 2 * (BLOCKS - 1)
    told.asked.clear()
    second = measured(told, first.history)
    assert [one["end"] for one in ranges(told)] == ["1773036000"] * 2  # 2026-03-09T06:00:00Z
    assert second.history == measured(told).history
    told.asked.clear()
    assert measured(told, second.history).history == second.history
    assert ranges(told) == []


def test_a_block_is_left_to_settle(told: Told) -> None:
    at = datetime(2026, 3, 9, 6, 9)
    assert measured(told, window=(at - timedelta(days=1), at)).history[0].end == datetime(2026, 3, 9)


def test_a_server_that_fails_midway_leaves_the_older_blocks_unknown_and_they_are_asked_for_again(told: Told) -> None:
    say = told.answer
    told.answer = lambda one: say(one) if len(ranges(told)) < 6 else (503, b"", {})
    found = measured(told)
    assert str(found.failure) == "http://127.0.0.1 answered 503 to the question for a metric."
    assert found.history[0].kept[: 6 * KEPT] == [None] * 6 * KEPT
    assert set(found.history[0].kept[6 * KEPT :]) == {100.0}
    told.answer = say
    assert measured(told, found.history).history == measured(told).history


@pytest.mark.parametrize("moment", [True, False])
def test_a_part_of_an_answer_is_no_answer(told: Told, moment: bool) -> None:
    say = told.answer

    def partly(one: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        status, body, headers = say(one)
        if (one["start"] == one["end"]) is not moment:
            return status, body, headers
        return status, msgspec.json.encode({**msgspec.json.decode(body), "warnings": ["store-2 did not answer"]}), headers

    told.answer = partly
    found = measured(told)
    assert (found.history, [one for one in found.usage if one.resource == WEB.id]) == ((), [])
    assert isinstance(found.failure, TryAgain)
    assert str(found.failure) == "The history is not whole, says http://127.0.0.1: store-2 did not answer"


def test_what_is_old_is_no_evidence_of_now(told: Told) -> None:
    known = measured(told).history
    told.answer = lambda _one: (503, b"", {})
    later = NOW + timedelta(days=1, hours=6)
    found = measured(told, known, window=(later - timedelta(days=3), later))
    assert found.usage == ()
    assert [row.end for row in found.history] == [datetime(2026, 3, 10, 12)] * 2  # kept, for when the server answers again
    assert found.history[0].kept[-5 * KEPT :] == [None] * 5 * KEPT


def test_nothing_is_known_of_whom_nobody_tells(told: Told) -> None:
    told.answer = lambda _one: (200, matrix(), {})
    assert measured(told) == Measured()


def test_workloads_that_are_gone_are_forgotten(told: Told) -> None:
    gone = UsageHistory(resource="gone", part="app", metric="cpu_millis", start=datetime(2026, 3, 7, 6), kept=[1.0] * KEPT)
    assert {row.resource for row in measured(told, [gone]).history} == {WEB.id}


def test_one_server_without_a_cluster_tells_no_two_apart(told: Told) -> None:
    found = measured(told, among=("prod", "test"))
    assert (found.history, found.usage, told.asked) == ((), (), [])
    assert isinstance(found.failure, BadInput)
    assert str(found.failure) == (
        "usage_history: Clusters prod, test would share the metrics of one server. "
        "Name one cluster for each entry (clusters: [NAME]), with the selector that tells it apart."
    )
    assert measured(told, among=("prod", "test"), clusters=["prod"]).failure is None


def test_a_cluster_that_nobody_watches(told: Told) -> None:
    meter = PrometheusMeter([History(address=told.url, clusters=["test"])], None)
    assert meter.measure("prod", ("prod", "test"), [WEB], (), WINDOW) is None
    assert PrometheusMeter([History(address=told.url)], None).measure("prod", ("prod",), [JOB], (), WINDOW) is None
    assert told.asked == []


def test_graphics_processors_are_asked_about_where_there_are_any(told: Told) -> None:
    answer(told, lambda query, at: (1.0 if "count(" in query else 40.0) if "DCGM" in query else plain(query, at))
    found = measured(told)
    assert [row.metric for row in found.history] == ["cpu_millis", "gpu_memory_pct", "gpu_pct", "memory_mib"]
    gpu = next(one for one in found.usage if (one.resource, one.metric) == (WEB.id, "gpu_pct"))
    assert (gpu.max, gpu.samples, gpu.window_days) == (40.0, 48, 2.0)
    assert [(one.metric, one.mean) for one in found.usage if one.resource == POD.id][-1] == ("gpu_pct", 40.0)
    assert any("label_replace(" in one["query"] and "exported_pod" in one["query"] for one in told.asked)


def test_containers_of_one_pod_are_added_and_gaps_stay_gaps(told: Told) -> None:
    def say(asked: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        at = int(asked["start"])
        if "DCGM" in asked["query"] or "cpu" not in asked["query"]:
            return 200, matrix(), {}
        pairs = [[at, "100"]]
        more = ({**LABELS, "container": "side"}, [[at, "30"]])
        return 200, matrix((LABELS, pairs), more), {}

    told.answer = say
    found = measured(told)
    assert [row.part for row in found.history] == ["app", "side"]
    assert found.history[0].kept[:2] == [100.0, None]
    web = found.usage[0]
    assert (web.max, web.p50, web.samples, web.mean) == (130.0, 130.0, 1, None)
