"""`skywright runs`: what was carried out."""

import click

from skywright.doors.cli import show
from skywright.doors.cli.commands.execute import known
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import t


@click.command()
@click.argument("run", required=False)
@JSON
@click.pass_obj
def runs(context: Context, run: str | None, json_: bool) -> None:
    """List runs, or show one with its steps."""
    from skywright.doors.cli.run_view import draw, draw_list

    house = context.house
    if run is None:
        found = house.store.runs.all()
        if json_:
            show.as_json(found)
        elif found:
            draw_list(found)
        else:
            show.console().print(t("Nothing has been carried out yet."))
        return
    one = known(house, run)
    steps = house.store.runs.records(one.id)
    if json_:
        show.as_json({"run": one, "steps": steps})
    else:
        draw(one, steps)
