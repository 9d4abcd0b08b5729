"""The one way to OpenStack: endpoints, microversions, paging, limits, retries, counting and error translation around every call."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from skywright.adapters.clouds.kit.caller import Caller
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.openstack.accounts import Accounts
from skywright.adapters.clouds.openstack.endpoints import Endpoints
from skywright.adapters.clouds.openstack.faults import Asked, garbled, refused, unanswered
from skywright.adapters.clouds.openstack.place import IDENTITY, OBJECT
from skywright.adapters.clouds.openstack.session import Login, Sessions, check_clock
from skywright.model.errors import TryAgain
from skywright.model.words import t
from skywright.ports.other import Clock

PAGE = 500  # items asked for at a time; services that give fewer say so with a link
NOVA_HEADER = "X-OpenStack-Nova-API-Version"  # before microversion 2.27


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One call: ``verb`` as documented (``GET /servers/{}``) with ``ids`` for its braces. ``micro``: the microversion that is
    wanted; a server that knows only older ones gets its newest. ``own``: with a token of the account itself, for what is made."""

    service: str
    verb: str
    ids: tuple[str, ...] = ()
    query: dict[str, str] = {}
    json: Any = None
    content: bytes | None = None
    headers: dict[str, str] = {}
    micro: str = ""
    own: bool = False

    @property
    def name(self) -> str:
        """``compute:GET /servers/{}``."""
        return f"{self.service}:{self.verb}"

    @property
    def method(self) -> str:
        """GET, POST, ..."""
        return self.verb.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path with its ids."""
        return self.verb.partition(" ")[2].format(*(quote(one, safe="") for one in self.ids))


class Got(msgspec.Struct, frozen=True):
    """What came back: header names are lower case; ``body`` is decoded JSON, or None."""

    status: int
    headers: dict[str, str]
    body: Any


class Calls(Protocol):
    """What readers, usage and writes need of OpenStack."""

    def ask(self, account: str, region: str, what: Ask) -> Got:
        """One call. Retries what passes; raises model.errors."""

    def pages(self, account: str, region: str, what: Ask, key: str) -> Iterator[Any]:
        """The items under ``key`` of every page of a list."""

    def login(self, account: str, region: str) -> Login:
        """Through whom an account is read."""


class OpenstackCalls:
    """Calls over keystoneauth's sessions. Safe to use from many threads. ``counter`` counts attempts by ``service:VERB /path``."""

    def __init__(self, sessions: Sessions, clock: Clock, skip: frozenset[str] = frozenset()) -> None:
        self._caller = Caller(clock)
        self._clock = clock
        self.counter = self._caller.counter
        self.sessions = sessions
        self._endpoints = Endpoints()
        self.accounts = Accounts(sessions, self._projects, skip)

    def login(self, account: str, region: str) -> Login:
        """See Calls."""
        return self.accounts.login(account, region)

    def ask(self, account: str, region: str, what: Ask) -> Got:
        """See Calls."""
        return self._asked(self.login(account, region), account, region, what)

    def pages(self, account: str, region: str, what: Ask, key: str) -> Iterator[Any]:
        """See Calls. Raises TryAgain when the paging goes in a circle, ValueError when a page has no list."""
        seen: set[tuple[tuple[str, str], ...]] = set()
        query = dict(what.query)
        while True:
            page = tuple(sorted(query.items()))
            if page in seen:
                raise TryAgain(t("OpenStack pages {call} in a circle.", call=what.name))
            seen.add(page)
            body = self.ask(account, region, msgspec.structs.replace(what, query=query)).body
            listed = body.get(key) if isinstance(body, dict) else None
            if not isinstance(listed, list):
                raise ValueError(f"no list of {key} in the answer")  # noqa: TRY004 - the caller reads it as a changed answer
            yield from listed
            following = _following(body, key)
            if following is None:
                return
            query = query | following

    def forgive(self) -> None:
        """Forget who had no valid credentials: they may have been renewed."""
        self._caller.forgive()
        self.sessions.forget()
        self.accounts.forget()

    def _asked(self, login: Login, account: str, region: str, what: Ask) -> Got:
        bucket = (login.name, region, what.service)
        repeatable = what.method != "POST"
        return self._caller.call(
            login.name, bucket, what.name, lambda: self._once(login, account, region, what), repeatable=repeatable
        )

    def _once(self, login: Login, account: str, region: str, what: Ask) -> Got:
        from keystoneauth1.exceptions import ClientException

        asked = Asked(account, region, what.service, what.name, login.name)
        try:
            check_clock(login, self._clock.now())
            base, newest = self._endpoints.find(login, account, region, what.service)
            session = self.sessions.scoped(login, account) if what.own or what.service == OBJECT else login.session
            headers = {"Accept": "application/json", **what.headers, **_microversion(what, newest)}
            sent = {"json": what.json} if what.json is not None else {"data": what.content} if what.content is not None else {}
            response = session.request(
                base + what.path, what.method, params=what.query, headers=headers, raise_exc=False, log=False, **sent
            )
        except ClientException as error:
            raise unanswered(error, asked) from error
        return _got(response, asked)

    def _projects(self, login: Login) -> Iterator[Any]:
        """Every project of a cloud."""
        what = Ask(service=IDENTITY, verb="GET /projects")
        body = self._asked(login, login.home, GLOBAL, what).body
        yield from body["projects"]


def _microversion(what: Ask, newest: tuple[int, int] | None) -> Mapping[str, str]:
    if not what.micro or newest is None:
        return {}
    wanted = tuple(int(part) for part in what.micro.split("."))
    major, minor = min(wanted, newest)
    version = f"{major}.{minor}"
    service = "volume" if what.service == "block-storage" else what.service
    nova = {NOVA_HEADER: version} if service == "compute" else {}
    return {"OpenStack-API-Version": f"{service} {version}", **nova}


def _got(response: Any, asked: Asked) -> Got:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.status_code >= 300:
        raise refused(response.status_code, headers, _decoded(response.content, response.text), asked)
    if not response.content or "json" not in headers.get("content-type", "json"):
        return Got(response.status_code, headers, None)
    body = _decoded(response.content, None)
    if body is None:
        raise garbled(asked)
    return Got(response.status_code, headers, body)


def _decoded(content: bytes, otherwise: Any) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return otherwise


def _following(body: dict[str, Any], key: str) -> dict[str, str] | None:
    """The parameters of the next page, from its link; of the link only the query counts: behind a proxy its host is often wrong."""
    links = body.get(f"{key}_links", body.get("links"))
    found = body.get("next")
    if isinstance(links, list):
        found = next((link.get("href") for link in links if isinstance(link, dict) and link.get("rel") == "next"), found)
    elif isinstance(body.get("links"), dict):
        found = body["links"].get("next")
    if not isinstance(found, str) or not found:
        if body.get("truncated") is True:  # Keystone's list limit, with no way to the rest
            raise ValueError(f"the list of {key} is cut short by the server")
        return None
    return dict(parse_qsl(urlsplit(found).query, keep_blank_values=True))
