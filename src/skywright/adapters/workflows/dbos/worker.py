"""A worker: takes pieces of work out of the queues, takes up what the dead have left, and, when it leads, begins what is due."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event
from zoneinfo import ZoneInfo

from dbos import error as dbos_errors

from skywright.adapters.workflows.dbos.crew import DbosCrew
from skywright.adapters.workflows.dbos.workflow import PASSING, DbosWorkflow
from skywright.model.errors import SkywrightError, Superseded
from skywright.model.settings import Schedule
from skywright.model.words import n, t
from skywright.ports.other import Leases
from skywright.ports.store import Facts

ROUND_S = 0.5
IDLE_ROUNDS = 4  # of --once: so often nothing was there in a row
LEADER = "schedules"
TURNS = "turns"


class DbosWorker:
    """Works until it is told to stop, or (``once``) until nothing is left to do."""

    def __init__(
        self,
        workflow: DbosWorkflow,
        crew: DbosCrew,
        leases: Leases,
        facts: Facts,
        schedules: Sequence[Schedule],
        tell: Callable[[str], None],
    ) -> None:
        self._workflow = workflow
        self._crew = crew
        self._leases = leases
        self._agenda = Agenda(facts, schedules)
        self._tell = tell

    def work(self, stop: Event, *, once: bool = False) -> None:
        """Serve the queues. A worker that finds that it was taken for dead begins anew under another name."""
        while not stop.is_set():
            try:
                self._begin(stop)
                self._serve(stop, once=once)
            except Superseded as error:
                self._tell(str(error.message))
                self._workflow.close()
                continue
            break
        self._tell(t("Worker {name} stops; what it had in hand is taken up by others.", name=self._workflow.executor[:8]))
        self._workflow.close()
        self._crew.close()

    def _begin(self, stop: Event) -> None:
        """Take a name and begin; while the store is away, wait."""
        said = False
        while not stop.is_set():
            try:
                self._workflow.launch()
            except PASSING as error:
                if not said:
                    self._tell(t("The store does not answer; waiting. {error}", error=_first_line(error)))
                said = True
                stop.wait(ROUND_S)
                continue
            self._tell(t("Worker {name} takes work.", name=self._workflow.executor[:8]))
            return

    def _serve(self, stop: Event, *, once: bool) -> None:
        away, idle = False, 0
        while not stop.wait(ROUND_S):
            try:
                busy = self._round()
            except (*PASSING, dbos_errors.DBOSException) as error:
                if not away:
                    self._tell(t("The store does not answer; waiting. {error}", error=_first_line(error)))
                away = True
                continue
            if away:
                self._tell(t("The store answers again."))
            away, idle = False, 0 if busy else idle + 1
            if once and idle >= IDLE_ROUNDS:
                return

    def _round(self) -> bool:
        """One look around; gives whether there is work."""
        self._leases.dead()  # says at once when the store is away; `check` would wait for it in silence
        self._leases.check(self._workflow.executor)
        if given := self._workflow.give_back():
            self._tell(
                n("Took up {count} piece of work that was left.", "Took up {count} pieces of work that were left.", len(given))
            )
        if self._agenda.schedules and self._leases.leads(self._workflow.executor, LEADER):
            for what, identifier in self._agenda.due():
                self._crew.ask(TURNS, what, identifier, identifier, *([{}] if what == "gather" else []))
                self._tell(t("Begun by schedule: {id}.", id=identifier))
        return bool(self._workflow.busy or given or self._workflow.waiting())


class Agenda:
    """Which schedules are due. The last time is kept in the store, so that a new leader goes on where the old one was."""

    def __init__(self, facts: Facts, schedules: Sequence[Schedule], now: Callable[[], float] = time.time) -> None:
        self._facts = facts
        self.schedules = tuple(schedules)
        self._now = now

    def due(self) -> list[tuple[str, str]]:
        """(what to begin, under which id). The id holds the time that was due: begun twice, it is one. Of times that nobody was
        there for only the last is made up for. A schedule that is new begins with its next time."""
        found: list[tuple[str, str]] = []
        for schedule in self.schedules:
            if (at := self._last_due(schedule)) is not None:
                found.append((schedule.what, f"{schedule.what}-{schedule.name}-{at:%Y%m%dT%H%M%z}"))
                self._facts.put(_key(schedule), at.isoformat())
        return found

    def _last_due(self, schedule: Schedule) -> datetime | None:
        from cronsim import CronSim

        now = datetime.fromtimestamp(self._now(), ZoneInfo(schedule.timezone))
        kept = self._facts.get(_key(schedule))
        if kept is None:
            self._facts.put(_key(schedule), now.isoformat())
            return None
        last = None
        for at in CronSim(schedule.cron, datetime.fromisoformat(kept).astimezone(ZoneInfo(schedule.timezone))):
            if at > now:
                return last
            last = at
        return last


def _key(schedule: Schedule) -> str:
    return f"schedule:{schedule.name}"


def _first_line(error: BaseException) -> str:
    said = error.message if isinstance(error, SkywrightError) else str(error)
    return (said or type(error).__name__).splitlines()[0]
