"""Files of a delivery -> rows of the table ``raw``, one file after another; columns that only some have are NULL elsewhere."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import msgspec

from skywright.adapters.bills.raw.lines import Record, line_at, record_lines
from skywright.adapters.bills.raw.nested import flat, odd_line
from skywright.adapters.bills.raw.places import Found, Kind
from skywright.adapters.bills.raw.plain import Plain, plain
from skywright.adapters.bills.sql import literal, name
from skywright.model.bill import Reject
from skywright.model.errors import BadInput
from skywright.model.words import n, t

NULLS = ("", "NULL")
"""Fields that mean nothing: an empty one, and what many exports write for it."""

SAME = "\u200b"
"""Stands behind a column's name that is another's but for the case of its letters."""

LINE_BYTES_MAX = 16 * 2**20
DELIMITERS = (",", ";", "\t", "|")


class Loaded(msgspec.Struct, frozen=True):
    """What one file gave. A file that was read before gives no row again."""

    rows: int
    sha256: str
    columns: tuple[str, ...]


class Loader:
    """Fills the table ``raw`` of an instance."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, work: Path, *, to_the_letter: bool = False) -> None:
        self.columns: dict[str, str] = {}
        self.rejects: list[Reject] = []
        self._cursor = cursor
        self._quoted_nulls = str(not to_the_letter).lower()
        self._work = work
        cursor.execute("CREATE TABLE raw (_file VARCHAR, _line BIGINT)")

    def load(self, found: Found, seen: Mapping[str, str]) -> Loaded:
        """Add a file's rows, unless ``seen`` (by SHA-256) holds its content. Raises BadInput with file and line."""
        match found.kind:
            case Kind.PARQUET:
                return self._parquet(found, seen)
            case Kind.CSV:
                return self._csv(found, plain(found.path, self._work, found.name), seen)
            case Kind.JSON:
                return self._json(found, plain(found.path, self._work, found.name), seen)

    def _csv(self, found: Found, text: Plain, seen: Mapping[str, str]) -> Loaded:
        names, delimiter = header(text.path, found.name)
        if text.sha256 in seen:
            return Loaded(0, text.sha256, names)
        schema = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        nulls = ", ".join(literal(one) for one in NULLS)
        table = (
            f"read_csv({literal(str(text.path))}, auto_detect = false, header = false, skip = 1, columns = {{{schema}}}, "
            f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', nullstr = [{nulls}], "
            f"allow_quoted_nulls = {self._quoted_nulls}, "
            f"max_line_size = {LINE_BYTES_MAX}, store_rejects = true, strict_mode = true, "
            "compression = 'none', hive_partitioning = false)"
        )
        rows = self._insert(found, dict.fromkeys(names, "VARCHAR"), f"SELECT * FROM {table}", "row_number() OVER () + 1")
        if rows + 1 != text.lines:
            records = record_lines(text.path)
            bad = self._rejected(found, records, len(names))
            if not bad and rows + 1 != len(records):
                raise lost(found, rows, len(records) - 1)
            self._number(found, records, bad)
        return Loaded(rows, text.sha256, names)

    def _rejected(self, found: Found, records: Sequence[Record], fields: int) -> set[int]:
        """The lines that were no row: told, and given."""
        told = self._cursor.execute(
            "SELECT line_byte_position, min(error_type::VARCHAR), list(error_message) FROM reject_errors GROUP BY 1 ORDER BY 1"
        )
        lines = [(line_at(records, int(position) - 1), kind, messages) for position, kind, messages in told.fetchall()]
        self.rejects += [Reject(f"{found.name}:{line}", _no_row(kind, messages, fields)) for line, kind, messages in lines]
        if lines:
            self._cursor.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
        return {line for line, *_ in lines}

    def _number(self, found: Found, records: Sequence[Record], bad: set[int]) -> None:
        """Correct the lines of a file in which a row may take several, or some are empty or no row."""
        good = [str(record.line) for record in records[1:] if record.line not in bad]
        listed = self._work / "lines.text"
        listed.write_text("\n".join(good) + "\n")
        self._cursor.execute(
            f"UPDATE raw SET _line = l.line FROM (SELECT line, row_number() OVER () AS at FROM read_csv({literal(str(listed))}, "
            "header = false, columns = {'line': 'BIGINT'}, auto_detect = false)) l WHERE _file = $file AND _line = l.at + 1",
            {"file": found.name},
        )

    def _json(self, found: Found, text: Plain, seen: Mapping[str, str]) -> Loaded:
        path = flat(text.path, self._work, found.name)
        options = "format = 'newline_delimited', maximum_depth = 1, sample_size = -1, compression = 'none'"
        table = f"read_json({literal(str(path))}, {options})"
        try:
            described = self._described(f"SELECT * FROM {table}", found)
        except BadInput as error:
            raise odd_line(path, found.name) or error from error
        if text.sha256 in seen:
            return Loaded(0, text.sha256, tuple(described))
        fields = ", ".join(f"nullif(json_extract_string(to_json({name(one)}), '$'), '') AS {name(one)}" for one in described)
        rows = self._insert(found, dict.fromkeys(described, "VARCHAR"), f"SELECT {fields} FROM {table}", "row_number() OVER ()")
        return Loaded(rows, text.sha256, tuple(described))

    def _parquet(self, found: Found, seen: Mapping[str, str]) -> Loaded:
        table = f"read_parquet({literal(str(found.path))}, hive_partitioning = false)"
        described = self._described(f"SELECT * FROM {table}", found)
        with found.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest in seen:
            return Loaded(0, digest, tuple(described))
        rows = self._insert(found, described, f"SELECT * FROM {table}", "row_number() OVER ()")
        return Loaded(rows, digest, tuple(described))

    def _described(self, sql: str, found: Found) -> dict[str, str]:
        try:
            return {str(row[0]): str(row[1]) for row in self._cursor.execute(f"DESCRIBE {sql}").fetchall()}
        except duckdb.Error as error:
            raise unreadable(found, error) from error

    def _insert(self, found: Found, columns: Mapping[str, str], rows: str, line: str) -> int:
        """Append rows; a column that comes new is added, one whose type is another becomes text."""
        known = {one.lower(): one for one in self.columns}
        for column, kind in columns.items():
            if (old := known.get(column.lower())) is None:
                self._cursor.execute(f"ALTER TABLE raw ADD COLUMN {name(column)} {kind}")
                self.columns[column] = kind
            elif self.columns[old] != kind:
                self._cursor.execute(f"ALTER TABLE raw ALTER {name(old)} TYPE VARCHAR")
                self.columns[old] = "VARCHAR"
        try:
            done = self._cursor.execute(
                f"INSERT INTO raw BY NAME SELECT *, $file AS _file, {line} AS _line FROM ({rows})", {"file": found.name}
            ).fetchone()
        except duckdb.Error as error:
            raise unreadable(found, error) from error
        return int(done[0]) if done else 0


