"""How each AWS service reads, sets and removes tags."""

from collections.abc import Callable, Mapping, Sequence

from skywright.adapters.clouds.aws.read.place import partition_of
from skywright.adapters.clouds.aws.write.balancers import balancer_arn
from skywright.adapters.clouds.aws.write.base import Target, unless_absent
from skywright.adapters.clouds.aws.write.messaging import queue_url, topic_arn
from skywright.adapters.clouds.kit.actions import Way
from skywright.adapters.clouds.kit.retag import Retag, Tagging, Tags


def _listed(tags: Tags, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: tags[name]} for name in sorted(tags)]


def _mapped(listed: Sequence[Mapping[str, str]], key: str = "Key", value: str = "Value") -> Tags:
    return {tag[key]: tag.get(value, "") for tag in listed}


def _arn(service: str, path: str) -> Callable[[Target], str]:
    """The ARN of a target whose native id may be an ARN or a name."""

    def arn(target: Target) -> str:
        if target.id.startswith("arn:"):
            return target.id
        region = target.name.region
        return f"arn:{partition_of(region)}:{service}:{region}:{target.name.account}:{path}{target.id}"

    return arn


def _by_resource(
    kinds: tuple[str, ...], service: str, names: tuple[str, str, str, str, str], who: Callable[[Target], str], document: str
) -> Tagging:
    """A service that tags by lists of Key and Value. ``names``: the calls that set, remove and read, the parameter that names
    the resource, and the field of the answer that holds the tags."""
    put, remove, read, resource, field = names
    return Tagging(
        kinds=kinds,
        calls=tuple(f"{service}:{verb}" for verb in (put, remove, read)),
        document=document,
        read=lambda target: _mapped(target.call(f"{service}:{read}", **{resource: who(target)}).get(field) or ()),
        put=lambda target, tags: target.call(f"{service}:{put}", **{resource: who(target)}, Tags=_listed(tags)),
        remove=lambda target, keys: target.call(f"{service}:{remove}", **{resource: who(target)}, TagKeys=list(keys)),
    )


def _by_map(
    kinds: tuple[str, ...],
    service: str,
    names: tuple[str, str, str],
    fields: tuple[str, str, str],
    who: Callable[[Target], str],
    document: str,
) -> Tagging:
    """A service that tags by mappings. ``names``: the calls that set, remove and read; ``fields``: the parameters that name
    the resource, the tags and the keys."""
    put, remove, read = names
    resource, tags_field, keys_field = fields
    return Tagging(
        kinds=kinds,
        calls=tuple(f"{service}:{verb}" for verb in names),
        document=document,
        read=lambda target: dict(target.call(f"{service}:{read}", **{resource: who(target)}).get(tags_field) or {}),
        put=lambda target, tags: target.call(f"{service}:{put}", **{resource: who(target), tags_field: tags}),
        remove=lambda target, keys: target.call(f"{service}:{remove}", **{resource: who(target), keys_field: list(keys)}),
    )


def _native(target: Target) -> str:
    return target.id


def _read_ec2(target: Target) -> Tags:
    filters = [{"Name": "resource-id", "Values": [target.id]}]
    return _mapped(list(target.items("ec2:DescribeTags", "Tags", Filters=filters)))


EC2 = Tagging(
    kinds=(
        "compute.instance",
        "compute.template",
        "compute.image",
        "compute.keypair",
        "storage.volume",
        "storage.snapshot",
        "network.vpc",
        "network.subnet",
        "network.route",
        "network.gateway",
        "network.endpoint",
        "network.peering",
        "network.interface",
        "network.address",
        "network.firewall",
        "network.acl",
    ),
    calls=("ec2:CreateTags", "ec2:DeleteTags", "ec2:DescribeTags"),
    document="Amazon EC2 API Reference: CreateTags",
    read=_read_ec2,
    put=lambda target, tags: target.call("ec2:CreateTags", Resources=[target.id], Tags=_listed(tags)),
    remove=lambda target, keys: target.call("ec2:DeleteTags", Resources=[target.id], Tags=[{"Key": key} for key in keys]),
)


def _read_bucket(target: Target) -> Tags:
    return _mapped(unless_absent(lambda: target.call("s3:GetBucketTagging", Bucket=target.id)).get("TagSet", ()))


def _replace_bucket(target: Target, tags: Tags) -> None:
    if tags:
        target.call("s3:PutBucketTagging", Bucket=target.id, Tagging={"TagSet": _listed(tags)})
    else:
        target.call("s3:DeleteBucketTagging", Bucket=target.id)


