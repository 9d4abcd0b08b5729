"""Fixtures for everyone: an AWS API on loopback and an environment that leads to it and nowhere else; PostgreSQL; Spark."""

import logging
import os
import urllib.request
from collections.abc import Iterator

import pytest
from tests import real_kubernetes, real_openstack
from tests.postgres import postgres, postgres_url
from tests.postgres import pytest_terminal_summary as say_if_no_postgres
from tests.spark import say_if_absent as say_if_no_spark
from tests.spark import spark_settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does: our matrices are small

__all__ = ["postgres", "postgres_url", "spark_settings"]


def pytest_terminal_summary(terminalreporter) -> None:
    """Say loudly what was left out because its server is not here."""
    say_if_no_postgres(terminalreporter)
    say_if_no_spark(terminalreporter)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are named by their number: packed ones hold the time of packing, and every worker must name a test alike."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None


def pytest_sessionfinish() -> None:
    """Stop the real servers that this session has started."""
    real_kubernetes.AT_END.close()
    real_openstack.AT_END.close()


if "SKYWRIGHT_MUTATION" in os.environ:  # a mutant is found by any example: the search for the smallest one would take minutes
    from hypothesis import Phase, settings

    settings.register_profile("mutation", settings.get_profile("ci"), phases=(Phase.explicit, Phase.generate))
    settings.load_profile("mutation")

KEY_ID, REGION = "AKIAIOSFODNN7EXAMPLE", "eu-west-1"  # the key id that AWS's own documents use as an example


@pytest.fixture(scope="session")
def _moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    from skywright.lab.aws.strict import tags

    tags.install()  # AWS lists tables and repositories by their tags; moto does not
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would bury what failed
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws_server(_moto: str) -> str:
    """The URL of an AWS API that holds nothing yet."""
    request = urllib.request.Request(f"{_moto}/moto-api/reset", method="POST")
    with urllib.request.urlopen(request, timeout=60):
        return _moto


@pytest.fixture
def aws_environment(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The standard AWS environment, leading to ``aws_server``; gives its URL."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    settings = {
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": aws_server,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return aws_server
