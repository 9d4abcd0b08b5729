"""Answers that are not as documented: a field is missing or of another type. A row then has NULLs of the right types, or there is
none and a gap says so; nothing crashes, and no column holds what its table cannot."""

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.aws.read import (
    balancers,
    containers,
    databases,
    functions,
    gateways,
    guards,
    instances,
    network,
    recipes,
    stores,
    volumes,
)
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit.reading import DRIFT, Desk, Memo
from skywright.model.errors import AskHuman
from skywright.model.kinds import Resource

PLACE = Place("111122223333", "eu-west-1")
WHEN = datetime(2026, 1, 31, 10, tzinfo=UTC)
TAGS = [{"Key": "Name", "Value": "web"}, {"Key": "owner", "Value": "shop"}]
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE_ARN = "arn:aws:iam::111122223333:role/service/runner"

INSTANCE = {
    "InstanceId": "i-1",
    "InstanceType": "t3.micro",
    "State": {"Code": 80, "Name": "stopped"},
    "StateTransitionReason": "User initiated (2026-01-31 10:00:00 GMT)",
    "Tags": [*TAGS, {"Key": "aws:autoscaling:groupName", "Value": "fleet"}],
    "LaunchTime": WHEN,
    "Placement": {"AvailabilityZone": "eu-west-1a"},
    "SubnetId": "subnet-1",
    "VpcId": "vpc-1",
    "PublicIpAddress": "203.0.113.1",
    "SecurityGroups": [{"GroupId": "sg-1"}],
    "NetworkInterfaces": [{"Attachment": {"AttachTime": WHEN}}],
    "BlockDeviceMappings": [{"Ebs": {"VolumeId": "vol-1"}}],
    "IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/p"},
    "MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1},
    "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
    "Monitoring": {"State": "disabled"},
    "EbsOptimized": False,
}
SHAPES = {"t3.micro": {"MemoryInfo": {"SizeInMiB": 1024}, "VCpuInfo": {"DefaultVCpus": 2}, "BurstablePerformanceSupported": True}}
PERMISSION = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}],
    "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
    "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "444455556666"}],
    "PrefixListIds": [{"PrefixListId": "pl-1"}],
}
BALANCER = {
    "LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/front/1",
    "LoadBalancerName": "front",
    "State": {"Code": "active"},
    "Type": "application",
    "Scheme": "internet-facing",
    "VpcId": "vpc-1",
    "AvailabilityZones": [{"ZoneName": "eu-west-1a"}],
    "SecurityGroups": ["sg-1"],
}
LISTENER = {
    "Port": 80,
    "Protocol": "HTTP",
    "Certificates": [{"CertificateArn": "c"}],
    "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}],
}
ATTRIBUTES = {"deletion_protection.enabled": "true", "idle_timeout.timeout_seconds": "60", "access_logs.s3.enabled": "false"}

Translate = Callable[[Any], Resource | None]

