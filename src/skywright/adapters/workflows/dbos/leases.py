"""Which process is alive: each holds a lock on a file of its own, and the kernel lets go of it when the process dies, however."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from skywright.ports.other import Worker


class FileLeases:
    """ports.other.Leases by lock files in ``folder``, one a process, named by its executor id: for one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: dict[str, int] = {}

    def hold(self, executor: str, role: str = "") -> None:
        """See ports.other.Leases."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path(executor), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._own[executor] = handle

    def let_go(self, executor: str) -> None:
        """See ports.other.Leases. Nothing of it is left."""
        self._path(executor).unlink(missing_ok=True)
        os.close(self._own.pop(executor))

    def check(self, executor: str) -> None:
        """See ports.other.Leases. A lock cannot be lost by a process that lives, even one that is stopped."""

    def dead(self) -> Sequence[str]:
        """See ports.other.Leases. A lock file that nobody holds."""
        names = sorted(path.stem for path in self._folder.glob("*.lock") if path.stem not in self._own)
        return [name for name in names if not self._is_held(name)]

    def workers(self) -> Sequence[Worker]:
        """See ports.other.Leases. Nobody shares a file's work: whoever is there works for himself."""
        return []

    def leads(self, executor: str, duty: str) -> bool:
        """See ports.other.Leases. One machine needs no leader."""
        return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See ports.other.Leases."""
        handle = os.open(self._folder / "alone", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def of_the_dead(self, executor: str) -> Iterator[bool]:
        """See ports.other.Leases."""
        if executor in self._own or not self._folder.is_dir():
            yield executor not in self._own
            return
        handle = os.open(self._path(executor), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
            self._path(executor).unlink(missing_ok=True)
        finally:
            os.close(handle)

    def forget(self, executor: str) -> None:
        """See ports.other.Leases. Its file is gone already."""

    def _is_held(self, executor: str) -> bool:
        try:
            handle = os.open(self._path(executor), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(handle)

    def _path(self, executor: str) -> Path:
        return self._folder / f"{executor}.lock"
