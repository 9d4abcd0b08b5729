"""A lab with one empty subscription, and a client of it; and one with the whole company."""

from collections.abc import Iterator

import pytest
from tests.lab.azure._tenant import Tenant

from skywright.lab import azure
from skywright.lab.azure.standin import AzureLab


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    lab = azure.start(estate="empty")
    client = Tenant(lab)
    client.put(client.group, {"location": "westeurope"})
    yield client
    client.close()
    lab.stop()


@pytest.fixture(scope="module")
def company() -> Iterator[AzureLab]:
    lab = azure.start()
    yield lab
    lab.stop()
