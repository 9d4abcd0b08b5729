"""Cloud Audit Logs of the lab: what was really changed, as entries of the admin activity log, and entries.list over them.

What takes long gets its first entry only. Sources: "Understanding audit logs"; the schemas LogEntry and ListLogEntriesRequest.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from skywright.lab.gcp.generic import read_token, write_token
from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call

if TYPE_CHECKING:
    from skywright.lab.gcp.world import World

LOG = "cloudaudit.googleapis.com%2Factivity"
SERVICES = {"sqladmin": "cloudsql"}
PAGE, PAGE_MAX, FILTER_MAX = 50, 1000, 20_000
DENIED, FAILED = 7, 9  # google.rpc.Code
_READS = re.compile(r"^(get|list|aggregatedList|search|test|query|wait|compute|export)")
_TERM = re.compile(r"""(?P<field>[\w.]+)(?P<how>=~|>=|<=|=)(?P<values>\([^()"]*(?:"[^"]*"[^()"]*)*\)|"[^"]*")""")


def owner(world: "World", call: Call) -> str:
    """The project in whose log a call that changes something is written; "" for any other call. To be asked before the call has its
    effect: a bucket that is gone is nobody's."""
    if call.method.http == "GET" or _READS.match(call.verb):
        return ""
    if call.service == "storage" and not call.project:
        bucket = world.store.get("/".join(call.key.split("/")[:3])) or {}
        rows = world.store.room("cloudresourcemanager/projects").items()
        number = f"projects/{bucket.get('projectNumber')}"
        return next((name for name, raw in rows if msgspec.json.decode(raw).get("name") == number), "")
    if call.project == "-":
        return call.target.rpartition("@")[2].partition(".")[0]
    return call.project


def write(world: "World", call: Call, project: str, who: str, answer: dict[str, Any] | bytes, code: int = 0) -> None:
    """Keep an entry of a call that changed something in a project, or was refused to (``code``: the HTTP status of its refusal)."""
    if not project:
        return
    told = msgspec.json.decode(answer) if isinstance(answer, bytes) else answer
    operation = {"id": told["name"], "producer": f"{call.service}.googleapis.com", "first": True} if _goes_on(told) else {}
    event: dict[str, Any] = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "serviceName": f"{SERVICES.get(call.service, call.service)}.googleapis.com",
        "methodName": f"{call.document.version}.{call.method.id}" if call.service == "compute" else call.method.id,
        "resourceName": _resource(call, told),
        "authenticationInfo": {"principalEmail": who},
        "authorizationInfo": [{"granted": code != 403, "permissionType": "ADMIN_WRITE"}],
    }
    if code:
        event["status"] = {"code": DENIED if code == 403 else FAILED}
    stamp = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    world.trail.append(
        {
            "insertId": world.store.next_id(),
            "logName": f"projects/{project}/logs/{LOG}",
            "timestamp": stamp,
            "receiveTimestamp": stamp,
            "severity": "ERROR" if code else "NOTICE",
            "resource": {"type": "audited_resource", "labels": {"project_id": project}},
            "protoPayload": event,
            **({"operation": operation} if operation else {}),
        }
    )


def _goes_on(told: dict[str, Any]) -> bool:
    return "operationType" in told or told.get("done") is False


def _resource(call: Call, told: dict[str, Any]) -> str:
    """The resource's name as the log spells it; of a creation, that of what is made."""
    target = call.target
    if target.rsplit("/", 1)[-1] == call.collection and call.verb in ("insert", "create"):
        ids = [str(value) for name, value in call.params.items() if name.endswith("Id") and name != "requestId"]
        target = f"{target}/{str((ids and ids[0]) or call.body.get('name') or told.get('name', '')).rsplit('/', 1)[-1]}"
    return f"projects/_/buckets/{target.removeprefix('b/')}" if call.service == "storage" else target


def entries(world: "World", call: Call) -> dict[str, Any]:
    """entries.list. Raises 400 for a filter that is too long, or that this server does not understand."""
    wanted = str(call.body.get("filter", ""))
    if len(wanted) > FILTER_MAX:
        raise Refusal(400, f"The filter is longer than {FILTER_MAX} characters.")
    holders = tuple(f"{name}/" for name in call.body.get("resourceNames") or ())
    if not holders:
        raise Refusal(400, "Missing required field: resource_names.")
    terms = list(_TERM.finditer(wanted))
    if wanted and not terms:
        raise Refusal(400, f"Unparseable filter: {wanted}")
    found = [one for one in world.trail if one["logName"].startswith(holders) and all(_passes(one, term) for term in terms)]
    if call.body.get("orderBy") == "timestamp desc":
        found.reverse()
    size = min(int(call.body.get("pageSize") or PAGE), PAGE_MAX)
    start = int(read_token(str(call.body["pageToken"]))) if call.body.get("pageToken") else 0
    more = {"nextPageToken": write_token(str(start + size))} if start + size < len(found) else {}
    return {"entries": found[start : start + size], **more}


def _passes(entry: dict[str, Any], term: re.Match[str]) -> bool:
    value: Any = entry
    for part in term["field"].split("."):
        value = value.get(part) if isinstance(value, dict) else None
    said = "" if value is None else str(value)
    values = re.findall(r'"([^"]*)"', term["values"])
    match term["how"]:
        case "=~":
            return any(re.search(one, said) for one in values)
        case ">=":
            return said >= str(values[0]).removesuffix("Z")
        case "<=":
            return said <= str(values[0])
        case _:
            return said in values
