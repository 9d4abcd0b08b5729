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
    from skywright.model.plan import SignedPlan
    from skywright.topics.consolidate.leaving import Able
    from skywright.topics.consolidate.nouns import Node
    from skywright.topics.consolidate.room import Answer
    from skywright.wiring import House


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
@click.option("--keep-machines", is_flag=True, help=t("Plan drains alone: machines are ended by people."))
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
    keep_machines: bool,
    at: str | None,
    json_: bool,
) -> None:
    """Say which nodes of clusters can be done without: savings against disruption (docs/concepts/consolidation.md says how)."""
    from skywright.doors.cli import nodes_view
    from skywright.topics.consolidate.leaving import never
    from skywright.topics.consolidate.levels import Level
    from skywright.topics.consolidate.nouns import Terms

    cost = None if node_cost is None else Decimal(str(node_cost))
    terms = Terms(headroom_pct=headroom, spare=spare, worth=Decimal(str(worth)), max_moves=max_moves, node_cost=cost)
    with show.progress(t("Looking for nodes to do without")):
        room = context.house.treasury.consolidation
        found = room.answers(snapshot_at(context.house, at), terms, Level(disruption), cluster, seconds)
        others = [{type_: room.renewed(one.cluster, type_, headroom, seconds) for type_ in types} for one in found]
    able = never if keep_machines else _able(context.house)
    if output:
        _plan(context, found, able, output)
    if json_:
        show.as_json([nodes_view.figures(one, able) | {"instead": instead} for one, instead in zip(found, others, strict=True)])
        return
    for one, instead in zip(found, others, strict=True):
        nodes_view.tell(one, Level(disruption), able)
        nodes_view.renewed(instead, one.cluster.currency)


def _able(house: "House") -> "Able":
    """Can the cloud take a node's machine out of its group: asked of the clouds that are configured."""
    from skywright.model.kinds import parse_id

    def able(node: "Node") -> bool:
        name = parse_id(node.machine)
        cloud = house.clouds.get(name.cloud)
        return cloud is not None and cloud.can(name.kind, {"scaling_group": node.exit.group}, None) is not None

    return able


def _plan(context: Context, found: "Sequence[Answer]", able: "Able", output: Path) -> None:
    from skywright.loop.plan import write_plan
    from skywright.topics.consolidate.propose import from_point

    def plan_with(able: "Able") -> "SignedPlan":
        proposals = tuple(wish for one in found for wish in from_point(one.cluster, one.curve.points[one.curve.best], able))
        return context.house.plan_of(proposals, note=t("Consolidation"))

    signed = plan_with(able)
    refused = {one.proposal.target for one in signed.plan.rejected}
    if any(node.machine in refused for one in found for node in one.cluster.nodes):
        signed = plan_with(lambda node: node.machine not in refused and able(node))  # drains say that people end the machine
    write_plan(output, signed)
    changes = n("{count} change", "{count} changes", len(signed.plan.changes))
    show.errors().print(
        t("{changes} written to {path}; next: `skywright validate {path}`.", changes=changes, path=output), markup=False
    )
    for one in signed.plan.rejected:
        show.errors().print(
            t("Drain {target} by hand: {why}", target=one.proposal.target, why=one.reason), style="yellow", markup=False
        )
