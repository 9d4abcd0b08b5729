"""Azure SQL: a logical server is the cluster (``database.cluster``), its databases the instances.

What is set on the server (who may connect, auditing, the administrator) stands on every database's row as well, because a database
is what the rules judge.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.azure.read.base import Locks, Place, Reading, held, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Database, DatabaseCluster

DATABASE, CLUSTER = "database.instance", "database.cluster"
SERVERS, DATABASES = "Microsoft.Sql/servers", "Microsoft.Sql/servers/databases"
ALL_OF_AZURE = "0.0.0.0/32"
EVERYONE = "0.0.0.0/0"
PORT = 1433

# https://learn.microsoft.com/rest/api/sql/databases/get#databasestatus
STATES = {
    "online": "available",
    "paused": "stopped",
    "pausing": "stopping",
    "resuming": "creating",
    "creating": "creating",
    "scaling": "modifying",
    "disabled": "error",
}


class Server(msgspec.Struct, frozen=True):
    """A server with what its own answers tell; None: could not be read."""

    raw: dict[str, Any]
    rules: list[dict[str, Any]] | None = None
    auditing: dict[str, Any] | None = None
    locks: Locks | None = None

    @property
    def audited(self) -> bool | None:
        """Is who does what written down."""
        return None if self.auditing is None else tr.said(self.auditing, "properties", "state").lower() == "enabled"


class Extra(msgspec.Struct, frozen=True):
    """What a database's own answers tell besides; None: could not be read."""

    encryption: dict[str, Any] | None = None
    retention: dict[str, Any] | None = None


def cidrs(rules: list[dict[str, Any]] | None) -> list[str] | None:
    """Firewall rules of a server (first and last address) -> address ranges. 0.0.0.0 alone stands for all of Azure.
    https://learn.microsoft.com/azure/azure-sql/database/firewall-configure"""
    import ipaddress

    if rules is None:
        return None
    found: set[str] = set()
    for rule in rules:
        own = props(rule)
        first, last = tr.said(own, "startIpAddress"), tr.said(own, "endIpAddress")
        if first and last:
            parts = ipaddress.summarize_address_range(ipaddress.ip_address(first), ipaddress.ip_address(last))
            found.update(str(part) for part in parts)
    return sorted(found)


def public(own: dict[str, Any]) -> bool | None:
    """May the internet reach the server at all; its rules say who of it."""
    said = tr.said(own, "publicNetworkAccess").lower()
    return None if not said else said != "disabled"


def database(raw: dict[str, Any], place: Place, server: Server | None, extra: Extra) -> Database:
    """A database; ``server`` None: could not be read."""
    own = props(raw)
    path = str(raw["id"])
    above = props(server.raw) if server else {}
    audited = server.audited if server else None
    return Database(
        **place.head(DATABASE, raw),
        state=STATES.get(tr.said(own, "status").lower(), tr.said(own, "status").lower() or None),
        created_at=tr.moment(own, "creationDate"),
        engine="sqlserver",
        engine_version=tr.text(above, "version"),
        type=tr.text(own, "currentServiceObjectiveName") or tr.text(raw, "sku", "name"),
        cluster=place.of(path[: path.lower().rfind("/databases/")]),
        storage_type=tr.said(own, "requestedBackupStorageRedundancy"),
        storage_gib=_gib(own),
        multi_zone=tr.flag(own, "zoneRedundant"),
        public=public(above),
        encrypted=_encrypted(extra.encryption),
        backup_retention_days=tr.integer(extra.retention, "properties", "retentionDays"),
        deletion_protected=held(server.locks, raw) if server else None,
        minor_upgrades=True,
        iam_authentication=bool(tr.at(above, "administrators")) if server else None,
        log_exports=None if audited is None else ["audit"] if audited else [],
        master_username=tr.text(above, "administratorLogin"),
        port=PORT,
        vpc="",
        firewalls=[],
        zone="",
        authorized_cidrs=cidrs(server.rules) if server else None,
        tls_required=True if server else None,  # the service speaks nothing else
        tls_minimum=tr.text(above, "minimalTlsVersion"),
        point_in_time_recovery=None
        if extra.retention is None
        else bool(tr.integer(extra.retention, "properties", "retentionDays")),
        auditing=audited,
    )


def _gib(own: dict[str, Any]) -> int | None:
    size = tr.integer(own, "maxSizeBytes")
    return None if size is None else size // 2**30


def _encrypted(said: dict[str, Any] | None) -> bool | None:
    return None if said is None else tr.said(said, "properties", "state").lower() == "enabled"


def links(row: Database) -> Links:
    """A database and its server."""
    yield Verb.MEMBER_OF, row.cluster


