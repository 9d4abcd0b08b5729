"""The company's rim and its odd pieces, one of each: DNS, content delivery, streams, a warehouse, a declared stack."""

import json
from typing import Any

from skywright.lab.aws.seed.compute import Ground
from skywright.lab.aws.seed.town import Site, pairs


def dns(site: Site, domain: str) -> None:
    """A public zone with a few records."""
    made = site.call("route53", "create_hosted_zone", Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    record = {"Name": f"www.{domain}", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.10"}]}
    changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    site.call("route53", "change_resource_record_sets", HostedZoneId=made, ChangeBatch=changes)


def distribution(site: Site, bucket: str, log_bucket: str) -> None:
    """A distribution in front of a bucket: TLS only, logged."""
    origin = {"Id": "assets", "DomainName": f"{bucket}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behaviour: dict[str, Any] = {
        "TargetOriginId": "assets",
        "ViewerProtocolPolicy": "redirect-to-https",
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
        "MinTTL": 0,
    }
    settings = {
        "CallerReference": bucket,
        "Comment": "assets",
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
        "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": f"{log_bucket}.s3.amazonaws.com", "Prefix": "cdn/"},
        "ViewerCertificate": {"CloudFrontDefaultCertificate": False, "MinimumProtocolVersion": "TLSv1.2_2021"},
    }
    site.call("cloudfront", "create_distribution", DistributionConfig=settings)


def stream(site: Site, name: str, owner: str) -> None:
    """An encrypted stream."""
    site.call("kinesis", "create_stream", StreamName=name, ShardCount=2)
    site.call("kinesis", "start_stream_encryption", StreamName=name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    site.call("kinesis", "add_tags_to_stream", StreamName=name, Tags=site.tags(name, owner))


def warehouse(site: Site, ground: Ground, name: str, owner: str) -> None:
    """A private, encrypted warehouse."""
    site.call(
        "redshift",
        "create_cluster",
        ClusterIdentifier=name,
        NodeType="ra3.large",
        NumberOfNodes=2,
        ClusterType="multi-node",
        MasterUsername="keeper",
        MasterUserPassword=f"Lab{site.town.chance.getrandbits(64):016x}Z",
        Encrypted=True,
        KmsKeyId=ground.key,
        PubliclyAccessible=False,
        AutomatedSnapshotRetentionPeriod=7,
        Tags=pairs(site.tags(name, owner)),
    )


def stack(site: Site, name: str, owner: str) -> None:
    """A small stack with one topic in it."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{name}-topic", "KmsMasterKeyId": "alias/aws/sns"}}
    body = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Topic": topic}})
    site.call("cloudformation", "create_stack", StackName=name, TemplateBody=body, EnableTerminationProtection=True,
              Tags=pairs(site.tags(name, owner)))  # fmt: skip
