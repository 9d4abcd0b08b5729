"""ports.other.Leases in PostgreSQL, by the server's clock alone: the clocks of the machines may say what they like.

A process renews its lease every ``renewal_s``. It is dead when its lease has run out, or when it missed a renewal and the server
no longer has its connection (the process was killed: the system closed it). Somebody then **buries** it: a mark on its row, made
under a lock that a writing transaction of the buried process cannot hold at the same time. From then on the process neither writes
(``fence``) nor acts (``check``); one that was only stopped finds that out when it wakes.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from skywright.adapters.stores.sql.database import Database, Fence
from skywright.model.errors import SkywrightError, Superseded, TryAgain
from skywright.model.words import t
from skywright.ports.other import Worker

LEASE_S = 15.0
RENEWALS_PER_LEASE = 10
MISSED_SHARE = 0.25  # of a lease: two renewals and a half
AWAY_PAUSE_S = 0.5
TAKING_UP_S = 60  # who takes up a dead one's work and stands still for so long loses the lock to others
_ALONE = 0x5C1_A10_7E
_LOCK_TIMEOUT = "2s"  # a stopped process may hold its row in a transaction: then it is not buried yet

_NOW = "(clock_timestamp() AT TIME ZONE 'UTC')"
_UP_S = "extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())"
_GONE = (
    "e.backend IS NOT NULL AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = e.backend"
    " AND a.backend_start AT TIME ZONE 'UTC' = e.backend_start)"
)
# After an outage of the server everybody gets the time of a lease to be heard again. A lease is as long as its holder says.
_DEAD = (
    f"(e.buried OR (({_NOW} > e.expires OR ({_NOW} > e.heartbeat + {MISSED_SHARE} * (e.expires - e.heartbeat) AND {_GONE}))"
    f" AND make_interval(secs => {_UP_S}) > e.expires - e.heartbeat) OR e.expires = e.started_at)"
)


class SqlLeases:
    """One row a process, in the store's own database. ``lease_s``: how long a process that is not heard of counts as alive."""

    def __init__(self, database: Database, lease_s: float = LEASE_S) -> None:
        self._database = database
        self._times = {"lease": lease_s}
        self._held: dict[str, _Renewal] = {}

    def hold(self, executor: str, role: str = "") -> None:
        """See ports.other.Leases. The store takes nothing more from this process once it was taken for dead."""
        row = {"id": executor, "host": socket.gethostname()[:255], "pid": os.getpid(), "role": role, **self._times}
        with self._database.writing() as connection:
            connection.execute(text(_TAKEN), row)
        self._held[executor] = _Renewal(self, executor, self._times["lease"] / RENEWALS_PER_LEASE)
        self._database.fence = self._fence(executor)

    def let_go(self, executor: str) -> None:
        """See ports.other.Leases."""
        if renewal := self._held.pop(executor, None):
            renewal.stop()
        self._database.fence = None
        with suppress(SkywrightError), self._database.writing() as connection:  # a lease runs out by itself too
            # Others find it dead at once: a lease that ends where it began.
            connection.execute(text("UPDATE executor SET expires = started_at WHERE id = :id"), {"id": executor})

    def check(self, executor: str) -> None:
        """See ports.other.Leases."""
        while executor in self._held:
            try:
                holds = self.renew(executor, only_if_late=True)
            except TryAgain:  # the store is away, and so it is for everybody who might bury this process
                time.sleep(AWAY_PAUSE_S)
                continue
            if holds:
                return
            break
        raise superseded(executor)

    def renew(self, executor: str, *, only_if_late: bool = False) -> bool:
        """Renew a lease, even one that has run out, unless its holder was buried; gives whether it holds."""
        late = f" AND {_NOW} > expires" if only_if_late else ""
        with self._database.plain() as connection:
            asked = {"id": executor, **self._times}
            if connection.execute(text(_RENEWED + late), asked).rowcount:
                return True
            return only_if_late and connection.execute(text(_HOLDS), asked).first() is not None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See ports.other.Leases."""
        # A lock of the session: a transaction left open here would keep an index from being made within.
        with self._database.plain() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _ALONE})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": _ALONE})

    @contextmanager
    def of_the_dead(self, executor: str) -> Iterator[bool]:
        """See ports.other.Leases."""
        with self._locked(f"dead {executor}"):
            dead = executor not in self._held and self._bury(executor)
            yield dead

    def forget(self, executor: str) -> None:
        """See ports.other.Leases."""
        with self._database.plain() as connection:
            connection.execute(text("DELETE FROM leader WHERE executor = :id"), {"id": executor})
            connection.execute(text("DELETE FROM executor WHERE id = :id AND buried"), {"id": executor})

    def dead(self) -> Sequence[str]:
        """See ports.other.Leases."""
        with self._database.plain() as connection:
            found = connection.execute(text(f"SELECT id FROM executor e WHERE {_DEAD} ORDER BY id"), self._times)
            return [row.id for row in found if row.id not in self._held]

    def workers(self) -> Sequence[Worker]:
        """See ports.other.Leases."""
        with self._database.plain() as connection:
            found = connection.execute(text(_WORKERS), self._times).all()
        return [
            Worker(
                executor=row.id,
                host=row.host,
                pid=row.pid,
                role=row.role,
                started_at=row.started_at,
                seen_s=max(0.0, float(row.seen_s)),
                alive=not row.dead,
            )
            for row in found
        ]

    def leads(self, executor: str, duty: str) -> bool:
        """See ports.other.Leases. A leader that is dead loses its duty when it is buried."""
        with self._database.writing() as connection:
            connection.execute(text(_LED), {"duty": duty, "id": executor, **self._times})
            led = connection.execute(text("SELECT executor FROM leader WHERE duty = :duty"), {"duty": duty}).scalar()
            return bool(led == executor)

    def _bury(self, executor: str) -> bool:
        """Decide that a process is dead, once and for all. False: it lives, or holds a transaction open."""
        asked = {"id": executor, **self._times}
        try:
            with self._database.plain(transaction=True) as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
                row = connection.execute(text(_LOOKED), asked).one_or_none()
                if row is not None and row.dead:
                    connection.execute(text("UPDATE executor SET buried = true WHERE id = :id"), asked)
                return row is None or bool(row.dead)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
                return False
            raise

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """One at a time. In a transaction that does nothing else: of a process that was stopped inside, the server takes the lock
        away (idle_in_transaction_session_timeout)."""
        with self._database.plain(transaction=True) as connection:
            connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{TAKING_UP_S}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 5))"), {"name": f"skywright {name}"})
            yield

    def _fence(self, executor: str) -> Fence:
        def fence(connection: Connection) -> None:
            # KEY SHARE: a burial waits for this transaction, a renewal does not.
            if connection.execute(text(_HOLDS + " FOR KEY SHARE"), {"id": executor}).first() is None:
                raise superseded(executor)

        return fence


class _Renewal:
    """A thread that renews one lease on a connection of its own, whose end tells the server that the process has ended."""

    def __init__(self, leases: SqlLeases, executor: str, every_s: float) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(leases, executor, every_s), daemon=True, name="lease")
        self._thread.start()

    def stop(self) -> None:
        """Renew it no more."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self, leases: SqlLeases, executor: str, every_s: float) -> None:
        while not self._stop.is_set():
            with suppress(SkywrightError):  # the store is away, or the lease is lost: who acts finds out by `check`
                self._renew_while_connected(leases, executor, every_s)
            self._stop.wait(every_s)

    def _renew_while_connected(self, leases: SqlLeases, executor: str, every_s: float) -> None:
        with leases._database.plain() as connection:  # noqa: SLF001 - one module's two halves
            while True:
                if not connection.execute(text(_RENEWED_HERE), {"id": executor, **leases._times}).rowcount:  # noqa: SLF001
                    self._stop.set()
                if self._stop.wait(every_s):
                    return


