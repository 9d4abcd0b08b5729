"""`skywright cost ...`: the ledger, what it tells, and what could be saved."""

import click

from skywright.doors.cli.lazy import Commands, lazy_group

COMMANDS: Commands = {}


@click.group(cls=lazy_group(COMMANDS))
def cost() -> None:
    """Read bills into the ledger and see where every cent went, why it changed, and what could be saved."""
