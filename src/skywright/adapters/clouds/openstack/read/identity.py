"""Keystone: projects and domains, users, groups, roles, who has which, and long-lived credentials."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.openstack.place import CLOUD, IDENTITY, Place, name_of, words
from skywright.adapters.clouds.openstack.read.base import Reading
from skywright.model.estate import Verb
from skywright.model.kinds import resource_id
from skywright.model.kinds.control import AccessKey, Account, AccountGroup, Binding, Role, User, UserGroup

ACCOUNT, DOMAIN, USER, GROUP, ROLE, BINDING, KEY = (
    "account.account",
    "account.group",
    "identity.user",
    "identity.group",
    "identity.role",
    "identity.binding",
    "identity.key",
)
ADMIN = "admin"
BUILT_IN = ("admin", "manager", "member", "reader", "service")
"""Roles that ``keystone-manage bootstrap`` makes (Keystone, "Default roles")."""


def project(raw: dict[str, Any], place: Place, home: str, admins: Mapping[str, int] | None) -> Account:
    """One project. ``home``: the project with which domains are shown; ``admins``: project -> how many have the role admin on
    it; None: unknown."""
    parent = tr.said(raw, "parent_id")
    domain = tr.said(raw, "domain_id")
    return Account(
        **place.common(ACCOUNT, raw["id"]),
        name=name_of(raw),
        state="active" if tr.flag(raw, "enabled") else "disabled",
        tags=words(raw.get("tags")),
        native=tr.native(raw, "links"),
        organization=domain,
        display_name=name_of(raw),
        parent=resource_id(CLOUD, parent, GLOBAL, ACCOUNT, parent)
        if parent and parent != domain
        else domain and resource_id(CLOUD, home, GLOBAL, DOMAIN, domain),
        administrators=None if admins is None else admins.get(raw["id"], 0),
    )


def domain(raw: dict[str, Any], place: Place) -> AccountGroup:
    """One of ``GET /domains``."""
    return AccountGroup(
        **place.common(DOMAIN, raw["id"]),
        name=name_of(raw),
        state="active" if tr.flag(raw, "enabled") else "disabled",
        tags=words(raw.get("tags")),
        native=tr.native(raw, "links"),
        type="domain",
        display_name=name_of(raw),
    )


def user(raw: dict[str, Any], place: Place, administrators: frozenset[str] | None, keys: Mapping[str, int] | None) -> User:
    """One of ``GET /users``. A user of Keystone's own has a password; one of another identity provider does not here."""
    enabled = tr.flag(raw, "enabled")
    return User(
        **place.common(USER, raw["id"]),
        name=name_of(raw),
        state=None if enabled is None else "active" if enabled else "disabled",
        native=tr.native(raw, "links", "password", "email"),
        password_enabled=None if enabled is None else enabled and not _federated(raw),
        mfa=tr.flag(raw, "options", "multi_factor_auth_enabled") or False,
        access_keys_active=None if keys is None else keys.get(raw["id"], 0),
        last_active_at=tr.moment(raw, "last_active_at"),
        attached_policies=[],
        inline_policies=[],
        administrator=None if administrators is None else raw["id"] in administrators,
    )


def _federated(raw: Any) -> bool:
    return bool(tr.items(raw, "federated")) and "password_expires_at" not in raw


def group(raw: dict[str, Any], place: Place, members: Sequence[Any] | None, administrators: frozenset[str] | None) -> UserGroup:
    """One of ``GET /groups``."""
    return UserGroup(
        **place.common(GROUP, raw["id"]),
        name=name_of(raw),
        native=tr.native(raw, "links"),
        members=None if members is None else len(members),
        attached_policies=[],
        inline_policies=[],
        administrator=None if administrators is None else raw["id"] in administrators,
    )


def role(raw: dict[str, Any], place: Place) -> Role:
    """One of ``GET /roles``. A role is given, never assumed. ``service_linked``: Keystone's own."""
    return Role(
        **place.common(ROLE, raw["id"]),
        name=name_of(raw),
        native=tr.native(raw, "links"),
        service_linked=name_of(raw) in BUILT_IN and not tr.text(raw, "domain_id"),
        trusts_anyone=False,
        trusts_accounts=[],
        administrator=name_of(raw) == ADMIN,
    )


