"""Hosts of our own, in data centres and at the edge, over SSH."""

from skywright.adapters.clouds.hosts.cloud import HostsCloud
from skywright.adapters.clouds.hosts.config import HostsConfig

__all__ = ["Cloud", "Config", "HostsCloud", "HostsConfig"]

Cloud, Config = HostsCloud, HostsConfig
