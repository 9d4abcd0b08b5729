"""Names: what AWS calls a thing (id, ARN, alias) -> the resource id that tables join on."""

import re
from typing import TYPE_CHECKING

from skywright.adapters.clouds.kit import place
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.model.kinds import resource_id

if TYPE_CHECKING:
    from skywright.adapters.clouds.aws.read.base import Reading

CLOUD = "aws"

_KEY_ID = re.compile(r"(mrk-)?[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Place(place.Place, frozen=True):
    """An account and a region of AWS."""

    CLOUD = CLOUD
    PROVIDER = "AWS"

    def key(self, named: str | None) -> str | None:
        """A KMS key as services name it (id, ARN) -> its id. An alias does not say which key it is: None."""
        if not named:
            return None
        if named.startswith("arn:"):
            return arn_id("crypto.key", named) if ":key/" in named else None
        return self.id("crypto.key", named) if _KEY_ID.fullmatch(named) else None


def partition_of(region: str) -> str:
    """The first word but one of every ARN in a region (AWS General Reference, "Amazon Resource Names")."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((partition for prefix, partition in prefixes.items() if region.startswith(prefix)), "aws")


def place_of(reading: "Reading") -> Place:
    """Where a reading takes place."""
    return reading.place


def arn_id(kind: str, arn: str | None) -> str | None:
    """An ARN with an account -> the id of what it names (its last word), wherever that is; None when it cannot be told."""
    parts = (arn or "").split(":", 5)
    if len(parts) != 6 or not parts[4].isdigit():
        return None
    native_id = re.split(r"[/:]", parts[5])[-1]
    return resource_id(CLOUD, parts[4], parts[3] or GLOBAL, kind, native_id) if native_id else None
