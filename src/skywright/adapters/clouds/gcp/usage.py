"""Usage: resources x a window -> how much of each was used, by the hour."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from skywright.adapters.clouds.gcp.calls import Calls
from skywright.model.estate import Usage
from skywright.model.kinds import Resource


def usage(_calls: Calls, _resources: Sequence[Resource], _since: datetime, _until: datetime) -> Iterator[Usage]:
    """Resources -> their usage between two times (naive UTC)."""
    yield from ()
