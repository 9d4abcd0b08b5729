"""Docker Engine and Swarm."""

from skywright.adapters.clouds.swarm.cloud import SwarmCloud
from skywright.adapters.clouds.swarm.config import SwarmConfig

__all__ = ["Cloud", "Config", "SwarmCloud", "SwarmConfig"]

Cloud, Config = SwarmCloud, SwarmConfig
