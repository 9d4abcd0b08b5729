"""What went wrong over the years. Each fault is made by hand and written on the answer sheet at that moment."""

from typing import TYPE_CHECKING

from skywright.lab.azure.seed import access, compute, data, network
from skywright.lab.azure.seed.town import Site, Town
from skywright.lab.azure.store import Record

if TYPE_CHECKING:
    from skywright.lab.azure.seed.company import Built


def open_port(site: Site, group: Record, fault: str, port: str, name: str, *, priority: int = 300, source: str = "*") -> None:
    """A line of a group lets everyone in. It was meant for an afternoon."""
    network.add_rule(site, group, network.rule(f"{name}-from-everywhere", priority, port, source))
    site.plant(fault, "network.firewall", group)


def forgotten_disk(site: Site, name: str) -> Record:
    """A disk whose machine is long gone."""
    found = compute.disk(site, name, 512, days=140)
    site.plant("storage_volume_unattached", "storage.volume", found)
    return found


def forgotten_address(site: Site, name: str) -> Record:
    """An address that nothing answers on."""
    found = network.address(site, name)
    site.plant("network_address_unattached", "network.address", found)
    return found


def plant(town: Town, subscriptions: list[str], hub: "Built", apps: "list[Built]") -> None:
    """Every fault, spread over the applications."""
    shop, billing, search, test = apps
    _firewalls(shop, billing, search, test)
    _leftovers(shop, billing, search, test)
    _machines(billing, search, test)
    _stores(shop, billing, search, test)
    _services(shop, billing, search)
    _watchers(town, subscriptions, hub, test)
    _access(town, subscriptions)


def _firewalls(shop: "Built", billing: "Built", search: "Built", test: "Built") -> None:
    open_port(shop.site, shop.things["web"], "network_firewall_ssh_open_to_internet", "22", "ssh", source="Internet")
    open_port(billing.site, billing.things["web"], "network_firewall_rdp_open_to_internet", "3389", "rdp")
    open_port(
        search.site, search.things["web"], "network_firewall_redis_open_to_internet", "6300-6400", "cache", source="0.0.0.0/0"
    )
    open_port(test.site, test.things["web"], "network_firewall_ssh_open_to_internet", "20-30", "support")
    test.site.plant("network_firewall_telnet_open_to_internet", "network.firewall", test.things["web"])
    lonely = network.group(billing.site, "billing-old-nsg", [network.rule("https", 100, "443")])
    billing.site.plant("network_firewall_unused", "network.firewall", lonely)


def _leftovers(shop: "Built", billing: "Built", search: "Built", test: "Built") -> None:
    forgotten_disk(shop.site, "shop-web-3-data")
    forgotten_disk(test.site, "shop-test-copy")
    forgotten_address(billing.site, "billing-old-ip")
    forgotten_address(test.site, "shop-test-old-ip")
    old = compute.snapshot(
        search.site,
        "search-before-upgrade",
        search.machines[0].properties["storageProfile"]["osDisk"]["managedDisk"]["id"],
        days=500,
    )
    search.site.plant("storage_snapshot_old", "storage.snapshot", old)
    orphan = compute.snapshot(billing.site, "billing-gone-snap", billing.site.id("Microsoft.Compute/disks/billing-gone"), days=120)
    billing.site.plant("storage_snapshot_orphaned", "storage.snapshot", orphan)
    card = compute.card(test.site, "shop-test-old-nic", test.subnets[0], host=77)
    test.site.plant("network_interface_unattached", "network.interface", card)
    empty = network.balancer(search.site, "search-old-lb", None, [], subnet=search.subnets[0], load="idle")
    for fault in ("network_balancer_idle", "network_balancer_not_deletion_protected"):
        search.site.plant(fault, "network.balancer", empty)
    test.site.town.store.remove(test.things["flow"].key)
    test.site.plant("network_vpc_flow_logs_off", "network.vpc", test.things["net"])


