"""S3's list of buckets tells where each is, when it is asked for pages. Source: Amazon S3 API reference, ListBuckets."""

from typing import Any

from moto.s3.responses import S3Response

from skywright.lab.aws.strict.patch import put


def install() -> None:
    """Add the region to each bucket of a paged list."""
    plain = S3Response.serialized

    def serialized(asked: Any, answer: Any) -> Any:
        if asked.data.get("Action") == "ListBuckets" and asked._get_param("max-buckets"):  # noqa: SLF001 - moto's own way
            for listed in answer.result["Buckets"]:
                listed["BucketRegion"] = asked.backend.buckets[listed["Name"]].region_name
        return plain(asked, answer)

    put(S3Response, "serialized", serialized)
