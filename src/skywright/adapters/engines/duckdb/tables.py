"""A manifest (and an overlay) -> the SELECT behind every table: kinds, their elements, and the tables over all of them.

Files are opened by DuckDB when a table is first asked for, never when a snapshot is opened.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import msgspec

from skywright.adapters.engines.duckdb.database import WORK, name, quoted
from skywright.adapters.engines.duckdb.encode import lines, plain_line, shape_of, table_columns
from skywright.model.estate import ScopeFile, Snapshot
from skywright.model.kinds import KIND_BY_NAME, KINDS, parse_id
from skywright.model.schema import MADE_TABLES, OTHER_TABLES, element_tables, kind_tables, table_name
from skywright.ports.engine import Computed, Derived, Overlay
from skywright.ports.other import PriceBook

SEEN_AT = "seen_at"
GONE = "_gone"

Fetch = Callable[[Iterable[ScopeFile]], None]
"""Gets files that are kept elsewhere."""

_COMMON = [column for column in MADE_TABLES["resource"] if column != "kind"]


class Made(msgspec.Struct, frozen=True):
    """How a table is made: a SELECT over other tables that must be there before, or rows of a schema to be loaded."""

    select: str
    needs: tuple[str, ...] = ()


class Loaded(msgspec.Struct, frozen=True):
    """Lines of JSON that become a table with the columns of ``schema_of``."""

    schema_of: str
    lines: list[bytes]


class Reckoned(msgspec.Struct, frozen=True):
    """A table whose rows a function computes from the others."""

    rows: Computed


class Tables:
    """Every table of one open snapshot by name."""

    def __init__(
        self,
        folder: Path,
        snapshot: Snapshot,
        overlay: Overlay,
        prices: PriceBook | None,
        extra: Mapping[str, Path],
        made: Mapping[str, Computed | Derived] = MappingProxyType({}),
        fetch: Fetch = lambda _files: None,
    ) -> None:
        self.folder = folder
        self.fetch = fetch
        self.snapshot = snapshot
        self.overlay = overlay
        self.prices = prices
        self.extra = extra
        self.computed = {table: how for table, how in made.items() if not isinstance(how, Derived)}
        self.derived = {table: how for table, how in made.items() if isinstance(how, Derived)}

    @cached_property
    def names(self) -> frozenset[str]:
        """The tables that a query may name."""
        elements = {table for kind in KIND_BY_NAME for table in element_tables(kind)}
        return frozenset({*kind_tables(), *elements, *OTHER_TABLES, *MADE_TABLES, *self.extra})

    def columns(self, table: str) -> Iterable[str]:
        """A table's columns, as far as the schema knows them; for hints."""
        kinds = kind_tables()
        if table in kinds:
            return (*table_columns(kinds[table]), SEEN_AT)
        if table in OTHER_TABLES:
            return OTHER_TABLES[table]
        if table in self._elements:
            return self._elements[table][1]
        return MADE_TABLES.get(table, ())

    def types(self, table: str) -> Mapping[str, str]:
        """A table's columns with their types. Raises KeyError for a table beside the snapshot's."""
        kinds = kind_tables()
        if table in kinds:
            return {**table_columns(kinds[table]), SEEN_AT: "TIMESTAMP"}
        return self._elements[table][1] if table in self._elements else table_columns(table)

    def seen(self, kind: str) -> Mapping[str, datetime]:
        """Path of each of a kind's files -> when its scope was looked at."""
        times = {(row.cloud, row.account, row.region): row.seen_at for row in self.snapshot.coverage if row.kind == kind}
        taken = self.snapshot.taken_at
        return {file.path: times.get((file.cloud, file.account, file.region), taken) for file in self.files(kind)}

    def loses(self, kind: str) -> bool:
        """Whether the overlay removes a resource of a kind."""
        return table_name(kind) in self._gone_from

    def price_file(self) -> Path | None:
        """The price book's table, in the estate folder; None without a price book."""
        return self._adopted(self.prices.table()) if self.prices else None

    def cost_selects(self) -> Mapping[str, str]:
        """Kind -> the SELECT that prices it."""
        return self.prices.cost_sql() if self.prices else {}

    def make(self, table: str) -> Made | Loaded | Reckoned:
        """How to make a table. Raises KeyError for one that is neither in ``names`` nor needed by one of them."""
        kinds = kind_tables()
        if table in self.computed:
            return Reckoned(self.computed[table])
        if table in self.extra:
            return Made(f"FROM read_parquet({quoted(str(self.extra[table]))})")
        if table in kinds:
            return self._kind(kinds[table])
        if table.startswith("_laid_"):
            return Loaded(
                kinds[table.removeprefix("_laid_")], [plain_line(row) for row in self._laid[table.removeprefix("_laid_")]]
            )
        if table in self._elements:
            return self._element(table)
        return self._other(table)

    def select_of(self, kind: str) -> str:
        """The SELECT behind a kind's table."""
        return self._kind(kind).select

    def files(self, table: str) -> Sequence[ScopeFile]:
        """The files of a kind, or of a table beside the kinds, that hold rows."""
        return self._files.get(table, ())

    def behind(self, tables: Iterable[str]) -> Iterator[ScopeFile]:
        """Every file that a query over ``tables`` may open."""
        for table in tables:
            made = self.make(table)
            yield from self.files(kind_tables().get(table, table))
            if isinstance(made, Made):
                yield from self.behind(made.needs)

    @cached_property
    def _files(self) -> dict[str, list[ScopeFile]]:
        grouped: dict[str, list[ScopeFile]] = {}
        for file in self.snapshot.files:
            if file.rows:
                grouped.setdefault(file.table, []).append(file)
        return grouped

    @cached_property
    def _elements(self) -> dict[str, tuple[str, Mapping[str, str], str]]:
        """Element table -> (column it comes from, its columns, the owner's table)."""
        return {
            table: (column, columns, table_name(kind))
            for kind in KIND_BY_NAME
            for table, (column, columns) in element_tables(kind).items()
        }

    @cached_property
    def _laid(self) -> dict[str, Sequence[Mapping[str, object]]]:
        return {table_name(kind): rows for kind, rows in self.overlay.replaced.items() if rows}

    @cached_property
    def _gone_from(self) -> frozenset[str]:
        """The tables of the kinds that lose a resource."""
        return frozenset(table_name(parse_id(identifier).kind) for identifier in self.overlay.removed)

    def _other(self, table: str) -> Made | Loaded:
        match table:
            case "resource":
                return self._resource()
            case "relation":
                return self._without_gone("relation", "source", "target")
            case "usage" | "history":
                return self._without_gone(table, "resource")
            case "coverage":
                return Loaded("coverage", lines(self.snapshot.coverage))
            case "price":
                return Made(typed(MADE_TABLES["price"], self._price_source()))
            case "cost":
                return self._cost()
            case "reach":
                return Made(typed(MADE_TABLES[table], ""))
            case "_gone":
                return Made(f"SELECT unnest([{', '.join(map(quoted, sorted(self.overlay.removed)))}]::VARCHAR[]) AS id")
            case _:
                raise KeyError(table)

    def _kind(self, kind: str) -> Made:
        """Rows in the files, but those that the overlay shadows, and the overlay's own."""
        table, wanted = table_name(kind), {**table_columns(kind), SEEN_AT: "TIMESTAMP"}
        base = self._in_files(kind, wanted)
        needs, hidden = [], []
        if table in self._gone_from:
            needs.append(GONE)
            hidden.append(f"SELECT id FROM {GONE}")
        if table in self._laid:
            needs.append(f"_laid_{table}")
            hidden.append(f"SELECT id FROM _laid_{table}")
        if not hidden:
            return Made(base)
        select = f"SELECT * FROM ({base}) ANTI JOIN ({' UNION ALL '.join(hidden)}) USING (id)"
        if table in self._laid:
            taken = f"TIMESTAMP {quoted(self.snapshot.taken_at.isoformat(' '))}"
            select += f" UNION ALL BY NAME SELECT *, {taken} AS {SEEN_AT} FROM _laid_{table}"
        return Made(select, tuple(needs))

    def _in_files(self, table: str, wanted: Mapping[str, str]) -> str:
        """A SELECT of the wanted columns out of a table's files. Files that are known to have just the table's columns are not
        looked into when it is planned, which takes longer than the reading where there are many small ones."""
        files = self.files(table)
        if not files:
            return typed(wanted, "")
        self.fetch(files)
        paths = [str(self.folder / file.path) for file in files]
        seen = f", {self._seen_at(table, files, paths)} AS {SEEN_AT}" if table in KIND_BY_NAME else ""
        if all(file.shape == shape_of(table) for file in files):
            return f"SELECT {', '.join(map(name, table_columns(table)))}{seen} FROM read_parquet({listed(paths)})"
        return typed(wanted, f"SELECT *{seen} FROM {parquet(paths)}")

    def _seen_at(self, kind: str, files: Sequence[ScopeFile], paths: Sequence[str]) -> str:
        """When each file's scope was looked at: coverage says it, not the file, so that an unchanged file stays the same."""
        times = self.seen(kind)
        seen = [times[file.path].isoformat(" ") for file in files]
        if len(set(seen)) == 1:
            return f"TIMESTAMP {quoted(seen[0])}"
        entries = ", ".join(f"{quoted(path)}: TIMESTAMP {quoted(at)}" for path, at in zip(paths, seen, strict=True))
        return f"MAP {{{entries}}}[filename]"

    def _element(self, table: str) -> Made:
        column, columns, owner = self._elements[table]
        fields = ", ".join(f"element.{name(field)} AS {name(field)}" for field in columns if field != "resource")
        return Made(f"SELECT id AS resource, {fields} FROM (SELECT id, unnest({name(column)}) AS element FROM {owner})", (owner,))

    def _resource(self) -> Made:
        tables = [table_name(kind.KIND) for kind in KINDS]
        columns = ", ".join(map(name, _COMMON))
        parts = [f"SELECT {quoted(kind.KIND)} AS kind, {columns} FROM {table_name(kind.KIND)}" for kind in KINDS]
        return Made(" UNION ALL ".join(parts), tuple(tables))

    def _without_gone(self, table: str, *ids: str) -> Made:
        base = self._in_files(table, OTHER_TABLES[table])
        needs: tuple[str, ...] = ()
        if table in self.derived:
            base = f"{base} UNION SELECT * FROM ({self.derived[table].select})"
            needs = self.derived[table].needs
        if not self.overlay.removed:
            return Made(base, needs)
        kept = " AND ".join(f"{column} NOT IN (SELECT id FROM {GONE})" for column in ids)
        return Made(f"SELECT * FROM ({base}) WHERE {kept}", (*needs, GONE))

    def _price_source(self) -> str:
        file = self.price_file()
        return f"FROM read_parquet({quoted(str(file))})" if file else ""

    def _cost(self) -> Made:
        """The price book's SELECTs, one a kind, as one table."""
        selects = self.cost_selects()
        parts = [f"SELECT {quoted(kind)} AS kind, * FROM ({select})" for kind, select in selects.items()]
        return Made(typed(MADE_TABLES["cost"], " UNION ALL BY NAME ".join(parts)), (*map(table_name, selects), "price"))

    def _adopted(self, path: Path) -> Path:
        """A copy of the price table inside the estate folder, because the instance reads nowhere else."""
        facts = path.stat()
        copy = self.folder / WORK / f"price-{facts.st_size}-{facts.st_mtime_ns}.parquet"
        if not copy.exists():
            draft = copy.with_suffix(f".{uuid4().hex}")
            shutil.copyfile(path, draft)
            draft.rename(copy)
        return copy


def parquet(paths: Iterable[str]) -> str:
    """SQL that reads files whose columns may differ; the virtual column ``filename`` says which."""
    return f"read_parquet({listed(paths)}, union_by_name = true)"


def listed(paths: Iterable[str]) -> str:
    """A SQL list of paths."""
    return f"[{', '.join(map(quoted, paths))}]"


def typed(columns: Mapping[str, str], source: str) -> str:
    """A SELECT of ``source`` with exactly these columns and types; those that an older file lacks are NULL. No source: no rows."""
    nothing = "SELECT " + ", ".join(f"NULL::{kind} AS {name(column)}" for column, kind in columns.items()) + " WHERE false"
    if not source:
        return nothing
    return f"SELECT {', '.join(map(name, columns))} FROM ({nothing} UNION ALL BY NAME {source})"
