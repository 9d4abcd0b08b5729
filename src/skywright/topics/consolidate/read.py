"""A snapshot of the estate -> its clusters, with what each pod allows to be done to it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.ports.engine import Session
from skywright.topics.consolidate.leaving import exit_of
from skywright.topics.consolidate.nouns import Cluster, Node, Pod, Stays, Wants
from skywright.topics.consolidate.wants import wants

ENDED = ("succeeded", "failed", "exited")
PODS_MAX = 110
"""Of a node that does not say: the kubelet's own default."""

_NODES = """
  SELECT n.id, n.native_id AS native, coalesce(n.name, n.native_id) AS name, concat(n.cloud, ':', n.account) AS cluster,
    n.cpu_millis AS cpu, n.memory_mib AS memory, n.pods_max, n.tags AS labels, n.taints, n.architecture, n.zone, n.role, n.type,
    n.schedulable, n.availability, n.ready, n.pressure, runs.machine, k.monthly, k.currency,
    CAST(json_extract_string(n.native, '$.held') AS VARCHAR) AS held, i.scaling_group AS of_group,
    CASE WHEN i.scaling_group <> '' THEN g.desired - g.min_size END AS spare, s.scaler,
    u.used
  FROM container_node n
  LEFT JOIN (
    SELECT o.id AS node, min(coalesce(nullif(o.instance, ''), r.target)) AS machine FROM container_node o
    LEFT JOIN relation r ON r.source = o.id AND r.verb = 'runs-on' GROUP BY o.id
  ) runs ON runs.node = n.id
  LEFT JOIN cost k ON k.resource = runs.machine
  LEFT JOIN compute_instance i ON i.id = runs.machine
  LEFT JOIN compute_group g ON g.id = i.scaling_group
  LEFT JOIN (
    SELECT target, min(source) AS used FROM relation
    WHERE verb NOT IN ('runs-on', 'attached-to', 'copy-of', 'watches') GROUP BY target
  ) u ON u.target = runs.machine
  LEFT JOIN (
    SELECT cloud, account, min(native_id) AS scaler FROM container_workload
    WHERE type = 'deployment' AND ready > 0 AND native_id LIKE '%cluster-autoscaler%' GROUP BY cloud, account
  ) s ON s.cloud = n.cloud AND s.account = n.account
  WHERE n.cpu_millis > 0 AND n.memory_mib > 0 ORDER BY n.id"""

_PODS = """
  SELECT p.id, p.native_id AS native, p.node, p.namespace, p.workload, p.state, p.cpu_request_millis, p.memory_request_mib,
    p.host_paths, CAST(json_extract(p.native, '$.local_data') AS VARCHAR) AS local_data,
    CAST(json_extract(p.native, '$.left_alone') AS VARCHAR) AS left_alone,
    CAST(json_extract(p.native, '$.gpus') AS VARCHAR) AS gpus, greatest(c.p99, wc.p99) AS cpu_used,
    greatest(m.max, wm.max) AS memory_used
  FROM container_pod p
  LEFT JOIN usage c ON c.resource = p.id AND c.metric = 'cpu_millis'
  LEFT JOIN usage m ON m.resource = p.id AND m.metric = 'memory_mib'
  LEFT JOIN usage wc ON wc.resource = p.workload AND wc.metric = 'cpu_millis' AND wc.window_days >= 1
  LEFT JOIN usage wm ON wm.resource = p.workload AND wm.metric = 'memory_mib' AND wm.window_days >= 1
  WHERE p.node IS NOT NULL AND p.node <> '' ORDER BY p.id"""

"""What a pod used is what it was seen to use, or the busiest copy of its workload where a history tells of that."""

_WORKLOADS = """
  SELECT id, type, desired, budgeted, spread, CAST(json_extract(native, '$.template') AS VARCHAR) AS template
  FROM container_workload"""

_LOCAL = """
  SELECT DISTINCT r.source FROM relation r JOIN container_volume v ON v.id = r.target
  WHERE r.verb = 'uses' AND (v.type = 'local' OR v.storage_class ILIKE '%local%' OR v.storage_class ILIKE '%hostpath%')"""

_BUDGETS = "SELECT native_id, coalesce(allowed, 0) < 1 AS shut, unnest(workloads) AS workload FROM container_disruption ORDER BY id"
_FORGOTTEN = "SELECT DISTINCT account FROM coverage WHERE kind = 'container.pod' AND state <> 'complete'"


class _Made:
    """What is known of workloads: their rows, those whose volumes are on the node, their budgets, and whose are used up."""

    def __init__(self, session: Session) -> None:
        self.rows = {row["id"]: row for row in session.query(_WORKLOADS).dicts()}
        self.local = {row[0] for row in session.query(_LOCAL).rows}
        self.shut: set[str] = set()
        self.budgets: dict[str, tuple[str, ...]] = {}
        for name, shut, workload in session.query(_BUDGETS).rows:
            self.budgets[workload] = (*self.budgets.get(workload, ()), name)
            self.shut |= {workload} if shut else set()
        self._templates: dict[str, Mapping[str, Any] | None] = {}
        self._wants: dict[str, Wants | None] = {}

    def template(self, workload: str) -> Mapping[str, Any] | None:
        """The spec of its pods; None where it is not known."""
        if workload not in self._templates:
            text = self.rows[workload]["template"] if workload in self.rows else None
            self._templates[workload] = json.loads(text) if text else None
        return self._templates[workload]

    def wants(self, workload: str) -> Wants | None:
        """One object for all pods of a workload."""
        if workload not in self._wants:
            template = self.template(workload)
            self._wants[workload] = None if template is None else wants(template)
        return self._wants[workload]