CASES: dict[str, tuple[Translate, dict[str, Any]]] = {
    "instance": (lambda raw: instances.instance(raw, PLACE, SHAPES, {}), INSTANCE),
    "shape": (lambda raw: instances.instance(INSTANCE, PLACE, raw, {}), SHAPES),
    "template": (
        lambda raw: recipes.launch_template(raw, PLACE),
        {
            "LaunchTemplateId": "lt-1",
            "LaunchTemplateName": "web",
            "VersionNumber": 3,
            "CreateTime": WHEN,
            "LaunchTemplateData": {
                "UserData": "c2VjcmV0",
                "InstanceType": "t3.small",
                "MetadataOptions": {"HttpTokens": "required"},
                "NetworkInterfaces": [{"AssociatePublicIpAddress": True}],
                "BlockDeviceMappings": [{"Ebs": {"Encrypted": True}}],
            },
        },
    ),
    "group": (
        lambda raw: recipes.group(raw, PLACE),
        {
            "AutoScalingGroupName": "fleet",
            "MinSize": 1,
            "MaxSize": 3,
            "DesiredCapacity": 2,
            "Instances": [{"InstanceId": "i-1", "HealthStatus": "Healthy"}],
            "AvailabilityZones": ["eu-west-1a"],
            "VPCZoneIdentifier": "subnet-1,subnet-2",
            "TargetGroupARNs": ["arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1"],
            "HealthCheckType": "ELB",
            "MixedInstancesPolicy": {
                "LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1"}},
                "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 25},
            },
        },
    ),
    "image": (
        lambda raw: recipes.image(raw, PLACE),
        {
            "ImageId": "ami-1",
            "Name": "golden",
            "CreationDate": "2026-01-31T10:00:00.000Z",
            "Public": False,
            "BlockDeviceMappings": [{"Ebs": {"SnapshotId": "snap-1", "Encrypted": False}}, {"NoDevice": ""}],
            "Tags": TAGS,
        },
    ),
    "key pair": (
        lambda raw: recipes.key_pair(raw, PLACE),
        {"KeyPairId": "key-1", "KeyName": "ops", "CreateTime": WHEN, "KeyType": "rsa"},
    ),
    "volume": (
        lambda raw: volumes.volume(raw, PLACE),
        {
            "VolumeId": "vol-1",
            "VolumeType": "gp3",
            "Size": 8,
            "Iops": 3000,
            "Throughput": 125,
            "Encrypted": True,
            "KmsKeyId": KEY_ARN,
            "State": "in-use",
            "CreateTime": WHEN,
            "Attachments": [{"InstanceId": "i-1", "DeleteOnTermination": True}],
            "Tags": TAGS,
        },
    ),
    "snapshot": (
        lambda raw: volumes.snapshot(raw, PLACE, frozenset({"snap-1"})),
        {"SnapshotId": "snap-1", "VolumeId": "vol-1", "VolumeSize": 8, "Encrypted": False, "StartTime": WHEN, "Tags": TAGS},
    ),
    "vpc": (
        lambda raw: network.vpc(raw, PLACE, {}),
        {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "IsDefault": False, "Tags": TAGS},
    ),
    "subnet": (
        lambda raw: network.subnet(raw, PLACE),
        {"SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailableIpAddressCount": 250, "MapPublicIpOnLaunch": True, "Tags": TAGS},
    ),
    "route table": (
        lambda raw: network.route_table(raw, PLACE),
        {
            "RouteTableId": "rtb-1",
            "VpcId": "vpc-1",
            "Associations": [{"Main": True}, {"SubnetId": "subnet-1", "Main": False}],
            "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}, {"NatGatewayId": "nat-1"}],
        },
    ),
    "endpoint": (
        lambda raw: network.endpoint(raw, PLACE),
        {
            "VpcEndpointId": "vpce-1",
            "VpcId": "vpc-1",
            "State": "Available",
            "VpcEndpointType": "Gateway",
            "PolicyDocument": '{"Statement": []}',
        },
    ),
    "peering": (
        lambda raw: network.peering(raw, PLACE),
        {
            "VpcPeeringConnectionId": "pcx-1",
            "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": "vpc-1"},
            "AccepterVpcInfo": {"VpcId": "vpc-2", "OwnerId": "444455556666", "Region": "us-east-1"},
        },
    ),
    "nat gateway": (
        lambda raw: gateways.nat_gateway(raw, PLACE),
        {"NatGatewayId": "nat-1", "State": "available", "NatGatewayAddresses": [{"PublicIp": "203.0.113.1"}], "CreateTime": WHEN},
    ),
    "internet gateway": (
        lambda raw: gateways.attached_gateway(raw, PLACE, "internet", "InternetGatewayId"),
        {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]},
    ),
    "interface": (
        lambda raw: guards.interface(raw, PLACE),
        {"NetworkInterfaceId": "eni-1", "Status": "in-use", "Groups": [{"GroupId": "sg-1"}], "Attachment": {"InstanceId": "i-1"}},
    ),
    "address": (
        lambda raw: guards.address(raw, PLACE),
        {"AllocationId": "eipalloc-1", "PublicIp": "203.0.113.1", "AssociationId": "a", "NetworkInterfaceId": "eni-1"},
    ),
    "firewall": (
        lambda raw: guards.firewall(raw, PLACE, {"sg-1": 2}),
        {
            "GroupId": "sg-1",
            "GroupName": "web",
            "VpcId": "vpc-1",
            "IpPermissions": [PERMISSION],
            "IpPermissionsEgress": [{"IpProtocol": "-1"}],
        },
    ),
    "acl": (
        lambda raw: guards.acl(raw, PLACE),
        {
            "NetworkAclId": "acl-1",
            "VpcId": "vpc-1",
            "IsDefault": True,
            "Associations": [{"SubnetId": "subnet-1"}],
            "Entries": [
                {
                    "RuleNumber": 100,
                    "Egress": False,
                    "RuleAction": "allow",
                    "Protocol": "6",
                    "PortRange": {"From": 22, "To": 22},
                    "CidrBlock": "0.0.0.0/0",
                }
            ],
        },
    ),
    "balancer": (lambda raw: balancers.balancer(raw, PLACE, balancers.Details([LISTENER], ATTRIBUTES), {}), BALANCER),
    "listener": (lambda raw: balancers.balancer(BALANCER, PLACE, balancers.Details([raw], {}), {}), LISTENER),
    "balancer attributes": (lambda raw: balancers.balancer(BALANCER, PLACE, balancers.Details([], raw), {}), ATTRIBUTES),
    "classic balancer": (
        lambda raw: balancers.classic_balancer(raw, PLACE, {"AccessLog": {"Enabled": True}}, {}),
        {
            "LoadBalancerName": "old",
            "Instances": [{"InstanceId": "i-1"}],
            "ListenerDescriptions": [{"Listener": {"LoadBalancerPort": 80}}],
        },
    ),
    "target group": (
        lambda raw: balancers.target_group(raw, PLACE, [{"Target": {"Id": "i-1"}, "TargetHealth": {"State": "healthy"}}], {}),
        {"TargetGroupArn": "arn:x:targetgroup/web/1", "TargetGroupName": "web", "Port": 80, "LoadBalancerArns": ["arn:y"]},
    ),
    "target health": (
        lambda raw: balancers.target_group({"TargetGroupArn": "arn:x"}, PLACE, [raw], {}),
        {"Target": {"Id": "arn:aws:lambda:eu-west-1:1:function:f"}, "TargetHealth": {"State": "unhealthy"}},
    ),
    "database": (
        lambda raw: databases.database(raw, PLACE),
        {
            "DBInstanceIdentifier": "orders",
            "AllocatedStorage": 20,
            "MultiAZ": False,
            "KmsKeyId": KEY_ARN,
            "BackupRetentionPeriod": 7,
            "MonitoringInterval": 60,
            "EnabledCloudwatchLogsExports": ["postgresql"],
            "Endpoint": {"Port": 5432},
            "DBSubnetGroup": {"VpcId": "vpc-1"},
            "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}],
            "TagList": TAGS,
            "InstanceCreateTime": WHEN,
        },
    ),
    "database cluster": (
        lambda raw: databases.cluster(raw, PLACE),
        {"DBClusterIdentifier": "ledger", "DBClusterMembers": [{}], "BackupRetentionPeriod": 1, "TagList": TAGS},
    ),
    "database snapshot": (
        lambda raw: databases.snapshot(raw, PLACE, ["all", "444455556666"]),
        {"DBSnapshotIdentifier": "copy", "DBInstanceIdentifier": "orders", "SnapshotType": "manual", "AllocatedStorage": 20},
    ),
    "replication group": (
        lambda raw: stores.replication_group(raw, PLACE, {"EngineVersion": "7.0"}, {}),
        {"ReplicationGroupId": "sessions", "MemberClusters": ["a"], "MultiAZ": "enabled", "SnapshotRetentionLimit": 1},
    ),
    "cache cluster": (
        lambda raw: stores.cache_cluster(raw, PLACE, {}),
        {"CacheClusterId": "c", "NumCacheNodes": 1, "Engine": "memcached"},
    ),
    "table": (
        lambda raw: stores.table(stores.TableFacts(raw, {}, {}), PLACE),
        {"TableName": "carts", "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}, "ItemCount": 0, "TableStatus": "ACTIVE"},
    ),
    "file system": (
        lambda raw: stores.file_system(raw, PLACE, None),
        {"FileSystemId": "fs-1", "SizeInBytes": {"Value": 6144}, "NumberOfMountTargets": 0, "Encrypted": True, "KmsKeyId": KEY_ARN},
    ),
    "function": (
        lambda raw: functions.function(raw, PLACE, functions.Facts()),
        {
            "FunctionName": "mailer",
            "Runtime": "python3.9",
            "Role": ROLE_ARN,
            "Architectures": ["arm64"],
            "Environment": {"Variables": {"TOKEN": "s"}},
            "LastModified": "2026-01-31T10:00:00.000+0000",
            "VpcConfig": {"VpcId": "vpc-1"},
        },
    ),
    "container cluster": (
        lambda raw: containers.container_cluster(raw, PLACE),
        {
            "clusterName": "apps",
            "status": "ACTIVE",
            "settings": [{"name": "containerInsights", "value": "enabled"}],
            "activeServicesCount": 1,
        },
    ),
    "container service": (
        lambda raw: containers.container_service(raw, PLACE),
        {
            "serviceName": "app",
            "clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/apps",
            "desiredCount": 2,
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}},
            "loadBalancers": [{"targetGroupArn": "arn:t"}],
            "tags": [{"key": "owner", "value": "shop"}],
        },
    ),
    "kubernetes cluster": (
        lambda raw: containers.kubernetes_cluster(raw, PLACE, containers.Nodes(1, 3)),
        {
            "name": "k8s",
            "version": "1.30",
            "resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"], "subnetIds": ["subnet-1"]},
            "logging": {"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]},
            "encryptionConfig": [{"resources": ["secrets"]}],
            "roleArn": ROLE_ARN,
            "tags": {"owner": "shop"},
        },
    ),
    "repository": (
        lambda raw: containers.repository(raw, PLACE, containers.RepositoryFacts("", lifecycle=False, tags={})),
        {"repositoryName": "app", "imageScanningConfiguration": {"scanOnPush": True}, "imageTagMutability": "MUTABLE"},
    ),
}
ODD: tuple[Any, ...] = (None, 7, -1.5, True, "", "odd", [], ["odd"], [None], [7], {}, {"odd": 1}, b"odd")


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in nested data."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield (*path, key)
        yield from _paths(child, (*path, key))


