"""Faults of security: what is open, what is in plain text, and who may do too much."""

import json

from skywright.lab.aws.seed import data, identity, network, spoil
from skywright.lab.aws.seed.application import Application
from skywright.lab.aws.seed.network import APP

ANYWHERE = "0.0.0.0/0"


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
    name = spoil.bucket_name(app, "downloads", number)
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
    name = data.bucket(app.site, spoil.bucket_name(app, "exports", number), app.owner, app.ground.log_bucket, block=True)
    app.site.plant("bucket-without-public-block", "storage.bucket", name)


def public_snapshot(app: Application, number: int) -> None:
    """A snapshot that every account of the world may copy."""
    disk = spoil.disk_of(app, "app")
    made = data.snapshot(app.site, disk, f"{app.name}-handover-{number}", app.owner, app.site.town.ago(12))
    app.site.call("ec2", "modify_snapshot_attribute", SnapshotId=made, Attribute="createVolumePermission", OperationType="add",
                  GroupNames=["all"])  # fmt: skip
    app.site.plant("snapshot-public", "storage.snapshot", made)


def public_database(app: Application, number: int) -> None:
    """A database with a public address."""
    name = spoil.database(app, "partner", number, PubliclyAccessible=True)
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
    volume = spoil.attached_volume(app, f"{app.name}-scratch-{number}", Encrypted=False)
    app.site.plant("volume-unencrypted", "storage.volume", volume)


def plain_database(app: Application, number: int) -> None:
    """An unencrypted database."""
    name = spoil.database(app, "legacy", number, StorageEncrypted=False, KmsKeyId=None)
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
    name = data.bucket(app.site, spoil.bucket_name(app, "static", number), app.owner, app.ground.log_bucket, tls=True)
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
