"""The account itself and the defaults of its regions; what it promised to spend and to use.

calls                                                       for
get_account_summary, credential report                      facts about the root user
list_account_aliases, describe_organization,
get_alternate_contact, s3control get_public_access_block    the account
seven calls, one a column                                   each region's defaults
describe_budgets; describe_notifications_for_budget         each budget
describe_reserved_instances, ..._db_instances, ..._cache_nodes   reserved instances
"""

from typing import Any

import msgspec

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.commitments import cache_commitment, database_commitment, instance_commitment
from skywright.adapters.clouds.aws.read.details import details, fact
from skywright.adapters.clouds.aws.read.iam import credential_report
from skywright.adapters.clouds.aws.read.iam_translate import ROOT
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.kinds.control import Account, AccountRegion, Budget, Commitment

ACCOUNT, REGION, BUDGET, COMMITMENT = Account.KIND, AccountRegion.KIND, Budget.KIND, Commitment.KIND
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

Raw = dict[str, Any]


class AccountFacts(msgspec.Struct, frozen=True):
    """Answers about an account. None: not known; {}: AWS says that there is none."""

    summary: Raw | None = None
    root: dict[str, str] | None = None  # of the credential report
    aliases: Raw | None = None
    organization: Raw | None = None
    contact: Raw | None = None
    bucket_block: Raw | None = None


def account(facts: AccountFacts, place: Place) -> Account:
    """Answers -> the row of an account. ``organization`` "": it is in none."""
    mfa = tr.integer(facts.summary, "SummaryMap", "AccountMFAEnabled")
    alias = next(iter(tr.texts(facts.aliases, "AccountAliases") or ()), None)
    organization = tr.at(facts.organization, "Organization") or {}
    owns = tr.text(organization, "MasterAccountId") == place.account
    return Account(
        **place.common(ACCOUNT, place.account),
        name=alias or place.account,
        root_mfa=None if mfa is None else mfa > 0,
        root_access_keys=tr.integer(facts.summary, "SummaryMap", "AccountAccessKeysPresent"),
        root_last_used_at=root_last_used(facts.root or {}),
        organization=None if facts.organization is None else tr.said(organization, "Id"),
        alias=None if facts.aliases is None else alias or "",
        security_contact=None if facts.contact is None else bool(facts.contact),
        public_buckets_blocked=all_blocked(facts.bucket_block),
        email=tr.text(organization, "MasterAccountEmail") if owns else None,
        native={"organization": tr.native(organization)} if organization else {},
    )


def root_last_used(report: dict[str, str]) -> Any:
    """The last time that the root user's password or a key of it was used; None: never, as far as AWS remembers, or not known."""
    columns = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
    return max((when for column in columns if (when := tr.moment(report, column))), default=None)


def all_blocked(answer: Raw | None) -> bool | None:
    """Are all four ways of making a bucket public blocked for the whole account."""
    if answer is None:
        return None
    flags = [tr.flag(answer, "PublicAccessBlockConfiguration", name) if answer else False for name in BLOCKS]
    return None if None in flags else all(flags)


class RegionFacts(msgspec.Struct, frozen=True):
    """Answers about a region. None: not known; {}: AWS says that there is none."""

    encryption: Raw | None = None
    snapshots: Raw | None = None
    images: Raw | None = None
    metadata: Raw | None = None
    detectors: list[Raw] | None = None
    hub: Raw | None = None
    analyzers: Raw | None = None


def account_region(facts: RegionFacts, place: Place) -> AccountRegion:
    """Answers -> the row of a region."""
    shared_snapshots = tr.text(facts.snapshots, "State")
    shared_images = tr.text(facts.images, "ImageBlockPublicAccessState")
    tokens = tr.at(facts.metadata, "AccountLevel")
    return AccountRegion(
        **place.common(REGION, place.region),
        name=place.region,
        volume_encryption_default=tr.flag(facts.encryption, "EbsEncryptionByDefault"),
        snapshot_public_access_blocked=None if shared_snapshots is None else shared_snapshots != "unblocked",
        image_public_access_blocked=None if shared_images is None else shared_images == "block-new-sharing",
        metadata_token_default=None if facts.metadata is None else tr.text(tokens, "HttpTokens") == "required",
        threat_detection=_any_enabled(facts.detectors, "Status", "ENABLED"),
        posture_service=None if facts.hub is None else "HubArn" in facts.hub,
        access_analyzer=None
        if facts.analyzers is None
        else _any_enabled(tr.items(facts.analyzers, "analyzers"), "status", "ACTIVE"),
    )


def _any_enabled(listed: list[Raw] | None, key: str, wanted: str) -> bool | None:
    return None if listed is None else any(tr.text(one, key) == wanted for one in listed)


def budget(raw: Raw, notifications: int | None, place: Place) -> Budget:
    """One of DescribeBudgets."""
    return Budget(
        **place.common(BUDGET, raw["BudgetName"]),
        name=raw["BudgetName"],
        limit_amount=_amount(tr.at(raw, "BudgetLimit", "Amount")),
        limit_currency=tr.text(raw, "BudgetLimit", "Unit"),
        period=tr.said(raw, "TimeUnit").lower() or None,
        notifications=notifications,
        actual_amount=_amount(tr.at(raw, "CalculatedSpend", "ActualSpend", "Amount")),
        native=tr.native(raw, "CalculatedSpend", "LastUpdatedTime"),
    )


