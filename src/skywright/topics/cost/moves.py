"""Measures of machines that would cost less as another family, on another architecture, or in another region."""
# ruff: noqa: S608 - every part is a constant of this topic; thresholds are bound parameters

from skywright.model.finding import InsightType
from skywright.model.measure import Measure
from skywright.topics.cost.fragments import OURS, evidence, measured, price, seen
from skywright.topics.cost.sizing import CREDITS, NOT_IDLE, SIZE_PARAMS

MOVE_PARAMS = {**SIZE_PARAMS, "saving_min_pct": 10.0}

_LOAD = f"""
      SELECT i.id, i.cloud, i.region, i.platform, p.* EXCLUDE (cloud, region, kind, unit, source, dated),
             c.p99 AS cpu_p99, c.mean AS cpu_mean, c.samples, c.window_days, m.p99 AS memory_p99,
             greatest(n.p99, o.p99) * 8 / 3.6e9 AS network_p99, (coalesce(r.p99, 0) + w.p99) * 8 / 3.6e9 AS disk_p99
      FROM compute_instance i {price("p", "i", "i.type", "hour", "compute.instance", outer=False)}
      {measured("c", "i", "cpu_pct")} {measured("m", "i", "memory_pct", outer=True)}
      {measured("q", "i", "credits_count", outer=True)} {measured("n", "i", "network_in_bytes", outer=True)}
      {measured("o", "i", "network_out_bytes", outer=True)} {measured("r", "i", "disk_read_bytes", outer=True)}
      {measured("w", "i", "disk_write_bytes", outer=True)}
      WHERE {OURS} AND {NOT_IDLE} AND {CREDITS}"""
"""Machines with their type's shape and what they use; traffic in Mbit/s, from the fullest hour but one in a hundred."""

_HEADROOM = "(100 - $headroom_pct) / 100"

_FITS = f"""l.cpu_p99 * l.vcpus <= 100 * {_HEADROOM} * s.vcpus
        AND CASE WHEN l.memory_p99 IS NULL THEN s.memory_mib >= l.memory_mib
                 ELSE l.memory_p99 / 100 * l.memory_mib <= {_HEADROOM} * s.memory_mib END
        AND (NOT s.burstable OR l.cpu_mean * l.vcpus <= {_HEADROOM} * s.baseline_pct * s.vcpus)
        AND CASE WHEN l.network_mbps IS NULL AND s.network_mbps IS NULL THEN true
                 WHEN l.network_p99 IS NULL THEN s.network_mbps >= l.network_mbps
                 ELSE l.network_p99 <= {_HEADROOM} * s.network_mbps END
        AND CASE WHEN l.disk_mbps IS NULL AND s.disk_mbps IS NULL THEN true
                 WHEN l.disk_p99 IS NULL THEN s.disk_mbps >= l.disk_mbps
                 ELSE l.disk_p99 <= {_HEADROOM} * s.disk_mbps END
        AND (s.local_disk OR NOT coalesce(l.local_disk, false)) AND NOT s.bare_metal"""
"""Processor, memory, burst, network and volumes: each with headroom where it is measured; what is not measured counts as used."""

_CHEAPER = "s.amount < l.amount * (1 - $saving_min_pct / 100) AND s.currency = l.currency"

_EVIDENCE = f"""[{evidence("cpu_pct", "p99", "f.cpu_p99", "f", "(100 - $headroom_pct) * f.to_vcpus / f.vcpus")},
            {evidence("memory_pct", "p99", "f.memory_p99", "f", "(100 - $headroom_pct) * f.to_memory_mib / f.memory_mib")},
            {evidence("network_mbps", "p99", "f.network_p99", "f", "f.to_network_mbps")},
            {evidence("disk_mbps", "p99", "f.disk_p99", "f", "f.to_disk_mbps")}]"""

_TO = """s.sku AS to_sku, s.vcpus AS to_vcpus, s.memory_mib AS to_memory_mib, s.amount AS to_amount,
             s.network_mbps AS to_network_mbps, s.disk_mbps AS to_disk_mbps, s.region AS to_region,
             row_number() OVER (PARTITION BY l.id ORDER BY s.amount, s.generation DESC, s.vcpus, s.sku) AS place"""

