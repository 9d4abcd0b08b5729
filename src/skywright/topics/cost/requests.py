"""Measures of what workloads of clusters ask for beside what each copy of them used."""
# ruff: noqa: S608 - every part is a constant of this topic; thresholds are bound parameters

from decimal import Decimal

import msgspec

from skywright.model.finding import InsightType
from skywright.model.measure import Measure
from skywright.ports.engine import Session
from skywright.topics.cost.fragments import ENOUGH, evidence, measured, seen

REQUEST_PARAMS = {
    **ENOUGH,
    "cpu_over_p95": 1.15,
    "cpu_millis_min": 10.0,
    "memory_over_max": 1.2,
    "memory_mib_min": 16.0,
    "saving_pct_min": 20.0,
    "cpu_hour": 0.031611,
    "memory_gib_hour": 0.004237,
}
"""``cpu_hour`` and ``memory_gib_hour``: what a processor and a GiB are worth beside each other; only their ratio counts."""

_MAIN = "list_filter(containers, lambda c: NOT coalesce(c.init, false))"

_ASKED = f"""
  asked AS (
    SELECT id, cloud, account, native_id, autoscaled, containers, coalesce(ready, desired) AS copies, len({_MAIN}) AS mains,
           {_MAIN}[1].cpu_request_millis AS cpu_old, {_MAIN}[1].memory_request_mib AS memory_old,
           {_MAIN}[1].cpu_limit_millis AS cpu_limit, {_MAIN}[1].memory_limit_mib AS memory_limit,
           list_sum(list_transform({_MAIN}, lambda c: greatest(c.cpu_request_millis, 0))) AS cpu_all,
           list_sum(list_transform({_MAIN}, lambda c: greatest(c.memory_request_mib, 0))) AS memory_all
    FROM container_workload
    WHERE type IN ('deployment', 'stateful-set', 'daemon-set') AND NOT starts_with(namespace, 'kube-')
      AND coalesce(ready, desired) > 0 AND NOT coalesce(suspended, false)
      AND id NOT IN (SELECT workload FROM container_autoscaler WHERE type = 'vertical' AND workload IS NOT NULL)
  )"""
"""Workloads that keep running, with what one copy asks for in all, and in its main container where there is but one. What a
vertical autoscaler sizes is left to it."""

_WANTED = f"""
  wanted AS (
    SELECT a.*, c.p95 AS cpu_p95, c.max AS cpu_max, m.max AS memory_max, c.samples, c.window_days,
           CAST(ceil(greatest($cpu_millis_min, c.p95 * $cpu_over_p95)) AS BIGINT) AS cpu_new,
           CAST(ceil(greatest($memory_mib_min, m.max * $memory_over_max)) AS BIGINT) AS memory_new
    FROM asked a {measured("c", "a", "cpu_millis")} {measured("m", "a", "memory_mib")}
  )"""

_RATES = """
  rates AS (
    SELECT n.cloud, n.account, max(k.currency) AS currency, CAST(sum(k.monthly) AS DOUBLE)
             / sum(n.cpu_millis / 1000.0 * $cpu_hour + n.memory_mib / 1024.0 * $memory_gib_hour) AS monthly
    FROM container_node n
    JOIN (SELECT DISTINCT o.id AS node, coalesce(nullif(o.instance, ''), r.target) AS machine FROM container_node o
          LEFT JOIN relation r ON r.source = o.id AND r.verb = 'runs-on') runs ON runs.node = n.id
    JOIN cost k ON k.resource = runs.machine AND k.monthly IS NOT NULL
    WHERE n.cpu_millis > 0 AND n.memory_mib > 0 AND json_extract(n.native, '$.gpus') IS NULL
    GROUP BY n.cloud, n.account HAVING count(DISTINCT k.currency) = 1
  )"""
"""What a month of one unit of worth costs on a cluster's nodes: node -> machine -> its cost. Nodes with graphics processors do not
tell: most of their price is for those."""


class UnitRate(msgspec.Struct, frozen=True):
    """What a month of a processor and of a GiB costs on a cluster's nodes."""

    cpu: Decimal
    memory_gib: Decimal
    currency: str


def unit_rates(session: Session) -> dict[str, UnitRate]:
    """``cloud:account`` of each cluster of which the cost of a machine is known -> what its room costs."""
    worth = {name: REQUEST_PARAMS[name] for name in ("cpu_hour", "memory_gib_hour")}
    found = session.query(f"WITH {_RATES} SELECT concat(cloud, ':', account), monthly, currency FROM rates", worth).rows
    return {
        cluster: UnitRate(_money(monthly * worth["cpu_hour"]), _money(monthly * worth["memory_gib_hour"]), currency)
        for cluster, monthly, currency in found
    }


def _money(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))


def _worth(cpu: str, memory: str) -> str:
    return f"(({cpu}) / 1000.0 * $cpu_hour + ({memory}) / 1024.0 * $memory_gib_hour)"


