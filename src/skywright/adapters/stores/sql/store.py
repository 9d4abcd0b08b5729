"""All control data behind one door."""

from collections.abc import Callable
from datetime import UTC, datetime

from skywright.adapters.stores.sql.database import Database
from skywright.adapters.stores.sql.log import SqlLog
from skywright.adapters.stores.sql.runs import SqlRuns
from skywright.adapters.stores.sql.snapshots import SqlSnapshots
from skywright.adapters.stores.sql.waivers import SqlFacts, SqlWaivers
from skywright.ports.store import Facts, Log, Runs, Snapshots, Waivers


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class SqlStore:
    """ports.store.Store in the database at ``url``. Nothing is opened before it is first asked."""

    snapshots: Snapshots
    runs: Runs
    log: Log
    waivers: Waivers
    facts: Facts

    def __init__(self, url: str, now: Callable[[], datetime] = _utc_now) -> None:
        self._database = Database(url)
        self.snapshots = SqlSnapshots(self._database)
        self.runs = SqlRuns(self._database, now)
        self.log = SqlLog(self._database)
        self.waivers = SqlWaivers(self._database)
        self.facts = SqlFacts(self._database)

    @property
    def shared(self) -> bool:
        """Whether workers on other machines use it too."""
        return self._database.shared

    @property
    def database(self) -> Database:
        """What its leases and budgets stand in."""
        return self._database

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
