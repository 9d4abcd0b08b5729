"""The Google Cloud adapter: implements ports.cloud.Cloud."""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.gcp.calls import GcpCalls
from skywright.adapters.clouds.gcp.config import GcpConfig
from skywright.adapters.clouds.gcp.projects import Projects
from skywright.adapters.clouds.gcp.read.base import Reading
from skywright.adapters.clouds.gcp.read.names import HOLDERS
from skywright.adapters.clouds.gcp.read.place import CLOUD, Place
from skywright.adapters.clouds.gcp.session import ReadSecret, Session
from skywright.adapters.clouds.kit.cloud import EVERY, NotOffered, ReaderCloud
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk, Memo, Reader
from skywright.adapters.clouds.kit.translate import text
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.estate import Coverage, Scope, Usage
from skywright.model.kinds import Resource
from skywright.model.settings import SecretRef
from skywright.model.words import t
from skywright.ports.cloud import Deed, Health, Permission, Step
from skywright.ports.other import Clock

if TYPE_CHECKING:
    from skywright.model.plan import Change, Reversibility


def _no_secrets(_reference: SecretRef) -> str:
    raise AskHuman(t("No reader of secrets is wired."), next_step=t("Give the value itself."))


class GcpCloud(ReaderCloud):
    """See ports.cloud.Cloud. Makes no call before a method is called."""

    name = CLOUD
    usage_by_hour = True
    vouches = True

    def __init__(self, config: GcpConfig, clock: Clock, read_secret: ReadSecret = _no_secrets) -> None:
        super().__init__(clock, concurrency=config.concurrency, skip_services=config.skip_services)
        self._config = config
        session = Session(config, read_secret)
        self.calls = GcpCalls(session, clock)
        self._projects = Projects(config, session, self.calls)
        self._lock = threading.Lock()
        self._measured: tuple[tuple[datetime, datetime] | None, Memo] = (None, Memo())

    @property
    def api_calls(self) -> dict[str, int]:
        """Calls made so far, by method; every attempt counts."""
        return dict(self.calls.counter)

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """See ports.cloud.Cloud. Every reader but the global ones has one scope for each region, and one for what is in none."""
        self._memo = Memo()
        self._measured = (None, Memo())
        self.calls.forgive()
        self._projects.forget()
        projects, failures = self._projects.find()
        found: list[Scope] = []
        gaps = [self.gap(project or EVERY, EVERY, EVERY, error) for project, error in failures]
        for project in projects:
            regions, refused = self._regions(project.id)
            if refused is not None:
                gaps.append(self.gap(project.id, EVERY, EVERY, refused))
            scopes, left_out = self.scopes_of(project.id, (*regions, GLOBAL), GLOBAL)
            found += [scope for scope in scopes if scope.reader != HOLDERS]
            gaps += left_out
        found += [self._holder_scope(holder) for holder in self._projects.holders()]
        found.sort(key=lambda scope: (scope.account, self._readers[scope.reader].service))  # the assets of few projects at a time
        return found, gaps

    def _holder_scope(self, holder: str) -> Scope:
        """A folder or organisation of the configuration is an account of its own: ``folders-123``."""
        return Scope(self.name, holder.replace("/", "-"), GLOBAL, HOLDERS, self._readers[HOLDERS].kinds)

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.gcp.usage import usage

        with self._lock:
            if self._measured[0] != (since, until):  # a window's figures are of use while its places are measured
                self._measured = ((since, until), Memo())
            memo = self._measured[1]
        return usage(self.calls, memo, resources, since, until)

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> "Reversibility | None":
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.gcp.write import WAYS

        return WAYS.can(kind, before, after)

    def steps(self, change: "Change") -> Sequence[Step]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.gcp.write import steps

        return steps(self.calls, change)

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.gcp.health import health

        return health(self.calls, targets)

    def deeds(self, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
        """See ports.cloud.Historian."""
        from skywright.adapters.clouds.gcp.trail import deeds

        return deeds(self.calls, targets, since, until)

    def doctor(self) -> Iterator[Permission]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.gcp.doctor import examine
        from skywright.adapters.clouds.gcp.write import actions

        projects, failures = self._projects.find()
        for named, error in failures:
            needed_for = t("project {project}", project=named or t("of the environment"))
            yield Permission("resourcemanager.projects.get", needed_for, allowed=False, reason=str(error))
        readers = [reader for reader in self._readers.values() if reader.service not in self._skipped]
        for project in projects:
            yield from examine(self.calls, project.id, readers, actions())

    def readers(self) -> Sequence[Reader]:
        """See ReaderCloud."""
        from skywright.adapters.clouds.gcp.read import READERS

        return READERS

    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        """See ReaderCloud."""
        desk = Desk(calls=self.calls, memo=self._memo, threads=self._threads, now=self._clock.now(), skipped=self._skipped)
        place = Place(account, region, self._projects.get(account).number)
        return Reading(desk, place, reader.service, only, assets=self._config.assets)

    def ground(self) -> str:
        """See ReaderCloud."""
        return f"{self._config.assets} {sorted(project.id for project in self._projects.find()[0])}"

    def _regions(self, project: str) -> tuple[Sequence[str], SkywrightError | None]:
        """The regions in scope: the configured ones, or all that Compute Engine knows. A project without Compute Engine has
        nothing in any of them but what is told by its other services, whose regions are the same."""
        if self._config.regions:
            return tuple(self._config.regions), None
        try:
            return self._listed_regions(project), None
        except NotOffered:
            return self._regions_of_others(project)
        except SkywrightError as error:
            return (), error

    def _listed_regions(self, project: str) -> Sequence[str]:
        """Asked once in a gathering: the reader of quotas wants the same list."""

        def ask() -> list[Any]:
            return list(self.calls.pages(project, "compute.regions.list", "items", project=project, maxResults=500))

        return tuple(sorted(name for one in self._memo.get((project, "regions"), ask) if (name := text(one, "name"))))

    def _regions_of_others(self, project: str) -> tuple[Sequence[str], SkywrightError | None]:
        """The regions that other projects know of, where Compute Engine is not enabled in this one."""
        failure = None
        for other in self._projects.find()[0]:
            if other.id != project:
                try:
                    return self._listed_regions(other.id), None
                except SkywrightError as error:
                    failure = error
        return (), failure
