"""Which process is alive: each holds a lock on a file of its own, and the kernel lets go of it when the process dies, however."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Leases:
    """Lock files in ``folder``, one a process, named by its executor id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: dict[str, int] = {}

    def hold(self, executor: str) -> None:
        """Say that ``executor`` lives, until it lets go or dies."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path(executor), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._own[executor] = handle

    def let_go(self, executor: str) -> None:
        """The process ends well: nothing of it is left."""
        self._path(executor).unlink(missing_ok=True)
        os.close(self._own.pop(executor))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No two processes are inside at once."""
        handle = os.open(self._folder / "alone", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def of_the_dead(self, executor: str) -> Iterator[bool]:
        """Whether ``executor`` is dead. While inside, nobody else can come to take up what it left."""
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

    def _path(self, executor: str) -> Path:
        return self._folder / f"{executor}.lock"
