"""Targets -> are they well, by AWS's own word: status checks, target health, and alarms that watch them. Batched per region."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from skywright.adapters.clouds.aws.calls import Calls
from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.aws.write.compute import state_of
from skywright.model.errors import SkywrightError
from skywright.model.kinds import ResourceName, parse_id, resource_id
from skywright.model.words import t
from skywright.ports.cloud import Health

BATCH = 100
"""How many ids go into one filter: EC2 takes 200 values a filter."""

Answers = dict[str, tuple[bool | None, str]]
"""Native id -> (well, reason)."""

Look = Callable[[Target, Sequence[str]], Answers]
"""Asks about native ids of one kind in the region of a target (any one of them)."""


def judged(calls: Calls, targets: Sequence[str]) -> list[Health]:
    """One answer a target, in their order. What could not be asked is neither well nor unwell."""
    names = sorted((parse_id(target) for target in targets), key=_place)
    found: dict[str, Health] = {}
    for _, group in groupby(names, key=_place):
        here = list(group)
        found.update(_judged_here(Target(calls, here[0]), here))
    return [found[target] for target in targets]


def _place(name: ResourceName) -> tuple[str, str, str]:
    return name.cloud, name.account, name.region


def _judged_here(place: Target, names: Sequence[ResourceName]) -> Iterator[tuple[str, Health]]:
    """All targets of one region of one account."""
    alarms = _firing(place)
    for kind in sorted({name.kind for name in names}):
        ids = [name.native_id for name in names if name.kind == kind]
        answers = _asked(kind, place, ids)
        for native_id in ids:
            identifier = resource_id(*_place(place.name), kind, native_id)
            well, reason = answers.get(native_id, (None, t("AWS says nothing about its health.")))
            if alarm := alarms.get(_dimension(native_id)):
                well, reason = False, t("The alarm {alarm} is in state ALARM.", alarm=alarm)
            yield identifier, Health(identifier, well, reason)


def _asked(kind: str, place: Target, ids: Sequence[str]) -> Answers:
    look = CHECKS.get(kind)
    if look is None:
        return {}
    answers: Answers = {}
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        try:
            answers.update(look(place, batch))
        except SkywrightError as error:
            answers.update(dict.fromkeys(batch, (None, error.message)))
    return answers


def _firing(place: Target) -> dict[str, str]:
    """Value of a dimension -> the alarm in state ALARM that watches it."""
    found: dict[str, str] = {}
    try:
        for alarm in place.items("cloudwatch:DescribeAlarms", "MetricAlarms", StateValue="ALARM"):
            for dimension in alarm.get("Dimensions") or ():
                found.setdefault(dimension["Value"], alarm["AlarmName"])
    except SkywrightError:
        return {}  # the targets' own checks still speak
    return found


def _dimension(native_id: str) -> str:
    """How CloudWatch spells a resource: a name, or of a balancer's or target group's ARN the part that follows its type."""
    _, _, path = native_id.partition(":loadbalancer/")
    if path:
        return path
    return native_id.rsplit(":", 1)[-1] if native_id.startswith("arn:") else native_id


def _instances(place: Target, ids: Sequence[str]) -> Answers:
    filters = [{"Name": "instance-id", "Values": list(ids)}]  # a filter, since one unknown id among InstanceIds fails them all
    states: Answers = {}
    for reservation in place.items("ec2:DescribeInstances", "Reservations", Filters=filters):
        for instance in reservation["Instances"]:
            state = state_of(instance)
            states[instance["InstanceId"]] = (None, t("It is {state}.", state=state))
    running = [native_id for native_id, (_, reason) in states.items() if reason == t("It is {state}.", state="running")]
    return {**states, **_status(place, running), **_unhealthy(place, running)}


def _status(place: Target, ids: Sequence[str]) -> Answers:
    """Running instances by their status checks; None while the checks have not been made yet."""
    if not ids:
        return {}
    filters = [{"Name": "instance-state-name", "Values": ["running"]}]
    answers: Answers = {}
    for status in place.items("ec2:DescribeInstanceStatus", "InstanceStatuses", InstanceIds=list(ids), Filters=filters):
        checks = {part: status[part]["Status"] for part in ("InstanceStatus", "SystemStatus")}
        answers[status["InstanceId"]] = _by_checks(checks)
    return answers


def _by_checks(checks: dict[str, str]) -> tuple[bool | None, str]:
    if all(check == "ok" for check in checks.values()):
        return True, ""
    failed = [part for part, check in checks.items() if check == "impaired"]
    said = ", ".join(f"{part}: {check}" for part, check in checks.items())
    return (False if failed else None), t("Status checks: {said}.", said=said)


def _unhealthy(place: Target, ids: Sequence[str]) -> Answers:
    """Instances that some target group calls unhealthy."""
    if not ids:
        return {}
    answers: Answers = {}
    for group in place.items("elbv2:DescribeTargetGroups", "TargetGroups"):
        if group.get("TargetType", "instance") != "instance":
            continue
        for target, state in _targets(place, group["TargetGroupArn"]):
            if target in ids and state == "unhealthy":
                answers[target] = (False, t("Target group {group} calls it unhealthy.", group=group["TargetGroupName"]))
    return answers


def _targets(place: Target, group: str) -> Iterator[tuple[str, str]]:
    answer = place.call("elbv2:DescribeTargetHealth", TargetGroupArn=group)
    for description in answer["TargetHealthDescriptions"]:
        yield description["Target"]["Id"], description["TargetHealth"]["State"]


def _groups(place: Target, ids: Sequence[str]) -> Answers:
    return {group: _by_targets([state for _, state in _targets(place, group)]) for group in ids}


def _by_targets(states: Sequence[str]) -> tuple[bool | None, str]:
    """Draining and unused targets say nothing."""
    speaking = [state for state in states if state in ("healthy", "unhealthy", "initial", "unavailable")]
    unhealthy = speaking.count("unhealthy")
    if unhealthy:
        return False, t("{unhealthy} of {all} targets are unhealthy.", unhealthy=unhealthy, all=len(speaking))
    if speaking and all(state == "healthy" for state in speaking):
        return True, ""
    return None, t("No target has been judged yet.")


def _balancers(place: Target, ids: Sequence[str]) -> Answers:
    answers: Answers = {}
    for balancer in ids:
        groups = place.items("elbv2:DescribeTargetGroups", "TargetGroups", LoadBalancerArn=balancer)
        states = [state for group in groups for _, state in _targets(place, group["TargetGroupArn"])]
        answers[balancer] = _by_targets(states)
    return answers


SICK_DATABASE = ("failed", "inaccessible-encryption-credentials", "restore-error", "storage-full")
"""Amazon RDS User Guide: Viewing DB instance status; beside these, every status that begins with ``incompatible-``."""


def _databases(place: Target, ids: Sequence[str]) -> Answers:
    filters = [{"Name": "db-instance-id", "Values": list(ids)}]
    found = place.items("rds:DescribeDBInstances", "DBInstances", Filters=filters)
    return {database["DBInstanceIdentifier"]: _by_status(database["DBInstanceStatus"]) for database in found}


def _by_status(status: str) -> tuple[bool | None, str]:
    if status == "available":
        return True, ""
    sick = status in SICK_DATABASE or status.startswith("incompatible-")
    return (False if sick else None), t("It is {state}.", state=status)


def _scaling_groups(place: Target, ids: Sequence[str]) -> Answers:
    found = place.items("autoscaling:DescribeAutoScalingGroups", "AutoScalingGroups", AutoScalingGroupNames=list(ids))
    return {group["AutoScalingGroupName"]: _by_members(group) for group in found}


def _by_members(group: dict[str, Any]) -> tuple[bool | None, str]:
    members = group.get("Instances") or ()
    healthy = sum(member["HealthStatus"] == "Healthy" and member["LifecycleState"] == "InService" for member in members)
    desired = group["DesiredCapacity"]
    if healthy >= desired:
        return True, ""
    return False, t("{healthy} of {desired} instances are healthy.", healthy=healthy, desired=desired)


def _volumes(place: Target, ids: Sequence[str]) -> Answers:
    filters = [{"Name": "volume-id", "Values": list(ids)}]
    found = place.items("ec2:DescribeVolumes", "Volumes", Filters=filters)
    return {volume["VolumeId"]: _by_volume_state(volume["State"]) for volume in found}


def _by_volume_state(state: str) -> tuple[bool | None, str]:
    if state in ("available", "in-use"):
        return True, ""
    return (False if state == "error" else None), t("It is {state}.", state=state)


def _functions(place: Target, ids: Sequence[str]) -> Answers:
    return {name: _by_update(place.call("lambda:GetFunctionConfiguration", FunctionName=name)) for name in ids}


def _by_update(function: dict[str, Any]) -> tuple[bool | None, str]:
    words = (function.get("State") or "Active", function.get("LastUpdateStatus") or "Successful")
    if "Failed" in words:
        reason = function.get("LastUpdateStatusReason") or function.get("StateReason") or ""
        return False, t("Its last update failed: {reason}", reason=reason)
    return (True, "") if words == ("Active", "Successful") else (None, t("It is {state}.", state="/".join(words)))


CHECKS: dict[str, Look] = {
    "compute.instance": _instances,
    "compute.group": _scaling_groups,
    "network.targets": _groups,
    "network.balancer": _balancers,
    "database.instance": _databases,
    "storage.volume": _volumes,
    "function.function": _functions,
}
"""Kind -> who is asked. Of other kinds only the alarms speak."""