_OLD = _worth("w.cpu_all", "w.memory_all")
_NEW = _worth("CASE WHEN w.cpu_all = 0 THEN 0 ELSE w.cpu_to END", "CASE WHEN w.memory_all = 0 THEN 0 ELSE w.memory_new END")

_SETS = """list_transform(containers, lambda c: struct_update(c,
      cpu_request_millis := CASE WHEN c.init OR c.cpu_request_millis < 0 THEN c.cpu_request_millis ELSE w.cpu_to END,
      memory_request_mib := CASE WHEN c.init OR c.memory_request_mib < 0 THEN c.memory_request_mib ELSE w.memory_new END,
      memory_limit_mib := CASE WHEN c.init OR c.memory_limit_mib < 0 THEN c.memory_limit_mib
                               ELSE greatest(c.memory_limit_mib, w.memory_new) END))"""

_NOTE = """CASE
      WHEN w.mains > 1 THEN concat('one copy needs ', w.cpu_to, ' millis and ', w.memory_new, ' MiB in all; which of its ',
                                   w.mains, ' containers needs what is not measured')
      WHEN w.autoscaled IS NULL THEN 'whether an autoscaler counts its copies by what they ask for is not known'
      WHEN w.autoscaled THEN concat('as ', w.cpu_to, ' millis and ', w.memory_new, ' MiB; its autoscaler aims at ',
        coalesce(concat(h.target, ' % of the request: at the same load that is ',
                        CAST(round(h.target * w.cpu_all / w.cpu_to) AS BIGINT), ' % of the new one'), 'a share of the request'),
        ', so set both at once')
      WHEN w.cpu_limit = w.cpu_old AND w.memory_limit = w.memory_old THEN
        'saved once a node becomes free; its pods are no longer of the class Guaranteed'
      ELSE 'saved once a node becomes free' END"""

REQUESTED_TOO_MUCH = Measure(
    name="container_workload_requests_too_high",
    type=InsightType.OVERSIZED,
    kind="container.workload",
    title="Workload asks for more than its copies use",
    params=REQUEST_PARAMS,
    source="Kubernetes autoscaler, vertical-pod-autoscaler: target of a high percentile x 1.15; memory at its peak x 1.2 is ours",
    sql=f"""
    WITH {_ASKED}, {_WANTED}, {_RATES}, scalers AS (
      SELECT workload, min(target_cpu_pct) AS target FROM container_autoscaler WHERE type = 'horizontal' GROUP BY workload
    ), w AS (
      SELECT wanted.*, CASE WHEN mains = 1 AND cpu_limit >= 0 THEN least(cpu_new, greatest(cpu_limit, 1)) ELSE cpu_new END AS cpu_to
      FROM wanted WHERE cpu_all > 0 OR memory_all > 0
    )
    SELECT w.id AS resource, 0.8 * {seen("w")} AS confidence,
           CASE WHEN w.mains = 1 AND NOT w.autoscaled THEN {{'containers': {_SETS}}} END AS "set",
           [{evidence("cpu_millis", "p95", "w.cpu_p95", "w", "w.cpu_all")},
            {evidence("memory_mib", "max", "w.memory_max", "w", "w.memory_all")}] AS evidence,
           CAST(r.monthly * w.copies * ({_OLD} - {_NEW}) AS DECIMAL(18, 6)) AS saving, r.currency AS currency, {_NOTE} AS note
    FROM w LEFT JOIN rates r ON r.cloud = w.cloud AND r.account = w.account LEFT JOIN scalers h ON h.workload = w.id
    WHERE {_NEW} <= (100 - $saving_pct_min) / 100 * {_OLD}""",
)

REQUESTED_TOO_LITTLE = Measure(
    name="container_workload_requests_too_low",
    type=InsightType.UNDERSIZED,
    kind="container.workload",
    title="Workload uses more than it asks for",
    params={**REQUEST_PARAMS, "over_pct": 10.0},
    source="Kubernetes documentation, Node-pressure Eviction: who uses more than it asks for goes first; the 10 % are ours",
    sql=f"""
    WITH {_ASKED}, {_WANTED}
    SELECT w.id AS resource, 0.8 * {seen("w")} AS confidence, NULL AS "set",
           [{evidence("cpu_millis", "p95", "w.cpu_p95", "w", "w.cpu_all")},
            {evidence("memory_mib", "max", "w.memory_max", "w", "w.memory_all")}] AS evidence,
           CAST(NULL AS DECIMAL(18, 6)) AS saving, CAST(NULL AS VARCHAR) AS currency,
           concat('one copy needs ', w.cpu_new, ' millis and ', w.memory_new, ' MiB: nodes hold more of them than they can bear')
             AS note
    FROM wanted w
    WHERE (w.cpu_all > 0 AND w.cpu_p95 > w.cpu_all * (100 + $over_pct) / 100)
       OR (w.memory_all > 0 AND w.memory_max > w.memory_all * (100 + $over_pct) / 100)""",
)
