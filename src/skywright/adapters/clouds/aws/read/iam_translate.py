"""What IAM answers -> users, groups, roles, policies, access keys. Pure.

AWS's own managed policies are not read: of more than a thousand one alone allows every action on every resource.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.privilege import administrator, privilege_escalation, wildcard_services
from skywright.adapters.clouds.aws.read.place import Place
from skywright.adapters.clouds.aws.trust import external_id_required, trusts_accounts, trusts_anyone
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.canonical import canonical
from skywright.model.kinds.control import AccessKey, PasswordPolicy, Policy, Role, User, UserGroup

ROOT = "<root_account>"
ADMINISTRATOR_ACCESS = ":iam::aws:policy/AdministratorAccess"
_ALL_POWER = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_NO_POWER: dict[str, Any] = {"Statement": []}
_TOLERANCE = timedelta(seconds=1)  # the report cuts fractions of a second

Policies = Mapping[str, object]
"""ARN of each policy of the account -> its document in force."""

Report = Mapping[str, Mapping[str, str]]
"""The credential report: user name -> column -> text."""


class KeyUse(msgspec.Struct, frozen=True):
    """When a key was last used; ``at`` None with ``known``: never."""

    known: bool
    at: datetime | None = None


def report_of(content: object) -> dict[str, dict[str, str]]:
    """The CSV of GetCredentialReport (IAM user guide, "Understanding the report format") -> rows by user. Raises ValueError."""
    text = content.decode() if isinstance(content, bytes) else content
    if not isinstance(text, str) or not text.startswith("user,"):
        raise ValueError("a credential report begins with its column names")
    return {row["user"]: {name: value or "" for name, value in row.items() if name} for row in csv.DictReader(text.splitlines())}


def documents_of(policies: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    """Managed policies -> the document in force of each, by ARN."""
    return {arn: document_in_force(raw) for raw in policies if (arn := tr.text(raw, "Arn"))}


def document_in_force(raw: Mapping[str, Any]) -> object:
    """The default version's document."""
    return next((tr.at(one, "Document") for one in tr.items(raw, "PolicyVersionList") if tr.flag(one, "IsDefaultVersion")), None)


def user(raw: dict[str, Any], place: Place, policies: Policies, groups: Mapping[str, Mapping[str, Any]]) -> User:
    """One of UserDetailList. What the credential report and the list of keys tell is added by ``with_credentials``."""
    names = tr.texts(raw, "GroupList") or []
    own = _documents(raw, "UserPolicyList", policies)
    through = [document for name in names for document in _documents(groups.get(name), "GroupPolicyList", policies)]
    boundary = tr.text(raw, "PermissionsBoundary", "PermissionsBoundaryArn")
    return User(
        **place.common(User.KIND, raw["UserName"]),
        name=raw["UserName"],
        tags=tr.tags(raw.get("Tags")),
        created_at=tr.moment(raw, "CreateDate"),
        groups=[place.id(UserGroup.KIND, name) for name in sorted(names)],
        attached_policies=_attached(raw, place),
        inline_policies=_inline(raw, "UserPolicyList"),
        administrator=_bounded(administrator([*own, *through]), boundary, policies),
        native=tr.native(raw),
    )


def with_credentials(row: User, report: Mapping[str, str] | None, keys: Sequence[AccessKey] | None) -> User:
    """A user with what the credential report (None: not known) and the list of the user's keys (None: not known) tell."""
    told = report or {}
    password_used = tr.moment(told, "password_last_used")
    uses = [password_used, *(key.last_used_at for key in keys or ())]
    return msgspec.structs.replace(
        row,
        password_enabled=tr.flag(told, "password_enabled"),
        password_last_used_at=password_used,
        password_changed_at=tr.moment(told, "password_last_changed"),
        mfa=tr.flag(told, "mfa_active"),
        access_keys_active=None if keys is None else sum(bool(key.active) for key in keys),
        last_active_at=max((when for when in uses if when), default=None),
    )


