"""Names: what Google Cloud calls a thing (link, full resource name, e-mail address) -> the resource id that tables join on."""

import re
from collections.abc import Iterable

from skywright.adapters.clouds.kit import place
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.model.kinds import resource_id

CLOUD = "gcp"

_ZONE = re.compile(r"([a-z]+-[a-z]+\d+)-[a-z]")
_REGION = re.compile(r"[a-z]+-[a-z]+\d+")
_LINK = re.compile(
    r"projects/(?P<project>[^/]+)/(?:(?:zones|regions|locations)/(?P<location>[^/]+)/)?(?:global/)?[a-zA-Z]+/(?P<name>.+)$"
)
_KEY = re.compile(r"projects/([^/]+)/locations/([^/]+)/keyRings/([^/]+)/cryptoKeys/([^/]+)")
_AGENT_PROJECT = re.compile(r"^(\d+)(?:-compute)?@")


def region_of(location: str | None) -> str:
    """The region of a zone, a region or another location. What is in a multi-region (``EU``) or nowhere is ``global``."""
    low = (location or "").lower()
    if found := _ZONE.fullmatch(low):
        return found[1]
    return low if _REGION.fullmatch(low) else GLOBAL


def native_of(location: str | None, name: str) -> str:
    """The native id of what is called ``name`` there: unique in its region. ``zone/name`` in a zone, ``eu/name`` in a multi-region,
    else the name."""
    low = (location or "").lower()
    return name if low in ("", GLOBAL) or _REGION.fullmatch(low) else f"{low}/{name}"


class Place(place.Place, frozen=True):
    """A project and a region of Google Cloud. ``number`` is the project's, by which some services name it."""

    CLOUD = CLOUD
    PROVIDER = "Google Cloud"

    number: str = ""

    def project(self, named: str) -> str:
        """A project as links name it (by id or number) -> its id, as far as that is known here."""
        return self.account if named in (self.number, "-", "_") else named

    def at(self, kind: str, location: str | None, name: str, project: str | None = None) -> str:
        """The id of what is called ``name`` at a location."""
        account = self.project(project) if project else self.account
        return resource_id(CLOUD, account, region_of(location), kind, native_of(location, name))

    def link(self, kind: str, link: str | None) -> str | None:
        """A link or full resource name -> the id of what it names, wherever that is. None and "" stay; what has no project in its
        name cannot be told: None."""
        if not link:
            return link
        found = _LINK.search(link)
        return self.at(kind, found["location"], found["name"], found["project"]) if found else None

    def links(self, kind: str, links: Iterable[str | None]) -> list[str]:
        """Ids in order, each once."""
        return sorted({found for one in links if (found := self.link(kind, one))})

    def key(self, name: str | None) -> str | None:
        """The name of a key or of one of its versions -> the key's id. "" (Google's own key) stays."""
        if not name:
            return name
        found = _KEY.search(name)
        return self.at("crypto.key", found[2], f"{found[3]}/{found[4]}", found[1]) if found else None

    def service_account(self, address: str | None) -> str | None:
        """The e-mail address of a service account -> its id. None: whose it is cannot be told from the address."""
        if not address:
            return address
        name, _, domain = address.partition("@")
        if domain.endswith(".iam.gserviceaccount.com"):
            project = domain.removesuffix(".iam.gserviceaccount.com")
        elif domain == "appspot.gserviceaccount.com":
            project = name
        elif (found := _AGENT_PROJECT.match(address)) and found[1] == self.number:
            project = self.account
        else:
            return None
        return resource_id(CLOUD, self.project(project), GLOBAL, "identity.user", address)
