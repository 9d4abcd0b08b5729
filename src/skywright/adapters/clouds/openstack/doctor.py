"""Permission by permission: what reading needs, and whether OpenStack lets us, by asking each list for its first item."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor

from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.openstack.calls import Ask, Calls
from skywright.adapters.clouds.openstack.place import BALANCER, COMPUTE, IDENTITY, IMAGE, NETWORK, OBJECT, VOLUME
from skywright.model.errors import Denied, NotThere, SkywrightError
from skywright.model.words import t
from skywright.ports.cloud import Permission

FIRST = {"limit": "1"}
UNPAGED = ("/os-services", "/os-availability-zone", "/os-aggregates")  # Nova refuses a query that it does not know
TRIALS: dict[str, tuple[str, str]] = {
    "os_compute_api:servers:detail": (COMPUTE, "/servers/detail"),
    "os_compute_api:os-flavor-access": (COMPUTE, "/flavors/detail"),
    "os_compute_api:os-hypervisors:list-detail": (COMPUTE, "/os-hypervisors/detail"),
    "os_compute_api:os-services:list": (COMPUTE, "/os-services"),
    "os_compute_api:os-keypairs:index": (COMPUTE, "/os-keypairs"),
    "os_compute_api:os-availability-zone:list": (COMPUTE, "/os-availability-zone"),
    "os_compute_api:os-aggregates:index": (COMPUTE, "/os-aggregates"),
    "os_compute_api:os-quota-sets:detail": (COMPUTE, "/os-quota-sets/{}/detail"),
    "volume:get_all": (VOLUME, "/volumes/detail"),
    "volume:get_all_snapshots": (VOLUME, "/snapshots/detail"),
    "volume_extension:quotas:show": (VOLUME, "/os-quota-sets/{}"),
    "get_images": (IMAGE, "/images"),
    "get_network": (NETWORK, "/networks"),
    "get_subnet": (NETWORK, "/subnets"),
    "get_router": (NETWORK, "/routers"),
    "get_port": (NETWORK, "/ports"),
    "get_floatingip": (NETWORK, "/floatingips"),
    "get_security_group": (NETWORK, "/security-groups"),
    "get_network_ip_availability": (NETWORK, "/network-ip-availabilities"),
    "get_quota": (NETWORK, "/quotas/{}/details.json"),
    "os_load-balancer_api:loadbalancer:get_all": (BALANCER, "/lbaas/loadbalancers"),
    "os_load-balancer_api:listener:get_all": (BALANCER, "/lbaas/listeners"),
    "os_load-balancer_api:pool:get_all": (BALANCER, "/lbaas/pools"),
    "os_load-balancer_api:l7policy:get_all": (BALANCER, "/lbaas/l7policies"),
    "os_load-balancer_api:healthmonitor:get_all": (BALANCER, "/lbaas/healthmonitors"),
    "object-store:GET": (OBJECT, ""),
    "identity:get_project": (IDENTITY, "/projects/{}"),
    "identity:list_domains": (IDENTITY, "/domains"),
    "identity:list_users": (IDENTITY, "/users"),
    "identity:list_groups": (IDENTITY, "/groups"),
    "identity:list_roles": (IDENTITY, "/roles"),
    "identity:list_role_assignments": (IDENTITY, "/role_assignments"),
    "identity:list_credentials": (IDENTITY, "/credentials"),
}
"""Policy rule (as oslo.policy names it in each service) -> the service and the call by which it is tried. The other rules need a
thing to be tried on."""


def examine(calls: Calls, account: str, region: str, readers: Sequence[Reader], threads: Executor) -> Iterator[Permission]:
    """The policy rules that ``readers`` need in one project, by name; many are tried at a time."""
    users: dict[str, list[Reader]] = {}
    for reader in readers:
        for name in reader.permissions:
            users.setdefault(name, []).append(reader)

    def one(name: str) -> Permission:
        allowed, reason = _tried(calls, account, region, name)
        kinds = sorted({kind for reader in users[name] for kind in reader.kinds})
        needed_for = t("{kinds} of project {account}", kinds=", ".join(kinds), account=account)
        return Permission(name, needed_for, allowed, reason)

    yield from threads.map(one, sorted(users))


def _tried(calls: Calls, account: str, region: str, name: str) -> tuple[bool | None, str]:
    trial = TRIALS.get(name)
    if trial is None:
        return None, t("It needs a thing to be tried on.")
    service, path = trial
    ids = (account,) if "{}" in path else ()
    what = Ask(
        service=service,
        verb=f"GET {path}",
        ids=ids,
        query={} if ids or path in UNPAGED else FIRST,
        micro="2.79" if service == COMPUTE else "",
    )
    try:
        calls.ask(account, GLOBAL if service == IDENTITY else region, what)
    except Denied as error:
        return False, str(error)
    except (NotOffered, NotThere) as error:
        return None, error.message
    except SkywrightError as error:
        return None, str(error)
    return True, ""
