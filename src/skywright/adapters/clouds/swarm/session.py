"""Configuration and Docker's own environment -> endpoints, and an open client for each.

Docker's rules for finding a host: DOCKER_HOST, else DOCKER_CONTEXT, else the CLI's current context, else the local socket (Docker
documentation, "Docker contexts").
"""

import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from skywright.adapters.clouds.swarm.config import DockerHost, DockerTls, SwarmConfig
from skywright.model.errors import AskHuman, BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.adapters.clouds.swarm.tunnel import Tunnel

LOCAL = "unix:///var/run/docker.sock"
_NO_NAME = re.compile(r"[^\w.-]+")


class Endpoint(msgspec.Struct, frozen=True):
    """Where one engine answers. ``tls`` is a docker.tls.TLSConfig, or False."""

    name: str
    url: str
    tls: Any = False

    @property
    def guarded(self) -> bool:
        """Does nobody get in by this way who has no certificate, or no account on the host (a socket, SSH, loopback)."""
        host = urlsplit(self.url).hostname or ""
        return (
            bool(self.tls) or self.url.startswith(("unix://", "ssh://")) or host in ("localhost", "::1") or host.startswith("127.")
        )


def endpoints(config: SwarmConfig) -> tuple[Endpoint, ...]:
    """The engines in scope. Raises BadInput for two of one name, AskHuman for a context that there is none of."""
    found = tuple(_endpoint(host) for host in config.hosts or [DockerHost()])
    names = [one.name for one in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(
            t("Two Docker hosts are named {name}.", name=twice), where="clouds.swarm.hosts", next_step=t("Give each its own name.")
        )
    return found


def _endpoint(host: DockerHost) -> Endpoint:
    if host.context:
        return _of_context(host.context, host.name)
    if host.host:
        return Endpoint(host.name or _named(host.host), host.host, _tls(host.tls, host.host) if host.tls else False)
    return _of_environment(host)


def _of_environment(host: DockerHost) -> Endpoint:
    _sdk()
    from docker.context.config import get_current_context_name
    from docker.errors import DockerException
    from docker.utils import kwargs_from_env

    try:
        asked = kwargs_from_env()
        if url := asked.get("base_url"):
            return Endpoint(host.name or _named(url), url, asked.get("tls", False))
        context = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    except (DockerException, OSError, ValueError) as error:
        raise _unreadable(error) from error
    return Endpoint(host.name or "local", LOCAL) if context in ("", "default") else _of_context(context, host.name)


def _of_context(name: str, called: str | None) -> Endpoint:
    _sdk()
    from docker.context import ContextAPI
    from docker.errors import DockerException

    try:
        context = ContextAPI.get_context(name)
    except (DockerException, OSError, ValueError) as error:
        raise _unreadable(error) from error
    if context is None or not context.Host:
        raise AskHuman(
            t("Docker knows no context named {name}.", name=name), next_step=t("`docker context ls` shows those that there are.")
        )
    return Endpoint(called or name, context.Host, context.TLSConfig or False)


def _tls(given: DockerTls, url: str) -> Any:
    _sdk()
    from docker.errors import TLSParameterError
    from docker.tls import TLSConfig

    ca, cert, key = (str(Path(path).expanduser()) if path else None for path in (given.ca, given.cert, given.key))
    pair = (cert, key) if cert and key else None
    try:
        return TLSConfig(client_cert=pair, ca_cert=ca, verify=given.verify)
    except TLSParameterError as error:
        raise AskHuman(
            t("The certificates for {url} cannot be used: {error}", url=url, error=str(error).split("\n", 1)[0]),
            next_step=t("Check the paths under clouds.swarm.hosts."),
        ) from error


def _unreadable(error: Exception) -> AskHuman:
    return AskHuman(
        t("Docker's configuration cannot be read: {error}.", error=str(error).rstrip(".")),
        next_step=t("Check DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CERT_PATH and ~/.docker."),
    )


def _named(url: str) -> str:
    """A stable name from an address: its host (and port, where it is not the usual one), or ``local`` for a socket."""
    parts = urlsplit(url)
    if not parts.hostname:
        return "local"
    usual = parts.port in (None, 2375, 2376, 22)
    return _NO_NAME.sub("-", parts.hostname if usual else f"{parts.hostname}-{parts.port}")


def _sdk() -> None:
    try:
        import docker  # noqa: F401 - found out here, with a clear message
    except ImportError as error:
        raise AskHuman(
            t("The library for Docker is not installed."), next_step=t("Install it with `pip install 'skywright[swarm]'`.")
        ) from error


class Clients:
    """Endpoints -> docker.APIClient, each made when first needed and shared by all threads. Making one asks nothing of the host."""

    def __init__(self, timeout_s: float, pool: int) -> None:
        self._timeout_s = timeout_s
        self._pool = pool
        self._made: dict[str, Any] = {}
        self._tunnels: dict[str, Tunnel] = {}
        self._lock = threading.Lock()

    def get(self, endpoint: Endpoint) -> Any:
        """The client for an endpoint. Raises AskHuman or TryAgain when there can be none."""
        with self._lock:
            if endpoint.name not in self._made:
                self._made[endpoint.name] = self._make(endpoint)
            return self._made[endpoint.name]

    def drop(self, endpoint: Endpoint) -> None:
        """Make it anew next time: its way in was lost."""
        with self._lock:
            self._made.pop(endpoint.name, None)
            if tunnel := self._tunnels.pop(endpoint.name, None):
                tunnel.close()

    def _make(self, endpoint: Endpoint) -> Any:
        _sdk()
        from docker import APIClient
        from docker.constants import DEFAULT_DOCKER_API_VERSION
        from docker.errors import DockerException

        url = endpoint.url
        if url.startswith("ssh://"):
            from skywright.adapters.clouds.swarm.tunnel import Tunnel

            self._tunnels[endpoint.name] = tunnel = Tunnel(url, self._timeout_s)
            url = tunnel.open()
        try:
            return APIClient(
                base_url=url,
                version=DEFAULT_DOCKER_API_VERSION,
                timeout=self._timeout_s,
                tls=endpoint.tls,
                max_pool_size=self._pool,
            )
        except (DockerException, OSError, ValueError) as error:
            raise _unreadable(error) from error
