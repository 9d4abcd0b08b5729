"""Google Cloud's desk: what its readers ask with."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from skywright.adapters.clouds.gcp.faults import status
from skywright.adapters.clouds.gcp.read.place import Place, region_of
from skywright.adapters.clouds.gcp.read.sources import INVENTORY, SOURCES, Source, location_of
from skywright.adapters.clouds.kit import reading
from skywright.adapters.clouds.kit.reading import Desk
from skywright.adapters.clouds.kit.translate import at, said, text
from skywright.adapters.clouds.kit.witness import present, summed_up
from skywright.model.errors import AskHuman, NotThere, SkywrightError, TryAgain
from skywright.model.words import t

COMPUTE = "compute.googleapis.com/"
ASSETS_PAGE = 1000
BAD_REQUEST = 400

Raw = dict[str, Any]


Asking = tuple[str, str, dict[str, Any]]
"""The full resource name of a thing, and the method with its parameters that gives its IAM policy."""


Listing = tuple[str, str, dict[str, Any]]
"""A method that lists, the field of its items, and its parameters."""

Item = TypeVar("Item")


class Found(msgspec.Struct):
    """Resources of one type by region, and the regions that could not be looked into (with the reason)."""

    raws: dict[str, list[Raw]]
    missed: dict[str, str]
    through: str = ""  # why Cloud Asset Inventory did not tell them, if it was asked


class Inventory(msgspec.Struct, frozen=True):
    """What Cloud Asset Inventory told: asset type -> region -> resources, and the types that it was asked for."""

    raws: dict[str, dict[str, list[Raw]]]
    types: frozenset[str]

    def lacks(self, source: Source, region: str) -> bool:
        """Is there none of a type that the inventory tells only by its hints."""
        known = not self.types.isdisjoint(source.hints)
        return known and not any(self.raws.get(hint, {}).get(region) for hint in source.hints)


class Reading(reading.Reading):
    """One reader over one region of one project."""

    place: Place

    def __init__(self, desk: Desk, place: Place, service: str, only: frozenset[str] | None = None, *, assets: bool = True) -> None:
        super().__init__(desk, place, service, only)
        self._assets = assets and only is None  # the inventory lags behind; who refreshes wants to know what is there now

    def call(self, name: str, /, *, body: Any = None, **params: Any) -> dict[str, Any]:
        """One call (``compute.instances.get``). Raises model.errors."""
        self.allowed(name.partition(".")[0])
        answer: dict[str, Any] = self._desk.calls.call(self.account, name, body=body, **params)
        return answer

    def maybe(self, name: str, /, *, body: Any = None, **params: Any) -> dict[str, Any] | None:
        """Like ``call``; None when Google says, with certainty, that there is no such thing."""
        try:
            return self.call(name, body=body, **params)
        except NotThere:
            return None

    def pages(self, name: str, items_key: str, /, **params: Any) -> Iterator[Any]:
        """The items of every page. Raises TryAgain at the end when some location could not be looked into."""
        self.allowed(name.partition(".")[0])
        found: Iterator[Any] = self._desk.calls.pages(self.account, name, items_key, **params)
        return found

    def here(self, kind: str, asset: str) -> list[Raw]:
        """The resources of one type in this region; only those that are wanted, if only some are. A region that Google could not
        reach is a gap of ``kind``. Raises model.errors."""
        source = SOURCES[asset]
        if self.only is not None and (picked := self._picked(source, self.only)) is not None:
            return picked
        found = self._found(source)
        for where in ("", self.region):
            if reason := found.missed.get(where):
                self.gap(kind, TryAgain(reason))
        if found.through:
            self.note(kind, found.through)
        return _told(f"{asset} in {self.region}", found.raws.get(self.region, []))

    def prefixed(self, kind: str, asset: str, prefix: str, others: Sequence[str]) -> list[Raw]:
        """Like ``here``, for one of several types that fill a kind: native ids of this one begin with ``prefix`` ("": with none of
        ``others``)."""
        if self.only is None:
            return self.here(kind, asset)
        own = {
            one.removeprefix(prefix)
            for one in self.only
            if (one.startswith(prefix) if prefix else not one.startswith(tuple(others)))
        }
        picked = self._picked(SOURCES[asset], own)
        if picked is not None:
            return picked
        return _told(f"{asset} in {self.region}", self._found(SOURCES[asset]).raws.get(self.region, []))

    def everywhere(self, asset: str) -> list[Raw]:
        """The resources of one type in the whole project. Raises model.errors, also when some region could not be looked into."""
        found = self._found(SOURCES[asset])
        if found.missed:
            raise TryAgain(next(iter(found.missed.values())))
        return _told(asset, [raw for raws in found.raws.values() for raw in raws])

    def one(self, asset: str, region: str, native_id: str) -> Raw | None:
        """A single resource, fresh; None when it is not there."""
        asked = SOURCES[asset].getting(self.account, region, native_id)
        return self.maybe(asked[0], **asked[1]) if asked else None

    def below(self, kind: str, asset: str, parents: Callable[[], Sequence[Item]], ask: Callable[[Item], Listing]) -> list[Raw]:
        """What each parent holds (keys of a ring): from the inventory, or else one list for each of ``parents()``; one that fails
        is a gap of ``kind``."""
        if (known := self.assets(asset)) is not None:
            return known
        asked = self.each(kind, parents(), lambda one: self._held(ask(one)), needed=True)
        return [raw for _, held in asked for raw in held or ()]

    def inventory(self) -> Inventory | None:
        """What Cloud Asset Inventory knows of the project; None where it is not to be asked. Raises model.errors."""
        return self.shared("assets", self._listed_assets) if self._assets else None

    def assets(self, asset: str) -> list[Raw] | None:
        """What the inventory knows of one type in this region; None where it is not asked, or does not answer."""
        try:
            with summed_up():
                known = self.inventory()
        except SkywrightError:
            return None  # it is only the short way
        if not known or asset not in known.types:
            return None
        return _told(f"{asset} in {self.region}", known.raws.get(asset, {}).get(self.region, []))

    def _held(self, listing: Listing) -> list[Raw]:
        name, items_key, params = listing
        try:
            return list(self.pages(name, items_key, **params))
        except NotThere:  # the parent was deleted since it was listed
            return []

    def parents(self, depth: int = 1) -> list[str]:
        """The native ids of those that hold what is wanted (``ring`` of ``ring/key``), if only some are."""
        return sorted({native_id.rsplit("/", depth)[0] for native_id in self.only or () if "/" in native_id})

    def firewalls(self, project: str) -> list[Raw]:
        """The firewall rules of a project's networks (of this one, or of a shared VPC's). Raises model.errors."""
        if project == self.account:
            return self.everywhere(COMPUTE + "Firewall")
        listed = self._desk.calls.pages
        return self.shared(
            f"firewalls of {project}", lambda: list(listed(project, "compute.firewalls.list", "items", project=project))
        )

    def buckets(self) -> dict[str, str]:
        """Name of a bucket of the project -> its id. Raises model.errors."""
        return self.shared("buckets by name", self._buckets)

    def _buckets(self) -> dict[str, str]:
        listed = self.everywhere("storage.googleapis.com/Bucket")
        return {said(raw, "name"): self.place.at("storage.bucket", location_of(raw), said(raw, "name")) for raw in listed}

    def project(self) -> Raw:
        """The project as Compute Engine sees it. Raises model.errors."""
        return self.shared("compute project", lambda: self.call("compute.projects.get", project=self.account))

    def is_host(self) -> bool:
        """Does the project share its networks with others (a host of a shared VPC)."""
        return text(self.project(), "xpnProjectStatus") == "HOST"

    def disks(self) -> list[Raw]:
        """The disks of this region, as far as they can be told."""
        return _told(f"disks in {self.region}", self._found(SOURCES[COMPUTE + "Disk"]).raws.get(self.region, []))

    def policies(self) -> dict[str, Raw]:
        """Full resource name -> its IAM policy, for every resource of the project that has one. Raises model.errors."""
        if not self._assets:
            raise AskHuman(t("Cloud Asset Inventory is not to be asked (clouds.gcp.assets)."))
        known = self._known_policies()
        _told("policies", list(known.items()))
        return known

    def _known_policies(self) -> dict[str, Raw]:
        with summed_up():  # every answer tells when it was read
            return self.shared("policies", self._policies)

    def project_policy(self) -> Raw:
        """The IAM policy of the project itself. Raises model.errors."""
        resource = f"projects/{self.account}"
        body = {"options": {"requestedPolicyVersion": 3}}
        return self.shared(
            "project policy", lambda: self.call("cloudresourcemanager.projects.getIamPolicy", resource=resource, body=body)
        )

    def granted(self, kind: str, raws: Iterable[Raw], ask: Callable[[Raw], Asking]) -> list[tuple[Raw, Raw | None]]:
        """Resources with their IAM policies ({}: none is set; None: could not be read, and then the coverage of ``kind`` is
        partial). All in one list of the inventory, or else each asked of its service: ``ask`` gives the full resource name, the
        method and its parameters."""
        listed = list(raws)
        if self._assets and listed:
            try:
                known = self._known_policies()
            except SkywrightError:
                pass  # the inventory is only the short way
            else:
                held = _told(f"policies of {kind} in {self.region}", [known.get(ask(raw)[0], {}) for raw in listed])
                return list(zip(listed, held, strict=True))
        return self.each(kind, listed, lambda raw: self._granted(ask(raw)))

    def _granted(self, asking: Asking) -> Raw:
        _, name, params = asking
        return self.maybe(name, **params) or {}

    def _picked(self, source: Source, only: Iterable[str]) -> list[Raw] | None:
        """The wanted ones, each by a call of its own; None when there is no such call. Unless one fails, the list is whole."""
        asked = [source.getting(self.account, self.region, native_id) for native_id in sorted(only)]
        if None in asked:
            return None
        answers = [self.maybe(one[0], **one[1]) for one in asked if one]
        return [answer for answer in answers if answer is not None]

    def _found(self, source: Source) -> Found:
        """Each type is listed once for all who want it."""
        self.allowed(source.service)
        through = ""
        try:
            with summed_up():
                known = self.inventory()
        except SkywrightError as error:
            through = t("Listed by {service} itself: {reason}", service=source.service, reason=error.message)
        else:
            if known and source.inventory and source.asset in known.types:
                return Found(known.raws.get(source.asset, {}), {})
            if known and known.lacks(source, self.region):
                _told(f"no {source.asset} in {self.region}", [])
                return Found({}, {})
        where = self.region if source.by_region else ""
        found = self.shared(f"{source.asset} {where}", lambda: self._listed(source))
        return Found(found.raws, found.missed, through)

    def _listed(self, source: Source) -> Found:
        """What the service itself lists."""
        found = Found(defaultdict(list), {})

        def missed(where: str, why: str) -> None:
            found.missed.setdefault(_region_named(where), why)

        params = source.listing(self.account, self.region)
        for raw in self._desk.calls.pages(self.account, source.method, source.key, missed=missed, **params):
            found.raws[region_of(location_of(raw))].append(raw)
        return found

    def _listed_assets(self) -> Inventory:
        """All resources in one paged list for the whole project. A type that the inventory does not know is left to its service."""
        types = list(INVENTORY)
        while True:
            try:
                return Inventory(self._assets_of(types), frozenset(types))
            except AskHuman as error:
                unknown = [name for name in types if name in error.message]
                if status(error) != BAD_REQUEST or not unknown:
                    raise
                types = [name for name in types if name not in unknown]

    def _assets_of(self, types: list[str]) -> dict[str, dict[str, list[Raw]]]:
        found: dict[str, dict[str, list[Raw]]] = defaultdict(lambda: defaultdict(list))
        for asset in self._assets_pages(contentType="RESOURCE", assetTypes=types):
            raw = at(asset, "resource", "data")
            if isinstance(raw, dict) and (kind := text(asset, "assetType")):
                where = location_of(raw) or said(asset, "resource", "location")
                found[kind][region_of(where)].append({**raw, "assetName": said(asset, "name")})
        return found

    def _policies(self) -> dict[str, Raw]:
        """In one paged list for the whole project."""
        found = self._assets_pages(contentType="IAM_POLICY")
        return {said(asset, "name"): asset["iamPolicy"] for asset in found if isinstance(at(asset, "iamPolicy"), dict)}

    def _assets_pages(self, **params: Any) -> Iterator[Any]:
        parent = f"projects/{self.account}"
        return self.pages("cloudasset.assets.list", "assets", parent=parent, pageSize=ASSETS_PAGE, **params)


def _told(what: str, raws: list[Item]) -> list[Item]:
    """What a reading takes of a list for the whole project: it rests on this part alone."""
    if witness := present():
        witness.saw(what, msgspec.json.encode(raws))
    return raws


def _region_named(where: str) -> str:
    """The region that a name of a location speaks of (``zones/europe-west1-b``, ``projects/p/locations/us-east1``); "" when it
    cannot be told."""
    named = region_of(where.rstrip("/").rpartition("/")[2])
    return named if named != "global" or where.endswith("global") else ""
