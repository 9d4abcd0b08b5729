"""A lab for every test."""

from collections.abc import Iterator

import pytest

from skywright.lab.swarm import SwarmLab, start


@pytest.fixture
def lab() -> Iterator[SwarmLab]:
    made = start(1, "small")
    yield made
    made.stop()
