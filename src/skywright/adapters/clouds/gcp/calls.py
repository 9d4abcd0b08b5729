"""The one way to Google Cloud: limits, retries, counting, paging, waiting and error translation around every call."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from skywright.adapters.clouds.gcp.documents import Method, documented, method
from skywright.adapters.clouds.gcp.faults import Asked, failed, garbled, refused, unanswered
from skywright.adapters.clouds.gcp.session import Session
from skywright.adapters.clouds.kit import witness
from skywright.adapters.clouds.kit.caller import Caller
from skywright.adapters.clouds.kit.translate import at, items, said, tail, text
from skywright.model.errors import AskHuman, TryAgain
from skywright.model.words import t
from skywright.ports.other import Clock

Missed = Callable[[str, str], None]
"""Called with a location (``zones/europe-west1-b``, ``europe-west1``) that could not be looked into, and why."""


class Page(Protocol):
    """One page of a list, as far as paging looks at it."""

    @property
    def nextPageToken(self) -> str:  # noqa: N802 - Google's name
        """Where to go on; empty on the last page."""


Form = TypeVar("Form", bound=Page)
Answer = TypeVar("Answer")

READ_VERBS = ("get", "list", "aggregatedlist", "search", "getiampolicy", "testiampermissions", "query")
OPERATION_S = 900.0
PAUSE_MAX_S = 10.0


class Calls(Protocol):
    """What readers, usage and writes need of Google Cloud."""

    def call(self, project: str, name: str, /, *, body: Any = None, again: bool | None = None, **params: Any) -> dict[str, Any]:
        """One call. ``name`` is the service and the method as documented: ``compute.instances.list``,
        ``sqladmin.instances.patch``, ``run.projects.locations.services.list``. ``params`` are the documented path and query
        parameters; ``body`` the request. ``project`` is whose limits and rights count (also give it as a parameter where the path
        has it).

        Retries what passes. A POST that changes something is made once, unless it carries ``requestId`` or ``again`` says that
        it may be repeated. Raises TryAgain, PlanAgain (409, 412, a wrong state), Denied, NotSignedIn, AskHuman, NotThere;
        ``faults.reason(error)`` and ``faults.status(error)`` give Google's own word.
        """

    def pages(self, project: str, name: str, items_key: str, /, *, missed: Missed | None = None, **params: Any) -> Iterator[Any]:
        """The items under ``items_key`` of every page. Of an ``aggregatedList`` it is the name inside each scope
        (``instances``), and the items of all scopes come one after the other.

        A location that could not be looked into is told to ``missed``; without it TryAgain is raised after the last item.
        """

    def typed(self, project: str, name: str, form: type[Form], /, **params: Any) -> Iterator[Form]:
        """The pages of a list, each decoded into ``form`` and nothing else: for answers of many MiB. ``form`` has a field
        ``nextPageToken``. Raises as ``pages`` does; an answer of another shape is AskHuman."""

    def operation(self, project: str, service: str, answer: dict[str, Any], /, within_s: float = OPERATION_S) -> dict[str, Any]:
        """Wait for the operation that a call answered with, at the endpoint of that call. Gives the operation as it ended.

        Raises what its error means, and TryAgain when it is not done in time. An answer that is no operation is given back."""


class GcpCalls:
    """Calls over a session. Safe to use from many threads. ``counter`` counts attempts by method."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._caller = Caller(clock)
        self.counter = self._caller.counter

    def call(self, project: str, name: str, /, *, body: Any = None, again: bool | None = None, **params: Any) -> dict[str, Any]:
        """See Calls."""
        known, asked = method(name), Asked(project, name)
        url = self._session.url(asked.service, known, params)
        repeatable = again if again is not None else _repeatable(name, known, params)

        def once() -> dict[str, Any]:
            content = self._once(known.httpMethod, url, body, asked)
            return _decoded(content, dict, asked) if content else {}

        return self._caller.call(project, (project, asked.service), name, once, repeatable=repeatable)

    def pages(self, project: str, name: str, items_key: str, /, *, missed: Missed | None = None, **params: Any) -> Iterator[Any]:
        """See Calls. Raises TryAgain when a page's token was given before: such paging would never end."""
        seen: set[str] = set()
        lost: list[str] = []
        tell = missed or (lambda where, _why: lost.append(where))
        if "returnPartialSuccess" in method(name).parameters:  # else one zone that is down hides all the others
            params = {"returnPartialSuccess": True, **params}
        while True:
            answer = self.call(project, name, **params)
            yield from _items(answer, items_key, Asked(project, name))
            for where, why in _unreached(answer):
                tell(where, why)
            token = text(answer, "nextPageToken")
            if not token:
                break
            if token in seen:
                raise TryAgain(t("{method} pages in a circle.", method=name))
            seen.add(token)
            params = {**params, "pageToken": token}
        if lost:
            raise TryAgain(t("{method} could not look into {where}.", method=name, where=", ".join(sorted(lost))))

    def typed(self, project: str, name: str, form: type[Form], /, **params: Any) -> Iterator[Form]:
        """See Calls."""
        known, asked = method(name), Asked(project, name)
        seen: set[str] = set()
        while True:
            url = self._session.url(asked.service, known, params)

            def once(url: str = url) -> Form:
                return _decoded(self._once(known.httpMethod, url, None, asked) or b"{}", form, asked)

            page = self._caller.call(project, (project, asked.service), name, once)
            yield page
            if not (token := page.nextPageToken):
                return
            if token in seen:
                raise TryAgain(t("{method} pages in a circle.", method=name))
            seen.add(token)
            params = {**params, "pageToken": token}

    def operation(self, project: str, service: str, answer: dict[str, Any], /, within_s: float = OPERATION_S) -> dict[str, Any]:
        """See Calls."""
        ask = _poll(project, service, answer)
        if ask is None:
            return answer
        asked = Asked(project, ask[0])
        waited, pause = 0.0, 0.5
        while not _ended(answer):
            if waited >= within_s:
                raise TryAgain(
                    t("{operation} is not done after {minutes:.0f} minutes.", operation=said(answer, "name"), minutes=waited / 60)
                )
            self._clock.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, PAUSE_MAX_S)
            answer = self.call(project, ask[0], **ask[1])
        if at(answer, "error"):
            raise failed(answer, asked)
        return answer

    def forgive(self) -> None:
        """Forget that the credentials were not valid: they may have been renewed."""
        self._caller.forgive()

    def _once(self, verb: str, url: str, body: Any, asked: Asked) -> bytes:
        from google.auth.exceptions import GoogleAuthError
        from requests import RequestException

        try:
            reply = self._session.send(verb, url, body)
        except (GoogleAuthError, RequestException) as error:
            raise unanswered(error, asked) from error
        if reply.status >= 300:
            raise refused(reply, asked)
        witness.saw(f"{verb} {url} {body}", reply.content)
        return reply.content


