"""A placement problem -> the assignment of least cost that HiGHS finds, and how far at most it is from the best.

The bound is the optimum of the linear relaxation over every choice, or of a small problem the solver's own. The assignment is the
optimum of the integer problem over the choices that the relaxation's prices leave in question (reduced costs), so that it stays
small however many offers there are.
"""

import math
from collections import defaultdict
from decimal import Decimal
from typing import Any

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.topics.place.problem import HOURS_A_MONTH, Problem, Task, check, tasks

KEPT_PER_TASK = 12
GAP_WANTED = 0.002
WHOLE_MAX = 5_000  # variables up to which every choice stays in the integer problem
_FEASIBLE = 2  # HiGHS' kSolutionStatusFeasible
INFINITY = float("inf")


class Assigned(msgspec.Struct, frozen=True):
    """So many replicas of a workload (or of its standby) on one offer of one pool. ``offer`` "": capacity of the pool itself."""

    workload: str
    standby: bool
    pool: str
    cloud: str
    region: str
    offer: str
    replicas: int
    monthly: Decimal


class Placement(msgspec.Struct, frozen=True):
    """Where everything runs, what it costs a month, the least that any placement can cost, and the difference."""

    assigned: tuple[Assigned, ...]
    monthly: Decimal
    bound_monthly: Decimal
    gap: float
    currency: str


class _Rows:
    """Rows of a linear program: low <= coefficients . variables <= high."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.starts: list[int] = [0]
        self.columns: list[int] = []
        self.values: list[float] = []

    def add(self, entries: dict[int, float], low: float, high: float) -> None:
        self.columns += entries.keys()
        self.values += entries.values()
        self.starts.append(len(self.columns))
        self.low.append(low)
        self.high.append(high)


class _Program:
    """The variables (replicas of a task on a choice, then homes of standby pairs) and the rows over them."""

    def __init__(self, problem: Problem, work: tuple[Task, ...], kept: set[tuple[int, int]] | None) -> None:
        self.problem = problem
        self.work = work
        self.spots = [
            (number, index)
            for number, task in enumerate(work)
            for index in range(len(task.choices))
            if kept is None or (number, index) in kept
        ]
        self.cost = [work[number].choices[index].hourly for number, index in self.spots]
        self.upper = [float(work[number].replicas) for number, _ in self.spots]
        self.rows = _Rows()
        self._demand()
        self._quotas()
        self._shares()
        self._spread()
        self._apart()

    def _at(self, variable: int) -> tuple[Task, int]:
        """The task of a variable, and the pool that it stands for."""
        number, index = self.spots[variable]
        return self.work[number], self.work[number].choices[index].pool

    def _demand(self) -> None:
        entries: dict[int, dict[int, float]] = defaultdict(dict)
        for variable, (number, _) in enumerate(self.spots):
            entries[number][variable] = 1.0
        for number, task in enumerate(self.work):
            self.rows.add(entries[number], task.replicas, task.replicas)

    def _quotas(self) -> None:
        used: dict[tuple[int, str], dict[int, float]] = defaultdict(dict)
        for variable in range(len(self.spots)):
            task, pool = self._at(variable)
            workload = self.problem.workloads[task.workload]
            used[pool, "vcpus"][variable] = workload.vcpus
            used[pool, "memory_gib"][variable] = workload.memory_gib
            used[pool, "instances"][variable] = 1.0
        for (pool, what), entries in used.items():
            quota = getattr(self.problem.pools[pool], what)
            if quota is not None:
                self.rows.add(entries, -INFINITY, float(quota))

    def _shares(self) -> None:
        """Least and greatest share of all vCPUs by cloud, standbys included."""
        total = sum(task.replicas * self.problem.workloads[task.workload].vcpus for task in self.work)
        policy = self.problem.policy
        for cloud in sorted({*policy.share_min, *policy.share_max}):
            entries = {}
            for variable in range(len(self.spots)):
                task, pool = self._at(variable)
                if self.problem.pools[pool].cloud == cloud:
                    entries[variable] = self.problem.workloads[task.workload].vcpus
            self.rows.add(entries, policy.share_min.get(cloud, 0.0) * total, policy.share_max.get(cloud, 1.0) * total)

    def _spread(self) -> None:
        """At most a share of a workload's replicas in one pool; at least half of it in the primary cloud."""
        by_pool: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
        at_home: dict[int, dict[int, float]] = defaultdict(dict)
        for variable, (number, _) in enumerate(self.spots):
            task, pool = self._at(variable)
            by_pool[number, pool][variable] = 1.0
            if self.problem.pools[pool].cloud == self.problem.policy.primary:
                at_home[number][variable] = 1.0
        for (number, _), entries in by_pool.items():
            if (most := spread_max(self.problem, self.work[number])) is not None:
                self.rows.add(entries, -INFINITY, float(most))
        for number, task in enumerate(self.work):
            if least := primary_min(self.problem, task):
                self.rows.add(at_home[number], float(least), INFINITY)

    def _apart(self) -> None:
        """A place holds a workload or its standby, never both: one binary variable a pair and place."""
        groups: dict[tuple[int, str], tuple[dict[int, float], dict[int, float]]] = defaultdict(lambda: ({}, {}))
        for variable in range(len(self.spots)):
            task, pool = self._at(variable)
            standby = self.problem.workloads[task.workload].standby
            if standby:
                place = getattr(self.problem.pools[pool], standby.apart)
                groups[task.workload, place][task.standby][variable] = 1.0
        for (workload, _), (first, second) in sorted(groups.items()):
            home = len(self.cost)
            self.cost.append(0.0)
            self.upper.append(1.0)
            replicas = self.problem.workloads[workload].replicas
            spare = (self.problem.workloads[workload].standby or _NONE).replicas
            self.rows.add({**first, home: -float(replicas)}, -INFINITY, 0.0)
            self.rows.add({**second, home: float(spare)}, -INFINITY, float(spare))


