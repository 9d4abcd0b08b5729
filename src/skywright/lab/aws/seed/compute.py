"""Computers: images, instances with their volumes, groups that scale, balancers in front, functions, containers."""

import io
import zipfile
from datetime import datetime
from typing import Any

import msgspec

from skywright.lab.aws.seed import metrics
from skywright.lab.aws.seed.network import APP, WEB, Network
from skywright.lab.aws.seed.town import Site, pairs, specification

ROOT = "/dev/xvda"
# What an application runs on: (part, instance type, root volume GiB, data volume GiB or 0)
FLEET = (("web", "m5.large", 30, 0), ("app", "c5.xlarge", 30, 100), ("worker", "t3.medium", 30, 50))


class Ground(msgspec.Struct, frozen=True):
    """What a site's applications share."""

    network: Network
    image: str
    key: str  # KMS key ARN
    certificate: str
    log_bucket: str


def golden_image(site: Site) -> str:
    """The company's own image."""
    made = site.call(
        "ec2",
        "register_image",
        Name="golden-base",
        Architecture="x86_64",
        RootDeviceName=ROOT,
        VirtualizationType="hvm",
        TagSpecifications=specification("image", site.tags("golden-base", "platform")),
    )
    return str(made["ImageId"])


def instances(site: Site, ground: Ground, application: str, owner: str, groups: dict[str, str]) -> dict[str, str]:
    """The application's machines: part -> instance id."""
    return {
        part: instance(site, ground, f"{application}-{part}", owner, kind, (root, data), groups[APP])
        for part, kind, root, data in FLEET
    }


def instance(
    site: Site,
    ground: Ground,
    name: str,
    owner: str,
    kind: str,
    disks: tuple[int, int],
    group: str,
    **special: Any,
) -> str:
    """One machine as the company wants it: private, encrypted gp3 disks, metadata by token only. ``special`` changes that."""
    drives = [(ROOT, disks[0]), *([("/dev/sdf", disks[1])] if disks[1] else [])]
    asked: dict[str, Any] = {
        "ImageId": ground.image,
        "InstanceType": kind,
        "MinCount": 1,
        "MaxCount": 1,
        "SubnetId": ground.network.private[0],
        "SecurityGroupIds": [group],
        "EbsOptimized": True,
        "Monitoring": {"Enabled": True},
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
        "BlockDeviceMappings": [{"DeviceName": device, "Ebs": _disk(size, ground.key)} for device, size in drives],
        "TagSpecifications": specification("instance", site.tags(name, owner)),
    }
    made = site.call("ec2", "run_instances", **{**asked, **special})["Instances"][0]["InstanceId"]
    site.call("ec2", "associate_iam_instance_profile", InstanceId=made, IamInstanceProfile={"Name": "machine"})
    volumes = site.call("ec2", "describe_volumes", Filters=[{"Name": "attachment.instance-id", "Values": [made]}])["Volumes"]
    site.call("ec2", "create_tags", Resources=[v["VolumeId"] for v in volumes], Tags=pairs(site.tags(f"{name}-disk", owner)))
    age_instance(site, made, site.town.ago(site.town.chance.randint(20, 300)))
    return str(made)


def _disk(size: int, key: str) -> dict[str, Any]:
    return {"VolumeSize": size, "VolumeType": "gp3", "Encrypted": True, "KmsKeyId": key, "DeleteOnTermination": True}


def age_instance(site: Site, identifier: str, at: datetime) -> None:
    """Move an instance's start, and the making of its volumes, into the past."""
    backend = site.backend("ec2")
    machine = backend.get_instance(identifier)
    machine.launch_time = at
    for volume in backend.volumes.values():
        if volume.attachment and volume.attachment.instance.id == identifier:
            volume.create_time = at
            volume.attachment.attach_time = at


