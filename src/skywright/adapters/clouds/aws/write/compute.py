"""Instances: plain settings, stop and start. Resizing and terminating have files of their own."""

from typing import Any

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Action, Setting, Values, Way, first, known, one_of
from skywright.model.errors import AskHuman, NotThere
from skywright.model.words import t

GONE_STATES = ("shutting-down", "terminated")
GROUP_TAG = "aws:autoscaling:groupName"


def describe(target: Target) -> dict[str, Any]:
    """The instance as EC2 tells it. Raises NotThere when it is gone or on its way out."""
    for reservation in target.call("ec2:DescribeInstances", InstanceIds=[target.id])["Reservations"]:
        for instance in reservation["Instances"]:
            if state_of(instance) not in GONE_STATES:
                return dict(instance)
    raise NotThere(t("{target} is terminated.", target=target))


def state_of(instance: dict[str, Any]) -> str:
    """pending, running, stopping, stopped, shutting-down or terminated."""
    return str(instance["State"]["Name"])


def tags_of(item: dict[str, Any]) -> dict[str, str]:
    """The tags of an EC2 answer."""
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags") or ()}


def settled_state(target: Target) -> str | None:
    """Whether it is running or stopped; None on the way there."""
    state = state_of(describe(target))
    return state if state in ("running", "stopped") else None


def refuse_unstoppable(instance: dict[str, Any], target: Target) -> None:
    """Raise AskHuman for an instance that must not be stopped: its group would replace it, or it would lose its root disk."""
    if group := tags_of(instance).get(GROUP_TAG):
        raise AskHuman(
            t(
                "{target} belongs to the Auto Scaling group {group}, which would replace it when it stops.",
                target=target,
                group=group,
            ),
            next_step=t("Change the group's launch template instead."),
        )
    if instance.get("RootDeviceType") == "instance-store":
        raise AskHuman(
            t("{target} has its root disk on the instance store and cannot be stopped.", target=target),
            next_step=t("Replace it by an instance with an EBS root volume."),
        )


def stop(target: Target) -> None:
    """Stop the instance and wait until it is stopped."""
    instance = describe(target)
    if state_of(instance) == "running":
        refuse_unstoppable(instance, target)
        target.call("ec2:StopInstances", InstanceIds=[target.id])
    target.until(t("stopped"), lambda: True if state_of(describe(target)) == "stopped" else None, MINUTES_S)


def start(target: Target) -> None:
    """Start the instance and wait until it runs and passes its status checks."""
    settled = target.until(t("settled"), lambda: settled_state(target), MINUTES_S)
    if settled == "stopped":
        target.call("ec2:StartInstances", InstanceIds=[target.id])
    target.until(t("running and well"), lambda: _well(target), MINUTES_S)


def _well(target: Target) -> bool | None:
    found = target.call("ec2:DescribeInstanceStatus", InstanceIds=[target.id])["InstanceStatuses"]
    checks = [status[part]["Status"] for status in found for part in ("InstanceStatus", "SystemStatus")]
    return True if checks and all(check == "ok" for check in checks) else None


def _read_state(target: Target) -> Values | None:
    state = settled_state(target)
    return None if state is None else {"state": state}


def _write_state(target: Target, wanted: Values) -> None:
    start(target) if wanted["state"] == "running" else stop(target)


def _power(name: str, call: str, start_state: str, end_state: str) -> Setting:
    return Setting(
        action=Action(
            name=name,
            kind="compute.instance",
            columns=("state",),
            implied=("stopped_at", "public_ip", "launched_at"),
            calls=(call, "ec2:DescribeInstances", "ec2:DescribeInstanceStatus"),
            note="the public address of an instance without an elastic IP changes",
            document="Amazon EC2 User Guide: Stop and start Amazon EC2 instances",
        ),
        read=_read_state,
        write=_write_state,
        allowed=lambda before, after: (before.get("state"), after["state"]) == (start_state, end_state),
        within_s=MINUTES_S,
    )


STOP = _power("stop an instance", "ec2:StopInstances", "running", "stopped")
START = _power("start an instance", "ec2:StartInstances", "stopped", "running")


def _read_metadata(target: Target) -> Values | None:
    options = describe(target).get("MetadataOptions") or {}
    if options.get("State") == "pending":
        return None
    return {
        "metadata_token_required": options.get("HttpTokens") == "required",
        "metadata_hop_limit": options.get("HttpPutResponseHopLimit"),
    }


def _write_metadata(target: Target, wanted: Values) -> None:
    hops = wanted["metadata_hop_limit"]
    target.call(
        "ec2:ModifyInstanceMetadataOptions",
        InstanceId=target.id,
        HttpTokens="required" if wanted["metadata_token_required"] else "optional",
        **({} if hops is None else {"HttpPutResponseHopLimit": hops}),
    )


