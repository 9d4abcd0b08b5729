"""DNS zones and distributions."""

import boto3
import pytest

from skywright.adapters.clouds.aws.read.edge import READERS, DistributionFacts, ZoneFacts, distribution, zone
from skywright.adapters.clouds.aws.read.origins import balancer_region, bucket_name
from skywright.adapters.clouds.aws.read.place import Place
from skywright.model.errors import Denied
from skywright.model.estate import Relation, Verb

PLACE = Place("111122223333", "global")
ZONES, DISTRIBUTIONS = READERS
SHOP = "shop-1.eu-west-1.elb.amazonaws.com"


@pytest.mark.parametrize(
    ("raw", "facts", "columns"),
    [
        (
            {"Name": "example.com.", "Config": {"PrivateZone": False}, "ResourceRecordSetCount": 7},
            ZoneFacts(query_logging=True, dnssec=True, tags={}),
            {"name": "example.com", "private": False, "records": 7, "query_logging": True, "dnssec": True},
        ),
        ({"Config": {"PrivateZone": True}}, ZoneFacts(), {"private": True, "dnssec": False, "query_logging": None}),
        ({"Config": "x", "Name": 4}, ZoneFacts(), {"private": None, "dnssec": None, "name": None}),
    ],
)
def test_zone(raw, facts, columns):
    row = zone({"Id": "/hostedzone/Z1", **raw}, facts, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns
    assert row.id == "aws:111122223333:global:dns.zone/Z1"


def listed(**raw):
    return {"Id": "E1", "ARN": "arn:aws:cloudfront::111122223333:distribution/E1", "DomainName": "d1.cloudfront.net", **raw}


@pytest.mark.parametrize(
    ("raw", "facts", "columns"),
    [
        ({}, DistributionFacts(), {"access_logging": None, "default_root_object": None, "web_acl": None, "enabled": None}),
        (
            {"WebACLId": "", "Enabled": True, "DefaultCacheBehavior": {"ViewerProtocolPolicy": "allow-all"}},
            DistributionFacts({"Logging": {"Enabled": False}, "DefaultRootObject": ""}),
            {
                "web_acl": False,
                "enabled": True,
                "viewer_protocol": "allow-all",
                "access_logging": False,
                "default_root_object": False,
            },
        ),
        (
            {"Aliases": {"Items": ["shop.example.com"]}, "ViewerCertificate": {"MinimumProtocolVersion": "TLSv1.2_2021"}},
            DistributionFacts({"DefaultRootObject": "index.html"}, {"team": "web"}),
            {
                "name": "shop.example.com",
                "tls_minimum": "TLSv1.2_2021",
                "default_root_object": True,
                "tags": {"team": "web"},
                "access_logging": None,
            },
        ),
        ({"Origins": "?", "Aliases": 3}, DistributionFacts(), {"origins": [], "name": "d1.cloudfront.net"}),
    ],
)
def test_distribution(raw, facts, columns):
    row = distribution(listed(**raw), facts, PLACE)
    assert {column: getattr(row, column) for column in columns} == columns


@pytest.mark.parametrize(
    ("origins", "tls"),
    [
        ([{"S3OriginConfig": {}}], True),
        ([{"CustomOriginConfig": {"OriginProtocolPolicy": "https-only"}}], True),
        ([{"CustomOriginConfig": {"OriginProtocolPolicy": "match-viewer"}}, {"S3OriginConfig": {}}], False),
    ],
)
def test_are_all_origins_reached_over_tls(origins, tls):
    assert distribution(listed(Origins={"Items": origins}), DistributionFacts(), PLACE).origin_tls is tls


def test_headers_that_are_added_for_an_origin_are_not_kept():
    header = {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Secret", "HeaderValue": "hush"}]}
    row = distribution(listed(Origins={"Items": [{"DomainName": SHOP, "CustomHeaders": header}]}), DistributionFacts(), PLACE)
    assert "hush" not in str(row)
    assert row.origins == [SHOP]


@pytest.mark.parametrize(
    ("domain", "bucket", "region"),
    [
        ("shop.s3.amazonaws.com", "shop", None),
        ("shop.assets.s3.eu-west-1.amazonaws.com", "shop.assets", None),
        ("shop.s3-website-eu-west-1.amazonaws.com", "shop", None),
        ("shop.s3-website.eu-central-1.amazonaws.com", "shop", None),
        ("shop.s3.cn-north-1.amazonaws.com.cn", "shop", None),
        (SHOP, None, "eu-west-1"),
        ("net-1.elb.us-gov-west-1.amazonaws.com", None, "us-gov-west-1"),
        ("www.example.com", None, None),
        ("s3.amazonaws.com", None, None),
    ],
)
def test_what_a_domain_leads_to(domain, bucket, region):
    assert (bucket_name(domain), balancer_region(domain)) == (bucket, region)


def test_zones_against_moto(moto, reading):
    route53 = boto3.client("route53")
    public = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].rsplit("/", 1)[-1]
    vpc = {"VPCRegion": "eu-west-1", "VPCId": "vpc-1"}
    config = {"PrivateZone": True, "Comment": ""}
    route53.create_hosted_zone(Name="inside.example", CallerReference="2", VPC=vpc, HostedZoneConfig=config)
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=public, AddTags=[{"Key": "team", "Value": "web"}])
    found = reading(moto, ZONES)
    rows = {row.name: row for row in found.resources}
    assert (rows["example.com"].private, rows["example.com"].tags) == (False, {"team": "web"})
    assert (rows["example.com"].query_logging, rows["inside.example"].private) == (False, True)
    assert moto.counter["route53:ListTagsForResources"] == 1
    assert [row.name for row in reading(moto, ZONES, only=[public]).resources] == ["example.com"]


def test_distributions_target_buckets_and_balancers(scripted, reading):
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1"
    origins = [{"DomainName": name} for name in ("shop.s3.amazonaws.com", SHOP, "other.s3.amazonaws.com", "example.com")]
    calls = scripted(
        list_distributions={"DistributionList": {"Items": [listed(Origins={"Items": origins})]}},
        get_distribution_config={"DistributionConfig": {"Logging": {"Enabled": True}}},
        list_tags_for_resource={"Tags": {"Items": [{"Key": "team", "Value": "web"}]}},
        list_buckets={"Buckets": [{"Name": "shop", "BucketRegion": "eu-central-1"}]},
        describe_load_balancers={"LoadBalancers": [{"DNSName": SHOP, "LoadBalancerArn": arn}]},
    )
    found = reading(calls, DISTRIBUTIONS)
    (row,) = found.resources
    assert (row.access_logging, row.tags, found.partials) == (True, {"team": "web"}, {})
    assert found.relations == {
        Relation(row.id, Verb.TARGETS, "aws:123456789012:eu-central-1:storage.bucket/shop"),
        Relation(row.id, Verb.TARGETS, f"aws:123456789012:eu-west-1:network.balancer/{arn}"),
    }


def test_what_is_denied_of_a_distribution_is_unknown(scripted, reading):
    calls = scripted(
        list_distributions={"DistributionList": {"Items": [listed(Origins={"Items": [{"DomainName": SHOP}]})]}},
        get_distribution_config=Denied("no configuration"),
        describe_load_balancers=Denied("no balancers"),
    )
    found = reading(calls, DISTRIBUTIONS)
    assert [(row.access_logging, row.tags) for row in found.resources] == [(None, None)]
    assert (str(found.partials["cdn.distribution"]), found.relations) == ("no configuration", set())
