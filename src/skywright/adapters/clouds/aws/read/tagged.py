"""Tags by one list call a region, for kinds whose own list calls do not tell them."""

from collections.abc import Callable

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.errors import SkywrightError

TYPES = ("acm:certificate", "cloudwatch:alarm", "dynamodb:table", "ecr:repository", "kms:key", "logs", "sns", "sqs")
"""Resource types as the Resource Groups Tagging API names them. They are asked for together: one call serves them all."""

PAGE = 100
"""Resources an answer; the most that the API gives (GetResources, ResourcesPerPage)."""

Tags = dict[str, str]


def listed_tags(reading: Reading, types: tuple[str, ...] = TYPES, region: str | None = None) -> dict[str, Tags] | None:
    """ARN -> tags of everything of these types that has some. None where that may not be listed, and when single resources are
    read again, because the list follows a change only after a while: then each resource is asked for its own tags."""
    if reading.only is not None:
        return None

    def ask() -> dict[str, Tags]:
        answers = reading.pages(
            "get_resources",
            "ResourceTagMappingList",
            service="resourcegroupstaggingapi",
            region=region,
            ResourceTypeFilters=list(types),
            ResourcesPerPage=PAGE,
        )
        return {arn: tr.tags(one.get("Tags")) or {} for one in answers if (arn := tr.text(one, "ResourceARN"))}

    try:
        return reading.shared(f"tags {region or reading.region} {types}", ask)
    except SkywrightError:
        return None


def tags_of(reading: Reading, kind: str, arn: str, own: Callable[[], Tags | None]) -> Tags | None:
    """The tags of one resource: from the list, or by its service's ``own`` call. None: neither could be had."""
    listed = listed_tags(reading)
    if listed is not None:
        return listed.get(arn, {})
    with reading.columns(kind):
        return own()
    return None
