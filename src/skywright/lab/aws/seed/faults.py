"""What went wrong over the years. Each fault is made by hand and written on the answer sheet at that moment."""

import json
from collections.abc import Callable

from skywright.lab.aws.seed import compute, data, identity, metrics, network
from skywright.lab.aws.seed.application import Application
from skywright.lab.aws.seed.metrics import Load
from skywright.lab.aws.seed.network import APP, DATA
from skywright.lab.aws.seed.town import specification

Plant = Callable[[Application, int], None]
ANYWHERE = "0.0.0.0/0"
SMALL_DISKS = (20, 0)
USUAL = 5  # applications in the estate of the usual size
SHARE_MAX = 2.0


def plant(applications: tuple[Application, ...]) -> None:
    """Every fault of the table, spread over the applications: as often as it says in an estate of the usual size, more often in a
    larger one, at least once."""
    share = min(SHARE_MAX, len(applications) / USUAL)
    for offset, (fault, times) in enumerate(FAULTS):
        for number in range(max(1, round(times * share))):
            fault(applications[(offset * 5 + number * 7) % len(applications)], number)
    last = next(each for each in applications if each.site.account == applications[-1].site.account)
    for once in ONCE:
        once(last, 0)


# --- exposure ---------------------------------------------------------------------------------------------------------------


def _open_group(app: Application, number: int, what: str, ports: tuple[int, int], fault: str, source: str = ANYWHERE) -> None:
    """A group with one opening to the world, carried by the application's web machine."""
    group = network.group(app.site, app.ground.network, f"{app.name}-{what}-{number}", app.owner)
    network.allow(app.site, group, *ports, source, f"{what} access")
    _carry(app, group)
    app.site.plant(fault, "network.firewall", group)


def _carry(app: Application, group: str) -> None:
    machine = app.machines["web"]
    carried = app.site.backend("ec2").get_instance(machine).security_groups
    groups = sorted({*(each.id for each in carried), app.groups[APP], group})
    app.site.call("ec2", "modify_instance_attribute", InstanceId=machine, Groups=groups)


def ssh_open(app: Application, number: int) -> None:
    """SSH from anywhere: by its port, within a range of ports, or over IPv6 only."""
    ports = ((22, 22), (20, 30), (22, 22))[number % 3]
    _open_group(app, number, "ssh", ports, "ssh-open-to-world", "::/0" if number % 3 == 2 else ANYWHERE)


def remote_desktop_open(app: Application, number: int) -> None:
    """Remote desktop from anywhere."""
    _open_group(app, number, "desktop", (3389, 3389), "remote-desktop-open-to-world")


def database_port_open(app: Application, number: int) -> None:
    """A database's port from anywhere."""
    name, port = (("postgresql", 5432), ("mysql", 3306), ("sqlserver", 1433))[number % 3]
    _open_group(app, number, f"{name}-reports", (port, port), f"{name}-open-to-world")


def everything_open(app: Application, number: int) -> None:
    """Every port of every protocol from anywhere."""
    group = network.group(app.site, app.ground.network, f"{app.name}-temporary-{number}", app.owner)
    network.allow(app.site, group, 0, 0, ANYWHERE, "temporary", protocol="-1")
    _carry(app, group)
    app.site.plant("everything-open-to-world", "network.firewall", group)


def public_bucket(app: Application, number: int) -> None:
    """A bucket whose policy lets everyone read, with nothing in the way."""
    name = _bucket_name(app, "downloads", number)
    data.bucket(app.site, name, app.owner, app.ground.log_bucket, block=True)
    policy = data.tls_only(name)
    everyone = {
        "Sid": "Everyone",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    policy["Statement"].append(everyone)
    app.site.call("s3", "put_bucket_policy", Bucket=name, Policy=json.dumps(policy))
    app.site.plant("bucket-public", "storage.bucket", name)
    app.site.plant("bucket-without-public-block", "storage.bucket", name)


def unblocked_bucket(app: Application, number: int) -> None:
    """A bucket that nobody made public, and that nothing keeps from it."""
    name = data.bucket(app.site, _bucket_name(app, "exports", number), app.owner, app.ground.log_bucket, block=True)
    app.site.plant("bucket-without-public-block", "storage.bucket", name)


def public_snapshot(app: Application, number: int) -> None:
    """A snapshot that every account of the world may copy."""
    disk = _disk_of(app, "app")
    made = data.snapshot(app.site, disk, f"{app.name}-handover-{number}", app.owner, app.site.town.ago(12))
    app.site.call("ec2", "modify_snapshot_attribute", SnapshotId=made, Attribute="createVolumePermission", OperationType="add",
                  GroupNames=["all"])  # fmt: skip
    app.site.plant("snapshot-public", "storage.snapshot", made)


def public_database(app: Application, number: int) -> None:
    """A database with a public address."""
    name = _database(app, "partner", number, PubliclyAccessible=True)
    app.site.plant("database-public", "database.instance", name)


def public_queue(app: Application, number: int) -> None:
    """A queue that anyone may write to."""
    name = f"{app.name}-inbox-{number}"
    arn = data.queue(app.site, name, app.owner, app.dead_letters)
    url = app.site.call("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    app.site.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": policy})
    app.site.plant("queue-public", "messaging.queue", name)


