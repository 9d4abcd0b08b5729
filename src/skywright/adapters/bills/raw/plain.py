"""A delivered file -> plain UTF-8 text that SQL can read, looked through once from end to end."""

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import IO

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t

CHUNK_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Plain(msgspec.Struct, frozen=True):
    """Where the text stands; SHA-256 (hex) and line ends of what was delivered, uncompressed."""

    path: Path
    sha256: str
    lines: int


def plain(path: Path, work: Path, name: str) -> Plain:
    """Unpack and decode a text file into ``work``, or leave it where it is when it is plain UTF-8 already. ``name`` is what
    messages call it. Raises BadInput for a gzip that ends too early or is damaged, for text in no encoding that can be known, for
    an empty file."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    if packed:
        return _written(_unpacked(path, name), work, name)
    with path.open("rb") as file:
        head = file.read(4)
    if _wide(head):
        return _written(_chunks(path.open("rb")), work, name)
    return _checked(path, work, name)


def _checked(path: Path, work: Path, name: str) -> Plain:
    """A file that is read where it stands; one whose lines end in two ways is made one that ends them in one."""
    digest, check = hashlib.sha256(), _Text(name)
    for chunk in _chunks(path.open("rb")):
        digest.update(chunk)
        check.feed(chunk)
    lines = check.end()
    if not 0 < check.returns < check.ends:
        return Plain(path, digest.hexdigest(), lines)
    draft = _draft(work, name)
    with path.open("rb") as file, draft.open("wb") as out:
        out.writelines(line[:-2] + b"\n" if line.endswith(b"\r\n") else line for line in file)
    return Plain(draft, digest.hexdigest(), lines)


def _draft(work: Path, name: str) -> Path:
    return work / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.text"


def _written(chunks: Iterator[bytes], work: Path, name: str) -> Plain:
    """The text of ``chunks`` as a file of its own."""
    digest, check = hashlib.sha256(), _Text(name)
    draft = _draft(work, name)
    with draft.open("wb") as out:
        decoder: codecs.IncrementalDecoder | None = None
        for index, chunk in enumerate(chunks):
            digest.update(chunk)
            if index == 0 and (wide := _wide(chunk[:4])):
                decoder = codecs.getincrementaldecoder(wide)()
            text = _narrow(decoder, chunk, name) if decoder else chunk
            check.feed(text)
            out.write(text)
        if decoder:
            _narrow(decoder, b"", name, final=True)
    plain_again = _checked(draft, work, f"{name} ") if 0 < check.returns < check.ends else None
    return Plain(plain_again.path if plain_again else draft, digest.hexdigest(), check.end())


def _wide(head: bytes) -> str:
    """The name of a two-byte encoding that a text begins in, by its mark or by the zeros beside its first letters."""
    if head[:2] in _WIDE:
        return _WIDE[head[:2]]
    zeros = tuple(byte == 0 for byte in head)
    if zeros == (False, True, False, True):
        return "utf-16-le"
    return "utf-16-be" if zeros == (True, False, True, False) else ""


def _narrow(decoder: codecs.IncrementalDecoder, chunk: bytes, name: str, *, final: bool = False) -> bytes:
    try:
        return decoder.decode(chunk, final).lstrip("\ufeff").encode()
    except UnicodeError as error:
        raise BadInput(t("is not UTF-16 text."), where=name, next_step=t("Save it as UTF-8.")) from error


def _chunks(file: IO[bytes] | BufferedIOBase) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _unpacked(path: Path, name: str) -> Iterator[bytes]:
    try:
        yield from _chunks(gzip.open(path))  # noqa: SIM115 - _chunks closes it
    except EOFError as error:
        raise BadInput(
            t("is a gzip file that ends too early: it was not delivered whole."),
            where=name,
            next_step=t("Fetch it again; nothing was imported."),
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(
            t("is a damaged gzip file: {reason}.", reason=str(error).rstrip(".")),
            where=name,
            next_step=t("Fetch it again; nothing was imported."),
        ) from error


class _Text:
    """Looks through UTF-8 text: counts its lines and tells where it is not what it should be."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ends = 0
        self.returns = 0
        self.alone = False
        self.last = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def feed(self, chunk: bytes) -> None:
        """The next bytes. Raises BadInput with the line of the first that is not text in UTF-8."""
        try:
            self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            kept = len(error.object) - len(chunk)
            line = self.ends + chunk[: max(0, error.start - kept)].count(b"\n") + 1
            raise self._not_utf8(line, error.object[error.start]) from error
        if b"\0" in chunk:
            line = self.ends + chunk[: chunk.index(b"\0")].count(b"\n") + 1
            raise BadInput(
                t("holds a zero byte: it is no text."),
                where=f"{self.name}:{line}",
                next_step=t("Fetch it again, or save it as UTF-8."),
            )
        self.ends += chunk.count(b"\n")
        self.alone = self.alone or b"\r" in chunk
        self.returns += chunk.count(b"\r\n") + (self.last == b"\r" and chunk[:1] == b"\n")
        self.last = chunk[-1:]

    def end(self) -> int:
        """How many lines there were. Raises BadInput for none, and for text that stops inside a letter."""
        if not self.last:
            raise BadInput(t("is empty."), where=self.name, next_step=t("Fetch it again; nothing was imported."))
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise self._not_utf8(self.ends + 1, error.object[error.start]) from error
        if self.alone and not self.ends:
            raise BadInput(
                t("ends its lines with a carriage return alone."),
                where=self.name,
                next_step=t("Save it with line feeds (`tr '\\r' '\\n'`)."),
            )
        return self.ends + (self.last != b"\n")

    def _not_utf8(self, line: int, byte: int) -> BadInput:
        return BadInput(
            t("is not UTF-8 text (byte 0x{byte:02X}).", byte=byte),
            where=f"{self.name}:{line}",
            next_step=t("Save it as UTF-8 (`iconv -f WINDOWS-1252 -t UTF-8` if it comes from an old spreadsheet)."),
        )
