"""Service accounts and their keys, custom roles, and who has which role on what."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Listing, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.witness import either_way
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.estate import Verb
from skywright.model.kinds.control import AccessKey, Binding, Policy, User
from skywright.model.words import t

USER, KEY, POLICY, BINDING, ACCOUNT = "identity.user", "identity.key", "identity.policy", "identity.binding", "account.account"
PROJECTS = "projects/"
KEY_ASSET = "iam.googleapis.com/ServiceAccountKey"

ADMINISTRATORS = frozenset(
    {
        "roles/owner",
        "roles/iam.securityAdmin",
        "roles/resourcemanager.organizationAdmin",
        "roles/resourcemanager.folderIamAdmin",
        "roles/resourcemanager.projectIamAdmin",
    }
)
"""Roles whose holder may give themselves any other ("Basic and predefined roles reference": they may set the policy)."""

ESCALATIONS = frozenset(
    {
        "iam.roles.update",
        "iam.serviceAccountKeys.create",
        "iam.serviceAccounts.actAs",
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.implicitDelegation",
        "iam.serviceAccounts.setIamPolicy",
        "iam.serviceAccounts.signBlob",
        "iam.serviceAccounts.signJwt",
        "resourcemanager.folders.setIamPolicy",
        "resourcemanager.organizations.setIamPolicy",
        "resourcemanager.projects.setIamPolicy",
    }
)
"""Permissions by which their holder can come by others ("Best practices for using service accounts", privilege escalation)."""

CONSUMER_DOMAINS = ("@gmail.com", "@googlemail.com")
AGENTS = ("@cloudservices.gserviceaccount.com", "@cloudbuild.gserviceaccount.com")
TYPES = {
    "user": "user",
    "group": "group",
    "serviceAccount": "service",
    "domain": "group",
    "principal": "user",
    "principalSet": "group",
}


def service_account(raw: dict[str, Any], place: Place, keys: int | None, roles: Sequence[str] | None) -> User:
    """A ServiceAccount. ``keys``: how many of its own keys work; ``roles``: those that it has on the project (None: not known).
    Roles are told by bindings: none is attached to it."""
    common = names.row(USER, {**raw, "location": GLOBAL}, place, raw["email"])
    return User(
        **{**common, "name": tr.text(raw, "displayName") or raw["email"], "tags": {}},
        state="inactive" if tr.flag(raw, "disabled") else "active",
        password_enabled=False,
        access_keys_active=keys,
        groups=[],
        attached_policies=[],
        inline_policies=[],
        administrator=None if roles is None else not ADMINISTRATORS.isdisjoint(roles),
    )


def access_key(raw: dict[str, Any], place: Place) -> AccessKey:
    """A ServiceAccountKey that its owner manages: ``ADDRESS/KEY``."""
    parts = raw["name"].split("/")
    active = not (tr.flag(raw, "disabled") or False)
    made = tr.moment(raw, "validAfterTime")
    common = names.row(KEY, {"name": raw["name"]}, place, f"{parts[-3]}/{parts[-1]}")
    return AccessKey(
        **{**common, "tags": {}, "created_at": made, "native": names.scrubbed(tr.native(raw, "assetName", "publicKeyData"))},
        state="active" if active else "inactive",
        user_id=place.service_account(parts[-3]),
        active=active,
        rotated_at=made,
        root=False,
    )


def custom_role(raw: dict[str, Any], place: Place, attachments: int | None) -> Policy:
    """A custom Role. ``attachments``: to how many principals it is given in the project (None: not known)."""
    included = tr.texts(raw, "includedPermissions") or []
    return Policy(
        **{**names.row(POLICY, {**raw, "location": GLOBAL}, place), "name": tr.text(raw, "title"), "tags": {}},
        state="deleted" if tr.flag(raw, "deleted") else "active",
        attachments=attachments,
        administrator=False,
        wildcard_services=[],
        privilege_escalation=not ESCALATIONS.isdisjoint(included),
        document=json.dumps({"includedPermissions": sorted(included)}),
    )


def bindings(resource: str, policy: Any, place: Place, domain: str | None) -> Iterator[Binding]:
    """The IAM policy of a resource (by its full name) -> one row a principal and role. ``domain``: the organisation's own."""
    scope = _path(resource, place)
    for role, member, condition in names.members(policy):
        native_id = f"{scope}/{role}/{member}" + (f"/{tr.said(condition, 'title')}" if condition else "")
        yield Binding(
            **place.common(BINDING, native_id),
            name=member,
            state="active",
            tags={},
            native={"role": role, "member": member, "condition": condition, "resource": resource},
            role=role,
            principal=member,
            principal_type="everyone" if member in names.EVERYONE else TYPES.get(member.partition(":")[0]),
            scope=place.at(ACCOUNT, "", scope.removeprefix(PROJECTS)) if _is_project(resource) else scope,
            administrator=role in ADMINISTRATORS,
            everyone=member in names.EVERYONE,
            service_agent=_agent(member),
            external=_external(member, domain),
            conditional=condition is not None,
        )