def open_role(app: Application, number: int) -> None:
    """A role that any account of the world may assume."""
    name = f"{app.name}-{app.site.region}-partner-{number}"
    identity.role(app.site, name, app.owner, identity.trusting({"AWS": "*"}))
    app.site.plant("role-trusts-anyone", "identity.role", name, everywhere=True)


# --- encryption -------------------------------------------------------------------------------------------------------------


def plain_volume(app: Application, number: int) -> None:
    """An unencrypted volume on a machine."""
    volume = _attached_volume(app, f"{app.name}-scratch-{number}", Encrypted=False)
    app.site.plant("volume-unencrypted", "storage.volume", volume)


def plain_database(app: Application, number: int) -> None:
    """An unencrypted database."""
    name = _database(app, "legacy", number, StorageEncrypted=False, KmsKeyId=None)
    app.site.plant("database-unencrypted", "database.instance", name)


def plain_file_system(app: Application, number: int) -> None:
    """An unencrypted file system."""
    made = data.file_system(app.site, app.ground, f"{app.name}-archive-{number}", app.owner, app.groups, encrypted=False)
    app.site.plant("filesystem-unencrypted", "storage.filesystem", made)


def plain_queue(app: Application, number: int) -> None:
    """A queue without encryption at rest."""
    name = f"{app.name}-audit-{number}"
    data.queue(app.site, name, app.owner, app.dead_letters, encrypted=False)
    app.site.plant("queue-unencrypted", "messaging.queue", name)


def plain_topic(app: Application, number: int) -> None:
    """A topic without encryption at rest."""
    name = f"{app.name}-notices-{number}"
    data.topic(app.site, name, app.owner, None, app.dead_letters)
    app.site.plant("topic-unencrypted", "messaging.topic", name)


def bucket_without_tls(app: Application, number: int) -> None:
    """A bucket that answers plain HTTP."""
    name = data.bucket(app.site, _bucket_name(app, "static", number), app.owner, app.ground.log_bucket, tls=True)
    app.site.plant("bucket-allows-http", "storage.bucket", name)


def unrotated_key(app: Application, number: int) -> None:
    """An encryption key that is never rotated."""
    arn = identity.encryption_key(app.site, f"{app.name}-old-{number}", app.owner, rotated=False)
    app.site.plant("key-not-rotated", "crypto.key", arn.rpartition("/")[2])


def unrotated_secret(app: Application, number: int) -> None:
    """A secret that is never rotated."""
    name = f"{app.name}/partner-{number}"
    data.secret(app.site, name, app.owner, app.ground.key, rotated=False)
    app.site.plant("secret-not-rotated", "crypto.secret", name)


def expiring_certificate(app: Application, number: int) -> None:
    """A certificate with ten days to go."""
    arn = identity.certificate(app.site, f"old{number}.{app.name}.example.com", app.owner, app.site.town.ago(-10))
    app.site.plant("certificate-expiring", "crypto.certificate", arn.rpartition("/")[2])


# --- identity ---------------------------------------------------------------------------------------------------------------


def no_second_factor(app: Application, number: int) -> None:
    """Someone who signs in with a password alone."""
    name = identity.person(app.site, f"guest-{app.name}-{app.site.region}-{number}", second_factor=False)
    app.site.plant("user-without-second-factor", "identity.user", name, everywhere=True)


def old_key(app: Application, number: int) -> None:
    """An access key in use, made 200 days ago."""
    user = identity.user(app.site, f"sync-{app.name}-{app.site.region}-{number}", app.owner)
    key = identity.access_key(app.site, user, made=app.site.town.ago(200), used=app.site.town.ago(1))
    app.site.plant("access-key-old", "identity.key", key, everywhere=True)


