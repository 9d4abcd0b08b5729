"""`skywright scaling consolidate`: which nodes of clusters can be done without, what that saves, and what it disturbs."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.consolidate.nouns import Cluster, Curve
    from skywright.topics.consolidate.renew import Renewed

_KEPT_MAX = 10


@click.command()
@click.option("--cluster", metavar="NAME", help=t("Only this cluster."))
@click.option(
    "--headroom",
    type=click.FloatRange(0, 90),
    default=10.0,
    show_default=True,
    help=t("Percent of a node kept free of moved pods."),
)
@click.option(
    "--spare", type=click.IntRange(0, 1), default=0, show_default=True, help=t("1: what is left must survive the loss of any node.")
)
@click.option("--worth", type=click.FloatRange(0), default=1.0, show_default=True, help=t("What moving one pod must save a month."))
@click.option("--max-moves", type=click.IntRange(0), help=t("Move no more pods than this."))
@click.option(
    "--type", "types", multiple=True, metavar="TYPE", help=t("What new machines of this type would cost instead; repeatable.")
)
@click.option("--node-cost", type=click.FloatRange(0), metavar="AMOUNT", help=t("What a node of unknown price costs a month."))
@click.option("--seconds", type=click.FloatRange(0.1, 3600), default=10.0, show_default=True, help=t("Prove no longer than this."))
@click.option(
    "-o", "--plan", "output", type=click.Path(path_type=Path, dir_okay=False), help=t("Write a signed plan that drains the nodes.")
)
@AT
@JSON
@click.pass_obj
def consolidate(
    context: Context,
    *,
    cluster: str | None,
    headroom: float,
    spare: int,
    worth: float,
    max_moves: int | None,
    types: tuple[str, ...],
    node_cost: float | None,
    seconds: float,
    output: Path | None,
    at: str | None,
    json_: bool,
) -> None:
    """Say which nodes of clusters can be done without: savings against disruption (docs/concepts/consolidation.md says how)."""
    from skywright.topics.consolidate.nouns import Terms

    cost = None if node_cost is None else Decimal(str(node_cost))
    terms = Terms(headroom_pct=headroom, spare=spare, worth=Decimal(str(worth)), max_moves=max_moves, node_cost=cost)
    with show.progress(t("Looking for nodes to do without")):
        room = context.house.treasury.consolidation
        found = room.curves(snapshot_at(context.house, at), terms, cluster, seconds)
        others = [{type_: room.renewed(one, type_, headroom, seconds) for type_ in types} for one, _ in found]
    if output:
        _plan(context, found, output)
    if json_:
        show.as_json([_figures(*one) | {"instead": instead} for one, instead in zip(found, others, strict=True)])
        return
    for one, instead in zip(found, others, strict=True):
        _tell(*one)
        _renewed(instead, one[0].currency)


def _plan(context: Context, found: "Sequence[tuple[Cluster, Curve]]", output: Path) -> None:
    from skywright.loop.plan import write_plan
    from skywright.topics.consolidate.propose import from_point

    proposals = tuple(wish for cluster, curve in found for wish in from_point(cluster, curve.points[curve.best]))
    signed = context.house.plan_of(proposals, note=t("Consolidation"))
    write_plan(output, signed)
    changes = n("{count} change", "{count} changes", len(signed.plan.changes))
    show.errors().print(
        t("{changes} written to {path}; next: `skywright validate {path}`.", changes=changes, path=output), markup=False
    )
    for refused in signed.plan.rejected:
        target = refused.proposal.target
        show.errors().print(t("Drain {target} by hand: {why}", target=target, why=refused.reason), style="yellow", markup=False)


def _figures(cluster: "Cluster", curve: "Curve") -> dict[str, Any]:
    from skywright.topics.consolidate.propose import drained

    machines = [node.machine or node.id for node in drained(cluster, curve.points[curve.best])]
    return {
        "cluster": curve.cluster,
        "nodes": curve.nodes,
        "currency": curve.currency,
        "points": curve.points,
        "recommended": curve.best,
        "machines_to_let_go": machines,
        "kept": curve.kept,
        "saving_at_most": curve.most,
    }


def _tell(cluster: "Cluster", curve: "Curve") -> None:
    from skywright.doors.cli.shapes import bar

    out = show.console()
    out.print(t("{cluster}: {nodes}", cluster=curve.cluster, nodes=_nodes(curve.nodes)), style="bold", markup=False)
    columns = (t("nodes fewer"), t("pods that move"), t("without a budget"), t("only copies"), t("saves a month"), "", "")
    top = max(point.saving for point in curve.points) or Decimal(1)
    rows = [
        (
            len(point.drained),
            len(point.moves),
            point.unguarded,
            point.only_copies,
            f"{point.saving:,.2f}",
            bar(float(point.saving / top)),
            t("recommended") if index == curve.best else "",
        )
        for index, point in enumerate(curve.points)
    ]
    show.table(columns, rows, right=columns[:5])
    _recommend(cluster, curve)
    _kept(curve)


def _recommend(cluster: "Cluster", curve: "Curve") -> None:
    from skywright.topics.consolidate.propose import drained

    out, point = show.console(), curve.points[curve.best]
    if point.drained:
        names = ", ".join(point.drained)
        out.print(t("Drain {names}: {saving:,.2f} {currency} a month.", names=names, saving=point.saving, currency=curve.currency),
                  style="bold green", markup=False)  # fmt: skip
        machines = ", ".join((node.machine or node.id).partition("/")[2] for node in drained(cluster, point))
        out.print(t("Saved once their machines are let go of: {machines}.", machines=machines), markup=False)
    else:
        out.print(t("No node is worth draining."), markup=False)
    _most(curve)


def _renewed(instead: "Mapping[str, Renewed | None]", currency: str) -> None:
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


def _nodes(count: int) -> str:
    return n("{count} node", "{count} nodes", count)
