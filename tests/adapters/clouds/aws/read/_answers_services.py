"""Answers of databases, functions and containers, as documented, each with what translates it."""

from typing import Any

from tests.adapters.clouds.aws.read._documented import KEY_ARN, PLACE, ROLE_ARN, TAGS, WHEN, Translate

from skywright.adapters.clouds.aws.read import (
    containers,
    databases,
    functions,
    stores,
)

SERVICES: dict[str, tuple[Translate, dict[str, Any]]] = {
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
