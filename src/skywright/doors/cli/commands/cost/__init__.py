"""`skywright cost ...`: the ledger, what it tells, and what could be saved."""

import click

from skywright.doors.cli.lazy import Commands, lazy_group

COMMANDS: Commands = {
    "import": ("cost.import_", "import_", "Read bills into the ledger; sums tie out to the last digit."),
    "export": ("cost.export", "export", "Write the ledger's rows as FOCUS 1.2 or 1.4."),
    "periods": ("cost.periods", "periods", "Show the billing periods that are held, and every import."),
    "invoices": ("cost.invoices", "invoices", "Say whether every invoice adds up to the rows behind it."),
    "show": ("cost.show", "show", "Show where every cent of a period went, beside another period, with a trend."),
    "why": ("cost.why", "why", "Show why a period costs more or less than another, effect by effect."),
    "match": ("cost.match", "match", "Show how much of a bill is known in the estate, and what is not."),
    "workloads": ("cost.workloads", "workloads", "Show who bears the machines of clusters, and what of them is idle."),
    "units": ("cost.units", "units", "Show what one user, request or order costs, by month or day."),
    "statement": ("cost.statement", "statement", "Show what every cost centre bears; together exactly the bill."),
    "allocate": ("cost.allocate", "allocate", "Show how shared costs were split, and write the rows of FOCUS that say so."),
    "estimate": ("cost.estimate", "estimate", "Say what a plan, a Terraform plan or a manifest would cost a month."),
    "forecast": ("cost.forecast", "forecast", "Say what this month and the next twelve will cost, within which interval."),
    "budgets": ("cost.budgets", "budgets", "Show where budgets stand, when they run out, and tell who must know."),
    "anomalies": ("cost.anomalies", "anomalies", "Show what was not to be expected: in the bill, or in a series of your own."),
    "commitments": (
        "cost.commitments",
        "commitments",
        "Say which commitments cost least, and prove how far from the best at most.",
    ),
    "offers": ("cost.offers", "offers", "Ask providers for today's prices of what the ledger's machines could be committed to."),
    "validate": ("cost.validate", "validate", "Say which rules of FOCUS a bill meets, and where it breaks others."),
}


@click.group(cls=lazy_group(COMMANDS))
def cost() -> None:
    """Read bills into the ledger and see where every cent went, why it changed, and what could be saved."""
