"""The audit log's high-water mark in a small file of its own."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from skywright.model.canonical import canonical
from skywright.model.errors import AskHuman
from skywright.model.plan import Signature
from skywright.model.run import Mark

_UNREADABLE = Mark(0, "", Signature(key="", value=""))


class HeadFile:
    """ports.store.Head in the file ``path``; processes take turns through a lock beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Mark | None:
        """The mark, None when there is no file; a damaged file gives a mark that no signature fits."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Mark)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _UNREADABLE

    def raise_to(self, mark: Mark) -> None:
        """Keep ``mark`` unless one further on is kept already. Raises AskHuman when the file cannot be written."""
        try:
            with self._alone():
                kept = self.read()
                if kept is None or kept.seq <= mark.seq:
                    draft = self._path.with_name(self._path.name + ".new")
                    draft.write_bytes(canonical(mark))
                    draft.replace(self._path)
        except OSError as error:
            raise AskHuman(
                f"The audit log's mark {self._path} could not be written: {error.strerror or error}.",
                next_step="Free some space, or give this user the right to write there.",
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        handle = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
