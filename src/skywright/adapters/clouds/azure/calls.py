"""Calls to Azure: pages to their end, operations to theirs, with patience, counting and error translation around every call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

import msgspec

from skywright.adapters.clouds.azure.faults import Asked, after_s, failed, garbled, permission_of, refused, reply, unanswered
from skywright.adapters.clouds.azure.ids import parse
from skywright.adapters.clouds.azure.session import ARM, GRAPH, METRICS, PRICES, Session
from skywright.adapters.clouds.azure.versions import api_version
from skywright.adapters.clouds.kit import witness
from skywright.adapters.clouds.kit.actions import HOUR_S
from skywright.adapters.clouds.kit.caller import Caller
from skywright.adapters.clouds.kit.reading import misunderstood
from skywright.model.errors import AskHuman, NotThere, SkywrightError, TryAgain
from skywright.model.words import t
from skywright.ports.other import Clock

TENANT = ""
"""The account of calls that belong to no subscription."""

POLL_S = 5.0  # between two looks at an operation, where Azure names no other time
POLL_MAX_S = 60.0
ROWS_PER_PAGE = 1000  # https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data#paging-results
DONE, BROKEN = ("succeeded", "ready", "completed"), ("failed", "canceled", "cancelled")
# 15 queries in 5 seconds: https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
GRAPH_QUERIES_PER_S = 3.0

Parameters = Mapping[str, str]


class ArmCalls:
    """Calls over one session. Safe to use from many threads. ``counter`` counts attempts by permission
    (``Microsoft.Compute/disks/read``)."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._caller = Caller(clock)
        self.counter = self._caller.counter
        self._session = session
        self._clock = clock
        self._caller.limiter(_bucket(TENANT, "Microsoft.ResourceGraph/resources/action")).rate = GRAPH_QUERIES_PER_S

    def request(
        self,
        method: str,
        subscription: str,
        path: str,
        version: str = "",
        body: Any = None,
        if_match: str | None = None,
        *,
        repeatable: bool = True,
    ) -> dict[str, Any]:
        """One call to Resource Manager: ``path`` begins with ``/`` and may have a query; ``version`` "" is the type's own.

        Answers the body, {} when there is none. Retries what passes; raises TryAgain, PlanAgain, Denied, AskHuman, NotSignedIn or
        NotThere. ``if_match``: an ETag, so that a resource that changed since is left alone (PlanAgain).
        """
        headers = {"If-Match": if_match} if if_match else {}
        url = self._url(method, path, version)
        answer: dict[str, Any] = self._sent(_Call(ARM, method, subscription, url, body, headers), repeatable=repeatable).body
        return answer

    def pages(self, subscription: str, path: str, version: str = "") -> Iterator[dict[str, Any]]:
        """The items of every page of a list (``value``, then ``nextLink``).

        Raises TryAgain when a page comes again, AskHuman when the next one would be at another host: a token never goes there.
        """
        yield from self._paged(ARM, subscription, self._url("GET", path, version), "nextLink")

    def graph_pages(self, path: str) -> Iterator[dict[str, Any]]:
        """The items of every page of a list of Microsoft Graph (``/v1.0/users?$select=id``)."""
        yield from self._paged(GRAPH, TENANT, self._session.url(GRAPH) + path, "@odata.nextLink")

    def price_pages(self, path: str) -> Iterator[dict[str, Any]]:
        """The items of every page of the public price list, which asks for no token and is sent none."""
        yield from self._paged(PRICES, TENANT, self._session.url(PRICES) + path, "NextPageLink", "Items")

    def query(self, text: str, subscriptions: Sequence[str]) -> Iterator[msgspec.Raw]:
        """The rows of a query of Resource Graph over these subscriptions, as JSON. The query must keep ``id``.

        Raises AskHuman when the answer says that it was cut without a way to go on.
        """
        url = self._url("POST", "/providers/Microsoft.ResourceGraph/resources", "")
        options: dict[str, Any] = {"$top": ROWS_PER_PAGE, "resultFormat": "objectArray"}
        seen: set[str] = set()
        while True:
            body = {"subscriptions": list(subscriptions), "query": text, "options": options}
            call = _Call(ARM, "POST", TENANT, url, body)
            page = self._sent(call, decode=_GraphPage).body
            yield from page.data
            if not page.token:
                if page.resultTruncated == "true":
                    raise misunderstood("Azure", "Microsoft.ResourceGraph/resources", ValueError("cut without a token to go on"))
                return
            if page.token in seen:
                raise _circle("Microsoft.ResourceGraph/resources")
            seen.add(page.token)
            options = {**options, "$skipToken": page.token}

    def metrics_batch(self, subscription: str, location: str, parameters: str, ids: Sequence[str]) -> dict[str, Any]:
        """Monitor's ``metrics:getBatch`` for up to 50 resources of one location."""
        base = self._session.url(METRICS, location)
        url = f"{base}/subscriptions/{subscription}/metrics:getBatch?{parameters}&api-version={api_version('metrics:getBatch')}"
        call = _Call(METRICS, "POST", subscription, url, {"resourceids": list(ids)})
        answer: dict[str, Any] = self._sent(call, name="Microsoft.Insights/metrics/read").body
        return answer

    def settled(
        self,
        method: str,
        subscription: str,
        path: str,
        version: str = "",
        body: Any = None,
        if_match: str | None = None,
        *,
        within_s: float = HOUR_S,
        sleep: Callable[[float], None] | None = None,
    ) -> dict[str, Any]:
        """Like ``request``, and then the operation that it began is awaited: by Azure-AsyncOperation, Location, or the resource's
        own provisioningState, as "Track asynchronous Azure operations" of the Resource Manager documentation says.

        Answers the resource as it is then ({} after a DELETE). Raises TryAgain when it takes longer than ``within_s``, and what
        the operation failed of.
        """
        headers = {"If-Match": if_match} if if_match else {}
        call = _Call(ARM, method, subscription, self._url(method, path, version), body, headers)
        first = self._sent(call, repeatable=method != "POST")
        return _Operation(self, call, sleep or self._clock.sleep, within_s).end(first)

    def forgive(self) -> None:
        """Forget which accounts had no valid credentials: they may have been renewed."""
        self._caller.forgive()

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _url(self, method: str, path: str, version: str) -> str:
        if "://" in path:
            return path
        mark = "&" if "?" in path else "?"
        return f"{self._session.url(ARM)}{path}{mark}api-version={version or api_version(_type_of(path))}"

    def _paged(self, service: str, subscription: str, url: str, following: str, held: str = "value") -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        home = urlsplit(url)
        while url:
            seen.add(url)
            name = _graph_name(url) if service == GRAPH else PRICES if service == PRICES else ""
            page = self._sent(_Call(service, "GET", subscription, url), name=name).body
            value = page.get(held)
            if not isinstance(value, list):
                raise misunderstood("Azure", home.path, TypeError("a page without a list"))
            yield from value
            url = page.get(following) or ""
            if url in seen:
                raise _circle(home.path)
            if url:
                _at_home(home.netloc, url)

    def _sent(self, call: "_Call", *, name: str = "", decode: type | None = None, repeatable: bool = True) -> "_Got":
        permission = name or permission_of(call.method, urlsplit(call.url).path)
        asked = Asked(call.subscription, permission)
        bucket = _bucket(call.subscription, permission)
        return self._caller.call(
            call.subscription, bucket, permission, lambda: self._once(call, asked, decode), repeatable=repeatable
        )

    def _once(self, call: "_Call", asked: Asked, decode: type | None) -> "_Got":
        from skywright.adapters.clouds.azure.session import imports

        imports()
        from azure.core.exceptions import AzureError
        from azure.core.rest import HttpRequest
        from requests.exceptions import RequestException

        extra = {} if call.body is None else {"json": call.body}
        try:
            response = self._session.send(call.service, HttpRequest(call.method, call.url, headers=dict(call.headers), **extra))
            content = response.content
        except (AzureError, RequestException) as error:
            raise unanswered(error, asked) from error
        if response.status_code >= 300:
            raise refused(reply(response, self._clock.now().replace(tzinfo=UTC).timestamp()), asked)
        witness.saw(f"{call.method} {call.url} {call.body}", content)
        return _Got(int(response.status_code), dict(response.headers), _decoded(content, asked, decode))


