"""`skywright audit`, `findings` and `except`: what is wrong, since when, and what is accepted."""

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click
import msgspec

from skywright.doors.cli import show as screen
from skywright.doors.cli.context import Context
from skywright.doors.cli.findings_view import SEVERITIES, Asked, options, show_counts, show_each, show_gaps, style, write
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.model.errors import BadInput
from skywright.model.finding import FindingState, RuleVerdict, Severity, Waiver
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.loop.audit import RuleCount
    from skywright.model.estate import Snapshot
    from skywright.wiring import House

NEVER = "none"
FINDINGS_EXIT_CODE = 3
EXCEPTION_DAYS_MAX = 366
_IN_DAYS = re.compile(r"(\d{1,4})d")


@click.command()
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, NEVER]),
    default=SEVERITIES[0],
    help=t("Exit with 3 when something of this severity or worse fails (default: anything)."),
)
@options
@AT
@click.pass_obj
def audit(context: Context, /, fail_on: str, **given: Any) -> int:
    """Run every rule over the newest snapshot and keep the findings; the options choose what is shown and what counts.

    Exit codes: 0 nothing fails, 3 something does, 2 it could not be run.
    """
    asked, house = Asked(**given), context.house
    rules = {rule.id: rule for rule in house.rules}
    choice = asked.choice(rules)
    snapshot = snapshot_at(house, asked.at)
    with screen.progress(t("Auditing")):
        house.judge(snapshot)
    today = house.clock.now()
    counts = house.book.counts(snapshot, choice, today=today)
    if asked.form != "table" or asked.output:
        write(house, snapshot, house.book.findings(snapshot, choice, today=today), asked)
    elif asked.all_:
        show_each(house.book.findings(snapshot, choice, today=today), everything=True)
        show_gaps(snapshot)
    else:
        show_counts(counts, rules)
        show_gaps(snapshot)
    return FINDINGS_EXIT_CODE if _fails(counts, {name: rule.severity for name, rule in rules.items()}, fail_on) else 0


def _fails(counts: "list[RuleCount]", severities: dict[str, Severity], fail_on: str) -> bool:
    if fail_on == NEVER:
        return False
    least = Severity(fail_on).rank
    return any(count.failed and severities[count.rule].rank >= least for count in counts if count.rule in severities)


@click.command()
@click.option("--resolved", is_flag=True, help=t("Those that are resolved."))
@click.option("--excepted", is_flag=True, help=t("Those that are accepted for a time."))
@click.option("--unknown", is_flag=True, help=t("Only what could not be told."))
@options
@AT
@click.pass_obj
def findings(context: Context, /, resolved: bool, excepted: bool, unknown: bool, **given: Any) -> None:
    """Show what the last audit found: what is open, worst first."""
    asked, house = Asked(**given), context.house
    snapshot = _audited(house, asked.at)
    chosen = [state for state, wanted in ((FindingState.RESOLVED, resolved), (FindingState.EXCEPTED, excepted)) if wanted]
    more: dict[str, Any] = {"states": tuple(chosen)} if chosen else {}
    if unknown:
        more["verdicts"] = (RuleVerdict.UNKNOWN,)
    choice = asked.choice({rule.id: rule for rule in house.rules}, **more)
    found = house.book.findings(snapshot, choice, today=house.clock.now())
    if asked.form != "table" or asked.output:
        write(house, snapshot, found, asked)
    elif found:
        show_each(found, everything=asked.all_)
    else:
        screen.console().print(t("Nothing found."), style="green")


@click.group()
def waive() -> None:
    """Accept a finding for a time, with owner and reason; list and end such exceptions."""


