"""A case for each action on volumes, snapshots, and on what holds for all of a region."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._ec2 import TAGS, tags_of
from tests.adapters.clouds.aws.write._harness import REGION, Case, World
from tests.adapters.clouds.aws.write._worlds_instances import described, instance


def volume(world: World, **options: Any) -> str:
    spec = {"AvailabilityZone": f"{REGION}a", "Size": 20, "VolumeType": "gp2", **options}
    tags = [{"ResourceType": "volume", "Tags": TAGS}]
    return world.aws("ec2").create_volume(**spec, TagSpecifications=tags)["VolumeId"]


def volume_facts(world: World, native_id: str) -> dict[str, Any]:
    found = world.aws("ec2").describe_volumes(VolumeIds=[native_id])["Volumes"][0]
    return {
        "type": found["VolumeType"],
        "size_gib": found["Size"],
        "iops": found.get("Iops"),
        "throughput": found.get("Throughput"),
    }


def volume_type(world: World) -> Case:
    native_id = volume(world)
    return Case(
        kind="storage.volume",
        native_id=native_id,
        before={"type": "gp2"},
        after={"type": "gp3"},
        see=lambda: volume_facts(world, native_id),
    )


def volume_type_back(world: World) -> Case:
    case = volume_type(world)
    case.native_id = native_id = volume(world, VolumeType="gp3", Iops=4000, Throughput=250)
    case.before, case.after = {"type": "gp3"}, {"type": "gp2"}
    case.see = lambda: volume_facts(world, native_id)
    return case


def volume_growth(world: World) -> Case:
    native_id = volume(world)
    return Case(
        kind="storage.volume",
        native_id=native_id,
        before={"size_gib": 20},
        after={"size_gib": 40},
        see=lambda: volume_facts(world, native_id),
    )


def volume_gone(world: World) -> Case:
    native_id = volume(world, VolumeType="gp3", Iops=4000, Throughput=250)

    def see() -> dict[str, Any]:
        facts = [
            (one["VolumeType"], one["Size"], one["AvailabilityZone"], one.get("Iops"), one.get("Throughput"), tags_of(one))
            for one in world.aws("ec2").describe_volumes()["Volumes"]
        ]
        return {"gone": not facts, "volumes": facts}

    return Case(kind="storage.volume", native_id=native_id, before={}, after=None, see=see)


def volume_fate(world: World) -> Case:
    machine = instance(world)
    native_id = described(world, machine)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    return Case(
        kind="storage.volume",
        native_id=native_id,
        before={"delete_with_instance": True},
        after={"delete_with_instance": False},
        see=lambda: {"delete_with_instance": described(world, machine)["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"]},
    )


def snapshot(world: World) -> str:
    return world.aws("ec2").create_snapshot(VolumeId=volume(world))["SnapshotId"]


def snapshot_public(world: World) -> Case:
    native_id = snapshot(world)
    ec2 = world.aws("ec2")
    attribute = {"SnapshotId": native_id, "Attribute": "createVolumePermission"}
    ec2.modify_snapshot_attribute(**attribute, OperationType="add", GroupNames=["all"])
    ec2.modify_snapshot_attribute(**attribute, OperationType="add", UserIds=["111122223333"])

    def see() -> dict[str, Any]:
        found = ec2.describe_snapshot_attribute(**attribute)["CreateVolumePermissions"]
        return {"public": {"Group": "all"} in found, "shared": [one["UserId"] for one in found if "UserId" in one]}

    return Case(kind="storage.snapshot", native_id=native_id, before={"public": True}, after={"public": False}, see=see)


def snapshot_gone(world: World) -> Case:
    native_id = snapshot(world)
    see = lambda: {"gone": not world.aws("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]}  # noqa: E731
    return Case(kind="storage.snapshot", native_id=native_id, before={}, after=None, see=see)


def region_default(world: World) -> Case:
    return Case(
        kind="account.region",
        native_id=REGION,
        before={"volume_encryption_default": False},
        after={"volume_encryption_default": True},
        see=lambda: {"volume_encryption_default": world.aws("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"]},
    )


def snapshot_block(world: World) -> Case:
    return Case(
        kind="account.region",
        native_id=REGION,
        before={"snapshot_public_access_blocked": False},
        after={"snapshot_public_access_blocked": True},
        see=lambda: {"state": world.stand_ins.snapshots},
        wanted={"state": "block-all-sharing"},
    )


def image_block(world: World) -> Case:
    return Case(
        kind="account.region",
        native_id=REGION,
        before={"image_public_access_blocked": False},
        after={"image_public_access_blocked": True},
        see=lambda: {"state": world.stand_ins.images},
        wanted={"state": "block-new-sharing"},
    )


CASES: dict[str, Callable[[World], Case]] = {
    "change the type, size or speed of a volume": volume_type,
    "delete a volume after a snapshot of it": volume_gone,
    "keep or delete a volume when its instance is terminated": volume_fate,
    "make a snapshot private": snapshot_public,
    "delete a snapshot": snapshot_gone,
    "encrypt new volumes of a region by default": region_default,
    "block public sharing of a region's snapshots": snapshot_block,
    "block public sharing of a region's machine images": image_block,
}


VARIANTS: dict[str, Callable[[World], Case]] = {
    "change a volume's type, and its speed back with it": volume_type_back,
    "grow a volume": volume_growth,
}
