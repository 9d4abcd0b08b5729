"""What is due, and that it is begun once."""

from datetime import datetime
from zoneinfo import ZoneInfo

from skywright.adapters.workflows.dbos.worker import Agenda
from skywright.model.settings import Schedule

ZURICH = ZoneInfo("Europe/Zurich")
NIGHTLY = Schedule(name="nightly", cron="30 2 * * *", timezone="Europe/Zurich")


class Facts(dict):
    def put(self, key: str, value: str) -> None:
        self[key] = value


def agenda(facts: Facts, moment: datetime, *schedules: Schedule) -> Agenda:
    return Agenda(facts, schedules or [NIGHTLY], moment.timestamp)


def test_a_new_schedule_begins_with_its_next_time() -> None:
    facts = Facts()
    assert agenda(facts, datetime(2026, 3, 10, 12, tzinfo=ZURICH)).due() == []
    assert agenda(facts, datetime(2026, 3, 11, 2, 29, tzinfo=ZURICH)).due() == []
    assert agenda(facts, datetime(2026, 3, 11, 2, 30, tzinfo=ZURICH)).due() == [("turn", "turn-nightly-20260311T0230+0100")]
    assert agenda(facts, datetime(2026, 3, 11, 2, 31, tzinfo=ZURICH)).due() == []


def test_of_times_that_nobody_was_there_for_the_last_is_made_up_for() -> None:
    facts = Facts()
    agenda(facts, datetime(2026, 3, 10, 12, tzinfo=ZURICH)).due()
    assert agenda(facts, datetime(2026, 3, 14, 12, tzinfo=ZURICH)).due() == [("turn", "turn-nightly-20260314T0230+0100")]


def test_two_who_believe_that_they_lead_name_it_alike() -> None:
    facts = Facts()
    agenda(facts, datetime(2026, 3, 10, 12, tzinfo=ZURICH)).due()
    other, moment = Facts(facts), datetime(2026, 3, 11, 2, 30, 5, tzinfo=ZURICH)
    assert agenda(facts, moment).due() == agenda(other, moment).due()


def test_each_schedule_has_times_of_its_own() -> None:
    hourly = Schedule(name="hourly", cron="0 * * * *", what="gather")
    facts = Facts()
    agenda(facts, datetime(2026, 3, 11, 1, 10, tzinfo=ZURICH), NIGHTLY, hourly).due()
    found = agenda(facts, datetime(2026, 3, 11, 2, 40, tzinfo=ZURICH), NIGHTLY, hourly).due()
    assert found == [("turn", "turn-nightly-20260311T0230+0100"), ("gather", "gather-hourly-20260311T0100+0000")]
