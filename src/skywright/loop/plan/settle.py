"""The proposals for one resource -> at most one draft of a change; who loses is told why.

Precedence: the higher ``precedence`` wins; among equals a delete goes before an update (changing what goes away is wasted), then
the proposer's name and the content decide, so that the order in which proposals come never matters. The first proposal
that can be planned decides what is done (create, update or delete). Further ones join it when they want the same or do not
touch what was settled, and are rejected otherwise.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from skywright.loop.plan.merge import Conflict, merged, same
from skywright.loop.plan.world import Can, Values, World
from skywright.model.canonical import canonical, row_hash
from skywright.model.kinds import KIND_BY_NAME, ResourceName, parse_id
from skywright.model.plan import Action, Proposal, Rejected, Reversibility
from skywright.model.words import t

IDENTITY = frozenset({"id", "cloud", "account", "region", "native_id", "native"})
"""Columns that no change can set."""

_ORDER = {Action.CREATE: 0, Action.DELETE: 1, Action.UPDATE: 2}


class Draft(msgspec.Struct, kw_only=True):
    """A change in the making. ``wanted`` holds final values of every column that some proposal sets."""

    target: str
    action: Action
    row: dict[str, Any]
    observed: str
    wanted: dict[str, Any]
    reversibility: Reversibility
    proposals: list[Proposal]

    @property
    def after(self) -> dict[str, Any] | None:
        """The columns that change, with their new values."""
        if self.action is Action.DELETE:
            return None
        return {column: value for column, value in sorted(self.wanted.items()) if not same(self.row.get(column), value)}

    @property
    def before(self) -> dict[str, Any] | None:
        """Their old values; of a delete, everything that is known of the resource."""
        match self.action:
            case Action.CREATE:
                return None
            case Action.UPDATE:
                return {column: self.row[column] for column in self.after or {}}
            case Action.DELETE:
                return {column: value for column, value in self.row.items() if value is not None and column not in IDENTITY}


class Refused(Exception):
    """A proposal that cannot be planned, and why."""


def ranked(proposals: Iterable[Proposal]) -> list[Proposal]:
    """In the order in which they are settled."""
    return sorted(proposals, key=lambda one: (-one.precedence, _ORDER[one.action], one.proposer, canonical(one)))


def settle(target: str, proposals: Iterable[Proposal], world: World, can: Can) -> tuple[Draft | None, list[Rejected]]:
    """Fold the proposals for ``target`` into one draft."""
    draft: Draft | None = None
    rejected: list[Rejected] = []
    for proposal in ranked(proposals):
        try:
            draft = _joined(draft, proposal, world, can) if draft else _started(target, proposal, world, can)
        except Refused as refusal:
            rejected.append(Rejected(proposal, str(refusal)))
    return draft, rejected


def _started(target: str, proposal: Proposal, world: World, can: Can) -> Draft:
    """The first proposal that can be planned."""
    try:
        name = parse_id(target)
    except ValueError as error:
        raise Refused(t("{error}.", error=error)) from error
    if name.kind not in KIND_BY_NAME:
        raise Refused(t("There is no kind {kind}.", kind=name.kind))
    row = _seen(target, name, proposal, world)
    empty = Draft(
        target=target,
        action=proposal.action,
        row=row,
        observed=row_hash(row),
        wanted={},
        reversibility=Reversibility.FULL,
        proposals=[],
    )
    return _joined(empty, proposal, world, can)


def _seen(target: str, name: ResourceName, proposal: Proposal, world: World) -> dict[str, Any]:
    """The target's row as plain data. Refuses what was not seen whole: unseen is not absent, and half-seen is not known."""
    if gap := world.gap(target):
        where = f"{name.kind} in {name.account} {name.region}"
        raise Refused(t("{where} could not be read completely: {reason}.", where=where, reason=gap.rstrip(".")))
    found = world.rows.get(target)
    if proposal.action is Action.CREATE:
        if found is not None:
            raise Refused(t("It is already there."))
        return {"id": target}
    if found is None:
        raise Refused(t("It is not in the snapshot."))
    row: dict[str, Any] = msgspec.to_builtins(found, str_keys=True)
    return row


