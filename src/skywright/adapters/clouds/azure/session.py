"""Who signs in, and the pipelines that carry the calls: one for Resource Manager, one for Microsoft Graph, one for metrics."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from skywright.adapters.clouds.azure.config import AzureConfig
from skywright.model.errors import AskHuman
from skywright.model.settings import SecretRef
from skywright.model.words import t

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 90

ARM, GRAPH, METRICS, PRICES = "arm", "graph", "metrics", "prices"
"""The services that are spoken to."""

ReadSecret = Callable[[SecretRef], str]


class Endpoints(msgspec.Struct, frozen=True):
    """Where one of Azure's clouds is: Resource Manager, sign-in, Microsoft Graph, Monitor's metrics by location, and the public
    list of prices (of every cloud but China's, which has none)."""

    arm: str
    authority: str
    graph: str
    metrics: str
    prices: str = (
        "https://prices.azure.com"  # https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
    )


# https://learn.microsoft.com/azure/azure-government/documentation-government-developer-guide#endpoint-mapping
# https://learn.microsoft.com/azure/china/resources-developer-guide#check-endpoints-in-azure
# https://learn.microsoft.com/graph/deployments
KNOWN = {
    "public": Endpoints(
        "https://management.azure.com",
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
        "https://{location}.metrics.monitor.azure.com",
    ),
    "usgov": Endpoints(
        "https://management.usgovcloudapi.net",
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
        "https://{location}.metrics.monitor.azure.us",
    ),
    "china": Endpoints(
        "https://management.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://{location}.metrics.monitor.azure.cn",
    ),
}


def endpoints(config: AzureConfig) -> Endpoints:
    """Where the calls go. An ``endpoint`` that is a URL serves Graph and metrics too, unless they have their own."""
    known = KNOWN.get(config.endpoint)
    if known is None:
        url = _https(config.endpoint, "endpoint")
        known = Endpoints(url, KNOWN["public"].authority, url, url)
    authority = config.authority or known.authority
    return Endpoints(
        known.arm,
        KNOWN[authority].authority if authority in KNOWN else _https(authority, "authority"),
        _https(config.graph_endpoint, "graph_endpoint") if config.graph_endpoint else known.graph,
        _https(config.metrics_endpoint, "metrics_endpoint") if config.metrics_endpoint else known.metrics,
        _https(config.prices_endpoint, "prices_endpoint") if config.prices_endpoint else known.prices,
    )


def _https(url: str, field: str) -> str:
    """A bearer token goes nowhere in the clear."""
    if urlsplit(url).scheme != "https":
        raise AskHuman(
            t("clouds.azure.{field} is {url}, which is neither public, china, usgov nor an https URL.", field=field, url=url),
            next_step=t("Name a cloud, or give a URL that begins with https://."),
        )
    return url.rstrip("/")


class Session:
    """Pipelines, each made when first needed and shared by all threads. Nothing of Azure is imported before."""

    def __init__(self, config: AzureConfig, read_secret: ReadSecret) -> None:
        self._config = config
        self._read_secret = read_secret
        self._made: dict[object, Any] = {}
        self._lock = threading.RLock()

    @property
    def endpoints(self) -> Endpoints:
        """Where the calls go. Raises AskHuman for a URL that cannot be used."""
        return endpoints(self._config)

    def url(self, service: str, location: str = "") -> str:
        """The address of a service."""
        found: str = getattr(self.endpoints, service)
        return found.replace("{location}", location)

    def send(self, service: str, request: Any) -> Any:
        """One request, answered whole, whatever its status. Raises azure.core's errors."""
        return self._kept(service, lambda: self._pipeline(service)).send_request(request)

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            made, self._made = self._made, {}
        for thing in made.values():
            thing.close()

    def _kept(self, key: object, make: Callable[[], Any]) -> Any:
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    def _pipeline(self, service: str) -> Any:
        """No retries, no redirects: patience is the kit's, and a token follows no redirect."""
        imports()
        from azure.core import PipelineClient
        from azure.core.pipeline.policies import BearerTokenCredentialPolicy, UserAgentPolicy

        policies: list[Any] = [UserAgentPolicy("skywright")]
        if service != PRICES:
            credential = self._kept("credential", self._credential)
            policies.append(BearerTokenCredentialPolicy(credential, f"{self._audience(service)}/.default"))
        return PipelineClient(self.url(service), policies=policies, transport=self._transport())

    def _audience(self, service: str) -> str:
        """Whom a token is for: the service, and of metrics the name that all locations share."""
        return self.url(service).replace("//.", "//")

    def _transport(self) -> Any:
        from azure.core.pipeline.transport import RequestsTransport

        transport = RequestsTransport(
            connection_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, connection_verify=self._config.ca_file or True
        )
        transport.open()  # here, where no other thread does the same
        return transport

    def _credential(self) -> Any:
        """The identity that the configuration names, or else the one that Azure's tools would use."""
        from azure import identity

        config = self._config
        authority = self.endpoints.authority
        known = authority in {one.authority for one in KNOWN.values()}
        common = {"authority": authority, "disable_instance_discovery": not known, "transport": self._transport()}
        if not (config.tenant_id and config.client_id and (config.client_secret or config.certificate)):
            return self._standard(identity, common)
        who = {"tenant_id": config.tenant_id, "client_id": config.client_id}
        if config.client_secret:
            return identity.ClientSecretCredential(**who, client_secret=self._read(config.client_secret), **common)
        password = self._read(config.certificate_password) if config.certificate_password else None
        path = str(Path(config.certificate or "").expanduser())
        return identity.CertificateCredential(**who, certificate_path=path, password=password, **common)

    def _standard(self, identity: Any, common: dict[str, Any]) -> Any:
        """DefaultAzureCredential, in its documented order; AZURE_AUTHORITY_HOST counts unless the configuration names one."""
        if not self._config.authority and self._config.endpoint == "public":
            common.pop("authority")
            common.pop("disable_instance_discovery")
        given = {"managed_identity_client_id": self._config.client_id} if self._config.client_id else {}
        return identity.DefaultAzureCredential(**given, **common)

    def _read(self, secret: SecretRef | str) -> str:
        return secret if isinstance(secret, str) else self._read_secret(secret)


def imports() -> None:
    """Raises AskHuman when the libraries are not installed."""
    try:
        import azure.core
        import azure.identity  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise AskHuman(
            t("Azure needs azure-core and azure-identity, which are not installed."),
            next_step=t("Run: pip install 'skywright[azure]'"),
        ) from error
