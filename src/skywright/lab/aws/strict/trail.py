"""CloudTrail's LookupEvents, from what really happened. Source: AWS CloudTrail API reference, LookupEvents."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.responses import ActionResult

from skywright.lab.aws.books import EventBook
from skywright.lab.aws.strict.patch import put

_PAGE_MAX = 50


def install(events: EventBook) -> None:
    """Add the call that moto does not know."""

    def lookup_events(asked: Any) -> Any:
        param = asked._get_param  # noqa: SLF001 - moto's own way
        wanted = param("LookupAttributes") or []
        size = min(int(param("MaxResults") or _PAGE_MAX), _PAGE_MAX)
        start = int(param("NextToken") or 0)
        since, until = _time(param("StartTime")), _time(param("EndTime"))
        fitting = (
            event
            for event in events.find(asked.current_account, asked.region)
            if _fits(event, wanted) and (not since or event["EventTime"] >= since) and (not until or event["EventTime"] <= until)
        )
        page = list(islice(fitting, start, start + size + 1))
        more = {"NextToken": str(start + size)} if len(page) > size else {}
        return ActionResult({"Events": page[:size], **more})

    put(CloudTrailResponse, "lookup_events", lookup_events)


def _fits(event: dict[str, Any], wanted: list[dict[str, str]]) -> bool:
    for attribute in wanted:
        key, value = attribute["AttributeKey"], attribute["AttributeValue"]
        if key == "ResourceName":
            if value not in {resource["ResourceName"] for resource in event["Resources"]}:
                return False
        elif event.get(key) != value:
            return False
    return True


def _time(value: Any) -> datetime | None:
    return datetime.fromtimestamp(float(value), UTC) if value else None
