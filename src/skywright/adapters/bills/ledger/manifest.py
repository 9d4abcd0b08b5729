"""Which files the ledger consists of: one manifest, replaced as a whole, under a lock."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from skywright.model.bill import Receipt
from skywright.model.errors import AskHuman, TryAgain
from skywright.model.focus import Dataset
from skywright.model.words import t

FILE, LOCK, WORK = "manifest.json", ".lock", ".work"
VERSION = 1
AHEAD = "ahead"
"""Stands for a half (see Key): what the one half says of days that the other has not reached."""


class Key(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """What a delivery replaces: one issuer's billing period of one account, in one dataset; of a bill that comes in two halves, one
    of them (``half``), as its rows are alone or ``beside`` the other (see forms.form.Halves)."""

    dataset: Dataset
    issuer: str
    account: str
    period: datetime
    half: str = ""
    beside: bool = False

    @property
    def place(self) -> "Key":
        """Its issuer's period of its account, whole."""
        return msgspec.structs.replace(self, half="", beside=False)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the ledger: what it holds (``path`` under the ledger's folder, named by content; ``print`` is the same for
    the same rows), and with which receipt it came. ``until`` is the receipt that took its place (empty: it counts)."""

    key: Key
    end: datetime | None
    form: str
    path: str
    print: str
    rows: int
    sums: dict[str, Decimal]
    first: datetime | None = None  # the earliest beginning of a charge, and the latest end
    last: datetime | None = None
    receipt: str
    until: str = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All parts ever held, oldest first, and all receipts."""

    version: int = VERSION
    parts: tuple[Part, ...] = ()
    receipts: tuple[Receipt, ...] = ()

    @property
    def held(self) -> tuple[Part, ...]:
        """The parts that no other took the place of."""
        return tuple(part for part in self.parts if not part.until)

    @property
    def current(self) -> tuple[Part, ...]:
        """The parts that count."""
        return counting(self.held)

    def after(self, receipt: str) -> tuple[Part, ...]:
        """The parts that counted when a receipt had been given."""
        order = {one.id: index for index, one in enumerate(self.receipts)}
        then = order[receipt]
        held = (part for part in self.parts if order[part.receipt] <= then and (not part.until or order[part.until] > then))
        return counting(tuple(held))


def counting(held: Sequence[Part]) -> tuple[Part, ...]:
    """Those of the parts held that count: all, but of a bill in halves the rows alone, or, once both are held, those beside."""
    halves: dict[Key, set[str]] = {}
    for part in held:
        halves.setdefault(part.key.place, set()).add(part.key.half)
    return tuple(part for part in held if part.key.beside == (len(halves[part.key.place]) > 1))


class Shelf:
    """The ledger's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @property
    def work(self) -> Path:
        """Where drafts stand; nothing in there counts."""
        path = self.folder / WORK
        path.mkdir(parents=True, exist_ok=True)
        return path

    def read(self) -> Manifest:
        """The manifest as it is now; an empty one where there is none. Raises AskHuman for one that cannot be read."""
        path = self.folder / FILE
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Manifest)
        except FileNotFoundError:
            return Manifest()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AskHuman(
                t("{path} is damaged: {reason}.", path=path, reason=str(error).rstrip(".")),
                next_step=t("Restore it from a backup; the files beside it are untouched."),
            ) from error
        if found.version > VERSION:
            raise AskHuman(
                t("{path} was written by a newer version.", path=path), next_step=t("Use that version, or import again elsewhere.")
            )
        return found

    def write(self, manifest: Manifest) -> None:
        """Put a manifest in the place of the one before: whoever reads sees the one or the other. The lock must be held."""
        draft = self.work / FILE
        with draft.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / FILE)
        settle(self.folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else imports meanwhile. Raises TryAgain at once when somebody does."""
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / LOCK).open("w")
        except OSError as error:
            raise AskHuman(
                t(
                    "{folder} cannot be written to: {reason}.",
                    folder=self.folder,
                    reason=(error.strerror or str(error)).rstrip("."),
                ),
                next_step=t("Allow writing there, or set another data folder."),
            ) from error
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TryAgain(
                    t("Another import into {folder} is under way.", folder=self.folder), next_step=t("Wait till it is done.")
                ) from error
            yield

    def sweep(self, manifest: Manifest) -> None:
        """Delete what an import that was killed has left: drafts, and files that no manifest names. The lock must be held."""
        named = {part.path for part in manifest.parts}
        for dataset in Dataset:
            for path in (self.folder / dataset.value).glob("*/*.parquet"):
                if path.relative_to(self.folder).as_posix() not in named:
                    path.unlink()
        for path in self.work.glob("*.parquet"):
            path.unlink()
        for path in self.work.glob("bill-*"):
            shutil.rmtree(path, ignore_errors=True)


def settle(folder: Path) -> None:
    """Have the names in a folder written to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replaced(manifest: Manifest, gone: Sequence[Part], new: Sequence[Part], receipt: Receipt) -> Manifest:
    """The manifest after an import: ``gone`` no longer count, ``new`` do."""
    taken = {part.path for part in gone}
    kept = (msgspec.structs.replace(part, until=receipt.id) if part.path in taken else part for part in manifest.parts)
    return Manifest(parts=(*kept, *new), receipts=(*manifest.receipts, receipt))
