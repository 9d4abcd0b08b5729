"""Resizing an instance. EC2 changes the type of a stopped instance only (IncorrectInstanceState otherwise)."""

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.aws.write.compute import describe, refuse_unstoppable, settled_state, start, stop, tags_of
from skywright.adapters.clouds.kit import resize
from skywright.adapters.clouds.kit.actions import Action, Values

NOTE_TAG = "skywright:was"


class Ec2Machine:
    """An instance as kit.resize wants it; its note is a tag."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def type(self) -> str:
        """Its instance type."""
        return str(describe(self.target)["InstanceType"])

    def settled(self) -> str | None:
        """running, stopped, or None in between."""
        return settled_state(self.target)

    def stop(self) -> None:
        """Stop it and wait."""
        stop(self.target)

    def start(self) -> None:
        """Start it and wait for its status checks."""
        start(self.target)

    def refuse_unstoppable(self) -> None:
        """Raise AskHuman for an instance of a group, or one with its root disk on the instance store."""
        refuse_unstoppable(describe(self.target), self.target)

    def noted(self) -> str:
        """The tag."""
        return tags_of(describe(self.target)).get(NOTE_TAG, "")

    def note(self, text: str) -> None:
        """Set the tag, or remove it."""
        tag = {"Key": NOTE_TAG, "Value": text}
        if text:
            self.target.call("ec2:CreateTags", Resources=[self.target.id], Tags=[tag])
        else:
            self.target.call("ec2:DeleteTags", Resources=[self.target.id], Tags=[{"Key": NOTE_TAG}])


def _write_type(target: Target, wanted: Values) -> None:
    target.call("ec2:ModifyInstanceAttribute", InstanceId=target.id, InstanceType={"Value": wanted["type"]})


NAMES = resize.Names(
    note="ec2:CreateTags",
    stop="ec2:StopInstances",
    start="ec2:StartInstances",
    forget="ec2:DeleteTags",
    well="its status checks pass",
)
ACTION = Action(
    name="resize an instance",
    kind="compute.instance",
    columns=("type",),
    implied=("vcpus", "memory_mib", "burstable", "public_ip", "launched_at", "ebs_optimized"),
    calls=(
        "ec2:ModifyInstanceAttribute",
        "ec2:StopInstances",
        "ec2:StartInstances",
        "ec2:CreateTags",
        "ec2:DeleteTags",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
    ),
    document="Amazon EC2 User Guide: Change the instance type for your Amazon EC2 instance",
)
RESIZE = resize.Resize(ACTION, NAMES, Ec2Machine, _write_type)
