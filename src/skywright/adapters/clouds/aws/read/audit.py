"""What is written down, and what is watched: trails, configuration recorders, log groups, alarms.

calls                                                    for
describe_trails; get_trail_status, get_event_selectors   each trail that has its home in the region
describe_configuration_recorders, ..._status             the region's recorder
describe_log_groups                                      log groups
describe_alarms                                          alarms
"""

from typing import Any

import msgspec

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import CLOUD, Place, arn_id
from skywright.adapters.clouds.aws.read.s3 import bucket_id
from skywright.adapters.clouds.aws.read.tagged import Tags, listed_tags, tags_of
from skywright.adapters.clouds.aws.read.watches import watched
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Alarm, LogGroup, Recorder, Trail

TRAIL, RECORDER, LOG_GROUP, ALARM = Trail.KIND, Recorder.KIND, LogGroup.KIND, Alarm.KIND
TRAILS_PER_TAG_CALL = 20  # AWS CloudTrail API reference, ListTags
ALARM_TYPES = ("MetricAlarm", "CompositeAlarm")
ALARMS_NAMED_MAX = 100  # Amazon CloudWatch API reference, DescribeAlarms

Raw = dict[str, Any]


class TrailFacts(msgspec.Struct, frozen=True):
    """What DescribeTrails does not tell. None: not known; ``bucket`` is the id of the trail's bucket if that is the account's."""

    status: Raw | None = None
    selectors: Raw | None = None
    tags: Tags | None = None
    bucket: str | None = None


def trail(raw: Raw, facts: TrailFacts, place: Place) -> Trail:
    """One of DescribeTrails."""
    logging = tr.flag(facts.status, "IsLogging")
    return Trail(
        **place.common(TRAIL, raw["Name"]),
        name=raw["Name"],
        state={True: "logging", False: "stopped", None: None}[logging],
        tags=facts.tags,
        logging=logging,
        multi_region=tr.flag(raw, "IsMultiRegionTrail"),
        organization=tr.flag(raw, "IsOrganizationTrail"),
        log_validation=tr.flag(raw, "LogFileValidationEnabled"),
        encrypted_with_key="KmsKeyId" in raw,
        bucket=facts.bucket or tr.text(raw, "S3BucketName"),
        log_group=log_group_id(tr.said(raw, "CloudWatchLogsLogGroupArn")),
        global_events=tr.flag(raw, "IncludeGlobalServiceEvents"),
        home_region=tr.text(raw, "HomeRegion"),
        data_events=None if facts.selectors is None else data_events(facts.selectors),
        native=tr.native(raw) | {"selectors": tr.native(facts.selectors or {}, "TrailARN")},
    )


def log_group_id(arn: str) -> str:
    """``arn:aws:logs:eu-west-1:1111:log-group:/audit:*`` -> the id of the group; "" of "" (known to be none)."""
    parts = arn.split(":")
    if len(parts) < 7:
        return ""
    return Place(parts[4], parts[3]).id(LOG_GROUP, parts[6])


def data_events(selectors: Raw) -> bool:
    """Are calls on objects, functions or tables recorded, by basic or by advanced selectors."""
    basic = any(tr.items(one, "DataResources") for one in tr.items(selectors, "EventSelectors"))
    fields = [field for one in tr.items(selectors, "AdvancedEventSelectors") for field in tr.items(one, "FieldSelectors")]
    return basic or any(tr.text(field, "Field") == "eventCategory" and "Data" in tr.items(field, "Equals") for field in fields)


def recorder(raw: Raw, status: Raw | None, place: Place) -> Recorder:
    """One of DescribeConfigurationRecorders with its status (None: not known)."""
    group = tr.at(raw, "recordingGroup")
    strategy = tr.text(group, "recordingStrategy", "useOnly")
    everything = strategy == "ALL_SUPPORTED_RESOURCE_TYPES" if strategy else tr.flag(group, "allSupported")
    recording = tr.flag(status, "recording")
    return Recorder(
        **place.common(RECORDER, raw["name"]),
        name=raw["name"],
        state={True: "recording", False: "stopped", None: None}[recording],
        configured=True,
        recording=recording,
        all_resources=everything,
        global_resources=tr.flag(group, "includeGlobalResourceTypes"),
        native=tr.native(raw),
    )


