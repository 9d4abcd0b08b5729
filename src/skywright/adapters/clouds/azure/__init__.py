"""Microsoft Azure."""

from skywright.adapters.clouds.azure.cloud import AzureCloud
from skywright.adapters.clouds.azure.config import AzureConfig

__all__ = ["AzureCloud", "AzureConfig", "Cloud", "Config"]

Cloud, Config = AzureCloud, AzureConfig
