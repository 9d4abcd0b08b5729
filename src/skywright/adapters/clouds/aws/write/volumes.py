"""Volumes: their type, size and speed; what becomes of them with their instance."""

from typing import Any

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.kit.actions import HOUR_S, Action, Setting, SettingStep, Values, Way, first, planned
from skywright.model.errors import AskHuman, NotThere, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

TUNABLE = {"gp3": ("iops", "throughput_mibps"), "io1": ("iops",), "io2": ("iops",)}
"""The columns beside the size that may be set, by volume type; of other types they follow from the size."""


def describe(target: Target) -> dict[str, Any]:
    """The volume as EC2 tells it. Raises NotThere when it is gone or on its way out."""
    for volume in target.call("ec2:DescribeVolumes", VolumeIds=[target.id])["Volumes"]:
        if volume["State"] not in ("deleting", "deleted"):
            return dict(volume)
    raise NotThere(t("{target} is being deleted.", target=target))


def _read(target: Target) -> Values:
    volume = describe(target)
    return {
        "type": volume["VolumeType"],
        "size_gib": volume["Size"],
        "iops": volume.get("Iops"),
        "throughput_mibps": volume.get("Throughput"),
    }


def _unmodified(target: Target) -> bool | None:
    """A volume takes no modification while another one is under way (modifying, optimizing)."""
    filters = [{"Name": "volume-id", "Values": [target.id]}, {"Name": "modification-state", "Values": ["modifying", "optimizing"]}]
    return None if list(target.items("ec2:DescribeVolumesModifications", "VolumesModifications", Filters=filters)) else True


PARAMETERS = {"type": "VolumeType", "size_gib": "Size", "iops": "Iops", "throughput_mibps": "Throughput"}


def _write(target: Target, wanted: Values) -> None:
    """What is not named keeps its value, or gets the new type's own default: the old type's speed may not fit the new type."""
    target.until(t("done with its last modification"), lambda: _unmodified(target), HOUR_S)
    parameters = {PARAMETERS[column]: value for column, value in wanted.items() if value is not None}
    target.call("ec2:ModifyVolume", VolumeId=target.id, **parameters)


def _speed_before(target: Target, type_: str) -> Values:
    """The speed that the volume had as a ``type_``, by EC2's own record of the modification that changed it."""
    modifications = target.items("ec2:DescribeVolumesModifications", "VolumesModifications", VolumeIds=[target.id])
    recorded = [found for found in modifications if found.get("OriginalVolumeType") == type_]
    if not recorded:
        return {}
    latest = max(recorded, key=lambda found: found["StartTime"])
    speed = {"iops": latest.get("OriginalIops"), "throughput_mibps": latest.get("OriginalThroughput")}
    return {column: speed[column] for column in TUNABLE.get(type_, ()) if speed[column] is not None}


MODIFY = Action(
    name="change the type, size or speed of a volume",
    kind="storage.volume",
    columns=("type", "size_gib", "iops", "throughput_mibps"),
    calls=("ec2:ModifyVolume", "ec2:DescribeVolumes", "ec2:DescribeVolumesModifications"),
    document="Amazon EC2 API Reference: ModifyVolume; Amazon EBS User Guide: Modify an Amazon EBS volume using Elastic Volumes",
)
_MODIFY = Setting(action=MODIFY, read=_read, write=_write, within_s=HOUR_S, whole=False)


class Modify:
    """Change a volume in place. A volume only grows: what was made larger cannot be made smaller again."""

    action = MODIFY

    def fits(self, before: Values, after: Values | None) -> bool:
        """Size and type must be known where they change, and the size must not shrink."""
        if after is None:
            return False
        shape = [column for column in ("type", "size_gib") if column in after]
        if any(before.get(column) is None or after[column] is None for column in shape):
            return False
        return "size_gib" not in after or bool(after["size_gib"] >= before["size_gib"])

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """FULL but for growth."""
        grows = after is not None and after.get("size_gib", 0) > before.get("size_gib", after.get("size_gib", 0))
        return Reversibility.NONE if grows else Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One modification."""
        if self.reversibility(before, after) is Reversibility.NONE:
            return (GrowStep(target, before, after or {}),)
        return (ModifyStep(target, before, after or {}),)


def _taken(values: Values) -> Values:
    """Without the speed that a type does not take: a gp2 volume's follows from its size, and EC2 refuses to be told it."""
    takes = TUNABLE.get(values["type"], ()) if "type" in values else ("iops", "throughput_mibps")
    return {column: value for column, value in values.items() if column in ("type", "size_gib", *takes)}


