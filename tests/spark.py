"""A Spark cluster of the tests' own (a master and two workers), started when first asked for; for conftests to import."""

import os
from collections.abc import Iterator

import pytest

from skywright.lab.spark import SparkCluster, find_spark
from skywright.model.settings import SparkSettings

LATER = "Spark takes a minute to start: nothing was tested on it; set SKYWRIGHT_REAL=1, or run `make test-real`"
ABSENT = (
    "Spark or Java is not installed here: nothing was tested on it (pip install skywright[spark]; Debian: openjdk-17-jre-headless)"
)


@pytest.fixture(scope="session")
def spark_settings() -> Iterator[SparkSettings]:
    """The settings of an application on the session's cluster; tests that need it are skipped, loudly, where there is no Spark."""
    if find_spark() is None:
        pytest.skip(ABSENT)
    if os.environ.get("SKYWRIGHT_REAL") != "1":
        pytest.skip(LATER)
    from skywright.adapters.engines.spark.cluster import stop

    cluster = SparkCluster()
    try:
        cluster.start()
        yield SparkSettings(master=cluster.master, conf=cluster.conf())
    finally:
        stop()
        cluster.stop()


def say_if_absent(terminalreporter) -> None:
    """Say loudly what was left out."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    for reason in (ABSENT, LATER):
        if any(reason in text for text in skipped):
            terminalreporter.write_sep("!", reason, red=True, bold=True)
