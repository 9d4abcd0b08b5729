"""Readers at work: against moto in this process, or against answers laid out by a test."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID

from skywright.adapters.clouds.aws.calls import AwsCalls
from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.session import Sessions
from skywright.adapters.clouds.kit.reading import Desk, Memo
from skywright.model.errors import NotThere

NOW = datetime(2026, 7, 1, 12)


class StillClock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.time = NOW
        self.slept = []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Scripted:
    """Answers laid out by operation: a mapping, an error to raise, or a function of the parameters. The rest is not there."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def client_call(self, account, region, service, operation, /, **params):
        self.asked.append((region, service, operation, params))
        answer = self.answers.get(operation, NotThere(f"no {operation}"))
        answer = answer(**params) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def pages(self, account, region, service, operation, items_key, /, **params):
        found = self.client_call(account, region, service, operation, **params)
        for key in items_key.split(".") if items_key else ():
            found = found.get(key, {})
        yield from found if items_key else [found]


@pytest.fixture
def scripted():
    """The class, for tests to lay out answers."""
    return Scripted


@pytest.fixture
def threads():
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def reading(threads):
    """calls, reader -> the reading after the reader has read."""

    def read(calls, reader, region="eu-west-1", only=None, account=DEFAULT_ACCOUNT_ID):
        desk = Desk(calls=calls, memo=Memo(), threads=threads, now=NOW)
        where = "global" if reader.is_global else region
        one = Reading(desk, account, where, reader.service, frozenset(only) if only is not None else None)
        reader.read(one)
        return one

    return read


@pytest.fixture
def moto(monkeypatch):
    """Calls into moto, in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        sessions = Sessions(AwsConfig(), lambda _reference: "")
        sessions.open(DEFAULT_ACCOUNT_ID, AwsAccount())
        yield AwsCalls(sessions, StillClock())
