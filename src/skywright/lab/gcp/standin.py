"""The server as whoever starts it sees it: where it is, how one signs in, what is wrong in it, and what goes wrong on demand."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from skywright.lab.gcp import refusals
from skywright.lab.gcp.front import WORKER, Front
from skywright.lab.gcp.world import World
from skywright.lab.kit import Fault, Server

SERVICES = (
    "aiplatform", "artifactregistry", "bigquery", "billingbudgets", "certificatemanager", "cloudasset", "cloudbilling",
    "cloudfunctions", "cloudkms", "cloudresourcemanager", "compute", "container", "dns", "essentialcontacts", "file", "iam",
    "logging", "memcache", "monitoring", "orgpolicy", "pubsub", "redis", "run", "secretmanager", "serviceusage",
    "sqladmin", "storage",
)  # fmt: skip
"""Those whose address ``environment`` moves. Any other that has a document is answered as well."""

BASES = {
    "compute": "compute/v1/",
    "storage": "storage/v1/",
    "bigquery": "bigquery/v2/",
}


class GcpStandin:
    """A running server. ``world`` is its state (``denied``, ``disabled``, ``unreachable`` may be changed at any time)."""

    name = "gcp"

    def __init__(self, world: World, answers: list[dict[str, str]], projects: list[str]) -> None:
        self.world = world
        self.projects = projects
        self._answers = answers
        self._front = Front(world)
        self._server = Server(self._front.answer, seed=world.seed)
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def endpoint(self) -> str:
        """``http://127.0.0.1:PORT``; every service is below its own name."""
        return self._server.endpoint

    @property
    def token(self) -> str:
        """An access token that is good until ``expire``."""
        return self._front.token

    def environment(self) -> dict[str, str]:
        """Application default credentials, the project, and every service's address as gcloud takes them."""
        named = {
            f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.upper()}": f"{self.endpoint}/{service}/{BASES.get(service, '')}"
            for service in SERVICES
        }
        return {
            "GOOGLE_APPLICATION_CREDENTIALS": str(self._key_file()),
            "GOOGLE_CLOUD_PROJECT": self.projects[0],
            "NO_GCE_CHECK": "true",
            **named,
        }

    def section(self) -> dict[str, Any]:
        """``clouds.gcp``: every project below the organisation, through the service account of the lab."""
        return {
            "endpoint": f"{self.endpoint}/{{service}}",
            "credentials_file": str(self._key_file()),
            "projects": list(self.projects),
        }

    def answers(self) -> list[dict[str, str]]:
        """See lab.kit.Standin."""
        return list(self._answers)

    def calls(self) -> dict[str, int]:
        """How often each method was called (by its documented id), ``token`` for sign-ins."""
        return dict(self._server.counter)

    def stop(self) -> None:
        """See lab.kit.Standin."""
        self._server.stop()
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    # --- trouble on demand --------------------------------------------------------------------------------------------------------

    def fault(self, fault: Fault) -> Fault:
        """From now on this goes wrong. Give the same to ``mend``."""
        self._server.faults.append(fault)
        return fault

    def mend(self, *faults: Fault) -> None:
        """Take faults back, all if none is named."""
        self._server.faults[:] = [one for one in self._server.faults if faults and one not in faults]

    def throttle(self, contains: str = "", times: int | None = None, after_s: int = 1) -> Fault:
        """429 with Retry-After for requests whose path contains this."""
        service = contains.lstrip("/").partition("/")[0] or "compute"
        body = refusals.body(refusals.throttled(service), service)
        return self.fault(Fault(contains=contains, status=429, body=body, headers={"Retry-After": str(after_s)}, times=times))

    def refuse(self, contains: str = "", times: int | None = None) -> Fault:
        """403 for requests whose path contains this."""
        service = contains.lstrip("/").partition("/")[0] or "compute"
        body = refusals.body(refusals.denied(service, "", contains), service)
        return self.fault(Fault(contains=contains, status=403, body=body, times=times))

    def expire(self) -> None:
        """No token that was given so far is good any more; new ones can be had."""
        self._front.expire()

    def fail_operation(self, contains: str, message: str, reason: str = "ZONE_RESOURCE_POOL_EXHAUSTED", code: int = 503) -> None:
        """The next operation about a resource whose path contains this ends with an error."""
        self.world.operations.failures.append((contains, refusals.Refusal(code, message, reason)))

    def _key_file(self) -> Path:
        """A key file of a service account, for the lab only; its sign-in address is the lab's."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="skywright-lab-gcp-")
            path = Path(self._folder.name) / "credentials.json"
            path.touch(mode=0o600)
            path.write_bytes(msgspec.json.encode(_service_account(self.endpoint)))
        return Path(self._folder.name) / "credentials.json"


def _service_account(endpoint: str) -> dict[str, str]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": WORKER.partition("@")[2].partition(".")[0],
        "private_key_id": "lab",
        "private_key": pem.decode(),
        "client_email": WORKER,
        "client_id": "1",
        "token_uri": f"{endpoint}/token",
    }


def start(seed: int = 1, estate: str = "default", size: int = 20_000, now: datetime | None = None) -> GcpStandin:
    """Make an estate (``empty``, ``small``, ``default``, ``large``) and serve it. ``size``: about how many resources ``large``
    has. ``now``: the time (naive UTC) that ages count from."""
    from skywright.lab.gcp.seed import build

    world = World(now or datetime.now(UTC).replace(tzinfo=None), seed)
    town = build(world, estate, size)
    return GcpStandin(world, town.answers, town.projects)
