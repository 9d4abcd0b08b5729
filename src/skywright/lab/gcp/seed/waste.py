"""Faults that cost: what does nothing, what nothing uses, and what nobody calls theirs."""

from typing import Any

from skywright.lab.gcp.seed.site import Site
from skywright.lab.gcp.seed.town import GLOBAL


def idle_instance(site: Site) -> None:
    """A machine that has done next to nothing for weeks."""
    name = "render"
    site.instance(name, "n2-standard-8", load=0.012)
    site.town.plant(site.project, site.region, "compute.instance", f"{site.zones[0]}/{name}", "compute_instance_idle")


def stopped_instance(site: Site) -> None:
    """A machine that was stopped two months ago, and whose disk is still paid for."""
    name = "migration"
    site.instance(name, "n1-standard-1", site.zones[1], status="TERMINATED")
    rules = ("compute_instance_stopped_with_storage",)
    site.town.plant(site.project, site.region, "compute.instance", f"{site.zones[1]}/{name}", *rules)


def loose_disk(site: Site) -> None:
    """A disk on nothing, and a snapshot of one that is long gone."""
    site.disk("archive", site.zones[0], 200)
    site.town.plant(site.project, site.region, "storage.volume", f"{site.zones[0]}/archive", "storage_volume_unattached")
    source = site.link(f"zones/{site.zones[0]}/disks/forgotten")
    name = f"before-upgrade-{site.region}"
    site.everywhere(
        "snapshots", name, {"diskSizeGb": "50", "sourceDisk": source, "labels": site.labels, "storageBytes": "1048576"}, 500
    )
    site.town.plant(site.project, GLOBAL, "storage.snapshot", name, "storage_snapshot_old", "storage_snapshot_orphaned")


def loose_address(site: Site) -> None:
    """A public address that nothing uses."""
    facts: dict[str, Any] = {"address": "203.0.113.201", "addressType": "EXTERNAL", "networkTier": "PREMIUM", "labels": site.labels}
    site.regional("addresses", "reserved", facts)
    site.town.plant(site.project, site.region, "network.address", "reserved", "network_address_unattached")


def idle_database(site: Site) -> None:
    """A database to which nobody connects."""
    name = f"pilot-{site.region}"
    site.database(name, load=0.0)
    site.town.plant(site.project, site.region, "database.instance", name, "database_instance_idle")


def nameless(site: Site) -> None:
    """Things of which nobody says whose they are."""
    site.instance("test-1", "e2-micro", site.zones[2], labels={"environment": "test"}, load=0.3)
    where = f"{site.zones[2]}/test-1"
    site.town.plant(site.project, site.region, "compute.instance", where, "compute_instance_without_owner")
    name = f"{site.project}-{site.region}-tmp"
    site.bucket(name, labels={})
    site.town.plant(site.project, site.region, "storage.bucket", name, "storage_bucket_without_owner")
