"""What is remembered of hosts between visits: their last facts, and the changes that wait for them. Small files, written whole."""

import os
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from skywright.model.kinds.compute import Host

MODE = 0o700
Kind = TypeVar("Kind")


class Waiting(msgspec.Struct, frozen=True):
    """A change that waits for a host. ``tries``: how often the host did not answer since."""

    since: datetime
    until: datetime
    tries: int
    next_at: datetime
    what: str


def default_folder() -> Path:
    """``$XDG_STATE_HOME/skywright/hosts`` (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_STATE_HOME") or ""
    return (Path(home) if home.startswith("/") else Path("~/.local/state").expanduser()) / "skywright" / "hosts"


class Memory:
    """A folder with one file a host. A file that cannot be read is as if it were not there: it can only be missed, not be wrong."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def facts(self, site: str, host: str) -> Host | None:
        """The row as it was when the host last answered."""
        return self._read(self._path(site, host, "facts"), Host)

    def keep(self, row: Host) -> None:
        """Remember a row of a host that answered."""
        self._write(self._path(row.account, row.native_id, "facts"), row)

    def waiting(self, site: str, host: str) -> dict[str, Waiting]:
        """Token of a step -> what waits."""
        return self._read(self._path(site, host, "queue"), dict[str, Waiting]) or {}

    def wait(self, site: str, host: str, token: str, waiting: Waiting) -> None:
        """A change waits (on)."""
        self._write(self._path(site, host, "queue"), {**self.waiting(site, host), token: waiting})

    def arrived(self, site: str, host: str, token: str) -> None:
        """A change waits no longer."""
        left = self.waiting(site, host)
        if left.pop(token, None) is None:
            return
        path = self._path(site, host, "queue")
        if left:
            self._write(path, left)
        else:
            path.unlink(missing_ok=True)

    def _path(self, site: str, host: str, what: str) -> Path:
        return self._folder / site / f"{host}.{what}.json"

    def _read(self, path: Path, kind: type[Kind]) -> Kind | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return None

    def _write(self, path: Path, value: object) -> None:
        """Whole or not at all, for our user alone."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=MODE)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(value))
            Path(name).replace(path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise


QUEUE_SHARES = (1 / 40, 4 / 40, 10 / 40, 25 / 40)
"""How a change's time to wait is laid out: the executor tries a step five times (loop.execute.Order.attempts), so there are four
waits between, short ones first, and the last try is at the end of the time."""


def waits_s(hours: float, tries: int) -> float:
    """Seconds until the next try, after ``tries`` tries without an answer."""
    share = QUEUE_SHARES[min(tries, len(QUEUE_SHARES)) - 1]
    return timedelta(hours=hours).total_seconds() * share
