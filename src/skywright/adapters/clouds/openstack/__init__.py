"""OpenStack."""

from skywright.adapters.clouds.openstack.cloud import OpenstackCloud
from skywright.adapters.clouds.openstack.config import OpenstackConfig

__all__ = ["Cloud", "Config", "OpenstackCloud", "OpenstackConfig"]

Cloud, Config = OpenstackCloud, OpenstackConfig
