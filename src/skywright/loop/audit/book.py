"""The findings of every audit, one immutable Parquet file a snapshot, and what is asked of them.

The findings of a snapshot follow from its verdicts and from the findings of the newest audited snapshot before it, so that the
same audit again gives the same file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from skywright.loop.audit.evaluate import computable
from skywright.loop.audit.merge import BEFORE, COLUMNS, merge_sql
from skywright.model.canonical import digest
from skywright.model.errors import AskHuman, BadInput
from skywright.model.estate import Snapshot
from skywright.model.finding import Finding, FindingState, RuleVerdict, Severity, Waiver
from skywright.model.rule import Rule
from skywright.model.rule_sql import Sight, quoted
from skywright.model.words import t
from skywright.ports.engine import Engine, Files, LocalFiles, Session
from skywright.ports.store import Snapshots, Waivers

TABLE = "finding"
PART = ".part-"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings: an empty field leaves nothing out. ``resources`` and ``ids`` are exact."""

    states: tuple[FindingState, ...] = (FindingState.OPEN,)
    verdicts: tuple[RuleVerdict, ...] = ()
    severity: Severity = Severity.INFO  # at least
    rules: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class RuleCount(msgspec.Struct, frozen=True):
    """How one rule's verdicts fell. Excepted findings are in ``excepted`` alone."""

    rule: str
    failed: int = 0
    unknown: int = 0
    excepted: int = 0


