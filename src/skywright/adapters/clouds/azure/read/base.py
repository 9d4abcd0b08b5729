"""Azure's desk: how its readers ask, and how its paths become ids."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from skywright.adapters.clouds.azure import ids
from skywright.adapters.clouds.azure.calls import TENANT, ArmCalls
from skywright.adapters.clouds.azure.read.inventory import Inventory, Listed, location_name
from skywright.adapters.clouds.kit import place, reading
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.redact import scrub

Answer = TypeVar("Answer")
DROPPED = ("etag", "eTag", "subscriptionId", "tenantId", "resourceGroup")


class Place(place.Place, frozen=True):
    """A subscription and a location of Azure."""

    CLOUD = ids.CLOUD
    PROVIDER = "Azure"

    def of(self, path: str | None, region: str | None = None) -> str | None:
        """A path -> our full id, here if no other region is named. None (unknown) and "" (none) stay what they are."""
        return ids.full_id(path, region or self.region) if path else path

    def all_of(self, paths: Iterator[str | None] | list[str | None], region: str | None = None) -> list[str]:
        """Paths -> our full ids, in order, each once."""
        return tr.sorted_texts(self.of(path, region) for path in paths)

    def head(self, kind: str, raw: dict[str, Any], native: str | None = None) -> dict[str, Any]:
        """The columns that every row has. Raises ValueError for a resource whose path is not understood."""
        return {
            **self.common(kind, native or ids.native_id(raw["id"], kind)),
            "name": tr.text(raw, "name"),
            "tags": tr.tags(raw.get("tags")),
            "native": scrub(tr.native(raw, *DROPPED)),
        }


class Reading(reading.Reading):
    """One reader over one location of one subscription of Azure."""

    place: Place

    def __init__(
        self, desk: Desk, where: tuple[str, str], service: str, inventory: Inventory, only: frozenset[str] | None = None
    ) -> None:
        super().__init__(desk, Place(*where), service, only)
        self.inventory = inventory

    @property
    def calls(self) -> ArmCalls:
        """The calls themselves."""
        found: ArmCalls = self._desk.calls
        return found

    @property
    def here(self) -> str | None:
        """The location whose resources are wanted; None for a reader of all of them."""
        return None if self.region == GLOBAL else self.region

    def elsewhere(self, path: str | None) -> str | None:
        """A path that may lead to another location -> our full id; None when its location is not known."""
        if not path:
            return path
        region = self.inventory.place_of(path)
        return self.place.of(path, region) if region is not None else None

    def locks(self, *kinds: str) -> "Locks | None":
        """What is locked against deletion in this subscription; None (and ``kinds`` partial) when it cannot be read."""
        with self.columns(*kinds):
            return self.shared("locks", lambda: Locks(self.pages("/providers/Microsoft.Authorization/locks")))
        return None

    def logged(self, path: str) -> list[dict[str, Any]]:
        """The diagnostic settings of a resource. Raises model.errors."""
        return list(self.pages(f"{path}/providers/Microsoft.Insights/diagnosticSettings"))

    def answers(self, kind: str, asked: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Several questions about one resource; each that fails is missing, and the coverage of ``kind`` says why."""
        found: dict[str, Any] = {}
        for name, ask in asked.items():
            try:
                found[name] = ask()
            except SkywrightError as error:
                self.partial(kind, error)
        return found

    def tenant_shared(self, key: str, fn: Callable[[], Answer]) -> Answer:
        """A fact that the readers of all subscriptions want: found out once in a gathering, also when it failed."""
        return self._desk.memo.get((TENANT, key), fn)

    def get(self, path: str, version: str = "") -> dict[str, Any]:
        """One GET. Raises model.errors."""
        return self.calls.request("GET", self.account, path, version)

    def maybe(self, path: str, version: str = "") -> dict[str, Any] | None:
        """Like ``get``; None when Azure says, with certainty, that there is no such thing."""
        try:
            return self.get(path, version)
        except NotThere:
            return None

    def pages(self, path: str, version: str = "") -> Iterator[dict[str, Any]]:
        """The items of a list below the subscription (``/providers/...``) or of a whole path. Raises model.errors."""
        own = path if path.startswith("/subscriptions/") else f"/subscriptions/{self.account}{path}"
        return self.calls.pages(self.account, own, version)

    def inside(self, path: str) -> list[dict[str, Any]]:
        """The items of a list inside a resource; none when the resource has gone since it was listed. Raises model.errors."""
        try:
            return list(self.pages(path))
        except NotThere:
            return []

    def tenant_pages(self, path: str, version: str = "") -> Iterator[dict[str, Any]]:
        """The items of a list that belongs to no subscription."""
        return self.calls.pages(TENANT, path, version)

    def of_type(self, kind: str, type_: str, expand: str = "") -> Sequence[dict[str, Any]]:
        """The resources of a type that are here. What is missing is a gap of ``kind``.

        A narrowed reading (``only``) gets each by its own GET, ``expand`` being what the list would have had besides.
        """
        if self.only is not None:
            return self._gotten(kind, type_, expand)
        return self._of(self.inventory.listed(type_, self.account, self.here), lambda error: self.gap(kind, error))

    def facts(self, type_: str, *kinds: str, everywhere: bool = False) -> Sequence[dict[str, Any]] | None:
        """Resources of a type that tell about others; None (and the coverage of ``kinds`` partial) when they are not all there."""
        listed = self.inventory.listed(type_, self.account, None if everywhere else self.here, fresh=self.only is not None)
        if listed.failure is not None:
            for kind in kinds:
                self.partial(kind, listed.failure)
            return None
        return listed.decoded()

    def facts_of(self, type_: str, paths: Iterable[str], kind: str) -> dict[str, dict[str, Any]] | None:
        """Like ``facts``, by path in lower case, of these paths alone: a narrowed reading gets each by itself."""
        if self.only is None:
            found = self.facts(type_, kind)
            return None if found is None else by_id(found)
        wanted = sorted({path.lower() for path in paths if path})
        asked = self.each(kind, wanted, self.maybe)
        return by_id([raw for _, raw in asked if raw is not None])

    def _gotten(self, kind: str, type_: str, expand: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        wanted = [native for native in sorted(self.only or ()) if _is_of(kind, native, type_)]

        def one(native: str) -> dict[str, Any] | None:
            return self.maybe(ids.arm_path(self.account, kind, native) + expand)

        for _, raw in self.each(kind, wanted, one, needed=True):
            if raw is not None and (self.here is None or location_name(raw.get("location")) in ("", self.here)):
                found.append(raw)
        return found

    def _of(self, listed: Listed, note: Callable[[SkywrightError], None]) -> Sequence[dict[str, Any]]:
        if listed.failure is not None:
            note(listed.failure)
        return listed.decoded()


def _is_of(kind: str, native: str, type_: str) -> bool:
    found = ids.arm_type(kind, native)
    return found is not None and found.type.lower() == type_.lower()


LOCKING = ("cannotdelete", "readonly")


class Locks:
    """Management locks: a lock holds for all that is below its place.
    https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources"""

    def __init__(self, raws: Iterator[dict[str, Any]]) -> None:
        names = [tr.said(raw, "id").lower() for raw in raws if tr.said(raw, "properties", "level").lower() in LOCKING]
        self._places = tuple(name.partition("/providers/microsoft.authorization/locks/")[0] for name in names)

    def hold(self, path: str) -> bool:
        """Is deletion locked."""
        own = path.lower()
        return any(own == place or own.startswith(place + "/") for place in self._places)


def held(locks: Locks | None, raw: dict[str, Any]) -> bool | None:
    """Is a resource locked against deletion; None when the locks are not known."""
    return None if locks is None else locks.hold(tr.said(raw, "id"))


def categories(settings: list[dict[str, Any]] | None) -> list[str] | None:
    """The kinds of logs that diagnostic settings send anywhere; None when they could not be read."""
    if settings is None:
        return None
    logs = [log for one in settings for log in tr.items(one, "properties", "logs") if tr.flag(log, "enabled")]
    return tr.sorted_texts(tr.text(log, "category") or tr.text(log, "categoryGroup") for log in logs)


def by_id(raws: Iterable[dict[str, Any]] | None) -> dict[str, dict[str, Any]]:
    """Resources by their path in lower case."""
    return {str(raw.get("id", "")).lower(): raw for raw in raws or ()}


def props(raw: dict[str, Any]) -> dict[str, Any]:
    """What stands under ``properties``; raises TypeError when there is something else than an object."""
    found = raw.get("properties", {})
    if not isinstance(found, dict):
        raise TypeError("properties is no object")
    return found
