"""A snapshot of the estate -> its nodes with the machines that they are, the pods that ran on them, and claims on volumes."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import msgspec

from skywright.ports.engine import Session
from skywright.topics.cost.matching.keys import parts_of
from skywright.topics.cost.workloads.gpus import whole
from skywright.topics.cost.workloads.split import Node, Pod

_NODES = """
  SELECT n.id, coalesce(n.name, n.native_id) AS name, n.cloud || ':' || n.account AS cluster, m.id AS machine,
    greatest(coalesce(m.cpu, 0), n.cpu_millis) AS cpu, greatest(coalesce(m.memory_mib, 0), n.memory_mib) AS memory,
    n.cpu_millis AS cpu_allocatable, n.memory_mib AS memory_allocatable, n.tags AS labels,
    CAST(json_extract(n.native, '$.gpus') AS VARCHAR) AS gpus,
    CAST(json_extract(n.native, '$.gpus_allocatable') AS VARCHAR) AS gpus_allocatable
  FROM container_node n
  JOIN (
    SELECT DISTINCT n.id AS node, coalesce(nullif(n.instance, ''), r.target) AS machine FROM container_node n
    LEFT JOIN relation r ON r.source = n.id AND r.verb = 'runs-on'
  ) runs ON runs.node = n.id
  JOIN (
    SELECT id, vcpus * 1000 AS cpu, memory_mib FROM compute_instance
    UNION ALL SELECT id, vcpus * 1000 AS cpu, memory_mib FROM compute_host
  ) m ON m.id = runs.machine
  WHERE n.cpu_millis > 0 AND n.memory_mib > 0 ORDER BY n.id"""

_PODS = """
  SELECT p.id, coalesce(p.name, p.native_id) AS name, coalesce(p.namespace, '') AS namespace, coalesce(p.workload, '') AS workload,
    p.labels, p.node, nullif(p.cpu_request_millis, -1) AS cpu_request, nullif(p.memory_request_mib, -1) AS memory_request,
    c.mean AS cpu_used, m.mean AS memory_used, g.mean AS gpu_used, CAST(json_extract(p.native, '$.gpus') AS VARCHAR) AS gpus
  FROM container_pod p
  LEFT JOIN usage c ON c.resource = p.id AND c.metric = 'cpu_millis'
  LEFT JOIN usage m ON m.resource = p.id AND m.metric = 'memory_mib'
  LEFT JOIN usage g ON g.resource = p.id AND g.metric = 'gpu_pct'
  WHERE p.node IS NOT NULL AND coalesce(p.state, 'running') NOT IN ('succeeded', 'failed', 'exited') ORDER BY p.id"""


_VOLUMES = f"""
  SELECT c.id, c.cloud || ':' || c.account AS cluster, v.id AS machine, coalesce(c.name, c.native_id) AS name,
    coalesce(c.namespace, '') AS namespace, c.tags AS labels, c.type = 'claim' AS claimed
  FROM container_volume c JOIN storage_volume v
    ON {parts_of("c.provider_id")}[-1] = {parts_of("v.native_id")}[-1]
    AND list_has_all({parts_of("c.provider_id")}, {parts_of("v.native_id")})
  WHERE c.provider_id <> '' AND (c.type = 'claim' OR c.type = 'volume' AND NOT coalesce(c.bound, true)) ORDER BY c.id"""
"""Volumes of a cloud that claims hold, or that nobody does though a cluster keeps them."""


def volumes(session: Session) -> dict[str, Node]:
    """Volume (of a cloud) -> a node that is all its claim's, or idle where there is none."""
    return {row["machine"]: _volume(row) for row in _once(session.query(_VOLUMES).dicts())}


def _volume(row: Mapping[str, Any]) -> Node:
    claim = Pod(
        id=row["id"], name=row["name"], namespace=row["namespace"], workload=f"claim/claim/{row['namespace']}/{row['name']}",
        labels=dict(row["labels"] or {}), cpu_request=1, memory_request=1, claim=True,
    )  # fmt: skip
    return Node(
        id=row["id"], name="", cluster=row["cluster"], machine=row["machine"], cpu=1, memory=1, cpu_allocatable=1,
        memory_allocatable=1, pods=(claim,) if row["claimed"] else (),
    )  # fmt: skip


def nodes(session: Session) -> dict[str, Node]:
    """Machine (an instance's or host's id) -> the node that it is, with its pods. Nodes of unknown capacity are not there."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in session.query(_PODS).dicts():
        rows.setdefault(row.pop("node"), []).append(row)
    found = (_node(row, rows.get(row["id"], ())) for row in _once(session.query(_NODES).dicts()))
    return {node.machine: node for node in found}


def _node(row: dict[str, Any], pods: Iterable[Mapping[str, Any]]) -> Node:
    labels = dict(row.pop("labels") or {})
    gpus = {name: _gpus(row[name], labels) for name in ("gpus", "gpus_allocatable")}
    return Node(**{**row, **gpus}, pods=tuple(_pod(pod, labels) for pod in pods))


def _gpus(text: str | None, labels: Mapping[str, str]) -> Fraction:
    return whole(msgspec.json.decode(text, type=dict[str, int]), labels) if text else Fraction(0)


def _once(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """A machine is one node; the first, should two clusters name it."""
    return {row["machine"]: row for row in reversed(list(rows))}.values()


def _pod(row: Mapping[str, Any], node_labels: Mapping[str, str]) -> Pod:
    return Pod(**{**row, "labels": dict(row["labels"] or {}), "gpus": _gpus(row["gpus"], node_labels)})
