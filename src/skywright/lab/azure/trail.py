"""The Activity Log of the lab: what was really changed, and by whom.

What is asynchronous gets its first event only. Sources: "Azure Activity Log event schema"; REST reference, "Activity Logs - List".
"""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from skywright.lab.azure import verbs
from skywright.lab.azure.authority import Authority
from skywright.lab.azure.paths import Path, parsed
from skywright.lab.azure.refused import Refused, bad
from skywright.lab.azure.types import TYPES
from skywright.lab.kit import Answer, Request

PAGE = 200
KEPT = timedelta(days=90)
WORDS = {"PUT": "write", "PATCH": "write", "DELETE": "delete"}
_ASKING = ("/providers/microsoft.resourcegraph/", "/providers/microsoft.costmanagement/", "/metrics:")
_FILTER = re.compile(
    r"eventTimestamp ge '(?P<since>[^']+)'(?: and eventTimestamp le '(?P<until>[^']+)')?"
    r"(?: and (?P<field>resourceGroupName|resourceUri|resourceProvider|correlationId) eq '(?P<value>[^']*)')?"
)


class Trail:
    """The events so far, oldest first."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def note(self, request: Request, answer: Answer, authority: Authority) -> None:
        """Keep what a request changed, or was refused to."""
        path = request.path.lower()
        if request.method in ("GET", "HEAD") or not path.startswith("/subscriptions/") or any(one in path for one in _ASKING):
            return
        try:
            who = authority.principal(request)
        except Refused:
            return  # nobody
        self.events.append(_event(request, answer.status, {"appid": who.client_id, "oid": who.object_id}))

    def answer(self, path: Path, request: Request, origin: str) -> Answer:
        """Activity Logs - List, newest first. Raises Refused for a filter that Azure does not take."""
        found = _FILTER.fullmatch(request.parameter("$filter"))
        if found is None:
            raise bad("BadRequest", f"The filter '{request.parameter('$filter')}' is not supported.")
        since = datetime.fromisoformat(found["since"])
        until = datetime.fromisoformat(found["until"]) if found["until"] else datetime.now(UTC)
        if since < datetime.now(UTC) - KEPT:
            raise bad("BadRequest", "The start time cannot be more than 90 days in the past.")
        held = [
            event
            for event in reversed(self.events)
            if f"{event['resourceId'].lower()}/".startswith(f"{path.scope}/")
            and since <= datetime.fromisoformat(event["eventTimestamp"]) <= until
            and (not found["field"] or _said(event, found["field"]).lower() == found["value"].lower())
        ]
        return verbs.page(held, request, PAGE, origin)


def _said(event: dict[str, Any], field: str) -> str:
    value = event[{"resourceUri": "resourceId", "resourceProvider": "resourceProviderName"}.get(field, field)]
    return str(value["value"] if isinstance(value, dict) else value)


def _event(request: Request, status: int, claims: dict[str, str]) -> dict[str, Any]:
    raw, word = request.path.rstrip("/"), WORDS.get(request.method)
    if word is None:
        raw, _, verb = raw.rpartition("/")
        word = f"{verb}/action"
    path = parsed(raw)
    kind = TYPES[path.type].name if path.type in TYPES else path.type
    kind = kind.replace("Microsoft.Resources/resourceGroups", "Microsoft.Resources/subscriptions/resourceGroups")
    state = "Failed" if status >= 400 else "Accepted" if status == 202 else "Succeeded"
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"  # seven digits
    return {
        "authorization": {"action": f"{kind}/{word}", "scope": raw},
        "caller": claims["oid"],
        "category": _words("Administrative"),
        "claims": claims,
        "correlationId": str(uuid.uuid4()),
        "eventDataId": str(uuid.uuid4()),
        "eventTimestamp": stamp,
        "level": "Error" if status >= 400 else "Informational",
        "operationName": _words(f"{kind}/{word}"),
        "resourceGroupName": path.group.rpartition("/")[2],
        "resourceId": raw,
        "resourceProviderName": _words(kind.partition("/")[0]),
        "resourceType": _words(kind),
        "status": _words(state),
        "subscriptionId": path.subscription.rpartition("/")[2],
    }


def _words(value: str) -> dict[str, str]:
    return {"value": value, "localizedValue": value}
