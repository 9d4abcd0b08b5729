"""Calls: verb and path -> the decoded answer, with patience. The official client's configuration and connections are used, not its
typed models: they cost memory by the object and refuse what they do not know.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from skywright.adapters.clouds.kit.caller import Caller
from skywright.adapters.clouds.kubernetes import faults
from skywright.adapters.clouds.kubernetes.config import Drains
from skywright.adapters.clouds.kubernetes.contexts import Cluster, Kubeconfig
from skywright.adapters.clouds.kubernetes.discovery import Served, discover
from skywright.adapters.clouds.kubernetes.faults import Asked, Expired
from skywright.adapters.clouds.kubernetes.resources import Api
from skywright.model.errors import AskHuman, NotSignedIn, TryAgain
from skywright.model.words import t
from skywright.ports.other import Clock

PAGE = 500
"""Objects a page: what kubectl asks for ("Retrieving large results sets in chunks" of the API concepts)."""

LISTS_BEGUN_MAX = 3
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA_OF_ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
JSON = "application/json"
MANAGER = "skywright"


class Namespaces(msgspec.Struct, frozen=True):
    """Which namespaces are read: all but ``without``, or only those of ``only``."""

    only: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()

    @property
    def all(self) -> bool:
        """Is none left out."""
        return not self.only and not self.without

    def has(self, namespace: str) -> bool:
        """Is it read. "" stands for what belongs to the whole cluster."""
        return not namespace or (namespace not in self.without and (not self.only or namespace in self.only))


Trim = Callable[[dict[str, Any]], dict[str, Any]]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request. ``permission`` is what RBAC calls it (``list pods``), and what it is counted under."""

    method: str
    path: str
    permission: str
    namespace: str = ""
    query: Mapping[str, str] = {}
    body: Any = None
    content: str = JSON
    accept: str = JSON
    repeatable: bool = True


def at(api: Api, version: str, namespace: str = "", name: str = "", sub: str = "") -> str:
    """The path of a list, an object, or a part of one."""
    parts = [api.root(version)]
    if namespace and api.namespaced:
        parts.append(f"namespaces/{quote(namespace, safe='')}")
    parts += [api.plural, *(quote(part, safe="") for part in (name, sub) if part)]
    return "/".join(parts)


def untracked(item: dict[str, Any]) -> dict[str, Any]:
    """An object without the book of who set which field, which is often the larger part of it."""
    metadata = item.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
    return item