def _changed(raw: dict[str, Any], path: tuple[Any, ...], value: Any, *, remove: bool = False) -> dict[str, Any]:
    result = copy.deepcopy(raw)
    here: Any = result
    for key in path[:-1]:
        here = here[key]
    if remove:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return result


def _holds(translate: Translate, raw: dict[str, Any]) -> None:
    """A row whose every column is of its type, or an error that becomes a gap."""
    try:
        row = translate(raw)
    except DRIFT:
        return
    if row is not None:
        plain = msgspec.to_builtins(row, builtin_types=(datetime,))
        msgspec.convert(plain, type(row), strict=True)


@pytest.mark.parametrize("name", CASES)
def test_the_documented_answer_becomes_a_row(name: str) -> None:
    translate, raw = CASES[name]
    row = translate(copy.deepcopy(raw))
    assert row is not None
    assert row.id.startswith("aws:111122223333:eu-west-1:")
    msgspec.convert(msgspec.to_builtins(row, builtin_types=(datetime,)), type(row), strict=True)


@pytest.mark.parametrize("name", CASES)
def test_a_missing_field_is_no_crash(name: str) -> None:
    translate, raw = CASES[name]
    for path in _paths(raw):
        _holds(translate, _changed(raw, path, None, remove=True))


@pytest.mark.parametrize("name", CASES)
def test_a_field_of_another_type_is_no_crash_and_no_wrong_column(name: str) -> None:
    translate, raw = CASES[name]
    for path in _paths(raw):
        for odd in ODD:
            _holds(translate, _changed(raw, path, odd))


