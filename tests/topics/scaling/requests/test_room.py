"""What a snapshot's workloads ask for, and what becomes of new requests: one proposal a workload, with its evidence."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from skywright.model.finding import Evidence
from skywright.model.money import Money
from skywright.model.plan import Action, Risk
from skywright.topics.scaling.requests.room import Answer, Line, _asks, proposals
from skywright.topics.scaling.requests.sizes import Asks, Sized, Terms

WEB, JOBS = "kubernetes:shop:global:container.workload/shop/web", "kubernetes:shop:global:container.workload/shop/jobs"


def box(name: str = "app", **more: Any) -> Mapping[str, Any]:
    return {
        "name": name, "init": False, "cpu_request_millis": 500, "memory_request_mib": 512, "cpu_limit_millis": -1,
        "memory_limit_mib": 1024, **more,
    }  # fmt: skip


def row(**more: Any) -> Mapping[str, Any]:
    return {"id": WEB, "containers": [box()], "copies": 3, "vertical": False, "autoscaled": False, **more}


def sized(workload: str = WEB, container: str = "app", cpu: int = 200, **more: Any) -> Sized:
    asks = Asks(workload=workload, container=container, cpu=500, memory=512, cpu_limit=None, memory_limit=1024, copies=3)
    given = {
        "cpu": cpu, "memory": 300, "memory_limit": 600, "cpu_over_now": 0.0, "cpu_over_new": 0.01, "cpu_over": 0.02,
        "memory_most": 250.0, "memory_over_now": 0.0, "memory_over": 0.0, "days": 10.5, **more,
    }  # fmt: skip
    return Sized(asks=asks, **given)


def test_a_container_asks_for_what_is_set() -> None:
    assert list(_asks(row())) == [
        Asks(workload=WEB, container="app", cpu=500, memory=512, cpu_limit=None, memory_limit=1024, copies=3)
    ]


def test_what_only_starts_up_is_left_alone() -> None:
    assert [one.container for one in _asks(row(containers=[box("prepare", init=True), box("app")]))] == ["app"]
    assert list(_asks(row(containers=None))) == []


@pytest.mark.parametrize(
    ("vertical", "autoscaled", "held"),
    [
        (False, False, ""),
        (True, False, "its vertical autoscaler sizes it"),
        (False, True, "an autoscaler may count its copies by what they ask for: set both at once"),
        (False, None, "an autoscaler may count its copies by what they ask for: set both at once"),
    ],
)
def test_what_an_autoscaler_goes_by_is_not_changed(vertical: bool, autoscaled: bool | None, held: str) -> None:
    assert [one.held for one in _asks(row(vertical=vertical, autoscaled=autoscaled))] == [held]


def test_a_workload_is_changed_as_a_whole_and_says_why() -> None:
    lines = (
        Line(sized=sized(), saving=Money(Decimal("1.50"), "USD")),
        Line(sized=sized(container="side", cpu_over=0.005), saving=Money(Decimal("0.25"), "USD")),
        Line(sized=sized(JOBS, why="too short a history"), saving=None),
    )
    answer = Answer(lines, {WEB: [box(), box("side"), box("prepare", init=True)], JOBS: [box()]}, ())
    (found,) = proposals(answer, Terms())
    assert (found.proposer, found.target, found.action, found.risk) == ("requests", WEB, Action.UPDATE, Risk.MEDIUM)
    assert (found.reasons, found.precedence) == ((f"requests-{WEB}",), 20)
    new = {"cpu_request_millis": 200, "memory_request_mib": 300, "memory_limit_mib": 600}
    assert found.set == {"containers": [box(**new), box("side", **new), box("prepare", init=True)]}
    assert found.saving_monthly == Money(Decimal("1.75"), "USD")
    assert found.why == (
        "2 containers are sized by what they used. Held out, the busiest copy was over its processor 2.00% of the time. "
        "Memory is 20% above the highest seen."
    )


def test_what_is_saved_is_not_known_where_it_is_not_known_of_one() -> None:
    lines = (Line(sized=sized(), saving=Money(Decimal(1), "USD")), Line(sized=sized(container="side"), saving=None))
    (found,) = proposals(Answer(lines, {WEB: [box(), box("side")]}, ()), Terms())
    assert found.saving_monthly is None


def test_the_evidence_is_the_held_out_share_and_the_highest_memory() -> None:
    (found,) = proposals(Answer((Line(sized=sized(), saving=None),), {WEB: [box()]}, ()), Terms())
    common = {"window_days": 10.5, "samples": 252}
    assert found.evidence == (
        Evidence(metric="cpu_over_share", statistic="held-out", value=0.02, **common),
        Evidence(metric="memory_mib", statistic="max", value=250.0, threshold=300.0, **common),
    )
