"""Standings -> messages that are due: each threshold once a period and notifier; taken back when a restated bill says otherwise."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

import msgspec

from skywright.model.cost_budgets import Basis, Budget
from skywright.model.errors import BadInput, SkywrightError
from skywright.model.words import t
from skywright.ports.notify import Message, Notifier, Severity
from skywright.ports.store import Facts
from skywright.topics.cost.budgets.nouns import Standing, Step


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one notifier; ``key`` names what is kept of it in the store."""

    key: str
    notifier: str
    message: Message


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came of alerts: those that arrived, and those that did not, with the reason. The latter are due again next time."""

    arrived: tuple[Alert, ...] = ()
    failed: tuple[tuple[Alert, str], ...] = ()


def due(standings: Iterable[Standing], budgets: Mapping[str, Budget], facts: Facts) -> Iterator[Alert]:
    """What must be told now and was not."""
    for one in standings:
        for step in one.steps:
            if step.of is Basis.FORECAST and not one.bounds:
                continue  # the period is over: there is nothing left to expect
            for notifier in budgets[one.name].notify:
                key = f"budget/{one.name}/{one.start}/{step.id}/{notifier}"
                told = _told(facts.get(key))
                if step.reached and not told:
                    yield Alert(key=key, notifier=notifier, message=message(one, step))
                elif told and not step.reached and step.of is Basis.ACTUAL:
                    yield Alert(key=key, notifier=notifier, message=taken_back(one, step))


def send(alerts: Iterable[Alert], notifiers: Mapping[str, Notifier], facts: Facts, now: Callable[[], datetime]) -> Sent:
    """Tell each, and keep that it was told only when the other side has accepted it."""
    arrived: list[Alert] = []
    failed: list[tuple[Alert, str]] = []
    for alert in alerts:
        try:
            notifiers[alert.notifier].send(alert.message)
        except SkywrightError as error:
            failed.append((alert, str(error)))
            continue
        facts.put(alert.key, json.dumps({"told": not alert.message.resolved, "at": now().isoformat()}))
        arrived.append(alert)
    return Sent(arrived=tuple(arrived), failed=tuple(failed))


def check_names(budgets: Mapping[str, Budget], notifiers: Iterable[str]) -> None:
    """Raises BadInput where a budget wants to tell somebody that there is not."""
    known = list(notifiers)
    for name, budget in budgets.items():
        for wanted in budget.notify:
            if wanted not in known:
                raise BadInput(
                    t("Budget {name} tells {wanted}, and there is no such notifier.", name=name, wanted=repr(wanted)),
                    where=f"cost.budgets.{name}.notify",
                    next_step=t("notify has: {known}.", known=", ".join(known) or t("none")),
                )


def watched(name: str, start: date) -> str:
    """The fact that says that a budget was kept an eye on in the period from ``start``."""
    return f"budget/{name}/{start}/watched"


def _told(kept: str | None) -> bool:
    return bool(kept and json.loads(kept)["told"])


def message(one: Standing, step: Step) -> Message:
    """What is said of a threshold that is reached."""
    whole = {"name": one.name, "percent": f"{step.percent:g}", "amount": f"{one.amount:,.2f} {one.currency}"}
    if step.of is Basis.ACTUAL:
        title = t("Budget {name}: {percent} % of {amount} is spent.", **whole)
    elif step.day is None:
        title = t("Budget {name} will probably pass {percent} % of {amount}.", **whole)
    else:
        title = t("Budget {name} will pass {percent} % of {amount} on {when}.", when=when_told(step, one.end), **whole)
    grave = step.of is Basis.ACTUAL and step.percent >= 100
    return Message(
        key=f"budget/{one.name}/{one.start}/{step.id}", title=title, body=_body(one), facts=_facts(one),
        severity=Severity.CRITICAL if grave else Severity.WARNING,
    )  # fmt: skip


def taken_back(one: Standing, step: Step) -> Message:
    """What is said when a bill was restated and a threshold is not reached after all."""
    title = t("Budget {name}: {percent} % of {amount} {currency} is not spent after all; the bill was restated.", name=one.name,
              percent=f"{step.percent:g}", amount=f"{one.amount:,.2f}", currency=one.currency)  # fmt: skip
    return Message(
        key=f"budget/{one.name}/{one.start}/{step.id}", title=title, body=_body(one), facts=_facts(one), severity=Severity.INFO,
        resolved=True,
    )  # fmt: skip


def when_told(step: Step, end: date) -> str:
    """``23 Nov, between 20 Nov and 28 Nov``."""
    if step.day is None:
        return ""
    if step.earliest == step.latest:
        return _day(step.day)
    latest = _day(step.latest) if step.latest else t("later than {end}", end=_day(end - timedelta(days=1)))
    return t("{day}, between {earliest} and {latest}", day=_day(step.day), earliest=_day(step.earliest or step.day), latest=latest)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _body(one: Standing) -> str:
    text = "{spent} {currency} were spent by {through}; {expected} are expected by {last} (95 %: {low} to {high})."
    return t(
        text, spent=f"{one.spent:,.2f}", currency=one.currency, through=_day(one.through), expected=f"{one.expected:,.2f}",
        last=_day(one.end - timedelta(days=1)), low=f"{one.low:,.2f}", high=f"{one.high:,.2f}",
    )  # fmt: skip


def _facts(one: Standing) -> dict[str, str]:
    return {
        "budget": one.name, "period": f"{one.start}..{one.end - timedelta(days=1)}", "amount": f"{one.amount:.2f}",
        "spent": f"{one.spent:.2f}", "expected": f"{one.expected:.2f}", "low": f"{one.low:.2f}", "high": f"{one.high:.2f}",
        "currency": one.currency, "through": one.through.isoformat(),
    }  # fmt: skip