def group(raw: dict[str, Any], place: Place, policies: Policies, members: int | None) -> UserGroup:
    """One of GroupDetailList. ``members``: how many users are in it; None: not known."""
    return UserGroup(
        **place.common(UserGroup.KIND, raw["GroupName"]),
        name=raw["GroupName"],
        created_at=tr.moment(raw, "CreateDate"),
        members=members,
        attached_policies=_attached(raw, place),
        inline_policies=_inline(raw, "GroupPolicyList"),
        administrator=administrator(_documents(raw, "GroupPolicyList", policies)),
        native=tr.native(raw),
    )


def role(raw: dict[str, Any], place: Place, policies: Policies, max_session_s: int | None = None) -> Role:
    """One of RoleDetailList. ``last_used_at`` None: not in the last 400 days (GetRole, RoleLastUsed)."""
    trust = raw.get("AssumeRolePolicyDocument")
    boundary = tr.said(raw, "PermissionsBoundary", "PermissionsBoundaryArn")
    return Role(
        **place.common(Role.KIND, raw["RoleName"]),
        name=raw["RoleName"],
        tags=tr.tags(raw.get("Tags")),
        created_at=tr.moment(raw, "CreateDate"),
        service_linked=tr.said(raw, "Path").startswith("/aws-service-role/"),
        trusts_anyone=trusts_anyone(trust),
        trusts_accounts=trusts_accounts(trust),
        external_id_required=external_id_required(trust, place.account),
        last_used_at=tr.moment(raw, "RoleLastUsed", "LastUsedDate"),
        attached_policies=_attached(raw, place),
        inline_policies=_inline(raw, "RolePolicyList"),
        permissions_boundary=boundary,
        administrator=_bounded(administrator(_documents(raw, "RolePolicyList", policies)), boundary, policies),
        max_session_s=max_session_s,
        native=tr.native(raw, "RoleLastUsed"),
    )


def policy(raw: dict[str, Any], place: Place) -> Policy:
    """One of the account's own managed policies."""
    document = document_in_force(raw)
    name = tr.text(raw, "PolicyName") or tr.tail(raw["Arn"]) or ""
    return Policy(
        **place.common(Policy.KIND, name),
        name=name,
        created_at=tr.moment(raw, "CreateDate"),
        attachments=tr.integer(raw, "AttachmentCount"),
        administrator=administrator([document]),
        wildcard_services=wildcard_services(document),
        privilege_escalation=privilege_escalation(document),
        document=_as_text(document),
        native=tr.native(raw, "PolicyVersionList"),
    )


def access_key(raw: dict[str, Any], place: Place, use: KeyUse) -> AccessKey:
    """One of ListAccessKeys (which never tells the secret)."""
    status = tr.said(raw, "Status")
    return AccessKey(
        **place.common(AccessKey.KIND, raw["AccessKeyId"]),
        name=tr.text(raw, "UserName"),
        state=status.lower() or None,
        created_at=tr.moment(raw, "CreateDate"),
        user_id=place.ref(User.KIND, tr.text(raw, "UserName")),
        active={"Active": True, "Inactive": False}.get(status),
        rotated_at=tr.moment(raw, "CreateDate"),
        last_used_at=use.at,
        used=use.at is not None if use.known else None,
        root=False,
        native=tr.native(raw),
    )


def root_keys(report: Mapping[str, str], place: Place) -> list[AccessKey]:
    """The root user's keys, which no call lists: the credential report tells them without their ids."""
    return [_root_key(report, place, slot) for slot in (1, 2) if tr.moment(report, f"access_key_{slot}_last_rotated")]


def _root_key(report: Mapping[str, str], place: Place, slot: int) -> AccessKey:
    active = tr.flag(report, f"access_key_{slot}_active")
    used_at = tr.moment(report, f"access_key_{slot}_last_used_date")
    return AccessKey(
        **place.common(AccessKey.KIND, f"root-{slot}"),
        name=ROOT,
        state={True: "active", False: "inactive", None: None}[active],
        active=active,
        rotated_at=tr.moment(report, f"access_key_{slot}_last_rotated"),
        last_used_at=used_at,
        used=used_at is not None,
        root=True,
    )


