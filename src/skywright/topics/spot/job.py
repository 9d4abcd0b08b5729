"""A job with a deadline, and machines that may be taken away -> the cheapest way that is never late.

A Markov decision process in steps of equal length: in each step a spot machine is to be had or not (it is lost with one chance and
comes back with another), and the policy runs on spot, runs on demand, or waits. From every state the job can still be finished on
demand: the deadline is kept whatever happens, not on average. The optimum of that model is found backwards in time (Bellman, 1957).
The peers are on-demand alone, and running on spot until the last moment at which on-demand still makes it (the greedy policy in
Wu et al., "Can't Be Late: Optimizing Spot Instance Savings under Deadlines", NSDI 2024).
"""

from enum import StrEnum

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t

STEPS_MAX = 300


class Act(StrEnum):
    """What is done in a step."""

    SPOT = "spot"
    ON_DEMAND = "on-demand"
    WAIT = "wait"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Times in hours. ``restart_h`` of work is lost or spent whenever it begins anew on a machine. ``lost`` and ``back``: the
    chances within an hour that a spot machine is taken away, and that one is to be had again. Prices an hour."""

    work_h: float
    deadline_h: float
    step_h: float
    spot_price: float
    on_demand_price: float
    lost: float
    back: float
    restart_h: float = 0.1

    def __post_init__(self) -> None:
        if not (self.work_h > 0 and self.step_h > 0 and self.restart_h >= 0):
            raise ValueError(t("work and steps must take time"))
        if not (0 <= self.lost <= 1 and 0 < self.back <= 1):
            raise ValueError(t("chances are from 0 to 1, and a machine must come back some day"))
        if not 0 <= self.spot_price <= self.on_demand_price:
            raise ValueError(t("spot must not cost more than on demand"))


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy costs on average, beside on-demand alone; ``on_demand_share`` of the hours that are paid for; never late."""

    policy: str
    cost: float
    on_demand_cost: float
    saving: float
    on_demand_share: float
    first: Act


def solve(job: Job) -> tuple[Answer, Answer]:
    """The best policy and the greedy one. Raises BadInput when even on demand is late, or the steps are too many."""
    steps, work, restart = _steps(job)
    if work + restart > steps:
        need = job.work_h + job.restart_h
        raise BadInput(
            t("{need:g} hours of work and restart do not fit into {deadline:g}.", need=need, deadline=job.deadline_h),
            next_step=t("Give it more time, or a larger machine."),
        )
    best = _walk(job, steps, work, restart, greedy=False)
    greedy = _walk(job, steps, work, restart, greedy=True)
    return best, greedy


def _steps(job: Job) -> tuple[int, int, int]:
    """(steps until the deadline, steps of work, steps of a restart): time is rounded down, work up, so that nothing is late."""
    steps = int(job.deadline_h / job.step_h + 1e-9)
    work = int(-(-job.work_h // job.step_h)) if job.work_h % job.step_h > 1e-9 else round(job.work_h / job.step_h)
    restart = int(-(-job.restart_h // job.step_h)) if job.restart_h else 0
    if steps > STEPS_MAX:
        raise BadInput(
            t("{steps} steps are too many; {most} are looked at.", steps=steps, most=STEPS_MAX), next_step=t("Take longer steps.")
        )
    return steps, work, restart


class _Value(msgspec.Struct, frozen=True):
    """Expected cost from here on, and of it the hours paid for on demand and on spot."""

    cost: float
    on_demand_h: float
    spot_h: float
    act: Act


_NOTHING = _Value(0.0, 0.0, 0.0, Act.WAIT)
_GREEDY = (Act.SPOT, Act.WAIT, Act.ON_DEMAND)
_State = tuple[int, int, bool, Act]
"""Steps left, work left, is spot to be had, what ran in the step before."""


class _Walk:
    """Backwards from the deadline, state by state."""

    def __init__(self, job: Job, restart: int, *, greedy: bool) -> None:
        self._restart = restart
        self._greedy = greedy
        self._step_h = job.step_h
        self._prices = {Act.SPOT: job.spot_price * job.step_h, Act.ON_DEMAND: job.on_demand_price * job.step_h, Act.WAIT: 0.0}
        self._stays, self._comes = (1 - job.lost) ** job.step_h, 1 - (1 - job.back) ** job.step_h
        self._known: dict[_State, _Value] = {}

    def up_to(self, steps: int) -> None:
        """Reckon every state in which on demand still makes it, from the last step backwards."""
        for left in range(1, steps):
            for ran in Act:
                for rest in range(1, left + 1 - (0 if ran is Act.ON_DEMAND else self._restart)):
                    for there in (True, False):
                        self._known[left, rest, there, ran] = self.value(left, rest, there=there, ran=ran)

    def value(self, left: int, rest: int, *, there: bool, ran: Act) -> _Value:
        """The best, or greedy, choice in a state."""
        choices = [self._chosen(act, left, rest, there, ran) for act in Act if self._possible(act, left, rest, there, ran)]
        if self._greedy:
            return min(choices, key=lambda one: _GREEDY.index(one.act))
        return min(choices, key=lambda one: one.cost)

    def _rest(self, act: Act, rest: int, ran: Act) -> int:
        """Work left after a step; a machine that was not running begins with its restart."""
        return rest if act is Act.WAIT else rest - 1 + (self._restart if ran is not act else 0)

    def _possible(self, act: Act, left: int, rest: int, there: bool, ran: Act) -> bool:
        """Spot only while it is there; and from what follows, at its worst, on demand must still make it."""
        if act is Act.ON_DEMAND:
            return True
        then = self._rest(act, rest, ran)
        return (there or act is Act.WAIT) and (then <= 0 or then + self._restart <= left - 1)

    def _chosen(self, act: Act, left: int, rest: int, there: bool, ran: Act) -> _Value:
        then = self._after(left - 1, self._rest(act, rest, ran), there, act)
        spot, demand = (self._step_h if act is wanted else 0.0 for wanted in (Act.SPOT, Act.ON_DEMAND))
        return _Value(then.cost + self._prices[act], then.on_demand_h + demand, then.spot_h + spot, act)

    def _after(self, left: int, rest: int, there: bool, ran: Act) -> _Value:
        """The mean over whether spot is to be had in the next step. What ran on spot and lost it begins anew."""
        if rest <= 0:
            return _NOTHING
        chance = self._stays if there else self._comes
        yes = self._known[left, rest, True, ran]
        no = self._known[left, rest, False, Act.WAIT if ran is Act.SPOT else ran]
        return _Value(
            chance * yes.cost + (1 - chance) * no.cost,
            chance * yes.on_demand_h + (1 - chance) * no.on_demand_h,
            chance * yes.spot_h + (1 - chance) * no.spot_h,
            ran,
        )


def _walk(job: Job, steps: int, work: int, restart: int, *, greedy: bool) -> Answer:
    """What a policy costs from the start, with a spot machine to be had."""
    walk = _Walk(job, restart, greedy=greedy)
    walk.up_to(steps)
    start = walk.value(steps, work, there=True, ran=Act.WAIT)
    alone = (work + restart) * job.step_h * job.on_demand_price
    paid = start.on_demand_h + start.spot_h
    return Answer(
        policy="until the last moment" if greedy else "best",
        cost=start.cost,
        on_demand_cost=alone,
        saving=1 - start.cost / alone if alone else 0.0,
        on_demand_share=start.on_demand_h / paid if paid else 0.0,
        first=start.act,
    )
