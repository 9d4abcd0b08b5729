"""Own hosts on loopback: SSH servers whose hosts are folders, and whose shell is the real one with small commands of the lab's own.

So the very scripts that a real host would get are run; only the commands that look at hardware, packages and services are played.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from skywright.lab.hosts.commands import install
from skywright.lab.hosts.machine import Machine
from skywright.lab.hosts.seed import Planted, plant
from skywright.lab.hosts.server import Servers

__all__ = ["HostsLab", "Machine", "start"]


class HostsLab:
    """See lab.kit.Standin. ``machines`` are the hosts by ``site/name``; their ``fault`` may be changed at any time."""

    name = "hosts"

    def __init__(self, planted: Planted, folder: Path) -> None:
        self.folder = folder
        self.planted = planted
        self.machines = {f"{machine.site}/{machine.name}": machine for machine in planted.machines}
        self.servers = Servers(folder, planted.machines, prepared=len(planted.machines) > 100)

    def environment(self) -> dict[str, str]:
        """See Standin. SSH has no variable for this: the section says all."""
        return {}

    def section(self) -> dict[str, Any]:
        """See Standin."""
        sites: dict[str, Any] = {}
        for machine in self.planted.machines:
            site = sites.setdefault(machine.site, self._site(machine))
            port = self.servers.ports[machine.site, machine.name]
            site["hosts"].append({"name": machine.name, "address": "127.0.0.1", "port": port})
        return {"sites": sites, "state": str(self.folder / "state")}

    def _site(self, machine: Machine) -> dict[str, Any]:
        return {
            "hosts": [],
            "user": "skywright",
            "key": str(self.folder / "client-key"),
            "known_hosts": str(self.folder / "known-hosts"),
            "intermittent": machine.site in self.planted.intermittent,
            "timeout_s": 10.0,
        }

    def answers(self) -> list[dict[str, str]]:
        """See Standin."""
        return list(self.planted.answers)

    def calls(self) -> dict[str, int]:
        """See Standin. Visits by host."""
        return dict(self.servers.counter)

    def stop(self) -> None:
        """See Standin."""
        self.servers.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(seed: int = 1, estate: str = "default") -> HostsLab:
    """Plant an estate (small, default or large) and serve it."""
    folder = Path(tempfile.mkdtemp(prefix="skywright-hosts-"))
    install(folder / "bin")
    return HostsLab(plant(seed, estate, folder), folder)