def no_recorder(place: Place) -> Recorder:
    """The row of a region without a recorder: that there is none is a fact about the region."""
    return Recorder(
        **place.common(RECORDER, "default"),
        name="default",
        configured=False,
        recording=False,
        all_resources=False,
        global_resources=False,
    )


def log_group(raw: Raw, tags: Tags | None, place: Place) -> LogGroup:
    """One of DescribeLogGroups. Without ``retentionInDays`` it keeps everything for ever."""
    days = tr.integer(raw, "retentionInDays")
    created_ms = tr.integer(raw, "creationTime")
    return LogGroup(
        **place.common(LOG_GROUP, raw["logGroupName"]),
        name=raw["logGroupName"],
        tags=tags,
        created_at=None if created_ms is None else tr.utc(created_ms / 1000),
        retention_days=days,
        keeps_forever=None if days is None and "retentionInDays" in raw else days is None,
        stored_bytes=tr.integer(raw, "storedBytes"),
        encrypted_with_key="kmsKeyId" in raw,
        key=place.key(tr.text(raw, "kmsKeyId")) if "kmsKeyId" in raw else "",
        native=tr.native(raw, "storedBytes"),
    )


def alarm(raw: Raw, tags: Tags | None, place: Place) -> Alarm:
    """One of DescribeAlarms' metric or composite alarms."""
    return Alarm(
        **place.common(ALARM, raw["AlarmName"]),
        name=raw["AlarmName"],
        state={"OK": "ok", "ALARM": "alarm", "INSUFFICIENT_DATA": "insufficient-data"}.get(tr.said(raw, "StateValue")),
        tags=tags,
        metric=tr.text(raw, "MetricName"),
        namespace=tr.text(raw, "Namespace"),
        actions=tr.texts(raw, "AlarmActions"),
        actions_enabled=tr.flag(raw, "ActionsEnabled"),
        watches=watched(tr.said(raw, "Namespace"), tr.items(raw, "Dimensions"), place),
        native=tr.native(raw, "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp"),
    )


def _read_trails(reading: Reading) -> None:
    """Trails of other regions (and of the organization) show up as shadows; each is read in its home region only."""
    listed = reading.call("describe_trails", includeShadowTrails=True)
    at_home = [
        raw
        for raw in tr.items(listed, "trailList")
        if tr.text(raw, "HomeRegion") in (reading.region, None) and reading.wants(tr.said(raw, "Name"))
    ]
    tags = _trail_tags(reading, [arn for raw in at_home if (arn := tr.text(raw, "TrailARN"))])

    def ask(raw: Raw) -> TrailFacts:
        name = tr.text(raw, "TrailARN") or raw["Name"]
        status = selectors = None
        with reading.columns(TRAIL):
            status = reading.call("get_trail_status", Name=name)
        with reading.columns(TRAIL):
            selectors = reading.call("get_event_selectors", TrailName=name)
        bucket = bucket_id(reading, tr.text(raw, "S3BucketName"), TRAIL)
        return TrailFacts(status, selectors, tags.get(tr.said(raw, "TrailARN")), bucket)

    def row(one: tuple[Raw, TrailFacts | None]) -> Trail:
        raw, facts = one
        return trail(raw, facts or TrailFacts(), reading.place)

    reading.take(TRAIL, reading.each(TRAIL, at_home, ask), row, _trail_links)


def _trail_links(row: Trail) -> Links:
    yield Verb.LOGS_TO, row.bucket if (row.bucket or "").startswith(f"{CLOUD}:") else None
    yield Verb.LOGS_TO, row.log_group
    yield Verb.ENCRYPTED_BY, arn_id("crypto.key", tr.text(row.native, "KmsKeyId"))


def _trail_tags(reading: Reading, arns: list[str]) -> dict[str, Tags | None]:
    found: dict[str, Tags | None] = {}
    with reading.columns(TRAIL):
        for some in tr.chunks(arns, TRAILS_PER_TAG_CALL):
            answer = reading.call("list_tags", ResourceIdList=some)
            found |= {tr.said(one, "ResourceId"): tr.tags(one.get("TagsList")) for one in tr.items(answer, "ResourceTagList")}
    return found


