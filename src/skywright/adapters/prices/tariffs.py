"""Tariffs: kind -> SELECT over the kind's table and ``price`` that gives each resource's cost.

Columns: resource, hourly, monthly (DECIMAL(18,6), NULL when unknown), currency, source, dated, note. A month is 730 hours
(model.money). What depends on traffic or requests is left out, and the note says so.
"""

from collections.abc import Mapping

import msgspec

from skywright.model.money import HOURS_PER_MONTH
from skywright.model.schema import table_name

HOUR = "hour"
GIB = "gib-month"


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind is priced from one row of ``price``. All but ``kind`` and ``unit`` are SQL over the kind's columns ``k``.

    ``free`` is the condition under which it costs nothing by rule (with ``free_note``), ``unknown`` one under which the price
    does not apply (with ``unknown_note``). ``unit_of`` is the price's unit where that depends on the columns; a month has as many
    of it as of ``unit``.
    """

    kind: str
    sku: str
    unit: str = HOUR
    unit_of: str = ""
    quantity: str = "1"
    note: str = "''"
    free: str = "false"
    free_note: str = ""
    unknown: str = "false"
    unknown_note: str = ""


LINUX = (
    "k.platform IS NULL OR (regexp_matches(lower(k.platform), '^(linux|windows byol)') AND NOT contains(lower(k.platform), 'sql'))"
)
"""Paid as Linux is: Windows under one's own licence, too."""
WINDOWS = "coalesce(lower(k.platform) = 'windows', false)"

TARIFFS = (
    Tariff(
        kind="compute.instance",
        sku="k.type",
        unit_of=f"CASE WHEN {WINDOWS} THEN 'hour-windows' ELSE 'hour' END",
        note="concat_ws('; ', CASE WHEN k.platform IS NULL THEN 'platform not known: price of Linux' "
        f"WHEN {WINDOWS} THEN 'with its Windows licence' END,"
        " CASE WHEN p.source = 'libcloud, sustained use' THEN 'sustained use discount of a full month taken off' END)",
        free="k.state IN ('stopped', 'stopping', 'terminated', 'shutting-down')",
        free_note="not running: only its volumes cost",
        unknown=f"k.lifecycle = 'spot' OR NOT ({LINUX} OR {WINDOWS})",
        unknown_note="only on-demand prices of Linux and Windows are known",
    ),
    Tariff(
        kind="storage.snapshot",
        sku="'standard'",
        unit=GIB,
        quantity="k.size_gib",
        note="'at most: only changed blocks are billed'",
    ),
    Tariff(kind="network.address", sku="'ipv4'"),
    Tariff(
        kind="network.gateway",
        sku="k.type",
        note="'without the data that it passes'",
        free="k.type IN ('internet', 'egress-only') OR k.state = 'deleted'",
        free_note="no charge of its own",
    ),
    Tariff(kind="network.balancer", sku="k.type", note="'hours only, without capacity units'"),
    Tariff(kind="database.cache", sku="k.type", quantity="k.nodes"),
    Tariff(kind="kubernetes.cluster", sku="'standard'", note="'control plane in standard support'"),
    Tariff(kind="storage.bucket", sku="'standard'", unit=GIB, quantity="k.size_gib", note="'as if all were in the standard class'"),
    Tariff(
        kind="storage.filesystem", sku="'standard'", unit=GIB, quantity="k.size_gib", note="'as if all were in the standard class'"
    ),
    Tariff(kind="log.group", sku="'storage'", unit=GIB, quantity="k.stored_bytes / 1073741824", note="'storage only'"),
    Tariff(
        kind="crypto.key",
        sku="k.manager",
        unit="key-month",
        free="k.manager = 'provider' OR k.state = 'pending-deletion'",
        free_note="no charge",
    ),
    Tariff(kind="crypto.secret", sku="'standard'", unit="secret-month"),
    Tariff(kind="dns.zone", sku="'hosted'", unit="zone-month", note="'the first 25 zones cost this; further ones less'"),
)


def _join(alias: str, kind: str, sku: str, unit: str, *, quoted: bool = False) -> str:
    """``quoted``: ``unit`` is SQL."""
    unit = unit if quoted else f"'{unit}'"
    return (
        f"LEFT JOIN price {alias} ON {alias}.cloud = k.cloud AND {alias}.region = k.region AND {alias}.kind = '{kind}'"
        f" AND {alias}.sku = {sku} AND {alias}.unit = {unit}"
    )


def _select(kind: str, monthly: str, joins: str, *, sku: str, note: str) -> str:
    """Wrap an expression for the monthly amount: hourly from it, and a note that says why there is none."""
    # Every part is a constant of this module; nothing from outside comes in.
    return f"""
        SELECT resource, CAST(monthly / {HOURS_PER_MONTH} AS DECIMAL(18, 6)) AS hourly, monthly, currency, source, dated,
               CASE WHEN monthly IS NOT NULL OR note <> '' THEN note
                    WHEN listed THEN 'what it is priced by could not be read'
                    ELSE concat('no price known for ', coalesce(sku, 'it'), ' in ', region) END AS note
        FROM (
          SELECT k.id AS resource, CAST({monthly} AS DECIMAL(18, 6)) AS monthly, coalesce(p.currency, 'USD') AS currency,
                 coalesce(p.source, '') AS source, coalesce(p.dated, '') AS dated, k.region AS region,
                 CAST({sku} AS VARCHAR) AS sku, p.amount IS NOT NULL AS listed, {note} AS note
          FROM {table_name(kind)} k {joins}
        )"""  # noqa: S608 - as said above


