"""Nodes that can be done without, for people: the levels of disruption side by side, what to do, the curve, and what stays."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from skywright.doors.cli import show
from skywright.doors.cli.shapes import bar
from skywright.model.words import n, t
from skywright.topics.consolidate.levels import Level

if TYPE_CHECKING:
    from skywright.topics.consolidate.leaving import Able
    from skywright.topics.consolidate.nouns import Curve, Point
    from skywright.topics.consolidate.renew import Renewed
    from skywright.topics.consolidate.room import Answer

_KEPT_MAX = 10
_POINTS_MAX = 8


def figures(one: "Answer", able: "Able") -> dict[str, Any]:
    """An answer as JSON."""
    from skywright.topics.consolidate.leaving import leaving
    from skywright.topics.consolidate.propose import drained

    curve = one.curve
    machines = [node.machine or node.id for node in drained(one.cluster, curve.points[curve.best])]
    return {
        "cluster": curve.cluster,
        "nodes": curve.nodes,
        "currency": curve.currency,
        "levels": {offer.level.value: offer.point for offer in one.offers},
        "points": curve.points,
        "recommended": curve.best,
        "machines_to_let_go": machines,
        "leaves": list(leaving(one.cluster, curve.points[curve.best], able)),
        "kept": curve.kept,
        "saving_at_most": curve.most,
    }


def tell(one: "Answer", level: Level, able: "Able") -> None:
    """An answer for people."""
    out, curve = show.console(), one.curve
    known = [node.monthly for node in one.cluster.nodes if node.monthly is not None]
    nodes = n("{count} node", "{count} nodes", curve.nodes)
    cost = t("{cost:,.2f} {currency} a month", cost=sum(known, Decimal(0)), currency=curve.currency)
    out.print(f"{curve.cluster}: {nodes}, {cost}", style="bold", markup=False)
    _levels(one, level)
    _recommend(one, able)
    if len(curve.points) > 2:
        _curve(curve)
    _most(curve)
    _kept(curve)


def _levels(one: "Answer", level: Level) -> None:
    heads = (t("disruption"), *_heads(), "")
    rows = [
        (f"{'>' if offer.level is level else ' '} {offer.level.value}", *_cells(offer.point), _meaning(offer.level))
        for offer in one.offers
    ]
    show.table(heads, rows, right=heads[1:6], styles=lambda _c, value: "bold" if str(value).startswith(">") else "")


def _meaning(level: Level) -> str:
    match level:
        case Level.NONE:
            return t("empty nodes")
        case Level.LOW:
            return t("never an only copy")
        case Level.ANY:
            return t("only copies too")


def _heads() -> tuple[str, ...]:
    return t("nodes fewer"), t("saved"), t("restarts"), t("only copies"), t("budgets")


def _cells(point: "Point") -> tuple[object, ...]:
    return len(point.drained), f"{point.saving:,.2f}", len(point.moves), point.only_copies, point.budgets


def _recommend(one: "Answer", able: "Able") -> None:
    from skywright.topics.consolidate.leaving import By, leaving

    out, point = show.console(), one.curve.points[one.curve.best]
    if not point.drained:
        out.print(t("No node is worth draining."), markup=False)
        return
    names, currency = ", ".join(point.drained), one.curve.currency
    said = t("Drain {names}: {saving:,.2f} {currency} a month once their machines are gone.",
             names=names, saving=point.saving, currency=currency)  # fmt: skip
    out.print(said, style="bold green", markup=False)
    if point.unguarded:
        out.print(n("{count} pod that moves has no disruption budget; such pods go one at a time, each once the others are ready.",
                    "{count} pods that move have no disruption budget; such pods go one at a time, each once the others are ready.",
                    point.unguarded), markup=False)  # fmt: skip
    for leave in leaving(one.cluster, point, able):
        out.print(f"{leave.node}: {leave.how}", style="yellow" if leave.by is By.PEOPLE else "", markup=False)


def _curve(curve: "Curve") -> None:
    """A few points of it: the first, the last, the recommended one, and some between."""
    last = len(curve.points) - 1
    steps = min(_POINTS_MAX, last + 1)
    shown = sorted({round(last * place / (steps - 1)) for place in range(steps)} | {curve.best})
    top = max(point.saving for point in curve.points) or Decimal(1)
    heads = (*_heads(), "", "")
    rows = [
        (*_cells(point), bar(float(point.saving / top)), t("recommended") if index == curve.best else "")
        for index in shown
        for point in (curve.points[index],)
    ]
    show.table(heads, rows, right=heads[:5])


def renewed(instead: "Mapping[str, Renewed | None]", currency: str) -> None:
    """What new machines would cost."""
    out = show.console()
    for type_, one in instead.items():
        if one is None:
            out.print(t("{type}: it has no price where the machines are, or does not suit the pods.", type=type_), markup=False)
            continue
        nodes = n("{count} node of {type}", "{count} nodes of {type}", one.nodes, type=type_)
        cost = t("instead of {old}: {monthly:,.2f} {currency} a month", old=one.instead_of, monthly=one.monthly, currency=currency)
        proof = t("saves {saving:,.2f}; none of this type cost less than {least:,.2f}", saving=one.saving, least=one.at_least)
        out.print(f"{nodes} {cost}, {proof}.", markup=False)


def _most(curve: "Curve") -> None:
    out, top = show.console(), max(point.saving for point in curve.points)
    if curve.most is None:
        out.print(t("How much more could be saved is not proven."), style="dim")
        return
    most = t("No packing of these pods onto these nodes saves more than {most:,.2f}", most=curve.most)
    out.print(t("{most}; the curve reaches {share:.1%} of it.", most=most, share=top / curve.most) if curve.most else f"{most}.")


def _kept(curve: "Curve") -> None:
    out = show.console()
    for node, reason in sorted(curve.kept.items())[:_KEPT_MAX]:
        out.print(t("{node} stays: {reason}.", node=node, reason=reason), style="dim", markup=False)
    if len(curve.kept) > _KEPT_MAX:
        out.print(t("... and {count} more; --json shows all.", count=len(curve.kept) - _KEPT_MAX), style="dim")
