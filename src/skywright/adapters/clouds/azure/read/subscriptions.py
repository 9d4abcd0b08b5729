"""Subscriptions: themselves, their resource groups, defaults by location, quotas, budgets, and where their activity log goes."""

from collections import defaultdict
from typing import Any

import msgspec

from skywright.adapters.clouds.azure import ids
from skywright.adapters.clouds.azure.read.access import administers, assignments, roles_of
from skywright.adapters.clouds.azure.read.base import Locks, Place, Reading, held, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.estate import Verb
from skywright.model.kinds import resource_id
from skywright.model.kinds.control import Account, AccountGroup, AccountRegion, Budget, Quota, Trail

ACCOUNT, GROUP, REGION, QUOTA = "account.account", "account.group", "account.region", "account.quota"
TRAIL, BUDGET = "audit.trail", "finance.budget"
GUARDING = ("virtualmachines", "storageaccounts", "sqlservers", "keyvaults", "containers")


def account(raw: dict[str, Any], place: Place, contacts: list[Any] | None, owners: int | None) -> Account:
    """A subscription. There is no root identity, so that it has no keys; what else is said of one stays unknown."""
    return Account(
        **place.common(ACCOUNT, place.account),
        name=tr.text(raw, "displayName"),
        state=tr.said(raw, "state").lower() or None,
        tags=tr.tags(raw.get("tags")),
        native=tr.native(raw),
        root_access_keys=0,
        organization=tr.text(raw, "tenantId"),
        display_name=tr.text(raw, "displayName"),
        parent=_parent(raw),
        security_contact=None if contacts is None else any(_reaches(one) for one in contacts),
        administrators=owners,
    )


def _parent(raw: dict[str, Any]) -> str | None:
    """The management group right above, where Resource Graph told."""
    chain = tr.items(raw, "properties", "managementGroupAncestorsChain")
    name = tr.said(chain[0], "name").lower() if chain else ""
    tenant = tr.said(raw, "tenantId").lower()
    return resource_id(ids.CLOUD, tenant, GLOBAL, GROUP, name) if name and tenant else None


def _reaches(contact: Any) -> bool:
    return bool(tr.said(contact, "properties", "emails") or tr.said(contact, "properties", "email"))


def resource_group(raw: dict[str, Any], place: Place, locks: Locks | None) -> AccountGroup:
    """A resource group, in the location of its own description."""
    return AccountGroup(
        **place.head(GROUP, raw),
        state="available" if tr.said(props(raw), "provisioningState").lower() == "succeeded" else None,
        type="resource group",
        parent=place.id(ACCOUNT, place.account),
        display_name=tr.text(raw, "name"),
        locked=held(locks, raw),
    )


def region(place: Place, plans: dict[str, bool] | None) -> AccountRegion:
    """What holds for new things: disks are always encrypted, snapshots and images cannot be shared with everyone. Defender's plans
    are the subscription's. https://learn.microsoft.com/azure/defender-for-cloud/defender-for-cloud-introduction"""
    return AccountRegion(
        **place.common(REGION, place.region),
        name=place.region,
        tags={},
        volume_encryption_default=True,
        snapshot_public_access_blocked=True,
        image_public_access_blocked=True,
        threat_detection=None if plans is None else any(plans.get(name) for name in GUARDING),
        posture_service=None if plans is None else plans.get("cloudposture", False),
    )


def quota(raw: dict[str, Any], place: Place, service: str) -> Quota:
    """How much of something is used and allowed."""
    name = tr.said(raw, "name", "value")
    return Quota(
        **place.common(QUOTA, f"{service}/{name}".lower()),
        name=tr.text(raw, "name", "localizedValue") or name,
        tags={},
        native={},
        metric=name,
        unit=tr.text(raw, "unit"),
        limit_value=tr.number(raw, "limit"),
        used_value=tr.number(raw, "currentValue"),
    )


