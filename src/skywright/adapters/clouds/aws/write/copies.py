"""Deleting what can be made anew from a safety copy: a volume from its snapshot, an instance from its image.

The copy carries all that is needed for the way back (shape in its own tags, the original's tags beside them) and the id of the
change, so that the way back is found also by a process that never saw the copy being made. What comes back has a new id.
"""

from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.aws.write.compute import GONE_STATES, state_of, tags_of
from skywright.adapters.clouds.aws.write.compute import describe as describe_instance
from skywright.adapters.clouds.aws.write.volumes import describe as describe_volume
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Action, Values, Way, planned
from skywright.adapters.clouds.kit.deletion import there
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

OWN = "skywright:"
"""The beginning of our own tags' keys."""

Tags = dict[str, str]


def _as_list(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _original_tags(item: dict[str, Any]) -> Tags:
    """The tags that a person gave: neither AWS's own, which nobody else may set, nor ours."""
    return {key: value for key, value in tags_of(item).items() if not key.startswith(("aws:", OWN))}


def _facts(item: dict[str, Any]) -> Tags:
    """Our own tags, without their beginning."""
    return {key.removeprefix(OWN): value for key, value in tags_of(item).items() if key.startswith(OWN)}


def _copy_tags(item: dict[str, Any], facts: Tags) -> list[dict[str, str]]:
    return _as_list({**_original_tags(item), **{OWN + key: value for key, value in facts.items() if value}})


class _Copied:
    """What the steps around one safety copy share."""

    name: str

    def __init__(self, target: Target, change: str) -> None:
        self._target = target
        self._change = change
        self.text = self._words()
        self.reversibility = Reversibility.SAFETY_COPY

    def _words(self) -> str:
        """What it does, for explain."""
        raise NotImplementedError

    def _filters(self, **facts: str) -> list[dict[str, Any]]:
        """EC2 filters for the copies of this target."""
        wanted = {"of": self._target.id, "change": self._change, **facts}
        return [{"Name": f"tag:{OWN}{key}", "Values": [value]} for key, value in wanted.items()]

    def _no_copy(self) -> PlanAgain:
        return PlanAgain(
            t("{target} has no complete safety copy, so it is not deleted.", target=self._target),
            next_step=t("Gather and plan again."),
        )

    def _failed(self, copy: str) -> AskHuman:
        return AskHuman(
            t("The safety copy {copy} of {target} failed.", copy=copy, target=self._target),
            next_step=t("Look at it in the AWS console, delete it, and try again."),
        )


class _SnapshotSteps(_Copied):
    def _snapshots(self, **facts: str) -> list[dict[str, Any]]:
        """The safety copies, newest first."""
        found = self._target.items("ec2:DescribeSnapshots", "Snapshots", OwnerIds=["self"], Filters=self._filters(**facts))
        return sorted(found, key=lambda snapshot: snapshot["StartTime"], reverse=True)

    def _complete(self) -> dict[str, Any] | None:
        return next((snapshot for snapshot in self._snapshots() if snapshot["State"] == "completed"), None)


class CopyVolume(_SnapshotSteps):
    """Make a snapshot of the volume; undo deletes it when the volume is still there."""

    name = "ec2:CreateSnapshot"

    def _words(self) -> str:
        return t("Make a snapshot of {target} as a safety copy, and wait until it is complete.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """A complete snapshot that this very step made: an older one would hold older data."""
        with planned(self._target):
            if not self._snapshots(token=token):
                self._create(token)
            return self._target.until(t("copied"), lambda: self._done(token), HOUR_S)

    def _create(self, token: str) -> None:
        volume = describe_volume(self._target)
        facts = {
            "of": self._target.id,
            "change": self._change,
            "token": token,
            "type": volume["VolumeType"],
            "zone": volume["AvailabilityZone"],
            "iops": str(volume.get("Iops") or ""),
            "throughput": str(volume.get("Throughput") or ""),
        }
        tags = {"ResourceType": "snapshot", "Tags": _copy_tags(volume, facts)}
        self._target.call("ec2:CreateSnapshot", VolumeId=self._target.id, TagSpecifications=[tags])

    def _done(self, token: str) -> dict[str, Any] | None:
        for snapshot in self._snapshots(token=token):
            if snapshot["State"] == "error":
                raise self._failed(snapshot["SnapshotId"])
            if snapshot["State"] == "completed":
                return {"snapshot": snapshot["SnapshotId"]}
        return None

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The copy of a volume that was deleted is kept: what was made anew from it is not the original."""
        if there(describe_volume, self._target):
            for snapshot in self._snapshots(token=token):
                self._target.call("ec2:DeleteSnapshot", SnapshotId=snapshot["SnapshotId"])


class DeleteVolume(_SnapshotSteps):
    """Delete the volume; undo makes a new one from the safety copy, in the same zone, of the same type, with the same tags."""

    name = "ec2:DeleteVolume"

    def _words(self) -> str:
        return t("Delete {target}. Undo makes a new volume from the safety copy.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Only when the safety copy is complete."""
        copy = self._complete()
        if there(describe_volume, self._target):
            if copy is None:
                raise self._no_copy()
            with planned(self._target):
                self._target.call("ec2:DeleteVolume", VolumeId=self._target.id)
            self._target.until(t("gone"), lambda: None if there(describe_volume, self._target) else True, MINUTES_S)
        return {"snapshot": copy["SnapshotId"]} if copy else {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when both the volume and its copy are gone."""
        if there(describe_volume, self._target):
            return
        copy = self._complete()
        if copy is None:
            raise AskHuman(
                t("{target} is deleted and its safety copy is gone.", target=self._target), next_step=t("Look for other backups.")
            )
        if self._restored(copy) is None:
            self._create(copy, token)
        self._target.until(t("made anew"), lambda: self._restored(copy, "available", "in-use"), MINUTES_S)

    def _restored(self, copy: dict[str, Any], *states: str) -> str | None:
        filters = [{"Name": "snapshot-id", "Values": [copy["SnapshotId"]]}]
        for volume in self._target.items("ec2:DescribeVolumes", "Volumes", Filters=filters):
            if volume["State"] in (states or ("creating", "available", "in-use")):
                return str(volume["VolumeId"])
        return None

    def _create(self, copy: dict[str, Any], token: str) -> None:
        facts = _facts(copy)
        speed: dict[str, Any] = {}
        if facts["type"] in ("gp3", "io1", "io2") and "iops" in facts:
            speed["Iops"] = int(facts["iops"])
        if facts["type"] == "gp3" and "throughput" in facts:
            speed["Throughput"] = int(facts["throughput"])
        tags = _as_list(_original_tags(copy))
        self._target.call(
            "ec2:CreateVolume",
            SnapshotId=copy["SnapshotId"],
            AvailabilityZone=facts["zone"],
            VolumeType=facts["type"],
            ClientToken=token,
            **speed,
            **({"TagSpecifications": [{"ResourceType": "volume", "Tags": tags}]} if tags else {}),
        )


class _ImageSteps(_Copied):
    def _images(self, **facts: str) -> list[dict[str, Any]]:
        """The safety copies, newest first."""
        found = self._target.items("ec2:DescribeImages", "Images", Owners=["self"], Filters=self._filters(**facts))
        return sorted(found, key=lambda image: image["CreationDate"], reverse=True)

    def _complete(self) -> dict[str, Any] | None:
        return next((image for image in self._images() if image["State"] == "available"), None)


class CopyInstance(_ImageSteps):
    """Make an image of the instance; undo deregisters it when the instance is still there."""

    name = "ec2:CreateImage"

    def _words(self) -> str:
        return t("Make an image of {target} as a safety copy (the instance restarts), and wait for it.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """An available image that this very step made."""
        with planned(self._target):
            if not self._images(token=token):
                _refuse_protected(self._target)
                self._create(token)
            return self._target.until(t("copied"), lambda: self._done(token), HOUR_S)

    def _create(self, token: str) -> None:
        instance = describe_instance(self._target)
        facts = {"of": self._target.id, "change": self._change, "token": token, **_shape(instance)}
        tags = {"ResourceType": "image", "Tags": _copy_tags(instance, facts)}
        name = f"skywright-{self._target.id}-{token}"  # unique in the region: a second copy is refused
        self._target.call("ec2:CreateImage", InstanceId=self._target.id, Name=name[:128], TagSpecifications=[tags])

    def _done(self, token: str) -> dict[str, Any] | None:
        for image in self._images(token=token):
            if image["State"] in ("failed", "error", "invalid"):
                raise self._failed(image["ImageId"])
            if image["State"] == "available":
                return {"image": image["ImageId"]}
        return None

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The copy of an instance that was terminated is kept."""
        if there(describe_instance, self._target):
            for image in self._images(token=token):
                self._discard(image)

    def _discard(self, image: dict[str, Any]) -> None:
        self._target.call("ec2:DeregisterImage", ImageId=image["ImageId"])
        for device in image.get("BlockDeviceMappings") or ():
            if snapshot := device.get("Ebs", {}).get("SnapshotId"):
                self._target.call("ec2:DeleteSnapshot", SnapshotId=snapshot)


def _shape(instance: dict[str, Any]) -> Tags:
    """What it takes to launch the instance again, as our own tags."""
    groups = {f"firewall.{index}": group["GroupId"] for index, group in enumerate(instance.get("SecurityGroups") or ())}
    return {
        "type": instance["InstanceType"],
        "subnet": instance.get("SubnetId") or "",
        "key": instance.get("KeyName") or "",
        "profile": (instance.get("IamInstanceProfile") or {}).get("Arn", ""),
        "state": state_of(instance),
        **groups,
    }


def _refuse_protected(target: Target) -> None:
    """Termination protection is a person's word. Raises AskHuman."""
    answer = target.call("ec2:DescribeInstanceAttribute", InstanceId=target.id, Attribute="disableApiTermination")
    if answer["DisableApiTermination"]["Value"]:
        raise AskHuman(
            t("{target} is protected against termination.", target=target),
            next_step=t("Remove the protection, or drop this change."),
        )


class Terminate(_ImageSteps):
    """Terminate the instance; undo launches a new one from the image: same type, subnet, firewalls, key, role and tags."""

    name = "ec2:TerminateInstances"

    def _words(self) -> str:
        return t("Terminate {target}. Undo launches a new instance from the safety copy.", target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Only when the safety copy is complete and nothing protects the instance."""
        copy = self._complete()
        if there(describe_instance, self._target):
            if copy is None:
                raise self._no_copy()
            with planned(self._target):
                _refuse_protected(self._target)
                self._target.call("ec2:TerminateInstances", InstanceIds=[self._target.id])
            self._target.until(t("gone"), lambda: None if there(describe_instance, self._target) else True, MINUTES_S)
        return {"image": copy["ImageId"]} if copy else {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when both the instance and its copy are gone."""
        if there(describe_instance, self._target):
            return
        copy = self._complete()
        if copy is None:
            raise AskHuman(
                t("{target} is terminated and its safety copy is gone.", target=self._target),
                next_step=t("Look for other backups."),
            )
        if self._restored(copy) is None:
            self._launch(copy, token)
        restored = self._target.until(t("made anew"), lambda: self._restored(copy, "running", "stopped"), MINUTES_S)
        if _facts(copy).get("state") == "stopped":
            self._target.call("ec2:StopInstances", InstanceIds=[restored])

    def _restored(self, copy: dict[str, Any], *states: str) -> str | None:
        filters = [{"Name": "image-id", "Values": [copy["ImageId"]]}]
        for reservation in self._target.items("ec2:DescribeInstances", "Reservations", Filters=filters):
            for instance in reservation["Instances"]:
                state = state_of(instance)
                if state in states or (not states and state not in GONE_STATES):
                    return str(instance["InstanceId"])
        return None

    def _launch(self, copy: dict[str, Any], token: str) -> None:
        facts = _facts(copy)
        tags = _as_list(_original_tags(copy))
        optional = {
            "SubnetId": facts.get("subnet"),
            "KeyName": facts.get("key"),
            "IamInstanceProfile": {"Arn": facts["profile"]} if "profile" in facts else None,
            "SecurityGroupIds": [value for key, value in sorted(facts.items()) if key.startswith("firewall.")],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}] if tags else None,
        }
        self._target.call(
            "ec2:RunInstances",
            ImageId=copy["ImageId"],
            InstanceType=facts["type"],
            MinCount=1,
            MaxCount=1,
            ClientToken=token,
            **{name: value for name, value in optional.items() if value},
        )


class _CopyFirst:
    """A deletion after a safety copy."""

    def __init__(self, action: Action, *parts: Callable[[Target, str], Step]) -> None:
        self.action = action
        self._parts = parts

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only where nothing is wanted after, and nothing is known to hold it."""
        return after is None and not before.get("attached") and not before.get("termination_protected")

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """By the copy."""
        return Reversibility.SAFETY_COPY

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Copy, then delete."""
        return tuple(part(target, change) for part in self._parts)


DELETE_VOLUME = _CopyFirst(
    Action(
        name="delete a volume after a snapshot of it",
        kind="storage.volume",
        columns=(),
        calls=(
            "ec2:DeleteVolume",
            "ec2:CreateSnapshot",
            "ec2:CreateVolume",
            "ec2:DeleteSnapshot",
            "ec2:DescribeVolumes",
            "ec2:DescribeSnapshots",
            "ec2:CreateTags",
        ),
        reversibility=Reversibility.SAFETY_COPY,
        document="Amazon EC2 API Reference: DeleteVolume, CreateSnapshot",
    ),
    CopyVolume,
    DeleteVolume,
)
TERMINATE = _CopyFirst(
    Action(
        name="terminate an instance after an image of it",
        kind="compute.instance",
        columns=(),
        calls=(
            "ec2:TerminateInstances",
            "ec2:CreateImage",
            "ec2:RunInstances",
            "ec2:DeregisterImage",
            "ec2:DeleteSnapshot",
            "ec2:DescribeInstances",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceAttribute",
            "ec2:StopInstances",
            "ec2:CreateTags",
        ),
        reversibility=Reversibility.SAFETY_COPY,
        document="Amazon EC2 API Reference: TerminateInstances, CreateImage",
    ),
    CopyInstance,
    Terminate,
)

WAYS: tuple[Way, ...] = (DELETE_VOLUME, TERMINATE)
