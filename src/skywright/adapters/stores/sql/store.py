"""All control data behind one door."""

from collections.abc import Callable
from datetime import UTC, datetime

from skywright.adapters.stores.sql.budgets import SqlBudgets
from skywright.adapters.stores.sql.database import Database
from skywright.adapters.stores.sql.leases import SqlLeases
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
    def url(self) -> str:
        """Its address, with the password if there is one."""
        return self._database.url.render_as_string(hide_password=False)

    def leases(self, lease_s: float) -> SqlLeases:
        """Who is alive among those that share it (PostgreSQL only)."""
        return SqlLeases(self._database, lease_s)

    def budgets(self) -> SqlBudgets:
        """How fast all of them together may call the clouds."""
        return SqlBudgets(self._database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
