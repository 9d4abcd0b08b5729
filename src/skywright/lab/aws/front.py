"""Every request passes here: the lab's own pages, counting, faults, credentials, tokens; then moto; then the event book."""

import io
import json
import threading
import time
import traceback
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from skywright.lab.aws.books import CallBook, EventBook, TokenBook
from skywright.lab.aws.faults import Fault, Faults, Trouble
from skywright.lab.aws.wire import Answer, Call, Refusal, recognise, refuse

Environ = dict[str, Any]
_UNSIGNED = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})


class Front:
    """Answers requests. moto's backends are not made for threads, so that one request at a time is inside moto."""

    def __init__(self, moto: Any, seed: int, pages: "Pages") -> None:
        self._moto = moto
        self._inside = threading.Lock()
        self.faults = Faults(seed)
        self.calls = CallBook()
        self.events = EventBook()
        self._tokens = TokenBook()
        self._pages = pages

    def answer(self, environ: Environ, body: bytes) -> Answer:
        """One request -> one answer; whatever goes wrong inside is an answer too."""
        if environ["PATH_INFO"].startswith("/lab/"):
            return self._pages.answer(self, environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
        call = recognise(environ, body)
        self.calls.count(call)
        try:
            return self._called(call, environ, body)
        except Refusal as refusal:
            return refuse(call, refusal)

    def _called(self, call: Call, environ: Environ, body: bytes) -> Answer:
        fault = self.faults.strike(call, body + environ["PATH_INFO"].encode())
        if fault and fault.latency_s:
            time.sleep(fault.latency_s)
        if fault and fault.error and not fault.after:
            raise fault.refusal()
        answer = self._effect(call, environ, body)
        if fault and fault.error:
            raise fault.refusal()
        return answer

    def _effect(self, call: Call, environ: Environ, body: bytes) -> Answer:
        if not _known(call.service):
            raise Refusal("UnsupportedOperation", f"The lab has no service {call.service}.")
        with self._inside:
            account = account_of(call)
            if (kept := self._tokens.recall(call, account, body)) is not None:
                return kept
            answer = _moto_answer(self._moto, environ, body)
        self._tokens.keep(call, account, body, answer)
        if not call.reads:
            self.events.write(call, account, body, answer, datetime.now(UTC))
        return answer


@cache
def _known(service: str) -> bool:
    """Whether moto has this service (its packages are named like botocore's services, without hyphens)."""
    from moto.backends import list_of_moto_modules

    return {"lambda": "awslambda"}.get(service, service.replace("-", "")) in set(list_of_moto_modules())


def account_of(call: Call) -> str:
    """The account that an access key belongs to. Raises Refusal for a key that nobody was given."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.iam.models import get_account_id_from

    if not call.key or call.operation in _UNSIGNED:
        return str(DEFAULT_ACCOUNT_ID)
    account = str(get_account_id_from(call.key))
    if account == DEFAULT_ACCOUNT_ID:  # moto's word for "I do not know this key": no account of the lab has that number
        raise Refusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    return account


def _moto_answer(moto: Any, environ: Environ, body: bytes) -> Answer:
    """Run moto's WSGI application on one request."""
    got: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        got.update(status=int(status.split(None, 1)[0]), headers=tuple(headers))

    try:
        chunks = moto({**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}, start)
        content = b"".join(chunks)
    except Refusal:
        raise
    except NotImplementedError as error:
        raise Refusal("UnsupportedOperation", f"The lab does not know this call: {error}") from error
    except Exception as error:  # the process boundary: a defect inside moto is a 500, as it would be at AWS
        traceback.print_exc()
        raise Refusal("InternalFailure", f"{type(error).__name__}: {error}", 500) from error
    return Answer(got["status"], got["headers"], content)


class Pages:
    """The lab's own pages under ``/lab/``: state, answer sheet, calls, faults, instances in trouble."""

    def __init__(self, state: dict[str, Any], answers: list[dict[str, Any]], trouble: Trouble) -> None:
        self._state = state
        self._answers = answers
        self._trouble = trouble

    def answer(self, front: Front, method: str, path: str, body: bytes) -> Answer:
        """One page as JSON; 404 for an unknown one, 400 for a body that cannot be used."""
        try:
            content = self._page(front, method, path, body)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        return _json({"error": f"no page {method} {path}"}, 404) if content is None else _json(content)

    def _page(self, front: Front, method: str, path: str, body: bytes) -> Any:
        match method, path.removeprefix("/lab/"):
            case "GET", "state":
                return self._state
            case "GET", "answers":
                return self._answers
            case "GET", "calls":
                return front.calls.totals()
            case "DELETE", "calls":
                front.calls.reset()
            case "GET", "faults":
                return front.faults.listed()
            case "POST", "faults":
                front.faults.add(msgspec.json.decode(body, type=Fault))
            case "DELETE", "faults":
                front.faults.clear()
            case "PUT", "impaired":
                _replace(self._trouble.impaired, body)
            case "PUT", "alarming":
                _replace(self._trouble.alarming, body)
            case _:
                return None
        return {"done": True}


def _replace(kept: dict[str, str], body: bytes) -> None:
    """Put what is asked for in the place of what was kept: instance id -> type."""
    asked = msgspec.json.decode(body, type=dict[str, str])
    kept.clear()
    kept.update(asked)


def _json(content: Any, status: int = 200) -> Answer:
    return Answer(status, (("Content-Type", "application/json"),), json.dumps(content, default=str).encode())