class ModifyStep(SettingStep):
    """Modify a volume; undo gives it also the speed back that a change of type has lost."""

    def __init__(self, target: Target, before: Values, after: Values) -> None:
        super().__init__(target, _MODIFY, before, _taken(after))
        self._before = _taken(self._before)

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """After -> before."""
        with planned(self._target):
            lost = _speed_before(self._target, self._before["type"]) if "type" in self._before else {}
        self._bring(self._after, self._before, {**lost, **self._before}, token)


class GrowStep(SettingStep):
    """Make a volume larger. Its undo can only find out whether it is too late."""

    def __init__(self, target: Target, before: Values, after: Values) -> None:
        super().__init__(target, _MODIFY, before, after)
        self.reversibility = Reversibility.NONE
        self._size_before = before["size_gib"]

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when the volume has grown."""
        with planned(self._target):
            size = _read(self._target)["size_gib"]
        if size > self._size_before:
            raise AskHuman(
                t("{target} has grown to {size} GiB, and a volume cannot be made smaller.", target=self._target, size=size),
                next_step=t("Keep it, or copy its data to a smaller volume."),
            )


def _attachment(target: Target) -> dict[str, Any]:
    attachments = [found for found in describe(target)["Attachments"] if found["State"] in ("attached", "attaching")]
    if not attachments:
        raise PlanAgain(t("{target} is attached to nothing.", target=target), next_step=t("Gather and plan again."))
    return dict(attachments[0])


def _read_fate(target: Target) -> Values:
    attachment = _attachment(target)
    holder = target.call("ec2:DescribeInstances", InstanceIds=[attachment["InstanceId"]])["Reservations"][0]["Instances"][0]
    devices = [device["Ebs"] for device in holder["BlockDeviceMappings"] if device.get("Ebs", {}).get("VolumeId") == target.id]
    return {"delete_with_instance": first(devices, target)["DeleteOnTermination"]}


def _write_fate(target: Target, wanted: Values) -> None:
    attachment = _attachment(target)
    mapping = {"DeviceName": attachment["Device"], "Ebs": {"DeleteOnTermination": wanted["delete_with_instance"]}}
    target.call("ec2:ModifyInstanceAttribute", InstanceId=attachment["InstanceId"], BlockDeviceMappings=[mapping])


FATE = Setting(
    action=Action(
        name="keep or delete a volume when its instance is terminated",
        kind="storage.volume",
        columns=("delete_with_instance",),
        calls=("ec2:ModifyInstanceAttribute", "ec2:DescribeInstances", "ec2:DescribeVolumes"),
        document="Amazon EC2 User Guide: Preserve data when an instance is terminated",
    ),
    read=_read_fate,
    write=_write_fate,
)


def _read_sharing(target: Target) -> Values:
    answer = target.call("ec2:DescribeSnapshotAttribute", SnapshotId=target.id, Attribute="createVolumePermission")
    return {"public": any(permission.get("Group") == "all" for permission in answer["CreateVolumePermissions"])}


def _write_sharing(target: Target, wanted: Values) -> None:
    target.call(
        "ec2:ModifySnapshotAttribute",
        SnapshotId=target.id,
        Attribute="createVolumePermission",
        OperationType="add" if wanted["public"] else "remove",
        GroupNames=["all"],
    )


SNAPSHOT_PUBLIC = Setting(
    action=Action(
        name="make a snapshot private",
        kind="storage.snapshot",
        columns=("public",),
        calls=("ec2:ModifySnapshotAttribute", "ec2:DescribeSnapshotAttribute"),
        document="Amazon EC2 API Reference: ModifySnapshotAttribute",
    ),
    read=_read_sharing,
    write=_write_sharing,
)

WAYS: tuple[Way, ...] = (Modify(), FATE, SNAPSHOT_PUBLIC)
