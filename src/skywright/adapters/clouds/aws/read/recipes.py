"""What instances are made from and scaled by: launch templates, Auto Scaling groups, images, key pairs."""

from typing import Any

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Group, Image, KeyPair, LaunchTemplate

TEMPLATE, GROUP, IMAGE, KEY_PAIR = "compute.template", "compute.group", "compute.image", "compute.keypair"


def launch_template(raw: dict[str, Any], place: Place) -> LaunchTemplate:
    """One of DescribeLaunchTemplateVersions' versions (the default one). User data may hold secrets and is dropped."""
    data = tr.at(raw, "LaunchTemplateData") or {}
    cards = tr.items(data, "NetworkInterfaces")
    disks = [disk for disk in tr.items(data, "BlockDeviceMappings") if tr.at(disk, "Ebs") is not None]
    return LaunchTemplate(
        **place.common(TEMPLATE, raw["LaunchTemplateId"]),
        name=tr.text(raw, "LaunchTemplateName"),
        created_at=tr.moment(raw, "CreateTime"),
        native={**tr.native(raw, "LaunchTemplateData"), "LaunchTemplateData": tr.native(data, "UserData")},
        version=tr.integer(raw, "VersionNumber"),
        type=tr.said(data, "InstanceType"),
        image=tr.said(data, "ImageId"),  # may also be a parameter's name (resolve:ssm:...), so no reference
        key_pair=tr.said(data, "KeyName"),
        metadata_token_required=tr.text(data, "MetadataOptions", "HttpTokens") == "required",
        public_ip=any(tr.flag(card, "AssociatePublicIpAddress") for card in cards),
        volumes_encrypted=all(tr.flag(disk, "Ebs", "Encrypted") for disk in disks) if disks else None,
    )


def group(raw: dict[str, Any], place: Place) -> Group:
    """One of DescribeAutoScalingGroups' groups."""
    members = tr.items(raw, "Instances")
    name = raw["AutoScalingGroupName"]
    subnets = tr.said(raw, "VPCZoneIdentifier")
    return Group(
        **place.common(GROUP, name),
        name=name,
        state=tr.text(raw, "Status") or "active",
        tags=tr.tags(raw.get("Tags")),
        created_at=tr.moment(raw, "CreatedTime"),
        native=tr.native(raw, "Instances"),
        min_size=tr.integer(raw, "MinSize"),
        max_size=tr.integer(raw, "MaxSize"),
        desired=tr.integer(raw, "DesiredCapacity"),
        instances=place.refs("compute.instance", (tr.text(member, "InstanceId") for member in members)),
        healthy=sum(tr.text(member, "HealthStatus") == "Healthy" for member in members),
        zones=tr.sorted_texts(tr.texts(raw, "AvailabilityZones") or ()),
        subnets=place.refs("network.subnet", subnets.split(",")),
        target_groups=place.refs("network.targets", tr.texts(raw, "TargetGroupARNs") or ()),
        health_check="balancer" if "ELB" in tr.said(raw, "HealthCheckType") else "instance",
        template=place.ref(TEMPLATE, _template_of(raw)),
        uses_launch_configuration="LaunchConfigurationName" in raw,
        spot_share_pct=_spot_share(raw),
    )


def group_links(row: Group) -> Links:
    """What a group needs: its template and subnets; and the target groups that it fills."""
    yield Verb.MADE_FROM, row.template
    for subnet in row.subnets or ():
        yield Verb.IN, subnet
    for targets in row.target_groups or ():
        yield Verb.MEMBER_OF, targets


def image(raw: dict[str, Any], place: Place) -> Image:
    """One of DescribeImages' images."""
    disks = [disk for disk in tr.items(raw, "BlockDeviceMappings") if tr.at(disk, "Ebs") is not None]
    tags = tr.tags(raw.get("Tags"))
    return Image(
        **place.common(IMAGE, raw["ImageId"]),
        name=tr.text(raw, "Name"),
        state=tr.text(raw, "State"),
        tags=tags,
        created_at=tr.moment(raw, "CreationDate"),
        native=tr.native(raw),
        public=tr.flag(raw, "Public"),
        encrypted=all(tr.flag(disk, "Ebs", "Encrypted") for disk in disks) if disks else None,
        snapshots=place.refs("storage.snapshot", (tr.text(disk, "Ebs", "SnapshotId") for disk in disks)),
        deprecated_at=tr.moment(raw, "DeprecationTime"),
    )