def group_that_scales(site: Site, ground: Ground, name: str, owner: str, firewall: str) -> None:
    """A launch template and a group of two machines made from it."""
    data = {
        "ImageId": ground.image,
        "InstanceType": "m5.large",
        "SecurityGroupIds": [firewall],
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [{"DeviceName": ROOT, "Ebs": _disk(30, ground.key)}],
    }
    tags = site.tags(name, owner)
    made = site.call(
        "ec2",
        "create_launch_template",
        LaunchTemplateName=name,
        LaunchTemplateData=data,
        TagSpecifications=specification("launch-template", tags),
    )
    template = {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": "$Latest"}
    site.call(
        "autoscaling",
        "create_auto_scaling_group",
        AutoScalingGroupName=name,
        MinSize=2,
        MaxSize=4,
        DesiredCapacity=2,
        LaunchTemplate=template,
        VPCZoneIdentifier=",".join(ground.network.private),
        HealthCheckType="ELB",
        HealthCheckGracePeriod=120,
        Tags=[{**pair, "PropagateAtLaunch": True} for pair in pairs(tags)],
    )
    _finish_members(site, name, tags, ground.key)


def _finish_members(site: Site, name: str, tags: dict[str, str], key: str) -> None:
    """Moto makes a group's machines without most of the template: bring them to what the template says."""
    described = site.call("autoscaling", "describe_auto_scaling_groups", AutoScalingGroupNames=[name])
    backend = site.backend("ec2")
    for member in described["AutoScalingGroups"][0]["Instances"]:
        machine = backend.get_instance(member["InstanceId"])
        machine.metadata_options.http_tokens = "required"
        machine.metadata_options.http_put_response_hop_limit = 1
        machine.monitoring_state = "enabled"
        age_instance(site, machine.id, site.town.ago(30))
        for mapping in machine.block_device_mapping.values():
            volume = backend.get_volume(mapping.volume_id)
            volume.encrypted, volume.kms_key_id, volume.volume_type = True, key, "gp3"
            site.call("ec2", "create_tags", Resources=[volume.id], Tags=pairs(tags))
        site.call("ec2", "associate_iam_instance_profile", InstanceId=machine.id, IamInstanceProfile={"Name": "machine"})
        metrics.machine(site, machine.id, metrics.Load.BUSY)


def balancer(site: Site, ground: Ground, application: str, owner: str, groups: dict[str, str], machines: list[str]) -> str:
    """An application balancer: TLS, plain HTTP sent on to TLS, logs, and the machines behind it. Gives its ARN."""
    made = site.call(
        "elbv2",
        "create_load_balancer",
        Name=application,
        Subnets=list(ground.network.public),
        SecurityGroups=[groups[WEB]],
        Scheme="internet-facing",
        Tags=pairs(site.tags(application, owner)),
    )
    arn = str(made["LoadBalancers"][0]["LoadBalancerArn"])
    target = target_group(site, ground, application, owner)
    if machines:
        site.call("elbv2", "register_targets", TargetGroupArn=target, Targets=[{"Id": machine} for machine in machines])
    attributes = {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": ground.log_bucket,
        "deletion_protection.enabled": "true",
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }
    site.call("elbv2", "modify_load_balancer_attributes", LoadBalancerArn=arn, Attributes=pairs(attributes))
    _listen(site, arn, target, ground.certificate)
    return arn


def target_group(site: Site, ground: Ground, name: str, owner: str) -> str:
    """An empty target group; gives its ARN."""
    made = site.call(
        "elbv2",
        "create_target_group",
        Name=name,
        Protocol="HTTP",
        Port=8080,
        VpcId=ground.network.vpc,
        TargetType="instance",
        HealthCheckPath="/healthz",
        Tags=pairs(site.tags(name, owner)),
    )
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def _listen(site: Site, arn: str, target: str, certificate: str) -> None:
    site.call(
        "elbv2",
        "create_listener",
        LoadBalancerArn=arn,
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
    )
    to_tls = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    site.call(
        "elbv2",
        "create_listener",
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": to_tls}],
    )
    for listener in site.backend("elbv2").load_balancers[arn].listeners.values():
        if listener.protocol == "HTTP":
            listener.ssl_policy = None  # moto gives every listener one


def function(site: Site, name: str, owner: str, queue: str, runtime: str = "python3.13") -> str:
    """A function as the company wants it; gives its ARN. ``queue`` takes what it could not do."""
    made = site.call(
        "lambda",
        "create_function",
        FunctionName=name,
        Runtime=runtime,
        Role=f"arn:aws:iam::{site.account.id}:role/machine",
        Handler="main.handle",
        Code={"ZipFile": _code()},
        Timeout=30,
        MemorySize=256,
        DeadLetterConfig={"TargetArn": queue},
        TracingConfig={"Mode": "Active"},
        Tags=site.tags(name, owner),
    )
    site.call("logs", "create_log_group", logGroupName=f"/aws/lambda/{name}", tags=site.tags(name, owner))
    site.call("logs", "put_retention_policy", logGroupName=f"/aws/lambda/{name}", retentionInDays=90)
    return str(made["FunctionArn"])


def _code() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("main.py"), "def handle(event, context):\n    return event\n")
    return buffer.getvalue()


def containers(site: Site, ground: Ground, name: str, owner: str, firewall: str) -> None:
    """A container cluster with one service, and the repository of its image."""
    repository(site, name, owner)
    tags = pairs(site.tags(name, owner), "key", "value")
    site.call("ecs", "create_cluster", clusterName=name, tags=tags, settings=[{"name": "containerInsights", "value": "enabled"}])
    definition = {"name": name, "image": f"{name}:1", "memory": 512, "cpu": 256, "essential": True}
    site.call("ecs", "register_task_definition", family=name, containerDefinitions=[definition], networkMode="awsvpc")
    site.call(
        "ecs",
        "create_service",
        cluster=name,
        serviceName=name,
        taskDefinition=name,
        desiredCount=2,
        launchType="FARGATE",
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": list(ground.network.private),
                "securityGroups": [firewall],
                "assignPublicIp": "DISABLED",
            }
        },
        tags=tags,
    )
    site.backend("ecs").clusters[name].running_tasks_count = 2  # moto counts only what RunTask starts


def repository(site: Site, name: str, owner: str, *, scanned: bool = True) -> None:
    """A repository of images."""
    site.call(
        "ecr",
        "create_repository",
        repositoryName=name,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": scanned},
        encryptionConfiguration={"encryptionType": "KMS"},
        tags=pairs(site.tags(name, owner)),
    )
    keep = '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed",'
    keep += '"countUnit":"days","countNumber":30},"action":{"type":"expire"}}]}'
    site.call("ecr", "put_lifecycle_policy", repositoryName=name, lifecyclePolicyText=keep)


def kubernetes(site: Site, ground: Ground, name: str, owner: str) -> None:
    """A managed Kubernetes cluster, reachable from inside only."""
    site.call(
        "eks",
        "create_cluster",
        name=name,
        version="1.33",
        roleArn=f"arn:aws:iam::{site.account.id}:role/machine",
        resourcesVpcConfig={
            "subnetIds": list(ground.network.private),
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        logging={"clusterLogging": [{"types": ["api", "audit", "authenticator"], "enabled": True}]},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": ground.key}}],
        tags=site.tags(name, owner),
    )
