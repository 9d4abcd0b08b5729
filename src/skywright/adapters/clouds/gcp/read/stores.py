"""Memorystore and Filestore."""

from collections.abc import Callable
from functools import partial
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.storage import Cache, FileSystem

CACHE, FILES = "database.cache", "storage.filesystem"
STATES = {"READY": "available", "ACTIVE": "available", "CREATING": "creating", "UPDATING": "modifying", "DELETING": "deleting"}
MIB_PER_GIB = 1024


def redis(raw: dict[str, Any], place: Place) -> Cache:
    """A Memorystore for Redis Instance. Its one snapshot is kept until the next, if it makes any."""
    snapshots = tr.text(raw, "persistenceConfig", "persistenceMode") == "RDB"
    size = tr.integer(raw, "memorySizeGb")
    return Cache(
        **names.row(CACHE, raw, place),
        state=names.word(raw, STATES, "state"),
        engine="redis",
        engine_version=_version(tr.text(raw, "redisVersion")),
        type=tr.said(raw, "tier").lower() or None,
        nodes=1 + (tr.integer(raw, "replicaCount") or 0),
        multi_zone=tr.text(raw, "tier") == "STANDARD_HA",
        encrypted_at_rest=True,
        encrypted_in_transit=tr.text(raw, "transitEncryptionMode") == "SERVER_AUTHENTICATION",
        authentication=tr.flag(raw, "authEnabled") or False,
        snapshot_retention_days=1 if snapshots else 0,
        minor_upgrades=True,
        public=False,
        memory_mib=None if size is None else size * MIB_PER_GIB,
        vpc=_network(tr.text(raw, "authorizedNetwork"), place),
    )


def redis_cluster(raw: dict[str, Any], place: Place) -> Cache:
    """A Memorystore for Redis Cluster: ``clusters/NAME``, as an instance may have the same name."""
    size = tr.number(raw, "preciseSizeGb")
    mode = tr.text(raw, "persistenceConfig", "mode")
    network = next((tr.text(one, "network") for one in tr.items(raw, "pscConfigs")), None)
    return Cache(
        **names.row(CACHE, raw, place, f"clusters/{tr.tail(tr.text(raw, 'name'))}"),
        state=names.word(raw, STATES, "state"),
        engine="redis",
        type=tr.said(raw, "nodeType").lower() or None,
        nodes=(tr.integer(raw, "shardCount") or 0) * (1 + (tr.integer(raw, "replicaCount") or 0)) or None,
        multi_zone=tr.text(raw, "zoneDistributionConfig", "mode") != "SINGLE_ZONE",
        encrypted_at_rest=True,
        encrypted_in_transit=tr.text(raw, "transitEncryptionMode") == "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION",
        authentication=tr.text(raw, "authorizationMode") == "AUTH_MODE_IAM_AUTH",
        snapshot_retention_days=1 if mode in ("RDB", "AOF") else 0,
        minor_upgrades=True,
        public=False,
        memory_mib=None if size is None else int(size * MIB_PER_GIB),
        vpc=_network(network, place),
    )


def memcached(raw: dict[str, Any], place: Place) -> Cache:
    """A Memorystore for Memcached Instance: ``memcached/NAME``."""
    nodes, each = tr.integer(raw, "nodeCount"), tr.integer(raw, "nodeConfig", "memorySizeMb")
    return Cache(
        **names.row(CACHE, raw, place, f"memcached/{tr.tail(tr.text(raw, 'name'))}"),
        state=names.word(raw, STATES, "state"),
        engine="memcached",
        engine_version=_version(tr.text(raw, "memcacheVersion")),
        nodes=nodes,
        multi_zone=len(tr.texts(raw, "zones") or ()) > 1,
        encrypted_at_rest=True,
        encrypted_in_transit=False,
        authentication=False,
        snapshot_retention_days=0,
        minor_upgrades=True,
        public=False,
        memory_mib=None if nodes is None or each is None else nodes * each,
        vpc=_network(tr.text(raw, "authorizedNetwork"), place),
    )


def files(raw: dict[str, Any], place: Place) -> FileSystem:
    """A Filestore Instance."""
    sizes = [tr.integer(share, "capacityGb") for share in tr.items(raw, "fileShares")]
    return FileSystem(
        **names.row(FILES, raw, place),
        state=names.word(raw, STATES, "state"),
        encrypted=True,
        key=place.key(tr.said(raw, "kmsKeyName")),
        size_gib=float(sum(size or 0 for size in sizes)) if sizes else None,
        mount_targets=sum(len(tr.texts(one, "ipAddresses") or ()) for one in tr.items(raw, "networks")),
        throughput_mode=tr.said(raw, "tier").lower() or None,
    )


def _version(named: str | None) -> str | None:
    """``REDIS_6_X`` -> 6.x."""
    return named.partition("_")[2].replace("_", ".").lower() if named and "_" in named else None


def _network(named: str | None, place: Place) -> str | None:
    return place.link("network.vpc", named)


def _links(row: Cache) -> Links:
    yield Verb.IN, row.vpc


CACHES: tuple[tuple[str, str, Callable[..., Cache]], ...] = (
    ("", "redis.googleapis.com/Instance", redis),
    ("clusters/", "redis.googleapis.com/Cluster", redis_cluster),
    ("memcached/", "memcache.googleapis.com/Instance", memcached),
)
"""What stands before the names of a type, the type, and its translation."""


def _read_caches(reading: Reading) -> None:
    for prefix, asset, translate in CACHES:
        with reading.part(CACHE):
            found = reading.prefixed(CACHE, asset, prefix, ("clusters/", "memcached/"))
            reading.take(CACHE, found, partial(translate, place=reading.place), _links)


def _read_files(reading: Reading) -> None:
    found = reading.here(FILES, "file.googleapis.com/Instance")
    reading.take(FILES, found, lambda raw: files(raw, reading.place), lambda row: [(Verb.ENCRYPTED_BY, row.key)])


READERS = (
    Reader(
        name="caches",
        service="redis",
        kinds=(CACHE,),
        read=_read_caches,
        permissions=("redis.instances.list", "redis.clusters.list", "memcache.instances.list"),
    ),
    Reader(name="filestore", service="file", kinds=(FILES,), read=_read_files, permissions=("file.instances.list",)),
)
