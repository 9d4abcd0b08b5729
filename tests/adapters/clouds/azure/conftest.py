"""A Resource Manager of a few lines, with TLS and a sign-in, that answers what a test tells it to."""

import ipaddress
import json
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from skywright.adapters.clouds.azure import AzureCloud, AzureConfig
from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.session import Session
from skywright.lab.kit.server import Answer, Fault, Request, Server

TENANT = "11111111-0000-0000-0000-000000000000"
SUBSCRIPTION = "22222222-0000-0000-0000-000000000000"
PASSWORD = "the-app's-own-secret"
READER = [{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]


class Clock:
    """Real time without waiting: what was slept is kept."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC).replace(tzinfo=None) + self.offset

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Arm:
    """Answers by method and path (lower case, without the query): a value, an Answer, a list of answers in turn, or a function."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str], Any] = {}
        self.asked: list[Request] = []
        self.graph: Callable[[str], list[dict[str, Any]]] = lambda _query: []
        self.server: Any = None
        self.tell("GET", f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.authorization/permissions", {"value": READER})

    @property
    def endpoint(self) -> str:
        found: str = self.server.endpoint
        return found

    def tell(self, method: str, path: str, answer: Any) -> None:
        self.told[method, path.lower()] = answer

    def tell_list(self, path: str, *items: Any) -> None:
        self.tell("GET", path, {"value": list(items)})

    def fail(self, contains: str, status: int, code: str, message: str = "No.", **more: Any) -> Fault:
        body = {"error": {"code": code, "message": message}}
        fault = Fault(contains=contains, status=status, body=body, **more)
        self.server.faults.append(fault)
        return fault

    def paths(self, word: str = "") -> list[str]:
        """Paths that were asked for, of those that contain a word."""
        return [request.path for request in self.asked if word.lower() in request.path.lower()]

    def answer(self, request: Request) -> Answer:
        path = request.path.lower().rstrip("/")
        if path.endswith("/.well-known/openid-configuration"):
            base = f"{self.endpoint}/{TENANT}"
            return Answer(
                200,
                {"token_endpoint": f"{base}/oauth2/v2.0/token", "authorization_endpoint": f"{base}/a", "issuer": f"{base}/v2.0"},
            )
        if path.endswith("/oauth2/v2.0/token"):
            if b"the-app" not in request.body:
                return Answer(
                    401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}
                )
            return Answer(200, {"token_type": "Bearer", "expires_in": 3600, "access_token": "token-of-the-test"})
        self.asked.append(request)
        if path == "/providers/microsoft.resourcegraph/resources" and ("POST", path) not in self.told:
            rows = self.graph(request.json()["query"])
            return Answer(200, {"totalRecords": len(rows), "count": len(rows), "data": rows, "resultTruncated": "false"})
        told = self.told.get((request.method, path))
        if isinstance(told, list):
            told = told.pop(0) if len(told) > 1 else told[0]
        if callable(told):
            told = told(request)
        if told is None:
            return Answer(404, {"error": {"code": "ResourceNotFound", "message": f"Nothing is told of {request.method} {path}."}})
        return told if isinstance(told, Answer) else Answer(200, told)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that is its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "skywright test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def arm(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arm]:
    """The server."""
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    found = Arm()
    found.server = Server(found.answer, tls=context)
    yield found
    found.server.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def config(arm: Arm, certificate: Path) -> AzureConfig:
    return AzureConfig(
        tenant_id=TENANT,
        client_id="33333333-0000-0000-0000-000000000000",
        client_secret=PASSWORD,
        authority=arm.endpoint,
        endpoint=arm.endpoint,
        ca_file=str(certificate),
    )


@pytest.fixture
def calls(config: AzureConfig, clock: Clock) -> Iterator[ArmCalls]:
    made = ArmCalls(Session(config, lambda _: ""), clock)
    yield made
    made.close()


@pytest.fixture
def cloud(config: AzureConfig, clock: Clock, arm: Arm) -> Iterator[AzureCloud]:
    """A cloud over one subscription that holds something in West Europe."""
    arm.tell_list(
        "/subscriptions",
        {"id": f"/subscriptions/{SUBSCRIPTION}", "subscriptionId": SUBSCRIPTION, "displayName": "production", "state": "Enabled"},
    )
    arm.tell("GET", f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.authorization/locks", {"value": []})
    made = AzureCloud(config, clock)
    yield made
    made._threads.shutdown()
    made.close()


@pytest.fixture
def example() -> Callable[[str], Any]:
    """A resource of ``examples.json`` by its name."""
    told = json.loads(Path(__file__).with_name("examples.json").read_text())
    return lambda name: json.loads(json.dumps(told[name]))