def server_row(server: Server, place: Place, members: list[Database] | None) -> DatabaseCluster:
    """A server: what holds of all its databases (``members``; None: could not be read)."""
    own = props(server.raw)
    audited = server.audited
    return DatabaseCluster(
        **place.head(CLUSTER, server.raw),
        state="available" if tr.said(own, "state").lower() == "ready" else tr.said(own, "state").lower() or None,
        engine="sqlserver",
        engine_version=tr.text(own, "version"),
        members=None if members is None else len(members),
        multi_zone=_all(members, "multi_zone"),
        encrypted=_all(members, "encrypted"),
        backup_retention_days=_least(members),
        deletion_protected=held(server.locks, server.raw),
        iam_authentication=bool(tr.at(own, "administrators")),
        log_exports=None if audited is None else ["audit"] if audited else [],
        copy_tags=None,
    )


def _all(members: list[Database] | None, column: str) -> bool | None:
    """True when it holds of all, False when not of one, None when one is not known and none says no. Of no databases: true."""
    if members is None:
        return None
    values = [getattr(one, column) for one in members]
    return False if False in values else None if None in values else True


def _least(members: list[Database] | None) -> int | None:
    days = [one.backup_retention_days for one in members or ()]
    return min((day for day in days if day is not None), default=None) if None not in days else None


def _servers(reading: Reading) -> dict[str, Server] | None:
    raws = reading.facts(SERVERS, DATABASE, CLUSTER)
    if raws is None:
        return None
    if not raws:
        return {}
    locks = reading.locks(DATABASE, CLUSTER)
    asked = reading.each(DATABASE, raws, lambda raw: _server(reading, raw, locks))
    return {raw["id"].lower(): server or Server(raw) for raw, server in asked}


def _server(reading: Reading, raw: dict[str, Any], locks: Locks | None) -> Server:
    found = reading.answers(
        DATABASE,
        {
            "rules": lambda: list(reading.pages(f"{raw['id']}/firewallRules")),
            "auditing": lambda: reading.get(f"{raw['id']}/auditingSettings/default"),
        },
    )
    return Server(raw, found.get("rules"), found.get("auditing"), locks)


def _extra(reading: Reading, raw: dict[str, Any]) -> Extra:
    found = reading.answers(
        DATABASE,
        {
            "encryption": lambda: reading.get(f"{raw['id']}/transparentDataEncryption/current"),
            "retention": lambda: reading.get(f"{raw['id']}/backupShortTermRetentionPolicies/default"),
        },
    )
    return Extra(found.get("encryption"), found.get("retention"))


def _read(reading: Reading) -> None:
    raws = reading.of_type(DATABASE, DATABASES) if reading.only is None else _wanted(reading)
    raws = [raw for raw in raws if tr.said(raw, "name").lower() != "master"]  # every server's own, which nobody made
    servers = _servers(reading)
    extras = {raw["id"]: said or Extra() for raw, said in reading.each(DATABASE, raws, lambda raw: _extra(reading, raw))}
    rows = reading.take(DATABASE, raws, lambda raw: database(raw, reading.place, _above(servers, raw), extras[raw["id"]]), links)
    if servers is None:
        reading.gap(CLUSTER, reading.partials[CLUSTER])
        return
    incomplete = DATABASE in reading.failures
    for server in servers.values():
        cluster = reading.place.of(server.raw["id"])
        members = None if incomplete else [row for row in rows if row.cluster == cluster]
        reading.take(CLUSTER, [server], lambda one, of=members: server_row(one, reading.place, of))  # type: ignore[misc]  # mypy cannot infer a lambda's default


def _above(servers: Mapping[str, Server] | None, raw: dict[str, Any]) -> Server | None:
    path = str(raw["id"]).lower()
    return (servers or {}).get(path[: path.rfind("/databases/")])


def _wanted(reading: Reading) -> Sequence[dict[str, Any]]:
    """For a narrowed reading: the databases themselves, or all of a location when servers are wanted too."""
    native = reading.only or frozenset()
    if all(name.count("/") > 1 or ":" in name for name in native):
        return reading.of_type(DATABASE, DATABASES)
    return reading.facts(DATABASES, DATABASE, CLUSTER) or []


READERS = (
    Reader(
        name="sql",
        service="sql",
        kinds=(DATABASE, CLUSTER),
        read=_read,
        permissions=(
            f"{SERVERS}/read",
            f"{DATABASES}/read",
            f"{SERVERS}/firewallRules/read",
            f"{SERVERS}/auditingSettings/read",
            f"{DATABASES}/transparentDataEncryption/read",
            f"{DATABASES}/backupShortTermRetentionPolicies/read",
            "Microsoft.Authorization/locks/read",
        ),
    ),
)