def binding(raw: dict[str, Any], place: Place) -> Binding:
    """One of ``GET /role_assignments?include_names=True``."""
    kind = "group" if "group" in raw else "user"
    who, scope = raw[kind], raw["scope"]
    inherited = scope.get("OS-INHERIT:inherited_to")
    what, whose = next((name, scope[name]) for name in ("project", "domain", "system") if name in scope)
    about = "all" if what == "system" else whose["id"]
    parts = (raw["role"]["id"], kind, who["id"], what, about, "inherited" if inherited else "")
    service = tr.text(raw, "role", "name") == "service"
    return Binding(
        **place.common(BINDING, ":".join(part for part in parts if part)),
        name=f"{tr.said(who, 'name')}: {tr.said(raw, 'role', 'name')}",
        native=tr.native(raw, "links"),
        role=place.ref(ROLE, raw["role"]["id"]),
        principal=who["id"],
        principal_type="service" if service else kind,
        scope=_scope(what, about, place),
        administrator=tr.text(raw, "role", "name") == ADMIN,
        everyone=False,
        service_agent=service,
        external=_foreign(who, whose) if what == "project" else False,
        conditional=False,
    )


def _scope(what: str, about: str, place: Place) -> str:
    if what == "system":
        return "system"
    return resource_id(CLOUD, about, GLOBAL, ACCOUNT, about) if what == "project" else place.id(DOMAIN, about)


def _foreign(who: Any, whose: Any) -> bool | None:
    one, other = tr.text(who, "domain", "id"), tr.text(whose, "domain", "id")
    return None if one is None or other is None else one != other


def binding_links(row: Binding) -> Links:
    """An assignment gives a role to somebody, on something."""
    yield Verb.USES, row.role
    if row.scope and row.scope.startswith("openstack:"):
        yield Verb.TARGETS, row.scope


def application_credential(raw: dict[str, Any], owner: str, place: Place) -> AccessKey:
    """One of a user's application credentials; its secret is never told again by Keystone."""
    return AccessKey(
        **place.common(KEY, raw["id"]),
        name=name_of(raw),
        state="active",
        native=tr.native(raw, "links", "secret") | {"type": "application-credential"},
        user_id=place.id(USER, owner),
        active=True,
        root=False,
    )


def credential(raw: dict[str, Any], place: Place) -> AccessKey:
    """One of ``GET /credentials`` (keys for the EC2 and S3 APIs). Its blob holds the secret, and is left out."""
    return AccessKey(
        **place.common(KEY, raw["id"]),
        state="active",
        native={"type": raw.get("type"), "project_id": raw.get("project_id")},
        user_id=place.ref(USER, tr.text(raw, "user_id")),
        active=True,
        root=False,
    )


def key_links(row: AccessKey) -> Links:
    """A key acts as its user."""
    yield Verb.ACTS_AS, row.user_id


def _assignments(reading: Reading) -> list[Any]:
    query = {"include_names": "True"}
    found: list[Any] = reading.once(
        "assignments", lambda: reading.get("/role_assignments", service=IDENTITY, query=query)["role_assignments"]
    )
    return found


def _administrators(reading: Reading, kind: str) -> frozenset[str]:
    return frozenset(raw[kind]["id"] for raw in _assignments(reading) if kind in raw and tr.text(raw, "role", "name") == ADMIN)


def _read_project(reading: Reading) -> None:
    admins: dict[str, int] | None = None
    with reading.columns(ACCOUNT):
        admins = defaultdict(int)
        for raw in _assignments(reading):
            if tr.text(raw, "role", "name") == ADMIN and (about := tr.text(raw, "scope", "project", "id")):
                admins[about] += 1
    found = reading.get("/projects/{}", reading.account)["project"]
    reading.take(ACCOUNT, [found], lambda raw: project(raw, reading.place, reading.login.home, admins))


