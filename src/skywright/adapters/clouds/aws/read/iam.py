"""Identities: users, groups, roles, policies, access keys, the rules for passwords.

calls                                         for
get_account_authorization_details             users, groups, roles and policies with all their documents
generate_credential_report, get_...           passwords, second factors, use of keys (AWS renews it every four hours)
list_roles                                    max_session_s
list_access_keys                              one call for each user who has keys
get_access_key_last_used                      only for a key that is younger than the report
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.aws.read import iam_translate as iam
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.place import arn_id
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import DRIFT, Links, Reader, misunderstood
from skywright.model.errors import NotThere
from skywright.model.estate import Verb
from skywright.model.kinds.control import AccessKey, PasswordPolicy, Policy, Role, User, UserGroup

USER, GROUP, ROLE, POLICY, KEY = User.KIND, UserGroup.KIND, Role.KIND, Policy.KIND, AccessKey.KIND
_LISTS = {"User": "UserDetailList", "Group": "GroupDetailList", "Role": "RoleDetailList", "LocalManagedPolicy": "Policies"}

Raw = dict[str, Any]


def credential_report(reading: Reading) -> dict[str, dict[str, str]]:
    """The account's credential report, by user name; the root user is ``<root_account>``. Raises model.errors."""

    def ask() -> dict[str, dict[str, str]]:
        reading.call("generate_credential_report", service="iam")
        answer = reading.call("get_credential_report", service="iam")
        try:
            return iam.report_of(answer.get("Content"))
        except DRIFT as error:
            raise misunderstood("AWS", "GetCredentialReport", error) from error

    return reading.shared("iam report", ask)


def _details(reading: Reading, of: str) -> list[Raw]:
    """One of the lists of GetAccountAuthorizationDetails, which gives all of them together."""

    def ask() -> dict[str, list[Raw]]:
        found: dict[str, list[Raw]] = defaultdict(list)
        for page in reading.pages("get_account_authorization_details", "", Filter=list(_LISTS), MaxItems=1000):
            for name, key in _LISTS.items():
                found[name] += tr.items(page, key)
        return found

    return reading.shared("iam details", ask)[of]


def _or_nothing(reading: Reading, kind: str, ask: Callable[[], Any]) -> Any:
    """An answer that only some columns of ``kind`` need; None where it cannot be had."""
    with reading.columns(kind):
        return ask()
    return None


def _policies(reading: Reading, kind: str) -> dict[str, object]:
    """The documents of the account's policies; without them some powers stay unknown."""
    return iam.documents_of(_or_nothing(reading, kind, lambda: _details(reading, "LocalManagedPolicy")) or ())


def _keys_of(reading: Reading, name: str) -> list[Raw]:
    def ask() -> list[Raw]:
        try:
            return list(reading.pages("list_access_keys", "AccessKeyMetadata", UserName=name))
        except NotThere:  # the user went away meanwhile
            return []

    return reading.shared(f"iam keys of {name}", ask)


def _read_identities(reading: Reading) -> None:
    """Each list stands for itself: one that fails is a gap of its own kind."""
    with reading.part(USER):
        _read_users(reading)
    with reading.part(GROUP):
        _read_groups(reading)
    with reading.part(ROLE):
        _read_roles(reading)
    with reading.part(POLICY):
        reading.take(POLICY, _wanted(reading, "LocalManagedPolicy"), lambda raw: iam.policy(raw, reading.place))


def _wanted(reading: Reading, of: str) -> list[Raw]:
    def name(raw: Raw) -> str:
        return (
            tr.text(raw, "UserName") or tr.text(raw, "GroupName") or tr.text(raw, "RoleName") or tr.tail(tr.said(raw, "Arn")) or ""
        )

    return [raw for raw in _details(reading, of) if reading.wants(name(raw))]


def _read_users(reading: Reading) -> None:
    listed = _wanted(reading, "User")
    if not listed:
        return
    groups = {raw.get("GroupName", ""): raw for raw in _or_nothing(reading, USER, lambda: _details(reading, "Group")) or ()}
    report = _or_nothing(reading, USER, lambda: credential_report(reading))
    policies = _policies(reading, USER)
    keys = dict(_keys_by_user(reading, USER, [str(raw.get("UserName")) for raw in listed], report))

    def row(raw: Raw) -> User:
        plain = iam.user(raw, reading.place, policies, groups)
        return iam.with_credentials(plain, report and report.get(plain.native_id), keys.get(plain.native_id))

    reading.take(USER, listed, row, _user_links)


def _keys_by_user(
    reading: Reading, kind: str, names: list[str], report: dict[str, dict[str, str]] | None
) -> list[tuple[str, list[AccessKey] | None]]:
    """User name -> keys (None: not known); only users who may have some are asked about."""

    def ask(name: str) -> list[AccessKey]:
        about = (report or {}).get(name)
        if not iam.may_have_keys(about):
            return []
        return [iam.access_key(raw, reading.place, _use(reading, raw, about)) for raw in _keys_of(reading, name)]

    return reading.each(kind, names, ask)


