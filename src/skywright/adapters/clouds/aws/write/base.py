"""What AWS's actions have of their own: a target that speaks boto3's language, and the names that AWS gives to things."""

from collections.abc import Callable, Iterator
from typing import Any

from skywright.adapters.clouds.aws.faults import error_code
from skywright.adapters.clouds.kit import actions
from skywright.adapters.clouds.kit.actions import Values
from skywright.model.errors import NotThere
from skywright.model.kinds import parse_id


class Target(actions.Target):
    """One AWS resource as its calls see it."""

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Call ``service:Operation`` in the target's account and region."""
        answer: dict[str, Any] = self._calls.client_call(*self._place(operation), **params)
        return answer

    def items(self, operation: str, key: str, **params: Any) -> Iterator[dict[str, Any]]:
        """All items under ``key`` of a paged list."""
        found: Iterator[dict[str, Any]] = self._calls.pages(*self._place(operation), key, **params)
        return found

    def _place(self, operation: str) -> tuple[str, str, str, str]:
        from botocore import xform_name  # at the first call: explaining a plan needs no AWS library

        service, _, verb = operation.partition(":")
        return self.name.account, self.name.region, service, xform_name(verb)


BUCKET_COLUMNS = ("log_bucket", "flow_log_bucket")


def bucket_names(values: Values) -> Values:
    """The plan's values with buckets named as AWS names them: by their native id."""
    return {column: _bucket_name(value) if column in BUCKET_COLUMNS else value for column, value in values.items()}


def _bucket_name(reference: str | None) -> str | None:
    return parse_id(reference).native_id if reference and reference.startswith("aws:") else reference


OWNER_GONE = ("NoSuchBucket", "FileSystemNotFound")
"""Codes that speak of the resource itself, where others of their family speak of one configuration of it."""


def unless_absent(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer, empty where AWS says that there is no such configuration. A resource that is gone stays an error."""
    try:
        return ask()
    except NotThere as absent:
        if error_code(absent) in OWNER_GONE:
            raise
        return {}
