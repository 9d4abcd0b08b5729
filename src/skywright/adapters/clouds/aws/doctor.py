"""Permission by permission: what reading needs, and whether AWS lets us.

First IAM is asked (SimulatePrincipalPolicy changes nothing and answers for all at once). Where that is not allowed or does not know
the caller, each list operation is tried harmlessly, with DryRun where EC2 offers it; what needs a resource to try on stays unknown.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor

import msgspec

from skywright.adapters.clouds.aws import codes
from skywright.adapters.clouds.aws.calls import AwsCalls
from skywright.adapters.clouds.aws.faults import error_code
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import chunks, items, text
from skywright.model.errors import Denied, NotThere, SkywrightError
from skywright.model.words import t
from skywright.ports.cloud import Permission

ACTIONS_PER_CALL = 100
DRY_RUN_PASSED = "DryRunOperation"

Found = tuple[bool | None, str]
"""Allowed (None: not found out), and the reason."""


class Examined(msgspec.Struct, frozen=True):
    """What is examined: one account, the region in which regional calls are tried, and the services that are left out."""

    account: str
    region: str
    skipped: frozenset[str] = frozenset()


def examine(calls: AwsCalls, what: Examined, readers: Sequence[Reader], threads: Executor) -> Iterator[Permission]:
    """The permissions that ``readers`` need in one account, by name; many are tried at a time."""
    users = {name: by for name, by in sorted(_users(readers).items()) if _service(name, by[0]) not in what.skipped}
    found = _simulated(calls, what.account, list(users))

    def one(name: str) -> Permission:
        allowed, reason = found[name] if found is not None else _tried(calls, what, name, users[name][0])
        kinds = sorted({kind for reader in users[name] for kind in reader.kinds})
        needed_for = t("{kinds} of account {account}", kinds=", ".join(kinds), account=what.account)
        return Permission(name, needed_for, allowed, reason)

    yield from threads.map(one, users)


def _users(readers: Sequence[Reader]) -> dict[str, list[Reader]]:
    users: dict[str, list[Reader]] = {}
    for reader in readers:
        for name in reader.permissions:
            users.setdefault(name, []).append(reader)
    return users


def _simulated(calls: AwsCalls, account: str, names: Sequence[str]) -> Mapping[str, Found] | None:
    """IAM's own word for every permission, or None when it cannot be had."""
    try:
        source = _principal(calls, account)
        if source is None:
            return None
        found: dict[str, Found] = {}
        for some in chunks(names, ACTIONS_PER_CALL):
            where = (account, GLOBAL, "iam", "simulate_principal_policy", "EvaluationResults")
            for result in calls.pages(*where, PolicySourceArn=source, ActionNames=some):
                found[result["EvalActionName"]] = _verdict(result)
    except SkywrightError:  # asking IAM is only the short way; the other one answers too
        return None
    return found if all(name in found for name in names) else None


def _principal(calls: AwsCalls, account: str) -> str | None:
    """The ARN that IAM can simulate for the caller: a user's, or the role's behind a session. None: the root user, or a guest."""
    caller = text(calls.client_call(account, GLOBAL, "sts", "get_caller_identity"), "Arn") or ""
    _, _, name = caller.partition(":assumed-role/")
    if name:
        role = calls.client_call(account, GLOBAL, "iam", "get_role", RoleName=name.split("/")[0])
        return text(role, "Role", "Arn")
    return caller if ":iam:" in caller and ":user/" in caller else None


def _verdict(result: dict[str, object]) -> Found:
    decision = text(result, "EvalDecision")
    if decision == "allowed":
        return True, ""
    by_organization = text(result, "OrganizationsDecisionDetail", "AllowedByOrganizations")
    if by_organization == "false" or (items(result, "MatchedStatements") and decision == "explicitDeny"):
        return False, t("A policy denies it.")
    return False, t("No policy allows it.")


def _tried(calls: AwsCalls, what: Examined, name: str, reader: Reader) -> Found:
    operation = codes.OPERATIONS.get(name, name.partition(":")[2])
    service = _service(name, reader)
    where = (what.account, GLOBAL if reader.is_global else what.region, service)
    try:
        parameters = calls.harmless(*where, operation)
        if parameters is None:
            return None, t("It needs a resource to be tried on.")
        calls.client_call(*where, calls.method(*where, operation), **parameters)
    except Denied as error:
        return False, str(error)
    except NotThere:
        return True, ""
    except SkywrightError as error:
        return (True, "") if error_code(error) == DRY_RUN_PASSED else (None, str(error))
    return True, ""


def _service(name: str, reader: Reader) -> str:
    """The service as boto3 names it. Two may share a prefix (elb, elbv2): then the reader's own."""
    prefix = name.partition(":")[0]
    if codes.PREFIXES.get(reader.service, reader.service) == prefix:
        return reader.service
    return next((service for service, other in codes.PREFIXES.items() if other == prefix), prefix)
