"""An estate of every rule's examples, each in an account of its own, so that every kind has rows and every rule has answers."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from skywright.adapters.packs.catalogue import tables
from skywright.adapters.packs.examples import _value
from skywright.model.estate import Coverage, CoverageState, Relation, Scope, Snapshot, Usage, Verb
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.kinds.cluster import Container, Node, Pod, Workload
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.network import Address, Balancer, Gateway
from skywright.model.kinds.storage import Bucket, Cache, Database, Volume
from skywright.model.kinds.storage import Snapshot as Copy
from skywright.model.rule import Example, Rule
from skywright.model.schema import kind_tables, table_name

SKIPPED = ("coverage", "cost", "price", "reach", "resource")
"""Tables that an engine makes of the others."""


def example_estate(shelf, rules: Iterable[Rule], now: datetime, more: Iterable[msgspec.Struct] = ()) -> Snapshot:
    """Write the rows of all examples, and ``more``; gives their snapshot. Some accounts are covered, some could not be read."""
    rows: dict[str, list[msgspec.Struct]] = {}
    coverage: dict[tuple[str, ...], Coverage] = {}
    number = 0
    for rule in rules:
        for example in rule.examples:
            number += 1
            for table, row in _placed(rule, example, number):
                made = _made(table, row, now)
                rows.setdefault(kind_tables().get(table, table), []).append(made)
                if table in kind_tables():
                    kind = kind_tables()[table]
                    key = (made.cloud, made.account, made.region, kind)
                    coverage[key] = Coverage(*key, CoverageState.COMPLETE, now - timedelta(minutes=number % 2))
    for row in more:
        rows.setdefault({Usage: "usage", Relation: "relation"}.get(type(row)) or row.KIND, []).append(row)
    files = [shelf.write(table, Scope("aws", "1", "r", "s", (table,)), made) for table, made in sorted(rows.items())]
    gaps = [
        Coverage("aws", f"1{n:011}", "eu-west-1", kind, CoverageState.FAILED, now, "denied") for n, kind in enumerate(KIND_BY_NAME)
    ]
    read = [Coverage("aws", "1", "us-east-1", kind, CoverageState.COMPLETE, now) for kind in ("storage.volume", "compute.image")]
    return Snapshot(id="examples", taken_at=now, files=tuple(files), coverage=(*coverage.values(), *read, *gaps))


def worth_something(now: datetime) -> Iterator[msgspec.Struct]:
    """Machines, volumes and the like with usage and known prices, at least one for each measure of the cost topic."""
    old = now - timedelta(days=90)
    for number, (kind, cpu, tags) in enumerate(MACHINES):
        machine = _priced(Instance, f"m{number}", type=kind, state="running", scaling_group="", platform="Linux/UNIX", tags=tags)
        yield machine
        network = 10.0 if cpu < IDLE else 1e9
        yield from (_flat(machine, name, network) for name in ("network_in_bytes", "network_out_bytes"))
        yield _flat(machine, "memory_pct", 10.0 + number)
        yield _flat(machine, "credits_count", 500.0)
        yield _flat(machine, "cpu_pct", cpu, p50=min(cpu, 1.0), p95=cpu)
    yield _priced(Volume, "v0", type="gp2", size_gib=100, iops=300, attached=True, state="in-use")
    yield _priced(Volume, "v1", type="gp3", size_gib=333, iops=3000, attached=False, state="available", created_at=old)
    provisioned = _priced(Volume, "v2", type="io1", size_gib=500, iops=9000, attached=True, state="in-use")
    yield provisioned
    yield from (_flat(provisioned, name, 40_000.0) for name in ("disk_read_ops", "disk_write_ops"))
    yield _priced(Address, "a0", attached=False)
    gateway, balancer = _priced(Gateway, "g0", type="nat", state="available"), _priced(Balancer, "b0", type="application")
    database = _priced(
        Database, "d0", type="db.m5.large", engine="postgres", state="available", cluster="", multi_zone=True,
        storage_gib=100, storage_type="gp3",
    )  # fmt: skip
    yield from (gateway, balancer, database)
    node_id, machine_id = "kubernetes:c:c:container.node/n0", "i-00000000000000001"
    yield Node(
        id=node_id,
        cloud="kubernetes",
        account="c",
        region="c",
        native_id="n0",
        provider_id=f"aws:///z/{machine_id}",
        cpu_millis=2000,
        memory_mib=7168,
        native={"gpus": {"nvidia.com/gpu": 2}},
    )
    yield _priced(Instance, machine_id, type="m5.large", state="running")
    yield Node(
        id="kubernetes:c:c:container.node/n1",
        cloud="kubernetes",
        account="c",
        region="c",
        native_id="n1",
        availability="drain",
        role="worker",
    )
    yield Relation(provisioned.id, Verb.ATTACHED_TO, f"aws:1:us-east-1:compute.instance/{machine_id}")
    yield from _stores(old)
    yield from _workloads()
    yield Instance(
        id="aws:1:eu-central-1:compute.instance/m", cloud="aws", account="1", region="eu-central-1", native_id="m", type="m5.large",
        state="running", scaling_group="",
    )  # fmt: skip
    yield _flat(gateway, "network_out_bytes", 0.0)
    yield _flat(balancer, "requests_count", 0.0)
    yield _flat(database, "connections_count", 0.0)


def _workloads() -> Iterator[msgspec.Struct]:
    """Copies that use less than they ask for, and copies that use more, with graphics processors that stand idle or are used in
    part; a database that sleeps at night; two licences."""
    for number, (cpu, memory) in enumerate(((1000, 2048), (50, 64))):
        one = Container(
            name="app", init=False, cpu_request_millis=cpu, memory_request_mib=memory, cpu_limit_millis=-1, memory_limit_mib=4096
        )
        short = f"deployment/w/{number}"
        workload = Workload(
            id=f"kubernetes:c:c:container.workload/{short}", cloud="kubernetes", account="c", region="c", native_id=short,
            type="deployment", namespace="w", desired=3, ready=3, autoscaled=False, containers=[one],
        )  # fmt: skip
        yield from (workload, _flat(workload, "cpu_millis", 100.0), _flat(workload, "memory_mib", 300.0))
        yield from (_flat(workload, "gpu_pct", 30.0 * number), _flat(workload, "gpu_memory_pct", 20.0))
        yield Pod(
            id=f"kubernetes:c:c:container.pod/p{number}", cloud="kubernetes", account="c", region="c", native_id=f"p{number}",
            namespace="w", workload=workload.id, node="kubernetes:c:c:container.node/n0", state="running",
            native={"gpus": {"nvidia.com/gpu": 1}},
        )  # fmt: skip
    database = _priced(
        Database, "d2", type="db.m5.large", engine="postgres", state="available", cluster="", multi_zone=False, storage_gib=20,
        storage_type="gp3", tags=DEV,
    )  # fmt: skip
    yield from (database, _flat(database, "connections_count", 9.0, p50=0.0))
    yield _priced(Instance, "w0", type="m5.large", state="running", scaling_group="", platform="Windows")
    yield _priced(Database, "d3", type="db.m5.large", engine="sqlserver-se", state="available", cluster="", multi_zone=False)


def _stores(old: datetime) -> Iterator[msgspec.Struct]:
    """A database and a cache that are too large, a snapshot of a volume that is gone, a bucket that nobody reads."""
    database = _priced(Database, "d1", type="db.m5.xlarge", engine="mysql", state="available", cluster="", multi_zone=False)
    cache = _priced(Cache, "c0", type="cache.r5.large", nodes=2)
    bucket = _priced(Bucket, "b0", size_gib=500.0, storage_class="standard", lifecycle_rules=0)
    yield from (
        database,
        cache,
        bucket,
        _flat(database, "cpu_pct", 20.0),
        _flat(cache, "cpu_pct", 5.0),
        _flat(cache, "memory_pct", 9.0),
    )
    yield _flat(bucket, "requests_count", 0.0)
    gone = "aws:1:us-east-1:storage.volume/gone"
    yield _priced(Copy, "s0", volume=gone, size_gib=80, created_at=old - timedelta(days=99))


IDLE = 2.0
DEV = {"environment": "dev"}
MACHINES = [
    ("m5.2xlarge", 1.0, {}),
    ("m5.2xlarge", 12.0, {}),
    ("m5.4xlarge", 33.3, {"environment": "prod"}),
    ("t3.xlarge", 15.0, {}),
    ("m4.large", 60.0, {}),
    ("c4.xlarge", 90.0, DEV),
    ("r5.large", 71.0, DEV),
    ("m99.large", 12.0, {}),
]
"""Type, CPU in percent, tags: idle, oversized, of an old generation, needed in working hours only, unknown."""


def _priced(kind, short: str, **columns):
    identifier = f"aws:1:us-east-1:{kind.KIND}/{short}"
    return kind(id=identifier, cloud="aws", account="1", region="us-east-1", native_id=short, **columns)


def _flat(resource, metric: str, value: float, **more: float) -> Usage:
    """The same value in every hour of two weeks."""
    values = dict.fromkeys(("p50", "p95", "p99", "max", "mean"), value) | more
    return Usage(resource=resource.id, metric=metric, window_days=14.0, samples=336, **values)


def _placed(rule: Rule, example: Example, number: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every row of an example, with ids that no other example has."""
    own = table_name(rule.kind)
    listed = [(own, {"id": "self", **example.row})]
    listed += [(table, row) for table, rows in example.others.items() for row in rows if table not in SKIPPED]
    named = {row["id"] for table, row in listed if "id" in row}
    listed = [(table, {"id": f"other-{at}", **row} if table in kind_tables() else row) for at, (table, row) in enumerate(listed)]
    account = f"1{number:011}"
    for table, row in listed:
        moved = {column: _moved(value, named, number) for column, value in row.items()}
        if table in kind_tables():
            kind = kind_tables()[table]
            moved["id"] = f"{moved['id']}@{number}" if moved["id"] not in named else moved["id"]
            common = {
                "cloud": next(iter(rule.clouds), "aws"),
                "account": account,
                "region": "eu-west-1",
                "native_id": f"n-{moved['id']}",
            }
            moved = {**common, **moved}
            assert kind in KIND_BY_NAME
        yield table, moved


def _moved(value: Any, named: set[str], number: int) -> Any:
    """A value in which every id of the example is one of this example alone."""
    match value:
        case str() if value in named:
            return f"{value}@{number}"
        case list():
            return [_moved(part, named, number) for part in value]
        case dict():
            return {key: _moved(part, named, number) for key, part in value.items()}
        case _:
            return value


def _made(table: str, row: Mapping[str, Any], now: datetime) -> msgspec.Struct:
    kind: type[msgspec.Struct] = {"relation": Relation, "usage": Usage}.get(table) or KIND_BY_NAME[kind_tables()[table]]
    info = tables()[table]
    if kind is Usage:
        row = {"samples": 300, "window_days": 14.0, "metric": "cpu_pct", **row}
    return msgspec.convert({key: _time(value, info.columns.get(key, ""), now) for key, value in row.items()}, kind, strict=False)


def _time(value: Any, kind: str, now: datetime) -> Any:
    if kind != "TIMESTAMP" or not isinstance(value, str):
        return value
    moment = _value(value, tables()["coverage"], "seen_at")
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
