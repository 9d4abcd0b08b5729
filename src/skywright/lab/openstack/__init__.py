"""A small OpenStack on loopback: what its services answer, by our reading of their documented APIs. It runs nothing."""

import tempfile
from pathlib import Path
from typing import Any

from skywright.lab.kit import Fault, Server
from skywright.lab.openstack.front import Front
from skywright.lab.openstack.ground import PROJECTS
from skywright.lab.openstack.seed import Seed
from skywright.lab.openstack.state import CREDENTIALS, State

__all__ = ["PROJECTS", "OpenstackStandin", "start"]

HOMES = {"lab-admin": ("admin", "admin"), "lab-demo": ("demo", "shop"), "lab-reader": ("reader", "shop")}
"""Clouds of the stand-in's clouds.yaml: user and project."""


class OpenstackStandin:
    """See lab.kit.Standin."""

    name = "openstack"

    def __init__(self, seed: int = 1, estate: str = "default") -> None:
        self.state = State(seed)
        self.seed = Seed(self.state, estate)
        self.seed.fill()
        self.front = Front(self.state)
        self.server = Server(self.front.answer, seed=seed)
        self.front.endpoint = self.server.endpoint
        self._folder = tempfile.TemporaryDirectory(prefix="skywright-openstack-")
        self.clouds_yaml = Path(self._folder.name) / "clouds.yaml"
        self.clouds_yaml.write_text(self._clouds(), encoding="utf-8")
        self.clouds_yaml.chmod(0o600)

    @property
    def faults(self) -> list[Fault]:
        """What goes wrong on demand."""
        return self.server.faults

    def environment(self) -> dict[str, str]:
        """See Standin."""
        return {"OS_CLIENT_CONFIG_FILE": str(self.clouds_yaml), "OS_CLOUD": "lab-demo"}

    def section(self) -> dict[str, Any]:
        """See Standin. As the administrator, over every project."""
        return {"clouds": ["lab-admin"], "config_file": str(self.clouds_yaml), "all_projects": True}

    def answers(self) -> list[dict[str, str]]:
        """See Standin."""
        return list(self.seed.answers)

    def calls(self) -> dict[str, int]:
        """See Standin."""
        return dict(self.server.counter)

    def stop(self) -> None:
        """See Standin."""
        self.server.stop()
        self._folder.cleanup()

    def _clouds(self) -> str:
        lines = ["clouds:"]
        for cloud, (user, project) in HOMES.items():
            lines += [
                f"  {cloud}:",
                "    auth:",
                f"      auth_url: {self.server.endpoint}/identity/v3",
                f"      username: {user}",
                f"      password: {CREDENTIALS[user]}",
                f"      project_name: {project}",
                "      user_domain_id: default",
                "      project_domain_id: default",
                "    region_name: RegionOne",
                "    identity_api_version: '3'",
            ]
        return "\n".join([*lines, ""])


def start(seed: int = 1, estate: str = "default") -> OpenstackStandin:
    """A running stand-in. See lab.kit.Standin."""
    return OpenstackStandin(seed, estate)
