"""Analyse: an open snapshot and measures -> Insights, the largest saving first."""

import difflib
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from skywright.model.errors import BadInput
from skywright.model.finding import Evidence, Insight
from skywright.model.measure import Measure
from skywright.model.money import Money
from skywright.model.settings import InsightSettings
from skywright.model.words import t
from skywright.ports.engine import Session


def analyse(session: Session, measures: Sequence[Measure], settings: InsightSettings | None = None) -> tuple[Insight, ...]:
    """Ask every measure in force; largest known saving first, then by id. Raises BadInput for an unknown name in ``settings``."""
    insights = [insight for measure in in_force(measures, settings or InsightSettings()) for insight in _asked(session, measure)]
    return tuple(sorted(insights, key=lambda insight: (-_amount(insight), insight.id)))


def in_force(measures: Sequence[Measure], settings: InsightSettings) -> Iterator[Measure]:
    """The measures that are not disabled, with the user's thresholds. Raises BadInput for a name that no measure has."""
    names = [measure.name for measure in measures]
    for name in (*settings.disable, *settings.params):
        _known(name, names, where="insights", what=t("measure"))
    for measure in measures:
        wanted = settings.params.get(measure.name, {})
        for name in wanted:
            _known(name, measure.params, where=f"insights.params.{measure.name}", what=t("threshold"))
        if measure.name not in settings.disable:
            yield msgspec.structs.replace(measure, params=measure.params | wanted)


def _asked(session: Session, measure: Measure) -> Iterator[Insight]:
    for row in session.query(measure.sql, measure.params).dicts():
        yield _insight(measure, row)


def _insight(measure: Measure, row: Mapping[str, Any]) -> Insight:
    return Insight(
        id=insight_id(measure.name, row["resource"]),
        type=measure.type,
        resource=row["resource"],
        kind=measure.kind,
        title=measure.title,
        evidence=tuple(msgspec.convert(row["evidence"], list[Evidence])),
        confidence=round(float(row["confidence"]), 2),
        saving_monthly=_money(row),
        delete=measure.delete,
        set={name: value for name, value in (row["set"] or {}).items() if value is not None},
        note=row["note"] or "",
    )


def insight_id(measure: str, resource: str) -> str:
    """The same in every analysis: the measure's name and a short hash of the resource's id."""
    return f"{measure}-{hashlib.sha256(resource.encode()).hexdigest()[:12]}"


def _money(row: Mapping[str, Any]) -> Money | None:
    if row["saving"] is None:
        return None
    return Money(Decimal(row["saving"]).quantize(Decimal("0.01")), row["currency"] or "USD")


def _amount(insight: Insight) -> Decimal:
    return insight.saving_monthly.amount if insight.saving_monthly else Decimal(0)


def _known(name: str, names: Iterable[str], *, where: str, what: str) -> None:
    names = list(names)
    if name in names:
        return
    close = difflib.get_close_matches(name, names, n=1)
    hint = t("Did you mean {name}?", name=close[0]) if close else t("There are: {names}.", names=", ".join(sorted(names)))
    raise BadInput(t("There is no {what} {name}.", what=what, name=name), where=where, next_step=hint)
