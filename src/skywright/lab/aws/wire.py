"""HTTP requests -> calls (which service, which operation), and refusals -> the answers that AWS would give.

moto's own routers and serializers do the work, so that every protocol of AWS is spoken as moto speaks it.
"""

import io
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import msgspec

# The name in a signature -> the name that botocore gives the service, where they differ.
_SIGNING_NAMES = {
    "monitoring": "cloudwatch",
    "elasticfilesystem": "efs",
    "access-analyzer": "accessanalyzer",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
}
_CLASSIC_BALANCERS = b"Version=2012-06-01"
_FORM = "application/x-www-form-urlencoded"
_READS = ("Describe", "Get", "List", "Head", "Lookup", "Search", "BatchGet", "Simulate", "Generate", "Select", "Query", "Scan")


class Call(msgspec.Struct, frozen=True):
    """One API call as it came in. ``key`` is the access key that signed it; ``operation`` is "" when it is not known."""

    service: str
    operation: str
    region: str
    key: str

    @property
    def name(self) -> str:
        """The call as IAM writes it: ``ec2:DescribeInstances``."""
        return f"{self.service}:{self.operation or 'Unknown'}"

    @property
    def reads(self) -> bool:
        """Whether the call changes nothing, by its verb."""
        return self.operation.startswith(_READS)


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer. ``error`` is the AWS error code when it is one that the lab gave."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    error: str = ""


class Refusal(Exception):
    """AWS would refuse this call: error code, message, HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def recognise(environ: Mapping[str, Any], body: bytes) -> Call:
    """A WSGI request -> the call that it is. An unsigned request has an empty key."""
    key, region, signing_name = _credential(environ.get("HTTP_AUTHORIZATION", ""))
    service = _service(signing_name, environ, body)
    return Call(service, _operation(service, environ, body), region, key)


def _credential(authorization: str) -> tuple[str, str, str]:
    """``AWS4-HMAC-SHA256 Credential=KEY/date/region/service/aws4_request, ...`` -> (key, region, service)."""
    _, found, scope = authorization.partition("Credential=")
    parts = scope.split(",", 1)[0].split("/")
    if not found or len(parts) != 5:
        return "", "us-east-1", ""
    return parts[0], parts[2], parts[3].lower()


def _service(signing_name: str, environ: Mapping[str, Any], body: bytes) -> str:
    if signing_name == "elasticloadbalancing":
        return "elb" if _CLASSIC_BALANCERS in body else "elbv2"
    if signing_name in ("", "s3"):
        return "s3control" if environ["PATH_INFO"].startswith("/v20180820/") else "s3"
    return _SIGNING_NAMES.get(signing_name, signing_name)


def _operation(service: str, environ: Mapping[str, Any], body: bytes) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith(_FORM):
        return parse_qs(body.decode()).get("Action", [""])[0]
    return _routed(service, environ, body)


def _routed(service: str, environ: Mapping[str, Any], body: bytes) -> str:
    """The operation of a REST call, by moto's router."""
    from botocore.exceptions import UnknownServiceError
    from moto.core.request import Request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import NotFound

    try:
        operation, _ = get_service_router(service).match(Request({**environ, "wsgi.input": io.BytesIO(body)}))
    except (NotFound, NotImplementedError, UnknownServiceError):
        return ""
    return str(operation.name)


def refuse(call: Call, refusal: Refusal) -> Answer:
    """A refusal in the words of the service's own protocol (botocore's parsers say what each must look like)."""
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    try:
        protocol = get_service_model(call.service).protocol
    except UnknownServiceError:
        protocol = "query"
    kind, body = _refusal_body(protocol, call.service, refusal)
    headers = (("Content-Type", kind), ("x-amzn-ErrorType", refusal.code), ("x-amzn-RequestId", str(uuid.uuid4())))
    return Answer(refusal.status, headers, body.encode(), refusal.code)


def _refusal_body(protocol: str, service: str, refusal: Refusal) -> tuple[str, str]:
    if "json" in protocol or "cbor" in protocol:
        return "application/x-amz-json-1.1", json.dumps({"__type": refusal.code, "message": refusal.message})
    error = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    if service in ("s3", "s3control"):
        return "application/xml", f"<Error>{error}</Error>"
    if protocol == "ec2":
        return "text/xml", f"<Response><Errors><Error>{error}</Error></Errors><RequestID>lab</RequestID></Response>"
    return "text/xml", f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>lab</RequestId></ErrorResponse>"
