"""An anomaly is joined to what happened: surely where its own resources were touched in time, else only perhaps, or not at all."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from skywright.model.bill import Receipt, Restated
from skywright.model.estate import Snapshot
from skywright.model.money import Money
from skywright.model.plan import Action, Change, Plan, Reversibility, Risk, Signature, SignedPlan
from skywright.model.run import ChangeResult, ChangeState, Run, RunState, StepRecord
from skywright.ports.cloud import Deed
from skywright.ports.engine import Rows
from skywright.topics.cost.anomalies.explain import explained
from skywright.topics.cost.anomalies.happened import Sources, happened
from skywright.topics.cost.anomalies.nouns import Anomaly, Event, Report, Shape, Sort

DAY = date(2026, 10, 13)
WEB = "cloud:111122223333:eu-west-1:compute.instance/i-0web"
OTHER = "cloud:111122223333:eu-west-1:compute.instance/i-0other"
ELSEWHERE = "cloud:444455556666:eu-west-1:compute.instance/i-0far"
COLUMNS = ("kind", "resource", "name", "change", "field", "before", "after", "reason")


def anomaly(impact: str = "80", **more: Any) -> Anomaly:
    values = {
        "sort": Sort.USAGE, "shape": Shape.RISE, "dimensions": ("account", "service", "region"),
        "key": ("111122223333", "Machines", "eu-west-1"), "currency": "USD", "since": DAY, "until": DAY, "expected": Decimal(100),
        "actual": Decimal(100) + Decimal(impact), "impact": Decimal(impact), "deviations": 9.0,
        "resources": ("arn:x:ec2:eu-west-1:111122223333:instance/i-0WEB",),
    }  # fmt: skip
    return Anomaly(**{**values, **more})


def event(resource: str = WEB, at: datetime = datetime(2026, 10, 13, 9), sign: int = 0, until: datetime | None = None) -> Event:
    return Event(source="foreign", resource=resource, what="type m5.large -> m5.2xlarge", since=at, until=until or at, sign=sign)


@pytest.mark.parametrize(
    ("what", "happened_then", "sure"),
    [
        ("the same resource, the same day", event(), True),
        ("the same resource, two days before", event(at=datetime(2026, 10, 11, 1)), True),
        ("the same resource, too long before", event(at=datetime(2026, 10, 9, 1)), None),
        ("the same resource, the day after", event(at=datetime(2026, 10, 14, 0, 30)), None),
        ("the same resource, but it makes cheaper", event(sign=-1), None),
        ("the same resource, and it makes dearer", event(sign=1), True),
        ("between two looks, the earlier before", event(at=datetime(2026, 10, 8), until=datetime(2026, 10, 13, 6)), True),
        ("another resource of the account and region", event(OTHER), False),
        ("another account", event(ELSEWHERE), None),
        ("what is no id", event("whatever"), None),
    ],
)
def test_who_may_explain(what: str, happened_then: Event, sure: bool | None) -> None:
    found = explained(anomaly(), [happened_then]).explanations
    assert [one.sure for one in found] == ([] if sure is None else [sure]), what


def test_what_touched_the_resource_comes_before_what_was_near_and_the_nearest_first() -> None:
    early, late = event(at=datetime(2026, 10, 11)), event(at=datetime(2026, 10, 12, 23))
    found = explained(anomaly(), [event(OTHER), early, late]).explanations
    assert [one.event for one in found] == [late, early]
    assert found[0].closeness > found[1].closeness


def test_the_hour_narrows_what_can_have_been_it() -> None:
    at_noon = anomaly(hour=datetime(2026, 10, 13, 12))
    assert explained(at_noon, [event(at=datetime(2026, 10, 13, 15))]).explanations == ()
    assert explained(at_noon, [event(at=datetime(2026, 10, 13, 12, 20))]).explanations[0].sure


def test_an_anomaly_of_no_account_or_region_is_explained_by_its_resources_alone() -> None:
    bare = anomaly(dimensions=("service",), key=("Machines",))
    assert explained(bare, [event(OTHER)]).explanations == ()
    assert explained(bare, [event()]).explanations[0].sure


class Kept:
    """Runs and snapshots, as stores keep them."""

    def __init__(self, runs: Sequence[Run] = (), plan: SignedPlan | None = None, records: Sequence[StepRecord] = ()) -> None:
        self._runs, self._plan, self._records = runs, plan, records
        self.snapshots: list[Snapshot] = []

    def plan(self, plan_hash: str) -> SignedPlan | None:
        return self._plan

    def records(self, run: str) -> Sequence[StepRecord]:
        return self._records

    def all(self) -> Sequence[Any]:
        return self._runs or self.snapshots


def our_run() -> Kept:
    change = Change(
        id="c1", target=WEB, kind="compute.instance", action=Action.UPDATE,
        before={"type": "m5.large"}, after={"type": "m5.2xlarge"},
        why="too small", reasons=("size-1",), risk=Risk.LOW, reversibility=Reversibility.FULL, observed="x",
        saving_monthly=Money(Decimal(-70)),
    )  # fmt: skip
    plan = SignedPlan(Plan(id="p", created_at=datetime(2026, 10, 12), snapshot="s", changes=(change,)), "h", Signature("k", "v"))
    run = Run(
        id="0123456789", plan_hash="h", plan_id="p", state=RunState.DONE, started_at=datetime(2026, 10, 13, 7), by="ana", waves=1,
        ended_at=datetime(2026, 10, 13, 8), results=(ChangeResult(change="c1", target=WEB, state=ChangeState.VERIFIED),),
    )  # fmt: skip
    done = StepRecord(change="c1", index=0, name="resize", undo=False, at=datetime(2026, 10, 13, 7, 30), outcome="done")
    return Kept([run], plan, [done])


def looks(rows: Sequence[tuple] = ()) -> tuple[Kept, Any]:
    kept = Kept()
    kept.snapshots = [Snapshot(id=str(day), taken_at=datetime(2026, 10, day)) for day in (10, 12, 14, 16)]
    pairs: list[tuple[str, str]] = []

    def compare(earlier: Snapshot, later: Snapshot) -> Rows:
        pairs.append((earlier.id, later.id))
        return Rows(COLUMNS, [*rows] if earlier.id == "12" else [])

    kept.pairs = pairs
    return kept, compare


def report(*found: Anomaly) -> Report:
    return Report(found, DAY, DAY, 1)


def test_our_own_run_explains_what_it_made_dearer() -> None:
    kept, compare = looks()
    told, _ = happened(report(anomaly()), Sources(our_run(), kept, compare, list))
    (why,) = told.anomalies[0].explanations
    assert (why.sure, why.event.what, why.event.who, why.event.since) == (
        True, "run 01234567: type m5.large -> m5.2xlarge", "ana", datetime(2026, 10, 13, 7, 30),
    )  # fmt: skip
    cheaper, _ = happened(report(anomaly("-80")), Sources(our_run(), kept, compare, list))
    assert cheaper.anomalies[0].explanations == ()


def test_what_others_did_is_told_by_the_looks_and_the_trail() -> None:
    rows = [
        ("compute.instance", WEB, "web", "changed", "type", "m5.large", "m5.2xlarge", ""),
        ("compute.instance", WEB, "web", "changed", "tags", "{}", '{"a":"b"}', ""),
        ("compute.group", WEB.replace("instance/i-0web", "group/web"), "web", "changed", "desired", "2", "9", ""),
        ("compute.instance", OTHER, "x", "unknown", "", "", "", "denied"),
    ]
    kept, compare = looks(rows)
    sources = Sources(Kept(), kept, compare, list)
    told, failures = happened(report(anomaly()), sources)
    assert failures == []
    assert kept.pairs == [("10", "12"), ("12", "14")]
    (why,) = told.anomalies[0].explanations
    assert (why.sure, why.event.what, why.event.who) == (True, "type m5.large -> m5.2xlarge", "")
    deed = Deed(datetime(2026, 10, 13, 5, tzinfo=UTC).replace(tzinfo=None), WEB, "bob", "ModifyInstanceAttribute")
    trails = lambda resources, since, until: ([deed], ["The trail of x was denied."])  # noqa: E731 - a stub
    told, failures = happened(report(anomaly()), msgspec.structs.replace(sources, trails=trails))
    assert failures == ["The trail of x was denied."]
    assert (told.anomalies[0].explanations[0].event.who, told.anomalies[0].explanations[0].event.since) == ("bob", deed.at)
    group = anomaly(resources=("web",))
    told, _ = happened(report(group), sources)
    assert (told.anomalies[0].explanations[0].event.source, told.anomalies[0].explanations[0].event.what) == (
        "scaling",
        "desired 2 -> 9",
    )


def test_a_bill_that_was_issued_again_is_said() -> None:
    again = Restated(
        issuer="Cloud", account="pay-1", period=datetime(2026, 10, 1), currency="USD",
        billed_before=Decimal(1), billed_after=Decimal(2),
        effective_before=Decimal(1000), effective_after=Decimal(1080), rows_before=9, rows_after=9, closed=False,
    )  # fmt: skip
    receipt = Receipt(
        id="r", at=datetime(2026, 11, 3), source="b.csv", form="focus-1.2", dataset="cost_and_usage", rows_in=9, rows_out=9,
        sums_in={}, sums_out={}, restated=(again,),
    )  # fmt: skip
    kept, compare = looks()
    told, _ = happened(report(anomaly(), anomaly(since=date(2026, 9, 2))), Sources(Kept(), kept, compare, lambda: [receipt]))
    assert [one.remarks for one in told.anomalies] == [
        ("The bill of 2026-10 was issued again on 2026-11-03: 1,000.00 USD became 1,080.00.",),
        (),
    ]
    assert told.remarks == ("Of some days no look at the estate was taken: what changed then is known from our own runs alone.",)
