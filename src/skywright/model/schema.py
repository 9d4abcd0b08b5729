"""Table schemas derived from the kinds: ``network.firewall`` is the SQL table ``network_firewall``.

A column that holds a list of structs is also a table of its own, one row an element, named table + column:
``network_firewall_rules(resource, direction, protocol, ...)``, where ``resource`` is the owner's id.
"""

import types
import typing
from datetime import datetime
from functools import cache, lru_cache

import msgspec

from skywright.model.kinds import KIND_BY_NAME, KINDS

_SCALARS: dict[object, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    datetime: "TIMESTAMP",
}

OTHER_TABLES: dict[str, dict[str, str]] = {
    "relation": {"source": "VARCHAR", "verb": "VARCHAR", "target": "VARCHAR"},
    "coverage": {
        "cloud": "VARCHAR",
        "account": "VARCHAR",
        "region": "VARCHAR",
        "kind": "VARCHAR",
        "state": "VARCHAR",
        "seen_at": "TIMESTAMP",
        "reason": "VARCHAR",
        "rows": "BIGINT",
        "partial": "BOOLEAN",
    },
    "usage": {
        "resource": "VARCHAR",
        "metric": "VARCHAR",
        "window_days": "DOUBLE",
        "samples": "BIGINT",
        "p50": "DOUBLE",
        "p95": "DOUBLE",
        "p99": "DOUBLE",
        "max": "DOUBLE",
        "mean": "DOUBLE",
    },
    "history": {
        "resource": "VARCHAR",
        "part": "VARCHAR",  # a container of it
        "metric": "VARCHAR",
        "start": "TIMESTAMP",
        "kept": "DOUBLE[]",  # model.history says how they are to be read
    },
}
"""Tables beside the kinds that are read from the clouds."""

MADE_TABLES: dict[str, dict[str, str]] = {
    "resource": {
        "kind": "VARCHAR",
        "id": "VARCHAR",
        "cloud": "VARCHAR",
        "account": "VARCHAR",
        "region": "VARCHAR",
        "native_id": "VARCHAR",
        "name": "VARCHAR",
        "state": "VARCHAR",
        "tags": "MAP(VARCHAR, VARCHAR)",
        "created_at": "TIMESTAMP",
        "seen_at": "TIMESTAMP",
    },
    "price": {
        "cloud": "VARCHAR",
        "region": "VARCHAR",
        "kind": "VARCHAR",
        "sku": "VARCHAR",
        "unit": "VARCHAR",
        "amount": "DECIMAL(18,8)",
        "currency": "VARCHAR",
        "source": "VARCHAR",
        "dated": "VARCHAR",
        # the shape of what is sold, for instance types; series: families that differ in memory per vCPU alone (c5, m5, r5)
        "family": "VARCHAR",
        "series": "VARCHAR",
        "generation": "BIGINT",
        "vcpus": "BIGINT",
        "memory_mib": "BIGINT",
        "architecture": "VARCHAR",
        "burstable": "BOOLEAN",
        "baseline_pct": "DOUBLE",
        "bare_metal": "BOOLEAN",
        "class": "VARCHAR",  # types of one class may stand in for one another: general, or the family's own name
        "local_disk": "BOOLEAN",  # comes with disks of its own, which go with it
        "network_mbps": "DOUBLE",  # what it may carry for ever
        "disk_mbps": "DOUBLE",  # to its volumes, for ever
    },
    "cost": {
        "resource": "VARCHAR",
        "kind": "VARCHAR",
        "hourly": "DECIMAL(18,6)",
        "monthly": "DECIMAL(18,6)",
        "currency": "VARCHAR",
        "source": "VARCHAR",
        "dated": "VARCHAR",
        "note": "VARCHAR",
    },
    "reach": {
        "resource": "VARCHAR",
        "source": "VARCHAR",  # internet
        "protocol": "VARCHAR",  # tcp, udp, icmp, other
        "from_port": "BIGINT",
        "to_port": "BIGINT",
        "certain": "BOOLEAN",  # false: something on the way could not be seen, and was taken for open
        "via": "VARCHAR[]",  # the path, station by station
    },
}
"""Tables that the engine makes: the common columns of all kinds, the price book, what each resource costs, and what the internet
can reach."""

READ_BY_REACH = (
    "compute.instance",
    "container.endpoint",
    "container.policy",
    "container.workload",
    "network.acl",
    "network.balancer",
    "network.firewall",
    "network.gateway",
    "network.interface",
    "network.peering",
    "network.route",
    "network.subnet",
    "network.targets",
    "network.vpc",
)
"""The kinds that ``reach`` is computed from: where one of them could not be read, what is not reached is not known to be safe."""


def table_name(kind: str) -> str:
    """The SQL name of a kind: ``compute.instance`` -> ``compute_instance``."""
    return kind.replace(".", "_")


@lru_cache(maxsize=1)
def kind_tables() -> dict[str, str]:
    """SQL table name -> kind."""
    return {table_name(kind.KIND): kind.KIND for kind in KINDS}


def sql_type(annotation: object) -> str:
    """The DuckDB type of a field's annotation (without its ``| None``). Raises TypeError for what a table cannot hold."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        inner = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
        return sql_type(inner[0])
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if origin is list:
        return sql_type(typing.get_args(annotation)[0]) + "[]"
    if origin is dict:
        key, value = typing.get_args(annotation)
        return "JSON" if value is typing.Any else f"MAP({sql_type(key)}, {sql_type(value)})"
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        fields = ", ".join(f'"{name}" {kind}' for name, kind in struct_columns(annotation).items())
        return f"STRUCT({fields})"
    raise TypeError(f"no SQL type for {annotation!r}")


def struct_columns(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Column name -> DuckDB type, in the order of the fields."""
    hints = typing.get_type_hints(struct)
    return {field.name: sql_type(hints[field.name]) for field in msgspec.structs.fields(struct)}


@cache
def columns(kind: str) -> dict[str, str]:
    """Column name -> DuckDB type of a kind's table. Raises KeyError for an unknown kind."""
    return struct_columns(KIND_BY_NAME[kind])


@cache
def element_tables(kind: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Element table name -> (column it comes from, its columns), for the kind's columns that are lists of structs."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    hints = typing.get_type_hints(KIND_BY_NAME[kind])
    for name, annotation in hints.items():
        for part in typing.get_args(annotation):
            inner = typing.get_args(part)
            if typing.get_origin(part) is list and isinstance(inner[0], type) and issubclass(inner[0], msgspec.Struct):
                found[f"{table_name(kind)}_{name}"] = (name, {"resource": "VARCHAR", **struct_columns(inner[0])})
    return found
