"""The estate folder -> one locked-down DuckDB instance a process, and its errors -> ours."""

import os
from functools import lru_cache
from pathlib import Path

import duckdb
import msgspec

from skywright.model.errors import AskHuman
from skywright.model.words import t

WORK = ".work"
"""Folder under the estate folder for files that are being written, and for what DuckDB spills."""

THREADS_MAX = 4


@lru_cache(maxsize=8)
def database(folder: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory instance that can read and write files under ``folder`` and nowhere else.

    Take a cursor for each piece of work: views and macros are temporary, so that cursors do not see each other's.
    """
    work = folder / WORK
    work.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": min(THREADS_MAX, os.cpu_count() or 1),
            "temp_directory": str(work / "spill"),
            "errors_as_json": True,
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute(f"SET allowed_directories = [{quoted(f'{folder}/')}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """A quoted SQL name."""
    return '"' + text.replace('"', '""') + '"'


class Complaint(msgspec.Struct, frozen=True):
    """What DuckDB says is wrong. ``name`` is the name it stumbled over, ``position`` the offset in the query."""

    exception_type: str = ""
    exception_message: str = ""
    error_subtype: str = ""
    name: str = ""
    position: str = ""

    @property
    def first_line(self) -> str:
        """What is wrong, without the hints that follow it."""
        return self.exception_message.splitlines()[0].rstrip(".! ") if self.exception_message else ""


def complaint(error: duckdb.Error) -> Complaint:
    """The parts of an error, which the instance gives as JSON behind a title."""
    text = str(error)
    try:
        return msgspec.json.decode(text[text.index("{") :], type=Complaint)
    except (ValueError, msgspec.DecodeError):
        return Complaint(exception_message=text)


def disk_trouble(error: OSError | duckdb.Error, path: Path) -> AskHuman:
    """What a person must do when a file could not be written."""
    return AskHuman(
        t("{path} could not be written: {reason}. Nothing was kept of it.", path=path, reason=_reason(error)),
        next_step=t("Make room (`skywright gc` shows what can go) or set another data folder, then run it again."),
    )


def _reason(error: OSError | duckdb.Error) -> str:
    text = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    if "No space left" in text:
        return t("the disk is full")
    return complaint(error).first_line if isinstance(error, duckdb.Error) else text
