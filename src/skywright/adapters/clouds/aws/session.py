"""Botocore sessions and clients: one per way into an account, made when first needed, shared by all threads."""

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig, AwsRole
from skywright.adapters.clouds.aws.lean import LeanFiles, parse_time
from skywright.model.errors import AskHuman
from skywright.model.settings import SecretRef
from skywright.model.words import t

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
ROLE_SESSION = "skywright"
CLIENTS_MAX = 40
HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Partition -> the region that its global services are asked in."""

ReadSecret = Callable[[SecretRef], str]


ACTING: ContextVar[Any] = ContextVar("skywright_aws_acting", default=None)
"""The credentials that the call under way is signed with."""


class Identity(msgspec.Struct, frozen=True):
    """Who acts in an account: its credentials, and the session whose clients it shares with others of the same profile."""

    credentials: Any
    session: Any
    profile: str | None


class Sessions:
    """Keys (account ids once they are known) -> identities -> clients. Nothing of botocore is imported before the first use.

    One client serves every account of a profile: each call is signed with the credentials of the account that ``acting`` names. So
    a hundred accounts need no more clients than one.
    """

    def __init__(self, config: AwsConfig, read_secret: ReadSecret) -> None:
        self._config = config
        self._read_secret = read_secret
        self._identities: dict[str, Identity] = {}
        self._shared: dict[str | None, Any] = {}  # profile -> the session that its accounts' clients are made by
        self._clients: OrderedDict[tuple[int, str, str], Any] = OrderedDict()
        self._loader: Any = None
        self._lock = threading.RLock()  # botocore sessions are not thread safe, their clients are

    def knows(self, key: str) -> bool:
        """Is there an identity under this key."""
        return key in self._identities

    def profile(self, key: str) -> str | None:
        """The AWS profile behind a key, if one was named in the configuration or the environment."""
        return self._identities[key].profile

    def open(self, key: str, account: AwsAccount) -> None:
        """Make an identity for one entry of the configuration. Raises AskHuman for a profile that does not exist."""
        with self._lock:
            session = self._new(account.profile)
            if account.profile not in self._shared:
                self._shared[account.profile] = shared = self._new(account.profile)
                shared.register_component("credential_provider", _Given(_Acting()))
            last = [AwsRole(role_arn=account.role_arn, external_id=account.external_id)] if account.role_arn else []
            credentials = self._assumed(session.get_credentials(), session, [*account.chain, *last])
            profile = account.profile or session.get_config_variable("profile")
            self._identities[key] = Identity(credentials, self._shared[account.profile], profile)

    def step_into(self, key: str, source: str, role_arn: str) -> None:
        """Make an identity that assumes a role from the identity ``source``."""
        with self._lock:
            via = self._identities[source]
            credentials = self._assumed(via.credentials, via.session, [AwsRole(role_arn=role_arn)])
            self._identities[key] = msgspec.structs.replace(via, credentials=credentials)

    def rename(self, old: str, new: str) -> None:
        """Give an identity the id of its account, once AWS has told it. The first identity of an account is kept."""
        with self._lock:
            self._identities.setdefault(new, self._identities.pop(old))

    @contextmanager
    def acting(self, key: str) -> Iterator[None]:
        """Calls inside are signed with the credentials of this account."""
        before = ACTING.set(self._identities[key].credentials)
        try:
            yield
        finally:
            ACTING.reset(before)

    def region(self, key: str) -> str | None:
        """The region that the environment or the profile names."""
        return _region(self._identities[key].session)

    def home(self, key: str) -> str:
        """The region that global services of this account are asked in."""
        region = self._any_region(self._identities[key].session)
        return HOME_REGIONS.get(self._identities[key].session.get_partition_for_region(region), region)

    def lacks(self, key: str, service: str, region: str) -> bool:
        """Does botocore's table of endpoints list the service, but not in this region. (The table may be older than the region, so
        that it is asked only after an endpoint could not be reached.)"""
        from botocore.exceptions import UnknownRegionError

        session = self._identities[key].session
        try:
            listed = session.get_available_regions(service, session.get_partition_for_region(region))
        except UnknownRegionError:
            return False
        return bool(listed) and region not in listed

    def client(self, key: str, region: str, service: str) -> Any:
        """The client of a service; ``region`` may be ``global``. Only the ``CLIENTS_MAX`` last used are kept: a client weighs a
        quarter of a MiB, and an organization has accounts x regions x services of them."""
        session = self._identities[key].session
        with self._lock:
            name = (id(session), region, service)
            if name in self._clients:
                self._clients.move_to_end(name)
                return self._clients[name]
            where = self.home(key) if region == "global" else region
            with self.acting(key):
                found = self._clients[name] = self._create(session, service, where)
            if len(self._clients) > CLIENTS_MAX:
                self._clients.popitem(last=False)
            return found

    def _any_region(self, session: Any) -> str:
        return _region(session) or next(iter(self._config.regions), HOME_REGIONS["aws"])

    def _create(self, session: Any, service: str, region: str, **credentials: Any) -> Any:
        return session.create_client(
            service, region_name=region, endpoint_url=self._config.endpoint_url, config=self._client_config(), **credentials
        )

    @property
    def _elsewhere(self) -> bool:
        """Do calls go to another endpoint than AWS's own (a lab, a gateway)."""
        return bool(self._config.endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL_S3"))

    def _client_config(self) -> Any:
        from botocore.config import Config

        return Config(
            retries={"total_max_attempts": 1},  # ours are in calls.py, where they meet the limits
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            max_pool_connections=self._config.concurrency,
            s3={"addressing_style": "path"} if self._elsewhere else None,  # a bucket's name is no host name there
            inject_host_prefix=not self._elsewhere,
        )

    def _new(self, profile: str | None) -> Any:
        session_class = _botocore_session()
        from botocore.exceptions import ProfileNotFound
        from botocore.loaders import Loader

        session = session_class(profile=profile)
        try:
            search = session.get_config_variable("data_path")
        except ProfileNotFound as error:
            raise AskHuman(
                t("The AWS profile {profile} does not exist.", profile=profile or os.environ.get("AWS_PROFILE", "")),
                next_step=t("Name one that `aws configure list-profiles` shows."),
            ) from error
        self._loader = self._loader or Loader(search, file_loader=LeanFiles())
        session.register_component("data_loader", self._loader)
        if self._elsewhere:
            session.register("before-sign.s3-control", _without_account)
        session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_time)
        return session

    def _assumed(self, credentials: Any, session: Any, roles: Sequence[AwsRole]) -> Any:
        """The credentials after assuming the roles one after the other; they renew themselves. None of none: the first call will
        say that there are no credentials."""
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

        if credentials is None:
            return None
        region = self._any_region(session)
        for role in roles:
            fetcher = AssumeRoleCredentialFetcher(
                client_creator=lambda service, **given: self._create(session, service, region, **given),
                source_credentials=credentials,
                role_arn=role.role_arn,
                extra_args=self._role_arguments(role),
            )
            credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)
        return credentials

    def _role_arguments(self, role: AwsRole) -> dict[str, str]:
        extra = {"RoleSessionName": ROLE_SESSION}
        if isinstance(role.external_id, str):
            return {**extra, "ExternalId": role.external_id}
        return extra if role.external_id is None else {**extra, "ExternalId": self._read_secret(role.external_id)}


class _Given:
    """A credential provider that gives what it was given."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        return self._credentials


class _Acting:
    """Stands where botocore keeps a client's credentials, and is at each call those of the account that acts."""

    def get_frozen_credentials(self) -> Any:
        credentials = ACTING.get()
        return credentials.get_frozen_credentials() if credentials is not None else None

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        return lambda: getattr(ACTING.get(), name, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(ACTING.get(), name, None)


def _without_account(request: Any, **_event: Any) -> None:
    """S3 Control puts the account before the host's name; a host that is an IP address has no such names."""
    request.url = re.sub(r"^(https?://)\d{12}\.", r"\1", request.url)


def _region(session: Any) -> str | None:
    found: str | None = session.get_config_variable("region")
    return found


def _botocore_session() -> Any:
    try:
        from botocore.session import Session
    except ImportError as error:
        raise AskHuman(t("AWS needs boto3, which is not installed."), next_step=t("Run: pip install 'skywright[aws]'")) from error
    return Session
