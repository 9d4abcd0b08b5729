"""Instances, with the shape of their types and the roles of their profiles."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Instance

KIND = "compute.instance"
TYPES_PER_CALL = 100  # DescribeInstanceTypes
GONE = "terminated"  # AWS goes on listing an instance for about an hour after its end


def instance(raw: dict[str, Any], place: Place, shapes: Mapping[str, Any], roles: Mapping[str, str]) -> Instance:
    """One of DescribeInstances' Instances. ``shapes``: type -> its InstanceTypeInfo; ``roles``: profile ARN -> role name."""
    tags = tr.tags(raw.get("Tags"))
    shape = shapes.get(tr.said(raw, "InstanceType"))
    profile = tr.said(raw, "IamInstanceProfile", "Arn")
    return Instance(
        **place.common(KIND, raw["InstanceId"]),
        name=tags.get("Name") if tags else None,
        state=tr.text(raw, "State", "Name"),
        tags=tags,
        created_at=_created(raw),
        native=tr.native(raw),
        type=tr.text(raw, "InstanceType"),
        vcpus=_vcpus(raw, shape),
        memory_mib=tr.integer(shape, "MemoryInfo", "SizeInMiB"),
        architecture=tr.text(raw, "Architecture"),
        platform=tr.text(raw, "PlatformDetails") or tr.text(raw, "Platform"),
        lifecycle=tr.text(raw, "InstanceLifecycle") or "on-demand",
        burstable=tr.flag(shape, "BurstablePerformanceSupported"),
        image=place.ref("compute.image", tr.text(raw, "ImageId")),
        launched_at=tr.moment(raw, "LaunchTime"),
        stopped_at=_stopped(raw),
        zone=tr.text(raw, "Placement", "AvailabilityZone"),
        vpc=place.ref("network.vpc", tr.said(raw, "VpcId")),
        subnet=place.ref("network.subnet", tr.said(raw, "SubnetId")),
        private_ip=tr.said(raw, "PrivateIpAddress"),
        public_ip=tr.said(raw, "PublicIpAddress"),
        key_pair=tr.said(raw, "KeyName"),
        firewalls=place.refs("network.firewall", (tr.text(group, "GroupId") for group in tr.items(raw, "SecurityGroups"))),
        volumes=place.refs("storage.volume", (tr.text(disk, "Ebs", "VolumeId") for disk in tr.items(raw, "BlockDeviceMappings"))),
        role=place.ref("identity.role", roles.get(profile) if profile else "", GLOBAL),
        scaling_group=place.ref("compute.group", tags.get("aws:autoscaling:groupName", "") if tags is not None else None),
        metadata_token_required=_token_required(raw),
        metadata_hop_limit=tr.integer(raw, "MetadataOptions", "HttpPutResponseHopLimit"),
        detailed_monitoring=_is(raw, "enabled", "Monitoring", "State"),
        ebs_optimized=tr.flag(raw, "EbsOptimized"),
    )


def links(row: Instance) -> Links:
    """What an instance needs. (Its volumes point at it themselves.)"""
    yield Verb.IN, row.subnet or row.vpc
    yield Verb.MADE_FROM, row.image
    yield Verb.ACTS_AS, row.role
    yield Verb.MEMBER_OF, row.scaling_group
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def _created(raw: dict[str, Any]) -> datetime | None:
    """The launch time moves with every start; the first network card stays attached from the beginning."""
    cards = [tr.moment(card, "Attachment", "AttachTime") for card in tr.items(raw, "NetworkInterfaces")]
    return min((time for time in [*cards, tr.moment(raw, "LaunchTime")] if time), default=None)


def _stopped(raw: dict[str, Any]) -> datetime | None:
    """AWS tells the time of stopping only in words: ``User initiated (2026-01-31 10:00:00 GMT)``."""
    if tr.text(raw, "State", "Name") != "stopped":
        return None
    found = re.search(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:GMT|UTC)\)", tr.said(raw, "StateTransitionReason"))
    return tr.utc(found[1]) if found else None


def _vcpus(raw: dict[str, Any], shape: Any) -> int | None:
    """The instance's own CPU options, or else what its type has."""
    cores, threads = tr.integer(raw, "CpuOptions", "CoreCount"), tr.integer(raw, "CpuOptions", "ThreadsPerCore")
    return cores * threads if cores and threads else tr.integer(shape, "VCpuInfo", "DefaultVCpus")


def _token_required(raw: dict[str, Any]) -> bool | None:
    """A metadata service that is switched off gives nothing away without a token."""
    if tr.text(raw, "MetadataOptions", "HttpEndpoint") == "disabled":
        return True
    return _is(raw, "required", "MetadataOptions", "HttpTokens")


def _is(raw: dict[str, Any], value: str, *path: str) -> bool | None:
    found = tr.text(raw, *path)
    return found == value if found else None


def _read(reading: Reading) -> None:
    found = list(_listed(reading))
    shapes: dict[str, Any] = {}
    with reading.columns(KIND):
        shapes = _shapes(reading, found)
    roles: dict[str, str] = {}
    if any(raw.get("IamInstanceProfile") for raw in found):
        with reading.columns(KIND):
            roles = reading.shared("instance profiles", lambda: _roles(reading))
    reading.take(KIND, found, lambda raw: instance(raw, reading.place, shapes, roles), links)


def _listed(reading: Reading) -> Iterator[dict[str, Any]]:
    for reservation in reading.pages("describe_instances", "Reservations", MaxResults=1000, **reading.narrowed("instance-id")):
        yield from (raw for raw in tr.items(reservation, "Instances") if tr.text(raw, "State", "Name") != GONE)


def _shapes(reading: Reading, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Type -> its InstanceTypeInfo, for the types in use."""
    shapes: dict[str, Any] = {}
    for names in tr.chunks((tr.text(raw, "InstanceType") for raw in found), TYPES_PER_CALL):
        for shape in reading.pages("describe_instance_types", "InstanceTypes", InstanceTypes=names):
            shapes[shape["InstanceType"]] = shape
    return shapes


def _roles(reading: Reading) -> dict[str, str]:
    """Instance profile ARN -> name of its role, for the whole account."""
    profiles = reading.pages("list_instance_profiles", "InstanceProfiles", service="iam", region=GLOBAL)
    return {profile["Arn"]: profile["Roles"][0]["RoleName"] for profile in profiles if profile.get("Roles")}


READERS = (
    Reader(
        name="instances",
        service="ec2",
        kinds=(KIND,),
        read=_read,
        permissions=("ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "iam:ListInstanceProfiles"),
    ),
)