def image_links(row: Image) -> Links:
    """An image is dead without the snapshots of its disks."""
    for snapshot in row.snapshots or ():
        yield Verb.MADE_FROM, snapshot


def key_pair(raw: dict[str, Any], place: Place) -> KeyPair:
    """One of DescribeKeyPairs' key pairs."""
    return KeyPair(
        **place.common(KEY_PAIR, raw["KeyPairId"]),
        name=tr.text(raw, "KeyName"),
        tags=tr.tags(raw.get("Tags")),
        created_at=tr.moment(raw, "CreateTime"),
        native=tr.native(raw),
        type=tr.text(raw, "KeyType"),
        fingerprint=tr.text(raw, "KeyFingerprint"),
    )


def _template_of(raw: dict[str, Any]) -> str:
    mixed = tr.at(raw, "MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification")
    return tr.text(raw, "LaunchTemplate", "LaunchTemplateId") or tr.said(mixed, "LaunchTemplateId")


def _spot_share(raw: dict[str, Any]) -> float | None:
    """Percent of the instances above the base that are spot; a group without a mixed policy has none."""
    policy = tr.at(raw, "MixedInstancesPolicy")
    if policy is None:
        return 0.0
    on_demand = tr.number(policy, "InstancesDistribution", "OnDemandPercentageAboveBaseCapacity")
    return None if on_demand is None else 100.0 - on_demand


def _read_templates(reading: Reading) -> None:
    """The default versions of all templates come in one list; their tags in another."""
    listed = {raw["LaunchTemplateId"]: raw for raw in reading.pages("describe_launch_templates", "LaunchTemplates")}
    if not listed:
        return
    versions = list(reading.pages("describe_launch_template_versions", "LaunchTemplateVersions", Versions=["$Default"]))
    reading.take(
        TEMPLATE,
        [raw for raw in versions if raw.get("LaunchTemplateId") in listed],
        lambda raw: _tagged(launch_template(raw, reading.place), listed[raw["LaunchTemplateId"]]),
    )


def _tagged(row: LaunchTemplate, listed: dict[str, Any]) -> LaunchTemplate:
    from msgspec.structs import replace

    return replace(row, tags=tr.tags(listed.get("Tags")), created_at=tr.moment(listed, "CreateTime") or row.created_at)


def _read_groups(reading: Reading) -> None:
    reading.take(
        GROUP,
        reading.pages("describe_auto_scaling_groups", "AutoScalingGroups"),
        lambda raw: group(raw, reading.place),
        group_links,
    )


def _read_images(reading: Reading) -> None:
    own = reading.pages("describe_images", "Images", Owners=["self"], **reading.narrowed("image-id"))
    reading.take(IMAGE, own, lambda raw: image(raw, reading.place), image_links)


def _read_key_pairs(reading: Reading) -> None:
    reading.take(KEY_PAIR, reading.pages("describe_key_pairs", "KeyPairs"), lambda raw: key_pair(raw, reading.place))


READERS = (
    Reader(
        name="templates",
        service="ec2",
        kinds=(TEMPLATE,),
        read=_read_templates,
        permissions=("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
    ),
    Reader(
        name="groups",
        service="autoscaling",
        kinds=(GROUP,),
        read=_read_groups,
        permissions=("autoscaling:DescribeAutoScalingGroups",),
    ),
    Reader(name="images", service="ec2", kinds=(IMAGE,), read=_read_images, permissions=("ec2:DescribeImages",)),
    Reader(name="key-pairs", service="ec2", kinds=(KEY_PAIR,), read=_read_key_pairs, permissions=("ec2:DescribeKeyPairs",)),
)