def forgotten_key(app: Application, number: int) -> None:
    """An access key that nobody has used for 150 days; it is old as well."""
    user = identity.user(app.site, f"import-{app.name}-{app.site.region}-{number}", app.owner)
    key = identity.access_key(app.site, user, made=app.site.town.ago(400), used=app.site.town.ago(150))
    app.site.plant("access-key-unused", "identity.key", key, everywhere=True)
    app.site.plant("access-key-old", "identity.key", key, everywhere=True)


def administrator_policy(app: Application, number: int) -> None:
    """A policy of the account's own that allows everything."""
    name = f"{app.name}-{app.site.region}-everything-{number}"
    arn = identity.policy(app.site, name, ["*"])
    identity.role(app.site, f"{name}-role", app.owner, identity.trusting({"Service": "ec2.amazonaws.com"}), arn)
    app.site.plant("policy-allows-everything", "identity.policy", name, everywhere=True)


# --- keeping --------------------------------------------------------------------------------------------------------------


def database_without_backup(app: Application, number: int) -> None:
    """A database that is never backed up."""
    name = _database(app, "sandbox", number, BackupRetentionPeriod=0)
    app.site.plant("database-without-backup", "database.instance", name)


def table_without_recovery(app: Application, number: int) -> None:
    """A table without point-in-time recovery."""
    name = data.table(app.site, f"{app.name}-drafts-{number}", app.owner, recoverable=False)
    app.site.plant("table-without-recovery", "database.table", name)


def unversioned_bucket(app: Application, number: int) -> None:
    """A bucket without versions."""
    name = data.bucket(app.site, _bucket_name(app, "cache", number), app.owner, app.ground.log_bucket, versioning=True)
    app.site.plant("bucket-without-versions", "storage.bucket", name)


def endless_logs(app: Application, number: int) -> None:
    """A log group that keeps everything for ever."""
    name = data.log_group(app.site, f"/{app.site.account.name}/{app.name}/debug-{number}", app.owner, None)
    app.site.plant("log-group-without-retention", "log.group", name)


def network_without_flow_logs(app: Application, number: int) -> None:
    """An old network whose traffic nobody records."""
    site, tags = app.site, app.site.tags(f"{app.name}-legacy-{number}", app.owner)
    made = site.call("ec2", "create_vpc", CidrBlock=f"172.{16 + number}.0.0/16", TagSpecifications=specification("vpc", tags))
    network._quiet_default_group(site, made["Vpc"]["VpcId"])  # noqa: SLF001 - a network without its own fault only
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
    made = _machine(app, f"{app.name}-batch-{number}", "m5.large", Load.STEADY, MetadataOptions=options)
    app.site.plant("instance-metadata-v1", "compute.instance", made)


def unowned_machine(app: Application, number: int) -> None:
    """A machine without a word on whose it is."""
    made = _machine(app, f"{app.name}-lab-{number}", "m5.large", Load.STEADY)
    app.site.call("ec2", "delete_tags", Resources=[made], Tags=[{"Key": "owner"}, {"Key": "environment"}])
    app.site.plant("instance-without-owner", "compute.instance", made)


# --- waste ----------------------------------------------------------------------------------------------------------------


def idle_machine(app: Application, number: int) -> None:
    """A machine that does nothing."""
    made = _machine(app, f"{app.name}-preview-{number}", "m5.xlarge", Load.IDLE)
    app.site.plant("instance-idle", "compute.instance", made)


def oversized_machine(app: Application, number: int) -> None:
    """A machine that works at a tenth of what it could do."""
    made = _machine(app, f"{app.name}-api-{number}", "m5.4xlarge", Load.OVERSIZED)
    data.alarm(app.site, f"{app.name}-api-{number}-cpu", app.owner, made, app.topic)
    app.site.plant("instance-oversized", "compute.instance", made)


def stopped_machine(app: Application, number: int) -> None:
    """A machine that was switched off four months ago and still pays for its disk."""
    made = _machine(app, f"{app.name}-old-{number}", "m5.large", None)
    _stop(app, made, 120)
    app.site.plant("instance-stopped-long", "compute.instance", made)


def loose_volume(app: Application, number: int) -> None:
    """A volume that hangs on nothing, for two months."""
    volume = data.volume(app.site, app.ground, f"{app.name}-spare-{number}", app.owner, 200)
    app.site.backend("ec2").volumes[volume].create_time = app.site.town.ago(60)
    app.site.plant("volume-unattached", "storage.volume", volume)


def dear_volume(app: Application, number: int) -> None:
    """A volume of the dearer, older type."""
    volume = _attached_volume(app, f"{app.name}-index-{number}", VolumeType="gp2", Size=400)
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


# --- once in the estate -----------------------------------------------------------------------------------------------------