def _read_domains(reading: Reading) -> None:
    reading.take(DOMAIN, reading.get("/domains")["domains"], lambda raw: domain(raw, reading.place))


def _read_users(reading: Reading) -> None:
    administrators = keys = None
    with reading.columns(USER):
        administrators = _administrators(reading, "user")
    raws = _whole(reading.get("/users"), "users")
    with reading.columns(USER):
        keys = _key_counts(reading, raws)
    reading.take(USER, raws, lambda raw: user(raw, reading.place, administrators, keys))


def _whole(body: Any, key: str) -> list[Any]:
    """The list under a key. Raises ValueError when Keystone has cut it short."""
    if body.get("truncated"):
        raise ValueError(f"the list of {key} is cut short by the server")
    found: list[Any] = body[key]
    return found


def _key_counts(reading: Reading, raws: Sequence[Any]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for raw in _credentials(reading):
        counts[tr.said(raw, "user_id")] += 1
    for raw in raws:
        counts[raw["id"]] += len(_own_keys(reading, raw["id"]))
    return counts


def _credentials(reading: Reading) -> list[Any]:
    found: list[Any] = reading.once("credentials", lambda: reading.get("/credentials", query={"type": "ec2"})["credentials"])
    return found


def _own_keys(reading: Reading, owner: str) -> list[Any]:
    path = "/users/{}/application_credentials"
    found: list[Any] = reading.once(f"keys of {owner}", lambda: reading.get(path, owner)["application_credentials"])
    return found


def _read_groups(reading: Reading) -> None:
    administrators = None
    with reading.columns(GROUP):
        administrators = _administrators(reading, "group")
    raws = _whole(reading.get("/groups"), "groups")
    answers = reading.each(GROUP, raws, lambda raw: reading.get("/groups/{}/users", raw["id"])["users"])
    members = {raw["id"]: found for raw, found in answers}
    reading.take(GROUP, raws, lambda raw: group(raw, reading.place, members.get(raw["id"]), administrators))


def _read_roles(reading: Reading) -> None:
    with reading.part(ROLE):
        reading.take(ROLE, _whole(reading.get("/roles"), "roles"), lambda raw: role(raw, reading.place))
    with reading.part(BINDING):
        reading.take(BINDING, _assignments(reading), lambda raw: binding(raw, reading.place), binding_links)


def _read_keys(reading: Reading) -> None:
    """Those of all users where we may list users; at least our own."""
    with reading.part(KEY):
        users = [raw["id"] for raw in _whole(reading.get("/users"), "users")]
        _take_keys(reading, users)
    if KEY in reading.failures:
        _take_keys(reading, [reading.login.user])
    with reading.part(KEY):
        reading.take(KEY, _credentials(reading), lambda raw: credential(raw, reading.place), key_links)


def _take_keys(reading: Reading, users: Sequence[str]) -> None:
    for owner, listed in reading.each(KEY, users, lambda owner: _own_keys(reading, owner), needed=True):
        pairs = [(raw, owner) for raw in listed or ()]
        reading.take(KEY, pairs, lambda pair: application_credential(*pair, reading.place), key_links)


def _reader(name: str, kinds: tuple[str, ...], read: Any, *permissions: str) -> Reader:
    named = tuple(f"identity:{one}" for one in permissions)
    return Reader(name=name, service=IDENTITY, kinds=kinds, read=read, permissions=named, is_global=True)


READERS = (
    _reader("project", (ACCOUNT,), _read_project, "get_project", "list_role_assignments"),
    _reader("domains", (DOMAIN,), _read_domains, "list_domains"),
    _reader("users", (USER,), _read_users, "list_users", "list_role_assignments"),
    _reader("groups", (GROUP,), _read_groups, "list_groups", "list_users_in_group"),
    _reader("roles", (ROLE, BINDING), _read_roles, "list_roles", "list_role_assignments"),
    _reader("credentials", (KEY,), _read_keys, "list_application_credentials", "list_credentials"),
)
