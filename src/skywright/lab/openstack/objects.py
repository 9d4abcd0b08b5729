"""Swift: containers of an account and their headers."""

from skywright.lab.kit import Answer
from skywright.lab.openstack.state import Call, Raw, Refusal

SETTINGS = ("x-container-read", "x-container-write", "x-versions-enabled")
META, GONE = "x-container-meta-", "x-remove-container-meta-"


def _at_home(call: Call, project: str) -> None:
    if project != call.project and "ResellerAdmin" not in call.roles:
        raise Refusal(403, "Access was denied to this resource.")


def _list(call: Call, project: str) -> Answer:
    _at_home(call, project)
    found = sorted(
        (one for one in call.state.every("containers") if one["project_id"] == project), key=lambda one: str(one["name"])
    )
    marker, limit = call.query.get("marker", ""), int(call.query.get("limit") or 10000)
    page = [one for one in found if one["name"] > marker][: min(limit, call.state.page_max or limit)]
    shown = [{name: one[name] for name in ("name", "count", "bytes")} for one in page]
    return Answer(200, shown, {"X-Account-Container-Count": str(len(found))})


def _own(call: Call, project: str, name: str) -> Raw:
    _at_home(call, project)
    return call.state.get("containers", f"{project}/{name}")


def _head(call: Call, project: str, name: str) -> Answer:
    item = _own(call, project, name)
    counts = {"X-Container-Object-Count": str(item["count"]), "X-Container-Bytes-Used": str(item["bytes"])}
    return Answer(204, None, {**counts, "X-Storage-Policy": "Policy-0", **item["headers"]})


def _post(call: Call, project: str, name: str) -> Answer:
    call.writes()
    headers = _own(call, project, name)["headers"]
    for key, value in call.headers.items():
        if key.startswith(GONE):
            headers.pop(META + key.removeprefix(GONE), None)
        elif key.startswith(META) or key in SETTINGS:
            headers[key] = value
            if not value:
                del headers[key]
    return Answer(204)


ROUTES = (
    ("GET", "/AUTH_{}", _list),
    ("HEAD", "/AUTH_{}/{}", _head),
    ("POST", "/AUTH_{}/{}", _post),
)