def _is_project(resource: str) -> bool:
    return resource.startswith("//cloudresourcemanager.googleapis.com/projects/")


def _path(resource: str, place: Place) -> str:
    """A full resource name without the service's host; a project by its id, not by its number."""
    path = resource.partition(".googleapis.com/")[2]
    return f"projects/{place.project(path.removeprefix(PROJECTS))}" if _is_project(resource) else path


def _agent(member: str) -> bool:
    address = member.partition(":")[2]
    return member.startswith("serviceAccount:") and (
        "@gcp-sa-" in address or address.startswith("service-") or address.endswith(AGENTS)
    )


def _external(member: str, domain: str | None) -> bool | None:
    """Is it someone of another organisation. Private addresses are; of others it is known only beside the own domain."""
    kind, _, address = member.partition(":")
    if kind not in ("user", "group", "domain"):
        return False if kind == "serviceAccount" and _agent(member) else None
    if address.endswith(CONSUMER_DOMAINS):
        return True
    return None if domain is None else not (address == domain or address.endswith(f"@{domain}"))


def _read_accounts(reading: Reading) -> None:
    found = reading.here(USER, "iam.googleapis.com/ServiceAccount")
    roles: dict[str, list[str]] | None = None
    keys: Counter[str] | None = None
    if found:
        with reading.columns(USER):
            roles = _roles(reading)
        with reading.columns(USER):
            keys = _counted(reading, [tr.said(raw, "email") for raw in found])

    def one(raw: dict[str, Any]) -> User:
        address = raw["email"]
        held = None if roles is None else roles.get(f"serviceAccount:{address}", [])
        return service_account(raw, reading.place, None if keys is None else keys[address], held)

    reading.take(USER, found, one)


def _roles(reading: Reading) -> dict[str, list[str]]:
    """Principal -> its roles on the project itself."""
    found: dict[str, list[str]] = {}
    for role, member, _ in names.members(reading.project_policy()):
        found.setdefault(member, []).append(role)
    return found


def _counted(reading: Reading, addresses: Sequence[str]) -> Counter[str]:
    """Address -> how many of its keys work. Raises model.errors."""
    known = reading.assets(KEY_ASSET)
    if known is None:
        asked = reading.each(
            USER, addresses, lambda one: list(reading.pages(*_listing(reading, one)[:2], **_listing(reading, one)[2]))
        )
        known = [raw for _, listed in asked for raw in listed or ()]
    own = (raw for raw in known if _own(raw) and not tr.flag(raw, "disabled"))
    return Counter(tr.said(raw, "name").split("/")[-3] for raw in own)


def _own(raw: Any) -> bool:
    """Google's own keys of a service account come and go by themselves."""
    return tr.text(raw, "keyType") in ("USER_MANAGED", None) and tr.said(raw, "name").count("/") >= 5


