"""Targets -> are they well, by OpenStack's own word: status of servers and volumes, operating status of balancers."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.openstack.calls import Calls
from skywright.adapters.clouds.openstack.place import BALANCER, NETWORK
from skywright.adapters.clouds.openstack.write.base import Target
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.kinds import parse_id
from skywright.model.words import t
from skywright.ports.cloud import Health

AT_ONCE = 8
RUNNING = 1  # power state (Compute API, "Show server details": OS-EXT-STS:power_state)
Said = tuple[bool | None, str]


def judged(calls: Calls, targets: Sequence[str]) -> list[Health]:
    """One answer a target, in their order. What could not be asked is neither well nor unwell."""
    if not targets:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(targets))) as pool:
        return list(pool.map(lambda target: _judge(calls, target), targets))


def _judge(calls: Calls, target: str) -> Health:
    look = LOOKS.get(parse_id(target).kind)
    if look is None:
        return Health(target, None, t("OpenStack says nothing about its health."))
    try:
        well, reason = look(Target(calls, parse_id(target)))
    except NotThere:
        return Health(target, False, t("It does not exist any more."))
    except SkywrightError as error:
        return Health(target, None, error.message)
    return Health(target, well, reason)


def _server(target: Target) -> Said:
    server = target.get("/servers/{}", target.id, item="server")
    status = tr.said(server, "status")
    task, power = tr.text(server, "OS-EXT-STS:task_state"), tr.integer(server, "OS-EXT-STS:power_state")
    if status == "ERROR":
        return False, t("It is in state ERROR: {said}", said=tr.text(server, "fault", "message") or t("no reason is given"))
    if status == "ACTIVE" and power is not None and power != RUNNING and not task:
        return False, t("It is ACTIVE, but its power state is {power}.", power=power)
    if status == "ACTIVE" and not task:
        return True, ""
    return None, t("It is {state}.", state=f"{status}, {task}" if task else status)


def _volume(target: Target) -> Said:
    status = tr.said(target.get("/volumes/{}", target.id, item="volume"), "status")
    if "error" in status:
        return False, t("It is {state}.", state=status)
    return (True, "") if status in ("available", "in-use") else (None, t("It is {state}.", state=status))


def _by_words(
    verb: str, item: str, field: str, service: str, well: Sequence[str], unwell: Sequence[str]
) -> Callable[[Target], Said]:
    def look(target: Target) -> Said:
        said = tr.said(target.get(verb, target.id, item=item, service=service), field)
        if said in well:
            return True, ""
        return (False if said in unwell else None), t("It is {state}.", state=said)

    return look


LOOKS: dict[str, Callable[[Target], Said]] = {
    "compute.instance": _server,
    "storage.volume": _volume,
    "network.balancer": _by_words(
        "/lbaas/loadbalancers/{}", "loadbalancer", "operating_status", BALANCER, ("ONLINE",), ("ERROR", "DEGRADED", "OFFLINE")
    ),
    "network.targets": _by_words(
        "/lbaas/pools/{}", "pool", "operating_status", BALANCER, ("ONLINE",), ("ERROR", "DEGRADED", "OFFLINE")
    ),
    "network.gateway": _by_words("/routers/{}", "router", "status", NETWORK, ("ACTIVE",), ("ERROR",)),
    "network.vpc": _by_words("/networks/{}", "network", "status", NETWORK, ("ACTIVE",), ("ERROR",)),
}
