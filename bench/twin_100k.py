"""The consequences of a plan of 500 changes on 100,000 resources: both sides, every rule that the plan can touch, money, exposure.

The estate is written and the modules are imported outside; opening the snapshot, the twin and all queries are inside.
"""

import tempfile
from datetime import timedelta
from pathlib import Path

from bench._estate import synthetic
from bench.measure import measured
from skywright.adapters.engines.duckdb import DuckEngine
from skywright.adapters.packs import load_packs
from skywright.adapters.prices import BookPrices
from skywright.loop.audit.evaluate import evaluate
from skywright.loop.validate import Opinions, Rooms, validate
from skywright.model.canonical import digest, row_hash
from skywright.model.estate import Snapshot
from skywright.model.kinds import parse_id
from skywright.model.plan import Action, Change, Plan, Reversibility, Risk, Signature, SignedPlan
from skywright.model.settings import RailSettings, RuleSettings
from skywright.ports.engine import Session
from skywright.topics.reliability.rails import CAPACITY, DEPENDENTS, MEMBERS
from skywright.topics.security.rails import EXPOSED
from skywright.wiring import PACKAGE, TOPICS

RESOURCES = 100_000
PER_KIND = {
    "compute_instance": ("type", "t3.micro"),
    "storage_volume": ("type", "gp3"),
    "storage_bucket": ("public_policy", False),
    "database_instance": ("public", False),
    "network_firewall": ("rules", []),
}
CHANGES = 500
DELETED = 50


def run():
    with tempfile.TemporaryDirectory() as folder:
        snapshot = synthetic(Path(folder), RESOURCES, 1)
        engine = DuckEngine(Path(folder), BookPrices())
        rules = load_packs([PACKAGE / "topics" / topic / "rules" for topic in TOPICS], RuleSettings())
        opinions = Opinions(exposed=EXPOSED, capacity=CAPACITY, dependents=DEPENDENTS, members=MEMBERS)
        rooms = Rooms(lambda overlay: engine.open(snapshot, overlay), evaluate, rules, opinions)
        with engine.open(snapshot) as session:
            signed = _plan(session, snapshot)
        with measured() as figures:
            verdict = validate(signed, snapshot, rooms, RailSettings(), snapshot.taken_at)
        return {
            **figures,
            "changes": len(signed.plan.changes),
            "resources": sum(file.rows for file in snapshot.files if file.table not in ("relation", "usage")),
            "rules": len(rules),
            "fixed": len(verdict.consequences.fixed),
            "introduced": len(verdict.consequences.introduced),
            "objections": len(verdict.objections),
        }


def _plan(session: Session, snapshot: Snapshot) -> SignedPlan:
    each = (CHANGES - DELETED) // len(PER_KIND)
    changes = [
        _change(row, {column: value})
        for table, (column, value) in PER_KIND.items()
        for row in session.query(f"SELECT * FROM {table} ORDER BY md5(id) LIMIT {each}").dicts()
    ]
    changes += [_change(row, None) for row in session.query(f"SELECT * FROM network_address ORDER BY id LIMIT {DELETED}").dicts()]
    plan = Plan(id="p-bench", created_at=snapshot.taken_at + timedelta(minutes=1), snapshot=snapshot.id, changes=tuple(changes))
    return SignedPlan(plan, digest(plan), Signature("", ""))


def _change(row, after) -> Change:
    return Change(
        id=f"c-{row['id']}",
        target=row["id"],
        kind=parse_id(row["id"]).kind,
        action=Action.DELETE if after is None else Action.UPDATE,
        before={} if after is None else {column: row[column] for column in after},
        after=after,
        why="bench",
        reasons=("bench",),
        risk=Risk.LOW,
        reversibility=Reversibility.FULL,
        observed=row_hash(row),
    )
