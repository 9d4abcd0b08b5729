"""Series -> rows of usage: what is asked, what a value may be, and whose series is whose."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.gcp.usage import TIMED, VALUES, percentile, usage
from skywright.adapters.clouds.kit.reading import Memo
from skywright.model.errors import Denied
from skywright.model.estate import Usage
from skywright.model.kinds import KIND_BY_NAME, Resource

NOW = datetime(2026, 3, 1, 12)
CPU = "compute.googleapis.com/instance/cpu/utilization"
SENT = "compute.googleapis.com/instance/network/sent_bytes_count"


class Told:
    """Series by metric, one page each; whoever asks for no times is told none."""

    def __init__(self, series: dict[str, list[dict[str, Any]]]) -> None:
        self.series = series
        self.asked: list[dict[str, Any]] = []

    def typed(self, _project: str, _name: str, form: Any, /, **params: Any) -> Iterator[Any]:
        self.asked.append(params)
        metric = params["filter"].partition('"')[2].partition('"')[0]
        found = self.series.get(metric, [])
        if found and isinstance(found[0], Exception):
            raise found[0]
        for one in found:
            shown = one
            if params["fields"] == VALUES:
                shown = {**one, "points": [{"value": point["value"]} for point in one["points"]]}
            yield msgspec.convert({"timeSeries": [shown]}, form)


def series(name: str, values: list[Any], number: str = "1", zone: str = "europe-west1-b", first: int = 1) -> dict[str, Any]:
    points = [
        {"value": value if isinstance(value, dict) else {"doubleValue": value}, "interval": {"endTime": f"hour {hour}"}}
        for hour, value in enumerate(values, start=first)
    ]
    return {
        "metric": {"labels": {"instance_name": name}},
        "resource": {"labels": {"zone": zone, "instance_id": number}},
        "points": points,
    }


def instance(name: str, zone: str = "europe-west1-b") -> Resource:
    region = zone.rpartition("-")[0]
    return KIND_BY_NAME["compute.instance"](
        id=f"gcp:shop:{region}:compute.instance/{zone}/{name}",
        cloud="gcp",
        account="shop",
        region=region,
        native_id=f"{zone}/{name}",
    )


def rows(told: Told, *resources: Resource, days: int = 1) -> dict[tuple[str, str], Usage]:
    found = usage(told, Memo(), resources, NOW - timedelta(days=days), NOW)
    return {(one.resource.rpartition("/")[2], one.metric): one for one in found}


def test_values_come_without_their_times() -> None:
    told = Told({SENT: [series("web", [3.0, 1.0, 2.0])]})
    row = rows(told, instance("web"))["web", "network_out_bytes"]
    assert (row.samples, row.p50, row.p95, row.max, row.mean) == (3, 2.0, 3.0, 3.0, 2.0)
    assert {params["fields"] for params in told.asked} == {VALUES}
    assert {params["pageSize"] for params in told.asked} == {100_000}


def test_a_series_that_goes_on_on_the_next_page_is_one() -> None:
    told = Told({SENT: [series("web", [1.0, 2.0]), series("web", [3.0], first=3)]})
    assert rows(told, instance("web"))["web", "network_out_bytes"].samples == 3


def test_a_machine_made_anew_under_its_name_counts_no_hour_twice() -> None:
    told = Told({SENT: [series("web", [1.0, 2.0], "1"), series("web", [5.0, 6.0], "2", first=2)]})
    row = rows(told, instance("web"))["web", "network_out_bytes"]
    assert (row.samples, row.mean, row.max) == (3, 4.0, 6.0)
    assert [params["fields"] for params in told.asked if SENT in params["filter"]] == [VALUES, TIMED]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ({"doubleValue": 2}, 2.0),
        ({"int64Value": "7"}, 7.0),
        ({"int64Value": "-7"}, -7.0),
        ({"distributionValue": {"mean": 4.5}}, 4.5),
        ({"doubleValue": "NaN"}, None),
        ({"int64Value": "many"}, None),
        ({"boolValue": True}, None),
        ({}, None),
    ],
)
def test_the_number_of_a_value(value: dict[str, Any], number: float | None) -> None:
    found = rows(Told({SENT: [series("web", [value])]}), instance("web"))
    assert [row.mean for row in found.values()] == ([] if number is None else [number])


def test_zones_tell_machines_of_one_name_apart() -> None:
    told = Told({CPU: [series("web", [0.5]), series("web", [0.25], zone="us-east1-b")]})
    here = rows(told, instance("web"))
    assert here["web", "cpu_pct"].mean == 50.0
    assert rows(told, instance("web", "us-east1-b"))["web", "cpu_pct"].mean == 25.0


def test_regions_tell_databases_of_one_name_apart() -> None:
    def one(region: str, value: float) -> dict[str, Any]:
        labels = {"database_id": "shop:orders", "region": region}
        return {"resource": {"labels": labels}, "points": [{"value": {"doubleValue": value}}]}

    told = Told({"cloudsql.googleapis.com/database/cpu/utilization": [one("europe-west1", 0.5), one("us-east1", 0.25)]})
    database = KIND_BY_NAME["database.instance"](
        id="gcp:shop:us-east1:database.instance/orders", cloud="gcp", account="shop", region="us-east1", native_id="orders"
    )
    assert rows(told, database)["orders", "cpu_pct"].mean == 25.0


def test_what_fails_is_told_after_the_rest() -> None:
    told = Told({CPU: [Denied("No.", next_step="Ask.")], SENT: [series("web", [1.0])]})
    found = []
    with pytest.raises(Denied):
        found.extend(usage(told, Memo(), [instance("web")], NOW - timedelta(days=1), NOW))
    assert percentile([], 50) is None