def key_use(raw: Mapping[str, Any], report: Mapping[str, str] | None) -> KeyUse:
    """When a key was last used, by the report: its slot there is the one with the same day of birth."""
    born = tr.moment(raw, "CreateDate")
    for slot in (1, 2):
        rotated = tr.moment(report, f"access_key_{slot}_last_rotated")
        if born and rotated and abs(born - rotated) <= _TOLERANCE:
            return KeyUse(known=True, at=tr.moment(report, f"access_key_{slot}_last_used_date"))
    return KeyUse(known=False)


def may_have_keys(report: Mapping[str, str] | None) -> bool:
    """Does the report leave room for keys: a user who is younger than the report is not in it."""
    return not report or any(tr.moment(report, f"access_key_{slot}_last_rotated") for slot in (1, 2))


def password_policy(answer: Mapping[str, Any] | None, place: Place) -> PasswordPolicy:
    """GetAccountPasswordPolicy -> the rules in force. None: no policy is set, and none of ours are asked for."""
    raw = tr.at(answer, "PasswordPolicy") if answer else {}
    if answer and not isinstance(raw, dict):
        raise ValueError("GetAccountPasswordPolicy without PasswordPolicy")
    return PasswordPolicy(
        **place.common(PasswordPolicy.KIND, "default"),
        name="default",
        configured=answer is not None,
        minimum_length=tr.integer({"MinimumPasswordLength": 0} | raw, "MinimumPasswordLength"),
        require_uppercase=_flag_or_no(raw, "RequireUppercaseCharacters"),
        require_lowercase=_flag_or_no(raw, "RequireLowercaseCharacters"),
        require_numbers=_flag_or_no(raw, "RequireNumbers"),
        require_symbols=_flag_or_no(raw, "RequireSymbols"),
        max_age_days=tr.integer({"MaxPasswordAge": 0} | raw, "MaxPasswordAge"),
        reuse_prevention=tr.integer({"PasswordReusePrevention": 0} | raw, "PasswordReusePrevention"),
        native=tr.native(raw),
    )


def _flag_or_no(raw: Mapping[str, Any], name: str) -> bool | None:
    return tr.flag(raw, name) if name in raw else False


def _attached(raw: Mapping[str, Any], place: Place) -> list[str]:
    """The account's own policies by id, AWS's by ARN."""
    arns = [tr.said(one, "PolicyArn") for one in tr.items(raw, "AttachedManagedPolicies")]
    return tr.sorted_texts(arn if ":iam::aws:" in arn else place.ref(Policy.KIND, tr.tail(arn)) for arn in arns)


def _inline(raw: Mapping[str, Any], key: str) -> list[str]:
    return tr.sorted_texts(tr.text(one, "PolicyName") for one in tr.items(raw, key))


def _documents(raw: Mapping[str, Any] | None, inline: str, policies: Policies) -> list[object]:
    """Every document that gives power to a user, group or role. None stands for one that is not known."""
    if raw is None:
        return [None]
    attached = [tr.said(one, "PolicyArn") for one in tr.items(raw, "AttachedManagedPolicies")]
    return [
        *(tr.at(one, "PolicyDocument") for one in tr.items(raw, inline)),
        *(_managed(arn, policies) for arn in attached),
    ]


def _managed(arn: str, policies: Policies) -> object:
    if ":iam::aws:" in arn:
        return _ALL_POWER if arn.endswith(ADMINISTRATOR_ACCESS) else _NO_POWER
    return policies.get(arn)


def _bounded(power: bool | None, boundary: str | None, policies: Policies) -> bool | None:
    """A permissions boundary allows no more than it says itself."""
    if not boundary or power is False:
        return power
    limit = administrator([_managed(boundary, policies)])
    return power if limit else limit


def _as_text(document: object) -> str | None:
    if isinstance(document, dict):
        return canonical(document).decode()
    return document if isinstance(document, str) else None
