"""A swarm and a single container host on loopback: small servers of the Docker Engine API (1.41), seeded with known faults.

Our reading of the API as documented, checked against Docker 20.10's own answers; no container runs.
"""

from typing import Any

from skywright.lab.kit import Server
from skywright.lab.swarm import manager
from skywright.lab.swarm.engine import Engine
from skywright.lab.swarm.seed import Planted, plant
from skywright.lab.swarm.world import Machine, Swarm

__all__ = ["Engine", "Machine", "Swarm", "SwarmLab", "start"]


class SwarmLab:
    """See lab.kit.Standin. ``engines`` are the servers by the name of their host; ``planted`` what was put into them."""

    name = "swarm"

    def __init__(self, planted: Planted) -> None:
        manager.install()
        self.planted = planted
        self.engines = {machine.name: Engine(machine, planted.swarm) for machine in planted.machines}
        self.servers: dict[str, Server] = {name: engine.server for name, engine in self.engines.items()}

    def environment(self) -> dict[str, str]:
        """See Standin."""
        return {"DOCKER_HOST": next(iter(self.servers.values())).endpoint.replace("http://", "tcp://")}

    def section(self) -> dict[str, Any]:
        """See Standin."""
        hosts = [{"name": name, "host": server.endpoint} for name, server in self.servers.items()]
        return {"hosts": hosts, "timeout_s": 10.0}

    def answers(self) -> list[dict[str, str]]:
        """See Standin."""
        return list(self.planted.answers)

    def calls(self) -> dict[str, int]:
        """See Standin. Over all engines, by ``METHOD /path``."""
        found: dict[str, int] = {}
        for server in self.servers.values():
            for call, count in server.counter.items():
                found[call] = found.get(call, 0) + count
        return found

    def stop(self) -> None:
        """See Standin."""
        for server in self.servers.values():
            server.stop()


def start(seed: int = 1, estate: str = "default") -> SwarmLab:
    """Plant an estate (small, default or large) and serve it."""
    return SwarmLab(plant(seed, estate))