def _use(reading: Reading, raw: Raw, report: dict[str, str] | None) -> iam.KeyUse:
    """By the report, or by a call where the report does not know the key."""
    told = iam.key_use(raw, report)
    if told.known:
        return told

    def ask() -> iam.KeyUse:
        answer = reading.call("get_access_key_last_used", AccessKeyId=raw["AccessKeyId"])
        return iam.KeyUse(known=True, at=tr.moment(answer, "AccessKeyLastUsed", "LastUsedDate"))

    return reading.shared(f"iam use of {raw.get('AccessKeyId')}", ask)


def _user_links(row: User) -> Links:
    yield from ((Verb.MEMBER_OF, group) for group in row.groups or ())
    yield from _policy_links(row)


def _policy_links(row: User | UserGroup | Role) -> Links:
    """The account's own policies; AWS's are no resources of ours."""
    yield from ((Verb.USES, policy) for policy in row.attached_policies or () if not policy.startswith("arn:"))


def _read_groups(reading: Reading) -> None:
    listed = _wanted(reading, "Group")
    users = _or_nothing(reading, GROUP, lambda: _details(reading, "User"))
    members = Counter(name for raw in users or () for name in tr.texts(raw, "GroupList") or ())
    policies = _policies(reading, GROUP)

    def row(raw: Raw) -> UserGroup:
        return iam.group(raw, reading.place, policies, None if users is None else members[raw["GroupName"]])

    reading.take(GROUP, listed, row, _policy_links)


def _read_roles(reading: Reading) -> None:
    listed = _wanted(reading, "Role")
    policies = _policies(reading, ROLE)
    sessions: dict[str, int | None] = {}
    with reading.columns(ROLE):
        described = reading.pages("list_roles", "Roles", MaxItems=1000)
        sessions = {raw.get("RoleName", ""): tr.integer(raw, "MaxSessionDuration") for raw in described}

    def row(raw: Raw) -> Role:
        return iam.role(raw, reading.place, policies, sessions.get(raw["RoleName"]))

    def links(row: Role) -> Links:
        yield from _policy_links(row)
        if row.permissions_boundary and ":iam::aws:" not in row.permissions_boundary:
            yield Verb.USES, arn_id(POLICY, row.permissions_boundary)

    reading.take(ROLE, listed, row, links)


def _read_keys(reading: Reading) -> None:
    report = _or_nothing(reading, KEY, lambda: credential_report(reading))
    names = _owners(reading) if reading.only is not None else [str(raw.get("UserName")) for raw in _details(reading, "User")]
    for _, keys in _keys_by_user(reading, KEY, names, report):
        if keys is None:
            reading.gap(KEY, reading.partials[KEY])  # whole rows are missing, not columns
        for row in keys or ():
            if reading.wants(row.native_id):
                reading.add(row)
                reading.relate(row.id, Verb.USES, row.user_id)
    for row in iam.root_keys((report or {}).get(iam.ROOT, {}), reading.place):
        if reading.wants(row.native_id):
            reading.add(row)


def _owners(reading: Reading) -> list[str]:
    """The users that the wanted keys belong to, from the keys themselves."""
    names = set()
    for key in sorted(reading.only or ()):
        if not key.startswith("root-"):
            answer = reading.maybe("get_access_key_last_used", AccessKeyId=key)
            names.add(tr.said(answer, "UserName"))
    return sorted(names - {""})


def _read_password_policy(reading: Reading) -> None:
    answer = reading.maybe("get_account_password_policy")
    reading.take(PasswordPolicy.KIND, [answer], lambda raw: iam.password_policy(raw, reading.place))


READERS: tuple[Reader, ...] = (
    Reader(
        name="identities",
        service="iam",
        kinds=(USER, GROUP, ROLE, POLICY),
        read=_read_identities,
        permissions=(
            "iam:GetAccountAuthorizationDetails",
            "iam:GenerateCredentialReport",
            "iam:GetCredentialReport",
            "iam:ListRoles",
            "iam:ListAccessKeys",
            "iam:GetAccessKeyLastUsed",
        ),
        is_global=True,
    ),
    Reader(
        name="access-keys",
        service="iam",
        kinds=(KEY,),
        read=_read_keys,
        permissions=(
            "iam:GetAccountAuthorizationDetails",
            "iam:GenerateCredentialReport",
            "iam:GetCredentialReport",
            "iam:ListAccessKeys",
            "iam:GetAccessKeyLastUsed",
        ),
        is_global=True,
    ),
    Reader(
        name="password-policy",
        service="iam",
        kinds=(PasswordPolicy.KIND,),
        read=_read_password_policy,
        permissions=("iam:GetAccountPasswordPolicy",),
        is_global=True,
    ),
)