def _read_recorders(reading: Reading) -> None:
    listed = tr.items(reading.call("describe_configuration_recorders"), "ConfigurationRecorders")
    if not listed:
        reading.add(no_recorder(reading.place))
        return
    statuses: dict[str | None, Raw] = {}
    with reading.columns(RECORDER):
        answer = reading.call("describe_configuration_recorder_status")
        statuses = {tr.text(one, "name"): one for one in tr.items(answer, "ConfigurationRecordersStatus")}
    reading.take(RECORDER, listed, lambda raw: recorder(raw, statuses.get(tr.text(raw, "name")), reading.place))


def _read_log_groups(reading: Reading) -> None:
    """A single group is found by its name as prefix."""
    narrow: dict[str, Any] = {"logGroupNamePrefix": next(iter(reading.only))} if reading.only and len(reading.only) == 1 else {}
    listed = [
        raw for raw in reading.pages("describe_log_groups", "logGroups", **narrow) if reading.wants(tr.said(raw, "logGroupName"))
    ]

    def own(arn: str) -> Tags | None:
        return tr.tags(reading.call("list_tags_for_resource", resourceArn=arn).get("tags"))

    def ask(raw: Raw) -> Tags | None:
        arn = tr.said(raw, "logGroupArn") or tr.said(raw, "arn").removesuffix(":*")
        return tags_of(reading, LOG_GROUP, arn, lambda: own(arn))

    def links(row: LogGroup) -> Links:
        yield Verb.ENCRYPTED_BY, row.key

    reading.take(LOG_GROUP, reading.each(LOG_GROUP, listed, ask), lambda one: log_group(*one, reading.place), links)


def _read_alarms(reading: Reading) -> None:
    tags = listed_tags(reading)
    listed = [raw for raw in _alarms(reading) if reading.wants(tr.said(raw, "AlarmName"))]

    def row(raw: Raw) -> Alarm:
        arn = tr.said(raw, "AlarmArn")
        return alarm(raw, _alarm_tags(reading, arn) if tags is None else tags.get(arn, {}), reading.place)

    def links(row: Alarm) -> Links:
        yield Verb.WATCHES, row.watches
        for action in row.actions or ():
            if ":sns:" in action:
                yield Verb.USES, arn_id("messaging.topic", action)

    reading.take(ALARM, listed, row, links)


def _alarms(reading: Reading) -> list[Raw]:
    """Both types: unless they are named, only metric alarms are told."""
    narrow: dict[str, Any] = {"AlarmTypes": list(ALARM_TYPES)}
    if reading.only and len(reading.only) <= ALARMS_NAMED_MAX:
        narrow["AlarmNames"] = sorted(reading.only)
    pages = reading.pages("describe_alarms", "", **narrow)
    return [raw for page in pages for of in ALARM_TYPES for raw in tr.items(page, f"{of}s")]


def _alarm_tags(reading: Reading, arn: str) -> Tags | None:
    with reading.columns(ALARM):
        return tr.tags(reading.call("list_tags_for_resource", ResourceARN=arn).get("Tags"))
    return None


READERS: tuple[Reader, ...] = (
    Reader(
        name="trails",
        service="cloudtrail",
        kinds=(TRAIL,),
        read=_read_trails,
        permissions=(
            "cloudtrail:DescribeTrails",
            "cloudtrail:GetTrailStatus",
            "cloudtrail:GetEventSelectors",
            "cloudtrail:LookupEvents",
            "cloudtrail:ListTags",
        ),
    ),
    Reader(
        name="recorders",
        service="config",
        kinds=(RECORDER,),
        read=_read_recorders,
        permissions=("config:DescribeConfigurationRecorders", "config:DescribeConfigurationRecorderStatus"),
    ),
    Reader(
        name="log-groups",
        service="logs",
        kinds=(LOG_GROUP,),
        read=_read_log_groups,
        permissions=("logs:DescribeLogGroups", "logs:ListTagsForResource", "tag:GetResources"),
    ),
    Reader(
        name="alarms",
        service="cloudwatch",
        kinds=(ALARM,),
        read=_read_alarms,
        permissions=("cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource", "tag:GetResources"),
    ),
)
