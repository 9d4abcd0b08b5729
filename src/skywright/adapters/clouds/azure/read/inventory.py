"""Every resource of every subscription by type: from Resource Graph in a few queries, or else list by list.

Resource Graph leaves out, without a word, what the asker may not see. So it is believed for a subscription and a type only where
the asker's permissions say that the type may be read in the whole subscription; where they do not, the type's own list is asked,
which refuses loudly.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.azure.calls import TENANT, ArmCalls
from skywright.adapters.clouds.azure.ids import parse
from skywright.adapters.clouds.azure.permissions import allows
from skywright.adapters.clouds.kit.reading import Later, Memo, misunderstood
from skywright.adapters.clouds.kit.witness import saw, summed_up
from skywright.model.errors import AskHuman, SkywrightError

GROUPS: dict[str, tuple[str, ...]] = {
    "compute": (
        "Microsoft.Compute/virtualMachines",
        "Microsoft.Compute/virtualMachineScaleSets",
        "Microsoft.Compute/disks",
        "Microsoft.Compute/snapshots",
        "Microsoft.Compute/images",
        "Microsoft.Compute/galleries/images",
        "Microsoft.Compute/sshPublicKeys",
        "Microsoft.Compute/diskEncryptionSets",
    ),
    "network": (
        "Microsoft.Network/virtualNetworks",
        "Microsoft.Network/networkInterfaces",
        "Microsoft.Network/networkSecurityGroups",
        "Microsoft.Network/applicationSecurityGroups",
        "Microsoft.Network/publicIPAddresses",
        "Microsoft.Network/routeTables",
        "Microsoft.Network/natGateways",
        "Microsoft.Network/virtualNetworkGateways",
        "Microsoft.Network/azureFirewalls",
        "Microsoft.Network/loadBalancers",
        "Microsoft.Network/applicationGateways",
        "Microsoft.Network/privateEndpoints",
        "Microsoft.Network/networkWatchers/flowLogs",
        "Microsoft.Network/dnsZones",
        "Microsoft.Network/privateDnsZones",
        "Microsoft.Cdn/profiles",
    ),
    "data": (
        "Microsoft.Storage/storageAccounts",
        "Microsoft.Sql/servers",
        "Microsoft.Sql/servers/databases",
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "Microsoft.DBforMySQL/flexibleServers",
        "Microsoft.DocumentDB/databaseAccounts",
        "Microsoft.Cache/Redis",
        "Microsoft.RecoveryServices/vaults",
    ),
    "platform": (
        "Microsoft.ContainerService/managedClusters",
        "Microsoft.App/managedEnvironments",
        "Microsoft.App/containerApps",
        "Microsoft.ContainerRegistry/registries",
        "Microsoft.Web/sites",
        "Microsoft.Web/certificates",
        "Microsoft.ServiceBus/namespaces",
        "Microsoft.EventHub/namespaces",
        "Microsoft.KeyVault/vaults",
        "Microsoft.OperationalInsights/workspaces",
        "Microsoft.Insights/metricAlerts",
        "Microsoft.Insights/activityLogAlerts",
    ),
}
"""One query of Resource Graph each."""

GROUP_OF = {type_.lower(): name for name, types in GROUPS.items() for type_ in types}
COLUMNS = "id, name, type, location, subscriptionId, tags, kind, sku, zones, identity, managedBy, properties"
SUBSCRIPTIONS_PER_QUERY = 200
SUBSCRIPTIONS_PER_COUNT = 15  # times some sixty locations stays below a page of 1,000 rows, which a summary cannot pass


class Listed(msgspec.Struct, frozen=True):
    """Resources of one type as JSON, and why they are not all there."""

    rows: tuple[bytes, ...]
    failure: SkywrightError | None = None

    def decoded(self) -> Later[dict[str, Any]]:
        """The resources themselves."""
        return Later(len(self.rows), lambda: [msgspec.json.decode(row) for row in self.rows])


class _Head(msgspec.Struct):
    id: str
    type: str
    subscriptionId: str  # noqa: N815 - Azure's name
    location: str | None = None


class _Group(msgspec.Struct, frozen=True):
    """What one query found, by type, subscription and location (all lower case)."""

    found: dict[tuple[str, str, str], list[bytes]]
    places: dict[str, str]  # path in lower case -> location
    failure: SkywrightError | None = None


def location_name(spelled: object) -> str:
    """``West Europe`` -> ``westeurope``: Azure spells a location in both ways."""
    return spelled.replace(" ", "").lower() if isinstance(spelled, str) else ""


class Inventory:
    """Asks each question once in a gathering (``memo``). Safe to use from many threads."""

    def __init__(self, calls: ArmCalls, memo: Memo, subscriptions: Callable[[], Sequence[str]]) -> None:
        self._calls = calls
        self._memo = memo
        self._subscriptions = subscriptions

    def listed(self, type_: str, account: str, region: str | None, *, fresh: bool = False) -> Listed:
        """The resources of a type, in one region or in all. ``fresh``: by the type's own list, which knows of changes at once
        (Resource Graph learns of them within minutes)."""
        if not fresh and self.may_read(account, type_):
            group = self._memo.get(("group", GROUP_OF[type_.lower()]), lambda: self._group(GROUP_OF[type_.lower()]))
            if not isinstance(group.failure, AskHuman):
                rows = tuple(_there(group.found, type_.lower(), account, region))
                saw(f"{type_} of {account} in {region}", b"\n".join(rows))
                return Listed(rows, group.failure)
        found = self._memo.get(("list", account, type_), lambda: self._list(account, type_))
        return Listed(tuple(row for place, row in found[0] if region in (None, place)), found[1])

    def place_of(self, path: str) -> str | None:
        """The location of a resource by its path, also in another subscription; None when it is not known."""
        found = parse(path)
        group = GROUP_OF.get(found.type.lower()) if found else None
        if found is None or group is None:
            return None
        known: _Group = self._memo.get(("group", group), lambda: self._group(group))
        if path.lower() in known.places:
            saw(f"place of {path}", known.places[path.lower()].encode())
            return known.places[path.lower()]
        if found.subscription not in self._subscriptions():
            return None
        listed = self._memo.get(("list", found.subscription, found.type), lambda: self._list(found.subscription, found.type))
        decoded = ((place, msgspec.json.decode(row)) for place, row in listed[0])
        return next((place for place, row in decoded if str(row.get("id", "")).lower() == path.lower()), None)

    def may_read(self, account: str, type_: str) -> bool:
        """Is it certain that this type may be read in the whole subscription."""
        try:
            return allows(self.permissions(account), f"{type_}/read")
        except SkywrightError:  # then the type's own list will tell
            return False

    def permissions(self, account: str) -> list[dict[str, Any]]:
        """What the asker may do in the whole subscription. Raises model.errors."""
        path = f"/subscriptions/{account}/providers/Microsoft.Authorization/permissions"
        return self._memo.get(("permissions", account), lambda: list(self._calls.pages(account, path)))

    def ask(self, text: str) -> Iterator[msgspec.Raw]:
        """The rows of a query of Resource Graph over every subscription in scope. Raises model.errors."""
        for some in _chunks(self._subscriptions(), SUBSCRIPTIONS_PER_QUERY):
            yield from self._calls.query(text, some)

    def locations(self, account: str) -> list[str]:
        """The locations in which a subscription holds anything. Raises model.errors."""
        try:
            if allows(self.permissions(account), "Microsoft.Resources/subscriptions/resources/read"):
                counted = self._memo.get(("locations",), self._counted)
                return sorted(counted[account])
        except SkywrightError:  # Resource Graph refuses or has no answer: the plain list is asked
            pass
        found = self._calls.pages(account, f"/subscriptions/{account}/resources")
        return sorted({location_name(raw.get("location")) for raw in found} - {"", "global"})

    def _counted(self) -> dict[str, set[str]]:
        counted: dict[str, set[str]] = defaultdict(set)
        text = "resources | summarize count() by subscriptionId, location"
        for some in _chunks(self._subscriptions(), SUBSCRIPTIONS_PER_COUNT):
            for raw in self._calls.query(text, some):
                row = msgspec.json.decode(raw)
                counted[str(row["subscriptionId"]).lower()].add(location_name(row["location"]))
        return {account: places - {"", "global"} for account, places in counted.items()} | {
            account: set() for account in self._subscriptions() if account not in counted
        }

    def _group(self, name: str) -> _Group:
        """One query over all subscriptions. What was read before a failure is kept."""
        types = ", ".join(f"'{type_.lower()}'" for type_ in GROUPS[name])
        text = f"resources | where type in~ ({types}) | project {COLUMNS} | order by id asc"
        found: dict[tuple[str, str, str], list[bytes]] = defaultdict(list)
        places: dict[str, str] = {}
        failure: SkywrightError | None = None
        try:
            with summed_up():
                for raw in self.ask(text):
                    head = msgspec.json.decode(raw, type=_Head)
                    key = (head.type.lower(), head.subscriptionId.lower(), location_name(head.location))
                    found[key].append(bytes(raw))
                    places[head.id.lower()] = key[2]
        except SkywrightError as error:
            failure = error
        except msgspec.DecodeError as error:
            failure = misunderstood("Azure", "Microsoft.ResourceGraph/resources", error)
        return _Group(dict(found), places, failure)

    def _list(self, account: str, type_: str) -> tuple[list[tuple[str, bytes]], SkywrightError | None]:
        """The type's own list, with what was read before a failure."""
        found: list[tuple[str, bytes]] = []
        try:
            for raw in self._walk(account, type_):
                found.append((location_name(raw.get("location")), msgspec.json.encode(raw)))  # noqa: PERF401 - what was read before a failure is kept
        except SkywrightError as error:
            return found, error
        except (AttributeError, TypeError, KeyError) as error:
            return found, misunderstood("Azure", type_, error)
        return found, None

    def _walk(self, account: str, type_: str) -> Iterator[dict[str, Any]]:
        """A child type has no list for the subscription: one list for each parent."""
        parent, _, child = type_.rpartition("/")
        if "/" not in parent:
            yield from self._calls.pages(account, f"/subscriptions/{account}/providers/{type_}")
            return
        for raw in self._walk(account, parent):
            yield from self._calls.pages(account, f"{raw['id']}/{child}")


def _there(found: dict[tuple[str, str, str], list[bytes]], type_: str, account: str, region: str | None) -> Iterator[bytes]:
    for (one, subscription, location), rows in found.items():
        if one == type_ and subscription == account and region in (None, location):
            yield from rows


def _chunks(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


__all__ = ["GROUPS", "TENANT", "Inventory", "Listed", "location_name"]
