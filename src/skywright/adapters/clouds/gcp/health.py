"""Are resources well, by Google Cloud's own word: an instance's status, a managed group's stability, the health of backends."""

from collections.abc import Callable, Sequence
from typing import Any

from skywright.adapters.clouds.gcp.calls import Calls
from skywright.adapters.clouds.gcp.read.sources import SOURCES, Source
from skywright.adapters.clouds.kit.translate import flag, items, said, tail, text
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.kinds import ResourceName, parse_id
from skywright.model.words import t
from skywright.ports.cloud import Health

COMPUTE = "compute.googleapis.com/"
Verdict = tuple[bool | None, str]


def health(calls: Calls, targets: Sequence[str]) -> Sequence[Health]:
    """In the order of ``targets``. Kinds of which Google tells nothing are neither well nor unwell."""
    return [Health(target, *_judged(calls, parse_id(target))) for target in targets]


def _judged(calls: Calls, name: ResourceName) -> Verdict:
    judge = JUDGES.get(name.kind)
    if judge is None:
        return None, ""
    source, verdict = judge
    asked = source.getting(name.account, name.region, name.native_id)
    if asked is None:
        return None, ""
    try:
        return verdict(calls, name, calls.call(name.account, asked[0], **asked[1]))
    except NotThere as gone:
        return False, gone.message
    except SkywrightError as error:
        return None, str(error)


def _instance(_calls: Calls, _name: ResourceName, raw: Any) -> Verdict:
    status = said(raw, "status")
    if status == "RUNNING":
        return True, ""
    return (None if status in ("TERMINATED", "SUSPENDED") else False), t("Its status is {status}.", status=status or "?")


def _group(_calls: Calls, _name: ResourceName, raw: Any) -> Verdict:
    stable = flag(raw, "status", "isStable")
    return stable, t("Its instances are changing.") if stable is False else ""


def _database(_calls: Calls, _name: ResourceName, raw: Any) -> Verdict:
    state = said(raw, "state")
    return state == "RUNNABLE", "" if state == "RUNNABLE" else t("Its state is {state}.", state=state or "?")


def _cluster(_calls: Calls, _name: ResourceName, raw: Any) -> Verdict:
    status = said(raw, "status")
    well = status in ("RUNNING", "RECONCILING")
    return well, "" if well else t("Its status is {status}.", status=status or "?")


def _service(_calls: Calls, _name: ResourceName, raw: Any) -> Verdict:
    state = text(raw, "terminalCondition", "state")
    if state == "CONDITION_SUCCEEDED":
        return True, ""
    return (False if state == "CONDITION_FAILED" else None), said(raw, "terminalCondition", "message")


def _backends(calls: Calls, name: ResourceName, raw: Any) -> Verdict:
    """Every instance behind it takes calls."""
    region = tail(text(raw, "region"))
    where: dict[str, Any] = {"project": name.account, "backendService": said(raw, "name")} | ({"region": region} if region else {})
    method = f"compute.{'regionBackendServices' if region else 'backendServices'}.getHealth"
    states = []
    for backend in items(raw, "backends"):
        if "/instanceGroups/" in said(backend, "group"):
            answer = calls.call(name.account, method, body={"group": said(backend, "group")}, **where)
            states += [said(one, "healthState") for one in items(answer, "healthStatus")]
    if not states:
        return None, ""
    sick = len([state for state in states if state != "HEALTHY"])
    return sick == 0, t("{sick} of {all} targets are not healthy.", sick=sick, all=len(states)) if sick else ""


JUDGES: dict[str, tuple[Source, Callable[[Calls, ResourceName, Any], Verdict]]] = {
    "compute.instance": (SOURCES[COMPUTE + "Instance"], _instance),
    "compute.group": (SOURCES[COMPUTE + "InstanceGroupManager"], _group),
    "database.instance": (SOURCES["sqladmin.googleapis.com/Instance"], _database),
    "kubernetes.cluster": (SOURCES["container.googleapis.com/Cluster"], _cluster),
    "container.service": (SOURCES["run.googleapis.com/Service"], _service),
    "network.targets": (SOURCES[COMPUTE + "BackendService"], _backends),
}
"""Kind -> how one is read, and what is made of the answer."""
