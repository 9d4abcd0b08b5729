"""Who asks, and over which wire: credentials and one HTTP session for all threads."""

import os
import re
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.config import GcpConfig
from skywright.adapters.clouds.gcp.documents import Method, documented
from skywright.model.errors import AskHuman
from skywright.model.settings import SecretRef
from skywright.model.words import t

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TIMEOUT_S = (10, 90)  # to connect, between two bytes
AGENT = "skywright (gzip)"  # Google compresses for agents that say gzip
UNAUTHENTICATED = 401

REGIONAL = ("aiplatform",)
"""Services whose resources only the endpoint of their own region knows (``europe-west1-aiplatform.googleapis.com``)."""

_LOCATION = re.compile(r"/locations/([a-z]+-[a-z]+\d+)\b")

ReadSecret = Callable[[SecretRef], str]


class Reply(msgspec.Struct, frozen=True):
    """What came back over the wire. Header names are lower case."""

    status: int
    headers: dict[str, str]
    content: bytes


class Session:
    """Sends requests as the configured identity. Nothing of Google's libraries is imported before the first use.

    Raises what requests and google.auth raise; ``faults`` knows them.
    """

    def __init__(self, config: GcpConfig, read_secret: ReadSecret) -> None:
        self._config = config
        self._read_secret = read_secret
        self._lock = threading.RLock()  # credentials are renewed by one thread, while the others wait
        self._credentials: Any = None
        self._project: str | None = None
        self._http: Any = None

    @property
    def project(self) -> str | None:
        """The project that the environment names."""
        named = os.environ.get("GOOGLE_CLOUD_PROJECT") or os.environ.get("CLOUDSDK_CORE_PROJECT")
        if named or self._config.anonymous or self._config.token:
            return named
        self._identity()
        return self._project

    def url(self, service: str, method: Method, params: Mapping[str, Any]) -> str:
        """The address of a call, at the configured endpoint if there is one."""
        url = method.url(params, self._base(service))
        found = _LOCATION.search(url) if service in REGIONAL else None
        return url.replace(f"://{service}.", f"://{found[1]}-{service}.", 1) if found else url

    def send(self, method: str, url: str, body: Any = None) -> Reply:
        """One request and its reply, whatever its status. Credentials that Google no longer takes are renewed once."""
        reply = self._send(method, url, body)
        if reply.status == UNAUTHENTICATED and self._renewed():
            return self._send(method, url, body)
        return reply

    def _send(self, method: str, url: str, body: Any) -> Reply:
        headers = {"User-Agent": AGENT, "Content-Type": "application/json"} if body is not None else {"User-Agent": AGENT}
        data = None if body is None else msgspec.json.encode(body)
        answer = self._wire().request(
            method, url, data=data, headers=headers, auth=self._signed, timeout=TIMEOUT_S, allow_redirects=False
        )
        return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content)

    def _signed(self, request: Any) -> Any:
        """Put the token on a request. (As requests' auth hook, so that no entry of ~/.netrc takes its place.)"""
        with self._lock:
            self._identity().before_request(self._transport(), request.method, request.url, request.headers)
        return request

    def _renewed(self) -> bool:
        """Could the credentials be renewed? A token that was given as it is cannot."""
        if self._config.token or self._config.anonymous or _token_file():
            return False
        with self._lock:
            self._identity().refresh(self._transport())
        return True

    def _base(self, service: str) -> str:
        own = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.upper()}")
        if own:
            return own if own.endswith("/") else own + "/"
        if self._config.endpoint:
            root = self._config.endpoint.replace("{service}", service).rstrip("/")
            return f"{root}/{documented(service).path}"
        return ""

    def _wire(self) -> Any:
        with self._lock:
            if self._http is None:
                requests = _requests()
                self._http = requests.Session()
                adapter = requests.adapters.HTTPAdapter(pool_connections=64, pool_maxsize=self._config.concurrency * 2)
                self._http.mount("https://", adapter)
                self._http.mount("http://", adapter)
            return self._http

    def _transport(self) -> Any:
        """The wire over which credentials are renewed."""
        from google.auth.transport.requests import Request

        return Request()

    def _identity(self) -> Any:
        with self._lock:
            if self._credentials is None:
                _requests()
                self._credentials = self._impersonated(self._found())
            return self._credentials

    def _found(self) -> Any:
        import google.auth
        from google.auth.credentials import AnonymousCredentials
        from google.oauth2.credentials import Credentials

        config = self._config
        if config.anonymous:
            return AnonymousCredentials()
        if config.token:
            return Credentials(self._read_secret(config.token))
        if path := _token_file():
            return Credentials(_read(path))
        if config.credentials_file:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # it warns of files that others hand in: this one is the user's
                path_there = str(Path(config.credentials_file).expanduser())
                found, self._project = google.auth.load_credentials_from_file(path_there, scopes=[SCOPE])
        else:
            found, self._project = google.auth.default(scopes=[SCOPE])
        return found.with_quota_project(config.quota_project) if config.quota_project else found

    def _impersonated(self, source: Any) -> Any:
        whom = self._config.impersonate or os.environ.get("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT")
        if not whom:
            return source
        from google.auth.impersonated_credentials import Credentials

        *delegates, last = [name.strip() for name in whom.split(",")]  # a chain, as gcloud spells it
        return Credentials(source, last, [SCOPE], delegates=delegates, quota_project_id=self._config.quota_project)


def _token_file() -> Path | None:
    """Where the property auth/access_token_file of gcloud says that a ready token lies."""
    named = os.environ.get("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE")
    return Path(named) if named else None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise AskHuman(
            t("The access token's file cannot be read: {reason}.", reason=error),
            next_step=t("Check CLOUDSDK_AUTH_ACCESS_TOKEN_FILE."),
        ) from error


def _requests() -> Any:
    try:
        import google.auth.transport.requests  # noqa: F401 - is it there
        import requests
    except ImportError as error:
        raise AskHuman(
            t("Google Cloud needs google-auth, which is not installed."), next_step=t("Run: pip install 'skywright[gcp]'")
        ) from error
    return requests
