"""A path or an object store's prefix -> the files of a bill that are there."""

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from skywright.adapters.bills.raw.chosen import choose
from skywright.adapters.bills.raw.manifests import Listed, is_manifest, read
from skywright.model.errors import AskHuman, BadInput, Denied, NotSignedIn, TryAgain
from skywright.model.words import t

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_REMOTE = re.compile(r"(s3|gs|az|abfs|abfss|azure)://", re.IGNORECASE)
_NO_BILL = re.compile(r"(^[._])|manifest|metadata|schema", re.IGNORECASE)
RETRIES, RETRY_TIMEOUT_S = 4, 30
UNPACKED_BYTES_MAX = 64 * 2**30


class Kind(StrEnum):
    """How a file's rows are written down."""

    CSV = "CSV"
    PARQUET = "Parquet"
    JSON = "JSON"


_KINDS = {
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".txt": Kind.CSV,
    ".parquet": Kind.PARQUET,
    ".json": Kind.JSON,
    ".jsonl": Kind.JSON,
    ".ndjson": Kind.JSON,
}


_FOREIGN = {
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7-Zip",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": t("an old spreadsheet"),
}
"""First bytes of what is no bill as it stands -> what it is."""


class Found(msgspec.Struct, frozen=True):
    """A file: where it stands on this machine, what messages call it, and how its rows are written down. ``listed``: what the
    export's manifest says of it."""

    path: Path
    name: str
    kind: Kind
    listed: Listed | None = None


class Item(msgspec.Struct, frozen=True):
    """Something that lies at the source: ``path`` from its top, what messages call it, and how it comes to this machine."""

    path: str
    name: str
    fetch: Callable[[], Path]


class Delivery(msgspec.Struct, frozen=True):
    """The files of a bill, and what is to be remarked about those that were left."""

    files: list[Found]
    remarks: tuple[str, ...]


def find(source: str, work: Path) -> Delivery:
    """Every file of a bill at ``source`` (file, folder, zip archive, s3://, gs:// or az:// prefix), in the order of their names;
    where exports have left manifests, only what the newest of them list. ``work`` takes what must be fetched or unpacked. Raises
    BadInput where there is none, and where one is listed and not there or not whole."""
    items = list(_items(source, work))
    if len(items) == 1 and items[0].path == "" and is_manifest(items[0].name):
        raise BadInput(t("is a manifest and no bill."), where=source, next_step=t("Name the folder that it speaks of."))
    told = [read(_bytes(one), one.name, one.path) for one in items if is_manifest(one.path)]
    bills = {one.path: one for one in items if not is_manifest(one.path)}
    choice = choose([one for one in told if one], list(bills))
    chosen = [(bills[path], listed) for path, listed in choice.files.items()]
    files = [found for item, listed in chosen for found in _whole(item, listed, work)]
    if not files:
        raise BadInput(
            t("There is no CSV, Parquet or JSON file."),
            where=source,
            next_step=t("Name a file, a folder, or a prefix of an object store."),
        )
    kinds = sorted({file.kind for file in files})
    if len(kinds) > 1:
        raise BadInput(
            t("There are {kinds} files here: a bill is one of them.", kinds=t(" and ").join(kinds)),
            where=source,
            next_step=t("Import them one by one."),
        )
    return Delivery(files, choice.remarks)


def _bytes(item: Item) -> bytes:
    try:
        return item.fetch().read_bytes()
    except OSError as error:
        raise _unopened(item.name, error) from error


def _whole(item: Item, listed: Listed | None, work: Path) -> list[Found]:
    """A file opened, and weighed against its manifest; a packed one cannot be, since its bytes may be meant either way."""
    path = item.fetch()
    found = [msgspec.structs.replace(one, listed=listed) for one in _opened(path, item.name, work)]
    plain = listed and listed.size is not None and listed.path.lower().endswith(".csv")
    if listed and plain and (size := path.stat().st_size) != listed.size:
        raise BadInput(
            t("has {size} bytes, and {listed} in {manifest}.", size=size, listed=listed.size, manifest=listed.manifest),
            where=item.name,
            next_step=t("Nothing was imported. Fetch it again: it is not what was delivered."),
        )
    return found


def _items(source: str, work: Path) -> Iterator[Item]:
    if _REMOTE.match(source):
        yield from _stored(source, work)
        return
    path = Path(source)
    if path.is_dir():
        for found in sorted(_inside(path)):
            yield Item(found.relative_to(path).as_posix(), str(found), partial(Path, found))
    elif path.is_file():
        yield Item("", source, partial(Path, path))
    elif path.exists():
        raise BadInput(t("is no file and no folder."), where=source, next_step=t("Name a file or a folder."))
    else:
        raise BadInput(t("There is no such file or folder."), where=source, next_step=t("Check the path."))


def _inside(folder: Path) -> Iterator[Path]:
    """Every file of a bill in a folder and those below. Raises BadInput for what is there and cannot be looked into: a bill of
    which a part is missed is not the bill."""
    for here, folders, files in os.walk(folder, onerror=_unseen):
        folders[:] = [one for one in folders if one[0] not in "._"]
        for link in (one for one in folders if Path(here, one).is_symlink()):
            raise BadInput(
                t("is a link to a folder, and such links are not followed."),
                where=str(Path(here, link)),
                next_step=t("Import what it leads to, or remove it."),
            )
        yield from (found for one in files if _is_bill((found := Path(here, one)).relative_to(folder).as_posix()))


def _unseen(error: OSError) -> None:
    raise _unopened(str(error.filename), error) from error


