"""Real time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, in naive UTC."""

    def now(self) -> datetime:
        """The time, to the second's fraction that the machine knows."""
        return datetime.now(UTC).replace(tzinfo=None)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
