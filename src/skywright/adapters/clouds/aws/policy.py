"""AWS policy documents -> facts: whom a resource policy lets in, and whether it insists on TLS.

The grammar is that of the IAM user guide ("Grammar of the IAM JSON policy language"). Every function answers None for a document
that cannot be read: an unreadable policy is unknown, not harmless.
"""

import fnmatch
import ipaddress
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

_ACCOUNT_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    }
)
_ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn", "s3:dataaccesspointarn"})
_ADDRESS_KEYS = frozenset({"aws:sourceip", "aws:vpcsourceip"})
_PATH_KEYS = frozenset({"aws:principalorgpaths", "aws:sourceorgpaths"})
EQUAL = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"})
_UNEQUAL = frozenset(
    {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike", "notipaddress"}
)
# Conditions that everyone outside the account meets: beside others in a Deny they let nobody from outside through.
_MET_BY_OUTSIDERS = frozenset({"aws:principalisawsservice", "aws:viaawsservice"})


class Condition(msgspec.Struct, frozen=True):
    """One line of a condition block; operator and key in lower case. It holds when one of the values matches."""

    operator: str
    key: str
    values: tuple[str, ...]


class Statement(msgspec.Struct, frozen=True):
    """One statement. ``principals`` are (type, value); the conditions must all hold."""

    allows: bool
    principals: tuple[tuple[str, str], ...] = ()
    not_principals: tuple[tuple[str, str], ...] = ()
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def for_anyone(self) -> bool:
        """Is every principal meant (``*``, or everyone but some)."""
        return bool(self.not_principals) or ("AWS", "*") in self.principals


def statements(document: object) -> tuple[Statement, ...] | None:
    """A policy document (mapping, JSON, or percent-encoded JSON) -> its statements; None when it cannot be read."""
    parsed = _parse(document)
    if parsed is None:
        return None
    raw = parsed.get("Statement", [])
    listed = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(one, Mapping) and one.get("Effect") in ("Allow", "Deny") for one in listed):
        return None
    return tuple(_statement(one) for one in listed)


def grants_everyone(document: object) -> bool | None:
    """Does a resource's policy let anyone in the world do something.

    An Allow for everyone counts unless a condition fixes who or where the caller is, or a Deny takes it back from outsiders.
    Follows "The meaning of 'public'" (Amazon S3 user guide, Blocking public access), which AWS applies to other services too.
    """
    found = statements(document)
    if found is None:
        return None
    denials = [one for one in found if _shuts_outsiders_out(one)]
    return any(_is_open(one) and not any(_covers(denial, one) for denial in denials) for one in found)


def tls_required(document: object, arn: str) -> bool | None:
    """Does the policy of the bucket ``arn`` deny everyone every call without TLS, on the bucket and on its objects.

    Source: Amazon S3 security best practices ("Enforce encryption of data in transit"), AWS Config s3-bucket-ssl-requests-only.
    """
    found = statements(document)
    if found is None:
        return None
    patterns = [pattern for one in found if _denies_plain_http(one) for pattern in one.resources]
    return _matched(arn, patterns) and _matched(f"{arn}/*", patterns)


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: ``*`` any characters, ``?`` one character; everything else is itself. Case counts."""
    return _wildcard(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _wildcard(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


def fixes_caller(condition: Condition) -> bool:
    """Does this condition hold only for callers from a named account, organisation, network or resource."""
    operator = condition.operator.removeprefix("foranyvalue:")
    return operator in EQUAL and _names_insiders(condition)


def _names_insiders(condition: Condition) -> bool:
    return bool(condition.values) and all(_is_fixed(condition.key, value) for value in condition.values)


def _is_fixed(key: str, value: str) -> bool:
    if "${" in value:
        return False
    if key in _ADDRESS_KEYS:
        return _is_narrow_network(value)
    if key in _ARN_KEYS:
        return _is_fixed_arn(value)
    if key in _PATH_KEYS:
        return value.startswith("o-") and not _has_wildcard(value.partition("/")[0])
    if key == "aws:userid":
        return ":" in value and not _has_wildcard(value.partition(":")[0])
    return key in _ACCOUNT_KEYS and not _has_wildcard(value)


def _is_narrow_network(cidr: str) -> bool:
    """Private, or no wider than /8 (IPv4) or /32 (IPv6): S3's own limits for a network that is not "public"."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    if network.is_private and network.prefixlen:
        return True
    return network.prefixlen >= (8 if network.version == 4 else 32)


