"""A Google Cloud on loopback, and the official client that talks to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from skywright.lab.gcp import GcpStandin, start
from skywright.lab.gcp.standin import BASES

PROJECT = "lab-production"
ZONE = "europe-west1-b"


@pytest.fixture(scope="module")
def lab() -> Iterator[GcpStandin]:
    standin = start(seed=1, estate="small")
    yield standin
    standin.stop()


@pytest.fixture(autouse=True)
def _calm(request: pytest.FixtureRequest) -> Iterator[None]:
    """What one test spoils is mended for the next."""
    yield
    if "lab" in request.fixturenames:
        lab = request.getfixturevalue("lab")
        lab.mend()
        lab.world.denied.clear()
        lab.world.disabled.clear()
        lab.world.unreachable.clear()
        lab.world.operations.settle()


@pytest.fixture(scope="module")
def client(lab: GcpStandin) -> Iterator[Callable[[str, str], Any]]:
    """The official client of a service and version."""
    from google.oauth2.credentials import Credentials
    from googleapiclient.discovery import build

    built: dict[tuple[str, str], Any] = {}

    def make(service: str, version: str = "v1") -> Any:
        if (service, version) not in built:
            options = {"api_endpoint": f"{lab.endpoint}/{service}/{BASES.get(service, '')}"}
            credentials = Credentials(lab.token)
            built[service, version] = build(
                service, version, credentials=credentials, static_discovery=True, client_options=options, cache_discovery=False
            )
        return built[service, version]

    yield make
    for one in built.values():
        one.close()