def trail(raw: dict[str, Any], place: Place, bucket: str | None, group: str | None) -> Trail:
    """Where the activity log goes: it has every location's events, of the whole subscription."""
    own = props(raw)
    wanted = [log for log in tr.items(own, "logs") if tr.flag(log, "enabled")]
    return Trail(
        **place.head(TRAIL, raw),
        logging=bool(wanted),
        multi_region=True,
        organization=False,
        bucket=bucket,
        log_group=group,
        global_events=True,
        home_region=GLOBAL,
        data_events=False,
    )


def trail_links(row: Trail) -> Links:
    """A trail and where it ends."""
    yield Verb.LOGS_TO, row.bucket
    yield Verb.LOGS_TO, row.log_group


def budget(raw: dict[str, Any], place: Place) -> Budget:
    """A budget of the subscription."""
    own = props(raw)
    return Budget(
        **place.head(BUDGET, raw),
        limit_amount=tr.number(own, "amount"),
        limit_currency=tr.text(own, "currentSpend", "unit"),
        period=tr.said(own, "timeGrain").lower() or None,
        notifications=sum(tr.flag(one, "enabled") is True for one in (tr.at(own, "notifications") or {}).values()),
        actual_amount=tr.number(own, "currentSpend", "amount"),
    )


def _read_account(reading: Reading) -> None:
    raw = reading.get(f"/subscriptions/{reading.account}")
    container = _container(reading)
    contacts: list[Any] | None = None
    with reading.columns(ACCOUNT):
        contacts = list(reading.pages("/providers/Microsoft.Security/securityContacts"))
    owners = _owners(reading)
    reading.take(ACCOUNT, [raw | container], lambda one: account(one, reading.place, contacts, owners))


CONTAINERS = (
    "resourcecontainers | where type in~ ('microsoft.resources/subscriptions', 'microsoft.resources/subscriptions/resourcegroups') "
    "| project id, name, type, location, subscriptionId, tenantId, tags, properties | order by id asc"
)


def _containers(reading: Reading) -> dict[str, list[dict[str, Any]]]:
    """Subscription -> itself and its resource groups, as Resource Graph has them. Raises model.errors."""

    def ask() -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for raw in reading.inventory.ask(CONTAINERS):
            row = msgspec.json.decode(raw)
            found[tr.said(row, "subscriptionId").lower()].append(row)
        return found

    return reading.tenant_shared("containers", ask)


def _container(reading: Reading) -> dict[str, Any]:
    """What Resource Graph knows of the subscription besides: the management groups above it."""
    with reading.columns(ACCOUNT):
        for row in _containers(reading).get(reading.account, ()):
            if tr.said(row, "type").lower() == "microsoft.resources/subscriptions":
                return {name: row[name] for name in ("tenantId", "properties") if row.get(name)}
    return {}


def _listed_groups(reading: Reading) -> list[dict[str, Any]]:
    """The resource groups, from Resource Graph where it may be believed. Raises model.errors."""
    action = "Microsoft.Resources/subscriptions/resourceGroups"
    if reading.inventory.may_read(reading.account, action):
        try:
            rows = _containers(reading).get(reading.account, [])
            return [row for row in rows if tr.said(row, "type").lower().endswith("/resourcegroups")]
        except AskHuman:  # Resource Graph refuses: the plain list tells
            pass
    return reading.shared("groups", lambda: list(reading.pages("/resourcegroups")))


def _owners(reading: Reading) -> int | None:
    """How many may give themselves any right in the whole subscription."""
    try:
        roles, found = roles_of(reading), assignments(reading)
    except SkywrightError as error:
        reading.partial(ACCOUNT, error)
        return None
    if roles is None:
        return None
    here = f"/subscriptions/{reading.account}"
    wide = [
        one
        for one in found
        if len(tr.said(one, "properties", "scope")) <= len(here) or "managementGroups" in tr.said(one, "properties", "scope")
    ]
    guids = [
        (tr.said(one, "properties", "roleDefinitionId").rpartition("/")[2].lower(), tr.said(one, "properties", "principalId"))
        for one in wide
    ]
    return len({who for guid, who in guids if administers(roles.get(guid))})


