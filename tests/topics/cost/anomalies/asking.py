"""Questions to seeded bills."""

from datetime import date, timedelta
from typing import Any

from tests.topics.cost.anomalies.seeded import LAST, Row, ledger

from skywright.model.cost_anomaly import AnomalySettings
from skywright.model.cost_settings import CostSettings
from skywright.topics.cost.anomalies.find import Search, find
from skywright.topics.cost.anomalies.nouns import Report
from skywright.topics.cost.books.dimensions import Book


def report(
    rows: list[Row], since: date = LAST - timedelta(days=89), until: date = LAST + timedelta(days=1), **settings: Any
) -> Report:
    """What is found in the rows."""
    with ledger(rows).open() as session:
        found = find(session, Book(CostSettings()), Search(since, until, AnomalySettings(**settings)))
    assert found is not None
    return found
