"""The whole: a tenant with three subscriptions, platform services, and applications in two locations."""

from datetime import UTC, datetime

from skywright.lab.azure import links
from skywright.lab.azure.authority import Authority
from skywright.lab.azure.directory import Directory
from skywright.lab.azure.seed import access, compute, data, faults, large, network
from skywright.lab.azure.seed.town import Body, Site, Town
from skywright.lab.azure.store import Record, Store

SUBSCRIPTIONS = ("platform", "production", "test")
APPLICATIONS = (
    ("shop", 1, "westeurope"),
    ("billing", 1, "westeurope"),
    ("search", 1, "northeurope"),
    ("shop-test", 2, "westeurope"),
)
"""Name, which subscription, where."""


def build(store: Store, directory: Directory, authority: Authority, estate: str, size: int) -> list[dict[str, str]]:
    """Fill the store. Answers the sheet of planted faults."""
    town = Town(store, directory, authority, datetime.now(UTC).replace(microsecond=0), [])
    if estate == "empty":
        access.tenant(town, ("test",))
        return town.sheet
    if estate == "small":
        _small(town)
    else:
        _default(town)
    if estate == "large":
        large.grow(town, size)
    links.relink(store)
    return town.sheet


class Built:
    """One application: its site and the things in it that faults are planted on."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.machines: list[Record] = []
        self.cards: list[Record] = []
        self.subnets: list[Record] = []
        self.things: dict[str, Record] = {}


def _small(town: Town) -> None:
    """One subscription, a dozen resources, a handful of faults."""
    (subscription,) = access.tenant(town, ("test",))
    site = _site(town, subscription, "small-rg", "westeurope", "test", "platform")
    _workspace(site)
    guard = network.group(site, "web-nsg", [network.rule("https", 100, "443")])
    net = network.network(site, "net", "10.9.0.0/16")
    subnet = network.subnet(site, net, "web", "10.9.1.0/24", guard)
    card = network_card(site, "web-1", subnet)
    compute.machine(site, "web-1", card)
    data.account(site, f"small{town.store.chance.randrange(10**6):06d}")
    faults.open_port(site, guard, "network_firewall_ssh_open_to_internet", "22", "ssh")
    faults.forgotten_disk(site, "old-data")
    faults.forgotten_address(site, "old-ip")
    site.plant("network_vpc_flow_logs_off", "network.vpc", net)
    faults.silent(town, site, subscription)


def network_card(site: Site, name: str, subnet: Record) -> Record:
    """A card for a machine of this name."""
    return compute.card(site, f"{name}-nic", subnet, host=4 + sum(name.encode()) % 200)


def _default(town: Town) -> None:
    subscriptions = access.tenant(town, SUBSCRIPTIONS)
    hub = _platform(town, subscriptions)
    built = [
        _application(town, subscriptions[which], name, location, hub, index)
        for index, (name, which, location) in enumerate(APPLICATIONS)
    ]
    _people(town, subscriptions)
    faults.plant(town, subscriptions, hub, built)


def _site(town: Town, subscription: str, group: str, location: str, environment: str, owner: str) -> Site:
    site = Site(town, subscription, group, location, environment, owner)
    town.store.put(site.root, {"location": location, "tags": site.tags(), "properties": {"provisioningState": "Succeeded"}})
    return site


def _workspace(site: Site) -> Record:
    return site.put(
        "Microsoft.OperationalInsights/workspaces/logs",
        {
            "customerId": site.town.store.guid(),
            "retentionInDays": 365,
            "sku": {"name": "PerGB2018"},
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Disabled",
            "createdDate": site.town.stamp(500),
            "workspaceCapping": {"dailyQuotaGb": -1},
        },
    )


def _platform(town: Town, subscriptions: list[str]) -> Built:
    """The hub: logs, backup, DNS, a registry, the way out, and what watches."""
    hub = Built(_site(town, subscriptions[0], "platform-rg", "westeurope", "production", "platform"))
    site, things = hub.site, hub.things
    things["workspace"] = _workspace(site)
    things["actions"] = site.put(
        "Microsoft.Insights/actionGroups/on-call",
        {
            "enabled": True,
            "groupShortName": "oncall",
            "emailReceivers": [{"name": "on-call", "emailAddress": "on-call@example.invalid"}],
        },
        location="Global",
    )
    for subscription in subscriptions:
        access.watched(town, subscription, things["workspace"], things["actions"])
    things["watcher"] = site.put("Microsoft.Network/networkWatchers/watcher", {})
    things["logs"] = data.account(site, f"platformlogs{town.store.chance.randrange(10**6):06d}", ("flow", "audit"))
    guard = network.group(site, "hub-nsg", [network.rule("vpn", 100, "443")])
    things["net"] = network.network(site, "hub-net", "10.10.0.0/16")
    hub.subnets = [network.subnet(site, things["net"], "shared", "10.10.1.0/24", guard)]
    network.flow_logs(site, things["watcher"], things["net"], things["logs"])
    things["registry"] = compute.registry(site, f"images{town.store.chance.randrange(10**6):06d}")
    things["backup"] = _backup(site)
    _zones(site)
    things["alert"] = site.put("Microsoft.Insights/metricAlerts/cpu-high", _alert(site, things["actions"]), location="global")
    return hub


def _backup(site: Site) -> Record:
    settings = {"immutabilitySettings": {"state": "Locked"}, "softDeleteSettings": {"softDeleteState": "AlwaysON"}}
    return site.put(
        "Microsoft.RecoveryServices/vaults/backup",
        {"publicNetworkAccess": "Disabled", "securitySettings": settings},
        sku={"name": "RS0", "tier": "Standard"},
    )


def _zones(site: Site) -> None:
    sizes = {"numberOfRecordSets": 12, "maxNumberOfRecordSets": 10000}
    site.put("Microsoft.Network/privateDnsZones/internal.invalid", {**sizes, "numberOfVirtualNetworkLinks": 2}, location="global")
    public = {**sizes, "zoneType": "Public", "nameServers": ["ns1.example.invalid."]}
    site.put("Microsoft.Network/dnsZones/company.invalid", public, location="global")


def _alert(site: Site, actions: Record) -> Body:
    test = {
        "name": "cpu",
        "metricName": "Percentage CPU",
        "metricNamespace": "Microsoft.Compute/virtualMachines",
        "operator": "GreaterThan",
        "threshold": 90,
        "timeAggregation": "Average",
    }
    return {
        "enabled": True,
        "severity": 1,
        "scopes": [site.root],
        "evaluationFrequency": "PT5M",
        "windowSize": "PT15M",
        "autoMitigate": True,
        "criteria": {"allOf": [test]},
        "actions": [{"actionGroupId": actions.body["id"]}],
    }


def _application(town: Town, subscription: str, name: str, location: str, hub: Built, number: int) -> Built:
    test = name.endswith("-test")
    app = Built(_site(town, subscription, f"{name}-rg", location, "test" if test else "production", name.partition("-")[0]))
    _network(app, hub, name, number)
    _machines(app, name)
    _stores(app, hub, name)
    if not test:
        _services(app, name)
    return app


def _network(app: Built, hub: Built, name: str, number: int) -> None:
    site, things, base = app.site, app.things, 20 + number
    web = network.group(
        site,
        f"{name}-web-nsg",
        [network.rule("https", 100, "443", "Internet"), network.rule("health", 110, "8443", "AzureLoadBalancer")],
    )
    inner = network.group(
        site,
        f"{name}-data-nsg",
        [
            network.rule("sql", 100, "1433", f"10.{base}.1.0/24"),
            network.rule("deny-rest", 4000, "*", "*", access="Deny", protocol="*"),
        ],
    )
    table = network.routes(
        site, f"{name}-routes", [("to-hub", "10.10.0.0/16", "VnetLocal", ""), ("out", "0.0.0.0/0", "Internet", "")]
    )
    net = network.network(site, f"{name}-net", f"10.{base}.0.0/16")
    app.subnets = [
        network.subnet(site, net, "web", f"10.{base}.1.0/24", web, table),
        network.subnet(site, net, "data", f"10.{base}.2.0/24", inner),
        network.subnet(site, net, "gate", f"10.{base}.3.0/24", None),
        network.subnet(site, net, "cluster", f"10.{base}.16.0/20", inner),
    ]
    things |= {"net": net, "web": web, "inner": inner}
    watcher = site.put(f"Microsoft.Network/networkWatchers/watcher-{site.location}", {})
    things["flow"] = network.flow_logs(site, watcher, net, hub.things["logs"])
    network.nat(site, f"{name}-nat", network.address(site, f"{name}-nat-ip"), [app.subnets[0], app.subnets[1]])
    for one, other, where in ((net, hub.things["net"], site), (hub.things["net"], net, hub.site)):
        _peered(where, one, other)


def _peered(site: Site, one: Record, other: Record) -> None:
    site.part(
        one,
        f"virtualNetworkPeerings/to-{other.body['name']}",
        {
            "peeringState": "Connected",
            "peeringSyncLevel": "FullyInSync",
            "allowVirtualNetworkAccess": True,
            "allowForwardedTraffic": False,
            "allowGatewayTransit": False,
            "useRemoteGateways": False,
            "remoteVirtualNetwork": {"id": other.body["id"]},
            "remoteAddressSpace": other.properties["addressSpace"],
            "provisioningState": "Succeeded",
        },
    )


def _machines(app: Built, name: str) -> None:
    site, things = app.site, app.things
    for number, zone in ((1, "1"), (2, "2")):
        card = compute.card(site, f"{name}-web-{number}-nic", app.subnets[0], host=9 + number)
        extra = [compute.disk(site, f"{name}-web-{number}-data", zone=zone)]
        app.cards.append(card)
        app.machines.append(compute.machine(site, f"{name}-web-{number}", card, disks=extra, zone=zone))
    worker = compute.card(site, f"{name}-worker-nic", app.subnets[1], host=20)
    app.machines.append(compute.machine(site, f"{name}-worker", worker, size="Standard_E4s_v5"))
    front = network.address(site, f"{name}-ip")
    things["balancer"] = network.balancer(site, f"{name}-lb", front, app.cards)
    data.lock(site, things["balancer"], "keep")
    boot = app.machines[0].properties["storageProfile"]["dataDisks"][0]["managedDisk"]["id"]
    things["snapshot"] = compute.snapshot(site, f"{name}-data-snap", boot)


def _stores(app: Built, hub: Built, name: str) -> None:
    site, things = app.site, app.things
    digits = f"{site.chance().randrange(10**6):06d}"
    plain = name.replace("-", "")
    things["account"] = data.account(site, f"{plain}data{digits}", ("assets", "exports"))
    things["server"], databases = data.sql(site, f"{name}-sql-{digits}", ("orders",))
    things["database"] = databases[0]
    things["vault"] = data.vault(site, f"{name}-kv-{digits}")
    things["bus"] = data.bus(site, f"{name}-bus-{digits}")
    backed = {
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "sourceResourceId": app.machines[0].body["id"],
        "protectionStatus": "Healthy",
    }
    site.part(hub.things["backup"], f"backupProtectedItems/{name}-web-1", backed)


def _services(app: Built, name: str) -> None:
    site, things = app.site, app.things
    digits = f"{site.chance().randrange(10**6):06d}"
    things["postgres"] = data.postgres(site, f"{name}-pg-{digits}")
    things["redis"] = data.redis(site, f"{name}-cache-{digits}")
    things["cosmos"] = data.cosmos(site, f"{name}-docs-{digits}")
    things["function"] = compute.function_app(site, f"{name}-jobs-{digits}")
    if name == "shop":
        things["cluster"] = compute.cluster(site, f"{name}-aks", app.subnets[3])
        data.logs_to(site, things["cluster"], ("kube-apiserver", "kube-audit", "kube-controller-manager", "guard"))
        environment = compute.environment(site, f"{name}-apps")
        things["app"] = compute.container_app(site, f"{name}-front", environment)
        policy = site.put(
            "Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/shop-waf",
            {"policySettings": {"state": "Enabled", "mode": "Prevention"}},
        )
        things["gate"] = network.gate(
            site, f"{name}-gate", network.address(site, f"{name}-gate-ip"), app.subnets[2], app.cards, policy
        )
        data.logs_to(site, things["gate"], ("ApplicationGatewayAccessLog",))
        data.lock(site, things["gate"], "keep")
    if name == "search":
        things["group"] = compute.scale_set(site, f"{name}-fleet", app.subnets[0])
        things["hub"] = data.bus(site, f"{name}-events-{digits}", hub=True)


def _people(town: Town, subscriptions: list[str]) -> None:
    """Administrators by group, one deployer; nobody from outside."""
    admins = [access.person(town, name) for name in ("ana.berg", "bo.lind")]
    readers = [access.person(town, name) for name in ("cy.holm", "di.vik")]
    group = access.team(town, "platform-admins", admins)
    access.team(town, "auditors", readers)
    deployer = access.service(town, "deployer")
    for subscription in subscriptions:
        scope = f"/subscriptions/{subscription}"
        access.assign(town, scope, access.CONTRIBUTOR, deployer, "ServicePrincipal")
        access.assign(town, scope, access.READER, group, "Group")
