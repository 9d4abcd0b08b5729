"""How the tests read: one reader of a cloud, what it covered, and a row by its name."""

from typing import Any

from skywright.adapters.clouds.swarm import SwarmCloud
from skywright.lab.swarm import SwarmLab
from skywright.model.estate import Coverage


def named(found: dict[str, Any], kind: str) -> dict[str, Any]:
    return {row.name: row for row in found.values() if kind == row.KIND}


def read(cloud: SwarmCloud, reader: str, account: str = "") -> Any:
    scope = next(one for one in cloud.scopes()[0] if one.reader == reader and account in ("", one.account))
    return cloud.read(scope)


def coverage(cloud: SwarmCloud, reader: str, account: str = "") -> Coverage:
    return read(cloud, reader, account).coverage[0]


def manager(lab: SwarmLab) -> Any:
    return lab.servers["swarm-1"]
