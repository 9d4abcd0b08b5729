"""Who signs in: a certificate authority of the lab's own, and the token endpoint as azure-identity asks it.

Our reading of "Microsoft identity platform and the OAuth 2.0 client credentials flow" and of its OpenID configuration document.
"""

import base64
import datetime as dt
import ipaddress
import json
import ssl
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec

from skywright.lab.azure.refused import Refused
from skywright.lab.kit import Answer, Request

LIFETIME_S = 3599
READS = ("*/read", "Microsoft.ResourceGraph/resources/action", "Microsoft.CostManagement/query/action")


class Principal(msgspec.Struct):
    """An application that may sign in, and what it may do: actions with wildcards, as role definitions spell them."""

    client_id: str
    secret: str
    object_id: str
    actions: list[str]
    not_actions: list[str] = []

    def may(self, action: str) -> bool:
        """Is this action among what it may do."""
        return any(covers(one, action) for one in self.actions) and not any(covers(one, action) for one in self.not_actions)


def covers(pattern: str, action: str) -> bool:
    """Does an action with wildcards (``Microsoft.Compute/*/read``) take this one in. Case does not count."""
    first, *rest = pattern.lower().split("*")
    text = action.lower()
    if not rest:
        return text == first
    if not text.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - len(rest[-1]) >= at and text.endswith(rest[-1])


class Authority:
    """Gives tokens and knows them again. ``shift_s`` moves its clock, so that tokens age."""

    def __init__(self, tenant: str, principals: list[Principal]) -> None:
        self.tenant = tenant
        self.principals = {one.client_id: one for one in principals}
        self.lifetime_s = LIFETIME_S
        self.shift_s = 0.0
        self._tokens: dict[str, tuple[str, float, str]] = {}

    def answer(self, request: Request, origin: str) -> Answer | None:
        """The sign-in pages; None for any other path."""
        path = request.path.lower()
        if path.endswith("/.well-known/openid-configuration"):
            return Answer(200, self._configuration(request.path.split("/")[1], origin))
        if path == "/common/discovery/instance":
            document = f"{origin}/{self.tenant}/v2.0/.well-known/openid-configuration"
            return Answer(200, {"api-version": "1.1", "tenant_discovery_endpoint": document, "metadata": []})
        if path.endswith("/oauth2/v2.0/token") and request.method == "POST":
            return self._token(request)
        return None

    def principal(self, request: Request) -> Principal:
        """Who sends this request. Raises Refused (401) as Resource Manager does."""
        header = request.headers.get("authorization", "")
        if not header.lower().startswith("bearer "):
            raise _unsigned("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        known = self._tokens.get(header[7:].strip())
        if known is None:
            raise _unsigned("InvalidAuthenticationToken", "The access token is invalid.")
        client, expires, audience = known
        if time.time() + self.shift_s > expires:
            raise _unsigned("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time.")
        graph = request.path.lower().startswith(("/v1.0/", "/beta/"))
        if graph and "graph" not in audience and "127.0.0.1" not in audience:
            raise _unsigned("InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        return self.principals[client]

    def forget(self) -> None:
        """No token that was given out is good any more."""
        self._tokens.clear()

    def _configuration(self, tenant: str, origin: str) -> dict[str, Any]:
        base = f"{origin}/{tenant}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "response_types_supported": ["code", "id_token", "token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "tenant_region_scope": "EU",
        }

    def _token(self, request: Request) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        principal = self.principals.get(form.get("client_id", ""))
        if form.get("grant_type") != "client_credentials":
            return _declined(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
        if self.tenant not in request.path.lower():
            return _declined(
                400, "invalid_request", "AADSTS90002: Tenant was not found. Check to make sure you have the correct tenant ID."
            )
        if principal is None:
            return _declined(400, "unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if form.get("client_secret") != principal.secret:
            return _declined(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        scope = form.get("scope", "").removesuffix("/.default")
        expires = time.time() + self.lifetime_s
        token = self._made(principal, scope, expires)
        self._tokens[token] = (principal.client_id, expires, scope)
        return Answer(
            200, {"token_type": "Bearer", "expires_in": self.lifetime_s, "ext_expires_in": self.lifetime_s, "access_token": token}
        )

    def _made(self, principal: Principal, scope: str, expires: float) -> str:
        """Shaped like a JWT, signed by nobody: only this server believes it."""
        claims = {
            "aud": scope, "exp": int(expires), "tid": self.tenant, "appid": principal.client_id, "oid": principal.object_id,
            "uti": f"{len(self._tokens)}",
        }  # fmt: skip
        parts = [
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in ({"typ": "JWT", "alg": "none"}, claims)
        ]
        return ".".join([*parts, "lab"])


def _unsigned(code: str, message: str) -> Refused:
    return Refused(401, code, message, {"WWW-Authenticate": 'Bearer authorization_uri="https://127.0.0.1", error="invalid_token"'})


def _declined(status: int, error: str, text: str) -> Answer:
    return Answer(status, {"error": error, "error_description": text, "error_codes": [int(text[6:].partition(":")[0])]})


class Certificates(msgspec.Struct, frozen=True):
    """A certificate authority made a moment ago, and a server's certificate for loopback signed by it."""

    context: ssl.SSLContext
    ca_file: Path


def certificates(folder: Path) -> Certificates:
    """Make both; the authority's certificate is written to ``ca.pem`` in ``folder``. Its key is thrown away."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = dt.datetime.now(dt.UTC)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Skywright lab CA")])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)  # in the constructor's order
    identifier = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())

    def begun(subject: x509.Name, public: Any) -> x509.CertificateBuilder:
        base = x509.CertificateBuilder().subject_name(subject).issuer_name(root_name).public_key(public)
        base = base.serial_number(x509.random_serial_number())
        return base.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=30))

    root = begun(root_name, root_key.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(usage, critical=True).add_extension(identifier, critical=False)
    root_certificate = root.sign(root_key, hashes.SHA256())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
    leaf = begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), key.public_key())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    leaf_certificate = (
        leaf.add_extension(names, critical=False).add_extension(issuer, critical=False).sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(root_certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as private:
        chain, secret = Path(private, "chain.pem"), Path(private, "key.pem")
        chain.write_bytes(leaf_certificate.public_bytes(pem))
        secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        context.load_cert_chain(chain, secret)
    return Certificates(context, folder / "ca.pem")


def permissions(principal: Principal) -> Mapping[str, Any]:
    """The body of ``<scope>/providers/Microsoft.Authorization/permissions``."""
    return {"value": [{"actions": principal.actions, "notActions": principal.not_actions, "dataActions": [], "notDataActions": []}]}
