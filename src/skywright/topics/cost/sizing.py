"""Measures of machines that could be smaller, newer, or off at night."""
# ruff: noqa: S608 - every part is a constant of this topic; thresholds are bound parameters

from skywright.model.finding import InsightType
from skywright.model.measure import Measure
from skywright.topics.cost.fragments import COST, ENOUGH, OURS, evidence, measured, price, seen
from skywright.topics.cost.idle import IDLE_INSTANCES, IDLE_PARAMS

SIZE_PARAMS = {**IDLE_PARAMS, "headroom_pct": 20.0, "credits_min": 5.0}

NOT_IDLE = f"i.id NOT IN (SELECT id FROM ({IDLE_INSTANCES}))"

CREDITS = """CASE WHEN NOT p.burstable THEN true WHEN q.p50 IS NOT NULL THEN q.p50 >= $credits_min
              ELSE c.mean < p.baseline_pct / 2 END"""
"""A burstable machine out of credits is held at its baseline, so that its low CPU says nothing about what it wants."""

_MEMORY_FITS = """CASE WHEN l.memory_p99 IS NULL THEN s.memory_mib >= l.memory_mib
                  ELSE l.memory_p99 * l.memory_mib <= (100 - $headroom_pct) * s.memory_mib END"""
"""Memory that nobody measured is taken to be used: only types with at least as much fit."""

_BASELINE_HOLDS = "NOT s.burstable OR l.cpu_mean * l.vcpus <= (100 - $headroom_pct) / 100 * s.baseline_pct * s.vcpus"
"""A burstable type must carry the average load from its baseline, for ever."""

OVERSIZED_INSTANCE = Measure(
    name="compute_instance_oversized",
    type=InsightType.OVERSIZED,
    kind="compute.instance",
    title="Machine is larger than its load",
    params=SIZE_PARAMS,
    source="AWS Compute Optimizer user guide, rightsizing preferences: 14 days of lookback, P99.5 CPU, 20 % headroom",
    sql=f"""
    WITH load AS (
      SELECT i.id, i.cloud, i.region, p.sku, p.series, p.architecture, p.vcpus, p.memory_mib, p.amount, p.currency,
             c.p99 AS cpu_p99, c.mean AS cpu_mean, c.samples, c.window_days, m.p99 AS memory_p99
      FROM compute_instance i {price("p", "i", "i.type", "hour", "compute.instance", outer=False)}
      {measured("c", "i", "cpu_pct")} {measured("m", "i", "memory_pct", outer=True)}
      {measured("q", "i", "credits_count", outer=True)}
      WHERE {OURS} AND {NOT_IDLE} AND {CREDITS}
    ), fitting AS (
      SELECT l.*, s.sku AS to_sku, s.vcpus AS to_vcpus, s.memory_mib AS to_memory_mib, s.amount AS to_amount,
             row_number() OVER (PARTITION BY l.id ORDER BY s.amount, s.vcpus, s.sku) AS place
      FROM load l JOIN price s ON s.cloud = l.cloud AND s.region = l.region AND s.kind = 'compute.instance' AND s.unit = 'hour'
       AND s.series = l.series AND s.architecture = l.architecture AND s.currency = l.currency
      WHERE NOT s.bare_metal AND s.amount < l.amount AND s.vcpus <= l.vcpus
        AND l.cpu_p99 * l.vcpus <= (100 - $headroom_pct) * s.vcpus AND {_MEMORY_FITS} AND ({_BASELINE_HOLDS})
    )
    SELECT f.id AS resource, CASE WHEN f.memory_p99 IS NULL THEN 0.6 ELSE 0.9 END * {seen("f")} AS confidence,
           {{'type': f.to_sku, 'vcpus': f.to_vcpus, 'memory_mib': f.to_memory_mib}} AS "set",
           [{evidence("cpu_pct", "p99", "f.cpu_p99", "f", "(100 - $headroom_pct) * f.to_vcpus / f.vcpus")},
            {evidence("memory_pct", "p99", "f.memory_p99", "f", "(100 - $headroom_pct) * f.to_memory_mib / f.memory_mib")}
           ] AS evidence,
           CAST((f.amount - f.to_amount) * 730 AS DECIMAL(18, 6)) AS saving, f.currency AS currency,
           CASE WHEN f.memory_p99 IS NULL THEN 'memory is not measured, so it is not made smaller' ELSE '' END AS note
    FROM fitting f WHERE f.place = 1""",
)

SUCCESSORS = {"t1": "t3", "t2": "t3", "m3": "m5", "m4": "m5", "c3": "c5", "c4": "c5", "r3": "r5", "r4": "r5", "i2": "i3"}
"""Family -> the family that took its place, in the same sizes. Source: AWS, Previous Generation Instances, upgrade paths."""

_PAIRS = ", ".join(f"('{old}', '{new}')" for old, new in SUCCESSORS.items())

