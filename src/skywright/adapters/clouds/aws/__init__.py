"""Amazon Web Services."""

from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig, AwsOrganization, AwsRole

__all__ = ["AwsAccount", "AwsConfig", "AwsOrganization", "AwsRole"]
