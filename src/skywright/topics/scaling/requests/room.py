"""The room where requests are sized: a snapshot's workloads and what is remembered of their containers in, proposals out."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from skywright.model.errors import BadInput
from skywright.model.estate import Snapshot
from skywright.model.finding import Evidence
from skywright.model.money import Money
from skywright.model.plan import Action, Proposal, Risk
from skywright.model.words import n, t
from skywright.ports.engine import Engine, Session
from skywright.ports.other import Keeper, Memory, Watched
from skywright.topics.scaling.requests.kept import kept
from skywright.topics.scaling.requests.sizes import Asks, Rate, Sized, Terms, Used, saving, sized

PROPOSER = "requests"
PRECEDENCE = 20

_WORKLOADS = """
  SELECT id, cloud, account, native_id, containers, coalesce(ready, desired) AS copies, autoscaled,
    id IN (SELECT workload FROM container_autoscaler WHERE type = 'vertical' AND workload IS NOT NULL) AS vertical
  FROM container_workload
  WHERE type IN ('deployment', 'stateful-set', 'daemon-set') AND coalesce(ready, desired) > 0 AND NOT coalesce(suspended, false)
  ORDER BY id"""

Row = Mapping[str, Any]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A container with its new requests, and what that saves a month (None: what its nodes cost is not known)."""

    sized: Sized
    saving: Money | None


class Answer(msgspec.Struct, frozen=True):
    """Every container that asks for something, what its workload is made of, and what is known to be missing of the history."""

    lines: tuple[Line, ...]
    boxes: Mapping[str, Sequence[Row]]
    notes: tuple[str, ...]


class Requests:
    """What workloads should ask for. ``rates``: a session -> cluster -> what its room costs."""

    def __init__(self, engine: Engine, rates: Callable[[Session], Mapping[str, Rate]]) -> None:
        self._engine = engine
        self._rates = rates

    def answer(
        self, snapshot: Snapshot, cluster: str | None, terms: Terms, remember: Callable[[Sequence[Keeper]], Memory], *, fresh: bool
    ) -> Answer:
        """All of a snapshot, or of one cluster, by the history that it holds; ``remember`` is asked where it holds none, or where
        something ``fresh`` is wanted. Raises BadInput where it holds no workload."""
        with self._engine.open(snapshot) as session:
            rows = [row for row in session.query(_WORKLOADS).dicts() if cluster in (None, row["account"], _cluster(row))]
            rates = self._rates(session)
            known = None if fresh else kept(session, snapshot.taken_at, sorted({row["account"] for row in rows}))
        if not rows:
            raise BadInput(t("The snapshot holds no workload that runs."), next_step=t("Gather a cluster; check --cluster."))
        memory = known or remember([Keeper(row["id"], row["account"], row["native_id"]) for row in rows])
        asks = [ask for row in rows for ask in _asks(row)]
        places = {row["id"]: _cluster(row) for row in rows}
        found = sized(asks, [_used(one) for one in memory.watched], terms)
        lines = (Line(sized=one, saving=_saving(one, rates.get(places[one.asks.workload]))) for one in found)
        return Answer(tuple(lines), {row["id"]: row["containers"] for row in rows}, memory.notes)


def proposals(answer: Answer, terms: Terms) -> Iterator[Proposal]:
    """One a workload of which a container should ask for something else."""
    by_workload: dict[str, list[Line]] = defaultdict(list)
    for line in answer.lines:
        if line.sized.changes:
            by_workload[line.sized.asks.workload].append(line)
    for workload, lines in by_workload.items():
        new = {line.sized.asks.container: line.sized for line in lines}
        known = [line.saving for line in lines if line.saving is not None]
        yield Proposal(
            proposer=PROPOSER, target=workload, action=Action.UPDATE,
            set={"containers": [_box(box, new.get(box["name"])) for box in answer.boxes[workload]]},
            why=_why(lines, terms), reasons=(f"{PROPOSER}-{workload}",), precedence=PRECEDENCE, risk=Risk.MEDIUM,
            saving_monthly=sum(known[1:], known[0]) if len(known) == len(lines) else None,
            evidence=tuple(one for line in lines for one in _evidence(line.sized)),
        )  # fmt: skip


def _cluster(row: Row) -> str:
    return f"{row['cloud']}:{row['account']}"


def _asks(row: Row) -> Iterator[Asks]:
    held = ""
    if row["vertical"]:
        held = t("its vertical autoscaler sizes it")
    elif row["autoscaled"] is not False:
        held = t("an autoscaler may count its copies by what they ask for: set both at once")
    for box in row["containers"] or ():
        if not box["init"]:
            names = ("cpu_request_millis", "memory_request_mib", "cpu_limit_millis", "memory_limit_mib")
            cpu, memory, cpu_limit, memory_limit = (_set(box[name]) for name in names)
            yield Asks(
                workload=row["id"], container=box["name"], cpu=cpu, memory=memory, cpu_limit=cpu_limit,
                memory_limit=memory_limit, copies=row["copies"], held=held,
            )  # fmt: skip


def _set(value: int | None) -> int | None:
    """What is not asked for, or not known, is not ours to set."""
    return None if value is None or value < 0 else value


def _used(one: Watched) -> Used:
    step_h = one.cpu.step.total_seconds() / 3600
    return Used(workload=one.workload, container=one.container, cpu=one.cpu.values, memory=one.memory.values, step_h=step_h)


def _saving(one: Sized, rate: Rate | None) -> Money | None:
    return None if rate is None else Money(saving(one, rate), rate.currency)


def _box(box: Row, new: Sized | None) -> dict[str, Any]:
    if new is None:
        return dict(box)
    wanted = {"cpu_request_millis": new.cpu, "memory_request_mib": new.memory, "memory_limit_mib": new.memory_limit}
    return {**box, **{name: value for name, value in wanted.items() if value is not None}}


def _why(lines: Sequence[Line], terms: Terms) -> str:
    """What it changes, and what it risks: the worst of its containers."""
    over = max((line.sized.cpu_over or 0.0 for line in lines), default=0.0)
    what = n("{count} container is sized by what it used.", "{count} containers are sized by what they used.", len(lines))
    cpu = t("Held out, the busiest copy was over its processor {over:.2%} of the time.", over=over)
    memory = t("Memory is {margin:.0%} above the highest seen.", margin=terms.memory_margin)
    return f"{what} {cpu} {memory}"


def _evidence(one: Sized) -> Iterator[Evidence]:
    common: dict[str, Any] = {"window_days": one.days, "samples": round(one.days * 24)}
    yield Evidence(metric="cpu_over_share", statistic="held-out", value=one.cpu_over, **common)
    yield Evidence(metric="memory_mib", statistic="max", value=one.memory_most, threshold=float(one.memory or 0), **common)