class _None(msgspec.Struct, frozen=True):
    replicas: int = 0


_NONE = _None()


def spread_max(problem: Problem, task: Task) -> int | None:
    """How many replicas of a task one pool may hold; None: all. A share that allows less than one allows one."""
    share = problem.workloads[task.workload].share_max
    return None if share is None or task.standby else max(1, math.floor(share * task.replicas + 1e-9))


def primary_min(problem: Problem, task: Task) -> int:
    """How many replicas of a task the primary cloud must hold: half, where the workload can be there and has no wish of its own."""
    primary = problem.policy.primary
    if primary is None or task.standby or problem.workloads[task.workload].clouds:
        return 0
    can = any(problem.pools[choice.pool].cloud == primary for choice in task.choices)
    return math.ceil(task.replicas / 2) if can else 0


def place(problem: Problem, time_limit_s: float = 60.0) -> Placement:
    """The cheapest assignment found within the time, with a proven bound. Raises BadInput when there is none, and says what is
    short."""
    check(problem)
    work = tasks(problem)
    whole = _Program(problem, work, None)
    relaxed = _run(whole, integer=False, time_limit_s=time_limit_s)
    if relaxed is None:
        raise _short(problem, work)
    if len(whole.spots) > WHOLE_MAX:
        part = _Program(problem, work, _promising(whole, relaxed.reduced))
        if found := _run(part, integer=True, time_limit_s=time_limit_s):
            return _told(part, found.values, relaxed.bound)
    if found := _run(whole, integer=True, time_limit_s=time_limit_s):
        return _told(whole, found.values, max(relaxed.bound, found.bound))
    raise _short(problem, work)


def _promising(program: _Program, reduced: list[float]) -> set[tuple[int, int]]:
    """For each task the choices of least reduced cost, and at least one in every pool group that a pair may need."""
    ranked: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for variable, (number, index) in enumerate(program.spots):
        ranked[number].append((reduced[variable], index))
    return {(number, index) for number, found in ranked.items() for _, index in sorted(found)[:KEPT_PER_TASK]}


class _Found(msgspec.Struct, frozen=True):
    """A solution: the values of the variables, their reduced costs, and what no solution can cost less than (an hour)."""

    values: list[float]
    reduced: list[float]
    bound: float


def _run(program: _Program, *, integer: bool, time_limit_s: float) -> _Found | None:
    """The best solution that was found in time; None when there is none."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor has no types
    for option, value in (("output_flag", False), ("time_limit", time_limit_s), ("mip_rel_gap", GAP_WANTED), ("threads", 1)):
        solver.setOptionValue(option, value)
    solver.passModel(_model(program, integer=integer))
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    in_time = status == highspy.HighsModelStatus.kOptimal
    late = integer and status == highspy.HighsModelStatus.kTimeLimit and info.primal_solution_status == _FEASIBLE
    if not in_time and not late:
        return None
    solution = solver.getSolution()
    bound = info.mip_dual_bound if integer else info.objective_function_value
    return _Found(list(solution.col_value), list(solution.col_dual), float(bound))


def _model(program: _Program, *, integer: bool) -> Any:
    import highspy
    import numpy as np

    rows, columns = program.rows, len(program.cost)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, len(rows.low)
    model.col_cost_ = np.array(program.cost)
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.array(program.upper)
    model.row_lower_, model.row_upper_ = np.array(rows.low), np.array(rows.high)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.array(rows.starts, dtype=np.int32)
    model.a_matrix_.index_ = np.array(rows.columns, dtype=np.int32)
    model.a_matrix_.value_ = np.array(rows.values)
    if integer:
        model.integrality_ = [highspy.HighsVarType.kInteger] * columns
    return model


def _told(program: _Program, values: list[float], bound: float) -> Placement:
    found = []
    problem = program.problem
    for variable, (number, index) in enumerate(program.spots):
        replicas = round(values[variable])
        if replicas:
            task = program.work[number]
            choice = task.choices[index]
            pool = problem.pools[choice.pool]
            monthly = _monthly(choice.hourly * replicas)
            name = problem.workloads[task.workload].name
            found.append(Assigned(name, task.standby, pool.name, pool.cloud, pool.region, choice.offer, replicas, monthly))
    cost = sum((one.monthly for one in found), Decimal(0))
    least = min(_monthly(bound), cost)
    return Placement(tuple(found), cost, least, float(cost / least - 1) if least else 0.0, problem.currency)


def _monthly(hourly: float) -> Decimal:
    return (Decimal(repr(hourly)) * HOURS_A_MONTH).quantize(Decimal("0.01"))


def _short(problem: Problem, work: tuple[Task, ...]) -> BadInput:
    """What stands in the way: the capacity that is short, or the wishes that exclude one another."""
    wanted = sum(task.replicas * problem.workloads[task.workload].vcpus for task in work)
    quotas = [pool.vcpus for pool in problem.pools]
    there = sum(quota for quota in quotas if quota is not None) if None not in quotas else INFINITY
    if wanted > there:
        text = t("The workloads need {wanted:g} vCPUs and the pools' quotas hold {there:g}.", wanted=wanted, there=there)
        return BadInput(text, next_step=t("Raise a quota, add a pool, or place less."))
    return BadInput(
        t("No placement meets every quota, share and standby at once."),
        next_step=t("Relax the policy's shares, a workload's share_max, or where standbys must be."),
    )