def _joined(draft: Draft, proposal: Proposal, world: World, can: Can) -> Draft:
    """The draft with one proposal more."""
    if proposal.action is not draft.action:
        raise Refused(
            t(
                "{action} loses to {winner} of {proposer} (precedence {low} under {high}).",
                action=proposal.action.value,
                winner=draft.action.value,
                proposer=draft.proposals[0].proposer,
                low=proposal.precedence,
                high=draft.proposals[0].precedence,
            )
        )
    if draft.action is Action.DELETE:
        return _possible(draft, proposal, {}, can)
    _check_columns(draft, proposal, world)
    wanted = {column: _full(draft.row, column, value) for column, value in proposal.set.items()}
    untouched = draft.wanted.keys().isdisjoint(wanted)
    if draft.action is Action.UPDATE and untouched and all(same(draft.row[column], value) for column, value in wanted.items()):
        raise Refused(t("Nothing to do: it is already so."))
    return _possible(draft, proposal, _merged(draft, proposal, wanted), can)


def _merged(draft: Draft, proposal: Proposal, wanted: Values) -> dict[str, Any]:
    try:
        return {
            column: merged(column, draft.row.get(column), draft.wanted[column], value) if column in draft.wanted else value
            for column, value in wanted.items()
        }
    except Conflict as conflict:
        raise Refused(
            t(
                "{column} is already settled otherwise by {proposer} (precedence {low} under {high}).",
                column=conflict.column,
                proposer=_setter(draft, conflict.column),
                low=proposal.precedence,
                high=draft.proposals[0].precedence,
            )
        ) from conflict


def _setter(draft: Draft, column: str) -> str:
    return next(one.proposer for one in draft.proposals if column.partition(".")[0] in one.set)


def _possible(draft: Draft, proposal: Proposal, wanted: dict[str, Any], can: Can) -> Draft:
    """The new draft, if the cloud can do it as a whole."""
    after = msgspec.structs.replace(draft, wanted=draft.wanted | wanted, proposals=[*draft.proposals, proposal])
    name = parse_id(draft.target)
    reversibility = can(name.cloud, name.kind, after.before or {}, after.after)
    if reversibility is None:
        raise Refused(_cannot(name, draft, after))
    after.reversibility = reversibility
    return after


def _cannot(name: ResourceName, draft: Draft, after: Draft) -> str:
    if draft.action is Action.DELETE:
        return t("{cloud} cannot delete a {kind} here.", cloud=name.cloud, kind=name.kind)
    columns = ", ".join(sorted(after.after or {}))
    if draft.proposals:
        return t("{cloud} cannot change {columns} of a {kind} together.", cloud=name.cloud, columns=columns, kind=name.kind)
    return t("{cloud} cannot change {columns} of a {kind} so.", cloud=name.cloud, columns=columns, kind=name.kind)


def _check_columns(draft: Draft, proposal: Proposal, world: World) -> None:
    if not proposal.set:
        raise Refused(t("It names no column to change."))
    kind = parse_id(draft.target).kind
    for column in proposal.set:
        if column in IDENTITY or column not in KIND_BY_NAME[kind].__struct_fields__:
            raise Refused(t("A {kind} has no column {column} that can be set.", kind=kind, column=column))
        if draft.action is Action.UPDATE and draft.row[column] is None and _unread(draft.target, column, world):
            raise Refused(t("{column} could not be read, so it is not known what would change.", column=column))


def _unread(target: str, column: str, world: World) -> bool:
    """Is an empty column one that could not be read. Tags are always either known or not read."""
    coverage = world.coverage(target)
    return column == "tags" or (coverage is not None and coverage.partial)


def _full(row: Values, column: str, value: Any) -> Any:
    """The final value of a column; tags that a proposal names are added to those that are there."""
    plain = msgspec.to_builtins(value, str_keys=True)
    return {**(row.get(column) or {}), **plain} if column == "tags" else plain