def header(path: Path, called: str) -> tuple[tuple[str, ...], str]:
    """The names in a CSV file's first record, and what stands between its fields. Raises BadInput for a name that is there
    twice, or none at all."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        delimiter = max(DELIMITERS, key=_outside_quotes(first).count)
        file.seek(0)
        names = [one.strip() for one in next(csv.reader(file, delimiter=delimiter), [])]
    names = _told_apart(names)
    if not any(names):
        raise BadInput(t("has no header."), where=f"{called}:1", next_step=t("The first line must name the columns."))
    twice = sorted({one for one in names if [other.lower() for other in names].count(one.lower()) > 1})
    if twice:
        raise BadInput(
            t("names a column twice: {names}.", names=", ".join(twice)),
            where=f"{called}:1",
            next_step=t("Remove or rename one of them."),
        )
    if not all(names):
        raise BadInput(
            t("names no column in field {field}.", field=names.index("") + 1),
            where=f"{called}:1",
            next_step=t("Name or remove it."),
        )
    return tuple(names), delimiter


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names such as ``resourceTags/user:Team`` and ``resourceTags/user:team`` are keys that differ, though no table can hold both:
    the second gets a mark that is not seen. Plain names that differ in case only are left, to be told as given twice."""
    found: list[str] = []
    for one in names:
        before = [other for other in found if other.strip(SAME).lower() == one.lower()]
        apart = "/" in one and before and one not in before
        found.append(one + SAME * len(before) if apart else one)
    return found


def _outside_quotes(text: str) -> str:
    return "".join(text.split('"')[::2])


def _no_row(kind: str, messages: Sequence[str], fields: int) -> str:
    """Why a line is no row, in our words. The reader tells of every field that is missing or too many."""
    counts = [int(found) for message in messages if (found := message.rsplit("Found: ", 1)[-1].strip()).isdigit()]
    match kind:
        case "MISSING COLUMNS" | "TOO MANY COLUMNS" if counts:
            count = min(counts) if kind == "MISSING COLUMNS" else max(counts)
            has = n("The line has {count} field", "The line has {count} fields", count)
            return t("{has}; the header names {fields}.", has=has, fields=fields)
        case "UNQUOTED VALUE":
            return t("A quote is opened and not closed, or text stands behind a closing quote.")
        case "LINE SIZE OVER MAXIMUM":
            return t("The line is longer than {size} bytes.", size=LINE_BYTES_MAX)
        case _:
            return t("The line is no row of CSV: {reason}.", reason=messages[0].splitlines()[0].rstrip("."))


def unreadable(found: Found, error: duckdb.Error) -> BadInput:
    """What is wrong with a file that cannot be read as what it is."""
    reason = str(error).splitlines()[0].split("Error: ", 1)[-1].rstrip(".")
    return BadInput(
        t("cannot be read as {kind}: {reason}.", kind=found.kind.value, reason=reason.replace(str(found.path), found.name)),
        where=found.name,
        next_step=t("Fetch it again; nothing was imported."),
    )


def lost(found: Found, rows: int, records: int) -> BadInput:
    """What is said when two ways of counting a file's rows do not agree."""
    return BadInput(
        t("holds {records} records, of which {rows} could be read.", records=records, rows=rows),
        where=found.name,
        next_step=t("Look for quotes that stand alone; nothing was imported."),
    )
