"""Answers of EC2 about machines and their disks, as documented, each with what translates it."""

from typing import Any

from tests.adapters.clouds.aws.read._documented import KEY_ARN, PLACE, TAGS, WHEN, Translate

from skywright.adapters.clouds.aws.read import (
    instances,
    recipes,
    volumes,
)

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


MACHINES: dict[str, tuple[Translate, dict[str, Any]]] = {
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
}