_SAVING = "CAST((f.amount - f.to_amount) * 730 AS DECIMAL(18, 6)) AS saving, f.currency AS currency"

_CONFIDENCE = f"CASE WHEN f.memory_p99 IS NULL THEN 0.5 ELSE 0.8 END * {seen('f')} AS confidence"

_SOURCE = (
    "AWS Compute Optimizer user guide, rightsizing preferences: 14 days, P99.5 CPU, 20 % headroom; limits: DescribeInstanceTypes"
)

OTHER_FAMILY = Measure(
    name="compute_instance_other_family",
    type=InsightType.CHEAPER_FAMILY,
    kind="compute.instance",
    title="Machine would cost less as a newer family",
    params=MOVE_PARAMS,
    source=_SOURCE,
    sql=f"""
    WITH load AS ({_LOAD}), fitting AS (
      SELECT l.*, {_TO}
      FROM load l JOIN price s ON s.cloud = l.cloud AND s.region = l.region AND s.kind = 'compute.instance' AND s.unit = 'hour'
       AND s.architecture = l.architecture AND s.class = 'general' AND l.class = 'general' AND s.series <> l.series
      WHERE s.generation > l.generation AND {_CHEAPER} AND {_FITS}
    )
    SELECT f.id AS resource, {_CONFIDENCE},
           {{'type': f.to_sku, 'vcpus': f.to_vcpus, 'memory_mib': f.to_memory_mib}} AS "set", {_EVIDENCE} AS evidence, {_SAVING},
           CASE WHEN f.to_network_mbps IS NULL THEN 'limits of network and volumes are not known' ELSE '' END AS note
    FROM fitting f WHERE f.place = 1""",
)

OTHER_ARCHITECTURE = Measure(
    name="compute_instance_other_architecture",
    type=InsightType.CHEAPER_ELSEWHERE,
    kind="compute.instance",
    title="Machine would cost less on another processor architecture",
    params=MOVE_PARAMS,
    source=_SOURCE,
    sql=f"""
    WITH load AS ({_LOAD}), fitting AS (
      SELECT l.*, {_TO}
      FROM load l JOIN price s ON s.cloud = l.cloud AND s.region = l.region AND s.kind = 'compute.instance' AND s.unit = 'hour'
       AND s.architecture <> l.architecture AND s.class = 'general' AND l.class = 'general'
      WHERE s.generation >= l.generation AND coalesce(lower(l.platform), 'linux') LIKE 'linux%' AND {_CHEAPER} AND {_FITS}
    )
    SELECT f.id AS resource, {_CONFIDENCE} , NULL AS "set", {_EVIDENCE} AS evidence, {_SAVING},
           concat('as ', f.to_sku, '; its image and software must be built for that architecture') AS note
    FROM fitting f WHERE f.place = 1""",
)

OTHER_REGION = Measure(
    name="compute_instance_other_region",
    type=InsightType.CHEAPER_ELSEWHERE,
    kind="compute.instance",
    title="Machine would cost less in another region",
    params={**SIZE_PARAMS, "saving_min_pct": 10.0, "regions": []},
    source="The list prices of the regions; which regions are allowed is for the user to say (regions)",
    sql=f"""
    WITH dear AS (
      SELECT i.id, i.type, p.amount, p.currency, s.region AS to_region, s.amount AS to_amount,
             row_number() OVER (PARTITION BY i.id ORDER BY s.amount, s.region) AS place
      FROM compute_instance i {price("p", "i", "i.type", "hour", "compute.instance", outer=False)}
      JOIN price s ON s.cloud = i.cloud AND s.kind = 'compute.instance' AND s.unit = 'hour' AND s.sku = i.type
       AND s.currency = p.currency AND list_contains($regions, s.region)
      WHERE {OURS} AND s.amount < p.amount * (1 - $saving_min_pct / 100)
    )
    SELECT f.id AS resource, 0.5 AS confidence, NULL AS "set",
           [{evidence("price_hourly", "now", "f.amount", threshold="f.to_amount")}] AS evidence, {_SAVING},
           concat('in ', f.to_region, '; traffic between regions, latency and where data may be are not in it') AS note
    FROM dear f WHERE f.place = 1""",
)
