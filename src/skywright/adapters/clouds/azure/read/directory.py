"""The tenant: users, groups and applications of Microsoft Entra ID, management groups, reservations. One account, the tenant's."""

from datetime import datetime
from typing import Any

from skywright.adapters.clouds.azure.calls import TENANT
from skywright.adapters.clouds.azure.read.base import Place, Reading, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import AccessKey, AccountGroup, Commitment, User, UserGroup
from skywright.model.redact import scrub

USER, USERS_GROUP, KEY = "identity.user", "identity.group", "identity.key"
GROUP, COMMITMENT = "account.group", "finance.commitment"
SERVICES = frozenset({"directory", "management-groups", "reservations"})
"""Services that are asked once for the tenant, not for every subscription."""

USER_FIELDS = "id,displayName,userPrincipalName,userType,accountEnabled,createdDateTime,lastPasswordChangeDateTime"
APP_FIELDS = "id,appId,displayName,createdDateTime,passwordCredentials,keyCredentials"


def users(reading: Reading) -> list[dict[str, Any]]:
    """Every user of the tenant, asked once. Raises model.errors."""
    path = f"/v1.0/users?$select={USER_FIELDS}&$top=999"
    reading.allowed("directory")
    return reading.tenant_shared("users", lambda: list(reading.calls.graph_pages(path)))


def user(raw: dict[str, Any], place: Place, registered: dict[str, bool] | None) -> User:
    """A person. ``registered``: who has a second factor; None: could not be read."""
    return User(
        **_head(USER, raw, place),
        name=tr.text(raw, "userPrincipalName"),
        state="enabled" if tr.flag(raw, "accountEnabled") else "disabled",
        created_at=tr.moment(raw, "createdDateTime"),
        password_enabled=tr.flag(raw, "accountEnabled") and tr.said(raw, "userType").lower() != "guest",
        password_changed_at=tr.moment(raw, "lastPasswordChangeDateTime"),
        mfa=None if registered is None else registered.get(tr.said(raw, "id").lower()),
        access_keys_active=0,
    )


def application(raw: dict[str, Any], place: Place, now: datetime) -> User:
    """A program that signs in by itself."""
    secrets = [*tr.items(raw, "passwordCredentials"), *tr.items(raw, "keyCredentials")]
    return User(
        **_head(USER, raw, place),
        name=tr.text(raw, "displayName"),
        state="enabled",
        created_at=tr.moment(raw, "createdDateTime"),
        password_enabled=False,
        access_keys_active=sum(_active(one, now) for one in secrets),
    )


def _active(secret: Any, now: datetime) -> bool:
    ends = tr.moment(secret, "endDateTime")
    return ends is None or ends > now


def access_key(raw: dict[str, Any], place: Place, owner: dict[str, Any], now: datetime) -> AccessKey:
    """A secret or certificate of an application: when it was made, never what it is."""
    common = place.common(KEY, f"{owner['id']}/{raw['keyId']}".lower())
    active = _active(raw, now)
    return AccessKey(
        **common,
        name=tr.text(raw, "displayName"),
        tags={},
        native={name: raw[name] for name in ("keyId", "startDateTime", "endDateTime", "type") if name in raw},
        state="active" if active else "inactive",
        created_at=tr.moment(raw, "startDateTime"),
        user_id=place.id(USER, tr.said(owner, "id").lower()),
        active=active,
        rotated_at=tr.moment(raw, "startDateTime"),
        root=False,
    )


def key_links(row: AccessKey) -> Links:
    """A credential and whose it is."""
    yield Verb.OWNED_BY, row.user_id


def _head(kind: str, raw: dict[str, Any], place: Place) -> dict[str, Any]:
    kept = {name: value for name, value in raw.items() if name not in ("passwordCredentials", "keyCredentials")}
    return {**place.common(kind, str(raw["id"]).lower()), "tags": {}, "native": scrub(kept)}


def group(raw: dict[str, Any], place: Place) -> UserGroup:
    """A group of the directory."""
    return UserGroup(
        **_head(USERS_GROUP, raw, place), name=tr.text(raw, "displayName"), created_at=tr.moment(raw, "createdDateTime")
    )


