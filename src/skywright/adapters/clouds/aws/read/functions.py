"""Functions (Lambda): what they run, who may call them."""

from typing import Any

import msgspec

from skywright.adapters.clouds.aws.policy import grants_everyone
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import Place, arn_id
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Function

KIND = "function.function"


class Facts(msgspec.Struct, frozen=True):
    """What only calls per function tell. ``policy``: its resource policy, "" when it has none; None: not known."""

    tags: dict[str, str] | None = None
    concurrency: int | None = None
    policy: str | None = None
    url_auth: str | None = None


def function(raw: dict[str, Any], place: Place, facts: Facts) -> Function:
    """One of ListFunctions' functions. The values of its environment are dropped."""
    return Function(
        **place.common(KIND, raw["FunctionName"]),
        name=tr.text(raw, "FunctionName"),
        state=(tr.text(raw, "State") or "active").lower(),
        tags=facts.tags,
        native=tr.native(raw, "Environment"),
        runtime=tr.said(raw, "Runtime"),
        memory_mib=tr.integer(raw, "MemorySize"),
        timeout_s=tr.integer(raw, "Timeout"),
        architecture=next(iter(tr.texts(raw, "Architectures") or ()), None),
        role=arn_id("identity.role", tr.text(raw, "Role")),
        vpc=place.ref("network.vpc", tr.said(raw, "VpcConfig", "VpcId")),
        public=grants_everyone(facts.policy) if facts.policy else (None if facts.policy is None else False),
        url_auth=facts.url_auth,
        tracing=tr.text(raw, "TracingConfig", "Mode") == "Active",
        dead_letter=bool(tr.text(raw, "DeadLetterConfig", "TargetArn")),
        reserved_concurrency=facts.concurrency,
        environment_encrypted=_environment_encrypted(raw),
        environment_names=sorted(_variables(raw)),
        modified_at=tr.moment(raw, "LastModified"),
    )


def links(row: Function) -> Links:
    """A function acts as its role, in its network."""
    yield Verb.ACTS_AS, row.role
    yield Verb.IN, row.vpc


def _environment_encrypted(raw: dict[str, Any]) -> bool:
    """With a key of the customer's; a function without variables has nothing to encrypt."""
    return bool(tr.text(raw, "KMSKeyArn")) or not _variables(raw)


def _variables(raw: dict[str, Any]) -> dict[str, Any]:
    found = tr.at(raw, "Environment", "Variables")
    return found if isinstance(found, dict) else {}


def _read(reading: Reading) -> None:
    listed = [raw for raw in reading.pages("list_functions", "Functions") if reading.wants(raw["FunctionName"])]
    facts = reading.each(KIND, listed, lambda raw: _facts(reading, raw["FunctionName"]))
    rows = reading.take(KIND, facts, lambda pair: function(pair[0], reading.place, pair[1] or Facts()), links)
    for row in rows:
        for subnet in tr.texts(row.native, "VpcConfig", "SubnetIds") or ():
            reading.relate(row.id, Verb.IN, reading.id("network.subnet", subnet))
        for group in tr.texts(row.native, "VpcConfig", "SecurityGroupIds") or ():
            reading.relate(row.id, Verb.GUARDED_BY, reading.id("network.firewall", group))


def _facts(reading: Reading, name: str) -> Facts:
    """GetFunction tells tags and concurrency at once; policy and URL are asked for by themselves."""
    tags = concurrency = policy = url_auth = None
    with reading.columns(KIND):
        answer = reading.call("get_function", FunctionName=name)
        tags = tr.tags(answer.get("Tags"))
        concurrency = tr.integer(answer, "Concurrency", "ReservedConcurrentExecutions")
    with reading.columns(KIND):
        policy = tr.said(reading.maybe("get_policy", FunctionName=name), "Policy")
    if policy:  # without a policy nobody but IAM's own users can use a URL, so there is nothing to find out
        with reading.columns(KIND):
            url_auth = tr.said(reading.maybe("get_function_url_config", FunctionName=name), "AuthType")
    return Facts(tags, concurrency, policy, url_auth)


READERS = (
    Reader(
        name="functions",
        service="lambda",
        kinds=(KIND,),
        read=_read,
        permissions=("lambda:ListFunctions", "lambda:GetFunction", "lambda:GetPolicy", "lambda:GetFunctionUrlConfig"),
    ),
)
