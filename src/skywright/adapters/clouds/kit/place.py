"""Where an answer speaks of: enough to name what is in it."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from skywright.model.kinds import resource_id

GLOBAL = "global"
"""The region of what belongs to no region."""


class Place(msgspec.Struct, frozen=True):
    """An account and a region of one cloud. Each cloud subclasses it with its own name and its own ways of naming things."""

    CLOUD: ClassVar[str]  # as in resource ids: aws
    PROVIDER: ClassVar[str]  # as people call it: AWS

    account: str
    region: str

    def id(self, kind: str, native_id: str, region: str | None = None) -> str:
        """The id of a resource of this account, here if no other region is named."""
        return resource_id(self.CLOUD, self.account, region or self.region, kind, native_id)

    def ref(self, kind: str, native_id: str | None, region: str | None = None) -> str | None:
        """Like ``id``; None (unknown) and "" (known to be none) stay what they are."""
        return self.id(kind, native_id, region) if native_id else native_id

    def refs(self, kind: str, native_ids: Iterable[str | None]) -> list[str]:
        """Ids in order, each once, so that an answer in another order gives the same row."""
        return sorted({self.id(kind, native_id) for native_id in native_ids if native_id})

    def common(self, kind: str, native_id: object) -> dict[str, Any]:
        """The columns that every row has. Raises ValueError for a thing without a name of its own."""
        if not isinstance(native_id, str) or not native_id:
            raise ValueError(f"{kind} without an id")
        return {
            "id": self.id(kind, native_id),
            "cloud": self.CLOUD,
            "account": self.account,
            "region": self.region,
            "native_id": native_id,
        }
