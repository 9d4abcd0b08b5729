"""A small estate with one of almost every kind, made over HTTP as a user would."""

import io
import json
import zipfile
from typing import Any

import boto3

REGION = "eu-west-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


def build() -> dict[str, str]:
    """Make the estate in the account of the environment; gives names of what was made."""
    made: dict[str, str] = {}
    _network(made)
    _machines(made)
    _balancers(made)
    _data(made)
    _code(made)
    return made


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def _network(made: dict[str, str]) -> None:
    ec2 = client("ec2")
    made["vpc"] = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for name, cidr, zone in (("subnet", "10.0.0.0/24", "a"), ("other_subnet", "10.0.1.0/24", "b")):
        subnet = ec2.create_subnet(VpcId=made["vpc"], CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        made[name] = subnet["SubnetId"]
    made["igw"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made["igw"], VpcId=made["vpc"])
    made["address"] = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=made["subnet"], AllocationId=made["address"])
    made["nat"] = nat["NatGateway"]["NatGatewayId"]
    made["idle_address"] = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made["routes"] = ec2.create_route_table(VpcId=made["vpc"])["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=made["routes"], DestinationCidrBlock="0.0.0.0/0", GatewayId=made["igw"])
    ec2.associate_route_table(RouteTableId=made["routes"], SubnetId=made["subnet"])
    endpoint = ec2.create_vpc_endpoint(VpcId=made["vpc"], ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway")
    made["endpoint"] = endpoint["VpcEndpoint"]["VpcEndpointId"]
    peer = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=made["vpc"], PeerVpcId=peer)
    made["peer"], made["peering"] = peer, peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    made["firewall"] = ec2.create_security_group(GroupName="web", Description="web", VpcId=made["vpc"])["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=made["firewall"],
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]},
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": made["firewall"]}]},
        ],
    )


def _machines(made: dict[str, str]) -> None:
    ec2, iam = client("ec2"), client("iam")
    iam.create_role(RoleName="machine", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="machine-profile")
    iam.add_role_to_instance_profile(InstanceProfileName="machine-profile", RoleName="machine")
    made["key_pair"] = ec2.create_key_pair(KeyName="ops")["KeyPairId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    instance = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        KeyName="ops",
        SubnetId=made["subnet"],
        SecurityGroupIds=[made["firewall"]],
        IamInstanceProfile={"Name": "machine-profile"},
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        UserData="password=hunter2",
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web-1"}]}],
    )["Instances"][0]
    made["instance"] = instance["InstanceId"]
    made["volume"] = ec2.create_volume(Size=8, AvailabilityZone=f"{REGION}a", VolumeType="gp2", Encrypted=True)["VolumeId"]
    made["snapshot"] = ec2.create_snapshot(VolumeId=made["volume"], Description="nightly")["SnapshotId"]
    made["image"] = ec2.create_image(InstanceId=made["instance"], Name="golden")["ImageId"]
    template = ec2.create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={"ImageId": image, "InstanceType": "t3.small", "UserData": "cGFzc3dvcmQ9aHVudGVyMg=="},
    )["LaunchTemplate"]
    made["template"] = template["LaunchTemplateId"]
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="fleet",
        MinSize=0,
        MaxSize=2,
        DesiredCapacity=1,
        LaunchTemplate={"LaunchTemplateId": made["template"]},
        VPCZoneIdentifier=made["subnet"],
    )


def _balancers(made: dict[str, str]) -> None:
    v2, v1 = client("elbv2"), client("elb")
    balancer = v2.create_load_balancer(
        Name="front",
        Subnets=[made["subnet"], made["other_subnet"]],
        SecurityGroups=[made["firewall"]],
        Scheme="internet-facing",
        Tags=[{"Key": "owner", "Value": "web"}],
    )["LoadBalancers"][0]
    made["balancer"] = balancer["LoadBalancerArn"]
    group = v2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=made["vpc"])["TargetGroups"][0]
    made["targets"] = group["TargetGroupArn"]
    v2.register_targets(TargetGroupArn=made["targets"], Targets=[{"Id": made["instance"]}])
    forward = {"Type": "forward", "TargetGroupArn": made["targets"]}
    v2.create_listener(LoadBalancerArn=made["balancer"], Protocol="HTTP", Port=80, DefaultActions=[forward])
    v1.create_load_balancer(
        LoadBalancerName="old",
        AvailabilityZones=[f"{REGION}a"],
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
    )
    v1.register_instances_with_load_balancer(LoadBalancerName="old", Instances=[{"InstanceId": made["instance"]}])


def _data(made: dict[str, str]) -> None:
    rds = client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="hunter2hunter2",
        PubliclyAccessible=True,
        StorageEncrypted=True,
    )
    rds.create_db_snapshot(DBSnapshotIdentifier="orders-copy", DBInstanceIdentifier="orders")
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="orders-copy", AttributeName="restore", ValuesToAdd=["all", "999988887777"]
    )
    rds.create_db_cluster(
        DBClusterIdentifier="ledger", Engine="aurora-postgresql", MasterUsername="owner", MasterUserPassword="hunter2hunter2"
    )
    client("elasticache").create_replication_group(
        ReplicationGroupId="sessions", ReplicationGroupDescription="x", CacheNodeType="cache.t3.micro", Engine="redis"
    )
    client("dynamodb").create_table(
        TableName="carts",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "owner", "Value": "shop"}],
    )
    efs = client("efs").create_file_system(CreationToken="t", Encrypted=True, Tags=[{"Key": "Name", "Value": "shared"}])
    made["files"] = efs["FileSystemId"]


def _code(made: dict[str, str]) -> None:
    iam = client("iam")
    role = iam.create_role(RoleName="runner", AssumeRolePolicyDocument=TRUST.replace("ec2.", "lambda."))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", "def run(event, context): ...")
    client("lambda").create_function(
        FunctionName="mailer",
        Runtime="python3.9",
        Role=role,
        Handler="handler.run",
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": {"TOKEN": "hunter2"}},
        Tags={"owner": "mail"},
    )
    client("lambda").add_permission(FunctionName="mailer", StatementId="all", Action="lambda:InvokeFunction", Principal="*")
    client("ecs").create_cluster(clusterName="apps", settings=[{"name": "containerInsights", "value": "enabled"}])
    client("ecs").register_task_definition(family="app", containerDefinitions=[{"name": "app", "image": "app", "memory": 64}])
    client("ecs").create_service(cluster="apps", serviceName="app", taskDefinition="app", desiredCount=2)
    client("ecr").create_repository(repositoryName="app", imageScanningConfiguration={"scanOnPush": True})
    client("eks").create_cluster(
        name="k8s", roleArn=role, version="1.30", resourcesVpcConfig={"subnetIds": [made["subnet"], made["other_subnet"]]}
    )