class _Call(msgspec.Struct, frozen=True):
    service: str
    method: str
    subscription: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = {}


class _Got(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: Any

    def header(self, name: str) -> str:
        """A header, whatever its case."""
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


class _GraphPage(msgspec.Struct):
    """What Resource Graph answers, of which the rows stay undecoded until somebody wants them."""

    data: list[msgspec.Raw]
    resultTruncated: str = "false"  # noqa: N815 - Azure's name
    token: str = msgspec.field(default="", name="$skipToken")


class _Operation:
    """A long-running operation, looked at until it has ended.

    https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
    """

    def __init__(self, calls: ArmCalls, call: _Call, sleep: Callable[[float], None], within_s: float) -> None:
        self._calls = calls
        self._call = call
        self._sleep = sleep
        self._within_s = within_s
        self._waited_s = 0.0

    def end(self, first: _Got) -> dict[str, Any]:
        """The resource, once the operation is over."""
        if url := first.header("azure-asyncoperation"):
            self._watch_status(url, first)
            return self._result(first)
        if first.status == 202 and (url := first.header("location")):
            return self._watch_location(url, first)
        return self._watch_state(first)

    def _watch_status(self, url: str, got: _Got) -> None:
        while True:
            self._wait(got)
            got = self._look(url)
            status = str(got.body.get("status", "")).lower()
            if status in BROKEN:
                raise self._failure(got.body)
            if status in DONE:
                return

    def _watch_location(self, url: str, got: _Got) -> dict[str, Any]:
        while got.status == 202:
            url = got.header("location") or url
            self._wait(got)
            got = self._look(url)
        return self._checked(got.body)

    def _watch_state(self, got: _Got) -> dict[str, Any]:
        """PUT and PATCH without a word about an operation: the resource itself says when it has settled."""
        while not _steady(got.body) and self._call.method in ("PUT", "PATCH"):
            self._wait(got)
            got = self._look(self._call.url)
        return self._checked(got.body)

    def _result(self, first: _Got) -> dict[str, Any]:
        if self._call.method in ("PUT", "PATCH"):
            return self._checked(self._look(self._call.url).body)
        if self._call.method == "POST" and (url := first.header("location")):
            try:
                return self._watch_location(url, self._look(url))
            except NotThere:  # a result may be gone by now, and most have none
                return {}
        return {}

    def _checked(self, body: dict[str, Any]) -> dict[str, Any]:
        if _state(body) in BROKEN:
            raise self._failure({})
        return body

    def _look(self, url: str) -> _Got:
        _at_home(urlsplit(self._call.url).netloc, url)
        return self._calls._sent(_Call(ARM, "GET", self._call.subscription, url), name="Microsoft.Resources/operations/read")  # noqa: SLF001 - this class is a part of it

    def _wait(self, got: _Got) -> None:
        if self._waited_s >= self._within_s:
            raise TryAgain(
                t(
                    "Azure has not finished {what} after {minutes:.0f} minutes.",
                    what=self._asked().words,
                    minutes=self._waited_s / 60,
                )
            )
        named = after_s(got.headers)
        pause = min(POLL_S if named is None else named, POLL_MAX_S)
        self._sleep(pause)
        self._waited_s += max(pause, 0.1)  # so that an answer of "at once" does not keep us for ever

    def _failure(self, body: Any) -> SkywrightError:
        said = failed(body, 409)
        if not said.code:
            said = msgspec.structs.replace(said, code="OperationFailed")
        return refused(said, self._asked())

    def _asked(self) -> Asked:
        return Asked(self._call.subscription, permission_of(self._call.method, urlsplit(self._call.url).path))


def _decoded(content: bytes, asked: Asked, decode: type | None) -> Any:
    if decode is None and not content.strip():
        return {}
    try:
        body: Any = msgspec.json.decode(content, type=decode or Any)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if isinstance(error, msgspec.ValidationError):
            raise misunderstood("Azure", asked.permission, error) from error
        raise garbled(asked) from error
    if decode is None and not isinstance(body, dict):
        raise misunderstood("Azure", asked.permission, TypeError(f"{type(body).__name__} where an object was expected"))
    return body


def _state(body: Any) -> str:
    properties = body.get("properties") if isinstance(body, dict) else None
    return str(properties.get("provisioningState") or "").lower() if isinstance(properties, dict) else ""


def _steady(body: Any) -> bool:
    return _state(body) in ("", *DONE, *BROKEN)


def _at_home(host: str, url: str) -> None:
    """Raises AskHuman for a link to another host: our token is for this one alone."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.netloc.lower().removesuffix(":443") != host.lower().removesuffix(":443"):
        raise AskHuman(
            t(
                "Azure's answer goes on at {other}, and not at {host} that was asked: no token is sent there.",
                other=parts.netloc,
                host=host,
            ),
            next_step=t("Check clouds.azure.endpoint, and whether something between here and Azure rewrites answers."),
        )


def _graph_name(url: str) -> str:
    """A list of Microsoft Graph -> how it is counted: ``Microsoft.Graph/users/read``."""
    return f"Microsoft.Graph/{'/'.join(urlsplit(url).path.strip('/').split('/')[1:])}/read"


def _circle(what: str) -> TryAgain:
    return TryAgain(t("Azure pages {what} in a circle.", what=what))


def _bucket(subscription: str, permission: str) -> tuple[str, str]:
    """Resource Manager counts by subscription and principal, and each provider for itself besides."""
    return subscription, permission.partition("/")[0].lower()


def _type_of(path: str) -> str:
    """A path, of a resource or of a list -> the type for the table of api-versions."""
    plain = path.partition("?")[0]
    found = parse(plain)
    if found is not None and "/providers/" in plain.lower():
        return found.type
    _, is_provided, rest = plain.rpartition("/providers/")
    parts = [part for part in (rest if is_provided else plain).split("/") if part]
    if is_provided:
        return "/".join([parts[0], *parts[1::2]])
    return "/".join(part for part in parts[0::2])
