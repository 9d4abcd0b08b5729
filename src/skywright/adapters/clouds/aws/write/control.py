"""What is written down, and the defaults of a region: trails, recorders, log groups, alarms, volume and snapshot defaults."""

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, first, known, switched_on

RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days that CloudWatch Logs can keep (API Reference: PutRetentionPolicy)."""


def _read_logging(target: Target) -> Values:
    return {"logging": target.call("cloudtrail:GetTrailStatus", Name=target.id)["IsLogging"]}


def _write_logging(target: Target, wanted: Values) -> None:
    target.call("cloudtrail:StartLogging" if wanted["logging"] else "cloudtrail:StopLogging", Name=target.id)


TRAIL_LOGGING = Setting(
    action=Action(
        name="switch a trail on",
        kind="audit.trail",
        columns=("logging",),
        implied=("state",),
        calls=("cloudtrail:StartLogging", "cloudtrail:StopLogging", "cloudtrail:GetTrailStatus"),
        document="AWS CloudTrail API Reference: StartLogging",
    ),
    read=_read_logging,
    write=_write_logging,
)

TRAIL_FIELDS = {
    "multi_region": ("IsMultiRegionTrail", "IsMultiRegionTrail"),
    "log_validation": ("LogFileValidationEnabled", "EnableLogFileValidation"),
    "global_events": ("IncludeGlobalServiceEvents", "IncludeGlobalServiceEvents"),
}
"""Column -> (field of GetTrail, parameter of UpdateTrail)."""


def _read_trail(target: Target) -> Values:
    trail = target.call("cloudtrail:GetTrail", Name=target.id)["Trail"]
    return {column: bool(trail.get(field)) for column, (field, _) in TRAIL_FIELDS.items()}


def _write_trail(target: Target, wanted: Values) -> None:
    parameters = {parameter: wanted[column] for column, (_, parameter) in TRAIL_FIELDS.items()}
    target.call("cloudtrail:UpdateTrail", Name=target.id, **parameters)


def _with_global_events(before: Values, after: Values) -> bool:
    """A trail over all regions must include global events (API Reference: UpdateTrail)."""
    return known(before, after) and not (after.get("multi_region") and after.get("global_events") is False)


TRAIL = Setting(
    action=Action(
        name="have a trail cover every region, and its files validated",
        kind="audit.trail",
        columns=tuple(TRAIL_FIELDS),
        calls=("cloudtrail:UpdateTrail", "cloudtrail:GetTrail"),
        document="AWS CloudTrail API Reference: UpdateTrail",
    ),
    read=_read_trail,
    write=_write_trail,
    allowed=_with_global_events,
)


def _read_recorder(target: Target) -> Values:
    answer = target.call("config:DescribeConfigurationRecorderStatus", ConfigurationRecorderNames=[target.id])
    return {"recording": first(answer["ConfigurationRecordersStatus"], target)["recording"]}


def _write_recorder(target: Target, wanted: Values) -> None:
    verb = "Start" if wanted["recording"] else "Stop"
    target.call(f"config:{verb}ConfigurationRecorder", ConfigurationRecorderName=target.id)


RECORDER = Setting(
    action=Action(
        name="switch a configuration recorder on",
        kind="audit.recorder",
        columns=("recording",),
        calls=(
            "config:StartConfigurationRecorder",
            "config:StopConfigurationRecorder",
            "config:DescribeConfigurationRecorderStatus",
        ),
        document="AWS Config API Reference: StartConfigurationRecorder",
    ),
    read=_read_recorder,
    write=_write_recorder,
)


def _read_retention(target: Target) -> Values:
    groups = target.items("logs:DescribeLogGroups", "logGroups", logGroupNamePrefix=target.id)
    days = first([group for group in groups if group["logGroupName"] == target.id], target).get("retentionInDays")
    return {"retention_days": days, "keeps_forever": days is None}


def _write_retention(target: Target, wanted: Values) -> None:
    if wanted["retention_days"] is None:
        target.call("logs:DeleteRetentionPolicy", logGroupName=target.id)
    else:
        target.call("logs:PutRetentionPolicy", logGroupName=target.id, retentionInDays=wanted["retention_days"])


def _retention_known(before: Values, after: Values) -> bool:
    """None before is a value (kept for ever) unless it is said to be unknown."""
    old_is_known = before.get("retention_days") is not None or before.get("keeps_forever", True) is True
    return old_is_known and after["retention_days"] in RETENTIONS


RETENTION = Setting(
    action=Action(
        name="let a log group forget after some days",
        kind="log.group",
        columns=("retention_days",),
        implied=("keeps_forever",),
        calls=("logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy", "logs:DescribeLogGroups"),
        document="Amazon CloudWatch Logs API Reference: PutRetentionPolicy",
        note="events that were deleted in between do not come back",
    ),
    read=_read_retention,
    write=_write_retention,
    allowed=_retention_known,
)


def _read_alarm(target: Target) -> Values:
    # without their type only metric alarms are told
    answer = target.call("cloudwatch:DescribeAlarms", AlarmNames=[target.id], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return {"actions_enabled": first([*answer["MetricAlarms"], *answer.get("CompositeAlarms", ())], target)["ActionsEnabled"]}


def _write_alarm(target: Target, wanted: Values) -> None:
    verb = "Enable" if wanted["actions_enabled"] else "Disable"
    target.call(f"cloudwatch:{verb}AlarmActions", AlarmNames=[target.id])


ALARM = Setting(
    action=Action(
        name="switch an alarm's actions on",
        kind="monitor.alarm",
        columns=("actions_enabled",),
        calls=("cloudwatch:EnableAlarmActions", "cloudwatch:DisableAlarmActions", "cloudwatch:DescribeAlarms"),
        document="Amazon CloudWatch API Reference: EnableAlarmActions",
    ),
    read=_read_alarm,
    write=_write_alarm,
)


def _read_encryption_default(target: Target) -> Values:
    return {"volume_encryption_default": target.call("ec2:GetEbsEncryptionByDefault")["EbsEncryptionByDefault"]}


def _write_encryption_default(target: Target, wanted: Values) -> None:
    target.call(f"ec2:{'Enable' if wanted['volume_encryption_default'] else 'Disable'}EbsEncryptionByDefault")


ENCRYPTION_DEFAULT = Setting(
    action=Action(
        name="encrypt new volumes of a region by default",
        kind="account.region",
        columns=("volume_encryption_default",),
        calls=("ec2:EnableEbsEncryptionByDefault", "ec2:DisableEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault"),
        document="Amazon EC2 API Reference: EnableEbsEncryptionByDefault",
    ),
    read=_read_encryption_default,
    write=_write_encryption_default,
)


def _read_snapshot_block(target: Target) -> Values:
    state = target.call("ec2:GetSnapshotBlockPublicAccessState")["State"]
    return {"snapshot_public_access_blocked": state != "unblocked"}


def _write_snapshot_block(target: Target, wanted: Values) -> None:
    if wanted["snapshot_public_access_blocked"]:
        target.call("ec2:EnableSnapshotBlockPublicAccess", State="block-all-sharing")
    else:
        target.call("ec2:DisableSnapshotBlockPublicAccess")


SNAPSHOT_BLOCK = Setting(
    action=Action(
        name="block public sharing of a region's snapshots",
        kind="account.region",
        columns=("snapshot_public_access_blocked",),
        calls=(
            "ec2:EnableSnapshotBlockPublicAccess",
            "ec2:DisableSnapshotBlockPublicAccess",
            "ec2:GetSnapshotBlockPublicAccessState",
        ),
        document="Amazon EC2 API Reference: EnableSnapshotBlockPublicAccess",
    ),
    read=_read_snapshot_block,
    write=_write_snapshot_block,
    allowed=switched_on("snapshot_public_access_blocked"),
)


def _read_image_block(target: Target) -> Values:
    state = target.call("ec2:GetImageBlockPublicAccessState")["ImageBlockPublicAccessState"]
    return {"image_public_access_blocked": state == "block-new-sharing"}


def _write_image_block(target: Target, wanted: Values) -> None:
    if wanted["image_public_access_blocked"]:
        target.call("ec2:EnableImageBlockPublicAccess", ImageBlockPublicAccessState="block-new-sharing")
    else:
        target.call("ec2:DisableImageBlockPublicAccess")


IMAGE_BLOCK = Setting(
    action=Action(
        name="block public sharing of a region's machine images",
        kind="account.region",
        columns=("image_public_access_blocked",),
        calls=("ec2:EnableImageBlockPublicAccess", "ec2:DisableImageBlockPublicAccess", "ec2:GetImageBlockPublicAccessState"),
        document="Amazon EC2 API Reference: EnableImageBlockPublicAccess",
        note="takes up to ten minutes to be in force",
    ),
    read=_read_image_block,
    write=_write_image_block,
    allowed=switched_on("image_public_access_blocked"),
)

WAYS: tuple[Way, ...] = (
    TRAIL_LOGGING,
    TRAIL,
    RECORDER,
    RETENTION,
    ALARM,
    ENCRYPTION_DEFAULT,
    SNAPSHOT_BLOCK,
    IMAGE_BLOCK,
)
