"""Settings -> a running Spark application of this process, and what must be done when there is none."""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from skywright.model.errors import AskHuman
from skywright.model.settings import SparkSettings
from skywright.model.words import t

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONNECT_TIMEOUT_S = 5
_LOCK = threading.Lock()
_STARTED: "list[SparkSession]" = []  # a process has one application at most

ALWAYS = {
    "spark.sql.ansi.enabled": "true",  # a cast that fails is an error, as in DuckDB, and never a silent NULL
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # our times are naive UTC
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "false",
    "spark.sql.sources.useV1SourceList": "parquet",
}
"""What answers depend on; no setting changes it."""

USUAL = {
    "spark.app.name": "skywright",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.structuredLogging.enabled": "false",
    # an audit is many small queries over some tens of tables: plans, and not rows, are what takes time
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.optimizer.maxIterations": "100",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "true",
}
"""What suits us; ``spark.conf`` in the settings goes before it."""


def application(settings: SparkSettings) -> "SparkSession":
    """The Spark application of this process, started when there is none. Raises AskHuman when it cannot be started."""
    try:
        from pyspark.errors import PySparkException, PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise AskHuman(t("Spark is not installed."), next_step=t("Install skywright[spark].")) from error
    with _LOCK:
        if _STARTED:
            return _STARTED[0]
        _reachable(settings.master)
        builder = SparkSession.builder.master(settings.master)
        for key, value in (USUAL | _loopback(settings.master) | settings.conf | ALWAYS).items():
            builder = builder.config(key, value)
        try:
            with _quiet():
                session = builder.getOrCreate()
        except (PySparkException, PySparkRuntimeError) as error:
            raise _no_start(settings.master, error) from error
        session.sparkContext.setLogLevel("OFF")
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)  # errors reach the user as ours, once
        _STARTED[:] = [session]
        return session


def stop() -> None:
    """End the application of this process, if there is one."""
    with _LOCK:
        for session in _STARTED:
            session.stop()
        _STARTED.clear()


def gone(session: "SparkSession") -> bool:
    """Whether the application has ended (its master or its Java process died); the next session then starts another."""
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]  # has no stubs

    try:
        ended = bool(session.sparkContext._jsc.sc().isStopped())  # noqa: SLF001 - Spark has no other way to ask
    except (Py4JError, OSError, AttributeError):
        ended = True
    if ended:
        with _LOCK:
            _STARTED.clear()
    return ended


def _reachable(master: str) -> None:
    """Ask each standalone master's port: Spark itself would try for a minute before it says so."""
    scheme, _, places = master.partition("://")
    if scheme != "spark":
        return
    for place in places.split(","):
        host, _, port = place.rpartition(":")
        with contextlib.suppress(OSError, ValueError), socket.create_connection((host, int(port)), CONNECT_TIMEOUT_S):
            return
    raise AskHuman(
        t("No Spark master answers at {master}.", master=master),
        next_step=t("Start it, or mend `spark: master:` in the configuration."),
    )


def _no_start(master: str, error: Exception) -> AskHuman:
    if "JAVA_GATEWAY_EXITED" in str(error):
        return AskHuman(
            t("Spark needs Java, which does not start here."), next_step=t("Install Java 17 or later, and set JAVA_HOME.")
        )
    return AskHuman(
        t("Spark did not start on {master}: {reason}.", master=master, reason=str(error).split("\n")[0].rstrip(".")),
        next_step=t("Mend `spark:` in the configuration."),
    )


def _loopback(master: str) -> dict[str, str]:
    """A cluster of this machine alone needs no name of this machine."""
    here = master.startswith(("local", "spark://127.0.0.1", "spark://localhost"))
    return {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"} if here else {}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Spark's launcher writes greetings to the terminal before any setting can stop it."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