@waive.command("add")
@click.argument("finding", required=False)
@click.option("--rule", help=t("The rule, when no finding is named."))
@click.option("--resource", metavar="GLOB", help=t("The resource's id, or a glob over ids (with --rule)."))
@click.option("--owner", required=True, help=t("Who answers for it."))
@click.option("--reason", required=True, help=t("Why it is accepted."))
@click.option("--expires", required=True, metavar="DATE", help=t("The last day on which it holds: 2026-12-31, or 30d from today."))
@click.pass_obj
def add(
    context: Context, finding: str | None, rule: str | None, resource: str | None, owner: str, reason: str, expires: str
) -> None:
    """Accept FINDING (an id, or the beginning of one), or --rule on every --resource that matches."""
    house = context.house
    if bool(finding) == bool(rule or resource) or bool(rule) != bool(resource):
        raise BadInput(
            t("Name a finding, or a rule and a resource."), where="except add", next_step=t("`skywright findings` lists them.")
        )
    if finding:
        rule, resource = _meant(house, finding)
    elif rule not in {known.id for known in house.rules}:
        raise BadInput(
            t("There is no rule `{name}`.", name=rule), where="--rule", next_step=t("`skywright rules list` lists them.")
        )
    assert rule
    assert resource
    waiver = _waiver(house, rule, resource, owner.strip(), reason.strip(), _last_day(expires, house.clock.now().date()))
    house.store.waivers.add(waiver)
    house.log_event(
        "exception.add", target=resource, why=waiver.reason, details={"id": waiver.id, "rule": rule, "owner": waiver.owner,
        "expires": waiver.expires.isoformat()},
    )  # fmt: skip
    text = t("{id}: {rule} is accepted on {resource} until {day}.", id=waiver.id, rule=rule, resource=resource, day=waiver.expires)
    screen.console().print(screen.clean(text), markup=False)


@waive.command("list")
@JSON
@click.pass_obj
def list_(context: Context, json_: bool) -> None:
    """List exceptions, the next to end first."""
    today = context.house.clock.now().date()
    kept = sorted(context.house.store.waivers.all(), key=lambda waiver: (waiver.expires, waiver.id))
    if json_:
        screen.as_json([{**msgspec.to_builtins(waiver), "expired": waiver.expires < today} for waiver in kept])
        return
    columns = (t("id"), t("rule"), t("resource"), t("owner"), t("until"), t("reason"))
    screen.table(columns, [(w.id, w.rule, w.resource, w.owner, _until(w, today), w.reason) for w in kept], styles=style)


@waive.command("remove")
@click.argument("identifier", metavar="ID")
@click.pass_obj
def remove(context: Context, identifier: str) -> None:
    """End an exception now."""
    house = context.house
    gone = next((waiver for waiver in house.store.waivers.all() if waiver.id == identifier), None)
    if gone is None or not house.store.waivers.remove(identifier):
        raise BadInput(t("There is no exception {id}.", id=identifier), next_step=t("`skywright except list` lists them."))
    house.log_event("exception.remove", target=gone.resource, details={"id": gone.id, "rule": gone.rule, "owner": gone.owner})
    screen.console().print(t("{id} is no more.", id=identifier), markup=False)


def _audited(house: "House", at: str | None) -> "Snapshot":
    snapshot = snapshot_at(house, at)
    if not house.book.audited(snapshot):
        raise BadInput(
            t("The snapshot of {when} UTC has not been audited.", when=snapshot.taken_at.strftime("%Y-%m-%d %H:%M")),
            next_step=t("Run `skywright audit`."),
        )
    return snapshot


def _meant(house: "House", beginning: str) -> tuple[str, str]:
    """The rule and the resource of the one open finding whose id begins like this."""
    found = [one for one in house.findings() if one.id.startswith(beginning)]
    if len(found) == 1:
        return found[0].rule, found[0].resource
    if found:
        raise BadInput(t("{count} findings begin with {id}.", count=len(found), id=beginning), next_step=t("Give more of the id."))
    raise BadInput(t("There is no open finding {id}.", id=beginning), next_step=t("`skywright findings` lists them."))


def _waiver(house: "House", rule: str, resource: str, owner: str, reason: str, expires: date) -> Waiver:
    from skywright.model.canonical import digest

    if not owner or not reason:
        raise BadInput(t("An exception needs an owner and a reason."), where="except add")
    now = house.clock.now()
    identifier = "x-" + digest([rule, resource, now]).removeprefix("sha256:")[:10]
    return Waiver(id=identifier, rule=rule, resource=resource, owner=owner, reason=reason, expires=expires, created_at=now)


def _last_day(text: str, today: date) -> date:
    try:
        days = _IN_DAYS.fullmatch(text)
        last = today + timedelta(days=int(days[1])) if days else date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            t("{text!r} is not a date.", text=text), where="--expires", next_step=t("Write 2026-12-31, or 30d.")
        ) from error
    if last < today:
        raise BadInput(t("{day} is over.", day=last), where="--expires", next_step=t("Give a day to come."))
    if last > today + timedelta(days=EXCEPTION_DAYS_MAX):
        raise BadInput(
            t("{day} is more than a year away.", day=last),
            where="--expires",
            next_step=t("Accept it for a year at most, then look again."),
        )
    return last


def _until(waiver: Waiver, today: date) -> str:
    return waiver.expires.isoformat() if waiver.expires >= today else t("{day} (over)", day=waiver.expires)
