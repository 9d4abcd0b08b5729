"""Projects and what they are in: facts, quotas, commitments, budgets, folders and organisations."""

from collections.abc import Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Reading
from skywright.adapters.clouds.gcp.read.buckets import forbidden
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.estate import Verb
from skywright.model.kinds.control import Account, AccountGroup, Budget, Commitment, Quota

ACCOUNT, GROUP, QUOTA, COMMITMENT, BUDGET = (
    "account.account",
    "account.group",
    "account.quota",
    "finance.commitment",
    "finance.budget",
)
STATES = {"ACTIVE": "active", "DELETE_REQUESTED": "deleting"}
COMMITMENT_STATES = {"ACTIVE": "active", "EXPIRED": "retired", "NOT_YET_ACTIVE": "pending", "CANCELLED": "retired"}
TERM_DAYS = {"TWELVE_MONTH": "1 year", "THIRTY_SIX_MONTH": "3 years", "SIXTY_MONTH": "5 years"}
SECURITY = {"SECURITY", "ALL"}
NANOS = 1_000_000_000


def account(raw: dict[str, Any], place: Place) -> Account:
    """A Project of the Resource Manager. What the services tell of it is added by the reader."""
    return Account(
        **place.common(ACCOUNT, tr.text(raw, "projectId")),
        name=tr.text(raw, "projectId"),
        state=names.word(raw, STATES, "state"),
        tags=names.labels(raw),
        created_at=names.created(raw),
        native=tr.native(raw, "etag"),
        display_name=tr.text(raw, "displayName"),
        parent=tr.said(raw, "parent"),
        organization=parent if (parent := tr.said(raw, "parent")).startswith("organizations/") or not parent else None,
        alias=tr.tail(tr.text(raw, "name")),
    )


def setting(project: Any, key: str) -> bool:
    """A switch in the project's metadata, as Compute Engine reads it: true, yes, 1."""
    listed = tr.items(project, "commonInstanceMetadata", "items")
    found = next((tr.said(one, "value") for one in listed if tr.said(one, "key").lower() == key), "")
    return found.lower() in ("true", "y", "yes", "1")


def quota(raw: dict[str, Any], place: Place) -> Quota:
    """One of the quotas of a Region or Project of Compute Engine."""
    limit = tr.number(raw, "limit")
    return Quota(
        **place.common(QUOTA, tr.text(raw, "metric")),
        name=tr.text(raw, "metric"),
        tags={},
        native=tr.native(raw),
        metric=tr.said(raw, "metric").lower() or None,
        unit="count",
        limit_value=limit,
        used_value=tr.number(raw, "usage"),
    )


def commitment(raw: dict[str, Any], place: Place) -> Commitment:
    """A Commitment for committed use."""
    resources = tr.items(raw, "resources")
    cpus = next((tr.integer(one, "amount") for one in resources if tr.text(one, "type") == "VCPU"), None)
    return Commitment(
        **{**names.row(COMMITMENT, raw, place), "tags": {}},
        state=names.word(raw, COMMITMENT_STATES, "status"),
        type="committed-use",
        resource_type=tr.said(raw, "type").lower() or None,
        count=cpus,
        starts_at=tr.moment(raw, "startTimestamp"),
        ends_at=tr.moment(raw, "endTimestamp"),
        offering=TERM_DAYS.get(tr.said(raw, "plan")),
    )


def budget(raw: dict[str, Any], place: Place) -> Budget:
    """A Budget of the billing account that counts this project."""
    amount = tr.at(raw, "amount", "specifiedAmount")
    channels = tr.at(raw, "notificationsRule")
    told = [tr.text(channels, "pubsubTopic"), *(tr.texts(channels, "monitoringNotificationChannels") or ())]
    mailed = 0 if tr.flag(channels, "disableDefaultIamRecipients") else 1
    return Budget(
        **place.common(BUDGET, tr.tail(tr.text(raw, "name"))),
        name=tr.text(raw, "displayName"),
        tags={},
        native=tr.native(raw, "etag"),
        limit_amount=_money(amount),
        limit_currency=tr.text(amount, "currencyCode"),
        period=tr.said(raw, "budgetFilter", "calendarPeriod").lower() or None,
        notifications=len([one for one in told if one]) + mailed if tr.items(raw, "thresholdRules") else 0,
    )


def _money(amount: Any) -> float | None:
    units, nanos = tr.integer(amount, "units"), tr.integer(amount, "nanos")
    return None if units is None and nanos is None else (units or 0) + (nanos or 0) / NANOS


def holder(raw: dict[str, Any], place: Place) -> AccountGroup:
    """A Folder or Organization."""
    return AccountGroup(
        **place.common(GROUP, tr.text(raw, "name")),
        name=tr.text(raw, "displayName"),
        state=names.word(raw, STATES, "state"),
        tags={},
        created_at=names.created(raw),
        native=tr.native(raw, "etag"),
        type="organization" if tr.said(raw, "name").startswith("organizations/") else "folder",
        parent=place.ref(GROUP, tr.said(raw, "parent")),
        display_name=tr.text(raw, "displayName"),
    )


