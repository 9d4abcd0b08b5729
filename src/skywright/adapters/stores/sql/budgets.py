"""ports.other.Budgets: one token bucket a row, from which workers take some calls at a time, by the database's clock.

Calls are taken before they are made, so that all workers together never exceed the bucket's rate by more than its burst. The rate
is learnt by all: halved when anybody is refused, won back by answered calls (Chiu and Jain 1989), as one process does by itself.
"""

from collections.abc import Callable

from sqlalchemy import text

from skywright.adapters.stores.sql.database import Database
from skywright.ports.other import Grant

RATE_START = 50.0  # calls a second that a bucket begins with
RATE_MIN = 0.5
RATE_MAX = 200.0
BURST_S = 1.0  # a bucket holds this many seconds' worth
CHUNK_S = 0.25  # a worker takes this many seconds' worth at a time
GROWTH_PER_SUCCESS = 0.05
HALVING_PAUSE_S = 1.0  # refusals within this time are one: they were under way together

_CLOCK = "extract(epoch FROM clock_timestamp())::float8"


class SqlBudgets:
    """Budgets in PostgreSQL. ``now`` replaces the database's clock (epoch seconds), for tests."""

    def __init__(self, database: Database, now: Callable[[], float] | None = None) -> None:
        self._database = database
        self._now = now

    def reserve(self, bucket: str, answered: int, start: float = RATE_START) -> Grant:
        """See ports.other.Budgets."""
        given = {"bucket": bucket, **self._at()}
        with self._database.plain(transaction=True) as connection:
            connection.execute(text(_BEGUN), {**given, "rate": start, "burst": BURST_S})
            row = connection.execute(text(_LOCKED), given).one()
            rate = min(RATE_MAX, row.rate + answered * GROWTH_PER_SUCCESS)
            tokens = min(rate * BURST_S, row.tokens + max(0.0, row.now - row.at) * rate)
            calls = max(1, int(rate * CHUNK_S))
            kept = {**given, "rate": rate, "tokens": tokens - calls, "at": max(row.now, row.at)}
            connection.execute(text(_TAKEN), kept)
        return Grant(calls, tokens, rate)

    def throttled(self, bucket: str) -> float:
        """See ports.other.Budgets."""
        given = {"bucket": bucket, **self._at()}
        with self._database.plain(transaction=True) as connection:
            connection.execute(text(_BEGUN), {**given, "rate": RATE_START, "burst": BURST_S})
            row = connection.execute(text(_LOCKED), given).one()
            again = row.now - row.throttled_at < HALVING_PAUSE_S
            rate = row.rate if again else max(RATE_MIN, row.rate / 2)
            kept = {**given, "rate": rate, "tokens": min(row.tokens, 0.0), "at": row.now}
            connection.execute(text(_TAKEN), kept)
            connection.execute(text(_REFUSED), {**given, "throttled_at": row.throttled_at if again else row.now})
        return float(rate)

    def _at(self) -> dict[str, float | None]:
        return {"now": self._now() if self._now else None}


_BEGUN = f"""
    INSERT INTO budget (bucket, rate, tokens, at, throttled_at, refused)
    VALUES (:bucket, :rate, :rate * :burst, coalesce(CAST(:now AS float8), {_CLOCK}), 0, 0)
    ON CONFLICT (bucket) DO NOTHING"""
_LOCKED = f"""
    SELECT rate, tokens, at, throttled_at, coalesce(CAST(:now AS float8), {_CLOCK}) AS now
    FROM budget WHERE bucket = :bucket FOR UPDATE"""
_TAKEN = "UPDATE budget SET rate = :rate, tokens = :tokens, at = :at WHERE bucket = :bucket"
_REFUSED = "UPDATE budget SET refused = refused + 1, throttled_at = :throttled_at WHERE bucket = :bucket"