def weak_passwords(app: Application, _: int) -> None:
    """The last account allows short passwords."""
    app.site.call("iam", "update_account_password_policy", MinimumPasswordLength=6)
    app.site.plant("password-policy-weak", "identity.password_policy", "default", everywhere=True)


def silent_trail(app: Application, _: int) -> None:
    """The last account's trail was switched off."""
    name = f"{app.site.account.name}-trail"
    app.site.call("cloudtrail", "stop_logging", Name=name)
    app.site.plant("trail-not-logging", "audit.trail", name)


def stopped_recorder(app: Application, _: int) -> None:
    """Nobody records configuration in the last account's first region."""
    app.site.call("config", "stop_configuration_recorder", ConfigurationRecorderName="default")
    app.site.plant("recorder-stopped", "audit.recorder", "default")


def plain_by_default(app: Application, _: int) -> None:
    """New volumes of one region are not encrypted unless someone asks."""
    app.site.call("ec2", "disable_ebs_encryption_by_default")
    app.site.plant("region-volumes-plain-by-default", "account.region", app.site.region)


# --- helpers ----------------------------------------------------------------------------------------------------------------


def _bucket_name(app: Application, what: str, number: int) -> str:
    return f"{app.site.account.name}-{app.site.region}-{app.name}-{what}-{number}"


def _database(app: Application, what: str, number: int, **special: object) -> str:
    name = data.database(app.site, app.ground, f"{app.name}-{what}-{number}", app.owner, app.groups, **special)
    metrics.database(app.site, name, Load.STEADY)
    return name


def _machine(app: Application, name: str, kind: str, load: Load | None, **special: object) -> str:
    made = compute.instance(app.site, app.ground, name, app.owner, kind, SMALL_DISKS, app.groups[DATA], **special)
    if load:
        metrics.machine(app.site, made, load)
    return made


def _stop(app: Application, machine: str, days: int) -> None:
    app.site.call("ec2", "stop_instances", InstanceIds=[machine])
    at = app.site.town.ago(days)
    app.site.backend("ec2").get_instance(machine)._reason = f"User initiated ({at:%Y-%m-%d %H:%M:%S} GMT)"  # noqa: SLF001
    compute.age_instance(app.site, machine, app.site.town.ago(days + 200))


def _attached_volume(app: Application, name: str, **special: object) -> str:
    """A volume on the application's second machine."""
    volume = data.volume(app.site, app.ground, name, app.owner, 80, **special)
    taken = len(app.site.backend("ec2").get_instance(app.machines["app"]).block_device_mapping)
    device = f"/dev/xvdb{chr(ord('a') + taken)}"
    app.site.call("ec2", "attach_volume", VolumeId=volume, InstanceId=app.machines["app"], Device=device)
    metrics.disk(app.site, volume, Load.STEADY)
    return volume


def _disk_of(app: Application, part: str) -> str:
    attached = [{"Name": "attachment.instance-id", "Values": [app.machines[part]]}]
    return str(app.site.call("ec2", "describe_volumes", Filters=attached)["Volumes"][0]["VolumeId"])


FAULTS: tuple[tuple[Plant, int], ...] = (
    (ssh_open, 5),
    (remote_desktop_open, 3),
    (database_port_open, 4),
    (everything_open, 3),
    (public_bucket, 3),
    (unblocked_bucket, 4),
    (public_snapshot, 2),
    (public_database, 3),
    (public_queue, 2),
    (open_role, 2),
    (plain_volume, 5),
    (plain_database, 3),
    (plain_file_system, 2),
    (plain_queue, 3),
    (plain_topic, 3),
    (bucket_without_tls, 3),
    (unrotated_key, 4),
    (unrotated_secret, 4),
    (expiring_certificate, 3),
    (no_second_factor, 3),
    (old_key, 4),
    (forgotten_key, 3),
    (administrator_policy, 2),
    (database_without_backup, 3),
    (table_without_recovery, 3),
    (unversioned_bucket, 4),
    (endless_logs, 6),
    (network_without_flow_logs, 2),
    (old_runtime, 4),
    (unscanned_repository, 3),
    (metadata_by_request, 5),
    (unowned_machine, 3),
    (idle_machine, 4),
    (oversized_machine, 5),
    (stopped_machine, 3),
    (loose_volume, 6),
    (dear_volume, 6),
    (old_snapshot, 4),
    (loose_address, 5),
    (idle_balancer, 3),
    (unused_nat, 2),
)
"""(how it is planted, how often in an estate of the usual size)."""

ONCE: tuple[Plant, ...] = (weak_passwords, silent_trail, stopped_recorder, plain_by_default)