def _is_fixed_arn(arn: str) -> bool:
    """Does the ARN pattern name one account, or (buckets' ARNs carry no account) one bucket."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return False
    if parts[2] == "s3":
        return bool(parts[5]) and not _has_wildcard(parts[5].partition("/")[0])
    return re.fullmatch(r"\d{12}", parts[4]) is not None


def _has_wildcard(value: str) -> bool:
    return "*" in value or "?" in value


def _is_open(statement: Statement) -> bool:
    return statement.allows and statement.for_anyone and not any(fixes_caller(one) for one in statement.conditions)


def _shuts_outsiders_out(statement: Statement) -> bool:
    if statement.allows or not statement.for_anyone:
        return False
    return all(_met_by_outsiders(condition) for condition in statement.conditions)


def _met_by_outsiders(condition: Condition) -> bool:
    operator = condition.operator.removesuffix("ifexists")
    if operator == "bool" and condition.key in _MET_BY_OUTSIDERS:
        return tuple(value.lower() for value in condition.values) == ("false",)
    return operator in _UNEQUAL and _names_insiders(condition)


def _covers(denial: Statement, grant: Statement) -> bool:
    return _all_matched(
        grant.actions, [] if denial.not_actions else denial.actions, unless=grant.not_actions, ignore_case=True
    ) and _all_matched(grant.resources, [] if denial.not_resources else denial.resources, unless=grant.not_resources)


def _all_matched(wanted: Iterable[str], patterns: Iterable[str], *, unless: tuple[str, ...], ignore_case: bool = False) -> bool:
    if "*" in patterns:
        return True
    if unless:
        return False
    fold = str.lower if ignore_case else str
    folded = [fold(pattern) for pattern in patterns]
    return all(_matched(fold(one), folded) for one in wanted)


def _matched(text: str, patterns: Iterable[str]) -> bool:
    return any(matches(pattern, text) for pattern in patterns)


def _denies_plain_http(statement: Statement) -> bool:
    everything = any(action.lower() in ("*", "s3:*") for action in statement.actions)
    if statement.allows or not everything or ("AWS", "*") not in statement.principals or len(statement.conditions) != 1:
        return False
    condition = statement.conditions[0]
    return (
        condition.operator in ("bool", "boolifexists")
        and condition.key == "aws:securetransport"
        and tuple(value.lower() for value in condition.values) == ("false",)
    )


def _parse(document: object) -> Mapping[str, Any] | None:
    if isinstance(document, Mapping):
        return document
    if not isinstance(document, str):
        return None
    text = urllib.parse.unquote(document) if document.lstrip().startswith("%7B") else document
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _statement(raw: Mapping[str, Any]) -> Statement:
    return Statement(
        allows=raw["Effect"] == "Allow",
        principals=tuple(_principals(raw.get("Principal"))),
        not_principals=tuple(_principals(raw.get("NotPrincipal"))),
        actions=_texts(raw.get("Action")),
        not_actions=_texts(raw.get("NotAction")),
        resources=_texts(raw.get("Resource")),
        not_resources=_texts(raw.get("NotResource")),
        conditions=tuple(_conditions(raw.get("Condition"))),
    )


def _principals(raw: object) -> Iterator[tuple[str, str]]:
    if isinstance(raw, Mapping):
        for kind, values in raw.items():
            yield from ((str(kind), value) for value in _texts(values))
    else:
        yield from (("AWS", value) for value in _texts(raw))


def _conditions(raw: object) -> Iterator[Condition]:
    if not isinstance(raw, Mapping):
        return
    for operator, block in raw.items():
        if isinstance(block, Mapping):
            yield from (Condition(str(operator).lower(), str(key).lower(), _texts(values)) for key, values in block.items())


def _texts(raw: object) -> tuple[str, ...]:
    """A value or a list of values -> texts; JSON's booleans and numbers are what IAM takes them for."""
    if raw is None:
        return ()
    listed = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in listed)
