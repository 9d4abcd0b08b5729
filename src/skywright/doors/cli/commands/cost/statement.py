"""`skywright cost statement [CENTER]`: what each cost centre bears of the bill; together exactly the bill."""

from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.cost.show import COST, PERIOD, measure_of, period_of
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.errors import BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skywright.topics.cost.sharing.statements import Statement

NOBODY = "unallocated"


@click.command()
@click.argument("center", required=False)
@PERIOD
@COST
@click.option("--format", "form", type=click.Choice(["text", "csv", "markdown", "html"]), default="text", show_default=True)
@JSON
@click.pass_obj
def statement(context: Context, *, center: str | None, period: str | None, cost: str, form: str, json_: bool) -> None:
    """Show what every cost centre bears (or one of them, or `unallocated`): its own costs, its part of what is shared. What nobody
    bears stands apart; all statements together are the bill, to the last digit."""
    from skywright.doors.cli import statement_view as view
    from skywright.topics.cost.sharing.statements import statements

    span, measure = period_of(context, period), measure_of(cost)
    with show.progress(t("Splitting the bill")):
        found = statements(context.house.treasury.sharing.allocation(span, measure))
    chosen = _chosen(found, center)
    if json_:
        show.as_json({"period": str(span), "cost": measure.value, "statements": [view.as_plain(one) for one in chosen]})
        return
    match form:
        case "csv":
            show.as_csv(view.COLUMNS, list(view.rows(chosen)))
        case "markdown":
            click.echo(view.markdown(chosen, span, measure.value), nl=False)
        case "html":
            click.echo(view.html(chosen, span, measure.value), nl=False)
        case _ if center is None:
            view.overview(chosen, span, measure.value)
        case _:
            for one in chosen:
                view.detail(one, span, measure.value)


def _chosen(found: "Sequence[Statement]", center: str | None) -> "Sequence[Statement]":
    """All of them, or those of one cost centre. Raises BadInput for one that there is not."""
    if center is None:
        return found
    wanted = None if center == NOBODY else center
    chosen = [one for one in found if one.center == wanted]
    if chosen:
        return chosen
    import difflib

    names = sorted({one.center for one in found if one.center})
    close = difflib.get_close_matches(center, names, n=1)
    hint = t("Did you mean {name}?", name=close[0]) if close else t("There are: {names}.", names=", ".join([*names, NOBODY]))
    raise BadInput(t("No cost centre {center} bears anything in that time.", center=center), next_step=hint)
