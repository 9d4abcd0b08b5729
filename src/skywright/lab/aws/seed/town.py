"""The seeded company's ground: accounts, sites, calls into moto without HTTP, the answer sheet, chance, and time."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec

from skywright.lab.aws.answers import Planted, Sheet
from skywright.lab.aws.models import lean_loader

REGIONS = ("eu-west-1", "us-east-1", "eu-central-1", "ap-southeast-2")
GLOBAL = "global"
LAB_KEY = "AKIALABSKYWRIGHT0001"
LAB_SECRET = "lab-only-this-opens-nothing-but-the-lab"  # noqa: S105 - as it says
ROLE = "skywright"


class Account(msgspec.Struct, frozen=True):
    """An account of the company, and the environment that lives in it."""

    id: str
    name: str
    environment: str


# The numbers are those that AWS uses in the examples of its documentation.
ACCOUNTS = (
    Account("111122223333", "production", "production"),
    Account("444455556666", "staging", "staging"),
    Account("777788889999", "sandbox", "development"),
)


class Size(msgspec.Struct, frozen=True):
    """How large an estate is: the applications at each (account, region), by index into REGIONS."""

    applications: dict[str, tuple[int, ...]]


class Town:
    """What every builder gets. Deterministic: the same seed and size give the same estate (times are relative to now)."""

    def __init__(self, size: Size, seed: int, now: datetime) -> None:
        self.size = size
        self.now = now
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.sheet = Sheet()
        self._clients: dict[tuple[str, str], Any] = {}
        self._account = ""

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts that have something in them."""
        return tuple(account for account in ACCOUNTS if account.name in self.size.applications)

    @property
    def role(self) -> str:
        """The name of the role that Skywright assumes in every account."""
        return ROLE

    @cached_property
    def sites(self) -> tuple["Site", ...]:
        """Every region of every account with applications."""
        return tuple(
            Site(self, account, region, count)
            for account in self.accounts
            for region, count in zip(REGIONS, self.size.applications[account.name], strict=False)
            if count
        )

    def homes(self) -> Iterator["Site"]:
        """One site an account: where its global things are made."""
        for account in self.accounts:
            yield next(site for site in self.sites if site.account == account)

    def call(self, account: str, region: str, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One API call into moto, in this process."""
        self._account = account
        answer: dict[str, Any] = getattr(self._client(service, region), operation)(**params)
        return answer

    def ago(self, days: float) -> datetime:
        """A time in the past, naive UTC."""
        return self.now - timedelta(days=days)

    @cached_property
    def _session(self) -> Any:
        from botocore.session import Session

        session = Session()
        session.register_component("data_loader", lean_loader())
        return session

    def forget_clients(self) -> None:
        """Seeding is over: let the clients and their models go."""
        self._clients.clear()
        self.__dict__.pop("_session", None)

    def _client(self, service: str, region: str) -> Any:
        from botocore.config import Config

        if (service, region) not in self._clients:
            client = self._session.create_client(
                service,
                region_name=region,
                aws_access_key_id="seeding",
                aws_secret_access_key="seeding",  # noqa: S106 - goes nowhere
                config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
            )
            client.meta.events.register("before-call", self._say_account)
            self._clients[service, region] = client
        return self._clients[service, region]

    def _say_account(self, params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-moto-account-id"] = self._account


class Site:
    """One region of one account."""

    def __init__(self, town: Town, account: Account, region: str, applications: int) -> None:
        self.town = town
        self.account = account
        self.region = region
        self.applications = applications

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One API call here."""
        return self.town.call(self.account.id, self.region, service, operation, **params)

    def backend(self, service: str) -> Any:
        """Moto's own state, for what no API call can set: ages and last uses."""
        import moto.backends

        find: Any = moto.backends.get_backend
        backends = find(service)
        place = "aws" if service in ("iam", "s3", "route53", "cloudfront", "organizations") else self.region
        return backends[self.account.id][place]

    def tags(self, name: str, owner: str) -> dict[str, str]:
        """The tags that the company's rules ask for."""
        return {"Name": name, "owner": owner, "environment": self.account.environment, "cost-center": f"cc-{owner}"}

    def take_card(self, card: str, by: str) -> None:
        """A network card that a service of AWS made for itself: in use, which moto does not say."""
        made = self.backend("ec2").enis[card]
        made.status, made.interface_type, made.requester_managed = "in-use", by, True

    def plant(self, fault: str, kind: str, native_id: str, *, everywhere: bool = False) -> None:
        """Write a fault on the answer sheet. ``everywhere``: the resource belongs to the account, not to a region."""
        self.town.sheet.plant(Planted(fault, kind, self.account.id, GLOBAL if everywhere else self.region, native_id))


def pairs(tags: dict[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as most services want them."""
    return [{key: name, value: text} for name, text in tags.items()]


def specification(kind: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    """Tags as EC2 wants them when something is made."""
    return [{"ResourceType": kind, "Tags": pairs(tags)}]


@contextmanager
def inside_moto(seed: int) -> Iterator[None]:
    """Calls of boto3 in this process go to moto's backends, whose contents stay when the block is left."""
    from moto import mock_aws
    from moto.moto_api._internal import mock_random

    mock = mock_aws()
    mock.start()
    mock_random.seed(seed)
    random.seed(seed)  # moto draws access keys from the plain generator
    try:
        yield
    finally:
        mock.stop(remove_data=False)
