"""How fast we may call: a token bucket that learns from throttling, and full-jitter waits between attempts."""

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress

from skywright.model.errors import TryAgain
from skywright.ports.other import Budgets, Grant

RATE_START = 50.0  # calls a second that we begin with
RATE_MIN = 0.5
RATE_MAX = 200.0
BURST_S = 2.0  # the bucket holds this many seconds' worth
GROWTH_PER_SUCCESS = 0.05  # calls a second won back by each call that was not throttled

STALE_S = 1.0  # calls of a shared bucket that were not made for so long are not made later

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


class SharedLimiter(Limiter):
    """A limiter that takes its calls, some at a time, out of a bucket that it shares with other workers. While that cannot be
    reached it goes on slowly: at a quarter of the last known rate, as if there were four of us."""

    def __init__(self, now: Callable[[], float], budgets: Budgets, bucket: str) -> None:
        super().__init__(now)
        self._budgets = budgets
        self._bucket = bucket
        self._grant = Grant(0, 0.0, RATE_START)
        self._granted_at = now()
        self._used = 0
        self._answered = 0

    def wait_s(self) -> float:
        """See Limiter."""
        with self._lock:
            now = self._now()
            if self._used >= self._grant.calls or now - self._granted_at > STALE_S + self._ready_s(self._grant.calls):
                self._take(now)
            self._used += 1
            return max(0.0, self._granted_at + self._ready_s(self._used) - now)

    def throttled(self) -> None:
        """See Limiter. Everybody slows down, and what is left of the grant is not used."""
        with self._lock, suppress(TryAgain):
            self.rate = self._budgets.throttled(self._bucket)
            self._used = self._grant.calls

    def succeeded(self) -> None:
        """See Limiter. Told with the next grant."""
        with self._lock:
            self._answered += 1
            self.refused = 0

    def _take(self, now: float) -> None:
        try:
            self._grant = self._budgets.reserve(self._bucket, self._answered, self.rate)
            self._answered = 0
            self.rate = self._grant.rate
        except TryAgain:
            self._grant = Grant(1, 0.0, max(RATE_MIN, self.rate / 4))
        self._granted_at, self._used = now, 0

    def _ready_s(self, number: int) -> float:
        """When the ``number``-th call of the grant may be made, counted from its beginning."""
        return max(0.0, (number - self._grant.tokens) / self._grant.rate)


_common: list[Budgets] = []


def share(budgets: Budgets | None) -> None:
    """From here on new limiters of this process take their calls from common buckets (None: from their own again). Set once, by
    wiring: which processes share a cloud's patience is no business of a cloud's adapter."""
    _common[:] = [budgets] if budgets else []


def limiter_for(now: Callable[[], float], bucket: Hashable) -> Limiter:
    """The limiter of some calls: shared with other workers when there are any."""
    return SharedLimiter(now, _common[0], _named(bucket)) if _common else Limiter(now)


def _named(bucket: Hashable) -> str:
    return "/".join(map(str, bucket)) if isinstance(bucket, tuple) else str(bucket)


def backoff_s(attempt: int, fraction: float) -> float:
    """Seconds to wait after the ``attempt``-th failure (from 0), for a random ``fraction`` in [0, 1): "full jitter" of the AWS
    Architecture Blog's "Exponential Backoff And Jitter"."""
    return float(fraction * min(BACKOFF_MAX_S, BACKOFF_BASE_S * 2.0**attempt))
