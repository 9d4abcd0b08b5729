"""What went wrong over the years. Each fault is made by hand and written on the answer sheet at that moment."""

from collections.abc import Callable

from skywright.lab.aws.seed import neglect, weakness
from skywright.lab.aws.seed.application import Application

Plant = Callable[[Application, int], None]
USUAL = 5  # applications in the estate of the usual size
SHARE_MAX = 2.0


def plant(applications: tuple[Application, ...]) -> None:
    """Every fault of the table, spread over the applications: about as often as it says in an estate of the usual size, more often
    in a larger one, at least once."""
    chance = applications[0].site.town.chance
    share = min(SHARE_MAX, len(applications) / USUAL)
    for offset, (fault, times) in enumerate(FAULTS):
        for number in range(max(1, round((times + chance.randint(-1, 1)) * share))):
            fault(applications[(offset * 5 + number * 7) % len(applications)], number)
    last = next(each for each in applications if each.site.account == applications[-1].site.account)
    for once in ONCE:
        once(last, 0)


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


FAULTS: tuple[tuple[Plant, int], ...] = (
    (weakness.ssh_open, 5),
    (weakness.remote_desktop_open, 3),
    (weakness.database_port_open, 4),
    (weakness.everything_open, 3),
    (weakness.public_bucket, 3),
    (weakness.unblocked_bucket, 4),
    (weakness.public_snapshot, 2),
    (weakness.public_database, 3),
    (weakness.public_queue, 2),
    (weakness.open_role, 2),
    (weakness.plain_volume, 5),
    (weakness.plain_database, 3),
    (weakness.plain_file_system, 2),
    (weakness.plain_queue, 3),
    (weakness.plain_topic, 3),
    (weakness.bucket_without_tls, 3),
    (weakness.unrotated_key, 4),
    (weakness.unrotated_secret, 4),
    (weakness.expiring_certificate, 3),
    (weakness.no_second_factor, 3),
    (weakness.old_key, 4),
    (weakness.forgotten_key, 3),
    (weakness.administrator_policy, 2),
    (neglect.database_without_backup, 3),
    (neglect.table_without_recovery, 3),
    (neglect.unversioned_bucket, 4),
    (neglect.endless_logs, 6),
    (neglect.network_without_flow_logs, 2),
    (neglect.old_runtime, 4),
    (neglect.unscanned_repository, 3),
    (neglect.metadata_by_request, 5),
    (neglect.unowned_machine, 3),
    (neglect.idle_machine, 4),
    (neglect.oversized_machine, 5),
    (neglect.stopped_machine, 3),
    (neglect.loose_volume, 6),
    (neglect.dear_volume, 6),
    (neglect.old_snapshot, 4),
    (neglect.loose_address, 5),
    (neglect.idle_balancer, 3),
    (neglect.unused_nat, 2),
)
"""(how it is planted, how often in an estate of the usual size)."""

ONCE: tuple[Plant, ...] = (weak_passwords, silent_trail, stopped_recorder, plain_by_default)
