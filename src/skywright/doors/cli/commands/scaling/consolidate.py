"""`skywright scaling consolidate`: which nodes of clusters can be done without, what that saves, and what it disturbs."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.consolidate.room import Answer


@click.command()
@click.option("--cluster", metavar="NAME", help=t("Only this cluster."))
@click.option(
    "--disruption",
    type=click.Choice(["none", "low", "any"]),
    default="low",
    show_default=True,
    help=t("What may be disturbed: nothing, what has other copies, or anything that may be evicted."),
)
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
    disruption: str,
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
    from skywright.doors.cli import nodes_view
    from skywright.topics.consolidate.levels import Level
    from skywright.topics.consolidate.nouns import Terms

    cost = None if node_cost is None else Decimal(str(node_cost))
    terms = Terms(headroom_pct=headroom, spare=spare, worth=Decimal(str(worth)), max_moves=max_moves, node_cost=cost)
    with show.progress(t("Looking for nodes to do without")):
        room = context.house.treasury.consolidation
        found = room.answers(snapshot_at(context.house, at), terms, Level(disruption), cluster, seconds)
        others = [{type_: room.renewed(one.cluster, type_, headroom, seconds) for type_ in types} for one in found]
    if output:
        _plan(context, found, output)
    if json_:
        show.as_json([nodes_view.figures(one) | {"instead": instead} for one, instead in zip(found, others, strict=True)])
        return
    for one, instead in zip(found, others, strict=True):
        nodes_view.tell(one, Level(disruption))
        nodes_view.renewed(instead, one.cluster.currency)


def _plan(context: Context, found: "Sequence[Answer]", output: Path) -> None:
    from skywright.loop.plan import write_plan
    from skywright.topics.consolidate.propose import from_point

    proposals = tuple(wish for one in found for wish in from_point(one.cluster, one.curve.points[one.curve.best]))
    signed = context.house.plan_of(proposals, note=t("Consolidation"))
    write_plan(output, signed)
    changes = n("{count} change", "{count} changes", len(signed.plan.changes))
    show.errors().print(
        t("{changes} written to {path}; next: `skywright validate {path}`.", changes=changes, path=output), markup=False
    )
    for refused in signed.plan.rejected:
        target = refused.proposal.target
        show.errors().print(t("Drain {target} by hand: {why}", target=target, why=refused.reason), style="yellow", markup=False)
