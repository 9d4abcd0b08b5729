"""CloudTrail -> who changed a resource. Events of the last 90 days, by management API calls (AWS CloudTrail User Guide, "Viewing
CloudTrail event history")."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.calls import Calls
from skywright.adapters.clouds.kit.trail import by_account
from skywright.adapters.clouds.kit.translate import flag, text, utc
from skywright.model.kinds import parse_id
from skywright.ports.cloud import Deed

GLOBAL_HOME = "us-east-1"  # where the trail keeps what belongs to no region


def deeds(calls: Calls, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
    """One lookup a target: the call takes one attribute only. Reading calls, and those that failed, are left out."""

    def ask(account: str, wanted: Sequence[str]) -> Iterator[Deed]:
        for target in wanted:
            name = parse_id(target)
            events = calls.pages(
                account,
                GLOBAL_HOME if name.region == "global" else name.region,
                "cloudtrail",
                "lookup_events",
                "Events",
                LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": name.native_id}],
                StartTime=since.replace(tzinfo=UTC),
                EndTime=until.replace(tzinfo=UTC),
            )
            yield from (deed for event in events if (deed := _deed(target, event)) is not None)

    return by_account(targets, ask)


def _deed(target: str, event: dict[str, Any]) -> Deed | None:
    at, what, record = utc(event.get("EventTime")), text(event, "EventName"), _record(event)
    if at is None or what is None or flag(event, "ReadOnly") or text(record, "errorCode"):
        return None
    service = (text(event, "EventSource") or "").removesuffix(".amazonaws.com")
    who = text(record, "userIdentity", "arn") or text(event, "Username") or ""  # the whole identity, else its short name
    return Deed(at, target, who, f"{service}:{what}")


def _record(event: dict[str, Any]) -> Any:
    """The event as CloudTrail wrote it down, whole; {} where it is none."""
    try:
        return msgspec.json.decode(event.get("CloudTrailEvent") or "{}")
    except msgspec.DecodeError:
        return {}