def _plain(tariff: Tariff) -> str:
    """A tariff of one price and one quantity as SQL."""
    month = HOURS_PER_MONTH if tariff.unit == HOUR else 1
    amount = f"p.amount * {month} * CAST({tariff.quantity} AS DECIMAL(18, 4))"
    monthly = f"CASE WHEN {tariff.free} THEN 0 WHEN {tariff.unknown} THEN NULL ELSE {amount} END"
    note = (
        f"CASE WHEN {tariff.free} THEN '{tariff.free_note}' WHEN {tariff.unknown} THEN '{tariff.unknown_note}'"
        f" WHEN p.amount IS NULL OR ({tariff.quantity}) IS NULL THEN '' ELSE {tariff.note} END"
    )
    joined = _join("p", tariff.kind, tariff.sku, tariff.unit_of or f"'{tariff.unit}'", quoted=True)
    return _select(tariff.kind, monthly, joined, sku=tariff.sku, note=note)


GP3_IOPS_INCLUDED = 3000
GP3_MIBPS_INCLUDED = 125
IO2_FIRST_TIER_IOPS = 32000


def _volume() -> str:
    """Volumes: storage, and for gp3 what is above the included performance, for io1 and io2 every provisioned operation.

    Source: the price page of Amazon EBS. The second tier of io2 is not in the book: unknown.
    """
    extra = f"""CASE
        WHEN k.type = 'gp3' THEN
          CASE WHEN k.iops > {GP3_IOPS_INCLUDED} THEN (k.iops - {GP3_IOPS_INCLUDED}) * i.amount
               WHEN k.iops IS NOT NULL THEN 0 END
          + CASE WHEN k.throughput_mibps > {GP3_MIBPS_INCLUDED} THEN (k.throughput_mibps - {GP3_MIBPS_INCLUDED}) * m.amount
                 ELSE 0 END
        WHEN k.type = 'io2' AND k.iops > {IO2_FIRST_TIER_IOPS} THEN NULL
        WHEN k.type IN ('io1', 'io2') THEN k.iops * i.amount
        ELSE 0 END"""
    joins = " ".join(
        _join(alias, "storage.volume", "k.type", unit) for alias, unit in (("p", GIB), ("i", "iops-month"), ("m", "mibps-month"))
    )
    note = (
        f"CASE WHEN k.type = 'io2' AND k.iops > {IO2_FIRST_TIER_IOPS} THEN 'the price of its upper tiers is not known' ELSE '' END"
    )
    return _select("storage.volume", f"k.size_gib * p.amount + CAST({extra} AS DECIMAL(18, 8))", joins, sku="k.type", note=note)


def _database() -> str:
    """Databases: hours of the instance (none while stopped) and storage; both twice when a standby runs in another zone."""
    engine = "CASE WHEN k.engine = 'mariadb' THEN 'mysql' ELSE k.engine END"
    hours = f"CASE WHEN k.state = 'stopped' THEN 0 ELSE p.amount * {HOURS_PER_MONTH} END"
    storage = "k.storage_gib * s.amount + CASE WHEN k.storage_type = 'io1' THEN k.iops * i.amount ELSE 0 END"
    zones = "CASE WHEN k.multi_zone THEN 2 WHEN NOT k.multi_zone THEN 1 END"
    joins = " ".join(
        (
            _join("p", "database.instance", f"concat({engine}, '/', k.type)", HOUR),
            _join("s", "database.instance", "concat('storage/', k.storage_type)", GIB),
            _join("i", "database.instance", "concat('storage/', k.storage_type)", "iops-month"),
        )
    )
    monthly = f"CAST({hours} + {storage} AS DECIMAL(18, 6)) * ({zones})"
    note = "CASE WHEN k.state = 'stopped' THEN 'stopped: only its storage costs' ELSE '' END"
    return _select("database.instance", monthly, joins, sku=f"concat({engine}, ' ', k.type)", note=note)


def _table() -> str:
    """Key-value tables: provisioned units by the hour; on demand is billed by request, which is not known here."""
    joins = _join("p", "database.table", "'read-unit'", HOUR) + " " + _join("w", "database.table", "'write-unit'", HOUR)
    units = f"(k.read_units * p.amount + k.write_units * w.amount) * {HOURS_PER_MONTH}"
    monthly = f"CASE WHEN k.billing = 'provisioned' THEN {units} END"
    note = "CASE WHEN k.billing = 'on-demand' THEN 'billed by request' WHEN p.amount IS NULL THEN '' ELSE 'without storage' END"
    return _select("database.table", monthly, joins, sku="k.billing", note=note)


FREE = (
    "network.firewall",
    "network.subnet",
    "network.route",
    "network.acl",
    "identity.user",
    "identity.group",
    "identity.role",
    "identity.policy",
    "identity.key",
    "identity.password_policy",
    "compute.keypair",
    "compute.template",
    "compute.group",
)
"""Kinds that have no charge of their own. Sources: the price pages of Amazon VPC, AWS IAM and Amazon EC2 Auto Scaling."""


def _free(kind: str) -> str:
    # The kind is ours.
    return f"""
        SELECT id AS resource, 0::DECIMAL(18, 6) AS hourly, 0::DECIMAL(18, 6) AS monthly, 'USD' AS currency, '' AS source,
               '' AS dated, 'no charge of its own' AS note
        FROM {table_name(kind)}"""  # noqa: S608 - as said above


COST_SQL: Mapping[str, str] = {
    **{kind: _free(kind) for kind in FREE},
    **{tariff.kind: _plain(tariff) for tariff in TARIFFS},
    "storage.volume": _volume(),
    "database.instance": _database(),
    "database.table": _table(),
}
"""Kind -> SELECT. A kind that is not here has no known price of its own."""
