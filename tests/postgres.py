"""A PostgreSQL server of the tests' own, on a socket, started when first asked for; for conftests to import."""

from collections.abc import Iterator

import pytest

from skywright.lab.postgres import PostgresServer, find_binaries

ABSENT = "PostgreSQL is not installed here: nothing was tested on it (Debian: apt install postgresql)"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server of the session; tests that need it are skipped, loudly, where PostgreSQL is not installed."""
    if find_binaries() is None:
        pytest.skip(ABSENT)
    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A database of this test's own."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say loudly what was left out."""
    if any(ABSENT in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_sep("!", ABSENT, red=True, bold=True)
