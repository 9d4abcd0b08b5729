"""Measures of workloads of clusters that hold graphics processors and hardly use them."""
# ruff: noqa: S608 - every part is a constant of this topic; thresholds are bound parameters

from skywright.model.finding import InsightType
from skywright.model.measure import Measure
from skywright.topics.cost.fragments import ENOUGH, evidence, measured, seen

WORTH = {"cpu_hour": 0.031611, "memory_gib_hour": 0.004237, "gpu_hour": 0.95}
"""What these are worth beside each other (OpenCost, configs/default.json); only their ratio counts."""

_ASKED = """CAST(json_extract({owner}.native, '$.gpus."nvidia.com/gpu"') AS BIGINT)"""
_SHARED = "greatest(1, coalesce(TRY_CAST(n.tags['nvidia.com/gpu.replicas'] AS BIGINT), 1))"

_HELD = f"""
  nodes AS (
    SELECT n.id, {_ASKED.format(owner="n")} AS gpus, k.monthly, k.currency,
           {_ASKED.format(owner="n")} / {_SHARED} * $gpu_hour AS worth,
           n.cpu_millis / 1000.0 * $cpu_hour + n.memory_mib / 1024.0 * $memory_gib_hour AS rest
    FROM container_node n
    JOIN (SELECT o.id AS node, min(coalesce(nullif(o.instance, ''), r.target)) AS machine FROM container_node o
          LEFT JOIN relation r ON r.source = o.id AND r.verb = 'runs-on' GROUP BY o.id) runs ON runs.node = n.id
    LEFT JOIN cost k ON k.resource = runs.machine
  ), held AS (
    SELECT p.workload, count(*) AS copies, sum({_ASKED.format(owner="p")}) AS gpus,
           CASE WHEN count(n.monthly) = count(*) AND count(DISTINCT n.currency) = 1
                THEN sum(n.monthly * n.worth / (n.worth + n.rest) * {_ASKED.format(owner="p")} / n.gpus) END AS monthly,
           max(n.currency) AS currency
    FROM container_pod p LEFT JOIN nodes n ON n.id = p.node
    WHERE p.workload <> '' AND coalesce(p.state, 'running') NOT IN ('succeeded', 'failed', 'exited')
      AND json_extract(p.native, '$.gpus') IS NOT NULL
    GROUP BY p.workload
  )"""
"""Workload -> the graphics processors that its pods have now (NULL: in slices, which are not counted here), and what they cost: of
each node's machine the part that its processors of this kind are worth beside its others."""

_FILLED = evidence("gpu_memory_pct", "max", "m.max", "m")
_BUSY = evidence("gpu_pct", "p99", "g.p99", "g", "$gpu_p99_pct")

GPUS_IDLE = Measure(
    name="container_workload_gpus_idle",
    type=InsightType.IDLE,
    kind="container.workload",
    title="Workload holds graphics processors and does nothing on them",
    params={**ENOUGH, **WORTH, "gpu_p99_pct": 1.0},
    source="NVIDIA DCGM exporter: DCGM_FI_DEV_GPU_UTIL; the 1 % are ours",
    sql=f"""
    WITH {_HELD}
    SELECT w.id AS resource, 0.9 * {seen("g")} AS confidence, NULL AS "set", [{_BUSY}] AS evidence,
           CAST(h.monthly AS DECIMAL(18, 6)) AS saving, h.currency AS currency,
           concat('graphics processors held by its copies (', h.copies, '): ', coalesce(CAST(h.gpus AS VARCHAR), 'slices'),
                  '; nobody else can use them: scale it to none when it is not needed; saved once their nodes become free') AS note
    FROM container_workload w JOIN held h ON h.workload = w.id
    {measured("g", "w", "gpu_pct")}
    WHERE g.p99 <= $gpu_p99_pct""",
)

GPUS_SPARE = Measure(
    name="container_workload_gpus_spare",
    type=InsightType.OVERSIZED,
    kind="container.workload",
    title="Workload uses a small part of its graphics processors",
    params={**ENOUGH, **WORTH, "gpu_idle_pct": 1.0, "gpu_p99_pct": 40.0, "gpu_memory_pct": 45.0},
    source="NVIDIA MIG User Guide (slices of a seventh on); NVIDIA device plugin, time-slicing; the percents are ours",
    sql=f"""
    WITH {_HELD}
    SELECT w.id AS resource, 0.6 * {seen("g")} AS confidence, NULL AS "set", [{_BUSY}, {_FILLED}] AS evidence,
           CAST(NULL AS DECIMAL(18, 6)) AS saving, CAST(NULL AS VARCHAR) AS currency,
           concat('99 % of the time below ', CAST(ceil(g.p99) AS BIGINT), ' % of a processor and never above ',
                  CAST(ceil(m.max) AS BIGINT), ' % of its memory: a slice (MIG) or one shared in time would hold it, if its model',
                  ' can be cut and its latency allows') AS note
    FROM container_workload w JOIN held h ON h.workload = w.id
    {measured("g", "w", "gpu_pct")} {measured("m", "w", "gpu_memory_pct")}
    WHERE h.gpus > 0 AND g.p99 > $gpu_idle_pct AND g.p99 <= $gpu_p99_pct AND m.max <= $gpu_memory_pct""",
)
