"""The root command: a table of commands, each imported when it is called; and where errors become exit codes."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from skywright import __version__
from skywright.doors.cli.context import Context
from skywright.doors.cli.lazy import lazy_group
from skywright.model.errors import SkywrightError
from skywright.model.words import t

# name -> (module under doors.cli.commands, attribute, one line of help); in the order in which help shows them
COMMANDS: dict[str, tuple[str, str, str]] = {
    "turn": ("turn", "turn", "Gather, audit, analyse and plan: one turn of the loop, nothing changed."),
    "gather": ("gather", "gather", "Read every cloud in scope into a new snapshot."),
    "audit": ("audit", "audit", "Run the rules over the latest snapshot."),
    "findings": ("audit", "findings", "Show what the last audit found."),
    "insights": ("plan", "insights", "Show what could be smaller, switched off or removed, with evidence."),
    "plan": ("plan", "plan", "Turn findings and insights into a signed plan."),
    "explain": ("plan", "explain", "Show a plan file: every change, call by call."),
    "validate": ("validate", "validate", "Ask the guard rails and show a plan's consequences."),
    "execute": ("execute", "execute", "Carry a plan out, in reversible waves."),
    "runs": ("runs", "runs", "List runs, or show one."),
    "resume": ("execute", "resume", "Take up runs that were interrupted or paused."),
    "pause": ("execute", "pause", "Pause a run after the change in hand."),
    "abort": ("execute", "abort", "Stop a run and roll its current wave back."),
    "rollback": ("execute", "rollback", "Take a finished run back."),
    "savings": ("savings", "savings", "Show promised and realised savings, by prices and by the bill."),
    "log": ("log", "log", "Show or verify the audit log."),
    "query": ("estate", "query", "Ask the estate in SQL."),
    "show": ("resource", "show", "Show one resource with its neighbours, findings, cost and history."),
    "graph": ("graph", "graph", "Show what a resource needs and what needs it, as text or picture."),
    "impact": ("graph", "impact", "Show what stops if a resource stops, or what a plan would take along."),
    "reach": ("graph", "reach", "Show what the internet, or a resource, can reach over the network, and how."),
    "drift": ("drift", "drift", "Show changes that were not made by Skywright, and who made them."),
    "cost": ("cost", "cost", "What everything cost, who used it, what it will cost, and what could be saved."),
    "forecast": ("forecast", "forecast", "Forecast any series: a point, an interval, and the error on its own past."),
    "carbon": ("carbon", "carbon", "Estimate energy and greenhouse gas of a bill or the estate, with bounds."),
    "place": ("place", "place", "Say which workload should run where, at what cost, and how far from the best."),
    "scaling": ("scaling", "scaling", "Try autoscaling policies on your own trace, and size what runs by what it used."),
    "history": ("estate", "history", "List snapshots."),
    "diff": ("estate", "diff", "Show what changed between two snapshots."),
    "gc": ("estate", "gc", "Delete snapshots past their retention."),
    "rules": ("rules", "rules", "List, show, test or start rules."),
    "except": ("audit", "waive", "Accept a finding for a time, with owner and reason."),
    "doctor": ("gather", "doctor", "Say what is missing, permission by permission."),
    "worker": ("worker", "worker", "Do what commands and schedules ask for, beside other workers."),
    "config": ("config", "config", "Check or show the configuration, or print its schema."),
    "lab": ("lab", "lab", "A cloud on this machine, to try things on."),
    "demo": ("lab", "demo", "The whole loop on the lab, with a kill in the middle."),
}


@click.group(cls=lazy_group(COMMANDS), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version", message="skywright %(version)s")
@click.option(
    "-c", "--config", "config_file", type=click.Path(path_type=Path), help=t("Configuration file (default: skywright.yaml).")
)
@click.option("--data", type=click.Path(path_type=Path), help=t("Data folder (default: .skywright)."))
@click.pass_context
def root(ctx: click.Context, config_file: Path | None, data: Path | None) -> None:
    """See the consequences of every infrastructure change before you press apply."""
    ctx.obj = Context(config_file=config_file, data=data)
    ctx.call_on_close(ctx.obj.close)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code."""
    try:
        result = root.main(args=list(arguments), prog_name="skywright", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        sys.stderr.write(t("Interrupted. Nothing is half-applied: `skywright runs` shows what is in hand.") + "\n")
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except SkywrightError as error:
        sys.stderr.write(t("error: {error}", error=error) + "\n")
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0
