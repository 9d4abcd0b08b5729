"""One AWS in this process for all tests of actions, emptied for each world."""

from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws
from tests.adapters.clouds.aws.write._harness import Clients, World
from tests.adapters.clouds.aws.write._stubbed import Stubbed, stubbed_service


@pytest.fixture(scope="module")
def new_world() -> Iterator[Callable[[], World]]:
    """Gives an empty world at each call. Of one module only: a mock that is left open would hold others' tests captive."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        with mock_aws(config={"lambda": {"use_docker": False}}):
            clients = Clients()
            yield lambda: World(clients)


@pytest.fixture
def ec2() -> Iterator[Stubbed]:
    """EC2, whose answers are written down."""
    yield from stubbed_service("ec2")


@pytest.fixture
def rds() -> Iterator[Stubbed]:
    """RDS, whose answers are written down."""
    yield from stubbed_service("rds")
