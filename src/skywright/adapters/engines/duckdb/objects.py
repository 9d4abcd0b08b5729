"""The estate in an object store: files are written here, kept there, and fetched when somebody asks for them.

The estate folder is a cache then. What the shelf writes is named by its content and never changes, so that a copy is as good as the
object; other files (findings) may be written anew and are compared by the store's own mark (ETag).
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec

from skywright.adapters.engines.duckdb.database import WORK
from skywright.adapters.engines.duckdb.shelf import PARQUET_MAGIC, ParquetShelf
from skywright.model.errors import AskHuman, BadInput, Denied, NotSignedIn, TryAgain
from skywright.model.estate import BESIDE, Scope, ScopeFile
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.words import t

if TYPE_CHECKING:
    from obstore.store import ObjectStore

THREADS = 8
RETRIES = 4
RETRY_TIMEOUT_S = 30
YOUNG_S = 6 * 3600
"""An object that is named again and is older is put again, so that no sweep takes it before its manifest is kept."""

_MARK = ".etag"


class Bucket:
    """A place in an object store (``s3://bucket/prefix``), with errors in our words. The connection follows the ecosystem's own
    environment (AWS_ENDPOINT_URL, AWS_REGION, credentials). Raises AskHuman when the package for it is missing."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @cached_property
    def store(self) -> "ObjectStore":
        """The connection, made when first used."""
        try:
            from obstore.store import from_url
        except ModuleNotFoundError as error:
            raise AskHuman(
                t("An estate in an object store needs the package obstore."), next_step=t("Install skywright[object-storage].")
            ) from error
        with self._told("open"):
            return from_url(
                self.url,
                client_options={"allow_http": True, "connect_timeout": "5s", "timeout": "60s"},
                retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_TIMEOUT_S)},
            )

    def head(self, key: str) -> Any | None:
        """Size, ETag and time of an object; None when there is none."""
        import obstore

        with self._told("read"):
            try:
                return obstore.head(self.store, key)
            except FileNotFoundError:
                return None

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object's bytes and ETag; None when there is none."""
        import obstore

        with self._told("read"):
            try:
                answer = obstore.get(self.store, key)
            except FileNotFoundError:
                return None
            return bytes(answer.bytes()), str(answer.meta.get("e_tag") or "")

    def put(self, key: str, path: Path) -> str:
        """Put a file; gives the object's ETag."""
        import obstore

        with self._told("write"), path.open("rb") as file:
            try:
                return str(obstore.put(self.store, key, file).get("e_tag") or "")
            except FileNotFoundError as error:  # so obstore says that there is no bucket
                raise AskHuman(
                    t("{url} could not be written: there is no such bucket.", url=self.url),
                    next_step=t("Make the bucket, or correct `estate` in the configuration."),
                ) from error

    def all(self, prefix: str) -> Iterator[Any]:
        """Every object whose key begins with a folder."""
        import obstore

        with self._told("list"):
            for page in obstore.list(self.store, prefix):
                yield from page

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are gone already are no fault."""
        import obstore

        with self._told("delete in"):
            for start in range(0, len(keys), 500):
                obstore.delete(self.store, list(keys[start : start + 500]))

    @contextmanager
    def _told(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, AskHuman):
            raise
        except Exception as error:
            raise self._error(verb, error) from error

    def _error(self, verb: str, error: Exception) -> Exception:
        """An error of obstore -> ours; what is none of them is a defect and passes."""
        from obstore import exceptions

        name = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        what = t("{url} could not be reached to {verb} it: {reason}", url=self.url, verb=verb, reason=name)
        if isinstance(error, exceptions.PermissionDeniedError):
            return Denied(what, next_step=t("Allow reading, writing, listing and deleting objects there."))
        if isinstance(error, exceptions.UnauthenticatedError):
            return NotSignedIn(what, next_step=t("Renew the credentials of the object store."))
        if isinstance(error, exceptions.UnknownConfigurationKeyError | exceptions.NotSupportedError | ValueError):
            return BadInput(what, where="estate", next_step=t("Write s3://bucket/prefix, or a folder."))
        if isinstance(error, exceptions.BaseError | OSError):
            return TryAgain(what, next_step=t("Check the endpoint and the bucket, then run it again."))
        return error


class ObjectFiles:
    """ports.engine.Files, and the fetching of the shelf's own: files under ``folder`` with their counterparts in a bucket."""

    def __init__(self, folder: Path, bucket: Bucket) -> None:
        self._folder = folder.absolute()
        self._bucket = bucket

    def has(self, path: Path) -> bool:
        """See ports.engine.Files."""
        return self._bucket.head(self._key(path)) is not None

    def fetch(self, path: Path) -> Path:
        """See ports.engine.Files. A copy that is the object's is not fetched again."""
        head = self._bucket.head(self._key(path))
        mark = path.with_name(path.name + _MARK)
        if head is not None and not (path.exists() and mark.exists() and mark.read_text() == str(head.get("e_tag") or "")):
            self._download(path, mark)
        return path

    def fetch_all(self, files: Iterable[ScopeFile]) -> None:
        """Get the shelf's files that are not here, many at a time. One that is nowhere stays missing: who reads it says so."""
        missing = [path for file in files if file.rows and not (path := self._folder / file.path).exists()]
        if missing:
            with ThreadPoolExecutor(THREADS, thread_name_prefix="fetch") as pool:
                list(pool.map(self._download, missing))

    def keep(self, path: Path) -> None:
        """See ports.engine.Files."""
        tag = self._bucket.put(self._key(path), path)
        path.with_name(path.name + _MARK).write_text(tag)

    def keep_once(self, path: Path) -> None:
        """Keep a file that never changes, unless it is there and young."""
        head = self._bucket.head(self._key(path))
        if head is None or head["size"] != path.stat().st_size or time.time() - head["last_modified"].timestamp() > YOUNG_S:
            self._bucket.put(self._key(path), path)

    def list(self, folder: Path) -> Sequence[Path]:
        """See ports.engine.Files."""
        found = self._bucket.all(f"{self._key(folder)}/")
        return sorted(self._folder / item["path"] for item in found if item["path"].endswith(".parquet"))

    def drop(self, path: Path) -> None:
        """See ports.engine.Files."""
        self._bucket.delete([self._key(path)])
        path.unlink(missing_ok=True)
        path.with_name(path.name + _MARK).unlink(missing_ok=True)

    def _key(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _download(self, path: Path, mark: Path | None = None) -> None:
        found = self._bucket.get(self._key(path))
        if found is None:
            return
        body, tag = found
        if not (body[:4] == body[-4:] == PARQUET_MAGIC):
            raise AskHuman(
                t("{url}/{key} is damaged.", url=self._bucket.url, key=self._key(path)),
                next_step=t("Delete it and run `skywright gather` (or `audit`) to write it again."),
            )
        draft = self._folder / WORK / f"{uuid4().hex}.fetched"
        for parent in (draft.parent, path.parent):
            parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(body)
        draft.rename(path)
        if mark is not None:
            mark.write_text(tag)


class ObjectShelf(ParquetShelf):
    """ports.engine.Shelf over a bucket, with a folder of this machine as its cache."""

    def __init__(self, folder: Path, bucket: Bucket) -> None:
        super().__init__(folder)
        self._bucket = bucket
        self._files = ObjectFiles(folder, bucket)

    def write(self, table: str, scope: Scope, rows: Sequence[msgspec.Struct]) -> ScopeFile:
        """See ports.engine.Shelf. The object is there when this returns."""
        file = super().write(table, scope, rows)
        if file.path:
            self._files.keep_once(self.folder / file.path)
        return file

    def read(self, file: ScopeFile) -> list[dict[str, Any]]:
        """See ports.engine.Shelf."""
        self._files.fetch_all([file])
        return super().read(file)

    def holds(self, file: ScopeFile) -> bool:
        """See ports.engine.Shelf. What is in the bucket is not looked at, so that nothing is promised."""
        return False

    def sweep(self, keep: frozenset[str], older_than_s: float, *, dry_run: bool = False) -> int:
        """See ports.engine.Shelf. Gives the bytes freed in the bucket; copies here go too, uncounted."""
        oldest = time.time() - older_than_s
        gone = [
            item
            for table in (*KIND_BY_NAME, *BESIDE)
            for item in self._bucket.all(f"{table}/")
            if item["path"] not in keep and item["last_modified"].timestamp() < oldest
        ]
        if not dry_run:
            self._bucket.delete([item["path"] for item in gone])
            super().sweep(keep, older_than_s)
        return sum(int(item["size"]) for item in gone)
