"""OpenStack's desk: what its readers ask with. One list serves many readers, and in every project at once where all are read."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from skywright.adapters.clouds.kit import reading
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.adapters.clouds.kit.reading import Desk
from skywright.adapters.clouds.openstack.calls import PAGE, Ask, Got
from skywright.adapters.clouds.openstack.place import NETWORK, Place
from skywright.adapters.clouds.openstack.read.lists import NETWORKS, SUBNETS, Listing
from skywright.adapters.clouds.openstack.session import Login
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.kinds import resource_id
from skywright.model.words import t

SINGLY_MAX = 20  # so many wanted resources are asked for one by one; more, by the list
IDS_PER_CALL = 50  # ids in one query string of the network API


class Reading(reading.Reading):
    """One reader over one region of one project."""

    place: Place

    def __init__(self, desk: Desk, account: str, region: str, service: str, only: frozenset[str] | None = None) -> None:
        super().__init__(desk, Place(account, region), service, only)

    @property
    def login(self) -> Login:
        """Through whom this project is read."""
        found: Login = self._desk.calls.login(self.account, self.region)
        return found

    @property
    def is_home(self) -> bool:
        """Is this the login's own project: it shows what belongs to no project, or to none in scope."""
        return self.login.home == self.account

    def ask(self, verb: str, *ids: str, service: str | None = None, region: str | None = None, **more: Any) -> Got:
        """One call. Raises model.errors."""
        what = Ask(service=self.allowed(service), verb=verb, ids=ids, **more)
        got: Got = self._desk.calls.ask(self.account, region or self.region, what)
        return got

    def get(self, verb: str, *ids: str, service: str | None = None, **more: Any) -> dict[str, Any]:
        """The body of one call. Raises TypeError when it is no object."""
        body = self.ask(f"GET {verb}", *ids, service=service, **more).body
        if not isinstance(body, dict):
            raise TypeError(f"{verb} answered without an object")
        return body

    def pages(self, listing: Listing, region: str | None = None) -> Iterator[Any]:
        """Every item of a list, as one project or all of them, page by page."""
        login = self.login
        query = {**listing.query, **({"limit": str(PAGE)} if listing.paged else {})}
        if login.wide:
            query |= listing.every
        elif listing.mine:
            query |= {listing.mine: self.account}
        what = Ask(service=self.allowed(listing.service), verb=f"GET {listing.verb}", query=query, micro=listing.micro)
        found: Iterator[Any] = offered(self._desk.calls.pages(self.account, region or self.region, what, listing.key), what)
        return found

    def all_of(self, listing: Listing) -> list[Any]:
        """The whole list that the login sees in this region: asked once per gathering for all readers and projects."""
        login = self.login
        key = ("list", login.name, self.region, listing.service, listing.verb, "" if login.wide else self.account)
        found: list[Any] = self._desk.memo.get(key, lambda: list(self.pages(listing)))
        return found

    def listed(self, listing: Listing) -> list[Any]:
        """The items of this project. Where only some are wanted: those that are there."""
        if self.only is not None and listing.one and len(self.only) <= SINGLY_MAX:
            return [raw for raw in self._singly(listing) if self._mine(raw, listing)]
        return [raw for raw in self.all_of(listing) if self._mine(raw, listing)]

    def visible(self, listing: Listing) -> list[Any]:
        """Like ``listed``; the login's own project shows also what it sees of projects that are not in scope."""
        return [raw for raw in self.all_of(listing) if self.owner_of(raw, listing.owner) == self.account]

    def owner_of(self, raw: Any, field: str = "project_id") -> str:
        """The project in whose tables a thing stands: its owner, or the login's own when the owner is not in scope."""
        owner = tr.text(raw, field) or tr.text(raw, "tenant_id") or ""
        accounts, _ = self._desk.calls.accounts.find()
        return owner if owner in accounts else self.login.home

    def network_ref(self, kind: str, native_id: str | None) -> str | None:
        """Like ``place.ref`` for a network or subnet, which may be shared by another project in scope."""
        if not native_id or not self.login.wide:
            return self.place.ref(kind, native_id)
        owner = self.once("network owners", self._network_owners).get(native_id, self.account)
        return resource_id(self.place.CLOUD, owner, self.place.region, kind, native_id)

    def network_refs(self, kind: str, native_ids: Iterable[str]) -> list[str]:
        """Ids in order, each once."""
        return sorted({found for one in native_ids if (found := self.network_ref(kind, one))})

    def _network_owners(self) -> dict[str, str]:
        """Network or subnet -> the project in whose tables it stands."""
        try:
            return {raw["id"]: self.owner_of(raw) for listing in (NETWORKS, SUBNETS) for raw in self.all_of(listing)}
        except SkywrightError:  # the networks' own reader says why
            return {}

    def once(self, key: str, fn: Callable[[], Any]) -> Any:
        """A fact of the cloud and region, found out once per gathering for all projects."""
        return self._desk.memo.get(("fact", self.login.name, self.region, key), fn)

    def by_ids(self, listing: Listing, field: str, ids: set[str]) -> list[Any]:
        """Items of the network API whose ``field`` is one of ``ids``: narrow while few are wanted, else from the whole list."""
        if self.only is None or len(ids) > IDS_PER_CALL:
            return [raw for raw in self.all_of(listing) if raw.get(field) in ids]
        found = []
        for one in sorted(ids):
            body = self.get(listing.verb, service=NETWORK, query={field: one})
            found += body[listing.key]
        return found

    def _mine(self, raw: Any, listing: Listing) -> bool:
        owner = tr.text(raw, listing.owner)
        return owner == self.account or (owner is None and self.is_home)

    def _singly(self, listing: Listing) -> Iterator[Any]:
        for one in sorted(self.only or ()):
            try:
                body = self.get(listing.one, one, service=listing.service, micro=listing.micro)
            except NotThere:
                continue
            yield body[listing.item] if listing.item else body


def offered(items: Iterator[Any], what: Ask) -> Iterator[Any]:
    """Items of a list. A list that does not exist is a part of the API that the cloud does not have."""
    try:
        yield from items
    except NotThere as error:
        raise NotOffered(t("The cloud does not offer {call}.", call=what.name)) from error
