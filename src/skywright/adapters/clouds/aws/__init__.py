"""Amazon Web Services."""

from skywright.adapters.clouds.aws.cloud import AwsCloud
from skywright.adapters.clouds.aws.config import AwsConfig

__all__ = ["AwsCloud", "AwsConfig", "Cloud", "Config"]

Cloud, Config = AwsCloud, AwsConfig