class FindingsBook:
    """Keeps and reads findings. ``folder`` lies in the estate folder, where the engine may read."""

    def __init__(self, engine: Engine, snapshots: Snapshots, waivers: Waivers, folder: Path, files: Files | None = None) -> None:
        self._engine = engine
        self._snapshots = snapshots
        self._waivers = waivers
        self._folder = folder
        self._files = files or LocalFiles()

    def audit(self, snapshot: Snapshot, rules: Sequence[Rule]) -> None:
        """Ask every rule of a snapshot and keep the findings. Raises AskHuman when the disk is full or a file is damaged."""
        earlier = self._ask(snapshot, rules, self._file(snapshot.id))
        self._forget(snapshot, also=earlier)

    def audit_part(self, snapshot: Snapshot, rules: Sequence[Rule], every: Sequence[Rule], *, first: bool) -> str:
        """Ask some rules out of ``every`` one; gives the name of the part, to be laid together. The ``first`` part also looks
        after the findings of rules that are no more. The same part again is the same file."""
        mark = digest([rule.id for rule in rules]).removeprefix("sha256:")[:12]
        name = f"{_safe(snapshot.id)}{PART}{mark}.parquet"
        self._ask(snapshot, rules, self._folder / name, others=every, first=first)
        return name

    def lay_together(self, snapshot: Snapshot, parts: Sequence[str]) -> None:
        """Parts of an audit -> the snapshot's findings."""
        tables = {f"part_{number}": self._files.fetch(self._folder / name) for number, name in enumerate(parts)}
        with self._engine.open(snapshot, tables=tables) as session:
            whole = " UNION ALL ".join(f"SELECT * FROM {table}" for table in tables)  # noqa: S608 - our own names
            self._keep(session, self._file(snapshot.id), f"SELECT * FROM ({whole}) ORDER BY id")  # noqa: S608 - our own names
        self._forget(snapshot, also=self._file_before(snapshot))

    def _ask(
        self, snapshot: Snapshot, rules: Sequence[Rule], path: Path, *, others: Sequence[Rule] = (), first: bool = True
    ) -> Path | None:
        """Ask rules and keep the findings in ``path``; gives the file of the audit before."""
        self._folder.mkdir(parents=True, exist_ok=True)
        earlier = self._file_before(snapshot)
        sight = Sight.of(snapshot.taken_at, snapshot.coverage, {file.cloud for file in snapshot.files})
        tables = {BEFORE: self._files.fetch(earlier)} if earlier else {}

        def merged(asked: Sequence[Rule]) -> str:
            return merge_sql(asked, sight, before=bool(earlier), others=others, first=first)

        with self._engine.open(snapshot, tables=tables) as session:
            try:
                self._keep(session, path, merged(rules))
            except BadInput:  # one rule cannot be computed over this estate: find it, and let the others speak
                _refuse_damaged(session, tables)
                self._keep(session, path, merged(computable(session, rules, sight)))
        return earlier

    def audited(self, snapshot: Snapshot) -> bool:
        """Whether the snapshot's findings are kept."""
        return self._files.has(self._file(snapshot.id))

    def findings(self, snapshot: Snapshot, choice: Choice = Choice(), *, today: datetime) -> list[Finding]:  # noqa: B008 - frozen
        """The chosen findings, worst first, then by rule and resource; none when the snapshot was not audited."""
        with self._session(snapshot) as session:
            if session is None:
                return []
            asked, params = self._chosen(choice, today)
            return msgspec.convert(session.query(asked, params).dicts(), list[Finding])

    def counts(self, snapshot: Snapshot, choice: Choice = Choice(), *, today: datetime) -> list[RuleCount]:  # noqa: B008 - frozen
        """The chosen findings counted by rule, without reading them one by one."""
        with self._session(snapshot) as session:
            if session is None:
                return []
            asked, params = self._chosen(choice, today)
            counted = session.query(
                "SELECT rule, count_if(state = 'open' AND verdict = 'fail') AS failed,"  # noqa: S608 - our own SQL
                " count_if(state = 'open' AND verdict = 'unknown') AS unknown, count_if(state = 'excepted') AS excepted"
                f" FROM ({asked}) GROUP BY rule ORDER BY rule",
                params,
            )
            return [RuleCount(*row) for row in counted.rows]

    @contextmanager
    def _session(self, snapshot: Snapshot) -> Iterator[Session | None]:
        if not self.audited(snapshot):
            yield None
            return
        tables = {TABLE: self._files.fetch(self._file(snapshot.id))}
        with self._engine.open(snapshot, tables=tables) as session:
            try:
                yield session
            except BadInput:
                _refuse_damaged(session, tables)
                raise

    def _chosen(self, choice: Choice, today: datetime) -> tuple[str, dict[str, Any]]:
        severities = [severity.value for severity in Severity if severity.rank >= choice.severity.rank]
        lists: dict[str, Iterable[str]] = {
            "state": [state.value for state in choice.states],
            "verdict": [verdict.value for verdict in choice.verdicts],
            "severity": severities if choice.severity.rank else (),
            "rule": choice.rules,
            "kind": choice.kinds,
            "account": choice.accounts,
            "resource": choice.resources,
        }
        params = {column: list(values) for column, values in lists.items() if values}
        where = " AND ".join(f"{column} IN (SELECT unnest(${column}))" for column in params) or "TRUE"
        ranks = ", ".join(quoted(severity.value) for severity in Severity)
        order = f"list_position([{ranks}], severity) DESC, rule, resource"
        return f"SELECT * FROM ({self._with_exceptions(today)}) WHERE {where} ORDER BY {order}", params  # noqa: S608 - our own SQL

    def _with_exceptions(self, today: datetime) -> str:
        """Stored findings with the exceptions that hold today laid over them."""
        live = [waiver for waiver in self._waivers.all() if waiver.expires >= today.date()]
        kept = [column for column in COLUMNS if column != "state"]
        if not live:
            return f"SELECT {', '.join(kept)}, state, NULL::VARCHAR AS exception FROM {TABLE}"  # noqa: S608 - our own names
        cases = " ".join(f"WHEN {_covers(waiver)} THEN {quoted(waiver.id)}" for waiver in live)
        return f"""
          SELECT {", ".join(kept)}, CASE WHEN exception IS NULL THEN state ELSE 'excepted' END AS state, exception
          FROM (SELECT *, CASE WHEN state <> 'open' THEN NULL {cases} END AS exception FROM {TABLE})"""  # noqa: S608 - quoted values

    def _keep(self, session: Session, path: Path, sql: str) -> None:
        session.export(sql, path, "parquet")
        self._files.keep(path)

    def _file(self, identifier: str) -> Path:
        return self._folder / f"{_safe(identifier)}.parquet"

    def _file_before(self, snapshot: Snapshot) -> Path | None:
        """The findings of the newest audited snapshot before this one."""
        for other in reversed(self._snapshots.all()):
            if other.id != snapshot.id and other.taken_at <= snapshot.taken_at and self._files.has(self._file(other.id)):
                return self._file(other.id)
        return None

    def _forget(self, audited: Snapshot, also: Path | None) -> None:
        """Delete the findings of snapshots that are gone, but the newest, which carry first_seen on."""
        others = {_safe(kept.id) for kept in self._snapshots.all() if kept.id != audited.id}
        kept = {self._file(name) for name in others} | {self._file(audited.id), also}
        for path in self._files.list(self._folder):
            whole = path.name.split(PART)[0]  # parts of an audit that goes on elsewhere are left alone
            if path not in kept and (PART not in path.name or whole not in others):
                self._files.drop(path)


def _refuse_damaged(session: Session, tables: Mapping[str, Path]) -> None:
    """Raise AskHuman when a file of findings cannot be read to its end."""
    for table, path in tables.items():
        try:
            session.query(f"SELECT sum(hash(f)) FROM {table} f")  # noqa: S608 - our own names
        except BadInput as error:
            raise AskHuman(
                t("{path} is damaged: it holds the findings of one snapshot.", path=path),
                next_step=t("Delete it and run `skywright audit`; what it alone knew, such as first days, is lost."),
            ) from error


def _safe(identifier: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", identifier)


def _covers(waiver: Waiver) -> str:
    """SQL: whether an exception covers a finding; its resource is an id or a glob over ids."""
    resource = quoted(waiver.resource)
    return f"(rule = {quoted(waiver.rule)} AND (resource = {resource} OR resource GLOB {resource}))"
