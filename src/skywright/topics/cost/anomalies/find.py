"""The ledger -> a report of what was not as expected, with why; ``explain`` then says what happened at that time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from skywright.model.cost_anomaly import AnomalySettings
from skywright.model.errors import BadInput
from skywright.ports.engine import Session
from skywright.topics.cost.anomalies.cause import TOGETHER, drivers, effects, ranked, usual
from skywright.topics.cost.anomalies.lumps import lumps
from skywright.topics.cost.anomalies.nouns import Anomaly, Driver, Key, Leaf, Report, Shape, Sort
from skywright.topics.cost.anomalies.read import (
    HISTORY_DAYS,
    NONE,
    held_days,
    hours_of,
    read_leaves,
    summed,
    values_of,
    within_sql,
)
from skywright.topics.cost.anomalies.tree import Odd, Terms, branches, surprising
from skywright.topics.cost.books.dimensions import Book
from skywright.topics.cost.books.exact import ZERO, minus, total

TREND_DAYS = 28
DRILL = ("resource", "sku", "usage_type", "resource_type", "region", "pricing", "tag:team", "tag:environment")
"""Dimensions that are asked for the cause beside those of the tree."""
RESOURCES_MAX = 20
DRILLED_MAX = 50
"""So many anomalies, the dearest, are asked for their cause."""
_OFFSET = 0.1


class Search(msgspec.Struct, frozen=True):
    """What is asked: the days in question and the terms of the user."""

    since: date
    until: date
    settings: AnomalySettings

    @property
    def by(self) -> tuple[str, ...]:
        """The dimensions from trunk to leaf."""
        return tuple(self.settings.by)


def find(session: Session, book: Book, search: Search) -> Report | None:
    """Judge the ledger's days up to before ``search.until``, and report those from ``search.since`` on. None when it is empty.

    Raises BadInput where the ledger holds no usage of that time: nothing was judged, so nothing can be said to be in order.
    """
    held = held_days(session)
    if held is None:
        return None
    first = max(held[0], search.since - timedelta(days=HISTORY_DAYS))
    last = min(held[1], search.until - timedelta(days=1))
    if first > last:
        raise _nothing(search, held)
    leaves = read_leaves(session, book, search.by, first, last + timedelta(days=1))
    terms = _terms(search.settings, held[1])
    found: list[Anomaly] = []
    for (sort, currency), own in _grouped(leaves).items():
        odd = surprising(own, (first, last), terms) if sort is Sort.USAGE else _lumps(own, (first, last), terms)
        tree = branches(own)
        told = [_anomaly(episode, tree[episode[0].key], search, sort, currency) for episode in _episodes(odd)]
        found += [one for one in told if one.until >= search.since]
    found.sort(key=lambda one: (-abs(one.impact), one.since, one.key))
    dear = [_caused(session, book, one, leaves) for one in found[:DRILLED_MAX]]
    return Report(
        tuple(_offset([*dear, *found[DRILLED_MAX:]])),
        max(search.since, first),
        last,
        len(leaves),
        tuple(_remarks(search, held, last)),
    )


def _terms(settings: AnomalySettings, newest: date) -> Terms:
    settled = newest - timedelta(days=settings.late_days)
    return Terms(float(settings.min_impact), settings.sensitivity, settled, frozenset(settings.holidays))


def _remarks(search: Search, held: tuple[date, date], last: date) -> Iterator[str]:
    from skywright.model.words import n, t

    late = search.settings.late_days
    if late and last > held[1] - timedelta(days=late):
        text = ("The bill's last day ({day}) may still grow: a drop on it is not judged.",
                "The bill's last {count} days (from {day}) may still grow: drops on them are not judged.")  # fmt: skip
        yield n(*text, late, day=held[1] - timedelta(days=late - 1))
    if (days := (last - held[0]).days + 1) < 2 * TREND_DAYS:
        seen = n("The ledger holds {count} day", "The ledger holds {count} days", days)
        yield t("{seen}: weekdays and fees of the month are known after eight weeks.", seen=seen)


def _nothing(search: Search, held: tuple[date, date]) -> BadInput:
    from skywright.model.words import t

    if search.since > held[1]:
        message = t("The ledger holds no usage from {since} on.", since=search.since)
    else:
        message = t("The ledger holds no usage before {until}.", until=search.until)
    return BadInput(message, next_step=t("It holds {first} to {last}.", first=held[0], last=held[1]))


def _grouped(leaves: Iterable[Leaf]) -> dict[tuple[Sort, str], list[Leaf]]:
    found: dict[tuple[Sort, str], list[Leaf]] = {}
    for leaf in leaves:
        found.setdefault((leaf.sort, leaf.currency), []).append(leaf)
    return found


def _lumps(leaves: Sequence[Leaf], span: tuple[date, date], terms: Terms) -> list[Odd]:
    return [odd for leaf in leaves for odd in lumps(leaf, span, terms)]


def _episodes(odd: Iterable[Odd]) -> list[list[Odd]]:
    """Days on end of one branch and direction are one episode."""
    episodes: list[list[Odd]] = []
    open_by_key: dict[tuple[Key, bool], list[Odd]] = {}
    for one in sorted(odd, key=lambda one: one.day):
        name = (one.key, one.impact > 0)
        running = open_by_key.get(name)
        if running and one.day - running[-1].day <= timedelta(days=1):
            running.append(one)
        else:
            open_by_key[name] = [one]
            episodes.append(open_by_key[name])
    return episodes


def _anomaly(episode: Sequence[Odd], leaves: Sequence[Leaf], search: Search, sort: Sort, currency: str) -> Anomaly:
    days = summed(leaves)
    since, until = episode[0].day, episode[-1].day
    actual = Decimal(str(sum(one.actual for one in episode))) if sort is not Sort.USAGE else _exact(days, episode)
    expected = Decimal(str(round(sum(one.expected for one in episode), 2)))
    trend = tuple(float(days.get(until - timedelta(days=back), ZERO)) for back in reversed(range(TREND_DAYS)))
    return Anomaly(
        sort=sort,
        shape=episode[0].shape,
        dimensions=search.by,
        key=episode[0].key,
        currency=currency,
        since=since,
        until=until,
        expected=expected,
        actual=actual,
        impact=minus(actual, expected),
        deviations=round(max(episode, key=lambda one: abs(one.deviations)).deviations, 1),
        trend=trend,
    )


def _exact(days: dict[date, Decimal], episode: Sequence[Odd]) -> Decimal:
    return total(days.get(one.day, ZERO) for one in episode)


def _caused(session: Session, book: Book, one: Anomaly, leaves: Sequence[Leaf]) -> Anomaly:
    """The anomaly with what explains it inside the bill: dimensions, resources, volume or price, and the hour where it is told."""
    if one.sort is not Sort.USAGE:
        return one
    span = [one.since + timedelta(days=offset) for offset in range((one.until - one.since).days + 1)]
    asked = (one.since - timedelta(days=TREND_DAYS), one.until + timedelta(days=1))
    within = within_sql(book, one.dimensions, one.key, one.sort, one.currency)
    answers: list[list[Driver]] = []
    resources: tuple[str, ...] = ()
    fixed = set(one.dimensions[: len(one.key)])
    for name in dict.fromkeys([*one.dimensions[len(one.key) :], *DRILL]):
        if name in fixed:
            continue
        values = values_of(session, book, within, name, asked)
        if name == "resource":
            resources = _moved(values, span, one.impact)
        if len(values) > 1 or (len(values) == 1 and NONE not in values and name == "resource"):
            answers.append(drivers(name, values, span))
    own = [
        leaf for leaf in leaves if leaf.sort is one.sort and leaf.currency == one.currency and leaf.key[: len(one.key)] == one.key
    ]
    return msgspec.structs.replace(
        one,
        resources=resources,
        drivers=tuple(ranked(answers)),
        effects=effects(own, span) if one.shape in (Shape.RISE, Shape.DROP) and not _came_or_went(answers) else None,
        hour=_hour(session, within, one),
    )


def _came_or_went(answers: Sequence[Sequence[Driver]]) -> bool:
    """Whether resources that were not there before (or are not any more) explain it: that is neither volume nor price."""
    found = [one for answer in answers for one in answer if one.dimension == "resource" and not (one.expected and one.actual)]
    return sum(one.share for one in found) >= TOGETHER


def _moved(values: dict[str, dict[date, Decimal]], span: Sequence[date], impact: Decimal) -> tuple[str, ...]:
    """The resources whose costs moved the way the whole did, the farthest first."""
    steps = {
        name: total(minus(days.get(day, ZERO), usual(days, day)) for day in span) for name, days in values.items() if name != NONE
    }
    moved = [name for name, step in steps.items() if step * impact > 0 and abs(step) * 20 >= abs(impact)]
    return tuple(sorted(moved, key=lambda name: (-abs(steps[name]), name))[:RESOURCES_MAX])


def _hour(session: Session, within: str, one: Anomaly) -> datetime | None:
    """The first hour of the first day that was half as far off as the day's farthest; None where the bill tells no hours."""
    start = datetime.combine(one.since, datetime.min.time())
    hours = hours_of(session, within, (one.since - timedelta(days=7), one.since + timedelta(days=1)))
    if sum(hour >= start for hour in hours) < 2:
        return None
    steps = {}
    for index in range(24):
        hour = start + timedelta(hours=index)
        before = sorted(hours.get(hour - timedelta(days=back), ZERO) for back in range(1, 8))[3]
        steps[hour] = float(minus(hours.get(hour, ZERO), before))
    sign = 1 if one.impact > 0 else -1
    farthest = max(sign * step for step in steps.values())
    return next((hour for hour, step in steps.items() if farthest > 0 and sign * step >= farthest / 2), None)


def _offset(found: Sequence[Anomaly]) -> Iterator[Anomaly]:
    """Say of two opposite moves that begin on the same day in one currency and are nearly as large that they offset each other."""
    for one in found:
        other = next((two for two in found if _opposite(one, two)), None)
        yield msgspec.structs.replace(one, offset_by=" / ".join(other.key)) if other else one


def _opposite(one: Anomaly, two: Anomaly) -> bool:
    if one.since != two.since or one.currency != two.currency or one.sort is not two.sort or one.impact * two.impact >= 0:
        return False
    return abs(float(one.impact) + float(two.impact)) <= _OFFSET * abs(float(one.impact))
