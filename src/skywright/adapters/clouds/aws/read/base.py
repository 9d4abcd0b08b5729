"""AWS's desk: what its readers ask with."""

from collections.abc import Iterator
from typing import Any

from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import reading
from skywright.adapters.clouds.kit.reading import Desk
from skywright.model.errors import NotThere

FILTER_VALUES_MAX = 200  # "Filtering" in the Amazon EC2 API Reference


class Reading(reading.Reading):
    """One reader over one region of one account of AWS."""

    place: Place

    def __init__(self, desk: Desk, account: str, region: str, service: str, only: frozenset[str] | None = None) -> None:
        super().__init__(desk, Place(account, region), service, only)

    def call(self, operation: str, /, *, service: str | None = None, region: str | None = None, **params: Any) -> dict[str, Any]:
        """One call, named as boto3 names it (``describe_instances``), without ResponseMetadata. Raises model.errors."""
        where = (self.account, region or self.region, self.allowed(service))
        answer: dict[str, Any] = self._desk.calls.client_call(*where, operation, **params)
        return answer

    def maybe(
        self, operation: str, /, *, service: str | None = None, region: str | None = None, **params: Any
    ) -> dict[str, Any] | None:
        """Like ``call``; None when AWS says, with certainty, that there is no such thing (NoSuchBucketPolicy, ...)."""
        try:
            return self.call(operation, service=service, region=region, **params)
        except NotThere:
            return None

    def pages(
        self, operation: str, items_key: str, /, *, service: str | None = None, region: str | None = None, **params: Any
    ) -> Iterator[Any]:
        """The items under ``items_key`` (dots go deeper; "": the pages themselves) of every page.

        Raises TryAgain when the paging goes in a circle.
        """
        where = (self.account, region or self.region, self.allowed(service))
        found: Iterator[Any] = self._desk.calls.pages(*where, operation, items_key, **params)
        return found

    def narrowed(self, name: str) -> dict[str, Any]:
        """An EC2 filter for the wanted resources, if only some are wanted and they fit.

        A filter, because one id of a list that is gone fails the whole call.
        """
        if self.only is None or len(self.only) > FILTER_VALUES_MAX:
            return {}
        return {"Filters": [{"Name": name, "Values": sorted(self.only)}]}
