"""Where bytes rest: buckets, databases, tables, caches, file systems, snapshots; and what carries messages and secrets."""

import json
from datetime import datetime
from typing import Any

from skywright.lab.aws.seed.compute import Ground
from skywright.lab.aws.seed.network import DATA
from skywright.lab.aws.seed.town import Site, pairs, specification

BLOCKED = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}

LOG_SERVICES = ("logging.s3.amazonaws.com", "cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com", "config.amazonaws.com")


def bucket(site: Site, name: str, owner: str, log_bucket: str | None = None, **without: bool) -> str:
    """A bucket as the company wants it. ``without`` leaves something out: block, versioning, tls, lifecycle."""
    place = {} if site.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": site.region}}
    site.call("s3", "create_bucket", Bucket=name, **place)
    site.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": pairs(site.tags(name, owner))})
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    site.call("s3", "put_bucket_encryption", Bucket=name, ServerSideEncryptionConfiguration={"Rules": [encryption]})
    own = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    site.call("s3", "put_bucket_ownership_controls", Bucket=name, OwnershipControls=own)
    if not without.get("block"):
        site.call("s3", "put_public_access_block", Bucket=name, PublicAccessBlockConfiguration=BLOCKED)
    if not without.get("versioning"):
        site.call("s3", "put_bucket_versioning", Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if not without.get("tls"):
        site.call("s3", "put_bucket_policy", Bucket=name, Policy=json.dumps(tls_only(name)))
    if not without.get("lifecycle"):
        site.call("s3", "put_bucket_lifecycle_configuration", Bucket=name, LifecycleConfiguration={"Rules": [_lifecycle()]})
    if log_bucket:
        logging = {"LoggingEnabled": {"TargetBucket": log_bucket, "TargetPrefix": f"{name}/"}}
        site.call("s3", "put_bucket_logging", Bucket=name, BucketLoggingStatus=logging)
    return name


def _lifecycle() -> dict[str, Any]:
    return {
        "ID": "tidy",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }


def tls_only(name: str) -> dict[str, Any]:
    """A policy that refuses plain HTTP."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def log_bucket(site: Site) -> str:
    """Where a site's logs go (S3 and balancers log within their region only). Only the log services write to it."""
    name = f"{site.account.name}-{site.region}-logs"
    bucket(site, name, "platform", tls=True)
    policy = tls_only(name)
    for service in LOG_SERVICES:
        policy["Statement"].append(_may_log(service, name))
    site.call("s3", "put_bucket_policy", Bucket=name, Policy=json.dumps(policy))
    logging = {"LoggingEnabled": {"TargetBucket": name, "TargetPrefix": "self/"}}
    site.call("s3", "put_bucket_logging", Bucket=name, BucketLoggingStatus=logging)
    return name


def _may_log(service: str, bucket_name: str) -> dict[str, Any]:
    return {
        "Sid": service.split(".", 1)[0].title(),
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["s3:PutObject"],
        "Resource": f"arn:aws:s3:::{bucket_name}/*",
    }


def subnet_group(site: Site, ground: Ground) -> None:
    """The private subnets, named for databases and caches."""
    tags = pairs(site.tags("private", "platform"))
    subnets = list(ground.network.private)
    site.call("rds", "create_db_subnet_group", DBSubnetGroupName="private", DBSubnetGroupDescription="private", SubnetIds=subnets,
              Tags=tags)  # fmt: skip
    site.call("elasticache", "create_cache_subnet_group", CacheSubnetGroupName="private", CacheSubnetGroupDescription="private",
              SubnetIds=subnets)  # fmt: skip


def database(site: Site, ground: Ground, name: str, owner: str, groups: dict[str, str], **special: Any) -> str:
    """A PostgreSQL database as the company wants it; gives its identifier. ``special`` changes that."""
    asked: dict[str, Any] = {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": "db.m5.large",
        "Engine": "postgres",
        "EngineVersion": "16.8",
        "AllocatedStorage": 100,
        "StorageType": "gp3",
        "MasterUsername": "owner_" + owner,
        "MasterUserPassword": f"{site.town.chance.getrandbits(128):032x}",
        "DBSubnetGroupName": "private",
        "VpcSecurityGroupIds": [groups[DATA]],
        "MultiAZ": site.account.environment == "production",
        "PubliclyAccessible": False,
        "StorageEncrypted": True,
        "KmsKeyId": ground.key,
        "BackupRetentionPeriod": 14,
        "DeletionProtection": True,
        "AutoMinorVersionUpgrade": True,
        "EnableIAMDatabaseAuthentication": True,
        "EnablePerformanceInsights": True,
        "MonitoringInterval": 60,
        "MonitoringRoleArn": f"arn:aws:iam::{site.account.id}:role/machine",
        "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
        "CopyTagsToSnapshot": True,
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "Port": 5432,
        "Tags": pairs(site.tags(name, owner)),
    }
    site.call("rds", "create_db_instance", **{**asked, **special})
    return name


def table(site: Site, name: str, owner: str, *, recoverable: bool = True) -> str:
    """A key-value table."""
    site.call(
        "dynamodb",
        "create_table",
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        DeletionProtectionEnabled=True,
        Tags=pairs(site.tags(name, owner)),
    )
    if recoverable:
        recovery = {"PointInTimeRecoveryEnabled": True}
        site.call("dynamodb", "update_continuous_backups", TableName=name, PointInTimeRecoverySpecification=recovery)
    return name


def cache(site: Site, ground: Ground, name: str, owner: str, groups: dict[str, str]) -> None:
    """A cache of two nodes, encrypted at rest and on the way."""
    site.call(
        "elasticache",
        "create_replication_group",
        ReplicationGroupId=name,
        ReplicationGroupDescription=f"{name} of {owner}",
        Engine="redis",
        EngineVersion="7.1",
        CacheNodeType="cache.m6g.large",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        AtRestEncryptionEnabled=True,
        TransitEncryptionEnabled=True,
        KmsKeyId=ground.key,
        SnapshotRetentionLimit=7,
        CacheSubnetGroupName="private",
        SecurityGroupIds=[groups[DATA]],
        Tags=pairs(site.tags(name, owner)),
    )


def file_system(site: Site, ground: Ground, name: str, owner: str, groups: dict[str, str], *, encrypted: bool = True) -> str:
    """A shared file system with backups and a mount target; gives its id."""
    key = {"KmsKeyId": ground.key} if encrypted else {}
    made = site.call("efs", "create_file_system", CreationToken=name, Encrypted=encrypted, Backup=True,
                     Tags=pairs(site.tags(name, owner)), **key)  # fmt: skip
    identifier = str(made["FileSystemId"])
    rules = [{"TransitionToIA": "AFTER_30_DAYS"}]
    site.call("efs", "put_lifecycle_configuration", FileSystemId=identifier, LifecyclePolicies=rules)
    target = site.call("efs", "create_mount_target", FileSystemId=identifier, SubnetId=ground.network.private[0],
                       SecurityGroups=[groups[DATA]])  # fmt: skip
    site.take_card(target["NetworkInterfaceId"], "efs")
    return identifier


def volume(site: Site, ground: Ground, name: str, owner: str, size: int, **special: Any) -> str:
    """A volume that hangs on nothing (yet); gives its id."""
    asked = {
        "AvailabilityZone": ground.network.zones[0],
        "Size": size,
        "VolumeType": "gp3",
        "Encrypted": True,
        "KmsKeyId": ground.key,
        "TagSpecifications": specification("volume", site.tags(name, owner)),
    }
    if special.get("Encrypted") is False:
        asked.pop("KmsKeyId")
    return str(site.call("ec2", "create_volume", **{**asked, **special})["VolumeId"])


def snapshot(site: Site, volume: str, name: str, owner: str, at: datetime) -> str:
    """A snapshot taken at that time; gives its id."""
    made = site.call(
        "ec2",
        "create_snapshot",
        VolumeId=volume,
        Description=name,
        TagSpecifications=specification("snapshot", site.tags(name, owner)),
    )
    site.backend("ec2").snapshots[made["SnapshotId"]].start_time = at
    return str(made["SnapshotId"])


def queue(site: Site, name: str, owner: str, dead_letters: str | None = None, *, encrypted: bool = True) -> str:
    """A queue; gives its ARN. What cannot be handled goes to ``dead_letters`` (an ARN)."""
    attributes = {"SqsManagedSseEnabled": "true" if encrypted else "false", "MessageRetentionPeriod": "345600"}
    if dead_letters:
        attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": 5})
    site.call("sqs", "create_queue", QueueName=name, Attributes=attributes, tags=site.tags(name, owner))
    return f"arn:aws:sqs:{site.region}:{site.account.id}:{name}"


def topic(site: Site, name: str, owner: str, key: str | None, queue_arn: str) -> str:
    """A topic that feeds a queue; gives its ARN."""
    attributes = {"KmsMasterKeyId": key} if key else {}
    made = site.call("sns", "create_topic", Name=name, Attributes=attributes, Tags=pairs(site.tags(name, owner)))
    site.call("sns", "subscribe", TopicArn=made["TopicArn"], Protocol="sqs", Endpoint=queue_arn)
    return str(made["TopicArn"])


def secret(site: Site, name: str, owner: str, key: str, *, rotated: bool = True) -> str:
    """A secret (with a random value that nobody keeps); gives its ARN."""
    value = f"{site.town.chance.getrandbits(128):032x}"
    made = site.call("secretsmanager", "create_secret", Name=name, SecretString=value, KmsKeyId=key,
                     Tags=pairs(site.tags(name, owner)))  # fmt: skip
    if rotated:
        stored = site.backend("secretsmanager").secrets[made["ARN"]]
        stored.rotation_requested = stored.rotation_enabled = True
        stored.last_rotation_date = stored.last_changed_date
    return str(made["ARN"])


def log_group(site: Site, name: str, owner: str, retention: int | None = 90) -> str:
    """A log group; ``retention`` None keeps everything for ever."""
    site.call("logs", "create_log_group", logGroupName=name, tags=site.tags(name, owner))
    if retention:
        site.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=retention)
    return name


def alarm(site: Site, name: str, owner: str, instance: str, topic_arn: str) -> None:
    """An alarm on a machine's processor that tells a topic."""
    site.call(
        "cloudwatch",
        "put_metric_alarm",
        AlarmName=name,
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "InstanceId", "Value": instance}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=3,
        Threshold=95.0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic_arn],
        Tags=pairs(site.tags(name, owner)),
    )
    site.backend("cloudwatch").alarms[name].state_value = "OK"