class _NoCalls:
    def client_call(self, *_: Any, **__: Any) -> dict[str, Any]:
        raise AssertionError("nothing is called")

    pages = client_call


def test_one_odd_item_is_a_gap_and_the_others_are_kept() -> None:
    desk = Desk(calls=_NoCalls(), memo=Memo(), threads=ThreadPoolExecutor(1), now=datetime(2026, 7, 1))  # type: ignore[arg-type]
    reading = Reading(desk, "111122223333", "eu-west-1", "ec2")
    raws = [{"VolumeId": "vol-1"}, {"Size": 3}, {"VolumeId": "vol-2"}]
    rows = reading.take("storage.volume", raws, lambda raw: volumes.volume(raw, PLACE))
    assert [row.native_id for row in rows] == ["vol-1", "vol-2"]
    assert isinstance(reading.failures["storage.volume"], AskHuman)
    assert str(reading.failures["storage.volume"]) == (
        "AWS answered for storage.volume in a shape that is not understood: KeyError('VolumeId'). "
        "Report this with the versions of Skywright and of the provider's library."
    )


def test_what_is_known_to_be_none_is_not_unknown() -> None:
    row = volumes.volume({"VolumeId": "vol-1", "Attachments": [], "State": "available"}, PLACE)
    assert (row.attached, row.attached_to, row.size_gib) == (False, "", None)


def test_a_stopped_instance_tells_since_when() -> None:
    row = instances.instance(INSTANCE, PLACE, SHAPES, {"arn:aws:iam::111122223333:instance-profile/p": "machine"})
    assert row.stopped_at == datetime(2026, 1, 31, 10)
    assert row.role == "aws:111122223333:global:identity.role/machine"
    assert row.scaling_group == "aws:111122223333:eu-west-1:compute.group/fleet"


def test_a_metadata_service_that_is_off_needs_no_token() -> None:
    off = {**INSTANCE, "MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "disabled"}}
    assert instances.instance(off, PLACE, {}, {}).metadata_token_required is True
    assert instances.instance(INSTANCE, PLACE, {}, {}).metadata_token_required is False


def test_every_source_of_a_permission_is_an_opening_of_its_own() -> None:
    row = guards.firewall({"GroupId": "sg-1", "IpPermissions": [PERMISSION]}, PLACE, {})
    assert {(rule.cidr, rule.peer) for rule in row.rules or ()} == {
        ("0.0.0.0/0", None),
        ("::/0", None),
        (None, "aws:444455556666:eu-west-1:network.firewall/sg-2"),
        (None, "pl-1"),
    }
