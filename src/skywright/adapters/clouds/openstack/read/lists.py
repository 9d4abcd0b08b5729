"""The lists of the APIs that readers share."""

import msgspec

from skywright.adapters.clouds.openstack.place import BALANCER, COMPUTE, IMAGE, NETWORK, VOLUME


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the API. ``one`` is the verb for a single item (under ``item``; "" when the answer is the item itself).

    ``owner``: the field that names the project. ``mine``: the query parameter that narrows the list to one project, where the
    service shows an administrator every project unasked; ``every``: the query that shows every project, where it does not.
    """

    service: str
    verb: str
    key: str
    one: str = ""
    item: str = ""
    owner: str = "project_id"
    mine: str = ""
    every: dict[str, str] = {}
    query: dict[str, str] = {}
    micro: str = ""
    paged: bool = True


EVERY = {"all_tenants": "1"}


def _network(name: str, item: str) -> Listing:
    key = name.replace("-", "_")
    return Listing(service=NETWORK, verb=f"/{name}", key=key, one=f"/{name}/{{}}", item=item, mine="project_id")


SERVERS = Listing(
    service=COMPUTE,
    verb="/servers/detail",
    key="servers",
    one="/servers/{}",
    item="server",
    owner="tenant_id",
    every=EVERY,
    micro="2.96",  # 2.9 locked, 2.26 tags, 2.47 the flavor's shape, 2.96 the zone that was asked for
)
VOLUMES = Listing(
    service=VOLUME,
    verb="/volumes/detail",
    key="volumes",
    one="/volumes/{}",
    item="volume",
    owner="os-vol-tenant-attr:tenant_id",
    every=EVERY,
    micro="3.64",  # 3.64: encryption_key_id
)
SNAPSHOTS = Listing(
    service=VOLUME,
    verb="/snapshots/detail",
    key="snapshots",
    one="/snapshots/{}",
    item="snapshot",
    owner="os-extended-snapshot-attributes:project_id",
    every=EVERY,
    micro="3.64",
)
IMAGES = Listing(
    service=IMAGE, verb="/images", key="images", one="/images/{}", owner="owner", mine="owner", query={"visibility": "all"}
)
# Networks and subnets without a filter: a project sees its own, the shared and the external ones.
NETWORKS = Listing(service=NETWORK, verb="/networks", key="networks", one="/networks/{}", item="network")
SUBNETS = Listing(service=NETWORK, verb="/subnets", key="subnets", one="/subnets/{}", item="subnet")
ROUTERS = _network("routers", "router")
PORTS = _network("ports", "port")
ADDRESSES = _network("floatingips", "floatingip")
GROUPS = _network("security-groups", "security_group")
BALANCERS, LISTENERS, POOLS, MONITORS, POLICIES = (
    Listing(
        service=BALANCER,
        verb=f"/lbaas/{name}",
        key=name,
        one=f"/lbaas/{name}/{{}}",
        item=name[:-1] if name != "l7policies" else "l7policy",
        mine="project_id",
    )
    for name in ("loadbalancers", "listeners", "pools", "healthmonitors", "l7policies")
)