def _decoded(content: bytes, form: type[Answer], asked: Asked) -> Answer:
    """Raises what an answer that was cut or is no JSON means; of one that is JSON of another shape, that it is not understood."""
    try:
        return msgspec.json.decode(content, type=form)
    except msgspec.ValidationError as error:
        raise (garbled(asked) if form is dict else _misshapen(asked)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise garbled(asked) from error


def _repeatable(name: str, known: Method, params: Mapping[str, Any]) -> bool:
    verb = (tail(name, ".") or "").lower()
    return known.httpMethod != "POST" or "requestId" in params or verb.startswith(READ_VERBS)


def _items(answer: dict[str, Any], items_key: str, asked: Asked) -> Iterator[Any]:
    """A field that is missing is an empty list (Google leaves out what is empty); one of another type is no answer."""
    if not asked.method.endswith(".aggregatedList"):
        yield from _listed(answer, items_key, asked)
        return
    scopes = answer.get("items", {})
    if not isinstance(scopes, dict):
        raise _misshapen(asked)
    for scope in scopes.values():
        if not isinstance(scope, dict):
            raise _misshapen(asked)
        yield from _listed(scope, items_key, asked)


def _listed(answer: dict[str, Any], items_key: str, asked: Asked) -> list[Any]:
    found = answer.get(items_key, [])
    if not isinstance(found, list):
        raise _misshapen(asked)
    return found


def _misshapen(asked: Asked) -> AskHuman:
    return AskHuman(
        t("Google Cloud answered {what} in a shape that is not understood.", what=asked.words),
        next_step=t("Report this with the versions of Skywright and of google-api-python-client."),
    )


def _unreached(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The locations that an answer says it could not look into: ``unreachable(s)``, ``missingZones``, ``failedLocations`` and the
    warnings of an aggregated list's scopes."""
    for field in ("unreachable", "unreachables", "missingZones", "failedLocations"):
        for where in items(answer, field):
            yield str(where), t("Google Cloud could not reach {where}.", where=where)
    scopes = at(answer, "items")
    for where, scope in scopes.items() if isinstance(scopes, dict) else ():
        if (code := text(scope, "warning", "code")) and code not in ("NO_RESULTS_ON_PAGE", "DEPRECATED_RESOURCE_USED"):
            yield where, t("Google Cloud could not list {where} ({code}).", where=where, code=code)


def _poll(project: str, service: str, answer: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The method and parameters that ask for an operation again. None: the answer is no operation."""
    name = said(answer, "name")
    if service == "compute" and said(answer, "kind") == "compute#operation":
        if zone := tail(text(answer, "zone")):
            return "compute.zoneOperations.get", {"project": project, "zone": zone, "operation": name}
        if region := tail(text(answer, "region")):
            return "compute.regionOperations.get", {"project": project, "region": region, "operation": name}
        return "compute.globalOperations.get", {"project": project, "operation": name}
    if service == "sqladmin" and said(answer, "kind") == "sql#operation":
        return "sqladmin.operations.get", {"project": project, "operation": name}
    if service == "container" and "operationType" in answer:
        where = text(answer, "location") or text(answer, "zone") or tail(said(answer, "selfLink").rpartition("/operations/")[0])
        return "container.projects.locations.operations.get", {"name": f"projects/{project}/locations/{where}/operations/{name}"}
    if "/operations/" in name or name.startswith("operations/"):
        return _long_running(service, name)
    return None


def _long_running(service: str, name: str) -> tuple[str, dict[str, Any]] | None:
    """The one of a service's ``operations.get`` whose name has this form."""
    for known, found in documented(service).methods.items():
        if known.endswith("operations.get") and "name" in found.parameters:
            pattern = found.parameters["name"].pattern
            if not pattern or re.fullmatch(pattern.strip("^$"), name):
                return f"{service}.{known}", {"name": name}
    return None


def _ended(operation: dict[str, Any]) -> bool:
    return operation.get("status") == "DONE" or operation.get("done") is True
