"""A lab for every test file; what one test changes on a host it changes on a host of its own."""

from collections.abc import Iterator

import pytest

from skywright.lab.hosts import HostsLab, start


@pytest.fixture
def lab() -> Iterator[HostsLab]:
    made = start(1, "small")
    yield made
    made.stop()
