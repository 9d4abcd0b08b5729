"""Quotas: how much of what a project may have, and has."""

from collections.abc import Iterator, Mapping
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.openstack.place import COMPUTE, NETWORK, VOLUME, Place
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.model.kinds.control import Quota

KIND = "account.quota"
METRICS = {
    (COMPUTE, "instances"): ("instances", "count"),
    (COMPUTE, "cores"): ("vcpus", "count"),
    (COMPUTE, "ram"): ("memory", "MiB"),
    (COMPUTE, "key_pairs"): ("keypairs", "count"),
    (COMPUTE, "server_groups"): ("server_groups", "count"),
    (VOLUME, "volumes"): ("volumes", "count"),
    (VOLUME, "snapshots"): ("snapshots", "count"),
    (VOLUME, "gigabytes"): ("volume_storage", "GiB"),
    (VOLUME, "backups"): ("backups", "count"),
    (VOLUME, "backup_gigabytes"): ("backup_storage", "GiB"),
    (NETWORK, "network"): ("networks", "count"),
    (NETWORK, "subnet"): ("subnets", "count"),
    (NETWORK, "router"): ("routers", "count"),
    (NETWORK, "port"): ("interfaces", "count"),
    (NETWORK, "floatingip"): ("addresses", "count"),
    (NETWORK, "security_group"): ("firewalls", "count"),
    (NETWORK, "security_group_rule"): ("firewall_rules", "count"),
}
"""What is told under a neutral name; other quotas (of single volume types, of files in servers) are the provider's own business."""


def quotas(service: str, sets: Mapping[str, Any], place: Place) -> Iterator[Quota]:
    """One service's answer -> a row a quota."""
    for name, raw in sets.items():
        metric = METRICS.get((service, name))
        if metric is None or not isinstance(raw, dict):
            continue
        yield Quota(
            **place.common(KIND, quota_id(service, name)),
            name=f"{service} {name}",
            native={"service": service, "quota": name, "reserved": tr.integer(raw, "reserved")},
            metric=metric[0],
            unit=metric[1],
            limit_value=tr.number(raw, "limit"),
            used_value=tr.number(raw, "used") if "used" in raw else tr.number(raw, "in_use"),
        )


def quota_id(service: str, name: str) -> str:
    """The native id of a quota: ``compute.cores``."""
    return f"{service}.{name}"


def ask(service: str, account: str) -> dict[str, Any]:
    """The call that tells the quotas of a project with what is in use."""
    match service:
        case "compute":
            return {"verb": "GET /os-quota-sets/{}/detail", "ids": (account,), "service": service, "micro": "2.57"}
        case "block-storage":
            return {"verb": "GET /os-quota-sets/{}", "ids": (account,), "service": service, "query": {"usage": "True"}}
        case _:
            return {"verb": "GET /quotas/{}/details.json", "ids": (account,), "service": service}


def sets_of(service: str, body: Any) -> dict[str, Any]:
    """The quotas in an answer."""
    found: dict[str, Any] = body["quota" if service == NETWORK else "quota_set"]
    return found


def _read(service: str) -> Any:
    def read(reading: Reading) -> None:
        asked = ask(service, reading.account)
        body = reading.ask(asked["verb"], *asked["ids"], **{key: asked[key] for key in ("query", "micro") if key in asked}).body
        rows = quotas(service, sets_of(service, body), reading.place)
        reading.take(KIND, (row for row in rows if reading.wants(row.native_id)), lambda row: row)

    return read


READERS = tuple(
    Reader(name=f"{service}-quotas", service=service, kinds=(KIND,), read=_read(service), permissions=(permission,))
    for service, permission in (
        (COMPUTE, "os_compute_api:os-quota-sets:detail"),
        (VOLUME, "volume_extension:quotas:show"),
        (NETWORK, "get_quota"),
    )
)
