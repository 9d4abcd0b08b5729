"""AWS's error codes by what they mean to a caller, and the IAM actions behind its operations.

Codes: the "Common Errors" page of each service's API reference, "Error codes for the Amazon EC2 API", and botocore's own list of
throttling codes (``botocore.retries.standard``).
"""

import re

THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "RequestThrottled",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "UnauthorizedOperation",
        "UnauthorizedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Forbidden",
        "403",
        "AllAccessDisabled",
        "OptInRequired",
        "SubscriptionRequiredException",
        "NotAuthorized",
    }
)
STALE = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "MissingAuthenticationToken",
        "InvalidToken",
        "AuthFailure",
        "TokenRefreshRequired",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "IncompleteSignatureException",
    }
)
SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
PASSING = frozenset(
    {
        "RequestTimeout",
        "RequestTimeoutException",
        "OperationAborted",
        "ConcurrentModification",
        "ConcurrentModificationException",
        "TransactionInProgressException",
        "ResourceConflictException",
        "ScalingActivityInProgress",
        "InsufficientInstanceCapacity",
        "ReportInProgress",
        "InternalError",
        "InternalFailure",
        "ServiceUnavailable",
        "Unavailable",
    }
)
WRONG_STATE = frozenset(
    {
        "IncorrectState",
        "IncorrectInstanceState",
        "IncorrectModificationState",
        "VolumeInUse",
        "DependencyViolation",
        "ResourceInUse",
        "ResourceInUseException",
        "ResourceInUseFault",
        "DeleteConflict",
        "InvalidStateException",
        "InvalidState",
        "InvalidAttachment.Status",
        "ConflictException",
        "OperationInProgressException",
    }
)
STATE_SHAPES = re.compile(r"^Invalid\w+State(Fault|Exception)?$|\.InUse$")
ABSENT_SHAPES = re.compile(
    r"^NoSuch|NotFound(Exception|Error|Fault)?$|\.NotFound$|^NotFound|NonExistent|DoesNotExist|^404$|\.Unknown$|NotExist(s)?Exception$"
)
QUOTA_SHAPES = re.compile(r"LimitExceeded(Exception|Fault)?$|QuotaExceeded(Exception|Fault)?$|^LimitExceeded")
THROTTLES_BY_LIMIT = frozenset({"kinesis", "dynamodb"})  # their LimitExceededException means: too many calls, not a quota

PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
}
"""Service as boto3 names it -> the prefix of its IAM actions, where they differ."""

S3_ACTIONS = {
    "ListBuckets": "s3:ListAllMyBuckets",
    "HeadBucket": "s3:ListBucket",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "GetBucketReplication": "s3:GetReplicationConfiguration",
    "GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
}
"""S3 operations whose IAM action has another name (Service Authorization Reference, "Actions defined by Amazon S3")."""

OPERATIONS = {action: operation for operation, action in S3_ACTIONS.items()}
"""IAM action -> operation, where they differ."""
