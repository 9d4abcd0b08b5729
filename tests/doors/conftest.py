"""Each test has a terminal of its own: the console is made anew from the environment that the test has set."""

from collections.abc import Iterator

import pytest

from skywright.doors.cli.show import console, errors


@pytest.fixture(autouse=True)
def _own_terminal() -> Iterator[None]:
    console.cache_clear()
    errors.cache_clear()
    yield
    console.cache_clear()
    errors.cache_clear()
