"""CloudTrail -> who changed a resource. Events of the last 90 days, by management API calls (AWS CloudTrail User Guide, "Viewing
CloudTrail event history")."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.calls import Calls
from skywright.adapters.clouds.kit.translate import flag, text, utc
from skywright.model.kinds import parse_id
from skywright.ports.cloud import Deed

GLOBAL_HOME = "us-east-1"  # where the trail keeps what belongs to no region


def deeds(calls: Calls, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
    """One lookup a target: the call takes one attribute only. Reading calls are left out."""
    for target in targets:
        name = parse_id(target)
        region = GLOBAL_HOME if name.region == "global" else name.region
        events = calls.pages(
            name.account,
            region,
            "cloudtrail",
            "lookup_events",
            "Events",
            LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": name.native_id}],
            StartTime=since.replace(tzinfo=UTC),
            EndTime=until.replace(tzinfo=UTC),
        )
        yield from sorted(deed for event in events if (deed := _deed(target, event)) is not None)


def _deed(target: str, event: dict[str, Any]) -> Deed | None:
    at, what = utc(event.get("EventTime")), text(event, "EventName")
    if at is None or what is None or flag(event, "ReadOnly"):
        return None
    service = (text(event, "EventSource") or "").removesuffix(".amazonaws.com")
    return Deed(at, target, _who(event), f"{service}:{what}")


def _who(event: dict[str, Any]) -> str:
    """The identity as the event's own record tells it, else the short name."""
    try:
        record = msgspec.json.decode(event.get("CloudTrailEvent") or "{}")
    except msgspec.DecodeError:
        record = {}
    return text(record, "userIdentity", "arn") or text(event, "Username") or ""
