"""Which projects are in scope, and through which login each is read."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import DRIFT, misunderstood
from skywright.adapters.clouds.openstack.session import Failure, Login, Sessions
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.words import t

ListProjects = Callable[[Login], Iterable[Any]]


class Accounts:
    """Finds the projects: each login's own and, where every project is wanted, all that Keystone lists."""

    def __init__(self, sessions: Sessions, projects: ListProjects, skip: frozenset[str]) -> None:
        self._sessions = sessions
        self._projects = projects
        self._skip = skip
        self._of: dict[str, list[Login]] | None = None
        self._failures: tuple[Failure, ...] = ()
        self._lock = threading.Lock()

    def find(self) -> tuple[dict[str, list[Login]], tuple[Failure, ...]]:
        """Project id -> the logins that read it, and what could not be signed in to or listed."""
        with self._lock:
            if self._of is None:
                self._of, self._failures = self._find()
            return self._of, self._failures

    def forget(self) -> None:
        """Look anew at the next call: projects come and go."""
        with self._lock:
            self._of = None

    def login(self, account: str, region: str) -> Login:
        """Through whom an account is read in a region. Raises AskHuman for one that is not in scope, or why it is not."""
        found, failures = self.find()
        for login in found.get(account, ()):
            if region == GLOBAL or region in login.regions:
                return login
        if failures and account not in found:
            raise failures[0][1]
        raise AskHuman(
            t("Project {account} with region {region} is not in scope.", account=account, region=region),
            next_step=t("Add its cloud under clouds.openstack.clouds, or set all_projects."),
        )

    def _find(self) -> tuple[dict[str, list[Login]], tuple[Failure, ...]]:
        logins, failures = self._sessions.logins()
        listed = list(failures)
        found: dict[str, list[Login]] = {}
        for login in logins:
            for project in [login.home, *self._others(login, listed)]:
                found.setdefault(project, []).append(login)
        return found, tuple(listed)

    def _others(self, login: Login, failures: list[Failure]) -> list[str]:
        """The other projects of a cloud, where they are wanted; a failure to list them is noted."""
        if not login.wide:
            return []
        try:
            listed = [tr.text(raw, "id") or "" for raw in self._projects(login) if tr.flag(raw, "is_domain") is not True]
        except SkywrightError as error:
            failures.append((t("other projects of {login}", login=login.name), error))
            return []
        except DRIFT as error:
            failures.append((t("other projects of {login}", login=login.name), misunderstood("OpenStack", "projects", error)))
            return []
        return sorted({one for one in listed if one} - self._skip - {login.home})
