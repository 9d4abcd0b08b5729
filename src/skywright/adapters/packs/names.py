"""SQL names -> resolved names: every column is found in a table, or reported with the nearest name that exists.

Afterwards each column of a table carries its table's name, so that nothing binds by accident. A bare name inside a subquery
that both the subquery and the rule's own kind have would bind inside, silently; it is refused.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec
from sqlglot import exp

from skywright.adapters.packs.catalogue import TableInfo, tables
from skywright.adapters.packs.problems import nearest, unknown
from skywright.model.words import t

Report = Callable[[str], None]
_TABLE_FUNCTIONS = (exp.Unnest, exp.GenerateSeries)


class Source(msgspec.Struct, frozen=True):
    """One name in a FROM clause. ``columns`` None: any column (an unnested list)."""

    alias: str
    columns: dict[str, str] | None
    table: TableInfo | None = None


class Frame(msgspec.Struct, frozen=True):
    """What one SELECT can name: its sources, and the names that lambdas and comprehensions bind around the spot."""

    sources: tuple[Source, ...]
    bound: frozenset[str] = frozenset()


class Names:
    """Resolves one expression over one kind's table. ``own`` is filled with the row's own columns as they are found."""

    def __init__(self, own: TableInfo, report: Report) -> None:
        self.own_table = own
        self.own: set[str] = set()
        self._report = report
        self._common_tables: dict[str, Source] = {}

    def resolve(self, expression: exp.Expr) -> None:
        """Give every column its table; report what cannot be found."""
        self._visit(expression, (Frame((Source(self.own_table.name, self.own_table.columns, self.own_table),)),))

    def _visit(self, node: exp.Expr, frames: tuple[Frame, ...]) -> None:
        match node:
            case exp.Select():
                self._visit_select(node, frames)
            case exp.Lambda():
                self._visit_bound(node, frames, {name.name.lower() for name in node.expressions})
            case exp.Comprehension():
                self._visit_comprehension(node, frames)
            case exp.Column():
                self._visit_column(node, frames)
            case exp.Table():
                self._report(t("`{sql}` is not a table that a rule may read.", sql=node.sql("duckdb")))
            case _:
                self._visit_children(node, frames)

    def _visit_children(self, node: exp.Expr, frames: tuple[Frame, ...]) -> None:
        for child in list(node.iter_expressions()):
            self._visit(child, frames)

    def _visit_bound(self, node: exp.Expr, frames: tuple[Frame, ...], names: set[str]) -> None:
        inner = Frame(frames[-1].sources, frames[-1].bound | names)
        self._visit_children(node, (*frames[:-1], inner))

    def _visit_comprehension(self, node: exp.Comprehension, frames: tuple[Frame, ...]) -> None:
        self._visit(node.args["iterator"], frames)
        inner = Frame(frames[-1].sources, frames[-1].bound | {node.expression.name.lower()})
        for key in ("this", "condition"):
            if (child := node.args.get(key)) is not None:
                self._visit(child, (*frames[:-1], inner))

    def _visit_select(self, node: exp.Select, frames: tuple[Frame, ...]) -> None:
        for common in node.ctes:
            self._visit(common.this, frames)
            self._common_tables[common.alias.lower()] = Source(common.alias, _outputs(common.this))
        sources: list[Source] = []
        for relation in _relations(node):
            sources.extend(self._source(relation, (*frames, Frame(tuple(sources)))))
        inner = (*frames, Frame(tuple(sources)))
        aliases = {item.alias.lower() for item in node.expressions if isinstance(item, exp.Alias)}
        for key, value in node.args.items():
            if key not in ("from_", "from", "with_", "with"):
                late = key in ("order", "qualify", "having", "group")
                self._visit_clause(value, Frame(inner[-1].sources, frozenset(aliases)) if late else inner[-1], frames)

    def _visit_clause(self, clause: object, frame: Frame, outer: tuple[Frame, ...]) -> None:
        for part in clause if isinstance(clause, list) else [clause]:
            if isinstance(part, exp.Join):
                if (condition := part.args.get("on")) is not None:
                    self._visit(condition, (*outer, frame))
            elif isinstance(part, exp.Expr):
                self._visit(part, (*outer, frame))

    def _source(self, relation: exp.Expr, frames: tuple[Frame, ...]) -> Iterator[Source]:
        match relation:
            case exp.Table() if isinstance(relation.this, exp.Identifier):
                yield self._table(relation)
            case exp.Subquery():
                self._visit(relation.this, frames)
                yield Source(relation.alias, _outputs(relation.this))
            case exp.Lateral() | exp.Unnest() | exp.Table():
                function = relation.this if isinstance(relation, (exp.Lateral, exp.Table)) else relation
                if not isinstance(function, _TABLE_FUNCTIONS):
                    self._report(t("`{sql}` is not a table that a rule may read.", sql=relation.sql("duckdb")))
                self._visit_children(function, frames)
                named = {name.lower(): "" for name in relation.alias_column_names}
                yield Source(relation.alias, named or None)
            case _:
                self._report(t("`{sql}` is not a table that a rule may read.", sql=relation.sql("duckdb")))

    def _table(self, table: exp.Table) -> Source:
        name = table.name.lower()
        if name in self._common_tables and not table.db:
            return Source(table.alias or table.name, self._common_tables[name].columns)
        info = tables().get(name)
        if info is None or table.db:
            self._report(unknown(t("table"), table.sql("duckdb", comments=False).split(" AS ")[0], tables()))
            return Source(table.alias or table.name, None)
        return Source(table.alias or info.name, info.columns, info)

    def _visit_column(self, column: exp.Column, frames: tuple[Frame, ...]) -> None:
        if isinstance(column.this, exp.Star):
            return
        if column.table:
            self._qualified(column, frames)
        else:
            self._bare(column, frames)

    def _qualified(self, column: exp.Column, frames: tuple[Frame, ...]) -> None:
        parts = [part.name for part in column.parts]
        for frame in reversed(frames):
            if parts[0].lower() in frame.bound:
                return
            for source in frame.sources:
                if source.alias.lower() == parts[0].lower():
                    self._found(column, parts[1], source)
                    return
        holders = [source for frame in frames for source in frame.sources if _type(source, parts[0]) is not None]
        if holders:  # tags.owner: a field of a column
            self._field_of_column(column, holders[-1])
            return
        known = [source.alias for frame in frames for source in frame.sources]
        self._report(unknown(t("table or column"), parts[0], known))

    def _field_of_column(self, column: exp.Column, source: Source) -> None:
        parts = [exp.to_identifier(part.name, quoted=True) for part in column.parts]
        base = exp.column(parts[0].name, table=source.alias, quoted=True)
        self._note(base, source)
        column.replace(exp.Dot.build([base, *parts[1:]]))

    def _bare(self, column: exp.Column, frames: tuple[Frame, ...]) -> None:
        name = column.name.lower()
        for frame in reversed(frames):
            if name in frame.bound:
                return
            holders = [source for source in frame.sources if source.columns is not None and name in source.columns]
            if holders:
                self._refuse_shadow(column, holders[0], frame, frames)
                if holders[0].alias:
                    column.set("table", exp.to_identifier(holders[0].alias))
                self._note(column, holders[0])
                return
            if any(source.columns is None for source in frame.sources):
                return
        known = {name for frame in frames for source in frame.sources for name in source.columns or ()}
        if len(frames) == 1:
            self._report(_unknown_column(column.name, self.own_table.name, known))
        else:
            self._report(unknown(t("column"), column.name, known))

    def _refuse_shadow(self, column: exp.Column, source: Source, frame: Frame, frames: tuple[Frame, ...]) -> None:
        if frame is not frames[0] and column.name.lower() in self.own_table.columns:
            self._report(
                t(
                    "`{name}` inside a subquery is a column of both `{inner}` and `{outer}`. "
                    "Write `{inner}.{name}` or `{outer}.{name}`.",
                    name=column.name,
                    inner=source.alias,
                    outer=self.own_table.name,
                )
            )

    def _found(self, column: exp.Column, name: str, source: Source) -> None:
        if source.columns is None:
            return
        if name.lower() not in source.columns:
            self._report(t("Unknown column `{name}` of `{table}`.", name=name, table=source.alias) + nearest(name, source.columns))
            return
        self._note(column, source)

    def _note(self, column: exp.Column, source: Source) -> None:
        """Keep the column's type for the type check, and whether it is the row's own."""
        name = column.name.lower()
        column.meta["sql_type"] = (source.columns or {}).get(name, "")
        if source.table is self.own_table and source.alias == self.own_table.name:
            self.own.add(name)
        if not isinstance(column.this, exp.Identifier):
            return
        column.this.set("quoted", True)


def _unknown_column(name: str, table: str, known: Iterable[str]) -> str:
    return t("Unknown column `{name}` of `{table}`.", name=name, table=table) + nearest(name, known)


def _relations(select: exp.Select) -> Iterator[exp.Expr]:
    clause = select.args.get("from_") or select.args.get("from")
    if clause is not None:
        yield clause.this
        yield from (join.this for join in clause.this.args.get("joins") or ())
        yield from clause.this.args.get("laterals") or ()
    yield from (join.this for join in select.args.get("joins") or ())
    yield from select.args.get("laterals") or ()


def _outputs(query: exp.Expr) -> dict[str, str] | None:
    """The columns that a subquery gives; None when it has a star."""
    names = getattr(query, "named_selects", [])
    return None if "*" in names else {name.lower(): "" for name in names}


def _type(source: Source, name: str) -> str | None:
    return None if source.columns is None else source.columns.get(name.lower())