def _read_groups(reading: Reading) -> None:
    from skywright.adapters.clouds.azure.read.inventory import location_name

    if reading.only is None:
        listed = _listed_groups(reading)
    else:
        paths = [ids.arm_path(reading.account, GROUP, name) for name in sorted(reading.only)]
        listed = [raw for _, raw in reading.each(GROUP, paths, reading.maybe, needed=True) if raw is not None]
    locks = reading.locks(GROUP)
    here = [raw for raw in listed if location_name(raw.get("location")) == reading.region]
    reading.take(GROUP, here, lambda raw: resource_group(raw, reading.place, locks))


def _read_region(reading: Reading) -> None:
    plans: dict[str, bool] | None = None
    with reading.columns(REGION):
        listed = reading.shared("plans", lambda: list(reading.pages("/providers/Microsoft.Security/pricings")))
        plans = {tr.said(one, "name").lower(): tr.said(one, "properties", "pricingTier").lower() == "standard" for one in listed}
    reading.add(region(reading.place, plans))


USAGES = {"compute": "Microsoft.Compute", "network": "Microsoft.Network"}


def _read_quotas(reading: Reading) -> None:
    for service, provider in USAGES.items():
        with reading.part(QUOTA):
            listed = list(reading.pages(f"/providers/{provider}/locations/{reading.region}/usages"))
            reading.take(QUOTA, listed, lambda raw, of=service: quota(raw, reading.place, of))  # type: ignore[misc]  # mypy cannot infer a lambda's default


def _read_trails(reading: Reading) -> None:
    for raw in reading.logged(f"/subscriptions/{reading.account}"):
        bucket = reading.elsewhere(tr.said(raw, "properties", "storageAccountId"))
        group = reading.elsewhere(tr.said(raw, "properties", "workspaceId"))
        reading.take(TRAIL, [raw], lambda one, b=bucket, g=group: trail(one, reading.place, b, g), trail_links)  # type: ignore[misc]  # as above


def _read_budgets(reading: Reading) -> None:
    reading.take(BUDGET, reading.pages("/providers/Microsoft.Consumption/budgets"), lambda raw: budget(raw, reading.place))


def _reader(name: str, service: str, kind: str, read: Any, permissions: tuple[str, ...], *, is_global: bool) -> Reader:
    return Reader(name=name, service=service, kinds=(kind,), read=read, permissions=permissions, is_global=is_global)


READERS = (
    _reader(
        "subscription",
        "subscriptions",
        ACCOUNT,
        _read_account,
        (
            "Microsoft.Resources/subscriptions/read",
            "Microsoft.Security/securityContacts/read",
            "Microsoft.Authorization/roleAssignments/read",
            "Microsoft.Authorization/roleDefinitions/read",
        ),
        is_global=True,
    ),
    _reader(
        "resource-groups",
        "subscriptions",
        GROUP,
        _read_groups,
        ("Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Authorization/locks/read"),
        is_global=False,
    ),
    _reader("defender", "security", REGION, _read_region, ("Microsoft.Security/pricings/read",), is_global=False),
    _reader(
        "quotas",
        "quotas",
        QUOTA,
        _read_quotas,
        ("Microsoft.Compute/locations/usages/read", "Microsoft.Network/locations/usages/read"),
        is_global=False,
    ),
    _reader(
        "activity-log",
        "monitor",
        TRAIL,
        _read_trails,
        (
            "Microsoft.Insights/diagnosticSettings/read",
            "Microsoft.Insights/eventtypes/values/read",
        ),  # the latter: who did it (trail)
        is_global=True,
    ),
    _reader("budgets", "budgets", BUDGET, _read_budgets, ("Microsoft.Consumption/budgets/read",), is_global=True),
)