def _unopened(name: str, error: OSError) -> BadInput:
    reason = (error.strerror or str(error)).rstrip(".")
    return BadInput(
        t("cannot be read: {reason}.", reason=reason),
        where=name,
        next_step=t("Allow reading it, or remove it; nothing was imported."),
    )


def _is_bill(name: str) -> bool:
    """Whether a file of a folder is part of a bill, or a manifest: what else exports write beside their rows is not."""
    parts = PurePosixPath(name).parts
    return not any(part[0] in "._" for part in parts) and (
        is_manifest(name) or (not _NO_BILL.search(parts[-1]) and _suffix(name) is not None)
    )


def _suffix(name: str) -> str | None:
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    while suffixes and suffixes[-1] in {".gz", ".snappy", ".gzip"}:
        suffixes.pop()
    return suffixes[-1] if suffixes and (suffixes[-1] in _KINDS or suffixes[-1] == ".zip") else None


def _opened(path: Path, name: str, work: Path) -> Iterator[Found]:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise _unopened(name, error) from error
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise BadInput(
                t("is {kind}, not text.", kind=kind), where=name, next_step=t("Unpack it, or save it as CSV or Parquet.")
            )
    if head[:4] == b"PAR1":
        yield Found(path, name, Kind.PARQUET)
    elif head[:4] == b"PK\x03\x04":
        yield from _unzipped(path, name, work)
    else:
        yield Found(path, name, _KINDS.get(_suffix(name) or "", Kind.CSV))


def _unzipped(path: Path, name: str, work: Path) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = (item for item in archive.infolist() if not item.is_dir() and not is_manifest(item.filename))
            members = [item for item in inside if _is_bill(item.filename)]
            if sum(item.file_size for item in members) > UNPACKED_BYTES_MAX:
                raise BadInput(
                    t("unpacks to more than {size} bytes.", size=UNPACKED_BYTES_MAX), where=name, next_step=t("Unpack it yourself.")
                )
            for index, item in enumerate(members):
                folder = work / f"{path.name}-{index}"
                folder.mkdir()
                unpacked = folder / PurePosixPath(item.filename).name
                with archive.open(item) as packed, unpacked.open("wb") as out:
                    while chunk := packed.read(1 << 20):
                        out.write(chunk)
                yield from _opened(unpacked, f"{name}/{item.filename}", folder)
    except (zipfile.BadZipFile, EOFError) as error:
        raise BadInput(t("is a damaged zip archive."), where=name, next_step=t("Fetch it again; nothing was imported.")) from error


def _stored(url: str, work: Path) -> Iterator[Item]:
    """Every object under a prefix, or the one that the URL names."""
    try:
        import obstore
        from obstore.store import from_url
    except ModuleNotFoundError as error:
        raise AskHuman(
            t("Bills in an object store need the package obstore."), next_step=t("Install skywright[object-storage].")
        ) from error
    bucket, prefix = _split(url)
    with _told_as(url):
        store: ObjectStore = from_url(
            bucket,
            client_options={"allow_http": True, "connect_timeout": "5s", "timeout": "300s"},
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_TIMEOUT_S)},
        )
        keys = sorted(str(item["path"]) for page in obstore.list(store, prefix or None) for item in page)
    below = {key: key.removeprefix(prefix).lstrip("/") for key in keys}
    chosen = {key: path for key, path in below.items() if path and _is_bill(path)} or ({prefix: ""} if _suffix(prefix) else {})
    for index, (key, path) in enumerate(chosen.items()):
        copy = work / f"{index:06d}-{PurePosixPath(key).name}"
        yield Item(path, f"{bucket}/{key}", partial(_fetched, url, store, key, copy))


def _fetched(url: str, store: "ObjectStore", key: str, copy: Path) -> Path:
    """An object copied here, once."""
    import obstore

    if not copy.exists():
        with _told_as(url), copy.open("wb") as out:
            for chunk in obstore.get(store, key):
                out.write(chunk)
    return copy


@contextmanager
def _told_as(url: str) -> Iterator[None]:
    """Errors of the store, told with the address."""
    try:
        yield
    except (AskHuman, BadInput):
        raise
    except Exception as error:  # the boundary to the store: whatever its client raises is told with the address
        raise _told(url, error) from error


def _split(url: str) -> tuple[str, str]:
    """``s3://bucket/a/b`` -> (``s3://bucket``, ``a/b``)."""
    scheme, _, rest = url.partition("://")
    bucket, _, prefix = rest.partition("/")
    return f"{scheme}://{bucket}", prefix.rstrip("/")


def _told(url: str, error: Exception) -> Exception:
    """An error of obstore -> ours; what is none of them is a defect and passes."""
    from obstore import exceptions

    said = str(error).strip().splitlines()
    reason = said[0][:300].rstrip(".") if said else type(error).__name__
    what = t("{url} could not be read: {reason}.", url=url, reason=reason)
    if isinstance(error, exceptions.PermissionDeniedError):
        return Denied(what, next_step=t("Allow reading and listing objects there."))
    if isinstance(error, exceptions.UnauthenticatedError):
        return NotSignedIn(what, next_step=t("Renew the credentials of the object store."))
    if isinstance(error, FileNotFoundError):
        return BadInput(t("There is no such bucket or object."), where=url, next_step=t("Check the address."))
    if isinstance(error, exceptions.UnknownConfigurationKeyError | exceptions.NotSupportedError | ValueError):
        return BadInput(what, where=url, next_step=t("Write s3://bucket/prefix, gs://bucket/prefix or az://container/prefix."))
    if isinstance(error, exceptions.BaseError | OSError):
        return TryAgain(what, next_step=t("Check the endpoint and the bucket, then run it again."))
    return error