def clusters(session: Session) -> list[Cluster]:
    """Every cluster of which all pods are known, by name."""
    made = _Made(session)
    pods: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in session.query(_PODS).dicts():
        if row["state"] not in ENDED:
            pods[row["node"]].append(row)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in session.query(_NODES).dicts():
        found[row["cluster"]].append(row)
    half = {row[0] for row in session.query(_FORGOTTEN).rows}
    known = {name: rows for name, rows in found.items() if name.partition(":")[2] not in half}
    return [_cluster(name, rows, pods, made) for name, rows in sorted(known.items())]


def chosen(session: Session, name: str | None) -> list[Cluster]:
    """Every cluster, or the one of this name (``cloud:account`` or the account alone). Raises BadInput when there is none."""
    found = clusters(session)
    if not found:
        message = t("The snapshot holds no cluster of which all nodes and pods are known.")
        raise BadInput(message, next_step=t("Gather one; `skywright doctor` says what may not be read."))
    if name is None:
        return found
    wanted = [one for one in found if name in (one.name, one.name.partition(":")[2])]
    if not wanted:
        names = ", ".join(one.name for one in found)
        raise BadInput(
            t("There is no cluster {name}.", name=name), where="--cluster", next_step=t("There are: {names}.", names=names)
        )
    return wanted


def _cluster(name: str, rows: list[dict[str, Any]], pods: Mapping[str, list[dict[str, Any]]], made: _Made) -> Cluster:
    """Machines in another currency than the first count as of unknown price."""
    currency = next((row["currency"] for row in rows if row["monthly"] is not None), "USD")
    nodes = (_node(row, tuple(_pods(pods.get(row["id"], []), row["native"], made)), currency) for row in rows)
    return Cluster(name=name, currency=currency, nodes=tuple(nodes))


def _node(row: Mapping[str, Any], pods: tuple[Pod, ...], currency: str) -> Node:
    return Node(
        id=row["id"],
        name=row["name"],
        cpu=row["cpu"],
        memory=row["memory"],
        pods_max=row["pods_max"] or PODS_MAX,
        labels=dict(row["labels"] or {}),
        taints=tuple(row["taints"] or ()),
        architecture=row["architecture"] or "",
        zone=row["zone"] or "",
        machine=row["machine"] or "",
        pods=pods,
        takes=bool(row["schedulable"]) and row["ready"] is not False and not row["pressure"],
        keeps=row["role"] == "control-plane",
        drained=row["availability"] == "drain" and all(pod.own for pod in pods),
        type=row["type"] or "",
        monthly=row["monthly"] if row["currency"] == currency else None,
        exit=exit_of(dict(row["labels"] or {}), row),
    )


def _pods(rows: list[dict[str, Any]], node: str, made: _Made) -> Iterator[Pod]:
    for row in rows:
        workload = made.rows.get(row["workload"] or "", {})
        template = made.template(row["workload"] or "") or {}
        sizes = (_size(row["cpu_request_millis"], row["cpu_used"]), _size(row["memory_request_mib"], row["memory_used"]))
        yield Pod(
            id=row["id"],
            workload=row["workload"] or "",
            cpu=sizes[0],
            memory=sizes[1],
            own=workload.get("type") == "daemon-set" or _is_the_nodes(row, node),
            stays=_stays(row, workload, template, made),
            wants=made.wants(row["workload"] or ""),
            zonal=_claims(template),
            apart=bool(workload.get("spread")),
            budgeted=workload.get("budgeted"),
            copies=1 if workload.get("type") == "job" else workload.get("desired"),
            budgets=made.budgets.get(row["workload"] or "", ()),
        )


def _size(request: int | None, used: float | None) -> int:
    return max(0, request or 0, round(used or 0))


def _is_the_nodes(row: Mapping[str, Any], node: str) -> bool:
    """A static pod bears the name of its node; nothing in the cluster made it."""
    return row["workload"] == "" and str(row["native"]).endswith(f"-{node}")


def _claims(template: Mapping[str, Any]) -> bool:
    return any("persistentVolumeClaim" in one or "ephemeral" in one for one in template.get("volumes") or ())


def _stays(row: Mapping[str, Any], workload: Mapping[str, Any], template: Mapping[str, Any], made: _Made) -> Stays | None:
    if row["workload"] == "" or workload.get("type") == "bare":
        return Stays.BARE
    if row["left_alone"]:
        return Stays.ASKED
    if row["local_data"]:
        return Stays.LOCAL_DATA
    if row["gpus"]:
        return Stays.GRAPHICS
    if row["host_paths"]:
        return Stays.HOST_PATH
    if row["workload"] in made.local:
        return Stays.LOCAL_VOLUME
    if len(made.budgets.get(row["workload"], ())) > 1:
        return Stays.TWICE
    if row["workload"] in made.shut:
        return Stays.BUDGET
    affinity = (template.get("affinity") or {}).get("podAffinity") or {}
    if affinity.get("requiredDuringSchedulingIgnoredDuringExecution"):
        return Stays.BESIDE
    told = (row["cpu_request_millis"], row["memory_request_mib"], row["host_paths"])
    return Stays.UNKNOWN if not workload or any(one is None for one in told) else None
