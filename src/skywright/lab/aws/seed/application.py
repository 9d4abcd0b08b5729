"""One application, done well: machines behind a balancer, a database, a table, a bucket, queues, a function, alarms."""

import msgspec

from skywright.lab.aws.seed import compute, data, metrics, network
from skywright.lab.aws.seed.compute import Ground
from skywright.lab.aws.seed.metrics import Load
from skywright.lab.aws.seed.network import APP
from skywright.lab.aws.seed.town import Site


class Application(msgspec.Struct, frozen=True):
    """What was made, by native id; faults and twins are planted beside it."""

    site: Site
    ground: Ground
    name: str
    owner: str
    groups: dict[str, str]
    machines: dict[str, str]
    dead_letters: str
    topic: str


def move_in(site: Site, ground: Ground, name: str, owner: str, number: int) -> Application:
    """Make an application at a site. Every third also scales, every fourth has a cache, a file system and containers."""
    groups = network.firewalls(site, ground.network, name, owner)
    machines = compute.instances(site, ground, name, owner, groups)
    for part, load in (("web", Load.BUSY), ("app", Load.STEADY), ("worker", Load.BURSTY)):
        metrics.machine(site, machines[part], load, burstable=part == "worker")
    arn = compute.balancer(site, ground, name, owner, groups, [machines["web"]])
    metrics.balancer(site, arn, Load.BUSY)
    _stores(site, ground, name, owner, groups)
    dead_letters = data.queue(site, f"{name}-dead-letters", owner)
    queue = data.queue(site, f"{name}-jobs", owner, dead_letters)
    topic = data.topic(site, f"{name}-events", owner, ground.key, queue)
    for part, machine in machines.items():
        data.alarm(site, f"{name}-{part}-cpu", owner, machine, topic)
    compute.function(site, f"{name}-hook", owner, dead_letters)
    metrics.function(site, f"{name}-hook")
    data.log_group(site, f"/{site.account.name}/{name}", owner)
    data.secret(site, f"{name}/api", owner, ground.key)
    compute.repository(site, name, owner)
    if number % 3 == 0:
        compute.group_that_scales(site, ground, f"{name}-pool", owner, groups[APP])
    if number % 4 == 0:
        _large(site, ground, name, owner, groups)
    return Application(site, ground, name, owner, groups, machines, dead_letters, topic)


def _stores(site: Site, ground: Ground, name: str, owner: str, groups: dict[str, str]) -> None:
    database = f"{name}-db"
    data.database(site, ground, database, owner, groups)
    metrics.database(site, database, Load.BUSY)
    data.table(site, f"{name}-state", owner)
    data.bucket(site, f"{site.account.name}-{site.region}-{name}", owner, ground.log_bucket)
    for volume in site.call("ec2", "describe_volumes", Filters=[{"Name": "tag:Name", "Values": [f"{name}-app-disk"]}])["Volumes"]:
        data.snapshot(site, volume["VolumeId"], f"{name}-nightly", owner, site.town.ago(1))
        metrics.disk(site, volume["VolumeId"], Load.STEADY)


def _large(site: Site, ground: Ground, name: str, owner: str, groups: dict[str, str]) -> None:
    data.cache(site, ground, f"{name}-cache", owner, groups)
    data.file_system(site, ground, f"{name}-shared", owner, groups)
    compute.containers(site, ground, f"{name}-tasks", owner, groups[APP])
