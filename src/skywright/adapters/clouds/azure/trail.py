"""The Activity Log -> who changed a resource. It keeps 90 days; readings are not in it (Azure Monitor, "Activity log").

https://learn.microsoft.com/rest/api/monitor/activity-logs/list: its filter takes a time and one resource group, or the whole
subscription; "No other syntax is allowed."
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.ids import BY_TYPE, parse, path_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.trail import by_account
from skywright.ports.cloud import Deed

LOG = "/providers/Microsoft.Insights/eventtypes/management/values"
KEPT = timedelta(days=90) - timedelta(hours=1)  # a start before that is refused
GROUPS_MAX = 5  # of a subscription, asked for one by one; beyond, one query for all of it is cheaper
TELLING = frozenset({"administrative", "autoscale"})
"""The categories of what changes something ("Azure Activity Log event schema")."""

FAILED = frozenset({"failed", "canceled", "cancelled"})
GROUP_DELETED = "microsoft.resources/subscriptions/resourcegroups/delete"
_READS = re.compile(r"/(read|(list|get|check|validate|export|query|download)[^/]*/action)$", re.IGNORECASE)
_NAME = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
_GROUP = re.compile(r"(/subscriptions/[^/]+/resourcegroups/[^/]+)(?:/|$)")


class _Event(msgspec.Struct, frozen=True):
    """One event of the log. ``operation`` is shared by the events of one operation."""

    at: datetime
    resource: str
    what: str
    who: str
    operation: tuple[str, str, str]
    failed: bool


def deeds(calls: ArmCalls, targets: Sequence[str], since: datetime, until: datetime, now: datetime) -> Iterator[Deed]:
    """One query a resource group, or a subscription where many groups are asked about. What failed changed nothing."""
    since = max(since, now - KEPT)

    def ask(account: str, wanted: Sequence[str]) -> Iterator[Deed]:
        paths = {path.lower(): target for target in wanted if (path := _path(target))}
        for query in _queries(paths, since, until) if paths and since < until else ():
            yield from _told(calls.pages(account, f"/subscriptions/{account}{LOG}?$filter={quote(query)}"), paths)

    return by_account(targets, ask)


def _path(target: str) -> str:
    """The path, or "" for what is of the directory, not of Resource Manager."""
    try:
        return path_of(target)
    except ValueError:
        return ""


def _queries(paths: Iterable[str], since: datetime, until: datetime) -> Iterator[str]:
    time = f"eventTimestamp ge '{_spelled(since)}' and eventTimestamp le '{_spelled(until)}'"
    groups = {_group(path).rpartition("/")[2] for path in paths}
    if "" in groups or len(groups) > GROUPS_MAX:
        yield time
        return
    yield from (f"{time} and resourceGroupName eq '{group}'" for group in sorted(groups))


def _group(path: str) -> str:
    """The path of the resource group that a (lower-case) path is in, or ""."""
    found = _GROUP.match(path)
    return found[1] if found else ""


def _spelled(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds") + "Z"


def _told(raws: Iterable[Any], wanted: dict[str, str]) -> Iterator[Deed]:
    """An operation has an event when it begins, and others as it goes on: it is told once, at its beginning."""
    begun: dict[tuple[str, str, str], _Event] = {}
    failed: set[tuple[str, str, str]] = set()
    for event in (event for raw in raws if (event := _event(raw)) is not None):
        if event.failed:
            failed.add(event.operation)
        known = begun.get(event.operation)
        if known is None or event.at < known.at:
            begun[event.operation] = event
    for event in begun.values():
        if event.operation not in failed:
            yield from (Deed(event.at, target, event.who, event.what) for target in _targets(event, wanted))


def _event(raw: Any) -> _Event | None:
    """None for what changes nothing, or does not say what it is about."""
    when, what, resource = tr.moment(raw, "eventTimestamp"), tr.text(raw, "operationName", "value"), tr.text(raw, "resourceId")
    category = tr.said(raw, "category", "value").lower()
    if when is None or what is None or resource is None or _READS.search(what) or (category and category not in TELLING):
        return None
    path = "/" + resource.strip("/").lower()
    own = tr.text(raw, "correlationId") or tr.said(raw, "eventDataId")
    failed = tr.said(raw, "status", "value").lower() in FAILED
    return _Event(when, path, what, _who(raw), (own, path, what.lower()), failed)


def _targets(event: _Event, wanted: dict[str, str]) -> Iterator[str]:
    """What an event speaks of: the resource itself; the one whose part it is about (a rule, a lock), unless the part is a resource
    of ours too; all that was in a group."""
    if event.what.lower() == GROUP_DELETED:
        yield from (target for path, target in wanted.items() if f"{path}/".startswith(f"{event.resource}/"))
        return
    if event.resource in wanted:
        yield wanted[event.resource]
        return
    known = parse(event.resource)
    if known is not None and known.type.lower() not in BY_TYPE:
        holders = [path for path in wanted if event.resource.startswith(f"{path}/") and path != _group(path)]
        if holders:
            yield wanted[max(holders, key=len)]


def _who(raw: Any) -> str:
    """A user's address; of an application its object id, or its application id."""
    return tr.text(raw, "caller") or tr.text(raw, "claims", _NAME) or tr.said(raw, "claims", "appid")
