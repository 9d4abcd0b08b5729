"""The Kubernetes adapter: implements ports.cloud.Cloud."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from skywright.adapters.clouds.kit.cloud import EVERY, ReaderCloud
from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.kit.reading import Desk, Memo, Reader
from skywright.adapters.clouds.kubernetes.calls import KubeCalls, Namespaces
from skywright.adapters.clouds.kubernetes.config import KubernetesConfig
from skywright.adapters.clouds.kubernetes.contexts import Kubeconfig
from skywright.adapters.clouds.kubernetes.place import CLOUD
from skywright.adapters.clouds.kubernetes.read.base import Reading
from skywright.model.errors import SkywrightError
from skywright.model.estate import Coverage, Scope, Usage
from skywright.model.kinds import Resource
from skywright.model.settings import SecretRef
from skywright.model.words import t
from skywright.ports.cloud import Deed, Health, Permission, Step
from skywright.ports.other import Clock

if TYPE_CHECKING:
    from skywright.model.plan import Change, Reversibility

NO_CLUSTER = "kubeconfig"
"""The account of the gap where not even the clusters are known."""


class KubernetesCloud(ReaderCloud):
    """See ports.cloud.Cloud. Makes no call before a method is called."""

    name = CLOUD

    def __init__(self, config: KubernetesConfig, clock: Clock, read_secret: Callable[[SecretRef], str] | None = None) -> None:
        super().__init__(clock, concurrency=config.concurrency, skip_services=config.skip_services)
        namespaces = Namespaces(tuple(config.namespaces), frozenset(config.skip_namespaces))
        self.calls = KubeCalls(Kubeconfig(config), clock, config.timeout_s, namespaces)
        self.calls.take_over = tuple(config.take_over)
        self.calls.drain = config.drain

    @property
    def api_calls(self) -> dict[str, int]:
        """Calls made so far, by verb and resource; every attempt counts."""
        return dict(self.calls.counter)

    def scopes(self) -> tuple[Sequence[Scope], Sequence[Coverage]]:
        """See ports.cloud.Cloud. One scope a reader and cluster; a cluster that does not answer is one gap."""
        self._memo = Memo()
        self.calls.forget()
        found: list[Scope] = []
        gaps: list[Coverage] = []
        try:
            clusters = self.calls.clusters()
        except SkywrightError as error:
            return [], [self.gap(NO_CLUSTER, EVERY, EVERY, error)]
        for cluster in clusters:
            try:
                self.calls.served(cluster.account)
            except SkywrightError as error:
                gaps.append(self.gap(cluster.account, EVERY, EVERY, error))
                continue
            scopes, left_out = self.scopes_of(cluster.account, (GLOBAL,), GLOBAL)
            found += scopes
            gaps += left_out
        return found, gaps

    def usage(self, resources: Sequence[Resource], since: datetime, until: datetime) -> Iterator[Usage]:
        """See ports.cloud.Cloud. Only of now: the metrics API keeps no past."""
        from skywright.adapters.clouds.kubernetes.usage import usage

        return usage(self.calls, resources, until, self._clock.now())

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> "Reversibility | None":
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.kubernetes.write import WAYS

        return WAYS.can(kind, before, after)

    def steps(self, change: "Change") -> Sequence[Step]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.kubernetes.write import steps

        return steps(self.calls, change, self._clock.sleep)

    def health(self, targets: Sequence[str]) -> Sequence[Health]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.kubernetes.health import judged

        return judged(targets, self.refresh(targets))

    def deeds(self, targets: Sequence[str], since: datetime, until: datetime) -> Iterator[Deed]:
        """See ports.cloud.Historian. An API server tells the programs that wrote, not the people behind them."""
        from skywright.adapters.clouds.kubernetes.trail import deeds

        return deeds(self.calls, targets, since, until)

    def doctor(self) -> Iterator[Permission]:
        """See ports.cloud.Cloud."""
        from skywright.adapters.clouds.kubernetes.doctor import examine

        try:
            clusters = self.calls.clusters()
        except SkywrightError as error:
            yield Permission("kubeconfig", t("finding the clusters"), allowed=False, reason=str(error))
            return
        readers = [reader for reader in self._readers.values() if reader.service not in self._skipped]
        for cluster in clusters:
            yield from examine(self.calls, cluster.account, readers, self._threads)

    def readers(self) -> Sequence[Reader]:
        """See ReaderCloud."""
        from skywright.adapters.clouds.kubernetes.read import READERS

        return READERS

    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        """See ReaderCloud."""
        desk = Desk(calls=self.calls, memo=self._memo, threads=self._threads, now=self._clock.now(), skipped=self._skipped)
        return Reading(desk, account, region, reader.service, only)
