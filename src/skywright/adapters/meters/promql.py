"""Prometheus's HTTP API, and of those that speak it (VictoriaMetrics, Thanos, Mimir): a range query -> its series.

Source: Prometheus, "HTTP API": /api/v1/query_range; ``warnings`` come with answers that are not whole (Thanos: partial response).
"""

import json
import math
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import msgspec

from skywright.model.errors import AskHuman, BadInput, TryAgain
from skywright.model.words import t

TIMEOUT_S = 30.0
ANSWER_MAX_BYTES = 64 * 2**20
TOO_MANY, OWN_FAULT = 429, 500
REFUSED = (400, 422)
"""Of which the body says in JSON what is wrong with the query."""

Raw = dict[str, Any]


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server is, and how it is spoken to. ``section``: where in the configuration it stands, for errors. ``token``: a
    bearer token, never part of an error or of a ``repr``."""

    address: str
    section: str
    token: str = ""
    ca_file: str = ""
    headers: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Server({self.place})"

    @property
    def place(self) -> str:
        """What is shown of the address: neither user nor path nor port, which may be secret or of no help."""
        parts = urllib.parse.urlsplit(self.address)
        return f"{parts.scheme}://{parts.hostname}"


class Answer(msgspec.Struct, frozen=True):
    """Series as they came, and what the server has to say of them (of data that is missing)."""

    series: list[Raw]
    warnings: tuple[str, ...] = ()


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: the token would go along."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def query_range(server: Server, query: str, start: float, end: float, step_s: float) -> Answer:
    """Ask once; ``start`` and ``end`` in seconds since 1970, both inclusive. Raises BadInput for a query that is refused or gives
    no series, TryAgain or AskHuman when the server cannot be asked."""
    asked = {"query": query, "start": f"{start:.0f}", "end": f"{end:.0f}", "step": f"{step_s:.0f}"}
    answer = _get(server, urllib.parse.urlencode(asked))
    if answer.get("status") != "success":
        reason = str(answer.get("error", answer.get("status"))).rstrip(".")
        step = t("Mend the query in {section}.", section=server.section)
        raise BadInput(t("The metric's query was refused: {reason}.", reason=reason), where=query, next_step=step)
    data = answer.get("data")
    if not isinstance(data, dict) or data.get("resultType") != "matrix" or not isinstance(data.get("result"), list):
        step = t("Mend the query in {section}.", section=server.section)
        raise BadInput(t("The metric's query gives no series."), where=query, next_step=step)
    return Answer([one for one in data["result"] if isinstance(one, dict)], tuple(map(str, answer.get("warnings") or ())))


def samples(series: Raw) -> Iterator[tuple[float, float]]:
    """(seconds since 1970, value) of a series; what is no number (NaN, +Inf, a stale marker) is not there."""
    for pair in series.get("values") or ():
        try:
            at, value = float(pair[0]), float(pair[1])
        except (TypeError, ValueError, IndexError):
            continue
        if math.isfinite(at) and math.isfinite(value):
            yield at, value


def _get(server: Server, query: str) -> Raw:
    parts = urllib.parse.urlsplit(server.address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadInput(t("is no address."), where=server.section, next_step=t("Write http(s)://host:port."))
    headers = {**server.headers, **({"Authorization": f"Bearer {server.token}"} if server.token else {})}
    request = urllib.request.Request(f"{server.address.rstrip('/')}/api/v1/query_range?{query}", headers=headers)  # noqa: S310 - checked above
    try:
        with _opener(server).open(request, timeout=TIMEOUT_S) as reply:
            return _decoded(reply.read(ANSWER_MAX_BYTES + 1), server)
    except urllib.error.HTTPError as error:
        with error:
            return _refused(error, server)
    except (OSError, urllib.error.URLError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            step = t("Name the authority's file as ca_file in {section}.", section=server.section)
            raise AskHuman(t("The certificate of {place} is not trusted.", place=server.place), next_step=step) from None
        said = t("{place} could not be asked for a metric ({reason}).", place=server.place, reason=type(reason).__name__)
        raise TryAgain(said) from None


def _opener(server: Server) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_Stays()]
    if server.address.startswith("https"):
        try:
            trusted = ssl.create_default_context(cafile=server.ca_file or None)
        except OSError as error:
            raise BadInput(t("cannot be read as an authority's file."), where=server.ca_file) from error
        handlers.append(urllib.request.HTTPSHandler(context=trusted))
    return urllib.request.build_opener(*handlers)


def _refused(error: urllib.error.HTTPError, server: Server) -> Raw:
    """An error that says in JSON what is wrong with the query; else an error of ours."""
    said = t("{place} answered {status} to the question for a metric.", place=server.place, status=error.code)
    if error.code == TOO_MANY or error.code >= OWN_FAULT:
        raise TryAgain(said, throttled=error.code == TOO_MANY) from None
    if error.code in REFUSED:
        return _decoded(error.read(ANSWER_MAX_BYTES + 1), server)
    raise AskHuman(said, next_step=t("Check the address and the token of {section}.", section=server.section)) from None


def _decoded(body: bytes, server: Server) -> Raw:
    if len(body) > ANSWER_MAX_BYTES:
        step = t("Ask for fewer series, or with a longer step, in {section}.", section=server.section)
        raise AskHuman(
            t("The answer of {place} is longer than {size} bytes.", place=server.place, size=ANSWER_MAX_BYTES), next_step=step
        )
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        step = t("Check the address in {section}.", section=server.section)
        raise AskHuman(t("What {place} answered is not Prometheus's JSON.", place=server.place), next_step=step)
    return answer
