"""Botocore sessions and clients: one per way into an account, made when first needed, shared by all threads."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from skywright.adapters.clouds.aws.config import AwsAccount, AwsConfig, AwsRole
from skywright.adapters.clouds.aws.lean import LeanFiles, parse_time
from skywright.model.errors import AskHuman
from skywright.model.settings import SecretRef
from skywright.model.words import t

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
ROLE_SESSION = "skywright"
CLIENTS_MAX = 64
HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Partition -> the region that its global services are asked in."""

ReadSecret = Callable[[SecretRef], str]


class Sessions:
    """Keys (account ids once they are known) -> sessions -> clients. Nothing of botocore is imported before the first use."""

    def __init__(self, config: AwsConfig, read_secret: ReadSecret) -> None:
        self._config = config
        self._read_secret = read_secret
        self._sessions: dict[str, Any] = {}
        self._profiles: dict[str, str | None] = {}
        self._clients: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._loader: Any = None
        self._lock = threading.RLock()  # botocore sessions are not thread safe, their clients are

    def knows(self, key: str) -> bool:
        """Is there a session under this key."""
        return key in self._sessions

    def profile(self, key: str) -> str | None:
        """The AWS profile behind a key, if one was named in the configuration or the environment."""
        return self._profiles.get(key)

    def open(self, key: str, account: AwsAccount) -> None:
        """Make a session for one entry of the configuration under ``key``. Raises AskHuman for a profile that does not exist."""
        with self._lock:
            session = self._new(account.profile)
            self._profiles[key] = account.profile or session.get_config_variable("profile")
            last = [AwsRole(role_arn=account.role_arn, external_id=account.external_id)] if account.role_arn else []
            self._sessions[key] = self._through(session, [*account.chain, *last])

    def step_into(self, key: str, source: str, role_arn: str) -> None:
        """Make a session under ``key`` that assumes a role from the session ``source``."""
        with self._lock:
            self._profiles[key] = self._profiles.get(source)
            self._sessions[key] = self._through(self._sessions[source], [AwsRole(role_arn=role_arn)])

    def rename(self, old: str, new: str) -> None:
        """Give a session the id of its account, once AWS has told it. The first session of an account is kept."""
        with self._lock:
            session, profile = self._sessions.pop(old), self._profiles.pop(old)
            self._sessions.setdefault(new, session)
            self._profiles.setdefault(new, profile)
            self._clients.clear()

    def region(self, key: str) -> str | None:
        """The region that the environment or the profile names."""
        found: str | None = self._sessions[key].get_config_variable("region")
        return found

    def home(self, key: str) -> str:
        """The region that global services of this account are asked in."""
        partition = self._sessions[key].get_partition_for_region(self._any_region(key))
        return HOME_REGIONS.get(partition, self._any_region(key))

    def offers(self, key: str, service: str, region: str) -> bool:
        """Does botocore's table of endpoints list the service in the region. (The table may be older than the region.)"""
        return region in self._sessions[key].get_available_regions(service)

    def client(self, key: str, region: str, service: str) -> Any:
        """The client of a service; ``region`` may be ``global``. Only the ``CLIENTS_MAX`` last used are kept: a client weighs a
        quarter of a MiB, and an organization has accounts x regions x services of them."""
        name = (key, region, service)
        with self._lock:
            if name in self._clients:
                self._clients.move_to_end(name)
                return self._clients[name]
            found = self._clients[name] = self._new_client(*name)
            if len(self._clients) > CLIENTS_MAX:
                self._clients.popitem(last=False)
            return found

    def _any_region(self, key: str) -> str:
        return self.region(key) or next(iter(self._config.regions), HOME_REGIONS["aws"])

    def _new_client(self, key: str, region: str, service: str) -> Any:
        name = self.home(key) if region == "global" else region
        return self._create(self._sessions[key], service, name)

    def _create(self, session: Any, service: str, region: str, **credentials: Any) -> Any:
        return session.create_client(
            service, region_name=region, endpoint_url=self._config.endpoint_url, config=self._client_config(), **credentials
        )

    def _client_config(self) -> Any:
        from botocore.config import Config

        elsewhere = self._config.endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL_S3")
        return Config(
            retries={"total_max_attempts": 1},  # ours are in calls.py, where they meet the limits
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            max_pool_connections=self._config.concurrency,
            s3={"addressing_style": "path"} if elsewhere else None,  # a bucket's name is no host name there
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
        session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_time)
        return session

    def _through(self, session: Any, roles: Sequence[AwsRole]) -> Any:
        """A session whose credentials come from assuming the roles one after the other; they renew themselves."""
        for role in roles:
            following = self._new(None)
            following.set_config_variable("region", session.get_config_variable("region"))
            following.register_component("credential_provider", _Given(self._assume(session, role)))
            session = following
        return session

    def _assume(self, session: Any, role: AwsRole) -> Any:
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

        region = session.get_config_variable("region") or next(iter(self._config.regions), HOME_REGIONS["aws"])
        extra = {"RoleSessionName": ROLE_SESSION}
        if role.external_id is not None:
            extra["ExternalId"] = role.external_id if isinstance(role.external_id, str) else self._read_secret(role.external_id)
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=lambda service, **credentials: self._create(session, service, region, **credentials),
            source_credentials=session.get_credentials(),
            role_arn=role.role_arn,
            extra_args=extra,
        )
        return DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)


class _Given:
    """A credential provider that gives what it was given."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        return self._credentials


def _botocore_session() -> Any:
    try:
        from botocore.session import Session
    except ImportError as error:
        raise AskHuman(t("AWS needs boto3, which is not installed."), next_step=t("Run: pip install 'skywright[aws]'")) from error
    return Session
