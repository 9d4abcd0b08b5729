"""Amazon Web Services."""

from skywright.adapters.clouds.aws.cloud import AwsCloud
from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig, AwsOrganization, AwsRole

__all__ = ["AwsAccount", "AwsCloud", "AwsConfig", "AwsOrganization", "AwsRole"]
