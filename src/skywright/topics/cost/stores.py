"""Measures of databases, caches, snapshots and buckets that cost more than what is asked of them."""
# ruff: noqa: S608 - every part is a constant of this topic; thresholds are bound parameters

from skywright.model.finding import InsightType
from skywright.model.measure import Measure
from skywright.topics.cost.fragments import COST, ENOUGH, evidence, measured, price, seen

_SHAPE = "regexp_replace({owner}.{column}, '^.*(db|cache)[.]', '')"
"""The type of machine that is behind a type of database or cache: db.m5.large runs on m5.large."""

OVERSIZED_DATABASE = Measure(
    name="database_instance_oversized",
    type=InsightType.OVERSIZED,
    kind="database.instance",
    title="Database is larger than its load",
    params={**ENOUGH, "headroom_pct": 30.0},
    source="AWS Compute Optimizer user guide, RDS DB instances: CPU at P99.5 with 30 % headroom by default",
    sql=f"""
    WITH load AS (
      SELECT d.id, d.cloud, d.region, CASE WHEN d.engine = 'mariadb' THEN 'mysql' ELSE d.engine END AS engine, d.type, d.multi_zone,
             p.amount, p.currency, c.p99 AS cpu_p99, c.samples, c.window_days, s.vcpus, s.memory_mib, s.architecture
      FROM database_instance d
      {
        price(
            "p",
            "d",
            "concat(CASE WHEN d.engine = 'mariadb' THEN 'mysql' ELSE d.engine END, '/', d.type)",
            "hour",
            "database.instance",
            outer=False,
        )
    }
      {price("s", "d", _SHAPE.format(owner="d", column="type"), "hour", "compute.instance", outer=False)}
      {measured("c", "d", "cpu_pct")}
      WHERE d.state = 'available' AND NOT s.burstable AND d.cluster = ''
    ), fitting AS (
      SELECT l.*, split_part(p.sku, '/', 2) AS to_type, p.amount AS to_amount, s.vcpus AS to_vcpus,
             row_number() OVER (PARTITION BY l.id ORDER BY p.amount, p.sku) AS place
      FROM load l
      JOIN price p ON p.cloud = l.cloud AND p.region = l.region AND p.kind = 'database.instance' AND p.unit = 'hour'
       AND split_part(p.sku, '/', 1) = l.engine AND p.amount < l.amount AND p.currency = l.currency
      JOIN price s ON s.cloud = l.cloud AND s.region = l.region AND s.kind = 'compute.instance' AND s.unit = 'hour'
       AND s.sku = {_SHAPE.format(owner="p", column="sku")} AND NOT s.burstable AND s.architecture = l.architecture
      WHERE l.cpu_p99 * l.vcpus <= (100 - $headroom_pct) * s.vcpus AND s.memory_mib >= l.memory_mib
    )
    SELECT f.id AS resource, 0.7 * {seen("f")} AS confidence, {{'type': f.to_type}} AS "set",
           [{evidence("cpu_pct", "p99", "f.cpu_p99", "f", "(100 - $headroom_pct) * f.to_vcpus / f.vcpus")}] AS evidence,
           CAST((f.amount - f.to_amount) * 730 * CASE WHEN f.multi_zone THEN 2 ELSE 1 END AS DECIMAL(18, 6)) AS saving,
           f.currency AS currency, 'a database fills its memory with what it caches: it keeps as much' AS note
    FROM fitting f WHERE f.place = 1""",
)