BUCKET = Tagging(
    kinds=("storage.bucket",),
    calls=("s3:PutBucketTagging", "s3:DeleteBucketTagging", "s3:GetBucketTagging"),
    document="Amazon S3 API Reference: PutBucketTagging",
    read=_read_bucket,
    # the call replaces the whole set, so all other tags go along
    put=lambda target, tags: _replace_bucket(target, {**_read_bucket(target), **tags}),
    remove=lambda target, keys: _replace_bucket(
        target, {key: value for key, value in _read_bucket(target).items() if key not in keys}
    ),
)


def _read_balancer(target: Target) -> Tags:
    found = target.call("elbv2:DescribeTags", ResourceArns=[balancer_arn(target)])["TagDescriptions"]
    return _mapped([tag for description in found for tag in description["Tags"]])


BALANCER = Tagging(
    kinds=("network.balancer",),
    calls=("elbv2:AddTags", "elbv2:RemoveTags", "elbv2:DescribeTags"),
    document="Elastic Load Balancing API Reference: AddTags",
    read=_read_balancer,
    put=lambda target, tags: target.call("elbv2:AddTags", ResourceArns=[balancer_arn(target)], Tags=_listed(tags)),
    remove=lambda target, keys: target.call("elbv2:RemoveTags", ResourceArns=[balancer_arn(target)], TagKeys=list(keys)),
)

KEY = Tagging(
    kinds=("crypto.key",),
    calls=("kms:TagResource", "kms:UntagResource", "kms:ListResourceTags"),
    document="AWS Key Management Service API Reference: TagResource",
    read=lambda target: _mapped(list(target.items("kms:ListResourceTags", "Tags", KeyId=target.id)), "TagKey", "TagValue"),
    put=lambda target, tags: target.call("kms:TagResource", KeyId=target.id, Tags=_listed(tags, "TagKey", "TagValue")),
    remove=lambda target, keys: target.call("kms:UntagResource", KeyId=target.id, TagKeys=list(keys)),
)

_RDS = ("AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource", "ResourceName", "TagList")
_USUAL = ("TagResource", "UntagResource", "ListTagsForResource")
TAGGINGS: tuple[Tagging, ...] = (
    EC2,
    BUCKET,
    BALANCER,
    KEY,
    *(
        _by_resource((kind,), "rds", _RDS, _arn("rds", path), "Amazon RDS API Reference: AddTagsToResource")
        for kind, path in (("database.instance", "db:"), ("database.cluster", "cluster:"), ("database.snapshot", "snapshot:"))
    ),
    _by_resource(
        ("database.table",),
        "dynamodb",
        ("TagResource", "UntagResource", "ListTagsOfResource", "ResourceArn", "Tags"),
        _arn("dynamodb", "table/"),
        "Amazon DynamoDB API Reference: TagResource",
    ),
    _by_resource(("messaging.topic",), "sns", (*_USUAL, "ResourceArn", "Tags"), topic_arn, "Amazon SNS API Reference: TagResource"),
    _by_resource(("storage.filesystem",), "efs", (*_USUAL, "ResourceId", "Tags"), _native, "Amazon EFS API Reference: TagResource"),
    _by_resource(
        ("crypto.secret",),
        "secretsmanager",
        ("TagResource", "UntagResource", "DescribeSecret", "SecretId", "Tags"),
        _native,
        "AWS Secrets Manager API Reference: TagResource",
    ),
    _by_map(
        ("function.function",),
        "lambda",
        ("TagResource", "UntagResource", "ListTags"),
        ("Resource", "Tags", "TagKeys"),
        _arn("lambda", "function:"),
        "AWS Lambda API Reference: TagResource",
    ),
    _by_map(
        ("messaging.queue",),
        "sqs",
        ("TagQueue", "UntagQueue", "ListQueueTags"),
        ("QueueUrl", "Tags", "TagKeys"),
        queue_url,
        "Amazon SQS API Reference: TagQueue",
    ),
    _by_map(
        ("log.group",),
        "logs",
        _USUAL,
        ("resourceArn", "tags", "tagKeys"),
        _arn("logs", "log-group:"),
        "Amazon CloudWatch Logs API Reference: TagResource",
    ),
    _by_map(
        ("kubernetes.cluster",),
        "eks",
        _USUAL,
        ("resourceArn", "tags", "tagKeys"),
        _arn("eks", "cluster/"),
        "Amazon EKS API Reference: TagResource",
    ),
)


RESERVED = ("aws:",)
WAYS: tuple[Way, ...] = tuple(Retag(tagging, kind, RESERVED) for tagging in TAGGINGS for kind in tagging.kinds)
