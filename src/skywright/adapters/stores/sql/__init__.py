"""Control data in a SQL database, through SQLAlchemy Core: SQLite here, PostgreSQL with another URL."""

from skywright.adapters.stores.sql.store import SqlStore

__all__ = ["SqlStore"]
