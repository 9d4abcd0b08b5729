"""Series answer as CloudWatch would: statistics, percentiles, periods, paging."""

from datetime import UTC, datetime, timedelta

import pytest

from skywright.lab.aws.strict.metrics import SAMPLES_PER_HOUR, Series, aggregate, statistic

START = 1_700_000_000 - 1_700_000_000 % 3600
SERIES = Series(START, [10.0, float("nan"), 30.0], [40.0, float("nan"), 30.0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Average", 5.5),
        ("Sum", 55.0),
        ("Maximum", 10.0),
        ("Minimum", 1.0),
        ("SampleCount", 10.0),
        ("p50", 5.0),
        ("p90", 9.0),
        ("p95", 10.0),
        ("p99.9", 10.0),
        ("p0", 1.0),
        ("p100", 10.0),
        ("tm90", None),
    ],
)
def test_statistics_of_one_to_ten(name, expected):
    assert statistic([float(n) for n in range(10, 0, -1)], name) == expected


def test_samples_keep_the_mean_and_the_peak_of_their_hour():
    samples = SERIES.samples(0)
    assert len(samples) == SAMPLES_PER_HOUR
    assert sum(samples) / SAMPLES_PER_HOUR == pytest.approx(10.0)
    assert max(samples) == 40.0
    assert SERIES.samples(1) == []


@pytest.mark.parametrize("stat", ["Average", "Maximum", "Sum", "SampleCount"])
def test_the_quick_way_gives_what_the_samples_give(stat):
    quick = aggregate(SERIES, stat, 3600, START, START + 3 * 3600)
    slow = [(START + hour * 3600, statistic(SERIES.samples(hour), stat)) for hour in (0, 2)]
    assert [at for at, _ in quick] == [at for at, _ in slow]
    assert [value for _, value in quick] == pytest.approx([value for _, value in slow])


def test_longer_and_shorter_periods():
    assert aggregate(SERIES, "Maximum", 86400, START, START + 3 * 3600)[0][1] == 40.0
    assert len(aggregate(SERIES, "Average", 300, START, START + 3600)) == SAMPLES_PER_HOUR
    assert aggregate(SERIES, "Average", 3600, START + 3600, START + 7200) == []


def test_the_window_is_half_open():
    assert [at for at, _ in aggregate(SERIES, "Average", 3600, START, START + 2 * 3600)] == [START]


@pytest.mark.lab
def test_metrics_come_over_the_wire_with_percentiles_and_pages(client):
    ec2, watch = client("ec2"), client("cloudwatch")
    names = [m["InstanceId"] for r in ec2.describe_instances()["Reservations"] for m in r["Instances"]][:3]
    until = datetime.now(UTC)
    queries = [
        {
            "Id": f"q{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/EC2",
                    "MetricName": "CPUUtilization",
                    "Dimensions": [{"Name": "InstanceId", "Value": name}],
                },
                "Period": 3600,
                "Stat": stat,
            },
        }
        for number, (name, stat) in enumerate((name, stat) for name in names for stat in ("Average", "p95", "Maximum"))
    ]
    window = {"StartTime": until - timedelta(days=14), "EndTime": until}
    whole = watch.get_metric_data(MetricDataQueries=queries, **window)["MetricDataResults"]
    assert [result["Id"] for result in whole] == [query["Id"] for query in queries]
    for average, p95, maximum in zip(whole[::3], whole[1::3], whole[2::3], strict=True):
        assert len(average["Values"]) >= 14 * 24 - 3  # the estate was made at most two ends of an hour ago
        assert max(average["Values"]) <= max(p95["Values"]) <= max(maximum["Values"])
    paged = watch.get_paginator("get_metric_data").paginate(MetricDataQueries=queries, MaxDatapoints=700, **window)
    pages = [page["MetricDataResults"] for page in paged]
    assert len(pages) >= 4
    assert [result["Id"] for page in pages for result in page] == [query["Id"] for query in queries]
    listed = watch.list_metrics(Namespace="AWS/EC2", MetricName="CPUUtilization")["Metrics"]
    assert {dimension["Value"] for metric in listed for dimension in metric["Dimensions"]} >= set(names)


@pytest.mark.lab
def test_metrics_that_are_put_are_answered_by_moto_with_percentiles(client):
    watch = client("cloudwatch")
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
    place = {"MetricName": "Depth", "Dimensions": [{"Name": "Pool", "Value": "north"}]}
    watch.put_metric_data(Namespace="Lab", MetricData=[{**place, "Timestamp": at, "Value": float(n)} for n in range(1, 11)])
    query = [{"Id": "a", "MetricStat": {"Metric": {"Namespace": "Lab", **place}, "Period": 3600, "Stat": "p90"}}]
    window = {"StartTime": at - timedelta(minutes=1), "EndTime": at + timedelta(minutes=20)}
    assert watch.get_metric_data(MetricDataQueries=query, **window)["MetricDataResults"][0]["Values"] == [9.0]
