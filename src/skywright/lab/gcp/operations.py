"""What takes time: operations that are pending, then running, then done, one step with every request that comes in.

So nothing waits for a clock, and who does not wait for an operation sees what was before.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.store import Store

STEPS = 2
SCOPED = re.compile(r"^(projects/[^/]+/(?:(?:zones|regions|locations)/[^/]+|global))(?:/|$)")

Effect = Callable[[], None]


class _Pending(msgspec.Struct):
    key: str
    effect: Effect
    left: int = STEPS
    failure: Refusal | None = None
    after: Effect = lambda: None


class Operations:
    """Every operation of the server. ``failures``: what the next operations that touch a path containing a text end with."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pending: list[_Pending] = []
        self.failures: list[tuple[str, Refusal]] = []
        self.steps = STEPS  # how many requests an operation takes

    def tick(self) -> None:
        """A request came: every operation is one step further."""
        for pending in list(self._pending):
            pending.left -= 1
            if pending.left <= 0:
                self._finish(pending)
            else:
                self._tell(pending.key, {"status": "RUNNING"})

    def settle(self, key: str = "") -> None:
        """Bring one operation to its end, or all."""
        for pending in [one for one in self._pending if key in ("", one.key)]:
            self._finish(pending)

    def busy(self, target: str) -> bool:
        """Is something under way that is about this resource."""
        held = [self._store.get(pending.key) or {} for pending in self._pending]
        return any(str(one.get("targetLink", one.get("targetId", ""))).endswith(target) for one in held)

    def begin(self, call: Call, key: str, kind: str, effect: Effect, after: Effect = lambda: None) -> dict[str, Any]:
        """An operation about the resource ``key``, as it is answered at once. ``effect`` comes with its end, if it ends
        well, and then ``after`` in any case."""
        shape = call.document.schema(call.method.response.ref).properties
        name, operation = self._described(call, key, kind, "done" in shape)
        self._store.put(name, operation)
        failure = next((refusal for text, refusal in self.failures if text in key), None)
        if failure:
            self.failures = [one for one in self.failures if one[1] is not failure]
        self._pending.append(_Pending(name, effect, self.steps, failure, after))
        if "done" in shape:
            self._store.hidden[name] = {"result": key}
        return self._store.get(name) or {}

    def _described(self, call: Call, key: str, kind: str, long_running: bool) -> tuple[str, dict[str, Any]]:
        number, stamp = self._store.next_id(), self._store.stamp()
        scope = _scope(call)
        if long_running:
            name = f"{scope}/operations/operation-{number}" if scope else f"operations/operation-{number}"
            metadata = {"createTime": stamp, "target": key.partition("/")[2], "verb": kind}
            return f"{call.service}/{name}", {"name": name, "metadata": metadata, "done": False}
        name = f"operation-{number}"
        where = f"{call.service}/{scope}/operations/{name}"
        path = key.partition("/")[2]
        plain = {"name": name, "operationType": kind, "status": "PENDING"}
        match call.service:
            case "compute":
                link = f"https://www.googleapis.com/compute/v1/{path}"
                more = {"targetLink": link, "targetId": str(self._target_id(key)), "insertTime": stamp, "progress": 0, "id": number}
                more |= {
                    "kind": "compute#operation",
                    "selfLink": f"https://www.googleapis.com/compute/v1/{where.partition('/')[2]}",
                }
                return where, {**plain, **more, **_where(scope)}
            case "sqladmin":
                more = {"targetId": path.split("/")[3], "targetProject": call.project, "insertTime": stamp, "kind": "sql#operation"}
                return where, {**plain, **more}
            case _:
                location = scope.rsplit("/", 1)[-1]
                link = f"{call.document.root}{call.document.version}/{where.partition('/')[2]}"
                more = {"targetLink": path, "startTime": stamp, "location": location, "selfLink": link}
                return where, {**plain, **more}

    def _target_id(self, key: str) -> str:
        return str((self._store.get(key) or {}).get("id", "0"))

    def _finish(self, pending: _Pending) -> None:
        self._pending.remove(pending)
        if pending.failure is None:
            pending.effect()
        pending.after()
        ended: dict[str, Any] = {"status": "DONE", "progress": 100, "endTime": self._store.stamp()}
        if failure := pending.failure:
            one = {"code": failure.reason.upper(), "message": failure.message}
            ended |= {"error": {"errors": [one]}, "httpErrorStatusCode": failure.code, "httpErrorMessage": failure.status}
        self._tell(pending.key, ended)

    def _tell(self, key: str, changes: dict[str, Any]) -> None:
        operation = self._store.get(key)
        if operation is None:
            return
        if "done" in operation:
            operation |= self._long_running(key, changes)
        else:
            known = ("progress", "httpErrorStatusCode", "httpErrorMessage") if key.startswith("compute/") else ()
            operation |= {name: value for name, value in changes.items() if name in ("status", "endTime", "error", *known)}
        self._store.put(key, operation)

    def _long_running(self, key: str, changes: dict[str, Any]) -> dict[str, Any]:
        if changes["status"] != "DONE":
            return {}
        if "error" in changes:
            return {"done": True, "error": {"code": 9, "message": changes["error"]["errors"][0]["message"]}}
        told = self._store.hidden.get(key, {})
        return {"done": True, "response": {**(self._store.get(told.get("result", "")) or {})}}


def _scope(call: Call) -> str:
    """Where an operation lives: beside what it is about."""
    found = SCOPED.match(call.target)
    if found and call.service != "sqladmin":
        return found[1]
    if call.service == "compute":
        return f"projects/{call.project}/global"
    return f"projects/{call.project}" if call.project else ""


def _where(scope: str) -> dict[str, str]:
    link = f"https://www.googleapis.com/compute/v1/{scope}"
    for kind in ("zone", "region"):
        if f"/{kind}s/" in scope:
            return {kind: link}
    return {}