def _machines(billing: "Built", search: "Built", test: "Built") -> None:
    for app, number in ((billing, 2), (test, 1)):
        machine = app.machines[number]
        machine.load = "idle"
        app.site.plant("compute_instance_idle", "compute.instance", machine)
    front = network.address(search.site, "search-worker-ip")
    card = search.site.town.store.get(search.machines[2].properties["networkProfile"]["networkInterfaces"][0]["id"])
    assert card is not None, "every machine has one"
    card.properties["ipConfigurations"][0]["properties"]["publicIPAddress"] = {"id": front.body["id"]}
    search.site.plant("compute_instance_public_address", "compute.instance", search.machines[2])
    stopped = test.machines[2]
    stopped.power, stopped.hidden = "deallocated", {"since": test.site.town.stamp(75)}
    test.site.plant("compute_instance_stopped_with_storage", "compute.instance", stopped)
    test.machines[0].body["tags"] = {"environment": "test"}
    test.site.plant("compute_instance_without_owner", "compute.instance", test.machines[0])


def _stores(shop: "Built", billing: "Built", search: "Built", test: "Built") -> None:
    public = shop.things["account"]
    public.properties["allowBlobPublicAccess"] = True
    blobs = data.blobs_of(shop.site, public)
    data.container(shop.site, blobs, "downloads", "Blob")
    for fault in ("storage_bucket_public", "storage_bucket_public_access_not_blocked"):
        shop.site.plant(fault, "storage.bucket", public)
    weak = billing.things["account"]
    weak.properties.update({"minimumTlsVersion": "TLS1_0", "supportsHttpsTrafficOnly": False, "allowSharedKeyAccess": True})
    billing.site.plant("storage_bucket_tls_not_required", "storage.bucket", weak)
    data.blobs_of(search.site, search.things["account"]).properties["isVersioningEnabled"] = False
    search.site.plant("storage_bucket_versioning_off", "storage.bucket", search.things["account"])
    _databases(billing, search, test)


def _databases(billing: "Built", search: "Built", test: "Built") -> None:
    server = billing.things["server"]
    server.properties["publicNetworkAccess"] = "Enabled"
    billing.site.part(server, "firewallRules/everyone", {"startIpAddress": "0.0.0.0", "endIpAddress": "255.255.255.255"})  # noqa: S104 - the fault
    database = billing.things["database"]
    native = f"{billing.site.group}/{server.body['name']}/{database.body['name']}"
    for fault in ("database_instance_public", "database_instance_reachable"):
        billing.site.plant(fault, "database.instance", database, native)
    short = search.things["database"]
    _part(search.site, short, "backupShortTermRetentionPolicies/default").properties["retentionDays"] = 2
    owner = search.things["server"].body["name"]
    search.site.plant(
        "database_instance_short_backup", "database.instance", short, f"{search.site.group}/{owner}/{short.body['name']}"
    )
    plain = test.things["database"]
    _part(test.site, plain, "transparentDataEncryption/current").properties["state"] = "Disabled"
    owner = test.things["server"].body["name"]
    test.site.plant("database_instance_unencrypted", "database.instance", plain, f"{test.site.group}/{owner}/{plain.body['name']}")
    test.site.plant("database_cluster_unencrypted", "database.cluster", test.things["server"])
    _unlock(test.site, test.things["server"])
    test.site.plant("database_cluster_not_deletion_protected", "database.cluster", test.things["server"])
    test.site.plant(
        "database_instance_not_deletion_protected", "database.instance", plain, f"{test.site.group}/{owner}/{plain.body['name']}"
    )
    _unlock(search.site, search.things["cosmos"])
    search.site.plant("database_table_not_deletion_protected", "database.table", search.things["cosmos"])
    test.things["vault"].properties.pop("enablePurgeProtection")
    test.things["bus"].properties["minimumTlsVersion"] = "1.0"


def _unlock(site: Site, of: Record) -> None:
    site.town.store.remove(f"{of.key}/providers/microsoft.authorization/locks/keep")


def _part(site: Site, of: Record, path: str) -> Record:
    found = site.town.store.get(f"{of.body['id']}/{path}")
    assert found is not None, path
    return found


