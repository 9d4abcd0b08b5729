"""`skywright scaling ...`: how many copies, how large, and how tightly packed, on your own data."""

import click

from skywright.doors.cli.lazy import Commands, lazy_group

COMMANDS: Commands = {
    "replay": ("scaling.replay", "replay", "Replay autoscaling policies on a trace of requests per second."),
    "rightsize": ("scaling.rightsize", "rightsize", "Say how large machines or containers should be by what they used."),
    "requests": ("scaling.requests", "requests", "Say what workloads of clusters should ask for by what they used over time."),
    "spot": ("scaling.spot", "spot", "Say how a job or a fleet should use machines that may be taken away."),
    "consolidate": (
        "scaling.consolidate",
        "consolidate",
        "Say which nodes of clusters can be done without, and what that disturbs.",
    ),
    "pack": ("scaling.pack", "pack", "Pack items into as few nodes as can be, and prove how far from the fewest at most."),
}


@click.group(cls=lazy_group(COMMANDS))
def scaling() -> None:
    """Try autoscaling policies on your own trace, and size what runs by what it used."""
