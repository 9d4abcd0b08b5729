"""The one way to Docker: limits, retries, counting and error translation around every call of the Engine API."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from skywright.adapters.clouds.kit.caller import Caller
from skywright.adapters.clouds.swarm.faults import NoSwarm, answered, garbled, message_of, unanswered
from skywright.adapters.clouds.swarm.session import Clients, Endpoint
from skywright.model.errors import AskHuman, NotThere, SkywrightError, TryAgain
from skywright.model.words import t
from skywright.ports.other import Clock

VERSION_MIN, VERSION_MAX = (1, 41), (1, 51)
"""The Engine API that we were written for: service status came with 1.41 (Docker Engine API version history)."""

EVENTS = "GET /events"
"""Answers line by line, and without ``until`` for ever."""


class Call(msgspec.Struct, frozen=True):
    """One call: its name as the API's documentation has it (``GET /services/{id}``), and what fills it."""

    name: str
    id: str = ""
    query: dict[str, Any] = {}
    body: Any = None
    headers: dict[str, str] = {}

    @property
    def method(self) -> str:
        """GET, POST or DELETE."""
        return self.name.partition(" ")[0]

    @property
    def path(self) -> str:
        """With the id in its place."""
        return self.name.partition(" ")[2].replace("{id}", quote(self.id, safe=":"))


class EngineCalls:
    """Calls to engines by name. Safe to use from many threads. ``counter`` counts attempts by call."""

    def __init__(self, clients: Clients, clock: Clock) -> None:
        self._clients = clients
        self._caller = Caller(clock)
        self.counter = self._caller.counter
        self._versions: dict[str, str] = {}
        self._lock = threading.Lock()

    def ask(self, endpoint: Endpoint, call: Call) -> Any:
        """The answer's JSON (None when it is empty; of a stream of JSON lines, the list of them). Raises model.errors."""
        version = self._version(endpoint)
        return self._ask(endpoint, call, f"/v{version}{call.path}")

    def forgive(self) -> None:
        """Forget which hosts had no use for our certificates: they may have been renewed."""
        self._caller.forgive()
        with self._lock:
            self._versions.clear()

    def _version(self, endpoint: Endpoint) -> str:
        """The newest API version that both sides speak. Raises AskHuman for an engine that is too old."""
        with self._lock:
            known = self._versions.get(endpoint.name)
        if known:
            return known
        said = self._ask(endpoint, Call("GET /version"), "/version")
        try:
            theirs = tuple(int(part) for part in said["ApiVersion"].split("."))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise garbled(endpoint.name, "GET /version") from error
        if theirs < VERSION_MIN:
            raise AskHuman(
                t("{host} speaks only version {version} of the Engine API.", host=endpoint.name, version=said["ApiVersion"]),
                next_step=t("Upgrade Docker there to 20.10 or later."),
            )
        version = ".".join(str(part) for part in min(theirs, VERSION_MAX))
        with self._lock:
            self._versions[endpoint.name] = version
        return version

    def _ask(self, endpoint: Endpoint, call: Call, path: str) -> Any:
        return self._caller.call(
            endpoint.name, endpoint.name, call.name, lambda: self._once(endpoint, call, path), repeatable=call.method == "GET"
        )

    def _once(self, endpoint: Endpoint, call: Call, path: str) -> Any:
        client = self._clients.get(endpoint)
        from requests.exceptions import RequestException
        from urllib3.exceptions import HTTPError

        try:
            answer = client.request(
                call.method,
                f"{client.base_url}{path}",
                params=call.query,
                json=call.body,
                headers=call.headers,
                timeout=client.timeout,
            )
        except (RequestException, HTTPError, OSError) as error:
            if endpoint.url.startswith("ssh://"):
                self._clients.drop(endpoint)
            raise unanswered(endpoint.name, call.name, error) from error
        if answer.status_code >= 400:
            said = message_of(answer.content)
            raise answered(endpoint.name, call.name, answer.status_code, said, answer.headers.get("Retry-After"))
        return _decoded(endpoint, call, answer)


def _decoded(endpoint: Endpoint, call: Call, answer: Any) -> Any:
    if not answer.content.strip() or answer.status_code in (204, 304):
        return None
    try:
        return msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        lines = answer.content.splitlines()
        if (call.method == "POST" or call.name == EVENTS) and len(lines) > 1:  # a pull tells of its progress line by line
            try:
                return [msgspec.json.decode(line) for line in lines if line.strip()]
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass
        raise garbled(endpoint.name, call.name) from error


class Way(msgspec.Struct, frozen=True):
    """What an account is: the engines that can answer for it, in order. ``swarm``: any manager can answer."""

    endpoints: tuple[Endpoint, ...]
    swarm: bool = False


class Calls:
    """Calls by account. ``ways`` is filled by the directory; ``discover`` fills it when one is not known."""

    def __init__(self, engines: EngineCalls) -> None:
        self._engines = engines
        self.counter = engines.counter
        self.ways: dict[str, Way] = {}
        self.discover: Callable[[], None] = _nothing

    def ask(self, account: str, name: str, /, id: str = "", **rest: Any) -> Any:  # noqa: A002 - as the API calls it
        """One call (``GET /services/{id}``) to an account. Of a swarm the next manager is asked where one does not answer."""
        call = Call(name, id, **rest)
        way = self.way(account)
        for endpoint, last in _with_last(way.endpoints):
            try:
                return self._engines.ask(endpoint, call)
            except (TryAgain, NoSwarm) as error:
                # a write whose answer was lost may have had its effect: only its own step may look and repeat it
                if last or call.method != "GET" or getattr(error, "throttled", False):
                    raise
        raise AssertionError("a way has at least one endpoint")

    def way(self, account: str) -> Way:
        """How an account is asked. Raises AskHuman for one that is not in scope."""
        if account not in self.ways:
            self.discover()
        if account not in self.ways:
            raise AskHuman(
                t("Docker host or swarm {account} is not in scope, or did not answer.", account=account),
                next_step=t("Name it, or a manager of it, under clouds.swarm.hosts."),
            )
        return self.ways[account]

    def there(self, account: str, name: str, /, id: str = "", **rest: Any) -> Any:  # noqa: A002
        """Like ``ask``; None when Docker says, with certainty, that there is no such thing."""
        try:
            return self.ask(account, name, id, **rest)
        except NotThere:
            return None


def _with_last(endpoints: Sequence[Endpoint]) -> Iterator[tuple[Endpoint, bool]]:
    for index, endpoint in enumerate(endpoints):
        yield endpoint, index == len(endpoints) - 1


def _nothing() -> None:
    """Nobody is there to ask."""


Failure = tuple[str, SkywrightError]
"""An account, and why nothing is known of it."""