def management_group(raw: dict[str, Any], place: Place) -> AccountGroup:
    """A management group. Its parent is told only by Resource Graph or an expanded GET."""
    name = str(raw["name"]).lower()
    parent = tr.said(props(raw), "details", "parent", "name").lower()
    return AccountGroup(
        **place.common(GROUP, name),
        name=tr.text(raw, "name"),
        tags={},
        native=tr.native(raw),
        type="management group",
        parent=place.ref(GROUP, parent) if parent else None,
        display_name=tr.text(props(raw), "displayName"),
    )


def commitment(raw: dict[str, Any], place: Place) -> Commitment:
    """A reservation."""
    own = props(raw)
    state = tr.said(own, "provisioningState").lower()
    native = "/".join(part for part in tr.said(raw, "id").lower().split("/")[-3::2] if part)
    return Commitment(
        **place.common(COMMITMENT, native),
        name=tr.text(own, "displayName") or tr.text(raw, "name"),
        tags={},
        native=tr.native(raw, "etag"),
        state="active" if state == "succeeded" else "retired" if state in ("expired", "cancelled") else state or None,
        type="reserved-instance",
        resource_type=tr.text(raw, "sku", "name"),
        count=tr.integer(own, "quantity"),
        starts_at=tr.moment(own, "effectiveDateTime") or tr.moment(own, "purchaseDate"),
        ends_at=tr.moment(own, "expiryDateTime") or tr.moment(own, "expiryDate"),
        offering=tr.text(own, "reservedResourceType"),
    )


def _read_directory(reading: Reading) -> None:
    with reading.part(USER):
        found = users(reading)
        registered = _registered(reading)
        reading.take(USER, found, lambda raw: user(raw, reading.place, registered))
    with reading.part(USER, KEY):
        for raw in reading.calls.graph_pages(f"/v1.0/applications?$select={APP_FIELDS}&$top=999"):
            reading.take(USER, [raw], lambda one: application(one, reading.place, reading.now))
            secrets = [*tr.items(raw, "passwordCredentials"), *tr.items(raw, "keyCredentials")]
            reading.take(KEY, secrets, lambda one, of=raw: access_key(one, reading.place, of, reading.now), key_links)  # type: ignore[misc]  # mypy cannot infer a lambda's default
    with reading.part(USERS_GROUP):
        listed = reading.calls.graph_pages("/v1.0/groups?$select=id,displayName,createdDateTime&$top=999")
        reading.take(USERS_GROUP, listed, lambda raw: group(raw, reading.place))


def _registered(reading: Reading) -> dict[str, bool] | None:
    """Who has registered a second factor: a report that needs AuditLog.Read.All and a licence."""
    with reading.columns(USER):
        path = "/v1.0/reports/authenticationMethods/userRegistrationDetails?$select=id,isMfaRegistered"
        return {tr.said(raw, "id").lower(): bool(tr.flag(raw, "isMfaRegistered")) for raw in reading.calls.graph_pages(path)}
    return None


def _read_groups(reading: Reading) -> None:
    found = reading.calls.pages(TENANT, "/providers/Microsoft.Management/managementGroups")
    reading.take(GROUP, found, lambda raw: management_group(raw, reading.place))


def _read_reservations(reading: Reading) -> None:
    found = reading.calls.pages(TENANT, "/providers/Microsoft.Capacity/reservations")
    reading.take(COMMITMENT, found, lambda raw: commitment(raw, reading.place))


READERS = (
    Reader(
        name="directory",
        service="directory",
        kinds=(USER, USERS_GROUP, KEY),
        read=_read_directory,
        permissions=(
            "Microsoft.Graph/User.Read.All",
            "Microsoft.Graph/Application.Read.All",
            "Microsoft.Graph/Group.Read.All",
            "Microsoft.Graph/AuditLog.Read.All",
        ),
        is_global=True,
    ),
    Reader(
        name="management-groups",
        service="management-groups",
        kinds=(GROUP,),
        read=_read_groups,
        permissions=("Microsoft.Management/managementGroups/read",),
        is_global=True,
    ),
    Reader(
        name="reservations",
        service="reservations",
        kinds=(COMMITMENT,),
        read=_read_reservations,
        permissions=("Microsoft.Capacity/reservations/read",),
        is_global=True,
    ),
)
