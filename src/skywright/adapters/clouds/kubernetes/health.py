"""Health: fresh rows -> are they well, by the cluster's own word."""

from collections.abc import Callable, Mapping, Sequence

from skywright.model.kinds import Resource
from skywright.model.kinds.cluster import Autoscaler, ContainerVolume, Namespace, Node, Pod, Workload
from skywright.model.words import t
from skywright.ports.cloud import Health

Word = tuple[bool | None, str]


def judged(targets: Sequence[str], fresh: Mapping[str, Resource | None]) -> list[Health]:
    """One answer a target, in their order. What could not be read is neither well nor unwell."""
    return [Health(target, *_word(target, fresh)) for target in targets]


def _word(target: str, fresh: Mapping[str, Resource | None]) -> Word:
    if target not in fresh:
        return None, t("It could not be read.")
    row = fresh[target]
    if row is None:
        return False, t("It does not exist.")
    judge = JUDGES.get(row.KIND)
    return judge(row) if judge else (None, t("Kubernetes says nothing about its health."))


def _workload(row: Resource) -> Word:
    assert isinstance(row, Workload)
    match row.state:
        case "running" | "stopped" | "suspended" | "succeeded":
            return True, ""
        case "failed":
            return False, t("Its roll-out has stopped.")
        case _:
            return False, t("{ready} of {desired} copies are ready.", ready=row.ready, desired=row.desired)


def _pod(row: Resource) -> Word:
    assert isinstance(row, Pod)
    if row.ready or row.state == "succeeded":
        return True, ""
    return False, t("It is {state}: {reason}.", state=row.state, reason=row.reason or t("not ready"))


def _node(row: Resource) -> Word:
    assert isinstance(row, Node)
    if not row.ready:
        return (None if row.ready is None else False), t("It is not ready.")
    return (False, t("It is short of {what}.", what=", ".join(row.pressure))) if row.pressure else (True, "")


def _volume(row: Resource) -> Word:
    assert isinstance(row, ContainerVolume)
    if row.state in ("in-use", "available"):
        return True, ""
    return (False if row.state == "failed" else None), t("It is {state}.", state=row.state)


def _autoscaler(row: Resource) -> Word:
    assert isinstance(row, Autoscaler)
    return (False, t("It wants more copies than it may.")) if row.limited else (True, "")


def _namespace(row: Resource) -> Word:
    return (True, "") if row.state == "available" else (False, t("It is {state}.", state=row.state))


JUDGES: dict[str, Callable[[Resource], Word]] = {
    Workload.KIND: _workload,
    Pod.KIND: _pod,
    Node.KIND: _node,
    ContainerVolume.KIND: _volume,
    Autoscaler.KIND: _autoscaler,
    Namespace.KIND: _namespace,
}
"""Kind -> who judges. Of other kinds nothing is known."""