def superseded(executor: str) -> Superseded:
    """What a process is told that was taken for dead."""
    return Superseded(
        t(
            "This process ({executor}) was not heard of for longer than its lease, and its work was given to others.",
            executor=executor[:8],
        ),
        next_step=t("Nothing more is done here; `skywright runs` shows how it goes on."),
    )


_LOCK_NOT_AVAILABLE = "55P03"

_TAKEN = f"""
    INSERT INTO executor (id, host, pid, role, started_at, heartbeat, expires, buried)
    VALUES (:id, :host, :pid, :role, {_NOW}, {_NOW}, {_NOW} + make_interval(secs => :lease), false)"""
_RENEWED = f"""
    UPDATE executor SET heartbeat = {_NOW}, expires = {_NOW} + make_interval(secs => :lease)
    WHERE id = :id AND NOT buried"""
_RENEWED_HERE = f"""
    UPDATE executor e SET heartbeat = {_NOW}, expires = {_NOW} + make_interval(secs => :lease),
      backend = pg_backend_pid(), backend_start = (
        SELECT a.backend_start AT TIME ZONE 'UTC' FROM pg_stat_activity a WHERE a.pid = pg_backend_pid())
    WHERE id = :id AND NOT buried"""
_HOLDS = "SELECT id FROM executor WHERE id = :id AND NOT buried"
_LOOKED = f"SELECT {_DEAD} AS dead FROM executor e WHERE id = :id FOR UPDATE"
_WORKERS = f"""
    SELECT id, host, pid, role, started_at, extract(epoch FROM {_NOW} - heartbeat) AS seen_s, {_DEAD} AS dead
    FROM executor e ORDER BY started_at, id"""
_LED = f"""
    INSERT INTO leader (duty, executor) VALUES (:duty, :id)
    ON CONFLICT (duty) DO UPDATE SET executor = excluded.executor
    WHERE NOT EXISTS (SELECT FROM executor e WHERE e.id = leader.executor AND NOT {_DEAD})"""