def _amount(told: object) -> float | None:
    """An amount of money, which the Budgets API writes as a string."""
    try:
        return float(told) if isinstance(told, str | int | float) else None
    except ValueError:
        return None


def _read_account(reading: Reading) -> None:
    facts = AccountFacts(
        summary=fact(reading, ACCOUNT, "get_account_summary", service="iam"),
        root=_root_report(reading),
        aliases=fact(reading, ACCOUNT, "list_account_aliases", service="iam"),
        organization=fact(
            reading, ACCOUNT, "describe_organization", service="organizations", absent=("AWSOrganizationsNotInUseException",)
        ),
        contact=fact(
            reading,
            ACCOUNT,
            "get_alternate_contact",
            service="account",
            absent=("ResourceNotFoundException",),
            AlternateContactType="SECURITY",
        ),
        bucket_block=fact(
            reading,
            ACCOUNT,
            "get_public_access_block",
            service="s3control",
            absent=("NoSuchPublicAccessBlockConfiguration",),
            AccountId=reading.account,
        ),
    )
    reading.add(account(facts, reading.place))


def _root_report(reading: Reading) -> dict[str, str] | None:
    with reading.columns(ACCOUNT):
        return credential_report(reading).get(ROOT)
    return None


def _read_region(reading: Reading) -> None:
    facts = RegionFacts(
        encryption=fact(reading, REGION, "get_ebs_encryption_by_default", service="ec2"),
        snapshots=fact(reading, REGION, "get_snapshot_block_public_access_state", service="ec2"),
        images=fact(reading, REGION, "get_image_block_public_access_state", service="ec2"),
        metadata=fact(reading, REGION, "get_instance_metadata_defaults", service="ec2"),
        detectors=_detectors(reading),
        hub=fact(
            reading,
            REGION,
            "describe_hub",
            service="securityhub",
            absent=("InvalidAccessException", "ResourceNotFoundException"),
        ),
        analyzers=fact(reading, REGION, "list_analyzers", service="accessanalyzer"),
    )
    reading.add(account_region(facts, reading.place))


def _detectors(reading: Reading) -> list[Raw] | None:
    with reading.columns(REGION):
        named = reading.call("list_detectors", service="guardduty")
        return [reading.call("get_detector", service="guardduty", DetectorId=name) for name in tr.texts(named, "DetectorIds") or ()]
    return None


def _read_budgets(reading: Reading) -> None:
    listed = [
        raw
        for raw in reading.pages("describe_budgets", "Budgets", AccountId=reading.account)
        if reading.wants(tr.said(raw, "BudgetName"))
    ]

    def notifications(raw: Raw) -> int:
        named = {"AccountId": reading.account, "BudgetName": raw["BudgetName"]}
        return len(list(reading.pages("describe_notifications_for_budget", "Notifications", **named)))

    found = details(reading, BUDGET, listed, notifications)
    reading.take(BUDGET, found, lambda one: budget(*one, reading.place))


def _read_commitments(reading: Reading) -> None:
    """Each service's reservations stand for themselves: where one fails the others are kept."""
    with reading.part(COMMITMENT):
        listed = tr.items(reading.call("describe_reserved_instances"), "ReservedInstances")
        reading.take(COMMITMENT, listed, lambda raw: instance_commitment(raw, reading.place))
    with reading.part(COMMITMENT):
        databases = reading.pages("describe_reserved_db_instances", "ReservedDBInstances", service="rds")
        reading.take(COMMITMENT, databases, lambda raw: database_commitment(raw, reading.place))
    with reading.part(COMMITMENT):
        caches = reading.pages("describe_reserved_cache_nodes", "ReservedCacheNodes", service="elasticache")
        reading.take(COMMITMENT, caches, lambda raw: cache_commitment(raw, reading.place))


READERS: tuple[Reader, ...] = (
    Reader(
        name="account",
        service="iam",
        kinds=(ACCOUNT,),
        read=_read_account,
        permissions=(
            "iam:GetAccountSummary",
            "iam:GenerateCredentialReport",
            "iam:GetCredentialReport",
            "iam:ListAccountAliases",
            "organizations:DescribeOrganization",
            "account:GetAlternateContact",
            "s3:GetAccountPublicAccessBlock",
        ),
        is_global=True,
    ),
    Reader(
        name="region-defaults",
        service="ec2",
        kinds=(REGION,),
        read=_read_region,
        permissions=(
            "ec2:GetEbsEncryptionByDefault",
            "ec2:GetSnapshotBlockPublicAccessState",
            "ec2:GetImageBlockPublicAccessState",
            "ec2:GetInstanceMetadataDefaults",
            "guardduty:ListDetectors",
            "guardduty:GetDetector",
            "securityhub:DescribeHub",
            "access-analyzer:ListAnalyzers",
        ),
    ),
    Reader(
        name="budgets",
        service="budgets",
        kinds=(BUDGET,),
        read=_read_budgets,
        permissions=("budgets:ViewBudget",),
        is_global=True,
    ),
    Reader(
        name="commitments",
        service="ec2",
        kinds=(COMMITMENT,),
        read=_read_commitments,
        permissions=(
            "ec2:DescribeReservedInstances",
            "rds:DescribeReservedDBInstances",
            "elasticache:DescribeReservedCacheNodes",
        ),
    ),
)
