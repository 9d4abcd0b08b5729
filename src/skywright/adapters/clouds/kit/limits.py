"""How fast we may call: a token bucket that learns from throttling, and full-jitter waits between attempts."""

import threading
from collections.abc import Callable

RATE_START = 50.0  # calls a second that we begin with
RATE_MIN = 0.5
RATE_MAX = 200.0
BURST_S = 2.0  # the bucket holds this many seconds' worth
GROWTH_PER_SUCCESS = 0.05  # calls a second won back by each call that was not throttled

BACKOFF_BASE_S = 0.2
BACKOFF_MAX_S = 20.0


class Limiter:
    """A token bucket for one service of one account and region: halved by each throttling, slowly recovering.

    AWS keeps its request buckets per account and Region ("Request throttling for the Amazon EC2 API"); others, per project or
    subscription. Additive increase and
    multiplicative decrease let many clients share such a bucket fairly (Chiu and Jain 1989).
    """

    def __init__(self, now: Callable[[], float], rate: float = RATE_START) -> None:
        self.rate = rate
        self.refused = 0  # calls in a row that stayed throttled to their last attempt
        self._now = now
        self._tokens = rate * BURST_S
        self._at = now()
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Take one token; gives the seconds to wait before it may be used."""
        with self._lock:
            now = self._now()
            self._tokens = min(self.rate * BURST_S, self._tokens + max(0.0, now - self._at) * self.rate)
            self._at = now
            self._tokens -= 1.0
            return max(0.0, -self._tokens / self.rate)

    def throttled(self) -> None:
        """The cloud refused a call for being one too many."""
        with self._lock:
            self.rate = max(RATE_MIN, self.rate / 2)
            self._tokens = min(self._tokens, 0.0)

    def succeeded(self) -> None:
        """The cloud answered a call."""
        with self._lock:
            self.rate = min(RATE_MAX, self.rate + GROWTH_PER_SUCCESS)
            self.refused = 0

    def gave_up(self) -> None:
        """A call stayed throttled to its last attempt."""
        with self._lock:
            self.refused += 1


def backoff_s(attempt: int, fraction: float) -> float:
    """Seconds to wait after the ``attempt``-th failure (from 0), for a random ``fraction`` in [0, 1): "full jitter" of the AWS
    Architecture Blog's "Exponential Backoff And Jitter"."""
    return float(fraction * min(BACKOFF_MAX_S, BACKOFF_BASE_S * 2.0**attempt))
