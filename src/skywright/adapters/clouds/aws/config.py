"""What a user may set under ``clouds.aws``. Everything is optional: without it the standard AWS environment decides."""

from skywright.model.settings import SecretRef
from skywright.model.settings_base import Strict


class AwsRole(Strict, frozen=True):
    """A role to assume on the way to an account."""

    role_arn: str
    external_id: SecretRef | str | None = None


class AwsAccount(Strict, frozen=True):
    """One account in scope: a profile of the AWS configuration, and the roles to assume from there, in order."""

    id: str | None = None  # checked against what AWS answers, when given
    profile: str | None = None
    role_arn: str | None = None
    external_id: SecretRef | str | None = None
    chain: list[AwsRole] = []  # assumed first, before ``role_arn``


class AwsOrganization(Strict, frozen=True):
    """Find the member accounts of the organization and assume ``role`` in each."""

    role: str = "OrganizationAccountAccessRole"
    skip: list[str] = []  # account ids


class AwsConfig(Strict, frozen=True):
    """The AWS section. Empty: the default credential chain, its own account, every enabled region."""

    accounts: list[AwsAccount] = []
    organization: AwsOrganization | None = None
    regions: list[str] = []  # empty: all enabled regions
    endpoint_url: str | None = None
    concurrency: int = 8
    skip_services: list[str] = []
