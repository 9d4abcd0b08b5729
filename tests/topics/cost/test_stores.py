"""Databases, caches, snapshots and buckets that cost more than what is asked of them."""

from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal

import pytest

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.adapters.prices import BookPrices
from skywright.loop.analyse import analyse
from skywright.model.estate import Coverage, CoverageState, Scope, Snapshot, Usage
from skywright.model.kinds.base import resource_id
from skywright.model.kinds.compute import Image
from skywright.model.kinds.storage import Bucket, Cache, Database, Volume
from skywright.model.kinds.storage import Snapshot as Copy
from skywright.model.money import Money
from skywright.model.settings import InsightSettings
from skywright.topics.cost.stores import COLD_BUCKET, ORPHANED_SNAPSHOT, OVERSIZED_CACHE, OVERSIZED_DATABASE

NOW = datetime(2026, 8, 1, 12)


def make(kind, native="x1", **columns):
    identifier = resource_id("aws", "1", "us-east-1", kind.KIND, native)
    return kind(id=identifier, cloud="aws", account="1", region="us-east-1", native_id=native, **columns)


def flat(resource, metric, value):
    levels = dict.fromkeys(("p50", "p95", "p99", "max", "mean"), value)
    return Usage(resource=resource.id, metric=metric, window_days=14.0, samples=336, **levels)


def insights(opened, measure, resources, used=()):
    return analyse(opened(resources, used), [measure], InsightSettings())


DATABASES = [
    # name                              type             cpu   multi  becomes           saving
    ("half the processors, all memory", "db.m5.xlarge", 30.0, False, "db.r5.large", "74.46"),
    ("with a standby twice", "db.m5.xlarge", 30.0, True, "db.r5.large", "148.92"),
    ("on the line", "db.m5.xlarge", 35.0, False, "db.r5.large", "74.46"),
    ("over the line", "db.m5.xlarge", 35.1, False, None, None),
    ("burstable: its low load says little", "db.t3.large", 10.0, False, None, None),
    ("not measured", "db.m5.xlarge", None, False, None, None),
]


@pytest.mark.parametrize(("name", "type_", "cpu", "multi", "becomes", "saving"), DATABASES, ids=[case[0] for case in DATABASES])
def test_databases(opened, name, type_, cpu, multi, becomes, saving):
    target = make(Database, engine="mysql", type=type_, state="available", cluster="", multi_zone=multi)
    found = insights(opened, OVERSIZED_DATABASE, [target], [flat(target, "cpu_pct", cpu)] if cpu else [])
    assert [(one.set["type"], one.saving_monthly) for one in found] == ([(becomes, Money(Decimal(saving)))] if becomes else [])


CACHES = [
    # name                           type                memory  cpu   becomes
    ("small and quiet", "cache.r5.large", 5.0, 5.0, "cache.t3.small"),
    ("memory decides", "cache.r5.large", 20.0, 5.0, "cache.m5.large"),
    ("full", "cache.r5.large", 70.0, 5.0, None),
    ("busy: a burstable one would be throttled", "cache.r5.large", 5.0, 40.0, "cache.m5.large"),
    ("memory not measured", "cache.r5.large", None, 5.0, None),
]


@pytest.mark.parametrize(("name", "type_", "memory", "cpu", "becomes"), CACHES, ids=[case[0] for case in CACHES])
def test_caches(opened, name, type_, memory, cpu, becomes):
    target = make(Cache, type=type_, nodes=2)
    used = [flat(target, "cpu_pct", cpu)] + ([flat(target, "memory_pct", memory)] if memory is not None else [])
    found = insights(opened, OVERSIZED_CACHE, [target], used)
    assert [one.note for one in found] == ([f"as {becomes}; it starts empty unless it is resized online"] if becomes else [])
    assert all(one.saving_monthly.amount > 0 and not one.set for one in found)


OLD, YOUNG = datetime(2026, 1, 1), datetime(2026, 7, 1)
GONE = resource_id("aws", "1", "us-east-1", Volume.KIND, "vol-gone")
SNAPSHOTS = [
    # name                          volume is there  age    image's snapshots  coverage    orphaned
    ("its volume is long gone", False, OLD, [], "complete", True),
    ("its volume is there", True, OLD, [], "complete", False),
    ("young", False, YOUNG, [], "complete", False),
    ("an image stands on it", False, OLD, ["self"], "complete", False),
    ("what an image stands on is not known", False, OLD, None, "complete", False),
    ("volumes were not wholly read: not seen is not gone", False, OLD, [], "throttled", False),
]


@pytest.mark.parametrize(("name", "there", "made", "image", "state", "orphaned"), SNAPSHOTS, ids=[case[0] for case in SNAPSHOTS])
def test_snapshots(tmp_path, name, there, made, image, state, orphaned):
    copy = make(Copy, "snap-1", volume=GONE, created_at=made, size_gib=100)
    images = [make(Image, "ami-1", snapshots=None if image is None else [copy.id for _ in image])]
    volumes = [make(Volume, "vol-gone")] if there else []
    shelf, tables = ParquetShelf(tmp_path), {Copy.KIND: [copy], Image.KIND: images, Volume.KIND: volumes}
    scope = Scope("aws", "1", "us-east-1", "all", tuple(tables))
    coverage = tuple(
        Coverage("aws", "1", "us-east-1", kind, CoverageState(state) if kind == Volume.KIND else CoverageState.COMPLETE, NOW)
        for kind in tables
    )
    files = tuple(shelf.write(table, scope, rows) for table, rows in tables.items())
    with ExitStack() as stack:
        session = stack.enter_context(
            DuckEngine(tmp_path, BookPrices()).open(Snapshot(id="s", taken_at=NOW, files=files, coverage=coverage))
        )
        found = analyse(session, [ORPHANED_SNAPSHOT], InsightSettings())
    assert [(one.resource, one.delete) for one in found] == ([(copy.id, True)] if orphaned else [])


BUCKETS = [
    # name              GiB     requests an hour  class       rules  cold
    ("cold", 1000.0, 0.5, "standard", 0, True),
    ("read often", 1000.0, 50.0, "standard", 0, False),
    ("small", 50.0, 0.0, "standard", 0, False),
    ("not measured", 1000.0, None, "standard", 0, False),
    ("has rules already", 1000.0, 0.5, "standard", 2, False),
    ("rules not read", 1000.0, 0.5, "standard", None, False),
    ("in another class", 1000.0, 0.5, "archive", 0, False),
]


@pytest.mark.parametrize(("name", "size", "requests", "storage", "rules", "cold"), BUCKETS, ids=[case[0] for case in BUCKETS])
def test_buckets(opened, name, size, requests, storage, rules, cold):
    target = make(Bucket, size_gib=size, storage_class=storage, lifecycle_rules=rules)
    found = insights(opened, COLD_BUCKET, [target], [flat(target, "requests_count", requests)] if requests is not None else [])
    assert [one.saving_monthly for one in found] == ([Money(Decimal("10.5"))] if cold else [])
