"""Machines, sizes, disks, clusters and functions become rows."""

from datetime import datetime

import pytest
from tests.adapters.clouds.azure._translating import HERE, ID, Example, beside, has

from skywright.adapters.clouds.azure.read import (
    containers,
    disks,
    functions,
    instances,
    messaging,
)


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