OVERSIZED_CACHE = Measure(
    name="database_cache_oversized",
    type=InsightType.OVERSIZED,
    kind="database.cache",
    title="Cache is larger than what it holds",
    params={**ENOUGH, "headroom_pct": 30.0, "reserved_pct": 25.0},
    source="Amazon ElastiCache user guide, choosing a node size: a quarter of the memory is reserved; the headroom is ours",
    sql=f"""
    WITH load AS (
      SELECT c.id, c.cloud, c.region, c.type, c.nodes, p.amount, p.currency, u.p99 AS cpu_p99, u.samples, u.window_days,
             m.p99 AS memory_p99, s.vcpus, s.memory_mib, s.architecture
      FROM database_cache c {price("p", "c", "c.type", "hour", "database.cache", outer=False)}
      {price("s", "c", _SHAPE.format(owner="c", column="type"), "hour", "compute.instance", outer=False)}
      {measured("u", "c", "cpu_pct")} {measured("m", "c", "memory_pct")}
    ), fitting AS (
      SELECT l.*, p.sku AS to_type, p.amount AS to_amount, s.vcpus AS to_vcpus, s.memory_mib AS to_memory_mib,
             row_number() OVER (PARTITION BY l.id ORDER BY p.amount, p.sku) AS place
      FROM load l
      JOIN price p ON p.cloud = l.cloud AND p.region = l.region AND p.kind = 'database.cache' AND p.unit = 'hour'
       AND p.amount < l.amount AND p.currency = l.currency
      JOIN price s ON s.cloud = l.cloud AND s.region = l.region AND s.kind = 'compute.instance' AND s.unit = 'hour'
       AND s.sku = {_SHAPE.format(owner="p", column="sku")} AND s.architecture = l.architecture
      WHERE l.cpu_p99 * l.vcpus <= (100 - $headroom_pct) / 100
              * CASE WHEN s.burstable THEN s.baseline_pct * s.vcpus ELSE 100 * s.vcpus END
        AND l.memory_p99 / 100 * l.memory_mib <= (100 - $headroom_pct) / 100 * (100 - $reserved_pct) / 100 * s.memory_mib
    )
    SELECT f.id AS resource, 0.8 * {seen("f")} AS confidence, NULL AS "set",
           [{evidence("cpu_pct", "p99", "f.cpu_p99", "f")},
            {evidence("memory_pct", "p99", "f.memory_p99", "f", "100.0 * f.to_memory_mib / f.memory_mib")}] AS evidence,
           CAST((f.amount - f.to_amount) * 730 * f.nodes AS DECIMAL(18, 6)) AS saving, f.currency AS currency,
           concat('as ', f.to_type, '; it starts empty unless it is resized online') AS note
    FROM fitting f WHERE f.place = 1""",
)

_AGE = "date_diff('day', s.created_at, now()::TIMESTAMP)"
_USED_BY_IMAGES = "SELECT unnest(snapshots) FROM compute_image WHERE snapshots IS NOT NULL"

ORPHANED_SNAPSHOT = Measure(
    name="storage_snapshot_orphaned",
    type=InsightType.UNATTACHED,
    kind="storage.snapshot",
    title="Snapshot's volume is long gone",
    params={"age_days_min": 90},
    source="AWS Well-Architected, Cost Optimization pillar, decommission resources; that it be 90 days old is ours",
    delete=True,
    sql=f"""
    SELECT s.id AS resource, 0.7 AS confidence, NULL AS "set",
           [{evidence("age_days", "now", _AGE, threshold="$age_days_min")}] AS evidence,
           k.monthly AS saving, k.currency AS currency, 'a deleted snapshot does not come back' AS note
    FROM storage_snapshot s {COST.format(owner="s")}
    WHERE s.volume IS NOT NULL AND s.created_at < now() - to_days(CAST($age_days_min AS INTEGER))
      AND s.volume NOT IN (SELECT id FROM storage_volume)
      AND s.id NOT IN ({_USED_BY_IMAGES})
      AND NOT EXISTS (FROM compute_image i WHERE i.account = s.account AND i.region = s.region AND i.snapshots IS NULL)
      AND 2 = (SELECT count(DISTINCT v.kind) FROM coverage v WHERE v.cloud = s.cloud AND v.account = s.account
               AND v.region = s.region AND v.kind IN ('storage.volume', 'compute.image') AND v.state = 'complete')""",
)

COLD_BUCKET = Measure(
    name="storage_bucket_cold",
    type=InsightType.COLD,
    kind="storage.bucket",
    title="Bucket is hardly read, and lies in the dearest class",
    params={**ENOUGH, "size_gib_min": 100.0, "requests_per_gib_max": 1.0},
    source="Amazon S3 user guide, Standard-IA: for data read about once a month; kept for 30 days at least",
    sql=f"""
    SELECT b.id AS resource, 0.6 * {seen("r")} AS confidence, NULL AS "set",
           [{evidence("requests_per_gib_month", "mean", "r.mean * 730 / b.size_gib", "r", "$requests_per_gib_max")}] AS evidence,
           CAST((p.amount - c.amount) * b.size_gib AS DECIMAL(18, 6)) AS saving, p.currency AS currency,
           'a lifecycle rule moves objects; reading them costs by the GiB, and each for 128 KiB and 30 days at least' AS note
    FROM storage_bucket b {price("p", "b", "'standard'", "gib-month", "storage.bucket", outer=False)}
    {price("c", "b", "'infrequent'", "gib-month", "storage.bucket", outer=False)} {measured("r", "b", "requests_count")}
    WHERE b.size_gib >= $size_gib_min AND r.mean * 730 / b.size_gib <= $requests_per_gib_max
      AND coalesce(b.storage_class, 'standard') ILIKE 'standard' AND b.lifecycle_rules = 0""",
)
