"""Are things well now, by Docker's own word."""

from collections.abc import Callable, Sequence

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.swarm.calls import Calls
from skywright.adapters.clouds.swarm.place import CLUSTER, HOST, NODE, POD, SERVICE
from skywright.model.errors import SkywrightError
from skywright.model.kinds import ResourceName, parse_id
from skywright.model.words import t
from skywright.ports.cloud import Health

Word = tuple[bool | None, str]


def health(calls: Calls, targets: Sequence[str]) -> Sequence[Health]:
    """In the order of ``targets``; what cannot be asked is neither well nor unwell."""
    return [_of(calls, target) for target in targets]


def _of(calls: Calls, target: str) -> Health:
    name = parse_id(target)
    judge = _JUDGES.get(name.kind)
    if judge is None:
        return Health(target, None)
    try:
        return Health(target, *judge(calls, name))
    except SkywrightError as error:
        return Health(target, None, str(error))


def _service(calls: Calls, name: ResourceName) -> Word:
    listed = calls.ask(name.account, "GET /services", query={"status": "true", "filters": f'{{"id":["{name.native_id}"]}}'})
    raw = next((one for one in listed if one.get("ID") == name.native_id), None)
    if raw is None:
        return None, t("It is gone.")
    state = tr.text(raw, "UpdateStatus", "State")
    if state in ("paused", "rollback_paused"):
        return False, t("Its update is paused: {said}", said=tr.said(raw, "UpdateStatus", "Message"))
    running, wanted = (tr.integer(raw, "ServiceStatus", part) for part in ("RunningTasks", "DesiredTasks"))
    if running is None or wanted is None:
        return None, t("Docker does not say how many tasks run.")
    return running >= wanted, "" if running >= wanted else t("{running} of {wanted} tasks run.", running=running, wanted=wanted)


def _node(calls: Calls, name: ResourceName) -> Word:
    raw = calls.ask(name.account, "GET /nodes/{id}", name.native_id)
    state = tr.said(raw, "Status", "State")
    if state != "ready":
        return False, t("Its state is {state}.", state=state)
    if tr.text(raw, "ManagerStatus", "Reachability") == "unreachable":
        return False, t("The other managers cannot reach it.")
    return True, ""


def _container(calls: Calls, name: ResourceName) -> Word:
    if calls.way(name.account).swarm:
        return None, ""
    raw = calls.ask(name.account, "GET /containers/{id}/json", name.native_id)
    state, said = tr.said(raw, "State", "Status"), tr.text(raw, "State", "Health", "Status")
    if state != "running":
        return None, t("It does not run.")
    return said != "unhealthy", "" if said != "unhealthy" else t("Its health check fails.")


def _cluster(calls: Calls, name: ResourceName) -> Word:
    nodes = calls.ask(name.account, "GET /nodes")
    managers = [one for one in nodes if tr.at(one, "ManagerStatus")]
    lost = [one for one in managers if tr.text(one, "ManagerStatus", "Reachability") != "reachable"]
    if lost:
        return False, t("{lost} of {count} managers cannot be reached.", lost=len(lost), count=len(managers))
    return True, ""


def _host(calls: Calls, name: ResourceName) -> Word:
    calls.ask(name.account, "GET /info")
    return True, ""


_JUDGES: dict[str, Callable[[Calls, ResourceName], Word]] = {
    SERVICE: _service,
    NODE: _node,
    POD: _container,
    CLUSTER: _cluster,
    HOST: _host,
}
