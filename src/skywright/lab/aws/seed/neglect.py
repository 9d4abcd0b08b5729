"""Faults of neglect: what is not kept, what has grown old, and what is paid for and does nothing."""

from skywright.lab.aws.seed import compute, data, metrics, network, spoil
from skywright.lab.aws.seed.application import Application
from skywright.lab.aws.seed.metrics import Load
from skywright.lab.aws.seed.town import specification
from skywright.lab.aws.seed.weakness import ANYWHERE

# --- keeping --------------------------------------------------------------------------------------------------------------


def database_without_backup(app: Application, number: int) -> None:
    """A database that is never backed up."""
    name = spoil.database(app, "sandbox", number, BackupRetentionPeriod=0)
    app.site.plant("database-without-backup", "database.instance", name)


def table_without_recovery(app: Application, number: int) -> None:
    """A table without point-in-time recovery."""
    name = data.table(app.site, f"{app.name}-drafts-{number}", app.owner, recoverable=False)
    app.site.plant("table-without-recovery", "database.table", name)


def unversioned_bucket(app: Application, number: int) -> None:
    """A bucket without versions."""
    name = data.bucket(app.site, spoil.bucket_name(app, "cache", number), app.owner, app.ground.log_bucket, versioning=True)
    app.site.plant("bucket-without-versions", "storage.bucket", name)


def endless_logs(app: Application, number: int) -> None:
    """A log group that keeps everything for ever."""
    name = data.log_group(app.site, f"/{app.site.account.name}/{app.name}/debug-{number}", app.owner, None)
    app.site.plant("log-group-without-retention", "log.group", name)


def network_without_flow_logs(app: Application, number: int) -> None:
    """An old network whose traffic nobody records."""
    site, tags = app.site, app.site.tags(f"{app.name}-legacy-{number}", app.owner)
    made = site.call("ec2", "create_vpc", CidrBlock=f"172.{16 + number}.0.0/16", TagSpecifications=specification("vpc", tags))
    network.quiet_default_group(site, made["Vpc"]["VpcId"])
    site.plant("network-without-flow-logs", "network.vpc", made["Vpc"]["VpcId"])


# --- lifecycle ------------------------------------------------------------------------------------------------------------


def old_runtime(app: Application, number: int) -> None:
    """A function on a runtime that its maker has given up."""
    runtime = ("python3.7", "nodejs14.x", "ruby2.7")[number % 3]
    name = f"{app.name}-report-{number}"
    compute.function(app.site, name, app.owner, app.dead_letters, runtime)
    metrics.function(app.site, name)
    app.site.plant("function-runtime-deprecated", "function.function", name)


def unscanned_repository(app: Application, number: int) -> None:
    """A repository whose images nobody looks at."""
    name = f"{app.name}-tools-{number}"
    compute.repository(app.site, name, app.owner, scanned=False)
    app.site.plant("repository-without-scan", "registry.repository", name)


def metadata_by_request(app: Application, number: int) -> None:
    """A machine that gives its credentials to whoever asks once (IMDSv1)."""
    options = {"HttpTokens": "optional", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"}
    made = spoil.machine(app, f"{app.name}-batch-{number}", "m5.large", Load.STEADY, MetadataOptions=options)
    app.site.plant("instance-metadata-v1", "compute.instance", made)


def unowned_machine(app: Application, number: int) -> None:
    """A machine without a word on whose it is."""
    made = spoil.machine(app, f"{app.name}-lab-{number}", "m5.large", Load.STEADY)
    app.site.call("ec2", "delete_tags", Resources=[made], Tags=[{"Key": "owner"}, {"Key": "environment"}])
    app.site.plant("instance-without-owner", "compute.instance", made)


# --- waste ----------------------------------------------------------------------------------------------------------------


def idle_machine(app: Application, number: int) -> None:
    """A machine that does nothing."""
    made = spoil.machine(app, f"{app.name}-preview-{number}", "m5.xlarge", Load.IDLE)
    app.site.plant("instance-idle", "compute.instance", made)


def oversized_machine(app: Application, number: int) -> None:
    """A machine that works at a tenth of what it could do."""
    made = spoil.machine(app, f"{app.name}-api-{number}", "m5.4xlarge", Load.OVERSIZED)
    data.alarm(app.site, f"{app.name}-api-{number}-cpu", app.owner, made, app.topic)
    app.site.plant("instance-oversized", "compute.instance", made)


def stopped_machine(app: Application, number: int) -> None:
    """A machine that was switched off four months ago and still pays for its disk."""
    made = spoil.machine(app, f"{app.name}-old-{number}", "m5.large", None)
    spoil.stop(app, made, 120)
    app.site.plant("instance-stopped-long", "compute.instance", made)


def loose_volume(app: Application, number: int) -> None:
    """A volume that hangs on nothing, for two months."""
    volume = data.volume(app.site, app.ground, f"{app.name}-spare-{number}", app.owner, 200)
    app.site.backend("ec2").volumes[volume].create_time = app.site.town.ago(60)
    app.site.plant("volume-unattached", "storage.volume", volume)


def dear_volume(app: Application, number: int) -> None:
    """A volume of the dearer, older type."""
    volume = spoil.attached_volume(app, f"{app.name}-index-{number}", VolumeType="gp2", Size=400)
    app.site.plant("volume-old-type", "storage.volume", volume)


def old_snapshot(app: Application, number: int) -> None:
    """A snapshot of a volume that is long gone."""
    volume = data.volume(app.site, app.ground, f"{app.name}-gone-{number}", app.owner, 150)
    made = data.snapshot(app.site, volume, f"{app.name}-before-migration-{number}", app.owner, app.site.town.ago(500))
    app.site.call("ec2", "delete_volume", VolumeId=volume)
    app.site.plant("snapshot-old", "storage.snapshot", made)


def loose_address(app: Application, number: int) -> None:
    """A public address that leads nowhere."""
    tags = specification("elastic-ip", app.site.tags(f"{app.name}-reserved-{number}", app.owner))
    made = app.site.call("ec2", "allocate_address", Domain="vpc", TagSpecifications=tags)
    app.site.plant("address-unattached", "network.address", made["AllocationId"])


def idle_balancer(app: Application, number: int) -> None:
    """A balancer with nothing behind it."""
    group = network.group(app.site, app.ground.network, f"{app.name}-edge-{number}", app.owner)
    network.allow(app.site, group, 443, 443, ANYWHERE, "public TLS")
    groups = {**app.groups, network.WEB: group}
    arn = compute.balancer(app.site, app.ground, f"{app.name}-blue-{number}", app.owner, groups, [])
    app.site.plant("balancer-without-targets", "network.balancer", arn)


def unused_nat(app: Application, number: int) -> None:
    """A NAT gateway that no packet goes through."""
    tags = app.site.tags(f"{app.name}-spare-egress-{number}", app.owner)
    gateway = network.nat_gateway(app.site, app.ground.network.public[1], tags)
    app.site.backend("ec2").nat_gateways[gateway].created_at = app.site.town.ago(90)
    metrics.nat(app.site, gateway, used=False)
    app.site.plant("nat-gateway-unused", "network.gateway", gateway)
