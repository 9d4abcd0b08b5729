"""A role that does not exist cannot be assumed. Source: AWS STS API reference, AssumeRole (AccessDenied)."""

from typing import Any

from moto.iam.models import iam_backends
from moto.sts.responses import TokenResponse

from skywright.lab.aws.strict.patch import put
from skywright.lab.aws.wire import Refusal


def install() -> None:
    """Look for the role before it is assumed."""
    assume = TokenResponse.assume_role

    def assume_role(asked: Any) -> Any:
        arn = str(asked._get_param("RoleArn"))  # noqa: SLF001 - moto's own way
        if not _exists(arn):
            raise Refusal("AccessDenied", f"User is not authorized to perform: sts:AssumeRole on resource: {arn}", 403)
        return assume(asked)

    put(TokenResponse, "assume_role", assume_role)


def _exists(arn: str) -> bool:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[4] not in iam_backends:
        return False
    return any(role.arn == arn for role in iam_backends[parts[4]]["aws"].roles.values())
