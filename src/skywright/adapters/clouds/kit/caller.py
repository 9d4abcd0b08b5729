"""Patience around every call: a limit that learns, retries of what passes, and a count."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from typing import TypeVar

from skywright.adapters.clouds.kit import witness
from skywright.adapters.clouds.kit.limits import Limiter, backoff_s, limiter_for
from skywright.model.errors import NotSignedIn, NotThere, TryAgain
from skywright.ports.other import Clock

ATTEMPTS = 6  # of a throttled call
ATTEMPTS_OTHERWISE = 3  # of a call that got a server's error, or no answer
STORM_ATTEMPTS = 1  # while a service keeps refusing to the last attempt, the next scopes do not wait as long again
STORM_AFTER = 2

Answer = TypeVar("Answer")


class Caller:
    """Makes calls with patience. Safe to use from many threads. ``counter`` counts attempts by call."""

    def __init__(self, clock: Clock) -> None:
        self.counter: Counter[str] = Counter()
        self._clock = clock
        self._limiters: dict[Hashable, Limiter] = {}
        self._stale: dict[str, NotSignedIn] = {}
        self._lock = threading.Lock()

    def call(self, account: str, bucket: Hashable, name: str, act: Callable[[], Answer], *, repeatable: bool = True) -> Answer:
        """``act()``, again when it raises TryAgain.

        ``bucket`` says which calls share a limit (account, region, service); ``name`` is the call as the counter has it. ``act``
        raises model.errors. After NotSignedIn no further call of the account is made until ``forgive``. ``repeatable`` false:
        a call without a token, that may have had its effect though no answer came, is made once, unless it was throttled.
        """
        try:
            return self._patiently(account, bucket, name, act, repeatable=repeatable)
        except NotThere:
            raise
        except BaseException:
            if watching := witness.present():
                watching.lose()
            raise

    def _patiently(self, account: str, bucket: Hashable, name: str, act: Callable[[], Answer], *, repeatable: bool) -> Answer:
        if account in self._stale:
            raise self._stale[account]
        limiter = self.limiter(bucket)
        stormy = limiter.refused >= STORM_AFTER
        for attempt in itertools.count():
            try:
                return self._once(account, limiter, name, act)
            except TryAgain as error:
                if attempt + 1 >= _attempts(error, stormy=stormy, repeatable=repeatable):
                    if error.throttled:
                        limiter.gave_up()
                    raise
                self._clock.sleep(max(error.after_s or 0.0, backoff_s(attempt, random.random())))  # noqa: S311 - jitter
        raise AssertionError("counting never ends")

    def forgive(self) -> None:
        """Forget which accounts had no valid credentials: they may have been renewed."""
        self._stale.clear()

    def limiter(self, bucket: Hashable) -> Limiter:
        """The limiter of these calls."""
        with self._lock:
            if bucket not in self._limiters:
                self._limiters[bucket] = limiter_for(lambda: self._clock.now().timestamp(), bucket)
            return self._limiters[bucket]

    def _once(self, account: str, limiter: Limiter, name: str, act: Callable[[], Answer]) -> Answer:
        if wait := limiter.wait_s():
            self._clock.sleep(wait)
        with self._lock:
            self.counter[name] += 1
        try:
            answer = act()
        except TryAgain as error:
            if error.throttled:
                limiter.throttled()
            raise
        except NotSignedIn as error:
            self._stale[account] = error
            raise
        limiter.succeeded()
        return answer


def _attempts(error: TryAgain, *, stormy: bool, repeatable: bool) -> int:
    """How often a call is made in all, when it fails like this."""
    if not error.throttled:
        return ATTEMPTS_OTHERWISE if repeatable else 1
    return STORM_ATTEMPTS if stormy else ATTEMPTS
