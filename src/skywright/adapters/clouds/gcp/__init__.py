"""Google Cloud."""

from skywright.adapters.clouds.gcp.cloud import GcpCloud
from skywright.adapters.clouds.gcp.config import GcpConfig

__all__ = ["Cloud", "Config", "GcpCloud", "GcpConfig"]

Cloud, Config = GcpCloud, GcpConfig
