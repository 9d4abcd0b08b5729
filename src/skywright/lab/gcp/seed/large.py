"""Tens of thousands of plain resources: enough of each kind to see how reading scales. They are in order; nothing is planted."""

from typing import Any

from skywright.lab.gcp.seed.site import Site

KINDS = 8
"""How many resources one turn of the loop makes."""


def fill(sites: list[Site], size: int) -> None:
    """About ``size`` more resources over these sites."""
    turns = max(0, size) // (KINDS * len(sites))
    for site in sites:
        for place in range(turns):
            _turn(site, place)


def _turn(site: Site, place: int) -> None:
    """An instance with its disk, a data disk, a snapshot, a bucket, a topic, a firewall rule, a secret."""
    name, zone = f"node-{place:05d}", site.zones[place % 3]
    tag = f"app-{place // 10}"  # ten machines to an application, so that rules and machines do not all meet
    site.instance(name, "e2-small", zone, load=0.2 + (place % 50) / 100, tags={"items": [tag]})
    data = site.disk(f"{name}-data", zone, 100, users=[site.link(f"zones/{zone}/instances/{name}")])
    snapshot: dict[str, Any] = {"diskSizeGb": "100", "sourceDisk": data, "labels": site.labels, "storageBytes": "1048576"}
    site.everywhere("snapshots", f"{name}-{site.region}", snapshot, 5)
    site.bucket(f"{site.project}-{site.region}-{place:05d}")
    topic: dict[str, Any] = {"labels": site.labels, "kmsKeyName": site.own_key}
    site.town.put(f"pubsub/projects/{site.project}/topics/events-{site.region}-{place:05d}", topic)
    site.firewall(
        f"allow-{site.region}-{place:05d}",
        [{"IPProtocol": "tcp", "ports": [str(8000 + place % 1000)]}],
        ["10.0.0.0/8"],
        targetTags=[tag],
    )
    secret: dict[str, Any] = {"replication": {"automatic": {}}, "labels": site.labels, "rotation": {"rotationPeriod": "2592000s"}}
    site.town.put(f"secretmanager/projects/{site.project}/secrets/token-{site.region}-{place:05d}", secret)
