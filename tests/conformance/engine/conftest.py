"""Every engine and shelf, and a small world to ask them about."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.adapters.engines.spark import SparkEngine
from skywright.model.estate import Coverage, CoverageState, Relation, Scope, Snapshot, Usage, Verb
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.network import Firewall, FirewallRule
from skywright.model.kinds.storage import Volume

NOW = datetime(2026, 3, 1, 12, 30)
SCOPE = Scope("aws", "1", "r", "ec2", ("compute.instance", "storage.volume", "network.firewall"))


class Prices:
    """A price book of one line, to see that ``price`` and ``cost`` are made of it."""

    def __init__(self, folder):
        import duckdb

        self.file = folder / "outside.parquet"
        duckdb.connect().sql(
            "SELECT 'aws' AS cloud, 'r' AS region, 'storage.volume' AS kind, 'gp3' AS sku, 'gib-month' AS unit,"
            " 0.08::DECIMAL(18,8) AS amount, 'USD' AS currency, 'test' AS source, '2026-01' AS dated"
        ).write_parquet(str(self.file))

    def table(self):
        return self.file

    def cost_sql(self):
        return {
            "storage.volume": "SELECT v.id AS resource, NULL AS hourly, v.size_gib * p.amount AS monthly, p.currency, p.source,"
            " p.dated, '' AS note FROM storage_volume v LEFT JOIN price p ON p.sku = v.type"
        }


def resource(kind, short, **columns):
    return kind(id=f"aws:1:r:{kind.KIND}/{short}", cloud="aws", account="1", region="r", native_id=short, **columns)


def covered(*kinds, state=CoverageState.COMPLETE, **more):
    return tuple(Coverage("aws", "1", "r", kind.KIND, state, NOW, **more) for kind in kinds)


def pytest_generate_tests(metafunc):
    """What is asked of an engine is asked of every engine; a shelf's tests need only one to read with."""
    if "world" in metafunc.fixturenames:
        spark = [pytest.param("spark", marks=pytest.mark.real)] if metafunc.module.__name__.endswith("test_engine") else []
        metafunc.parametrize("world", ["duckdb", *spark], indirect=True)


@pytest.fixture
def world(request, tmp_path):
    """An engine with its shelf, and a snapshot of two instances, two volumes and a firewall."""
    folder = tmp_path / "estate"
    shelf, engine = ParquetShelf(folder), DuckEngine(folder, Prices(tmp_path))
    if request.param == "spark":
        engine = SparkEngine(engine, request.getfixturevalue("spark_settings"))
    web, db = (
        resource(Instance, "i-web", name="web", type="m5.large", tags={"a": "b"}, native={"x": [1]}),
        resource(Instance, "i-db"),
    )
    disk, spare = resource(Volume, "vol-1", type="gp3", size_gib=100), resource(Volume, "vol-2", type="odd", size_gib=5)
    opening = FirewallRule(direction="ingress", protocol="tcp", from_port=22, to_port=22, cidr="0.0.0.0/0")
    wall = resource(Firewall, "sg-1", rules=[opening])
    files = (
        shelf.write("compute.instance", SCOPE, [web, db]),
        shelf.write("storage.volume", SCOPE, [disk, spare]),
        shelf.write("network.firewall", SCOPE, [wall]),
        shelf.write("relation", SCOPE, [Relation(disk.id, Verb.ATTACHED_TO, web.id), Relation(web.id, Verb.GUARDED_BY, wall.id)]),
        shelf.write("usage", SCOPE, [Usage(resource=web.id, metric="cpu_pct", window_days=14, samples=300, p99=4.5)]),
    )
    snapshot = Snapshot(id="s1", taken_at=NOW, files=files, coverage=covered(Instance, Volume, Firewall))
    return SimpleNamespace(
        folder=folder, shelf=shelf, engine=engine, snapshot=snapshot, web=web, db=db, disk=disk, spare=spare, wall=wall
    )
