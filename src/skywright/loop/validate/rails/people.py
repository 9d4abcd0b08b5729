"""The rail about people: who must have said yes."""

from collections.abc import Iterator

from skywright.loop.validate.facts import Facts
from skywright.model.verdict import Objection, Weight
from skywright.model.words import n, t


def approval(facts: Facts) -> Iterator[Objection]:
    """Wait for as many different people as the riskiest change needs. The same name twice is one person."""
    if not facts.plan.changes:
        return
    riskiest = max((change.risk for change in facts.plan.changes), key=lambda risk: facts.settings.approvals.get(risk.value, 2))
    needed = facts.settings.approvals.get(riskiest.value, 2)
    given = sorted({name.strip().casefold(): name.strip() for name in facts.approvals if name.strip()}.values())
    if len(given) >= needed:
        return
    people = n("1 person must approve", "{count} different people must approve", needed)
    yield Objection(
        rail="approval",
        target="",
        reason=t(
            "{people}, because the plan holds changes of risk {risk}; so far: {given}.",
            people=people,
            risk=riskiest.value,
            given=", ".join(given) or t("nobody"),
        ),
        next_step=t("Name them: `skywright execute PLAN --approve NAME`."),
        weight=Weight.APPROVAL,
    )