def _listing(reading: Reading, address: str) -> Listing:
    name = f"projects/{reading.account}/serviceAccounts/{address}"
    return "iam.projects.serviceAccounts.keys.list", "keys", {"name": name, "keyTypes": ["USER_MANAGED"]}


def _read_keys(reading: Reading) -> None:
    held = reading.below(KEY, KEY_ASSET, lambda: _addresses(reading), lambda address: _listing(reading, address))
    wanted = [raw for raw in held if _own(raw) and reading.wants("/".join(raw["name"].split("/")[-3::2]))]
    for row in reading.take(KEY, wanted, lambda raw: access_key(raw, reading.place)):
        reading.relate(row.id, Verb.OWNED_BY, row.user_id)


def _addresses(reading: Reading) -> list[str]:
    if reading.only is not None:
        return reading.parents()
    return [tr.said(raw, "email") for raw in reading.here(KEY, "iam.googleapis.com/ServiceAccount")]


def _read_roles(reading: Reading) -> None:
    found = reading.here(POLICY, "iam.googleapis.com/Role")
    given: Counter[str] | None = None
    if found:
        with reading.columns(POLICY):
            given = Counter(role for role, _, _ in names.members(reading.project_policy()))
    reading.take(POLICY, found, lambda raw: custom_role(raw, reading.place, None if given is None else given[tr.said(raw, "name")]))


def _read_bindings(reading: Reading) -> None:
    domain: str | None = None
    with reading.columns(BINDING):
        domain = _domain(reading)
    for resource, policy in sorted(_policies(reading).items()):
        rows = bindings(resource, policy, reading.place, domain)
        reading.take(BINDING, (row for row in rows if reading.wants(row.native_id)), lambda row: row)


def _policies(reading: Reading) -> dict[str, Any]:
    """Every policy of the project, or, where the inventory does not tell, that of the project alone: others are missing then."""
    if reading.only is None:
        try:
            return reading.policies()
        except SkywrightError as error:
            reading.gap(BINDING, error)
    elif not all(native_id.startswith(f"projects/{reading.account}/") for native_id in reading.only):
        reading.gap(
            BINDING, AskHuman(t("Only the inventory tells who has a role on a single resource, and it may be hours behind."))
        )
    return {f"//cloudresourcemanager.googleapis.com/projects/{reading.account}": reading.project_policy()}


def _domain(reading: Reading) -> str | None:
    """The domain of the organisation, as far as we may see it."""

    def ask() -> str | None:
        try:
            with either_way("organizations"):
                listed = list(reading.pages("cloudresourcemanager.organizations.search", "organizations"))
        except SkywrightError:
            return None  # who is outside is then unknown, and nothing else
        return tr.text(listed[0], "displayName") if len(listed) == 1 else None

    return reading.shared("domain", ask)


READERS = (
    Reader(
        name="service accounts",
        service="iam",
        kinds=(USER,),
        read=_read_accounts,
        is_global=True,
        permissions=("iam.serviceAccounts.list", "iam.serviceAccountKeys.list", "resourcemanager.projects.getIamPolicy"),
    ),
    Reader(
        name="service account keys",
        service="iam",
        kinds=(KEY,),
        read=_read_keys,
        is_global=True,
        permissions=("iam.serviceAccounts.list", "iam.serviceAccountKeys.list"),
    ),
    Reader(
        name="custom roles",
        service="iam",
        kinds=(POLICY,),
        read=_read_roles,
        is_global=True,
        permissions=("iam.roles.list", "resourcemanager.projects.getIamPolicy"),
    ),
    Reader(
        name="bindings",
        service="cloudresourcemanager",
        kinds=(BINDING,),
        read=_read_bindings,
        is_global=True,
        permissions=("cloudasset.assets.listIamPolicy", "resourcemanager.projects.getIamPolicy"),
    ),
)
