"""Measures of volumes that could be of a newer type, or slower."""
# ruff: noqa: S608 - every part is a constant of this topic; thresholds are bound parameters

from skywright.model.finding import InsightType
from skywright.model.measure import Measure
from skywright.topics.cost.fragments import COST, ENOUGH, evidence, measured, price

GP3_IOPS = 3000
GP3_MIBPS = 125
GP2_MIBPS = 250
GP2_SLOW_GIB = 170
"""Up to this size gp2 gives 128 MiB/s at most, above up to 250. Source: Amazon EBS User Guide, General Purpose SSD volumes."""

_IOPS = f"greatest({GP3_IOPS}, least(16000, 3 * v.size_gib))"
_MIBPS = f"CASE WHEN v.size_gib <= {GP2_SLOW_GIB} THEN {GP3_MIBPS} ELSE {GP2_MIBPS} END"

OLD_VOLUME = Measure(
    name="storage_volume_old_generation",
    type=InsightType.OLD_GENERATION,
    kind="storage.volume",
    title="Volume is of the older type gp2",
    source="Amazon EBS User Guide, General Purpose SSD volumes: gp3 at the speed that gp2 gives at this size",
    sql=f"""
    SELECT * FROM (
      SELECT v.id AS resource, 0.95 AS confidence, {{'type': 'gp3', 'iops': {_IOPS}, 'throughput_mibps': {_MIBPS}}} AS "set",
             [{evidence("size_gib", "now", "v.size_gib")}] AS evidence,
             CAST(k.monthly - v.size_gib * g.amount - coalesce(({_IOPS} - {GP3_IOPS}) * o.amount, 0)
                  - ({_MIBPS} - {GP3_MIBPS}) * t.amount AS DECIMAL(18, 6)) AS saving,
             k.currency AS currency, 'as fast as before' AS note
      FROM storage_volume v {COST.format(owner="v")} {price("g", "v", "'gp3'", "gib-month", "storage.volume")}
      {price("o", "v", "'gp3'", "iops-month", "storage.volume")} {price("t", "v", "'gp3'", "mibps-month", "storage.volume")}
      WHERE v.type = 'gp2' AND v.size_gib IS NOT NULL AND v.attached
    ) WHERE saving IS NULL OR saving > 0""",
)

IOPS_PARAMS = {**ENOUGH, "burst_factor": 4.0, "cut_min_pct": 30.0}

_PEAK = "(r.max + w.max) / 3600"
_FLOOR = f"CASE WHEN v.type = 'gp3' THEN {GP3_IOPS} ELSE 100 END"
_WANTED = f"CAST(greatest({_FLOOR}, ceil({_PEAK} * $burst_factor / 100) * 100) AS BIGINT)"

OVERPROVISIONED_IOPS = Measure(
    name="storage_volume_iops_overprovisioned",
    type=InsightType.OVERPROVISIONED_IOPS,
    kind="storage.volume",
    title="Volume is provisioned for more operations than it does",
    params=IOPS_PARAMS,
    source="AWS Compute Optimizer user guide, EBS volumes; the factor from the busiest hour's average to its peak is ours",
    sql=f"""
    SELECT v.id AS resource, 0.7 AS confidence, {{'iops': {_WANTED}}} AS "set",
           [{evidence("disk_ops_per_second", "max", _PEAK, "r", "v.iops / $burst_factor")}] AS evidence,
           CAST((v.iops - {_WANTED}) * o.amount AS DECIMAL(18, 6)) AS saving, o.currency AS currency,
           'measured by the hour: shorter peaks are allowed for by the factor' AS note
    FROM storage_volume v {measured("r", "v", "disk_read_ops")} {measured("w", "v", "disk_write_ops")}
    {price("o", "v", "v.type", "iops-month", "storage.volume")}
    WHERE v.type IN ('gp3', 'io1', 'io2') AND v.attached AND {_WANTED} <= v.iops * (100 - $cut_min_pct) / 100""",
)
