"""Identity policies -> how much power they give: administrator, whole services, ways to more power.

An Allow counts when it reaches every resource (for ways to more power: every one of a type) and no condition limits what it
reaches; a Deny takes away when it is unconditional and reaches everything. What depends on single resources or on tags is left
out: these facts are for the wide doors.
"""

import re
from collections.abc import Iterable, Sequence

from skywright.adapters.clouds.aws.policy import Statement, matches, statements

# Conditions on who calls, from where and how. They do not limit what an administrator can do once in.
_UNLIMITING_KEYS = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalorgid",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:useragent",
        "aws:viaawsservice",
        "iam:passedtoservice",
    }
)
_EVERY_OF_A_TYPE = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:(\*|[\w-]+[/:]\*)")

ESCALATIONS: tuple[frozenset[str], ...] = tuple(
    frozenset(way.lower().split())
    for way in (
        # Rhino Security Labs, "AWS IAM Privilege Escalation - Methods and Mitigation" (2018, 2019)
        "iam:CreatePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
        "iam:AttachUserPolicy",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:PutUserPolicy",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:AddUserToGroup",
        "iam:UpdateAssumeRolePolicy",
        "iam:PassRole ec2:RunInstances",
        "iam:PassRole lambda:CreateFunction lambda:InvokeFunction",
        "iam:PassRole lambda:CreateFunction lambda:CreateEventSourceMapping",
        "iam:PassRole glue:CreateDevEndpoint",
        "iam:PassRole cloudformation:CreateStack",
        "iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition",
        "iam:PassRole sagemaker:CreateNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl",
        "lambda:UpdateFunctionCode",
        "glue:UpdateDevEndpoint",
        # Bishop Fox, "IAM Vulnerable" (2021)
        "iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask",
        "iam:PassRole glue:CreateJob glue:StartJobRun",
        "iam:PassRole glue:UpdateJob glue:StartJobRun",
        "iam:PassRole codebuild:CreateProject codebuild:StartBuild",
        "iam:PassRole sagemaker:CreateTrainingJob",
        "iam:PassRole sagemaker:CreateProcessingJob",
        "ssm:SendCommand",
        "ssm:StartSession",
        "ec2-instance-connect:SendSSHPublicKey",
    )
)
"""Sets of actions that together let an identity give itself more power than it has."""


def administrator(documents: Iterable[object]) -> bool | None:
    """Do these policies together allow every action on every resource. None: no, as far as they could be read."""
    found, complete = _joined(documents)
    whole = any(_grants_widely(one) and "*" in _plain(one.actions) for one in found)
    if whole and not any(_denies_widely(one) and "*" in _plain(one.actions) for one in found):
        return True
    return False if complete else None


def wildcard_services(document: object) -> list[str] | None:
    """The services of which every action is allowed on every resource, sorted; ``*`` for all of them. None: unreadable."""
    found = statements(document)
    if found is None:
        return None
    granted = {action for one in found if _grants_widely(one) for action in _plain(one.actions)}
    denied = {action for one in found if _denies_widely(one) for action in _plain(one.actions)}
    return sorted({action.removesuffix(":*") for action in granted - denied if action == "*" or action.endswith(":*")})


def privilege_escalation(document: object) -> bool | None:
    """Does this policy hold a whole known way to more power (``ESCALATIONS``); an administrator's holds all. None: unreadable."""
    found = statements(document)
    if found is None:
        return None
    return any(all(_allows(found, action) for action in way) for way in ESCALATIONS)


def _joined(documents: Iterable[object]) -> tuple[list[Statement], bool]:
    """All statements of all documents, and whether every document could be read."""
    read = [statements(document) for document in documents]
    return [one for part in read for one in part or ()], None not in read


def _allows(found: Sequence[Statement], action: str) -> bool:
    denied = any(_denies_widely(one) and _includes(one, action) for one in found)
    return not denied and any(_grants(one) and _reaches_a_type(one) and _includes(one, action) for one in found)


def _includes(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(matches(pattern.lower(), action) for pattern in statement.not_actions)
    return any(matches(pattern.lower(), action) for pattern in statement.actions)


def _grants_widely(statement: Statement) -> bool:
    return _grants(statement) and "*" in statement.resources


def _grants(statement: Statement) -> bool:
    return statement.allows and all(condition.key in _UNLIMITING_KEYS for condition in statement.conditions)


def _denies_widely(statement: Statement) -> bool:
    return not statement.allows and not statement.conditions and "*" in statement.resources


def _reaches_a_type(statement: Statement) -> bool:
    """Every resource, or every one of a type (``arn:aws:iam::*:role/*``)."""
    return any(resource == "*" or _EVERY_OF_A_TYPE.fullmatch(resource) for resource in statement.resources)


def _plain(actions: Iterable[str]) -> set[str]:
    """Actions in lower case, with ``*:*`` as ``*``."""
    return {"*" if action == "*:*" else action.lower() for action in actions}
