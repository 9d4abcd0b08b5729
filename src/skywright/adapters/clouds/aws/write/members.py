"""Taking an instance out of its Auto Scaling group: this very one is ended, and the group gets smaller by it, so that it makes no
new one in its place.

What the group's size was stands in a tag of the group, one an instance, until it is taken back: the way back is found also by a
process that never saw the way there. What comes back is a new machine of the group's template.
"""

from typing import Any

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.aws.write.compute import describe
from skywright.adapters.clouds.kit.actions import HOUR_S, Action, Values, Way, first, planned
from skywright.adapters.clouds.kit.deletion import there
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.kinds import parse_id
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

MARK = "skywright:left:"
"""Before the instance's id: a tag of the group with its size before."""

LEAVING = "Terminating"
"""How the lifecycle states of an instance on its way out begin."""

END = Action(
    name="end an instance of an Auto Scaling group and have the group smaller by it",
    kind="compute.instance",
    columns=(),
    calls=("autoscaling:TerminateInstanceInAutoScalingGroup", "autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags",
           "autoscaling:UpdateAutoScalingGroup", "autoscaling:DescribeAutoScalingGroups", "ec2:DescribeInstances"),
    document="Amazon EC2 Auto Scaling API Reference: TerminateInstanceInAutoScalingGroup",
    reversibility=Reversibility.SAFETY_COPY,
    note="undo has the group make a new machine of its template; what was on the old one's disks is gone",
)  # fmt: skip


class Leaving:
    """See Way."""

    action = END

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only a member of a group."""
        return after is None and bool(before.get("scaling_group"))

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """A new machine of the same template."""
        return END.reversibility

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Note the size, end the instance."""
        group = parse_id(before["scaling_group"]).native_id
        noted = t("Note the size of group {group}, so that it can be given back.", group=group)
        ended = t("End {target} and have group {group} smaller by it.", target=target, group=group)
        return Note(target, group, noted), End(target, group, ended)


class _Step:
    """What both steps know."""

    reversibility = END.reversibility

    def __init__(self, target: Target, group: str, text: str) -> None:
        self._target, self._group = target, group
        self.text = text

    def _seen(self) -> dict[str, Any]:
        answer = self._target.call("autoscaling:DescribeAutoScalingGroups", AutoScalingGroupNames=[self._group])
        return first(answer["AutoScalingGroups"], self._target)

    def _member(self, group: dict[str, Any]) -> dict[str, Any] | None:
        return next((one for one in group["Instances"] if one["InstanceId"] == self._target.id), None)

    def _mark(self, group: dict[str, Any]) -> int | None:
        """The size before, as the group's tag has it."""
        return next((int(tag["Value"]) for tag in group.get("Tags") or () if tag["Key"] == MARK + self._target.id), None)

    def _tag(self, **value: Any) -> list[dict[str, Any]]:
        return [{"ResourceId": self._group, "ResourceType": "auto-scaling-group", "Key": MARK + self._target.id, **value}]


class Note(_Step):
    """Write down the size of the group; undone last: the group is as large again, and the note gone."""

    name = "autoscaling:CreateOrUpdateTags"

    def do(self, token: str) -> dict[str, Any]:
        """Raises AskHuman where the group may not be smaller, PlanAgain where the instance is not one of it."""
        with planned(self._target):
            group = self._seen()
            if self._mark(group) is not None:
                return {}
            if self._member(group) is None:
                moved = t("{target} is not a member of group {group}.", target=self._target, group=self._group)
                raise PlanAgain(moved, next_step=t("Gather and plan again."))
            if group["DesiredCapacity"] <= group["MinSize"]:
                full = t("Group {group} is at its smallest size, {size}.", group=self._group, size=group["MinSize"])
                raise AskHuman(full, next_step=t("Lower its smallest size first, or drop this change."))
            tags = self._tag(Value=str(group["DesiredCapacity"]), PropagateAtLaunch=False)
            self._target.call("autoscaling:CreateOrUpdateTags", Tags=tags)
        return {"size": group["DesiredCapacity"]}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The size as it was, if the instance is gone; never smaller than it is now, nor larger than the group may be."""
        with planned(self._target):
            group = self._seen()
            size = self._mark(group)
            if size is None:
                return
            wanted = min(size, group["MaxSize"])
            if not there(describe, self._target) and group["DesiredCapacity"] < wanted:
                self._target.call("autoscaling:UpdateAutoScalingGroup", AutoScalingGroupName=self._group, DesiredCapacity=wanted)
            self._target.call("autoscaling:DeleteTags", Tags=self._tag())


class End(_Step):
    """End the instance and make the group smaller in one call. The size is given back by the step before."""

    name = "autoscaling:TerminateInstanceInAutoScalingGroup"

    def do(self, token: str) -> dict[str, Any]:
        """Gone, and seen to be gone."""
        with planned(self._target):
            member = self._member(self._seen())
            if member is not None and not member["LifecycleState"].startswith(LEAVING) and there(describe, self._target):
                self._target.call(self.name, InstanceId=self._target.id, ShouldDecrementDesiredCapacity=True)
            self._target.until(t("gone"), lambda: None if there(describe, self._target) else True, HOUR_S)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Nothing: see Note."""


WAYS: tuple[Way, ...] = (Leaving(),)