OLD_INSTANCE = Measure(
    name="compute_instance_old_generation",
    type=InsightType.OLD_GENERATION,
    kind="compute.instance",
    title="Machine is of an older generation",
    params=IDLE_PARAMS,
    source="AWS, Previous Generation Instances, upgrade paths",
    sql=f"""
    SELECT i.id AS resource, 0.8 AS confidence,
           {{'type': s.sku, 'vcpus': s.vcpus, 'memory_mib': s.memory_mib}} AS "set",
           [{evidence("generation", "now", "p.generation", threshold="s.generation")}] AS evidence,
           CAST((p.amount - s.amount) * 730 AS DECIMAL(18, 6)) AS saving, p.currency AS currency,
           'the system on it needs drivers for ENA and NVMe' AS note
    FROM compute_instance i {price("p", "i", "i.type", "hour", "compute.instance", outer=False)}
    JOIN (VALUES {_PAIRS}) pair (old, new) ON pair.old = p.family
    JOIN price s ON s.cloud = i.cloud AND s.region = i.region AND s.kind = 'compute.instance' AND s.unit = 'hour'
     AND s.sku = concat(pair.new, '.', split_part(i.type, '.', 2)) AND s.currency = p.currency
    WHERE {OURS} AND {NOT_IDLE} AND s.amount < p.amount AND s.vcpus >= p.vcpus AND s.memory_mib >= p.memory_mib
      AND s.architecture = p.architecture""",
)

OFF_HOURS_SHARE = 1 - 60 / 168
"""What is saved of a week's 168 hours when a machine runs for 12 hours on 5 days."""

OFF_HOURS = {
    "environment_tag": "environment",
    "environments": ["dev", "development", "test", "testing", "qa", "staging", "sandbox"],
}
"""Where working hours may be enough."""

SCHEDULABLE_INSTANCE = Measure(
    name="compute_instance_schedulable",
    type=InsightType.SCHEDULABLE,
    kind="compute.instance",
    title="Machine is needed in working hours only",
    params={
        **IDLE_PARAMS,
        **OFF_HOURS,
        "quiet_p50_pct": 5.0,
        "busy_p95_pct": 15.0,
    },
    source="AWS Instance Scheduler guide, office-hours schedule; the thresholds are ours",
    sql=f"""
    SELECT i.id AS resource, 0.6 * {seen("c")} AS confidence,
           {{'tags': MAP {{'skywright:schedule': 'office-hours'}}}} AS "set",
           [{evidence("cpu_pct", "p50", "c.p50", "c", "$quiet_p50_pct")},
            {evidence("cpu_pct", "p95", "c.p95", "c", "$busy_p95_pct")}] AS evidence,
           CAST(k.monthly * {OFF_HOURS_SHARE:.6f} AS DECIMAL(18, 6)) AS saving, k.currency AS currency,
           'more than half of the hours are quiet, some are busy; saved once a scheduler obeys the tag' AS note
    FROM compute_instance i {measured("c", "i", "cpu_pct")} {COST.format(owner="i")}
    WHERE {OURS} AND {NOT_IDLE} AND lower(i.tags[$environment_tag]) IN (SELECT unnest($environments))
      AND NOT coalesce(map_contains(i.tags, 'skywright:schedule'), false)
      AND c.p50 < $quiet_p50_pct AND c.p95 >= $busy_p95_pct""",
)

SCHEDULABLE_DATABASE = Measure(
    name="database_instance_schedulable",
    type=InsightType.SCHEDULABLE,
    kind="database.instance",
    title="Database is needed in working hours only",
    params={**ENOUGH, **OFF_HOURS, "quiet_p50_count": 0.5},
    source="AWS Instance Scheduler guide, office-hours schedule; Amazon RDS user guide, Stopping a DB instance; threshold ours",
    sql=f"""
    SELECT d.id AS resource, 0.6 * {seen("c")} AS confidence,
           {{'tags': MAP {{'skywright:schedule': 'office-hours'}}}} AS "set",
           [{evidence("connections_count", "p50", "c.p50", "c", "$quiet_p50_count")},
            {evidence("connections_count", "max", "c.max", "c", "1")}] AS evidence,
           CAST((k.monthly - s.amount * d.storage_gib * CASE WHEN d.multi_zone THEN 2 ELSE 1 END) * {OFF_HOURS_SHARE:.6f}
             AS DECIMAL(18, 6)) AS saving, k.currency AS currency,
           'nobody is connected in more than half of the hours; saved once a scheduler obeys the tag, its storage goes on costing'
             AS note
    FROM database_instance d {measured("c", "d", "connections_count")} {COST.format(owner="d")}
    {price("s", "d", "concat('storage/', d.storage_type)", "gib-month", "database.instance")}
    WHERE d.state = 'available' AND d.cluster = '' AND lower(d.tags[$environment_tag]) IN (SELECT unnest($environments))
      AND NOT (starts_with(d.engine, 'sqlserver') AND d.multi_zone)
      AND NOT coalesce(map_contains(d.tags, 'skywright:schedule'), false)
      AND c.p50 <= $quiet_p50_count AND c.max >= 1""",
)
