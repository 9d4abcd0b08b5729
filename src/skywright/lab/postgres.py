"""A PostgreSQL server of one's own on a Unix socket, for tests, benchmarks and the demo: no port, no password."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from skywright.model.errors import AskHuman
from skywright.model.words import t

USER = "skywright"
START_TIMEOUT_S = 300  # seconds on a quiet machine
_UNPRIVILEGED = ("postgres", "nobody")  # the server refuses to run as root
_ROOM_OF_ALL = Path("/tmp")  # noqa: S108 - what is made there has a random name and is its owner's alone
_ROOM_LENGTH_MAX = 60  # a socket's path has 107 bytes at most
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "250",
    "shared_buffers": "64MB",
    "fsync": "off",  # the process may be killed, the machine need not be
    "synchronous_commit": "on",  # what was committed outlives the process: without it `kill` would lose the last half second
    "full_page_writes": "off",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


def find_binaries() -> Path | None:
    """The folder of ``initdb`` and ``postgres``: on PATH, or where Debian puts them; None when there is no server here."""
    on_path = shutil.which("postgres")
    if on_path:
        folder = Path(on_path).resolve().parent
        if (folder / "initdb").exists():
            return folder
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: _version(path.parts[-3]))
    return found[-1].parent if found else None


class PostgresServer:
    """One cluster in a folder of its own under ``parent`` (the system's temporary folder; a socket's path must be short).

    ``kill`` ends it as a crash would; ``start`` after it recovers. Raises AskHuman where PostgreSQL is not installed or does not
    start.
    """

    def __init__(self, parent: Path | None = None) -> None:
        binaries = find_binaries()
        if binaries is None:
            raise AskHuman(t("There is no PostgreSQL server on this machine."), next_step=t("Install the package `postgresql`."))
        self._binaries = binaries
        self._as = _unprivileged() if os.getuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="sky-pg-", dir=parent or _room(Path(tempfile.gettempdir()))))
        self._process: subprocess.Popen[bytes] | None = None
        if self._as:
            shutil.chown(self.folder, self._as)
        how = ("--username", USER, "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--no-locale")  # alike on every machine
        self._run("initdb", "--pgdata", str(self._data), *how)

    @property
    def pid(self) -> int:
        """The server's process; 0 when it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-k", str(self.folder), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", user=self._as)
        self._wait_ready()

    def stop(self) -> None:
        """Stop it at once: connections are cut."""
        self._end("fast")

    def kill(self) -> None:
        """End it as a crash would (no shutdown checkpoint): the next start recovers from the log."""
        self._end("immediate")

    def remove(self) -> None:
        """Stop it and delete what it held."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of a database of this server."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a new database (a copy of ``template``); gives its name."""
        name = f"db_{uuid4().hex[:12]}"
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Delete a database, whoever is connected to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside any transaction."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _end(self, mode: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self._process = None
            return
        self._run("pg_ctl", "--pgdata", str(self._data), "--mode", mode, "--wait", "stop")
        self._process.wait(START_TIMEOUT_S)
        self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        plain = {**os.environ, "LC_ALL": "C"}  # a locale that is named and not installed ends initdb
        done = subprocess.run(
            command, capture_output=True, text=True, cwd="/", timeout=START_TIMEOUT_S, check=False, user=self._as, env=plain
        )
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise AskHuman(
                t("{program} failed: {reason}", program=program, reason=" ".join(last)),
                next_step=t("Check the installation of PostgreSQL."),
            )

    def _wait_ready(self) -> None:
        import psycopg

        until = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > until or self._process is None or self._process.poll() is not None:
                    log = (self.folder / "log").read_text(errors="replace").splitlines()[-1:]
                    raise AskHuman(
                        t("PostgreSQL did not start: {reason}", reason=" ".join(log)),
                        next_step=t("Check the installation of PostgreSQL."),
                    ) from error
                time.sleep(0.05)
            else:
                return


def _room(usual: Path) -> Path:
    """The temporary folder, where every user may enter it (root's own need not be: the server is another) and its path is short."""
    fits = len(str(usual)) <= _ROOM_LENGTH_MAX and all(folder.stat().st_mode & 0o001 for folder in (usual, *usual.parents))
    return usual if fits else _ROOM_OF_ALL


def _unprivileged() -> str:
    """A user of the system that the server may run as."""
    for name in _UNPRIVILEGED:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise AskHuman(
        t("PostgreSQL does not run as root, and there is no user {names}.", names=" or ".join(_UNPRIVILEGED)),
        next_step=t("Run this as another user."),
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
