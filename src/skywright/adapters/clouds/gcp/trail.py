"""Cloud Audit Logs -> who changed a resource. Admin activity and system events are always written, cost nothing and are kept for
400 days; reading calls are in another log (Cloud Audit Logs overview, "Types of audit logs")."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.calls import Calls
from skywright.adapters.clouds.gcp.read.sources import located
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import misunderstood
from skywright.adapters.clouds.kit.trail import by_account
from skywright.adapters.clouds.kit.translate import at, integer, items, moment, said, text
from skywright.model.errors import TryAgain
from skywright.model.kinds import ResourceName, parse_id
from skywright.model.words import t
from skywright.ports.cloud import Deed

METHOD = "logging.entries.list"
LOGS = ("cloudaudit.googleapis.com%2Factivity", "cloudaudit.googleapis.com%2Fsystem_event")
FILTER_MAX = 16_000  # characters of names; Google takes 20,000 for the whole filter (ListLogEntriesRequest)
PAGE = 1000

SPOKEN: dict[str, tuple[str, ...]] = {
    "account.account": ("cloudresourcemanager:projects",),
    "account.group": ("cloudresourcemanager:folders", "cloudresourcemanager:organizations"),
    "audit.trail": ("logging:sinks",),
    "compute.group": ("compute:instanceGroupManagers", "compute:autoscalers"),
    "compute.image": ("compute:images",),
    "compute.instance": ("compute:instances",),
    "compute.template": ("compute:instanceTemplates",),
    "container.service": ("run:services",),
    "crypto.certificate": ("compute:sslCertificates", "certificatemanager:certificates"),
    "crypto.key": ("cloudkms:keyRings/cryptoKeys",),
    "crypto.secret": ("secretmanager:secrets",),
    "crypto.vault": ("cloudkms:keyRings",),
    "database.cache": ("redis:instances", "redis:clusters", "memcache:instances"),
    "database.instance": ("cloudsql:instances",),
    "database.warehouse": ("bigquery:datasets",),
    "dns.zone": ("dns:managedZones",),
    "function.function": ("cloudfunctions:functions",),
    "identity.key": ("iam:serviceAccounts/keys",),
    "identity.policy": ("iam:roles",),
    "identity.user": ("iam:serviceAccounts",),
    "kubernetes.cluster": ("container:clusters",),
    "log.group": ("logging:buckets",),
    "messaging.queue": ("pubsub:subscriptions",),
    "messaging.topic": ("pubsub:topics",),
    "ml.endpoint": ("aiplatform:endpoints",),
    "monitor.alarm": ("monitoring:alertPolicies",),
    "network.address": ("compute:addresses",),
    "network.balancer": ("compute:forwardingRules", "compute:urlMaps"),
    "network.firewall": ("compute:firewalls",),
    "network.gateway": ("compute:routers", "compute:vpnGateways"),
    "network.interface": ("compute:instances",),
    "network.route": ("compute:networks",),
    "network.subnet": ("compute:subnetworks",),
    "network.targets": ("compute:backendServices", "compute:targetPools"),
    "network.vpc": ("compute:networks",),
    "registry.repository": ("artifactregistry:repositories",),
    "storage.bucket": ("storage:buckets",),
    "storage.filesystem": ("file:instances",),
    "storage.snapshot": ("compute:snapshots",),
    "storage.volume": ("compute:disks",),
}
"""Kind -> the services and collections by which the log names it (AuditLog.resourceName: "a scheme-less URI, not including the API
service name"); a slash where a resource is named inside another."""

WHERE = ("zones", "regions", "locations")
HOLDERS = ("projects", "folders", "organizations", "namespaces")
INNER = frozenset({"cryptoKeyVersions", "nodePools", "versions", "keys", "rrsets"})
"""Parts of a resource, whose changes are changes of it."""

Pairs = tuple[tuple[str, str], ...]


BINDING = "identity.binding"
_GRANT = re.compile(r"(.+?)/(?:(?:projects|organizations)/[^/]+/)?roles/")


class _Asked(msgspec.Struct, frozen=True):
    """A target as the log may name it. ``parts`` are its own names, the outermost first; of a grant, the resource that it is on."""

    target: str
    collections: tuple[str, ...]
    location: str
    parts: tuple[str, ...]

    def is_meant(self, service: str, location: str, pairs: Pairs) -> bool:
        """Does an entry speak of it, or of a part of it."""
        if location not in ("", self.location):
            return False
        for collection in self.collections:
            owner, _, path = collection.partition(":")
            chain = tuple(zip(path.split("/"), self.parts, strict=False))
            if (
                owner == service
                and path.count("/") < len(chain)
                and pairs[: len(chain)] == chain
                and all(one in INNER for one, _ in pairs[len(chain) :])
            ):
                return True
        return False


def deeds(calls: Calls, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
    """One query for many resources of a project. Calls that failed are left out: they changed nothing."""

    def ask(account: str, wanted: Sequence[str]) -> Iterator[Deed]:
        names = [(target, parse_id(target)) for target in wanted]
        asked = [_asked(target, name) for target, name in names if name.kind in SPOKEN or name.kind == BINDING]
        for some in _portions(asked):
            yield from _told(_entries(calls, account, _filter(account, some, since, until)), some)

    return by_account(targets, ask)


def _asked(target: str, name: ResourceName) -> _Asked:
    if name.kind == BINDING:
        found = _GRANT.match(name.native_id)
        return _Asked(target, (), "", (found[1] if found else name.native_id,))
    location, own = located(name.region, name.native_id)
    parts = [own.removeprefix("roles/")] if name.kind == "identity.policy" else own.split("/")
    return _Asked(target, SPOKEN[name.kind], location, tuple(parts))


def _named(one: _Asked) -> str:
    """The last name by which a target is looked for."""
    if not one.collections:
        return one.parts[0].rpartition("/")[2]
    deepest = max(collection.count("/") for collection in one.collections)
    return one.parts[min(deepest, len(one.parts) - 1)]


def _portions(asked: Sequence[_Asked]) -> Iterator[list[_Asked]]:
    """As many at a time as a filter has room for."""
    some: list[_Asked] = []
    room = FILTER_MAX
    for one in asked:
        size = 3 * len(_named(one)) + 60
        if some and size > room:
            yield some
            some, room = [], FILTER_MAX
        some.append(one)
        room -= size
    if some:
        yield some


def _filter(account: str, asked: Iterable[_Asked], since: datetime, until: datetime) -> str:
    """In the Logging query language; names as one regular expression (RE2)."""
    holder = _holder(account)
    logs = " OR ".join(f'"{holder}/logs/{log}"' for log in LOGS)
    listed = sorted({_named(one) for one in asked})
    names = "|".join(re.sub(r"[^\w\-/@:]", lambda found: f"[{found[0]}]" if found[0] in ".+~%" else ".", name) for name in listed)
    emails = " OR ".join(f'"{name}"' for name in listed if "@" in name)
    by_name = f'protoPayload.resourceName=~"(^|/)({names})(/|$)"'
    wanted = f"({by_name} OR resource.labels.email_id=({emails}))" if emails else by_name
    return f'logName=({logs}) AND timestamp>="{_spelled(since)}" AND timestamp<="{_spelled(until)}" AND {wanted}'


def _holder(account: str) -> str:
    """``folders-123`` is an account of ours; anything else is a project."""
    found = re.fullmatch(r"(folders|organizations)-(\d+)", account)
    return f"{found[1]}/{found[2]}" if found else f"projects/{account}"


def _spelled(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds") + "Z"


def _entries(calls: Calls, account: str, wanted: str) -> Iterator[Any]:
    """The entries of every page, oldest first. A page may be empty and yet not the last. Raises TryAgain for paging in a circle."""
    seen: set[str] = set()
    token: str | None = None
    while True:
        more = {"pageToken": token} if token else {}
        body = {"resourceNames": [_holder(account)], "filter": wanted, "orderBy": "timestamp asc", "pageSize": PAGE, **more}
        answer = calls.call(account, METHOD, body=body)
        if not isinstance(answer.get("entries", []), list):
            raise misunderstood("Google Cloud", METHOD, TypeError("entries that are no list"))
        yield from items(answer, "entries")
        token = text(answer, "nextPageToken")
        if not token:
            return
        if token in seen:
            raise TryAgain(t("{method} pages in a circle.", method=METHOD))
        seen.add(token)


def _told(entries: Iterable[Any], asked: Sequence[_Asked]) -> Iterator[Deed]:
    """What takes long is written down when it begins and when it ends: it is told once, and not at all when it failed."""
    begun: dict[tuple[str, str], Deed] = {}
    for number, entry in enumerate(entries):
        event = at(entry, "protoPayload")
        when, what = moment(entry, "timestamp"), text(event, "methodName")
        if when is None or what is None or _reads(event):
            continue
        failed = bool(integer(event, "status", "code"))
        operation = text(entry, "operation", "id") or f"#{number}"
        for target in _targets(entry, event, asked):
            key = (operation, target)
            if failed:
                begun.pop(key, None)
            else:
                begun.setdefault(key, Deed(when, target, _who(event), what))
    yield from begun.values()


def _targets(entry: Any, event: Any, asked: Sequence[_Asked]) -> Iterator[str]:
    service = said(event, "serviceName").removesuffix(".googleapis.com")
    location, pairs = _parsed(said(event, "resourceName"))
    if pairs[:1] and pairs[0][0] == "serviceAccounts" and (email := text(entry, "resource", "labels", "email_id")):
        pairs = (("serviceAccounts", email), *pairs[1:])  # the log names it by its number
    granting = "setiam" in said(event, "methodName").lower()
    whole = f"/{said(event, 'resourceName')}"
    for one in asked:
        if one.is_meant(service, location, pairs) or (granting and not one.collections and whole.endswith(f"/{one.parts[0]}")):
            yield one.target


def _parsed(name: str) -> tuple[str, Pairs]:
    """``projects/p/zones/z/instances/web`` -> the location, and collections with names."""
    words = [word for word in name.split("/") if word != "global" or "locations" in name]
    pairs = list(zip(words[::2], words[1::2], strict=False))
    location = next((value.lower() for word, value in pairs if word in WHERE), "")
    own = tuple(pair for pair in pairs if pair[0] not in WHERE)
    return location or (GLOBAL if "/global/" in name else ""), own[1:] if len(own) > 1 and own[0][0] in HOLDERS else own


def _reads(event: Any) -> bool:
    kinds = {text(one, "permissionType") for one in items(event, "authorizationInfo")} - {None}
    return bool(kinds) and kinds <= {"ADMIN_READ", "DATA_READ"}


def _who(event: Any) -> str:
    """The address, else the principal of a federated identity. Google tells neither of some callers: then ""."""
    return text(event, "authenticationInfo", "principalEmail") or said(event, "authenticationInfo", "principalSubject")