def _services(shop: "Built", billing: "Built", search: "Built") -> None:
    shop.things["cluster"].properties["apiServerAccessProfile"] = {"enablePrivateCluster": False}
    shop.site.plant("kubernetes_cluster_endpoint_open_to_internet", "kubernetes.cluster", shop.things["cluster"])
    billing.things["redis"].properties["enableNonSslPort"] = True
    billing.site.plant("database_cache_unencrypted_in_transit", "database.cache", billing.things["redis"])
    old = billing.things["function"]
    old.properties["siteConfig"]["linuxFxVersion"] = "Python|3.8"
    _part(billing.site, old, "config/web").properties["linuxFxVersion"] = "Python|3.8"
    billing.site.plant("function_function_runtime_ended", "function.function", old)
    old.properties["httpsOnly"] = False
    group = compute.scale_set(search.site, "search-batch", search.subnets[1], 2, zones=[])
    search.site.plant("compute_group_single_zone", "compute.group", group)
    single = search.things["postgres"]
    single.properties["highAvailability"] = {"mode": "Disabled", "state": "NotEnabled"}
    native = f"{search.site.group}/postgresql:{single.body['name']}"
    search.site.plant("database_instance_single_zone", "database.instance", single, native)
    ended = shop.things["postgres"]
    ended.properties["version"] = "11"
    shop.site.plant(
        "database_instance_engine_ended", "database.instance", ended, f"{shop.site.group}/postgresql:{ended.body['name']}"
    )
    shop.things["cosmos"].properties.update({"publicNetworkAccess": "Enabled", "disableLocalAuth": False})


def _watchers(town: Town, subscriptions: list[str], hub: "Built", test: "Built") -> None:
    hub.things["registry"].properties.update({"adminUserEnabled": True, "anonymousPullEnabled": True})
    hub.site.plant("registry_repository_public", "registry.repository", hub.things["registry"])
    mute = {**hub.things["alert"].properties, "actions": []}
    alert = hub.site.put("Microsoft.Insights/metricAlerts/disk-full", mute, location="global")
    hub.site.plant("monitor_alarm_without_action", "monitor.alarm", alert, region="global")
    town.store.remove(f"/subscriptions/{subscriptions[2]}/providers/microsoft.insights/diagnosticsettings/activity")
    silent(town, test.site, subscriptions[2])
    budget = town.store.get(f"/subscriptions/{subscriptions[1]}/providers/microsoft.consumption/budgets/monthly")
    assert budget is not None, "it was made"
    budget.properties["notifications"] = {}
    town.sheet.append(
        {
            "fault": "finance_budget_without_notification",
            "kind": "finance.budget",
            "account": subscriptions[1],
            "region": "global",
            "native_id": "-/monthly",
        }
    )


def silent(town: Town, site: Site, subscription: str) -> None:
    """Nobody keeps this subscription's activity log."""
    account = town.store.get(f"/subscriptions/{subscription}")
    assert account is not None, "it was made"
    site.plant("account_account_no_multi_region_trail", "account.account", account, subscription, "global")


def _access(town: Town, subscriptions: list[str]) -> None:
    guest = access.person(town, "helper", guest=True, days=200)
    access.assign(town, f"/subscriptions/{subscriptions[1]}", access.OWNER, guest)
    wide = access.custom_role(town, subscriptions[1], "do-anything", ["*"])
    importer = access.service(town, "old-importer", secret_days=700)
    access.assign(town, f"/subscriptions/{subscriptions[1]}", wide.body["id"], importer, "ServicePrincipal")
    application = town.directory.objects["applications"][-1]
    key = f"{application['id']}/{application['passwordCredentials'][0]['keyId']}"
    tenant = {"kind": "identity.key", "account": town.authority.tenant, "region": "global"}
    town.sheet.append({"fault": "identity_key_not_rotated", **tenant, "native_id": key})
    town.sheet.append(
        {
            "fault": "identity_policy_administrator",
            "kind": "identity.policy",
            "account": subscriptions[1],
            "region": "global",
            "native_id": f"-/{wide.body['name']}",
        }
    )
