"""More of the same: as many machines, disks, cards and addresses as are asked for, in groups of a hundred machines."""

from skywright.lab.azure.seed import compute, network
from skywright.lab.azure.seed.town import Site, Town

PER_MACHINE = 4  # a machine, its two disks, its card
MACHINES_PER_GROUP = 100


def grow(town: Town, size: int) -> None:
    """About ``size`` resources more. Every fiftieth machine left a disk behind, and every hundredth group an open port."""
    subscriptions = [record.body["subscriptionId"] for record in town.store.of_type("microsoft.resources/subscriptions")]
    machines = max(1, size // PER_MACHINE)
    for start in range(0, machines, MACHINES_PER_GROUP):
        number = start // MACHINES_PER_GROUP
        location = ("westeurope", "northeurope")[number % 2]
        site = Site(town, subscriptions[1 + number % 2], f"fleet-{number:04d}-rg", location, "production", "fleet")
        town.store.put(site.root, {"location": location, "tags": site.tags(), "properties": {"provisioningState": "Succeeded"}})
        _fleet(site, number, min(MACHINES_PER_GROUP, machines - start))


def _fleet(site: Site, number: int, count: int) -> None:
    guard = network.group(site, "fleet-nsg", [network.rule("https", 100, "443")])
    net = network.network(site, "fleet-net", f"10.{100 + number % 100}.0.0/16")
    subnet = network.subnet(site, net, "fleet", f"10.{100 + number % 100}.1.0/24", guard)
    for each in range(count):
        card = compute.card(site, f"vm-{each:03d}-nic", subnet, host=4 + each)
        extra = compute.disk(site, f"vm-{each:03d}-data", 256)
        compute.machine(site, f"vm-{each:03d}", card, disks=[extra], size="Standard_D2s_v5")
        if each % 50 == 49:
            left = compute.disk(site, f"vm-{each:03d}-old", 256, days=90)
            site.plant("storage_volume_unattached", "storage.volume", left)
    if number % 100 == 99:
        network.add_rule(site, guard, network.rule("ssh", 200, "22", "*"))
        site.plant("network_firewall_ssh_open_to_internet", "network.firewall", guard)
