"""How much buckets hold, as CloudWatch tells it once a day for every bucket and storage class.

Source: S3 user guide, "Metrics and dimensions" (BucketSizeBytes, reported daily under BucketName and StorageType).
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.kinds.storage import Bucket

METRIC = {"Namespace": "AWS/S3", "MetricName": "BucketSizeBytes"}
QUERIES_PER_CALL_MAX = 500
DAY_S = 86_400
LOOK_BACK = timedelta(days=3)  # a day's value appears with a day's delay

Series = list[dict[str, Any]]


def sizes(reading: Reading, region: str) -> dict[str, float]:
    """Bucket name -> GiB, over all storage classes, for the buckets of a region. A bucket that is empty or younger than a day has
    no value, and no entry."""
    found: dict[str, float] = defaultdict(float)
    with reading.columns(Bucket.KIND):
        listed = list(reading.pages("list_metrics", "Metrics", service="cloudwatch", region=region, **METRIC))
        for start in range(0, len(listed), QUERIES_PER_CALL_MAX):
            for name, size in _asked(reading, region, listed[start : start + QUERIES_PER_CALL_MAX]):
                found[name] += size / 2**30
    return found


def _asked(reading: Reading, region: str, series: Series) -> Iterator[tuple[str, float]]:
    """Bucket name and latest size in bytes, for each series that has one."""
    answers = reading.pages(
        "get_metric_data",
        "MetricDataResults",
        service="cloudwatch",
        region=region,
        MetricDataQueries=[_query(index, one) for index, one in enumerate(series)],
        StartTime=reading.now - LOOK_BACK,
        EndTime=reading.now,
        ScanBy="TimestampDescending",
    )
    names = {f"q{index}": _bucket_of(one) for index, one in enumerate(series)}
    for answer in answers:
        name = names.get(tr.said(answer, "Id"))
        latest = next((size for size in tr.items(answer, "Values") if isinstance(size, int | float)), None)
        if name and latest is not None:
            yield name, float(latest)


def _query(index: int, series: dict[str, Any]) -> dict[str, Any]:
    metric = {**METRIC, "Dimensions": tr.items(series, "Dimensions")}
    return {"Id": f"q{index}", "MetricStat": {"Metric": metric, "Period": DAY_S, "Stat": "Average"}}


def _bucket_of(series: dict[str, Any]) -> str | None:
    dimensions = {tr.said(one, "Name"): tr.text(one, "Value") for one in tr.items(series, "Dimensions")}
    return dimensions.get("BucketName")
