"""The tagging API lists repositories and tables too. Source: Resource Groups Tagging API reference, GetResources, and AWS's list
of services that support it; moto leaves out Amazon ECR and Amazon DynamoDB."""

from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.dynamodb.models import dynamodb_backends
from moto.ecr.models import ecr_backends
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from skywright.lab.aws.strict.patch import put


def install() -> None:
    """Add what moto leaves out to the answer of GetResources."""
    plain = ResourceGroupsTaggingAPIBackend._get_resources_generator  # noqa: SLF001 - moto's own seam

    def resources(backend: Any, tag_filters: Any = None, resource_type_filters: Any = None, resource_arn_list: Any = None) -> Any:
        yield from plain(backend, tag_filters, resource_type_filters, resource_arn_list)
        if tag_filters or resource_arn_list:
            return
        wanted = set(resource_type_filters or ())
        for one in _left_out(backend.account_id, backend.region_name):
            if one.tags and (not wanted or wanted & {one.resource_type, one.resource_type.partition(":")[0]}):
                yield one

    put(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", resources)


def _left_out(account: str, region: str) -> Iterator[TaggedResource]:
    images = ecr_backends[account][region]
    for repository in images.repositories.values():
        tags = images.tagger.get_tag_dict_for_resource(repository.arn)
        yield TaggedResource(arn=repository.arn, tags=tags, resource_type="ecr:repository")
    for table in dynamodb_backends[account][region].tables.values():
        yield TaggedResource(
            arn=table.table_arn, tags={tag["Key"]: tag["Value"] for tag in table.tags}, resource_type="dynamodb:table"
        )
