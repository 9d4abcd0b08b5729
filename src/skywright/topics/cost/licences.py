"""Measures of licences that are paid with the machine or the database: what they are, and what they cost."""
# ruff: noqa: S608 - every part is a constant of this topic; thresholds are bound parameters

from skywright.model.finding import InsightType
from skywright.model.measure import Measure
from skywright.topics.cost.fragments import OURS, evidence, price
from skywright.topics.cost.idle import IDLE_INSTANCES, IDLE_PARAMS

LICENSED_INSTANCE = Measure(
    name="compute_instance_licensed",
    type=InsightType.LICENSED,
    kind="compute.instance",
    title="Machine is paid for with its Windows licence",
    params=IDLE_PARAMS,
    source="AWS Prescriptive Guidance, Microsoft licensing; Azure Hybrid Benefit: licences of one's own where agreements allow",
    sql=f"""
    SELECT i.id AS resource, CASE WHEN idle.id IS NOT NULL THEN 0.9 ELSE 0.7 END AS confidence, NULL AS "set",
           [{evidence("licence_hourly", "now", "w.amount - p.amount")},
            {evidence("price_hourly", "now", "w.amount")}] AS evidence,
           CAST((w.amount - p.amount) * 730 AS DECIMAL(18, 6)) AS saving, w.currency AS currency,
           concat(CASE WHEN idle.id IS NOT NULL THEN 'it does nothing: stop it; otherwise ' ELSE '' END,
                  'bring a licence of your own, if your agreement allows it, or move it to Linux: ',
                  CAST(round(100 * (w.amount - p.amount) / w.amount) AS BIGINT), ' % of its price is the licence') AS note
    FROM compute_instance i {price("p", "i", "i.type", "hour", "compute.instance", outer=False)}
    {price("w", "i", "i.type", "hour-windows", "compute.instance", outer=False)}
    LEFT JOIN ({IDLE_INSTANCES}) idle ON idle.id = i.id
    WHERE {OURS} AND lower(i.platform) = 'windows' AND w.amount > p.amount AND w.currency = p.currency""",
)

LICENSED_DATABASE = Measure(
    name="database_instance_licensed",
    type=InsightType.LICENSED,
    kind="database.instance",
    title="Database is paid for with its licence",
    params={"instead": "postgres"},
    source="Amazon RDS user guide, licensing of RDS for SQL Server and RDS for Oracle: editions with the licence included",
    sql=f"""
    SELECT d.id AS resource, 0.6 AS confidence, NULL AS "set",
           [{evidence("price_hourly", "now", "p.amount", threshold="o.amount")}] AS evidence,
           CAST((p.amount - o.amount) * 730 * CASE WHEN d.multi_zone THEN 2 ELSE 1 END AS DECIMAL(18, 6)) AS saving,
           p.currency AS currency,
           concat('its licence is in the price', CASE WHEN p.amount IS NULL OR o.amount IS NULL THEN
                    ', which the price book does not hold' ELSE concat(': ', $instead, ' on the same type has none') END,
                  '; an application may need this engine: look at it first') AS note
    FROM database_instance d {price("p", "d", "concat(d.engine, '/', d.type)", "hour", "database.instance")}
    {price("o", "d", "concat($instead, '/', d.type)", "hour", "database.instance")}
    WHERE d.state = 'available' AND d.engine IN ('sqlserver-ee', 'sqlserver-se', 'sqlserver-web', 'oracle-se2', 'oracle-se2-cdb')
      AND (p.amount IS NULL OR o.amount IS NULL OR (p.amount > o.amount AND p.currency = o.currency))""",
)
