"""What changed without us, and against what was declared: rows of a comparison, our own runs, and the clouds' trails -> Drift."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from skywright.model.canonical import canonical
from skywright.model.errors import BadInput
from skywright.model.kinds import KIND_BY_NAME, parse_id
from skywright.model.plan import Change
from skywright.model.settings_base import Strict
from skywright.model.words import t
from skywright.ports.cloud import Deed

IDENTITY = frozenset({"id", "cloud", "account", "region", "native_id", "native", "seen_at"})


class Drift(msgspec.Struct, frozen=True):
    """One field of one resource that is not as it was, or not as declared. ``change``: appeared, vanished, changed, unknown.

    ``deeds`` are those that the cloud's trail knows of; ``reason`` says why something is unknown.
    """

    kind: str
    resource: str
    change: str
    field: str = ""
    before: str = ""
    after: str = ""
    deeds: tuple[Deed, ...] = ()
    reason: str = ""


class DeclaredResource(Strict, frozen=True):
    """A resource as it is meant to be: its id, and the columns that matter (neutral names)."""

    id: str
    set: dict[str, Any] = {}


class Declaration(Strict, frozen=True):
    """A file of how things are meant to be. ``complete`` names kinds of which nothing else may be there."""

    resources: list[DeclaredResource]
    complete: list[str] = []


def foreign(rows: Iterable[Mapping[str, Any]], ours: Iterable[Change], noise: Mapping[str, frozenset[str]]) -> Iterator[Drift]:
    """Rows of ports.engine.Engine.compare that none of our standing changes explains. ``noise`` maps a kind (``*``: all) to columns
    that change by themselves."""
    made = _made(ours)
    for row in rows:
        if row["field"] in noise.get(row["kind"], frozenset()) | noise.get("*", frozenset()):
            continue
        if not _explained(row, made):
            yield Drift(
                row["kind"],
                row["resource"],
                row["change"],
                row["field"] or "",
                row["before"] or "",
                row["after"] or "",
                reason=row["reason"],
            )


Made = Mapping[str, Mapping[str, Any] | None]


def _made(ours: Iterable[Change]) -> dict[str, dict[str, Any] | None]:
    """Target -> the columns that we set; None: we deleted it. Later changes lie over earlier ones."""
    found: dict[str, dict[str, Any] | None] = {}
    for change in ours:
        if change.after is None:
            found[change.target] = None
        else:
            found[change.target] = {**(found.get(change.target) or {}), **change.after}
    return found


def _explained(row: Mapping[str, Any], made: Made) -> bool:
    target = row["resource"]
    if target not in made:
        return False
    wanted = made[target]
    if wanted is None:
        return bool(row["change"] == "vanished")
    return row["field"] in wanted and _text(wanted[row["field"]]) == _text(row["after"])


def _text(value: Any) -> str:
    """A value as a comparison shows it."""
    if value is None or isinstance(value, str):
        return value or ""
    return canonical(value).decode()


Row = Mapping[str, Any]


def undeclared(declaration: Declaration, rows: Mapping[str, Row], ids: Mapping[str, Iterable[str]]) -> Iterator[Drift]:
    """What is not as declared. ``rows``: id -> the resource as it is; ``ids``: kind -> every id that there is, for the kinds that
    are declared completely. Raises BadInput for a kind or column that does not exist, and for a resource that is declared twice."""
    listed: set[str] = set()
    for one in declaration.resources:
        if one.id in listed:
            raise BadInput(t("This resource is declared twice. Keep one of the two."), where=one.id)
        listed.add(one.id)
        yield from _against(one, rows.get(one.id))
    for kind in declaration.complete:
        known_kind(kind)
        yield from (Drift(kind, identifier, "appeared") for identifier in sorted(set(ids.get(kind, ())) - listed))


def _against(one: DeclaredResource, row: Mapping[str, Any] | None) -> Iterator[Drift]:
    kind = kind_of(one.id)
    for column in one.set:
        if column not in KIND_BY_NAME[kind].__struct_fields__:
            raise BadInput(t("{kind} has no column {column}.", kind=kind, column=column), where=one.id)
    if row is None:
        yield Drift(kind, one.id, "vanished")
        return
    for column, wanted in one.set.items():
        if row.get(column) is None and wanted is not None:
            yield Drift(kind, one.id, "unknown", column, _text(wanted), "", reason=t("The column could not be read."))
        elif _text(row.get(column)) != _text(wanted):
            yield Drift(kind, one.id, "changed", column, _text(wanted), _text(row.get(column)))


def kind_of(identifier: str) -> str:
    """The kind that an id names. Raises BadInput for what is no id, or of no kind."""
    try:
        return known_kind(parse_id(identifier).kind)
    except ValueError as error:
        raise BadInput(t("{id} is not a resource id (cloud:account:region:kind/native-id).", id=identifier)) from error


def known_kind(kind: str) -> str:
    """The kind itself. Raises BadInput for one that there is not."""
    if kind not in KIND_BY_NAME:
        raise BadInput(t("There is no kind {kind}.", kind=kind), next_step=t("docs/reference/kinds.md lists them."))
    return kind


def told(found: Iterable[Drift], deeds: Iterable[Deed]) -> tuple[Drift, ...]:
    """Drift with the deeds that the trails know of its resource, oldest first."""
    by_resource: dict[str, list[Deed]] = defaultdict(list)
    for deed in sorted(set(deeds)):
        by_resource[deed.resource].append(deed)
    return tuple(msgspec.structs.replace(one, deeds=tuple(by_resource[one.resource])) for one in found)
