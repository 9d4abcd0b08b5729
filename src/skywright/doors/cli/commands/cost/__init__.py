"""`skywright cost ...`: the ledger, what it tells, and what could be saved."""

import click

from skywright.doors.cli.lazy import Commands, lazy_group

COMMANDS: Commands = {
    "show": ("cost.show", "show", "Show where every cent of a period went, beside another period, with a trend."),
    "commitments": ("cost.commitments", "commitments", "Say which commitments cost least, and prove how far from the best at most."),
}


@click.group(cls=lazy_group(COMMANDS))
def cost() -> None:
    """Read bills into the ledger and see where every cent went, why it changed, and what could be saved."""