def _read_account(reading: Reading) -> None:
    raw = reading.call("cloudresourcemanager.projects.get", name=f"projects/{reading.account}")
    more: dict[str, Any] = {"public_buckets_blocked": forbidden(reading)}
    with reading.columns(ACCOUNT):
        project = reading.project()
        more |= {"os_login": setting(project, "enable-oslogin"), "serial_ports": setting(project, "serial-port-enable")}
    with reading.columns(ACCOUNT):
        networks = reading.everywhere(COMPUTE + "Network")
        more["default_network"] = any(tr.text(one, "name") == "default" for one in networks)
    with reading.columns(ACCOUNT):
        members = names.members(reading.project_policy())
        more["administrators"] = len({member for role, member, _ in members if role == "roles/owner"})
    with reading.columns(ACCOUNT):
        more["security_contact"] = _contact(reading)
    plain = account(raw, reading.place)
    reading.take(ACCOUNT, [plain], lambda row: _with(row, more))


def _with(row: Account, more: dict[str, Any]) -> Account:
    return msgspec.structs.replace(row, **more)


def _contact(reading: Reading) -> bool:
    """Is someone told of what concerns security: a contact of the project, or of what it is in."""
    name = "essentialcontacts.projects.contacts.compute"
    listed = reading.pages(name, "contacts", parent=f"projects/{reading.account}", notificationCategories=["SECURITY"])
    return any(True for _ in listed)


def _read_quotas(reading: Reading) -> None:
    if reading.region == GLOBAL:
        held: Sequence[Any] = tr.items(reading.project(), "quotas")
    else:
        regions = reading.shared("regions", lambda: list(reading.pages("compute.regions.list", "items", project=reading.account)))
        held = [one for raw in regions if tr.text(raw, "name") == reading.region for one in tr.items(raw, "quotas")]
    wanted = [raw for raw in held if reading.wants(tr.said(raw, "metric"))]
    reading.take(QUOTA, wanted, lambda raw: quota(raw, reading.place))


def _read_commitments(reading: Reading) -> None:
    reading.take(COMMITMENT, reading.here(COMMITMENT, COMPUTE + "Commitment"), lambda raw: commitment(raw, reading.place))


def _read_budgets(reading: Reading) -> None:
    told = reading.call("cloudbilling.projects.getBillingInfo", name=f"projects/{reading.account}")
    billing = tr.text(told, "billingAccountName")
    if not billing:
        return
    listed = reading.pages("billingbudgets.billingAccounts.budgets.list", "budgets", parent=billing)
    own = [raw for raw in listed if _counts(raw, reading.place) and reading.wants(tr.tail(tr.text(raw, "name")) or "")]
    reading.take(BUDGET, own, lambda raw: budget(raw, reading.place))


def _counts(raw: Any, place: Place) -> bool:
    """Does a budget count a project: it names it, or none."""
    named = tr.texts(raw, "budgetFilter", "projects")
    return not named or not {f"projects/{place.account}", f"projects/{place.number}"}.isdisjoint(named)


def _read_holders(reading: Reading) -> None:
    """A folder or organisation (its name is the account, with a hyphen), and every folder below it."""
    kind, _, number = reading.account.partition("-")
    name = f"{kind}/{number}"
    top = reading.call(f"cloudresourcemanager.{kind}.get", name=name)
    found, waiting = [top], [name]
    while waiting:
        listed = list(reading.pages("cloudresourcemanager.folders.list", "folders", parent=waiting.pop(), pageSize=500))
        found += listed
        waiting += [folder for raw in listed if (folder := tr.text(raw, "name"))]
    wanted = [raw for raw in found if reading.wants(tr.said(raw, "name"))]
    reading.take(GROUP, wanted, lambda raw: holder(raw, reading.place), lambda row: [(Verb.IN, row.parent)])


READERS = (
    Reader(
        name="project",
        service="cloudresourcemanager",
        kinds=(ACCOUNT,),
        read=_read_account,
        is_global=True,
        permissions=(
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
            "compute.projects.get",
            "compute.networks.list",
            "essentialcontacts.contacts.list",
            "orgpolicy.policy.get",
        ),
    ),
    Reader(name="quotas", service="compute", kinds=(QUOTA,), read=_read_quotas, permissions=("compute.regions.list",)),
    Reader(
        name="commitments",
        service="compute",
        kinds=(COMMITMENT,),
        read=_read_commitments,
        permissions=("compute.commitments.list",),
    ),
    Reader(
        name="budgets",
        service="billingbudgets",
        kinds=(BUDGET,),
        read=_read_budgets,
        is_global=True,
        permissions=("resourcemanager.projects.get", "billing.budgets.list"),
    ),
    Reader(
        name=names.HOLDERS,
        service="cloudresourcemanager",
        kinds=(GROUP,),
        read=_read_holders,
        is_global=True,
        permissions=("resourcemanager.folders.list", "resourcemanager.organizations.get"),
    ),
)
