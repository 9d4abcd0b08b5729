"""Which projects are in scope: those named, those of the organisation and folders, or else the environment's own."""

import re
import threading
from collections.abc import Iterator

import msgspec

from skywright.adapters.clouds.gcp.calls import Calls
from skywright.adapters.clouds.gcp.config import GcpConfig
from skywright.adapters.clouds.gcp.session import Session
from skywright.adapters.clouds.kit.translate import said, tail, text
from skywright.model.errors import AskHuman, NotSignedIn, NotThere, SkywrightError
from skywright.model.words import t

PROJECT_TYPE = "cloudresourcemanager.googleapis.com/Project"

Failure = tuple[str, SkywrightError]
"""A project (or what was to hold some) and why it cannot be read."""


class Project(msgspec.Struct, frozen=True):
    """A project in scope. ``number`` is "" where it could not be found out: then names that use it stay as they are."""

    id: str
    number: str = ""


class Projects:
    """Finds the projects. Asked once in the life of a process."""

    def __init__(self, config: GcpConfig, session: Session, calls: Calls) -> None:
        self._config = config
        self._session = session
        self._calls = calls
        self._found: tuple[tuple[Project, ...], tuple[Failure, ...]] | None = None
        self._lock = threading.Lock()

    def find(self) -> tuple[tuple[Project, ...], tuple[Failure, ...]]:
        """The projects that can be read, and what could not be found out, with the reason."""
        with self._lock:
            if self._found is None:
                self._found = self._find()
            return self._found

    def forget(self) -> None:
        """Ask anew next time."""
        with self._lock:
            self._found = None

    def get(self, project: str) -> Project:
        """A project by its id; one that is not in scope has no number here."""
        found = self._found[0] if self._found else ()
        return next((one for one in found if one.id == project), Project(project))

    def _find(self) -> tuple[tuple[Project, ...], tuple[Failure, ...]]:
        config = self._config
        found: dict[str, Project] = {}
        failures: list[Failure] = []
        for name in [*config.projects, *self._own()]:
            try:
                found[name] = self._named(name)
            except SkywrightError as error:
                failures.append((name, error))
        for holder in self.holders():
            try:
                found |= {one.id: one for one in self._below(holder)}
            except SkywrightError as error:
                failures.append((holder.replace("/", "-"), error))
        kept = tuple(one for name, one in sorted(found.items()) if name not in config.skip_projects)
        return kept, tuple(failures)

    def holders(self) -> list[str]:
        """The organisation and folders of the configuration: ``organizations/1``, ``folders/2``."""
        organization = [f"organizations/{tail(self._config.organization)}"] if self._config.organization else []
        return organization + [f"folders/{tail(folder)}" for folder in self._config.folders]

    def _own(self) -> list[str]:
        """The environment's own project, when the configuration names nothing. Raises nothing: what is missing is a failure."""
        if self._config.projects or self.holders():
            return []
        try:
            own = self._project_of_environment()
        except SkywrightError:
            own = None
        return [own or ""]

    def _project_of_environment(self) -> str | None:
        from google.auth.exceptions import GoogleAuthError

        from skywright.adapters.clouds.gcp.faults import Asked, unanswered

        try:
            return self._session.project
        except GoogleAuthError as error:
            raise unanswered(error, Asked("", "cloudresourcemanager.projects.get")) from error

    def _named(self, name: str) -> Project:
        """One project with its number. Where the Resource Manager does not tell, the project is read all the same."""
        if not name:
            self._project_of_environment()  # its own word first: no credentials
            raise AskHuman(
                t("No Google Cloud project is named."),
                next_step=t("Name some under clouds.gcp.projects, or set GOOGLE_CLOUD_PROJECT."),
            )
        try:
            told = self._calls.call(name, "cloudresourcemanager.projects.get", name=f"projects/{name}")
        except SkywrightError as error:
            if isinstance(error, NotSignedIn | NotThere):
                raise
            return Project(name)
        return Project(said(told, "projectId") or name, tail(text(told, "name")) or "")

    def _below(self, holder: str) -> Iterator[Project]:
        """The living projects anywhere below an organisation or folder: in one list of Cloud Asset Inventory, or else folder by
        folder."""
        try:
            yield from list(self._through_assets(holder))
        except SkywrightError:
            yield from self._through_folders(holder)

    def _through_assets(self, holder: str) -> Iterator[Project]:
        found = self._calls.pages(
            holder, "cloudasset.v1.searchAllResources", "results", scope=holder, assetTypes=[PROJECT_TYPE], pageSize=500
        )
        for one in found:
            named = re.search(r"/projects/([^/]+)$", said(one, "name"))
            if named and said(one, "state") in ("ACTIVE", ""):
                yield Project(named[1], tail(text(one, "project")) or "")

    def _through_folders(self, holder: str) -> Iterator[Project]:
        calls = self._calls
        for one in calls.pages(holder, "cloudresourcemanager.projects.list", "projects", parent=holder, pageSize=500):
            if said(one, "state") == "ACTIVE" and (identifier := text(one, "projectId")):
                yield Project(identifier, tail(text(one, "name")) or "")
        for one in calls.pages(holder, "cloudresourcemanager.folders.list", "folders", parent=holder, pageSize=500):
            if said(one, "state") == "ACTIVE" and (name := text(one, "name")):
                yield from self._through_folders(name)
