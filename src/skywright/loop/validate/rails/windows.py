"""The rail about time: freezes, and the windows in which changes are allowed. Deny wins."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from skywright.loop.validate.facts import Facts
from skywright.model.errors import BadInput
from skywright.model.settings import Window
from skywright.model.verdict import Objection
from skywright.model.words import t


def windows(facts: Facts) -> Iterator[Objection]:
    """Refuse to start during a freeze; and outside every maintenance window, when there are any."""
    closed = [(window, until) for window in facts.settings.windows if not window.allow and (until := open_until(window, facts.now))]
    for window, until in closed:
        yield _objection(
            t("Changes are frozen by window {name} until {until} UTC.", name=window.name, until=_said(until)),
            t("Wait until then, or change rails.windows."),
        )
    allowed = [window for window in facts.settings.windows if window.allow]
    if allowed and not any(open_until(window, facts.now) for window in allowed):
        at, name = min((next_opening(window, facts.now), window.name) for window in allowed)
        yield _objection(
            t("No maintenance window is open; the next one, {name}, opens at {at} UTC.", name=name, at=_said(at)),
            t("Wait until then, or change rails.windows."),
        )


def open_until(window: Window, now: datetime) -> datetime | None:
    """When the window that is open at ``now`` closes, or None when it is shut. Naive UTC.

    It opens by the clock on its wall (a time that daylight saving skips opens at the next minute that exists, one that comes
    twice opens once) and stays open for ``hours`` of real time. Raises BadInput for a bad cron line or time zone.
    """
    here = now.replace(microsecond=0, tzinfo=UTC).astimezone(_zone(window)) + timedelta(seconds=1)
    opened = _utc(_first(window, here, reverse=True))
    closes = opened + timedelta(hours=window.hours)
    return closes if opened <= now < closes else None


def next_opening(window: Window, now: datetime) -> datetime:
    """When the window opens next, after ``now``. Naive UTC."""
    return _utc(_first(window, now.replace(tzinfo=UTC).astimezone(_zone(window)), reverse=False))


def _first(window: Window, start: datetime, *, reverse: bool) -> datetime:
    try:
        return next(CronSim(window.cron, start, reverse=reverse))
    except (CronSimError, StopIteration) as error:
        raise BadInput(
            t(
                "The window {name} has a cron line that never comes or cannot be read: {cron!r}.",
                name=window.name,
                cron=window.cron,
            ),
            where="rails.windows",
            next_step=t("Five fields: minute, hour, day of month, month, day of week."),
        ) from error


def _zone(window: Window) -> ZoneInfo:
    try:
        return ZoneInfo(window.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInput(
            t("The window {name} names a time zone that is not known: {zone!r}.", name=window.name, zone=window.timezone),
            where="rails.windows",
            next_step=t("Use a name like Europe/Berlin, or UTC."),
        ) from error


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _said(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _objection(reason: str, next_step: str) -> Objection:
    return Objection(rail="windows", target="", reason=reason, next_step=next_step)