METADATA = Setting(
    action=Action(
        name="require session tokens for instance metadata (IMDSv2)",
        kind="compute.instance",
        columns=("metadata_token_required", "metadata_hop_limit"),
        calls=("ec2:ModifyInstanceMetadataOptions", "ec2:DescribeInstances"),
        document="Amazon EC2 API Reference: ModifyInstanceMetadataOptions",
    ),
    read=_read_metadata,
    write=_write_metadata,
)


def _read_protection(target: Target) -> Values:
    describe(target)  # the attribute of a terminated instance still answers
    answer = target.call("ec2:DescribeInstanceAttribute", InstanceId=target.id, Attribute="disableApiTermination")
    return {"termination_protected": answer["DisableApiTermination"]["Value"]}


def _write_protection(target: Target, wanted: Values) -> None:
    target.call(
        "ec2:ModifyInstanceAttribute",
        InstanceId=target.id,
        DisableApiTermination={"Value": wanted["termination_protected"]},
    )


PROTECTION = Setting(
    action=Action(
        name="protect an instance against termination",
        kind="compute.instance",
        columns=("termination_protected",),
        calls=("ec2:ModifyInstanceAttribute", "ec2:DescribeInstanceAttribute", "ec2:DescribeInstances"),
        document="Amazon EC2 API Reference: ModifyInstanceAttribute",
    ),
    read=_read_protection,
    write=_write_protection,
)


def _read_monitoring(target: Target) -> Values | None:
    state = (describe(target).get("Monitoring") or {}).get("State")
    return {"detailed_monitoring": state == "enabled"} if state in ("enabled", "disabled") else None


def _write_monitoring(target: Target, wanted: Values) -> None:
    operation = "ec2:MonitorInstances" if wanted["detailed_monitoring"] else "ec2:UnmonitorInstances"
    target.call(operation, InstanceIds=[target.id])


MONITORING = Setting(
    action=Action(
        name="switch an instance's detailed monitoring",
        kind="compute.instance",
        columns=("detailed_monitoring",),
        calls=("ec2:MonitorInstances", "ec2:UnmonitorInstances", "ec2:DescribeInstances"),
        document="Amazon EC2 API Reference: MonitorInstances",
    ),
    read=_read_monitoring,
    write=_write_monitoring,
    allowed=one_of(True, False),
)


def _read_permission(target: Target) -> Values:
    answer = target.call("ec2:DescribeImageAttribute", ImageId=target.id, Attribute="launchPermission")
    return {"public": any(permission.get("Group") == "all" for permission in answer["LaunchPermissions"])}


def _write_permission(target: Target, wanted: Values) -> None:
    verb = "Add" if wanted["public"] else "Remove"
    target.call("ec2:ModifyImageAttribute", ImageId=target.id, LaunchPermission={verb: [{"Group": "all"}]})


IMAGE_PUBLIC = Setting(
    action=Action(
        name="make a machine image private",
        kind="compute.image",
        columns=("public",),
        calls=("ec2:ModifyImageAttribute", "ec2:DescribeImageAttribute"),
        document="Amazon EC2 API Reference: ModifyImageAttribute",
    ),
    read=_read_permission,
    write=_write_permission,
)


GROUP_COLUMNS = {"min_size": "MinSize", "max_size": "MaxSize", "desired": "DesiredCapacity"}


def _read_group(target: Target) -> Values:
    answer = target.call("autoscaling:DescribeAutoScalingGroups", AutoScalingGroupNames=[target.id])
    group = first(answer["AutoScalingGroups"], target)
    return {column: group[field] for column, field in GROUP_COLUMNS.items()}


def _write_group(target: Target, wanted: Values) -> None:
    sizes = {field: wanted[column] for column, field in GROUP_COLUMNS.items()}
    target.call("autoscaling:UpdateAutoScalingGroup", AutoScalingGroupName=target.id, **sizes)


def _ordered(before: Values, after: Values) -> bool:
    """Each size that changes is known, and as far as they are known: 0 <= min <= desired <= max."""
    sizes = [after.get(column, before.get(column)) for column in ("min_size", "desired", "max_size")]
    told = [size for size in sizes if size is not None]
    return known(before, after) and told == sorted(told) and told[0] >= 0


GROUP_SIZES = Setting(
    action=Action(
        name="change the sizes of an Auto Scaling group",
        kind="compute.group",
        columns=tuple(GROUP_COLUMNS),
        implied=("instances", "healthy"),
        calls=("autoscaling:UpdateAutoScalingGroup", "autoscaling:DescribeAutoScalingGroups"),
        document="Amazon EC2 Auto Scaling API Reference: UpdateAutoScalingGroup",
    ),
    read=_read_group,
    write=_write_group,
    allowed=_ordered,
    within_s=HOUR_S,
)

WAYS: tuple[Way, ...] = (STOP, START, METADATA, PROTECTION, MONITORING, IMAGE_PUBLIC, GROUP_SIZES)