class KubeCalls:
    """Every call to every cluster. Safe to use from many threads."""

    def __init__(self, kubeconfig: Kubeconfig, clock: Clock, timeout_s: float = 60.0, namespaces: Namespaces | None = None) -> None:
        self.namespaces = namespaces or Namespaces()
        self.take_over: tuple[str, ...] = ()  # globs of field managers whose fields may be taken over
        self.drain = Drains()
        self._kubeconfig = kubeconfig
        self._caller = Caller(clock)
        self._timeout_s = timeout_s
        self._clients: dict[str, Any] = {}
        self._served: dict[str, Served] = {}
        self._lock = threading.RLock()

    @property
    def counter(self) -> Counter[str]:
        """Attempts so far by what they asked for."""
        return self._caller.counter

    def forget(self) -> None:
        """Begin afresh: credentials may have been renewed, and API versions may have come and gone."""
        self._caller.forgive()
        with self._lock:
            self._served.clear()
            self._clients.clear()

    def clusters(self) -> tuple[Cluster, ...]:
        """The clusters in scope. Raises AskHuman."""
        return self._kubeconfig.clusters()

    def make(self, account: str, call: Call) -> Any:
        """The decoded answer. Raises model.errors (see ``faults``)."""
        bucket = (account, call.permission.split(" ")[0] in ("get", "list"))
        return self._caller.call(account, bucket, call.permission, lambda: self._once(account, call), repeatable=call.repeatable)

    def served(self, account: str) -> Served:
        """What the cluster serves, found out once."""
        with self._lock:
            if account not in self._served:
                self._served[account] = discover(lambda path, accept: self._discovery(account, path, accept))
            return self._served[account]

    def version(self, account: str, api: Api) -> str | None:
        """The version in which a resource is served here that we understand best; None where it is not."""
        return self.served(account).version(api)

    def needed(self, account: str, api: Api) -> str:
        """Like ``version``. Raises AskHuman where it is not served."""
        version = self.version(account, api)
        if version is None:
            raise AskHuman(
                t("Cluster {cluster} serves no {name} in a version that is understood.", cluster=account, name=api.name),
                next_step=t("Enable one of {versions} of it.", versions=", ".join(api.versions)),
            )
        return version

    def get(self, account: str, api: Api, namespace: str, name: str, *, metadata_only: bool = False) -> dict[str, Any]:
        """One object. Raises NotThere."""
        call = Call(
            method="GET",
            path=at(api, self.needed(account, api), namespace, name),
            permission=f"get {api.name}",
            namespace=namespace,
            accept=METADATA_OF_ONE if metadata_only else JSON,
        )
        found = self.make(account, call)
        if not isinstance(found, dict) or "metadata" not in found:
            raise faults.garbled(Asked(account, call.permission, namespace))
        return found

    def objects(
        self,
        account: str,
        api: Api,
        namespace: str = "",
        *,
        metadata_only: bool = False,
        trim: Trim = untracked,
        query: Mapping[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """Every object of a list, page by page, each through ``trim`` at once. Empty where the resource is not served.

        A list that is no longer kept (410) is begun again, so that the whole is of one time. Raises TryAgain when the paging goes
        in a circle.
        """
        version = self.version(account, api)
        if version is None:
            return []
        call = Call(
            method="GET",
            path=at(api, version, namespace),
            permission=f"list {api.name}",
            namespace=namespace,
            query={**(query or {}), "limit": str(PAGE)},
            accept=METADATA_ONLY if metadata_only else JSON,
        )
        for begun in range(LISTS_BEGUN_MAX):
            try:
                return [trim(item) for item in self._pages(account, call)]
            except Expired as gone:
                if begun + 1 == LISTS_BEGUN_MAX:
                    raise TryAgain(gone.message) from gone
        raise AssertionError("the last attempt raises or returns")

    def _pages(self, account: str, call: Call) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        token = ""
        asked = Asked(account, call.permission, call.namespace)
        while True:
            query = {**call.query, **({"continue": token} if token else {})}
            page = self.make(account, msgspec.structs.replace(call, query=query))
            if not isinstance(page, dict) or not isinstance(page.get("items", 0), list | None):
                raise faults.garbled(asked)
            if call.accept == METADATA_ONLY and page.get("kind") != "PartialObjectMetadataList":
                raise AskHuman(
                    t("The API server sends whole objects where {what} asks for their metadata alone.", what=asked.words),
                    next_step=t("Check what stands between Skywright and the API server."),
                )
            yield from (item for item in page["items"] or () if isinstance(item, dict))
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return
            if token in seen:
                raise TryAgain(t("The pages of {what} go in a circle.", what=asked.words))
            seen.add(token)

    def _discovery(self, account: str, path: str, accept: str) -> Any:
        return self.make(account, Call(method="GET", path=path, permission="discover", accept=accept))

    def _once(self, account: str, call: Call) -> Any:
        from urllib3 import Timeout, exceptions

        pool, configuration, asked = *self._client(account), Asked(account, call.permission, call.namespace)
        headers = {"Accept": call.accept, "User-Agent": MANAGER, **_authorization(configuration)}
        body = None
        if call.body is not None:
            headers["Content-Type"], body = call.content, msgspec.json.encode(call.body)
        url = configuration.host.rstrip("/") + call.path + (f"?{urlencode(call.query)}" if call.query else "")
        timeout = Timeout(connect=min(10.0, self._timeout_s), read=self._timeout_s)
        try:
            answer = pool.request(call.method, url, headers=headers, body=body, timeout=timeout, retries=False, redirect=False)
        except (exceptions.HTTPError, OSError) as error:
            raise faults.unanswered(error, asked) from error
        return _decoded(answer, asked)

    def _client(self, account: str) -> tuple[Any, Any]:
        """The connections to a cluster, made once."""
        with self._lock:
            if account not in self._clients:
                cluster = next((one for one in self._kubeconfig.clusters() if one.account == account), None)
                if cluster is None:
                    raise AskHuman(
                        t("No context in scope leads to cluster {cluster}.", cluster=account),
                        next_step=t("Name its context under clouds.kubernetes.contexts."),
                    )
                configuration = self._kubeconfig.connect(cluster)
                from kubernetes.client.rest import RESTClientObject

                self._clients[account] = (RESTClientObject(configuration, maxsize=16).pool_manager, configuration)
            found: tuple[Any, Any] = self._clients[account]
            return found


def _authorization(configuration: Any) -> dict[str, str]:
    """The header that signs us in; a token that has expired is renewed by the client's own hook."""
    found = {one["key"]: one["value"] for one in configuration.auth_settings().values() if one.get("value")}
    if any("\n" in value for value in found.values()):
        raise NotSignedIn(t("The token of the kubeconfig is not one."), next_step=t("Renew it."))
    return found


def _decoded(answer: Any, asked: Asked) -> Any:
    try:
        body = msgspec.json.decode(answer.data) if answer.data else None
    except msgspec.DecodeError as error:
        if 200 <= answer.status < 300:
            raise faults.garbled(asked) from error
        body = None
    if not 200 <= answer.status < 300:
        raise faults.answered(answer.status, body, {name.lower(): value for name, value in answer.headers.items()}, asked)
    return body
