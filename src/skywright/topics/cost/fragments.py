"""Pieces of SQL that the measures share."""

DAYS_MIN = 7
"""Days of samples below which nothing is said: a week holds every day of the week once."""

SAMPLES_MIN = 150
"""Hours with data in that time. A week has 168; AWS Compute Optimizer asks for 30."""

ENOUGH = {"days_min": DAYS_MIN, "samples_min": SAMPLES_MIN}


def evidence(metric: str, statistic: str, value: str, usage: str = "", threshold: str = "NULL") -> str:
    """One element of the evidence list. ``usage`` is the alias of the usage row that was looked at."""
    window, samples = (f"{usage}.window_days", f"{usage}.samples") if usage else ("0", "0")
    return (
        f"{{'metric': '{metric}', 'statistic': '{statistic}', 'value': CAST({value} AS DOUBLE),"
        f" 'window_days': CAST({window} AS DOUBLE), 'samples': CAST({samples} AS BIGINT),"
        f" 'threshold': CAST({threshold} AS DOUBLE)}}"
    )


def measured(alias: str, owner: str, metric: str, *, outer: bool = False) -> str:
    """Join the usage of one metric over a long enough time. Inner by default: absence of data is never evidence."""
    kind = "LEFT JOIN" if outer else "JOIN"
    return (
        f"{kind} usage {alias} ON {alias}.resource = {owner}.id AND {alias}.metric = '{metric}'"
        f" AND {alias}.samples >= $samples_min AND {alias}.window_days >= $days_min"
    )


def price(alias: str, owner: str, sku: str, unit: str, kind: str, *, outer: bool = True) -> str:
    """Join the price of one thing in the owner's region."""
    join = "LEFT JOIN" if outer else "JOIN"
    return (
        f"{join} price {alias} ON {alias}.cloud = {owner}.cloud AND {alias}.region = {owner}.region AND {alias}.kind = '{kind}'"
        f" AND {alias}.sku = {sku} AND {alias}.unit = '{unit}'"
    )


def seen(usage: str) -> str:
    """The share of hours with data, 0..1: what a confidence is multiplied with."""
    return f"least(1.0, {usage}.samples / greatest(1.0, {usage}.window_days * 24))"


COST = "LEFT JOIN cost k ON k.resource = {owner}.id"
"""Join what the owner costs."""

OURS = "i.state = 'running' AND i.scaling_group = '' AND coalesce(i.lifecycle, 'on-demand') <> 'spot'"
"""Instances whose size and hours are decided by nobody else: a scaling group would undo what is done to its members. An empty
text says that there is none; NULL is not known, and left alone."""
