"""A small estate, written and opened as in life."""

from contextlib import ExitStack
from datetime import datetime

import pytest

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.adapters.prices import BookPrices
from skywright.model.estate import Scope, Snapshot

NOW = datetime(2026, 8, 1, 12)


@pytest.fixture
def opened(tmp_path):
    """(resources, usage, relations) -> an open session over a snapshot of them."""
    with ExitStack() as stack:

        def open_with(resources, usage=(), relations=()):
            shelf = ParquetShelf(tmp_path)
            tables = {}
            for resource in resources:
                tables.setdefault(resource.KIND, []).append(resource)
            tables |= {"usage": list(usage), "relation": list(relations)}
            scope = Scope("aws", "1", "us-east-1", "all", tuple(tables))
            files = tuple(shelf.write(table, scope, rows) for table, rows in tables.items())
            snapshot = Snapshot(id="s1", taken_at=NOW, files=files)
            return stack.enter_context(DuckEngine(tmp_path, BookPrices()).open(snapshot))

        yield open_with
