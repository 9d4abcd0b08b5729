"""Nova's instance actions: what was done to a server, and by whom. Source: Compute API, "Servers actions"."""

from datetime import UTC, datetime

from skywright.lab.openstack.state import Call, Raw, Refusal, shown

ACTIONS = "instance-actions"


def note(call: Call, server: str, action: str) -> None:
    """Keep what a call did."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    request = f"req-{call.state.new_id('action')}"
    told = {"action": action, "instance_uuid": server, "request_id": request, "start_time": stamp, "updated_at": stamp}
    call.state.put(ACTIONS, {"id": request, "message": None, "project_id": call.project, "user_id": call.user, **told})


def listed(call: Call, server: str) -> Raw:
    """The actions on a server, the newest first, by pages of ``limit``. Raises Refusal 404, also for a server of others."""
    done = [one for one in call.state.every(ACTIONS) if one["instance_uuid"] == server]
    if not done or not call.is_admin:
        call.own("servers", server, "tenant_id")
    since = call.query.get("changes-since", "")
    found = [shown(one) for one in reversed(done) if one["updated_at"] >= since.removesuffix("Z")]
    for one in found:
        del one["id"]
        if call.micro < (2, 58):
            del one["updated_at"]
    return _page(call, found)


def _page(call: Call, found: list[Raw]) -> Raw:
    names = [str(one["request_id"]) for one in found]
    marker = call.query.get("marker")
    if marker is not None and marker not in names:
        raise Refusal(400, f"marker [{marker}] not found")
    start = names.index(marker) + 1 if marker is not None else 0
    size = call.state.page_max or int(call.query.get("limit") or 0) or len(found)
    body: Raw = {"instanceActions": found[start : start + size]}
    if start + size < len(found):
        query = "&".join(f"{name}={value}" for name, value in {**call.query, "marker": names[start + size - 1]}.items())
        body["links"] = [{"rel": "next", "href": f"http://elsewhere.invalid{call.path}?{query}"}]
    return body
