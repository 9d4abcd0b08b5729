"""What a reading rests on: a mark of every answer that it was given, so that the same answers need not be understood twice."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from skywright.model.errors import SkywrightError

MARK_BYTES = 16  # 128 bits: of a million answers, two alike by chance once in 10^26 estates

_present: ContextVar["Witness | None"] = ContextVar("skywright_witness", default=None)


class Witness:
    """Marks of what was asked and answered; in whatever order the answers came. Safe to use from many threads.

    What failed cannot be vouched for, but for an answer that something is not there: where there was an answer before, its mark
    is missing.
    """

    def __init__(self) -> None:
        self._marks: set[bytes] = set()
        self.lost = False
        self._summed = b""

    def saw(self, asked: str, answer: bytes) -> None:
        """An answer, by what was asked."""
        mark = hashlib.blake2b(asked.encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES)
        mark.update(b"\0")
        mark.update(answer)
        self._add(mark.digest())

    def lose(self) -> None:
        """Something cannot be vouched for."""
        self.lost = True

    def heard(self, other: "Witness") -> None:
        """All that another saw."""
        if other.lost:
            self.lose()
        self._add(other.sum())

    def digest(self, *ground: str) -> str:
        """Of all that was seen, and of ``ground``; "" when it cannot be vouched for."""
        return "" if self.lost else hashlib.blake2b(self.sum(), key=_key("\0".join(ground)), digest_size=MARK_BYTES).hexdigest()

    def sum(self) -> bytes:
        """One mark of all."""
        self._summed = self._summed or hashlib.blake2b(b"".join(sorted(self._marks)), digest_size=MARK_BYTES).digest()
        return self._summed

    def _add(self, mark: bytes) -> None:
        if mark not in self._marks:
            self._marks.add(mark)
            self._summed = b""


def present() -> Witness | None:
    """Who watches the work of this thread, if anybody does."""
    return _present.get()


def saw(asked: str, answer: bytes) -> None:
    """Tell the witness, if there is one."""
    if witness := _present.get():
        witness.saw(asked, answer)


@contextmanager
def watched(witness: Witness | None) -> Iterator[None]:
    """Answers inside are told to ``witness``, and to nobody else."""
    before = _present.set(witness)
    try:
        yield
    finally:
        _present.reset(before)


@contextmanager
def summed_up() -> Iterator[None]:
    """Of what is asked inside only a failure is told: who asks tells what they took of it."""
    inner, outer = Witness(), _present.get()
    try:
        with watched(inner):
            yield
    finally:
        if outer and inner.lost:
            outer.lose()


@contextmanager
def either_way(asked: str) -> Iterator[None]:
    """A failure inside is an answer like any other, for who goes on with a plain word instead: the same failure, the same word."""
    inner, outer = Witness(), _present.get()
    try:
        with watched(inner):
            yield
    except SkywrightError as error:
        inner = Witness()
        inner.saw(asked, str(error).encode("utf-8", "surrogatepass"))
        raise
    finally:
        if outer:
            outer.heard(inner)


@cache
def sources(*folders: Path) -> str:
    """Digest of the Python files of some folders: other code may read other things out of the same answers."""
    found = hashlib.blake2b(digest_size=MARK_BYTES)
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            found.update(hashlib.blake2b(path.read_bytes()).digest())
    return found.hexdigest()


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=MARK_BYTES).digest()
