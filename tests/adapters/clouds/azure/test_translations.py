"""Azure's answers (shapes of the REST API reference) -> rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from skywright.adapters.clouds.azure.read import (
    access,
    balancers,
    containers,
    databases,
    disks,
    functions,
    instances,
    messaging,
    network,
    sql,
    storage,
    subscriptions,
    vaults,
)
from skywright.adapters.clouds.azure.read.base import Locks, Place, by_id, categories
from skywright.adapters.clouds.azure.read.instances import Beside
from skywright.adapters.clouds.azure.read.storage import Details
from skywright.model.kinds import Resource

HERE = Place("s", "westeurope")
ID = "azure:s:westeurope:"
Example = Callable[[str], Any]
NO_LOCKS = Locks(iter(()))


def has(row: Resource, **expected: Any) -> None:
    assert {name: getattr(row, name) for name in expected} == expected


def beside(example: Example, **given: Any) -> Beside:
    known = {
        "sizes": {},
        "cards": by_id([example("nic")]),
        "addresses": by_id([example("address")]),
        "stopped": {},
        "locks": NO_LOCKS,
    }
    return Beside(**known | given)


def test_a_machine(example: Example) -> None:
    row = instances.instance(example("vm"), HERE, beside(example))
    has(
        row,
        id=f"{ID}compute.instance/rg/web",
        name="Web",
        state="running",
        created_at=datetime(2025, 6, 27, 1, 2, 38, 313846),
        type="Standard_D4ps_v5",
        vcpus=4,
        memory_mib=None,
        architecture="arm64",
        burstable=False,
        platform="linux",
        lifecycle="spot",
        image="",
        zone="2",
        vpc=f"{ID}network.vpc/rg/net",
        subnet=f"{ID}network.subnet/rg/net/front",
        private_ip="10.0.0.4",
        public_ip="20.1.2.3",
        firewalls=[f"{ID}network.firewall/rg/web"],
        volumes=[f"{ID}storage.volume/rg/data", f"{ID}storage.volume/rg/os"],
        role="",
        scaling_group="",
        termination_protected=False,
        allocated=True,
    )
    assert row.native["properties"]["hardwareProfile"] == {"vmSize": "Standard_D4ps_v5"}
    assert "subscriptionId" not in row.native


def test_capabilities_of_a_size_win_over_its_name(example: Example) -> None:
    sizes = {"standard_d4ps_v5": {"vCPUs": "4", "MemoryGB": "15.5"}}
    has(instances.instance(example("vm"), HERE, beside(example, sizes=sizes)), vcpus=4, memory_mib=15872)


def test_what_could_not_be_read_is_unknown(example: Example) -> None:
    row = instances.instance(example("vm"), HERE, beside(example, cards=None, locks=None))
    has(row, vpc=None, subnet=None, private_ip=None, public_ip=None, firewalls=None, termination_protected=None)
    has(instances.instance(example("vm"), HERE, beside(example, addresses=None)), public_ip=None, private_ip="10.0.0.4")
    has(instances.instance(example("vm"), HERE, beside(example, cards={})), firewalls=None, public_ip=None)


@pytest.mark.parametrize(
    ("power", "state", "allocated"),
    [("running", "running", True), ("stopped", "stopped", True), ("deallocated", "stopped", False), ("starting", "pending", True)],
)
def test_power(example: Example, power: str, state: str, allocated: bool) -> None:
    raw = example("vm")
    del raw["properties"]["extended"]
    raw["properties"]["instanceView"] = {"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": f"PowerState/{power}"}]}
    since = datetime(2026, 1, 1)
    row = instances.instance(raw, HERE, beside(example, stopped={raw["id"].lower(): since}))
    has(row, state=state, allocated=allocated, stopped_at=since if state == "stopped" else None)


def test_a_machine_whose_power_is_not_told(example: Example) -> None:
    raw = example("vm")
    del raw["properties"]["extended"]
    has(instances.instance(raw, HERE, beside(example)), state=None, allocated=None)


@pytest.mark.parametrize(
    ("size", "vcpus", "architecture", "burstable"),
    [
        ("Standard_B2s", 2, "x86_64", True),
        ("Standard_E16-8s_v3", None, "x86_64", False),
        ("Basic_A1", 1, "x86_64", False),
        ("odd", None, None, None),
    ],
)
def test_names_of_sizes(size: str, vcpus: int | None, architecture: str | None, burstable: bool | None) -> None:
    found = instances.shape(size, None)
    assert (found["vcpus"], found["architecture"], found["burstable"]) == (vcpus, architecture, burstable)


def test_a_disk(example: Example) -> None:
    has(
        disks.disk(example("disk"), HERE),
        state="available",
        type="Premium_LRS",
        size_gib=128,
        iops=500,
        throughput_mibps=100,
        encrypted=True,
        key="",
        zone="1",
        attached=False,
        attached_to="",
        snapshot=f"{ID}storage.snapshot/rg/before",
    )


def test_a_disk_of_a_machine_that_is_off_is_attached(example: Example) -> None:
    raw = example("disk") | {"managedBy": example("vm")["id"]}
    raw["properties"]["diskState"] = "Reserved"
    raw["properties"]["encryption"] = {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": "/set"}
    has(disks.disk(raw, HERE), state="in-use", attached=True, attached_to=f"{ID}compute.instance/rg/web", key="/set")


def test_a_network_its_subnet_and_its_peering(example: Example) -> None:
    raw = example("network")
    has(network.vpc(raw, HERE, {}), cidr="10.0.0.0/16", cidrs=["10.0.0.0/16", "10.1.0.0/16"], flow_logs=False, flow_log_bucket="")
    has(
        network.subnet(raw["properties"]["subnets"][0], HERE, raw, {}),
        id=f"{ID}network.subnet/rg/net/front",
        vpc=f"{ID}network.vpc/rg/net",
        tags={"owner": "net"},
        cidr="10.0.0.0/28",
        free_addresses=9,  # 16, less Azure's five and the two in use
        firewalls=[f"{ID}network.firewall/rg/web"],
        route_table=f"{ID}network.route/rg/out",
        private_access=True,
        flow_logs=False,
        auto_public_ip=False,
    )
    has(
        network.peering(raw["properties"]["virtualNetworkPeerings"][0], HERE, raw, "there"),
        id=f"{ID}network.peering/rg/net/hub",
        state="connected",
        vpc=f"{ID}network.vpc/rg/net",
        peer_vpc="there",
        peer_account="s2",
        forwards=True,
    )


def test_flow_logs_of_a_network_or_of_all_its_subnets(example: Example) -> None:
    raw = example("network")
    bucket = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/logs"
    for logged in (raw["id"], raw["properties"]["subnets"][0]["id"]):
        has(network.vpc(raw, HERE, {logged.lower(): bucket}), flow_logs=True, flow_log_bucket="rg/logs")
    has(network.vpc(raw, HERE, None), flow_logs=None, flow_log_bucket=None)


def test_a_card_and_an_address(example: Example) -> None:
    addresses = {example("address")["id"].lower(): "20.1.2.3"}
    has(
        network.interface(example("nic"), HERE, addresses),
        state="in-use",
        subnet=f"{ID}network.subnet/rg/net/front",
        vpc=f"{ID}network.vpc/rg/net",
        private_ip="10.0.0.4",
        public_ip="20.1.2.3",
        firewalls=[f"{ID}network.firewall/rg/web"],
        attached=True,
        attached_to=f"{ID}compute.instance/rg/web",
        source_check=True,
    )
    has(
        network.address(example("address"), HERE),
        public_ip="20.1.2.3",
        attached=True,
        attached_to=f"{ID}network.interface/rg/nic",
        needs_firewall=True,
    )
    loose = example("address")
    del loose["properties"]["ipConfiguration"]
    has(network.address(loose, HERE), attached=False, attached_to="", state="available")


def test_a_storage_account(example: Example) -> None:
    told = Details(
        service={"properties": {"isVersioningEnabled": True, "deleteRetentionPolicy": {"enabled": True, "days": 7}}},
        containers=[
            {"name": "shown", "properties": {"publicAccess": "Blob"}},
            {"name": "kept", "properties": {"publicAccess": "None"}},
        ],
        rules=2,
        logs=[{"properties": {"storageAccountId": "/a/logs", "logs": [{"category": "StorageRead", "enabled": True}]}}],
    )
    row = storage.account(example("account"), HERE, told)
    has(
        row,
        block_public_acls=False,
        restrict_public_buckets=False,
        public_acl=True,
        public_policy=False,
        containers=["kept", "shown"],
        public_containers=["shown"],
        tls_required=True,
        tls_minimum="TLS1_2",
        encryption="provider",
        versioning="on",
        soft_delete_days=7,
        lifecycle_rules=2,
        access_logging=True,
        log_bucket="logs",
        shared_key_access=False,
        public_network=True,
    )


def test_a_closed_account_shows_nothing_whatever_its_containers_say(example: Example) -> None:
    raw = example("account")
    raw["properties"]["allowBlobPublicAccess"] = False
    told = Details(containers=[{"name": "shown", "properties": {"publicAccess": "Container"}}])
    has(
        storage.account(raw, HERE, told),
        public_acl=False,
        ignore_public_acls=True,
        versioning=None,
        access_logging=None,
        lifecycle_rules=None,
    )


def test_an_account_that_does_not_say_is_as_old_accounts_are(example: Example) -> None:
    raw = example("account")
    for name in ("allowBlobPublicAccess", "minimumTlsVersion", "allowSharedKeyAccess"):
        del raw["properties"][name]
    row = storage.account(raw, HERE, Details())
    has(row, block_public_acls=False, public_acl=None, tls_minimum="TLS1_0", shared_key_access=True, containers=None)


def test_a_cluster(example: Example) -> None:
    has(
        containers.kubernetes(example("aks"), HERE, ["kube-audit", "guard"]),
        version="1.29.7",
        endpoint_public=True,
        endpoint_private=False,
        public_cidrs=["203.0.113.0/24"],
        log_types=["audit", "authenticator"],
        secrets_encrypted=False,
        nodes_desired=5,
        node_groups=2,
        network_policy=True,
        local_accounts=True,
        auto_upgrade=True,
        private_nodes=True,
        workload_identity=True,
        vpc=f"{ID}network.vpc/rg/net",
    )
    raw = example("aks")
    del raw["properties"]["apiServerAccessProfile"]
    has(containers.kubernetes(raw, HERE, None), public_cidrs=["0.0.0.0/0"], log_types=None)
    raw["properties"]["apiServerAccessProfile"] = {"enablePrivateCluster": True}
    has(containers.kubernetes(raw, HERE, []), public_cidrs=[], endpoint_public=False, log_types=[])


def test_a_container_app_keeps_no_values(example: Example) -> None:
    environment = {"/subscriptions/s/resourcegroups/rg/providers/microsoft.app/managedenvironments/env": {"properties": {}}}
    row = containers.app(example("app"), HERE, environment)
    has(row, public=True, image="reg.azurecr.io/api:1", min_instances=1, max_instances=5, cpu_limit_millis=500, health_check=False)
    assert "hunter2" not in str(row)
    assert row.native["properties"]["template"]["containers"][0]["env"] == [{"name": "DB_URL"}]
    has(containers.app(example("app"), HERE, None), public=None)
    inner = {next(iter(environment)): {"properties": {"vnetConfiguration": {"internal": True}}}}
    has(containers.app(example("app"), HERE, inner), public=False)


def test_an_application_gateway_and_its_pool(example: Example) -> None:
    raw = example("gateway")
    row = balancers.application_gateway(raw, HERE, by_id([example("address")]), NO_LOCKS, ["ApplicationGatewayAccessLog"])
    has(
        row,
        id=f"{ID}network.balancer/rg/application:gw",
        type="application",
        public=True,
        public_ips=["20.1.2.3"],
        zones=["1", "2"],
        web_acl=True,
        access_logging=True,
        deletion_protected=False,
        targets=2,
        vpc=f"{ID}network.vpc/rg/net",
    )
    assert [(one.port, one.protocol, one.redirects_to_tls, one.tls_policy) for one in row.listeners or ()] == [
        (80, "HTTP", True, None),
        (443, "HTTPS", False, "AppGwSslPolicy20220101"),
    ]
    pool = balancers.pool(raw["properties"]["backendAddressPools"][0], HERE, raw)
    has(
        pool,
        id=f"{ID}network.targets/rg/application:gw/one",
        balancers=[row.id],
        port=8080,
        protocol="HTTP",
        health_check_path="/health",
        targets=["10.0.0.4", "app.example.org"],
    )


def test_a_load_balancer_and_its_pool(example: Example) -> None:
    raw = example("balancer")
    row = balancers.load_balancer(raw, HERE, {}, None)
    has(
        row,
        type="network",
        public=False,
        private_ips=["10.0.0.9"],
        zones=["1", "2", "3"],
        targets=1,
        idle_timeout_s=240,
        deletion_protected=None,
    )
    assert [(one.port, one.protocol) for one in row.listeners or ()] == [(443, "TCP")]
    pool = balancers.pool(raw["properties"]["backendAddressPools"][0], HERE, raw)
    has(pool, port=8443, protocol="TCP", health_check_path="/up", targets=[f"{ID}network.interface/rg/nic"], balancers=[row.id])


def test_a_database_and_its_server(example: Example) -> None:
    server = sql.Server(
        example("sql"),
        rules=[{"properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "255.255.255.255"}}],
        auditing={"properties": {"state": "Disabled"}},
        locks=NO_LOCKS,
    )
    extra = sql.Extra({"properties": {"state": "Enabled"}}, {"properties": {"retentionDays": 7}})
    row = sql.database(example("database"), HERE, server, extra)
    has(
        row,
        id=f"{ID}database.instance/rg/srv/shop",
        state="available",
        engine="sqlserver",
        type="GP_Gen5_2",
        cluster=f"{ID}database.cluster/rg/srv",
        storage_gib=32,
        multi_zone=False,
        public=True,
        authorized_cidrs=["0.0.0.0/0"],
        encrypted=True,
        backup_retention_days=7,
        iam_authentication=False,
        log_exports=[],
        auditing=False,
        tls_minimum="1.2",
        master_username="sa",
    )
    has(sql.server_row(server, HERE, [row]), members=1, multi_zone=False, encrypted=True, backup_retention_days=7)
    has(sql.server_row(server, HERE, None), members=None, encrypted=None, backup_retention_days=None)
    lonely = sql.database(example("database"), HERE, None, sql.Extra())
    has(
        lonely,
        public=None,
        encrypted=None,
        backup_retention_days=None,
        authorized_cidrs=None,
        iam_authentication=None,
        log_exports=None,
    )


def test_a_flexible_server(example: Example) -> None:
    extra = databases.Extra(
        rules=[{"properties": {"startIpAddress": "1.2.3.4", "endIpAddress": "1.2.3.5"}}],
        tls={"properties": {"value": "off"}},
        logs=[],
    )
    row = databases.flexible(example("postgres"), HERE, databases.POSTGRES, extra, NO_LOCKS)
    has(
        row,
        id=f"{ID}database.instance/rg/postgresql:pg",
        engine="postgres",
        engine_version="13.6",
        multi_zone=True,
        public=True,
        authorized_cidrs=["1.2.3.4/31"],
        tls_required=False,
        backup_retention_days=7,
        iam_authentication=True,
        log_exports=[],
        port=5432,
    )
    inside = example("postgres")
    inside["properties"]["network"]["delegatedSubnetResourceId"] = example("network")["properties"]["subnets"][0]["id"]
    has(
        databases.flexible(inside, HERE, databases.POSTGRES, databases.Extra(), None),
        public=False,
        vpc=f"{ID}network.vpc/rg/net",
        tls_required=None,
    )


def test_redis_and_cosmos(example: Example) -> None:
    has(
        databases.redis(example("redis"), HERE),
        engine_version="6.0.14",
        type="Premium_P1",
        multi_zone=True,
        encrypted_in_transit=True,
        authentication=True,
        snapshot_retention_days=5,
        public=True,
    )
    has(
        databases.cosmos(example("cosmos"), HERE, NO_LOCKS),
        billing="on-demand",
        point_in_time_recovery=False,
        public=True,
        firewalled=False,
        local_authentication=True,
        engine="sql",
        encrypted_with_key=False,
    )


def test_a_vault_without_purge_protection(example: Example) -> None:
    has(
        vaults.vault(example("vault"), HERE, [], 2),
        soft_delete=True,
        purge_protected=False,
        public=True,
        rbac=False,
        logging=False,
        keys=2,
    )
    has(vaults.vault(example("vault"), HERE, None, None), logging=None, keys=None)


def test_a_secret_is_never_its_value() -> None:
    path = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.KeyVault/vaults/keys/secrets/db"
    raw = {"id": path, "name": "db", "properties": {"value": "hunter2", "attributes": {"enabled": True, "created": 1700000000}}}
    row = vaults.secret(raw, HERE)
    assert "hunter2" not in str(row)
    has(row, id=f"{ID}crypto.secret/rg/keys/db", created_at=datetime(2023, 11, 14, 22, 13, 20), rotation=None)


def test_who_administers(example: Example) -> None:
    roles = {"owner": example("owner"), "contributor": example("contributor")}
    row = access.binding(example("assignment"), Place("s", "global"), roles, {"p1"})
    has(
        row,
        role="Owner",
        principal="p1",
        principal_type="user",
        scope="azure:s:global:account.account/s",
        administrator=True,
        external=True,
        conditional=False,
    )
    assert access.administers(roles["contributor"]) is False
    has(access.binding(example("assignment"), HERE, None, None), administrator=None, external=None, role="owner")


def test_a_role_of_ones_own(example: Example) -> None:
    raw = example("owner") | {"name": "own"}
    raw["properties"]["permissions"] = [
        {"actions": ["Microsoft.Compute/*", "*/read", "Microsoft.Authorization/roleAssignments/write"]}
    ]
    row = access.policy(raw, HERE, [{"properties": {"roleDefinitionId": "/x/roleDefinitions/OWN"}}])
    has(row, name="Owner", attachments=1, administrator=False, wildcard_services=["Microsoft.Compute"], privilege_escalation=True)
    has(access.policy(example("owner"), HERE, None), administrator=True, attachments=None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"linuxFxVersion": "Python|3.8"}, "python3.8"),
        ({"linuxFxVersion": "Node|18"}, "nodejs18.x"),
        ({"linuxFxVersion": "DOTNET-ISOLATED|8.0"}, "dotnet8"),
        ({"linuxFxVersion": "Java|8"}, "java8"),
        ({"linuxFxVersion": "DOCKER|reg/app:1"}, "container"),
        ({"linuxFxVersion": "", "powerShellVersion": "7.2"}, "powershell7.2"),
        ({"javaVersion": "1.8"}, "java8"),
        ({"nodeVersion": "~16"}, "nodejs16.x"),
        ({}, None),
    ],
)
def test_runtimes(fields: dict[str, str], expected: str | None) -> None:
    assert functions.runtime({"properties": fields}) == expected


SITE = {
    "id": "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Web/sites/f",
    "name": "f",
    "kind": "functionapp,linux",
    "properties": {},
}


@pytest.mark.parametrize(
    ("level", "restricted", "network_access", "expected"),
    [
        ("anonymous", False, "Enabled", True),
        ("function", False, "Enabled", False),
        ("anonymous", True, "Enabled", False),
        ("anonymous", False, "Disabled", False),
    ],
)
def test_a_public_function(level: str, restricted: bool, network_access: str, expected: bool) -> None:
    limits = [{"ipAddress": "10.0.0.0/8", "action": "Allow"}] if restricted else [{"ipAddress": "Any", "action": "Allow"}]
    extra = functions.Extra(
        settings={"properties": {"ipSecurityRestrictions": limits}},
        functions=[{"properties": {"config": {"bindings": [{"type": "httpTrigger", "authLevel": level}]}}}],
    )
    raw = SITE | {"properties": {"publicNetworkAccess": network_access}}
    has(functions.function(raw, HERE, extra), public=expected)
    has(functions.function(SITE, HERE, functions.Extra()), public=None, runtime=None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P14D", 1209600),
        ("PT1H30M", 5400),
        ("P1DT2H3M4.5S", 93784),
        ("P10675199DT2H48M5.4775807S", messaging.EVER_S),
        ("", None),
        ("P", None),
        ("14", None),
    ],
)
def test_durations(text: str, expected: int | None) -> None:
    assert messaging.seconds(text) == expected


def test_locks_hold_what_is_below() -> None:
    head = "/subscriptions/S/resourceGroups/RG"
    tail = "/providers/Microsoft.Authorization/locks/keep"
    locks = Locks(iter([{"id": f"{head}/providers/Microsoft.Sql/servers/s{tail}", "properties": {"level": "CanNotDelete"}}]))
    assert locks.hold(f"{head}/providers/Microsoft.Sql/servers/S/databases/d")
    assert not locks.hold(f"{head}/providers/Microsoft.Sql/servers/s2")
    assert Locks(iter([{"id": f"{head}{tail}", "properties": {"level": "ReadOnly"}}])).hold(f"{head}/providers/x/y/z")
    assert not Locks(iter([{"id": f"{head}{tail}", "properties": {"level": "NotSpecified"}}])).hold(head)


def test_categories_are_those_that_are_on() -> None:
    logs = [{"category": "A", "enabled": True}, {"category": "B", "enabled": False}, {"categoryGroup": "allLogs", "enabled": True}]
    assert categories([{"properties": {"logs": logs}}]) == ["A", "allLogs"]
    assert categories(None) is None and categories([]) == []


def test_a_trail_writes_what_is_on() -> None:
    raw = {
        "id": "/subscriptions/S/providers/microsoft.insights/diagnosticSettings/main",
        "name": "main",
        "properties": {"logs": [{"category": "Security", "enabled": True}]},
    }
    row = subscriptions.trail(raw, Place("s", "global"), "bucket", "")
    has(row, native_id="-/main", logging=True, multi_region=True, bucket="bucket", log_group="")
    raw["properties"]["logs"] = []
    has(subscriptions.trail(raw, HERE, "", ""), logging=False)


def routes_of(example: Example, *own: dict[str, Any], networks: Any = "known") -> list[tuple[Any, ...]] | None:
    net = example("network")
    net["properties"]["virtualNetworkPeerings"][0]["properties"]["remoteAddressSpace"] = {"addressPrefixes": ["10.8.0.0/16"]}
    raw = {
        "id": "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/routeTables/out",
        "name": "out",
        "properties": {"subnets": [{"id": net["properties"]["subnets"][0]["id"]}], "routes": [{"properties": one} for one in own]},
    }
    row = network.route_table(raw, HERE, by_id([net]) if networks == "known" else networks)
    return None if row.routes is None else [(one.cidr, one.target, one.state) for one in row.routes]


HUB = f"{ID}network.peering/rg/net/hub"
SYSTEM = [("10.0.0.0/16", "local", "active"), ("10.1.0.0/16", "local", "active"), ("10.8.0.0/16", HUB, "active")]
OUT = [("0.0.0.0/0", "internet", "active"), ("::/0", "internet", "active")]


def test_a_table_without_routes_leaves_the_systems_own(example: Example) -> None:
    assert routes_of(example) == [*SYSTEM, *OUT]


def test_a_route_of_ones_own_takes_the_place_of_the_systems(example: Example) -> None:
    appliance = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.1.4"}
    hole = {"addressPrefix": "10.8.0.0/16", "nextHopType": "None"}
    assert routes_of(example, appliance, hole) == [
        ("0.0.0.0/0", "10.0.1.4", "active"),
        ("10.8.0.0/16", "blackhole", "blackhole"),
        *SYSTEM[:2],
        OUT[1],
    ]


def test_routes_of_a_network_that_is_not_known_are_not_known(example: Example) -> None:
    assert routes_of(example, networks=None) is None and routes_of(example, networks={}) is None
