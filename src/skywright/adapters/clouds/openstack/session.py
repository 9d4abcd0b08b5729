"""Logins: clouds.yaml and ``OS_*`` through openstacksdk -> a session for each cloud, its projects and its regions."""

import threading
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.openstack.config import OpenstackConfig
from skywright.adapters.clouds.openstack.faults import Asked, misconfigured, unanswered
from skywright.adapters.clouds.openstack.place import IDENTITY
from skywright.model.errors import AskHuman, Denied, NotSignedIn, SkywrightError
from skywright.model.words import t

Failure = tuple[str, SkywrightError]
"""A cloud's name and why it cannot be read."""

SKEW_MAX = timedelta(minutes=5)


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A cloud that is signed in to: ``name`` as clouds.yaml has it, ``home`` the project that it is signed in to.

    ``regions``: the name that is shown -> the catalogue's.
    """

    name: str
    home: str
    home_name: str
    user: str
    roles: tuple[str, ...]
    regions: dict[str, str]
    config: Any  # openstacksdk's CloudRegion
    session: Any  # keystoneauth's
    wide: bool = False  # every project is read

    @property
    def identity(self) -> str:
        """The URL of Keystone's version 3, without a slash at its end."""
        url = str(self.session.auth.auth_url).rstrip("/")
        return url if url.endswith("/v3") else f"{url.removesuffix('/v2.0')}/v3"


class Sessions:
    """Signs in to every cloud in scope, once. Safe to use from many threads."""

    def __init__(self, config: OpenstackConfig) -> None:
        self._config = config
        self._found: tuple[tuple[Login, ...], tuple[Failure, ...]] | None = None
        self._lock = threading.Lock()
        self._others: dict[tuple[str, str], Any] = {}

    def logins(self) -> tuple[tuple[Login, ...], tuple[Failure, ...]]:
        """The clouds that can be read, and those that cannot with the reason. Two logins to one project count once."""
        with self._lock:
            if self._found is None:
                self._found = self._sign_in()
            return self._found

    def forget(self) -> None:
        """Sign in anew at the next call where that failed: the credentials may have been renewed."""
        with self._lock:
            if self._found and self._found[1]:
                self._found = None

    def scoped(self, login: Login, project: str) -> Any:
        """A session of the same user in another project. Raises AskHuman for credentials that are bound to one project."""
        if project == login.home:
            return login.session
        with self._lock:
            if (login.name, project) not in self._others:
                self._others[login.name, project] = self._rescoped(login, project)
            return self._others[login.name, project]

    def _rescoped(self, login: Login, project: str) -> Any:
        from keystoneauth1 import session
        from keystoneauth1.identity import v3

        if login.session.auth.get_access(login.session).application_credential_id:
            raise AskHuman(
                t("{login} uses an application credential, which is bound to project {home}.", login=login.name, home=login.home),
                next_step=t("Use a user with a role in project {project}.", project=project),
            )
        from keystoneauth1.exceptions import Unauthorized

        token = login.session.auth.get_token(login.session)
        auth = v3.Token(login.identity, token, project_id=project)
        made = session.Session(auth=auth, verify=login.session.verify, cert=login.session.cert, timeout=login.session.timeout)
        try:
            auth.get_access(made)
        except Unauthorized as error:
            raise Denied(
                t("The user of {login} has no role in project {project}.", login=login.name, project=project),
                permission="identity:POST /auth/tokens",
                next_step=t("Give it one, or leave the project out with clouds.openstack.skip_projects."),
            ) from error
        return made

    def _sign_in(self) -> tuple[tuple[Login, ...], tuple[Failure, ...]]:
        names: Sequence[str | None] = self._config.clouds or [None]
        found: dict[tuple[str, str], Login] = {}
        failures: list[Failure] = []
        for name in names:
            try:
                login = self._login(name)
            except SkywrightError as error:
                failures.append((name or t("default cloud"), error))
            else:
                found.setdefault((login.identity, login.home), login)
        return tuple(found.values()), tuple(failures)

    def _login(self, name: str | None) -> Login:
        config = self._cloud_region(name)
        shown = str(config.name or name or "openstack")
        asked = Asked("?", GLOBAL, IDENTITY, "identity:POST /auth/tokens", shown)
        access, session = _access(config, asked, self._config.timeout_s)
        if not access.project_id:
            raise AskHuman(
                t("The login {login} names no project.", login=shown),
                next_step=t("Set project_name (or project_id) in clouds.yaml, or OS_PROJECT_NAME."),
            )
        return Login(
            name=shown,
            home=access.project_id,
            home_name=access.project_name or "",
            user=access.user_id,
            roles=tuple(access.role_names or ()),
            regions=dict(self._regions(shown, access)),
            config=config,
            session=session,
            wide=self._config.all_projects,
        )

    def _regions(self, name: str, access: Any) -> Iterator[tuple[str, str]]:
        """What is shown -> what the catalogue says, for the regions in scope."""
        catalogue = access.service_catalog.catalog or ()
        listed = {endpoint.get("region_id") or endpoint.get("region") for one in catalogue for endpoint in one.get("endpoints", ())}
        for region in sorted(region for region in listed if region):
            if not self._config.regions or region in self._config.regions:
                yield (f"{name}.{region}" if len(self._config.clouds) > 1 else region).replace(":", "_"), region

    def _cloud_region(self, name: str | None) -> Any:
        """The configuration of one cloud. Raises AskHuman."""
        try:
            from openstack import exceptions
            from openstack.config import OpenStackConfig
        except ImportError as error:
            raise AskHuman(
                t("OpenStack needs the library openstacksdk."), next_step="pip install 'skywright[openstack]'"
            ) from error
        from keystoneauth1.exceptions import ClientException

        files = [self._config.config_file] if self._config.config_file else None
        try:
            with warnings.catch_warnings():  # the library warns of its own defaults (InfluxDB), whatever the configuration says
                warnings.simplefilter("ignore")
                return OpenStackConfig(config_files=files, app_name="skywright").get_one(cloud=name)
        except (exceptions.ConfigException, ClientException, OSError) as error:
            raise misconfigured(error) from error


def _access(config: Any, asked: Asked, timeout_s: float) -> tuple[Any, Any]:
    """A token's facts, and the session that got it."""
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import ConfigException

    try:
        session = config.get_session()
        session.timeout = session.timeout or timeout_s
        access = session.auth.get_access(session)
    except ConfigException as error:
        raise misconfigured(error) from error
    except ClientException as error:
        raise unanswered(error, asked) from error
    except (ValueError, AttributeError, KeyError, TypeError) as error:  # an answer that is no token
        raise misconfigured(error) from error
    return access, session


def check_clock(login: Login, now: datetime) -> None:
    """Raise NotSignedIn when a fresh token counts as expired here: every call would ask for another one."""
    access = login.session.auth.get_access(login.session)
    issued, expires = (when.replace(tzinfo=None) for when in (access.issued, access.expires))
    ahead = now - issued
    if now >= expires - SKEW_MAX and ahead > SKEW_MAX:
        raise NotSignedIn(
            t(
                "This machine's clock is {minutes:.0f} minutes ahead of OpenStack's: its tokens count as expired.",
                minutes=ahead.total_seconds() / 60,
            ),
            next_step=t("Set the clock (for example with chrony or systemd-timesyncd), then try again."),
        )
