"""What a user may set about costs that several cost centres share."""

from decimal import Decimal
from enum import StrEnum

from skywright.model.cost_books import BookSettings, known
from skywright.model.settings_base import Strict


class Method(StrEnum):
    """How a shared cost is split: the same for each; as they cost directly; by fixed percentages; by a metric."""

    EVEN = "even"
    PROPORTIONAL = "proportional"
    FIXED = "fixed"
    METRIC = "metric"


class Share(Strict, frozen=True):
    """A cost that is shared. ``where``: its rows (dimension -> globs); without it those of the cost centre of its own name.
    ``among``: cost centres, or other shares (nested); without it every cost centre that has costs of its own. ``percent``: of a
    fixed split. ``metric``: a CSV file of date,center,value, or a name in cost.metrics; ``usage``: a unit of the bill, by whose
    consumed quantity it is split."""

    name: str
    method: Method = Method.PROPORTIONAL
    where: dict[str, str | list[str]] = {}
    among: list[str] = []
    percent: dict[str, Decimal] = {}
    metric: str = ""
    usage: str = ""

    def __post_init__(self) -> None:
        for name in self.where:
            known(name)
        if bool(self.percent) != (self.method is Method.FIXED):
            raise ValueError(f"{self.name}: percent is given where method is fixed, and only there")
        if (bool(self.metric) != bool(self.usage)) != (self.method is Method.METRIC):
            raise ValueError(f"{self.name}: a metric or a usage is given where method is metric, and only there")
        if self.percent:
            self._check_percent()
        if self.name in self.targets:
            raise ValueError(f"{self.name} would be shared with itself")

    def _check_percent(self) -> None:
        if self.among:
            raise ValueError(f"{self.name}: percent already says among whom")
        for target, percent in self.percent.items():
            if not percent.is_finite() or percent < 0:
                raise ValueError(f"{self.name}: {percent} % for {target} is no share")
        added = sum(self.percent.values(), Decimal(0))
        if added != 100:
            raise ValueError(f"{self.name}: the percentages add up to {added}, not to 100")

    @property
    def targets(self) -> list[str]:
        """Those whom it names; empty when it means everyone."""
        return list(self.percent) or self.among


def in_order(shares: list[Share]) -> list[Share]:
    """Each share before those that it passes costs on to. Raises ValueError that names the circle if there is one."""
    left = {share.name: share for share in shares}
    order: list[Share] = []
    while left:
        fed = {target for share in left.values() for target in share.targets}
        free = [share for name, share in left.items() if name not in fed]
        if not free:
            raise ValueError(f"shares pass costs on in a circle: {_circle(left)}")
        order += free
        left = {name: share for name, share in left.items() if share not in free}
    return order


def _circle(left: dict[str, Share]) -> str:
    feeder = {target: name for name, share in left.items() for target in share.targets if target in left}
    name = next(iter(left))
    seen: list[str] = []
    while name not in seen:
        seen.append(name)
        name = feeder[name]
    circle = seen[seen.index(name) :]
    return " -> ".join([name, *reversed(circle)])


class Prometheus(Strict, frozen=True):
    """A metric that a Prometheus server knows: ``query`` is asked at the end of each day (``increase(...[1d])``). ``label`` says
    whose each series is, where costs are split by it; ``token_env`` names the environment variable that holds a bearer token."""

    prometheus: str
    query: str
    label: str = ""
    token_env: str = ""


class SharingSettings(BookSettings, frozen=True):
    """``shares``: costs that cost centres share, each of which takes the rows that none before it takes (and a cost centre of its
    own name); one may pass on to another, but never in a circle. ``metrics``: what costs are split by or compared with, name ->
    CSV file of date,value or date,center,value, or a query to Prometheus."""

    shares: list[Share] = []
    metrics: dict[str, str | Prometheus] = {}

    def __post_init__(self) -> None:
        names = [share.name for share in self.shares]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"there are two shares named {name}")
        in_order(self.shares)
