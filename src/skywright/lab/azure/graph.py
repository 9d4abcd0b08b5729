"""Resource Graph: the tables that queries go over, and answers in pages."""

from collections.abc import Iterator
from typing import Any

from skywright.lab.azure import links
from skywright.lab.azure.kql import BadQuery, parse, run
from skywright.lab.azure.paths import GROUP, SUBSCRIPTION, group_of
from skywright.lab.azure.refused import Refused, bad
from skywright.lab.azure.store import Record, Store
from skywright.lab.azure.verbs import instance_view, marked
from skywright.lab.kit import Answer, Request

ROWS_MAX = 1000
TABLES = {
    "resources": (),
    "resourcecontainers": (SUBSCRIPTION, GROUP, "microsoft.management/managementgroups"),
    "authorizationresources": ("microsoft.authorization/roleassignments", "microsoft.authorization/roledefinitions"),
    "securityresources": ("microsoft.security/pricings", "microsoft.security/assessments"),
    "policyresources": ("microsoft.authorization/policyassignments", "microsoft.authorization/policydefinitions"),
    "advisorresources": ("microsoft.advisor/recommendations",),
    "healthresources": ("microsoft.resourcehealth/availabilitystatuses",),
}
"""Table -> the types in it. ``resources`` has all that stand in a resource group by themselves."""

BY_THEMSELVES = (
    "microsoft.sql/servers/databases",
    "microsoft.network/networkwatchers/flowlogs",
    "microsoft.compute/galleries/images",
    "microsoft.cdn/profiles/endpoints",
    "microsoft.cdn/profiles/afdendpoints",
)
"""Types that are parts of others and still have rows of their own."""


class Graph:
    """Answers queries. Tables and answers are kept as long as nothing changes: the pages of a long answer are asked for one by
    one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = -1
        self._tables: dict[str, list[dict[str, Any]]] = {}
        self._answers: dict[str, list[dict[str, Any]]] = {}

    def query(self, request: Request) -> Answer:
        """``POST /providers/Microsoft.ResourceGraph/resources``. Raises Refused (400) for what cannot be understood."""
        body = request.json()
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            raise bad("BadRequest", "Please provide below info when asking for support: the query is missing.")
        if self._version != self._store.version:
            self._tables, self._answers, self._version = {}, {}, self._store.version
        key = f"{body['query']}|{body.get('subscriptions')}"
        try:
            if key not in self._answers:
                asked = parse(body["query"])
                self._answers[key] = run(asked, _in_scope(self._rows(asked.table), body))
        except BadQuery as wrong:
            raise Refused(400, "BadRequest", f"InvalidQuery: {wrong}") from wrong
        return _paged(self._answers[key], body.get("options") or {})

    def _rows(self, table: str) -> list[dict[str, Any]]:
        if table not in self._tables:
            self._tables[table] = list(_rows(self._store, table))
        return self._tables[table]


def _paged(rows: list[dict[str, Any]], options: dict[str, Any]) -> Answer:
    """A page. Without ``id`` in the rows there is no way to the next: "the query must project the id field"."""
    import base64

    token = options.get("$skipToken")
    try:
        start = (
            int(base64.urlsafe_b64decode(str(token).encode()).decode().removeprefix("at:"))
            if token
            else int(options.get("$skip") or 0)
        )
    except ValueError as error:
        raise bad("BadRequest", "InvalidSkipToken: the skip token cannot be read.") from error
    size = min(int(options.get("$top") or ROWS_MAX), ROWS_MAX)
    some = rows[start : start + size]
    more = start + size < len(rows)
    answer: dict[str, Any] = {"totalRecords": len(rows), "count": len(some), "data": some, "facets": [], "resultTruncated": "false"}
    if more and some and "id" in some[0]:
        answer["$skipToken"] = marked(start + size)
    elif more:
        answer["resultTruncated"] = "true"
    if options.get("resultFormat") == "table":
        answer["data"] = _table(some)
    return Answer(200, answer, {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"})


def _table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = list(rows[0]) if rows else []
    return {"columns": [{"name": name, "type": "object"} for name in names], "rows": [list(row.values()) for row in rows]}


def _in_scope(rows: list[dict[str, Any]], body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those of the subscriptions that are named; a row of none is in scope of all."""
    named = {str(one).lower() for one in body.get("subscriptions") or ()}
    return (row for row in rows if not named or not row["subscriptionId"] or row["subscriptionId"].lower() in named)


def _rows(store: Store, table: str) -> Iterator[dict[str, Any]]:
    if table not in TABLES:
        raise BadQuery(f"Query is invalid. Table '{table}' is invalid, unsupported or disallowed.")
    links.relink(store)
    kinds = TABLES[table]
    records = (record for kind in kinds for record in store.of_type(kind)) if kinds else _resources(store)
    for record in records:
        yield row(store, record)


def _resources(store: Store) -> Iterator[Record]:
    others = {kind for kinds in TABLES.values() for kind in kinds}
    for record in store.all():
        if record.type in others or not group_of(record.key) or record.type.count("/") > 1 + (record.type in BY_THEMSELVES):
            continue
        if "/providers/" in record.key.partition("/providers/")[2]:
            continue
        yield record


def row(store: Store, record: Record) -> dict[str, Any]:
    """A resource as Resource Graph shows it: types in lower case, machines with their power state."""
    body = links.shown(store, record)
    properties = dict(body.get("properties") or {})
    if record.type == "microsoft.compute/virtualmachines":
        properties["extended"] = {"instanceView": _extended(record)}
    if record.type == SUBSCRIPTION:
        properties = {
            "state": body.get("state"),
            "subscriptionPolicies": {},
            "managementGroupAncestorsChain": record.hidden.get("above", []),
        }
    parts = record.key.split("/")
    return {
        "id": body["id"],
        "name": body.get("name") or body.get("displayName") or "",
        "type": _spelled(record),
        "tenantId": record.hidden.get("tenant", ""),
        "kind": body.get("kind", ""),
        "location": str(body.get("location", "")).lower(),
        "resourceGroup": parts[4] if len(parts) > 4 and parts[3] == "resourcegroups" else "",
        "subscriptionId": parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else "",
        "managedBy": body.get("managedBy", ""),
        "sku": body.get("sku"),
        "plan": None,
        "properties": properties,
        "tags": body.get("tags") or None,
        "identity": body.get("identity"),
        "zones": body.get("zones"),
        "extendedLocation": None,
    }


def _spelled(record: Record) -> str:
    """Resource Graph's own names for containers."""
    if record.type == GROUP:
        return "microsoft.resources/subscriptions/resourcegroups"
    return record.type


def _extended(record: Record) -> dict[str, Any]:
    view = instance_view(record)
    return {"powerState": {"code": f"PowerState/{record.power}", "displayStatus": f"VM {record.power}", "level": "Info"}, **view}
